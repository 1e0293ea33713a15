"""Spin Hall conductivity, spin magnetization and what a current makes of it, from packets of single bands (`spin`).

With S the spin (ħ), the moment μ = −(q/e) m + (q/e) g μ_B S of a carrier of charge q, and the sums of ``runs/transport.py``

    J^s_a = (ħ/2q) σˢ_ab E_b,      σˢ_ab = −(2q²/ħ) Σ f Ωˢ_ab + (2q²/ħ) Σ W ṙ_b(k0) ∫ e^{-s} ⟨½{S_s, V_a}⟩ dt,
    M_b = K_ab E_a,                K_ab = q Σ W ṙ_a(k0) ∫ e^{-s} μ_b dt.

The first part of σˢ is what E mixes into the states that are occupied, the second what collisions and the motion between
them leave of the spins that packets carry. The states along flights are those without B: what B mixes into them is left out.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.source import CONDUCTIVITY, Source
from wavepacket.analysis.steady import SteadyState
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry
from wavepacket.runs import transport as quantity
from wavepacket.units import BOHR_MAGNETON, ELEMENTARY_CHARGE, HBAR

__all__: list[str] = []

_FREE = 2.0  # g
_METRES = 1e-10  # of an angstrom
_CURRENT = "[s, a, b]: the current of 1/2{{S_s, v_a}} is (hbar/2q) sigma^s_ab E_b, q the charge"
_OF_STATES = "-(2q^2/hbar) ∫[dk] Σ f Omega^s of the bands that count, all of them where bands without packets are occupied"


def _sums(of: Source) -> Estimator:
    """Those of packets, and those of states."""
    return of.sums_with(of.run, of.config, np.asarray(of.run.arrays[quantity.SPIN_STATES].values))


def _made(of: Source, function: Callable[[Float, Float], Float]) -> Observable:
    """A function of the sums over all valleys."""
    value, error = of.once(_sums).estimate(
        lambda flown, states: function(flown.sum(axis=0), states.sum(axis=0))
    )
    return Observable("", value, error, convention=of.how)


def _hall(of: Source) -> float:
    """From ∫[dk] Σ f Ωˢ, Å^(2−d), to (ħ/2e) e²/h of a layer, or (ħ/e) S/cm."""
    return -(of.config.charge**2) / HBAR * CONDUCTIVITY[of.dimension] * (2.0 if of.dimension < 3 else 1.0)


def _moment(of: Source) -> float:
    """(q/e) g, of the moment of a spin in μ_B."""
    zeeman = of.config.fields.zeeman
    return of.config.charge * (_FREE if zeeman is None else zeeman.g)


@entry("ballistic", "linear_response", unit="{spin_conductivity}", symbol=r"$\sigma^\mathrm{s}$",
    needs=("spin", "2D or 3D"), name="intrinsic_spin_hall_conductivity",
    convention=f"{_CURRENT}; {_OF_STATES}; even in time")  # fmt: skip
def spin_hall_of_states(of: Ballistic | LinearResponse) -> Observable:
    """σˢ of what E mixes into states."""
    return _made(of, lambda _, states: _hall(of) * states[:27].reshape(3, 3, 3))


@entry("ballistic", "linear_response", unit="mu_B{per_volume}", symbol=r"$M^\mathrm{s}$", needs=("spin",),
    name="spin_magnetization_density",
    convention="M_s = (q/e) g mu_B ∫[dk] Σ f <S_s>/hbar of the bands that count, of the moment, which electrons have "
    "against their spin; g of fields.zeeman, else 2")  # fmt: skip
def magnetization_of_states(of: Ballistic | LinearResponse) -> Observable:
    """Magnetization of the spins of the states at their start."""
    return _made(of, lambda _, states: _moment(of) * states[27:])


@entry("linear_response", unit="{spin_conductivity}", symbol=r"$\sigma^\mathrm{s}$", needs=("spin",),
    convention=f"{_CURRENT}; contributions: intrinsic, {_OF_STATES}; flights, of the spins that packets carry, as without "
    "B: what B mixes into them is not in it")  # fmt: skip
def spin_conductivity(of: LinearResponse) -> Observable:
    """σˢ of a linear response."""

    def intrinsic(_: Float, states: Float) -> Float:
        return _hall(of) * states[:27].reshape(3, 3, 3)

    def flights(flown: Float, _: Float) -> Float:
        return -_hall(of) * HBAR * flown[quantity.SPIN_CURRENT].reshape(3, 3, 3)

    whole = _made(of, lambda *sums: intrinsic(*sums) + flights(*sums))
    return replace(whole, contributions={"intrinsic": _made(of, intrinsic), "flights": _made(of, flights)})


@entry("linear_response", unit="{magnetoelectric_response}", symbol="$K$", needs=("spin",),
    name="current_induced_magnetization",
    convention="M_b = K_ab E_a, M per area or volume; contributions of the orbital moment, and of (q/e) g mu_B S/hbar, g of "
    "fields.zeeman, else 2; states as without B")  # fmt: skip
def magnetization_of_currents(of: LinearResponse) -> Observable:
    """K of the moments that packets carry: Edelstein's effect and its orbital twin."""
    unit = ELEMENTARY_CHARGE * _METRES ** (1 - of.dimension)

    def spin(flown: Float, _: Float) -> Float:
        factor = of.config.charge * _moment(of) * BOHR_MAGNETON * unit
        return factor * flown[quantity.SPIN_MOMENT].T

    def orbital(flown: Float, _: Float) -> Float:
        return -(of.config.charge**2) * unit * flown[quantity.SPIN_ORBITAL].T

    whole = _made(of, lambda *sums: spin(*sums) + orbital(*sums))
    return replace(whole, contributions={"orbital": _made(of, orbital), "spin": _made(of, spin)})


