"""Spin of every band at a block of wavevectors, and what spins carry: columns of weights beside those of `columns`.

With V_a as in `states`, S the spin of the crystal (ħ), and the moment μ = m − g μ_B S of an electron, for each state n

    spin_curvature   −2 Im Σ_l ⟨n|½{S_s, V_a}|l⟩⟨l|V_b|n⟩/(ε_n−ε_l)² + ε_abc Re⟨n|S_s F_c|n⟩      (s, a, b)
    spin_drude       ⟨n|½{S_s, V_a}|n⟩ ∂_bε                                                        (s, a, b)
    spin             ⟨n|S_s|n⟩                                                                     (s)
    spin_flow        ∂_aε ⟨n|S_s|n⟩                                                                (a, s)
    moment_flow      ∂_aε m_c                                                                      (a, c)

Pairs within a degenerate group are left out, as everywhere: they cancel in sums over it. States that no pair of the model's
bands holds are left out, too, but for the part F that position elements know.
"""

from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands.between import DEGENERATE
from wavepacket.bands.spin_geometry import SpinGeometry, spin_geometry_at
from wavepacket.response.states import Bands, States, joined_states, states_of
from wavepacket.units import E_OVER_HBAR

__all__ = ["SpinBands", "SpinColumns"]

_NUMBERS = 1 << 19  # complex numbers of ½{S, V} held at once


@dataclass(frozen=True)
class SpinColumns:
    """Which columns are wanted.

    Attributes
    ----------
    dimension : of k space
    hall, drude, density, flow : of `spin_curvature`, `spin_drude`, `spin`, and both flows
    known : whether the crystal has a spin; without one there is `moment_flow` alone
    g : g-factor
    """

    dimension: int
    hall: bool = False
    drude: bool = False
    density: bool = False
    flow: bool = False
    known: bool = True
    g: float = 2.0

    @property
    def components(self) -> tuple[int, ...]:
        """Cartesian components of an orbital moment."""
        return {1: (), 2: (2,), 3: (0, 1, 2)}[self.dimension]

    @property
    def sizes(self) -> dict[str, int]:
        """Name → number of columns, in their order."""
        d = self.dimension
        return {
            "spin_curvature": 3 * d * d * self.hall,
            "spin_drude": 3 * d * d * self.drude,
            "spin": 3 * self.density,
            "spin_flow": 3 * d * (self.flow and self.known),
            "moment_flow": d * len(self.components) * self.flow,
        }

    @property
    def slices(self) -> dict[str, slice]:
        """Name → its columns, of those that there are."""
        ends = np.cumsum([0, *self.sizes.values()]).tolist()
        named = zip(self.sizes, ends[:-1], ends[1:], strict=True)
        return {name: slice(start, end) for name, start, end in named if end > start}


@dataclass(frozen=True, eq=False)
class SpinBands(Bands):
    """All bands of a Hamiltonian with the columns of their spin, `States.spin`."""

    columns: SpinColumns = SpinColumns(3)

    def states(self, k: Float, *, metric: bool = False, mu: Float | None = None) -> States:
        """See `states_at`; eigenvectors are those of numpy, which S needs, where the crystal has one."""
        size = self.hamiltonian.size
        step = max(16, _NUMBERS // (9 * size * size))
        parts = []
        for first in range(0, max(len(k), 1), step):
            some = k[first : first + step]
            if not self.columns.known:
                parts.append(self._orbital(super().states(some, metric=metric, mu=mu)))
                continue
            found = spin_geometry_at(self.hamiltonian, some, self.position_elements)
            own = None if found.field is None else np.diagonal(found.field, axis1=2, axis2=3).real
            own = None if own is None else own.swapaxes(1, 2)
            states = states_of(found.energy, found.velocity, own, metric=metric, mu=mu)
            parts.append(replace(states, spin=_columns(self.columns, states, found)))
        return joined_states(parts)

    def _orbital(self, states: States) -> States:
        return replace(states, spin=_moment_flow(self.columns, states))


def _columns(wanted: SpinColumns, states: States, found: SpinGeometry) -> Float:
    """Weights (n, N, 3, columns), their sizes, and these per reach of the energies, as in `Columns.of`."""
    d, (n, bands) = wanted.dimension, states.energy.shape
    values = found.values()
    slope = states.slope[..., :d]
    layers: dict[str, Float] = {}
    if wanted.hall or wanted.drude:
        carried = found.carried(d)
    if wanted.hall:
        layers["spin_curvature"] = _curvature(states, carried, found)
    if wanted.drude:
        of_each = np.moveaxis(np.diagonal(carried, axis1=3, axis2=4).real, 3, 1)
        layers["spin_drude"] = _plain(of_each[..., None] * slope[:, :, None, None, :])
    if wanted.density:
        layers["spin"] = _plain(values)
    if wanted.flow:
        layers["spin_flow"] = _plain(slope[..., :, None] * values[..., None, :])
        layers["moment_flow"] = _moment_flow(wanted, states)
    return np.concatenate(
        [layers[name].reshape(n, bands, 3, size) for name, size in wanted.sizes.items() if size], axis=-1
    )


def _plain(values: Float) -> Float:
    """Values, their sizes, and nothing that gaps make of rounding."""
    flat = values.reshape(*values.shape[:2], -1)
    return np.stack([flat, np.abs(flat), np.zeros_like(flat)], axis=2)


def _moment_flow(wanted: SpinColumns, states: States) -> Float:
    """∂_aε m_c with its layers: a moment errs by ε_M max|ε| Σ|X|/g², and Σ|X|/g is its size."""
    half = E_OVER_HBAR / 2
    moments = (states.moment, half * states.sizes[:, :, 0], half / 2 * states.sizes[:, :, 1])
    slopes = (states.slope, np.abs(states.slope), np.abs(states.slope))
    c = list(wanted.components)
    layers = [
        v[..., : wanted.dimension, None] * m[..., None, c] for v, m in zip(slopes, moments, strict=True)
    ]
    return np.stack([each.reshape(*each.shape[:2], -1) for each in layers], axis=2)


def _curvature(states: States, carried: Complex, found: SpinGeometry) -> Float:
    """Spin curvature, (n, N, 3, 3·d·d), with its size and that over one more gap."""
    (n, bands), d = states.energy.shape, carried.shape[2]
    velocity = found.velocity[:, :d]
    gap = states.energy[:, :, None] - states.energy[:, None, :]
    over = np.divide(1.0, gap, out=np.zeros_like(gap), where=np.abs(gap) >= DEGENERATE)
    # [n, i, (s, a), j] times [n, i, j, b].
    left = carried.reshape(n, 3 * d, bands, bands).swapaxes(1, 2)
    right = velocity.transpose(0, 3, 2, 1) * (over * over)[..., None]
    large = 2 * np.abs(left) @ np.abs(right)
    larger = 2 * np.abs(left) @ np.abs(right * over[..., None])
    value = -2 * (left @ right).imag
    if found.field is not None:
        more = found.beyond()[..., :d, :d].reshape(value.shape)
        value, large = value + more, large + np.abs(more)
    return np.stack([each.reshape(n, bands, -1) for each in (value, large, larger)], axis=2)
