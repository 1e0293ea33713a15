"""States of a layer's band near an energy, on lines of the k plane: every one of them, pockets of any size included.

Squares of the plane are kept where the slope of 𝓔 lets it reach the energies asked for, and divided until they are small
beside the Fermi line. Within a square a line has one extremum at most: where the slopes at both ends lead to one, the line
is looked at on both of its sides. So no pair of crossings is missed.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands import Band
from wavepacket.errors import InputError
from wavepacket.fermi import Level
from wavepacket.hamiltonians.zone import face_vectors, fold

__all__ = ["Shell", "Squares"]

Brackets = tuple[Integer, Float, Float]

_FIRST = 128  # squares along a side of the plane at first
_ENOUGH = 3000  # of them that are kept: then they are small beside the Fermi line
_LEVELS = 14
_STEEPER = 1.5  # what slopes between places may be beside those at them
_HALVED = 50
_REFINED = 60


@dataclass(frozen=True, eq=False)
class Squares:
    """Squares of the k plane that hold the states asked for, column by column of k along a contact.

    Attributes
    ----------
    normal : (2,) the lines' direction
    origin, size : k of the first corner in along and across, and the side of a square, 1/Å
    columns : (c,) which there are, ascending; begin : (c + 1,) number of the first square of each
    across : (n,) place of each square across; energy : (n,) at its middle, eV; reach : how far 𝓔 may differ in it, eV
    """

    normal: Float
    origin: float
    size: float
    columns: Integer
    begin: Integer
    across: Integer
    energy: Float
    reach: float

    @property
    def width(self) -> float:
        """Of all columns, 1/Å."""
        return len(self.columns) * self.size

    @property
    def tangent(self) -> Float:
        """Unit vector along the contact, (2,)."""
        return np.array([-self.normal[1], self.normal[0]])

    def along(self, x: Float) -> tuple[Integer, Float]:
        """Number of the column and k along the contact, at the part x (in columns) of all columns."""
        number = np.minimum(x.astype(np.int64), len(self.columns) - 1)
        return number, self.origin + self.size * (self.columns[number] + (x - number))


class Shell:
    """States of a layer's band; ``magnetic``: B, T; ``charge`` of the carrier, e."""

    def __init__(self, band: Band, magnetic: Float, charge: float) -> None:
        self._band, self._level = band, Level(band, 0.0, magnetic, charge)
        self._faces, self._cutoff = face_vectors(band.hamiltonian), getattr(band.hamiltonian, "cutoff", None)
        if len(self._faces) == 0 and self._cutoff is None:
            raise InputError("this ensemble covers the zone, but a k·p model has none: give model.cutoff")

    @property
    def radius(self) -> float:
        """Of a circle that holds all states, 1/Å."""
        return float(self._cutoff or 1.01 * np.linalg.norm(self._faces, axis=1).max())

    def at(self, k: Float) -> tuple[Float, Float]:
        """𝓔 (eV) and ħ ṽ (eV Å) at wavevectors (n, 2)."""
        full = np.zeros((len(k), 3))
        full[:, :2] = k
        energy, slope = self._level.at(full)
        return energy, slope[:, :2]

    def inside(self, k: Float, margin: float = 0.0) -> Flags:
        """Whether wavevectors (n, 2) lie in the first zone, or in the domain of a k·p model; or so near to it, 1/Å."""
        full = np.zeros((len(k), 3))
        full[:, :2] = k
        far = np.linalg.norm(full, axis=1)
        if self._cutoff is not None:
            return np.asarray(far < self._cutoff + margin)
        folded = fold(self._band.hamiltonian, full)
        if margin == 0.0:
            return np.asarray(np.linalg.norm(folded - full, axis=1) == 0.0)
        return np.asarray(far - np.linalg.norm(folded, axis=1) <= 2.0 * margin)

    def squares(self, normal: Float, low: float, high: float) -> Squares:
        """Squares that hold all states between two energies, eV."""
        radius = self.radius
        axes, size = np.array([[-normal[1], normal[0]], normal]), 2.0 * radius / _FIRST
        places = np.stack(np.meshgrid(np.arange(_FIRST), np.arange(_FIRST), indexing="ij"), axis=-1).reshape(
            -1, 2
        )
        for level in range(_LEVELS):
            k = (-radius + size * (places + 0.5)) @ axes
            energy, slope = self.at(k)
            steepest = _STEEPER * float(np.linalg.norm(slope, axis=1).max())
            half = np.sqrt(0.5) * size
            kept = (
                (energy >= low - half * steepest) & (energy <= high + half * steepest) & self.inside(k, half)
            )
            places, energy = places[kept], energy[kept]
            if len(places) == 0:
                raise InputError("the ensemble is empty: this band has no states at the chemical potential")
            if len(places) >= _ENOUGH or level == _LEVELS - 1:
                break
            size *= 0.5
            places = (2 * places[:, None] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).reshape(-1, 2)
        order = np.lexsort((places[:, 1], places[:, 0]))
        places, energy = places[order], energy[order]
        columns, first = np.unique(places[:, 0], return_index=True)
        begin = np.append(first, len(places)).astype(np.int64)
        return Squares(normal, -radius, size, columns, begin, places[:, 1], energy, half * steepest)

    def _crossings(self, squares: Squares, column: Integer, along: Float, energy: Float) -> Brackets:
        """Numbers of lines (m,), and the two places along the normal between which each passes its energy upward."""
        number = squares.begin[column + 1] - squares.begin[column]
        line = np.repeat(np.arange(len(column)), number)
        square = np.arange(len(line)) + np.repeat(squares.begin[column] - np.cumsum(number) + number, number)
        near = np.abs(squares.energy[square] - energy[line]) <= squares.reach
        line, row = line[near], squares.across[square[near]]
        step = int(squares.across.max()) + 2
        nodes, where = np.unique(
            np.concatenate([line * step + row, line * step + row + 1]), return_inverse=True
        )
        on, q = nodes // step, squares.origin + squares.size * (nodes % step)
        off, slope = self._on_lines(squares, along[on], q, energy[on])
        first, second = where[: len(line)], where[len(line) :]
        up = (off[first] < 0.0) & (off[second] >= 0.0)
        below = (off[first] < 0.0) & (off[second] < 0.0) & (slope[first] > 0.0) & (slope[second] < 0.0)
        above = (off[first] >= 0.0) & (off[second] >= 0.0) & (slope[first] < 0.0) & (slope[second] > 0.0)
        turns = below | above
        sign = np.where(above[turns], -1.0, 1.0)
        top = self._extremum(squares, along[line[turns]], (q[first[turns]], q[second[turns]]), sign)
        passed = sign * self._on_lines(squares, along[line[turns]], top, energy[line[turns]])[0] > 0.0
        begin = np.where(sign > 0.0, q[first[turns]], top)
        end = np.where(sign > 0.0, top, q[second[turns]])
        lines = np.concatenate([line[up], line[turns][passed]])
        order = np.argsort(lines, kind="stable")
        low = np.concatenate([q[first[up]], begin[passed]])[order]
        return lines[order], low, np.concatenate([q[second[up]], end[passed]])[order]

    def _on_lines(self, squares: Squares, along: Float, across: Float, energy: Float) -> tuple[Float, Float]:
        """How far 𝓔 is above energies at places of lines, eV, and its slope along the normal, eV Å."""
        value, slope = self.at(along[:, None] * squares.tangent + across[:, None] * squares.normal)
        return value - energy, slope @ squares.normal

    def _extremum(self, squares: Squares, along: Float, ends: tuple[Float, Float], sign: Float) -> Float:
        """Where ``sign`` times 𝓔 is largest on lines between two places."""
        low, high = ends
        for _ in range(_HALVED if len(along) else 0):
            middle = 0.5 * (low + high)
            rises = sign * self._on_lines(squares, along, middle, np.zeros(len(along)))[1] > 0.0
            low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        return np.asarray(0.5 * (low + high))

    def count(self, squares: Squares, column: Integer, along: Float, energy: Float) -> int:
        """How many states `states` finds; only near a border of the zone their exact places are needed for that."""
        line, *ends = self._crossings(squares, column, along, energy)
        k = [along[line, None] * squares.tangent + end[:, None] * squares.normal for end in ends]
        sure = self.inside(k[0]) & self.inside(k[1])
        open_ = ~sure
        roots = self._roots(
            squares, along[line[open_]], energy[line[open_]], (ends[0][open_], ends[1][open_])
        )
        return int(np.count_nonzero(sure)) + int(np.count_nonzero(self.inside(roots)))

    def states(self, squares: Squares, column: Integer, along: Float, energy: Float) -> tuple[Integer, Float]:
        """All states that move along the normal, on lines of given k along the contact (n,) and of given energies (n,).

        Returns the number of the line of each, and its wavevector (m, 2).
        """
        line, low, high = self._crossings(squares, column, along, energy)
        k = self._roots(squares, along[line], energy[line], (low, high))
        kept = self.inside(k)
        return line[kept], k[kept]

    def _roots(self, squares: Squares, along: Float, energy: Float, ends: tuple[Float, Float]) -> Float:
        """Wavevectors where 𝓔 passes each energy upward, between two places: Newton's rule, kept between them."""
        low, high = ends
        root = 0.5 * (low + high)
        for _ in range(_REFINED if len(along) else 0):
            off, slope = self._on_lines(squares, along, root, energy)
            low, high = np.where(off < 0.0, root, low), np.where(off < 0.0, high, root)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = root - off / slope
            new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
            if np.all(np.abs(new - root) <= 1e-15 * np.abs(root) + 1e-300):
                break
            root = new
        return along[:, None] * squares.tangent + root[:, None] * squares.normal
