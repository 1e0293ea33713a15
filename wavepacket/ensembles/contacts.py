"""Packets that contacts send into a sample: states at the Fermi surface that move inward, equal in flux.

A contact of length L sends ∫ ds ∫ [dk] ṽ·n (-∂f/∂𝓔) states per time and energy, n its inward normal; D drops out, since
D ṙ = ṽ in a magnetic field. Along a line k_∥ = const. ∫ dk_n ṽ·n (-∂f/∂𝓔) is ∫ d𝓔 (-∂f/∂𝓔)/ħ for each state of an energy
that moves inward. So packets are spread evenly over s, over k_∥ and over the share of -∂f/∂𝓔 below 𝓔, all of equal weight.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Sample
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import wavepacket_energy
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.errors import InputError
from wavepacket.fields.contacts import inward, placed
from wavepacket.hamiltonians.zone import face_vectors, fold
from wavepacket.units import BOLTZMANN, HBAR

__all__ = ["contact_packets"]

Brackets = tuple[Integer, Float, Float]

_STREAM = 7
# Of low-discrepancy points with a third coordinate i/n: M. Roberts's sequence for two dimensions.
_SPREAD = (0.7548776662466927, 0.5698402909980532)
_LOOKS = 3  # at the zone, each nearer to the states of these energies
_COARSE, _FINE = 96, 64  # places along a side of the region then, and along a line
_CHUNK = 4096  # lines whose packets are made at once
_SCANNED = 512  # of them at a time
_KEPT = 8  # chunks
_REFINED = 60
_BOUNDS = 12.0  # k_BT about μ


def contact_packets(
    section: ContactEnsemble, sample: Sample, band: Band, *, magnetic: Float, charge: float, seed: int
) -> Ensemble:
    """Packets of all emitting contacts, contact by contact and replica by replica.

    Raises
    ------
    InputError
        for a crystal that is no layer, or a contact that no state can leave
    """
    if band.hamiltonian.dimension != 2:
        raise InputError("contacts are those of a 2D crystal")
    names = list(sample.contacts)
    shell = _Shell(section, band, magnetic, charge)
    lines, chunks, counts = max(1, section.number // section.replicas), [], []
    for number, name in enumerate(names):
        if section.emitters is not None and name not in section.emitters:
            continue
        sender = _sender(shell, sample, number, name)
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
    """A contact that emits: its number, ends (2, 2), normal inward, and limits of k along it and across it, 1/Å."""

    shell: "_Shell"
    number: int
    ends: Float
    normal: Float
    along: tuple[float, float]
    across: tuple[float, float]


def _sender(shell: "_Shell", sample: Sample, number: int, name: str) -> _Sender:
    normal = inward(sample, name)
    low, high = shell.region(normal)
    limits = ((float(a), float(b)) for a, b in zip(low, high, strict=True))
    return _Sender(shell, number, placed(sample)[name], normal, *limits)


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
    def weight(self) -> float:
        """States per time and energy, 1/(eV fs), that each packet stands for."""
        begin, end = self.sender.along
        one, other = self.sender.ends
        length = float(np.linalg.norm(other - one))
        return length * (end - begin) / (self.lines * self.replicas) / (4 * math.pi**2 * HBAR)

    def _drawn(self) -> tuple[Float, Float, Float]:
        """Of each line k along the contact, 1/Å, the place on it as a part of its length, and the energy, eV."""
        stream = self.sender.number * self.replicas + self.replica
        shifts = uniforms(self.seed, _STREAM, stream, 1, 3)[0]
        i, (begin, end) = np.arange(self.first, self.first + self.number), self.sender.along
        along = begin + (end - begin) * (i + shifts[0]) / self.lines
        place, share = ((shift + i * step) % 1.0 for shift, step in zip(shifts[1:], _SPREAD, strict=True))
        return along, place, self.sender.shell.energies(share)

    def count(self) -> int:
        """Number of packets."""
        along, _, energy = self._drawn()
        return self.sender.shell.count(self.sender.normal, self.sender.across, along, energy)

    def packets(self) -> tuple[Float, Float]:
        """Wavevectors and positions (n, 2)."""
        along, place, energy = self._drawn()
        line, k = self.sender.shell.states(self.sender.normal, self.sender.across, along, energy)
        one, other = self.sender.ends
        return k, one + place[line, None] * (other - one)


class _Shell:
    """States of a layer's band near μ.

    Parameters
    ----------
    magnetic : B, T; charge : of the carrier, e
    """

    def __init__(self, section: ContactEnsemble, band: Band, magnetic: Float, charge: float) -> None:
        self._band, self._magnetic, self._charge = band, magnetic, charge
        self._potential, self._heat = section.chemical_potential, BOLTZMANN * section.temperature
        self._faces, self._cutoff = face_vectors(band.hamiltonian), getattr(band.hamiltonian, "cutoff", None)
        if len(self._faces) == 0 and self._cutoff is None:
            raise InputError("this ensemble covers the zone, but a k·p model has none: give model.cutoff")

    def energies(self, share: Float) -> Float:
        """Energies (n,) below which these shares of -∂f/∂𝓔 lie."""
        x = np.clip(np.log(share / (1.0 - share)), -_BOUNDS, _BOUNDS)
        return np.asarray(self._potential + self._heat * x)

    def _energy(self, k: Float) -> Float:
        """𝓔 (eV) at wavevectors (..., 2)."""
        return self._geometry(k)[0]

    def _geometry(self, k: Float) -> tuple[Float, Float]:
        full = np.zeros((k.size // 2, 3))
        full[:, :2] = k.reshape(-1, 2)
        geometry = self._band.geometry(full, slopes=False)
        energy = wavepacket_energy(geometry, self._magnetic, self._charge)
        return energy.reshape(k.shape[:-1]), geometry.group_velocity[:, :2].reshape(k.shape)

    def _counts(self, k: Float) -> Flags:
        """Whether wavevectors (n, 2) lie in the first zone, or in the domain of a k·p model."""
        full = np.zeros((len(k), 3))
        full[:, :2] = k
        if self._cutoff is not None:
            return np.asarray(np.sum(full**2, axis=1) < self._cutoff**2)
        return np.asarray(np.linalg.norm(fold(self._band.hamiltonian, full) - full, axis=1) == 0.0)

    def region(self, normal: Float) -> tuple[Float, Float]:
        """Limits (2, 2) along the contact and along its normal between which all states of these energies lie."""
        radius = self._cutoff or 1.2 * float(np.linalg.norm(self._faces, axis=1).max())
        low, high = np.full(2, -radius), np.full(2, radius)
        axes = np.array([[-normal[1], normal[0]], normal])
        for _ in range(_LOOKS):
            u, v = (np.linspace(a, b, _COARSE) for a, b in zip(low, high, strict=True))
            k = u[:, None, None] * axes[0] + v[None, :, None] * axes[1]
            energy, velocity = self._geometry(k)
            step = (high - low) / (_COARSE - 1)
            near = _BOUNDS * self._heat + HBAR * np.abs(velocity @ axes.T) @ step
            curved = np.abs(np.diff(energy, 2, axis=0)).max(initial=0) + np.abs(
                np.diff(energy, 2, axis=1)
            ).max(initial=0)
            hit = np.argwhere(np.abs(energy - self._potential) <= near + curved)
            if len(hit) == 0:
                raise InputError("the ensemble is empty: this band has no states at the chemical potential")
            first, last = hit.min(axis=0) - 1, hit.max(axis=0) + 1
            low, high = np.maximum(low, low + first * step), np.minimum(high, low + last * step)
        return low, high

    def _crossings(self, normal: Float, across: tuple[float, float], along: Float, energy: Float) -> Brackets:
        """Numbers of lines (m,), and the two places along ``normal`` between which each passes its energy upward."""
        tangent, found = np.array([-normal[1], normal[0]]), []
        q = np.linspace(*across, _FINE)
        for first in range(0, len(along), _SCANNED):
            part = slice(first, first + _SCANNED)
            start = along[part, None] * tangent
            above = self._energy(start[:, None, :] + q[:, None] * normal) - energy[part, None]
            line, place = np.nonzero((above[:, :-1] < 0.0) & (above[:, 1:] >= 0.0))
            found.append((first + line, q[place], q[place + 1]))
        lines, low, high = zip(*found, strict=True)
        return np.concatenate(lines), np.concatenate(low), np.concatenate(high)

    def count(self, normal: Float, across: tuple[float, float], along: Float, energy: Float) -> int:
        """How many states `states` finds; where no border is near the places between which they lie are enough for that."""
        line, *ends = self._crossings(normal, across, along, energy)
        start = along[line, None] * np.array([-normal[1], normal[0]])
        if all(np.all(self._counts(start + end[:, None] * normal)) for end in ends):
            return len(line)
        return len(self.states(normal, across, along, energy)[0])

    def states(
        self, normal: Float, across: tuple[float, float], along: Float, energy: Float
    ) -> tuple[Integer, Float]:
        """All states that move along ``normal``, on lines of given k across it (n,) and of given energies (n,).

        Returns the number of the line of each, and its wavevector (m, 2). ``across``: limits along ``normal``, 1/Å.
        """
        line, low, high = self._crossings(normal, across, along, energy)
        start = along[line, None] * np.array([-normal[1], normal[0]])
        k = start + self._roots(start, normal, energy[line], (low, high))[:, None] * normal
        kept = self._counts(k)
        return line[kept], k[kept]

    def _roots(self, start: Float, normal: Float, energy: Float, ends: tuple[Float, Float]) -> Float:
        """Where along the normal 𝓔 passes each energy upward, between two places: Newton's rule, kept between them."""
        low, high = ends
        root = 0.5 * (low + high)
        for _ in range(_REFINED if len(start) else 0):
            value, velocity = self._geometry(start + root[:, None] * normal)
            off = value - energy
            low, high = np.where(off < 0.0, root, low), np.where(off < 0.0, high, root)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = root - off / (HBAR * velocity @ normal)
            new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
            if np.all(np.abs(new - root) <= 1e-15 * np.abs(root) + 1e-300):
                break
            root = new
        return np.asarray(root)
