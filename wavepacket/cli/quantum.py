"""``wavepacket quantum``: the exact packet of a config compared with its semiclassical ones."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import (
    config_arguments,
    json_option,
    print_headline,
    print_json,
    say,
    threads_option,
    verbose_option,
)
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.signals import stoppable
from wavepacket.cli.summary import first_of, more
from wavepacket.errors import InputError, stopping

if TYPE_CHECKING:
    from wavepacket.bandstructure.maps import ZoneMap
    from wavepacket.quantum import Comparison

_RESULT = "quantum.json"
_FIRST = ("rms_distance", "path_length", "leakage")


@click.command()
@config_arguments
@click.option("-o", "output", type=click.Path(path_type=Path), help="Folder; default runs/NAME_quantum.")
@click.option("--overwrite", is_flag=True, help="Replace results that are already in that folder.")
@click.option("--movie", type=click.Choice(["mp4", "gif"]), help="Also make a movie (2D crystals).")
@click.option("--frames", type=click.IntRange(2, 100_000), default=160, show_default=True, help="Of a movie.")
@click.option("--budget", is_flag=True, help="Also fit how the distance falls with fields and width.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@threads_option
@verbose_option
@json_option
def quantum(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, overwrite: bool, movie: str | None,
    frames: int, budget: bool, quiet: bool, threads: int | None, verbose: int, as_json: bool,
) -> None:  # fmt: skip
    """Solve the Schrödinger equation for the packet of CONFIG and compare it with the semiclassical packets."""
    from wavepacket.hamiltonians import open_config

    checked = open_config(config, overrides=overrides)
    folder = output or Path("runs") / f"{checked.name}_quantum"
    _check_folder(folder, overwrite)
    if movie is not None:
        from wavepacket.hamiltonians import build_hamiltonian
        from wavepacket.plots.movie import check_movie

        check_movie(folder / f"movie.{movie}")
        if build_hamiltonian(checked).dimension != 2:
            raise InputError(
                "--movie: a movie of an exact packet needs a 2D crystal; leave it out for the figure"
            )
    from wavepacket.quantum import check_budget, error_budget
    from wavepacket.quantum import quantum as solve

    if budget:
        check_budget(checked)
    with stoppable() as stop:
        with shown_progress("saves", quiet) as progress:
            comparison = solve(checked, densities=True, threads=threads, progress=progress, stop=stop)
        observables: Mapping[str, Any] = comparison.observables
        if budget:
            with shown_progress("runs of the error budget", quiet) as progress:
                fitted = error_budget(checked, threads=threads, progress=stopping(progress, stop))
            observables = {**observables, **fitted.observables}
    for note in comparison.notes:
        say(note)
    _write(folder, observables, comparison.warnings)
    _draw(folder, comparison, movie, frames, quiet)
    first = first_of(checked, observables, _FIRST)
    if as_json:
        print_json(
            observables, folder=str(folder), headline=[each.as_json() for each in first],
            warnings=comparison.warnings,
        )  # fmt: skip
    else:
        print_headline(first)
        more(observables, verbose)
        click.echo(f"results: {folder}")
    for sentence in comparison.warnings:
        say(f"warning: {sentence}")


def _check_folder(folder: Path, overwrite: bool) -> None:
    if (folder / _RESULT).exists() and not overwrite:
        raise InputError(f"{folder} holds results already: choose another folder by -o, or give --overwrite")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from error


def _write(folder: Path, observables: Mapping[str, Any], warnings: list[str]) -> None:
    text = json.dumps(
        {"observables": {name: each.as_json() for name, each in observables.items()}, "warnings": warnings}
    )
    try:
        (folder / _RESULT).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write into {folder}: {error.strerror or error}") from error


def _draw(folder: Path, comparison: "Comparison", movie: str | None, frames: int, quiet: bool) -> None:
    from wavepacket.plots import save_figure
    from wavepacket.plots.quantum import quantum_figure

    zone = _zone(comparison)
    save_figure(quantum_figure(comparison, zone), folder / "figure.png")
    if movie is not None:
        from wavepacket.plots.quantum_movie import animate_quantum

        with shown_progress("frames", quiet) as progress:
            animate_quantum(folder / f"movie.{movie}", comparison, zone, frames=frames, progress=progress)


def _zone(comparison: "Comparison") -> "ZoneMap":
    from wavepacket.bandstructure.maps import default_quantity, zone_map

    source = comparison.band
    # Ω of a packet in a group depends on its internal state, and that of one of its bands alone may be infinite.
    grouped = comparison.config.band.group is not None
    return zone_map(source, "energy" if grouped else default_quantity(source))
