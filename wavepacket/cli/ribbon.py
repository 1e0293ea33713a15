"""``wavepacket response --ribbon``: the exact edge current of a strip beside M of the bulk, and its profile."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from wavepacket.cli.options import print_json, say
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.response_options import Asked
from wavepacket.cli.response_table import aligned, cell, write_csv
from wavepacket.cli.signals import stoppable
from wavepacket.errors import InputError

if TYPE_CHECKING:
    from wavepacket.config import Config
    from wavepacket.response import RibbonResult

_COLUMNS = {
    "edge_current": "edge current (A)", "bulk_magnetization": "M of the bulk (A)",
    "edge_current_difference": "difference (A)", "net_current": "net current (A)",
    "expected_net_current": "expected (A)", "profile_deviation": "profile off by",
}  # fmt: skip
_SHOWN = 9
"""Chemical potentials in the printed table; all are in JSON and CSV."""


def show_ribbon(config: "Config", asked: Asked) -> None:
    """Diagonalise the strip of a config, and print, write and draw what comes out."""
    from wavepacket.observables import plain
    from wavepacket.plots import save_figure
    from wavepacket.plots.ribbon import ribbon_figure
    from wavepacket.response import ribbon

    if asked.denominator is not None:
        raise InputError("--exact-flux belongs to a response of the bulk: leave it out, or --ribbon")
    with stoppable() as stop, shown_progress("wavevectors", asked.quiet) as progress:
        result = ribbon(config, threads=asked.threads, progress=progress, stop=stop)
    if asked.table is not None:
        write_csv(asked.table, result, result.observables)
    if asked.as_json:
        facts = {
            "chemical_potential": result.chemical_potential, "temperature": result.temperature,
            "ribbon": result.facts, "warnings": list(result.warnings),
        }  # fmt: skip
        print_json(result.observables, **plain(facts))
    else:
        for line in _lines(result):
            click.echo(line)
    if not asked.as_json or asked.output is not None:
        path = save_figure(
            ribbon_figure(result, config.heading), asked.output or Path(f"ribbon_{config.name}.png")
        )
        click.echo(f"wrote {path}", err=asked.as_json)
    for sentence in result.warnings:
        say(f"warning: {sentence}")


def _lines(result: "RibbonResult") -> Iterator[str]:
    """The table, the conventions of its columns, and the strip."""
    shown = {name: head for name, head in _COLUMNS.items() if name in result.observables}
    if not np.any(np.asarray(result["expected_net_current"].value)):
        del shown["expected_net_current"]
    mu, kelvin = result.chemical_potential, result.temperature
    chosen = np.unique(np.linspace(0, len(mu) - 1, _SHOWN).round().astype(int))
    table = [["mu (eV)", "T (K)", *shown.values()]]
    for i, j in itertools.product(chosen, range(len(kelvin))):
        table.append([f"{mu[i]:.6g}", f"{kelvin[j]:.6g}", *(_number(result, name, i, j) for name in shown)])
    yield from aligned(table)
    if len(chosen) < len(mu):
        yield f"({len(chosen)} of {len(mu)} chemical potentials; all are in --json and --csv)"
    for name in shown:
        yield f"{name}: {result[name].convention}"
    facts = result.facts
    yield f"strip: {facts['strip']}, {facts['orbitals']} orbitals in a period, {facts['wavevectors']} wavevectors"
    yield f"profiles: Gaussian of {facts['smoothing']:.4g} angstrom; all are in --json and --csv"


def _number(result: "RibbonResult", name: str, i: int, j: int) -> str:
    observable = result[name]
    error = None if observable.uncertainty is None else float(np.asarray(observable.uncertainty)[i, j])
    value = float(np.asarray(observable.value)[i, j])
    return f"{value:.3g}" if error is None else cell(value, error)
