"""``wavepacket analyze``."""

import csv
from pathlib import Path
from typing import Any

import click

from wavepacket.cli.options import json_option, print_json, print_table, say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write scalars and series to this CSV file."
)
@json_option
def analyze(folder: Path, table: Path | None, as_json: bool) -> None:
    """Print the observables of the run in FOLDER, each with unit, convention and uncertainty."""
    from wavepacket.analysis import analyze as observe
    from wavepacket.analysis import config_of, warnings
    from wavepacket.storage import open_run

    run = open_run(folder)
    config = config_of(run)
    observables = observe(run)
    if table is not None:
        _write_csv(table, observables)
    if as_json:
        print_json(observables, folder=str(folder), warnings=warnings(observables, config))
        return
    print_table(observables)
    for sentence in warnings(observables, config):
        say(f"warning: {sentence}")


def _write_csv(path: Path, observables: Any) -> None:
    """One row for each number: name, index within the observable, value, uncertainty, unit."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["observable", "component", "value", "uncertainty", "unit"])
        for name, observable in observables.items():
            entry = observable.as_json()
            errors = dict(_flat(entry["uncertainty"]))
            for component, value in _flat(entry["value"]):
                writer.writerow([name, component, value, errors.get(component, ""), entry["unit"]])


def _flat(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [
            pair for key, item in items for pair in _flat(item, f"{prefix}.{key}" if prefix else str(key))
        ]
    return [(prefix, value)]
