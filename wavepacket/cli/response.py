"""``wavepacket response``: intrinsic response and thermodynamics of a config's model."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from wavepacket.cli.options import (
    check_places,
    cluster_options,
    config_arguments,
    json_option,
    print_headline,
    print_json,
    say,
    threads_option,
)
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.response_options import Asked
from wavepacket.cli.signals import go_on_with, stoppable
from wavepacket.cli.summary import first_of
from wavepacket.errors import InputError, Interrupted, stopping

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wavepacket.cluster import Choice
    from wavepacket.config import Config
    from wavepacket.response import ResponseResult
    from wavepacket.response.phases import PhaseDiagram

Progress = Callable[[int, int], None]

_ROWS = 9
"""Chemical potentials in the printed table; all are in JSON and CSV."""
_INTERVAL = 5.0
"""Seconds between sentences on what is known by now."""
_MAP = (48, 160)
"""Fewest and most points along an axis of the figure's map."""
_MAP_WORK = 30_000_000
"""Points of a map times the cube of the number of bands that take about a second."""


@click.command()
@config_arguments
@click.option("-o", "output", type=click.Path(path_type=Path), help="Figure; default response_NAME.png.")
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write every number to this CSV file."
)
@click.option(
    "--exact-flux", "denominator", type=click.IntRange(3, 10_000), metavar="Q",
    help="Also compare with the exact spectrum at ±1/Q flux quantum per cell (2D crystals).",
)  # fmt: skip
@click.option(
    "--ribbon", is_flag=True,
    help="Instead: exact edge current and local currents of a strip in the config's potential, beside M of the bulk.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@cluster_options("wavepacket.response.respond")
@threads_option
@json_option
def response(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, table: Path | None, denominator: int | None,
    ribbon: bool, quiet: bool, cluster: "Choice | None", threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Integrate Hall, Nernst, magnetization and thermodynamics of CONFIG's model over the zone, against μ and T."""
    from wavepacket.hamiltonians import open_config

    checked = open_config(config, overrides=overrides)
    check_places(output, table)
    asked = Asked(output, table, denominator, quiet, threads, cluster, as_json)
    if ribbon:
        if cluster is not None:
            raise InputError("--ribbon: uses threads of this process; leave out -j and --cluster")
        from wavepacket.cli.ribbon import show_ribbon

        show_ribbon(checked, asked)
        return
    _respond(checked, asked, asked.partial(checked))


def go_on(file: Path, *, quiet: bool, threads: int | None, cluster: "Choice | None", as_json: bool) -> None:
    """Go on with an integration that was stopped, from the file that it left."""
    import yaml

    from wavepacket.config import config_from_mapping
    from wavepacket.response.kept import Kept

    identity = Kept.identity(file)
    if identity is None:
        raise InputError(f"{file}: no integration that was stopped")
    asked = Asked.kept(file, quiet=quiet, threads=threads, cluster=cluster, as_json=as_json)
    _respond(config_from_mapping(yaml.safe_load(identity["config"])), asked, file)


def _respond(checked: "Config", asked: Asked, file: Path) -> None:
    """Integrate, and show it; ``file`` takes what is known where somebody asks to stop."""
    from wavepacket.response import response as respond
    from wavepacket.response.phases import phase_diagram

    quiet, cure = asked.quiet, go_on_with(file)
    with stoppable(cure) as stop:
        try:
            with shown_progress("points", quiet) as progress:
                result = respond(
                    checked, threads=asked.threads, progress=progress, stop=stop, partial=file,
                    report=_now_and_then(quiet), remark=say, cluster=asked.cluster,
                )  # fmt: skip
        except Interrupted as early:
            if not file.is_file():
                raise
            asked.keep(file)
            raise Interrupted(f"{early}: {cure}") from None
        if result.convergence["stopped"]:
            asked.keep(file)
        observables, diagram = dict(result.observables), None
        if not result.convergence["stopped"]:
            if asked.denominator is not None:
                with shown_progress("exact spectrum", quiet) as progress:
                    exact = stopping(progress, stop)
                    observables |= _exact(checked, result, asked.denominator, asked.threads, exact)
            with shown_progress("phase diagram", quiet) as progress:
                diagram = phase_diagram(checked, progress=stopping(progress, stop))
    _show(checked, asked, result, observables, diagram)
    if result.convergence["stopped"]:
        raise Interrupted(f"stopped: {cure}")


def _now_and_then(quiet: bool) -> Callable[[str], None]:
    """Say what is known by now, no more often than every few seconds."""
    last = time.monotonic()

    def report(sentence: str) -> None:
        nonlocal last
        if not quiet and time.monotonic() - last >= _INTERVAL:
            last = time.monotonic()
            say(sentence)

    return report


def _show(
    checked: "Config",
    asked: Asked,
    result: "ResponseResult",
    observables: dict[str, Any],
    diagram: "PhaseDiagram | None",
) -> None:
    if asked.table is not None:
        from wavepacket.cli.response_table import write_csv

        write_csv(asked.table, result, observables)
    first = first_of(checked, observables)
    if asked.as_json:
        print_json(observables, headline=[each.as_json() for each in first], **_facts(result, diagram))
    else:
        print_headline(first)
        _print(result, observables)
    if (not asked.as_json or asked.output is not None) and not result.convergence["stopped"]:
        path = _save(checked, result, diagram, asked.output)
        if path is not None:
            click.echo(f"wrote {path}", err=asked.as_json)
    for note in result.notes:
        say(note)
    for sentence in result.warnings:
        say(f"warning: {sentence}")


def _exact(
    config: "Config", result: "ResponseResult", denominator: int, threads: int | None, progress: Progress
) -> dict[str, Any]:
    """Observables of the exact spectrum; the flux must make sense for the model."""
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.response.flux import exact_flux
    from wavepacket.threads import available_threads

    exact = exact_flux(
        build_hamiltonian(config), result.chemical_potential, result.temperature, denominator,
        charge=config.charge, threads=threads or available_threads(), progress=progress,
    )  # fmt: skip
    return {each.name: each for each in exact}


def _facts(result: "ResponseResult", diagram: "PhaseDiagram | None") -> dict[str, Any]:
    from wavepacket.observables import plain

    facts = {
        "chemical_potential": result.chemical_potential,
        "temperature": result.temperature,
        "symmetry": {
            "point_group": result.symmetry.group,
            "operations": result.symmetry.names,
            "allowed_hall": result.symmetry.allowed_hall(),
            "allowed_dipole": result.symmetry.allowed_dipole(),
        },
        "convergence": result.convergence,
        "warnings": list(result.warnings),
        "notes": list(result.notes),
    }
    if diagram is not None:
        facts["phase_diagram"] = {
            "keys": list(diagram.names), "units": list(diagram.units),
            "first": diagram.first, "second": diagram.second, "chern_number": diagram.chern,
            "boundary": diagram.boundary,
        }  # fmt: skip
    return {key: plain(value) for key, value in facts.items()}


def _save(
    config: "Config", result: "ResponseResult", diagram: "PhaseDiagram | None", output: Path | None
) -> Path | None:
    """Write the figure if one is asked for or there is anything to draw."""
    from wavepacket.plots import response_figure, save_figure
    from wavepacket.plots.response import curve_panels

    maps = _zone_map(config, result)
    if output is None and maps is None and diagram is None and not curve_panels(result):
        return None
    figure: Figure = response_figure(
        result, zone_map=maps, diagram=diagram, title=config.heading, exact=config.headline
    )
    return save_figure(figure, output or Path(f"response_{config.name}.png"))


def _zone_map(config: "Config", result: "ResponseResult") -> Any:
    """Σ f Ω over the zone at the μ in the middle of the scan and the lowest temperature; None where it vanishes."""
    from dataclasses import replace

    from wavepacket.bands import band
    from wavepacket.bandstructure.maps import zone_frame
    from wavepacket.bandstructure.quantities import NOTHING
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.response.points import occupied_curvature

    hamiltonian = build_hamiltonian(config)
    if hamiltonian.dimension == 1 or "anomalous_hall_conductivity" not in result.observables:
        return None
    elements = config.band.position_elements
    # No dearer than the integral, unless it is cheap.
    affordable = max(int(cast("int", result.convergence["points"])), _MAP_WORK // hamiltonian.size**3)
    points = min(max(math.isqrt(affordable), _MAP[0]), _MAP[1])
    frame = zone_frame(band(hamiltonian, 0, position_elements=elements), points=points)
    mu = float(result.chemical_potential[len(result.chemical_potential) // 2])
    curvature = occupied_curvature(
        hamiltonian, frame.k.reshape(-1, 3), mu, float(result.temperature.min()), elements
    )
    if abs(curvature).max() <= NOTHING:
        return None
    component = result.main_component
    label = rf"$\sum f\,\Omega_{'xyz'[component]}$, $\mu$ = {mu:g} eV"
    values = curvature[:, component].reshape(frame.k.shape[:2])
    return replace(frame, values=values, quantity="berry_curvature", unit="angstrom^2", label=label)


def _print(result: "ResponseResult", observables: dict[str, Any]) -> None:
    from wavepacket.cli.response_table import lines

    for line in lines(result, observables, _ROWS):
        click.echo(line)
