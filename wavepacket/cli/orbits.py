"""``wavepacket orbits``: extremal orbits in B, with the frequencies and phases of quantum oscillations."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import check_places, config_arguments, energy_of, json_option, say
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.response_table import aligned

if TYPE_CHECKING:
    from wavepacket.oscillations import Orbit, OrbitResult

_HEAD = ("F (T)", "m_c (m_e)", "Berry/2pi", "moment/2pi", "gamma", "curvature", "orbit", "copies", "band")


@click.command()
@config_arguments
@click.option("-s", "axes", multiple=True, metavar="KEY=VALUES",
              help="Scan one key, such as fields.magnetic.polar=0:90:5deg: the figure shows F against it.")  # fmt: skip
@click.option("--mu", help='Chemical potential, such as "0.1 eV"; default that of the ensemble.')
@click.option("--all-bands", is_flag=True, help="Every band at mu, not only those of the config.")
@click.option("--levels", type=click.IntRange(1, 1000), metavar="N",
              help="Also print the N Landau levels of each orbit that are nearest to mu, in the config's B.")  # fmt: skip
@click.option("--planes", type=click.IntRange(3, 10_001), default=61, show_default=True,
              help="Across the zone along B.")  # fmt: skip
@click.option("--grid", type=click.IntRange(8, 5000), default=80, show_default=True,
              help="Points across the zone in each plane; orbits smaller than their distance may be missed.")  # fmt: skip
@click.option("-o", "output", type=click.Path(path_type=Path), help="Figure; default orbits_NAME.png.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@json_option
def orbits(
    *, config: Path, overrides: tuple[str, ...], axes: tuple[str, ...], mu: str | None, all_bands: bool,
    levels: int | None, planes: int, grid: int, output: Path | None, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Find the extremal closed orbits of CONFIG's bands in its magnetic field, on the surface of energy mu.

    For each: frequency F of quantum oscillations in 1/B, cyclotron mass, Berry phase, phase of the orbital moment, and gamma
    of the levels F/B = n + gamma. Open orbits are told with their direction.
    """
    from wavepacket.hamiltonians import open_config
    from wavepacket.oscillations import Search, scan_orbits
    from wavepacket.oscillations.search import find_orbits
    from wavepacket.plots import save_figure
    from wavepacket.plots.orbits import orbit_scan_figure, orbits_figure

    check_places(output)
    checked = open_config(config, overrides=overrides)
    level = None if mu is None else energy_of(mu, "--mu")
    search = Search(level, all_bands, planes, grid)
    target = output or Path(f"orbits_{checked.name}.png")
    if axes:
        with shown_progress("values", quiet) as progress:
            scan = scan_orbits(config, axes, search, overrides, progress)
        if as_json:
            click.echo(json.dumps({"model": checked.name, **scan.as_json()}))
        for value, result in zip(scan.axis.values, scan.results, strict=True):
            if not as_json:
                click.echo(f"{scan.axis.path} = {value}")
                _print(result, levels)
        figure = orbit_scan_figure(scan, checked.heading)
    else:
        with shown_progress("planes", quiet) as progress:
            result = find_orbits(checked, search=search, progress=progress)
        if as_json:
            click.echo(json.dumps({"model": checked.name, **result.as_json()}))
        else:
            _print(result, levels)
        figure = orbits_figure(result, checked.heading)
    if not as_json or output is not None:
        click.echo(f"wrote {save_figure(figure, target)}", err=as_json)


def _print(result: "OrbitResult", levels: int | None) -> None:
    """The table of orbits, open ones, levels, and what is not known."""
    if result.orbits:
        for line in aligned([list(_HEAD), *map(_row, result.orbits)]):
            click.echo(line)
    for index, direction, share in result.open_ways():
        click.echo(f"open orbits of band {index} along {direction}, in {share:.0%} of the planes across B")
    for orbit in result.orbits if levels else ():
        _print_levels(result, orbit, levels or 0)
    for note in result.notes:
        say(note)


def _row(orbit: "Orbit") -> list[str]:
    turn = 2 * math.pi
    digits = (
        9
        if not orbit.frequency_error
        else 1 - math.floor(math.log10(orbit.frequency_error / orbit.frequency))
    )
    name = orbit.kind if orbit.extremum == "layer" else f"{orbit.kind}, {orbit.extremum}"
    return [
        f"{orbit.frequency:.{min(max(digits, 3), 10)}g}", f"{orbit.cyclotron_mass:.6g}",
        *(_plain(phase / turn) for phase in (orbit.berry_phase, orbit.moment_phase)), _plain(orbit.phase),
        "" if math.isnan(orbit.bend) else f"{orbit.bend:.5g}", name, str(orbit.copies), str(orbit.band),
    ]  # fmt: skip


def _plain(number: float) -> str:
    return "not defined" if math.isnan(number) else f"{round(number, 6) + 0.0:.6f}"


def _print_levels(result: "OrbitResult", orbit: "Orbit", count: int) -> None:
    from wavepacket.oscillations import landau_levels

    nearest = round(orbit.frequency / result.field - orbit.phase)
    first = max(nearest - count // 2, 0)
    numbers = list(range(first, first + count))
    shown = [
        f"{n}: {energy:.9g}"
        for n, energy in zip(numbers, landau_levels(orbit, result.field, numbers), strict=True)
        if not math.isnan(energy)
    ]
    click.echo(f"Landau levels (eV) of F = {orbit.frequency:.6g} T at {result.field:g} T: {', '.join(shown)}")
