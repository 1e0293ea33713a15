"""Uncertainties cover the truth: residuals against converged values, in units of the stated uncertainty.

Each kind of run is repeated with other seeds, or with its grid elsewhere in the cells. Of independent replicas residuals
must have a variance near one; of grids the uncertainty is a bound, which must hold in 95 % of all cases. `docs/trust.md`
has the table that `python -m tests.physics.test_pulls` prints.
"""

import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavepacket
from wavepacket.config import config_from_mapping
from wavepacket.ensembles import zone

pytestmark = [pytest.mark.physics, pytest.mark.slow]

TRIALS, FEW = 40, 12  # of the table, and of the usual tests
SQUARE = {
    "lattice": [[3, 0], [0, 3]],
    "hoppings": [{"cell": [1, 0], "matrix": [[-0.8]]}, {"cell": [0, 1], "matrix": [[-0.8]]}],
}
SHEETS = {
    "lattice": [[3, 0], [0, 3]],
    "hoppings": [{"cell": [1, 0], "matrix": [[-0.8]]}, {"cell": [0, 1], "matrix": [[-0.02]]}],
}
CUBE = {
    "lattice": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    "hoppings": [{"cell": list(cell), "matrix": [[-0.3]]} for cell in np.eye(3, dtype=int).tolist()],
}
CHERN_METAL = {"name": "qi_wu_zhang", "t": 1.0, "m": -1.2, "lattice_constant": 4.0}
METAL = {"kind": "fermi_surface", "chemical_potential": -1.9, "temperature": 300.0, "field_reversal": False}
ANOMALOUS = {"kind": "fermi_dirac", "chemical_potential": -1.4, "temperature": 300.0}
POCKET = {"kind": "fermi_surface", "chemical_potential": -1.5, "temperature": 600.0, "field_reversal": False}
SIGMA = [
    ("conductivity", (0, 0)),
    ("conductivity", (0, 1)),
    ("density_of_states", ()),
    ("carrier_density", ()),
]
PLANAR = [("hall_conductivity", ())]
STEADY = [("longitudinal_conductivity", ()), ("hall_conductivity", ()), ("drift_velocity", (0,))]


@dataclass(frozen=True)
class Kind:
    """A kind of run: its config, what is looked at, how it is sampled, and the grid that it is converged on."""

    model: dict[str, Any]
    ensemble: dict[str, Any]
    sampling: dict[str, Any]
    converged: list[int]
    looked_at: list[tuple[str, tuple[int, ...]]]
    more: dict[str, Any] = field(default_factory=dict)
    exact: float | None = None

    def run(self, folder: Path, **changes: Any) -> list[tuple[float, float]]:
        """Values and uncertainties."""
        ensemble = self.ensemble | self.sampling | changes.pop("ensemble", {})
        sections = {"name": "pull", "model": self.model, "band": 0, "ensemble": ensemble,
                    "integrator": {"tolerance": 1e-8}, "output": {"trajectories": 0}} | self.more | changes  # fmt: skip
        done = wavepacket.run(
            config_from_mapping(sections), folder, overwrite=True, announce=False, threads=1
        )
        found = wavepacket.analyze(done)
        return [
            (float(np.asarray(found[name].value)[index]), float(np.asarray(found[name].uncertainty)[index]))
            for name, index in self.looked_at
        ]

    def reference(self, folder: Path) -> list[float]:
        """Values on a grid on which they do not change any more."""
        if self.exact is not None:
            return [self.exact]
        more = {
            name: value for name, value in self.more.get("scattering", {}).items() if name != "monte_carlo"
        }
        changes = {"scattering": more} if more else {}
        dense = {"grid": self.converged, "number": None}
        ensemble = {name: value for name, value in (self.ensemble | dense).items() if value is not None}
        kind = Kind(self.model, ensemble, {}, [], self.looked_at, self.more | changes)
        return [value for value, _ in kind.run(folder)]


