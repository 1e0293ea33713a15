"""Nanoseconds of one right-hand side for each band source, and how much of the machine's arithmetic it uses."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks import machine, ours
from benchmarks.measure import processor_time, quantiles, repeated
from benchmarks.problems import QI_WU_ZHANG, WEYL, Case, n_band_sections, table_case
from wavepacket.kernels.layout import LANES

# Additions and multiplications of the closed form in equations.py, a sine, cosine, root and division counted as its
# polynomial or iteration in double precision: 2 sin and cos pairs (36), 1 root and 2 divisions (24), 90 others.
OPERATIONS = 150
_BLOCKS = 1024
_STRIDE = 5e-3  # 1/Å: about what a stage moves a packet, 300 of them in one Bloch period
_LEAP = 0.7071  # 1/Å: anywhere in the zone
_ELECTRIC = [8e-4, 3e-4, 0.0]


def sources(grid: int) -> dict[str, Mapping[str, Any]]:
    """Config sections of each band source; B ≠ 0, so that m and ∂m/∂k are computed, unless said."""
    tilted = {"electric": [8e-4, 3e-4, -4e-4], "magnetic": [4.0, -3.0, 8.0]}
    planar = {"electric": _ELECTRIC, "magnetic": [0, 0, 10.0]}
    haldane = {"name": "haldane", "staggered": 0.3}
    return {
        "closed form, Qi-Wu-Zhang (2D)": QI_WU_ZHANG.sections,
        "closed form, Qi-Wu-Zhang, B = 0": {**QI_WU_ZHANG.sections, "fields": {"electric": _ELECTRIC}},
        "closed form, Haldane (2D)": {"model": haldane, "fields": planar},
        "closed form, Weyl lattice (3D), E(t)": WEYL.sections,
        "closed form, k.p massive Dirac (2D)": {
            "model": {"name": "massive_dirac"},
            "fields": planar,
            "ensemble": {"kind": "packets", "wavevectors": [[0.01, 0, 0]]},
        },
        "table, Haldane, 256² (2D)": {
            "model": haldane,
            "fields": planar,
            "band": {"index": 0, "source": "table", "grid": [256, 256]},
        },
        f"table, 4 bands, {grid}³ (3D)": table_case(grid).sections,
        "diagonalisation, 4 bands (3D)": {"model": n_band_sections(), "fields": tilted},
        "diagonalisation, 16 bands (3D)": {"model": n_band_sections(16), "fields": tilted},
        "diagonalisation, 16 bands, B = 0": {
            "model": n_band_sections(16),
            "fields": {"electric": tilted["electric"]},
        },
    }


def nanoseconds(repeat: ours.Repeated, blocks: int) -> Callable[[], float]:
    """A call that gives nanoseconds per packet."""
    again, times = repeated(lambda: repeat(blocks), 0.02)
    return lambda: processor_time(again) / (times * blocks * LANES) * 1e9


def right_hand_sides(*, grid: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Rows of ns per packet: geometry alone, and the whole right-hand side; sources in turn within every round."""
    calls: dict[tuple[str, str], Callable[[], float]] = {}
    for name, sections in sources(grid).items():
        say(f"preparing {name}")
        problem = ours.build(sections, number=100_000, end=1000.0, saves=2)
        blocks = 2 if problem.band.kind == "direct" else _BLOCKS
        for what, alone in (("geometry", True), ("right_hand_side", False)):
            calls[name, what] = nanoseconds(
                ours.Repeated(problem, stride=_STRIDE, geometry_only=alone), blocks
            )
    peak = machine.fused_multiply_add_peak()
    turns = [{key: call() for key, call in calls.items()} for _ in range(rounds)]
    samples = {key: np.array([turn[key] for turn in turns]) for key in calls}
    rows = [
        {"source": name, **{what: quantiles(samples[name, what]) for what in ("geometry", "right_hand_side")}}
        for name, _ in {key: None for key in calls if key[1] == "geometry"}
    ]
    best = rows[0]["right_hand_side"]["median"]
    return {
        "rows": rows,
        "peak_gflops": peak,
        "operations": OPERATIONS,
        "share_of_peak": OPERATIONS / best / peak,
    }


def lookup(case: Case, *, rounds: int) -> dict[str, Any]:
    """Nanoseconds per point of the 3D quintic table: ε, Ω, m, gap and their gradients.

    Along one trajectory the table is read from the nearest caches; packets of one block that start all over the zone
    read more of it than those hold; points anywhere are new to every cache.
    """
    problem = case.problem()
    one = nanoseconds(ours.Repeated(problem, stride=_STRIDE, geometry_only=True, together=True), _BLOCKS)
    walking = nanoseconds(ours.Repeated(problem, stride=_STRIDE, geometry_only=True), _BLOCKS)
    jumping = nanoseconds(ours.Repeated(problem, stride=_LEAP, geometry_only=True), _BLOCKS)
    turns = np.array([[one(), walking(), jumping()] for _ in range(rounds)])
    return {
        "grid": int(problem.band.integers[2]),
        "megabytes": problem.band.reals.nbytes / 1e6,
        "along_one_trajectory": quantiles(turns[:, 0]),
        "along_trajectories": quantiles(turns[:, 1]),
        "everywhere": quantiles(turns[:, 2]),
    }


def integration(peak: float, *, rounds: int) -> dict[str, Any]:
    """Share of the peak that the whole integration of problem (a) uses, 201 saves."""
    case, saves = QI_WU_ZHANG, 201
    starts = case.starts(4096)
    run = ours.Integration(
        ours.restated(case.problem(), 1e-9, np.linspace(0, case.end, saves)), case.wavevectors(starts)
    )
    run()
    steps = float(run.steps.mean())
    operations = ours.useful_operations(case.components, OPERATIONS, steps, steps, saves)
    seconds = np.array([processor_time(run) for _ in range(rounds)])
    return {
        "operations": operations,
        "steps": steps,
        "share_of_peak": quantiles(operations * len(starts) / seconds / 1e9 / peak),
    }
