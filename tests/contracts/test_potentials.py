"""The potential contract for every kind of V(r, t), and for sums of them."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from tests.contracts.potential import PotentialContract
from wavepacket.config import Fields
from wavepacket.fields import potential_values

FOLDER = tempfile.TemporaryDirectory()


def stored(name, arrays):
    """Path of a file with these arrays."""
    path = Path(FOLDER.name) / name
    np.savez(path, **arrays)
    return str(path)


FINE_STRUCTURE = 7.2973525643e-3  # CODATA 2022; times ħc in eV Å
OBLIQUE = np.array([2.0, -1.0, 2.0]) / 3.0


def rising(x):
    y = np.clip(x, 0, 1)
    return 6 * y**5 - 15 * y**4 + 10 * y**3


class TestLinear(PotentialContract):
    terms = {"kind": "linear", "gradient": [1e-3, -2e-3, 5e-4]}  # noqa: RUF012

    def formula(self, r, t):
        return r @ [1e-3, -2e-3, 5e-4]


class TestHarmonic(PotentialContract):
    terms = {"kind": "harmonic", "stiffness": [1e-3, 4e-4, 2e-4], "center": [3.0, -1.0, 2.0]}  # noqa: RUF012

    def formula(self, r, t):
        return 0.5 * (r - [3.0, -1.0, 2.0]) ** 2 @ [1e-3, 4e-4, 2e-4]


class TestStep(PotentialContract):
    terms = {  # noqa: RUF012
        "kind": "step",
        "height": 0.7,
        "rise": 25.0,
        "direction": [2, -1, 2],
        "position": [1.0, 2.0, 3.0],
    }

    def formula(self, r, t):
        return 0.7 * rising((r - [1.0, 2.0, 3.0]) @ OBLIQUE / 25.0)


class TestChannel(PotentialContract):
    terms = {"kind": "channel", "height": 2.0, "rise": 20.0, "width": 30.0, "direction": [2, -1, 2]}  # noqa: RUF012

    def formula(self, r, t):
        return 2.0 * rising((np.abs(r @ OBLIQUE) - 15.0) / 20.0)


class TestBarrier(PotentialContract):
    terms = {  # noqa: RUF012
        "kind": "barrier", "height": 0.4, "rise": 12.0, "width": 10.0, "direction": [1, 0], "center": [30.0, 0, 0],
    }  # fmt: skip

    def formula(self, r, t):
        return 0.4 * (1 - rising((np.abs(r[:, 0] - 30.0) - 5.0) / 12.0))


class TestDisk(PotentialContract):
    terms = {"kind": "disk", "height": 1.5, "rise": 25.0, "radius": 20.0, "center": [5.0, -3.0]}  # noqa: RUF012

    def formula(self, r, t):
        return 1.5 * rising((np.hypot(r[:, 0] - 5.0, r[:, 1] + 3.0) - 20.0) / 25.0)


class TestTiltedDisk(PotentialContract):
    terms = {"kind": "disk", "height": 1.5, "rise": 25.0, "radius": 20.0, "normal": [2, -1, 2]}  # noqa: RUF012

    def formula(self, r, t):
        return 1.5 * rising((np.linalg.norm(r - np.outer(r @ OBLIQUE, OBLIQUE), axis=1) - 20.0) / 25.0)


class TestSuperlattice(PotentialContract):
    terms = {"kind": "wave", "amplitude": 0.05, "wavevector": [0.1, 0.05, -0.02], "phase": 0.3}  # noqa: RUF012

    def formula(self, r, t):
        return 0.05 * np.cos(r @ [0.1, 0.05, -0.02] + 0.3)


class TestTravellingWave(PotentialContract):
    terms = {"kind": "wave", "amplitude": 0.05, "wavevector": [0.1, 0.05, -0.02], "frequency": 0.2}  # noqa: RUF012
    static = False

    def formula(self, r, t):
        return 0.05 * np.cos(r @ [0.1, 0.05, -0.02] - 0.2 * t)


class TestPointCharge(PotentialContract):
    """An electron (charge −e) is repelled by a charge of −2e."""

    terms = {"kind": "point_charge", "charge": -2.0, "core": 9.0, "center": [20.0, 10.0], "permittivity": 4.0}  # noqa: RUF012

    digits = 1e-10  # of the constants

    def formula(self, r, t):
        return (
            2.0
            * FINE_STRUCTURE
            * 1973.269804593025
            / 4.0
            / np.sqrt(((r - [20.0, 10.0, 0.0]) ** 2).sum(axis=1) + 81.0)
        )

    def test_it_changes_sign_with_the_carrier(self):
        place = [[3.0, 4.0, 0.0]]
        one, other = (potential_values(self.fields, place, charge=q).energy[0] for q in (-1.0, 2.0))
        assert one > 0
        assert other == pytest.approx(-2 * one, rel=1e-14)


def landscape(x, y, z=0.0, t=0.0):
    """Of fifth degree at most along each axis, as a quintic spline is."""
    x, y, z, t = x / 60, y / 60, z / 60, t / 200
    return (x**2 + 0.5 * y**5 - x * y**3 + 0.3 * x**4 * y - 0.4 * z + 0.2 * x * z**3) * (
        1 - 0.5 * t + 0.3 * t**4
    )


def grid_of(**axes):
    return axes | {"potential": 0.05 * landscape(*np.meshgrid(*axes.values(), indexing="ij"))}


EVEN = np.linspace(-60, 60, 21)


class TestGrid(PotentialContract):
    """Beyond the grid, where some of the places are, V is what it is at its edge."""

    terms = {"kind": "grid", "file": stored("plane.npz", grid_of(x=EVEN, y=EVEN[:16])), "scale": 2.0}  # noqa: RUF012

    def formula(self, r, t):
        return 0.1 * landscape(np.clip(r[:, 0], -60, 60), np.clip(r[:, 1], -60, 30))


class TestGridInSpaceAndTime(PotentialContract):
    terms = {  # noqa: RUF012
        "kind": "grid",
        "file": stored("whole.npz", grid_of(x=EVEN[::2], y=EVEN, z=EVEN[:14], t=np.linspace(0, 150, 7))),
    }
    static = False
    digits = 1e-11  # of sums over 1296 coefficients

    def formula(self, r, t):
        x, y, z = (np.clip(r[:, a], -60, (60, 60, 18)[a]) for a in range(3))
        return 0.05 * landscape(x, y, z, np.clip(t, 0, 150))


def test_a_grid_may_repeat():
    """A wave of 20 points: the spline misses it by (2π/20)^6/6! of itself, and a row along x is the same along y."""
    x = 2.5 * np.arange(20) - 13.0
    path = stored("wave.npz", {"x": x, "potential": np.cos(2 * np.pi * x / 50)})
    fields = Fields.model_validate({"potential": [{"kind": "grid", "file": path, "periodic": ["x"]}]})
    r = np.random.default_rng(0).uniform(-500, 500, (200, 3))
    found = potential_values(fields, r)
    np.testing.assert_allclose(found.energy, np.cos(2 * np.pi * r[:, 0] / 50), rtol=0, atol=1e-6)
    assert np.abs(found.gradient[:, 1:]).max() < 1e-18
    assert fields.potential[0].length == pytest.approx(50 / (2 * np.pi) * np.sqrt(2), rel=0.02)


class TestSumOfKinds(PotentialContract):
    parts = (TestHarmonic(), TestStep(), TestBarrier(), TestSuperlattice(), TestPointCharge(), TestGrid())
    terms = [part.terms for part in parts]  # noqa: RUF012

    def formula(self, r, t):
        return sum(part.formula(r, t) for part in self.parts)


def test_every_kind_has_a_contract():
    kinds = Fields.model_json_schema()["properties"]["potential"]["anyOf"][0]["discriminator"]["mapping"]
    tested = {
        case.terms["kind"] for case in PotentialContract.__subclasses__() if isinstance(case.terms, dict)
    }
    assert set(kinds) == tested


def test_stiffness_of_one_number_is_that_of_all_axes():
    one, three = (
        Fields.model_validate({"potential": [{"kind": "harmonic", "stiffness": given}]})
        for given in ("2 meV/angstrom^2", [2e-3] * 3)
    )
    assert one == three
