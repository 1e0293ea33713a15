"""The strip of a config: which way it runs, and how wide it must be to hold all electrons."""

import itertools
from dataclasses import dataclass
from math import gcd

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.config.schema_response import Response, Ribbon
from wavepacket.fields import is_static, potential_values
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.response.strip import Frame, Strip, cut, frame_along, rows_between
from wavepacket.units import BOLTZMANN

__all__ = ["Cut", "strip_of"]

_LARGEST = 2000
"""Orbitals of a strip: beyond it one wavevector takes half a minute."""
_LONGEST = 3
"""Largest integer of the lattice vectors that are tried along the strip."""
_EMPTY = 40.0
"""k_BT above μ: who is there has no weight."""
_BEYOND = 6
"""Rows of cells beyond the last place with electrons, for the tails of their waves."""
_SAME = 1e-9
"""Of the largest |V|: what V may differ by along the strip."""
_FLAT = 1e-6
"""eV that V may differ by where it counts as flat."""
_MESH = 24
"""Points along each axis for the bottom of the bands."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A strip, and V on a line across it.

    Attributes
    ----------
    strip : its orbitals and hoppings
    middle, flat : middle of the places across where V is lowest, and half of their extent, Å
    lowest : V there, eV
    area : of a cell of the crystal, Å²
    bottom : lowest energy of the crystal's bands, eV
    """

    config: Config
    strip: Strip
    middle: float
    flat: float
    lowest: float
    area: float
    bottom: float

    def potential(self, place: Float) -> Float:
        """V at places (n,) across the strip, eV."""
        return _across(self.config, self.strip.frame, place)


def strip_of(config: Config, crystal: Hamiltonian) -> Cut:
    """Cut the strip that a config asks for.

    Raises
    ------
    ConfigError
        where V varies along every short lattice vector, does not confine, or leaves too many orbitals
    """
    request = config.response or Response()
    asked = request.ribbon or Ribbon()
    lattice = _checked(config, crystal)
    if min(request.temperature) <= 0:
        raise config.problem(
            "response.temperature" if config.response else "model",
            "a strip has states at every energy, whose sum over k does not settle at 0 K: give response.temperature above 0",
        )
    frame = frame_along(lattice, _along(config, lattice, asked))
    grid = np.stack(np.meshgrid(*[np.arange(_MESH) / _MESH] * 2, [0.0], indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    bottom = float(np.linalg.eigvalsh(lattice.hamiltonian(grid @ lattice.reciprocal)).min())
    top = max(request.chemical_potential) + _EMPTY * BOLTZMANN * max(request.temperature)
    low, high, flat = _extent(config, lattice, frame, top - bottom)
    number = len(rows_between(lattice, frame, low, high)[0])
    if not lattice.size < number <= _LARGEST:
        key = "response.ribbon.width" if asked.width is not None else "fields.potential"
        raise config.problem(
            key, f"a strip {high - low:.4g} angstrom wide has {number} orbitals in a period; "
            f"there may be {lattice.size + 1} to {_LARGEST}"
        )  # fmt: skip
    strip = cut(lattice, frame, low, high, lambda r: _potential(config, r))
    middle, half = 0.5 * (flat[1] + flat[0]), 0.5 * (flat[1] - flat[0])
    lowest = float(_across(config, frame, np.array([middle]))[0])
    return Cut(config, strip, middle, half, lowest, lattice.cell_volume, bottom)


def _checked(config: Config, crystal: Hamiltonian) -> LatticeHamiltonian:
    if not isinstance(crystal, LatticeHamiltonian) or crystal.dimension != 2:
        raise config.problem("model", "a strip is cut from a two-dimensional lattice")
    fields = config.fields
    if fields.electric or fields.is_magnetic:
        raise config.problem(
            "fields", "a strip in equilibrium has a potential alone: leave out the other fields"
        )
    if not is_static(fields):
        raise config.problem("fields.potential", "a strip in equilibrium needs a potential that rests")
    return crystal


def _potential(config: Config, r: Float) -> Float:
    if not config.fields.potential:
        return np.zeros(len(r))
    return np.asarray(potential_values(config.fields, r, charge=config.charge).energy)


def _across(config: Config, frame: Frame, place: Float) -> Float:
    return _potential(config, place[:, None] * frame.across)


def _along(config: Config, crystal: LatticeHamiltonian, asked: Ribbon) -> tuple[int, int]:
    """The shortest lattice vector along which V does not vary, or that which is asked for."""
    whole = range(-_LONGEST, _LONGEST + 1)
    tried = [(p, q) for p, q in itertools.product(whole, whole) if gcd(p, q) == 1 and (p, q) > (0, 0)]
    tried.sort(
        key=lambda n: (round(float(np.linalg.norm(np.array(n) @ crystal.lattice[:2])), 9), -n[0], -n[1])
    )
    if asked.along is not None:
        p, q = (int(n) for n in asked.along[:2])
        if gcd(p, q) != 1:
            raise config.problem(
                "response.ribbon.along", "give a lattice vector without a common divisor, such as [1, 0]"
            )
        tried = [(p, q)]
    radius, turn = np.geomspace(0.1, 1e4, 60), np.arange(60) * 2.399963
    r = np.stack([radius * np.cos(turn), radius * np.sin(turn), 0 * radius], axis=1)
    energy = _potential(config, r)
    for pair in tried:
        period = np.array(pair) @ crystal.lattice[:2]
        moved = [_potential(config, r + share * period) - energy for share in (0.37, 1.0, 40.0)]
        if np.abs(moved).max() <= _SAME * max(np.abs(energy).max(), 1e-3):
            return pair
    raise config.problem(
        "response.ribbon.along" if asked.along is not None else "fields.potential",
        "a strip is the same everywhere along a lattice vector, and this potential varies along "
        + ("this one" if asked.along is not None else f"all of up to {_LONGEST} cells"),
    )


def _extent(
    config: Config, crystal: LatticeHamiltonian, frame: Frame, room: float
) -> tuple[float, float, tuple[float, float]]:
    """First and last place across with electrons and some rows beyond, and the ends of where V is lowest, Å.

    ``room`` is how much V may rise from zero until the lowest band has no electrons.
    """
    asked = (config.response or Response()).ribbon or Ribbon()
    if asked.width is not None:
        places = np.linspace(-0.5, 0.5, 2001) * asked.width
    else:
        reach = frame.pitch * _LARGEST / crystal.size
        places = np.linspace(-reach, reach, 8 * (_LARGEST // crystal.size) + 1)
    energy = _across(config, frame, places)
    lowest = places[energy <= energy.min() + _FLAT]
    flat = float(lowest[0]), float(lowest[-1])
    if asked.width is not None:
        return float(places[0]), float(places[-1]), flat
    inside = np.flatnonzero(energy < room)
    if len(inside) == 0:
        raise config.problem(
            "response.chemical_potential", "the strip holds no electrons at these chemical potentials"
        )
    if inside[0] == 0 or inside[-1] == len(places) - 1:
        raise config.problem(
            "fields.potential" if config.fields.potential else "response",
            f"no potential confines the electrons within {-places[0]:.4g} angstrom across a strip: give walls on both sides "
            "(kind: channel) that are higher than the bands are filled, or response.ribbon.width",
        )
    margin = _BEYOND * frame.pitch
    return float(places[inside[0]]) - margin, float(places[inside[-1]]) + margin, flat
