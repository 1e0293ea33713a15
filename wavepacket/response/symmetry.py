"""Symmetry of a crystal found from its bands, and the components of the response that it forbids.

An operation g is taken for a symmetry where energies, Ω and m at random wavevectors k are those at g k: Ω and m turn
as axial vectors, and change sign under time reversal. This sees every symmetry of the Hamiltonian, with whatever
exchange of orbitals and spin it comes, and says no more than what the response can tell.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.operations import SpaceOperation
from wavepacket.hamiltonians.point_group import point_group
from wavepacket.observables import Observable
from wavepacket.response.columns import Columns
from wavepacket.response.states import Bands
from wavepacket.units import E_OVER_HBAR

__all__ = ["NO_SYMMETRY", "Operation", "Symmetry", "find_symmetry", "forbidden"]


_SAME = 1e-7  # relative: rounding of Ω near small gaps, far below any real difference
_NOTHING = 1e-4  # of the square of the lattice constant: curvature that is zero by symmetry is rounding
_PROBES = 6
_ROUNDING = {"S/cm": 1e3, "A/K": 1e-9, "A/(K m)": 1.0}
"""Natural sizes in units that are far from one."""


@dataclass(frozen=True, eq=False)
class Operation:
    """An orthogonal matrix on k, with or without time reversal (which also turns k around)."""

    matrix: Float
    time_reversal: bool

    @property
    def axial(self) -> Float:
        """How Ω, m and every response that is an axial vector odd in time turn."""
        return np.asarray(np.linalg.det(self.matrix) * self.matrix * (-1.0 if self.time_reversal else 1.0))

    @property
    def dipole(self) -> Float:
        """How ∂_a Ω_b turns, (9, 9): even in time."""
        return np.asarray(np.kron(self.matrix, np.linalg.det(self.matrix) * self.matrix))

    def moved(self, k: Float) -> Float:
        """Where the operation takes wavevectors (n, 3)."""
        turned = k @ self.matrix.T
        return -turned if self.time_reversal else turned

    @property
    def name(self) -> str:
        """Name in words."""
        return _name(self.matrix) + (" x time reversal" if self.time_reversal else "")


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The operations of a crystal; `allowed` are projectors on what they leave alone."""

    operations: tuple[Operation, ...]

    @property
    def names(self) -> list[str]:
        """Names with their counts, such as ``3 x rotation by 120 deg about z``."""
        names = [operation.name for operation in self.operations]
        order = list(dict.fromkeys(names))
        return [name if names.count(name) == 1 else f"{names.count(name)} of {name}" for name in order]

    @property
    def group(self) -> str | None:
        """Name of the point group of the bands, such as ``4/mmm(4/m), D4h(C4h)``; None where it is no crystal class."""
        return point_group(SpaceOperation(each.matrix, each.time_reversal) for each in self.operations)

    def projectors(self, columns: Columns) -> dict[str, Float]:
        """For each named column the matrix that keeps what every operation leaves alone."""
        c, d = list(columns.components), columns.dimension
        vector = self._axial[np.ix_(c, c)]
        tensor = [3 * a + b for a in range(d) for b in c]
        pair = [3 * a + b for a in range(d) for b in range(d)]
        turned = [3 * a + b for a in c for b in c]
        three = [9 * a + 3 * b + e for a in range(d) for b in range(d) for e in range(d)]
        matrices = [one.matrix for one in self.operations]
        two = np.mean([np.kron(g, g) for g in matrices], axis=0)
        dipole = self._dipole[np.ix_(tensor, tensor)]
        projectors = {"curvature": vector, "moment": vector, "dipole": dipole, "dipole_sea": dipole}
        projectors |= {name: two[np.ix_(pair, pair)] for name in ("metric", "drude")}
        projectors["hall"] = two[np.ix_(turned, turned)]
        if columns.nonlinear:
            odd = [-1.0 if one.time_reversal else 1.0 for one in self.operations]
            every = np.mean(
                [s * np.kron(g, np.kron(g, g)) for s, g in zip(odd, matrices, strict=True)], axis=0
            )
            projectors["nonlinear"] = every[np.ix_(three, three)]
        slices = columns.slices
        return {name: np.where(np.abs(matrix) > 1e-9, matrix, 0.0) for name, matrix in projectors.items()
                if slices[name].stop > slices[name].start}  # fmt: skip

    @property
    def _axial(self) -> Float:
        return np.asarray(np.mean([operation.axial for operation in self.operations], axis=0))

    @property
    def _dipole(self) -> Float:
        return np.asarray(np.mean([operation.dipole for operation in self.operations], axis=0))

    def allowed_vector(self) -> Flags:
        """Components (3,) of an axial vector odd in time that need not vanish."""
        return np.asarray(np.linalg.norm(self._axial, axis=1) > 1e-6)

    def allowed_hall(self) -> Flags:
        """Components (3, 3) of a Hall conductivity that need not vanish."""
        vector = self.allowed_vector()
        allowed = np.zeros((3, 3), dtype=bool)
        for a, b in itertools.permutations(range(3), 2):
            allowed[a, b] = vector[3 - a - b]
        return allowed

    def allowed_dipole(self) -> Flags:
        """Components (3, 3) of the Berry curvature dipole that need not vanish."""
        return np.asarray(np.linalg.norm(self._dipole, axis=1).reshape(3, 3) > 1e-6)


