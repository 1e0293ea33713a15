"""A strip of Haldane's model in equilibrium: its edge current is the orbital magnetization of the bulk, all of it ∇×M."""

import re
from dataclasses import replace

import numpy as np
import pytest

import wavepacket
from wavepacket.config import config_from_mapping
from wavepacket.ensembles import Cells, velocity_on_layer
from wavepacket.errors import InputError
from wavepacket.formulas import fermi, grand_kernel
from wavepacket.hamiltonians import haldane
from wavepacket.simulation import build_problem
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELEMENTARY_CHARGE, HBAR, PLANCK

pytestmark = pytest.mark.physics

AMPERE = ELEMENTARY_CHARGE * 1e15 / HBAR  # of 1 e eV/ħ


def crystal(phi):
    return haldane(t1=1.0, t2=0.15, phi=np.radians(phi), staggered=0.3, lattice_constant=np.sqrt(3.0))


def bulk(band, mu, heat, phi=90.0, points=240):
    """Local and itinerant part of M (A), by a sum over the zone on its own."""
    model = crystal(phi)
    u = (np.arange(points) + 0.3) / points
    k = np.stack(np.meshgrid(u, u, indexing="ij"), -1).reshape(-1, 2) @ model.reciprocal[:2]
    geometry = wavepacket.band(model, band).geometry(k, slopes=False)
    x = (geometry.energy - mu) / heat
    local = np.mean(fermi(x) * geometry.orbital_moment[:, 2]) / E_OVER_HBAR
    itinerant = np.mean(heat * grand_kernel(x) * geometry.berry_curvature[:, 2])
    return AMPERE * local / model.cell_volume, AMPERE * itinerant / model.cell_volume


def strip(folder, band, mu, heat, **more):
    """Observables of a strip along x between quintic walls of 8 eV over 20 Å."""
    return wavepacket.analyze(strip_run(folder, band, mu, heat, **more))


WALLS = {"kind": "channel", "height": 8, "rise": 20, "width": 8, "direction": [0, 1]}
MODEL = {"name": "haldane", "t1": 1, "t2": 0.15, "staggered": 0.3, "lattice_constant": 3**0.5}


def strip_run(
    folder,
    band,
    mu,
    heat,
    *,
    phi=90.0,
    places=48,
    grid=16,
    cells=16,
    end=0.01,
    reach=16.0,
    walls=None,
    output=None,
    threads=None,
    **more,
):
    """The run."""
    config = {
        "name": "strip", "band": band, "limits": {"interband_mixing": 5},
        "model": MODEL | {"phi": f"{phi} deg"}, "fields": {"potential": walls or WALLS},
        "ensemble": {"kind": "confined", "chemical_potential": mu, "temperature": heat / BOLTZMANN,
                     "region": [[0, 1], [-reach, reach]], "places": [1, places], "grid": [grid, grid], **more},
        "time": {"end": end, "saves": 2},
        "local": {"grid": [1, cells], "cross_sections": {"lower": [[0, -reach], [0, 0]], "upper": [[0, 0], [0, reach]]}},
        "output": output or {},
    }  # fmt: skip
    return wavepacket.run(config, folder / f"{band}", overwrite=True, announce=False, threads=threads)


def check(found, local, itinerant, tolerance=1e-3):
    """The edge current is local + itinerant within 0.1 % and within its uncertainty, and neither of them alone."""
    edges, whole = found["cross_section_current"], local + itinerant
    for name, sign in (("lower", 1), ("upper", -1)):
        value, error = sign * edges.value[name], edges.uncertainty[name]
        assert value == pytest.approx(whole, rel=tolerance)
        assert abs(value - whole) < error < 0.005 * abs(whole)
        assert abs(value - local) > 5 * error
        assert abs(value - itinerant) > 5 * error
        assert (
            abs(edges.contributions["transport"].value[name])
            < edges.contributions["transport"].uncertainty[name]
        )
    transport = found["local_current"].contributions["transport"]
    largest = np.abs(found["local_current"].value).max()
    assert np.all(np.abs(transport.value) <= transport.uncertainty + 1e-9 * largest)
    assert found["transport_current_share"].value < 2e-3
    assert np.all(np.abs(found["net_current"].value) <= tolerance * abs(whole))
    assert found["magnetization_current_divergence"].value < 1e-12
    middle = found["local_magnetization"]
    values = [middle.contributions[part].value[0, 8] for part in ("local", "itinerant")]
    np.testing.assert_allclose(values, [local, itinerant], rtol=2e-3)


@pytest.mark.parametrize("band", [0, 1])
def test_edge_current_is_the_bulk_magnetization(band, tmp_path):
    check(strip(tmp_path, band, 0.9, 0.2), *bulk(band, 0.9, 0.2))


