"""What is summed over states: named columns of weights, one number for each state.

A wavevector belongs to a valley or a ball in k space by the depth inside of its border.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from wavepacket.arrays import Float
from wavepacket.ensembles import Valleys, valley_centres
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.response.spin_states import SpinColumns
from wavepacket.response.spread import Spread, widths_of
from wavepacket.response.states import States
from wavepacket.units import E_OVER_HBAR

__all__ = ["Columns", "Region", "ball", "part_inside", "regions_of_valleys"]

Region = Callable[[Float], tuple[Float, Float]]
"""Depth (n,) of wavevectors (n, 3) inside of a border, negative outside, 1/Å, and its gradient (n, 3)."""


def part_inside(region: Region, k: Float, edges: Float) -> Float:
    """Part (n,) of cells around wavevectors, of edges (n, d, 3), that lies in a region, its border flat over a cell."""
    depth, slope = region(k)
    widths = widths_of(slope[:, None], edges)[:, 0]
    part = (depth > 0).astype(np.float64)
    cut = np.abs(depth) < widths.sum(axis=1) / 2
    part[cut] = Spread(depth[cut], widths[cut]).sea
    return part


def regions_of_valleys(hamiltonian: Hamiltonian, chosen: Valleys = None) -> dict[str, Region]:
    """Name → the wavevectors nearest to the valley; none where there are fewer than two valleys."""
    names, centres = valley_centres(hamiltonian, chosen)
    if len(names) < 2:
        return {}

    every = np.asarray(centres)
    return {name: _Nearest(hamiltonian, every, index) for index, name in enumerate(names)}


@dataclass(frozen=True, eq=False)
class _Nearest:
    """Wavevectors nearest to one of some centres."""

    hamiltonian: Hamiltonian
    centres: Float
    own: int

    def __call__(self, k: Float) -> tuple[Float, Float]:
        distances = [_distance(self.hamiltonian, k, centre) for centre in self.centres]
        away = np.array([distance for distance, _ in distances])
        away[self.own] = np.inf
        other, rows = away.argmin(axis=0), np.arange(len(k))
        towards = np.array([direction for _, direction in distances])
        distance, direction = distances[self.own]
        return away[other, rows] - distance, towards[other, rows] - direction


def ball(hamiltonian: Hamiltonian, center: Sequence[float], radius: float) -> Region:
    """Wavevectors within a radius (1/Å) of a center (reduced; Cartesian for k·p), over all reciprocal vectors."""
    middle = np.array(center, dtype=np.float64)
    if isinstance(hamiltonian, LatticeHamiltonian):
        middle = middle @ hamiltonian.reciprocal[: len(middle)]
    return _Ball(hamiltonian, middle, radius)


@dataclass(frozen=True, eq=False)
class _Ball:
    hamiltonian: Hamiltonian
    middle: Float
    radius: float

    def __call__(self, k: Float) -> tuple[Float, Float]:
        distance, direction = _distance(self.hamiltonian, k, self.middle)
        return self.radius - distance, -direction


def _distance(hamiltonian: Hamiltonian, k: Float, centre: Float) -> tuple[Float, Float]:
    """Distances (n,) from the nearest image of a centre, 1/Å, and their gradients (n, 3)."""
    away = k - centre
    if isinstance(hamiltonian, LatticeHamiltonian):
        steps = [(-1, 0, 1) if periodic else (0,) for periodic in hamiltonian.periodic]
        shifts = np.array(np.meshgrid(*steps)).reshape(3, -1).T @ hamiltonian.reciprocal
        reduced = away @ hamiltonian.lattice.T / (2 * np.pi)
        images = ((reduced - np.round(reduced)) @ hamiltonian.reciprocal)[:, None] + shifts
        away = images[np.arange(len(k)), np.linalg.norm(images, axis=2).argmin(axis=1)]
    distance = np.linalg.norm(away, axis=1)
    return distance, np.divide(away, distance[:, None], out=np.zeros_like(away), where=distance[:, None] > 0)


_ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Of eigenvalues relative to the largest one, and of matrix elements: a few units in the last place."""


