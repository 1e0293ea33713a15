"""The profile contract for every kind of texture."""

from typing import ClassVar

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

import wavepacket
from tests.contracts.profile import ProfileContract
from wavepacket.config import Texture
from wavepacket.hamiltonians.emergent import emergent_fields
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.kernels.motion.profiles import KINDS
from wavepacket.units import E_OVER_HBAR

CONTRACTS = {}


def contract(cls):
    CONTRACTS[cls().texture.profile.function] = cls
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
    components, direction = 3, True

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
    components, direction = 3, True

    def formula(self, x, y, t):
        return unit(np.pi * rising(y / 70), 0.04 * x - 0.1 * t)


@contract
class TestSkyrmion(ProfileContract):
    profile: ClassVar = {
        "kind": "skyrmion", "radius": 90.0, "winding": -2, "helicity": 0.7, "shape": "angle", "polarity": -1,
        "center": [5.0, -3.0], "velocity": [0.05, 0.02],
    }  # fmt: skip
    components, direction = 3, True

    def formula(self, x, y, t):
        x, y = x - 5 - 0.05 * t, y + 3 - 0.02 * t
        nx, ny, nz = unit(np.pi * (1 - rising(np.hypot(x, y) / 90)), -2 * np.arctan2(y, x) + 0.7)
        return nx, ny, -nz


@contract
class TestSkyrmionByCosine(ProfileContract):
    """In a lattice of them, of which the places see several."""

    profile: ClassVar = {"kind": "skyrmion", "radius": 30.0, "winding": 3, "periods": [70.0, 64.0]}
    components, direction = 3, True

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


class TestBubble(ProfileContract):
    """A skyrmion that turns within a thin wall; its azimuth turns, and jumps at the centre where n is along z."""

    profile: ClassVar = {"kind": "skyrmion", "radius": 60.0, "wall": 35.0, "helicity": 1.0, "shape": "angle"}
    components, direction = 3, True

    def formula(self, x, y, t):
        return unit(np.pi * (1 - rising((np.hypot(x, y) - 25) / 35)), np.arctan2(y, x) + 1.0)


class TestVortex(ProfileContract):
    profile: ClassVar = {
        "kind": "vortex", "radius": 50.0, "winding": -1, "helicity": 0.4, "polarity": -1, "velocity": [0.1, 0.0],
    }  # fmt: skip
    components, direction = 3, True

    def formula(self, x, y, t):
        x = x - 0.1 * t
        polar = np.pi - np.pi / 2 * rising(np.hypot(x, y) / 50)
        return unit(polar, -np.arctan2(y, x) + 0.4)


@contract
class TestBump(ProfileContract):
    """u_ij = ½ ∂_ih ∂_jh."""

    profile: ClassVar = {"kind": "bump", "height": 12.0, "width": 35.0, "center": [4.0, -2.0]}
    components = 3

    def formula(self, x, y, t):
        x, y = x - 4, y + 2
        h = 12 * np.exp(-(x * x + y * y) / (2 * 35**2))
        hx, hy = -x / 35**2 * h, -y / 35**2 * h
        return hx * hx / 2, hy * hy / 2, hx * hy / 2


@contract
class TestUniaxial(ProfileContract):
    profile: ClassVar = {
        "kind": "uniaxial", "strain": 0.01, "gradient": 2e-4, "direction": [3, 4], "poisson": 0.2, "center": [1.0, 2.0],
    }  # fmt: skip
    components = 3

    def formula(self, x, y, t):
        along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
        u = np.outer(along, along) - 0.2 * np.outer(across, across)
        size = 0.01 + 2e-4 * (0.6 * (x - 1) + 0.8 * (y - 2))
        return size * u[0, 0], size * u[1, 1], size * u[0, 1]


class TestBend(ProfileContract):
    """A ribbon along y: to its left, at negative x, it is longer."""

    profile: ClassVar = {"kind": "bend", "curvature": 1e-4, "direction": [0, 1], "poisson": 0.3}
    components = 3

    def formula(self, x, y, t):
        return 0.3e-4 * x, -1e-4 * x, 0 * x


X, Y, T = np.linspace(-220, 220, 12), np.linspace(-200, 240, 11), np.linspace(-10, 220, 8)


def sampled(shape):
    """Samples that change by little from one to the next."""
    steps = np.random.default_rng(1).normal(size=shape)
    return steps / 4 + np.array([1.0, 0.5, -0.7])[: shape[-1]]


def spline(samples, *places):
    """Quintic splines without knots in the second and third cell from an edge, by scipy."""
    grids = (X, Y, T)[: len(places)]
    on = [make_interp_spline(grid, np.eye(len(grid)), k=5)(p) for grid, p in zip(grids, places, strict=True)]
    return np.einsum(["pi,pj,ijc->pc", "pi,pj,pk,ijkc->pc"][len(places) - 2], *on, samples)


@contract
class TestGrid(ProfileContract):
    samples = sampled((12, 11, 2))
    profile = wavepacket.sampled_profile(samples, x=X, y=Y)
    components = 2

    def formula(self, x, y, t):
        return tuple(spline(self.samples, x, y).T)


class TestUnitGrid(ProfileContract):
    """A direction that moves and changes; its samples are divided by their lengths, and what is between them, too."""

    samples = sampled((12, 11, 8, 3))
    profile = wavepacket.sampled_profile(samples, x=X, y=Y, t=T, unit=True).model_copy(
        update={"velocity": (0.1, -0.05, 0.0)}
    )
    components, direction = 3, True

    def formula(self, x, y, t):
        unit_samples = self.samples / np.linalg.norm(self.samples, axis=-1, keepdims=True)
        n = spline(unit_samples, x - 0.1 * t, y + 0.05 * t, t)
        return tuple((n / np.linalg.norm(n, axis=1, keepdims=True)).T)


def test_every_function_has_a_contract():
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
