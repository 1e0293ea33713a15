"""Meshes of which one part is diagonalised: against all of their points, and shifted meshes of the whole zone."""

from dataclasses import replace

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    gapped_graphene,
    haldane,
    kane_mele,
    weyl_lattice,
    with_spin,
)
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.response import folded, response
from wavepacket.response.domain import domain_of
from wavepacket.response.folded import folding_operations, irreducible_points, on_folded_mesh
from wavepacket.response.kept import Kept
from wavepacket.response.passes import Limits
from wavepacket.response.respond import _task
from wavepacket.response.symmetry import NO_SYMMETRY, find_symmetry

SPINS = [
    "intrinsic_spin_hall_conductivity",
    "spin_drude_conductivity",
    "spin_magnetization",
    "kinetic_magnetoelectric",
]
TENSORS = [
    "anomalous_hall_conductivity", "orbital_magnetization", "berry_curvature_dipole", "quantum_metric", "drude_weight",
    "ordinary_hall_conductivity", "nonlinear_drude_conductivity", "berry_curvature_dipole_sea", "identities",
]  # fmt: skip


def rashba_ferromagnet_on_a_lattice():
    pauli = 2 * spin_operators("1/2", 2)
    hops = [
        ((0, 0), 0.4 * pauli[2]),
        ((1, 0), -0.5 * np.eye(2) + 0.1j * pauli[1]),
        ((0, 1), -0.5 * np.eye(2) - 0.1j * pauli[0]),
    ]
    return with_spin(LatticeHamiltonian.from_hoppings(np.eye(2) * 3, hops), pauli / 2)


def task_of(crystal, quantities, temperature):
    request = {"chemical_potential": [0.2], "temperature": temperature, "quantities": quantities}
    config = config_from_mapping(
        {"name": "x", "model": {"name": "haldane"}, "response": {**request, "method": "folded"}}
    )
    # Cells of images have other shapes: points are counted.
    return replace(_task(domain_of(crystal), config.response, config), linear=False)


@pytest.mark.parametrize(
    ("crystal", "quantities", "least", "mesh"),
    [
        (haldane(staggered=0.2), TENSORS, 6, 6),
        (weyl_lattice(), TENSORS, 16, 5),
        (gapped_graphene(), TENSORS, 6, 5),
        (kane_mele(rashba=0.1, staggered=0.1), SPINS, 12, 5),
        (rashba_ferromagnet_on_a_lattice(), SPINS, 8, 6),
    ],
)
def test_sums_are_those_over_all_points(crystal, quantities, least, mesh):
    """Spectral weights of all columns at all energies, pairs, and numbers of states in ±B."""
    task = task_of(crystal, quantities, [3000])
    operations = folding_operations(task, find_symmetry(crystal))
    assert len(operations) == least
    part, whole = (
        on_folded_mesh(task, each, mesh, Limits(kept=Kept())) for each in (operations, NO_SYMMETRY.operations)
    )
    assert whole.points == mesh**task.domain.dimension
    assert part.points < whole.points / 2
    for name in ("rows", "raised", "lowered", "pairs"):
        one, other = getattr(part, name), getattr(whole, name)
        size = np.abs(other).max(axis=(0, 2), initial=0.0)[:, None]
        assert np.all(np.abs(one - other) <= 1e-8 * size + 1e-10 * size.max(initial=1e-3)), name


def test_every_operation_counts(monkeypatch):
    """Points stand for as many as the group says; without the turning, or with one wrong operation, sums differ."""
    crystal = weyl_lattice()
    task, operations = task_of(crystal, TENSORS[:-1], [3000]), find_symmetry(crystal).operations
    u, number = irreducible_points(crystal, operations, 7)
    assert number.sum() == 7**3
    assert number.max() == 16
    assert len(u) < 7**3 / 6
    right = on_folded_mesh(task, operations, 5, Limits(kept=Kept())).rows
    turned = folded._turned
    monkeypatch.setattr(folded, "_turned", lambda task, operations, found: found)
    found = on_folded_mesh(task, operations, 5, Limits(kept=Kept()))
    assert np.abs(found.rows - right).max() > 1e-2 * np.abs(right).max()
    for i, each in enumerate(operations):
        for wrong in (
            replace(each, time_reversal=not each.time_reversal), replace(each, matrix=np.diag([1, 1, -1]) @ each.matrix)
        ):  # fmt: skip
            rows = turned(task, [*operations[:i], wrong, *operations[i + 1 :]], found).rows
            assert np.abs(rows - right).max() > 1e-3 * np.abs(right).max()


def both(model, **request):
    return [
        response({"name": "x", "model": model, "response": {**request, "method": method}}, threads=1)
        for method in ("folded", "auto")
    ]


def test_values_agree_within_their_uncertainties():
    """GaAs and a quantum spin Hall insulator at 0 K, with a part of the points."""
    for model, request in (
        ({"name": "zincblende"}, {
            "chemical_potential": [0.5], "temperature": [300], "uncertainty": 1e-3, "quantities": ["quantum_metric"],
        }),
        ({"name": "kane_mele", "rashba": 0.05}, {
            "chemical_potential": [0], "temperature": [0], "uncertainty": 1e-5,
            "quantities": ["intrinsic_spin_hall_conductivity"],
        }),
    ):  # fmt: skip
        one, other = both(model, **request)
        assert one.convergence["met"]
        assert one.convergence["points"] < other.convergence["points"] / 3
        assert not one.warnings
        for name in request["quantities"]:
            value, exact = (np.asarray(each.observables[name].value) for each in (one, other))
            error = np.asarray(one.observables[name].uncertainty) + np.asarray(
                other.observables[name].uncertainty
            )
            assert np.abs(exact).max() > 0
            assert np.all(np.abs(value - exact) <= error)
    assert np.asarray(one["intrinsic_spin_hall_conductivity"].value)[0, 0, 2, 0, 1] == pytest.approx(
        -2.04358476, abs=2e-6
    )


@pytest.mark.parametrize(
    ("model", "changes", "path"),
    [
        ({"name": "haldane"}, {"by_band": True}, "response.by_band"),
        ({"name": "haldane"}, {"regions": {"K": {"center": [0, 0], "radius": 0.1}}}, "response.regions"),
        ({"name": "massive_dirac"}, {}, "response.method"),
    ],
)
def test_what_one_part_does_not_know(model, changes, path):
    with pytest.raises(ConfigError) as error:
        response({"name": "x", "model": model, "response": {"method": "folded", **changes}})
    assert [problem.path for problem in error.value.problems] == [path]