def test_known_value_of_both_bands():
    """The number of physics that the slow test hits with packets, by the sum over the zone alone."""
    parts = np.sum([bulk(band, 0.9, 0.05) for band in (0, 1)], axis=0) / AMPERE
    np.testing.assert_allclose(parts, [-0.201786, 0.289836], atol=2e-6)
    assert parts.sum() == pytest.approx(0.088049, abs=2e-6)


@pytest.mark.full
@pytest.mark.parametrize("phi", [90.0, -90.0])
@pytest.mark.parametrize("heat", [0.05, 0.1])
@pytest.mark.parametrize("mu", [-0.9, 0.0, 0.9])
def test_both_bands(mu, heat, phi, tmp_path):
    """Three μ, two T and the mirror image; in the gap M of both bands is zero, and each is checked by itself."""
    values, errors, exact = np.zeros(2), np.zeros(2), np.zeros(2)
    shape = {"places": 200, "grid": 64, "cells": 20, "reach": 20.0}
    for band in (0, 1) if mu > -0.5 else (0,):  # the upper one is empty there
        found = strip(tmp_path, band, mu, heat, phi=phi, **shape)
        edges, parts = found["cross_section_current"], np.array(bulk(band, mu, heat, phi))
        for i, (name, sign) in enumerate((("lower", 1), ("upper", -1))):
            value, error = sign * edges.value[name], edges.uncertainty[name]
            assert abs(value - parts.sum()) < 2 * error + 1e-6 * np.abs(parts).max()
            assert np.abs(value - parts).min() > 5 * error  # of the local or the itinerant part alone
            values[i], errors[i] = values[i] + value, errors[i] + error
        exact += parts
        transport, net = found["local_current"].contributions["transport"], found["net_current"]
        largest = np.abs(found["local_current"].value).max()
        assert np.all(np.abs(transport.value) <= 2 * transport.uncertainty + 1e-9 * largest)
        assert np.abs(transport.value).max() < 1e-3 * largest
        assert np.all(np.abs(net.value) <= 2 * net.uncertainty + 1e-6 * np.abs(parts).max())
    assert np.all(np.abs(values - exact.sum()) < 2 * errors + 1e-6 * np.abs(exact).max())
    np.testing.assert_allclose(values, exact.sum(), rtol=1e-3, atol=1e-5 * AMPERE)
    if (abs(mu), heat) == (0.9, 0.05):
        np.testing.assert_allclose(values / AMPERE, np.sign(mu) * np.sign(phi) * 0.088049, rtol=1e-3)


@pytest.mark.full
@pytest.mark.parametrize(("rise", "most"), [(10, 0.15), (20, 0.09), (40, 0.05)])
def test_the_profile_is_that_of_the_exact_strip(rise, most, tmp_path):
    """As near as the theory is: its error falls with the width of the walls. The cells' kernel has the ribbon's width."""
    size = 4.5 / np.sqrt(
        5 / 12
    )  # along a face the kernel of cells of h is the quartic B-spline, of variance 5h²/12
    cells = 2 * round((20 + 0.8 * rise) / size)
    reach = 0.5 * size * cells
    walls = {"kind": "channel", "height": 8, "rise": rise, "width": 40, "direction": [0, 1]}
    sizes = {"places": 14 * cells, "grid": 40, "cells": cells, "reach": reach, "walls": walls}
    found = [strip(tmp_path, band, 0.9, 0.05, **sizes)["local_current"].value[0, :, 0] for band in (0, 1)]
    exact = wavepacket.ribbon({
        "name": "exact", "model": MODEL | {"phi": "90 deg"}, "fields": {"potential": walls},
        "response": {"chemical_potential": 0.9, "temperature": 0.05 / BOLTZMANN, "ribbon": {"smoothing": 4.5}},
    })  # fmt: skip
    current = exact["local_current_density"].value[0, 0]
    places = (np.arange(cells) + 0.5) * size - reach
    there = np.interp(places, exact["place"].value, current)
    assert np.abs(sum(found) - there).max() < most * np.abs(current).max()


def test_two_edges_at_different_chemical_potentials(tmp_path):
    """I = C e²/h Δμ/e with C = 1, by the two edges' anomalous velocities; the moment and the level of μ do not enter."""
    beyond = {"chemical_potential": -0.1, "direction": [0, 1]}
    found = strip(tmp_path, 0, 0.1, 0.05, beyond=beyond, places=96, grid=20, cells=16)
    exact = 0.2 / PLANCK * ELEMENTARY_CHARGE * 1e15
    assert found["net_current"].value[0] == pytest.approx(exact, rel=1e-3)
    assert found["net_current"].contributions["transport"].value[0] == pytest.approx(exact, rel=1e-3)


