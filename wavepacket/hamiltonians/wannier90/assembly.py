"""From the matrices of a file to a `LatticeHamiltonian`: Hermitian part, minimal distances, layers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.cells import hermitian_parts
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.centres import Centres
from wavepacket.hamiltonians.wannier90.textfile import FINAL, TextFile
from wavepacket.hamiltonians.wannier90.unfold import unfolding
from wavepacket.hamiltonians.wannier90.wsvec import read_wsvec, spread

_WORST_VIOLATION = 1e-3
"""eV. Files hold six to eight digits, so anything near this is not rounding."""
_PERPENDICULAR = 1e-6
_LEVEL = 1e-10
_TILTED = 0.02
"""Sine of the angle up to which a cell may lean along a direction in which nothing repeats, a bit more than a degree."""
_STRETCHED = 1.25
"""Centres of materials and of library models give 1, one in a wrong cell 2 to 7, or 1.2 among several of one site."""


@dataclass(frozen=True)
class WannierModel:
    """What the files hold.

    Parameters
    ----------
    file : the Hamiltonian file, for complaints
    lattice : (3, 3) rows, Å
    cells : (nR, 3) in the order of the file
    lines : where each cell begins in the file
    degeneracies : (nR,) by which the matrices are still to be divided
    matrices : (nR, 4, N, N): H, eV, and x, y, z without the centres, Å; or (nR, 1, N, N), only H
    centres : of the N Wannier functions
    """

    file: TextFile
    lattice: Float
    cells: Integer
    lines: list[int]
    degeneracies: Float
    matrices: Complex
    centres: Centres


def sibling(path: str | Path, ending: str, other: str) -> Path:
    """Return the file of the same seed with another ending; a name that does not end as it should is the seed."""
    path = Path(path)
    seed = path.name.removesuffix(ending) if path.name.endswith(ending) else path.stem
    return path.with_name(seed + other)


def assemble(model: WannierModel, wsvec: Path, periodic: Sequence[bool]) -> LatticeHamiltonian:
    """Build the Hamiltonian; see `read_tb`."""
    flags = np.array([bool(flag) for flag in periodic])
    if len(flags) != 3 or not np.any(flags):
        raise InputError("periodic must be three flags, at least one of them true")
    model, upright = _upright(model, flags)
    violation, notes = _check_partners(model)
    cells, matrices = model.cells, model.matrices / model.degeneracies[:, None, None, None]
    notes = (*model.file.notes, *model.centres.notes, *upright, *notes)
    if wsvec.exists():
        moves = read_wsvec(wsvec, cells, matrices.shape[-1])
        notes += moves.notes
        cells, matrices = spread(cells, matrices, moves)
    elif FINAL not in model.file.lines[0]:
        notes += (
            f"{wsvec.name} was not found: if the model was made with use_ws_distance, wannier90's default, "
            "its bands between the points of the wannier90 grid differ from wannier90's own",
        )
    if not np.all(flags):
        cells, matrices, note = _sum_up(model, cells, matrices, flags)
        notes += note
    notes += _flat_axes(cells, matrices, flags)
    cells, matrices = hermitian_parts(cells, matrices)
    positions, note = _true_positions(model, cells, matrices[:, 0])
    notes += note
    keys = [tuple(cell) for cell in cells.tolist()]
    try:
        crystal = LatticeHamiltonian.from_hoppings(
            model.lattice,
            zip(keys, matrices[:, 0], strict=True),
            positions=positions @ np.linalg.inv(model.lattice),
            periodic=flags.tolist(),
            position_matrices=zip(keys, matrices[:, 1:], strict=True) if np.any(matrices[:, 1:]) else None,
            hermiticity_violation=violation,
            name=Path(model.file.name).stem,
            notes=notes,
        )
    except InputError as error:
        raise InputError(f"{model.file.name}:1: {error}") from None
    return with_high_symmetry(crystal)


def _upright(model: WannierModel, flags: np.ndarray) -> tuple[WannierModel, tuple[str, ...]]:
    """Turn a layer that lies almost in the xy plane, or a chain almost along x, to where the house has it, with a note."""
    rows = model.lattice[flags]
    if len(rows) == 3:
        return model, ()
    axis = np.cross(*rows) if len(rows) == 2 else rows[0]
    axis = axis / np.linalg.norm(axis)
    goal = np.eye(3)[2 if len(rows) == 2 else 0]
    goal = goal if axis @ goal >= 0 else -goal
    pivot = np.cross(axis, goal)
    sine = float(np.linalg.norm(pivot))
    if not _LEVEL < sine <= _TILTED:
        return model, ()
    # Rodrigues' rotation about the pivot, by the angle between the two.
    about = np.cross(np.eye(3), pivot / sine)
    turn = np.eye(3) + sine * about + (1 - axis @ goal) * about @ about
    lattice, positions = model.lattice @ turn.T, model.centres.positions @ turn.T
    lattice[np.ix_(flags, goal == 0 if len(rows) == 1 else goal != 0)] = 0.0
    matrices = model.matrices.copy()
    if matrices.shape[1] == 4:
        matrices[:, 1:] = np.einsum("ab,rbij->raij", turn, matrices[:, 1:])
    note = f"the crystal was turned by {np.degrees(np.arcsin(sine)):.2g} degrees: what is periodic leant out of its place"
    centres = replace(model.centres, positions=positions)
    return replace(model, lattice=lattice, matrices=matrices, centres=centres), (note,)


def _true_positions(model: WannierModel, cells: Integer, hoppings: Complex) -> tuple[Float, tuple[str, ...]]:
    """Return the centres that belong to H(R), (N, 3), Å, with a remark; refuse centres of which that is not known."""
    centres = model.centres
    unfolded = unfolding(model.lattice, cells, hoppings, centres.positions, flat=bool(centres.folded))
    cure = f"run wannier90 with translate_home_cell = false, or name its .wout (beside {model.file.name}), or use a _tb.dat"
    if centres.folded and not unfolded.certain:
        raise InputError(
            f"{centres.file}: translate_home_cell = true folded the Wannier centres into the home cell, and H(R) does not "
            f"tell from where: {cure}"
        )
    moved = np.flatnonzero(np.any(unfolded.moves, axis=1))
    if centres.folded and len(moved):
        note = (
            f"{len(moved)} of {len(unfolded.moves)} Wannier centres were moved by lattice vectors to where H(R) has them: "
            "translate_home_cell = true had folded them into the home cell"
        )
        return centres.positions + unfolded.moves @ model.lattice, (note,)
    if np.max(unfolded.stretch) < _STRETCHED:
        return centres.positions, ()
    doubt = (
        f"the Wannier centres do not fit H(R): with centre {moved[0] + 1} moved by {unfolded.moves[moved[0]].tolist()} cells"
        f"{' and others by theirs' if len(moved) > 1 else ''} hops become up to "
        f"{np.sqrt(np.max(unfolded.stretch)):.3g} times "
        "shorter; Ω and m of centres that were folded into the home cell are wrong"
    )
    if centres.folded is None:
        raise InputError(
            f"{centres.file}: {doubt}. If they were, say translate_home_cell = true in the .win and they are moved back, or "
            f"{cure}; if they are meant, say translate_home_cell = false in the .win"
        )
    return centres.positions, (doubt,)


def _flat_axes(cells: Integer, matrices: Complex, flags: np.ndarray) -> tuple[str, ...]:
    """Remark on periodic vectors along which nothing hops: a layer that is taken for a crystal has flat bands."""
    hops = np.any(matrices[:, 0] != 0, axis=(1, 2))
    flat = flags & ~np.any(cells[hops], axis=0)
    if not np.any(flat) or np.all(flat):
        return ()
    vectors = " and ".join(str(axis + 1) for axis in np.flatnonzero(flat))
    wanted = ", ".join(str(bool(flag)).lower() for flag in flags & ~flat)
    return (f"nothing hops along lattice vector {vectors}: a layer or a chain wants `periodic: [{wanted}]`",)


def _check_partners(model: WannierModel) -> tuple[float, tuple[str, ...]]:
    """Return the largest |H(R) − H(−R)†| (eV) and what to note; refuse a file where it is no rounding."""
    index_of = {tuple(cell): index for index, cell in enumerate(model.cells.tolist())}
    partner = [index_of.get((-a, -b, -c)) for a, b, c in model.cells.tolist()]
    if (0, 0, 0) not in index_of:
        raise model.file.error("cell [0, 0, 0] is missing", model.lines[0])
    for cell, line, other in zip(model.cells.tolist(), model.lines, partner, strict=True):
        if other is None:
            raise model.file.error(f"cell {cell} has no partner {[-step for step in cell]}", line)
    partners = np.array(partner, dtype=np.int64)
    matrices = model.matrices / model.degeneracies[:, None, None, None]
    difference = np.max(np.abs(matrices - adjoint(matrices[partners])), axis=(2, 3))
    worst = int(np.argmax(difference[:, 0]))
    violation = float(difference[worst, 0])
    if violation > _WORST_VIOLATION:
        cell = model.cells[worst].tolist()
        message = (
            f"H of cell {cell} differs from the adjoint of its partner's by {violation:.3g} eV: not Hermitian"
        )
        raise model.file.error(message, model.lines[worst])
    notes = f"largest |H(R) - H(-R)^+| was {violation:.1e} eV and was removed"
    if matrices.shape[1] == 1:
        return violation, (notes,)
    return violation, (
        notes,
        f"largest |r(R) - r(-R)^+| was {np.max(difference[:, 1:]):.1e} angstrom and was removed",
    )


def _sum_up(
    model: WannierModel, cells: Integer, matrices: Complex, flags: np.ndarray
) -> tuple[Integer, Complex, tuple[str, ...]]:
    """Sum over the cells along directions that are not periodic, which is k = 0 along them."""
    unit = model.lattice / np.linalg.norm(model.lattice, axis=1)[:, None]
    lean = float(np.abs(unit[flags] @ unit[~flags].T).max())
    if lean > _TILTED:
        message = (
            "a lattice vector that is not periodic must be perpendicular to the periodic ones, or lean by at most a degree; "
            f"this one leans by {np.degrees(np.arcsin(lean)):.3g}"
        )
        raise InputError(f"{model.file.name}:2: {message}")
    tilt = f"the cell leans by {np.degrees(np.arcsin(lean)):.2g} degrees along what is not periodic: left out"
    leans = (tilt,) if lean > _PERPENDICULAR else ()
    away = np.any(cells[:, ~flags] != 0, axis=1)
    largest = float(np.max(np.abs(matrices[away, 0]), initial=0.0))
    note = f"cells along directions that are not periodic were summed up; largest |H| there: {largest:.1e} eV"
    targets, index = np.unique(cells * flags, axis=0, return_inverse=True)
    result = np.zeros((len(targets), *matrices.shape[1:]), dtype=np.complex128)
    np.add.at(result, index.reshape(-1), matrices)
    # What an orbital's own image adds to the diagonal of r is no position of that orbital.
    origin = int(np.flatnonzero(~np.any(targets, axis=1))[0])
    orbital = np.arange(matrices.shape[-1])
    result[origin, 1:, orbital, orbital] = 0
    return targets, result, (*leans, *((note,) if np.any(away) else ()))
