"""Options, checks of output paths, and printing shared by the commands."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial, wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from wavepacket.errors import InputError
from wavepacket.kernels.jit.notice import when_compiling, when_damaged

_F = TypeVar("_F", bound=Callable[..., Any])


def config_arguments(function: _F) -> _F:
    """CONFIG and repeated --set."""
    function = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE",
        help="Change one value, such as fields.magnetic=[0,0,2T]; may be repeated.",
    )(function)  # fmt: skip
    return click.argument("config", type=click.Path(path_type=Path))(function)


verbose_option = click.option(
    "-v", "verbose", count=True, help="All observables; -vv with the convention of each."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
threads_option = click.option(
    "--threads", type=click.IntRange(1, 1024), default=None,
    help="Threads of each process; default: all cores. Results do not depend on it.",
)  # fmt: skip


def cluster_options(needed: str) -> Callable[[_F], _F]:
    """Give a command ``cluster``, what -j, --cluster and --dashboard ask for: a `cluster.Choice` or None.

    Parameters
    ----------
    needed : the module that workers will need: processes of this machine import it while the command gets ready
    """
    return partial(_with_cluster, needed)


def _with_cluster(needed: str, function: _F) -> _F:
    @wraps(function)
    def command(*, workers: int | None, cluster: str | None, dashboard: bool, **others: Any) -> Any:
        from wavepacket.cluster import begun, chosen

        choice = chosen(workers, cluster, others.get("threads"))
        if dashboard and (choice is None or choice.kind not in ("local", "slurm")):
            raise InputError(
                "--dashboard: goes with -j, --cluster local and --cluster slurm; other schedulers have their own"
            )
        if dashboard and find_spec("bokeh") is None:
            raise InputError(
                "--dashboard: needs the package bokeh: pip install bokeh, or leave the option out"
            )
        with begun(choice and replace(choice, dashboard=dashboard), needed) as found:
            return function(cluster=found, **others)

    for option in (
        click.option("--dashboard", is_flag=True, help="Show Dask's dashboard on port 8787 of this machine."),
        click.option(
            "--cluster", metavar="WHERE",
            help="Workers compute (docs/cluster.md): local[:N], slurm[:N], tcp://… or tls://… of a Dask scheduler, or its "
            "file (.json); default: threads of this process. Results do not depend on it.",
        ),
        click.option(
            "-j", "--workers", type=click.IntRange(1, 1024), default=None, help="Short for --cluster local:N.",
        ),
    ):  # fmt: skip
        command = option(command)
    return cast("_F", command)


def no_cluster(why: str) -> Callable[[_F], _F]:
    """Refuse -j and --cluster with the reason, where no part of a command is worth sending elsewhere."""

    def refuse(_: click.Context, option: click.Parameter, given: str | None) -> None:
        if given is not None:
            raise InputError(f"{option.opts[0]}: {why}")

    def hidden(function: _F) -> _F:
        for name in ("--cluster", "-j"):
            function = click.option(name, hidden=True, expose_value=False, callback=refuse)(function)
        return function

    return hidden


def say(text: str) -> None:
    """Print a remark to standard error; a closed terminal does not stop the work."""
    with suppress(OSError):
        click.echo(text, err=True)


# Of the kernels that a run needs, those that it comes to last.
_INTEGRATOR = ("integrate.dop853", "integrate.straight", "motion.rates_planar", "reduce.regions")


def announce_compilation(*, integrator: bool = False) -> None:
    """From now on say so, once, when numerical kernels have to be compiled, and name each of them on a terminal.

    Parameters
    ----------
    integrator : the command will advance packets; a second process then compiles a part of what that needs
    """

    def announce() -> None:
        say("compiling numerical kernels, which are kept for later runs: less than half a minute")
        if integrator:
            from wavepacket.kernels.jit.compile_ahead import compile_ahead

            compile_ahead(*_INTEGRATOR)

    when_compiling(announce, each=(lambda kernel: say(f"    {kernel}")) if sys.stderr.isatty() else None)
    when_damaged(say)


def print_json(observables: Mapping[str, Any], **more: Any) -> None:
    """The one shape of all JSON output."""
    from wavepacket.observables import Observables

    click.echo(json.dumps({"observables": Observables(observables).as_json(), **more}))


def print_table(observables: Mapping[str, Any], *, conventions: bool = True) -> None:
    """Observables as lines a person reads: arrays are shortened, conventions follow if wanted.

    Parts by valley of a crystal without valleys are left out, but for a drift: it is that of all packets.
    """
    from wavepacket.observables import plain

    for observable in observables.values():
        drifts = observable.name == "valley_drift" and _moves(plain(observable.value))
        if observable.name.startswith("valley_") and _of_no_valley(observable.value) and not drifts:
            continue
        click.echo(str(observable) if conventions else f"{observable.name}: {observable!r}")
        if observable.packets is not None and not isinstance(observable.value, float):
            for row in _rows(observable.packets):
                click.echo(f"    {row}")


def print_headline(entries: Iterable[Any], margin: str = "") -> None:
    """What a run is about, a line for each."""
    shown = list(entries)
    width = max((len(each.name) for each in shown), default=0)
    for each in shown:
        click.echo(f"{margin}{each.name:<{width}}  {each}")


def _rows(packets: Any) -> Iterator[str]:
    """The number of each packet, as lines of a table."""
    spread = {} if packets.uncertainty is None else {"uncertainty": packets.uncertainty}
    columns = {**packets.facts, packets.name.removeprefix("cyclotron_"): packets.value, **spread}
    yield "".join(f"{name:>14}" for name in columns)
    for entries in zip(*columns.values(), strict=True):
        yield "".join(f"{entry:>14.8g}" for entry in entries)


def _moves(value: Any) -> bool:
    """Whether some number is not zero."""
    if isinstance(value, Mapping | list):
        return any(map(_moves, value.values() if isinstance(value, Mapping) else value))
    return bool(value)


def _of_no_valley(value: Any) -> bool:
    return isinstance(value, Mapping) and not set(value) - {"none"}


def in_units(value: Any, unit: str) -> str:
    """Return the default of a parameter as it is written in a config: whole degrees as degrees."""
    if unit == "rad" and isinstance(value, float) and math.degrees(value) == round(math.degrees(value)):
        value, unit = round(math.degrees(value)), "deg"
    if value is None:
        return f"none ({unit})"
    return str(value) if unit == "1" else f"{value} {unit}"


def check_places(figure: Path | None, *tables: Path | None) -> None:
    """Raise InputError for a figure whose suffix is none that is written, and for places that cannot be written."""
    if figure is not None:
        from wavepacket.plots.style import check_figure_path

        check_figure_path(figure)
    for path in (figure, *tables):
        if path is None:
            continue
        if path.is_dir():
            raise InputError(f"{path}: cannot be written: it is a folder")
        if not path.parent.is_dir():
            raise InputError(f"{path}: cannot be written: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise InputError(f"{path}: cannot be written: permission denied")


def energy_of(text: str, option: str) -> float:
    """Read an energy of the command line, eV: a plain number in eV, or one with its unit."""
    from wavepacket.units import parse_quantity

    try:
        plain: object = float(text)
    except ValueError:
        plain = text
    return parse_quantity(plain, "energy", option)