NO_SYMMETRY = Symmetry((Operation(np.eye(3), False),))
"""The identity alone."""


def find_symmetry(hamiltonian: Hamiltonian, position_elements: bool = True) -> Symmetry:
    """Try every operation of the lattice (k·p: of the cubic and hexagonal groups), with and without time reversal."""
    k = _probes(hamiltonian)
    bands = Bands(hamiltonian, position_elements)
    reference = _fingerprint(bands, k)
    # Below these sizes (eV, Å², eV/T) there is nothing but rounding.
    area = _NOTHING * hamiltonian.length_scale**2
    nothing = (1e-12, area, area * E_OVER_HBAR * float(np.ptp(reference[0])))
    operations = []
    for matrix in _candidates(hamiltonian):
        for reversal in (False, True):
            operation = Operation(matrix, reversal)
            energy, *vectors = _fingerprint(bands, operation.moved(k))
            pairs = [(energy, reference[0])]
            pairs += [(v, w @ operation.axial.T) for v, w in zip(vectors, reference[1:], strict=True)]
            alike = (
                np.abs(a - b).max() <= _SAME * max(np.abs(b).max(), least)
                for (a, b), least in zip(pairs, nothing, strict=True)
            )
            if all(alike):
                operations.append(operation)
    return Symmetry(tuple(operations))


def forbidden(symmetry: Symmetry, observables: Mapping[str, Observable]) -> list[str]:
    """Sentences about components that should vanish and are much larger than their uncertainty.

    Of many numbers one in twenty is beyond a bound that holds for 95 %, but none beyond three of them.
    """
    masks = {
        "anomalous_hall_conductivity": symmetry.allowed_hall(),
        "anomalous_nernst_conductivity": symmetry.allowed_hall(),
        "orbital_magnetization": symmetry.allowed_vector(),
        "berry_curvature_dipole": symmetry.allowed_dipole(),
    }
    said = []
    for name, allowed in masks.items():
        if name not in observables or allowed.all():
            continue
        value = np.asarray(observables[name].value)[..., ~allowed]
        error = np.asarray(observables[name].uncertainty)[..., ~allowed]
        largest = float(np.abs(np.asarray(observables[name].value)).max(initial=0.0))
        excess = np.abs(value) - 3 * error - 1e-9 * max(largest, _ROUNDING.get(observables[name].unit, 1.0))
        if excess.max(initial=0.0) > 0:
            worst = np.unravel_index(excess.argmax(), excess.shape)
            said.append(
                f"{name}: a component that symmetry forbids is {value[worst]:.2e} ± {error[worst]:.1e} "
                f"{observables[name].unit}"
            )
    return said


