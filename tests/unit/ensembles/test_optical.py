"""Circular dichroism as the weight of packets."""

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.config import Optical
from wavepacket.ensembles import build_ensemble, nearest_valley, valley_centres
from wavepacket.ensembles.optical import absorption
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene, massive_dirac


def light(handedness, **more):
    return Optical(
        **{"valence": 0, "photon_energy": 0.3, "width": 0.05, "handedness": handedness, "grid": (60, 60)}
        | more
    )


@pytest.mark.parametrize("valley", [1, -1])
@pytest.mark.parametrize("mass", [0.1, -0.1])
def test_massive_dirac(valley, mass):
    """Rates of both handednesses are as (1 ± τ cos θ)² with cos θ = Δ/ε."""
    source = band(massive_dirac(velocity=4.0, mass=mass, valley=valley, cutoff=0.1), 1)
    right, left = (build_ensemble(light(sign), source) for sign in (1, -1))
    packets, others = right.packets(0, right.size), left.packets(0, left.size)
    weights = {tuple(k): w for k, w in zip(others.wavevector, others.weight, strict=True)}
    # What the light hardly reaches is left out of an ensemble.
    shared = np.array([tuple(k) in weights for k in packets.wavevector])
    k = packets.wavevector[shared]
    assert len(k) > 500
    cosine = mass / source.geometry(k).energy
    expected = ((1 + valley * cosine) / (1 - valley * cosine)) ** 2
    found = packets.weight[shared] / [weights[tuple(point)] for point in k]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_light_at_the_gap_fills_one_valley():
    """At the edge of the gap the other valley is dark; both handednesses together fill both alike."""
    crystal = gapped_graphene(gap=1.66, hopping=1.1, lattice_constant=3.193)
    source = band(crystal, 1)
    _, centres = valley_centres(crystal)
    filled = []
    for sign in (1, -1):
        ensemble = build_ensemble(light(sign, photon_energy=1.66, width=0.02, grid=(90, 90)), source)
        packets = ensemble.packets(0, ensemble.size)
        valley = nearest_valley(crystal, packets.wavevector, centres)
        filled.append([packets.weight[valley == v].sum() for v in (0, 1)])
    first, second = np.array(filled)
    assert abs(first[0] - first[1]) / first.sum() > 0.98
    # Time reversal takes one to the other, but not a point of the grid to another: up to what the grid errs by.
    np.testing.assert_allclose(first, second[::-1], rtol=1e-3)
    k = source.hamiltonian.reciprocal[:2].T @ np.random.default_rng(3).random((2, 50))
    both = [absorption(light(sign, photon_energy=1.66, width=0.3), source, sign * k.T) for sign in (1, -1)]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-9)


def test_a_valence_band_that_does_not_exist():
    with pytest.raises(InputError, match="valence"):
        build_ensemble(light(1, valence=5), band(massive_dirac(), 1))
