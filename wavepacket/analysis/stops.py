"""Where the first packet stopped that came too near to another band, and which bands met there."""

from typing import Any

import numpy as np

from wavepacket.analysis.source import Source
from wavepacket.errors import Status
from wavepacket.observables import plain

__all__ = ["gap_closed_at", "in_words"]


def gap_closed_at(of: Source) -> dict[str, Any] | None:
    """Trajectory, last saved k (1/Å), the two bands and their distance there (eV), largest mixing met.

    None where no packet stopped for that after the start, paths are not all stored, or the band is not at hand.
    """
    config = of.config
    if of.hamiltonian is None or config.output.trajectories is not None or config.band.follow == "character":
        return None
    names = ("trajectory", "status", "band", "wavevector", "diagnostics/interband_mixing")
    for part in of.run.shards(names):
        saved = np.isfinite(part["wavevector"][..., 0])
        stopped = np.flatnonzero((part["status"] == Status.GAP_TOO_SMALL) & saved.any(axis=1))
        if not len(stopped):
            continue
        row = int(stopped[0])
        k = part["wavevector"][row][saved[row]][-1]
        energy = np.linalg.eigvalsh(of.hamiltonian.hamiltonian(k[None])[0])
        own = (int(part["band"][row]),)
        group = config.band.group if isinstance(config.band.group, tuple) else own
        edges = [lower for lower in (group[0] - 1, group[-1]) if 0 <= lower < len(energy) - 1]
        lower = min(edges, key=lambda one: float(energy[one + 1] - energy[one]))
        return {
            "trajectory": int(part["trajectory"][row]),
            "wavevector": plain(k),
            "bands": [lower, lower + 1],
            "gap": float(energy[lower + 1] - energy[lower]),
            "mixing": float(part["diagnostics/interband_mixing"][row]),
        }
    return None


def in_words(stop: dict[str, Any]) -> str:
    """A sentence on it."""
    place = ", ".join(f"{each:.4g}" for each in stop["wavevector"])
    lower, upper = stop["bands"]
    return (
        f"the first of them, trajectory {stop['trajectory']}, met bands {lower} and {upper}: last saved at k = [{place}] "
        f"1/angstrom, {stop['gap']:.3g} eV apart there, mixing up to {stop['mixing']:.2g} by then"
    )
