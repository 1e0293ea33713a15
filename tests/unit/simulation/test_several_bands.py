"""Runs of several bands: the trajectories and sums of runs of one band, whatever they are cut into."""

import hashlib
import shutil

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError, InputError
from wavepacket.runs import open_run
from wavepacket.simulation import build_problem, layout, resume, run
from wavepacket.simulation.engine import integrate

NAMES = ("band 0 K", "band 0 K'", "band 1 K", "band 1 K'")

SURFACE = {
    "ensemble": {"kind": "fermi_surface", "chemical_potential": 1.0, "temperature": 300, "grid": [24, 24]},
    "fields": None, "time": None,
}  # fmt: skip


def exchange(between, **more):
    return {"relaxation_time": 10, "between": between, **more}


def config(**changes):
    given = {
        "name": "both",
        "model": {"name": "haldane", "staggered": 0.1},
        "bands": "all",
        "fields": {"electric": ["1 kV/cm", 0, 0]},
        "ensemble": {"kind": "filled_band", "grid": [6, 4]},
        "time": {"end": 20.0, "saves": 5},
    }
    given = {name: value for name, value in (given | changes).items() if value is not None}
    return config_from_mapping(given)


@pytest.fixture(scope="module")
def whole():
    return build_problem(config())


def test_each_band_is_as_in_a_run_of_its_own(whole):
    assert whole.valley_names == NAMES
    block, each = integrate(whole, 0, 96), 48
    assert np.unique(block.valley).tolist() == [0, 1, 2, 3]
    for place in (0, 1):
        rows, bins = slice(place * each, (place + 1) * each), slice(2 * place, 2 * place + 2)
        alone = integrate(build_problem(config(bands=None, band=place)), 0, each)
        np.testing.assert_array_equal(block.wavevector[rows], alone.wavevector)
        np.testing.assert_array_equal(block.position[rows], alone.position)
        np.testing.assert_array_equal(block.valley[rows], alone.valley + 2 * place)
        for name, values in alone.sums.items():
            np.testing.assert_array_equal(block.sums[name][:, :, bins], values[:, :, :2])
            assert not block.sums[name][:, :, -1].any()


def test_any_piece_of_it_is_the_same(whole):
    """Pieces may hold trajectories of two bands."""
    every, piece = integrate(whole, 0, 96), integrate(whole, 45, 7)
    assert piece.trajectory.tolist() == list(range(45, 52))
    np.testing.assert_array_equal(piece.wavevector, every.wavevector[45:52])
    np.testing.assert_array_equal(piece.valley, every.valley[45:52])


def test_shards_threads_and_interruptions_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 10_000)
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 20))
    made = run(config(), tmp_path / "one", threads=1, announce=False)
    bands = np.concatenate([shard["band"] for shard in made.shards(("band",))])
    assert bands.tolist() == [0] * 48 + [1] * 48
    shards = sorted((tmp_path / "one" / "shards").iterdir())
    assert len(shards) == 5  # of 20 trajectories: the third one has both bands
    run(config(), tmp_path / "two", threads=2, announce=False)
    shutil.copytree(tmp_path / "one", tmp_path / "cut")
    for name in ("run.h5", "shards/000001.h5"):
        (tmp_path / "cut" / name).unlink()
    resume(tmp_path / "cut", threads=1)
    found = set()
    for folder in (tmp_path / name for name in ("one", "two", "cut")):
        files = [*sorted((folder / "shards").iterdir()), folder / "run.h5"]
        found.add(hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest())
    assert len(found) == 1


def test_paths_are_kept_in_both_bands(tmp_path):
    made = run(config(output={"trajectories": 8}), tmp_path / "some", announce=False)
    kept = made.trajectories(("path", "band", "trajectory"))
    assert len(kept["path"]) == 8
    assert np.count_nonzero(kept["path"] < 48) == 4
    assert open_run(tmp_path / "some").valley_names == NAMES