def _driven(of: SteadyState, name: str, totals: tuple[Float, ...]) -> tuple[Float, Float]:
    """Σ f of what packets carry, with E and with −E."""
    found = [
        each.sum(axis=0)[-quantity.SPIN_ROWS :].ravel()[quantity.SPIN_DRIVEN[name]] for each in totals[:2]
    ]
    return found[0], found[1]


def _odd_over_field(of: SteadyState, name: str, totals: tuple[Float, ...]) -> Float:
    """The part odd in E over its strength."""
    forward, backward = _driven(of, name, totals)
    return np.asarray(0.5 * (forward - backward) / np.linalg.norm(of.electric))


@entry("steady_state", unit="{spin_conductivity}", symbol=r"$\sigma^\mathrm{s}$", needs=("spin", "E and -E"),
    name="driven_spin_conductivity",
    convention="[s, a]: the current of 1/2{{S_s, v_a}} is (hbar/2q) sigma^s_a E for E as given, part odd in E; "
    "contributions: intrinsic, what E mixes into occupied states; flights, of spins of packets where E takes them",
)  # fmt: skip
def spin_conductivity_in_field(of: SteadyState) -> Observable:
    """σˢ along E, at any strength of it."""
    along = of.electric / np.linalg.norm(of.electric)

    def intrinsic(*totals: Float) -> Float:
        forward, backward = _driven(of, "mixed", totals)
        return np.asarray(_hall(of) * 0.5 * (forward + backward).reshape(3, 3, 3) @ along)

    def flights(*totals: Float) -> Float:
        carried = _odd_over_field(of, "current", totals).reshape(3, 3)
        return np.asarray(-_hall(of) * HBAR / of.config.charge * carried)

    whole = of.part(lambda *totals: intrinsic(*totals) + flights(*totals))
    return replace(whole, contributions={"intrinsic": of.part(intrinsic), "flights": of.part(flights)})


@entry("steady_state", unit="{magnetoelectric_response}", symbol="$K$", needs=("spin", "E and -E"),
    name="driven_magnetization",
    convention="[b]: M_b = K_b E for E as given, part odd in E, M per area or volume; contributions of the orbital moment, "
    "and of (q/e) g mu_B S/hbar, g of fields.zeeman, else 2; states as without B")  # fmt: skip
def magnetization_in_field(of: SteadyState) -> Observable:
    """K along E, at any strength of it."""
    unit = ELEMENTARY_CHARGE * _METRES ** (1 - of.dimension)

    def spin(*totals: Float) -> Float:
        return _moment(of) * BOHR_MAGNETON * unit * _odd_over_field(of, "moment", totals)

    def orbital(*totals: Float) -> Float:
        return -of.config.charge * unit * _odd_over_field(of, "orbital", totals)

    whole = of.part(lambda *totals: spin(*totals) + orbital(*totals))
    return replace(whole, contributions={"orbital": of.part(orbital), "spin": of.part(spin)})
