"""The sums of a linear response, and how conductivities are made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.bins import Fold, by_band, by_valley
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.refill import Refill
from wavepacket.analysis.response_tensors import conductivity_by_part, hall_vector
from wavepacket.analysis.source import CONDUCTIVITY, Source, number, rows
from wavepacket.arrays import Complex, Float
from wavepacket.config import Config
from wavepacket.ensembles import are_holes
from wavepacket.formulas import hall_tensor
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable
from wavepacket.protocols import collisional_of
from wavepacket.runs import StoredRun
from wavepacket.runs import transport as quantity

__all__ = ["LinearResponse"]


@dataclass(frozen=True, eq=False)
class LinearResponse(Source):
    """Totals are ``flow`` (V + 1, ROWS, 3) and ``sea`` (V + 1, SEA_COLUMNS), with the rows of ``runs/transport.py``."""

    @classmethod
    def of_run(cls, run: StoredRun, config: Config, hamiltonian: Hamiltonian | None) -> "LinearResponse":
        """Take them from a finished run."""
        return cls(run, config, hamiltonian, cls.sums_of(run, config))

    @classmethod
    def sums_of(cls, run: StoredRun, config: Config, fold: Fold | None = None) -> Estimator:
        """Those over flights and over filled states."""
        return cls.sums_with(run, config, np.asarray(run.arrays[quantity.SEA].values), fold)

    @staticmethod
    def sums_with(run: StoredRun, config: Config, filled: Float, fold: Fold | None = None) -> Estimator:
        """Those over flights of both signs of E together, the same at E = 0, and an array by replica and valley."""
        between = collisional_of(config).between
        if between and fold is None:
            fold = _as_they_are
        sign = 0.5 if np.any(run.sums["transport"][1]) else 1.0
        found = Estimator.of_run(
            run, config, ["transport"], lambda sums: sign * sums.sum(axis=1), whole=(filled,), fold=fold
        )
        if fold is not _as_they_are or quantity.EXCHANGE not in run.arrays:
            return found
        rates, panel = (run.arrays[name].values for name in (quantity.EXCHANGE, quantity.EXCHANGE_PANEL))
        coarser = Refill(None, rates).coarser(found.sums[0].sum(axis=0), panel)
        return found.also_changed(coarser, np.zeros(filled.shape[1:]))

    def more(self) -> dict[str, bool]:
        """Runs of earlier versions do not know their empty states and their curvature at B = 0."""
        plain = not any(self.config.fields.magnetic) and not self.waves
        uniform = not self.config.textures
        return {
            "empty states": bool(self.estimator.sums[1].shape[-1] >= quantity.SEA_COLUMNS),
            "E and -E": True,  # at E = 0 they are one
            "B": self.size > 0.0 and uniform,
            "same everywhere": uniform,
            "numbers by valley": self.refill is not None,
            "heat": self.protocol.heat,
            "free of B": plain and uniform and self.protocol.only_time is not None,
        }

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The kind of carriers is known where empty states are."""
        return {
            **super().words,
            "kind": self.kind if {"empty states", "one band"} <= self.has else "",
            "full": "of the bands that carry electrons" if self.config.bands else "of this band",
            "bare": "of the bands that carry holes" if self.config.bands else "of this band",
            "bands": "of all bands with packets" if self.config.bands else "of this band",
            "rho": "rho_xy" if self.dimension == 2 else "[rho_yz, rho_zx, rho_xy]",
        }

    @cached_property
    def refill(self) -> Refill | None:
        """Collisions that conserve the number in each valley, or in each of each band."""
        frequency = self.protocol.scattering.frequency
        if (times := self.protocol.restored(self.names)) is not None:
            return Refill(np.array(times), frequency=frequency)
        rates, stored = self.protocol.exchanged(self.run.valley_names), self.run.arrays.get(quantity.EXCHANGE)
        if rates is None:
            return None
        return Refill(None, rates[None] if stored is None else stored.values, frequency)

    @property
    def apart(self) -> bool:
        """Whether sums keep each valley of each band apart, as these exchange packets."""
        return bool(self.protocol.between)

    @property
    def how(self) -> str:
        """How uncertainties are found, and what complex numbers mean."""
        waves = "time dependence exp(-i omega t); " if self.waves else ""
        return f"{waves}{self.estimator.how}"

    # Functions of the totals, in the units of observables.

    def parts(self, flow: Float, sea: Float) -> Complex:
        """σ by contribution and valley."""
        found = self._parts(flow, sea)
        return np.asarray(by_valley(self.run.valley_names, self.config)(found, 1) if self.apart else found)

    def parts_by_band(self, flow: Float, sea: Float) -> Complex:
        """σ by contribution and band, from totals of `sums_by_band`."""
        found = self._parts(flow, sea)
        return np.asarray(by_band(self.config)(found, 1) if self.apart else found)

    @property
    def sums_by_band(self) -> Estimator:
        """What shares of bands are made of."""
        return self.estimator if self.apart else self.band_sums

    def _parts(self, flow: Float, sea: Float) -> Complex:
        found = conductivity_by_part(flow, sea, self.config.charge, self.refill)
        return np.asarray(CONDUCTIVITY[self.dimension] * found)

    def tensor(self, flow: Float, sea: Float) -> Complex:
        """σ of all."""
        return np.asarray(self.parts(flow, sea).sum(axis=(0, 1)))

    def shares(self, flow: Float, sea: Float) -> Complex:
        """σ by valley."""
        return np.asarray(self.parts(flow, sea).sum(axis=0)[: len(self.names)])

    def hall_by_valley(self, *totals: Float) -> Complex:
        """Antisymmetric part of σ by valley."""
        vectors = np.array([hall_vector(tensor) for tensor in self.shares(*totals)])
        return vectors[:, 2] if self.dimension == 2 else vectors

    def ordinary_tensor(self, flow: Float, sea: Float) -> Complex:
        """σ without the anomalous Hall effect, that of the occupied states at B = 0."""
        anomalous = hall_tensor(sea[:, quantity.SEA_CURVATURE_AT_REST].sum(axis=0), self.config.charge)
        return np.asarray(self.tensor(flow, sea) - CONDUCTIVITY[self.dimension] * anomalous)

    def carriers(self, flow: Float, sea: Float) -> Float:
        """Number of carriers per Å^d."""
        return np.asarray(sea[:, quantity.SEA_EMPTY if self.holes else quantity.SEA_OCCUPIED].sum())

    # What turns currents, and who carries them.

    @cached_property
    def field(self) -> Float:
        """B (3,) in T; in a plane all currents turn about its normal."""
        field = np.array(self.config.fields.magnetic)
        if self.dimension == 2:
            field[:2] = 0.0
        return field

    @property
    def size(self) -> float:
        """Of the field, T."""
        return float(np.linalg.norm(self.field))

    @property
    def direction(self) -> Float:
        """Of the field; z without one."""
        return self.field / self.size if self.size else np.array([0.0, 0.0, 1.0])

    @cached_property
    def holes(self) -> bool:
        """Whether the carriers are the empty states of the band."""
        sea = self.estimator.sums[1].sum(axis=0)
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

    @property
    def carrier_charge(self) -> float:
        """Charge of a carrier, e: a hole lacks that of the band's packets."""
        return -self.config.charge if self.holes else self.config.charge

    # Observables without a name.

    def part(self, function: Callable[..., Any], *, static: bool = False) -> Observable:
        """A function of totals with its uncertainty; complex numbers of waves as real and imaginary part."""
        return self.part_of(self.estimator, function, static=static)

    def part_of(
        self, estimator: Estimator, function: Callable[..., Any], *, static: bool = False
    ) -> Observable:
        """The same of other totals."""
        if not self.waves or static:
            value, error = estimator.estimate(lambda *totals: np.real(function(*totals)))
            return Observable("", number(value), number(error), convention=self.how)
        value, error = estimator.estimate(
            lambda *totals: np.stack([function(*totals).real, function(*totals).imag])
        )
        return Observable("", rows(_PAIR, value), rows(_PAIR, error), convention=self.how)

    def by_valley(self, function: Callable[..., Any]) -> Observable:
        """A function whose first axis are the valleys, by their names."""
        found = self.part(function)
        named = [_by_name(each, self.names) for each in (found.value, found.uncertainty)]
        return replace(found, value=named[0], uncertainty=named[1])


def _as_they_are(values: Any, axis: int) -> Any:
    return values


_PAIR = ("real", "imaginary")


def _by_name(values: Any, names: tuple[str, ...]) -> Any:
    """An array by valley, or a pair of them, as a mapping."""
    if isinstance(values, Mapping):
        return {name: {part: each[i] for part, each in values.items()} for i, name in enumerate(names)}
    return dict(zip(names, values, strict=True))
