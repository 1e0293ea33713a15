"""``wavepacket plot`` and ``wavepacket animate``: pictures of a finished run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import say
from wavepacket.cli.progress import shown_progress
from wavepacket.errors import ConfigError, InputError

if TYPE_CHECKING:
    from wavepacket.analysis.maps import ZoneMap
    from wavepacket.config import Config
    from wavepacket.observable import Observable
    from wavepacket.plots import Series
    from wavepacket.storage import StoredRun

_PATHS = 2000  # stored paths that pictures are made from


@dataclass(frozen=True, eq=False)
class Pictures:
    """What figures and movies of a run are made of."""

    paths: dict[str, Any]
    weight: Any
    zone: "ZoneMap"
    series: "list[Series]"
    observables: "dict[str, Observable]"
    config: "Config"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Figure to write; default FOLDER/figure.png."
)
@click.option("--observable", help="Of a sweep: what to draw, such as hall_conductivity.")
@click.option(
    "--component",
    "components",
    multiple=True,
    help="Of a sweep: which number of the observable, such as K, 0.1 or xy; several make a panel each.",
)
@click.option("--change", is_flag=True, help="Of a sweep: the change from the first value of the x axis.")
@click.option(
    "--against", metavar="KEY", help="Of a sweep: the swept key of the x axis; default the last one."
)
def plot(
    folder: Path, output: Path | None, observable: str | None, components: tuple[str, ...], change: bool,
    against: str | None,
) -> None:  # fmt: skip
    """Draw paths over the zone and in real space, and the observables of the run in FOLDER against time.

    Of a sweep, draw one observable against what was swept, with the curve of the reference that its config names.
    """
    from wavepacket.sweeps.plan import is_sweep

    if is_sweep(folder):
        from wavepacket.cli.plot_sweep import plot_sweep

        plot_sweep(folder, output, observable, components or ("",), change, against)
        return
    if observable is not None:
        raise InputError(f"--observable belongs to sweeps; {folder} is none")
    pictures = _load(folder)
    from wavepacket.plots import measured_panels, run_figure, save_figure

    path = output or folder / "figure.png"
    measured = measured_panels(pictures.observables, pictures.zone, _reference(pictures.config))
    # A protocol that maps the curvature is its own figure: the true map, the measured one and both along a line.
    mapped = "berry_curvature_from_drifts" in pictures.observables
    figure = run_figure(
        **({} if mapped else pictures.paths), zone_map=pictures.zone,
        series=() if mapped else pictures.series, measured=measured, title=pictures.config.name.replace("_", " "),
    )  # fmt: skip
    click.echo(f"wrote {save_figure(figure, path)}")


def _reference(config: "Config") -> "dict[str, Observable]":
    """What theory says of the observables; nothing where the config names no reference."""
    from wavepacket.sweeps.references import references

    if config.reference is None:
        return {}
    try:
        return references([config])[0]
    except ConfigError as error:
        say(f"without the values of the reference: {error}")
        return {}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Movie, .mp4 or .gif; default FOLDER/movie.mp4."
)
@click.option("--frames", type=click.IntRange(2, 100_000), default=200, show_default=True)
@click.option(
    "--packets", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Shown at most."
)
@click.option("--rate", type=click.IntRange(1, 120), default=25, show_default=True, help="Frames a second.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def animate(folder: Path, output: Path | None, frames: int, packets: int, rate: int, quiet: bool) -> None:
    """Make a movie: packets in real space beside their motion over the Brillouin zone, coloured by Berry curvature."""
    from wavepacket.plots.movie import check_movie

    path = output or folder / "movie.mp4"
    check_movie(path)
    pictures = _load(folder)
    from wavepacket.plots import animate as make_movie

    with shown_progress("frames", quiet) as progress:
        make_movie(
            path, zone_map=pictures.zone, series=pictures.series[0] if pictures.series else None,
            weight=pictures.weight, frames=frames, packets=packets, rate=rate, progress=progress, **pictures.paths,
        )  # fmt: skip
    click.echo(f"wrote {path}")


def _load(folder: Path) -> Pictures:
    """Read a run and map its band."""
    from wavepacket.storage import open_run

    run = open_run(folder)
    import numpy as np

    from wavepacket.analysis import analyze, config_of
    from wavepacket.analysis.maps import default_quantity, zone_map
    from wavepacket.bands import band, followed
    from wavepacket.bands.chern import chern_number
    from wavepacket.ensembles import valley_centres
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.plots import series_of_run
    from wavepacket.threads import available_threads

    config = config_of(run)
    hamiltonian = build_hamiltonian(config)
    chosen = followed(config, hamiltonian)
    source = band(chosen.hamiltonian, chosen.index, position_elements=config.band.position_elements)
    paths = _some_paths(run)
    if len(paths["position"]) == 0:
        raise InputError(f"{folder}: the run stored no paths; run it with output.trajectories above 0")
    observables = analyze(run, hamiltonian)
    reference = None
    if config.ensemble.kind == "filled_band" and hamiltonian.dimension == 2:
        chern = chern_number(chosen.hamiltonian, chosen.index)
        reference = None if chern is None else -float(chern)
    _, centres = valley_centres(hamiltonian, config.valleys)
    plane = "xz" if len(centres) and np.any(centres[:, 2]) else "xy"
    zone = zone_map(
        source, default_quantity(source), plane=plane, around=paths["wavevector"], threads=available_threads()
    )
    weight = paths.pop("weight")
    return Pictures(
        {**paths, "time": run.time, "valley_names": run.valley_names},
        weight,
        zone,
        series_of_run(observables, run.time, hall_reference=reference),
        observables,
        config,
    )


def _some_paths(run: "StoredRun") -> dict[str, Any]:
    """Evenly chosen stored paths of runs with E as given: position, wavevector, valley and weight of each."""
    import numpy as np

    stride = max(1, run.path_count // _PATHS)
    chosen: dict[str, list[Any]] = {"position": [], "wavevector": [], "valley": [], "weight": []}
    met = 0
    fields = ("trajectory", "electric_sign", "valley", "weight", "path", "position", "wavevector")
    for shard in run.shards(fields):
        rows = np.searchsorted(shard["trajectory"], shard["path"])
        forward = np.flatnonzero(shard["electric_sign"][rows] > 0)
        keep = forward[(met + np.arange(len(forward))) % stride == 0]
        met += len(forward)
        for name in ("position", "wavevector"):
            chosen[name].append(shard[name][keep])
        for name in ("valley", "weight"):
            chosen[name].append(shard[name][rows][keep])
    return {name: np.concatenate(parts) for name, parts in chosen.items()}
