"""Shards and the index open in xarray as they are, without any of our code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from wavepacket.runs import open_run

xarray = pytest.importorskip("xarray")
pytest.importorskip("h5netcdf")


@pytest.mark.parametrize("name", ["shards/000000.h5", "run.h5"])
def test_names_units_and_coordinates_are_there(
    tmp_path: Path, finished_run: Callable[[Path], Path], name: str
) -> None:
    run = finished_run(tmp_path / "a run")
    with xarray.open_dataset(run / name, engine="h5netcdf") as dataset:
        assert dataset.attrs["format_version"] == 2
        assert list(dataset.attrs["valley_names"]) == ["K", "K′"]
        assert dataset.position.dims[1:] == ("time", "axis")
        assert dataset.position.units == "angstrom"
        assert dataset.wavevector.units == "1/angstrom"
        assert dataset.weight.units == "1/angstrom^2"
        assert dataset.time.attrs["long_name"] == "time"
        assert dataset.axis.values.tolist() == [b"x", b"y", b"z"]
        assert dataset.position.sel(axis=b"y", time=5.0).dims == dataset.position.dims[:1]
    with xarray.open_dataset(run / name, engine="h5netcdf", group="diagnostics") as dataset:
        assert dataset.minimum_gap.units == "eV"
        assert dataset.steps.dims == ("trajectory",)
    with xarray.open_dataset(run / name, engine="h5netcdf", group="sums") as dataset:
        assert dataset.current.dims == ("sign", "replica", "valley", "time", "axis")
        assert dataset.sign.values.tolist() == [1, -1]
        assert dataset.valley.values.tolist() == [0, 1, -1]


def test_the_virtual_datasets_show_what_the_reader_reads(
    tmp_path: Path, finished_run: Callable[[Path], Path]
) -> None:
    run = finished_run(tmp_path / "run")
    stored = open_run(run).trajectories()
    with (
        xarray.open_dataset(run / "run.h5", engine="h5netcdf") as root,
        xarray.open_dataset(run / "run.h5", engine="h5netcdf", group="diagnostics") as diagnostics,
    ):
        for name, values in stored.items():
            group, _, last = name.rpartition("/")
            np.testing.assert_array_equal((diagnostics if group else root)[last].values, values)
        assert root.position.dims == ("path", "time", "axis")


def test_a_moved_run_still_finds_its_shards_and_a_missing_one_shows(
    tmp_path: Path, finished_run: Callable[[Path], Path]
) -> None:
    run = finished_run(tmp_path / "run").rename(tmp_path / "moved")
    with xarray.open_dataset(run / "run.h5", engine="h5netcdf") as dataset:
        assert np.isfinite(dataset.weight.values).all()
    (run / "shards/000001.h5").unlink()
    with xarray.open_dataset(run / "run.h5", engine="h5netcdf") as dataset:
        assert np.isnan(dataset.weight.values).tolist() == [False] * 6 + [True] * 6 + [False] * 6
        assert (dataset.status.values[6:12] < 0).all()


@pytest.mark.parametrize("name", ["run.h5", "shards/000000.h5"])
def test_our_own_reader_reads_what_xarray_has_open(
    tmp_path: Path, finished_run: Callable[[Path], Path], name: str
) -> None:
    """HDF5 refuses to open a file twice in one process with other flags of locking."""
    run = finished_run(tmp_path / "run")
    with xarray.open_dataset(run / name, engine="h5netcdf") as dataset:
        shown = dataset.position.values
        stored = open_run(run).trajectories()
        np.testing.assert_array_equal(stored["position"][: len(shown)], shown)
        with xarray.open_dataset(run / name, engine="h5netcdf") as again:
            assert again.position.shape == dataset.position.shape


@pytest.mark.parametrize("locking", [True, False, None, "best-effort"])
def test_our_own_reader_reads_what_h5py_has_open(
    tmp_path: Path, finished_run: Callable[[Path], Path], locking: Any
) -> None:
    run = finished_run(tmp_path / "run")
    with h5py.File(run / "run.h5", "r", locking=locking) as file:
        assert file["position"].shape == (14, 5, 3)
        assert open_run(run).path_count == 14


def test_paths_are_found_by_trajectory_as_the_page_says(
    tmp_path: Path, finished_run: Callable[..., Path]
) -> None:
    """All paths lie along ``trajectory``, some of them along ``path``; rows of the others follow."""
    whole, some = finished_run(tmp_path / "whole", shards=2), finished_run(tmp_path / "some")
    with xarray.open_dataset(whole / "run.h5", engine="h5netcdf") as data:
        stored = open_run(whole).trajectories()
        np.testing.assert_array_equal(data.position.sel(trajectory=0).values, stored["position"][0])
    with xarray.open_dataset(some / "run.h5", engine="h5netcdf") as data:
        stored = open_run(some).trajectories()
        assert len(stored["path"]) < len(stored["trajectory"])
        np.testing.assert_array_equal(data.position.sel(path=data.path[-1]).values, stored["position"][-1])
        rows = np.searchsorted(stored["trajectory"], stored["path"])
        np.testing.assert_array_equal(data.weight.sel(trajectory=data.path).values, stored["weight"][rows])


def test_a_run_gives_itself_to_xarray(tmp_path: Path, finished_run: Callable[[Path], Path]) -> None:
    """Names, units and numbers are those of the files; no file stays open, so that it can be opened by others at once."""
    run = open_run(finished_run(tmp_path / "run"))
    data = run.to_xarray()
    with xarray.open_dataset(run.folder / "run.h5", engine="h5netcdf") as files:
        for name in ("position", "wavevector", "weight", "status"):
            np.testing.assert_array_equal(data[name], files[name])
            assert data[name].units == files[name].units
            assert data[name].dims == files[name].dims
    assert data.position.sel(path=13, time=5.0, axis="y").item() == run.trajectories()["position"][13, 2, 1]
    assert set(run.to_xarray(["weight"])) == {"weight"}


def test_a_run_gives_itself_to_pandas(tmp_path: Path, finished_run: Callable[[Path], Path]) -> None:
    """One row for each trajectory; those whose path is not stored have no places."""
    pytest.importorskip("pandas")
    run = open_run(finished_run(tmp_path / "run"))
    table, stored = run.to_dataframe(), run.trajectories()
    assert len(table) == run.trajectory_count == 18
    np.testing.assert_array_equal(table["weight"], stored["weight"])
    known = table.loc[stored["path"]]
    np.testing.assert_array_equal(known[["k_x_start", "k_y_start"]], stored["wavevector"][:, 0, :2])
    np.testing.assert_array_equal(known[["r_x_end", "r_y_end"]], stored["position"][:, -1, :2])
    assert table["r_x_end"].isna().sum() == 18 - run.path_count == 4
    names = np.array(["K", "K′", ""])
    assert table["valley"].tolist() == names[stored["valley"]].tolist()
