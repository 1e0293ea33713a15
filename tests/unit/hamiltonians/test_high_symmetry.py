"""Lattice types and high-symmetry points: places on the zone's border that follow from the lattice alone."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import LatticeHamiltonian, haldane, high_symmetry, read_tb
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.zone import face_vectors, lattice_point_group

A, B, C = 3.0, 4.1, 5.3
LATTICES = {
    "cubic P": np.eye(3) * A,
    "cubic F": A / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
    "cubic I": A / 2 * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]),
    "hexagonal": np.array([[A, 0, 0], [-A / 2, A * 3**0.5 / 2, 0], [0, 0, C]]),
    "tetragonal P": np.diag([A, A, C]),
    "tetragonal I": np.array([[-A, A, C], [A, -A, C], [A, A, -C]]) / 2,
    "orthorhombic P": np.diag([A, B, C]),
    "orthorhombic": np.array([[0, B, C], [A, 0, C], [A, B, 0]]) / 2,
    "rhombohedral": A * np.array([[1, 0.3, 0.3], [0.3, 1, 0.3], [0.3, 0.3, 1]]),
    "monoclinic": np.array([[A, 0, 0], [0, B, 0], [0.7, 0, C]]),
    "triclinic": np.array([[A, 0.2, 0.1], [0.3, B, 0.5], [0.7, 0.6, C]]),
    "square": np.diag([A, A]),
    "rectangular": np.diag([A, B]),
    "planar hexagonal": np.array([[A, 0], [A / 2, A * 3**0.5 / 2]]),
    "centred rectangular": np.array([[A, B], [A, -B]]),
    "oblique": np.array([[A, 0], [0.7, B]]),
    "line": np.array([[A]]),
}
FACES = {
    "cubic P": {"X": 1, "M": 2, "R": 3},
    "cubic F": {"X": 1, "L": 1, "W": 3, "K": 2, "U": 2},
    "cubic I": {"H": 4, "N": 1, "P": 3},
    "hexagonal": {"M": 1, "K": 2, "A": 1, "L": 2, "H": 3},
    "tetragonal P": {"X": 1, "M": 2, "Z": 1, "R": 2, "A": 3},
    "tetragonal I": {"N": 1, "P": 3, "X": 1, "Z": 1, "S": 2, "S1": 2, "Y": 3, "Y1": 3},
    "orthorhombic P": {"X": 1, "Y": 1, "Z": 1, "S": 2, "T": 2, "U": 2, "R": 3},
    "square": {"X": 1, "M": 2},
    "rectangular": {"X": 1, "Y": 1, "S": 2},
    "planar hexagonal": {"M": 1, "K": 2, "K'": 2},
    "line": {"X": 1},
}
"""How many faces of the zone meet at each point: 1 on a face, 2 on an edge, 3 or 4 in a corner."""
LENGTHS = {
    "cubic F": {"X": 2 * np.pi / A, "L": np.sqrt(3) * np.pi / A, "W": np.sqrt(5) * np.pi / A,
                "K": 1.5 * np.sqrt(2) * np.pi / A},
    "planar hexagonal": {"K": 4 * np.pi / (3 * A), "M": 2 * np.pi / (np.sqrt(3) * A)},
    "hexagonal": {"K": 4 * np.pi / (3 * A), "A": np.pi / C},
}  # fmt: skip


def crystal_of(lattice):
    return LatticeHamiltonian.from_hoppings(lattice, {(0,) * len(lattice): [[1.0]]})


def turned(lattice, seed=3):
    """Return the same lattice in another basis, and in space turned, mirrored or not."""
    rng = np.random.default_rng(seed)
    dimension = len(lattice)
    steps = np.eye(dimension, dtype=int)
    for _ in range(4):
        i, j = rng.choice(dimension, 2, replace=False) if dimension > 1 else (0, 0)
        if i != j:
            steps[i] += steps[j]
    return steps @ lattice @ np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]


def on_faces(crystal, point):
    """Return how many faces a point lies on, or −1 for a point outside of the zone."""
    faces = face_vectors(crystal)
    k = np.array(point) @ crystal.reciprocal
    share = 2 * faces @ k / np.sum(faces**2, axis=1)
    return -1 if np.any(share > 1 + 1e-6) else int(np.sum(share > 1 - 1e-6))


@pytest.mark.parametrize("seed", [None, 3, 4])
@pytest.mark.parametrize("name", LATTICES)
def test_points_lie_where_their_names_say(name, seed):
    crystal = crystal_of(LATTICES[name] if seed is None else turned(LATTICES[name], seed))
    found = high_symmetry(crystal)
    assert found.lattice_type == name.removeprefix("planar ")
    places = {label: on_faces(crystal, point) for label, point in found.points.items()}
    assert places.pop("G") == 0
    assert places == FACES.get(name, places)
    assert min(places.values()) >= 1
    assert set(found.path.replace("|", " ").split()) <= set(found.points)
    for label, length in LENGTHS.get(name, {}).items():
        assert np.linalg.norm(np.array(found.points[label]) @ crystal.reciprocal) == pytest.approx(length)


@pytest.mark.parametrize("name", LATTICES)
def test_more_symmetry_than_anywhere_near(name):
    """More operations of the lattice keep a point, up to reciprocal vectors, than one at random (identity only)."""
    crystal = crystal_of(LATTICES[name])
    group = lattice_point_group(crystal)

    def kept(k):
        shift = (group @ k - k) @ crystal.lattice.T / (2 * np.pi)
        return int(np.sum(np.all(np.abs(shift - np.rint(shift)) < 1e-6, axis=1)))

    for point in high_symmetry(crystal).points.values():
        assert kept(np.array(point) @ crystal.reciprocal) > 1


def test_the_short_body_centred_cell_has_other_corners():
    flat = high_symmetry(crystal_of(np.array([[-C, C, A], [C, -C, A], [C, C, -A]]) / 2))
    assert set(flat.points) == {"G", "N", "P", "X", "M", "Z", "Z1"}


def test_silicon_has_the_points_of_its_input_file(shared_file):
    crystal = read_tb(shared_file("si_valence/ws_tb.dat"))
    expected = {
        "X": (1 / 2, 0, 1 / 2), "L": (1 / 2, 1 / 2, 1 / 2), "W": (1 / 2, 1 / 4, 3 / 4),
        "K": (3 / 8, 3 / 8, 3 / 4), "U": (5 / 8, 1 / 4, 5 / 8),
    }  # fmt: skip
    for name, point in expected.items():
        np.testing.assert_allclose(crystal.special_points[name], point, atol=1e-9)
    assert crystal.path == "L G X U|K G"


def test_names_of_a_model_are_kept():
    model = haldane()
    assert with_high_symmetry(model) is model
    assert with_high_symmetry(random_crystal(1)).special_points.keys() >= {"G", "X", "R"}
