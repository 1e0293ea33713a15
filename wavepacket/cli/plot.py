"""``wavepacket plot``, ``animate`` and ``view``: pictures of a finished run."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import say
from wavepacket.cli.progress import shown_progress
from wavepacket.errors import ConfigError, InputError

if TYPE_CHECKING:
    from wavepacket.plots.figures import Panel
    from wavepacket.sweeps import Sweep

__all__ = ["Wish", "plot_sweep"]

_MOST_PANELS = 3


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
        from wavepacket.cli.plot import Wish, plot_sweep

        plot_sweep(folder, output, Wish(observable, components, change, difference, against))
        return
    if observable is not None:
        raise InputError(f"--observable belongs to sweeps; {folder} is none")
    from wavepacket.runs import open_run

    run = open_run(folder)  # what is no run is refused before all else is loaded
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


@dataclass(frozen=True)
class Wish:
    """What to draw of a sweep: numbers of an observable against a key, or their change or difference."""

    observable: str | None
    components: tuple[str, ...]
    change: bool
    difference: bool
    against: str | None


def plot_sweep(folder: Path, output: Path | None, wish: Wish) -> None:
    """Draw numbers of one observable of a sweep against a swept key, each in a panel, and the config's reference."""
    from wavepacket.plots import save_figure
    from wavepacket.plots.figures import compose
    from wavepacket.plots.style import check_figure_path
    from wavepacket.sweeps import open_sweep

    sweep = open_sweep(folder)
    if wish.observable is None:
        wish = _of_headline(sweep, wish)
    assert wish.observable is not None
    words = ["change" * wish.change, "difference" * wish.difference]
    name = "_".join(part for part in (wish.observable, *wish.components, *words) if part)
    path = check_figure_path(output or folder / f"{name}.png")
    panels = _panels(sweep, wish.observable, wish)
    click.echo(f"wrote {save_figure(compose(panels, ''), path)}")


def _of_headline(sweep: "Sweep", wish: Wish) -> Wish:
    """Wish for what the config is about, of an array for the components that are not zero within their uncertainty."""
    from wavepacket.analysis import config_of, headline_of
    from wavepacket.observables import Observables, components
    from wavepacket.runs import open_run

    point = next((point for point in sweep.points if point.observables), None)
    if point is None:
        raise InputError(f"{sweep.folder}: no point has a result yet")
    found = Observables(point.observables)
    first = next(iter(headline_of(config_of(open_run(point.folder)), found)), None)
    if first is None:
        raise InputError(f"--observable NAME is needed for this sweep; there are {', '.join(found)}")
    name, _, component = first.name.partition(".")
    numbers = [each for each in components(found[name]) if isinstance(each[1], int | float)]
    resolved = [key for key, value, error in numbers if abs(value) > (error or 0.0)]
    chosen = (component,) if component else tuple(resolved or [key for key, _, _ in numbers])[:_MOST_PANELS]
    others = ", ".join(each for each in found if each != name)
    say(f"{first.name} is what the config is about; --observable NAME draws another: {others}")
    return replace(wish, observable=name, components=wish.components or chosen)


def _panels(sweep: "Sweep", observable: str, wish: Wish) -> "list[Panel]":
    """A panel for each component, with the curve of the reference where it knows the observable."""
    from functools import partial

    import numpy as np

    from wavepacket.observables import by_number
    from wavepacket.plots.sweep import Curves, observable_symbol
    from wavepacket.plots.sweep import plot_sweep as draw
    from wavepacket.sweeps import reference_label

    key = wish.against or sweep.axes[-1].path
    components = [by_number(component) for component in wish.components or ("",)]
    drawn = [sweep.curves(observable, component, key, change=wish.change) for component in components]
    theory = _theory(sweep, observable, "" if wish.difference else key)
    if wish.difference and theory is None:
        raise InputError(f"--difference: the config names no reference that has {observable!r}")
    panels: list[Panel] = []
    for component, (axes, values, errors, unit) in zip(components, drawn, strict=True):
        curve, name = None, observable_symbol(observable, component)
        name = rf"$\Delta${name}" if wish.change else name
        if theory is not None:
            fine, exact, spread, _ = theory.curves(observable, component, key, change=wish.change)
            if wish.difference:
                values, errors = values - exact, np.hypot(errors, np.nan_to_num(spread))
                exact, name = 0.0 * exact, f"{name} − ref."
            curve = Curves(fine, exact, spread * (not wish.difference), reference_label(sweep))
        measured = Curves(axes, values, errors, "packets")
        panels.append(partial(draw, measured, name=name, unit=unit, reference=curve))
    return panels


def _theory(sweep: "Sweep", observable: str, key: str) -> "Sweep | None":
    """The reference, if there is one for this observable and for every point."""
    from wavepacket.sweeps import reference_sweep

    try:
        theory = reference_sweep(sweep, key)
    except ConfigError as error:
        say(f"without the reference: {error}")
        return None
    known = theory is not None and any(observable in point.observables for point in theory.points)
    return theory if known else None
