"""The semiclassical packets that a wave function is compared with: an ensemble with the Wigner function's moments.

The Wigner function of a Gaussian packet is positive, a Gaussian in r and the gauge-invariant k. Its mean and covariance
are measured on the wave function itself, so that the projection on the band (which shifts and widens it) and the magnetic
field (which widens k and ties it to r) are in it. Where k depends on r by more than a straight line, the rest is added to
the k of each packet (``moments.py``). The Wigner function is a density of probability over d^dr d^dk, and so holds the
factor D already: all packets weigh the same.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.analysis.estimates import student_width
from wavepacket.arrays import Float, Integer
from wavepacket.config import Packets as ListedPackets
from wavepacket.ensembles import Ensemble, Packets, build_ensemble
from wavepacket.errors import InputError, Status
from wavepacket.quantum.exact import ExactPath
from wavepacket.quantum.in_group import means_of_states
from wavepacket.quantum.setting import packet_of
from wavepacket.simulation import Problem, integrate, merge

_TASK = 64  # packets integrated at a time; the results do not depend on it


@dataclass(frozen=True, eq=False)
class SemiclassicalPath:
    """Paths of an ensemble of packets, their mean and its error.

    Attributes
    ----------
    position, wavevector : (n, T, 3), Å and 1/Å, of the packets that reached the end
    centre, centre_uncertainty : (T, 3) mean position and its standard error from the spread of the replicas, Å
    covariance : (T, 6, 6) of (k, r)
    mean_wavevector : (T, 3), 1/Å
    spin : (T, 3) mean ⟨u|S|u⟩ of packets in a group of bands, ħ; None where it is not known
    populations : (T, G) mean |⟨n|u⟩|² over the bands n of their group; None in one band
    interband_mixing : largest over packets, at the ends of their steps
    density_of_states_factor : smallest and largest D
    excluded : part of the packets that stopped early

    """

    position: Float
    wavevector: Float
    centre: Float
    centre_uncertainty: Float
    covariance: Float
    mean_wavevector: Float
    interband_mixing: float
    density_of_states_factor: tuple[float, float]
    excluded: float
    spin: Float | None = None
    populations: Float | None = None


def counterpart(problem: Problem, exact: ExactPath) -> Problem:
    """Return a problem with packets that have the moments of the exact packet at its start in place of its own."""
    cloud = packet_of(problem.config).model_copy(
        update={
            "center": tuple(exact.start.mean[:3].tolist()),
            "coordinates": "cartesian",
            "valley": None,
            "position": tuple(exact.start.mean[3:].tolist()),
            "covariance": tuple(tuple(row) for row in exact.start.covariance.tolist()),
            "balanced": True,
        }
    )
    ensemble = build_ensemble(cloud, problem.band, seed=problem.config.seed)
    return replace(problem, ensemble=_bent(ensemble, exact.bent))


def _bent(ensemble: Ensemble, bent: Callable[[Float], Float] | None) -> Ensemble:
    """The same packets, each with what its k lacks at its place."""
    if bent is None:
        return ensemble

    def packets(first: int, number: int) -> Packets:
        made = ensemble.packets(first, number)
        return replace(made, wavevector=made.wavevector + bent(made.position))

    return replace(ensemble, packets=packets)


def single(problem: Problem, exact: ExactPath) -> Problem:
    """Return the same problem with one packet in place of the ensemble: at the mean, as if the exact one had no width."""
    listed = ListedPackets(
        wavevectors=(tuple(exact.mean[0, :3].tolist()),), positions=(tuple(exact.mean[0, 3:].tolist()),)
    )
    return replace(problem, ensemble=build_ensemble(listed, problem.band))


def semiclassical_path(problem: Problem, threads: int) -> SemiclassicalPath:
    """Integrate the packets of a problem.

    Raises
    ------
    InputError
        where not a single packet reached the end

    """
    starts = range(0, problem.ensemble.size, _TASK)
    with ThreadPoolExecutor(threads) as pool:
        tasks = [
            pool.submit(integrate, problem, first, min(_TASK, problem.ensemble.size - first))
            for first in starts
        ]
        block = merge([task.result() for task in tasks])
    kept = block.status == Status.OK
    if not np.any(kept):
        raise InputError("none of the semiclassical packets reached the end time: nothing to compare with")
    states = np.concatenate([block.wavevector[kept], block.position[kept]], axis=2)
    mean = states.mean(axis=0)
    offset = states - mean
    covariance = np.einsum("nta,ntb->tab", offset, offset) / len(states)
    diagnostics = {name: np.asarray(values, dtype=np.float64) for name, values in block.diagnostics.items()}
    return SemiclassicalPath(
        block.position[kept],
        block.wavevector[kept],
        mean[:, 3:],
        _standard_error(block.position[kept], block.replica[kept]),
        covariance,
        mean[:, :3],
        float(diagnostics["interband_mixing"].max()),
        (
            float(diagnostics["minimum_density_of_states_factor"].min()),
            float(diagnostics["maximum_density_of_states_factor"].max()),
        ),
        float(np.mean(~kept)),
        *means_of_states(problem, block, kept),
    )


def _standard_error(position: Float, replica: Integer) -> Float:
    means = np.array([position[replica == index].mean(axis=0) for index in np.unique(replica)])
    if len(means) < 2:
        return np.full(position.shape[1:], np.nan)
    return np.asarray(student_width(len(means)) * means.std(axis=0, ddof=1) / np.sqrt(len(means)))
