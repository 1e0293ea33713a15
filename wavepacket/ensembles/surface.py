"""States of a layer's band at given energies, each as often as equilibrium holds it: D dl/|∂𝓔/∂k| along the line 𝓔 = const.

The plane is cut into triangles in which 𝓔 is taken as linear, so that the line and the number of states on it follow from
the corners. A triangle is drawn by its states at the energy, a place on its line evenly, and Newton's rule leads from there
to the energy itself. Triangles are so small that what they neglect, the square of their size over that of the line, is below
1e-3. Those of energies near each other are made together, when first asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands import Band
from wavepacket.ensembles.occupation import density_factor
from wavepacket.ensembles.shell import Shell
from wavepacket.ensembles.valleys import nearest_valley
from wavepacket.errors import InputError

__all__ = ["ANY", "TRIES", "Surface"]

ANY = -1
"""In place of a valley: a state of any, by the states that they have."""
TRIES = 4
"""To find a state, made together."""

_ACROSS = np.array([0.0, 1.0])  # any direction: squares are divided along it
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
_HALVES = np.array([[0, 1, 2], [0, 2, 3]])
_LOOKS = 128  # along a side of the plane, at the energies of the band
_FINE = 1e-4  # of them: energies whose triangles are made together; or of those that are asked for
_PART = 1 / 24
_KEPT = 128  # energies whose triangles are kept
_ROUNDS = 100
_STEPS = 2  # of Newton's rule
_EXACT = 1e-11  # eV


@dataclass(frozen=True, eq=False)
class _Triangles:
    """Triangles that hold all states in a window of energies, valley after valley.

    Attributes
    ----------
    corners : (m, 3, 2) 1/Å, by energy; energy : (m, 3) there, eV
    states : (m,) D times twice the area
    most : (m,) no less than what `weight` is at any energy of the window
    running : (m + 1,) its running sum; begin : (V + 1,) where each valley begins
    """

    corners: Float
    energy: Float
    states: Float
    most: Float
    running: Float
    begin: Integer

    def weight(self, which: Integer, energy: Float) -> Float:
        """States per energy of triangles (n,) at energies (n,), up to a factor that all share."""
        return self.states[which] * _density(self.energy[which], energy)

    def draw(self, energy: Float, valley: Integer, chance: Float) -> tuple[Float, Flags]:
        """Places (n, 2) on the lines of these energies, and whether each of them may be taken; chance : (n, 3)."""
        first = np.where(valley == ANY, 0, self.begin[valley])
        last = np.where(valley == ANY, self.begin[-1], self.begin[valley + 1])
        low, high = self.running[first], self.running[last]
        there = np.searchsorted(self.running, low + chance[:, 0] * (high - low), side="right") - 1
        which = np.clip(there, first, np.maximum(last - 1, first)).clip(0, len(self.most) - 1)
        taken = (high > low) & (chance[:, 1] * self.most[which] < self.weight(which, energy))
        return self._on_line(which, energy, chance[:, 2]), taken

    def _on_line(self, which: Integer, energy: Float, share: Float) -> Float:
        """Places (n, 2) at a share of the way along the lines within triangles."""
        k, e = self.corners[which], self.energy[which]
        low = energy < e[:, 1]
        one = _between(k[:, 0], k[:, 2], e[:, 0], e[:, 2], energy)
        below = _between(k[:, 0], k[:, 1], e[:, 0], e[:, 1], energy)
        above = _between(k[:, 1], k[:, 2], e[:, 1], e[:, 2], energy)
        return np.asarray(one + share[:, None] * (np.where(low[:, None], below, above) - one))


def _between(one: Float, other: Float, low: Float, high: Float, energy: Float) -> Float:
    """Places (n, 2) where an energy lies on edges that lead from one energy to another."""
    part = np.divide(energy - low, high - low, out=np.zeros(len(energy)), where=high > low)
    return np.asarray(one + part[:, None] * (other - one))


def _density(corners: Float, energy: Float) -> Float:
    """Length of the line over the slope, over twice the area, of triangles by the energies (n, 3) of their corners, 1/eV."""
    low, middle, high = corners.T
    up, down = energy - low, high - energy
    rising = (up > 0.0) & (energy < middle)
    falling = (down > 0.0) & (energy >= middle)
    found = np.zeros(len(energy))
    np.divide(up, (middle - low) * (high - low), out=found, where=rising)
    np.divide(down, (high - middle) * (high - low), out=found, where=falling & (high > middle))
    return found


class Surface:
    """Lines of constant 𝓔 of a layer's band.

    Parameters
    ----------
    magnetic : B, T; charge : of the carrier, e
    centres : (V, 3) of the valleys, 1/Å
    spread : of the energies that are asked for, eV
    lowest : D of states that are left out, since packets end there
    """

    def __init__(
        self, band: Band, magnetic: Float, charge: float, *, centres: Float, spread: float, lowest: float
    ) -> None:
        self._shell, self._band, self._lowest = Shell(band, magnetic, charge), band, lowest
        self._magnetic, self._charge, self._centres = magnetic, charge, centres
        ends = np.linspace(-1.0, 1.0, _LOOKS) * self._shell.radius
        k = np.stack(np.meshgrid(ends, ends), axis=-1).reshape(-1, 2)
        energy = self._shell.at(k[self._shell.inside(k)])[0]
        self._window = max(_PART * spread, _FINE * float(np.ptp(energy)), _EXACT)
        self._triangles = lru_cache(_KEPT)(self._made)

    def energies(self, k: Float) -> Float:
        """𝓔 (n,) at wavevectors (n, 3), eV."""
        return self._shell.at(k[:, :2])[0]

    def draw(self, energy: Float, valley: Integer, chances: Callable[[int, Integer], Float]) -> Float:
        """Wavevectors (n, 3) of states of these energies (n,) in valleys (n,); not-a-number where none is found.

        Parameters
        ----------
        chances : function of the number of a round of tries and rows (m,): (m, `TRIES`, 3) uniform numbers
        """
        found, left = np.full((len(energy), 3), np.nan), np.arange(len(energy))
        for number in range(_ROUNDS):
            if len(left) == 0:
                break
            k, taken = self._tried(energy[left], valley[left], chances(number, left))
            found[left[taken], :2], found[left[taken], 2] = k[taken], 0.0
            left = left[~taken]
        return found

    def _tried(self, energy: Float, valley: Integer, chance: Float) -> tuple[Float, Flags]:
        """Wavevectors (n, 2) of the first tries that may be taken, and whether there is any."""
        places, may = np.zeros((len(energy), TRIES, 2)), np.zeros((len(energy), TRIES), dtype=bool)
        window = np.floor(energy / self._window).astype(np.int64)
        for each in np.unique(window):
            mine, triangles = np.flatnonzero(window == each), self._triangles(int(each))
            if triangles is not None:
                wanted = np.repeat(energy[mine], TRIES), np.repeat(valley[mine], TRIES)
                k, taken = triangles.draw(*wanted, chance[mine].reshape(-1, 3))
                places[mine], may[mine] = k.reshape(-1, TRIES, 2), taken.reshape(-1, TRIES)
        every = np.arange(len(energy))
        found, taken = places[every, np.argmax(may, axis=1)], np.asarray(may.any(axis=1))
        some = np.flatnonzero(taken)
        found[some], taken[some] = self._led_to(energy[some], found[some])
        return found, taken

    def _led_to(self, energy: Float, k: Float) -> tuple[Float, Flags]:
        """Wavevectors (n, 2) at exactly these energies near others, and whether each has come to one within the zone."""
        for _ in range(_STEPS):
            there, slope = self._shell.at(k)
            steep = np.sum(slope**2, axis=1)
            step = np.divide(energy - there, steep, out=np.zeros(len(k)), where=steep > 0.0)
            k = k + step[:, None] * slope
        return k, (np.abs(self._shell.at(k)[0] - energy) < _EXACT) & self._shell.inside(k)

    def _made(self, number: int) -> _Triangles | None:
        """Triangles of a window of energies; None where it holds no state."""
        low, high = number * self._window, (number + 1) * self._window
        try:
            squares = self._shell.squares(_ACROSS, low, high)
        except InputError:
            return None
        along = np.repeat(squares.columns, np.diff(squares.begin))
        step = int(squares.across.max()) + 2
        corner = (along * step + squares.across)[:, None] + _CORNERS @ [step, 1]
        nodes, where = np.unique(corner, return_inverse=True)
        places = squares.origin + squares.size * np.stack([nodes // step, nodes % step], axis=1)
        k = places @ np.array([squares.tangent, squares.normal])
        three = where.reshape(-1, 4)[:, _HALVES].reshape(-1, 3)
        energy = self._shell.at(k)[0][three]
        held = (energy.max(axis=1) > low) & (energy.min(axis=1) < high)
        three, energy = three[held], energy[held]
        order = np.argsort(energy, axis=1, kind="stable")
        corners = np.take_along_axis(k[three], order[:, :, None], axis=1)
        energy = np.take_along_axis(energy, order, axis=1)
        return self._sorted(corners, energy, squares.size**2, (low, high)) if len(three) else None

    def _sorted(self, corners: Float, energy: Float, area: float, window: tuple[float, float]) -> _Triangles:
        """Triangles valley after valley; ``area``: twice that of one."""
        middle = np.zeros((len(corners), 3))
        middle[:, :2] = corners.mean(axis=1)
        factor = np.ones(len(middle))
        if np.any(self._magnetic):
            geometry = self._band.geometry(middle, slopes=False)
            factor = density_factor(geometry, self._magnetic, self._charge)
        states = np.where(factor > self._lowest, factor * area, 0.0)
        valley = np.maximum(nearest_valley(self._band.hamiltonian, middle, self._centres), 0)
        order = np.argsort(valley, kind="stable")
        corners, energy, states = corners[order], energy[order], states[order]
        most = states * _density(energy, np.clip(energy[:, 1], *window))
        running = np.concatenate([[0.0], np.cumsum(most)])
        begin = np.searchsorted(valley[order], np.arange(max(len(self._centres), 1) + 1))
        return _Triangles(corners, energy, states, most, running, begin)
