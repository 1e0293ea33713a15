"""Packets between hard walls: what reflection conserves, where it leads, and what contacts count."""

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.cases import problem, run
from wavepacket.analysis.devices import voltages
from wavepacket.errors import ConfigError, Status
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": "0.1 1/angstrom"}
DIRAC = {"name": "massive_dirac", "mass": "0.2 eV", "cutoff": "1 1/angstrom"}
HALDANE = {"name": "haldane", "t2": "0.1 eV", "phi": "60 deg", "staggered": "0.3 eV"}
SQUARE = {"walls": [{"kind": "polygon", "points": [[0, 0], [900, 0], [900, 1000], [0, 1000]]}]}
ROUND = {"walls": [{"kind": "circle", "center": [450, 500], "radius": 500}]}
FLOOR = {"walls": [{"kind": "line", "points": [[-1e8, 0], [1e8, 0]]}]}
# Of a massive Dirac electron that meets FLOOR along the normal: ∫Ω dk along it, from -k to k.
NORMAL, _DIRAC_SPEED, _MASS = 0.04, 6.0, 0.2
SIDEWARDS = -(_DIRAC_SPEED**2) * NORMAL / (_MASS * np.hypot(_MASS, _DIRAC_SPEED * NORMAL))
# Slanted against the crystal, so that the reflected k is no mirror image.
SLANTED = {"walls": [{"kind": "line", "points": [[0.65e5, -1e5], [-0.65e5, 1e5]]}]}


def moved(model, k, r, end, sample, **more):
    starts = {"kind": "packets", "wavevectors": k, "positions": r}
    return run(problem(model, ensemble=starts, end=end, sample=sample, **more))


def test_walls_see_the_field_of_the_valley():
    """A packet of K' with V for K and -V for K' is turned round as one with -V for all."""
    slope = {"kind": "linear", "gradient": [4e-5, 3e-5]}
    k = [[-1.6543275290873, 0.03], [-1.62, -0.02]]  # beside K'
    paths = []
    for terms in ({**slope, "valleys": {"K": 1, "K'": -1}}, {"kind": "linear", "gradient": [-4e-5, -3e-5]}):
        graphene = {
            "name": "gapped_graphene",
            "gap": "0.3 eV",
            "hopping": "2.82 eV",
            "lattice_constant": 2.46,
        }
        more = {"band": 1, "fields": {"potential": terms}, "saves": 21, "integrator": {"tolerance": 1e-10}}
        paths.append(moved(graphene, k, [[300, 400], [500, 600]], 400, SQUARE, **more))
    assert paths[0].valley.tolist() == [1, 1]
    assert paths[0].diagnostics["reflections"].min() > 0
    np.testing.assert_array_equal(paths[0].position, paths[1].position)


