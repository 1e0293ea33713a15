"""One config run at many values of its keys: a folder of ordinary runs and a table of their observables."""

from wavepacket.sweeps.adaptive import run_to_uncertainty
from wavepacket.sweeps.execute import open_sweep, resume_sweep, sweep
from wavepacket.sweeps.plan import SWEEP, Plan, is_sweep, read_plan
from wavepacket.sweeps.table import Point, Sweep

__all__ = [
    "SWEEP",
    "Plan",
    "Point",
    "Sweep",
    "is_sweep",
    "open_sweep",
    "read_plan",
    "resume_sweep",
    "run_to_uncertainty",
    "sweep",
]
