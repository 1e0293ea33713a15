"""Observables of a linear response: conductivity tensor and what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY, CONDUCTIVITY_UNIT
from wavepacket.analysis.estimates import Replicas
from wavepacket.analysis.response_tensors import (
    CONTRIBUTIONS,
    Complex,
    conductivity,
    imbalance,
    inverse,
    second_order,
)
from wavepacket.config import Config
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.storage import transport as quantity
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

Float = npt.NDArray[np.float64]

_TENSOR = "j_a = sigma_ab E_b, [a, b]; linear response at E = 0"
_RESISTIVITY_UNIT = {1: "eV fs/(e^2 angstrom)", 2: "h/e^2", 3: "ohm cm"}
# m²/C of a Hall coefficient per unit of resistivity and tesla, and its unit.
_HALL = {2: (2 * np.pi * HBAR * 1e-15 / ELEMENTARY_CHARGE, "m^2/C"), 3: (0.01, "m^3/C")}


@dataclass(frozen=True, eq=False)
class LinearResponse:
    """The sums of a linear response, and how to make observables of them."""

    run: StoredRun
    config: Config
    replicas: Replicas

    @classmethod
    def of_run(cls, run: StoredRun, config: Config) -> "LinearResponse":
        """Take them from a finished run; runs with E reversed are the same at E = 0."""
        flow = run.sums["transport"]
        sign = 0.5 if np.any(flow[1]) else 1.0
        sub_grids = getattr(config.ensemble, "grid", None) is not None
        sea = np.asarray(run.arrays[quantity.SEA].values)
        return cls(run, config, Replicas((sign * flow.sum(axis=0), sea), sub_grids))

    @property
    def dimension(self) -> int:
        """Of the crystal."""
        return self.run.dimension

    @property
    def waves(self) -> bool:
        """Whether the probe oscillates, so that numbers are complex."""
        assert self.config.scattering is not None
        return self.config.scattering.frequency > 0

    @property
    def intra(self) -> Float | None:
        """Times of collisions within each valley where they conserve its number."""
        scattering = self.config.scattering
        assert scattering is not None
        if scattering.intervalley_time is None or scattering.monte_carlo is not None:
            return None
        given = scattering.relaxation_time
        return np.array(
            [given[name] if isinstance(given, Mapping) else given for name in self.run.valley_names]
        )

    @property
    def how(self) -> str:
        """Words for a convention."""
        waves = "; time dependence exp(-i omega t)" if self.waves else ""
        error = (
            "largest deviation of a sub-grid of half the density"
            if self.replicas.sub_grids
            else "jackknife over replicas"
        )
        return f"{waves}; uncertainty: {error}"

    def parts(self, flow: Float, sea: Float) -> Complex:
        """σ by contribution and valley in the unit of the observable."""
        return CONDUCTIVITY[self.dimension] * conductivity(flow, sea, self.config.charge, self.intra)

    def tensor(self, flow: Float, sea: Float) -> Complex:
        """σ in the unit of the observable."""
        return np.asarray(self.parts(flow, sea).sum(axis=(0, 1)))

    def observable(
        self, name: str, function: Callable[..., Any], unit: str, convention: str, **details: Any
    ) -> Observable:
        """A function of totals with its uncertainty; complex numbers as real and imaginary part."""
        if self.waves:
            value, error = self.replicas.estimate(
                lambda *totals: np.stack([function(*totals).real, function(*totals).imag])
            )
            return Observable(
                name,
                _two(value),
                None if error is None else _two(error),
                unit,
                convention + self.how,
                details,
            )
        value, error = self.replicas.estimate(lambda *totals: np.real(function(*totals)))
        return Observable(
            name, _one(value), None if error is None else _one(error), unit, convention + self.how, details
        )


def _two(values: Float) -> dict[str, Any]:
    return {"real": _one(values[0]), "imaginary": _one(values[1])}


def _one(value: Float) -> Any:
    return float(value) if value.ndim == 0 else value


def linear_response(run: StoredRun, config: Config) -> list[Observable]:
    """All observables of a linear response."""
    response = LinearResponse.of_run(run, config)
    found = [_conductivity(response), _resistivity(response), *_densities(response), _mobility(response)]
    found += _hall(response)
    if run.valley_names:
        found.append(_valley_conductivity(response))
    if response.intra is not None:
        found.append(_imbalance(response))
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
        f"{_TENSOR}; contributions by the term of the velocity that carries the current", contributions=parts,
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
            "carrier_density", lambda flow, sea: sea[:, 3].sum(), f"1/angstrom^{d}", "sum of D f over this band"
        ),
        response.observable(
            "density_of_states", lambda flow, sea: flow[:, quantity.NUMBERS, 2].sum(), f"1/(eV angstrom^{d})",
            "sum of D (-df/dE): states of this band per energy at the chemical potential",
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
    size = float(np.linalg.norm(field))
    if d == 1:
        return []

    def vector(tensor: Complex) -> Complex:
        """H of j = ... + E x h: [yz, zx, xy] of the antisymmetric part."""
        odd = 0.5 * (tensor - tensor.T)
        return np.array([odd[1, 2], odd[2, 0], odd[0, 1]])

    direction = field / size if size else np.array([0.0, 0.0, 1.0])
    found = [
        response.observable(
            "hall_angle",
            lambda *totals: direction
            @ vector(response.tensor(*totals))
            / (np.trace(response.tensor(*totals)[:d, :d]) / d),
            "1", "tangent: antisymmetric part of sigma about B (about z without B) over the mean of the diagonal",
        )
    ]  # fmt: skip
    if size and (d == 3 or not np.any(field[:2])):
        factor, unit = _HALL[d]
        found.append(
            response.observable(
                "hall_coefficient",
                lambda *totals: factor
                * (direction @ vector(inverse(response.tensor(*totals), d).T))
                / (field[2] if d == 2 else size),
                unit, "R = rho_yx/B for B along z (antisymmetric part about B); free carriers: 1/(q n)",
            )
        )  # fmt: skip
    return found


def _valley_conductivity(response: LinearResponse) -> Observable:
    names = response.run.valley_names
    return response.observable(
        "valley_conductivity", lambda *totals: response.parts(*totals).sum(axis=0)[: len(names)],
        CONDUCTIVITY_UNIT[response.dimension],
        f"{_TENSOR}; share of the states nearest to each valley, [valley, a, b]", valleys=list(names),
    )  # fmt: skip


def _imbalance(response: LinearResponse) -> Observable:
    intra = response.intra
    assert intra is not None
    return response.observable(
        "valley_imbalance", lambda flow, sea: imbalance(flow, response.config.charge, intra), "eV angstrom/V",
        "shift of the chemical potential of each valley per field, [valley, b]",
        valleys=list(response.run.valley_names),
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
