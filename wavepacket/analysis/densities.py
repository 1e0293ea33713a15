"""Numbers of states and carriers of a linear response, and their mobilities."""

from dataclasses import replace

import numpy as np

from wavepacket.analysis.each_band import hole_bands
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.response_tensors import inverse
from wavepacket.analysis.source import CONDUCTIVITY
from wavepacket.arrays import Complex, Float
from wavepacket.observables import Observable, entry, rows
from wavepacket.runs import transport as quantity

__all__: list[str] = []


_LIMITS = "of a k.p model up to its cutoff; with valley_radius that of the carriers alone"


def _counted(of: LinearResponse, column: int) -> Observable:
    if of.config.bands:
        chosen = np.array(of.once(hole_bands)) == (column == quantity.SEA_EMPTY)
        return of.part_of(of.band_sums, lambda flow, sea: sea[:-1, column][chosen].sum(), static=True)
    # Balls round valleys hold all of the carriers, and of the other kind only what is in the balls.
    known = not of.in_balls or of.holes == (column == quantity.SEA_EMPTY)
    return of.part(lambda flow, sea: sea[:, column].sum() * (1.0 if known else np.nan), static=True)


rows(
    "linear_response",
    ("electron_density", "{volume}", "$n$", f"sum of D f: occupied states {{full}}; {_LIMITS}",
     lambda of: _counted(of, quantity.SEA_OCCUPIED)),
    ("density_of_states", "{volume}/eV", r"$\partial n/\partial\mu$",
     "sum of D (-df/dE): states {bands} per energy at the chemical potential",
     lambda of: of.part(lambda flow, sea: flow[:, quantity.NUMBERS, 2].sum(), static=True)),
)  # fmt: skip
rows(
    "linear_response",
    ("hole_density", "{volume}", "$p$", f"sum of D (1 - f): empty states {{bare}}; {_LIMITS}",
     lambda of: _counted(of, quantity.SEA_EMPTY)),
    needs=("empty states",),
)  # fmt: skip
rows(
    "linear_response",
    ("carrier_density", "{volume}", "$n$",
     "density of the {kind}: in a lattice the fewer of electrons and holes, in a k.p model those that its cutoff does "
     "not cut",
     lambda of: replace(of.part(of.carriers, static=True), facts={"carriers": of.kind})),
    needs=("empty states", "one band"),
)  # fmt: skip


@entry("linear_response", unit="cm^2/(V s)", symbol=r"$\mu$", needs=("empty states", "one band"), old=("mobility",),
    convention="mean drift velocity of the {kind} along E per field, at this B: trace of sigma / (d q n) with the charge of "
    "the {kind} and the carrier_density n")  # fmt: skip
def drift_mobility(of: LinearResponse) -> Observable:
    """Tr σ/(d q n): Å²/(V fs) in cm²/(V s)."""

    def drift(*totals: Float) -> Complex:
        d = of.dimension
        tensor = of.tensor(*totals) / CONDUCTIVITY[d]
        return np.asarray(0.1 * np.trace(tensor[:d, :d]) / d / (of.carrier_charge * of.carriers(*totals)))

    return replace(of.part(drift), facts={"carriers": of.kind})


@entry("linear_response", unit="cm^2/(V s)", symbol=r"$\mu_\rho$", needs=("empty states", "one band"),
    convention="1/(q n rho), rho the mean of the diagonal without the anomalous Hall effect: free of the turning "
    "in B")  # fmt: skip
def resistive_mobility(of: LinearResponse) -> Observable:
    """1/(q n ρ)."""

    def mobility(*totals: Float) -> Complex:
        d = of.dimension
        tensor = inverse(of.ordinary_tensor(*totals), d)[:d, :d] * CONDUCTIVITY[d]
        with np.errstate(invalid="ignore"):  # where nothing conducts it is not a number
            return np.asarray(0.1 * d / np.trace(tensor) / (of.carrier_charge * of.carriers(*totals)))

    return of.part(mobility)
