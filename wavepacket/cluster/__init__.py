"""Numbered pieces of work on other processes and machines, by Dask distributed (extra ``distributed``).

A piece is a pure function of a folder, which every worker sees, and of its number; it writes its files where it is computed.
`choice` says where, `dispatch` gives one piece at a time to each worker, `engines` start schedulers and workers, `task` and
`host` run on workers. Nothing here imports Dask before work begins, and threads in one process never do.
"""

from typing import TYPE_CHECKING

from wavepacket.cluster.choice import Choice, Cluster, chosen
from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.cluster.dispatch import computed_on
    from wavepacket.cluster.task import Answer, Piece, Work

_HOMES = {
    "Answer": "wavepacket.cluster.task",
    "Piece": "wavepacket.cluster.task",
    "Work": "wavepacket.cluster.task",
    "computed_on": "wavepacket.cluster.dispatch",
}

__all__ = ["Answer", "Choice", "Cluster", "Piece", "Work", "chosen", "computed_on"]

__getattr__ = loader(__name__, _HOMES)
