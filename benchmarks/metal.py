"""Conductivity of a metal of 18 bands in five fields, from a `_tb.dat`, on two meshes: what it takes, do both agree?

``python -m benchmarks.metal [CELLS ...]``, by default 6 and 8 cells along the zone, from the root of the repository.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.reference.slater_koster import ferromagnet
from wavepacket.hamiltonians import write_tb
from wavepacket.sweeps import sweep

FIELDS = "2,4,6,8,10 T"


def conductivities(folder: Path, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """σ (5, 3, 3) in S/cm with its uncertainty; prints what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    metal = {
        "name": "metal",
        "model": {"file": str(folder / "metal_tb.dat"), "electrons": 8},
        "bands": "auto",
        "ensemble": {
            "kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 0.0, "grid": [cells] * 3,
            "field_reversal": False,
        },
        "scattering": {"relaxation_time": "0.1 ps"},
        "integrator": {"tolerance": 1e-4},
        "output": {"trajectories": 0},
    }  # fmt: skip
    found = sweep(metal, {"fields.magnetic.z": FIELDS}, folder / f"cells_{cells}", report=print)
    value, error = (
        np.stack(
            [found.values("conductivity", f"{a}.{b}")[part] for a in range(3) for b in range(3)], axis=-1
        )
        for part in (0, 1)
    )
    print(
        f"{cells} cells: {time.perf_counter() - wall:.0f} s, {time.process_time() - processor:.0f} s of processor time; "
        f"sigma_xx {value[:, 0]}, sigma_xy {value[:, 1]}, largest uncertainty {error.max():.2g} S/cm"
    )
    return value, error


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        write_tb(ferromagnet(), Path(place) / "metal_tb.dat")
        (one, off), (other, more) = (
            conductivities(Path(place), int(cells)) for cells in (sys.argv[1:] or ("6", "8"))
        )
    pull = np.abs(one - other) / np.hypot(off, more)
    print(f"difference over both uncertainties: median {np.median(pull):.2g}, largest {pull.max():.2g}")
