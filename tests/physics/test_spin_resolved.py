"""Populations, ways and currents by the value of a spin: against sums over k, exact evolution and projectors."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import wavepacket
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians.library.spin import spin_matrices, spin_values
from wavepacket.simulation.group_values import shares_of_values
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

HALF = {"spin": "1/2"}


def observables_of(folder, model, bands, electric, ensemble, end, saves=2, **sections):
    config = {
        "name": "t", "model": model, "bands": bands, "ensemble": ensemble, "fields": {"electric": electric},
        "time": {"end": end, "saves": saves}, "integrator": {"tolerance": 1e-10}, **sections,
    }  # fmt: skip
    return wavepacket.analyze(wavepacket.run(config, folder / "run"))


def test_each_spin_has_a_quantised_hall_conductivity(tmp_path):
    """Kane and Mele's insulator: C = 1 of spin up and −1 of spin down, σ_xy = −C e²/h; charge does not flow."""
    found = observables_of(
        tmp_path, {"name": "kane_mele", "rashba": 0, "staggered": 0}, [0, 1], [1e-4, 0, 0],
        {"kind": "filled_band", "grid": [24, 24]}, 1.0, internal={**HALF, "start": "spin", "resolve": "spin"},
    )  # fmt: skip
    one = found["spin_resolved_hall_conductivity"]
    up, down = one.value["1/2"], one.value["-1/2"]
    assert up == pytest.approx(-1, abs=one.uncertainty["1/2"])
    assert down == pytest.approx(1, abs=one.uncertainty["-1/2"])
    assert one.uncertainty["1/2"] < 0.1
    assert up + down == pytest.approx(0, abs=1e-9)
    assert up - down == pytest.approx(found["spin_hall_conductivity"].value, abs=1e-9)
    assert found["spin_resolved_population"].value == pytest.approx({"-1/2": 0.5, "1/2": 0.5}, abs=1e-12)
    ways, parted = found["spin_resolved_displacement"].value, found["spin_displacement"].value[1]
    assert ways["1/2"][1] - ways["-1/2"][1] == pytest.approx(2 * parted, rel=1e-4)


def test_currents_of_an_altermagnet(tmp_path):
    """j_s = −e Σ f(ε_s(k)) v_s(k − eEt/ħ) of each spin over the same points, ε_s in closed form."""
    mu, kelvin, field, end, grid = -0.8, 300.0, 1e-3, 20.0, (16, 16)
    found = observables_of(
        tmp_path, {"name": "altermagnet"}, [0, 1], [field, 0, 0],
        {
            "kind": "fermi_dirac", "grid": list(grid), "chemical_potential": mu, "temperature": f"{kelvin} K",
            "field_reversal": False,
        },
        end, saves=3, internal={**HALF, "resolve": "spin"},
    )  # fmt: skip
    a, run = 4.5, wavepacket.open_run(tmp_path / "run")
    starts = np.concatenate([each["wavevector"][:, 0] for each in run.shards(("wavevector",))])
    starts = np.unique(starts.round(12), axis=0)
    assert len(starts) == np.prod(grid)

    def lower(k, s):
        hop = np.cos(k[:, 0] * a / 2) * np.cos(k[:, 1] * a / 2)
        return -np.sqrt(hop**2 + (0.4 * np.sin(k[:, 0] * a) * np.sin(k[:, 1] * a) + s * 0.5) ** 2)

    for label, s in (("1/2", 1), ("-1/2", -1)):
        f = 1 / (1 + np.exp((lower(starts, s) - mu) / (8.617333262e-5 * kelvin)))
        series = found["spin_resolved_current"].series.value[label]
        for place, t in enumerate((0.0, end / 2, end)):
            k = starts - np.array([field * t / HBAR, 0, 0])
            v = [(lower(k + d, s) - lower(k - d, s)) / (2e-5 * HBAR) for d in 1e-5 * np.eye(3)[:2]]
            exact = -ELEMENTARY_CHARGE * 1e25 * (f * v).sum(axis=1) / a**2 / len(starts)
            assert series[place, :2] == pytest.approx(exact, abs=1e-6 * np.abs(series).max())
    last = found["spin_resolved_current"].value
    assert (
        last["1/2"][1] * last["-1/2"][1] < 0 < last["1/2"][0] * last["-1/2"][0]
    )  # opposite across E, alike along it


