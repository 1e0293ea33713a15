"""Named wavevectors of a crystal: where they are, how they are written in a path and how they are printed."""

import re
from fractions import Fraction

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bandstructure.zone import Plane, named_plane
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["find_plane", "find_point", "named_points", "point_label"]


_FRACTIONS = {"1/2": "½", "0.5": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾"}
_COORDINATES = re.compile(r"[-+]?[0-9./]+(,[-+]?[0-9./]+){0,2}", re.ASCII)


def named_points(hamiltonian: Hamiltonian) -> dict[str, Float]:
    """Special points and valleys in Cartesian coordinates, 1/Å."""
    named = {**hamiltonian.special_points, **hamiltonian.valleys}
    return {name: np.array(point) @ _frame(hamiltonian) for name, point in named.items()}


def find_point(hamiltonian: Hamiltonian, name: str) -> Float:
    """Cartesian wavevector (3,) of a name, or of coordinates such as ``1/2,0,0`` (Cartesian for k·p), 1/Å."""
    named = named_points(hamiltonian)
    if name in named:
        return named[name]
    if _COORDINATES.fullmatch(name) is None or len(name) > 100:
        known = ", ".join(named) or "no named points"
        raise InputError(
            f"unknown point {name[:50]!r}: {hamiltonian.name} has {known}; or give coordinates: 1/2,0,0"
        )
    try:
        numbers = [float(Fraction(part)) for part in name.split(",")]
    except (ValueError, ZeroDivisionError):
        raise InputError(f"cannot read the coordinates {name!r}; write them as 1/2,0,0") from None
    return np.array([*numbers, 0.0, 0.0][:3]) @ _frame(hamiltonian)


def find_plane(hamiltonian: Hamiltonian, name: str) -> Plane:
    """Plane by two Cartesian axes, such as ``xz``, or through three points, such as ``G X L``, the first its origin."""
    names = name.split()
    if len(names) == 1:
        return named_plane(name)
    if len(names) != 3:
        raise InputError(
            f"unknown plane {name[:50]!r}: two of the letters x, y, z, or three points, such as 'G X L'"
        )
    origin, first, second = (find_point(hamiltonian, point) for point in names)
    return Plane.spanned(first - origin, second - origin, origin)


def _frame(hamiltonian: Hamiltonian) -> Float:
    return hamiltonian.reciprocal if isinstance(hamiltonian, LatticeHamiltonian) else np.eye(3)


def point_label(name: str) -> str:
    """Name of a k point as it is printed.

    Examples
    --------
    >>> point_label("G"), point_label("K'"), point_label("1/2,0,-1/2"), point_label("W+")
    ('Γ', 'K′', '½ 0 −½', 'W⁺')
    """
    if name.casefold() in ("g", "gamma"):
        return "Γ"
    if _COORDINATES.fullmatch(name) is None:
        return name.replace("'", "′").replace("+", "⁺").replace("-", "⁻")
    parts = [part.strip("+") for part in name.split(",")]
    if all(part.strip("-0.") == "" for part in parts):
        return "Γ"
    signs = ["−" if part.startswith("-") else "" for part in parts]
    sizes = [part.lstrip("-") for part in parts]
    return " ".join(sign + _FRACTIONS.get(size, size) for sign, size in zip(signs, sizes, strict=True))
