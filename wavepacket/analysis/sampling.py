"""How the packets of a run sample its ensemble, and whether their sums tell the error of that."""

import math
from dataclasses import dataclass

from wavepacket.config import Config, Confined
from wavepacket.ensembles import FEWEST, grid_of, least_error, nested_levels
from wavepacket.protocols import protocol_of
from wavepacket.runs import StoredRun
from wavepacket.runs.accuracy import ENERGY_STEP, POINTS, STATE_STEP
from wavepacket.runs.transport import SEA

__all__ = ["Sampling"]

_FEW = "fewer than two points of each replica count"
_FAR = "points are too far apart for the smallest gap"


@dataclass(frozen=True)
class Sampling:
    """How the packets of a run sample its ensemble, and what their sums tell of the error of that.

    Attributes
    ----------
    kind : ``list`` of packets that are all that is meant, ``replicas`` that are independent of each other, ``grid`` with
        its sub-grids of half the density as replicas, ``nested`` with those of a quarter of it, or two ``meshes`` on the
        Fermi surface
    unknown : why there is no honest estimate of the error; empty where there is one
    least : error relative to the value below which no spread is believed
    levels : of ``nested``, how many sub-grids there are along x, along y and along each axis of the zone

    """

    kind: str
    unknown: str = ""
    least: float = 0.0
    levels: tuple[int, ...] = ()

    @classmethod
    def of_run(cls, run: StoredRun, config: Config) -> "Sampling":
        """Of a finished run."""
        ensemble = config.ensemble
        if ensemble.kind == "packets":
            collide = protocol_of(config).collision_time is not None
            return cls("list", "collisions are random, and a list has no replicas" if collide else "")
        if isinstance(ensemble, Confined):
            levels = nested_levels(grid_of(ensemble))
            if _replicas(run) == math.prod(levels):  # else one of an older version
                return cls("nested", _unresolved(run, ensemble), levels=levels)
        if getattr(ensemble, "is_cold", False):
            return cls("meshes")
        grid = getattr(ensemble, "grid", None)
        few = POINTS in run.arrays and float(run.arrays[POINTS].values) < FEWEST
        if grid is None:
            far = STATE_STEP in run.arrays and float(run.arrays[STATE_STEP].values) > 1
            unknown = "one replica alone" if _replicas(run) == 1 else _FEW if few else _FAR if far else ""
            return cls("replicas", unknown)
        if ENERGY_STEP not in run.arrays:
            return cls("grid", "sub-grids of this older version mirror each other; run it again")
        if _replicas(run) == 1:
            return cls("grid", "sub-grids need an even number of points, 4 or more, along each axis")
        if few:
            return cls("grid", _FEW)
        energy, states = (float(run.arrays[name].values) for name in (ENERGY_STEP, STATE_STEP))
        if states > 1:
            return cls("grid", _FAR)
        # A step of the occupation that is passed between two points is sampled by all of them; a peak is missed.
        at_surface = ensemble.kind != "fermi_dirac" or SEA in run.arrays
        if energy > 1 and at_surface:
            return cls("grid", "the grid is too coarse for what it has to resolve in energy")
        if at_surface:
            return cls("grid", least=least_error(energy, ensemble.kind == "optical"))
        packets = run.trajectory_count / (2 if ensemble.field_reversal else 1)
        return cls("grid", least=1.0 / packets if energy > 1 else 0.0)

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        if self.unknown or self.kind == "list":
            return self.without_integration if self.unknown else "uncertainty: error of the integration"
        return f"{self.without_integration}, and error of the integration"

    @property
    def without_integration(self) -> str:
        """The same for what integration errors are not known of."""
        if self.unknown:
            return f"uncertainty: not known, {self.unknown}"
        found = {
            "list": "rounding",
            "replicas": "standard error over replicas",
            "grid": "largest deviation of a sub-grid of half the density",
            "meshes": "difference of two meshes on the Fermi surface, as a whole or by patches",
            "nested": "what sub-grids of half and of a quarter of the density leave for the whole grid",
        }[self.kind]
        return f"uncertainty: {found}"


def _unresolved(run: StoredRun, ensemble: Confined) -> str:
    """Why the sub-grids of a confined sample tell no error; empty where they do."""
    if any(
        n > 1 and level == 1
        for n, level in zip(grid_of(ensemble), nested_levels(grid_of(ensemble)), strict=True)
    ):
        return "sub-grids need an even number of points, 4 or more, along each axis"
    if float(run.arrays[POINTS].values) < FEWEST:
        return _FEW
    return _FAR if float(run.arrays[STATE_STEP].values) > 1 else ""


def _replicas(run: StoredRun) -> int:
    return int(next(iter(run.sums.values())).shape[1])
