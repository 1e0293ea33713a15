"""Options and printing shared by the commands."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def config_arguments(function: _F) -> _F:
    """CONFIG and repeated --set."""
    function = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE",
        help="Change one value, such as fields.magnetic=[0,0,2T]; may be repeated.",
    )(function)  # fmt: skip
    return click.argument("config", type=click.Path(path_type=Path))(function)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
threads_option = click.option(
    "--threads", type=click.IntRange(1, 1024), default=None,
    help="Threads of each process; default: all cores. Results do not depend on it.",
)  # fmt: skip
workers_option = click.option(
    "-j", "--workers", type=click.IntRange(1, 1024), default=None,
    help="Worker processes; default: none, this process alone. Results do not depend on it.",
)  # fmt: skip


def say(text: str) -> None:
    """A remark for the person at the terminal, apart from results."""
    click.echo(text, err=True)


def announce_compilation() -> None:
    """Say so where the numerical kernels have never been compiled on this machine."""
    from wavepacket.kernels._jit import is_cached

    if not is_cached("advance"):
        say("compiling the numerical kernels: once for this version, less than a minute")


def print_json(observables: Mapping[str, Any], **more: Any) -> None:
    """The one shape of all JSON output."""
    click.echo(
        json.dumps({"observables": {name: each.as_json() for name, each in observables.items()}, **more})
    )


def print_table(observables: Mapping[str, Any]) -> None:
    """Observables as lines a person reads: arrays are shortened, conventions follow."""
    for observable in observables.values():
        click.echo(str(observable))


def in_units(value: Any, unit: str) -> str:
    """Return the default of a parameter as it is written in a config: whole degrees as degrees."""
    if unit == "rad" and isinstance(value, float) and math.degrees(value) == round(math.degrees(value)):
        value, unit = round(math.degrees(value)), "deg"
    if value is None:
        return f"none ({unit})"
    return str(value) if unit == "1" else f"{value} {unit}"
