"""The curves that theory draws through a sweep: the reference of its config, at more values of one key."""

import numpy as np

from wavepacket.config.scan import Axis
from wavepacket.sweeps.plan import Plan, read_plan
from wavepacket.sweeps.references import LABELS, references
from wavepacket.sweeps.table import Point, Sweep

__all__ = ["reference_label", "reference_sweep"]

_VALUES = 121


def reference_sweep(sweep: Sweep, key: str = "") -> Sweep | None:
    """Return the reference of a sweep's config at its points or at many values of ``key``; None if none is named, or
    own parts of its keys are not known here.

    Raises
    ------
    ConfigError : the config is not what its reference is for
    """
    plan = read_plan(sweep.folder)
    if plan.lacks_parts(sweep.folder) or plan.config(sweep.folder, 0).reference is None:
        return None
    axes = tuple(_finer(axis) if axis.path == key else axis for axis in plan.axes)
    fine = Plan(axes, plan.overrides)
    curves = references([fine.config(sweep.folder, index) for index in range(fine.size)])
    points = (
        Point(fine.settings(index), sweep.folder, "finished", observables)
        for index, observables in enumerate(curves)
    )
    return Sweep(sweep.folder, axes, tuple(points))


def reference_label(sweep: Sweep) -> str:
    """How a legend calls the reference of a sweep's config, empty for none."""
    plan = read_plan(sweep.folder)
    if plan.lacks_parts(sweep.folder):
        return ""
    return LABELS.get(plan.config(sweep.folder, 0).reference or "", "")


def _finer(axis: Axis) -> Axis:
    """The first value of an axis, and then many from its smallest to its largest; as it is where they are no numbers."""
    if axis.numbers is None:
        return axis
    between = np.linspace(min(axis.numbers), max(axis.numbers), _VALUES).tolist()
    return Axis(axis.path, (axis.values[0], *(f"{value!r} {axis.unit}".strip() for value in between)))
