"""Wilson loops of groups of bands: centres of hybrid Wannier functions, and the Z₂ invariant that they count.

A loop along one reciprocal vector is a product of projectors, so that no gauge is chosen; its matrix between the states
at its start is made unitary, and the phases of its eigenvalues e^{i∮A·dk} are 2π times the centres.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["wannier_centres", "wilson_loop", "z2_invariant", "z2_invariants"]

_POINTS = 64  # of a loop
_FIRST_LINES, _MOST_LINES = 16, 1024  # of the way from one invariant line to the other
_APART = 1e-9  # eV; a group that comes as near to other bands has no loop


def wilson_loop(hamiltonian: Hamiltonian, bands: tuple[int, int], k: npt.ArrayLike) -> Complex:
    """Unitary matrix (G, G) by which a closed way turns the states of a group of bands.

    Parameters
    ----------
    bands : first and last of the group
    k : (n, 3) Cartesian points of the way, 1/Å; after the last one it comes back to the first

    Notes
    -----
    W = ⟨end| … P(k₂) P(k₁) |start⟩ in the basis of states at the start that the solver gives: only its eigenvalues are of
    meaning, e^{i∮A·dk} for one band. The error falls with the square of the distance of the points.

    Raises
    ------
    InputError
        where the group touches other bands on the way
    """
    points = np.atleast_2d(np.asarray(k, dtype=np.float64))
    frames = _frames(hamiltonian, bands, points)
    return np.asarray(_loops(frames[None], frames[None, 0])[0])


def wannier_centres(
    hamiltonian: LatticeHamiltonian,
    bands: tuple[int, int],
    k: npt.ArrayLike,
    *,
    direction: int = 0,
    points: int = _POINTS,
) -> Float:
    """Centres (n, G) of hybrid Wannier functions of a group, in units of a lattice vector, in [0, 1) and ascending.

    Parameters
    ----------
    bands : first and last of the group
    k : (n, d) reduced wavevectors; the component along ``direction`` is where loops begin
    direction : number of the lattice vector along which the functions are localised
    points : of each loop

    Examples
    --------
    >>> from wavepacket.hamiltonians import ssh
    >>> wannier_centres(ssh(inside=0.5, between=1.0), (0, 0), [[0.0]]).round(6).tolist()
    [[0.75]]

    """
    reduced = np.atleast_2d(np.asarray(k, dtype=np.float64))
    way = np.repeat(reduced[:, None], points, axis=1)
    way[:, :, direction] += np.arange(points) / points
    k = way @ hamiltonian.reciprocal[: hamiltonian.dimension]
    frames = _frames(hamiltonian, bands, k.reshape(-1, 3)).reshape(*way.shape[:2], hamiltonian.size, -1)
    # u(k+G) = e^{−iG·τ} u(k)
    turn = np.exp(-1j * hamiltonian.sites @ hamiltonian.reciprocal[direction])[:, None]
    phases = np.angle(np.linalg.eigvals(_loops(frames, turn * frames[:, 0])))
    return np.asarray(np.sort(np.mod(phases / (2 * np.pi), 1.0), axis=1))


def z2_invariant(
    hamiltonian: LatticeHamiltonian,
    bands: tuple[int, int],
    *,
    plane: tuple[int, int] = (0, 1),
    at: Sequence[float] = (0, 0, 0),
) -> int:
    """Z₂ invariant of a group of bands of a crystal with time reversal, on a plane through invariant momenta.

    Parameters
    ----------
    bands : first and last of the group, an even number of bands
    plane : the reciprocal vectors that span the plane: loops run along the first, and the second leads from one to the next
    at : reduced wavevector of the plane's corner: components 0 or 0.5

    Notes
    -----
    Counts how often centres cross the middle of the largest gap between them on the way from k = 0 to 1/2; lines are added
    where that middle jumps far.

    References
    ----------
    A. A. Soluyanov, D. Vanderbilt, "Computing topological invariants without inversion symmetry" (2011),
    Phys. Rev. B 83, 235401.

    Raises
    ------
    InputError
        for an odd number of bands, no plane, bands not paired at the invariant lines, and a group that touches others
    """
    if (bands[1] - bands[0]) % 2 == 0:
        raise InputError("a Z2 invariant is that of an even number of bands")
    along, across = plane
    if along == across or not all(0 <= axis < hamiltonian.dimension for axis in plane):
        raise InputError(
            f"a plane is spanned by two of the {hamiltonian.dimension} reciprocal vectors, not {plane}"
        )
    lines, found = _FIRST_LINES, list[int]()
    while lines <= _MOST_LINES:
        way = (
            np.zeros((lines + 1, hamiltonian.dimension))
            + np.asarray(at, dtype=np.float64)[: hamiltonian.dimension]
        )
        way[:, across] += np.linspace(0.0, 0.5, lines + 1)
        centres = wannier_centres(hamiltonian, bands, way, direction=along)
        _check_pairs(centres[[0, -1]])
        found.append(_crossings(centres) % 2)
        if len(found) >= 3 and len(set(found[-3:])) == 1:
            return found[-1]
        lines *= 2
    raise InputError("centres of Wannier functions change too fast to be counted: the gap is too small")


def z2_invariants(hamiltonian: LatticeHamiltonian, bands: tuple[int, int]) -> tuple[int, ...]:
    """Z₂ invariants of a group of bands of a crystal with time reversal: (ν,) of a layer, (ν₀, ν₁, ν₂, ν₃) of a solid.

    ν₀ tells a strong insulator, the others are those of the planes where a component of k is half a reciprocal vector
    (L. Fu, C. L. Kane, E. J. Mele, Phys. Rev. Lett. 98, 106803 (2007)). Raises as `z2_invariant`.
    """
    if hamiltonian.dimension == 2:
        return (z2_invariant(hamiltonian, bands),)
    if hamiltonian.dimension != 3:
        raise InputError("Z2 invariants are those of crystals in two and three dimensions")
    planes: list[tuple[int, int]] = [(1, 2), (0, 2), (0, 1)]
    weak = [
        z2_invariant(hamiltonian, bands, plane=plane, at=[0.5 * (i == axis) for i in range(3)])
        for axis, plane in enumerate(planes)
    ]
    return ((weak[2] + z2_invariant(hamiltonian, bands, plane=(0, 1))) % 2, *weak)


def _frames(hamiltonian: Hamiltonian, bands: tuple[int, int], k: Float) -> Complex:
    """States (n, N, G) of the group at wavevectors (n, 3)."""
    first, last = bands
    if not 0 <= first <= last < hamiltonian.size:
        raise InputError(
            f"bands {first} to {last} do not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    for lower in (first - 1, last):
        if 0 <= lower < hamiltonian.size - 1 and (energy[:, lower + 1] - energy[:, lower]).min() < _APART:
            raise InputError(f"bands {lower} and {lower + 1} touch on the way: no loop separates them")
    return np.asarray(states[:, :, first : last + 1])


def _loops(frames: Complex, ends: Complex) -> Complex:
    """Unitary matrices (L, G, G) of L loops, from frames (L, n, N, G) along each and its end (L, N, G)."""
    product = frames[:, 0]
    for step in range(1, frames.shape[1]):
        frame = frames[:, step]
        product = frame @ (_adjoint(frame) @ product)
    left, _, right = np.linalg.svd(_adjoint(ends) @ product)
    return np.asarray(left @ right)


def _adjoint(matrices: Complex) -> Complex:
    return np.conj(np.swapaxes(matrices, -1, -2))


def _check_pairs(centres: Float) -> None:
    """Raise InputError where the centres at an invariant line do not coincide in pairs, as time reversal makes them."""
    for line in centres:
        turned = [np.abs(np.exp(2j * np.pi * np.roll(line, -shift)[::2]) - np.exp(2j * np.pi * np.roll(line, -shift)[1::2]))
                  for shift in (0, 1)]  # fmt: skip
        if min(each.max() for each in turned) > 1e-3:
            raise InputError("centres are not paired at an invariant line: the crystal has no time reversal")


def _crossings(centres: Float) -> int:
    """How many centres lie between the middles of the largest gaps of neighbouring lines, over all lines."""
    middles = []
    for line in centres:
        gaps = np.diff(np.append(line, line[0] + 1.0))
        place = int(np.argmax(gaps))
        middles.append(np.mod(line[place] + 0.5 * gaps[place], 1.0))
    total = 0
    for before, here, line in zip(middles[:-1], middles[1:], centres[1:], strict=True):
        low, high = min(before, here), max(before, here)
        total += int(np.count_nonzero((line > low) & (line < high)))
    return total
