"""Band source from a periodic quintic spline table: its grid follows from the accuracy, its error is measured."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.direct import direct
from wavepacket.bands.hybrid import hybrid, hybrid_band, is_hybrid, share_left_out
from wavepacket.bands.source import Band
from wavepacket.bands.table_cache import Entry, key_of, load, store
from wavepacket.bands.table_error import MARGIN, SMALLEST_GAP, ExactSamples, TableError, exact_samples
from wavepacket.bands.table_plan import TableGrid, plan_grid, shown
from wavepacket.bands.table_samples import (
    Report,
    Sampler,
    Samples,
    aligned,
    sample_grid,
    table_arrays,
    table_bytes,
)
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

_ROUNDS = 4  # tables that are built, each finer than the last, before the direct source takes over


def table(
    hamiltonian: Hamiltonian,
    index: int,
    *,
    accuracy: float = 1e-6,
    grid: Sequence[int] | None = None,
    position_elements: bool = True,
    threads: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> Band:
    """Tabulate band ``index``.

    Without ``grid``, points along each axis are chosen so that no error of ε, velocity, Ω and m, at random points and
    around the smallest gaps, exceeds ``accuracy`` times the largest value of that quantity over the zone. Where no table
    can promise that everywhere, the band is diagonalised in the cells where it cannot, or at every k where these are most of
    them, with a sentence that says so. A table is kept on disk.

    Parameters
    ----------
    grid : points along each periodic axis; the error is measured and reported, whatever it is
    threads : used to build
    report : called with sentences on size, time, progress and result

    Raises
    ------
    InputError
        for a k·p model (it has no zone), or where the band touches another one on a given grid

    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("a table needs a periodic zone: use source: direct for a k·p model")
    source = direct(hamiltonian, index, position_elements=position_elements)
    given = _given_grid(hamiltonian, grid) if grid is not None else None
    key = key_of(source, given, accuracy)
    kept = load(key)
    if kept is not None:
        report(f"using the table of band {index} that is kept on disk ({key[:12]})")
        band = band_of_table(source, kept.integers, aligned(kept.reals), kept.facts, kept.notes)
        return _announced(band, accuracy, report)
    reference = exact_samples(source, threads)
    sampler = Sampler(source)
    if given is not None:
        made = _built(sampler, reference, TableGrid(given), threads, report)
    else:
        made = _promised(sampler, reference, accuracy, threads, report)
    if made.kind != "direct":
        store(key, Entry(made.integers.tolist(), made.reals, dict(made.facts), list(made.notes)))
        return _announced(made, accuracy, report)
    report(made.notes[-1])
    return made


def _given_grid(hamiltonian: LatticeHamiltonian, grid: Sequence[int]) -> tuple[int, int, int]:
    dimension = hamiltonian.dimension
    if len(grid) != dimension:
        raise InputError(f"the grid of a {dimension}D table needs {dimension} numbers, not {len(grid)}")
    points = [*map(int, grid), 1, 1][:3]
    return points[0], points[1], points[2]


def _promised(
    sampler: Sampler, reference: ExactSamples, accuracy: float, threads: int, report: Report
) -> Band:
    """The smallest table that meets the accuracy everywhere it is measured, else one that does in most cells, or none."""
    report(f"choosing the grid of a table of band {reference.source.index} for an accuracy of {accuracy:.1e}")
    plan = plan_grid(sampler, reference, accuracy)
    for _ in range(_ROUNDS):
        if plan.obstacle:
            break
        made = _built(sampler, reference, plan, threads, report)
        worst = MARGIN * _worst(made)
        if worst <= accuracy:
            return made
        # Errors of slopes fall as h⁵.
        plan = plan.grown(max(1.1, 1.05 * min(2.0, (worst / accuracy) ** 0.2)))
    found = hybrid(sampler, reference, accuracy, threads, report)
    if found is not None:
        return _with_facts(found.band, found.reference, *found.errors())
    reason = plan.obstacle or f"the finest that was tried has an error of {worst / MARGIN:.1e}"
    sentence = (
        f"no table can promise an accuracy of {accuracy:.1e} for band {reference.source.index}: {reason} (smallest gap "
        f"{reference.smallest_gap:.2e} eV{_place(reference)}); it is diagonalised at every k "
        "instead, which is exact and slow"
    )
    if reference.smallest_gap > SMALLEST_GAP:
        sentence += ". A larger band.accuracy, or a band.grid of your own, makes a table"
    return replace(reference.source, notes=(*reference.source.notes, sentence))


