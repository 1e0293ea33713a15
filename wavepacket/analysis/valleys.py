"""Populations, drifts and pumping of a run, valley by valley."""

from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.response_tensors import imbalance
from wavepacket.analysis.steady import SteadyState
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry
from wavepacket.units import E_OVER_HBAR, HBAR

__all__: list[str] = []


_WHICH = "trajectories belong to the valley nearest to where they start"


@entry("ballistic", "steady_state", unit="{weight}", symbol="$n$", needs=("numbers by valley",),
    convention={
        "ballistic": f"sum of weights; {_WHICH}, E as given",
        "steady_state": "occupied states nearest to each valley, E as given",
    })  # fmt: skip
def valley_population(of: Ballistic | SteadyState) -> Observable:
    """States in each valley."""
    return of.populations_held()


@entry("ballistic", "steady_state", unit="1", symbol=r"$P_\mathrm{v}$", needs=("two valleys",),
    convention={
        "ballistic": f"{{share}}; {_WHICH}, E as given",
        "steady_state": "{share} of the occupied states, E as given",
    })  # fmt: skip
def valley_polarisation(of: Ballistic | SteadyState) -> Observable:
    """(n_1 − n_2)/(n_1 + n_2)."""

    def share(counts: Float) -> Float:
        both = counts[0] + counts[1]
        return np.asarray((counts[0] - counts[1]) / np.where(both > 0, both, np.nan))

    return of.polarisation(share)


@entry("ballistic", "steady_state", unit="angstrom/fs", symbol=r"$v_\mathrm{d}$", needs=("numbers by valley",),
    convention={
        "ballistic": f"mean displacement over the run divided by its time; {_WHICH}, {{sign}}",
        "steady_state": "mean velocity, E as given, of the packets that start nearest to each valley",
    })  # fmt: skip
def valley_drift(of: Ballistic | SteadyState) -> Observable:
    """Mean velocity of the packets of each valley."""
    return of.drifts()


@entry("ballistic", unit="angstrom", symbol=r"$\langle r\rangle$",
    convention=f"mean of r - r(0) at the saved times, [time, axis]; {_WHICH}, {{sign}}")  # fmt: skip
def valley_displacement(of: Ballistic) -> Observable:
    """Mean displacement of the packets of each valley against time."""
    return replace(of.held(*of.displacements), over_time=True)


@entry("ballistic", unit="1/(angstrom^{d} fs)", symbol=r"$\mathrm{d}n/\mathrm{d}t$",
    needs=("states", "static E", "states per energy"),
    convention=f"states that pass the chemical potential upwards in unit time, part odd in E; {_WHICH}, E as "
    "given")  # fmt: skip
def valley_pumping(of: Ballistic) -> Observable:
    """Rate at which states of each valley pass the chemical potential: Σ D (−∂f/∂𝓔) qE·ṙ, the chiral anomaly's dn/dt."""
    return of.by_start(lambda _, displacement, *__: _passed(of, displacement)[:, -1] / of.span)


@entry("ballistic", unit="1/angstrom^{d}", symbol=r"$\Delta n$", needs=("states", "static E", "states per energy"),
    convention=f"states that have passed the chemical potential upwards since the start, part odd in E, [time]; {_WHICH}, E "
    "as given")  # fmt: skip
def valley_pumped_states(of: Ballistic) -> Observable:
    """States that each valley has gained since the start: Weyl nodes differ by n₅(t), which the chiral anomaly pumps."""
    return replace(of.by_start(lambda _, displacement, *__: _passed(of, displacement)), over_time=True)


def _passed(of: Ballistic, displacement: Float) -> Float:
    """Σ D (−∂f/∂𝓔) qE·(r − r(0)) by valley (V + 1, T), 1/Å^d.

    The part of the displacement even in E: what E alone adds to the energy, ballistic acceleration, is odd and drops out.
    """
    even = displacement.mean(axis=0) if of.both_signs else displacement[0]
    return np.asarray(of.config.charge * (even @ of.electric))


@entry("ballistic", unit="1/(angstrom^{d} fs)", symbol=r"$\mathrm{d}n/\mathrm{d}t$",
    needs=("states", "static E", "states per energy"),
    convention="e^2 E.B/(4 pi^2 hbar^2), what valley_pumping is of a Weyl node of charge 1")  # fmt: skip
def chiral_anomaly(of: Ballistic) -> float:
    """χ e² E·B/(4π²ħ²) of a Weyl node (N. Armitage, E. Mele and A. Vishwanath, Rev. Mod. Phys. 90, 015001 (2018))."""
    field = np.array(of.config.fields.magnetic)
    return float(of.electric @ field * E_OVER_HBAR / (4 * np.pi**2 * HBAR))


@entry("steady_state", unit="eV", symbol=r"$\delta\mu$", needs=("numbers by valley",),
    convention="shift of the chemical potential of each valley that collisions within it lead to, E as given; to first "
    "order in it")  # fmt: skip
def valley_imbalance(of: SteadyState) -> Observable:
    """δμ of each valley."""
    return of.by_valley(lambda *totals: of.balance(*totals).shift)


@entry("linear_response", unit="eV angstrom/V", symbol=r"$\partial\mu/\partial E$", needs=("numbers by valley",),
    old=("valley_imbalance",),
    convention="shift of the chemical potential of each valley per field, [valley, b]")  # fmt: skip
def valley_imbalance_per_field(of: LinearResponse) -> Observable:
    """δμ of each valley where collisions conserve its number; of several bands of each valley of each band."""
    refill = of.refill
    assert refill is not None
    names = of.run.valley_names
    return replace(of.part(lambda flow, sea: imbalance(flow, of.config.charge, refill)), valleys=names)
