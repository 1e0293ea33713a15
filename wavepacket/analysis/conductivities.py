"""Observables of a linear response: conductivity tensor and what follows from it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY, CONDUCTIVITY_UNIT
from wavepacket.analysis.linear_sums import TENSOR, LinearResponse
from wavepacket.analysis.linear_valleys import valley_conductivities, valley_imbalance
from wavepacket.analysis.response_tensors import CONTRIBUTIONS, Complex, hall_vector, inverse, second_order
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.storage import transport as quantity
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

Float = npt.NDArray[np.float64]

_RESISTIVITY_UNIT = {1: "eV fs/(e^2 angstrom)", 2: "h/e^2", 3: "ohm cm"}
# m²/C of a Hall coefficient per unit of resistivity and tesla, and its unit.
_HALL = {2: (2 * np.pi * HBAR * 1e-15 / ELEMENTARY_CHARGE, "m^2/C"), 3: (0.01, "m^3/C")}


def linear_response(
    run: StoredRun, config: Config, hamiltonian: Hamiltonian | None = None
) -> list[Observable]:
    """All observables of a linear response."""
    response = LinearResponse.of_run(run, config, hamiltonian)
    found = [_conductivity(response), _resistivity(response), *_densities(response)]
    if response.counts_holes:
        found += _carriers(response) + _mobilities(response)
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
        _states(response, "electron_density", quantity.SEA_OCCUPIED, "sum of D f: occupied"),
        response.observable(
            "density_of_states", lambda flow, sea: flow[:, quantity.NUMBERS, 2].sum(), f"1/(eV angstrom^{d})",
            "sum of D (-df/dE): states of this band per energy at the chemical potential", static=True,
        ),
    ]  # fmt: skip


def _states(response: LinearResponse, name: str, column: int, what: str) -> Observable:
    return response.observable(
        name, lambda flow, sea: sea[:, column].sum(), f"1/angstrom^{response.dimension}",
        f"{what} states of this band; of a k.p model up to its cutoff", static=True,
    )  # fmt: skip


def _carriers(response: LinearResponse) -> list[Observable]:
    """Empty states, and the density of what carries the current."""
    kind = response.kind
    return [
        _states(response, "hole_density", quantity.SEA_EMPTY, "sum of D (1 - f): empty"),
        response.observable(
            "carrier_density", response.carriers, f"1/angstrom^{response.dimension}",
            f"density of the {kind}: in a lattice the fewer of electrons and holes, in a k.p model those that its cutoff "
            "does not cut", static=True, carriers=kind,
        ),
    ]  # fmt: skip


def _mobilities(response: LinearResponse) -> list[Observable]:
    """Drift mobility, also by its old name, and what resistivity and density make of it."""
    charge, d = response.carrier_charge, response.dimension
    kind = response.kind

    # Å²/(V fs) in cm²/(V s).
    def drift(*totals: Float) -> Complex:
        tensor = response.tensor(*totals) / CONDUCTIVITY[d]
        return np.asarray(0.1 * np.trace(tensor[:d, :d]) / d / (charge * response.carriers(*totals)))

    def from_resistivity(*totals: Float) -> Complex:
        tensor = inverse(response.ordinary_tensor(*totals), d)[:d, :d] * CONDUCTIVITY[d]
        return np.asarray(0.1 * d / np.trace(tensor) / (charge * response.carriers(*totals)))

    text = (
        f"mean drift velocity of the {kind} along E per field, at this B: trace of sigma / (d q n) with the charge of the "
        f"{kind} and the carrier_density n"
    )
    plain = response.observable("", from_resistivity, "", "")
    found = response.observable(
        "drift_mobility", drift, "cm^2/(V s)", text, carriers=kind,
        from_resistivity={
            "value": plain.value, "uncertainty": plain.uncertainty, "unit": "cm^2/(V s)",
            "convention": "1/(q n rho), rho the mean of the diagonal without the anomalous Hall effect: free of the turning "
            "in B",
        },
    )  # fmt: skip
    old = "old name of drift_mobility, for one version"
    return [
        found,
        Observable("mobility", found.value, found.uncertainty, found.unit, f"{old}: {found.convention}"),
    ]


def _hall(response: LinearResponse) -> list[Observable]:
    field, d = np.array(response.config.fields.magnetic), response.dimension
    if d == 1:
        return []
    if d == 2:
        field[:2] = 0.0  # in a plane all currents turn about its normal
    size = float(np.linalg.norm(field))
    direction = field / size if size else np.array([0.0, 0.0, 1.0])

    def across(tensor: Complex) -> Complex:
        """ρ_yx for a direction along z."""
        return np.asarray(direction @ hall_vector(inverse(tensor, d).T))

    def ordinary(*totals: Float) -> Complex:
        return across(response.ordinary_tensor(*totals))

    def mobility(*totals: Float) -> Complex:
        tensor = response.ordinary_tensor(*totals)
        return np.asarray(1e4 / size * across(tensor) * d / np.trace(inverse(tensor, d)[:d, :d]))

    which = "about B (in 2D B_z; about z without B)"
    found = [
        response.observable(
            "hall_angle",
            lambda *totals: direction
            @ hall_vector(response.tensor(*totals))
            / (np.trace(response.tensor(*totals)[:d, :d]) / d),
            "1",
            f"tangent: antisymmetric part of sigma {which} over the mean of the diagonal, anomalous Hall effect included",
        ),
    ]  # fmt: skip
    if not response.counts_holes:
        return found
    found.append(
        response.observable(
            "anomalous_hall_resistivity",
            lambda *totals: across(response.tensor(*totals)) - (ordinary(*totals) if size else 0.0),
            _RESISTIVITY_UNIT[d],
            f"rho_yx for B along z (antisymmetric part {which}) less that of sigma without -(q^2/hbar) sum(f Omega) of the "
            "band at B = 0: what does not vanish with B",
        )
    )
    if size:
        factor, unit = _HALL[d]
        found += [
            response.observable(
                "hall_coefficient", lambda *totals: factor / size * ordinary(*totals), unit,
                "ordinary part: R = rho_yx/B for B along z (antisymmetric part about B, in 2D about B_z) of sigma without "
                "the anomalous Hall effect of the band at B = 0; free carriers: 1/(q n)",
            ),
            response.observable(
                "hall_mobility", mobility, "cm^2/(V s)",
                "R/rho of the ordinary part, rho the mean of the diagonal; the sign is that of R",
            ),
        ]  # fmt: skip
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