def test_helicity_near_a_weyl_node(tmp_path):
    """E drives packets past the node: helicity passes over to the other one as by the Schrödinger equation."""
    speed, force, miss, start, end = 4.0, 2e-3, 0.01, 0.12, 80.0
    found = observables_of(
        tmp_path, {"name": "weyl_node", "velocity": speed, "cutoff": 0.5}, [0, 1], [force, 0, 0],
        {"kind": "packets", "wavevectors": [[start, miss, 0]]}, end, saves=9,
        internal={**HALF, "start": "helicity", "values": [0.5], "resolve": "helicity"},
    )  # fmt: skip
    spin = spin_matrices(2)

    def along(t):
        k = np.array([start - force * t / HBAR, miss, 0])
        return np.tensordot(k, spin, axes=1), np.linalg.norm(k)

    _, first = np.linalg.eigh(along(0)[0])
    times = np.linspace(0, end, 9)
    exact = solve_ivp(
        lambda t, u: -1j / HBAR * 2 * speed * along(t)[0] @ u, (0, end), first[:, 1].astype(complex),
        t_eval=times, rtol=1e-11, atol=1e-12, method="DOP853",
    ).y  # fmt: skip
    helicity = [(u.conj() @ along(t)[0] @ u).real / along(t)[1] for t, u in zip(times, exact.T, strict=True)]
    share = found["spin_resolved_population"].series.value["1/2"]
    assert share == pytest.approx(0.5 + np.array(helicity), abs=1e-7)
    assert 0.05 < share[-1] < 0.95


@pytest.mark.parametrize("number", [2, 4])
def test_shares_are_those_of_projectors(number):
    """Eigenvectors of n·S, times two orbitals; along k = 0 it is S_z."""
    random = np.random.default_rng(3)
    spin = np.array([np.kron(each, np.eye(2)) for each in spin_matrices(number)])
    values = spin_values(f"{number - 1}/2", None)
    direction = random.normal(size=(5, 3))
    direction[4] = 0
    u = random.normal(size=(5, 2 * number)) + 1j * random.normal(size=(5, 2 * number))
    flat = np.ascontiguousarray(u).view(np.float64)
    found = shares_of_values(spin, values, direction, flat)
    direction[4] = [0, 0, 1]
    for n, state, shares in zip(direction, u, found, strict=True):
        level, vectors = np.linalg.eigh(np.tensordot(n / np.linalg.norm(n), spin, axes=1))
        parts = np.abs(vectors.conj().T @ state) ** 2
        exact = [parts[np.abs(level - value) < 1e-6].sum() for value in values]
        assert shares == pytest.approx(exact, abs=1e-12 * (u * u.conj()).sum().real)


def test_what_has_no_values_is_refused(tmp_path):
    matrices = [[[0, 1], [1, 0]], [[0, "-1j"], ["1j", 0]], [[2, 0], [0, -2]]]
    for internal, said in (
        ({"spin": matrices, "resolve": "helicity"}, "depend on its direction"),
        ({"spin": [[[1, 0], [0, 1]]] * 3, "resolve": "spin"}, "one value alone"),
        ({"resolve": "spin"}, "needs 'spin'"),
    ):
        with pytest.raises(ConfigError, match=said):
            observables_of(
                tmp_path, {"name": "weyl_node"}, [0, 1], [0, 0, 0],
                {"kind": "packets", "wavevectors": [[0.1, 0, 0]]}, 1.0, internal=internal,
            )  # fmt: skip