def test_bands_of_a_window():
    said = []
    ensemble = {"kind": "fermi_surface", "chemical_potential": 1.0, "temperature": 50, "grid": [24, 24]}
    chosen = config(
        bands="auto", ensemble=ensemble, fields=None, scattering={"relaxation_time": 10}, time=None
    )
    problem = build_problem(chosen, report=said.append)
    assert problem.config.bands == (1,)
    assert problem.config.band.others == "occupied"
    assert any(line.startswith("bands with packets: 1 (100 %)") for line in said)
    # The resolved config leads to the same run.
    again = build_problem(config_from_mapping(problem.config.model_dump(exclude_none=True)))
    assert again.config.bands == (1,)
    assert again.sea is not None
    np.testing.assert_array_equal(again.sea, problem.sea)
    in_gap = chosen.model_copy(
        update={"ensemble": chosen.ensemble.model_copy(update={"chemical_potential": 40.0})}
    )
    with pytest.raises(ConfigError, match="no band has states at the chemical potential"):
        build_problem(in_gap)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ensemble": {"kind": "packets", "wavevectors": [[0.1, 0]]}}, "packets of several bands start over the zone"),
        ({"bands": "auto"}, "auto needs a chemical potential"),
        ({"bands": {"each": [1, 0]}}, "different bands in rising order"),
        ({"bands": {"each": [0, 2]}}, "has bands 0 to 1"),
        (
            {
                "bands": {"each": [0, 1]},
                "ensemble": {"kind": "fermi_surface", "chemical_potential": 1.0, "temperature": 0, "grid": [8, 8]},
            },
            "band 0: the ensemble is empty",
        ),
        (
            {"bands": "auto", "ensemble": {"kind": "fermi_surface", "chemical_potential": 0, "temperature": 0}},
            "no band crosses the chemical potential",
        ),
        ({"valleys": "auto"}, "are searched for in one band"),
        ({"local": {"grid": [4, 4], "region": [[0, 0], [1, 1]]}}, "local"),
        ({"band": 0}, "leave one of the two out"),
        (
            {"scattering": {"relaxation_time": 10, "intervalley_time": 20}},
            "conserves numbers in the valleys of one band",
        ),
        ({"scattering": {"relaxation_time": 10, "bands": {"2": {}}}}, "is no band of this run|has bands 0 to 1"),
        ({"scattering": {"relaxation_time": 10, "bands": {"holes": {}}}}, "who carries is known in a linear response"),
        ({"scattering": {"relaxation_time": 10, "bands": {"upper": {}}}}, "names bands by their numbers"),
        ({"scattering": {"relaxation_time": 10, "bands": {"0": {"intervalley_time": 10}}}}, "intervalley_time"),
        (
            {"scattering": {"relaxation_time": 10, "bands": {"1": {"map": {"factor": [1, 1, 1, 1]}}}}},
            "scattering.map: factor has 1 axes",
        ),
        (
            {"bands": None, "band": 0, "scattering": {"relaxation_time": 10, "bands": {"0": {}}}},
            "is of a run of several bands",
        ),
        ({"scattering": exchange({"band 0 K": {"band 1 K": 5}})}, "between: keeps energies, which E raises"),
        (SURFACE | {"scattering": exchange({"band 1": {"band 1 K": 5}})}, "knows nothing of 'band 1'"),
        (SURFACE | {"scattering": exchange({"band 1 K": {"band 1 K": 5}})}, "from band 1 K to itself"),
        (
            SURFACE | {"scattering": exchange({"band 1 K": {"band 1 K'": 5}, "band 1 K'": {"band 1 K": 9}})},
            "does not fit the way there: by the states per energy of both it is [45]",
        ),
        (
            SURFACE | {"scattering": exchange({"band 1 K": {"band 1 K'": 5}}, map={"factor": 4 * [[1, 1, 1, 1]]})},
            "is not known with scattering.between",
        ),
        (
            SURFACE
            | {"scattering": exchange({"band 1 K": {"band 1 K'": 5}}, bands={"1": {"map": {"factor": 4 * [[1, 1, 1, 1]]}}})},
            "is not known with scattering.between",
        ),
        ({"scattering": {"relaxation_time": 10, "monte_carlo": {}}}, "leads to states of one band"),
        ({"bands": {"each": "auto", "follow": "character"}}, "give a list of bands"),
    ],
)  # fmt: skip
def test_what_several_bands_cannot_have(changes, message):
    with pytest.raises((ConfigError, InputError), match=message):
        build_problem(config(**changes))
