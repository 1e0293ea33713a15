"""A finished run as its observables see it; `ballistic`, `linear` and `steady` know what its sums mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from wavepacket.analysis.bins import Fold, by_band, valleys_of
from wavepacket.analysis.estimates import Estimator
from wavepacket.arrays import Float
from wavepacket.config import Config, UniformField
from wavepacket.errors import Status
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable, words_of
from wavepacket.protocols import Collisional, collisional_of
from wavepacket.runs import StoredRun
from wavepacket.runs.transport import SPIN_STATES
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

__all__ = ["CONDUCTIVITY", "CURRENT", "Source", "finished_paths"]

_Found = TypeVar("_Found")

CURRENT = {d: ELEMENTARY_CHARGE * 1e5 * 10 ** (10 * d) for d in (1, 2, 3)}
"""e Å/fs per Å^d in A/m^(d-1)."""
CONDUCTIVITY = {1: 1.0, 2: 2 * np.pi * HBAR, 3: ELEMENTARY_CHARGE * 1e25 / 100}
"""e Å/(fs V Å^(d-1)) in the unit of a conductivity."""


_PATHS = 64  # that periods are measured on


@dataclass(frozen=True, eq=False)
class Source:
    """A run, its config, its crystal where that is at hand, and its sums; functions of totals get them in their order."""

    run: StoredRun
    config: Config
    hamiltonian: Hamiltonian | None
    estimator: Estimator
    known: dict[Callable[[Any], Any], Any] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Of the crystal."""
        return self.run.dimension

    @property
    def names(self) -> tuple[str, ...]:
        """Of the valleys."""
        return valleys_of(self.run.valley_names, self.config)

    @classmethod
    def sums_of(cls, run: StoredRun, config: Config, fold: Fold | None = None) -> Estimator:
        """Its sums, whose bins are valleys, or what ``fold`` makes of them."""
        raise NotImplementedError

    @staticmethod
    def sums_with(run: StoredRun, config: Config, filled: Float, fold: Fold | None = None) -> Estimator:
        """Those of packets that go with an array (replica, valley, ...) of states: here how many there are."""
        return Estimator.of_run(run, config, ["population"], whole=(filled,), fold=fold)

    @cached_property
    def band_sums(self) -> Estimator:
        """Sums of a run of several bands, whose bins are bands, the last of those without packets."""
        return self.sums_of(self.run, self.config, by_band(self.config))

    @cached_property
    def electric(self) -> Float:
        """E in V/Å where it is static, else zero."""
        found = static_field(self.config)
        return np.zeros(3) if found is None else found

    @cached_property
    def protocol(self) -> Collisional:
        """Of a run with collisions."""
        return collisional_of(self.config)

    @property
    def waves(self) -> bool:
        """Whether amplitudes at a frequency are measured, in a run with collisions."""
        return self.protocol.scattering.frequency > 0

    @property
    def both_signs(self) -> bool:
        """Whether every packet was also run with E reversed."""
        return False

    @property
    def hall_is_settled(self) -> bool:
        """Whether the Hall conductivity at the start is that of the run."""
        return True

    @cached_property
    def has(self) -> frozenset[str]:
        """What observables may need."""
        static = bool(np.any(self.electric))
        there = {
            "valleys": bool(self.names),
            "two valleys": len(self.names) == 2,
            "2D or 3D": self.dimension > 1,
            "static E": static,
            "E and -E": static and self.both_signs,
            "states": self.config.ensemble.kind
            not in ("packets", "gaussian", "optical", "confined", "contact"),
            "crystal": self.hamiltonian is not None,
            "one band": self.config.band.group is None and not self.config.bands,
            "several bands": bool(self.config.bands),
            "textures": bool(self.config.textures),
            "spin": SPIN_STATES in self.run.arrays,
            **self.more(),
        }
        return frozenset(name for name, found in there.items() if found)

    def more(self) -> dict[str, bool]:
        """What else runs of this kind may have."""
        return {}

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Of units and conventions."""
        hall = "sigma_xy" if self.dimension == 2 else "[sigma_yz, sigma_zx, sigma_xy]"
        return words_of(self.dimension, self.config.charge) | {"hall": hall}

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        return self.estimator.how

    def across(self, flow: Float) -> Float:
        """Hall conductivity of a flow Σ D f ṙ (..., 3) that is odd in E."""
        return hall_of(
            self.config.charge * CONDUCTIVITY[self.dimension] * flow, self.dimension, self.electric
        )

    def odd_by_valley(self, *totals: Float) -> Float:
        """Flow odd in E by valley (V + 1, 3)."""
        raise NotImplementedError

    def hall_by_valley(self, *totals: Float) -> Any:
        """Hall conductivity by valley."""
        return self.across(self.odd_by_valley(*totals))

    def once(self, function: Callable[[Any], _Found]) -> _Found:
        """What several observables are made of, computed by the first of them."""
        if function not in self.known:
            self.known[function] = function(self)
        return self.known[function]  # type: ignore[no-any-return]

    def part(self, function: Callable[..., Any]) -> Observable:
        """A function of the totals with its uncertainty."""
        value, error = self.estimator.estimate(function)
        return Observable("", number(value), number(error), convention=self.how)

    def by_band(self, function: Callable[..., Any]) -> Observable:
        """A function of the totals of `band_sums` whose first axis are the bands, by their numbers."""
        value, error = self.band_sums.estimate(function)
        names = [str(band) for band in self.config.bands]
        return Observable("", rows(names, value), rows(names, error), convention=self.how)

    def by_valley(self, function: Callable[..., Any]) -> Observable:
        """A function of the totals whose first axis are the valleys, by their names."""
        value, error = self.estimator.estimate(function)
        return Observable("", rows(self.names, value), rows(self.names, error), convention=self.how)


def finished_paths(of: Source) -> tuple[list[int], Float, Float]:
    """Some stored paths with E as given, of packets that came to the end: numbers, r and k (n, T, 3)."""
    paths = of.run.trajectories(("path", "position", "wavevector"), limit=_PATHS)
    kept = np.zeros(len(paths["path"]), dtype=bool)
    for shard in of.run.shards(("trajectory", "status", "electric_sign"), with_paths=True):
        usable = (shard["status"] == Status.OK) & (shard["electric_sign"] > 0)
        kept |= np.isin(paths["path"], shard["trajectory"][usable])
        if len(kept) and shard["trajectory"][-1] >= paths["path"][-1]:
            break
    return paths["path"][kept].tolist(), paths["position"][kept], paths["wavevector"][kept]


def static_field(config: Config) -> Float | None:
    """The same, where nothing depends on place; else None."""
    return None if config.vary_in_space else uniform_field(config)


def uniform_field(config: Config) -> Float | None:
    """E in V/Å where it is uniform, static and not zero, else None, whatever the crystal."""
    terms = [term.amplitude for term in config.fields.electric if isinstance(term, UniformField)]
    if len(terms) < len(config.fields.electric):
        return None
    total = np.sum(terms, axis=0) if terms else np.zeros(3)
    return total if np.any(total) else None


def hall_of(current: Float, dimension: int, electric: Float) -> Float:
    """Hall conductivity of a current (..., 3) that is odd in E: σ_xy, or in space [σ_yz, σ_zx, σ_xy] (..., 3).

    The component along an axis that E lies on cannot be measured: it is not-a-number.
    """
    hall = np.cross(current, electric) / (electric @ electric)
    if dimension == 2:
        return np.asarray(hall[..., 2])
    return np.where(np.abs(electric) < np.linalg.norm(electric) * (1 - 1e-12), hall, np.nan)


def number(value: Float) -> float | Float:
    """A float where there is no axis."""
    return float(value) if value.ndim == 0 else value


def rows(names: Sequence[str], values: Float) -> dict[str, float | Float]:
    """Rows by name; those behind the last name are left out."""
    return {name: number(np.asarray(values[i])) for i, name in enumerate(names)}


def share_text(names: Sequence[str]) -> str:
    """A polarisation in words, empty where there are not two valleys."""
    if len(names) != 2:
        return ""
    first, second = names
    return f"(n_{first} - n_{second})/(n_{first} + n_{second})"
