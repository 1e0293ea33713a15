"""The first zone: its size is that of the reciprocal cell, and folding finds the nearest reciprocal vector."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wavepacket.bandstructure.zone import (
    Plane,
    equivalent_points,
    face_vectors,
    fold,
    named_plane,
    zone_outline,
    zone_section,
)
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    cosine_band,
    gapped_graphene,
    massive_dirac,
    parabolic_band,
    weyl_node,
)

FCC = 2.8 * np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
BCC = 1.4 * np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])


def crystal(vectors):
    vectors = np.asarray(vectors, dtype=float)
    return LatticeHamiltonian.from_hoppings(vectors, {(1, *[0] * (len(vectors) - 1)): [[1.0]]})


@st.composite
def crystals(draw):
    dimension = draw(st.integers(1, 3))
    rows = draw(arrays(float, (dimension, dimension), elements=st.floats(-3.0, 3.0, allow_subnormal=False)))
    lengths = np.linalg.norm(rows, axis=1)
    assume(np.all(lengths > 0.1))
    with np.errstate(all="ignore"):  # of matrices that are left out by the next line
        volume = abs(np.linalg.det(rows))
    assume(volume > 0.02 * np.prod(lengths))
    if dimension > 1:  # skewed on purpose: the same crystal by awkward vectors
        rows[1] += draw(st.integers(-40, 40)) * rows[0]
    frame = np.diag(np.abs(rows[0, :1])) if dimension == 1 else rows
    assume(np.linalg.det(frame / np.linalg.norm(frame, axis=1)[:, None]) ** 2 > 1e-10)
    return crystal(frame)


def area(polygon):
    x, y = polygon.T
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def volume(faces):
    """Sum of the pyramids from Γ to the faces."""
    total = 0.0
    for face in faces:
        apex = face[:-1].mean(axis=0)
        total += sum(abs(apex @ np.cross(a, b)) for a, b in itertools.pairwise(face)) / 6
    return total


def size(hamiltonian):
    outline = zone_outline(hamiltonian)
    if hamiltonian.dimension == 1:
        return float(outline[1, 0] - outline[0, 0])
    return area(outline) if hamiltonian.dimension == 2 else volume(outline)


SLIVER = [
    [4.5e-9, 0.0, 1.0],
    [0.0, 0.125, 1.0],
    [1.0, 1.0, 1.0],
]  # one of its faces is narrower than rounding


@given(crystals())
@example(crystal(SLIVER))
def test_the_zone_is_as_large_as_the_reciprocal_cell(hamiltonian):
    expected = (2 * math.pi) ** hamiltonian.dimension / hamiltonian.cell_volume
    assert size(hamiltonian) == pytest.approx(expected, rel=1e-8)


@given(crystals(), arrays(float, (4, 3), elements=st.floats(-30.0, 30.0)))
def test_fold_takes_away_the_nearest_reciprocal_vector(hamiltonian, k):
    folded = fold(hamiltonian, k)
    steps = (k - folded) @ hamiltonian.lattice.T / (2 * math.pi)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-7)
    assert np.all(steps[:, hamiltonian.dimension :] == 0)
    neighbours = np.array(list(itertools.product(range(-2, 3), repeat=len(face_vectors(hamiltonian)) // 2)))
    half = face_vectors(hamiltonian)[::2]
    nearby = (neighbours @ half)[:600]
    distance = np.linalg.norm(folded[:, None] - nearby[None], axis=2)
    assert np.all(np.linalg.norm(folded, axis=1) <= distance.min(axis=1) * (1 + 1e-9) + 1e-12)
    np.testing.assert_array_equal(fold(hamiltonian, folded), folded)


@given(crystals(), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_fold_does_not_see_reciprocal_vectors(hamiltonian, steps):
    k = 0.11 * hamiltonian.reciprocal.sum(axis=0)
    shift = np.array(steps) * hamiltonian.periodic @ hamiltonian.reciprocal
    inside = fold(hamiltonian, k)
    again = fold(hamiltonian, k + shift)
    # on the border of the zone several points are equally near
    assert np.linalg.norm(again) == pytest.approx(np.linalg.norm(inside), rel=1e-9)


def test_folding_keeps_shape_and_nan():
    k = np.full((2, 5, 3), np.nan)
    k[0] = 20.0
    folded = fold(gapped_graphene(), k)
    assert folded.shape == k.shape
    assert np.isnan(folded[1]).all()
    np.testing.assert_array_equal(folded[0, :, 2], 20.0)  # not a periodic direction
    assert np.all(k[0] == 20.0)


@pytest.mark.parametrize(
    ("vectors", "faces", "edges"),
    [(FCC, 14, [4] * 6 + [6] * 8), (BCC, 12, [4] * 12), (np.eye(3), 6, [4] * 6)],
)
def test_faces_of_the_cubic_zones(vectors, faces, edges):
    outline = zone_outline(crystal(vectors))
    assert len(outline) == faces
    assert sorted(len(face) - 1 for face in outline) == edges
    assert all(np.allclose(face[0], face[-1]) for face in outline)


def test_hexagonal_outline_is_closed_and_anticlockwise():
    outline = zone_outline(gapped_graphene())
    assert outline.shape == (7, 2)
    np.testing.assert_array_equal(outline[0], outline[-1])
    assert area(outline) > 0
    np.testing.assert_allclose(np.linalg.norm(outline, axis=1), 4 * math.pi / (3 * 2.46))


def test_models_without_a_zone():
    assert zone_outline(parabolic_band()) is None
    disc = zone_outline(massive_dirac(cutoff=0.5))
    np.testing.assert_allclose(np.linalg.norm(disc, axis=1), 0.5)
    assert len(zone_outline(weyl_node())) == 3
    k = np.array([[9.0, 9.0, 9.0]])
    np.testing.assert_array_equal(fold(massive_dirac(), k), k)


def test_section_of_a_ball_and_of_a_cube():
    plane = Plane(np.array([0.0, 0.0, 0.3]), np.eye(3)[0], np.eye(3)[1])
    np.testing.assert_allclose(np.linalg.norm(zone_section(weyl_node(cutoff=0.5), plane), axis=1), 0.4)
    assert zone_section(weyl_node(cutoff=0.2), plane) is None
    cube = cosine_band(dimension=3, lattice_constant=math.pi)
    diagonal = Plane.spanned([1, 1, 0], [0, 0, 1])
    assert abs(area(zone_section(cube, diagonal))) == pytest.approx(2 * 2 * math.sqrt(2))
    assert zone_section(cube, Plane(np.array([0.0, 0.0, 1.5]), np.eye(3)[0], np.eye(3)[1])) is None


def test_equivalent_points_of_corners():
    hamiltonian = gapped_graphene()
    faces = face_vectors(hamiltonian)
    corner = np.array(hamiltonian.valleys["K"]) @ hamiltonian.reciprocal
    assert len(equivalent_points(corner, faces)) == 3
    assert len(equivalent_points(corner / 2, faces)) == 1
    assert len(equivalent_points([math.pi / 4] * 3, face_vectors(cosine_band(dimension=3)))) == 8


def test_planes():
    plane = Plane.spanned([2.0, 0, 0], [1.0, 0, 3.0], origin=[0, 0.5, 0])
    assert plane.axes == ("x", "z")
    np.testing.assert_allclose(plane.project(plane.lift([[0.1, 0.2]])), [[0.1, 0.2]])
    np.testing.assert_allclose(plane.lift([0.1, 0.2]), [0.1, 0.5, 0.2])
    assert Plane.spanned([1, 1, 0], [0, 0, 1]).axes == ("[110]", "z")
    assert Plane.spanned([1, 2, 0], [0, 0, 1]).axes == ("1", "2")
    assert named_plane("zx").axes == ("z", "x")
    for name in ("", "xx", "ab", "xyz"):
        with pytest.raises(InputError, match="plane"):
            named_plane(name)
    with pytest.raises(InputError, match="parallel"):
        Plane.spanned([1, 0, 0], [2, 0, 0])
