"""One config run at many values of its keys: a folder of ordinary runs and a table of their observables.

``plan`` knows what a sweep is to do, ``execute`` runs it, ``table`` holds its observables, ``reference`` what theory
says of it, ``adaptive`` repeats a run until its uncertainty is small enough. Names are loaded on first use: to ask what a
folder holds needs no kernels.
"""

from typing import TYPE_CHECKING

from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.sweeps.adaptive import resume, run
    from wavepacket.sweeps.execute import open_sweep, resume_sweep, sweep
    from wavepacket.sweeps.plan import SWEEP, Plan, is_sweep, read_plan
    from wavepacket.sweeps.reference import reference_label, reference_sweep
    from wavepacket.sweeps.table import Point, Sweep

_HOMES = {
    "SWEEP": "wavepacket.sweeps.plan",
    "Plan": "wavepacket.sweeps.plan",
    "Point": "wavepacket.sweeps.table",
    "Sweep": "wavepacket.sweeps.table",
    "is_sweep": "wavepacket.sweeps.plan",
    "open_sweep": "wavepacket.sweeps.execute",
    "read_plan": "wavepacket.sweeps.plan",
    "reference_label": "wavepacket.sweeps.reference",
    "reference_sweep": "wavepacket.sweeps.reference",
    "resume": "wavepacket.sweeps.adaptive",
    "resume_sweep": "wavepacket.sweeps.execute",
    "run": "wavepacket.sweeps.adaptive",
    "sweep": "wavepacket.sweeps.execute",
}

__all__ = [
    "SWEEP",
    "Plan",
    "Point",
    "Sweep",
    "is_sweep",
    "open_sweep",
    "read_plan",
    "reference_label",
    "reference_sweep",
    "resume",
    "resume_sweep",
    "run",
    "sweep",
]

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    """Return the public names, loaded or not, for completion at a prompt."""
    return sorted(__all__)
