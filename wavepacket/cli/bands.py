"""``wavepacket bands``: band structure, zone map and facts of a config's band."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import (
    check_places,
    config_arguments,
    json_option,
    no_cluster,
    print_headline,
    print_table,
    say,
    threads_option,
)
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.summary import first_of

if TYPE_CHECKING:
    from wavepacket.bands.character import Followed
    from wavepacket.bandstructure.maps import ZoneMap
    from wavepacket.bandstructure.zone import Plane
    from wavepacket.config import Config

if TYPE_CHECKING:
    from wavepacket.bands import Followed
    from wavepacket.bandstructure.maps import ZoneMap
    from wavepacket.bandstructure.path import BandPath
    from wavepacket.bandstructure.summary import BandSummary

_QUANTITIES = ["berry_curvature", "orbital_moment", "spin", "energy", "gap"]
_SIZE = 200  # points along each axis of a map


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
    type=click.Choice(["berry_curvature", "orbital_moment", "spin", "none"]),
    default="berry_curvature",
    show_default=True,
    help="Of the bands.",
)
@click.option("--energies", metavar="LOW:HIGH", help='Drawn along the path, such as "-2:2 eV"; default all.')
@click.option(
    "--map",
    "size",
    type=click.IntRange(2, 5000),
    metavar="N",
    help=f"Also map the band over the zone, N points along each axis; {_SIZE} where only --quantity or --plane is given.",
)
@click.option(
    "--quantity",
    type=click.Choice(_QUANTITIES),
    help="On the map; default: Ω where the band has any, else the energy.",
)
@click.option("--plane", help='Of a 3D map: two axes, or three points: "G X L"; default xy.')
@click.option(
    "--component",
    type=click.Choice(["x", "y", "z"]),
    help="Of Ω, m and S; default z, on a 3D map the largest.",
)
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write the path as CSV to this file."
)
@click.option(
    "--search/--no-search", default=True, show_default=True, help="Find extrema, gaps and Weyl points."
)
@click.option(
    "--wilson", is_flag=True,
    help="Instead: Wilson-loop spectrum of the config's band or group of bands, its Chern number and Z2 invariants.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@no_cluster(
    "bands uses the threads of this process: start it on a machine with more of them (docs/cluster.md)"
)
@threads_option
@json_option
def bands(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, route: str, points: int, colour: str,
    energies: str | None, size: int | None, quantity: str | None, plane: str | None, component: str | None,
    table: Path | None, search: bool, wilson: bool, quiet: bool, threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Draw the bands of CONFIG's model along a path, a map of its band if asked for, and print what is found.

    Extrema, valleys, effective masses, smallest gaps and Weyl points are searched for over the whole zone. Of a band with
    'follow: character' all this is said of the part of the crystal that it belongs to; other bands are drawn in grey.
    """
    from wavepacket.hamiltonians import build_hamiltonian, open_config

    checked = open_config(config, overrides=overrides)
    check_places(output, table)
    window = None if energies is None else _window(energies)
    hamiltonian = build_hamiltonian(checked)
    if wilson:
        show_wilson(checked, output, as_json=as_json)
        return
    from wavepacket.bands import followed
    from wavepacket.bands.search import band_energies
    from wavepacket.bandstructure.path import band_path
    from wavepacket.bandstructure.points import find_plane
    from wavepacket.plots import bands_figure, save_figure
    from wavepacket.threads import available_threads

    threads = threads or available_threads()
    one, elements = followed(checked, hamiltonian), checked.band.position_elements
    whole, hamiltonian = hamiltonian, one.hamiltonian
    chosen = find_plane(hamiltonian, plane or "xy")
    with shown_progress("bands along the path", quiet) as progress:
        path = band_path(
            hamiltonian, route, points, component=component or "z", position_elements=elements, charge=checked.charge,
            threads=threads, progress=progress,
        )  # fmt: skip
    for note in hamiltonian.notes:
        say(note)
    zone, summary = None, _summary(checked, one, quiet) if search else None
    if table is not None:
        path.write_csv(table)
    if any(option is not None for option in (size, quantity, plane)):
        zone = _map(
            checked, one, quantity, size or _SIZE, plane=chosen, component=component, threads=threads, quiet=quiet
        )  # fmt: skip
    if as_json:
        print_bands_json(checked, one, summary, path, zone)
    elif summary is not None:
        print_summary(checked, summary)
    if not as_json or output is not None:
        others = band_energies(whole, path.k) if one.parts > 1 else None
        figure = bands_figure(
            path, zone, colour=None if colour == "none" else colour, others=others, window=window,
            fermi_level=None if getattr(checked.model, "electrons", None) is None else 0.0,
        )  # fmt: skip
        click.echo(f"wrote {save_figure(figure, output or Path(f'bands_{checked.name}.png'))}", err=as_json)


