"""Runs of several bands: each carries packets of its own, one band after the other, and all share crystal, fields and times.

The whole is a `Problem` whose ``parts`` are the problems of the bands. Its trajectories are theirs in their order. Its sums
have a bin for each valley of each band, or one for each band without valleys, so that what is summed, stored and joined is
the same as in a run of one band; the last bin is for what belongs to no band that carries packets.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import Config
from wavepacket.conventions import band_names
from wavepacket.ensembles import (
    Ensemble,
    Occupied,
    Packets,
    Resolution,
    Window,
    curvature_of_others,
    states_in_window,
    valley_centres,
)
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.protocols import protocol_of
from wavepacket.simulation.batch import Batch, batch_of, is_stored, number_of_trajectories
from wavepacket.simulation.blocks import Block
from wavepacket.simulation.problem import Problem

__all__ = ["as_whole", "bands_of", "in_bins", "pieces", "placed", "with_several_bands"]

Report = Callable[[str], None]

_NEGLIGIBLE = 1e-8  # of all weight: a band with less has no packets
_COUNTS = 1e-3  # of all weight: a band with less does not make the whole unresolved


def with_several_bands(
    config: Config,
    hamiltonian: Hamiltonian,
    build: Callable[[Config, Report], Problem],
    report: Report,
    threads: int,
) -> Problem:
    """The problem of a config whose bands carry packets of their own.

    Parameters
    ----------
    build : makes the problem of one band of this crystal, with the reporting function that it is given
    """
    _, centres = valley_centres(hamiltonian, config.valleys)
    protocol = protocol_of(config)
    asked, apart = protocol.window, protocol.broadening
    window = None
    if asked is not None:
        window = states_in_window(asked, hamiltonian, centres, seed=config.seed, apart=apart, threads=threads)
    bands, others = _chosen(config, hamiltonian, window)
    band = config.band.model_copy(update={"index": bands[0], "each": bands, "others": others})
    config = config.model_copy(update={"band": band})
    sentence = _said(config, window, apart)
    report(sentence)
    parts = _parts(config, build, report)
    ensemble = _joined([part.ensemble for part in parts], [_weight(window, index) for index in bands])
    for warning in () if ensemble.resolution is None else ensemble.resolution.warnings():
        report(warning)
    names = band_names(bands, parts[0].valley_names)
    whole = replace(
        parts[0],
        config=config,
        parts=parts,
        ensemble=ensemble,
        valley_names=names,
        sea=None,
        bands_found=sentence,
    )
    if parts[0].sea is None:
        return whole
    sea = sum(in_bins(whole, place, _sea(part), axis=1) for place, part in enumerate(parts))
    assert isinstance(sea, np.ndarray)
    if left := _without(asked, bands, others, hamiltonian.size):
        assert asked is not None
        sea[:, -1] += curvature_of_others(
            asked, hamiltonian, left[0], centres, seed=config.seed,
            position_elements=config.band.position_elements, threads=threads,
        )  # fmt: skip
    return replace(whole, sea=sea)


def _without(
    asked: Occupied | None, bands: tuple[int, ...], others: str, number: int
) -> tuple[tuple[int, ...]] | None:
    """Bands that the curvature of the last bin leaves out; None where it has none.

    At 0 K bands have points of their own, on which curvatures of two that all but cross do not cancel: there it has all.
    """
    every = others == "occupied"
    if getattr(asked, "is_cold", False):
        return (() if every else tuple(sorted(set(range(number)) - set(bands))),)
    return (bands,) if every and len(bands) < number else None


def _parts(config: Config, build: Callable[[Config, Report], Problem], report: Report) -> tuple[Problem, ...]:
    """The problem of each band; what several of them say is said once."""
    told, parts = set[str](), list[Problem]()

    def once(line: str) -> None:
        if line not in told:
            told.add(line)
            report(line)

    for index in config.bands:
        try:
            parts.append(build(config.of_band(index), once))
        except ConfigError:
            raise
        except InputError as error:
            raise InputError(f"band {index}: {error}") from error
    return tuple(parts)


def _chosen(config: Config, hamiltonian: Hamiltonian, window: Window | None) -> tuple[tuple[int, ...], str]:
    """Bands with packets, and what the others add."""
    given = config.band
    if isinstance(given.each, tuple):
        return given.each, given.others or "left_out"
    others = given.others or "occupied"
    if window is None:
        return tuple(range(hamiltonian.size)), others
    found = np.flatnonzero(window.share > _NEGLIGIBLE)
    if len(found) == 0:
        raise config.problem(
            "ensemble",
            "is empty: no band has states at the chemical potential within the reach of its temperature",
        )
    return tuple(found.tolist()), others


def _said(config: Config, window: Window | None, apart: float) -> str:
    """Which bands carry packets, and how near others come to their states."""
    which = ", ".join(
        f"{index}" if window is None else f"{index} ({100 * _weight(window, index):.3g} %)"
        for index in config.bands
    )
    said = f"bands with packets: {which}" + (
        "" if window is None else ", in brackets their share of the weight"
    )
    if window is not None and window.near > 0:
        said += (
            f"; {100 * window.near:.2g} % of the weight are states with another band within {apart:.2g} eV, which packets "
            "in one band do not know"
        )
    return said


def _weight(window: Window | None, index: int) -> float:
    return 1.0 if window is None else float(window.share[index])


def _sea(part: Problem) -> Float:
    assert part.sea is not None
    return part.sea


def _joined(ensembles: list[Ensemble], shares: list[float]) -> Ensemble:
    """Ensembles one after the other."""
    ends = list(accumulate(each.size for each in ensembles))

    def packets(first: int, number: int) -> Packets:
        found = [each.packets(begin, count) for each, begin, count in _cut(ensembles, ends, first, number)]
        names = ("wavevector", "position", "weight", "replica", "phase")
        return Packets(*(np.concatenate([getattr(each, name) for each in found]) for name in names))

    return replace(
        ensembles[0], size=ends[-1], packets=packets, resolution=_resolution(ensembles, shares),
        equal_weights=all(each.equal_weights for each in ensembles),
    )  # fmt: skip


def _cut(
    ensembles: list[Ensemble], ends: list[int], first: int, number: int
) -> Iterator[tuple[Ensemble, int, int]]:
    """Ensembles that hold packets first, first + 1, ..., with the first of each and how many."""
    for each, end in zip(ensembles, ends, strict=True):
        begin, last = max(first, end - each.size), min(first + number, end)
        if last > begin:
            yield each, begin - (end - each.size), last - begin


def _resolution(ensembles: list[Ensemble], shares: list[float]) -> Resolution | None:
    """That of the whole: all its points together, and the steps of the worst band that counts."""
    known = [(each.resolution, share) for each, share in zip(ensembles, shares, strict=True)]
    found = [(each, share) for each, share in known if each is not None]
    if not found:
        return None
    total = sum(share for _, share in found)
    # (Σw)²/Σw² of all weights, from that of each band and its share of Σw.
    points = total**2 / sum(share**2 / max(each.points, 1e-300) for each, share in found)
    counted = [each for each, share in found if share >= _COUNTS * total]
    return replace(
        found[0][0], points=points, energy=max(each.energy for each in counted),
        states=max(each.states for each in counted),
    )  # fmt: skip


# Trajectories and sums of the whole, from those of its bands.


def pieces(problem: Problem, first: int, number: int) -> Iterator[tuple[int, int, int]]:
    """(place of a band among the parts, first trajectory, number) of trajectories first, ..., first + number − 1."""
    begin = 0
    for place, part in enumerate(problem.parts):
        end = begin + number_of_trajectories(part)
        here, last = max(first, begin), min(first + number, end)
        if last > here:
            yield place, here, last - here
        begin = end


def bands_of(problem: Problem, trajectories: Integer) -> Integer:
    """Index (n,) of the band of each trajectory."""
    if not problem.parts:
        return np.full(len(trajectories), problem.config.band.index)
    ends = list(accumulate(map(number_of_trajectories, problem.parts)))
    places = [bisect_right(ends, each) for each in trajectories.tolist()]
    return np.array(problem.config.bands)[places]


def placed(problem: Problem, place: int, first: int, number: int) -> Batch:
    """Trajectories first, ..., of one band, with the numbers that they have in the whole."""
    part = problem.parts[place]
    before = sum(map(number_of_trajectories, problem.parts[:place]))
    batch, ids = batch_of(part, first - before, number), np.arange(first, first + number)
    return replace(batch, ids=ids, kept=np.flatnonzero(is_stored(problem, ids)))


def as_whole(problem: Problem, place: int, block: Block) -> Block:
    """What was found out about trajectories of one band, in the bins of the whole."""
    valleys = len(problem.parts[place].valley_names)
    sums = {name: in_bins(problem, place, values, axis=2) for name, values in block.sums.items()}
    return replace(block, sums=sums, valley=place * max(valleys, 1) + np.maximum(block.valley, 0))


def in_bins(problem: Problem, place: int, values: Float, *, axis: int) -> Float:
    """Sums of one band, with its valleys along an axis, in the bins of the whole."""
    valleys = len(problem.parts[place].valley_names)
    shape = (*values.shape[:axis], len(problem.valley_names) + 1, *values.shape[axis + 1 :])
    found, given = np.zeros(shape), np.moveaxis(values, axis, 0)
    bins = np.moveaxis(found, axis, 0)
    first = place * max(valleys, 1)
    if valleys:
        bins[first : first + valleys], bins[-1] = given[:-1], given[-1]
    else:
        bins[first] = given[0]
    return found
