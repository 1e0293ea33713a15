"""Runs of several bands: each carries packets of its own, one band after the other, and all share crystal, fields and times.

The whole is a `Problem` whose ``parts`` are the problems of the bands. Its trajectories are theirs in their order. Its sums
have a bin for each valley of each band, or one for each band without valleys, so that what is summed, stored and joined is
the same as in a run of one band; the last bin is for what belongs to no band that carries packets.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import direct
from wavepacket.config import Config, FermiSurface
from wavepacket.conventions import band_names
from wavepacket.ensembles import (
    Window,
    curvature_of_others,
    may_cross,
    states_in_window,
    states_on_surfaces,
    valley_centres,
    wavepacket_energy,
)
from wavepacket.errors import ConfigError, EmptyError, InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.protocols import protocol_of
from wavepacket.simulation.batch import Batch, batch_of, is_stored, number_of_trajectories
from wavepacket.simulation.blocks import Block
from wavepacket.simulation.joined_ensembles import joined
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.times_of_bands import with_own_times

__all__ = ["as_whole", "bands_of", "in_bins", "pieces", "placed", "with_several_bands"]

Report = Callable[[str], None]

_NEGLIGIBLE = 1e-8  # of all weight: a band with less has no packets


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
    protocol = protocol_of(config)
    asked, surface = protocol.window, protocol.surface
    _, centres = valley_centres(hamiltonian, config.valleys)
    window: Window | None = None
    if surface is not None:
        config, window, parts = _on_surfaces(config, surface, hamiltonian, build, report, threads=threads)
        report(sentence := _said(config, window, protocol.broadening))
    else:
        if asked is not None:
            window = states_in_window(
                asked, hamiltonian, centres, seed=config.seed, apart=protocol.broadening, threads=threads
            )
        config = _of_bands(config, _chosen(config, hamiltonian, window))
        report(sentence := _said(config, window, protocol.broadening))
        parts = tuple(each for each in _parts(config, config.bands, build, report) if each is not None)
    config, parts = with_own_times(config, parts)
    bands = config.bands
    ensemble = joined([part.ensemble for part in parts], [_weight(window, index) for index in bands])
    for warning in () if ensemble.resolution is None else ensemble.resolution.warnings():
        report(warning)
    names = band_names(bands, parts[0].valley_names)
    whole = replace(
        parts[0], config=config, parts=parts, ensemble=ensemble, valley_names=names, sea=None, bands_found=sentence
    )  # fmt: skip
    if parts[0].sea is None:
        return whole
    sea = sum(in_bins(whole, place, _sea(part), axis=1) for place, part in enumerate(parts))
    assert isinstance(sea, np.ndarray)
    left_out = _left_out(config, hamiltonian.size, together=surface is not None and not len(centres))
    if len(left_out) < hamiltonian.size:
        assert asked is not None
        sea[:, -1] += curvature_of_others(
            asked, hamiltonian, left_out, centres, seed=config.seed,
            position_elements=config.band.position_elements, threads=threads,
        )  # fmt: skip
    return replace(whole, sea=sea)


def _left_out(config: Config, number: int, *, together: bool) -> tuple[int, ...]:
    """Bands whose curvature is not that of `curvature_of_others`.

    At 0 K bands have points of their own, on which curvatures of two that all but cross do not cancel: where no valleys are
    told apart all are taken ``together``.
    """
    carried, every = config.bands, tuple(range(number))
    if config.band.others == "occupied":
        return () if together else carried
    return tuple(index for index in every if index not in carried) if together else every


def _on_surfaces(
    config: Config,
    surface: FermiSurface,
    hamiltonian: Hamiltonian,
    build: Callable[[Config, Report], Problem],
    report: Report,
    *,
    threads: int,
) -> tuple[Config, Window, tuple[Problem, ...]]:
    """The bands that cross μ at 0 K, which is known when their surfaces are made.

    Of bands that are named one without states there is a mistake, but where a field has emptied it.
    """
    given = isinstance(config.band.each, tuple)
    chosen = config.bands if given else may_cross(surface, hamiltonian)

    def may_be_empty(index: int) -> bool:
        if not given:
            return True
        emptied = _is_emptied(config, hamiltonian, index, surface.chemical_potential)
        if emptied:
            report(f"band {index} has no packets: the magnetic field moves all its states above mu")
        return emptied

    made = _parts(config, chosen, build, report, may_be_empty)
    parts = tuple(each for each in made if each is not None)
    if not parts:
        raise config.problem("ensemble", "is empty: no band crosses the chemical potential")
    bands = tuple(part.config.band.index for part in parts)
    every = [part.ensemble.packets(0, part.ensemble.size) for part in parts]
    gaps = [
        part.band.geometry(each.wavevector, threads, slopes=False).gap
        for part, each in zip(parts, every, strict=True)
    ]
    points = {index: (each.weight, gap) for index, each, gap in zip(bands, every, gaps, strict=True)}
    window = states_on_surfaces(hamiltonian.size, points, apart=protocol_of(config).broadening)
    return _of_bands(config, bands), window, parts


def _is_emptied(config: Config, hamiltonian: Hamiltonian, index: int, mu: float) -> bool:
    """Whether a band without states at μ lies above it in a magnetic field: one k tells for all."""
    if not np.any(config.fields.magnetic):
        return False
    one = direct(hamiltonian, index, position_elements=config.band.position_elements)
    energy = wavepacket_energy(
        one.geometry(np.zeros((1, 3)), slopes=False), config.fields.magnetic, config.charge
    )
    return bool(energy[0] > mu)


def _of_bands(config: Config, bands: tuple[int, ...]) -> Config:
    """A config whose bands with packets are known."""
    others = config.band.others or ("left_out" if isinstance(config.band.each, tuple) else "occupied")
    band = config.band.model_copy(update={"index": bands[0], "each": bands, "others": others})
    return config.model_copy(update={"band": band})


def _parts(
    config: Config,
    bands: Sequence[int],
    build: Callable[[Config, Report], Problem],
    report: Report,
    may_be_empty: Callable[[int], bool] = lambda index: False,
) -> list[Problem | None]:
    """The problem of each band; what several of them say is said once. One that may be empty and is so is None."""
    told, parts = set[str](), list[Problem | None]()

    def once(line: str) -> None:
        if line not in told:
            told.add(line)
            report(line)

    for index in bands:
        try:
            parts.append(build(config.of_band(index), once))
        except ConfigError as error:
            if not isinstance(error.__cause__, EmptyError):
                raise
            if not may_be_empty(index):
                raise config.problem("ensemble", f"band {index}: {error.__cause__}") from error
            parts.append(None)
        except InputError as error:
            raise InputError(f"band {index}: {error}") from error
    return parts


def _chosen(config: Config, hamiltonian: Hamiltonian, window: Window | None) -> tuple[int, ...]:
    """Bands with packets."""
    if isinstance(config.band.each, tuple):
        return config.band.each
    if window is None:
        return tuple(range(hamiltonian.size))
    found = np.flatnonzero(window.share > _NEGLIGIBLE)
    if len(found) == 0:
        raise config.problem(
            "ensemble",
            "is empty: no band has states at the chemical potential within the reach of its temperature",
        )
    return tuple(found.tolist())


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
