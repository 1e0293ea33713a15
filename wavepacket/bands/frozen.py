"""The closed form of a planar lattice band with its numbers compiled in: worth seconds of compiling for large ensembles."""

from dataclasses import replace

import numpy as np

from wavepacket.bands.geometry import Float
from wavepacket.bands.source import Band
from wavepacket.bands.two_band import two_band_terms
from wavepacket.hamiltonians import LatticeHamiltonian

_EMPTY = (0, 0, (0.0,) * 4, (0.0,) * 4)


def can_freeze(band: Band) -> bool:
    """Whether a band is planar, in closed form, and simple enough."""
    hamiltonian = band.hamiltonian
    if band.kind != "two_band" or not isinstance(hamiltonian, LatticeHamiltonian) or not band.planar:
        return False
    from wavepacket.kernels.frozen import HIGHEST, TERMS  # compiled when first needed

    terms = two_band_terms(hamiltonian, band.index)
    return len(terms.cells) <= int(TERMS) and int(np.abs(terms.cells).max(initial=0)) <= int(HIGHEST)


def frozen(band: Band, *, moment: bool) -> Band:
    """The same band with a kernel of its own; ``moment`` says whether m and ∂m/∂k are wanted (B ≠ 0).

    It does not give the mixing tensor. Compiling takes a second or two the first time; the disk cache knows it later.
    """
    from wavepacket.kernels.frozen import TERMS, freeze_planar

    hamiltonian = band.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    terms = two_band_terms(hamiltonian, band.index)
    packed = [
        (int(cell[0]), int(cell[1]), _numbers(cosine), _numbers(sine))
        for cell, cosine, sine in zip(terms.cells, terms.cosine, terms.sine, strict=True)
    ]
    packed += [_EMPTY] * (TERMS - len(packed))
    kernel = freeze_planar(
        terms.sign,
        _numbers(terms.distance[:2]),
        _numbers(hamiltonian.lattice[:2, :2].ravel()),
        tuple(packed),
        moment,
    )
    return replace(band, kernel=kernel)


def _numbers(values: Float) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
