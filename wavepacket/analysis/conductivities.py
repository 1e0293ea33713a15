"""Observables of a linear response: conductivity tensor and what follows from it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY, CONDUCTIVITY_UNIT
from wavepacket.analysis.hall import RESISTIVITY_UNIT, hall_effect
from wavepacket.analysis.linear_sums import TENSOR, LinearResponse
from wavepacket.analysis.linear_valleys import valley_conductivities, valley_imbalance
from wavepacket.analysis.response_tensors import CONTRIBUTIONS, Complex, inverse, second_order
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable
from wavepacket.protocols import collisional_of
from wavepacket.runs import StoredRun
from wavepacket.runs import transport as quantity
from wavepacket.units import HBAR

Float = npt.NDArray[np.float64]


def linear_response(
    run: StoredRun, config: Config, hamiltonian: Hamiltonian | None = None
) -> list[Observable]:
    """All observables of a linear response."""
    response = LinearResponse.of_run(run, config, hamiltonian)
    found = [_conductivity(response), _resistivity(response), *_densities(response)]
    if response.counts_holes:
        found += _carriers(response) + _mobilities(response)
    if response.dimension > 1:
        found += [*hall_effect(response), _planar_hall(response)]
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
        RESISTIVITY_UNIT[response.dimension], "E_a = rho_ab j_b, the inverse of the conductivity",
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
    # Balls round valleys hold all of the carriers, and of the other kind only what is in the balls.
    known = not response.in_balls or response.holes == (column == quantity.SEA_EMPTY)
    return response.observable(
        name, lambda flow, sea: sea[:, column].sum() * (1.0 if known else np.nan), f"1/angstrom^{response.dimension}",
        f"{what} states of this band; of a k.p model up to its cutoff; with valley_radius that of the carriers alone",
        static=True,
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
        with np.errstate(invalid="ignore"):  # where nothing conducts it is not a number
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


def _planar_hall(response: LinearResponse) -> Observable:
    d = response.dimension

    def symmetric(*totals: Float) -> Complex:
        tensor = inverse(response.tensor(*totals), d)
        even = 0.5 * (tensor + tensor.T)
        return np.array(even[0, 1]) if d == 2 else np.array([even[1, 2], even[2, 0], even[0, 1]])

    which = "rho_xy" if d == 2 else "[rho_yz, rho_zx, rho_xy]"
    return response.observable(
        "planar_hall_resistivity", symmetric, RESISTIVITY_UNIT[d],
        f"symmetric part of {which}, which does not change sign with B: anisotropy and the planar Hall effect",
    )  # fmt: skip


def _nonlinear(response: LinearResponse) -> Observable:
    d, time = response.dimension, collisional_of(response.config).only_time
    details: dict[str, Any] = {}
    plain = not any(response.config.fields.magnetic) and not response.waves
    if plain and time is not None:
        rows = np.s_[:, quantity.RESPONSE]
        dipole, error = response.replicas.estimate(
            lambda flow, sea: HBAR / time * flow[rows].reshape(-1, 2, 4, 3, 3)[:, 0, 3].sum(axis=0)
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
