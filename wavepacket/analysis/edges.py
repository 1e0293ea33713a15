"""Observables of a layer as functions of the place: currents through lines, J_total, ∇×M and J_T, and what must vanish."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.local import MAGNETIZATION, LocalSums, local_sums
from wavepacket.arrays import Float
from wavepacket.config import Confined
from wavepacket.observables import Observable, entry

__all__: list[str] = []

_KERNEL = "at the last saved time, smoothed with the cubic B-spline of a cell"
_PARTS = ("transport", "magnetization")


def _which(of: Ballistic) -> str:
    """What M is, in words."""
    if isinstance(of.config.ensemble, Confined):
        return "M local + itinerant, of the equilibrium"
    return "M its local part alone, sum m delta: these packets are no equilibrium"


def _with_parts(
    sums: LocalSums,
    function: Callable[..., Float],
    of: Ballistic,
    estimated: Callable[[Callable[..., Float]], Observable],
) -> Observable:
    """A function of currents through faces, of J_total and of its parts J_T and ∇×M, as it is ``estimated``."""

    def of_part(name: str) -> Observable:
        return estimated(lambda *totals: function(*sums.currents(*totals)[name]))

    found = of_part("total")
    return replace(
        found,
        contributions={name: of_part(name) for name in _PARTS},
        convention=f"{_which(of)}; {found.convention}",
    )


@entry("ballistic", unit="A", symbol="$I$", needs=("local",),
    convention=f"int J_total.n dl through each of local.cross_sections, n to the right of the way along it, {_KERNEL}; "
    "contributions J_T and ∇×M")  # fmt: skip
def cross_section_current(of: Ballistic) -> Observable | None:
    """Current through lines."""
    assert of.config.local is not None
    lines = of.config.local.cross_sections
    if not lines:
        return None
    sums = of.once(local_sums)

    def currents(across_x: Float, across_y: Float) -> Float:
        through = [sums.cells.through(line, across_x, across_y) for line in lines.values()]
        return np.array(through) / _METRE

    found = _with_parts(sums, currents, of, sums.part)
    return replace(
        _by_name(found, lines),
        contributions={name: _by_name(part, lines) for name, part in found.contributions.items()},
    )


_METRE = 1e10  # Å


def _by_name(found: Observable, names: object) -> Observable:
    def named(values: object) -> dict[str, float]:
        return dict(zip(names, np.asarray(values).tolist(), strict=True))  # type: ignore[call-overload]

    return replace(found, value=named(found.value), uncertainty=named(found.uncertainty))


@entry("ballistic", unit="A", symbol="$I$", needs=("local",),
    convention=f"int J_total along x and along y through the whole sample, mean over its cross-sections, {_KERNEL}; zero in "
    "equilibrium; contributions J_T and ∇×M")  # fmt: skip
def net_current(of: Ballistic) -> Observable:
    """Current through all cross-sections, (2,)."""
    sums = of.once(local_sums)
    step = sums.cells.steps / _METRE

    def net(across_x: Float, across_y: Float) -> Float:
        return np.array([across_x.sum(axis=1).mean() * step[1], across_y.sum(axis=0).mean() * step[0]])

    return _with_parts(sums, net, of, sums.part)


@entry("ballistic", unit="1", needs=("local",),
    convention="largest |J_T| of a cell over the largest |J_total|; zero in equilibrium")  # fmt: skip
def transport_current_share(of: Ballistic) -> Observable:
    """Of the largest |J_T| to the largest |J_total|."""
    sums = of.once(local_sums)
    transport = sums.in_cells(lambda *totals: sums.cells.middles(*sums.currents(*totals)["transport"]))
    total = sums.part(lambda *totals: sums.cells.middles(*sums.currents(*totals)["total"]))
    found = _largest_share(transport, total)
    return replace(found, convention=f"{_which(of)}; {found.convention}")


def _largest_share(part: Observable, whole: Observable) -> Observable:
    """The largest value in a cell over the largest of another observable, and the largest uncertainty over it, too.

    Each is linear in the sums, and their largest value is not: where it should be zero it does not show its error.
    """
    sizes = [np.abs(np.asarray(each)) for each in (part.value, part.uncertainty, whole.value)]
    if sizes[0].ndim > 2:  # vectors
        sizes = [np.linalg.norm(each, axis=-1) for each in sizes]
    value, error, largest = (float(each.max()) for each in sizes)
    scale = 1.0 / largest if largest > 0 else 0.0
    return Observable("", value * scale, error * scale, convention=part.convention)


def _largest(sums: LocalSums, across_x: Float, across_y: Float) -> float:
    return float(np.linalg.norm(sums.cells.middles(across_x, across_y), axis=-1).max())


@entry("ballistic", unit="1", needs=("local",),
    convention="largest |div(∇×M)| of a cell times its shorter side, over the largest |∇×M|: rounding")  # fmt: skip
def magnetization_current_divergence(of: Ballistic) -> Observable:
    """How far ∇·J_M is from zero."""
    sums = of.once(local_sums)
    across = sums.currents(*(each.sum(axis=0) for each in sums.estimator.sums))["magnetization"]
    largest = _largest(sums, *across)
    worst = float(np.abs(sums.cells.divergence(*across)).max()) * float(sums.cells.steps.min())
    return Observable("", worst / largest if largest > 0 else 0.0)


@entry("ballistic", unit="1", needs=("local",),
    convention="largest |n(r, last) - n(r, first)| over the largest n: an equilibrium does not move")  # fmt: skip
def density_change(of: Ballistic) -> Observable:
    """How far the density has moved."""
    sums = of.once(local_sums)
    return _largest_share(
        sums.in_cells(lambda density, before, *_: density - before),
        sums.part(lambda density, before, *_: before),
    )


@entry("ballistic", unit="1/angstrom^2", symbol="$n$", needs=("local",),
    convention=f"packets per area in cells [x, y], {_KERNEL}")  # fmt: skip
def local_density(of: Ballistic) -> Observable:
    """The density n(r)."""
    return of.once(local_sums).in_cells(lambda density, *_: density)


@entry("ballistic", unit="A/m", symbol="$J$", needs=("local",),
    convention=f"J_total = q sum(dr/dt delta) + ∇×M_local in cells [x, y, axis], {_KERNEL}; contributions J_T = J_total - "
    "∇×M and ∇×M")  # fmt: skip
def local_current(of: Ballistic) -> Observable:
    """J_total(r) and its parts."""
    sums = of.once(local_sums)
    return _with_parts(sums, sums.cells.middles, of, sums.in_cells)


@entry("ballistic", unit="A", symbol="$M$", needs=("local",),
    convention=f"M_z at corners of cells [x, y], {_KERNEL}; contributions local sum(m f) and itinerant "
    "{plus_minus_q} sum(Omega k_B T ln(1+e^{{-x}})), x = (E + V - mu)/k_B T")  # fmt: skip
def local_magnetization(of: Ballistic) -> Observable:
    """M(r) and its parts."""
    sums = of.once(local_sums)
    local = sums.in_cells(lambda *totals: MAGNETIZATION * totals[4])
    if not isinstance(of.config.ensemble, Confined):
        return replace(local, convention=f"{_which(of)}; {local.convention}", contributions={"local": local})
    itinerant = sums.in_cells(lambda *totals: MAGNETIZATION * totals[5])
    whole = sums.in_cells(lambda *totals: MAGNETIZATION * (totals[4] + totals[5]))
    parts = {"local": local, "itinerant": itinerant}
    return replace(whole, convention=f"{_which(of)}; {whole.convention}", contributions=parts)
