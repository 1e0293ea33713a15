"""The contract of profiles: the kernel equals a formula, and all derivatives are those of the formula by differences."""

from typing import Any

import numpy as np

from tests.cases import plain
from wavepacket.config import Texture
from wavepacket.hamiltonians.profiles import profile_values

STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
UNIT = {"matrix": [[1.0]]}


class ProfileContract:
    """Inherit, and give the profile as in a config, and λ(r, t) as a formula."""

    profile: Any
    spread = 40.0  # Å, of the places that are looked at
    components = 1
    direction = False  # whether λ is one, which acts on the spin
    strength = 1.7

    def formula(self, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
        """Components of λ, but for the strength, at places in Å and times in fs (n,)."""
        raise NotImplementedError

    @property
    def texture(self) -> Texture:
        terms = {} if self.direction else {"terms": [UNIT] * self.components}
        return Texture.model_validate({"profile": plain(self.profile), "strength": self.strength, **terms})

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(0)
        return random.normal(0, self.spread, (200, 2)), random.uniform(0, 200, 200)

    def expected(self, r: np.ndarray, t: np.ndarray) -> np.ndarray:
        return self.strength * np.stack(self.formula(r[:, 0], r[:, 1], t), axis=1)

    def slope(self, which: str, r: np.ndarray, t: np.ndarray, of: Any, h: float) -> np.ndarray:
        """Difference quotient of fourth order along x, y or t."""
        step = h * np.array([which == "x", which == "y"], dtype=float), h * (which == "t")
        return sum(w * of(r + n * step[0], t + n * step[1]) for n, w in STENCIL) / h

    def test_kernel_equals_formula(self) -> None:
        r, t = self.places()
        expected = self.expected(r, t)
        found = profile_values([self.texture], r, t)
        assert found.value.shape == (200, self.components)
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(found.value, expected, rtol=0, atol=1e-12 * np.abs(expected).max())

    def test_first_derivatives(self) -> None:
        r, t = self.places()
        found = profile_values([self.texture], r, t)
        for which, slope in (("x", found.gradient[:, 0]), ("y", found.gradient[:, 1]), ("t", found.rate)):
            expected = self.slope(which, r, t, self.expected, 1e-3)
            np.testing.assert_allclose(slope, expected, rtol=0, atol=1e-8 * max(np.abs(expected).max(), 1e-3))

    def test_second_derivatives(self) -> None:
        r, t = self.places()
        found = profile_values([self.texture], r, t)
        for j, which in enumerate("xy"):
            expected = self.slope(
                which, r, t, lambda r, t: profile_values([self.texture], r, t).gradient, 1e-3
            )
            scale = max(np.abs(expected).max(), 1e-6)
            np.testing.assert_allclose(found.curvature[:, j], expected, rtol=0, atol=1e-6 * scale)