def test_an_equilibrium_does_not_move_and_another_density_does(tmp_path):
    shape = {"places": 32, "grid": 12, "end": 1.0}
    still = strip(tmp_path, 0, 0.9, 0.2, **shape)["density_change"].value
    beyond = {"chemical_potential": -2.0, "direction": [0, 1]}
    moved = strip(tmp_path, 0, 0.9, 0.2, **shape, beyond=beyond)["density_change"].value
    assert still < 1e-3 < 2e-2 < moved


def test_the_figure_of_a_strip_has_the_curl_of_the_equilibrium_through_it(tmp_path):
    """The dashed line is made without packets."""
    run = strip_run(tmp_path, 0, 0.9, 0.2)
    density, profile, magnetization = wavepacket.plot(run).axes
    total, curl, transport, exact = (line.get_xydata() for line in profile.lines)
    largest = np.abs(total[:, 1]).max()
    there = np.interp(total[:, 0], *exact.T)
    assert np.abs(total[:, 1] - there).max() < 0.03 * largest
    assert np.abs(curl[:, 1] - there).max() < 0.03 * largest
    assert np.abs(transport[:, 1]).max() < 2e-3 * largest
    assert [text.get_text() for text in magnetization.get_legend().texts] == ["$M$", "local", "itinerant"]
    assert density.lines[0].get_ydata()[8] == pytest.approx(1 / crystal(90).cell_volume, rel=0.01)


@pytest.mark.full
def test_maps_of_a_disk(tmp_path):
    """Currents run round a disk: through a radius goes M, through a diameter nothing."""
    config = {
        "name": "disk", "model": {"name": "haldane", "t1": 1, "t2": 0.15, "phi": "90 deg", "staggered": 0.3,
                                  "lattice_constant": 3**0.5},
        "band": 0, "time": {"end": 0.001, "saves": 2}, "limits": {"interband_mixing": 5},
        "fields": {"potential": {"kind": "disk", "height": 8, "rise": 20, "radius": 4}},
        "ensemble": {"kind": "confined", "chemical_potential": 0.9, "temperature": 0.3 / BOLTZMANN,
                     "region": [[-18, 18], [-18, 18]], "places": [24, 24], "grid": [6, 6]},
        "local": {"grid": [12, 12],
                  "cross_sections": {"radius": [[0, 0], [18, 3]], "diameter": [[-18, 2], [18, 2]]}},
    }  # fmt: skip
    run = wavepacket.run(config, tmp_path / "disk", announce=False)
    current, whole = wavepacket.analyze(run)["cross_section_current"].value, sum(bulk(0, 0.9, 0.3))
    assert current["radius"] == pytest.approx(-whole, rel=0.03)
    assert abs(current["diameter"]) < 0.03 * whole
    titles = [axes.get_title(loc="right") for axes in wavepacket.plot(run).axes]
    assert [name in title for name, title in zip(("total", "nabla", "mathrm{T}"), titles, strict=False)] == [
        True
    ] * 3


