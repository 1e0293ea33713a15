"""Textures of a model: the crystal at the origin, what does not fit, and a model of a script with textures."""

import numpy as np
import pytest

import wavepacket
from tests.cases import problem
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import base_hamiltonian, build_hamiltonian, massive_dirac, qi_wu_zhang
from wavepacket.hamiltonians.emergent import topological_charge
from wavepacket.simulation import build_problem
from wavepacket.simulation.textures import check_textures

Z = {"matrix": [[1, 0], [0, -1]]}
SPINS = {
    "lattice": [[4, 0], [0, 4]],
    "hoppings": [{"cell": c, "matrix": [[-1, 0], [0, -1]]} for c in ([1, 0], [0, 1])],
}
WAVE = {"kind": "wave", "amplitude": 0.4, "wavevector": [0.01, 0], "phase": np.pi / 3}
PACKETS = {
    "band": 0,
    "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.0]]},
    "time": {"end": 1.0, "saves": 2},
}


def config_of(model, *textures, **sections):
    return config_from_mapping(
        {"name": "some", "model": model | {"textures": [*textures]}} | PACKETS | sections
    )


@pytest.mark.parametrize(("name", "plain"), [("qi_wu_zhang", qi_wu_zhang), ("massive_dirac", massive_dirac)])
def test_the_crystal_at_the_origin(name, plain):
    """H_0 + λ(0, 0) H_a: 0.5 eV × 0.4 cos 60° σ_z and a helix along x, 0.3 eV σ_x."""
    helix = {"strength": 0.3, "profile": {"kind": "helix", "wavevector": [0.02, 0.01]}}
    config = config_of({"name": name}, {"strength": 0.5, "term": Z, "profile": WAVE}, helix)
    k = [[0.3, -0.2, 0.0]]
    expected = plain().hamiltonian(k) + np.array([[0.1, 0.3], [0.3, -0.1]])
    np.testing.assert_allclose(build_hamiltonian(config).hamiltonian(k), expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(
        base_hamiltonian(config).hamiltonian(k), plain().hamiltonian(k), rtol=0, atol=1e-14
    )


@pytest.mark.parametrize(
    ("model", "texture", "sections", "message"),
    [
        ("haldane", {"term": {"matrix": [[1]]}, "profile": WAVE}, {}, "its matrix is 1x1"),
        ("haldane", {"term": {"kp": [{"powers": [1], "matrix": [[1]]}]}, "profile": WAVE}, {}, "is a lattice"),
        ("haldane", {"profile": WAVE}, {}, "has 1 component"),
        ("haldane", {"term": Z | {"hoppings": []}, "profile": WAVE}, {}, "hoppings"),
        ("haldane", {"term": Z, "profile": WAVE | {"velocity": [0, 0, 1]}}, {}, "no components along z"),
        ("haldane", {"term": Z, "profile": WAVE}, {"ensemble": {"kind": "filled_band", "grid": [4, 4]}}, "one place"),
        ("haldane", {"term": Z, "profile": WAVE}, {"integrator": {"method": "rk4", "step": 0.1}}, "need dop853"),
        ("haldane", {"profile": {"kind": "skyrmion", "radius": 30, "periods": [50, 70]}}, {}, "twice the radius"),
        ("weyl_lattice", {"term": Z, "profile": WAVE}, {}, "a layer or a chain"),
        ("kagome", {"term": {"matrix": np.eye(3).tolist()}, "profile": WAVE},
         {"band": {"index": 0, "source": "two_band"}}, "no closed form"),
        ("kane_mele", {"profile": {"kind": "helix"}}, {"band": {"index": 0, "group": "auto"}}, "same everywhere"),
        ("kagome", {"profile": {"kind": "helix"}}, {}, "3 orbitals have no spin"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(model, texture, sections, message):
    with pytest.raises(ConfigError, match=message) as refused:
        problem({"name": model, "textures": [texture]}, **(PACKETS | sections))
    assert len(str(refused.value).splitlines()) == 1


def test_no_response_of_a_texture():
    config = config_of({"name": "haldane"}, {"term": Z, "profile": WAVE})
    with pytest.raises(ConfigError, match="the same everywhere"):
        wavepacket.response(config)


def test_resolved_text_reads_back():
    config = config_of(
        {"name": "haldane"}, {"term": Z, "profile": WAVE}, {"profile": {"kind": "helix", "cone": 1.0}}
    )
    again = config_from_mapping(config.model_dump(exclude_none=True))
    assert again == config
    assert again.textures[1].profile.cone == 1.0


def test_what_cannot_run_is_refused_before_the_ensemble_is_made():
    """Equilibrium needs a cell, and a texture a layer or a chain: `validate` looks at the same."""
    alone = {"profile": {"kind": "skyrmion", "radius": 100}}
    equilibrium = {"kind": "fermi_surface", "chemical_potential": 1.0, "temperature": 300.0}
    for model, ensemble, words in (
        ({"name": "qi_wu_zhang"}, equilibrium, "does not repeat in space"),
        ({"name": "weyl_lattice"}, PACKETS["ensemble"], "a layer or a chain"),
    ):
        config = config_of(model, alone, ensemble=ensemble)
        with pytest.raises(ConfigError, match=words):
            check_textures(config, base_hamiltonian(config), print)


def test_textures_that_change_too_fast_are_told_before_a_run():
    told = []
    helix = {"kind": "helix", "wavevector": [0.02, 0]}
    for strength in (20.0, 0.02):
        config = config_of(SPINS, {"strength": strength, "profile": helix})
        build_problem(config, report=told.append)
        assert any("they change so fast" in line for line in told) == (strength < 1.0)


def test_a_periodic_grid_that_is_no_direction_has_no_charge():
    x = np.arange(8) * 10.0
    strain = wavepacket.sampled_profile(np.ones((8, 8, 3)), x=x, y=x, periodic=("x", "y"))
    texture = config_of(SPINS, {"profile": strain, "strength": 0.1}).textures[0]
    assert topological_charge(texture) is None
