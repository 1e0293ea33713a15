"""Numbered pieces of work on other processes and machines, by Dask distributed (extra ``distributed``).

A piece is a pure function of a folder, which every worker sees, and of its number; it writes its files where it is computed.
`choice` says where, `session` is what a loop sees, `mapping` makes pieces of the loop over blocks of a function, `dispatch`
gives one piece at a time to each worker, `engines` start schedulers and workers, `processes` are those of this machine,
`task` and `host` run on workers. Nothing here imports Dask before work begins, and threads in one process never do.
"""

from typing import TYPE_CHECKING

from wavepacket.cluster.choice import Choice, Cluster, chosen
from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.cluster.mapping import on_workers
    from wavepacket.cluster.processes import begun
    from wavepacket.cluster.session import Hearing, Session, at_work, computed_on
    from wavepacket.cluster.task import Answer, Piece, Rest, Work

_HOMES = {
    "Answer": "wavepacket.cluster.task",
    "Piece": "wavepacket.cluster.task",
    "Rest": "wavepacket.cluster.task",
    "Work": "wavepacket.cluster.task",
    "begun": "wavepacket.cluster.processes",
    "on_workers": "wavepacket.cluster.mapping",
    **dict.fromkeys(("Hearing", "Session", "at_work", "computed_on"), "wavepacket.cluster.session"),
}

__all__ = [
    "Answer",
    "Choice",
    "Cluster",
    "Hearing",
    "Piece",
    "Rest",
    "Session",
    "Work",
    "at_work",
    "begun",
    "chosen",
    "computed_on",
    "on_workers",
]

__getattr__ = loader(__name__, _HOMES)
