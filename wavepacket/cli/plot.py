"""``wavepacket plot``, ``animate`` and ``view``: pictures of a finished run."""

from pathlib import Path

import click

from wavepacket.cli.options import say
from wavepacket.cli.progress import shown_progress
from wavepacket.errors import InputError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Figure to write; default FOLDER/figure.png."
)
@click.option(
    "--observable",
    help="Of a sweep: what to draw, such as hall_conductivity; default what the config is about.",
)
@click.option(
    "--component",
    "components",
    multiple=True,
    help="Of a sweep: which number of the observable, such as K, 0.1 or xy; several make a panel each.",
)
@click.option("--change", is_flag=True, help="Of a sweep: the change from the first value of the x axis.")
@click.option("--difference", is_flag=True, help="Of a sweep: packets less the reference of the config.")
@click.option(
    "--against", metavar="KEY", help="Of a sweep: the swept key of the x axis; default the last one."
)
def plot(
    *, folder: Path, output: Path | None, observable: str | None, components: tuple[str, ...], change: bool,
    difference: bool, against: str | None,
) -> None:  # fmt: skip
    """Draw paths over the zone and in real space, and the observables of the run in FOLDER against time.

    Of a sweep, draw one observable against what was swept, with the curve of the reference that its config names.
    """
    from wavepacket.sweeps.plan import is_sweep

    if is_sweep(folder):
        from wavepacket.plots import Wish, save_figure, sweep_figure
        from wavepacket.plots.style import check_figure_path
        from wavepacket.sweeps import open_sweep

        wish = Wish(observable, components, change=change, difference=difference, against=against)
        drawn, wish = sweep_figure(open_sweep(folder), wish, report=say)
        path = check_figure_path(output or folder / f"{wish.name}.png")
        click.echo(f"wrote {save_figure(drawn, path)}")
        return
    from wavepacket.runs import open_run

    run = open_run(folder)  # what is no run is refused before all else is loaded
    if observable is not None:
        raise InputError(f"--observable belongs to sweeps; {folder} is none")
    from wavepacket.plots import plot as figure_of
    from wavepacket.plots import save_figure
    from wavepacket.plots.style import check_figure_path

    path = check_figure_path(output or folder / "figure.png")
    click.echo(f"wrote {save_figure(figure_of(run, report=say), path)}")


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
def animate(*, folder: Path, output: Path | None, frames: int, packets: int, rate: int, quiet: bool) -> None:
    """Make a movie: packets in real space beside their motion over the Brillouin zone, coloured by Berry curvature."""
    from wavepacket.plots.movie import check_movie
    from wavepacket.runs import open_run

    path = output or folder / "movie.mp4"
    check_movie(path)
    run = open_run(folder)
    from wavepacket.plots import animate_run

    with shown_progress("frames", quiet) as progress:
        animate_run(run, path, frames=frames, packets=packets, rate=rate, progress=progress)
    click.echo(f"wrote {path}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Page to write; default FOLDER/view.html."
)
@click.option(
    "--packets", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Shown at most."
)
@click.option("--frames", type=click.IntRange(2, 100_000), default=200, show_default=True)
def view(*, folder: Path, output: Path | None, packets: int, frames: int) -> None:
    """Write a page for a browser: packets in space and in the zone with a time slider, and the observables below.

    The page needs no network. It is made with plotly, the extra `view`.
    """
    from wavepacket.plots import view as page_of

    click.echo(f"wrote {page_of(folder, output, packets=packets, frames=frames)}")
