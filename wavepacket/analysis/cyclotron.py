"""Cyclotron orbits measured on stored paths: period, area and mass of each packet, over whole turns.

An orbit turns when it crosses, for the nth time in the direction in which it began, the line through its first point
across its first tangent. Between saves the path is a local polynomial. The time of a turn of a band in a field is

    T = (ħ/|q|B) d/d𝓔 ∫ D d²k,     m_c = |q| B T/2π,

with D and the moment in 𝓔 = ε − m·B (L. Onsager, Phil. Mag. 43, 1006 (1952), with the density of states in phase space).
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from wavepacket.analysis.interpolation import COARSER, POINTS, Samples
from wavepacket.analysis.source import Source, finished_paths
from wavepacket.arrays import Float
from wavepacket.bands import Band, band, followed
from wavepacket.config import Config
from wavepacket.ensembles import turning_at_rest
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable, entry
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

_FEWEST = 4  # saves
_RESOLVED = 0.1  # share of dk/dt by which the polynomial may miss it where an orbit begins
_AT_REST = 1e-10  # extent of a path, relative to its wavevector, that is rounding
_PARTS = 512  # of a turn, for its area: exponentially accurate for a closed curve


@dataclass(frozen=True)
class Orbit:
    """One closed orbit: number of whole turns, and for one turn its time (fs) and area in k (1/Å²), with uncertainties."""

    turns: int
    period: float
    period_error: float
    area: float
    area_error: float


def orbits(of: Source) -> tuple[list[int], dict[str, Float], bool]:
    """Closed orbits of stored paths in a magnetic field alone: their trajectories, columns, and whether errors are known.

    Packets that do not come round are left out. Where saves are too far apart to follow a turn it is not a number.
    """
    config, time, (paths, _, wavevector) = of.config, of.run.time, of.once(finished_paths)
    magnetic = np.array(config.fields.magnetic)
    if (
        config.fields.electric
        or config.vary_in_space
        or config.band.group
        or len(wavevector) == 0
        or wavevector.shape[1] < _FEWEST
    ):
        return [], {}, False
    if not np.any(np.nan_to_num(wavevector[..., 2] - wavevector[:, :1, 2])):
        magnetic[:2] = 0.0  # k stays in a plane, where it turns about the normal
    if not np.any(magnetic):
        return [], {}, False
    starts = (
        None
        if of.hamiltonian is None or config.bands
        else _first_slopes(config, of.hamiltonian, wavevector[:, 0])
    )
    found = {}
    for i, trajectory in enumerate(paths):
        path = Samples(float(time[0]), float(time[1] - time[0]), _in_plane(wavevector[i], magnetic))
        start = None if starts is None else _in_plane(starts[i : i + 1], magnetic)[0]
        orbit = measured(path, start, config.integrator.step)
        if orbit is not None:
            found[trajectory] = orbit
    columns = {
        key.name: np.array([getattr(orbit, key.name) for orbit in found.values()]) for key in fields(Orbit)
    }
    # m_e per fs of the period.
    strength = float(np.linalg.norm(magnetic)) * abs(config.charge)
    columns["mass"] = np.array(strength * E_OVER_HBAR * HBAR / (2 * np.pi * ELECTRON_MASS))
    return list(found), columns, starts is not None


def _first_slopes(config: Config, hamiltonian: Hamiltonian, k: Float) -> Float:
    """dk/dt (n, 3) where paths begin."""
    field = np.array(config.fields.magnetic)
    chosen = followed(config, hamiltonian)
    source: Band = band(chosen.hamiltonian, chosen.index, position_elements=config.band.position_elements)
    if source.axes == 2:
        field[:2] = 0.0  # as for the trajectories: nothing in such a crystal feels them
    return turning_at_rest(source.geometry(k), field, config.charge)


def _in_plane(vectors: Float, magnetic: Float) -> Float:
    """Components (n, 2) across B; they turn about it counterclockwise."""
    axis = magnetic / np.linalg.norm(magnetic)
    helper = np.eye(3)[np.argmin(np.abs(axis))]
    first = np.cross(helper, axis)
    first /= np.linalg.norm(first)
    return np.asarray(vectors @ np.stack([first, np.cross(axis, first)], axis=1))


def measured(path: Samples, start: Float | None, step: float | None = None) -> Orbit | None:
    """The orbit of a path in a plane, None where it does not come round.

    Parameters
    ----------
    start : (2,) dk/dt at its beginning; without it nothing tells a turn from one that saves skip
    step : of an integrator with fixed steps, fs

    """
    k = path.values
    moved = float(np.abs(k - k[0]).max())
    if not moved > _AT_REST * max(1.0, float(np.abs(k[0]).max())):
        return None
    slope = path.slope(path.start)
    if start is not None:
        if float(np.linalg.norm(slope - start)) > _RESOLVED * float(np.linalg.norm(start)):
            return Orbit(0, math.nan, math.nan, math.nan, math.nan)
        slope = start
    speed = float(np.linalg.norm(slope))
    tangent = slope / speed
    ends = _whole_turns(path, tangent)[-2:]
    if not ends:
        return None
    # A path that misses its first point has drifted, and along its way, where nothing shows it, by as much in each turn.
    off = max(float(np.linalg.norm(path.at(_crossing(path, tangent, when))[0] - k[0])) for _, when in ends)
    # Near the last save a polynomial is worse than a turn earlier.
    orbits = [_orbit(path, tangent, turns, when, off) for turns, when in ends]
    best = min(orbits, key=lambda orbit: orbit.period_error)
    # The phase error of a Runge-Kutta step of even order is the error of its length divided by the phase of a step.
    lag = 1.0 if step is None else max(1.0, best.period / (2 * np.pi * step))
    return replace(best, period_error=best.period_error + 2 * lag * off / speed)


def _orbit(path: Samples, tangent: Float, turns: int, when: tuple[float, float], off: float) -> Orbit:
    """The orbit whose last turn ends within a step, with what interpolation leaves out of the period."""
    k = path.values
    extent = float(np.abs(k - k[0]).max())
    end, coarser = (_crossing(path, tangent, when, points) for points in (POINTS, COARSER))
    period = (end - path.start) / turns
    rounding = float(np.finfo(float).eps) * (end + path.step * float(np.abs(k).max()) / extent * POINTS**2)
    area, rough = (_area(path, end - period, period, points) for points in (POINTS, COARSER))
    area_error = abs(area - rough) + 2 * np.pi * extent * off  # off all along the orbit
    return Orbit(turns, period, (abs(end - coarser) + rounding) / turns, area, area_error)


def _whole_turns(path: Samples, tangent: Float) -> list[tuple[int, tuple[float, float]]]:
    """Whole turns of a path: the number of each, and the step in which it ends.

    The last step may end half a step after the last save: a run may well be meant to take whole turns.
    """
    times = path.start + path.step * np.append(np.arange(len(path.values)), len(path.values) - 0.5)
    k = np.concatenate([path.values, path.at(times[-1:])])
    chords = np.diff(k, axis=0)
    angle = np.unwrap(np.arctan2(chords[:, 1], chords[:, 0]))
    turned = np.abs(angle - angle[0]) / (2 * np.pi)
    along = (k - k[0]) @ tangent
    passes = np.flatnonzero(
        (along[:-1] < 0) & (along[1:] >= 0) & (np.abs(turned - np.round(turned)) < 0.25) & (turned > 0.5)
    )
    # A curve that is not convex may cross the line elsewhere too.
    nearest: dict[int, int] = {}
    for place in sorted(passes, key=lambda place: -float(np.linalg.norm(k[place] - k[0]))):
        nearest[round(turned[place])] = int(place)
    return [
        (turns, (float(times[place]), float(times[place + 1]))) for turns, place in sorted(nearest.items())
    ]


def _crossing(path: Samples, tangent: Float, interval: tuple[float, float], points: int = POINTS) -> float:
    """When a path crosses the line through its first point, within a step."""

    def along(time: float) -> float:
        return float((path.at(time, points)[0] - path.values[0]) @ tangent)

    begin, end = interval
    if along(begin) * along(end) > 0:
        return end
    from scipy.optimize import brentq  # half a second to import

    return float(brentq(along, begin, end, xtol=1e-13 * max(abs(end), 1e-3), rtol=1e-15))


def _area(path: Samples, begin: float, period: float, points: int) -> float:
    """Area within a turn, ½∮(k × dk), as a sum over equidistant times with spectral derivatives."""
    k = path.at(begin + period * np.arange(_PARTS) / _PARTS, points)
    z = (k - k.mean(axis=0)) @ np.array([1.0, 1.0j])
    modes = np.fft.fft(z) / _PARTS
    return abs(float(np.pi * np.sum(np.fft.fftfreq(_PARTS, 1 / _PARTS) * np.abs(modes) ** 2)))


def _each(of: Source, name: str, *, mass: bool = False) -> Observable | None:
    """One number where all orbits agree within their uncertainties, else all of them; None where there are none."""
    trajectories, columns, known = of.once(orbits)
    if not trajectories:
        return None
    factor = columns["mass"] if mass else 1.0
    values, errors = factor * columns[name], factor * columns[f"{name}_error"]
    facts = {"trajectory": trajectories, "turns": columns["turns"].tolist()}
    packets = Observable("", values, errors if known else None, facts=facts)
    middle = float(np.median(values))
    if np.all(np.abs(values - middle) <= errors):
        # Not a number where one of them is not.
        return Observable("", middle, float(errors.max()) if known else None, packets=packets)
    return replace(packets, packets=packets, facts={})


_WHICH = (
    "one number where all packets agree, else one for each, null where saves are too far apart to follow a turn; "
    "uncertainty: of the interpolation between saves, and what the path misses its start by"
)


@entry("ballistic", unit="fs", symbol="$T_\\mathrm{c}$",
    needs=("paths without collisions",),
    convention=f"time of a whole turn in k, the mean over the turns of a packet; {_WHICH}")  # fmt: skip
def cyclotron_period(of: Source) -> Observable | None:
    """T = (ħ/|q|B) ∂A/∂𝓔."""
    return _each(of, "period")


@entry("ballistic", unit="m_e", symbol="$m_\\mathrm{c}$",
    needs=("paths without collisions",),
    convention=f"|q| B T/(2 pi), with the density of states D and the orbital moment; {_WHICH}")  # fmt: skip
def cyclotron_mass(of: Source) -> Observable | None:
    """m_c = |q| B T/2π."""
    return _each(of, "period", mass=True)


@entry("ballistic", unit="1/angstrom^2", symbol="$A_k$",
    needs=("paths without collisions",),
    convention=f"area in k within the last turn, across B; {_WHICH}")  # fmt: skip
def cyclotron_area(of: Source) -> Observable | None:
    """½∮k × dk."""
    return _each(of, "area")
