"""The targets that a config's section ``response`` sets."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from wavepacket.config.schema_response import Quantity
from wavepacket.config.schema_response import Response as Request
from wavepacket.response.identities import allowed, density_sides, entropy_sides, streda_factor
from wavepacket.response.observables import Report
from wavepacket.response.scan import Scan
from wavepacket.response.targets import Target, Term
from wavepacket.response.work import Collected, Task
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["targets_of"]

Float = npt.NDArray[np.float64]

_BORDERS = 5e-3
"""Parts by valley and region need not be better than this: their borders cut Ω off, and converge slowly."""

_CHECK = 1e-2
"""Identities are checks: what is wanted is the difference of their sides, to this part of them."""

_HALL = (Term("sea", "curvature"),)
_MOMENT = (Term("sea", "moment"), Term("grand", "curvature", E_OVER_HBAR))
_STREDA = (Term("sea", "curvature", E_OVER_HBAR), Term("surface", "moment"))
_NERNST = (Term("entropy", "curvature", E_OVER_HBAR), Term("warming", "moment"))


def targets_of(
    task: Task,
    request: Request,
    charge: float,
    projectors: Mapping[str, Float],
    undefined: Iterable[int] = (),
) -> list[Target]:
    """One target for each quantity that is asked for and has a meaning in the dimension, and for the valleys.

    `undefined` are the numbers of the μ at which there is no density of states at T = 0.
    """
    units = Report(Scan(task, np.zeros(1), np.zeros(1), Collected.empty(task, 2)), "", charge)
    columns, warm = task.columns, max(request.temperature) > 0

    def one(
        name: str,
        key: Quantity,
        *parts: tuple[Term, ...],
        relative: float = request.uncertainty,
        **more: object,
    ) -> Target:
        return Target(name, parts, relative, request.floors.get(key), projectors=dict(projectors), **more)  # type: ignore[arg-type]

    found = [one("density", "density", (Term("sea", "one"),))]
    if columns.curvature:
        key: Quantity = "anomalous_hall_conductivity"
        found.append(one(key, key, _HALL, unit=abs(units.hall_factor)))
        if columns.regions:
            parts = [(Term("sea", f"region {name}"),) for name in columns.regions]
            coarse = max(request.uncertainty, _BORDERS)
            found.append(
                one("valley_hall_conductivity", key, *parts, relative=coarse, unit=abs(units.hall_factor))
            )
        if warm:
            key = "anomalous_nernst_conductivity"
            found.append(
                one(key, key, (Term("entropy", "curvature"),), unit=abs(units.nernst_factor), when="warm")
            )
    if columns.moment:
        key = "orbital_magnetization"
        found.append(one(key, key, _MOMENT, unit=abs(charge) * units.moment_factor))
    if columns.dipole:
        key = "berry_curvature_dipole"
        found.append(one(key, key, (Term("surface", "dipole"),)))
    if columns.metric:
        key = "quantum_metric"
        found.append(one(key, key, (Term("sea", "metric"),), when="cold"))
    if task.field is not None and allowed(projectors, columns.components.index(2)):
        z, key, unit = (columns.components.index(2),), "identities", abs(streda_factor(charge))
        coarse = max(request.uncertainty, _CHECK)
        projectors = {}  # B is along z only
        found.append(one("streda", key, _STREDA, relative=coarse, unit=unit, only=z, check=density_sides,
                         undefined=tuple(undefined)))  # fmt: skip
        if warm:
            found.append(
                one(
                    "nernst_identity",
                    key,
                    _NERNST,
                    relative=coarse,
                    unit=unit / BOLTZMANN,
                    only=z,
                    when="warm",
                    check=entropy_sides,
                )
            )
    asked = {*request.quantities, "valley_hall_conductivity"}
    if "identities" in asked:
        asked |= {"streda", "nernst_identity"}
    return [target for target in found if target.name in asked]
