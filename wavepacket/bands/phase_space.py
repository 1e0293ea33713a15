"""What a packet is and does at places in phase space: the right-hand side of a band that depends on k and r, as arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands.source import Band
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    FIELD,
    GAP,
    GEOMETRY,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_SHIFT,
    STATE,
)
from wavepacket.kernels.motion.fields import MOMENT_FIELD
from wavepacket.units import HBAR

__all__ = ["PhaseSpace", "Rates", "in_phase_space", "rates_in_textures"]

Rates = Callable[..., None]
"""A compiled right-hand side of the plane, as in ``kernels/layout.py``."""


@dataclass(frozen=True, eq=False)
class PhaseSpace:
    """A band at n places (r, k).

    Attributes
    ----------
    energy : (n,) 𝓔, eV: with the gradient energy and −m·B, without potentials
    factor : (n,) D, states per d^dr [dk]
    velocity : (n, 3) ṙ, Å/fs
    turning : (n, 3) k̇, 1/(Å fs)
    gap : (n,) to the nearest other band, eV
    mixing : (n,) amplitude of the other band that the motion along (ṙ, k̇) mixes in, to first order

    """

    energy: Float
    factor: Float
    velocity: Float
    turning: Float
    gap: Float
    mixing: Float


def in_phase_space(
    band: Band,
    rates: Rates,
    environment: Float,
    wavevectors: npt.ArrayLike,
    positions: npt.ArrayLike,
    *,
    time: npt.ArrayLike = 0.0,
    electric: float = 0.0,
) -> PhaseSpace:
    """Evaluate a band of a layer with textures at wavevectors and positions (n, 3), 1/Å and Å, and times (n,) or one, fs.

    Parameters
    ----------
    rates : right-hand side of the crystal's kind
    environment : fields, as in ``kernels/motion/fields.py``
    electric : factor of the electric field in it; without one what moves packets are B, potentials and textures
    """
    starts = np.concatenate([wavevectors, positions], axis=1).astype(np.float64)
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), len(starts))
    integers, reals = band.arguments(moment=True, mixing=True)
    source = (integers, reals, np.zeros(band.scratch_size), environment)
    own = np.full(2 * LANES, electric)
    own[LANES:] = 0.0
    found = np.empty((len(starts), 10))
    for first in range(0, len(starts), LANES):
        rows = slice(first, min(first + LANES, len(starts)))
        count = rows.stop - first
        # Lanes that nobody asks for are at the first place.
        some = np.resize(np.arange(first, rows.stop), LANES)
        point, t = np.ascontiguousarray(starts[some].T).ravel(), np.ascontiguousarray(times[some])
        here, field, out = (np.zeros(n * LANES) for n in (GEOMETRY, FIELD, STATE))
        rates(band.kernel, LANES, source, t, own, point, here, field, out)
        here, field, out = (each.reshape(-1, LANES)[:, :count] for each in (here, field, out))
        moment_field = environment[MOMENT_FIELD + 2] + field[MOMENT_SHIFT + 2]
        found[rows, 0] = here[ENERGY] - moment_field * here[MOMENT + 2]
        found[rows, 1] = 1.0 - here[CURVATURE + 2]
        found[rows, 2:5], found[rows, 5:8] = out[3:].T, out[:3].T
        found[rows, 8], found[rows, 9] = here[GAP], HBAR * np.abs(out[2]) * np.sqrt(here[MIXING + 2])
    found[:, 7] = 0.0  # in the plane this row says how the mixing is scaled
    return PhaseSpace(found[:, 0], found[:, 1], found[:, 2:5], found[:, 5:8], found[:, 8], found[:, 9])


def rates_in_textures() -> Rates:
    """The right-hand side of two bands."""
    from wavepacket.kernels.motion.rates_texture import texture_rates  # compiled when first needed

    rates: Rates = texture_rates
    return rates