def _place(reference: ExactSamples) -> str:
    return (
        f" at reduced coordinates {np.round(reference.closest, 4).tolist()}"
        if np.isfinite(reference.smallest_gap)
        else ""
    )


def _built(sampler: Sampler, reference: ExactSamples, plan: TableGrid, threads: int, report: Report) -> Band:
    points, size = plan.points, plan.size
    threads = min(threads, points[0])
    grid, (kept, working) = shown(points), table_bytes(points)
    report(
        f"building a table of {grid} points for band {reference.source.index}: {kept / 1e6:.3g} MB, "
        f"{working / 1e6:.3g} MB while it is built, about {sampler.seconds_per_point() * size / threads:.2g} s"
    )
    samples = sample_grid(sampler, points, threads, report)
    _refuse_contact(reference.source, samples)
    made = band_of_table(reference.source, *table_arrays(reference.source, samples), {}, [])
    at_random, near_gaps = reference.errors(made, points)
    return _with_facts(made, reference, at_random, near_gaps)


def _refuse_contact(source: Band, samples: Samples) -> None:
    gap = samples.fields[..., -1]
    if gap.min() > SMALLEST_GAP:
        return
    where = np.array(np.unravel_index(gap.argmin(), gap.shape)) / gap.shape
    raise InputError(
        f"band {source.index} touches another band (gap {gap.min():.2e} eV at reduced coordinates "
        f"{np.round(where, 4).tolist()}): no table can hold its curvature; use source: direct, away from the degeneracy"
    )


def band_of_table(
    source: Band, integers: list[int], reals: Float, facts: dict[str, float], notes: list[str]
) -> Band:
    """The band that is read from the arrays of a table, in place of one that is diagonalised."""
    from wavepacket.kernels.bands import spline as kernels  # compiled when first needed

    if is_hybrid(integers):
        return replace(hybrid_band(source, integers, reals), facts=facts, notes=tuple(notes))
    return replace(
        source,
        kind="table",
        kernel=kernels.table_geometry,
        integers=np.array(integers, dtype=np.int64),
        reals=reals,
        scratch_size=kernels.SCRATCH,
        facts=facts,
        notes=tuple(notes),
    )


def table_grid(made: Band) -> tuple[int, ...]:
    """Points of a table along each periodic axis."""
    dimension = made.hamiltonian.dimension
    first = 2 if dimension == 3 else 3  # the arrays of chains and layers begin with an axis of one point
    return tuple(made.integers[first : first + dimension].tolist())


def _with_facts(made: Band, reference: ExactSamples, at_random: TableError, near_gaps: TableError) -> Band:
    both = at_random.joined(near_gaps)
    facts = {
        "table_error_energy": both.energy,
        "table_error_velocity": both.velocity,
        "table_error_curvature": both.curvature,
        "table_error_moment": both.moment,
        "table_error_near_gaps": near_gaps.worst,
    }
    if np.isfinite(reference.smallest_gap):
        facts["table_smallest_gap_eV"] = reference.smallest_gap
    digest = hashlib.sha256(made.reals.astype("<f8").tobytes()).hexdigest()
    grid = shown(table_grid(made))
    sentence = (
        f"table of {grid} points: largest relative error {at_random.worst:.1e} at random points of the zone, "
        f"{near_gaps.worst:.1e} around the smallest gaps"
    )
    if is_hybrid(made.integers):
        facts["table_share_diagonalised"] = share_left_out(made)
        sentence = (
            f"table of {grid} points for {1 - share_left_out(made):.1%} of the zone: largest relative error "
            f"{at_random.worst:.1e} at random points, {near_gaps.worst:.1e} in its worst cells; in the rest, around "
            f"gaps down to {reference.smallest_gap:.1e} eV{_place(reference)}, the band is diagonalised"
        )
    return replace(
        made, facts=facts, notes=(*reference.source.notes, sentence, f"sha256 of the table {digest}")
    )


def _worst(made: Band) -> float:
    return max(value for name, value in made.facts.items() if name.startswith("table_error"))


def _announced(made: Band, accuracy: float, report: Report) -> Band:
    """Say the error of a table, and that it breaks the promise where it does."""
    report(made.notes[-2])
    if _worst(made) <= accuracy:
        return made
    sentence = f"this table cannot promise the accuracy of {accuracy:.1e} that was asked for: it has {_worst(made):.1e}"
    report(sentence)
    return replace(made, notes=(*made.notes, sentence))
