"""``wavepacket bands``: band structure, zone map and facts of a config's band."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import (
    announce_compilation,
    config_arguments,
    json_option,
    print_table,
    say,
    threads_option,
)

if TYPE_CHECKING:
    from wavepacket.analysis.band_path import BandPath
    from wavepacket.analysis.band_summary import BandSummary
    from wavepacket.analysis.maps import ZoneMap

_QUANTITIES = ["berry_curvature", "orbital_moment", "energy", "gap"]
_MOST = 12  # entries of a list that are printed; JSON has all


@click.command()
@config_arguments
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Figure to write; default bands_NAME.png."
)
@click.option("--path", "route", default="", help='Named points or coordinates, | for a jump: "L G X U|K G".')
@click.option(
    "--points", type=click.IntRange(2, 100_000), default=300, show_default=True, help="On the path."
)
@click.option(
    "--colour",
    type=click.Choice(["berry_curvature", "orbital_moment", "none"]),
    default="berry_curvature",
    show_default=True,
    help="Of the bands.",
)
@click.option(
    "--quantity", type=click.Choice(_QUANTITIES), help="On the map; with --json the map is printed too."
)
@click.option(
    "--plane", default="xy", show_default=True, help='Of a 3D map: two axes, or three points: "G X L".'
)
@click.option(
    "--component", type=click.Choice(["x", "y", "z"]), help="Of Ω and m; default z, or the largest."
)
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write the path as CSV to this file."
)
@click.option(
    "--search/--no-search", default=True, show_default=True, help="Find extrema, gaps and Weyl points."
)
@threads_option
@json_option
def bands(
    config: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    route: str,
    points: int,
    colour: str,
    quantity: str | None,
    plane: str,
    component: str | None,
    table: Path | None,
    search: bool,
    threads: int | None,
    as_json: bool,
) -> None:
    """Draw the bands of CONFIG's model along a path beside a map of its band over the zone, and print what is found.

    Extrema, valleys, effective masses, smallest gaps and Weyl points are searched for over the whole zone. Of a band with
    'follow: character' all this is said of the part of the crystal that it belongs to; other bands are drawn in grey.
    """
    from wavepacket.config import load_config
    from wavepacket.hamiltonians import build_hamiltonian

    checked = load_config(config, overrides)
    hamiltonian = build_hamiltonian(checked)
    announce_compilation()
    from wavepacket.analysis.band_path import band_path
    from wavepacket.analysis.band_summary import band_summary
    from wavepacket.analysis.maps import default_quantity, zone_map
    from wavepacket.analysis.points import find_plane
    from wavepacket.bands import band, followed
    from wavepacket.bands.search import band_energies
    from wavepacket.plots import bands_figure, save_figure
    from wavepacket.threads import available_threads

    workers = threads or available_threads()
    one, elements = followed(checked, hamiltonian), checked.band.position_elements
    whole, hamiltonian, index = hamiltonian, one.hamiltonian, one.index
    chosen = find_plane(hamiltonian, plane)
    path = band_path(
        hamiltonian, route, points, component=component or "z", position_elements=elements, threads=workers
    )
    for note in hamiltonian.notes:
        say(note)
    summary = band_summary(hamiltonian, index, position_elements=elements) if search else None
    if table is not None:
        path.write_csv(table)
    source = band(hamiltonian, index, position_elements=elements)
    zone = None
    if not as_json or quantity is not None or output is not None:
        zone = zone_map(
            source,
            quantity or default_quantity(source),
            plane=chosen,
            component=component,
            position_elements=elements,
            threads=workers,
        )
    if as_json:
        follows = {"part": one.part, "parts": one.parts, "band_of_part": index} if one.parts > 1 else None
        name, number = hamiltonian.name, checked.band.index
        _print_json(name, number, follows, summary, path, zone if quantity is not None else None)
        if output is None:
            return
    elif summary is not None:
        _print_summary(summary)
    others = band_energies(whole, path.k) if one.parts > 1 else None
    figure = bands_figure(path, zone, colour=None if colour == "none" else colour, others=others)
    written = save_figure(figure, output or Path(f"bands_{checked.name}.png"))
    click.echo(f"wrote {written}", err=as_json)


def _print_json(
    name: str,
    index: int,
    follows: dict[str, int] | None,
    summary: "BandSummary | None",
    path: "BandPath",
    zone: "ZoneMap | None",
) -> None:
    """What was found, the path, and the map where one was asked for."""
    found = {} if summary is None else summary.as_json()
    drawn = None if zone is None else zone.as_json()
    told = {"model": name, **found, "band": index, "follows": follows, "path": path.as_json(), "map": drawn}
    click.echo(json.dumps(told))


def _print_summary(summary: "BandSummary") -> None:
    print_table(summary.observables)
    _print_list("valleys", (f"{name}: {_extremum(entry)}" for name, entry in summary.valleys.items()))
    _print_list("extrema", map(_extremum, summary.extrema))
    _print_list("smallest gaps", map(_gap, summary.gaps))
    _print_list("Weyl points", map(_weyl_point, summary.weyl_points))
    for note in summary.notes:
        say(note)


def _print_list(title: str, lines: Iterable[str]) -> None:
    every = list(lines)
    if every:
        click.echo(f"{title}:")
    for line in every[:_MOST]:
        click.echo(f"    {line}")
    if len(every) > _MOST:
        click.echo(f"    and {len(every) - _MOST} more (all of them with --json)")


def _extremum(entry: Mapping[str, Any]) -> str:
    return (
        f"{entry['kind']} {entry['energy']['value']:.6g} eV at {_place(entry)}, gap {entry['gap']['value']:.4g} eV, "
        f"mass {_vector(entry['effective_mass']['value'])} m_e, Ω {_vector(entry['berry_curvature']['value'])} angstrom^2, "
        f"m {_vector(entry['orbital_moment']['value'])} mu_B"
    )


def _gap(entry: Mapping[str, Any]) -> str:
    lower, upper = entry["bands"]
    return f"{entry['gap']['value']:.6g} eV between bands {lower} and {upper} at {_place(entry)}"


def _weyl_point(entry: Mapping[str, Any]) -> str:
    lower, upper = entry["bands"]
    return (
        f"chirality {entry['chirality']['value']:+d}, type {entry['type']}, between bands {lower} and {upper} at "
        f"{_place(entry)}, {entry['energy']['value']:.6g} eV"
    )


def _place(entry: Mapping[str, Any]) -> str:
    if "reduced" in entry:
        return f"{_vector(entry['reduced'])} (reduced)"
    return f"{_vector(entry['wavevector'])} 1/angstrom"


def _vector(values: Iterable[float]) -> str:
    return "[" + ", ".join(f"{round(value, 12) + 0.0:.4g}" for value in values) + "]"
