"""The contract of potentials: the kernel equals a formula, its gradient is the slope of that, and packets keep energy."""

from typing import Any

import numpy as np

from tests.cases import plain, problem, run
from wavepacket.config import Fields
from wavepacket.fields import is_static, potential_values
from wavepacket.units import ELECTRON_MASS, HBAR

CHARGE = -1.0
STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
PARABOLA = {"name": "parabolic_band", "dimension": 3, "mass_y": 0.7}


class PotentialContract:
    """Inherit, and give the terms as in a config, V(r, t) as a formula, and where and how fast a packet starts."""

    terms: Any
    static = True
    start = (0.0, 0.0, 0.0)
    wavevector = (0.3, 0.2, -0.1)
    spread = 40.0  # Å, of the places that are looked at
    digits = 1e-12  # of the constants in the formula

    def formula(self, r: np.ndarray, t: np.ndarray) -> np.ndarray:
        """V (n,) in eV at places r (n, 3) in Å and times t (n,) in fs, of a carrier of charge -e."""
        raise NotImplementedError

    @property
    def fields(self) -> Fields:
        terms = self.terms if isinstance(self.terms, list) else [self.terms]
        return Fields.model_validate({"potential": terms})

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(0)
        return random.normal(0, self.spread, (300, 3)), random.uniform(0, 200, 300)

    def test_kernel_equals_formula(self) -> None:
        r, t = self.places()
        expected = self.formula(r, t)
        found = potential_values(self.fields, r, t, charge=CHARGE).energy
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(found, expected, rtol=0, atol=self.digits * np.abs(expected).max())

    def test_gradient_is_the_slope_of_the_formula(self) -> None:
        r, t = self.places()
        h, found = 1e-3, potential_values(self.fields, r, t, charge=CHARGE).gradient
        for axis in range(3):
            shift = h * np.eye(3)[axis]
            slope = sum(w * self.formula(r + n * shift, t) for n, w in STENCIL) / h
            np.testing.assert_allclose(found[:, axis], slope, rtol=0, atol=1e-9 * np.abs(found).max())

    def test_no_feature_within_reach(self) -> None:
        """Beyond its shortest length, the reach is the way to the next feature: nothing pushes on the way there."""
        r, t = self.places()
        reach = potential_values(self.fields, r, t, charge=CHARGE).reach
        shortest = min(term.length for term in self.fields.potential)
        assert np.all(reach >= shortest * (1 - 1e-12))
        if np.any(np.isinf(reach)) or self.fields.potential[0].function not in ("step", "shell"):
            return
        far = reach > shortest * (1 + 1e-9)
        assert far.any()
        assert not far.all()
        for direction in np.random.default_rng(1).normal(size=(10, 3)):
            there = r[far] + reach[far, None] * (0.999 * direction / np.linalg.norm(direction))
            np.testing.assert_allclose(
                self.formula(there, t[far]), self.formula(r[far], t[far]), rtol=0, atol=1e-9
            )

    def test_energy_and_potential_are_conserved(self) -> None:
        """ε(k) + V(r) by the formulas of both, with a magnetic field, and the packet is really pushed."""
        ensemble = {"kind": "packets", "wavevectors": [self.wavevector], "positions": [self.start]}
        made = problem(
            PARABOLA, ensemble=ensemble, fields={"potential": plain(self.terms), "magnetic": [5.0, 0.0, 20.0]},
            end=120.0, saves=25,
        )  # fmt: skip
        block = run(made)
        assert not block.status.any()
        k, r = block.wavevector[0], block.position[0]
        kinetic = HBAR**2 / (2 * ELECTRON_MASS) * (k**2 / [1.0, 0.7, 1.0]).sum(axis=1)
        push = np.linalg.norm(potential_values(self.fields, r, made.times, charge=CHARGE).gradient, axis=1)
        assert push.max() > 1e-5
        assert is_static(self.fields) is self.static
        if not self.static:
            assert np.isnan(block.diagnostics["energy_drift"][0])
            return
        total = kinetic + self.formula(r, made.times)
        assert np.ptp(total) < 1e-9
        assert block.diagnostics["energy_drift"][0] < 1e-9