@dataclass(frozen=True)
class Columns:
    """The weights of a state, as columns in a fixed order.

    Attributes
    ----------
    dimension : of k space
    curvature, moment, dipole, metric : whether Ω, m, ∂_aε Ω_b and the quantum metric are wanted
    drude, hall, nonlinear, dipole_sea : the same of ∂_aε ∂_bε, of what a magnetic field turns (see `_turned`), of
        ∂_aε ∂_b∂_cε made symmetric, and of ∂_aΩ_b
    spin : what is wanted of spins; its columns are the last ones
    regions : by name; each gets columns of Ω of its own
    bands : number of bands with columns of Ω of their own; 0 for none
    """

    dimension: int
    curvature: bool = True
    moment: bool = False
    dipole: bool = False
    regions: dict[str, Region] = field(default_factory=dict)
    bands: int = 0
    metric: bool = False
    drude: bool = False
    hall: bool = False
    nonlinear: bool = False
    dipole_sea: bool = False
    spin: SpinColumns | None = None

    @property
    def mass(self) -> bool:
        """Whether derivatives of the velocity are wanted."""
        return self.hall or self.nonlinear

    @property
    def components(self) -> tuple[int, ...]:
        """Cartesian components that a curl can have: z in two dimensions, none in one."""
        return {1: (), 2: (2,), 3: (0, 1, 2)}[self.dimension]

    @property
    def slices(self) -> dict[str, slice]:
        """Name → its columns."""
        width = len(self.components)
        sizes = {"one": 1, "curvature": width * self.curvature, "moment": width * self.moment}
        sizes["dipole"] = self.dimension * width * self.dipole
        sizes["metric"] = self.dimension**2 * self.metric
        sizes["drude"] = self.dimension**2 * self.drude
        sizes["hall"] = width**2 * self.hall
        sizes["nonlinear"] = self.dimension**3 * self.nonlinear
        sizes["dipole_sea"] = self.dimension * width * self.dipole_sea
        sizes |= {f"region {name}": width * self.curvature for name in self.regions}
        sizes |= {f"band {index}": width * self.curvature for index in range(self.bands)}
        if self.spin is not None:
            sizes |= self.spin.sizes
        ends = np.cumsum(list(sizes.values()))
        return {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    @property
    def count(self) -> int:
        """Number of columns."""
        return max(int(columns.stop) for columns in self.slices.values())

    def of(self, states: States, k: Float, edges: Float) -> Float:
        """Weights of the states at wavevectors k (n, 3) in cells of edges (n, d, 3), 1/Å, their rounding errors and sizes,
        (n, N, 3, columns).

        An eigenvalue errs by some ε_M max|ε|, so that a term X/g^p of a gap g errs by p ε_M max|ε|/g of itself, and a
        little from its matrix elements. The size is the sum of the terms without their signs.
        """
        inside = self._inside(k, edges)
        sums = {p: states.sizes[:, :, p - 1] for p in (1, 2, 3)}
        own = 0.0 if states.own is None else np.abs(states.own)
        reach = np.abs(states.energy).max(axis=1)[:, None, None]
        half, slope = E_OVER_HBAR / 2, np.abs(states.slope)
        layers = np.zeros((*states.energy.shape, 3, self.count))
        weights, rounding, size = (layers[:, :, i] for i in range(3))
        self._fill(weights, inside, states.curvature, states.moment, states.slope, metric=_metric(states, 0))
        self._fill(size, inside, sums[2] + own, half * sums[1], slope, metric=_metric(states, 1))
        self._fill(
            rounding, inside, 2 * reach * sums[3], half * reach * sums[2], slope, metric=2 * reach * _metric(states, 2),
        )  # fmt: skip
        self._fill_slopes(weights, size, states)
        if states.spin is not None:
            layers[..., -states.spin.shape[-1] :] = states.spin[:, :, [0, 2, 1]]
            rounding[..., -states.spin.shape[-1] :] *= 2 * reach
        rounding[..., 0] = 0.0
        rounding += size
        rounding *= _ROUNDING
        return layers

    def _inside(self, k: Float, edges: Float) -> dict[str, Float]:
        return {
            name: part_inside(region, k, edges) for name, region in self.regions.items() if self.curvature
        }

    def _fill(
        self, weights: Float, inside: dict[str, Float], curvature: Float, moment: Float, slope: Float, *, metric: Float
    ) -> None:  # fmt: skip
        """Fill columns with what states weigh in each of them."""
        slices, c = self.slices, list(self.components)
        weights[..., 0] = 1.0
        curvature = curvature[..., c]
        if self.curvature:
            weights[..., slices["curvature"]] = curvature
            for name, part in inside.items():
                weights[..., slices[f"region {name}"]] = curvature * part[:, None, None]
            for index in range(self.bands):
                weights[:, index, slices[f"band {index}"]] = curvature[:, index]
        if self.moment:
            weights[..., slices["moment"]] = moment[..., c]
        if self.dipole:
            product = slope[..., : self.dimension, None] * curvature[..., None, :]
            weights[..., slices["dipole"]] = product.reshape(*product.shape[:2], -1)
        if self.metric:
            d = self.dimension
            weights[..., slices["metric"]] = metric[..., [3 * a + b for a in range(d) for b in range(d)]]

    def _fill_slopes(self, weights: Float, size: Float, states: States) -> None:
        """Fill columns of derivatives in k, and the sizes of the terms that they are sums of."""
        slices, d, c = self.slices, self.dimension, list(self.components)
        speed = states.slope[..., :d]
        if self.drude:
            product = speed[..., :, None] * speed[..., None, :]
            weights[..., slices["drude"]] = product.reshape(*product.shape[:2], -1)
            size[..., slices["drude"]] = np.abs(weights[..., slices["drude"]])
        if self.mass:
            assert states.mass is not None
            for out, slope, mass in zip(
                (weights, size), (states.slope, np.abs(states.slope)), states.mass, strict=True
            ):
                if self.hall:
                    turned = _turned(slope, mass, LEVI_CIVITA if out is weights else np.abs(LEVI_CIVITA))
                    out[..., slices["hall"]] = turned[..., c, :][..., c].reshape(*turned.shape[:2], -1)
                if self.nonlinear:
                    out[..., slices["nonlinear"]] = _symmetric(slope[..., :d], mass[..., :d, :d])
        if self.dipole_sea:
            assert states.curvature_slope is not None
            slope = states.curvature_slope[..., :d, :][..., c]
            weights[..., slices["dipole_sea"]] = slope.reshape(*slope.shape[:2], -1)
            size[..., slices["dipole_sea"]] = np.abs(weights[..., slices["dipole_sea"]])


def _turned(slope: Float, mass: Float, signs: Float) -> Float:
    """½ ε_eab ε_cmn ∂_aε ∂_mε ∂_n∂_bε, (n, N, 3, 3) [e, c]: how B along c turns the current."""
    about = np.einsum("cmf,xnm,xnfb->xncb", signs, slope, mass)
    return np.asarray(np.einsum("eab,xna,xncb->xnec", signs, slope, about) / 2)


def _symmetric(slope: Float, mass: Float) -> Float:
    """Mean of ∂_aε ∂_b∂_cε over the orders of a, b and c, (n, N, d³)."""
    product = slope[..., :, None, None] * mass[..., None, :, :]
    total = product + np.moveaxis(product, 2, 3) + np.moveaxis(product, 2, 4)
    return np.asarray(total / 3).reshape(*total.shape[:2], -1)


def _metric(states: States, which: int) -> Float:
    """What a filled state adds to Σ_{n occ, l empty} g_nl, (n, N, 9): pairs with higher bands less those with lower; see
    `States.metric`.
    """
    return np.zeros((*states.energy.shape, 9)) if states.metric is None else states.metric[:, :, which]
