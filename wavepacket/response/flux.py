"""Exact check in a finite field: the spectrum of a 2D crystal at a rational number of flux quanta per cell.

With the charge −e and B along +z the hopping from r_j to r_i gains exp(−i(e/ħ)∫_j^i A·dl) along the straight line
between the orbitals' positions (R. Peierls). With p/q flux quanta h/e per cell the crystal is periodic again with q
cells along a₁. The grand potential and the density at ±1/q give

    M = −[Ω(B) − Ω(−B)]/2B,      ∂n/∂B = [n(B) − n(−B)]/2B,

exact for these fields, so they differ from the zero-field derivatives by terms of order B².
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.formulas import fermi, grand_kernel
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable, Plain, package_observables, rows, words_of
from wavepacket.threads import in_order
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN, E_OVER_HBAR

__all__ = ["exact_flux", "flux_hoppings", "flux_levels", "flux_quantum"]

Progress = Callable[[int, int], None]

_LARGEST = 3000
"""Rows of a dense matrix: beyond it one spectrum takes minutes."""
_MESHES = (2, 4, 8, 16, 32)
_SETTLED = 1e-4


def flux_quantum(hamiltonian: LatticeHamiltonian) -> float:
    """Return the field of one flux quantum h/e per cell, T."""
    return 2 * np.pi / (E_OVER_HBAR * hamiltonian.cell_volume)


@dataclass(frozen=True, eq=False)
class _Hopping:
    """Hoppings (qN, qN) to a magnetic cell `cells` along a₁ and crystal cell `rows` along a₂."""

    cells: int
    rows: int
    matrix: Complex


def flux_hoppings(hamiltonian: LatticeHamiltonian, p: int, q: int) -> list[_Hopping]:
    """Return the hoppings between magnetic cells of q crystal cells along a₁ at p/q flux quanta per cell.

    Notes
    -----
    In reduced coordinates x the gauge is A·dl = Φ (x₁ dx₂ + d(−n₁ τ₂)), Φ the flux through a cell and n₁ the cell
    along a₁ that an orbital is in: the phases of orbitals off the corner of their cell are then periodic, too.
    """
    size = hamiltonian.size
    turns = -2 * np.pi * p / q * np.sign(np.linalg.det(hamiltonian.lattice))
    x, y = hamiltonian.positions[:, 0], hamiltonian.positions[:, 1]
    table: dict[tuple[int, int], Complex] = {}
    for cell, hopping in zip(hamiltonian.cells.tolist(), hamiltonian.hoppings, strict=True):
        for column in range(q):
            beyond, landing = divmod(column + cell[0], q)
            ends = column + cell[0]
            mean = (column + x[:, None] + ends + x[None, :]) / 2
            area = mean * (y[:, None] - cell[1] - y[None, :]) + ends * y[None, :] - column * y[:, None]
            block = table.setdefault((beyond, cell[1]), np.zeros((q * size, q * size), dtype=np.complex128))
            rows, columns = (
                slice(column * size, (column + 1) * size),
                slice(landing * size, (landing + 1) * size),
            )
            block[rows, columns] += hopping * np.exp(1j * turns * area)
    return [_Hopping(*key, matrix) for key, matrix in table.items()]


def flux_levels(hamiltonian: LatticeHamiltonian, p: int, q: int, mesh: int, *, threads: int = 1) -> Float:
    """Return the levels (mesh², qN) at p/q flux quanta h/e per cell, B along +z for p > 0, eV.

    The mesh covers the magnetic zone once along a₁ and 1/q of it along a₂, where the spectrum repeats.
    """
    _check(hamiltonian, p, q)
    hoppings = flux_hoppings(hamiltonian, p, q)
    phases = 2 * np.pi * (np.arange(mesh) + 0.5) / mesh

    def one(index: int) -> Float:
        first, second = phases[index // mesh], phases[index % mesh] / q
        total = np.zeros_like(hoppings[0].matrix)
        for hopping in hoppings:
            total += np.exp(1j * (first * hopping.cells + second * hopping.rows)) * hopping.matrix
        return np.asarray(np.linalg.eigvalsh(total))

    return np.array(list(in_order(one, range(mesh * mesh), threads)))


def exact_flux(
    hamiltonian: Hamiltonian,
    mu: Float,
    temperature: Float,
    q: int,
    *,
    charge: float = -1.0,
    threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> list[Observable]:
    """Return M and ∂n/∂B from the exact spectrum at ±1/q flux quanta per cell, [μ, T].

    Parameters
    ----------
    mu, temperature : (M,), eV; (T,), K
    q : cells of the magnetic cell
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("the exact check needs a crystal, not a k·p model")
    _check(hamiltonian, 1, q)
    before, error = None, np.full((2, len(mu), len(temperature)), np.nan)
    for step, mesh in enumerate(_MESHES):
        difference = _differences(hamiltonian, mu, temperature, q, mesh=mesh, threads=threads)
        progress(step + 1, len(_MESHES))
        if before is not None:
            error = np.abs(difference - before)
            if error.max() <= _SETTLED * np.abs(difference).max(initial=1e-12):
                break
        before = difference
    field = flux_quantum(hamiltonian) / q
    area = hamiltonian.cell_volume
    how = f"exact spectrum at ±1/{q} flux quantum per cell (±{field:.4g} T), {mesh}^2 points of the magnetic zone; [mu, T]"
    # Grand potential per cell in eV over flux quanta h/e of 2π/q each, as (e/ħ) eV.
    unit = -charge * E_OVER_HBAR * area / BOHR_MAGNETON * q / (4 * np.pi)
    how += "; uncertainty: the last doubling of the mesh"
    made = {
        "M": Observable("", -unit * difference[0], unit * error[0], convention=how),
        "n": Observable("", -charge * difference[1] * q / 2, error[1] * q / 2, convention=how),
    }
    source = Plain(made, frozenset({"exact flux"}), words_of(2, charge))
    return list(package_observables("response", source).values())


