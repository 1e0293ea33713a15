"""The vector potential around a point, in the gauge in which it vanishes there and along every ray from there.

A(c + ρ) = ∫₀¹ s B(c + sρ) ds × ρ, which is B×ρ/2 in a uniform field. A wave function exp(−ρ²/4σ²) e^{ik·ρ} has in this gauge
no preferred direction in space: its ħk = p − qA is k at c and grows only with the flux around c.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.config import Fields
from wavepacket.errors import InputError
from wavepacket.fields import magnetic_values
from wavepacket.units import E_OVER_HBAR

_ALONG = 3  # nodes of Gauss on a bond: exact for a B_z that is a polynomial of degree 4 along it
_FEWEST, _MOST = 2, 256  # on a ray: the fewest are exact for a constant gradient
_ACCURACY = 1e-10  # of the largest qA/ħ


@dataclass(frozen=True, eq=False)
class Gauge:
    """The vector potential of a magnetic field that is uniform, or along z and a function of x and y.

    Parameters
    ----------
    centre : c (3,), Å
    reduced_field : b = qB/ħ at the centre (3,), 1/Å²
    change : places (n, 3) in Å → what (q/ħ) B_z is more than at the centre, (n,), 1/Å²; None in a uniform field
    nodes : of Gauss on a ray from the centre
    """

    centre: Float
    reduced_field: Float = field(default_factory=lambda: np.zeros(3))
    change: Callable[[Float], Float] | None = None
    nodes: int = _FEWEST

    @property
    def is_magnetic(self) -> bool:
        """Whether there is a magnetic field anywhere."""
        return self.change is not None or bool(np.any(self.reduced_field))

    def potential(self, places: Float) -> Float:
        """qA/ħ at places (n, 3) in Å, (n, 3), 1/Å."""
        uniform = 0.5 * np.cross(self.reduced_field, places - self.centre)
        return np.asarray(uniform + self.beyond_uniform(places))

    def beyond_uniform(self, places: Float) -> Float:
        """The part of qA/ħ that belongs to B − B(c), (n, 3), 1/Å."""
        result = np.zeros(places.shape)
        if self.change is None:
            return result
        ray = places - self.centre
        nodes, weights = _gauss(self.nodes)
        strength = sum(
            w * s * self.change(self.centre + s * ray) for s, w in zip(nodes, weights, strict=True)
        )
        result[:, 0], result[:, 1] = -strength * ray[:, 1], strength * ray[:, 0]
        return result

    def bond_factor(self, places: Float, hop: Float) -> Complex:
        """exp[i(q/ħ)∫A·dl] from places + hop straight to places (n, 3), Å: the factor of such a bond (R. Peierls)."""
        # b·(r×d) = r·(d×b)
        angle = 0.5 * ((places - self.centre) @ np.cross(hop, self.reduced_field))
        if self.change is not None:
            for part, weight in zip(*_gauss(_ALONG), strict=True):
                angle = angle + weight * (self.beyond_uniform(places + part * hop) @ hop)
        return np.asarray(np.exp(-1j * angle))


def _gauss(nodes: int) -> tuple[list[float], list[float]]:
    """Nodes and weights between 0 and 1."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (0.5 * (x + 1.0)).tolist(), (0.5 * w).tolist()


def gauge_of(fields: Fields, charge: float, centre: Float, places: Float) -> Gauge:
    """Gauge of the magnetic field of a config, good at places (n, 3), Å, for a carrier of charge ``charge`` e.

    Raises
    ------
    InputError
        where B(r) has features that are too small for the distance from the centre

    """
    reduced = charge * E_OVER_HBAR
    middle = magnetic_values(fields, centre[None]).field[0]

    def change(at: Float) -> Float:
        return np.asarray(reduced * (magnetic_values(fields, at).field[:, 2] - middle[2]))

    if not np.any(change(places)):
        return Gauge(centre, reduced * middle)
    return resolved(Gauge(centre, reduced * middle, change), places)


def resolved(gauge: Gauge, places: Float) -> Gauge:
    """Return a gauge with as many nodes as its change needs at places (n, 3), Å; InputError where they are too many."""
    now = gauge.beyond_uniform(places)
    while gauge.nodes < _MOST:
        finer = replace(gauge, nodes=2 * gauge.nodes)
        better = finer.beyond_uniform(places)
        if np.abs(better - now).max() <= _ACCURACY * np.abs(better).max():
            return gauge
        gauge, now = finer, better
    raise InputError("the magnetic field changes within too few angstrom: give one that varies more slowly")
