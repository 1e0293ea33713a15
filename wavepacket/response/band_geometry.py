"""Observables of the geometry of bands: Berry curvature dipole and quantum metric; arrays are indexed [μ, T, ...]."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.observables import Observable, entry, rows
from wavepacket.response.observables import METRES, Report
from wavepacket.response.scan import Estimate, Kind
from wavepacket.units import HBAR, SIEMENS

__all__: list[str] = []


def _placed(of: Report, columns: int, position: list[int]) -> Float:
    """Matrix (9, columns) that puts columns at places of a tensor [a, b]."""
    place = np.zeros((9, columns))
    place[position, np.arange(columns)] = 1.0
    return place


def _dipole(of: Report, kind: Kind = "surface", column: str = "dipole") -> tuple[Estimate, Float]:
    """Columns ∂_aΩ_b, and where they stand in the tensor."""
    components = of.scan.task.columns.components
    position = [3 * a + b for a in range(of.dimension) for b in components]
    return of.scan.integral(kind, column), _placed(of, len(position), position)


@entry("response", unit="{dipole}", symbol="$D$", needs=("berry_curvature_dipole",),
    convention="D_ab = ∫[dk] Σ f ∂_a Omega_b = ∫[dk] Σ (∂_a ε) Omega_b (-∂f/∂ε)")  # fmt: skip
def berry_curvature_dipole(of: Report) -> Observable:
    """D_ab = ∫[dk] Σ f ∂_aΩ_b."""
    found, place = _dipole(of)
    return of.made(found.mapped(place).shaped(3, 3))


@entry("response", unit="{dipole}", symbol="tr $D$", needs=("berry_curvature_dipole",),
    convention="trace of berry_curvature_dipole in three dimensions, [mu, T]: it must vanish, since sources of Omega of "
    "filled bands cancel, and shows how well the Fermi surface is resolved")  # fmt: skip
def berry_curvature_dipole_trace(of: Report) -> Observable | None:
    """Σ_a D_aa; None in a layer, where it has no meaning."""
    if of.dimension < 3:
        return None
    found, place = _dipole(of)
    return of.made(found.mapped(np.eye(3).reshape(1, 9) @ place).component(0), "[mu, T]")


@entry("response", unit="{dipole}", symbol="$D$", needs=("berry_curvature_dipole_sea",),
    convention="D_ab = ∫[dk] Σ f ∂_a Omega_b from the slopes of Omega of all filled states: berry_curvature_dipole without "
    "its Fermi surface")  # fmt: skip
def berry_curvature_dipole_sea(of: Report) -> Observable:
    """The Fermi-sea form of the dipole."""
    found, place = _dipole(of, "sea", "dipole_sea")
    return of.made(found.mapped(place).shaped(3, 3))


@entry("response", unit="{nonlinear}", symbol=r"$\chi/\tau$", needs=("berry_curvature_dipole",),
    convention="j_a = tau chi_abc E_b E_c for static E, chi_abc = (q^3/hbar^2) eps_adc D_bd, symmetric in b and c; tau is "
    "the relaxation time")  # fmt: skip
def nonlinear_hall_coefficient(of: Report) -> Observable:
    """χ_abc = (q³/ħ²) ε_adc D_bd per relaxation time."""
    found, place = _dipole(of)
    per_time = of.charge**3 / HBAR**2 * SIEMENS * 1e15 * (METRES if of.dimension == 2 else 1.0)
    matrix = np.einsum("adc,be->abced", LEVI_CIVITA, np.eye(3))
    matrix = (matrix + np.swapaxes(matrix, 1, 2)) / 2
    return of.made(per_time * found.mapped(matrix.reshape(27, 9) @ place).shaped(3, 3, 3))


@entry("response", unit="{metric}", symbol="$G$", needs=("quantum_metric",),
    convention="G_ab = ∫[dk] Σ_{{n occ, l empty}} Re<n|V_a|l><l|V_b|n>/(ε_n-ε_l)^2 at T = 0, without position elements' "
    "states outside the orbitals; the trace is at least |∫[dk] Σ f Omega|")  # fmt: skip
def quantum_metric(of: Report) -> Observable:
    """Quantum metric of the occupied states at T = 0."""
    d = of.dimension
    position = [3 * a + b for a in range(d) for b in range(d)]
    tensor = of.scan.cold("sea", "metric").mapped(_placed(of, d * d, position)).shaped(3, 3)
    return of.made(tensor, "[mu, a, b]")


def _trace(of: Report) -> Estimate:
    d = of.dimension
    return of.scan.cold("sea", "metric").mapped(np.eye(d).reshape(1, d * d)).component(0)


rows(
    "response",
    ("quantum_metric_trace", "{metric}", "tr $G$", "trace of quantum_metric, at T = 0",
     lambda of: of.made(_trace(of), "[mu]")),
    ("quantum_metric_bound", "{metric}", "",
     "|∫[dk] Σ f Omega|, below which the trace of quantum_metric cannot be, at T = 0, [mu]", lambda of: _bound(of)[0]),
    needs=("quantum_metric",),
)  # fmt: skip


@entry("response", unit="{metric}", needs=("quantum_metric",),
    convention="trace of quantum_metric less quantum_metric_bound, at T = 0")  # fmt: skip
def quantum_metric_excess(of: Report) -> Observable:
    """By how much the trace is above its bound; errors that they share cancel."""
    trace, (size, along) = _trace(of), _bound(of)
    above = trace if along is None else trace - along
    return Observable("", trace.value - size, above.uncertainty, convention=f"[mu]; {of.how}")


def _bound(of: Report) -> tuple[Float, Estimate | None]:
    """|∫[dk] Σ f Ω| (M,), and the component of the integral along itself, to first order in its errors."""
    scan = of.scan
    if of.dimension == 1 or not scan.task.columns.curvature:
        return np.zeros(len(scan.mu)), None
    hall = scan.cold("sea", "curvature")
    size = np.linalg.norm(hall.value, axis=-1)
    along = np.divide(hall.value, size[:, None], out=np.zeros_like(hall.value), where=size[:, None] > 0)
    channels = np.einsum("mc,mcx->mx", along, hall.channels)
    return size, Estimate(channels, np.einsum("mc,mc->m", np.abs(along), hall.floor))
