"""Occupied–empty pairs of bands at T = 0, which see nothing of what bands below μ do among themselves.

∫[dk] Σ_{n occ} Ω_n = Σ_{n occ, l empty} i X_nl/(ε_n−ε_l)²  (+ the orbitals' own part),
M = (e/ħ) Σ_{n occ, l empty} i X_nl [μ − (ε_n+ε_l)/2]/(ε_n−ε_l)².
"""

import numpy as np
from scipy.sparse import csr_matrix

from wavepacket.arrays import Float, Integer
from wavepacket.response.states import States

__all__ = ["pair_rows", "pair_sums"]


def pair_rows(mu: Float, states: States, components: tuple[int, ...], measure: Float) -> Float:
    """Return (M, columns, channels): steps over rising μ (M,) whose running sum is the sum over pairs at each μ.

    Parameters
    ----------
    measure : (n, channels) of each wavevector
    """
    size, count = states.energy.shape[1], len(mu)
    lower, upper = np.triu_indices(size, 1)
    low, high = states.energy[:, lower], states.energy[:, upper]
    opens, closes = np.searchsorted(mu, low), np.searchsorted(mu, high)
    # A pair that no μ of the scan separates never enters, whatever the rounding of its 1/gap².
    point, pair = np.nonzero(opens < closes)
    data = _pair_data(states, point, lower[pair], upper[pair], list(components))
    rows = [opens[point, pair], closes[point, pair]]
    signs = [np.ones(len(point)), -np.ones(len(point))]
    which = [np.arange(len(point))] * 2
    weights = [data[:, :, None] * measure[point][:, None, :]]
    if states.own is not None:
        own = states.own[..., list(components)].reshape(-1, len(components))
        alone = np.concatenate([own, own * states.energy.reshape(-1, 1)], axis=1)
        rows.append(np.searchsorted(mu, states.energy.ravel()))
        signs.append(np.ones(len(own)))
        which.append(len(point) + np.arange(len(own)))
        weights.append(alone[:, :, None] * np.repeat(measure, size, axis=0)[:, None, :])
    every = np.concatenate(weights)
    steps = csr_matrix(
        (np.concatenate(signs), (np.concatenate(rows), np.concatenate(which))), shape=(count + 1, len(every))
    )
    return np.asarray(steps @ every.reshape(len(every), every.shape[1] * every.shape[2])).reshape(
        -1, *every.shape[1:]
    )[:-1]


def _pair_data(states: States, point: Integer, i: Integer, j: Integer, components: list[int]) -> Float:
    """Columns of the pairs (i, j) at their points."""
    low, high = states.energy[point, i], states.energy[point, j]
    hall = states.pairs[point, i, j][:, components] / (high - low)[:, None] ** 2
    return np.concatenate([hall, hall * (low + high)[:, None] / 2], axis=1)


def pair_sums(rows: Float, mu: Float, components: int) -> tuple[Float, Float]:
    """Return Ω and Ω·(μ − mean energy), (M, components, channels), at each μ."""
    sums = rows.cumsum(axis=0)
    hall, centre = sums[:, :components], sums[:, components:]
    return hall, mu[:, None, None] * hall - centre