def _probes(hamiltonian: Hamiltonian) -> Float:
    """Wavevectors at random, none of them special."""
    rng = np.random.default_rng(20)
    u = rng.uniform(-0.5, 0.5, (_PROBES, 3))
    u[:, hamiltonian.dimension :] = 0.0
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.asarray(u @ hamiltonian.reciprocal)
    return u * (hamiltonian.cutoff or np.pi / hamiltonian.length_scale)


def _fingerprint(bands: Bands, k: Float) -> tuple[Float, Float, Float]:
    """Energies, and running sums over bands of Ω and m, which degeneracies leave alone, weighted by the gap above."""
    states = bands.states(k)
    gap = np.diff(states.energy, axis=1, append=states.energy[:, -1:] + 1.0)[..., None]
    # Where the next band is close the sum below it is large and rounded: it counts with the square of the gap.
    weight = np.minimum(np.abs(gap), 1.0) ** 2 * (gap > 1e-5)
    sums = (np.cumsum(vectors, axis=1) * weight for vectors in (states.curvature, states.moment))
    curvature, moment = sums
    return states.energy, curvature, moment


def _candidates(hamiltonian: Hamiltonian) -> list[Float]:
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return _named_groups(hamiltonian.dimension)
    d, lattice = hamiltonian.dimension, hamiltonian.lattice
    metric = lattice[:d] @ lattice[:d].T
    # Entries beyond ±1 would need a cell far from reduced; the identity and inversion are always there.
    changes = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=d * d))).reshape(-1, d, d)
    off = np.abs(changes @ metric @ np.swapaxes(changes, 1, 2) - metric).max(axis=(1, 2))
    whole = (np.abs(np.abs(np.linalg.det(changes)) - 1) < 1e-9) & (off <= 1e-6 * metric.max())
    candidates = []
    for change in changes[whole]:
        full = np.eye(3)
        full[:d, :d] = change
        candidates.append((np.linalg.inv(lattice) @ full @ lattice).T)
    return candidates


def _named_groups(dimension: int) -> list[Float]:
    """Operations of the cubic group and of the hexagonal one about z that leave the dimension alone."""
    cubic = [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1.0, -1.0), repeat=3)
    ]
    hexagonal = []
    for n, mirror, flip in itertools.product(range(6), (1.0, -1.0), (1.0, -1.0)):
        c, s = np.cos(n * np.pi / 3), np.sin(n * np.pi / 3)
        hexagonal.append(np.array([[c, -s * mirror, 0], [s, c * mirror, 0], [0, 0, flip]]))
    unique: list[Float] = []
    for matrix in cubic + hexagonal:
        outside = np.eye(3)[dimension:]
        inside = np.allclose(matrix[dimension:], outside) and np.allclose(matrix[:, dimension:], outside.T)
        if inside and not any(np.allclose(matrix, other) for other in unique):
            unique.append(np.asarray(matrix))
    return unique


def _name(matrix: Float) -> str:
    proper = matrix * np.sign(np.linalg.det(matrix))
    angle = round(np.degrees(np.arccos(np.clip((np.trace(proper) - 1) / 2, -1, 1))))
    if np.linalg.det(matrix) > 0:
        return "identity" if angle == 0 else f"rotation by {angle} deg about {_axis(proper)}"
    if angle == 0:
        return "inversion"
    axis = _axis(proper)
    return f"mirror normal to {axis}" if angle == 180 else f"rotation by {angle} deg about {axis} x inversion"


def _axis(proper: Float) -> str:
    values, vectors = np.linalg.eig(proper)
    axis = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    axis = axis * np.sign(axis[np.argmax(np.abs(axis) > 1e-6)])
    for name, direction in zip("xyz", np.eye(3), strict=True):
        if np.allclose(axis, direction, atol=1e-6):
            return name
    return "(" + ", ".join(f"{x:.3g}" for x in axis + 0.0) + ")"
