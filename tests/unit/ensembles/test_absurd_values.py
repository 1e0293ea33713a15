"""Values beyond all measure, as from a wrong unit: folded, reduced, or refused, never numbers without a digit left."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.bands import band
from wavepacket.config import Fields, Gaussian, Packets, config_from_mapping
from wavepacket.ensembles import build_ensemble
from wavepacket.errors import ConfigError, InputError
from wavepacket.fields import electric_field
from wavepacket.hamiltonians import haldane, massive_dirac
from wavepacket.simulation import build_problem


def packets(crystal, said, **section):
    return build_ensemble(Packets.model_validate(section), band(crystal, 0), report=said.append)


@pytest.mark.parametrize("size", [1e10, 1e20, 1e100])
def test_wavevectors_in_other_zones_are_folded_and_said(size):
    """The same point modulo the lattice, as far as the digits go; what is near stays as it is."""
    crystal, said = haldane(), []
    near, far = [0.7, 40.0, 0.0], [size, -0.3 * size, 0.0]
    made = packets(crystal, said, wavevectors=[near, far]).packets(0, 2)
    assert made.wavevector[0].tolist() == near
    assert np.linalg.norm(made.wavevector[1]) < np.linalg.norm(crystal.reciprocal, axis=1).max()
    assert len(said) == 1
    assert "1 wavevectors" in said[0]
    assert "1/m" in said[0]


def test_a_wavevector_in_reciprocal_metres_stands_for_a_point_of_the_zone():
    """A whole number of reciprocal vectors beside k is k, to the digits that are left."""
    crystal = haldane()
    k = np.array([0.2, -0.1, 0.0])
    far = k + 2.0**20 * crystal.reciprocal[0] - 2.0**21 * crystal.reciprocal[1]
    made = packets(crystal, [], wavevectors=[far.tolist()]).packets(0, 1)
    np.testing.assert_allclose(made.wavevector[0], k, rtol=0, atol=4 * np.spacing(np.abs(far).max()))


def test_packets_from_absurd_wavevectors_move_as_packets_do():
    """k = 10²⁰/Å had a drift velocity of 10¹⁹ Å/fs."""
    made = problem({"name": "haldane"}, wavevectors=[[1e20, 0, 0]], electric=[1e-3, 0, 0])
    block = run(made)
    assert block.status.tolist() == [0]
    assert np.abs(block.position).max() < 1e3


def test_what_cannot_be_folded_is_refused():
    with pytest.raises(InputError, match=r"1e\+20 is beyond this crystal"):
        packets(massive_dirac(), [], wavevectors=[[1e20, 0, 0]])
    with pytest.raises(InputError, match="beyond this crystal"):
        packets(haldane(), [], wavevectors=[[1e308, 1e308, 0]], coordinates="reduced")
    cloud = {"center": [0.1], "width": 0.1, "number": 8}
    for wrong in ({"width": 1e20}, {"covariance": np.diag([1.0, 1, 0, 1e300, 1, 0]).tolist()}):
        with pytest.raises(InputError, match="check its unit"):
            build_ensemble(Gaussian.model_validate(cloud | wrong), band(haldane(), 0))


def test_clouds_are_folded_too():
    said = []
    specification = Gaussian.model_validate({"center": [1e20], "width": 0.01, "number": 8})
    made = build_ensemble(specification, band(haldane(), 0), report=said.append).packets(0, 8)
    assert np.abs(made.wavevector).max() < 10.0
    assert len(said) == 1


@pytest.mark.parametrize("weights", [[1e308, 1e308], [1e120, 0.0], [1e-200, 0.0]])
def test_weights_whose_sums_leave_the_range_of_numbers_are_refused(weights):
    with pytest.raises(InputError, match="only their ratios count"):
        packets(haldane(), [], wavevectors=[[0.1], [0.2]], weights=weights)


def test_weights_of_any_use_are_taken():
    for weights in ([1e60, 1.0], [1e-30, 0.0], [0.0, 0.0]):
        packets(haldane(), [], wavevectors=[[0.1], [0.2]], weights=weights)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"ensemble": {"kind": "packets", "wavevectors": [[0.1]], "positions": [[1e20]]}}, "at most 1 m"),
        ({"valleys": {"K": [1e20, 0]}}, "no point of a crystal"),
        ({"band": {"index": 0, "follow": "character", "at": [1e20]}}, "no point of a crystal"),
    ],
)
def test_points_and_places_beyond_all_measure_are_refused(section, message):
    base = {
        "name": "far", "model": {"name": "haldane"}, "band": 0, "time": {"end": 1.0, "saves": 2},
        "ensemble": {"kind": "packets", "wavevectors": [[0.1]]},
    }  # fmt: skip
    with pytest.raises(ConfigError, match=message):
        config_from_mapping(base | section)


@pytest.mark.parametrize("phase", [1e20, -1e9, 1e300, 7.0])
@pytest.mark.parametrize("kind", ["sinusoid", "pulse", "circular"])
def test_phases_count_modulo_a_turn(phase, kind):
    """Python reduces arguments of cos exactly; remainder(1e20, 2π) differs from that by the rounding of 2π alone."""
    amplitude = 1e-3 if kind == "circular" else [1e-3, 0, 0]
    term = {"kind": kind, "amplitude": amplitude, "frequency": 0.1, "phase": phase}
    term |= {"center": 0.0, "width": 5.0} if kind == "pulse" else {}
    made = Fields.model_validate({"electric": [term]})
    assert abs(made.electric[0].phase) <= np.pi
    (field,) = electric_field(made, [0.0])
    assert np.linalg.norm(field) <= 1e-3 * (1 + 1e-12)
    if abs(phase) < 1e10:
        assert field[0] == pytest.approx(1e-3 * np.cos(phase), abs=1e-3 * abs(phase) * 1e-15)


def test_phases_within_a_turn_keep_their_bits():
    for phase in (0.1, -3.0, 4.7, 2 * np.pi):
        term = {"kind": "sinusoid", "amplitude": [1.0], "frequency": 1.0, "phase": phase}
        assert Fields.model_validate({"electric": [term]}).electric[0].phase == phase


@pytest.mark.parametrize("size", [1e300, 1.0, 1e-300, 5e-324])
def test_normals_of_any_length_are_directions(size):
    def turning(normal):
        term = {"kind": "circular", "amplitude": 1.0, "frequency": 0.1, "normal": normal}
        return electric_field(Fields.model_validate({"electric": [term]}), [1.0, 5.0])

    np.testing.assert_allclose(turning([size, size, 0.0]), turning([1.0, 1.0, 0.0]), rtol=1e-15)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"fields": {"electric": [[1e308, 0, 0], [1e308, 0, 0]]}},
            "no field is larger than 1e[+]06 V/angstrom",
        ),
        ({"fields": {"magnetic": [0, 0, 1e200]}}, "no field is larger than 1e[+]12 T"),
        ({"time": {"end": 1e-300, "saves": 2}}, "time.end"),
        (
            {"model": {"name": "haldane", "lattice_constant": 1e-150}},
            "no lattice vector is shorter than 0.0001",
        ),
    ],
)
def test_fields_times_and_lattices_beyond_all_measure_are_refused(section, message):
    """Their squares or sums would leave the range of numbers."""
    mapping = {
        "name": "absurd", "model": {"name": "haldane"}, "band": 0, "time": {"end": 10.0, "saves": 2},
        "ensemble": {"kind": "filled_band", "grid": [4, 4]},
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        build_problem(config_from_mapping(mapping | section))
