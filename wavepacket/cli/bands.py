"""``wavepacket bands``: band structure, zone map and summary of a config's model."""

import json
from pathlib import Path

import click

from wavepacket.cli.options import announce_compilation, config_arguments, json_option


@click.command()
@config_arguments
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Figure to write; default bands_NAME.png."
)
@click.option("--path", "route", default="", help='Named points or coordinates, such as "G K M G".')
@click.option(
    "--quantity",
    type=click.Choice(["berry_curvature", "orbital_moment", "energy", "gap"]),
    help="On the map.",
)
@json_option
def bands(
    config: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    route: str,
    quantity: str | None,
    as_json: bool,
) -> None:
    """Draw the bands of CONFIG's model along a path beside a map of its band over the zone, and print a summary."""
    from wavepacket.config import load_config
    from wavepacket.hamiltonians import build_hamiltonian

    checked = load_config(config, overrides)
    hamiltonian = build_hamiltonian(checked)
    announce_compilation()
    from wavepacket.analysis.band_path import band_path
    from wavepacket.analysis.band_summary import band_summary
    from wavepacket.analysis.maps import default_quantity, zone_map
    from wavepacket.bands import band
    from wavepacket.observable import plain
    from wavepacket.plots import bands_figure, save_figure
    from wavepacket.threads import available_threads

    threads = available_threads()
    index = checked.band.index
    summary = band_summary(hamiltonian, index)
    if as_json:
        click.echo(json.dumps({"model": hamiltonian.name, "band": index, **plain(summary)}))
        if output is None:
            return
    else:
        for name, value in summary.items():
            click.echo(f"{name}: {json.dumps(plain(value), ensure_ascii=False)}")
    source = band(hamiltonian, index, position_elements=checked.band.position_elements)
    zone = zone_map(source, quantity or default_quantity(source), threads=threads)
    figure = bands_figure(band_path(hamiltonian, route, threads=threads), zone)
    path = save_figure(figure, output or Path(f"bands_{checked.name}.png"))
    click.echo(f"wrote {path}", err=as_json)
