"""The life of a run folder: made, refused, replaced, finished, read."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.runs import (
    RunArray,
    finish_run,
    finished_shards,
    open_run,
    read_description,
    read_texts,
    recover_run,
    verify,
    write_shard,
)
from wavepacket.runs.worst import DIAGNOSTICS, LIMITS, Worst, limits_of

Make = Callable[..., Any]


def _files(folder: Path) -> set[str]:
    """Return the names of everything in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_texts_and_description_are_kept(tmp_path: Path, new_run: Make) -> None:
    run = new_run(tmp_path / "some" / "parents" / "run")
    assert _files(run) == {"config.yaml", "resolved.yaml", "run.json", "shards"}
    assert (run / "config.yaml").read_bytes() == b"version: 1\r\nname: haldane  # \xc3\x85\n"
    description = read_description(run)
    assert (description.name, description.dimension, description.valley_names) == ("haldane", 2, ("K", "K′"))
    assert read_texts(run, description)[1] == "version: 1\nname: haldane\nseed: 1\n"


def test_a_changed_config_is_noticed_before_a_run_goes_on(tmp_path: Path, new_run: Make) -> None:
    run = new_run(tmp_path / "run")
    (run / "resolved.yaml").write_text("version: 1\nname: haldane\nseed: 2\n")
    with pytest.raises(InputError, match=r"resolved\.yaml: was changed after the run began"):
        read_texts(run, read_description(run))


def test_an_existing_run_is_never_overwritten_unasked(tmp_path: Path, new_run: Make) -> None:
    run = new_run(tmp_path / "run")
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=r"-o.*resume.*--overwrite") as caught:
        new_run(run, name="other")
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert before == {path: path.read_bytes() for path in run.iterdir() if path.is_file()}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path, new_run: Make, overwrite: bool) -> None:
    (tmp_path / "shards").mkdir()
    for name in ("thesis.tex", "config.yaml", "run.h5", "shards/000000.h5"):
        (tmp_path / name).write_text("years of work")
    before = _files(tmp_path)
    with pytest.raises(InputError, match="-o"):
        new_run(tmp_path, overwrite=overwrite)
    assert _files(tmp_path) == before


def test_overwriting_deletes_only_what_belongs_to_a_run(
    tmp_path: Path, new_run: Make, finished_run: Make
) -> None:
    run = finished_run(tmp_path / "run")
    for name in ("figure.png", "shards/notes.txt", "shards/0000.h5"):
        (run / name).write_text("mine")
    (run / "shards/.000001.h5.0123456789abcdef.part").write_text("cut off")
    new_run(run, overwrite=True, name="second")
    mine = {"figure.png", "shards/notes.txt", "shards/0000.h5"}
    assert _files(run) == {"config.yaml", "resolved.yaml", "run.json", "shards", *mine}
    assert read_description(run).name == "second"
    assert finished_shards(run) == {}


def test_an_empty_folder_is_used(tmp_path: Path, new_run: Make) -> None:
    assert read_description(new_run(tmp_path)).name == "haldane"


@pytest.mark.parametrize(
    "name", ["with space", "Änderung ∂Ω", "x" * 255, "-o", "a'b\"c", "tab\there", "%d{0}"]
)
def test_any_name_that_the_disk_takes_works(tmp_path: Path, finished_run: Make, name: str) -> None:
    run = finished_run(tmp_path / name)
    assert verify(run) == []
    assert open_run(run).trajectories(["weight"])["weight"].shape == (18,)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (lambda folder: folder / ("x" * 256), "name is too long"),
        (lambda folder: folder / "file" / "run", "not a folder"),
        (lambda folder: folder / "file", "a file of that name"),
        (lambda folder: folder / "locked" / "run", "permission denied"),
        (lambda folder: folder / "locked", "permission denied"),
    ],
)
def test_where_no_run_can_be_made_one_sentence_says_why(
    unprivileged_folder: Path, new_run: Make, place: Callable[[Path], Path], message: str
) -> None:
    (unprivileged_folder / "file").write_text("")
    (unprivileged_folder / "locked").mkdir(mode=0o555)
    with pytest.raises(InputError, match=message) as caught:
        new_run(place(unprivileged_folder))
    assert "\n" not in str(caught.value)


def test_a_read_only_run_can_be_read_but_not_continued(unprivileged_folder: Path, finished_run: Make) -> None:
    run = finished_run(unprivileged_folder / "run")
    for path in (run, run / "shards"):
        path.chmod(0o555)
    assert open_run(run).trajectory_count == 18
    assert verify(run) == []
    assert len(finished_shards(run)) == 3
    for work in (recover_run, finish_run):
        with pytest.raises(InputError, match="permission denied"):
            work(run)


def test_an_unfinished_run_says_so(tmp_path: Path, new_run: Make, shard_arrays: Make) -> None:
    run = new_run(tmp_path / "run")
    write_shard(run, 0, shard_arrays(0))
    with pytest.raises(InputError, match="not finished; continue it with `wavepacket resume"):
        open_run(run)
    with pytest.raises(InputError, match="is not the folder of a run"):
        open_run(tmp_path)
    with pytest.raises(InputError, match="is not the folder of a run"):
        verify(tmp_path / "nowhere")


