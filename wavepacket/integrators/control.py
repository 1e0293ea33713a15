"""Tolerances and limits packed into the arrays of the integration loop."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.config import Integrator, Limits, fixed_steps
from wavepacket.errors import InputError
from wavepacket.integrators.method import matrices
from wavepacket.kernels.integrate import control as place

Float = npt.NDArray[np.float64]

# A first step moves k by this times tolerance^(1/8), in units of 1/a; error control takes over from there.
_FIRST_PHASE = 2.4


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
    values = np.concatenate([np.zeros(place.BREAKS), breaks, *pulses]).astype(np.float64)
    values[place.BREAK_COUNT] = len(breaks)
    values[place.SUBSTEPS] = _substeps(integrator, times)
    values[place.MAXIMUM_STEPS] = integrator.maximum_steps
    values[place.MINIMUM_FACTOR] = limits.density_of_states_factor
    values[place.MINIMUM_GAP] = limits.gap
    values[place.CUTOFF] = math.inf if cutoff is None else cutoff
    values[place.FIRST_PHASE] = _FIRST_PHASE * integrator.tolerance**0.125 / length_scale
    values[place.MAXIMUM_STEP] = longest_step
    tolerance = integrator.tolerance
    scale = np.array([length_scale / tolerance, length_scale, 1.0 / tolerance])
    if integrator.method == "tableau" and integrator.tableau is not None:
        rows, nodes, weights = matrices(integrator.tableau)
        scale = np.concatenate([scale, [len(nodes)], nodes, rows.ravel(), weights])
    return Control(scale, values)


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
