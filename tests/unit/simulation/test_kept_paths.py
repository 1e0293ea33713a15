"""Which paths a run keeps: as many as asked for, in whole pairs, spread by weight, whatever computes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import plain, problem
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.errors import InputError
from wavepacket.simulation import layout, resume
from wavepacket.simulation import run as run_into
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.simulation.engine import integrate
from wavepacket.simulation.layout import layout_of, most_paths
from wavepacket.simulation.preflight import extent
from wavepacket.simulation.subset import by_weight, even

MODEL = {"name": "gapped_graphene", "gap": 1.0}
OCCUPIED = {"kind": "fermi_dirac", "grid": [24, 24], "chemical_potential": 0.6, "temperature": 1500.0}
FIELD = [1e-3, 0, 0]


@given(
    st.lists(st.floats(0, 1e6) | st.just(1.0) | st.just(0.0), min_size=1, max_size=60).map(np.array),
    st.integers(0, 60),
)
def test_as_many_as_asked_for_and_by_weight(weight, number):
    """Exactly as many; of any range of packets as many as its share of the weight, to within one at either end."""
    number = min(number, len(weight))
    chosen = by_weight(weight, number)
    assert len(chosen) == number
    assert np.all(np.diff(chosen) > 0)
    share = number * weight / max(weight.sum(), 1e-300)
    if number and share.max() < 1 - 1e-9 and weight.sum() > 1e-6:
        counts = np.cumsum(np.isin(np.arange(len(weight)), chosen))
        # The middle of a part lies half a part from its ends; the rest is rounding.
        assert np.abs(counts - np.cumsum(share)).max() <= 0.5 + 1e-6
    heavy = np.flatnonzero(share > 1 + 1e-9)
    assert set(heavy) <= set(chosen)


def test_equal_weights_are_spread_evenly():
    assert even(100, 10).tolist() == list(range(0, 100, 10))
    assert np.diff(by_weight(np.ones(1000), 10)).tolist() == [100] * 9
    assert by_weight(np.ones(7), 7).tolist() == list(range(7))
    assert by_weight(np.array([0.0, np.nan, 2.0, -2.0]), 2).tolist() == [2, 3]
    assert len(by_weight(np.zeros(5), 3)) == 3


@pytest.mark.parametrize(("wanted", "kept"), [(1, 2), (7, 8), (50, 50), (0, 0)])
def test_pairs_are_kept_whole(wanted, kept):
    """Numbers 2p and 2p + 1 are a packet with E and with −E; an odd number of paths is rounded up."""
    made = problem(MODEL, band=1, electric=FIELD, ensemble=OCCUPIED, output={"trajectories": wanted})
    number = number_of_trajectories(made)
    block = integrate(made, 0, number)
    assert len(block.path) == kept
    assert np.array_equal(block.path[::2] + 1, block.path[1::2])
    assert np.all(block.path[::2] % 2 == 0)
    assert block.electric_sign[block.path].tolist() == [1, -1] * (kept // 2)
    # The two start alike and part by E.
    np.testing.assert_array_equal(block.wavevector[::2, 0], block.wavevector[1::2, 0])
    np.testing.assert_allclose(
        block.wavevector[::2] + block.wavevector[1::2], 2 * block.wavevector[::2, :1].repeat(11, axis=1), atol=1e-12
    )  # fmt: skip


def test_the_kept_ones_stand_for_the_ensemble():
    """The mean energy of kept packets without weights is that of all with weights, to the error of as many drawn at random.

    A systematic sample of equal shares has at most that of a random one where neighbours resemble each other.
    """
    grid = OCCUPIED | {"grid": [60, 60]}
    made = problem(MODEL, band=1, electric=FIELD, ensemble=grid, output={"trajectories": 40})
    packets, chosen = made.ensemble.packets(0, made.ensemble.size), made.kept
    assert chosen is not None
    ends = np.cumsum(packets.weight) / packets.weight.sum()
    middles = (np.arange(20) + 0.5) / 20
    assert np.all((ends[chosen] >= middles) & (ends[chosen - 1] < middles))
    energy = made.band.geometry(packets.wavevector).energy
    mean = np.average(energy, weights=packets.weight)
    error = np.sqrt(np.average((energy - mean) ** 2, weights=packets.weight) / 20)
    assert abs(energy[chosen].mean() - mean) < 3 * error
    assert abs(energy.mean() - mean) > 20 * error


def test_the_choice_does_not_depend_on_how_the_work_is_cut():
    made = problem(MODEL, band=1, electric=FIELD, ensemble=OCCUPIED, output={"trajectories": 20}, saves=2)
    number = number_of_trajectories(made)
    whole = integrate(made, 0, number)
    parts = [integrate(made, first, min(37, number - first)) for first in range(0, number, 37)]
    np.testing.assert_array_equal(np.concatenate([part.path for part in parts]), whole.path)
    np.testing.assert_array_equal(np.concatenate([part.position for part in parts]), whole.position)


def test_a_list_keeps_its_heavy_packets():
    k = [[0.01 * n, 0, 0] for n in range(6)]
    made = problem(
        MODEL, ensemble={"kind": "packets", "wavevectors": plain(k), "weights": [1, 1, 50, 1, 1, 60]},
        output={"trajectories": 2},
    )  # fmt: skip
    assert integrate(made, 0, 6).path.tolist() == [2, 5]


def test_shards_of_paths_that_weights_draw_together_stay_small():
    """Half of a list without weight: all kept paths lie in the other half, whose shards are cut smaller."""
    number, saves = 8000, 2001
    k = np.zeros((number, 3))
    weights = np.repeat([0.0, 1.0], [number - 2000, 2000])
    made = problem(
        {"name": "parabolic_band", "cutoff": 1.0}, saves=saves,
        ensemble={"kind": "packets", "wavevectors": plain(k), "weights": plain(weights)}, output={"trajectories": 2000},
    )  # fmt: skip
    parts = layout_of(made)
    assert 48 * saves * most_paths(made, parts.shard) <= 80_000_000 + 48 * saves * parts.task
    needs = extent(made, parts)
    assert needs.paths == 2000
    assert needs.fullest == most_paths(made, parts.shard) > 2000 * parts.shard // number


def test_a_run_keeps_them_and_analysis_reads_them(tmp_path):
    mapping = {
        "name": "kept", "model": MODEL, "band": 1, "fields": {"electric": FIELD}, "ensemble": OCCUPIED,
        "time": {"end": 5.0, "saves": 3}, "output": {"trajectories": 9},
    }  # fmt: skip
    runs = [run_into(config_from_mapping(mapping), tmp_path / f"{n}", threads=n) for n in (1, 2)]
    paths = [each.trajectories(("path",))["path"] for each in runs]
    assert len(paths[0]) == 10
    np.testing.assert_array_equal(*paths)
    assert analyze(runs[0])["excluded_fraction"].value == 0.0


def test_a_run_that_was_cut_into_other_shards_is_not_gone_on_with(tmp_path, monkeypatch):
    mapping = {
        "name": "kept", "model": MODEL, "band": 1, "fields": {"electric": FIELD}, "ensemble": OCCUPIED,
        "time": {"end": 5.0, "saves": 3}, "output": {"trajectories": 8},
    }  # fmt: skip
    run_into(config_from_mapping(mapping), tmp_path / "run")
    (tmp_path / "run" / "run.h5").unlink()
    monkeypatch.setattr(layout, "shard_length", lambda saves, task: task // 4)
    with pytest.raises(
        InputError, match="was begun in 1 shards by a version that cut trajectories in another way"
    ):
        resume(tmp_path / "run")


@pytest.mark.parametrize("integrator", [{}, {"method": "rk4", "step": "1 fs"}], ids=["dop853", "rk4"])
def test_a_packet_beside_the_plane_of_its_layer_stays_there(integrator):
    """Nothing moves z in a layer: all saves have that of the start, also the ones at ends of steps."""
    made = problem(
        MODEL, electric=FIELD, saves=7, end=30.0,
        ensemble={"kind": "packets", "wavevectors": [[0.1, 0.2], [0.2, 0.1]], "positions": [[0, 0, 5.0], [1.0, 2.0, -4.0]]},
        integrator={"tolerance": 1e-9, **integrator},
    )  # fmt: skip
    block = integrate(made, 0, 2)
    np.testing.assert_array_equal(block.position[..., 2], np.array([[5.0], [-4.0]]) * np.ones(7))
