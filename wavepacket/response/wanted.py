"""The targets that a config's section ``response`` sets."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config.schema_response import SURFACE_QUANTITIES
from wavepacket.config.schema_response import Response as Request
from wavepacket.response.collect import Collected, Task
from wavepacket.response.identities import allowed, density_sides, entropy_sides, streda_factor
from wavepacket.response.observables import Report
from wavepacket.response.scan import Scan
from wavepacket.response.spin import spin_targets
from wavepacket.response.targets import Target, Term
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["targets_of"]


_BORDERS = 5e-3
"""Parts by valley and region need not be better than this: their borders cut Ω off, and converge slowly."""

_CHECK = 1e-2
"""Identities are checks: what is wanted is the difference of their sides, to this part of them."""

_HALL = (Term("sea", "curvature"),)
_MOMENT = (Term("sea", "moment"), Term("grand", "curvature", E_OVER_HBAR))
_STREDA = (Term("sea", "curvature", E_OVER_HBAR), Term("surface", "moment"))
_NERNST = (Term("entropy", "curvature"),)
_ENTROPY = (Term("entropy", "curvature", E_OVER_HBAR), Term("warming", "moment"))


def targets_of(
    task: Task,
    request: Request,
    charge: float,
    projectors: Mapping[str, Float],
    undefined: Iterable[int] = (),
) -> list[Target]:
    """Return a target for each requested quantity that is defined in this dimension, and for the valleys.

    `undefined` are the numbers of the μ at which there is no density of states at T = 0.
    """
    columns, warm = task.columns, max(request.temperature) > 0
    coarse = max(request.uncertainty, _BORDERS)
    units = Report(Scan(task, np.zeros(1), np.zeros(1), Collected.empty(task, 2)), "", charge)
    hall, nernst, moment = (
        abs(units.hall_factor),
        abs(units.nernst_factor),
        abs(charge) * units.moment_factor,
    )
    regions = [(Term("sea", f"region {name}"),) for name in columns.regions]

    def one(
        name: str, *parts: tuple[Term, ...], relative: float = request.uncertainty, **more: Any
    ) -> Target:
        key: Any = "anomalous_hall_conductivity" if name == "valley_hall_conductivity" else name
        return Target(name, parts, relative, request.floors.get(key), projectors=dict(projectors), **more)

    possible: list[tuple[object, Target]] = [
        (True, one("density", (Term("sea", "one"),))),
        (columns.curvature, one("anomalous_hall_conductivity", _HALL, unit=hall)),
        (regions, one("valley_hall_conductivity", *regions, unit=hall, relative=coarse)),
        (warm and columns.curvature, one("anomalous_nernst_conductivity", _NERNST, unit=nernst, when="warm")),
        (columns.moment, one("orbital_magnetization", _MOMENT, unit=moment)),
        (columns.dipole, one("berry_curvature_dipole", (Term("surface", "dipole"),))),
        (columns.metric, one("quantum_metric", (Term("sea", "metric"),), when="cold")),
    ]
    possible += [(there, one(name, part, **more)) for there, name, part, more in _of_slopes(task, units)]
    quantities = {*request.quantities, "valley_hall_conductivity"}
    targets = [target for there, target in possible if there and target.name in quantities]
    targets += spin_targets(task, request, charge, projectors)
    if "identities" in quantities and task.field is not None:
        targets += _checks(task, request, charge, projectors, tuple(undefined))
    return targets


def _of_slopes(task: Task, units: Report) -> list[tuple[bool, str, tuple[Term, ...], dict[str, float]]]:
    """Whether it is wanted, name, terms and unit of quantities with a constant relaxation time, and of the sea's dipole."""
    columns, sizes = (
        task.columns,
        [units.drude_factor, abs(units.ordinary_factor), abs(units.nonlinear_factor)],
    )
    there, names = (columns.drude, columns.hall, columns.nonlinear), ("drude", "hall", "nonlinear")
    found = [
        (wanted, name, (Term("surface", column),), {"unit": unit})
        for wanted, name, column, unit in zip(there, SURFACE_QUANTITIES, names, sizes, strict=True)
    ]
    sea: tuple[Term, ...] = (Term("sea", "dipole_sea"),)
    return [*found, (columns.dipole_sea, "berry_curvature_dipole_sea", sea, {})]


def _checks(
    task: Task, request: Request, charge: float, projectors: Mapping[str, Float], undefined: tuple[int, ...]
) -> list[Target]:
    """Targets of the identities; none where symmetry forbids both sides. B is along z only, so nothing is projected."""
    z, unit = task.columns.components.index(2), abs(streda_factor(charge))
    if not allowed(projectors, z):
        return []
    coarse, floor = max(request.uncertainty, _CHECK), request.floors.get("identities")
    checks = [
        Target("streda", (_STREDA,), coarse, floor, unit, only=(z,), check=density_sides, undefined=undefined)
    ]
    if max(request.temperature) > 0:
        unit = unit / BOLTZMANN
        checks.append(
            Target(
                "nernst_identity", (_ENTROPY,), coarse, floor, unit, "warm", only=(z,), check=entropy_sides
            )
        )
    return checks
