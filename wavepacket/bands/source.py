"""What a wavepacket feels at a wavevector, and the one contract of all band sources: a compiled kernel with its arrays."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.layer import is_layer
from wavepacket.kernels import layout
from wavepacket.kernels.reduce.sample import sample
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


_BLOCK = (
    8192  # points in one call of the kernel: every call from Python costs as much as some thousand points
)


@dataclass(frozen=True, eq=False)
class Band:
    """One band of a Hamiltonian in the form that kernels read.

    Attributes
    ----------
    hamiltonian : the crystal
    index : band, counted from the bottom
    kind : ``two_band``, ``direct``, ``table``, or ``hybrid``: a table in most of the zone; in textures ``texture`` of two
        orbitals in closed form, or ``texture_direct``
    kernel : compiled geometry kernel (contract in ``kernels/layout.py``)
    integers, reals : its arrays; ``integers[0]`` holds the bits of what is needed
    scratch_size : numbers of scratch space that the kernel wants
    facts : measured properties to report with results, such as the error of a table
    notes : sentences to print

    """

    hamiltonian: Hamiltonian
    index: int
    kind: str
    kernel: Any = field(repr=False)
    integers: Integer = field(repr=False)
    reals: Float = field(repr=False)
    scratch_size: int = field(repr=False)
    facts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def planar(self) -> bool:
        """Whether the crystal lies in the xy plane, so that Ω and m point along z."""
        return is_layer(self.hamiltonian)

    @property
    def is_textured(self) -> bool:
        """Whether it is a band of a crystal that varies in space and time."""
        return self.kind in ("texture", "texture_direct")

    @property
    def axes(self) -> int:
        """Along how many of x, y, z fields can move the crystal's packets."""
        line = self.hamiltonian.dimension == 1 and not isinstance(self.hamiltonian, LatticeHamiltonian)
        return 1 if line else 2 if self.planar else 3

    def arguments(self, *, moment: bool = True, mixing: bool = False) -> tuple[Integer, Float]:
        """Arrays for the kernel, with the bits of what a caller needs beyond ε, its gradient, Ω and the gap."""
        integers = self.integers.copy()
        integers[0] = (layout.NEED_MOMENT if moment else 0) | (layout.NEED_MIXING if mixing else 0)
        return integers, self.reals

    def geometry(self, k: npt.ArrayLike, threads: int = 1, *, slopes: bool = True) -> BandGeometry:
        """Geometry at wavevectors k of shape (n, 3), 1/Å; without ``slopes`` neither ∂m/∂k nor the interband mixing.

        Examples
        --------
        >>> from wavepacket.hamiltonians import haldane
        >>> from wavepacket.bands import band
        >>> band(haldane(), 0).geometry([[0.0, 0.0, 0.0]]).energy.shape
        (1,)

        """
        rows = self.rows(k, threads, moment=slopes, mixing=slopes)
        return BandGeometry.from_rows(rows, slopes=slopes)

    def rows(
        self, k: npt.ArrayLike, threads: int = 1, *, moment: bool = False, mixing: bool = False
    ) -> Float:
        """Rows (n, GEOMETRY) of the kernel at wavevectors (n, 3), with ∂m/∂k (``moment``) and the interband mixing."""
        points = np.ascontiguousarray(np.atleast_2d(np.asarray(k, dtype=np.float64)))
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"k must have shape (n, 3), not {points.shape}")
        rows = np.empty((len(points), layout.GEOMETRY))
        integers, reals = self.arguments(moment=moment, mixing=mixing)

        def fill(first: int) -> None:
            part = slice(first, first + block)
            sample(self.kernel, integers, reals, self.scratch_size, points[part], rows[part])

        block = min(_BLOCK, -(-len(points) // threads))
        starts = range(0, len(points), max(block, 1))
        if threads > 1 and len(starts) > 1:
            # numba loads what it needs to know types by on the first call, and two threads must not do so at once.
            sample(self.kernel, integers, reals, self.scratch_size, points[:0], rows[:0])
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(fill, starts))
        else:
            for first in starts:
                fill(first)
        return rows
