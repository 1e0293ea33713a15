"""A finished run in the tools that people already use: an xarray dataset, and a pandas table of trajectories."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.runs.layout import FIELDS, PATH_FIELDS, TRAJECTORY_FIELDS, VECTORS

if TYPE_CHECKING:
    from wavepacket.runs.reader import StoredRun

_EXTRA = "needs {name}: pip install 'berry-wavepacket[xarray]'"


def to_xarray(run: StoredRun, fields: Collection[str] | None = None) -> Any:
    """Return what is stored for each trajectory as a dataset in memory; no file stays open.

    Coordinates are ``time`` (fs), ``axis`` (x, y, z), ``trajectory`` and ``path``, the identities of those whose path is
    stored. Variables have the attributes ``units`` and ``long_name``; ``diagnostics/steps`` is named ``steps``.

    Parameters
    ----------
    fields : names as in `layout.FIELDS`; None for all

    Raises
    ------
    InputError : xarray is not installed, or a name is none of these
    """
    xarray = _imported("xarray")
    wanted = [*TRAJECTORY_FIELDS, *PATH_FIELDS] if fields is None else list(fields)
    arrays = run.trajectories([*dict.fromkeys(["trajectory", "path", *wanted])])
    coordinates = {
        "time": ("time", run.time, {"units": "fs"}),
        "axis": ["x", "y", "z"],
        "trajectory": arrays.pop("trajectory"),
    }
    if "path" in arrays:
        coordinates["path"] = arrays.pop("path")
    variables = {}
    for name, values in arrays.items():
        field = FIELDS[name]
        units = field.units.replace("1{per}", run.description.weight_unit)
        variables[name.rpartition("/")[2]] = (
            field.dims,
            values,
            {"units": units, "long_name": field.long_name},
        )
    return xarray.Dataset(variables, coordinates, {"name": run.name, "valley_names": list(run.valley_names)})


def to_dataframe(run: StoredRun) -> Any:
    """Return a pandas table with one row for each trajectory, indexed by its identity.

    Columns are what is stored for each: ``weight``, ``valley`` (by name, empty for none), ``status`` and diagnostics. Where
    paths are stored also start and end, ``k_x_start`` (1/Å) … ``r_z_end`` (Å); not-a-number for the others.

    Raises
    ------
    InputError : pandas is not installed
    """
    pandas = _imported("pandas")
    arrays = run.trajectories()
    index = arrays.pop("trajectory")
    paths = {name: arrays.pop(name) for name in PATH_FIELDS if name in arrays}
    columns = {name.rpartition("/")[2]: values for name, values in arrays.items()}
    names = np.array([*run.valley_names, ""])
    columns["valley"] = names[np.where(columns["valley"] < 0, -1, columns["valley"])]
    rows = np.searchsorted(index, paths.get("path", np.empty(0, dtype=np.int64)))
    for name, letter in zip(VECTORS, ("r", "k"), strict=True):
        if name not in paths:
            continue
        for moment, place in (("start", 0), ("end", -1)):
            for axis in range(run.dimension):
                column = np.full(len(index), np.nan)
                column[rows] = paths[name][:, place, axis]
                columns[f"{letter}_{'xyz'[axis]}_{moment}"] = column
    return pandas.DataFrame(columns, index=pandas.Index(index, name="trajectory"))


def _imported(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(_EXTRA.format(name=name)) from None
