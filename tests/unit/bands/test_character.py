"""A band that follows its character: the band of one part alone, exactly, through crossings with bands of others."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from tests.cases import lattice_section, plain, problem, run
from tests.reference.parted import joined, turned, turned_at_sites
from wavepacket.bands import BandGeometry, band, direct, follow, table
from wavepacket.bands.chern import chern_number
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError, InputError, Status
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    bernevig_hughes_zhang,
    cosine_band,
    gapped_graphene,
    haldane,
    kane_mele,
    tmd,
    weyl_lattice,
)
from wavepacket.hamiltonians.parts import find_parts
from wavepacket.units import HBAR

UP = haldane(t2=0.1, phi=np.pi / 2, staggered=0.1)
DOWN = haldane(t1=0.4, t2=0.07, phi=-0.6, staggered=-0.3)
SHIFT = -0.9  # eV: the lower band of UP crosses both bands of DOWN
BOTH = joined(UP, DOWN, shifts=[0.0, SHIFT])
QUANTITIES = tuple(field.name for field in dataclasses.fields(BandGeometry))
BASES = {
    "shown": lambda crystal: crystal,
    "at sites": lambda c: turned_at_sites(c, 1),
    "all": lambda c: turned(c, 2),
}


def wavevectors(crystal, number, seed=0):
    reduced = np.random.default_rng(seed).uniform(0, 1, (number, 3)) * np.array(crystal.periodic)
    return reduced @ crystal.reciprocal


def alone(index):
    """The band of one part that has an index at Γ, by the model of that part."""
    k = np.zeros((1, 3))
    energies = [(e, UP, n) for n, e in enumerate(np.linalg.eigvalsh(UP.hamiltonian(k))[0])]
    energies += [(e + SHIFT, DOWN, n) for n, e in enumerate(np.linalg.eigvalsh(DOWN.hamiltonian(k))[0])]
    _, crystal, n = sorted(energies, key=lambda entry: entry[0])[index]
    return crystal, n


def test_the_bands_do_cross():
    """Between band 0 counted from the bottom and the one that follows its character lies more than rounding."""
    k = wavevectors(BOTH, 2000)
    followed, indexed = band(BOTH, 0, follow="character").geometry(k), direct(BOTH, 0).geometry(k)
    away = np.abs(followed.energy - indexed.energy) > 1e-3
    assert 0.1 < away.mean() < 0.9
    assert indexed.gap.min() < 1e-3
    assert followed.gap.min() > 0.1


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("index", range(4))
def test_everything_is_that_of_the_part_alone(index, basis):
    crystal, n = alone(index)
    k = wavevectors(BOTH, 300)
    found = band(BASES[basis](BOTH), index, follow="character").geometry(k)
    expected = direct(crystal, n).geometry(k)
    shift = SHIFT if crystal is DOWN else 0.0
    np.testing.assert_allclose(found.energy, expected.energy + shift, atol=1e-13)
    for name in QUANTITIES[1:]:
        exact = getattr(expected, name)
        np.testing.assert_allclose(getattr(found, name), exact, rtol=0, atol=1e-11 * np.abs(exact).max())


def test_the_source_is_the_one_of_the_part():
    """Two states: the closed form, where the whole crystal would be diagonalised."""
    assert band(BOTH, 1, follow="character").kind == "two_band"
    assert band(BOTH, 1, follow="character", source="direct").kind == "direct"
    assert band(BOTH, 1).kind == "direct"


@pytest.mark.parametrize("basis", BASES)
def test_chern_number_of_the_followed_band(basis):
    for index in range(4):
        crystal, n = alone(index)
        one = follow(BASES[basis](BOTH), index)
        assert chern_number(one.hamiltonian, one.index) == chern_number(crystal, n)
    assert {chern_number(*alone(index)) for index in range(4)} == {-1, 0, 1}


def test_a_table_with_a_node_on_the_crossing():
    """At a node of the grid the bands coincide to rounding: by index there is no table, by character it is as any other."""
    node = np.array([[0.25, 0.5, 0.0]]) @ UP.reciprocal
    shift = direct(UP, 0).geometry(node).energy[0] - direct(DOWN, 0).geometry(node).energy[0]
    whole, grid = joined(UP, DOWN, shifts=[0.0, shift]), (48, 48)
    assert direct(whole, 0).geometry(node).gap[0] < 1e-12
    with pytest.raises(InputError, match="touches another band"):
        table(whole, 0, grid=grid)
    index, _ = next((i, n) for i, n in enumerate(follow(whole, 0).indices) if n is not None)
    for basis in ("shown", "at sites"):
        built = band(BASES[basis](whole), index, follow="character", source="table", grid=grid)
        crystal = min(
            UP,
            DOWN,
            key=lambda one: abs(
                np.linalg.eigvalsh(one.hamiltonian(node))[0, 0] - built.geometry(node).energy[0]
            ),
        )
        expected = table(crystal, 0, grid=grid)
        k = wavevectors(whole, 500, seed=3)
        for name in ("group_velocity", "berry_curvature", "orbital_moment"):
            exact = getattr(expected.geometry(k), name)
            np.testing.assert_allclose(
                getattr(built.geometry(k), name), exact, atol=1e-10 * np.abs(exact).max()
            )
        assert built.facts["table_error_curvature"] == pytest.approx(
            expected.facts["table_error_curvature"], rel=1e-3
        )


@pytest.mark.parametrize("basis", ["shown", "at sites"])
def test_the_promise_of_a_table_holds_on_the_crossing(basis):
    """At 2000 points and at those of them that lie nearest to the crossing, against the part alone."""
    accuracy = 1e-5
    built = band(BASES[basis](BOTH), 1, follow="character", source="table", accuracy=accuracy)
    assert built.kind == "table"
    assert max(value for name, value in built.facts.items() if name.startswith("table_error")) <= accuracy
    crystal, n = alone(1)
    k = wavevectors(BOTH, 20_000, seed=9)
    near = np.argsort(direct(BOTH, 1).geometry(k).gap)[:500]
    for some in (k[:2000], k[near]):
        found, exact = built.geometry(some), direct(crystal, n).geometry(some)
        for name in ("group_velocity", "berry_curvature", "orbital_moment"):
            scale = np.abs(getattr(direct(crystal, n).geometry(k), name)).max()
            assert np.abs(getattr(found, name) - getattr(exact, name)).max() <= accuracy * scale


def moving(model, number, **options):
    starts = wavevectors(BOTH, 40, seed=4)
    return problem(
        model, wavevectors=starts, electric=[3e-4, 1e-4, 0], magnetic=[0, 0, 8.0], end=3000.0,
        band={"index": number, **options}, limits={"gap": 1e-4},
    )  # fmt: skip


@pytest.mark.parametrize(
    "source", ["auto", "direct", {"source": "table", "accuracy": 1e-8}], ids=["auto", "direct", "table"]
)
def test_packets_go_straight_through(source):
    """Whole trajectories in E and B are those of the part alone; by index most packets stop at the crossing."""
    options = source if isinstance(source, dict) else {"source": source}
    followed = run(moving(lattice_section(turned_at_sites(BOTH, 7)), 0, follow="character", **options))
    crystal, n = alone(0)
    expected = run(moving(lattice_section(crystal), n))
    assert not followed.status.any()
    tolerance = 1e-4 if isinstance(source, dict) else 1e-6
    assert np.abs(expected.position).max() > 1e3
    np.testing.assert_allclose(followed.position, expected.position, rtol=0, atol=tolerance)
    if source == "direct":
        indexed = run(moving(lattice_section(BOTH), 0))
        assert np.mean(indexed.status == Status.GAP_TOO_SMALL) > 0.5
        assert np.all(np.isnan(indexed.position[indexed.status != Status.OK, -1]))


def test_ensembles_use_the_followed_energies():
    """The Fermi function and the Berry curvature of a half-filled followed band are those of the part alone."""
    ensemble = {"kind": "fermi_dirac", "number": 4096, "chemical_potential": -1.5, "temperature": 300.0}
    crystal, n = alone(0)
    shift = SHIFT if crystal is DOWN else 0.0
    whole = problem(lattice_section(BOTH), ensemble=ensemble, band={"index": 0, "follow": "character"})
    single = problem(
        lattice_section(crystal), band=n, ensemble=ensemble | {"chemical_potential": -1.5 - shift}
    )
    found, expected = (made.ensemble.packets(0, made.ensemble.size) for made in (whole, single))
    np.testing.assert_allclose(found.weight, expected.weight, rtol=1e-9)
    assert 0.05 < expected.weight.sum() / (expected.weight.max() * 4096) < 0.95


def test_light_stays_within_a_part():
    """The same weights as in the model of one spin; from the valence band of the other spin no light leads here."""
    light = {"kind": "optical", "photon_energy": 1.7, "width": 0.05, "number": 2048}
    options = {"follow": "character", "at": [0.6, 0.3]}
    whole = problem({"name": "tmd", "spin": 0}, band={"index": 2, **options}, ensemble=light | {"valence": 0})
    single = problem({"name": "tmd", "spin": -1}, band=1, ensemble=light | {"valence": 0})
    found, expected = (made.ensemble.packets(0, made.ensemble.size) for made in (whole, single))
    np.testing.assert_allclose(found.weight, expected.weight, rtol=1e-9)
    with pytest.raises(ConfigError, match="another part of the crystal: no light leads"):
        problem({"name": "tmd", "spin": 0}, band={"index": 2, **options}, ensemble=light | {"valence": 1})
    holes = problem(
        {"name": "tmd", "spin": 0}, band={"index": 0, **options}, ensemble=light | {"conduction": 2}
    )
    left = holes.ensemble.packets(0, holes.ensemble.size)
    np.testing.assert_allclose(left.weight, expected.weight, rtol=1e-9)


def mirrored(above, below_sign=1.0):
    """Two equal layers, joined straight across: even and odd states of the mirror between them; z differs."""
    layer, across = UP, above * np.eye(2)
    hoppings = {}
    for cell, matrix in zip(map(tuple, layer.cells.tolist()), layer.hoppings, strict=True):
        hoppings[cell[:2]] = np.kron(np.diag([1.0, below_sign]), matrix)
    hoppings[0, 0] = hoppings[0, 0] + np.kron([[0, 1], [1, 0]], across)
    return LatticeHamiltonian.from_hoppings(
        layer.lattice[:2],
        hoppings,
        positions=[[*p[:2], z] for z in (2.0, -2.0) for p in layer.positions],
        special_points=layer.special_points,
    )


def test_even_and_odd_states_of_a_mirror_plane():
    """E = ε ± t with Ω_z and m_z of the layer. z leads from even to odd states, so fields must not couple to it."""
    crystal, k = mirrored(0.9), wavevectors(UP, 200)
    for index, (n, sign) in enumerate([(0, -1), (0, 1), (1, -1), (1, 1)]):
        found = band(crystal, index, follow="character", at="G").geometry(k)
        expected = direct(UP, n).geometry(k)
        np.testing.assert_allclose(found.energy, expected.energy + 0.9 * sign, atol=1e-13)
        for name in ("berry_curvature", "orbital_moment"):
            exact = getattr(expected, name)
            np.testing.assert_allclose(getattr(found, name), exact, atol=1e-11 * np.abs(exact).max())
    model, options = lattice_section(crystal), {"index": 1, "follow": "character"}
    problem(model, wavevectors=[[0.1, 0, 0]], electric=[1e-4, 0, 0], magnetic=[0, 0, 3.0], band=options)
    for fields in ({"electric": [0, 0, 1e-4]}, {"magnetic": [1.0, 0, 0]}):
        with pytest.raises(ConfigError, match="fields: a field across the plane mixes the parts"):
            problem(model, wavevectors=[[0.1, 0, 0]], band=options, **fields)


@pytest.mark.parametrize("strength", [1e-7, 1e-5, 1e-3, 1e-1])
def test_an_avoided_crossing_is_refused(strength):
    """However small its gap: the message says how large it is and where, and it is the gap that is there."""
    coupling = strength * np.kron([[0, 1], [1, 0]], np.eye(2))
    crystal = joined(UP, DOWN, shifts=[0.0, SHIFT], coupling=coupling)
    with pytest.raises(InputError, match="band 0 has no character to follow") as caught:
        band(crystal, 0, follow="character")
    said = str(caught.value)
    assert ("couplings of the order of" in said) == (strength < 1e-2)
    if strength >= 1e-5:
        gap = float(said.split("it avoids band 1 by ")[1].split()[0])
        place = np.array(eval(said.split(" eV at ")[-1].split(" (reduced)")[0]))
        there = direct(crystal, 0).geometry(place[None] @ crystal.reciprocal).gap[0]
        assert there == pytest.approx(gap, rel=0.05, abs=1e-3)
        assert gap < 2.1 * strength


def test_bands_that_meet_in_points_have_no_character():
    with pytest.raises(InputError, match=r"touches band 1 at .* \(reduced\), where neither of them goes on"):
        band(weyl_lattice(), 0, follow="character")
    with pytest.raises(InputError, match=r"touches band 1 at .* \(reduced\), where neither of them goes on"):
        band(haldane(t2=0.0, staggered=0.0), 0, follow="character")


def test_two_bands_that_change_places_round_the_zone():
    """A glide in disguise: a chain with its cell doubled. Its two bands are one, folded, and go over into each other."""
    chain = LatticeHamiltonian.from_hoppings(
        [[2.0]], {(0,): [[0, -0.5], [-0.5, 0]], (1,): [[0, 0], [-0.5, 0]]}, positions=[[0.0], [0.5]]
    )
    with pytest.raises(InputError, match="touches band 1 at"):
        band(chain, 0, follow="character")


def test_an_index_that_does_not_tell_the_band():
    """Kramers pairs at Γ: a better point is named, and it works."""
    model = kane_mele(rashba=0)
    with pytest.raises(
        InputError, match=r"at Γ bands of several parts .* count it elsewhere, such as 'at: K'"
    ):
        follow(model, 0)
    up, down = (follow(model, 0, at) for at in ("K", "K'"))
    assert (up.part, down.part) == (0, 1)
    assert up.indices == (0, None, None, 1)
    with pytest.raises(InputError, match=r"such as 'at: \[0\.3333, 0\.1667, 0\.0\]'"):
        follow(tmd(spin=0), 3, "K")
    assert follow(tmd(spin=0), 3, [0.3333, 0.1667]).index == 1
    with pytest.raises(InputError, match="choose a model of one part alone"):
        follow(bernevig_hughes_zhang(spin=0), 0)
    with pytest.raises(InputError, match="band 4 does not exist: kane_mele has bands 0 to 3"):
        follow(model, 4)
    with pytest.raises(InputError, match="unknown point 'KK'; did you mean 'K'"):
        follow(model, 0, "KK")


def test_a_single_band_is_its_own_part():
    assert follow(cosine_band(dimension=2), 0).index == 0


def test_copies_need_no_choice():
    """Two equal spins coincide everywhere and are the same band twice."""
    one = gapped_graphene(gap=0.4)
    k = wavevectors(one, 100)
    crystal = turned_at_sites(joined(one, one), 3)
    for index, n in enumerate([0, 0, 1, 1]):
        found, expected = band(crystal, index, follow="character").geometry(k), direct(one, n).geometry(k)
        np.testing.assert_allclose(found.berry_curvature, expected.berry_curvature, rtol=0, atol=1e-10)


def test_without_position_elements():
    """Elements that connect the parts matter only if they are used."""
    elements = np.zeros((3, 4, 4))
    elements[0, 0, 2] = elements[0, 2, 0] = 0.1
    crystal = replace(
        BOTH, position_matrices=np.where(~BOTH.cells.any(1)[:, None, None, None], elements, 0.0)
    )
    with pytest.raises(InputError, match="H and r connect all 4 states"):
        band(crystal, 0, follow="character")
    k = wavevectors(BOTH, 50)
    found = band(crystal, 0, follow="character", position_elements=False).geometry(k)
    np.testing.assert_array_equal(
        found.berry_curvature, band(BOTH, 0, follow="character").geometry(k).berry_curvature
    )


def test_the_schema():
    base = {"name": "t", "model": {"name": "kane_mele", "rashba": 0}, "time": {"end": 1.0, "saves": 2}}
    base |= {"ensemble": {"kind": "packets", "wavevectors": [[0.1, 0, 0]]}}

    def said(**entries):
        with pytest.raises(ConfigError) as caught:
            config_from_mapping(base | {"band": plain(entries)})
        return str(caught.value)

    assert "unknown key 'folow'; did you mean 'follow'?" in said(index=0, folow="character")
    assert "band.follow: must be 'index' or 'character', not 'spin'" in said(index=0, follow="spin")
    assert "band.at: belongs to 'follow: character'" in said(index=0, at="K")
    assert "band.at[1]: cannot read 'x'" in said(index=0, follow="character", at=[0.1, "x"])
    config = config_from_mapping(base | {"band": {"index": 0, "follow": "character", "at": [0.1, 0.2]}})
    assert config.band.at == (0.1, 0.2, 0.0)
    assert "at: [0.1, 0.2, 0.0]" in config.to_yaml()


def test_a_run_says_which_part_it_moves_in():
    from wavepacket.simulation.provenance import provenance

    made = problem(
        {"name": "kane_mele", "rashba": 0},
        wavevectors=[[0.1, 0.2, 0]],
        band={"index": 0, "follow": "character", "at": "K'"},
    )
    facts = provenance(made)
    assert "4 orbitals" in facts["hamiltonian"]
    assert any(
        "band 0 at K' is followed by its character: it is band 0 of the 2 of part 1" in text
        for text in facts.values()
    )


def test_an_exact_packet_starts_in_the_part():
    """The Schrödinger equation is solved for the states that the band can reach, and those are the model of one spin."""
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.quantum import build_setting

    def setting(model, section):
        ensemble = {"kind": "gaussian", "center": [1.5, 0.2], "width": 0.1, "number": 16, "replicas": 2}
        sections = {"name": "t", "model": {"name": "kane_mele", "rashba": 0, **model}, "band": section}
        sections |= {"ensemble": ensemble, "time": {"end": 1.0, "saves": 2}, "quantum": {"sites": [61, 61]}}
        config = config_from_mapping(plain(sections))
        return build_setting(config, build_hamiltonian(config))

    found = setting({}, {"index": 2, "follow": "character", "at": "K"})
    expected = setting({"spin": -1}, 1)
    assert found.bands == expected.bands
    assert found.hamiltonian == expected.hamiltonian


def test_an_electron_goes_straight_through():
    """iħ∂_t u = H(k − eEt/ħ) u of the whole crystal: what starts in the band stays in the part, not in the index."""
    crystal, step, steps = turned_at_sites(BOTH, 11), 0.5, 6000  # fs
    one = follow(crystal, 0)
    (states,) = (
        p.states
        for p in find_parts(crystal).parts
        if p.hamiltonian.content_hash() == one.hamiltonian.content_hash()
    )
    start, rate = np.array([0.3, 0.1, 0.0]), np.array([1e-3, 0.3e-3, 0.0]) / HBAR  # 1/Å, 1/(Å fs)
    k = start - (np.arange(steps)[:, None] + 0.5) * step * rate
    levels, vectors = np.linalg.eigh(crystal.hamiltonian(k))
    u = states @ np.linalg.eigh(one.hamiltonian.hamiltonian(start))[1][0, :, one.index]
    inside, indexed = [], []
    for energy, basis in zip(levels, vectors, strict=True):
        amplitude = basis.conj().T @ u
        indexed.append(abs(amplitude[0]) ** 2)
        u = basis @ (np.exp(-1j * energy * step / HBAR) * amplitude)
        inside.append(np.linalg.norm(states.conj().T @ u) ** 2)
    assert np.abs(np.array(inside) - 1).max() < 1e-10
    end = start - steps * step * rate
    final = states @ np.linalg.eigh(one.hamiltonian.hamiltonian(end))[1][0, :, one.index]
    assert abs(np.vdot(final, u)) ** 2 > 0.999
    assert min(indexed) < 1e-3
    assert max(indexed) > 0.999