class TestReflection:
    def many(self, end, saves):
        random = np.random.default_rng(3)
        k, r = random.uniform(-1.2, 1.2, (16, 2)), random.uniform(100, 900, (16, 2))
        integrator = {"tolerance": 1e-10, "maximum_steps": 10_000_000}
        block = moved(HALDANE, k, r, end, SQUARE, magnetic=(0, 0, 20), integrator=integrator, saves=saves)
        assert not block.status.any()
        inside = (block.position[..., :2] > -1e-9) & (block.position[..., :2] < [900 + 1e-9, 1000 + 1e-9])
        assert inside.all()
        return block

    def test_energy_is_conserved_in_a_crystal(self):
        block = self.many(2e4, 101)
        assert block.diagnostics["reflections"].min() > 20
        assert block.diagnostics["energy_drift"].max() < 1e-10

    @pytest.mark.full
    def test_energy_is_conserved_over_a_hundred_thousand_reflections(self):
        block = self.many(8e6, 11)
        assert block.diagnostics["reflections"].sum() > 1e5
        assert block.diagnostics["energy_drift"].max() < 2e-8  # 1e-10 a turn, as without walls

    @pytest.mark.parametrize("sample", [SQUARE, ROUND])
    def test_time_reversed_packets_go_back(self, sample):
        """K → -K with H* in place of H and -B in place of B, through ten reflections; farther the motion is chaotic."""
        k, r = [[0.3, 0.4, 0], [-0.8, 0.2, 0]], [[300, 400, 0], [500, 200, 0]]
        fields = {"electric": (1e-5, 2e-5, 0), "saves": 11, "tolerance": 1e-13}
        there = moved(HALDANE, k, r, 3000, sample, magnetic=(0, 0, 20), **fields)
        mirrored, k1, r1 = HALDANE | {"phi": "-60 deg"}, there.wavevector[:, -1], there.position[:, -1]
        back = moved(mirrored, -k1, r1, 3000, sample, magnetic=(0, 0, -20), **fields)
        assert back.diagnostics["reflections"].sum() > 10
        np.testing.assert_allclose(back.position[:, -1], r, rtol=0, atol=1e-9 * 1000)
        np.testing.assert_allclose(-back.wavevector[:, -1], k, rtol=0, atol=1e-9)

    def test_it_leads_where_a_wall_that_rises_slowly_does(self):
        """The last state beyond a soft wall 400 Å wide, which k is driven through."""
        rise = {"kind": "step", "height": 20, "rise": 400, "direction": [1.0, 0.65, 0], "position": [0, 0, 0]}
        k = np.array(
            [[0.9, 0.3, 0], [1.3, 0.5, 0], [-0.5, 1.1, 0], [0.2, -0.9, 0], [1.7, 0.1, 0], [-1.0, 0.2, 0]]
        )
        made = problem(HALDANE, wavevectors=k)
        velocity = made.band.geometry(k).group_velocity
        k = k[velocity @ [1.0, 0.65, 0] > 0.5]  # Å/fs, towards the wall
        r = np.tile([-60.0, -40.0, 0.0], (len(k), 1))
        hard = moved(HALDANE, k, r, 1000, SLANTED)
        soft = moved(HALDANE, k, r, 3000, None, fields={"potential": rise})
        assert len(k) > 1
        np.testing.assert_array_equal(hard.diagnostics["reflections"], 1)
        changed = hard.wavevector[:, -1] - k
        assert np.abs(changed).max() > 0.1
        np.testing.assert_allclose(soft.wavevector[:, -1], hard.wavevector[:, -1], atol=1e-7)

    def test_a_packet_slides_along_a_wall_as_along_a_soft_one_that_becomes_steep(self):
        """E along the wall drives packets into it by their anomalous velocity, also such as ∂𝓔/∂k leads away from it; and
        the wall moves them along it by ∫Ω dk. A soft wall differs by its width, which is extrapolated to zero.
        """
        k, r = [[0.01, -0.005, 0], [0, 0, 0], [0.005, 0.0003, 0], [-0.01, -0.03, 0]], [[0, 10, 0]] * 4
        field, steep, more = [-1e-4, 3e-5, 0], [], {"band": 1, "saves": 6, "tolerance": 1e-11}
        hard = moved(DIRAC | {"mass": "0.1 eV"}, k, r, 2000, FLOOR, electric=field, **more)
        assert hard.diagnostics["reflections"].tolist()[1:] == [18, 18, 1]
        assert hard.diagnostics["energy_drift"].max() < 1e-12
        for rise in (1.0, 0.1):
            wall = {
                "kind": "step",
                "height": 20,
                "rise": rise,
                "direction": [0, -1, 0],
                "position": [0, 0, 0],
            }
            fields = {"electric": field, "potential": wall}
            steep.append(moved(DIRAC | {"mass": "0.1 eV"}, k, r, 2000, None, fields=fields, **more))
        for name, close in (("position", 5e-3), ("wavevector", 1e-6)):
            wide, narrow = (getattr(each, name) for each in steep)
            np.testing.assert_allclose(narrow + (narrow - wide) / 9, getattr(hard, name), rtol=0, atol=close)

    def test_a_circle_keeps_the_angular_momentum(self):
        sample = {"walls": [{"kind": "circle", "radius": 1000}]}
        k, r = [[0.01, 0.003], [0.002, -0.01], [0, 0.008]], [[500, 400], [300, 300], [999.9, 0]]
        block = moved(FREE, k, r, 2e4, sample, saves=101)
        x, y = block.position[..., 0], block.position[..., 1]
        momentum = x * block.wavevector[..., 1] - y * block.wavevector[..., 0]
        assert block.diagnostics["reflections"].tolist()[0] > 8
        assert block.diagnostics["reflections"].tolist()[2] > 500  # along the wall, by chords of 28 Å
        np.testing.assert_allclose(momentum, np.tile(momentum[:, :1], 101), rtol=1e-11)

    @pytest.mark.parametrize(("model", "band", "shift"), [(FREE, 0, 0.0), (DIRAC, 1, SIDEWARDS)])
    def test_skipping_packets_meet_a_wall_at_multiples_of_the_cyclotron_diameter(self, model, band, shift):
        """Orbits in r are those in k turned and divided by eB/ħ: normal to the wall they come back after 2k ħ/eB. From one
        meeting to the next, which is where the peaks of magnetic focusing are, a wall adds ∫Ω dk, 0 for a parabola.
        """
        k, b = NORMAL, E_OVER_HBAR * 8.0
        contacts = {"far": [[-1e5, 1e-3], [-1e5, 2e-3]]}
        block = moved(model, [[0, k], [0.01, 0.02]], [[0, 0]] * 2, 4e4, FLOOR | {"contacts": contacts},
                      band=band, magnetic=(0, 0, 8), saves=4001, tolerance=1e-13)  # fmt: skip
        position, wavevector = block.position[..., :2], block.wavevector[..., :2]
        hops = int(block.diagnostics["reflections"][0])
        assert hops > 5
        # k_x - b y stays, through reflections too; and so does the distance of the centre from the wall.
        canonical = wavevector[..., 0] + b * position[..., 1]
        np.testing.assert_allclose(canonical, np.tile(canonical[:, :1], position.shape[1]), atol=1e-10)
        centre = position[0, :, 0] - wavevector[0, :, 1] / b  # jumps at each reflection
        jumps = (centre - centre[0]) / (-2 * k / b - shift)  # ẑ×w = -x
        np.testing.assert_allclose(jumps, np.round(jumps), atol=1e-7)
        assert round(float(jumps[-1])) == hops

    def test_electrons_of_a_warped_band_are_focused_at_the_chord_of_their_own_orbit(self):
        """From a wall and back to it k_x is the same, so that k_y has passed to the next state of that line and energy."""
        k, b = np.array([0.3, -0.5, 0]), E_OVER_HBAR * 50.0
        floor = {"contacts": {"floor": [[-1e7, 0], [1e7, 0]]}}
        there = moved(HALDANE, [k], [[0, 0]], 1e5, floor, magnetic=(0, 0, 50), tolerance=1e-13)
        assert there.status.tolist() == [Status.ABSORBED]
        made = problem(
            HALDANE, wavevectors=[k], magnetic=(0, 0, 50), end=float(there.diagnostics["contact_time"][0])
        )
        x, y = run(made).position[0, -1, :2]
        assert abs(y) < 1e-6

        def energy(ky):
            found = made.band.geometry([[k[0], ky, 0]])
            return float(found.energy[0] - 50 * found.orbital_moment[0, 2])

        landed = k[1] + b * x
        other = brentq(lambda ky: energy(ky) - energy(k[1]), landed - 0.02, landed + 0.02, xtol=1e-14)
        assert abs(landed - k[1]) > 0.2
        assert x == pytest.approx((other - k[1]) / b, rel=1e-7)


