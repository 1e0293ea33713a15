"""What symmetry forbids, and that it vanishes."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import gapped_graphene, haldane, kagome, massive_dirac, weyl_lattice
from wavepacket.observables import Observable
from wavepacket.response import response
from wavepacket.response.symmetry import find_symmetry, forbidden


def hall(hamiltonian):
    allowed = find_symmetry(hamiltonian).allowed_vector()
    return "".join(axis for axis, free in zip("xyz", allowed, strict=True) if free)


@pytest.mark.parametrize(
    ("hamiltonian", "count", "expected"),
    [
        # C₃ᵥ with mirrors made of time reversal; with inversion twice as many.
        (haldane(staggered=0.3), 6, "z"),
        (haldane(), 12, "z"),
        # C₃ᵥ and time reversal.
        (gapped_graphene(), 12, ""),
        # D₄ₕ(C₄ₕ).
        (weyl_lattice(), 16, "z"),
        (random_crystal(3, with_positions=False), 1, "xyz"),
        (random_crystal(5), 1, "xyz"),
    ],
)
def test_groups(hamiltonian, count, expected):
    symmetry = find_symmetry(hamiltonian)
    assert len(symmetry.operations) == count
    assert hall(hamiltonian) == expected


def test_names():
    names = find_symmetry(gapped_graphene()).names
    assert "identity x time reversal" in names
    assert "2 of rotation by 120 deg about z" in names
    assert "rotation by 180 deg about z" in find_symmetry(haldane()).names


def test_dipole_of_a_valley_needs_a_tilt():
    upright = massive_dirac()
    assert not find_symmetry(upright).allowed_dipole()[:2, 2].any()


def test_an_axial_response_of_a_weyl_lattice_has_one_component():
    config = {"name": "x", "model": {"name": "weyl_lattice"}, "response": {
        "chemical_potential": 0.3, "temperature": 500, "uncertainty": 0.05, "quantities": ["anomalous_hall_conductivity"],
    }}  # fmt: skip
    found = response(config_from_mapping(config), threads=1)
    value = np.asarray(found["anomalous_hall_conductivity"].value)[0, 0]
    error = np.asarray(found["anomalous_hall_conductivity"].uncertainty)[0, 0]
    allowed = found.symmetry.allowed_hall()
    assert allowed.sum() == 2
    assert np.all(np.abs(value[~allowed]) <= error[~allowed] + 1e-6)
    assert found.warnings == ()


def test_a_forbidden_component_is_told():
    symmetry = find_symmetry(haldane(staggered=0.3))
    value, error = np.zeros((1, 1, 3, 3)), np.full((1, 1, 3, 3), 1e-4)
    value[0, 0, 0, 2] = 4e-4
    told = forbidden(
        symmetry,
        {"anomalous_hall_conductivity": Observable("anomalous_hall_conductivity", value, error, "e^2/h", "")},
    )
    assert len(told) == 1
    assert "symmetry forbids is 4.00e-04 ± 1.0e-04 e^2/h" in told[0]


def test_a_crystal_without_any_curvature_has_its_symmetries():
    """Kagome without flux: curvature and moment are rounding, which tells nothing of an operation."""
    found = find_symmetry(kagome(flux=0.0))
    assert len(found.operations) == 24
    assert not found.allowed_hall().any()
