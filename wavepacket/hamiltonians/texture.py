"""H(k, λ) = H_0(k) + Σ_a λ_a H_a(k): the terms of a model's textures, as crystals on the lattice of H_0."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.config import Config, GridProfile, Texture, TextureTerm
from wavepacket.errors import EntryError, InputError
from wavepacket.hamiltonians.cells import hopping_table
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.hamiltonians.profiles import profile_values

__all__ = ["TexturedCrystal", "at_origin", "strain_terms", "textured_crystal"]

Crystal = LatticeHamiltonian | KPHamiltonian

_SAME = 1e-12  # Å²: orbitals nearer than this are at one place


@dataclass(frozen=True, eq=False)
class TexturedCrystal:
    """A crystal whose Hamiltonian has parameters that vary in space and time.

    Attributes
    ----------
    base : H_0
    terms : H_a, in the order of all components of all textures; with the lattice or the dimension of H_0
    textures : their sections of the config, whose profiles say what λ_a is

    """

    base: Crystal
    terms: tuple[Crystal, ...]
    textures: tuple[Texture, ...]

    def at(self, values: Float) -> Crystal:
        """H_0 + Σ_a λ_a H_a for values (P,) of λ."""
        found = self.base
        for value, term in zip(values.tolist(), self.terms, strict=True):
            found = _sum(found, term, value)
        return found


def textured_crystal(config: Config, base: Crystal) -> TexturedCrystal | None:
    """The crystal of a config with the terms of its textures; None without textures.

    Raises
    ------
    ConfigError
        for terms that do not fit H_0
    """
    textures = config.model.textures
    if textures is None:
        return None
    terms: list[Crystal] = []
    for i, texture in enumerate(textures):
        key = f"model.textures[{i}]"
        given = _given_terms(config, texture, base, key)
        for j, term in enumerate(given):
            path = key if not texture.own_terms else f"{key}.term" if texture.term else f"{key}.terms[{j}]"
            try:
                terms.append(_term(term, base))
            except (EntryError, InputError) as error:
                raise config.problem(path, str(error)) from error
    return TexturedCrystal(base, tuple(terms), textures)


def _given_terms(
    config: Config, texture: Texture, base: Crystal, key: str
) -> Sequence[TextureTerm | Crystal]:
    """A term for each component of the profile: those of the config, of the spin, or of the strain of the hoppings."""
    try:
        components = texture.profile.components
    except InputError as error:
        where = ".file" if isinstance(texture.profile, GridProfile) else ""
        raise config.problem(f"{key}.profile{where}", str(error)) from error
    if told := texture.misfit(components):
        raise config.problem(f"{key}.terms" if texture.terms is not None else f"{key}.term", told)
    if texture.term is not None and texture.term.gruneisen is not None:
        if not isinstance(base, LatticeHamiltonian):
            raise config.problem(
                f"{key}.term",
                "a k·p model has no hoppings over distances: give the terms of u_xx, u_yy and u_xy",
            )
        return strain_terms(base, texture.term.gruneisen)
    return texture.own_terms or _spin_terms(config, base, key)


def strain_terms(base: LatticeHamiltonian, gruneisen: float) -> tuple[LatticeHamiltonian, ...]:
    """∂H/∂u_xx, ∂H/∂u_yy and ∂H/∂u_xy of a strain u, by which a hopping t over a distance d becomes t (1 - β d·u·d/d²).

    β = -d ln t/d ln d is ``gruneisen``. On-site energies stay. M. A. H. Vozmediano, M. I. Katsnelson and F. Guinea, Phys.
    Rep. 496, 109 (2010).
    """
    sites = base.positions @ base.lattice
    distance = (base.cells @ base.lattice)[:, None, None] + sites[None, None] - sites[None, :, None]
    square = np.sum(distance**2, axis=-1)
    share = np.divide(-gruneisen, square, out=np.zeros_like(square), where=square > _SAME)
    x, y = distance[..., 0], distance[..., 1]
    factors = (x * x, y * y, 2.0 * x * y)
    return tuple(
        replace(base, hoppings=base.hoppings * share * f, hermiticity_violation=0.0) for f in factors
    )


def at_origin(config: Config, base: Crystal) -> Crystal:
    """The crystal that a packet at r = 0 and t = 0 is in, which stands for all where no place is meant."""
    found = textured_crystal(config, base)
    if found is None:
        return base
    values = profile_values(found.textures, [[0.0, 0.0]]).value[0]
    return replace(
        found.at(values),
        notes=(*base.notes, "textures: where no place is meant, the crystal is that at r = 0, t = 0"),
    )


def _spin_terms(config: Config, base: Crystal, key: str) -> tuple[TextureTerm, ...]:
    """Pauli matrices times unity."""
    if base.size % 2:
        raise config.problem(
            key, f"{base.size} orbitals have no spin: give the terms of the three components"
        )
    matrices = (np.kron(each, np.eye(base.size // 2)) for each in (SIGMA_X, SIGMA_Y, SIGMA_Z))
    return tuple(TextureTerm(matrix=tuple(map(tuple, each.tolist()))) for each in matrices)


def _term(term: TextureTerm | Crystal, base: Crystal) -> Crystal:
    """One H_a on the lattice of H_0; InputError where it does not fit."""
    if not isinstance(term, TextureTerm):
        return term
    if isinstance(base, KPHamiltonian):
        return _polynomial(term, base)
    if term.kp is not None:
        raise InputError("this crystal is a lattice: give matrix or hoppings")
    given: list[tuple[tuple[int, ...], Any]] = [((0,), term.matrix)]
    if term.hoppings is not None:
        given = [(each.cell, each.matrix) for each in term.hoppings]
    _check_size([matrix for _, matrix in given], base.size)
    table = hopping_table(given, _cell)
    cells = sorted({(0, 0, 0), *table})
    none = np.zeros((base.size, base.size), dtype=np.complex128)
    hoppings = np.array([table.get(cell, none) for cell in cells])
    return replace(base, cells=np.array(cells), hoppings=hoppings, hermiticity_violation=0.0)


def _cell(given: npt.ArrayLike) -> tuple[int, int, int]:
    x, y, z = [*np.asarray(given).tolist(), 0, 0][:3]
    return x, y, z


def _polynomial(term: TextureTerm, base: KPHamiltonian) -> KPHamiltonian:
    if term.hoppings is not None:
        raise InputError("this crystal is a k·p model: give matrix or kp")
    given: list[tuple[tuple[int, ...], Any]] = [((0, 0, 0), term.matrix)]
    if term.kp is not None:
        given = [(each.powers, each.matrix) for each in term.kp]
    _check_size([matrix for _, matrix in given], base.size)
    return KPHamiltonian.from_terms(given, dimension=base.dimension, length_scale=base.length_scale)


def _check_size(matrices: Sequence[Any], size: int) -> None:
    for matrix in matrices:
        if len(matrix) != size:
            raise InputError(f"its matrix is {len(matrix)}x{len(matrix)}, and the model has {size} orbitals")


def _sum(one: Crystal, other: Crystal, factor: float) -> Crystal:
    """One + factor · other."""
    if isinstance(one, KPHamiltonian):
        assert isinstance(other, KPHamiltonian)
        total = {tuple(p): m.copy() for p, m in zip(one.powers.tolist(), one.matrices, strict=True)}
        for p, matrix in zip(other.powers.tolist(), other.matrices, strict=True):
            total[tuple(p)] = total.get(tuple(p), 0.0) + factor * matrix
        return replace(one, powers=np.array(list(total)), matrices=np.array(list(total.values())))
    assert isinstance(other, LatticeHamiltonian)
    cells = sorted({*map(tuple, one.cells.tolist()), *map(tuple, other.cells.tolist())})
    return replace(
        one, cells=np.array(cells), hoppings=on_cells(one, cells) + factor * on_cells(other, cells)
    )


def on_cells(crystal: LatticeHamiltonian, cells: Sequence[tuple[int, ...]]) -> Complex:
    """Hoppings (n, N, N) of a crystal for each of n cells, zero where it has none."""
    known = dict(zip(map(tuple, crystal.cells.tolist()), crystal.hoppings, strict=True))
    none = np.zeros((crystal.size, crystal.size), dtype=np.complex128)
    return np.array([known.get(cell, none) for cell in cells])
