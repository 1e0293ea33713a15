"""Whether the points of an ensemble are enough, and close enough, for the spread of its replicas to tell its error."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import Band, BandGeometry
from wavepacket.bands import band as band_of
from wavepacket.config import FermiSurface, FilledBand, Optical, Zone
from wavepacket.ensembles.candidates import OverZone, ZonePoints
from wavepacket.ensembles.occupation import fermi_function, wavepacket_energy
from wavepacket.ensembles.optical import absorption
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import BOLTZMANN, HBAR

__all__ = ["FEWEST", "Resolution", "least_error", "resolution"]


# At a flat piece of the surface, sub-grids with twice the step err by cosh(x/2) times as much as the whole grid, where
# x = 2π²/(steps in k_BT), and by a cosine of half the phase. They agree by accident, and are wrong alike, in 2/(π cosh(x/2))
# of all places: 5 % at 3 k_BT, and 5 % at 2.4 widths of a Gaussian line. `least_error` covers these.
_THERMAL_STEPS = 3.0
_LINE_WIDTHS = 2.4
# Squared distance Σ_a g_aa Δk_a² of neighbouring Bloch states, g the quantum metric. It is 1/2 at the centre of a gapped
# Dirac point whose half gap is the change of energy from point to point, and no less beside one without a gap.
_STATE_STEP = 0.5
FEWEST = 2.0
"""Effective points of each replica below which the spread of replicas says nothing: one point alone may carry them all."""
_LOOKED_ROUND = 64  # places of each chunk of scattered points
_CLOSEST = 512  # points of each chunk with the smallest gaps, where states change fastest
_PRESENT = 1e-6  # of the occupation, or of the strongest absorption: fewer packets change nothing
_MOST = 1 << 18  # points of a grid in space that are looked at
_FILLED = 1e-12  # of the states: fewer at the Fermi surface do not matter


@dataclass(frozen=True)
class Resolution:
    """How many points there are, and how far apart neighbours of a grid are in units of what its sub-grids can judge.

    Attributes
    ----------
    points : effective number of points of a replica or sub-grid, (Σw)²/Σw² over their number
    energy : change of 𝓔 from a point to the next along the axis where it is largest, root mean square over the Fermi
        surface, over 3 k_BT; of light, change of the photon's energy over 2.4 widths of its line
    states : squared distance of Bloch states of neighbouring points of a planar grid, at the place where it is largest,
        over one half
    peaked : whether weights peak where energies do; a step, as of the occupation, is sampled by any grid
    notes : sentences on what of a Fermi surface is not resolved

    """

    points: float
    energy: float = 0.0
    states: float = 0.0
    peaked: bool = False
    notes: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """Sentences about what is not resolved."""
        said = list(self.notes)
        if self.points < FEWEST:
            said.append(
                f"only {self.points:.1g} points of each replica or sub-grid count: no uncertainty is known; take more points"
            )
        if self.energy > 1 and self.peaked:
            said.append(
                f"the grid is too coarse for its Fermi surface or line of light, by a factor of {self.energy:.3g}: its sums "
                "are not converged, and no uncertainty is known; take a finer grid, or 'number' in place of 'grid'"
            )
        if self.states > 1:
            said.append(
                f"points are too far apart for the smallest gap, by a factor of {self.states**0.5:.3g}: states change "
                "from one to the next, and no uncertainty is known; take a finer grid or more points"
            )
        return said


def least_error(energy: float, line: bool) -> float:
    """Largest relative error of the sum of a peak over points on a line, which nothing averages over.

    By Poisson's sum: 2 Σ_m F(2π m/ΔE), F the Fourier transform of the peak. It is x m/sinh(x m), x = 2π² k_BT/ΔE, of −∂f/∂𝓔
    and exp(−2π² w² m²/ΔE²) of a Gaussian line. Elsewhere on a surface than at its flat pieces phases differ, and errors are
    smaller.

    Parameters
    ----------
    energy : ``Resolution.energy``
    line : whether the peak is a Gaussian line of light, in place of a Fermi surface
    """
    if energy <= 0:
        return 0.0
    m = np.arange(1, 10)
    if line:
        return float(2 * np.sum(np.exp(-2 * (np.pi * m / (_LINE_WIDTHS * energy)) ** 2)))
    x = np.minimum(2 * np.pi**2 * m / (_THERMAL_STEPS * energy), 700.0)
    return float(2 * np.sum(x / np.sinh(x)))


def resolution(
    specification: OverZone,
    band: Band,
    zone: ZonePoints,
    points: float,
    *,
    magnetic: Float,
    charge: float,
    threads: int = 1,
    group: tuple[int, int] | None = None,
) -> Resolution:
    """Look at the points of a grid, ``zone.steps`` (d, 3) apart, of which ``points`` count in each sub-grid or replica.

    The Fermi surface is where the energies of a cell, 𝓔 ± ΔE/2, straddle μ: it is seen even where no point is within
    k_BT of it. Of scattered points that fill a planar band only the states matter: replicas know what many points see, and
    not a peak of the curvature that few of them do. ``group`` is the first and the last band that packets have an internal
    state in: gaps between do not count.
    """
    scattered, steps = zone.steps is None, zone.apart if zone.steps is None else zone.steps
    at_surface = isinstance(specification, FermiSurface | Optical)
    fills = isinstance(specification, FilledBand) and band.hamiltonian.dimension == 2
    if steps is None or (scattered and not fills):
        return Resolution(points)
    total, squares, crossed, filled, states = 0.0, 0.0, 0.0, 0.0, 0.0
    stride = max(1, zone.candidates // _MOST) | 1 if band.hamiltonian.dimension == 3 else 1
    for ids in zone.chunks():
        k, _ = zone.points(ids[::stride])
        k = k[zone.inside(k)]
        if scattered:
            k = _nearer(band, k, steps, group)
            k = k[zone.inside(k)]
        if len(k) == 0:
            continue
        geometry = band.geometry(k, threads, slopes=False)
        surface = _surface(specification, band, k, geometry, steps, magnetic=magnetic, charge=charge)
        if band.hamiltonian.dimension == 2:
            here = surface.present
            if group is not None:
                states = max(states, _group_step(band.hamiltonian, k[here], group, steps))
            else:
                states = max(states, _state_step(band, k, np.where(here, geometry.gap, np.inf), steps))
        total += float(surface.weight.sum())
        squares += float(surface.weight @ surface.step**2)
        crossed, filled = crossed + surface.crossed, filled + surface.filled
    if scattered:
        return Resolution(points, states=states / _STATE_STEP)
    energy = float(np.sqrt(squares / total)) if crossed > _FILLED * filled else 0.0
    return Resolution(points, energy, states / _STATE_STEP, at_surface)


def _nearer(band: Band, k: Float, steps: Float, group: tuple[int, int] | None) -> Float:
    """Wavevectors (n, 3), and others between them where the gap is smallest: scattered points may miss just that place."""
    for part in (1.0, 0.25):
        gap = _group_gap(band.hamiltonian, k, group) if group else band.geometry(k, slopes=False).gap
        closest = k[np.argsort(gap)[:_LOOKED_ROUND]]
        moves = np.stack(np.meshgrid(*[part * np.linspace(-1.0, 1.0, 5)] * len(steps)), axis=-1)
        k = np.concatenate([k, (closest[:, None] + moves.reshape(-1, len(steps)) @ steps).reshape(-1, 3)])
    return k


def _state_step(band: Band, k: Float, gap: Float, steps: Float) -> float:
    """Largest squared distance of Bloch states of neighbouring points, as far as the nearest band is the reason."""
    closest = np.argsort(gap)[:_CLOSEST]
    closest = closest[np.isfinite(gap[closest])]
    mixing = band.geometry(k[closest]).mixing
    return float(np.max(np.einsum("ai,nij,aj->n", steps, mixing, steps) * gap[closest] ** 2, initial=0.0))


def _group_step(hamiltonian: Hamiltonian, k: Float, group: tuple[int, int], steps: Float) -> float:
    """The same for a group of bands, of its bands the largest; bands outside are other states, those inside are not."""
    inside = np.arange(group[0], group[1] + 1)
    others = np.setdiff1d(np.arange(hamiltonian.size), inside)
    if not len(others) or not len(k):
        return 0.0
    gap = _group_gap(hamiltonian, k, group)
    closest = np.argsort(gap)[:_CLOSEST]
    k, gap = k[closest], gap[closest]
    levels, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    turned = np.einsum("sa,naij->nsij", steps, hamiltonian.hamiltonian_gradient(k))
    between = np.conj(states[:, :, others].swapaxes(1, 2))[:, None] @ turned @ states[:, None, :, inside]
    apart = np.maximum(np.abs(levels[:, others, None] - levels[:, None, inside]), 1e-150)
    ratio = gap[:, None, None] / apart**2
    return float(np.max(np.sum((np.abs(between) * ratio[:, None]) ** 2, axis=2), initial=0.0))


def _group_gap(hamiltonian: Hamiltonian, k: Float, group: tuple[int, int]) -> Float:
    """Gap (n,) between bands of a group and those outside, eV; infinite where there are none."""
    levels = np.linalg.eigvalsh(hamiltonian.hamiltonian(k))
    inside = np.arange(group[0], group[1] + 1)
    others = np.setdiff1d(np.arange(hamiltonian.size), inside)
    apart = np.abs(levels[:, inside, None] - levels[:, None, others])
    return np.asarray(apart.min(axis=(1, 2), initial=np.inf))


@dataclass(frozen=True, eq=False)
class _Surface:
    """The part of the Fermi surface, or of what light fills, that some points see.

    Attributes
    ----------
    weight : (n,) by which each cell counts
    step : (n,) change of energy across each, in units of what sub-grids can judge
    crossed, filled : number of cells that it goes through, and of occupied states
    present : (n,) where there are packets, or states that add to a current

    """

    present: npt.NDArray[np.bool_]
    weight: Float
    step: Float
    crossed: float
    filled: float


def _surface(
    specification: OverZone,
    band: Band,
    k: Float,
    geometry: BandGeometry,
    steps: Float,
    *,
    magnetic: Float,
    charge: float,
) -> _Surface:
    if isinstance(specification, Zone | FilledBand):
        none = np.zeros(len(k))
        return _Surface(np.ones(len(k), dtype=bool), none, none, 0.0, 1.0)
    velocity = geometry.group_velocity
    if isinstance(specification, Optical):
        partner = band_of(band.hamiltonian, specification.partners[0]).geometry(k, slopes=False)
        change = HBAR * np.abs((velocity - partner.group_velocity) @ steps.T).max(axis=1)
        absorbed = absorption(specification, band, k)
        present = absorbed > _PRESENT * absorbed.max()
        return _Surface(present, absorbed, change / (_LINE_WIDTHS * specification.width), 1.0, 1.0)
    energy = wavepacket_energy(geometry, magnetic, charge)
    along = HBAR * np.abs(velocity @ steps.T)
    across = along.sum(axis=1)  # of the whole cell
    mu, temperature = specification.chemical_potential, specification.temperature
    below, at, above = (
        fermi_function(energy + shift * across, mu, temperature) for shift in (-0.5, 0.0, 0.5)
    )
    crossed = below - above
    # A cell counts by the mean of −∂f/∂𝓔 over it; a flat one is no part of a surface.
    weight = crossed / np.maximum(across, 1e-300)
    step = along.max(axis=1) / (_THERMAL_STEPS * BOLTZMANN * max(temperature, 1e-100))
    return _Surface(below > _PRESENT, weight, step, float(crossed.sum()), float(at.sum()))
