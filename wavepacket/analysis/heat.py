"""Thermoelectric and thermal conductivities of a linear response, and what is measured of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from wavepacket.analysis.heat_tensors import Gradients
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.response_tensors import CONTRIBUTIONS, hall_vector, inverse
from wavepacket.analysis.source import CONDUCTIVITY
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry
from wavepacket.units import BOLTZMANN, ELEMENTARY_CHARGE

__all__: list[str] = []

_HEAT = {d: ELEMENTARY_CHARGE * 10.0 ** (10 * d - 5) for d in (1, 2, 3)}
"""eV/(fs Å^(d-2)) in W m^(2-d), and e/(fs Å^(d-2)) in A m^(2-d)."""
_MICROVOLTS, _MILLIVOLTS = 1e6, 1e3
_LORENZ = np.pi**2 / 3.0 * BOLTZMANN**2
"""π²k_B²/3e², V²/K²."""
_ABOUT = "about B (in 2D B_z; about z without B)"
_OPEN = "E_a = S_ab dT/dx_b where no current flows"


def gradients(of: LinearResponse) -> Gradients:
    """What the currents of a run are made of."""
    return Gradients(of.config.charge, float(getattr(of.config.ensemble, "temperature", np.nan)), of.refill)


def _sigma(of: LinearResponse, *totals: Float) -> Float:
    """σ in internal units."""
    return np.asarray(gradients(of).conductivity(*totals).sum(axis=(0, 1)))


def _rho(of: LinearResponse, *totals: Float) -> Float:
    """The inverse of σ, in internal units."""
    return _inverse(_sigma(of, *totals), of.dimension)


def _inverse(sigma: Float, dimension: int) -> Float:
    return np.asarray(inverse(sigma.astype(np.complex128), dimension).real)


def _alpha(of: LinearResponse, *totals: Float) -> Float:
    return np.asarray(gradients(of).thermoelectric(*totals).sum(axis=(0, 1)))


def _seebeck(of: LinearResponse, *totals: Float) -> Float:
    """S in V/K."""
    return np.asarray(_rho(of, *totals) @ _alpha(of, *totals))


def _closing(of: LinearResponse, *totals: Float) -> Float:
    """What λ lacks in κ: −β S, as no current flows."""
    beta = gradients(of).peltier(*totals).sum(axis=(0, 1))
    return np.asarray(-beta @ _seebeck(of, *totals))


def _kappa(of: LinearResponse, *totals: Float) -> Float:
    """κ in eV/(fs K Å^(d-2))."""
    return np.asarray(gradients(of).heat(*totals).sum(axis=(0, 1)) + _closing(of, *totals))


def _along(of: LinearResponse, tensor: Float) -> Float:
    """Component of the antisymmetric part about B."""
    return np.asarray(of.direction @ hall_vector(tensor.astype(np.complex128)).real)


def _parts(of: LinearResponse, by_part: Callable[..., Float], factor: float) -> dict[str, Observable]:
    """A tensor by contribution."""
    return {
        name: of.part(lambda *totals, i=i: factor * by_part(*totals)[i].sum(axis=0))
        for i, name in enumerate(CONTRIBUTIONS)
    }


@entry("linear_response", unit="{thermoelectric}", symbol=r"$\alpha$", needs=("heat",),
    convention="j_a = alpha_ab (-dT/dx_b), [a, b]; contributions by the term of the velocity that carries the current, "
    "anomalous: filled states with their magnetization current taken off")  # fmt: skip
def thermoelectric_conductivity(of: LinearResponse) -> Observable:
    """α by contribution, and their sum."""
    factor = _HEAT[of.dimension]
    whole = of.part(lambda *totals: factor * _alpha(of, *totals))
    return replace(whole, contributions=_parts(of, gradients(of).thermoelectric, factor))


@entry("linear_response", unit="uV/K", symbol="$S$", needs=("heat",),
    convention=f"{_OPEN}, [a, b]; electrons: negative")  # fmt: skip
def seebeck(of: LinearResponse) -> Observable:
    """S = σ⁻¹α."""
    return of.part(lambda *totals: _MICROVOLTS * _seebeck(of, *totals))


@entry("linear_response", unit="uV/K", symbol=r"$S_\mathrm{Mott}$", needs=("heat",),
    convention="S of Mott's formula with d sigma/d mu of the same packets, at their temperature: what S goes "
    "over into where sigma changes slowly over kT")  # fmt: skip
def mott_seebeck(of: LinearResponse) -> Observable | None:
    """(π²k_B²T/3q) σ⁻¹ ∂σ/∂μ; not where numbers in valleys shift, by an amount that depends on μ in its own way."""
    if of.refill is not None:
        return None
    given = gradients(of)
    return of.part(lambda *totals: _MICROVOLTS * _rho(of, *totals) @ given.mott(*totals).sum(axis=(0, 1)))


@entry("linear_response", unit="uV/K", symbol=r"$N$", needs=("heat", "2D or 3D"),
    convention=f"(S_xy - S_yx)/2 for B along z (antisymmetric part {_ABOUT}): E_y = N (-dT/dx), anomalous part "
    "included")  # fmt: skip
def nernst_signal(of: LinearResponse) -> Observable:
    """Antisymmetric part of S."""
    return of.part(lambda *totals: _MICROVOLTS * _along(of, _seebeck(of, *totals)))


@entry("linear_response", unit="uV/(K T)", symbol=r"$\nu$", needs=("heat", "2D or 3D", "B"),
    convention="ordinary part: N/B of sigma and alpha without the anomalous currents of the band at B = 0")  # fmt: skip
def nernst_coefficient(of: LinearResponse) -> Observable:
    """N/B of ordinary currents."""
    given, d = gradients(of), of.dimension

    def ordinary(flow: Float, sea: Float) -> Float:
        sigma = of.ordinary_tensor(flow, sea).real / CONDUCTIVITY[d]
        alpha = _alpha(of, flow, sea) - given.at_rest(sea)
        return _MICROVOLTS / of.size * _along(of, _inverse(sigma, d) @ alpha)

    return of.part(ordinary)


@entry("linear_response", unit="mV", symbol=r"$\Pi$", needs=("heat",),
    convention="j_Q,a = Pi_ab j_b without gradient of temperature, [a, b], j_Q = sum of (E - mu) v; Kelvin: "
    "Pi_ab(B) = T S_ba(-B)")  # fmt: skip
def peltier(of: LinearResponse) -> Observable:
    """Π = βσ⁻¹."""
    given = gradients(of)
    return of.part(lambda *totals: _MILLIVOLTS * given.peltier(*totals).sum(axis=(0, 1)) @ _rho(of, *totals))


@entry("linear_response", unit="{thermal}", symbol=r"$\kappa$", needs=("heat",),
    convention="j_Q,a = kappa_ab (-dT/dx_b) of electrons where no current flows, [a, b]; contributions: terms of the "
    "velocity at E = 0, and what E changes that keeps the current zero")  # fmt: skip
def thermal_conductivity(of: LinearResponse) -> Observable:
    """κ = λ − βσ⁻¹α by contribution, and their sum."""
    factor = _HEAT[of.dimension]
    parts = _parts(of, gradients(of).heat, factor)
    parts["no_current"] = of.part(lambda *totals: factor * _closing(of, *totals))
    return replace(of.part(lambda *totals: factor * _kappa(of, *totals)), contributions=parts)


@entry("linear_response", unit="{thermal}", symbol=r"$\kappa_\mathrm{H}$", needs=("heat", "2D or 3D"),
    convention=f"(kappa_xy - kappa_yx)/2 for B along z (antisymmetric part {_ABOUT}), anomalous part included")  # fmt: skip
def thermal_hall_conductivity(of: LinearResponse) -> Observable:
    """Antisymmetric part of κ."""
    return of.part(lambda *totals: _HEAT[of.dimension] * _along(of, _kappa(of, *totals)))


def _ratio(of: LinearResponse, component: Callable[[Float], Any], unit: float) -> Observable:
    """κ/(σT) of a component, in a unit."""
    temperature = gradients(of).temperature

    def ratio(*totals: Float) -> Float:
        with np.errstate(invalid="ignore", divide="ignore"):  # where nothing conducts it is not a number
            carried = component(_kappa(of, *totals)) / component(_sigma(of, *totals))
        return np.asarray(carried / (temperature * unit))

    return of.part(ratio)


@entry("linear_response", unit="V^2/K^2", symbol="$L$", needs=("heat",),
    convention="trace of kappa over that of sigma, over T; metals: pi^2 k_B^2/(3 e^2)")  # fmt: skip
def lorenz_number(of: LinearResponse) -> Observable:
    """L = κ/(σT)."""
    return _ratio(of, np.trace, 1.0)


@entry("linear_response", unit="1", symbol="$L/L_0$", needs=("heat",),
    convention="lorenz_number over pi^2 k_B^2/(3 e^2): 1 is the law of Wiedemann and Franz")  # fmt: skip
def wiedemann_franz_ratio(of: LinearResponse) -> Observable:
    """L/L₀."""
    return _ratio(of, np.trace, _LORENZ)


@entry("linear_response", unit="1", symbol=r"$L_\mathrm{H}/L_0$", needs=("heat", "2D or 3D", "B"),
    convention=f"the same of the antisymmetric parts {_ABOUT}: kappa_H/(sigma_H T) over pi^2 k_B^2/(3 e^2)")  # fmt: skip
def hall_wiedemann_franz_ratio(of: LinearResponse) -> Observable:
    """κ_H/(σ_H T) over L₀."""
    return _ratio(of, lambda tensor: _along(of, tensor), _LORENZ)


def _by_axis(of: LinearResponse, function: Callable[..., Float]) -> Observable:
    """A function of the totals on the diagonal, within the dimensions of the crystal."""
    inner = slice(0, of.dimension)

    def diagonal(*totals: Float) -> Float:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(function(*totals)[inner])

    return of.part(diagonal)


def _power(of: LinearResponse, *totals: Float) -> Float:
    return np.asarray(np.diag(_seebeck(of, *totals)) ** 2 / np.diag(_rho(of, *totals)))


@entry("linear_response", unit="{power}", symbol=r"$S^2/\rho$", needs=("heat",),
    convention="S_aa^2/rho_aa along each axis a, no current across it")  # fmt: skip
def power_factor(of: LinearResponse) -> Observable:
    """S²/ρ."""
    return _by_axis(of, lambda *totals: _HEAT[of.dimension] * _power(of, *totals))


@entry("linear_response", unit="1", symbol=r"$zT_\mathrm{e}$", needs=("heat",),
    convention="S_aa^2 T/(rho_aa kappa_aa) along each axis a with the heat of electrons alone, phonons make it "
    "smaller")  # fmt: skip
def electronic_figure_of_merit(of: LinearResponse) -> Observable:
    """The figure of merit zT without phonons."""
    temperature = gradients(of).temperature
    return _by_axis(of, lambda *totals: temperature * _power(of, *totals) / np.diag(_kappa(of, *totals)))
