"""Which compiled code packets are advanced with: the right-hand side, and the form of the band source."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from wavepacket.bands import Band, between_steps, can_freeze, frozen, worth_freezing

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["moving_band", "rates_of"]

_PROBES = 32  # packets whose steps are counted
_SMALL = 10_000  # packets that no kernel of their own pays for
_STAGES = 12  # evaluations in a step
_NODES = 24  # in a window of a straight line


def rates_of(
    dimension: int, *, local: bool, switched: bool, group: bool = False, texture: str | None = None
) -> Callable[..., None]:
    """The compiled right-hand side; each stands in a module of its own, and is compiled or loaded with it.

    Parameters
    ----------
    dimension : 2 where the motion stays in a plane, else 3
    local : whether the rates depend on where a packet is
    switched : whether the environment says how much of each Berry term is kept
    group : whether packets have an internal state; one right-hand side has all cases of them
    texture : where H has parameters that vary in space and time, what evaluates it: the "closed" form of two orbitals, or
        "bands" of any number of them, with or without internal states
    """
    chosen: Callable[..., None]
    if texture == "bands":
        from wavepacket.kernels.motion.rates_texture_bands import texture_bands_rates

        chosen = texture_bands_rates
    elif group:
        from wavepacket.kernels.motion.rates_group import group_rates

        chosen = group_rates
    elif texture:
        from wavepacket.kernels.motion.rates_texture import texture_rates

        chosen = texture_rates
    elif switched:
        from wavepacket.kernels.motion.switched import switched_rates

        chosen = switched_rates
    elif local and dimension == 2:
        from wavepacket.kernels.motion.rates_planar_potential import planar_potential_rates

        chosen = planar_potential_rates
    elif local:
        from wavepacket.kernels.motion.rates_spatial_potential import spatial_potential_rates

        chosen = spatial_potential_rates
    elif dimension == 2:
        from wavepacket.kernels.motion.rates_planar import planar_rates

        chosen = planar_rates
    else:
        from wavepacket.kernels.motion.rates_spatial import spatial_rates

        chosen = spatial_rates
    return chosen


def moving_band(problem: "Problem") -> Band:
    """The band in the form that packets are advanced with: large ensembles repay a kernel that is compiled for it alone."""
    source, size = problem.band, problem.ensemble.size
    if source.is_textured:
        return between_steps(source)
    if size < _SMALL or not can_freeze(source):
        return source
    from wavepacket.simulation.batch import batch_at
    from wavepacket.simulation.engine import integrate_batch

    twins = 2 if problem.ensemble.field_reversal else 1
    firsts = range(0, size * twins, -(-size // _PROBES) * twins)
    steps = integrate_batch(problem, batch_at(problem, firsts)).diagnostics["steps"].tolist()
    each, saves = (_NODES, 0) if problem.on_lines else (_STAGES, len(problem.times))
    evaluations = each * sum(steps) / len(steps) + saves
    if not worth_freezing(source, size * twins * evaluations):
        return source
    return frozen(source, moment=problem.config.fields.is_magnetic)
