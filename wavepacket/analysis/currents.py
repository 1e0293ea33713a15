"""Currents and Hall conductivities of runs in a field E."""

from dataclasses import replace

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.conductivities import TENSOR
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.source import CONDUCTIVITY, CURRENT, Source
from wavepacket.analysis.steady import SteadyState
from wavepacket.observables import Observable, entry

__all__: list[str] = []

InField = Ballistic | SteadyState


@entry("ballistic", unit="{current}", symbol="$j$", needs=("states",), old=("mean_current",),
    convention="{current_text}, at the saved times, [time, axis]")  # fmt: skip
@entry("steady_state", unit="{current}", symbol="$j$", needs=("states",),
    convention="{amplitude}{current_text}, of the steady state, E as given")  # fmt: skip
def current_density(of: InField) -> Observable:
    """J = q Σ D f ṙ."""
    return of.current(of.config.charge * CURRENT[of.dimension])


@entry("steady_state", unit="angstrom/fs", symbol=r"$\langle v\rangle$", convention="{mean}, E as given")
def drift_velocity(of: SteadyState) -> Observable:
    """Mean over all occupied states."""
    return of.pair(of.velocity)


@entry("ballistic", "steady_state", unit="{current}", symbol="$j$", needs=("states", "valleys", "static probe"),
    convention={
        "ballistic": "{current_text}, at the saved times, [time, axis]; trajectories belong to the valley nearest to where "
        "they start, E as given",
        "steady_state": "{current_text}, of the steady state and of the packets that start nearest to each valley",
    })  # fmt: skip
def valley_current(of: InField) -> Observable:
    """Current density that the packets of each valley carry."""
    factor = of.config.charge * CURRENT[of.dimension]
    found = of.by_start(lambda *totals: factor * of.flow_by_valley(*totals))
    return replace(found, over_time=of.over_time)


@entry("steady_state", unit="{conductivity}", symbol=r"$\sigma_\parallel$", needs=("E and -E",),
    convention="j.E/E^2, part odd in E")  # fmt: skip
def longitudinal_conductivity(of: SteadyState) -> Observable:
    """σ along E."""
    factor, square = of.config.charge * CONDUCTIVITY[of.dimension], float(of.electric @ of.electric)
    return of.odd(lambda flow: factor * flow @ of.electric / square)


@entry("ballistic", "steady_state", unit="{conductivity}", symbol=r"$\sigma_{xy}$",
    needs=("states", "2D or 3D", "E and -E"),
    convention={
        "ballistic": "{across}; part odd in E, mean over the run",
        "steady_state": "{across}, part odd in E",
    })  # fmt: skip
def hall_conductivity(of: InField) -> Observable:
    """σ_xy, by the difference of runs with E and −E."""
    return of.odd(of.across)


@entry("ballistic", "linear_response", "steady_state", unit="{conductivity}", symbol=r"$\sigma_{xy}$",
    needs=("states", "2D or 3D", "valleys", "E and -E"),
    convention={
        "ballistic": "share of the trajectories that start nearest to each valley, at the start; j_a = sigma_ab E_b, part "
        "odd in E",
        "linear_response": f"{TENSOR}; share of the states nearest to each valley: its antisymmetric part {{hall}}",
        "steady_state": "share of the packets that start nearest to each valley; {across}, part odd in E",
    })  # fmt: skip
def valley_hall_conductivity(of: Source) -> Observable | None:
    """Share of each valley in σ_xy; not of a group whose states the field has yet to mix."""
    if not of.hall_is_settled:
        return None
    return of.by_valley(of.hall_by_valley)


@entry("steady_state", unit="{conductivity} angstrom/V", symbol=r"$\sigma^{(2)}$", needs=("E and -E",),
    convention="j_even/E^2: rectified current; at low frequency E cos(omega t) gives half of it times E^2 at zero and at "
    "twice the frequency")  # fmt: skip
def nonlinear_conductivity(of: SteadyState) -> Observable:
    """Current even in E over E²."""
    factor = of.config.charge * CONDUCTIVITY[of.dimension] / float(of.electric @ of.electric)
    return of.part(lambda *totals: factor * of.even_flow(*totals))


@entry("linear_response", unit="{conductivity}", symbol=r"$\sigma$", needs=("valleys",),
    convention=f"{TENSOR}; share of the states nearest to each valley, [valley, a, b]")  # fmt: skip
def valley_conductivity(of: LinearResponse) -> Observable:
    """Share of each valley in the conductivity."""
    return replace(of.part(of.shares), valleys=of.names)
