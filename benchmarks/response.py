"""Anomalous Hall conductivity of an 18-band metal from a `_tb.dat`: time to reach an error, against WannierBerri."""

import contextlib
import dataclasses
import importlib.util
import io
import itertools
import logging
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import quantiles, stopwatch
from wavepacket.hamiltonians import LatticeHamiltonian, read_tb, write_tb
from wavepacket.response.adaptive import Adaptive
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.collect import Task
from wavepacket.response.columns import Columns
from wavepacket.response.converge import Limits, converge
from wavepacket.response.domain import domain_of
from wavepacket.response.scan import Scan, combined
from wavepacket.response.targets import CANCELLED, Target, Term, natural
from wavepacket.response.uniform import on_mesh
from wavepacket.threads import on_threads
from wavepacket.units import E2_OVER_H

MU = np.linspace(-1.0, 1.0, 9)
_COLD = np.zeros(1)
_CORES = 2
# σ = −(e²/ħ) ∫[dk] Ω with [dk]Ω in 1/Å: S/cm.
_SIEMENS = -2 * np.pi * E2_OVER_H * 1e8

Numbers = np.ndarray
Call = Callable[[], tuple[Numbers, Numbers | None]]


def random_metal(orbitals: int = 18, constant: float = 2.87) -> LatticeHamiltonian:
    """A metal of no symmetry: hoppings at random that fall off within an atom's distance."""
    rng = np.random.default_rng(7)
    positions = rng.uniform(0, 1, (orbitals, 3))
    table = {}
    levels = np.diag(rng.uniform(-4, 4, orbitals))
    for cell in itertools.product(range(-2, 3), repeat=3):
        if cell < (0, 0, 0):
            continue
        distance = np.linalg.norm((np.array(cell) + positions[None] - positions[:, None]) * constant, axis=-1)
        noise = rng.normal(size=(2, orbitals, orbitals))
        matrix = (noise[0] + 1j * noise[1]) * 1.2 * np.exp(-distance / 1.1)
        table[cell] = (matrix + matrix.conj().T) / 2 + levels if cell == (0, 0, 0) else matrix
    return LatticeHamiltonian.from_hoppings(constant * np.eye(3), table, positions=positions)