def test_a_run_is_finished_only_when_every_shard_is_there(
    tmp_path: Path, new_run: Make, shard_arrays: Make
) -> None:
    run = new_run(tmp_path / "run")
    with pytest.raises(InputError, match=r"000000\.h5: is missing"):
        finish_run(run)
    write_shard(run, 0, shard_arrays(0))
    write_shard(run, 2, shard_arrays(12))
    with pytest.raises(InputError, match=r"000001\.h5: is missing"):
        finish_run(run)
    finish_run(run, quarantined=[1])
    stored = open_run(run)
    assert stored.quarantined == (1,)
    assert stored.trajectories(["trajectory"])["trajectory"].tolist() == [*range(6), *range(12, 18)]
    assert verify(run) == []


def test_shards_that_do_not_belong_together_are_not_summed(
    tmp_path: Path, new_run: Make, shard_arrays: Make
) -> None:
    run = new_run(tmp_path / "run")
    write_shard(run, 0, shard_arrays(0))
    write_shard(run, 1, shard_arrays(3))
    with pytest.raises(InputError, match=r"000001\.h5: repeats trajectories of 000000\.h5"):
        finish_run(run)
    write_shard(run, 1, shard_arrays(6, saves=4))
    with pytest.raises(InputError, match=r"000001\.h5: has other times"):
        finish_run(run)


def test_sums_are_added_in_the_order_of_the_shards(
    tmp_path: Path, finished_run: Make, shard_arrays: Make
) -> None:
    stored = open_run(finished_run(tmp_path / "run"))
    parts = [shard_arrays(6 * index, paths=2 if index == 2 else None) for index in range(3)]
    for name, values in stored.sums.items():
        expected = (parts[0][f"sums/{name}"] + parts[1][f"sums/{name}"]) + parts[2][f"sums/{name}"]
        assert name in ("current", "displacement", "population", "occupation", "transport")
        assert values.tobytes() == expected.tobytes()


def test_arrays_of_the_run_come_back_with_their_units(
    tmp_path: Path, new_run: Make, shard_arrays: Make
) -> None:
    run = new_run(tmp_path / "run")
    write_shard(run, 0, shard_arrays(0))
    arrays = {
        "electric_field": RunArray(np.ones((5, 3)), "V/angstrom", "electric field", ("time", "axis")),
        "energy": RunArray(np.arange(4.0), "eV", "energy", ("energy",)),
        "occupied": RunArray(np.array([True, False, True, True]), "1", "occupied", ("energy",)),
        "density": RunArray(np.array(2.5), "1/angstrom^2", "density at the start"),
    }
    finish_run(run, arrays=arrays)
    stored = open_run(run).arrays
    assert set(stored) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(stored[name].values, array.values)
        assert stored[name].units == array.units
        assert stored[name].long_name == array.long_name
        assert stored[name].dims == array.dims
    for bad in ({"Energy": arrays["energy"]}, {"energy": RunArray(np.ones(3), "eV", "energy", ("time",))}):
        with pytest.raises(ValueError, match="nergy"):
            finish_run(run, arrays=bad)


def test_the_index_can_be_made_again_with_the_same_bytes(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    content = (run / "run.h5").read_bytes()
    time.sleep(1.1)  # HDF5 would store times in seconds
    (run / "run.h5").unlink()
    finish_run(run)
    assert (run / "run.h5").read_bytes() == content


def test_a_subset_of_paths_keeps_its_identities(tmp_path: Path, finished_run: Make) -> None:
    stored = open_run(finished_run(tmp_path / "run"))
    everything = stored.trajectories()
    assert everything["trajectory"].tolist() == list(range(18))
    assert everything["path"].tolist() == list(range(14))
    assert everything["position"].shape == everything["wavevector"].shape == (14, 5, 3)
    few = stored.trajectories(["position", "path", "status"], limit=8)
    assert few["position"].tobytes() == everything["position"][:8].tobytes()
    assert few["path"].tolist() == list(range(8))
    assert few["status"].shape == (8,)
    assert stored.trajectories(["weight"], limit=0)["weight"].shape == (0,)
    with pytest.raises(InputError, match="stores no 'velocity'"):
        stored.trajectories(["velocity"])


def test_the_format_version_is_in_every_file(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    for path in (run / "run.h5", *sorted((run / "shards").iterdir())):
        with h5py.File(path) as file:
            assert file.attrs["format_version"] == 2
    assert '"format_version": 2' in (run / "run.json").read_text()
    newer = (run / "run.json").read_text().replace('"format_version": 2', '"format_version": 3')
    (run / "run.json").write_text(newer)
    with pytest.raises(InputError, match="written in format 3 by a newer wavepacket"):
        read_description(run)


def test_the_index_keeps_what_diagnostics_come_to(new_run, shard_arrays, tmp_path):
    """Smallest, largest, and weight beyond the limits, over all shards, so that nobody has to read them again."""
    run, limits = new_run(tmp_path / "run"), limits_of(0.5)
    for index in range(2):
        write_shard(run, index, shard_arrays(6 * index))
    finish_run(run, arrays=limits)
    opened = open_run(run)
    found, every = Worst.stored(opened.arrays, limits[LIMITS]), opened.trajectories(DIAGNOSTICS)
    weight, mixing = np.abs(every["weight"]), every["diagnostics/interband_mixing"]
    assert found.highs["interband_mixing"] == mixing.max()
    assert found.lows["minimum_gap"] == every["diagnostics/minimum_gap"].min()
    assert found.mixed == weight[mixing > 0.5].sum() > 0  # whole numbers
    assert (found.total, sum(found.counts.values())) == (weight.sum(), 12)
    assert Worst.stored(opened.arrays, limits_of(0.4)[LIMITS]) is None
