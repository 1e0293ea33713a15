"""What a wavepacket feels at a wavevector, as arrays with units."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.units import HBAR

# Places of xx, xy, xz, yx, ... among the stored xx, yy, zz, yz, xz, xy.
_SYMMETRIC = np.array([0, 5, 4, 5, 1, 3, 4, 3, 2])


@dataclass(frozen=True)
class BandGeometry:
    """Geometry of one band at n wavevectors.

    Attributes
    ----------
    energy : (n,) band energy ε, eV
    group_velocity : (n, 3) ∂ε/ħ∂k, Å/fs
    berry_curvature : (n, 3) Ω = i⟨∂u|×|∂u⟩, Å²
    orbital_moment : (n, 3) m of a carrier of charge −e, eV/T (positive along B lowers the energy)
    moment_gradient : (n, 3, 3) ∂m_c/∂k_a as [:, c, a], eV Å/T
    gap : (n,) distance to the nearest other band, eV; infinite where there is none
    mixing : (n, 3, 3) Re Σ_m A_nm,a A_mn,b/(ε_m−ε_n)², Å²/eV²: a force F (eV/Å) mixes sqrt(F·mixing·F) of the
        other bands into the packet

    ``moment_gradient`` and ``mixing`` are not-a-number where they were not asked for.

    """

    energy: Float
    group_velocity: Float
    berry_curvature: Float
    orbital_moment: Float
    moment_gradient: Float
    gap: Float
    mixing: Float

    @classmethod
    def from_rows(cls, rows: Float, *, slopes: bool = True) -> "BandGeometry":
        """Build from the kernel's rows (n, GEOMETRY); ``slopes`` as in `Band.geometry`."""
        from wavepacket.kernels import layout

        moment_gradient = mixing = np.broadcast_to(np.nan, (len(rows), 3, 3))
        if slopes:
            columns = rows[:, layout.MOMENT_GRADIENT : layout.MOMENT_GRADIENT + 9]
            moment_gradient = columns.reshape(-1, 3, 3).copy()
            mixing = rows[:, layout.MIXING + _SYMMETRIC].reshape(-1, 3, 3)
        return cls(
            energy=rows[:, layout.ENERGY].copy(),
            group_velocity=rows[:, layout.GRADIENT : layout.GRADIENT + 3] / HBAR,
            berry_curvature=rows[:, layout.CURVATURE : layout.CURVATURE + 3].copy(),
            orbital_moment=rows[:, layout.MOMENT : layout.MOMENT + 3].copy(),
            moment_gradient=moment_gradient,
            gap=rows[:, layout.GAP].copy(),
            mixing=mixing,
        )