def race(*, rounds: int, quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Errors and seconds of all contenders in turn, on two cores; reading the file is not timed."""
    with tempfile.TemporaryDirectory(prefix="wavepacket-response-") as name:
        file = write_tb(random_metal(), Path(name) / "metal_tb.dat")
        crystal = read_tb(file)
        task = Task(domain_of(crystal), EnergyAxis(MU, _COLD), Columns(3))
        say("response: the reference")
        truth, doubt, points = _reference(task, 60_000 if quick else 200_000)
        ours = {
            f"wavepacket, target {t:g}": _to_target(task, t)
            for t in ((0.4, 0.2) if quick else (0.4, 0.2, 0.1))
        }
        meshes = (12, 20) if quick else (12, 24, 32)
        ours |= {f"wavepacket, mesh {mesh}^3": _on_mesh(task, mesh) for mesh in meshes}
        theirs = _peer(file, meshes, (4,) if quick else (8,))
        found = _in_turn({**ours, **theirs}, rounds, say)
    rows = [_row(contender, *found[contender], truth) for contender in found]
    return {
        "reference": {
            "points": points, "uncertainty": doubt, "size": float(np.sqrt(np.mean(truth**2))),
            "how": "cells divided from 13^3, which share no point with the contenders'",
        },
        "same_mesh_differs_by": _difference(found, meshes), "rows": rows, "equal_error": _equal_error(rows),
        "missing": [] if theirs else ["wannierberri"],
        "two_cores_of_peer": "ray" if importlib.util.find_spec("ray") else "threads of its linear algebra alone",
    }  # fmt: skip


def _hall(scan: Scan) -> tuple[Numbers, Numbers]:
    """σ_yz, σ_zx, σ_xy (M, 3) and their uncertainties, S/cm."""
    estimate = scan.integral("sea", "curvature")
    return _SIEMENS * estimate.value[:, 0], abs(_SIEMENS) * estimate.uncertainty[:, 0]


def _reference(task: Task, budget: int) -> tuple[Numbers, float, int]:
    """Converged values, the rms of their uncertainties, and how many points that took."""
    target = _hall_target(1e-3)
    cells = Adaptive(task, 13, [target], MU, in_order=on_threads(_CORES))
    sizes = CANCELLED * np.tile(natural([target], task, MU, _COLD), 2)
    while cells.refine(sizes, budget) and cells.collected.points < 0.95 * budget:
        pass
    value, error = _hall(Scan(task, MU, _COLD, combined(cells.collected)))
    return value, float(np.sqrt(np.mean(error**2))), cells.collected.points


def _to_target(task: Task, target: float) -> Call:
    plan, wanted = Limits(200_000, "adaptive", 7, on_threads(_CORES)), [_hall_target(target)]
    return lambda: _hall(
        converge(lambda collected: Scan(task, MU, _COLD, collected), task, wanted, plan).passes[-1].scan
    )


def _hall_target(relative: float) -> Target:
    return Target("anomalous_hall_conductivity", ((Term("sea", "curvature"),),), relative)


def _on_mesh(task: Task, mesh: int) -> Call:
    """One mesh with sharp occupations, which is what WannierBerri sums."""
    sharp = dataclasses.replace(task, linear=False)

    def call() -> tuple[Numbers, None]:
        collected = on_mesh(sharp, mesh, in_order=on_threads(_CORES))
        return _SIEMENS * Scan(sharp, MU, _COLD, collected).integral("sea", "curvature").value[:, 0], None

    return call


def _peer(file: Path, meshes: tuple[int, ...], refinements: tuple[int, ...]) -> dict[str, Call]:
    """WannierBerri on the same meshes, and refined from 12³ so many times; nothing where it is not installed."""
    if importlib.util.find_spec("wannierberri") is None:
        return {}
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import wannierberri
        from wannierberri.calculators.static import AHC
        from wannierberri.system import System_R

        if importlib.util.find_spec("ray"):
            import ray

            ray.init(num_cpus=_CORES, include_dashboard=False, log_to_driver=False)
        system = System_R.from_tb_file(str(file), berry=True)

    def contender(mesh: int, refined: int = 0, parallel: bool = True) -> Call:
        def call() -> tuple[Numbers, None]:
            hall = AHC(Efermi=MU, kwargs_formula={"external_terms": False})
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                result = wannierberri.run(
                    system, wannierberri.Grid(system, NK=mesh, use_symmetry=False), {"hall": hall}, parallel=parallel,
                    adpt_num_iter=refined, use_irred_kpt=False, symmetrize=False, fout_name=str(file.parent / "result"),
                )  # fmt: skip
            return result.results["hall"].data / 100, None

        return call

    made = {f"wannierberri, mesh {mesh}^3": contender(mesh) for mesh in meshes}
    made[f"wannierberri, mesh {meshes[1]}^3, one process"] = contender(meshes[1], parallel=False)
    return made | {f"wannierberri, mesh 12^3, refined {n} times": contender(12, n) for n in refinements}


def _in_turn(
    contenders: dict[str, Call], rounds: int, say: Callable[[str], None]
) -> dict[str, tuple[list[float], Numbers, Numbers | None]]:
    """Seconds of every round, values and uncertainties; the order is reversed from round to round."""
    results: dict[str, tuple[Numbers, Numbers | None]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for first in (next(iter(contenders)), list(contenders)[-1]):
        contenders[first]()
    for turn in range(rounds):
        say(f"response: round {turn + 1} of {rounds}")
        for name in list(contenders)[:: 1 if turn % 2 == 0 else -1]:
            seconds[name].append(stopwatch(lambda name=name: results.__setitem__(name, contenders[name]())))
    return {name: (seconds[name], *results[name]) for name in contenders}


def _row(
    name: str, seconds: list[float], value: Numbers, stated: Numbers | None, truth: Numbers
) -> dict[str, Any]:
    error = np.abs(value - truth)
    row = {"contender": name, "seconds": quantiles(seconds), "rms_error": float(np.sqrt(np.mean(error**2)))}
    if stated is not None:
        row |= {
            "rms_stated": float(np.sqrt(np.mean(stated**2))),
            "covered": float(np.mean(error <= stated)),
            "worst_error_over_stated": float(np.max(error / stated)),
        }
    return row


def _difference(found: dict[str, Any], meshes: tuple[int, ...]) -> float | None:
    """Largest difference between both programs on one mesh relative to the largest number."""
    pairs = [
        [found.get(f"{name}, mesh {mesh}^3") for name in ("wavepacket", "wannierberri")] for mesh in meshes
    ]
    parts = [np.abs(a[1] - b[1]).max() / np.abs(a[1]).max() for a, b in pairs if a and b]
    return float(max(parts)) if parts else None


def _equal_error(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each of theirs the fastest of ours that errs no more."""
    ours = [row for row in rows if row["contender"].startswith("wavepacket")]
    found = []
    for row in rows:
        if row in ours:
            continue
        good = [each for each in ours if each["rms_error"] <= row["rms_error"] * (1 + 1e-6)]
        if good:
            best = min(good, key=lambda each: float(each["seconds"]["median"]))
            ratio = row["seconds"]["median"] / best["seconds"]["median"]
            found.append({"peer": row["contender"], "ours": best["contender"], "faster_by": ratio})
    return found
