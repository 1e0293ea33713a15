"""A band of H(k, λ(r, t)) in the plane, in the form that right-hand sides in textures read."""

from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands.source import Band
from wavepacket.bands.texture_bands import factors_begin, texture_bands
from wavepacket.bands.two_band import pauli_vector, two_band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.layer import is_layer
from wavepacket.hamiltonians.profiles import profile_table
from wavepacket.hamiltonians.texture import TexturedCrystal, on_cells

__all__ = ["between_steps", "texture_band", "with_factors"]


def texture_band(
    crystal: TexturedCrystal, here: LatticeHamiltonian | KPHamiltonian, index: int, source: str = "auto"
) -> Band:
    """Band ``index`` of a crystal with textures: that of ``here``, the crystal at r = 0 and t = 0, and what it is elsewhere.

    ``source``: ``two_band`` (closed form), ``direct``, or ``auto``: the closed form where there is one.

    Raises
    ------
    InputError
        for a crystal that is no layer, and for no closed form where one is asked for
    """
    if not is_layer(here):
        raise InputError("packets in textures are those of a layer or a chain")
    if here.size > 2 and source == "two_band":
        raise InputError(f"{here.size} orbitals have no closed form: leave out band.source")
    if here.size > 2 or source == "direct":
        return texture_bands(crystal, here, index)
    from wavepacket.kernels.bands import phase_space  # compiled when first needed

    band = two_band(here, index)
    header, numbers = _terms(crystal)
    frame = here.lattice.ravel() if isinstance(here, LatticeHamiltonian) else np.eye(3).ravel()
    lattice = isinstance(here, LatticeHamiltonian) and here.size == 2
    shift = here.positions[1] - here.positions[0] if lattice else np.zeros(3)  # type: ignore[union-attr]
    sign = 0.0 if here.size == 1 else (-1.0, 1.0)[index]
    integers = band.integers.copy()
    integers[3] = len(integers)
    reals = [band.reals, [sign], shift, frame, np.ones(4), numbers, profile_table(crystal.textures)]
    return replace(
        band, kind="texture", integers=np.concatenate([integers, [len(band.reals)], header]).astype(np.int64),
        reals=np.concatenate(reals),
        scratch_size=max(band.scratch_size, phase_space.scratch_size(len(crystal.terms), int(header[2]))),
    )  # fmt: skip


def between_steps(band: Band) -> Band:
    """The band as packets are advanced with: its geometry at k alone says nothing of where they are."""
    from wavepacket.kernels.motion.texture_rates import unseen_geometry  # compiled when first needed

    return replace(band, kernel=unseen_geometry)


def with_factors(
    band: Band, *, of_place: float = 1.0, mixed: float = 1.0, of_time: float = 1.0, gradient: float = 1.0
) -> Band:
    """The band with terms of the equations of motion scaled, for comparisons: 0 leaves a term out.

    Parameters
    ----------
    of_place, mixed, of_time : factors of Ω_xy of the place, of Ω_rk, and of Ω_kt and Ω_rt
    gradient : factor of the gradient energy
    """
    from wavepacket.kernels.bands.phase_space import FACTORS

    closed = band.kind == "texture"
    place = int(band.integers[band.integers[3]]) + FACTORS if closed else factors_begin(band.integers)
    reals = band.reals.copy()
    reals[place : place + 4] = of_place, mixed, of_time, gradient
    return replace(band, reals=reals)


def _terms(crystal: TexturedCrystal) -> tuple[Integer, Float]:
    """Integers, and amplitudes of all terms, as in ``kernels/bands/phase_space.py``."""
    from wavepacket.kernels.bands.phase_space import CONSTANT, LATTICE, NONE, POLYNOMIAL, VARIES

    every = (crystal.base, *crystal.terms)
    if isinstance(crystal.base, KPHamiltonian):
        form = POLYNOMIAL
        places, amplitudes = _polynomial([each for each in every if isinstance(each, KPHamiltonian)])
    else:
        form = LATTICE
        places, amplitudes = _lattice([each for each in every if isinstance(each, LatticeHamiltonian)])
    highest = max(1, int(np.abs(places).max(initial=0)))
    there = np.any(amplitudes.reshape(len(places), len(every), -1, 4) != 0.0, axis=2)
    present = np.where(there[1:].any(axis=0), VARIES, np.where(there[0], CONSTANT, NONE))
    header = [len(crystal.terms), len(places), highest, len(crystal.textures), form]
    return np.concatenate([header, present.ravel(), places.ravel()]).astype(np.int64), amplitudes.ravel()


def _polynomial(every: list[KPHamiltonian]) -> tuple[Integer, Float]:
    """Powers (n, 3), the constant first, and coefficients (n, 1 + P, 4)."""
    powers = sorted({(0, 0, 0)} | {tuple(power) for each in every for power in each.powers.tolist()})
    found = np.zeros((len(powers), len(every), 4))
    for i, each in enumerate(every):
        coefficients, _ = pauli_vector(0.5 * each.matrices)
        for power, numbers in zip(each.powers.tolist(), coefficients, strict=True):
            found[powers.index(tuple(power)), i] = numbers
    return np.array(powers), found


def _lattice(every: list[LatticeHamiltonian]) -> tuple[Integer, Float]:
    """Cells (n, 3), R = 0 and one of each pair, and amplitudes (n, 1 + P, 8) of the cosines and the sines."""
    cells = sorted({(0, 0, 0)} | {tuple(cell) for each in every for cell in each.cells.tolist()})
    half = cells[len(cells) // 2 :]
    found = np.zeros((len(half), len(every), 8))
    for i, each in enumerate(every):
        matrices = on_cells(each, half)
        matrices[0] *= 0.5
        found[:, i] = np.concatenate(pauli_vector(matrices), axis=1)
    return np.array(half), found
