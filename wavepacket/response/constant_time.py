"""Conductivities of carriers with a constant relaxation time τ, as integrals over k without flights; [μ, T, ...].

From Boltzmann's equation with f = f_0 + (terms in E, B), q the charge and v = ∂ε/ħ∂k:

    σ_ab = τ q² ∫[dk] Σ (−∂f/∂ε) v_a v_b,
    σ_ab = τ² (q³/ħ) B_c ∫[dk] Σ (−∂f/∂ε) v_a (v×∂_k)_c v_b      (first order in B),
    j_a  = τ² (q³/ħ²) E_b E_c ∫[dk] Σ f ∂_a∂_b∂_cε/ħ.

Ω and m have no part in them: what flights find at small E and B beyond these is theirs.
"""

import numpy as np

from wavepacket.formulas import LEVI_CIVITA
from wavepacket.observables import Observable, entry
from wavepacket.response.observables import Report

__all__: list[str] = []


@entry("response", unit="{drude}", symbol="$D$", needs=("drude_weight",),
    convention="sigma_ab = tau D_ab of a constant relaxation time tau, D_ab = q^2 ∫[dk] Σ (-∂f/∂ε) v_a v_b")  # fmt: skip
def drude_weight(of: Report) -> Observable:
    """σ_ab per relaxation time."""
    d = of.dimension
    place = np.zeros((9, d * d))
    place[[3 * a + b for a in range(d) for b in range(d)], np.arange(d * d)] = 1.0
    return of.made((of.drude_factor * of.scan.integral("surface", "drude")).mapped(place).shaped(3, 3))


@entry("response", unit="{ordinary}", symbol=r"$\sigma$", needs=("ordinary_hall_conductivity",),
    convention="sigma_ab = tau^2 sigma_abc B_c to first order in B, sigma_abc = (q^3/hbar) ∫[dk] Σ (-∂f/∂ε) v_a (v×∂_k)_c "
    "v_b, constant tau, without Omega and m")  # fmt: skip
def ordinary_hall_conductivity(of: Report) -> Observable:
    """Hall conductivity of first order in B per squared relaxation time."""
    components = list(of.scan.task.columns.components)
    place = np.einsum("abe,cg->abceg", LEVI_CIVITA[:, :, components], np.eye(3)[:, components])
    found = of.ordinary_factor * of.scan.integral("surface", "hall")
    return of.made(found.mapped(place.reshape(27, -1)).shaped(3, 3, 3))


@entry("response", unit="{nonlinear_drude}", symbol=r"$\chi$", needs=("nonlinear_drude_conductivity",),
    convention="j_a = tau^2 chi_abc E_b E_c for static E and a constant tau, chi_abc = (q^3/hbar^3) ∫[dk] Σ f ∂_a ∂_b ∂_c "
    "ε, symmetric in all of a, b and c")  # fmt: skip
def nonlinear_drude_conductivity(of: Report) -> Observable:
    """Current of second order in E per squared relaxation time."""
    d = of.dimension
    place = np.zeros((27, d**3))
    places = [9 * a + 3 * b + c for a in range(d) for b in range(d) for c in range(d)]
    place[places, np.arange(d**3)] = 1.0
    found = of.nonlinear_factor * of.scan.integral("surface", "nonlinear")
    return of.made(found.mapped(place).shaped(3, 3, 3))