class TestMeetings:
    """Steps are as long as the fields let them be, and lead over any wall in their way."""

    def test_one_step_meets_a_circle_as_a_straight_line_does(self):
        """From far outside, and within it over a hundred chords."""
        start = np.array([[-1e4, 0], [-1e5, 100], [-3e5, -299.9], [-2345, 250], [-1e6, 1e-3], [-5e4, 301]])
        sample = {"walls": [{"kind": "circle", "center": [0, 0], "radius": 300}]}
        speed, k = HBAR * 0.03 / (0.1 * ELECTRON_MASS), np.tile([0.03, 0.0], (6, 1))
        block = moved(FREE, k, start, 2e6 / speed, sample, saves=2)
        assert block.diagnostics["reflections"].tolist() == [1, 1, 1, 1, 1, 0]
        y = start[:5, 1]
        place = np.stack([-np.sqrt(300**2 - y**2), y], axis=1)
        normal = place / 300
        way = [1.0, 0.0] - 2 * normal[:, :1] * normal
        expected = place + way * (2e6 - (place[:, :1] - start[:5, :1]))
        # A meeting is known to 1e-12 of a step of 2e6 Å, which turns the way by twice that over the radius.
        np.testing.assert_allclose(block.position[:5, -1, :2], expected, rtol=0, atol=2e-6 * 2 / 300 * 2e6)
        inside = moved(FREE, [[0.03, 0]], [[-50, 120]], 1e5 / speed, sample, saves=2)
        chord, path = 2 * np.sqrt(300**2 - 120**2), 1e5 - 50  # from the middle of the first chord
        turns = np.floor(path / chord + 0.5)
        assert inside.diagnostics["reflections"][0] == turns
        turn = np.exp(-2j * turns * np.arccos(120 / 300)) * (path - turns * chord + 120j)
        np.testing.assert_allclose(inside.position[0, -1, :2], [turn.real, turn.imag], rtol=0, atol=1e-6)

    def test_a_circle_that_closes_a_strip_lets_nothing_through(self):
        strip = {"kind": "polygon", "points": [[0, 0], [4000, 0], [4000, 1000], [0, 1000]]}
        ends = {"left": [[0, 0], [0, 1000]], "right": [[4000, 0], [4000, 1000]]}
        walls = [strip, {"kind": "circle", "center": [2000, 500], "radius": 500}]
        starts = {"kind": "contact", "chemical_potential": 0.05, "number": 200}
        made = problem(FREE, ensemble=starts, sample={"walls": walls, "contacts": ends}, end=1e6, saves=2)
        block = run(made)
        assert (block.status == Status.ABSORBED).all()
        through = block.sums["transmission"].sum(axis=(0, 1))
        assert np.diag(through).min() > 0
        assert through[0, 1] == through[1, 0] == 0

    @pytest.mark.parametrize("kind", ["electric", "potential"])
    def test_a_packet_that_turns_round_behind_a_wall_within_a_step_is_seen(self, kind):
        """A parabola whose vertex is behind the wall, at either end of a step or by a hair."""
        force, random, mass = 1e-7, np.random.default_rng(0), 0.1 * ELECTRON_MASS
        y, depth = 10 ** random.uniform(1, 4, 60), 10 ** random.uniform(-3, 3, 60)
        speed = np.sqrt(2 * force * (y + depth) / mass)
        linear = {"kind": "linear", "gradient": [0, -force]}
        field = {"electric": [0, -force, 0]} if kind == "electric" else {"fields": {"potential": linear}}
        k, r = np.stack([0 * y, -mass * speed / HBAR], axis=1), np.stack([0 * y, y], axis=1)
        ends = np.array([1.01 * (mass * speed / force).max(), 1e6])
        model = FREE | {"cutoff": "10 1/angstrom"}
        for end in ends:
            block = moved(model, k, r, end, FLOOR, saves=2, **field)
            assert block.diagnostics["reflections"].min() > 0
            assert block.position[:, -1, 1].min() > -1e-6

    @pytest.mark.parametrize("field", [1.0, 0.3])
    def test_rough_steps_leave_no_concave_polygon(self, field):
        corners = [[0, 0], [3000, 0], [3000, 600], [1200, 600], [1200, 2500], [0, 2500]]
        random = np.random.default_rng(1)
        r = random.uniform([0, 0], [3000, 2500], (1600, 2))
        r = r[(r[:, 0] < 1200) | (r[:, 1] < 600)][:400]
        angle = random.uniform(0, 2 * np.pi, 400)
        k = random.uniform(0.01, 0.04, 400)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        sample = {"walls": [{"kind": "polygon", "points": corners}]}
        block = moved(FREE, k, r, 2e4, sample, magnetic=(0, 0, field), saves=3, tolerance=1e-3)
        assert not block.status.any()
        x, y = block.position[:, -1, 0], block.position[:, -1, 1]
        assert ((np.minimum(x, y) > -1e-3) & (x < 3000.001) & (y < 2500.001)).all()
        assert ((x < 1200.001) | (y < 600.001)).all()

    def test_packets_that_start_on_a_wall_move_on(self):
        k = [[0.03, 0], [0, 0], [-0.03, 0], [0.02, 0.02]]
        block = moved(FREE, k, [[10, 0], [20, 0], [900, 1000], [0, 0]], 50, SQUARE, saves=2)
        assert not block.status.any()
        np.testing.assert_array_equal(block.diagnostics["reflections"], 0)
        free = (
            np.array([[10, 0], [20, 0], [900, 1000], [0, 0]])
            + np.array(k) * HBAR / (0.1 * ELECTRON_MASS) * 50
        )
        np.testing.assert_allclose(block.position[:, -1, :2], free, atol=1e-10)

    def test_packets_that_start_close_to_a_long_wall_stay_on_their_side(self):
        """Orbits reach the wall within a hair of their start, and never more than their own height from it."""
        radius = 0.03 / E_OVER_HBAR
        y, depth = np.array([0.009, 0.022, 0.079, 0.001, 5.0]), np.array([1.48, 42.4, 5.2, 0.28, 100.0])
        sine = (y - (radius - depth)) / radius
        k = 0.03 * np.stack([-sine, -np.sqrt(1 - sine**2)], axis=1)
        block = moved(FREE, k, np.stack([0 * y, y], axis=1), 500, FLOOR, magnetic=(0, 0, 1), saves=51)
        assert block.diagnostics["reflections"].min() > 0
        assert block.position[..., 1].min() > -1e-9


