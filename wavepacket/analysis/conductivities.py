"""Observables of a linear response: conductivity tensor and what follows from it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY, CONDUCTIVITY_UNIT
from wavepacket.analysis.linear_sums import TENSOR, LinearResponse
from wavepacket.analysis.linear_valleys import valley_conductivities, valley_imbalance
from wavepacket.analysis.response_tensors import CONTRIBUTIONS, Complex, hall_vector, inverse, second_order
from wavepacket.config import Config
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.storage import transport as quantity
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

Float = npt.NDArray[np.float64]

_RESISTIVITY_UNIT = {1: "eV fs/(e^2 angstrom)", 2: "h/e^2", 3: "ohm cm"}
# m²/C of a Hall coefficient per unit of resistivity and tesla, and its unit.
_HALL = {2: (2 * np.pi * HBAR * 1e-15 / ELEMENTARY_CHARGE, "m^2/C"), 3: (0.01, "m^3/C")}


def linear_response(run: StoredRun, config: Config) -> list[Observable]:
    """All observables of a linear response."""
    response = LinearResponse.of_run(run, config)
    found = [_conductivity(response), _resistivity(response), *_densities(response), _mobility(response)]
    found += _hall(response)
    if response.dimension > 1:
        found.append(_planar_hall(response))
    if run.valley_names:
        found += valley_conductivities(response)
    if response.intra is not None:
        found.append(valley_imbalance(response))
    if response.dimension > 1:
        found.append(_nonlinear(response))
    return found


def _conductivity(response: LinearResponse) -> Observable:
    tensor = response.tensor
    parts = {}
    for i, name in enumerate(CONTRIBUTIONS):
        part = response.observable(name, lambda *totals, i=i: response.parts(*totals)[i].sum(axis=0), "", "")
        parts[name] = {"value": part.value, "uncertainty": part.uncertainty}
    return response.observable(
        "conductivity", tensor, CONDUCTIVITY_UNIT[response.dimension],
        f"{TENSOR}; contributions by the term of the velocity that carries the current", contributions=parts,
    )  # fmt: skip


def _resistivity(response: LinearResponse) -> Observable:
    return response.observable(
        "resistivity", lambda *totals: inverse(response.tensor(*totals), response.dimension),
        _RESISTIVITY_UNIT[response.dimension], "E_a = rho_ab j_b, the inverse of the conductivity",
    )  # fmt: skip


def _densities(response: LinearResponse) -> list[Observable]:
    d = response.dimension
    return [
        response.observable(
            "carrier_density", lambda flow, sea: sea[:, 3].sum(), f"1/angstrom^{d}", "sum of D f over this band",
            static=True,
        ),
        response.observable(
            "density_of_states", lambda flow, sea: flow[:, quantity.NUMBERS, 2].sum(), f"1/(eV angstrom^{d})",
            "sum of D (-df/dE): states of this band per energy at the chemical potential", static=True,
        ),
    ]  # fmt: skip


def _mobility(response: LinearResponse) -> Observable:
    charge, d = response.config.charge, response.dimension

    def mobility(flow: Float, sea: Float) -> Complex:
        tensor = response.tensor(flow, sea) / CONDUCTIVITY[d]
        return np.asarray(np.trace(tensor[:d, :d]) / d / (charge * sea[:, 3].sum()))

    # Å²/(V fs) in cm²/(V s).
    return response.observable(
        "mobility", lambda *totals: 0.1 * mobility(*totals), "cm^2/(V s)",
        "mean drift velocity along E per field, with the sign of the charge: trace of sigma / (d q n), all of this band",
    )  # fmt: skip


def _hall(response: LinearResponse) -> list[Observable]:
    field, d = np.array(response.config.fields.magnetic), response.dimension
    if d == 1:
        return []
    if d == 2:
        field[:2] = 0.0  # in a plane all currents turn about its normal
    size = float(np.linalg.norm(field))

    direction = field / size if size else np.array([0.0, 0.0, 1.0])
    found = [
        response.observable(
            "hall_angle",
            lambda *totals: direction
            @ hall_vector(response.tensor(*totals))
            / (np.trace(response.tensor(*totals)[:d, :d]) / d),
            "1", "tangent: antisymmetric part of sigma about B (in 2D B_z; about z without B) over the mean of the diagonal",
        )
    ]  # fmt: skip
    if size:
        factor, unit = _HALL[d]
        found.append(
            response.observable(
                "hall_coefficient",
                lambda *totals: factor
                * (direction @ hall_vector(inverse(response.tensor(*totals), d).T))
                / size,
                unit, "R = rho_yx/B for B along z (antisymmetric part about B, in 2D about B_z); free carriers: 1/(q n)",
            )
        )  # fmt: skip
    return found


def _planar_hall(response: LinearResponse) -> Observable:
    d = response.dimension

    def symmetric(*totals: Float) -> Complex:
        tensor = inverse(response.tensor(*totals), d)
        even = 0.5 * (tensor + tensor.T)
        return np.array(even[0, 1]) if d == 2 else np.array([even[1, 2], even[2, 0], even[0, 1]])

    which = "rho_xy" if d == 2 else "[rho_yz, rho_zx, rho_xy]"
    return response.observable(
        "planar_hall_resistivity", symmetric, _RESISTIVITY_UNIT[d],
        f"symmetric part of {which}, which does not change sign with B: anisotropy and the planar Hall effect",
    )  # fmt: skip


def _nonlinear(response: LinearResponse) -> Observable:
    d, scattering = response.dimension, response.config.scattering
    assert scattering is not None
    details: dict[str, Any] = {}
    given = scattering.relaxation_time
    plain = not any(response.config.fields.magnetic) and not response.waves and scattering.energy is None
    if plain and isinstance(given, float) and scattering.intervalley_time is None:
        rows = np.s_[:, quantity.RESPONSE]
        dipole, error = response.replicas.estimate(
            lambda flow, sea: HBAR / given * flow[rows].reshape(-1, 2, 4, 3, 3)[:, 0, 3].sum(axis=0)
        )
        details = {
            "berry_curvature_dipole": {
                "value": dipole, "uncertainty": error, "unit": f"angstrom^{3 - d}",
                "convention": "sum of f d(Omega_d)/dk_b, [b, d]",
            }
        }  # fmt: skip
    return response.observable(
        "nonlinear_hall_conductivity",
        lambda flow, sea: CONDUCTIVITY[d] * second_order(flow, response.config.charge),
        f"{CONDUCTIVITY_UNIT[d]} angstrom/V",
        "j_a = chi_abc E_b E_c from the anomalous velocity, [a, b, c]; E = Re(E exp(-i omega t)) gives "
        "chi E E*/2 at zero and chi E E/2 at twice the frequency", **details,
    )  # fmt: skip
