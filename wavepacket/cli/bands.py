"""``wavepacket bands``: band structure, zone map and facts of a config's band."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.bands_text import print_bands_json, print_summary
from wavepacket.cli.options import config_arguments, json_option, say, threads_option
from wavepacket.cli.places import check_places
from wavepacket.cli.progress import shown_progress

if TYPE_CHECKING:
    from wavepacket.bands.character import Followed
    from wavepacket.bandstructure.maps import ZoneMap
    from wavepacket.bandstructure.plane import Plane
    from wavepacket.config import Config

_QUANTITIES = ["berry_curvature", "orbital_moment", "energy", "gap"]
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
    type=click.Choice(["berry_curvature", "orbital_moment", "none"]),
    default="berry_curvature",
    show_default=True,
    help="Of the bands.",
)
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
    "--component", type=click.Choice(["x", "y", "z"]), help="Of Ω and m; default z, on a 3D map the largest."
)
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write the path as CSV to this file."
)
@click.option(
    "--search/--no-search", default=True, show_default=True, help="Find extrema, gaps and Weyl points."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@threads_option
@json_option
def bands(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, route: str, points: int, colour: str,
    size: int | None, quantity: str | None, plane: str | None, component: str | None, table: Path | None,
    search: bool, quiet: bool, threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Draw the bands of CONFIG's model along a path, if asked beside a map of its band, and print what is found.

    Extrema, valleys, effective masses, smallest gaps and Weyl points are searched for over the whole zone. Of a band with
    'follow: character' all this is said of the part of the crystal that it belongs to; other bands are drawn in grey.
    """
    from wavepacket.config import load_config
    from wavepacket.hamiltonians import build_hamiltonian

    checked = load_config(config, overrides)
    check_places(output, table)
    hamiltonian = build_hamiltonian(checked)
    from wavepacket.bands import followed
    from wavepacket.bands.search import band_energies
    from wavepacket.bandstructure.path import band_path
    from wavepacket.bandstructure.points import find_plane
    from wavepacket.bandstructure.summary import band_summary
    from wavepacket.plots import bands_figure, save_figure
    from wavepacket.threads import available_threads

    threads = threads or available_threads()
    one, elements = followed(checked, hamiltonian), checked.band.position_elements
    whole, hamiltonian, index = hamiltonian, one.hamiltonian, one.index
    chosen = find_plane(hamiltonian, plane or "xy")
    with shown_progress("bands along the path", quiet) as progress:
        path = band_path(
            hamiltonian, route, points, component=component or "z", position_elements=elements, charge=checked.charge,
            threads=threads, progress=progress,
        )  # fmt: skip
    for note in hamiltonian.notes:
        say(note)
    summary = zone = None
    if search:
        with shown_progress("searches over the zone", quiet) as progress:
            summary = band_summary(
                hamiltonian, index, position_elements=elements, charge=checked.charge, progress=progress
            )
    if table is not None:
        path.write_csv(table)
    if any(option is not None for option in (size, quantity, plane)):
        zone = _map(
            checked, one, quantity, size or _SIZE, plane=chosen, component=component, threads=threads, quiet=quiet
        )  # fmt: skip
    if as_json:
        print_bands_json(checked.band.index, one, summary, path, zone)
    elif summary is not None:
        print_summary(summary)
    if not as_json or output is not None:
        others = band_energies(whole, path.k) if one.parts > 1 else None
        figure = bands_figure(path, zone, colour=None if colour == "none" else colour, others=others)
        click.echo(f"wrote {save_figure(figure, output or Path(f'bands_{checked.name}.png'))}", err=as_json)


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