def test_cells_conserve_and_their_curl_has_no_divergence():
    """Kernels sum to one over cells, ∂n/∂t is minus the fluxes, lines get the whole current."""
    rng = np.random.default_rng(3)
    cells = Cells(((-4.0, 4.0), (0.0, 6.0)), (16, 9))
    places = rng.uniform([-2, 2], [2, 4], (50, 2))
    velocity, weight = rng.normal(size=(50, 2)), rng.uniform(1, 2, 50)
    area, none = np.prod(cells.steps), np.zeros(50, dtype=int)

    def sums(at, values, corners):
        return cells.sums(at, values, none, 1, corners)[0]

    step = 1e-5
    after, before = (sums(places + sign * step * velocity, weight, (False, False)) for sign in (1, -1))
    across = [sums(places, weight * velocity[:, axis], (axis == 0, axis == 1)) for axis in (0, 1)]
    assert after.sum() * area == pytest.approx(weight.sum(), rel=1e-13)
    change = (after - before) / (2 * step)
    np.testing.assert_allclose(change, -cells.divergence(*across), atol=1e-8 * np.abs(change).max())
    m = sums(places, weight, (True, True))
    curl = cells.curl(m)
    assert np.abs(cells.divergence(*curl)).max() < 1e-12 * np.abs(curl[0]).max() / cells.steps.min()
    # From a point without M to one in the middle the flux of ∇×M is M there: right of the way up is +x.
    assert cells.through(((0.0, 0.0), (0.0, 10 / 3)), *curl) == pytest.approx(m[8, 5], rel=1e-12)
    assert cells.through(((-4.0, 10 / 3), (0.0, 10 / 3)), *curl) == pytest.approx(m[8, 5], rel=1e-12)
    bent = cells.through(((-4.0, 0.3), (0.0, 10 / 3)), *curl)
    assert bent == pytest.approx(m[8, 5], rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scattering": {"relaxation_time": 10}}, "local: is for packets without collisions"),
        ({"local": {"grid": [1, 3]}}, "local: 'grid' needs two numbers"),
        ({"local": {"grid": [1, 8], "cross_sections": {"far": [[0, 0], [0, 99]]}}}, "far: leads out of the region"),
        ({"ensemble": {"kind": "filled_band", "grid": [4, 4]}}, "local: needs a region"),
        ({"model": {"name": "weyl_lattice"}, "ensemble": {"kind": "zone", "grid": [4, 4, 4]}}, "local: is for layers"),
        ({"fields": {"magnetic_gradient": [1]}}, "needs a uniform magnetic field"),
        ({"fields": {}, "local": None, "ensemble.chemical_potential": -9}, "the ensemble is empty"),
        ({"local": {"grid": [1, 8], "region": [[0, 0], [0, 9]]}}, "from a smaller to a larger coordinate"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(changes, said):
    config = {
        "name": "strip", "model": {"name": "haldane"}, "band": 0, "time": {"end": 0.1, "saves": 2},
        "ensemble": {"kind": "confined", "chemical_potential": 0, "temperature": 300, "region": [[0, 1], [0, 9]],
                     "places": [1, 4], "grid": [4, 4]},
        "local": {"grid": [1, 8]},
    }  # fmt: skip
    changes = dict(changes)
    config["ensemble"]["chemical_potential"] = changes.pop("ensemble.chemical_potential", 0)
    with pytest.raises(InputError, match=re.escape(said)):
        build_problem(config_from_mapping({**config, **changes}))


def test_sums_in_cells_need_no_paths(tmp_path):
    """Two threads make the same bits as one, and paths of a run without such sums tell the same."""
    shape = {"places": 32, "grid": 12, "end": 1.0}
    none = strip_run(tmp_path / "none", 0, 0.9, 0.2, **shape, output={"trajectories": 0}, threads=1)
    whole = strip_run(tmp_path / "all", 0, 0.9, 0.2, **shape, threads=2)
    assert none.path_count == 0 < whole.path_count
    names = [name for name in whole.sums if name.startswith("local_")]
    assert len(names) == 6
    for name in names:
        assert none.sums[name].tobytes() == whole.sums[name].tobytes()
    old = replace(whole, sums={name: values for name, values in whole.sums.items() if name not in names})
    found, before = wavepacket.analyze(none), wavepacket.analyze(old)
    for name in ("local_density", "local_current", "local_magnetization"):
        largest = np.abs(found[name].value).max()
        np.testing.assert_allclose(before[name].value, found[name].value, rtol=0, atol=1e-13 * largest)
    np.testing.assert_allclose(
        found["local_density"].value, whole.sums["local_density"].sum(axis=0), rtol=1e-13
    )


@pytest.mark.parametrize("magnetic", [0.0, 300.0])
def test_velocity_on_a_layer_is_that_of_paths(magnetic, tmp_path):
    """ṙ by differences of integrated positions, of a carrier of charge +2 in E, V and B."""
    k, r = [[0.4, 0.2], [-0.7, 0.5]], [[1.0, 2.0], [0.0, -1.0]]
    fields = {"electric": [0.02, -0.01, 0], "magnetic": [0, 0, magnetic],
              "potential": {"kind": "harmonic", "stiffness": 0.05}}  # fmt: skip
    config = {
        "name": "path", "charge": 2, "band": 1, "fields": fields, "limits": {"density_of_states_factor": 0},
        "model": {"name": "massive_dirac", "velocity": 1, "mass": 1, "cutoff": 5},
        "ensemble": {"kind": "packets", "wavevectors": k, "positions": r},
        "time": {"end": 0.02, "saves": 3}, "integrator": {"tolerance": 1e-13},
    }  # fmt: skip
    run = wavepacket.run(config, tmp_path / "run", announce=False)
    path = run.trajectories(("position", "wavevector"))
    moved = (path["position"][:, 2] - path["position"][:, 0]) / 0.02
    middle = path["position"][:, 1]
    crystal = wavepacket.hamiltonians.massive_dirac(velocity=1.0, mass=1.0, cutoff=5.0)
    geometry = wavepacket.band(crystal, 1).geometry(path["wavevector"][:, 1])
    force = 2 * np.array([0.02, -0.01]) - 0.05 * middle[:, :2]
    found = velocity_on_layer(geometry, force, np.full(2, magnetic), 2.0)
    np.testing.assert_allclose(found, moved[:, :2], atol=1e-6)
    assert np.abs(found - velocity_on_layer(geometry, 0 * force, np.full(2, magnetic), 2.0)).max() > 1e-3
