"""The figure of a sweep, for ``wavepacket plot``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import say
from wavepacket.errors import ConfigError, InputError

if TYPE_CHECKING:
    from wavepacket.plots.figures import Panel
    from wavepacket.sweeps import Sweep

__all__ = ["Wish", "plot_sweep"]


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
        known = dict.fromkeys(name for point in sweep.points for name in point.observables)
        raise InputError(f"--observable NAME is needed for a sweep; there are {', '.join(known)}")
    words = ["change" * wish.change, "difference" * wish.difference]
    name = "_".join(part for part in (wish.observable, *wish.components, *words) if part)
    path = check_figure_path(output or folder / f"{name}.png")
    panels = _panels(sweep, wish.observable, wish)
    click.echo(f"wrote {save_figure(compose(panels, ''), path)}")


def _panels(sweep: "Sweep", observable: str, wish: Wish) -> "list[Panel]":
    """A panel for each component, with the curve of the reference where it knows the observable."""
    from functools import partial

    import numpy as np

    from wavepacket.plots.sweep import Curves, observable_symbol
    from wavepacket.plots.sweep import plot_sweep as draw
    from wavepacket.sweeps import reference_label
    from wavepacket.sweeps.table import by_number

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
