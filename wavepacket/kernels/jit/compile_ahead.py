"""Compile kernels in a second process beside this one: within a process numba compiles one function at a time.

``python -m wavepacket.kernels.jit.compile_ahead NAME...`` imports modules of this package, and with them compiles their
kernels into the cache; of a module that makes a kernel for a number of directions, ``MODULE:FUNCTION:NUMBER`` names one.
A process that needs one of these kernels meanwhile waits for it.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from wavepacket.threads import available_threads

ALL = (
    "motion.rates_texture_bands", "motion.rates_texture", "motion.rates_group", "integrate.group_bounce",
    "integrate.advance", "bands.every_band", "integrate.bounce", "integrate.group:group_method:22", "bands.grid",
    "bands.direct", "bands.hybrid", "bands.lattice:lattice_kernel:3", "bands.lattice:lattice_kernel:2",
    "integrate.dop853", "integrate.flight", "bands.polynomial:polynomial_kernel:3",
    "bands.polynomial:polynomial_kernel:2", "integrate.rk4", "integrate.tableau", "bands.spline", "integrate.transit",
    "integrate.straight", "integrate.valley_crossing", "motion.rates_planar", "motion.rates_spatial",
    "motion.rates_flight", "motion.switched", "motion.field_block", "reduce.sample", "reduce.regions",
    "reduce.checksum", "motion.rates_planar_potential", "motion.rates_spatial_potential", "motion.potential_block",
    "motion.magnetic_vector_block", "motion.texture_block", "motion.texture_rates", "reduce.spectral", "reduce.cells",
    "reduce.pairs", "bands.group_start", "bands.group_gap", "bands.phase_start",
)  # fmt: skip
"""Every kernel but those that are made for one crystal, long ones first."""

_started: list[subprocess.Popen[bytes]] = []  # kept, or Python would complain that nobody waits for them


def compile_ahead(*modules: str) -> None:
    """Begin to compile modules of this package; nothing where there is but one core."""
    if available_threads() > 1:
        command = [sys.executable, "-m", __name__, *modules]
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        none = subprocess.DEVNULL
        _started.append(subprocess.Popen(command, stdin=none, stdout=none, stderr=none, env=environment))


def load(*names: str) -> None:
    """Compile kernels, or load them from the cache; names as in ALL."""
    for name in names:
        module, *factory = name.split(":")
        made = importlib.import_module(f"wavepacket.kernels.{module}")
        if factory:
            getattr(made, factory[0])(int(factory[1]))


if __name__ == "__main__":
    load(*sys.argv[1:])
