"""Names and places of the high-symmetry points of a lattice, in the convention of W. Setyawan and S. Curtarolo.

Points are kept in conventional coordinates: k = Σ x_i (2π/a_i) e_i with the conventional axes e_i and lengths a_i.

References
----------
W. Setyawan, S. Curtarolo, "High-throughput electronic band structure calculations: Challenges and tools" (2010),
Comput. Mater. Sci. 49, 299.
"""

from collections.abc import Callable
from dataclasses import dataclass

Coordinates = tuple[float, float, float]
G: Coordinates = (0.0, 0.0, 0.0)
_H = 1 / 2
_T = 1 / 3
_D = 3**-0.5  # M and K of the hexagon in units of 2π/a along its first lattice vector and across


@dataclass(frozen=True)
class PointTable:
    """Points of one Bravais lattice and the path through them; ``|`` in a path is a jump."""

    points: dict[str, Coordinates]
    path: str


_HEXAGON = {"M": (_H, _D / 2, 0.0), "K": (2 * _T, 0.0, 0.0)}

PLANAR: dict[str, PointTable] = {
    "square": PointTable({"G": G, "X": (_H, 0, 0), "M": (_H, _H, 0)}, "G X M G"),
    "rectangular": PointTable({"G": G, "X": (_H, 0, 0), "S": (_H, _H, 0), "Y": (0, _H, 0)}, "G X S Y G"),
    "hexagonal": PointTable({"G": G, **_HEXAGON, "K'": (-2 * _T, 0.0, 0.0)}, "G K M G"),
}

SPATIAL: dict[str, PointTable] = {
    "cubic P": PointTable(
        {"G": G, "X": (0, _H, 0), "M": (_H, _H, 0), "R": (_H, _H, _H)}, "G X M G R X|M R"
    ),
    "cubic F": PointTable(
        {
            "G": G, "X": (0, 1, 0), "L": (_H, _H, _H), "W": (_H, 1, 0), "K": (0.75, 0.75, 0), "U": (0.25, 1, 0.25),
        },
        "L G X U|K G",
    ),
    "cubic I": PointTable(
        {"G": G, "H": (0, 0, 1), "N": (0, _H, _H), "P": (_H, _H, _H)}, "G H N G P H|P N"
    ),
    "hexagonal": PointTable(
        {
            "G": G, **_HEXAGON, "A": (0, 0, _H), "L": (_H, _D / 2, _H), "H": (2 * _T, 0.0, _H),
        },
        "G M K G A L H A|L M|K H",
    ),
    "tetragonal P": PointTable(
        {
            "G": G, "X": (0, _H, 0), "M": (_H, _H, 0), "Z": (0, 0, _H), "R": (0, _H, _H), "A": (_H, _H, _H),
        },
        "G X M G Z R A Z|X R|M A",
    ),
    "orthorhombic P": PointTable(
        {
            "G": G, "X": (_H, 0, 0), "Y": (0, _H, 0), "Z": (0, 0, _H), "S": (_H, _H, 0), "T": (0, _H, _H),
            "U": (_H, 0, _H), "R": (_H, _H, _H),
        },
        "G X S Y G Z U R T Z|Y T|U X|S R",
    ),
}  # fmt: skip


def tetragonal_i(a: float, c: float) -> PointTable:
    """Body-centred tetragonal lattice: its zone has other corners where c is longer than a."""
    points: dict[str, Coordinates] = {"G": G, "N": (_H, 0, _H), "P": (_H, _H, _H), "X": (_H, _H, 0)}
    if c < a:
        height = (1 + (c / a) ** 2) / 4
        points |= {"M": (1, 0, 0), "Z": (0, 0, 2 * height), "Z1": (1, 0, 1 - 2 * height)}
        return PointTable(points, "G X M G Z P N Z1 M|X P")
    width, side = (1 + (a / c) ** 2) / 4, (a / c) ** 2 / 2
    points |= {"Z": (0, 0, 1), "S": (2 * width, 0, 0), "S1": (1 - 2 * width, 0, 1)}
    points |= {"Y": (_H + side, _H - side, 0), "Y1": (_H - side, _H - side, 1)}
    return PointTable(points, "G X Y S G Z S1 N P Y1 Z|X P")


FAMILIES: dict[tuple[str, int], str | Callable[[float, float], PointTable]] = {
    ("cubic", 1): "cubic P",
    ("cubic", 2): "cubic I",
    ("cubic", 4): "cubic F",
    ("hexagonal", 1): "hexagonal",
    ("tetragonal", 1): "tetragonal P",
    ("tetragonal", 2): tetragonal_i,
    ("orthorhombic", 1): "orthorhombic P",
}
"""(Crystal family, lattice points in the conventional cell) → table."""
