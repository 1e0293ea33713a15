"""The profile contract for every kind of texture."""

from typing import ClassVar

import numpy as np
import pytest

from tests.contracts.profile import ProfileContract
from wavepacket.config import Texture
from wavepacket.hamiltonians.emergent import emergent_fields
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.kernels.motion.profiles import KINDS
from wavepacket.units import E_OVER_HBAR

CONTRACTS = {}


def contract(cls):
    CONTRACTS[cls.profile["kind"]] = cls
    return cls


def rising(x):
    y = np.clip(x, 0, 1)
    return 6 * y**5 - 15 * y**4 + 10 * y**3


def unit(theta, phi):
    return np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)


@contract
class TestLinear(ProfileContract):
    profile: ClassVar = {
        "kind": "linear",
        "offset": 0.2,
        "gradient": [0.01, -0.02],
        "change": 0.03,
        "center": [3.0, 1.0],
    }

    def formula(self, x, y, t):
        return (0.2 + 0.01 * (x - 3) - 0.02 * (y - 1) + 0.03 * t,)


@contract
class TestWave(ProfileContract):
    profile: ClassVar = {
        "kind": "wave", "amplitude": 0.5, "offset": 0.1, "wavevector": [0.1, -0.05], "frequency": 0.2, "phase": 0.3,
    }  # fmt: skip

    def formula(self, x, y, t):
        return (0.1 + 0.5 * np.cos(0.1 * x - 0.05 * y - 0.2 * t + 0.3),)


@contract
class TestStep(ProfileContract):
    """Moves."""

    profile: ClassVar = {
        "kind": "step",
        "width": 60.0,
        "direction": [3, 4],
        "low": -0.5,
        "high": 1.0,
        "velocity": [0.2, -0.1],
    }

    def formula(self, x, y, t):
        return (-0.5 + 1.5 * rising((0.6 * (x - 0.2 * t) + 0.8 * (y + 0.1 * t)) / 60),)


@contract
class TestLoop(ProfileContract):
    profile: ClassVar = {
        "kind": "loop",
        "width": 80.0,
        "first": 0.5,
        "second": 0.7,
        "turn": -6.0,
        "phase": 0.2,
        "velocity": [0.1],
    }
    components = 2

    def formula(self, x, y, t):
        a = 0.2 - 6.0 * rising((x - 0.1 * t) / 80)
        return 0.5 * np.cos(a), 0.7 * np.sin(a)


@contract
class TestHelix(ProfileContract):
    profile: ClassVar = {
        "kind": "helix",
        "wavevector": [0.05, 0.02],
        "frequency": -0.1,
        "phase": 1.0,
        "cone": 1.1,
    }
    components = 3

    def formula(self, x, y, t):
        return unit(1.1 + 0 * x, 0.05 * x + 0.02 * y + 0.1 * t + 1.0)


@contract
class TestDomainWall(ProfileContract):
    profile: ClassVar = {
        "kind": "domain_wall",
        "width": 70.0,
        "direction": [0, 1],
        "wavevector": [0.04, 0],
        "frequency": 0.1,
    }
    components = 3

    def formula(self, x, y, t):
        return unit(np.pi * rising(y / 70), 0.04 * x - 0.1 * t)


@contract
class TestSkyrmion(ProfileContract):
    profile: ClassVar = {
        "kind": "skyrmion", "radius": 90.0, "winding": -2, "helicity": 0.7, "shape": "angle", "polarity": -1,
        "center": [5.0, -3.0], "velocity": [0.05, 0.02],
    }  # fmt: skip
    components = 3

    def formula(self, x, y, t):
        x, y = x - 5 - 0.05 * t, y + 3 - 0.02 * t
        nx, ny, nz = unit(np.pi * (1 - rising(np.hypot(x, y) / 90)), -2 * np.arctan2(y, x) + 0.7)
        return nx, ny, -nz


class TestSkyrmionByCosine(ProfileContract):
    """In a lattice of them, of which the places see several."""

    profile: ClassVar = {"kind": "skyrmion", "radius": 30.0, "winding": 3, "periods": [70.0, 64.0]}
    components = 3

    def places(self):
        r, t = super().places()
        x, y = r[:, 0] - 70 * np.round(r[:, 0] / 70), r[:, 1] - 64 * np.round(r[:, 1] / 64)
        # Second derivatives of n, but not what packets feel of it, are infinite at the centre and at the edge.
        inside = (np.hypot(x, y) > 4) & (np.abs(np.hypot(x, y) - 30) > 3)
        return r[inside][:100].repeat(2, axis=0), t

    def formula(self, x, y, t):
        x, y = x - 70 * np.round(x / 70), y - 64 * np.round(y / 64)
        cosine = 2 * rising(np.hypot(x, y) / 30) - 1
        return unit(np.arccos(cosine), 3 * np.arctan2(y, x))


def test_every_kind_has_a_contract():
    assert set(CONTRACTS) == {name for name, _ in KINDS}


@pytest.mark.parametrize("shape", ["cosine", "angle"])
@pytest.mark.parametrize("winding", [1, -2])
def test_topological_charge_and_flux(shape, winding):
    """Q = (cos θ(0) - cos θ(∞)) winding/2 = -winding; the emergent flux is Q h/e, two flux quanta h/2e for each."""
    texture = Texture.model_validate(
        {"profile": {"kind": "skyrmion", "radius": 30.0, "winding": winding, "shape": shape}, "strength": 2.0}
    )
    x = (np.arange(256) + 0.5) / 256 * 64 - 32
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    found = emergent_fields(texture, grid)
    cell = (64 / 256) ** 2
    assert found.charge_density.sum() * cell == pytest.approx(-winding, abs=1e-4)
    assert found.magnetic.sum() * cell * E_OVER_HBAR == pytest.approx(-2 * np.pi * winding, rel=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found.direction, axis=1), 1.0, rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", ["cosine", "angle"])
def test_nothing_is_infinite_at_the_centre_and_the_edge(shape):
    texture = Texture.model_validate({"profile": {"kind": "skyrmion", "radius": 30.0, "shape": shape}})
    edge = 30.0 * (1 + np.array([0, 1, -1, 2, -3]) * 2.0**-52)
    places = np.stack([np.concatenate([[0.0, 1e-13, 1e-6], edge]), np.zeros(8)], axis=1)
    found = profile_values([texture], places)
    for values in (found.value, found.gradient, found.curvature):
        assert np.all(np.isfinite(values))
