"""Tolerances and limits packed into the arrays of the integration loop."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import Integrator, Limits, fixed_steps
from wavepacket.errors import InputError
from wavepacket.integrators.method import error_estimate, matrices
from wavepacket.kernels import layout
from wavepacket.kernels.integrate import control as offsets

# A first step moves k by this times tolerance^(1/8), in units of 1/a; error control takes over from there. The exponent is
# one over the order of the error in h.
_FIRST_PHASE = 2.4
_MEMORY = 0.1  # part of the error of the step before that counts for the next length

# What the stages of a step show of the band along it: the change of k, in units of 1/a, that they resolve, and how far
# below the lowest gap at a stage the tip of a cone may lie between two of them, of the difference of highest and lowest: a
# third for the nodes of DOP853, half where there are only the ends and the middle. Both with a margin.
_DENSE_STAGES, _FEW_STAGES = (1.5, 0.5), (0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Control:
    """Arrays of the integration loop.

    The error of a step in k is measured in units of tolerance/a, the error in r in units of tolerance times the longest
    path of a step so far plus a; a is the longest lattice vector. Nothing depends on where r is. Behind ``scale`` stands the
    tableau of a config, where it has one.
    """

    scale: Float
    values: Float


def control(
    integrator: Integrator,
    limits: Limits,
    times: Float,
    *,
    length_scale: float,
    cutoff: float | None = None,
    longest_step: float = math.inf,
    breaks: Sequence[float] = (),
    pulses: Sequence[tuple[float, float, float]] = (),
) -> Control:
    """Pack step control and limits; lengths in Å, times in fs, cutoff in 1/Å.

    Steps end at ``breaks``, and none leads over a pulse: (begin, end, longest step in between).
    """
    values = np.concatenate([np.zeros(offsets.BREAKS), breaks, *pulses]).astype(np.float64)
    values[offsets.BREAK_COUNT] = len(breaks)
    values[offsets.SUBSTEPS] = _substeps(integrator, times)
    values[offsets.MAXIMUM_STEPS] = integrator.maximum_steps
    values[offsets.MINIMUM_FACTOR] = limits.density_of_states_factor
    values[offsets.MINIMUM_GAP] = limits.gap
    values[offsets.CUTOFF] = math.inf if cutoff is None else cutoff
    values[offsets.FIRST_PHASE] = _FIRST_PHASE * integrator.tolerance**0.125 / length_scale
    values[offsets.MAXIMUM_STEP] = longest_step
    values[offsets.MEMORY], values[offsets.LEAST_TIME] = _MEMORY, abs(times[-1])
    values[offsets.INTERPOLATES] = integrator.is_dop853
    values[[offsets.LONGEST_PHASE, offsets.UNSEEN]] = _DENSE_STAGES if integrator.is_dop853 else _FEW_STAGES
    tolerance = integrator.tolerance
    scale = np.array([length_scale / tolerance, length_scale, 1.0 / tolerance])
    if integrator.method == "tableau" and integrator.tableau is not None:
        rows, nodes, weights = matrices(integrator.tableau)
        scale = np.concatenate([scale, [len(nodes)], nodes, rows.ravel(), weights])
        if integrator.tableau.embedded is not None:
            difference, order = error_estimate(integrator.tableau)
            scale = np.concatenate([scale, difference, [8.0 / order]])
            values[offsets.FIRST_PHASE] = _FIRST_PHASE * tolerance ** (1.0 / order) / length_scale
    return Control(scale, values)


def control_of_flights(paths: Control, *, survival: float, longest_step: float, unit_field: bool) -> Control:
    """The same for free flights.

    Parameters
    ----------
    paths : control of the paths of the same problem
    survival : exponent of the chance to have survived at which a flight is over
    longest_step : fs
    unit_field : whether the anomalous part is Ω/D, which has no smallest size, in place of a velocity
    """
    values = paths.values[: offsets.BREAKS].copy()
    values[[offsets.SUBSTEPS, offsets.MEMORY, offsets.INTERPOLATES, offsets.BREAK_COUNT]] = 0
    values[offsets.LEAST_TIME], values[offsets.MAXIMUM_STEP], values[offsets.SURVIVAL] = (
        1e-3,
        longest_step,
        survival,
    )
    values[[offsets.LONGEST_PHASE, offsets.UNSEEN]] = _DENSE_STAGES
    return Control(np.append(paths.scale[:3], float(unit_field)), values)


def sizes_of(
    dimension: int,
    scratch: int,
    *,
    space: bool = False,
    extra: int = 0,
    flow: int = 0,
    rows: int = layout.STATE,
) -> Integer:
    """Which rows of the state are integrated, as in ``kernels/layout.py``.

    Parameters
    ----------
    dimension : 2 for a planar problem, else 3
    scratch : numbers of working space that band sources need
    space : whether the rates depend on r; then all of it is integrated, the height over a plane too, which stays
    extra, flow : rows behind k and r, and how many of these the rates depend on, as they do on k
    rows : of the whole state
    """
    place, path = (3, 3) if space else (0, dimension)
    return np.array([dimension, place, flow, dimension, path, extra, rows, scratch], dtype=np.int64)


def _substeps(integrator: Integrator, times: Float) -> int:
    """Steps between two saves: as many as keep a fixed step at or below the one asked for."""
    if integrator.step is None:
        return 0
    steps = fixed_steps(float(np.diff(times).max()), integrator.step)
    if steps * (len(times) - 1) > integrator.maximum_steps:
        raise InputError(
            f"integrator.step of {integrator.step:g} fs needs {steps * (len(times) - 1)} steps, more than "
            f"integrator.maximum_steps = {integrator.maximum_steps}"
        )
    return steps
