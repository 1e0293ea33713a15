"""Packets in a group of bands by the spin that they start with."""

from fractions import Fraction

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.config import Config

__all__ = ["spins_of", "split_axes", "start_labels"]

_LARGEST = 8  # denominator of a value that is shown as a fraction
_SEEN = 1e-3  # of the way: what parts by less is not seen beside it


def start_labels(
    config: Config, number: int, trajectories: Integer
) -> tuple[Integer, tuple[str, ...]] | None:
    """Which start each of some trajectories of a run has, from 0, and the names of all; None where spins do not tell them.

    Parameters
    ----------
    number : of all trajectories; those of each start follow each other, as many of each
    """
    internal, bands = config.internal, config.band.group
    if internal is None or bands is None or internal.start not in ("spin", "helicity"):
        return None
    values = internal.values
    names = (
        [f"start {i + 1}" for i in range(len(bands))] if values is None else [_shown(each) for each in values]
    )
    if values is None and len(bands) == 2:
        spin = ("spin \N{DOWNWARDS ARROW}", "spin \N{UPWARDS ARROW}")
        names = list(spin if internal.start == "spin" else ("h < 0", "h > 0"))
    if internal.weights is not None:
        names = [name for name, weight in zip(names, internal.weights, strict=True) if weight > 0]
    if len(names) < 2:
        return None
    return trajectories * len(names) // number, tuple(names)


def spins_of(state: Float, spin: Complex) -> Float:
    """⟨u|S|u⟩ (n, T, 3) of states (n, T, 2N), (Re, Im) of each orbital, with S_x, S_y, S_z (3, N, N)."""
    u = state[..., 0::2] + 1j * state[..., 1::2]
    return np.asarray(np.einsum("nti,aij,ntj->nta", u.conj(), spin, u).real)


def _shown(value: float) -> str:
    """A spin as a fraction."""
    return str(Fraction(value).limit_denominator(_LARGEST)).replace("-", "\N{MINUS SIGN}")


def split_axes(position: Float, start: Integer) -> tuple[int, int] | None:
    """The axis along which starts part most at the end, and that of the longest way; None where they hardly part.

    Parameters
    ----------
    position : (n, T, 3) Å
    start : (n,) of each packet
    """
    moved = position - position[:, :1]
    ends = np.nan_to_num(moved[:, -1])
    means = np.stack([ends[start == one].mean(axis=0) for one in np.unique(start)])
    apart, way = np.ptp(means, axis=0), np.nan_to_num(np.abs(moved)).max(axis=(0, 1))
    first, second = int(np.argmax(apart)), int(np.argmax(way))
    return (first, second) if first != second and apart[first] > _SEEN * way[second] else None