def _window(text: str) -> tuple[float, float]:
    """Lowest and highest energy of ``LOW:HIGH eV``."""
    from wavepacket.errors import InputError
    from wavepacket.units import parse_quantity

    low, _, high = text.partition(":")
    unit = re.sub(r"^[-+.\d\s]*(e[-+]?\d+)?", "", high).strip() or "eV"
    try:
        edges = [
            parse_quantity(part if part.rstrip().endswith(unit) else f"{part} {unit}", "energy")
            for part in (low, high)
        ]
    except InputError:
        edges = [0.0, 0.0]
    if edges[0] >= edges[1]:
        raise InputError(f'--energies {text}: must be LOW:HIGH with a unit at the end, such as "-2:2 eV"')
    return edges[0], edges[1]


def _summary(config: "Config", one: "Followed", quiet: bool) -> "BandSummary":
    from wavepacket.bandstructure.summary import band_summary

    with shown_progress("searches over the zone", quiet) as progress:
        return band_summary(
            one.hamiltonian, one.index, position_elements=config.band.position_elements, charge=config.charge,
            progress=progress,
        )  # fmt: skip


def show_wilson(config: "Config", output: Path | None, *, as_json: bool) -> None:
    """Print what the Wilson loops of a group of bands count, and draw their spectra."""
    from wavepacket.bandstructure.wilson_lines import wilson_lines
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.plots import save_figure
    from wavepacket.plots.wilson import wilson_figure

    group = config.band.group if isinstance(config.band.group, tuple) else (config.band.index,)
    lines = wilson_lines(build_hamiltonian(config), (group[0], group[-1]))
    click.echo(json.dumps({"model": config.name, **lines.as_json()}) if as_json else str(lines))
    if not as_json or output is not None:
        figure = wilson_figure(lines)
        click.echo(f"wrote {save_figure(figure, output or Path(f'wilson_{config.name}.png'))}", err=as_json)


def _map(
    config: "Config",
    one: "Followed",
    quantity: str | None,
    size: int,
    *,
    plane: "Plane",
    component: str | None,
    threads: int,
    quiet: bool,
) -> "ZoneMap":
    from wavepacket.bands import band
    from wavepacket.bandstructure.maps import default_quantity, zone_map

    elements = config.band.position_elements
    source = band(one.hamiltonian, one.index, position_elements=elements)
    with shown_progress("wavevectors of the map", quiet) as progress:
        return zone_map(
            source, quantity or default_quantity(source), size, plane=plane, component=component,
            position_elements=elements, charge=config.charge, threads=threads, progress=progress,
        )  # fmt: skip


_MOST = 12  # entries of a list that are printed; JSON has all
_ROUNDING = 1e-9  # eV; a smaller gap is none: energies are known to rounding, their minima to its root


def print_bands_json(
    config: "Config", one: "Followed", summary: "BandSummary | None", path: "BandPath", zone: "ZoneMap | None"
) -> None:
    """What was found, the path, and the map where one was asked for."""
    facts: dict[str, Any] = {}
    if summary is not None:
        first = first_of(config, summary.observables)
        facts = {"headline": [each.as_json() for each in first], **summary.as_json()}
    follows = {"part": one.part, "parts": one.parts, "band_of_part": one.index} if one.parts > 1 else None
    told = {
        "model": one.hamiltonian.name,
        **facts,
        "band": config.band.index,
        "follows": follows,
        "path": path.as_json(),
    }
    click.echo(json.dumps({**told, "map": None if zone is None else zone.as_json()}))


def print_summary(config: "Config", summary: "BandSummary") -> None:
    """What the config names, numbers, valleys, extrema, gaps and Weyl points, and remarks on them."""
    print_headline(first_of(config, summary.observables))
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
    gap = entry["gap"]["value"]
    size = f"{gap:.6g} eV" if gap > _ROUNDING else "0 eV (touching)"
    return f"{size} between bands {lower} and {upper} at {_place(entry)}"


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
    numbers = list(values)
    if any(math.isnan(value) for value in numbers):
        return "not defined"
    return "[" + ", ".join(f"{round(value, 12) + 0.0:.4g}" for value in numbers) + "]"
