"""The figure of a sweep: numbers of one observable against a swept key, each in a panel, and the config's reference."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from wavepacket.analysis import config_of, headline_of
from wavepacket.errors import ConfigError, InputError
from wavepacket.observables import Observable, Observables, by_number, components
from wavepacket.plots.angles import angles_figure
from wavepacket.plots.figures import Panel, compose
from wavepacket.plots.magnetotransport import magnetotransport_figure
from wavepacket.plots.naming import observable_symbol
from wavepacket.plots.sweep import Curves, plot_sweep
from wavepacket.runs import open_run
from wavepacket.sweeps import Sweep, reference_label, reference_sweep
from wavepacket.sweeps.angles import turned_field
from wavepacket.sweeps.magnetotransport import magnetotransport

__all__ = ["Wish", "sweep_figure"]

Report = Callable[[str], None]

_MOST_PANELS = 3


@dataclass(frozen=True)
class Wish:
    """What to draw of a sweep.

    Attributes
    ----------
    observable : default what the config is about
    components : numbers of it, such as ``K`` or ``xy``, a panel each; default those that are not zero within their errors
    change : the change from the first value of the x axis
    difference : packets less the reference of the config
    against : the swept key of the x axis; default the last one

    """

    observable: str | None = None
    components: tuple[str, ...] = ()
    change: bool = False
    difference: bool = False
    against: str | None = None

    @property
    def name(self) -> str:
        """Name for the file of the figure."""
        words = ("change" * self.change, "difference" * self.difference)
        return "_".join(part for part in (self.observable, *self.components, *words) if part)


def sweep_figure(
    sweep: Sweep, wish: Wish = Wish(), report: Report = lambda text: None
) -> tuple[Figure, Wish]:
    """Return the figure of a sweep, and what is drawn in it; ``report`` is called with remarks."""
    measured = magnetotransport(sweep) if wish == Wish() else ()
    if measured:
        report("B is swept: --observable NAME draws another observable")
        return magnetotransport_figure(measured), Wish("magnetotransport")
    turned = turned_field(sweep) if wish == Wish() else ()
    if turned and all(each.fits for each in turned):
        report("the direction of B is swept: --observable NAME draws another observable than rho")
        return angles_figure(turned), Wish("angles")
    if wish.observable is None:
        wish = _of_headline(sweep, wish, report)
    name = wish.observable
    assert name is not None
    if not wish.components:
        held = (point.observables[name] for point in sweep.points if name in point.observables)
        wish = replace(wish, components=next((_telling(each) for each in held), ()))
    return compose(_panels(sweep, name, wish, report), ""), wish


def _of_headline(sweep: Sweep, wish: Wish, report: Report) -> Wish:
    """Wish for what the config is about."""
    point = next((point for point in sweep.points if point.observables), None)
    if point is None:
        raise InputError(f"{sweep.folder}: no point has a result yet")
    found = Observables(point.observables)
    first = next(iter(headline_of(config_of(open_run(point.folder)), found)), None)
    if first is None:
        raise InputError(f"--observable NAME is needed for this sweep; there are {', '.join(found)}")
    name, _, component = first.name.partition(".")
    chosen = (component,) if component else _telling(found[name])
    others = ", ".join(each for each in found if each != name)
    report(f"{first.name} is what the config is about; --observable NAME draws another: {others}")
    return replace(wish, observable=name, components=wish.components or chosen)


def _telling(observable: Observable) -> tuple[str, ...]:
    """Components that are not zero within their uncertainty, or all; no more than a figure takes."""
    numbers = [each for each in components(observable) if isinstance(each[1], int | float)]
    resolved = [key for key, value, error in numbers if abs(value) > (error or 0.0)]
    if observable.name.endswith("_by_band"):  # the same component of each band
        resolved.sort(key=lambda key: key.split(".")[1:])
    return tuple(resolved or [key for key, _, _ in numbers])[:_MOST_PANELS]


def _panels(sweep: Sweep, observable: str, wish: Wish, report: Report) -> list[Panel]:
    """A panel for each component, with the curve of the reference where it knows the observable."""
    key = wish.against or sweep.axes[-1].path
    parts = [by_number(component) for component in wish.components or ("",)]
    drawn = [sweep.curves(observable, component, key, change=wish.change) for component in parts]
    theory = _theory(sweep, observable, "" if wish.difference else key, report)
    if wish.difference and theory is None:
        raise InputError(f"--difference: the config names no reference that has {observable!r}")
    held = [found for point in sweep.points if (found := point.observables.get(observable))]
    uncertain = wish.difference or any(found.uncertainty is not None for found in held)
    panels: list[Panel] = []
    for component, (axes, values, errors, unit) in zip(parts, drawn, strict=True):
        curve, name = None, observable_symbol(observable, component)
        name = rf"$\Delta${name}" if wish.change else name
        if theory is not None:
            fine, exact, spread, _ = theory.curves(observable, component, key, change=wish.change)
            if wish.difference:
                values, errors = values - exact, np.hypot(errors, np.nan_to_num(spread))
                exact, name = 0.0 * exact, f"{name} − ref."
            curve = Curves(fine, exact, spread * (not wish.difference), reference_label(sweep))
        measured = Curves(axes, values, errors if uncertain else None, "packets")
        panels.append(partial(plot_sweep, measured, name=name, unit=unit, reference=curve))
    return panels


def _theory(sweep: Sweep, observable: str, key: str, report: Report) -> Sweep | None:
    """The reference, if there is one for this observable and for every point."""
    try:
        theory = reference_sweep(sweep, key)
    except ConfigError as error:
        report(f"without the reference: {error}")
        return None
    known = theory is not None and any(observable in point.observables for point in theory.points)
    return theory if known else None
