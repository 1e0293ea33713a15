"""Packets that contacts send into a sample: states at the Fermi surface that move inward, equal in flux.

A contact of length L sends ∫ ds ∫ [dk] ṽ·n (-∂f/∂𝓔) states per time and energy, n its inward normal; D drops out, since
D ṙ = ṽ in a magnetic field. Along a line k_∥ = const. ∫ dk_n ṽ·n (-∂f/∂𝓔) is ∫ d𝓔 (-∂f/∂𝓔)/ħ for each state of an energy
that moves inward. So packets are spread evenly over s, over k_∥ and over the share of -∂f/∂𝓔 below 𝓔, all of equal weight.
"""

import math

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Sample
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import wavepacket_energy
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.errors import InputError
from wavepacket.fields.outline import inward
from wavepacket.hamiltonians.zone import face_vectors, fold
from wavepacket.units import BOLTZMANN, HBAR

__all__ = ["contact_packets"]

_STREAM = 7
# Of low-discrepancy points with a third coordinate i/n: M. Roberts's sequence for two dimensions.
_SPREAD = (0.7548776662466927, 0.5698402909980532)
_LOOKS = 3  # at the zone, each nearer to the states of these energies
_COARSE, _FINE = 96, 64  # places along a side of the region then, and along a line
_CHUNK = 4096  # lines
_REFINED = 60
_BOUNDS = 12.0  # k_BT about μ


def contact_packets(
    section: ContactEnsemble, sample: Sample, band: Band, *, magnetic: Float, charge: float, seed: int
) -> Ensemble:
    """Packets of all emitting contacts, contact by contact and replica by replica.

    Raises
    ------
    InputError
        for a crystal that is no layer, a contact that is not there, or a contact that no state can leave
    """
    if band.hamiltonian.dimension != 2:
        raise InputError("contacts are those of a 2D crystal")
    names = list(sample.contacts)
    for name in section.emitters or ():
        if name not in names:
            raise InputError(f"emitters: no contact {name!r}; there are: {', '.join(names)}")
    shell = _Shell(section, band, magnetic, charge)
    k, r, w, replica, emitter = [], [], [], [], []
    for number, name in enumerate(names):
        if section.emitters is not None and name not in section.emitters:
            continue
        one, other = np.array(sample.contacts[name])
        normal = inward(sample, name)
        begin, end = shell.range_along(normal)
        lines = max(1, section.number // section.replicas)
        for each in range(section.replicas):
            shifts = uniforms(seed, _STREAM, number * section.replicas + each, 1, 3)[0]
            i = np.arange(lines)
            along = begin + (end - begin) * (i + shifts[0]) / lines
            place, share = ((shift + i * step) % 1.0 for shift, step in zip(shifts[1:], _SPREAD, strict=True))
            line, found = shell.states(normal, along, shell.energies(share))
            k.append(found)
            r.append(one + place[line, None] * (other - one))
            flux = (
                float(np.linalg.norm(other - one))
                * (end - begin)
                / (lines * section.replicas)
                / (4 * math.pi**2 * HBAR)
            )
            w.append(np.full(len(line), flux))
            replica.append(np.full(len(line), each))
            emitter.append(np.full(len(line), number))
        if not any(len(each) for each in k[-section.replicas :]):
            raise InputError(f"no state of this band at the Fermi energy leaves the contact {name!r}")
    rest = np.concatenate(w), np.concatenate(replica), np.concatenate(emitter)
    return _numbered(section.replicas, np.concatenate(k), np.concatenate(r), rest)


def _numbered(replicas: int, k: Float, r: Float, rest: tuple[Float, Integer, Integer]) -> Ensemble:
    """Packets of given k and r (n, 2), and weights, replicas and contacts (n,)."""
    w, replica, emitter = rest

    def packets(first: int, number: int) -> Packets:
        part = slice(first, first + number)
        size = len(w[part])
        wavevector, position = np.zeros((size, 3)), np.zeros((size, 3))
        wavevector[:, :2], position[:, :2] = k[part], r[part]
        return Packets(wavevector, position, w[part], replica[part], np.zeros(size))

    return Ensemble(
        len(w), replicas, False, False, packets, equal_weights=True,
        emitters=lambda first, number: emitter[first : first + number],
    )  # fmt: skip


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
        geometry = self._band.geometry(full)
        energy = wavepacket_energy(geometry, self._magnetic, self._charge)
        return energy.reshape(k.shape[:-1]), geometry.group_velocity[:, :2].reshape(k.shape)

    def _counts(self, k: Float) -> Flags:
        """Whether wavevectors (n, 2) lie in the first zone, or in the domain of a k·p model."""
        full = np.zeros((len(k), 3))
        full[:, :2] = k
        if self._cutoff is not None:
            return np.asarray(np.sum(full**2, axis=1) < self._cutoff**2)
        return np.asarray(np.linalg.norm(fold(self._band.hamiltonian, full) - full, axis=1) == 0.0)

    def _region(self, normal: Float) -> tuple[Float, Float]:
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

    def range_along(self, normal: Float) -> tuple[float, float]:
        """Limits of k along a contact, 1/Å."""
        low, high = self._region(normal)
        self._across = (low[1], high[1])
        return float(low[0]), float(high[0])

    def states(self, normal: Float, along: Float, energy: Float) -> tuple[Integer, Float]:
        """All states that move along ``normal``, on lines of given k across it (n,) and of given energies (n,).

        Returns the number of the line of each, and its wavevector (m, 2).
        """
        tangent, found = np.array([-normal[1], normal[0]]), []
        q = np.linspace(*self._across, _FINE)
        for first in range(0, len(along), _CHUNK):
            part = slice(first, first + _CHUNK)
            start = along[part, None] * tangent
            above = self._energy(start[:, None, :] + q[:, None] * normal) - energy[part, None]
            line, place = np.nonzero((above[:, :-1] < 0.0) & (above[:, 1:] >= 0.0))
            root = self._roots(start[line], normal, energy[part][line], (q[place], q[place + 1]))
            k = start[line] + root[:, None] * normal
            kept = self._counts(k)
            found.append((first + line[kept], k[kept]))
        lines, states = zip(*found, strict=True)
        return np.concatenate(lines), np.concatenate(states)

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
