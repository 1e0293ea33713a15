"""The figure of a sweep, for ``wavepacket plot``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import say
from wavepacket.errors import ConfigError, InputError

if TYPE_CHECKING:
    from wavepacket.plots.figures import Panel
    from wavepacket.sweeps import Sweep

__all__ = ["plot_sweep"]


def plot_sweep(
    folder: Path, output: Path | None, observable: str | None, components: tuple[str, ...], change: bool,
    against: str | None,
) -> None:  # fmt: skip
    """Draw numbers of one observable of a sweep against a swept key, each in a panel, and the config's reference."""
    from wavepacket.plots import save_figure
    from wavepacket.plots.figures import compose
    from wavepacket.sweeps import open_sweep

    sweep = open_sweep(folder)
    if observable is None:
        known = dict.fromkeys(name for point in sweep.points for name in point.observables)
        raise InputError(f"--observable NAME is needed for a sweep; there are {', '.join(known)}")
    key = against or sweep.axes[-1].path
    panels = _sweep_panels(sweep, observable, components, key, change)
    name = "_".join(part for part in (observable, *components, "change" if change else "") if part)
    click.echo(f"wrote {save_figure(compose(panels, ''), output or folder / f'{name}.png')}")


def _sweep_panels(
    sweep: "Sweep", observable: str, components: tuple[str, ...], key: str, change: bool
) -> "list[Panel]":
    """A panel for each component, with the curve of the reference where it knows the observable."""
    from functools import partial

    from wavepacket.plots.sweep import Curves, observable_symbol
    from wavepacket.plots.sweep import plot_sweep as draw
    from wavepacket.sweeps import reference_label

    written = [component.replace(" ", "") for component in components]
    indices = [_by_number(component) for component in written]
    drawn = [sweep.curves(observable, component, key, change=change) for component in indices]
    theory = _theory(sweep, observable, key)
    panels: list[Panel] = []
    for component, (axes, values, errors, unit) in zip(indices, drawn, strict=True):
        curve = None
        if theory is not None:
            fine, exact, spread, _ = theory.curves(observable, component, key, change=change)
            curve = Curves(fine, exact, spread, reference_label(sweep))
        symbol = observable_symbol(observable, component)
        panels.append(
            partial(
                draw, Curves(axes, values, errors, "packets"), name=rf"$\Delta${symbol}" if change else symbol,
                unit=unit, reference=curve,
            )
        )  # fmt: skip
    return panels


def _theory(sweep: "Sweep", observable: str, key: str) -> "Sweep | None":
    """The reference, if there is one for this observable and for every point."""
    from wavepacket.sweeps import reference_sweep

    try:
        theory = reference_sweep(sweep, key)
    except ConfigError as error:
        say(f"without the curve of the reference: {error}")
        return None
    known = theory is not None and any(observable in point.observables for point in theory.points)
    return theory if known else None


def _by_number(component: str) -> str:
    """``xy`` as ``0.1``: Cartesian indices as the tables have them."""
    parts = component.split(".")
    if parts[-1] and set(parts[-1]) <= set("xyz"):
        parts[-1] = ".".join(str("xyz".index(letter)) for letter in parts[-1])
    return ".".join(parts)
