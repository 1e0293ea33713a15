"""The Schrödinger equation iħ∂ψ/∂t = [H(t) − q E(t)·(r − c) + V(r, t)] ψ of one charge in a box.

The electric field enters as a scalar potential: where nothing depends on time a save is reached by one Chebyshev
series (H. Tal-Ezer and R. Kosloff, J. Chem. Phys. 81, 3967 (1984)). Else the interval between two saves is cut into steps
of fourth order with two exponentials (S. Blanes and P. C. Moan, Appl. Numer. Math. 56, 1519 (2006)), their number doubled
until halving the step changes nothing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.config import Fields, resolving_step
from wavepacket.errors import WavepacketError
from wavepacket.fields import electric_field, is_static, potential_values
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.quantum.box import Box, discs, overlap
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.textures import VaryingCrystal
from wavepacket.units import HBAR

Apply = Callable[[Complex], Complex]


def apply_series(apply: Apply, bounds: tuple[float, float], coefficients: Complex, state: Complex) -> Complex:
    """Return Σ_n c_n T_n((H − middle)/half) times a state, for a spectrum within ``bounds`` = middle ∓ half."""
    low, high = bounds
    middle, inverse = 0.5 * (low + high), 2.0 / (high - low)
    before, now = state, inverse * (apply(state) - middle * state)
    result: Complex = coefficients[0] * before + coefficients[1] * now
    for coefficient in coefficients[2:]:
        later = apply(now)
        later -= middle * now
        later *= 2.0 * inverse
        later -= before
        before, now = now, later
        result += coefficient * now
    return result


def exponential_series(bounds: tuple[float, float], angle_per_energy: float, tolerance: float) -> Complex:
    """Coefficients of exp(−i x H), x in 1/eV, to a remainder below ``tolerance``."""
    from scipy.special import jv  # a tenth of a second to import

    low, high = bounds
    reach = abs(0.5 * (high - low) * angle_per_energy)
    # Beyond n = reach the Bessel functions fall as exp(−(n/reach^(1/3))^(3/2)) and faster.
    order = np.arange(int(reach + 20.0 * (1.0 + reach ** (1 / 3)) + 10))
    bessel = jv(order, reach)
    needed = np.flatnonzero(np.abs(bessel) > 0.1 * tolerance)
    order, bessel = order[: needed[-1] + 2], bessel[: needed[-1] + 2]
    sign = -1j if angle_per_energy >= 0 else 1j
    coefficients = np.where(order == 0, 1.0, 2.0) * sign**order * bessel
    return np.asarray(coefficients * np.exp(-0.5j * (low + high) * angle_per_energy))


def function_series(
    function: Callable[[Float], Float], bounds: tuple[float, float], tolerance: float, most: int = 20_000
) -> Complex:
    """Coefficients of a smooth real function of the energy, to a remainder of about ``tolerance``."""
    from scipy.fft import dct

    low, high = bounds
    count = 64
    while True:
        nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)
        values = function(0.5 * (low + high) + 0.5 * (high - low) * nodes)
        coefficients: Float = dct(values, type=2) / count
        coefficients[0] *= 0.5
        if np.abs(coefficients[-count // 8 :]).max() < tolerance or count >= most:
            needed = np.flatnonzero(np.abs(coefficients) > tolerance)
            return coefficients[: max(2, needed[-1] + 1 if len(needed) else 2)].astype(np.complex128)
        count *= 2


_ROOT = 3**0.5 / 6
_MOST_STEPS = 1 << 14
_TOO_MANY = f"the wave function needs more than {_MOST_STEPS} steps from t = {{:g}} fs on"


@dataclass(frozen=True, eq=False)
class Dynamics:
    """One charge in a box.

    Parameters
    ----------
    box : the piece of the crystal
    matrix : sparse H at t = 0 with Peierls phases, without E and V, eV
    offsets : sparse r_a without the orbital positions, three matrices in Å; empty where they are all there is
    gauge : of the magnetic field in the matrix; its centre c is the origin of the potential −q E·(r − c)
    charge : q, e
    fields : E(t) and V(r, t)
    tolerance : error of the wave function over the whole time
    varying : the crystal where its H depends on place and time; None in a uniform one
    """

    box: Box
    matrix: Any
    offsets: tuple[Any, ...]
    gauge: Gauge
    charge: float
    fields: Fields
    tolerance: float
    varying: VaryingCrystal | None = None

    @property
    def is_static(self) -> bool:
        """Whether nothing depends on time."""
        return is_static(self.fields) and (self.varying is None or self.varying.is_static)

    def elements_at(self, time: float) -> Complex | None:
        """Elements of H at a time in fs where it depends on time, else None."""
        if self.varying is None or self.varying.is_static:
            return None
        return self.varying.values(time)

    def crystal_at(self, place: Float, time: float = 0.0) -> LatticeHamiltonian:
        """The uniform crystal that there is at a place (3,), Å."""
        return self.box.hamiltonian if self.varying is None else self.varying.at(place, time)

    @property
    def bands_by_energy(self) -> bool:
        """Whether a band is no function of k alone, and is told by its energy."""
        return self.gauge.is_magnetic or self.varying is not None

    @property
    def centre(self) -> Float:
        """Where the vector potential vanishes, (3,), Å."""
        return self.gauge.centre

    @cached_property
    def vector_potential(self) -> Float:
        """qA/ħ at the orbitals, (orbitals, 3), 1/Å."""
        return self.gauge.potential(self.box.position)

    @cached_property
    def _landscape_at_start(self) -> Float:
        return potential_values(self.fields, self.box.position, charge=self.charge).energy

    def landscape(self, time: float) -> Float:
        """V(r, t) at the orbitals, (orbitals,), eV; time in fs."""
        if not any(term.rate for term in self.fields.potential):
            return self._landscape_at_start
        return potential_values(self.fields, self.box.position, time, charge=self.charge).energy

    @cached_property
    def relative_position(self) -> Float:
        """Orbital positions from the centre, (orbitals, 3), Å."""
        return self.box.position - self.centre

    @cached_property
    def _discs(self) -> tuple[Float, Float]:
        return discs(self.matrix)

    @cached_property
    def _offset_sums(self) -> Float:
        """Σ_j |x_ij| of the offsets along each axis, (3, orbitals) or (0, orbitals)."""
        sums = [np.asarray(abs(offset).sum(axis=1)).ravel() for offset in self.offsets]
        return np.array(sums).reshape(-1, self.box.size)

    def position_times(self, state: Complex, axis: int) -> Complex:
        """(r − c)_a ψ, Å."""
        product: Complex = self.relative_position[:, axis] * state
        if self.offsets:
            product = product + self.offsets[axis] @ state
        return product

    def energy(self, state: Complex, time: float = 0.0) -> tuple[float, float]:
        """Mean and standard deviation of H without E and V, eV."""
        elements = self.elements_at(time)
        matrix = self.matrix if elements is None or self.varying is None else self.varying.filled(elements)
        product = matrix @ state
        mean = overlap(state, product)
        return mean, float(np.sqrt(max(overlap(product, product) - mean**2, 0.0)))

    def hamiltonian(
        self, field: Float, landscape: Float | float = 0.0, elements: Complex | None = None
    ) -> tuple[Callable[[Complex], Complex], tuple[float, float]]:
        """H − q E·(r − c) + V as a function of states, and bounds of its spectrum; E (3,) in V/Å, V (orbitals,) in eV.

        H is that at t = 0, or has the elements that `VaryingCrystal.values` gives.
        """
        potential = landscape - self.charge * (self.relative_position @ field)
        matrix, (middle, radius) = self.matrix, self._discs
        if elements is not None and self.varying is not None:
            matrix, (middle, radius) = self.varying.filled(elements), self.varying.discs(elements)
        for axis, offset in enumerate(self.offsets):
            matrix = matrix - self.charge * field[axis] * offset
        if len(self._offset_sums):
            radius = radius + abs(self.charge) * np.abs(field) @ self._offset_sums

        def apply(state: Complex) -> Complex:
            product: Complex = matrix @ state
            product += potential * state
            return product

        return apply, (float((middle + potential - radius).min()), float((middle + potential + radius).max()))


def evolve(dynamics: Dynamics, state: Complex, times: Float) -> Iterator[Complex]:
    """Yield ψ at each of the equidistant ``times`` (fs), the first of which is that of ``state``."""
    yield state
    if dynamics.is_static:
        yield from _static(dynamics, state, times)
        return
    interval = float(times[1] - times[0])
    steps = 1
    textures = math.inf if dynamics.varying is None else dynamics.varying.resolving_step
    for start, end in pairwise(times.tolist()):
        # Steps that have grown where nothing happens must not lead over a pulse that both of them miss.
        fewest = 8 * interval / min(resolving_step(dynamics.fields, start, end), textures)
        if fewest > _MOST_STEPS:
            raise WavepacketError(_TOO_MANY.format(start))
        state, steps = _controlled(
            dynamics, state, start, interval, max(steps, math.ceil(fewest)), saves=len(times) - 1
        )
        yield state


def _static(dynamics: Dynamics, state: Complex, times: Float) -> Iterator[Complex]:
    apply, bounds = dynamics.hamiltonian(electric_field(dynamics.fields, [0.0])[0], dynamics.landscape(0.0))
    angle = float(times[1] - times[0]) / HBAR
    series = exponential_series(bounds, angle, dynamics.tolerance / len(times))
    for _ in times[1:]:
        state = apply_series(apply, bounds, series, state)
        yield state


def _controlled(
    dynamics: Dynamics, state: Complex, start: float, interval: float, steps: int, *, saves: int
) -> tuple[Complex, int]:
    """State after an interval, and the number of steps to try for the next one."""
    allowed = dynamics.tolerance / saves
    coarse = _steps(dynamics, state, start, interval, steps)
    while True:
        fine = _steps(dynamics, state, start, interval, 2 * steps)
        change = float(np.linalg.norm(fine - coarse)) / 15.0  # of the finer one, at fourth order
        if change < allowed:
            return fine, max(1, steps // 2) if change < allowed / 40 else steps
        steps, coarse = 2 * steps, fine
        if steps > _MOST_STEPS:
            raise WavepacketError(_TOO_MANY.format(start))


def _steps(dynamics: Dynamics, state: Complex, start: float, interval: float, steps: int) -> Complex:
    step = interval / steps
    for index in range(steps):
        times = start + step * (index + 0.5 + np.array([-_ROOT, _ROOT]))
        early, late = electric_field(dynamics.fields, times)
        before, after = (dynamics.landscape(time) for time in times.tolist())
        one, other = (dynamics.elements_at(time) for time in times.tolist())
        for first, second in ((0.5 + 2 * _ROOT, 0.5 - 2 * _ROOT), (0.5 - 2 * _ROOT, 0.5 + 2 * _ROOT)):
            apply, bounds = dynamics.hamiltonian(
                first * early + second * late,
                first * before + second * after,
                None if one is None or other is None else first * one + second * other,
            )
            series = exponential_series(bounds, 0.5 * step / HBAR, 1e-3 * dynamics.tolerance / steps)
            state = apply_series(apply, bounds, series, state)
    return state
