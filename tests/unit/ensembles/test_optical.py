"""Circular dichroism as the weight of packets."""

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.bands.direct import direct_arrays
from wavepacket.config import Optical
from wavepacket.ensembles import build_ensemble, nearest_valley, valley_centres
from wavepacket.ensembles.optical import absorption
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene, kane_mele, massive_dirac
from wavepacket.simulation.group_light import density_matrix
from wavepacket.simulation.group_matrices import matrices_between


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


def hole(handedness, **more):
    return light(handedness, valence=None, conduction=1, **more)


@pytest.mark.parametrize("valley", [1, -1])
@pytest.mark.parametrize("mass", [0.1, -0.1])
def test_holes_of_massive_dirac(valley, mass):
    """An electron is lifted at the k where its hole stays: (1 ± τ Δ/|ε|)² times the line at 2|ε|, as above the gap."""
    crystal = massive_dirac(velocity=4.0, mass=mass, valley=valley, cutoff=0.1)
    below, above = band(crystal, 0), band(crystal, 1)
    for sign in (1, -1):
        holes, electrons = build_ensemble(hole(sign), below), build_ensemble(light(sign), above)
        found, expected = (made.packets(0, made.size) for made in (holes, electrons))
        np.testing.assert_array_equal(found.wavevector, expected.wavevector)
        np.testing.assert_allclose(found.weight, expected.weight, rtol=1e-12)
        energy = -below.geometry(found.wavevector).energy
        rate = (1 + sign * valley * mass / energy) ** 2 * np.exp(-0.5 * ((2 * energy - 0.3) / 0.05) ** 2)
        np.testing.assert_allclose(found.weight / found.weight.max(), rate / rate.max(), rtol=1e-7)


def test_holes_and_electrons_are_polarised_alike():
    """Of light that is far below and far above the gap alike, where weights of 1e-28 once gave the other sign."""
    crystal = gapped_graphene(gap=1.66, hopping=1.1, lattice_constant=3.193)
    _, centres = valley_centres(crystal)
    shares = []
    for specification, index in (
        (hole(1, photon_energy=1.7, width=0.2), 0),
        (light(1, photon_energy=1.7, width=0.2), 1),
    ):
        ensemble = build_ensemble(specification, band(crystal, index))
        packets = ensemble.packets(0, ensemble.size)
        valley = nearest_valley(crystal, packets.wavevector, centres)
        n = [packets.weight[valley == v].sum() for v in (0, 1)]
        shares.append((n[0] - n[1]) / sum(n))
    # (1 + cos)² of one valley, (1 − cos)² of the other, cos = Δ/|ε| from 1 at the gap of 1.66 eV to 0.8 at 2.1 eV.
    assert shares[0] == pytest.approx(shares[1], rel=1e-12)
    assert 0.9 < shares[0] < 1.0


@pytest.mark.parametrize(
    ("specification", "index", "says"),
    [
        (light(1, valence=5), 1, "valence: there are bands 0 to 1"),
        (light(1, valence=1), 1, "not below that of the packets; .*'conduction'"),
        (light(1, valence=1), 0, "not below that of the packets; .*'conduction'"),
        (hole(1), 1, "not above that of the packets; .*'valence'"),
        (hole(1, photon_energy=0.5), 0, None),
    ],
)
def test_light_does_not_lift_electrons_downwards(specification, index, says):
    crystal = massive_dirac(velocity=4.0, mass=0.1, cutoff=0.1)
    if says is None:
        assert build_ensemble(specification, band(crystal, index)).size
        return
    with pytest.raises(InputError, match=says):
        build_ensemble(specification, band(crystal, index))


@pytest.mark.parametrize("specification", [light, hole])
def test_light_that_reaches_no_state_is_refused(specification):
    """The gap is 0.2 eV: at 0.15 eV a line of 5 meV ends 10 widths before, where exp(-50) of it is left."""
    crystal = massive_dirac(velocity=4.0, mass=0.1, cutoff=0.1)
    source = band(crystal, 0 if specification is hole else 1)
    with pytest.raises(InputError, match=r"no state is reached by light of 0\.15 eV: .* at 0\.2\d* eV, 1\d"):
        build_ensemble(specification(1, photon_energy=0.15, width=0.005), source)
    assert build_ensemble(specification(1, photon_energy=0.15, width=0.01), source).size


@pytest.mark.parametrize(
    "made", [{"valence": (0, 1)}, {"valence": None, "conduction": (2, 3)}], ids=["electrons", "holes"]
)
def test_light_on_a_group_is_what_it_is_on_its_bands(made):
    """The trace of what it makes is the sum over bands; a group of one band has their weight."""
    crystal = kane_mele()
    k = np.random.default_rng(1).normal(size=(20, 3)) * [1, 1, 0]
    specification = light(1, photon_energy=1.5, width=1.0, **made)
    bands = (2, 3) if made["valence"] else (0, 1)
    alone = [absorption(specification, band(crystal, index), k) for index in bands]

    def left(group):
        integers, reals = direct_arrays(crystal, group[0])
        made = density_matrix(
            specification, matrices_between(np.append(integers, [0, group[1], 1]), reals, k)
        )
        return made[..., 0] + 1j * made[..., 1]

    both = left(bands)
    np.testing.assert_allclose(np.trace(both, axis1=1, axis2=2).real, alone[0] + alone[1], rtol=1e-11)
    np.testing.assert_allclose(both, np.conj(np.swapaxes(both, 1, 2)), atol=1e-14)
    np.testing.assert_allclose(left((bands[1], bands[1]))[:, 0, 0], alone[1], rtol=1e-11)


def test_one_other_band():
    for both in ({"valence": 0, "conduction": 1}, {"valence": None}):
        with pytest.raises(ValueError, match=r"give either 'valence'.*or 'conduction'"):
            light(1, **both)
