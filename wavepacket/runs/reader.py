"""A finished run as arrays, read shard after shard and checked on the way."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.lazy import method
from wavepacket.runs.description import RunDescription
from wavepacket.runs.durable import shown
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import FIELDS, MADE, PATH_FIELDS, SHARDS, TRAJECTORY_FIELDS
from wavepacket.runs.shard import Arrays, read_shard


@dataclass(frozen=True, eq=False)
class RunArray:
    """An array that belongs to the run as a whole.

    Parameters
    ----------
    values : real or integer numbers, stored as float64 or int64
    units : text, "1" for a pure number
    long_name : what it is
    dims : one name per axis: ``time``, ``axis``, ``sums/sign``, ``sums/replica``, ``sums/valley``, or another
        array of the run whose only dimension is itself
    """

    values: NDArray[Any]
    units: str
    long_name: str
    dims: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun:
    """A finished run in its folder.

    Parameters
    ----------
    folder : where it lies
    description : name, dimension, valleys, provenance
    config_text, resolved_text : the config as given, and with every default filled in
    time : (T,) fs
    sums : summed observables by the names after ``sums/``; shapes and units in `layout.FIELDS`
    arrays : arrays of the run as a whole
    entries : the table of shards, in order
    quarantined : numbers of the shards that could not be computed
    """

    folder: Path
    description: RunDescription
    config_text: str
    resolved_text: str
    time: Float
    sums: Mapping[str, Float]
    arrays: Mapping[str, RunArray]
    entries: tuple[ShardEntry, ...]
    quarantined: tuple[int, ...]

    view = method("wavepacket.plots", "view")
    _repr_html_ = method("wavepacket.plots.notebook", "run")

    def __repr__(self) -> str:
        """Return where the run lies and what is in it."""
        crystal = self.provenance.get("hamiltonian", "").split(" sha256")[0]
        return (
            f"StoredRun('{self.folder}': {crystal}; {self.trajectory_count} trajectories, {self.path_count} with "
            f"their path at {len(self.time)} times up to {self.time[-1]:g} fs)"
        )

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.description.name

    @property
    def dimension(self) -> int:
        """Dimension of the crystal."""
        return self.description.dimension

    @property
    def valley_names(self) -> tuple[str, ...]:
        """Names in the order of the valley indices."""
        return self.description.valley_names

    @property
    def provenance(self) -> Mapping[str, str]:
        """What the run was remembered with."""
        return self.description.provenance

    @property
    def trajectory_count(self) -> int:
        """Number of trajectories."""
        return sum(entry.count for entry in self.entries)

    @property
    def path_count(self) -> int:
        """Number of trajectories whose whole path is stored."""
        return sum(entry.paths for entry in self.entries)

    def shards(self, fields: Collection[str] | None = None, *, with_paths: bool = False) -> Iterator[Arrays]:
        """Yield the arrays of one shard after the other.

        Parameters
        ----------
        fields : names as in `layout.FIELDS`; None for all
        with_paths : only of shards that store paths; the others are not read
        """
        wanted = [name for name in FIELDS if name not in MADE] if fields is None else list(fields)
        _check_names(wanted, [name for name in FIELDS if name not in MADE])
        for entry in self.entries:
            if with_paths and not entry.paths:
                continue
            content = read_shard(self.folder, entry, self.description, {*wanted, "time"})
            if not np.array_equal(content["time"], self.time):
                raise InputError(f"{shown(self.folder / SHARDS / entry.name)}: has other times than the run")
            yield {name: content[name] for name in wanted if name in content}

    def trajectories(self, fields: Collection[str] | None = None, limit: int | None = None) -> Arrays:
        """Return arrays over all shards.

        Parameters
        ----------
        fields : names as in `layout.FIELDS`, one row per trajectory or stored path; None for all of these
        limit : largest number of rows of each array, the first ones; None for all

        Returns
        -------
        Arrays by name, without those that no shard has, such as ``diagnostics/contact`` of a run without contacts. The
        rows of ``position`` and ``wavevector`` belong to the identities in ``path``.
        """
        wanted = [*TRAJECTORY_FIELDS, *PATH_FIELDS] if fields is None else list(fields)
        _check_names(wanted, [*TRAJECTORY_FIELDS, *PATH_FIELDS])
        result, filled = {}, dict.fromkeys(wanted, 0)
        for name in wanted:
            total = self.path_count if name in PATH_FIELDS else self.trajectory_count
            inner = (len(self.time), 3) if name in PATH_FIELDS and name != "path" else ()
            result[name] = np.empty(
                (total if limit is None else min(limit, total), *inner), FIELDS[name].dtype
            )
        if not any(map(len, result.values())):  # there is nothing to read
            return result
        for content in self.shards(wanted, with_paths=set(wanted) <= set(PATH_FIELDS)):
            for name, values in content.items():
                start = filled[name]
                part = values[: len(result[name]) - start]
                result[name][start : start + len(part)] = part
                filled[name] += len(part)
            if all(filled[name] == len(result[name]) for name in content):
                break
        # What a run has no reason to store, such as where packets ended without contacts, is not among the arrays.
        return {name: values for name, values in result.items() if filled[name] == len(values)}

    def to_xarray(self, fields: Collection[str] | None = None) -> Any:
        """Return what is stored for each trajectory as a dataset in memory: see `labelled.to_xarray`."""
        from wavepacket.runs.labelled import to_xarray

        return to_xarray(self, fields)

    def to_dataframe(self) -> Any:
        """Return a pandas table with one row for each trajectory: see `labelled.to_dataframe`."""
        from wavepacket.runs.labelled import to_dataframe

        return to_dataframe(self)


def _check_names(wanted: Collection[str], known: Collection[str]) -> None:
    """Raise InputError for a name that is not among those that can be read."""
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InputError(f"a run stores no {unknown[0]!r}; it stores {', '.join(known)}")