rows(
    "response",
    ("exact_orbital_magnetization", "mu_B/cell", "$M_z$", "M_z = -[Omega(B) - Omega(-B)]/2B per cell, {carriers}",
     lambda of: of.given["M"]),
    ("exact_dn_dB", "e/h", r"$\partial n/\partial B$", "[n(B) - n(-B)]/2B", lambda of: of.given["n"]),
    needs=("exact flux",),
)  # fmt: skip


def _differences(
    hamiltonian: LatticeHamiltonian, mu: Float, temperature: Float, q: int, *, mesh: int, threads: int
) -> Float:
    """Grand potential (eV) and number of electrons per cell at +1/q less those at −1/q, (2, M, T)."""
    sums = []
    for p in (1, -1):
        levels = flux_levels(hamiltonian, p, q, mesh, threads=threads).ravel()
        sums.append(
            np.array([[_totals(levels, m, t) for t in temperature] for m in mu])
            * hamiltonian.size
            / len(levels)
        )
    return np.moveaxis(sums[0] - sums[1], -1, 0)


def _totals(levels: Float, mu: float, temperature: float) -> tuple[float, float]:
    """Grand potential and number of electrons of levels."""
    if temperature == 0:
        return float(np.minimum(levels - mu, 0.0).sum()), float((levels < mu).sum())
    kt = BOLTZMANN * temperature
    x = (levels - mu) / kt
    return -kt * float(grand_kernel(x).sum()), float(fermi(x).sum())


def _check(hamiltonian: LatticeHamiltonian, p: int, q: int) -> None:
    if hamiltonian.dimension != 2:
        raise InputError("the exact check needs a two-dimensional crystal")
    if q < 3 or np.gcd(p, q) != 1:
        raise InputError(f"the flux must be a reduced fraction with a denominator of at least 3, not {p}/{q}")
    if q * hamiltonian.size > _LARGEST:
        most = _LARGEST // hamiltonian.size
        raise InputError(
            f"{q} cells of {hamiltonian.size} orbitals are too many; Q can be at most {most} here"
        )
