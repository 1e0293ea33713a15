"""Bands that are moved as one group, chosen before a run: those that fields mix on the ways of the run's own packets.

Ways are estimates: those of packets in the band of the config under E(t) and B, without potentials, walls and collisions.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.together import Meeting, Ways, together
from wavepacket.config import Config, resolving_step
from wavepacket.fields import electric_field, is_static
from wavepacket.kernels.motion.fields import REDUCED_FIELD
from wavepacket.simulation.subset import even
from wavepacket.units import HBAR

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["with_near_bands"]

Report = Callable[[str], None]

_STEP, _LONGEST_STEP = 0.1, 0.5  # of a way, in units of 1/a
_MOST_STEPS, _PULSE_STEPS = 256, 33
_FINEST = 1 << 15  # times at which E(t) is known
_MOST_STARTS, _FEWEST = 1024, 16
_AT_ONCE = 1 << 15  # packets; a call for each of some takes longer than one for all of so many
_MOST_POINTS = 1 << 12  # of all ways
_WORK = 1 << 19  # the same times the square of the number of bands


def with_near_bands(
    config: Config, build: Callable[[Config, Report], "Problem"], report: Report
) -> "Problem":
    """The problem of a config whose group of bands is still to be chosen.

    Parameters
    ----------
    build : makes the problem of a config with the reporting function that it is given
    """
    config.refuse_textures("the search for bands that come near")
    said: list[str] = []
    alone = config.model_copy(
        update={"band": config.band.model_copy(update={"group": None}), "internal": None}
    )
    problem = build(alone, said.append)
    limits = config.limits
    (first, last), met = together(
        problem.hamiltonian, config.band.index, _ways(problem), mixing=limits.interband_mixing, gap=limits.gap
    )
    if first == last:
        alone_since = _stays_alone(config, met)
        for sentence in (*said, alone_since):
            report(sentence)
        return replace(problem, bands_found=alone_since)
    group = tuple(range(first, last + 1))
    band = config.band.model_copy(update={"index": first, "group": group, "source": "auto", "grid": None})
    which = f"{first} {'and' if last == first + 1 else 'to'} {last}"
    sentence = "; ".join([f"bands {which} are moved as one group", *map(_joined, met)])
    report(sentence)
    return replace(build(config.model_copy(update={"band": band}), report), bands_found=sentence)


def _stays_alone(config: Config, met: list[Meeting]) -> str:
    index, limit = config.band.index, config.limits.interband_mixing
    if not met:
        return f"band {index} is the only one"
    idle = "" if config.internal is None else "; 'internal' has no effect"
    near = met[0]
    return (
        f"band {index} is moved alone: on the way band {near.outside} takes part with an amplitude of {near.mixing:.2g} at "
        f"most, less than limits.interband_mixing = {limit:g}{idle}"
    )


def _joined(near: Meeting) -> str:
    place = ", ".join(f"{each:.4g}" for each in near.k + 0.0)
    mixing = "" if np.isinf(near.mixing) else f", mixed by the fields with an amplitude of {near.mixing:.2g}"
    return f"{near.inside} and {near.outside} are {near.gap:.3g} eV apart at k = [{place}] 1/angstrom{mixing}"


def _ways(problem: "Problem") -> Ways:
    """Ways of packets that are spread evenly over the ensemble, with both signs of E where it is reversed."""
    signs = (1.0, -1.0) if problem.ensemble.field_reversal else (1.0,)
    k = _starts(problem)
    times, electric = _times(problem, k)
    points = min(_MOST_POINTS, _WORK // problem.hamiltonian.size**2) // (len(times) * len(signs))
    k = k[even(len(k), min(max(points, _FEWEST), len(k)))]
    ways = [_way(problem, k, times, sign * problem.config.charge / HBAR * electric) for sign in signs]
    return Ways(*(np.concatenate(each) for each in zip(*ways, strict=True)))


def _starts(problem: "Problem") -> Float:
    """Wavevectors (n, 3) of packets that are spread evenly over the ensemble."""
    ensemble = problem.ensemble
    chosen = even(ensemble.size, min(ensemble.size, _MOST_STARTS))
    if ensemble.size <= _AT_ONCE:
        return ensemble.packets(0, ensemble.size).wavevector[chosen]
    return np.concatenate([ensemble.packets(number, 1).wavevector for number in chosen.tolist()])


def _times(problem: "Problem", k: Float) -> tuple[Float, Float]:
    """Times (T,) between which packets move by equal parts of a zone, and E (T, 3) then; too long a way is cut.

    What E(t) does by itself is divided into equal parts, too: a pulse may last for a short part of the way.
    """
    config, length = problem.config, problem.hamiltonian.length_scale
    fields, end, static = config.fields, config.time.end, is_static(config.fields)
    finest = 1 if static else np.clip(8 * end / resolving_step(fields, 0.0, end), 256, _FINEST)
    fine = np.linspace(0.0, end, int(finest) + 1)
    electric = electric_field(fields, fine)
    electric[:, problem.band.axes :] = 0.0
    pushed = length * abs(config.charge) / HBAR * _integral(fine, np.linalg.norm(electric, axis=1))
    fastest = np.linalg.norm(_velocity(problem, k), axis=1).max(initial=0.0)
    way = pushed + length * fastest * np.linalg.norm(_reduced_field(problem)) * fine
    step = np.clip(way[-1] / _MOST_STEPS, _STEP, _LONGEST_STEP)
    steps = int(np.clip(np.ceil(way[-1] / step), 1, _MOST_STEPS))
    times = np.interp(np.linspace(0.0, min(way[-1], steps * step), steps + 1), way, fine)
    if not static:
        pulses = np.interp(np.linspace(0.0, pushed[-1], _PULSE_STEPS), pushed, fine)
        times = np.union1d(times, pulses[pulses <= times[-1]])
    return times, np.stack([np.interp(times, fine, each) for each in electric.T], axis=1)


def _integral(x: Float, y: Float) -> Float:
    """∫y dx from the first x to each, (n,)."""
    return np.append(0.0, np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def _way(problem: "Problem", start: Float, times: Float, electric: Float) -> tuple[Float, Float]:
    """Return k and ħk̇ (P, T, 3) of packets under k̇ = electric (T, 3), which is qE/ħ, + v × b, by the midpoint rule."""
    b = _reduced_field(problem)

    def rate(k: Float, pull: Float) -> Float:
        turn = np.cross(_velocity(problem, k), b) if b.any() else 0.0
        return np.asarray(pull + turn + np.zeros_like(k))

    k, rates = [start], [rate(start, electric[0])]
    for i, step in enumerate(np.diff(times)):
        middle = rate(k[-1] + 0.5 * step * rates[-1], 0.5 * (electric[i] + electric[i + 1]))
        k.append(k[-1] + step * middle)
        rates.append(rate(k[-1], electric[i + 1]))
    return np.stack(k, axis=1), HBAR * np.stack(rates, axis=1)


def _reduced_field(problem: "Problem") -> Float:
    """qB/ħ (3,) of the components that act, 1/Å²."""
    return problem.environment[REDUCED_FIELD : REDUCED_FIELD + 3]


def _velocity(problem: "Problem", k: Float) -> Float:
    return problem.band.geometry(k, slopes=False).group_velocity
