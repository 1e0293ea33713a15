"""The sums of a linear response, and how observables with uncertainties are made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.carriers import are_holes
from wavepacket.analysis.currents import CONDUCTIVITY
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.response_tensors import Complex, conductivity
from wavepacket.config import Config
from wavepacket.formulas import hall_tensor
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable
from wavepacket.protocols import collisional_of
from wavepacket.runs import StoredRun
from wavepacket.runs import transport as quantity

Float = npt.NDArray[np.float64]

TENSOR = "j_a = sigma_ab E_b, [a, b]; linear response at E = 0"


@dataclass(frozen=True, eq=False)
class LinearResponse:
    """The sums of a linear response, and how to make observables of them."""

    run: StoredRun
    config: Config
    replicas: Estimator
    hamiltonian: Hamiltonian | None = None

    @classmethod
    def of_run(
        cls, run: StoredRun, config: Config, hamiltonian: Hamiltonian | None = None
    ) -> "LinearResponse":
        """Take them from a finished run; runs with E reversed are the same at E = 0."""
        sea = np.asarray(run.arrays[quantity.SEA].values)
        sign = 0.5 if np.any(run.sums["transport"][1]) else 1.0
        estimator = Estimator.of_run(
            run, config, ["transport"], lambda sums: sign * sums.sum(axis=1), whole=(sea,)
        )
        return cls(run, config, estimator, hamiltonian)

    @property
    def dimension(self) -> int:
        """Of the crystal."""
        return self.run.dimension

    @property
    def waves(self) -> bool:
        """Whether the probe oscillates, so that numbers are complex."""
        return collisional_of(self.config).scattering.frequency > 0

    @property
    def intra(self) -> Float | None:
        """Times of collisions within each valley where they conserve its number."""
        times = collisional_of(self.config).restored(self.run.valley_names)
        return None if times is None else np.array(times)

    @property
    def how(self) -> str:
        """Words for a convention."""
        waves = "; time dependence exp(-i omega t)" if self.waves else ""
        return f"{waves}; {self.replicas.how}"

    def parts(self, flow: Float, sea: Float) -> Complex:
        """σ by contribution and valley in the unit of the observable."""
        return CONDUCTIVITY[self.dimension] * conductivity(flow, sea, self.config.charge, self.intra)

    def tensor(self, flow: Float, sea: Float) -> Complex:
        """σ in the unit of the observable."""
        return np.asarray(self.parts(flow, sea).sum(axis=(0, 1)))

    @property
    def counts_holes(self) -> bool:
        """Whether the run knows its empty states and its curvature at B = 0; runs of earlier versions do not."""
        return bool(self.replicas.sums[1].shape[-1] == quantity.SEA_COLUMNS)

    def ordinary_tensor(self, flow: Float, sea: Float) -> Complex:
        """σ without the anomalous Hall effect, that of the occupied states at B = 0, in the unit of the observable."""
        anomalous = hall_tensor(sea[:, quantity.SEA_CURVATURE_AT_REST].sum(axis=0), self.config.charge)
        return np.asarray(self.tensor(flow, sea) - CONDUCTIVITY[self.dimension] * anomalous)

    @cached_property
    def holes(self) -> bool:
        """Whether the carriers are the empty states of the band."""
        sea = self.replicas.sums[1].sum(axis=0)
        occupied, empty = sea[:, [quantity.SEA_OCCUPIED, quantity.SEA_EMPTY]].sum(axis=0)
        return are_holes(self.config, self.hamiltonian, float(occupied), float(empty))

    @property
    def in_balls(self) -> bool:
        """Whether states count only within a distance from the valleys."""
        return getattr(self.config.ensemble, "valley_radius", None) is not None

    @property
    def kind(self) -> str:
        """Name of the carriers."""
        return "holes" if self.holes else "electrons"

    def carriers(self, flow: Float, sea: Float) -> Float:
        """Number of carriers per Å^d."""
        return np.asarray(sea[:, quantity.SEA_EMPTY if self.holes else quantity.SEA_OCCUPIED].sum())

    @property
    def carrier_charge(self) -> float:
        """Charge of a carrier, e: a hole lacks that of the band's packets."""
        return -self.config.charge if self.holes else self.config.charge

    def observable(
        self,
        name: str,
        function: Callable[..., Any],
        unit: str,
        convention: str,
        *,
        static: bool = False,
        **details: Any,
    ) -> Observable:
        """A function of totals with its uncertainty; complex numbers of waves as real and imaginary part."""
        if self.waves and not static:
            value, error = self.replicas.estimate(
                lambda *totals: np.stack([function(*totals).real, function(*totals).imag])
            )
            return Observable(name, _two(value), _two(error), unit, convention + self.how, details)
        value, error = self.replicas.estimate(lambda *totals: np.real(function(*totals)))
        return Observable(name, _one(value), _one(error), unit, convention + self.how, details)


def _two(values: Float) -> dict[str, Any]:
    return {"real": _one(values[0]), "imaginary": _one(values[1])}


def _one(value: Float) -> Any:
    return float(value) if value.ndim == 0 else value
