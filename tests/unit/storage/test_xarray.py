"""Shards and the index open in xarray as they are, without any of our code."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wavepacket.storage import open_run

xarray = pytest.importorskip("xarray")
pytest.importorskip("h5netcdf")


@pytest.mark.parametrize("name", ["shards/000000.h5", "run.h5"])
def test_names_units_and_coordinates_are_there(
    tmp_path: Path, finished_run: Callable[[Path], Path], name: str
) -> None:
    run = finished_run(tmp_path / "a run")
    with xarray.open_dataset(run / name, engine="h5netcdf") as dataset:
        assert dataset.attrs["format_version"] == 1
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
