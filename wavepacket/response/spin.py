"""What spins do in a response: spin Hall and spin Drude conductivity, spin magnetization, kinetic magnetoelectric tensor.

For carriers of charge q with the moment (q/e) g μ_B S beside their orbital one, and the columns of `spin_states`:

    J^s_a = (ħ/2q) σˢ_ab E_b,      σˢ_ab = −(2q²/ħ) ∫[dk] Σ f Ωˢ_ab,
    σˢ_ab/τ = (2q²/ħ²) ∫[dk] Σ ⟨½{S_s, V_a}⟩ ∂_bε (−∂f/∂ε),
    M_s = (q/e) g μ_B ∫[dk] Σ f ⟨S_s⟩,      M_b = τ K_ab E_a,      K_ab = (q/ħ) ∫[dk] Σ ∂_aε μ_b (−∂f/∂ε).

The current of a spin is that of ½{S, v}, the conventional one, which is not conserved where spin-orbit coupling turns
spins. Where S_s is conserved σˢ is the charge conductivity of spin +ħ/2 less that of −ħ/2. The first form is even in time:
J. Sinova et al., Rev. Mod. Phys. 87, 1213 (2015); the second is odd, and vanishes with time reversal. K of spins: V. M.
Edelstein, Solid State Commun. 73, 233 (1990).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.config.schema_response import SPIN_QUANTITIES
from wavepacket.config.schema_response import Response as Request
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable, entry
from wavepacket.response.collect import Collected, Task
from wavepacket.response.observables import METRES, Report
from wavepacket.response.scan import Estimate, Scan
from wavepacket.response.spin_states import SpinColumns
from wavepacket.response.targets import Target, Term
from wavepacket.units import BOHR_MAGNETON, ELEMENTARY_CHARGE, HBAR

__all__ = ["spin_columns", "spin_targets"]

_FREE = 2.0  # g


def spin_columns(config: Config, crystal: Hamiltonian, wanted: Collection[str]) -> SpinColumns | None:
    """What a response needs of spins.

    Raises
    ------
    InputError
        for a line without a spin, which has no moment
    """
    asked = [name for name in SPIN_QUANTITIES if name in wanted]
    if not asked:
        return None
    known = crystal.spin is not None
    zeeman = config.fields.zeeman
    columns = SpinColumns(
        crystal.dimension,
        hall="intrinsic_spin_hall_conductivity" in asked,
        drude="spin_drude_conductivity" in asked,
        density="spin_magnetization" in asked,
        flow="kinetic_magnetoelectric" in asked,
        known=known,
        g=_FREE if zeeman is None else zeeman.g,
    )
    if not any(columns.sizes.values()):
        raise InputError(f"{asked[0]}: a line of orbitals has no moment, and its spin is not known")
    return columns


def spin_targets(
    task: Task, request: Request, charge: float, projectors: Mapping[str, Float]
) -> list[Target]:
    """Targets of what is wanted of spins."""
    columns = task.columns.spin
    if columns is None:
        return []
    units = Report(Scan(task, np.zeros(1), np.zeros(1), Collected.empty(task, 2)), "", charge)
    flows = ((_ORBITAL,),) if columns.components else ()
    if columns.known:
        flows = (*flows, (replace(_SPIN_FLOW, factor=columns.g * BOHR_MAGNETON),))
    possible = [
        (columns.hall, "intrinsic_spin_hall_conductivity", ((Term("sea", "spin_curvature"),),), _hall(units)),
        (columns.drude, "spin_drude_conductivity", ((Term("surface", "spin_drude"),),), _hall(units) / HBAR),
        (columns.density, "spin_magnetization", ((Term("sea", "spin"),),), _magnetic(units)),
        (columns.flow, "kinetic_magnetoelectric", flows, _kinetic(units)),
    ]
    floors: dict[str, float] = {str(name): size for name, size in request.floors.items()}
    return [
        Target(name, parts, request.uncertainty, floors.get(name), abs(unit), projectors=dict(projectors))
        for there, name, parts, unit in possible
        if there
    ]


_ORBITAL, _SPIN_FLOW = Term("surface", "moment_flow"), Term("surface", "spin_flow")


def _hall(of: Report) -> float:
    """From ∫[dk] Σ f Ωˢ to its unit: (ħ/2e) e²/h of a layer, (ħ/e) S/cm."""
    return of.hall_factor * (2.0 if of.dimension < 3 else 1.0)


def _magnetic(of: Report) -> float:
    """From ∫[dk] Σ f ⟨S⟩ to the unit of a magnetization."""
    spin = of.scan.task.columns.spin
    assert spin is not None
    return of.charge * spin.g * BOHR_MAGNETON * of.moment_factor


def _kinetic(of: Report) -> float:
    """From the flow of a moment in eV/T, Å^(1−d), to K for the charge q² of field and moment."""
    return of.charge**2 / HBAR * ELEMENTARY_CHARGE * METRES ** (1 - of.dimension) / 1e-15


def _placed(of: Report, sizes: tuple[int, ...]) -> Float:
    """Matrix that puts a tensor of some sizes into one of three components each, x first."""
    place = np.zeros((3,) * len(sizes))
    place[tuple(slice(size) for size in sizes)] = 1.0
    return np.eye(place.size)[:, place.ravel() > 0]


def _tensor(of: Report, kind: str, column: str) -> Estimate:
    """An integral [μ, T, s, a, b]."""
    found = of.scan.integral(kind, column)  # type: ignore[arg-type]
    return found.mapped(_placed(of, (3, of.dimension, of.dimension))).shaped(3, 3, 3)


@entry("response", unit="{spin_conductivity}", symbol=r"$\sigma^\mathrm{s}$", needs=("intrinsic_spin_hall_conductivity",),
    convention="[s, a, b]: the current of 1/2{{S_s, v_a}} is (hbar/2q) sigma^s_ab E_b, q the charge; -(2q^2/hbar) "
    "∫[dk] Σ f Omega^s, Omega^s = -2 Im Σ <n|1/2{{S_s,V_a}}|l><l|V_b|n>/(ε_n-ε_l)^2; intrinsic, even in time; conserved "
    "spins: that of spin up less that of spin down")  # fmt: skip
def intrinsic_spin_hall_conductivity(of: Report) -> Observable:
    """σˢ_ab of the conventional spin current, [μ, T, s, a, b]."""
    return of.made(_hall(of) * _tensor(of, "sea", "spin_curvature"))


@entry("response", unit="{spin_drude}", symbol=r"$\sigma^\mathrm{s}/\tau$", needs=("spin_drude_conductivity",),
    convention="[s, a, b]: the current of 1/2{{S_s, v_a}} is (hbar/2q) tau sigma^s_ab E_b, q the charge and tau the "
    "relaxation time; (2q^2/hbar^2) ∫[dk] Σ <n|1/2{{S_s,V_a}}|n> ∂_bε (-∂f/∂ε); odd in time")  # fmt: skip
def spin_drude_conductivity(of: Report) -> Observable:
    """σˢ_ab/τ of spin-polarised currents, [μ, T, s, a, b]."""
    return of.made((-_hall(of) / HBAR) * _tensor(of, "surface", "spin_drude"))


@entry("response", unit="{magnetization}", symbol=r"$M^\mathrm{s}$", needs=("spin_magnetization",),
    convention="M_s = (q/e) g mu_B ∫[dk] Σ f <S_s>/hbar, of the moment, which electrons have against their spin; g of "
    "fields.zeeman, else 2; {carriers}")  # fmt: skip
def spin_magnetization(of: Report) -> Observable:
    """Magnetization of spins, [μ, T, s]."""
    return of.made(_magnetic(of) * of.scan.integral("sea", "spin"))


@entry("response", unit="{magnetoelectric}", symbol=r"$K/\tau$", needs=("kinetic_magnetoelectric",),
    convention="M_b = tau K_ab E_a, tau the relaxation time, M per area or volume; K = (q/hbar) ∫[dk] Σ ∂_aε mu_b "
    "(-∂f/∂ε) of the orbital moment, and of (q/e) g mu_B S/hbar where the crystal has a spin; g of fields.zeeman, else 2; "
    "{carriers}")  # fmt: skip
def kinetic_magnetoelectric(of: Report) -> Observable:
    """K_ab/τ with its orbital part and that of spins, [μ, T, a, b]."""
    spin, d = of.scan.task.columns.spin, of.dimension
    assert spin is not None
    parts: dict[str, Estimate] = {}
    if spin.components:
        place = np.zeros((9, d * len(spin.components)))
        rows = [3 * a + c for a in range(d) for c in spin.components]
        place[rows, np.arange(len(rows))] = 1.0
        flow = of.scan.integral("surface", "moment_flow").mapped(place).shaped(3, 3)
        parts["orbital"] = -_kinetic(of) * flow
    if spin.known:
        flow = of.scan.integral("surface", "spin_flow").mapped(_placed(of, (d, 3))).shaped(3, 3)
        parts["spin"] = (_kinetic(of) * spin.g * BOHR_MAGNETON) * flow
    first, *others = parts.values()
    whole = first
    for each in others:
        whole = whole + each
    return replace(of.made(whole), contributions={name: of.made(each) for name, each in parts.items()})
