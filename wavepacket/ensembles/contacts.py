"""Packets that contacts send into a sample: states at the Fermi surface that move inward, equal in flux.

A contact of length L sends ∫ ds ∫ [dk] ṽ·n (-∂f/∂𝓔) states per time and energy, n its inward normal; D drops out, since
D ṙ = ṽ in a magnetic field. Along a line k_∥ = const. ∫ dk_n ṽ·n (-∂f/∂𝓔) is ∫ d𝓔 (-∂f/∂𝓔)/ħ for each state of an energy
that moves inward. So packets are spread evenly over s, over k_∥ and over the share of -∂f/∂𝓔 below 𝓔. Where they start,
𝓔 + V(r) has that distribution. Lines of each replica lie at another distance, so that replicas show how far the number of
lines that meet a Fermi line is from its length: else all would hold the same number, and be wrong by the same.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Fields, Sample
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.ensembles.shell import Shell, Squares
from wavepacket.errors import InputError
from wavepacket.fields import potential_values
from wavepacket.fields.contacts import inward, placed
from wavepacket.units import BOLTZMANN, HBAR

__all__ = ["contact_packets"]

_STREAM = 7
# Of low-discrepancy points with a third coordinate i/n: M. Roberts's sequence for two dimensions.
_SPREAD = (0.7548776662466927, 0.5698402909980532)
_CHUNK = 4096  # lines whose packets are made at once
_KEPT = 8  # chunks
_STRETCHED = 4.0  # lines that those of a replica reach beyond the states at most
_LOOKS = 257  # along a contact, at V
_BOUNDS = 12.0  # k_BT about μ


def contact_packets(
    section: ContactEnsemble, sample: Sample, band: Band, *, fields: Fields, charge: float, seed: int
) -> Ensemble:
    """Packets of all emitting contacts, contact by contact and replica by replica.

    Raises
    ------
    InputError
        for a crystal that is no layer, or a contact that no state can leave
    """
    if band.hamiltonian.dimension != 2:
        raise InputError("contacts are those of a 2D crystal")
    lines, chunks, counts = max(1, section.number // section.replicas), [], []
    for name in (each for each in sample.contacts if each in (section.emitters or sample.contacts)):
        sender = _sender(section, sample, band, name, fields=fields, charge=charge)
        mine = [
            _Chunk(sender, each, seed, first, min(_CHUNK, lines - first), lines, section.replicas)
            for each in range(section.replicas)
            for first in range(0, lines, _CHUNK)
        ]
        sent = [each.count() for each in mine]
        if not any(sent):
            raise InputError(f"no state of this band at the Fermi energy leaves the contact {name!r}")
        chunks += mine
        counts += sent
    return _numbered(section.replicas, chunks, counts)


def _numbered(replicas: int, chunks: list["_Chunk"], counts: list[int]) -> Ensemble:
    """Packets of all chunks one after the other, made when they are asked for: of a chunk only how many it has is kept."""
    ends = np.cumsum(counts)
    made = lru_cache(_KEPT)(lambda index: chunks[index].packets())

    def parts(first: int, number: int) -> Iterator[tuple[_Chunk, tuple[Float, Float], slice]]:
        last = min(first + number, int(ends[-1]))
        index = int(np.searchsorted(ends, first, side="right"))
        while first < last:
            begin = int(ends[index]) - counts[index]
            end = min(last, int(ends[index]))
            yield chunks[index], made(index), slice(first - begin, end - begin)
            first, index = end, index + 1

    def packets(first: int, number: int) -> Packets:
        found = list(parts(first, number))
        size = sum(part.stop - part.start for _, _, part in found)
        wavevector, position = np.zeros((size, 3)), np.zeros((size, 3))
        weight, replica, row = np.zeros(size), np.zeros(size, dtype=np.int64), 0
        for chunk, (k, r), part in found:
            rows = slice(row, row + part.stop - part.start)
            wavevector[rows, :2], position[rows, :2] = k[part], r[part]
            weight[rows], replica[rows], row = chunk.weight, chunk.replica, rows.stop
        return Packets(wavevector, position, weight, replica, np.zeros(size))

    def emitters(first: int, number: int) -> Integer:
        found = [
            np.full(part.stop - part.start, chunk.sender.number) for chunk, _, part in parts(first, number)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    return Ensemble(int(ends[-1]), replicas, False, False, packets, equal_weights=True, emitters=emitters)


@dataclass(frozen=True, eq=False)
class _Sender:
    """A contact that emits: its number, ends (2, 2), the states that it sends, and μ and k_BT, eV.

    fields, charge : of V where packets start
    """

    number: int
    ends: Float
    shell: Shell
    squares: Squares
    potential: float
    heat: float
    fields: Fields
    charge: float

    def energies(self, share: Float, places: Float) -> Float:
        """Energies 𝓔 (n,) of states at places (n, 2), so that these shares of -∂f/∂𝓔 lie below 𝓔 + V."""
        x = np.clip(np.log(share / (1.0 - share)), -_BOUNDS, _BOUNDS)
        return np.asarray(self.potential + self.heat * x - _potential(self.fields, places, self.charge))


def _potential(fields: Fields, places: Float, charge: float) -> Float:
    """V (n,) at places (n, 2), eV."""
    if not fields.potential:
        return np.zeros(len(places))
    return np.asarray(potential_values(fields, np.pad(places, ((0, 0), (0, 1))), charge=charge).energy)


def _sender(
    section: ContactEnsemble, sample: Sample, band: Band, name: str, *, fields: Fields, charge: float
) -> _Sender:
    ends, normal = placed(sample)[name], inward(sample, name)
    magnetic = np.array(fields.magnetic)
    magnetic[2] += float(np.array(fields.magnetic_gradient[:2]) @ ends.mean(axis=0))
    shell, heat = Shell(band, magnetic, charge), BOLTZMANN * section.temperature
    places = ends[0] + np.linspace(0.0, 1.0, _LOOKS)[:, None] * (ends[1] - ends[0])
    v = _potential(fields, places, charge)
    room = _BOUNDS * heat + float(np.abs(np.diff(v)).max())
    mu = section.chemical_potential
    squares = shell.squares(normal, mu - float(v.max()) - room, mu - float(v.min()) + room)
    number = list(sample.contacts).index(name)
    return _Sender(number, ends, shell, squares, mu, heat, fields, charge)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Some of the lines k_∥ = const. of one replica of a contact, and the packets on them."""

    sender: _Sender
    replica: int
    seed: int
    first: int
    number: int
    lines: int
    replicas: int

    @property
    def _shifts(self) -> Float:
        """Of the replica: where its first line lies, place and energy on it, and how far its lines reach."""
        stream = self.sender.number * self.replicas + self.replica
        return np.asarray(uniforms(self.seed, _STREAM, stream, 1, 4)[0])

    @property
    def _apart(self) -> float:
        """How far lines are apart, as a part of the width of all columns."""
        return float((1.0 + _STRETCHED * self._shifts[3] / self.lines) / self.lines)

    @property
    def weight(self) -> float:
        """States per time and energy, 1/(eV fs), that each packet stands for."""
        one, other = self.sender.ends
        length = float(np.linalg.norm(other - one))
        return length * self.sender.squares.width * self._apart / self.replicas / (4 * math.pi**2 * HBAR)

    def _drawn(self) -> tuple[Integer, Float, Float, Float]:
        """Of each line its column, k along the contact, 1/Å, the place (n, 2) that its packets start at, and their 𝓔, eV."""
        shifts, i, squares = (
            self._shifts,
            np.arange(self.first, self.first + self.number),
            self.sender.squares,
        )
        x = (i + shifts[0]) * self._apart
        i, x = i[x < 1.0], x[x < 1.0]
        place, share = ((shift + i * step) % 1.0 for shift, step in zip(shifts[1:3], _SPREAD, strict=True))
        one, other = self.sender.ends
        places = one + place[:, None] * (other - one)
        column, along = squares.along(x * len(squares.columns))
        return column, along, places, self.sender.energies(share, places)

    def count(self) -> int:
        """Number of packets."""
        column, along, _, energy = self._drawn()
        return self.sender.shell.count(self.sender.squares, column, along, energy)

    def packets(self) -> tuple[Float, Float]:
        """Wavevectors and positions (n, 2)."""
        column, along, places, energy = self._drawn()
        line, k = self.sender.shell.states(self.sender.squares, column, along, energy)
        return k, places[line]
