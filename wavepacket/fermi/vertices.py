"""How a level surface is curved, and what the band has at the corners of its mesh.

With g = ∂𝓔/∂k, n = g/|g|, P = 1 − n nᵀ and the Hessian H of 𝓔, the curvatures of the surface are the eigenvalues of
S = P H P/|g| across n (R. Goldman, Comput. Aided Geom. Des. 22, 632 (2005)): the mean curvature is tr S/(d − 1), the
Gaussian one the product of both. They are positive where the surface bends towards lower energies, as a sphere of
electrons does.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands.levels import energy_level
from wavepacket.fermi.level import Level
from wavepacket.units import HBAR

__all__ = ["SurfaceCurvature", "Vertices", "surface_curvature", "vertices_of"]

_ELEMENTS = 1 << 21  # complex numbers of a block of second derivatives
_STEP = 1e-3  # of differences, beside the length over which the band changes


@dataclass(frozen=True, eq=False)
class SurfaceCurvature:
    """Curvatures of a level surface at n points; not-a-number where ∂𝓔/∂k vanishes.

    Attributes
    ----------
    mean : (n,) mean of the principal curvatures, Å; of a line in a layer its curvature
    gaussian : (n,) their product, Å²; not-a-number in a layer
    mean_uncertainty, gaussian_uncertainty : (n,) 0 without B, where second derivatives are exact; with B those of
        the moment are differences of its gradient, and this is how much two steps differ
    """

    mean: Float
    gaussian: Float
    mean_uncertainty: Float
    gaussian_uncertainty: Float


@dataclass(frozen=True, eq=False)
class Vertices:
    """The p corners of a mesh, all on the surface, with what the band has there.

    Attributes
    ----------
    k : (p, 3) 1/Å
    velocity : (p, 3) ∂𝓔/ħ∂k, Å/fs
    berry_curvature : (p, 3) Ω, Å²
    orbital_moment : (p, 3) m of a carrier of charge −e, eV/T
    curvature : of the surface
    """

    k: Float
    velocity: Float
    berry_curvature: Float
    orbital_moment: Float
    curvature: SurfaceCurvature


def surface_curvature(level: Level, k: npt.ArrayLike) -> SurfaceCurvature:
    """Curvature of the surfaces 𝓔 = const. through wavevectors (n, 3).

    Where the band touches another one 𝓔 has no second derivative; bands that are degenerate everywhere, such as pairs of
    spins, do no harm without B.

    Examples
    --------
    >>> from wavepacket.bands import band
    >>> from wavepacket.fermi import Level, surface_curvature
    >>> from wavepacket.hamiltonians import parabolic_band
    >>> free = Level(band(parabolic_band(dimension=3, cutoff=1.0), 0), 0.5)
    >>> surface_curvature(free, [[0.0, 0.25, 0.0]]).mean.round(9).tolist()
    [4.0]

    """
    points = np.atleast_2d(np.asarray(k, dtype=np.float64))
    d = level.band.hamiltonian.dimension
    slope = level.at(points)[1]
    bent, rough = _second_derivatives(level, points)
    mean, gaussian = _curvatures(slope, bent, d)
    others = _curvatures(slope, rough, d)
    return SurfaceCurvature(mean, gaussian, np.abs(mean - others[0]), np.abs(gaussian - others[1]))


def vertices_of(level: Level, k: Float) -> Vertices:
    """What the band has at wavevectors (p, 3) on its surface."""
    geometry = level.band.geometry(k, level.threads)
    velocity = level.at(k)[1] / HBAR
    return Vertices(
        k, velocity, geometry.berry_curvature, geometry.orbital_moment, surface_curvature(level, k)
    )


def _curvatures(slope: Float, bent: Float, d: int) -> tuple[Float, Float]:
    """Mean and Gaussian curvature (n,) from ∂𝓔 (n, 3) and ∂∂𝓔 (n, 3, 3)."""
    length = np.linalg.norm(slope, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        normal = slope / length[:, None]
        across = np.diag((np.arange(3) < d).astype(float)) - normal[:, :, None] * normal[:, None, :]
        shape = across @ bent @ across / length[:, None, None]
    trace = np.trace(shape, axis1=1, axis2=2)
    if d == 2:
        return np.asarray(trace), np.full(len(slope), np.nan)
    # S has the eigenvalue 0 along n, so that the product of the others is the second invariant.
    return np.asarray(0.5 * trace), np.asarray(0.5 * (trace**2 - np.einsum("nab,nba->n", shape, shape)))


def _second_derivatives(level: Level, k: Float) -> tuple[Float, Float]:
    """∂∂𝓔 (n, 3, 3), eV Å², and the same from a coarser step; both are exact without B."""
    crystal, index = level.band.hamiltonian, level.band.index
    step = max(_ELEMENTS // (9 * crystal.size**2), 1)
    parts = [energy_level(crystal, k[i : i + step], index).hessian for i in range(0, len(k), step)]
    exact = np.concatenate(parts) if parts else np.zeros((0, 3, 3))
    if not np.any(level.magnetic):
        return exact, exact
    geometry = level.band.geometry(k, level.threads, slopes=False)
    speed = HBAR * np.linalg.norm(geometry.group_velocity, axis=1)
    near = geometry.gap / np.maximum(speed, 1e-300)
    size = _STEP * np.minimum(near, 1.0 / crystal.length_scale)
    fine, coarse = (_moment_part(level, k, scale * size) for scale in (1.0, 2.0))
    return exact + (4 * fine - coarse) / 3, exact + fine


def _moment_part(level: Level, k: Float, step: Float) -> Float:
    """Second derivatives (n, 3, 3) of −m·B from differences of ∂m over 2 step (n,)."""
    found = np.zeros((len(k), 3, 3))
    for axis in range(level.band.hamiltonian.dimension):
        move = step[:, None] * np.eye(3)[axis]
        ends = [level.band.geometry(k + sign * move, level.threads).moment_gradient for sign in (1, -1)]
        slope = level.charge * np.einsum("c,nca->na", level.magnetic, ends[0] - ends[1])
        found[:, axis] = slope / (2 * step[:, None])
    return 0.5 * (found + found.swapaxes(1, 2))