class TestContacts:
    def test_a_packet_ends_at_a_contact_at_its_time(self):
        sample = SQUARE | {"contacts": {"low": [[0, 0], [0, 500]], "high": [[900, 0], [900, 1000]]}}
        block = moved(
            FREE,
            [[0.01, 0.004], [-0.01, 0.0], [-0.01, 0.0]],
            [[100, 500], [100, 200], [100, 700]],
            2e4,
            sample,
        )
        speed = HBAR * 0.01 / (0.1 * ELECTRON_MASS)
        assert block.status.tolist() == [Status.ABSORBED] * 3
        assert block.diagnostics["contact"].tolist() == [1, 0, 1]
        np.testing.assert_allclose(
            block.diagnostics["contact_time"], np.array([800, 100, 1000]) / speed, rtol=1e-10
        )

    def test_floating_contacts_carry_no_current(self):
        """Edge states of n channels that go round four contacts: R_H = 1/n, no voltage along an edge."""
        transmission = np.zeros((5, 4))
        for contact in range(4):
            transmission[(contact + 1) % 4, contact] = 3.0
            transmission[contact, contact] = 7.0  # what a contact takes back changes nothing
        found = voltages(transmission, 0, 2)
        np.testing.assert_allclose(found, [1 / 3, 1 / 3, 0, 0], atol=1e-15)

    def test_a_contact_that_nothing_reaches_has_no_voltage(self):
        assert np.isnan(voltages(np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 1.0], [0, 0, 0]]), 0, 1)).all()

    def test_flux_of_a_crystal_is_that_of_its_fermi_lines(self):
        """N = ∫dk_∥/2π for each line of the Fermi surface that moves inward: here of the whole lower valleys of Haldane's
        band, from a grid.
        """
        wire = {"contacts": {"a": [[0, 0], [0, 1000]], "b": [[50, 0], [50, 1000]]}, "current": ["a", "b"]}
        ensemble = {
            "kind": "contact",
            "chemical_potential": -0.6,
            "number": 4000,
            "replicas": 4,
            "emitters": ["b"],
        }
        made = problem(HALDANE, ensemble=ensemble, sample=wire)
        sent = 2 * np.pi * HBAR * made.ensemble.packets(0, made.ensemble.size).weight.sum()
        edge = np.linspace(0, 1, 401)[:-1]
        reduced = np.stack(np.meshgrid(edge, edge, indexing="ij"), axis=-1).reshape(-1, 2)
        k = np.zeros((len(reduced), 3))
        k[:, :2] = reduced @ made.hamiltonian.reciprocal[:2, :2]
        geometry = made.band.geometry(k)
        width = 0.02
        near = np.abs(geometry.energy + 0.6) < width  # states per energy, each with its velocity
        area = abs(np.linalg.det(made.hamiltonian.reciprocal[:2, :2])) / len(k)
        flux = np.abs(geometry.group_velocity[near, 0]).sum() / 2 * area / (4 * np.pi**2) / (2 * width)
        assert sent == pytest.approx(2 * np.pi * HBAR * 1000 * flux, rel=5e-3)


def test_walls_without_what_they_need_are_refused():
    with pytest.raises(ConfigError, match=r"sample.*no contact 'c'"):
        problem(FREE, wavevectors=[[0, 0.01]], sample=SQUARE | {"current": ["c", "d"]})
    with pytest.raises(ConfigError, match="fixed steps do not end at walls"):
        problem(FREE, wavevectors=[[0, 0.01]], sample=SQUARE, integrator={"method": "rk4", "step": 1.0})
    with pytest.raises(ConfigError, match=r"sample: walls and contacts are those of a layer"):
        problem({"name": "weyl_lattice"}, wavevectors=[[0, 0, 0.1]], sample=SQUARE)
    with pytest.raises(ConfigError, match=r"give sample\.contacts"):
        problem(FREE, ensemble={"kind": "contact", "chemical_potential": 0.05, "number": 10})
