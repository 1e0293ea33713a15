"""The exact edge current of a strip: equal to the magnetization of the bulk, whatever the edge looks like."""

import numpy as np
import pytest

import wavepacket
from wavepacket.errors import InputError
from wavepacket.hamiltonians import haldane
from wavepacket.units import BOLTZMANN, E2_OVER_H

pytestmark = pytest.mark.physics

UNIT = 2 * np.pi * E2_OVER_H  # A in (e/ħ) eV


def strip(phi=np.pi / 2, kt=0.1, mu=(0.9,), potential=None, ribbon=None, **model):
    """Config of a strip of Haldane's crystal with bonds of 1 Å."""
    known = {"name": "haldane", "t2": 0.15, "phi": phi, "staggered": 0.3, "lattice_constant": 3**0.5} | model
    asked = {"chemical_potential": list(mu), "temperature": kt / BOLTZMANN, "uncertainty": 0.01}
    if ribbon is not None:
        asked["ribbon"] = ribbon
    return {"name": "strip", "model": known, "fields": {"potential": potential or []}, "response": asked}


def walls(rise, width, **more):
    return {"kind": "channel", "height": 8.0, "rise": rise, "width": width, "direction": [0, 1], **more}


def magnetization(phi, kt, mu):
    """Local and itinerant part of M in (e/ħ) eV for charge −e, by sums over pairs of states on a mesh."""
    crystal = haldane(t2=0.15, phi=phi, staggered=0.3, lattice_constant=3**0.5)
    mesh = np.stack(np.meshgrid(*[np.arange(96) / 96] * 2, [0.0], indexing="ij"), axis=-1).reshape(-1, 3)
    k = mesh @ crystal.reciprocal
    energy, states = np.linalg.eigh(crystal.hamiltonian(k))
    slope = states.conj().transpose(0, 2, 1)[:, None] @ crystal.hamiltonian_gradient(k) @ states[:, None]
    x = slope[:, 0] * slope[:, 1].transpose(0, 2, 1) - slope[:, 1] * slope[:, 0].transpose(0, 2, 1)
    cross, gap = np.array([x[:, 0, 1], x[:, 1, 0]]).T, (energy[:, 0] - energy[:, 1])[:, None] * [1, -1]
    curvature, moment = (1j * cross / gap**2).real, (0.5j * cross / gap).real  # X_nl = ⟨n|∂H|l⟩×⟨l|∂H|n⟩
    occupied = 1 / (1 + np.exp((energy - mu) / kt))
    grand = kt * np.log1p(np.exp((mu - energy) / kt))
    return np.array([(moment * occupied).sum(), (curvature * grand).sum()]) / len(k) / crystal.cell_volume


@pytest.fixture(scope="module")
def soft():
    return wavepacket.ribbon(strip(mu=(0.9, -0.5), potential=walls(10.0, 24.0)))


def test_an_edge_carries_the_magnetization(soft):
    for index, mu in enumerate((0.9, -0.5)):
        local, itinerant = magnetization(np.pi / 2, 0.1, mu)
        current, bulk = (soft[name] for name in ("edge_current", "bulk_magnetization"))
        value, error = current.value[index, 0] / UNIT, current.uncertainty[index, 0] / UNIT
        assert abs(value - local - itinerant) < error < 1e-3 * abs(value)
        assert bulk.value[index, 0] / UNIT == pytest.approx(
            local + itinerant, abs=bulk.uncertainty[index, 0] / UNIT
        )
        # Neither part alone is that current.
        assert min(abs(value - local), abs(value - itinerant)) > 0.05
        assert abs(soft["net_current"].value[index, 0]) < 1e-10 * UNIT


def test_local_currents_are_the_slope_of_the_magnetization(soft):
    place, exact, expected = (
        np.asarray(soft[name].value)
        for name in ("place", "local_current_density", "expected_current_density")
    )
    below = place < 0
    for profiles in (exact, expected):
        sums = np.trapezoid(profiles[:, 0, below], place[below], axis=-1) * 1e-10
        np.testing.assert_allclose(sums, soft["bulk_magnetization"].value[:, 0], rtol=0.02)
    assert soft["profile_deviation"].value.max() < 0.2
    np.testing.assert_allclose(
        np.abs(exact - expected).max(axis=-1), soft["profile_deviation"].value * np.abs(expected).max(axis=-1)
    )
    assert soft["profile_deviation"].uncertainty is None
    # 1 + ... electrons in a cell of 3√3/2 Å².
    middle = np.abs(place) < 2
    filled = soft["local_density"].value[0, 0, middle] * 1.5 * 3**0.5
    assert np.ptp(filled) < 1e-3
    assert 1.0 < filled.mean() < 2.0


def test_the_shape_of_the_edge_does_not_matter():
    """The crystal cut off, along another lattice vector, of the opposite Chern number: the mirror image has −M."""
    found = wavepacket.ribbon(strip(-np.pi / 2, kt=0.15, ribbon={"width": 36.0, "along": [1, 1]}))
    local, itinerant = magnetization(np.pi / 2, 0.15, 0.9)
    value, error = found["edge_current"].value[0, 0] / UNIT, found["edge_current"].uncertainty[0, 0] / UNIT
    assert abs(value + local + itinerant) < error < 0.02 * abs(value)


def test_edges_at_different_chemical_potentials():
    """I = C(μ₁ − μ₂) e/h with the lower edge at the higher one, C = 1; the middle of the gap is 1 eV from the bands."""
    found = wavepacket.ribbon(
        strip(kt=0.08, mu=[0.05], staggered=0.0, t2=0.2, ribbon={"width": 24.0, "bias": 0.2})
    )
    assert found["net_current"].value[0, 0] == pytest.approx(0.2 * E2_OVER_H, rel=1e-3)
    assert found["expected_net_current"].value[0, 0] == pytest.approx(0.2 * E2_OVER_H, rel=1e-3)


@pytest.mark.full
@pytest.mark.parametrize(("rise", "most"), [(10.0, 0.15), (20.0, 0.09), (40.0, 0.05)])
def test_known_strip(rise, most):
    """k_BT = 0.05, μ = 0.9: M = 0.088049 = ∫J dy to 7e-8; the profile's error falls with the width of the walls."""
    config = strip(kt=0.05, potential=walls(rise, 40.0))
    config["response"]["uncertainty"] = 1e-5
    found = wavepacket.ribbon(config)
    current, bulk = found["edge_current"].value[0, 0] / UNIT, found["bulk_magnetization"].value[0, 0] / UNIT
    assert bulk == pytest.approx(0.088049, abs=5e-7)
    assert current == pytest.approx(bulk, abs=1e-7)
    assert found["profile_deviation"].value[0, 0] < most


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (strip(), "no potential confines"),
        (strip(potential={"kind": "disk", "radius": 20, "rise": 5, "height": 8}), "varies along all"),
        (strip(potential=walls(5, 20), kt=0.0), "temperature above 0"),
        (strip(potential=walls(5, 20), ribbon={"along": [2, 2]}), "common divisor"),
        (strip(potential=walls(5, 20), ribbon={"along": [0, 1]}), "varies along this one"),
        (strip(ribbon={"width": 5000}), "orbitals in a period"),
        (strip(potential=walls(5, 20)) | {"model": {"name": "massive_dirac"}}, "two-dimensional lattice"),
        (strip() | {"fields": {"potential": [walls(5, 20)], "magnetic": [0, 0, 1]}}, "a potential alone"),
    ],
)  # fmt: skip
def test_what_is_no_strip_is_told(config, words):
    with pytest.raises(InputError, match=words):
        wavepacket.ribbon(config)
