"""The potential contract for every kind of V(r, t), and for sums of them."""

import numpy as np
import pytest

from tests.contracts.potential import PotentialContract
from wavepacket.config import Fields
from wavepacket.fields import potential_values

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


class TestSumOfKinds(PotentialContract):
    parts = (TestHarmonic(), TestStep(), TestBarrier(), TestSuperlattice(), TestPointCharge())
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
