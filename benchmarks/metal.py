"""Conductivity of a metal of 18 bands in five fields, from a `_tb.dat`: what do two numbers of points take, do both agree?

``python -m benchmarks.metal [NUMBER ...]``, by default 5000 and 20 000 points over the zone, from the root of the
repository. Each has a seed of its own, so that errors are independent.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.reference.slater_koster import ferromagnet
from wavepacket.hamiltonians import write_tb
from wavepacket.sweeps import sweep

FIELDS = "0:10:2.5 T"
COMPONENTS = {"xx": "0.0", "xy": "0.1", "zz": "2.2"}


def conductivities(folder: Path, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """σ_xx, σ_xy, σ_zz (5, 3) in S/cm with their uncertainties; prints what they took."""
    wall, processor = time.perf_counter(), time.process_time()
    metal = {
        "name": "metal",
        "seed": seed,
        "model": {"file": str(folder / "metal_tb.dat"), "electrons": 8},
        "bands": "auto",
        "ensemble": {
            "kind": "fermi_surface", "chemical_potential": 0.0, "temperature": "300 K", "number": number,
            "replicas": 32, "field_reversal": False,
        },
        "scattering": {"relaxation_time": "0.1 ps"},
        "integrator": {"tolerance": 1e-2},
        "output": {"trajectories": 0},
    }  # fmt: skip
    found = sweep(metal, {"fields.magnetic.z": FIELDS}, folder / f"points_{number}", report=print)
    values = [found.values("conductivity", component) for component in COMPONENTS.values()]
    print(
        f"{number} points: {time.perf_counter() - wall:.0f} s, {time.process_time() - processor:.0f} s of processor time, "
        f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores; sigma in {values[0][2]}"
    )
    value, error = (np.stack([each[part] for each in values], axis=-1) for part in (0, 1))
    for field, row, bars in zip(found.axes[0].values, value, error, strict=True):
        print(
            f"  {field}:",
            ", ".join(f"{name} {v:.2f} ± {e:.2g}" for name, v, e in zip(COMPONENTS, row, bars, strict=True)),
        )
    return value, error


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        write_tb(ferromagnet(), Path(place) / "metal_tb.dat")
        (one, off), (other, more) = (
            conductivities(Path(place), int(number), seed)
            for seed, number in enumerate(sys.argv[1:] or ("5000", "20000"), 1)
        )
    pull = np.abs(one - other) / np.hypot(off, more)
    print(f"difference over both uncertainties: median {np.median(pull):.2g}, largest {pull.max():.2g}")
    print(pull)