FIELD = {"fields": {"electric": [1e-5, 0, 0]}, "time": {"end": 20.0, "saves": 2}}
COLLISIONS = {"scattering": {"relaxation_time": 500.0}}
IN_B = {**COLLISIONS, "fields": {"magnetic": [0, 0, 3]}}
DRIVEN = {
    "scattering": {"relaxation_time": 100.0},
    "fields": {"electric": [2e-4, 0, 0], "magnetic": [0, 0, 20]},
}
FLIGHTS = {"scattering": {"relaxation_time": 500.0, "monte_carlo": {"flights": 1}}}
OCCUPIED = {"kind": "fermi_dirac", "chemical_potential": -1.9, "temperature": 600.0}
HALF = {"kind": "fermi_dirac", "chemical_potential": -1.4, "temperature": 0.0}
KINDS = {
    "metal 2D, linear in B, number": Kind(SQUARE, METAL, {"number": 2000}, [300, 300], SIGMA, IN_B),
    "metal 2D, linear in B, grid": Kind(SQUARE, METAL, {"grid": [128, 128]}, [300, 300], SIGMA, IN_B),
    "flat sheets 2D, linear, grid": Kind(
        SHEETS, METAL | {"chemical_potential": -1.1}, {"grid": [120, 16]}, [360, 64], SIGMA[::2], COLLISIONS
    ),
    "metal 2D, steady state, number": Kind(SQUARE, OCCUPIED, {"number": 1000}, [200, 200], STEADY, DRIVEN),
    "metal 2D, steady state, grid": Kind(SQUARE, OCCUPIED, {"grid": [36, 36]}, [200, 200], STEADY, DRIVEN),
    "metal 2D, Monte Carlo, number": Kind(SQUARE, METAL, {"number": 2000}, [300, 300], SIGMA[:1], FLIGHTS),
    "metal 2D, ballistic, number": Kind(CHERN_METAL, ANOMALOUS, {"number": 1000}, [300, 300], PLANAR, FIELD),
    "metal 2D, ballistic, grid": Kind(CHERN_METAL, ANOMALOUS, {"grid": [48, 48]}, [300, 300], PLANAR, FIELD),
    "metal 2D, T = 0, grid": Kind(CHERN_METAL, HALF, {"grid": [48, 48]}, [720, 720], PLANAR, FIELD),
    "insulator 2D, ballistic, number": Kind(
        {"name": "haldane"}, {"kind": "filled_band"}, {"number": 500}, [], PLANAR, FIELD, exact=-1.0
    ),
    "insulator 2D, ballistic, grid": Kind(
        {"name": "haldane"}, {"kind": "filled_band"}, {"grid": [14, 14]}, [], PLANAR, FIELD, exact=-1.0
    ),
    "pocket 3D, linear, number": Kind(CUBE, POCKET, {"number": 2000}, [48, 48, 48], SIGMA[::2], COLLISIONS),
    "pocket 3D, linear, grid": Kind(CUBE, POCKET, {"grid": [22, 22, 22]}, [48, 48, 48], SIGMA[::2], COLLISIONS),
}  # fmt: skip

SLOWEST = (
    "metal 2D, Monte Carlo, number",
    "metal 2D, steady state, grid",
    "insulator 2D, ballistic, number",
    "metal 2D, ballistic, grid",
    "metal 2D, T = 0, grid",
    "metal 2D, steady state, number",
    "metal 2D, linear in B, number",
    "metal 2D, linear in B, grid",
    "pocket 3D, linear, number",
)


def pulls(kind: Kind, trials: int, folder: Path) -> np.ndarray:
    """(value − reference)/uncertainty (trials, observables), of other seeds or places of the grid within its cells."""
    reference = np.array(kind.reference(folder))
    rng, offsets, found = np.random.default_rng(7), zone.OFFSETS, []
    for trial in range(trials):
        try:
            if "grid" in kind.sampling:
                zone.OFFSETS = tuple(rng.random(3))
            values, errors = np.transpose(kind.run(folder, seed=trial + 1))
        finally:
            zone.OFFSETS = offsets
        found.append((values - reference) / errors)
    return np.array(found)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in SLOWEST else name for name in KINDS]
)
def test_uncertainties_cover_the_truth(name, trials, tmp_path):
    number = trials(FEW, TRIALS)
    found = pulls(KINDS[name], number, tmp_path / "run")
    assert np.all(np.isfinite(found)), "each of them has an honest uncertainty"
    inside = np.mean(np.abs(found) <= 1)
    if "grid" in name:
        # A bound that holds in 95 % of all cases is seen to in no fewer than this share, but once in a thousand times.
        assert inside >= 0.95 - 3.1 * math.sqrt(0.05 * 0.95 / found.shape[0])
    else:
        # Squares of Student's t of 7 degrees over 1.077 have the mean 1.2 and the standard deviation 2.4: of few trials
        # three of these.
        low, high = (0.4, 2.0) if number == TRIALS else (0.1, 1.2 + 3 * 2.4 / math.sqrt(number))
        assert low <= np.mean(found**2) <= high


def main() -> None:
    """Print the table."""
    print("| run | trials | residuals over uncertainty: variance | inside | largest |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in KINDS.items():
            found = pulls(kind, TRIALS, Path(folder) / "run")
            inside, worst = np.mean(np.abs(found) <= 1), np.abs(found).max()
            print(
                f"| {name} | {found.size} | {np.mean(found**2):.2f} | {inside:.0%} | {worst:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
