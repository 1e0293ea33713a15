"""A closed orbit in B: area, mass, frequency, and the phases that shift its Landau levels.

To first order in B the levels of an orbit are those whose area is

    A(ε_n) = (2π|q|B/ħ) [n + 1/2 − (γ_B + γ_m)/2π],

A the area on ε without a field (L. Onsager, Phil. Mag. 43, 1006 (1952); with the Berry phase M.-C. Chang and Q. Niu,
Phys. Rev. B 53, 7010 (1996)). Both phases are taken counterclockwise about b = −qB/|qB|, the way of electrons, and then the
formula is the same for electrons and holes:

    γ_B = ∮ A·dk, the flux of Ω through the orbit,     γ_m = ± (ħ/e) ∮ (m·b) dk/|g|,

m of charge −e, g the gradient of ε across B, + where ε grows outwards. γ_m stands for the orbit of ε − m·B, whose area is
A(ε + m·B), and γ_B for the density of states D in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands import Band
from wavepacket.errors import InputError
from wavepacket.oscillations.curve import Curve, resolved
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

__all__ = ["Orbit", "landau_levels", "orbit_of"]

_LEVELS_STEPS = 60
_LARGEST_CHANGE = 0.2  # of the area in one step of energy
_APART = 1e-9  # eV; bands nearer than this have no phase of their own


@dataclass(frozen=True, eq=False, repr=False)
class Orbit:
    """One closed orbit of carriers on ε = μ in a plane across B.

    Attributes
    ----------
    curve : its points
    area_error, slope_error : 1/Å² of ``area``, 1/(eV Å²) of dA/dε
    berry_phase, moment_phase : γ_B in (−π, π] and γ_m, rad
    bend : d²A/dk_∥² (a pure number), not a number in a layer
    extremum : ``maximum`` or ``minimum`` of the area along B, ``constant``, ``layer``, or ``none``
    gap : smallest distance to the next band on it, eV
    band : its number in the crystal; of a band that is followed by its character, where the config counts it
    copies : how many orbits with these numbers there are in the zone
    """

    curve: Curve
    area_error: float
    slope_error: float
    berry_phase: float
    moment_phase: float
    gap: float
    band: int
    bend: float = float("nan")
    extremum: str = "none"
    copies: int = 1

    def __repr__(self) -> str:
        """Return its frequency, mass and kind."""
        return f"Orbit({self.kind}, F = {self.frequency:.6g} T, m_c = {self.cyclotron_mass:.4g} m_e, {self.extremum})"

    @property
    def kind(self) -> str:
        """``electron`` where lower energies are inside, else ``hole``."""
        return "electron" if self.curve.sign > 0 else "hole"

    @property
    def energy(self) -> float:
        """ε, eV."""
        return self.curve.level

    @property
    def along(self) -> float:
        """k_∥, 1/Å, along −qB."""
        return self.curve.along

    @property
    def k(self) -> Float:
        """Points (n, 3) in the order of the motion of electrons, 1/Å."""
        return self.curve.k

    @property
    def centre(self) -> Float:
        """Mean wavevector (3,), 1/Å."""
        return np.asarray(self.k.mean(axis=0))

    @cached_property
    def area(self) -> float:
        """A ≥ 0, 1/Å²."""
        return self.curve.area

    @cached_property
    def frequency(self) -> float:
        """Of quantum oscillations in 1/B, F = ħA/2π|q|, T."""
        return self.area / self._quantum

    @property
    def frequency_error(self) -> float:
        """Of the frequency, T."""
        return self.area_error / self._quantum

    @property
    def cyclotron_mass(self) -> float:
        """(ħ²/2π)|dA/dε| in electron masses."""
        return HBAR**2 / (2 * np.pi) * abs(self.curve.energy_slope) / ELECTRON_MASS

    @property
    def mass_error(self) -> float:
        """Of the cyclotron mass, m_e."""
        return HBAR**2 / (2 * np.pi) * self.slope_error / ELECTRON_MASS

    @property
    def phase(self) -> float:
        """γ = 1/2 − (γ_B + γ_m)/2π of levels at F/B = n + γ, in [0, 1)."""
        found = (0.5 - (self.berry_phase + self.moment_phase) / (2 * np.pi)) % 1.0
        return 0.0 if found > 1 - 1e-12 else float(found)

    def period(self, field: float) -> float:
        """Time of a turn in B (T), in fs: (ħ²/|q|B)|dA/dε|."""
        return HBAR * abs(self.curve.energy_slope) / (self.curve.section.charge * E_OVER_HBAR * abs(field))

    @property
    def _quantum(self) -> float:
        """Area between levels at 1 T, 1/Å²."""
        return 2 * np.pi * E_OVER_HBAR * self.curve.section.charge


def orbit_of(curve: Curve) -> Orbit | None:
    """Make an orbit of a curve that is resolved; None where it is not found on a finer one."""
    found = resolved(curve)
    if found is None:
        return None
    fine, area_error, slope_error = found
    geometry = fine.section.band.geometry(fine.k)
    moment = geometry.orbital_moment @ fine.section.axis
    return Orbit(
        fine, area_error, slope_error, _berry_phase(fine), fine.sign * float((moment * fine.weights).sum()) / E_OVER_HBAR,
        float(geometry.gap.min()), fine.section.band.index,
    )  # fmt: skip


def _berry_phase(curve: Curve) -> float:
    """∮A·dk in (−π, π]: the phase of a Wilson loop, with the error of its discrete product taken away.

    States are transported by their overlaps, and what is missing after a turn is shared evenly among the points: a smooth
    periodic gauge, in which the integral has spectral accuracy.
    """
    band = curve.section.band
    energy, vectors = np.linalg.eigh(band.hamiltonian.hamiltonian(curve.k))
    if band.hamiltonian.size == 1:
        return _of_basis(curve, np.ones((len(curve.z), 1), dtype=np.complex128))
    near = np.abs(energy - energy[:, band.index, None])
    near[:, band.index] = np.inf
    if near.min() < _APART:
        return float("nan")
    states = vectors[:, :, band.index]
    links = np.angle(np.sum(np.conj(np.roll(states, -1, axis=0)) * states, axis=1))
    turned = np.concatenate([[0.0], np.cumsum(links[:-1])])
    # A whole turn of phase more or less is another gauge: the closest one is the smoothest.
    missing = np.angle(np.exp(1j * links.sum()))
    n = len(states)
    smooth = states * np.exp(1j * (turned - missing * np.arange(n) / n))[:, None]
    modes = np.fft.fftfreq(n, 1 / n)
    modes[n // 2] = 0.0
    slope = np.fft.ifft(2j * np.pi * modes[:, None] * np.fft.fft(smooth, axis=0), axis=0)
    whole = float(-np.sum(np.conj(smooth) * slope).imag / n) + _of_basis(curve, states)
    principal = float(np.angle(np.exp(1j * whole)))
    return np.pi if principal <= -np.pi + 1e-9 else principal


def _of_basis(curve: Curve, states: Complex) -> float:
    """∮⟨u|r|u⟩·dk of the orbitals' own connection, where it is known and used."""
    band, section = curve.section.band, curve.section
    if not getattr(band.hamiltonian, "position_matrices", None) is not None or not _uses_positions(band):
        return 0.0
    connection = band.hamiltonian.connection(curve.k)
    own = np.einsum("ni,naij,nj->na", np.conj(states), connection, states).real
    way = curve.tangent.real[:, None] * section.first + curve.tangent.imag[:, None] * section.second
    return float(np.sum(own * way) / len(states))


