"""Do uncertainties cover the truth? Shipped configs at few packets with many seeds, against exact or converged values.

``python -m benchmarks.pulls [--seeds 12] [CONFIG ...]`` from the root of the repository, by default all of `CASES`. A pull
is (value − truth)/uncertainty. Packets of a sample are few and random, those of a grid are moved within its cells.
A row of the table is one number of one config; its truth is the exact value that the config states, what its `reference`
gives, or the run itself on a grid, or with so many packets, that its own uncertainty does not matter.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wavepacket
from wavepacket.config import Config, load_config
from wavepacket.ensembles import zone
from wavepacket.observables import Observables, headlines
from wavepacket.sweeps.references import references

CONFIGS = Path("configs")


@dataclass(frozen=True)
class Case:
    """A shipped config and what is changed in it.

    Attributes
    ----------
    points : number of packets in place of the grid; None keeps the grid of the config, and moves it
    changes : further changes of the config
    wanted : numbers to look at; default its headline
    dense : changes that make its truth, where no exact value is known
    """

    points: int | None
    changes: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    dense: tuple[str, ...] = ()

    def config(self, name: str, more: Sequence[str] = ()) -> Config:
        """The changed config."""
        points = () if self.points is None else ("ensemble.grid=null", f"ensemble.number={self.points}")
        kept = ("output.trajectories=0",)
        given = load_config(CONFIGS / f"{name}.yaml")
        if not hasattr(given.ensemble, "grid"):
            points = points[1:]
        return load_config(CONFIGS / f"{name}.yaml", [*kept, *points, *self.changes, *more])


SHORT = "time.end=2 fs"
CASES = {
    "altermagnet": Case(500, ("time.saves=2",)),
    "anomalous_hall_metal": Case(2000, ("ensemble.replicas=8",)),
    "bend_resistance": Case(400),
    "bilayer_valley_drift": Case(1000, ("time.saves=2",), dense=("ensemble.number=null", "ensemble.grid=[96, 96]")),
    "compensated_metal": Case(2000),
    "diffusive_strip": Case(500),
    "drude_hall": Case(1000, wanted=("conductivity.xx", "conductivity.xy", "hall_coefficient")),
    "dyakonov_perel": Case(256, wanted=("spin.z",)),
    "gaas_heavy_holes": Case(128, dense=("ensemble.number=32768",)),
    "graphene_valley_hall": Case(
        18000, ("time.saves=2", SHORT), ("valley_hall_conductivity.K", "valley_hall_conductivity.K'"),
        ("ensemble.number=null", "ensemble.grid=[300, 300]"),
    ),
    "haldane_hall": Case(200, ("time.saves=2", SHORT)),
    "hall_bar": Case(400),
    "kagome_hall": Case(300, ("time.saves=2", SHORT)),
    "kane_mele_spin_hall": Case(400),
    "nonlinear_hall": Case(2000),
    "open_orbits": Case(500),
    "planar_hall": Case(2000, dense=("ensemble.number=null", "ensemble.grid=[32, 32, 32]")),
    "rashba_anomalous_hall": Case(2000, ("time.saves=2",), dense=("ensemble.number=null", "ensemble.grid=[256, 256]")),
    "six_contacts": Case(300),
    "skyrmion_deflection": Case(128, ("time.saves=2",), dense=("ensemble.number=8192",)),
    "spin_hall": Case(1000, ("time.saves=2", SHORT)),
    "thermoelectric": Case(2000, wanted=("seebeck.xx", "nernst_coefficient", "wiedemann_franz_ratio")),
    "tmd_valley_drift": Case(1000, ("time.saves=2",), dense=("ensemble.number=null", "ensemble.grid=[128, 128]")),
    "two_terminal": Case(400),
    "weyl_chiral_anomaly": Case(4000, ("time.saves=2",)),
    "weyl_magnetoresistance": Case(2000, dense=("ensemble.number=null", "ensemble.grid=[32, 32, 32]")),
}  # fmt: skip


def numbers(found: Observables, wanted: dict[str, float | None]) -> dict[str, tuple[float, float]]:
    """Values and uncertainties by name."""
    each = {one.name: one.observable for one in headlines(found, wanted)}
    return {
        name: (float(one.value), np.nan if one.uncertainty is None else float(one.uncertainty))
        for name, one in each.items()
    }


def result(config: Config, folder: Path) -> Observables:
    """Of one run."""
    return wavepacket.analyze(wavepacket.run(config, folder, overwrite=True, announce=False, threads=1))


def truth(name: str, case: Case, wanted: dict[str, float | None], folder: Path) -> dict[str, float]:
    """By the config itself, its reference, or a dense run."""
    config = case.config(name, case.dense)
    if config.reference is not None and not case.dense:
        return {key: value for key, (value, _) in numbers(references([config])[0], wanted).items()}
    known = {key: value for key, value in wanted.items() if value is not None}
    if len(known) < len(wanted) and case.dense:
        known |= {key: value for key, (value, _) in numbers(result(config, folder), wanted).items()}
    return known


def pulls(name: str, case: Case, seeds: int, folder: Path) -> dict[str, np.ndarray]:
    """Pulls (seeds,) of each number, where its uncertainty is known."""
    stated = load_config(CONFIGS / f"{name}.yaml").headline or {}
    wanted = {key: stated.get(key) for key in case.wanted or stated}
    exact, offsets = truth(name, case, wanted, folder), zone.OFFSETS
    found: dict[str, list[float]] = {key: [] for key in exact}
    random = np.random.default_rng(7)
    for seed in range(1, seeds + 1):
        try:
            if case.points is None:
                zone.OFFSETS = tuple(random.random(3))
            seen = numbers(result(case.config(name, (f"seed={seed}",)), folder), wanted)
        finally:
            zone.OFFSETS = offsets
        for key, value in exact.items():
            found[key].append((seen[key][0] - value) / seen[key][1])
    return {key: np.array(each)[np.isfinite(each)] for key, each in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pulls", description=__doc__)
    parser.add_argument("config", nargs="*", default=list(CASES), help="names of shipped configs")
    parser.add_argument("--seeds", type=int, default=12)
    asked = parser.parse_args()
    print(
        "| config | number | trials | rms pull | within 1 | within 2 | largest |\n|---|---|---|---|---|---|---|"
    )
    everything: list[np.ndarray] = []
    with tempfile.TemporaryDirectory() as place:
        for name in asked.config:
            begin = time.perf_counter()
            each = pulls(name, CASES[name], asked.seeds, Path(place) / "run")
            if not each:
                raise SystemExit(f"{name}: no exact value is known of {CASES[name].wanted or 'its headline'}")
            for key, found in each.items():
                print(row(name, f"`{key}`", found), flush=True)
                everything.append(found)
            print(f"{name}: {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    print(row("**all**", "", np.concatenate(everything)))


def row(name: str, key: str, found: np.ndarray) -> str:
    """One of the table."""
    size = np.abs(found)
    if not len(found):
        return f"| {name} | {key} | 0 | unknown | | | |"
    return (
        f"| {name} | {key} | {len(found)} | {np.sqrt(np.mean(found**2)):.2f} | {np.mean(size <= 1):.0%} "
        f"| {np.mean(size <= 2):.0%} | {size.max():.1f} |"
    )


if __name__ == "__main__":
    main()
