"""With NUMBA_DISABLE_JIT=1 the same text runs as plain Python and gives the same numbers, to rounding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core import config

from tests.cases import problem, run
from wavepacket.bands import band
from wavepacket.fields import electric_field
from wavepacket.hamiltonians import KPHamiltonian, haldane, massive_dirac

POINTS = [[0.3, -0.2, 0.0], [0.7, 0.9, 0.0], [-1.1, 0.4, 0.0]]
NAMES = ("energy", "group_velocity", "berry_curvature", "orbital_moment", "moment_gradient", "gap", "mixing")


def three_bands():
    """A k·p model that only diagonalisation serves."""
    along_x = np.array([[0, 1, 0.2], [1, 0, 0.5j], [0.2, -0.5j, 0.3]])
    along_y = np.array([[0.1, 1j, 0], [-1j, 0.4, 0.7], [0, 0.7, -0.2]])
    return KPHamiltonian.from_terms({(0, 0): np.diag([0.0, 0.5, 1.2]), (1, 0): along_x, (0, 1): along_y})


def results():
    """Numbers from every kind of kernel, as lists."""
    found = {}
    model = haldane(t2=0.2, phi=0.7, staggered=0.3)
    sources = {
        "lattice": band(model, 0),
        "direct": band(model, 1, source="direct"),
        "table": band(model, 0, source="table", grid=(6, 6)),
        "polynomial": band(massive_dirac(), 1),
        "direct polynomial": band(three_bands(), 1),
    }
    for name, source in sources.items():
        geometry = source.geometry(POINTS)
        found[name] = [getattr(geometry, quantity).tolist() for quantity in NAMES]
    terms = [
        {"kind": "pulse", "amplitude": [1e-3, 0, 0], "center": 1.0, "width": 2.0, "frequency": 0.3},
        {"kind": "ramp", "amplitude": [0, 1e-3, 0], "duration": 5.0},
    ]
    for method in ({"method": "dop853", "tolerance": 1e-6}, {"method": "rk4", "step": 1.0}):
        made = problem(
            {"name": "haldane"}, wavevectors=POINTS, fields={"electric": terms, "magnetic": [0, 0, 5.0]}, end=3.0, saves=3,
            integrator=method,
        )  # fmt: skip
        block = run(made)
        found[method["method"]] = [
            block.wavevector.tolist(),
            block.position.tolist(),
            block.sums["current"].tolist(),
        ]
    found["field"] = [electric_field(made.config.fields, [0.5, 2.5]).tolist()]
    return found


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="this is the process that the other one starts")
def test_plain_python_gives_the_same_numbers():
    """fma then rounds twice, which moves the last digits only."""
    code = "import json; from tests.unit.kernels.test_without_compilation import results; print(json.dumps(results()))"
    plain = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stderr
    found, expected = json.loads(plain.stdout), results()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        for one, other in zip(found[name], values, strict=True):
            scale = max(np.abs(np.array(other)).max(), 1e-300)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-11 * scale, err_msg=name)