def _uses_positions(band: Band) -> bool:
    return band.kind == "direct" and bool(band.integers[4])


def landau_levels(orbit: Orbit, field: float, numbers: Sequence[int]) -> Float:
    """Levels ε_n (eV) of the orbit's plane in a field of so many T; not a number where no orbit of the family has the area.

    Numbers count from 0 where γ_B is between −π and π at the energy of the orbit.

    Raises
    ------
    InputError : the field is not above 0

    Examples
    --------
    >>> landau_levels(orbit, 5.0, [0, 1, 2])  # doctest: +SKIP
    """
    if not field > 0:
        raise InputError(f"Landau levels need a field above 0 T, not {field}")
    quantum = orbit._quantum * field
    found = np.full(len(numbers), np.nan)
    here: Orbit | None = orbit
    for i in sorted(range(len(numbers)), key=lambda i: abs(numbers[i] - orbit.area / quantum)):
        here = _at_area(here or orbit, quantum, numbers[i])
        found[i] = np.nan if here is None else here.energy
    return found


def _at_area(start: Orbit, quantum: float, number: int) -> Orbit | None:
    """The orbit whose area and phases are those of a level, by Newton's method in the energy."""
    orbit = start
    for _ in range(_LEVELS_STEPS):
        phase = (orbit.berry_phase + orbit.moment_phase) / (2 * np.pi)
        missing = quantum * (number + 0.5 - phase) - orbit.area
        if abs(missing) <= 1e-13 * orbit.area:
            return orbit
        bound = _LARGEST_CHANGE * orbit.area
        energy = orbit.energy + np.clip(missing, -bound, bound) / orbit.curve.energy_slope
        curve = orbit.curve.moved(level=energy)
        following = None if curve is None else orbit_of(curve)
        if following is None:
            return None
        turns = np.round((orbit.berry_phase - following.berry_phase) / (2 * np.pi))
        if abs(energy - orbit.energy) <= 4e-16 * abs(energy):
            return following
        orbit = replace(following, berry_phase=following.berry_phase + 2 * np.pi * turns)
    return orbit
