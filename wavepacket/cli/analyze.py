"""``wavepacket analyze``."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from wavepacket.cli.options import json_option, print_table, say, verbose_option
from wavepacket.cli.summary import show
from wavepacket.errors import InputError


def _magnetization(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Refuse what is neither "model" nor a number before anything is read."""
    try:
        if value is None or value == "model" or math.isfinite(float(value)):
            return value
    except ValueError:
        pass
    raise click.BadParameter(f"{value!r}: a number in A/m, or model")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write scalars and series to this CSV file."
)
@click.option(
    "-o", "--observable", "also", multiple=True, metavar="NAME",
    help="Also one that takes long: oscillation_frequencies, oscillation_masses or oscillation_phases.",
)  # fmt: skip
@click.option(
    "--magnetization", "magnet", metavar="A/m|model", callback=_magnetization,
    help="Of a sweep of B: M along B for the coefficient R_s of rho_H = R_0 B + mu_0 R_s M, or that of the model's bands.",
)  # fmt: skip
@verbose_option
@json_option
def analyze(
    *,
    folder: Path,
    also: tuple[str, ...],
    table: Path | None,
    magnet: str | None,
    verbose: int,
    as_json: bool,
) -> None:
    """Print what the run in FOLDER found, with unit and uncertainty; of a sweep, of each point."""
    from wavepacket.sweeps.plan import is_sweep

    if is_sweep(folder):
        _analyze_sweep(folder, also, table, magnet, verbose=verbose, as_json=as_json)
        return
    from wavepacket.runs import open_run

    run = open_run(folder)  # what is no run is refused before all else
    if magnet is not None:
        raise InputError(f"--magnetization belongs to sweeps of B; {folder} is none")
    from wavepacket.analysis import analyze as observe

    observables = observe(run, also=also)
    if table is not None:
        _write_csv(table, {(): (observables, run.time)})
    show(run, observables, str(folder), verbose, as_json)
    _tell(also, observables, as_json)


def _tell(also: Sequence[str], observables: Mapping[str, Any], as_json: bool) -> None:
    """Print what was asked for by name, and say what there is none of."""
    if not as_json:
        print_table({name: observables[name] for name in also if name in observables}, conventions=True)
    for name in also:
        if name in observables:
            continue
        orbits = name.startswith("oscillation_")
        needs = "it needs a metal in a magnetic field; `wavepacket orbits` says more"
        say(f"warning: this run has no {name!r}: {needs if orbits else 'docs/results.md says what it needs'}")


def _analyze_sweep(
    folder: Path,
    also: tuple[str, ...],
    table: Path | None,
    magnet: str | None,
    *,
    verbose: int,
    as_json: bool,
) -> None:
    """Print the observables of each point of a sweep under its settings."""
    from wavepacket.cli.sweep import points_as_json, show_magnetotransport, show_points
    from wavepacket.runs import open_run
    from wavepacket.sweeps import open_sweep
    from wavepacket.sweeps.magnetotransport import magnetotransport

    sweep = open_sweep(folder, also=also)
    if magnet is not None and not magnetotransport(sweep):
        raise InputError(
            "--magnetization belongs to sweeps of B along one direction, of three fields or more"
        )
    if table is not None:
        keys = [axis.path for axis in sweep.axes]
        held = {tuple(point.settings.values()): point for point in sweep.points if point.observables}
        found = {at: (point.observables, open_run(point.folder).time) for at, point in held.items()}
        _write_csv(table, found, keys)
    if as_json:
        click.echo(points_as_json(sweep, magnet))
    else:
        show_points(sweep, verbose, warn=True, also=also)
        show_magnetotransport(sweep, magnet)


def _write_csv(
    path: Path, runs: Mapping[tuple[str, ...], tuple[Any, Iterable[float]]], keys: Sequence[str] = ()
) -> None:
    """One row for each number, series in time and contributions included: settings, name, index within it, value and time.

    ``runs`` are observables and saved times (fs) by the values of the swept ``keys``, of which a run has none.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*keys, "observable", "component", "value", "uncertainty", "unit", "time (fs)"])
        for settings, (observables, saves) in runs.items():
            times = [float(time) for time in saves]
            for name, observable in observables.items():
                for row in _rows(observable, times):
                    writer.writerow([*settings, name, *row])


def _rows(observable: Any, times: Sequence[float]) -> Iterator[list[Any]]:
    """Component, value, uncertainty, unit and time of each number; the time is empty where it is of the run as a whole."""
    for prefix, part in (("", observable), ("series", observable.series), *observable.contributions.items()):
        if part is None:
            continue
        entry = part.as_json()
        errors = dict(_flat(entry["uncertainty"]))
        for path, value in _flat(entry["value"]):
            component = ".".join(map(str, (prefix, *path) if prefix else path))
            save = next((key for key in path if isinstance(key, int)), None)  # behind the name of a valley
            dated = part.over_time or prefix == "series"
            time = times[save] if dated and save is not None and save < len(times) else ""
            yield [component, value, errors.get(path, ""), observable.unit, time]


def _flat(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Numbers by the names and indices that lead to them."""
    if not isinstance(value, dict | list):
        yield path, value
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _flat(item, (*path, key))
