"""Conductivity tensor of a linear response, and what follows from it."""

from dataclasses import replace

import numpy as np

from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.response_tensors import CONTRIBUTIONS, hall_vector, inverse, second_order
from wavepacket.analysis.source import CONDUCTIVITY
from wavepacket.arrays import Complex, Float
from wavepacket.observables import Observable, entry, rows
from wavepacket.runs import transport as quantity
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

__all__ = ["TENSOR"]


TENSOR = "j_a = sigma_ab E_b, [a, b]; linear response at E = 0"
# m²/C of a Hall coefficient per unit of resistivity and tesla.
_COEFFICIENT = {2: 2 * np.pi * HBAR * 1e-15 / ELEMENTARY_CHARGE, 3: 0.01}
_ABOUT = "about B (in 2D B_z; about z without B)"


@entry("linear_response", unit="{conductivity}", symbol=r"$\sigma$",
    convention=f"{TENSOR}; contributions by the term of the velocity that carries the current")  # fmt: skip
def conductivity(of: LinearResponse) -> Observable:
    """σ by contribution, and their sum."""
    parts = {
        name: of.part(lambda *totals, i=i: of.parts(*totals)[i].sum(axis=0))
        for i, name in enumerate(CONTRIBUTIONS)
    }
    return replace(of.part(of.tensor), contributions=parts)


rows(
    "linear_response",
    ("resistivity", "{resistivity}", r"$\rho$", "E_a = rho_ab j_b, the inverse of the conductivity",
     lambda of: of.part(lambda *totals: inverse(of.tensor(*totals), of.dimension))),
)  # fmt: skip


def _across(of: LinearResponse, tensor: Complex) -> Complex:
    """ρ_yx of a conductivity, for a direction along z."""
    return np.asarray(of.direction @ hall_vector(inverse(tensor, of.dimension).T))


@entry("linear_response", unit="1", symbol=r"$\tan\theta_\mathrm{H}$", needs=("2D or 3D",),
    convention=f"tangent: antisymmetric part of sigma {_ABOUT} over the mean of the diagonal, anomalous Hall effect "
    "included")  # fmt: skip
def hall_angle(of: LinearResponse) -> Observable:
    """σ_xy/σ_xx."""

    def tangent(*totals: Float) -> Complex:
        tensor, d = of.tensor(*totals), of.dimension
        with np.errstate(invalid="ignore"):  # where nothing conducts it is not a number
            return np.asarray(of.direction @ hall_vector(tensor) / (np.trace(tensor[:d, :d]) / d))

    return of.part(tangent)


@entry("linear_response", unit="{resistivity}", symbol=r"$\rho_\mathrm{AHE}$", needs=("2D or 3D", "empty states"),
    convention=f"rho_yx for B along z (antisymmetric part {_ABOUT}) less that of sigma without -(q^2/hbar) sum(f Omega) of "
    "the band at B = 0: what does not vanish with B")  # fmt: skip
def anomalous_hall_resistivity(of: LinearResponse) -> Observable:
    """The rest of ρ_yx without its ordinary part."""

    def rest(*totals: Float) -> Complex:
        whole = _across(of, of.tensor(*totals))
        return np.asarray(whole - _across(of, of.ordinary_tensor(*totals)) if of.size else whole)

    return of.part(rest)


@entry("linear_response", unit="m^{d}/C", symbol=r"$R_\mathrm{H}$", needs=("2D or 3D", "empty states", "B"),
    convention="ordinary part: R = rho_yx/B for B along z (antisymmetric part about B, in 2D about B_z) of sigma without "
    "the anomalous Hall effect of the band at B = 0; free carriers: 1/(q n)")  # fmt: skip
def hall_coefficient(of: LinearResponse) -> Observable:
    """R = ρ_yx/B."""
    factor = _COEFFICIENT[of.dimension] / of.size
    return of.part(lambda *totals: factor * _across(of, of.ordinary_tensor(*totals)))


@entry("linear_response", unit="cm^2/(V s)", symbol=r"$\mu_\mathrm{H}$", needs=("2D or 3D", "empty states", "B"),
    convention="R/rho of the ordinary part, rho the mean of the diagonal across B; the sign is that of R")  # fmt: skip
def hall_mobility(of: LinearResponse) -> Observable:
    """R/ρ in cm²/(V s): 1/T is 1 m²/(V s)."""

    def mobility(*totals: Float) -> Complex:
        tensor = of.ordinary_tensor(*totals)
        rho = inverse(tensor, of.dimension)
        along = 0.5 * (np.trace(rho) - of.direction @ rho @ of.direction)
        with np.errstate(invalid="ignore"):
            return np.asarray(1e4 / of.size * _across(of, tensor) / along)

    return of.part(mobility)


@entry("linear_response", unit="{resistivity}", symbol=r"$\rho^\mathrm{s}$", needs=("2D or 3D",),
    convention="symmetric part of {rho}, which does not change sign with B: anisotropy and the planar Hall "
    "effect")  # fmt: skip
def planar_hall_resistivity(of: LinearResponse) -> Observable:
    """½(ρ_xy + ρ_yx)."""

    def symmetric(*totals: Float) -> Complex:
        tensor = inverse(of.tensor(*totals), of.dimension)
        even = 0.5 * (tensor + tensor.T)
        return np.array(even[0, 1]) if of.dimension == 2 else np.array([even[1, 2], even[2, 0], even[0, 1]])

    return of.part(symmetric)


@entry("linear_response", unit="{conductivity} angstrom/V", symbol=r"$\chi$", needs=("2D or 3D", "same everywhere"),
    convention="j_a = chi_abc E_b E_c from the anomalous velocity, [a, b, c]; E = Re(E exp(-i omega t)) gives "
    "chi E E*/2 at zero and chi E E/2 at twice the frequency")  # fmt: skip
def nonlinear_hall_conductivity(of: LinearResponse) -> Observable:
    """χ_abc of the current of second order."""
    return of.part(lambda flow, sea: CONDUCTIVITY[of.dimension] * second_order(flow, of.config.charge))


@entry("linear_response", unit="{dipole}", symbol=r"$D$", needs=("2D or 3D", "free of B"),
    convention="D_ab = sum of f ∂_a Omega_b of the band, [a, b]")  # fmt: skip
def berry_curvature_dipole(of: LinearResponse) -> Observable:
    """Σ f ∂_aΩ_b (3, 3), from Σ W v_a ∫e^{-t/τ} Ω_b dt of one relaxation time and no magnetic field."""
    time = of.protocol.only_time
    assert time is not None
    rows = np.s_[:, quantity.RESPONSE]
    return of.part(lambda flow, sea: HBAR / time * flow[rows].reshape(-1, 2, 4, 3, 3)[:, 0, 3].sum(axis=0))
