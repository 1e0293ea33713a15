"""The closed form of a lattice band with its numbers compiled in: worth seconds of compiling for large ensembles."""

from dataclasses import replace
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.source import Band
from wavepacket.bands.two_band import TwoBandTerms, two_band_terms
from wavepacket.hamiltonians import LatticeHamiltonian

# Seconds that compiling takes on one core, for crystals in the plane and in space, and what one evaluation is faster by
# for each cell of the crystal. Measured; a choice that is off by a factor of two costs a second.
_COMPILING, _GAIN = {True: 1.0, False: 3.0}, {True: 2e-9, False: 5e-9}


def worth_freezing(band: Band, evaluations: float) -> bool:
    """Whether a kernel of the band's own saves more time, in so many evaluations, than it takes to compile.

    Never a matter of what happens to be in the cache or of the number of threads: both kernels agree to rounding only, and
    results must not depend on earlier runs.
    """
    return evaluations * _GAIN[band.planar] * int(band.integers[1]) > _COMPILING[band.planar]


def can_freeze(band: Band) -> bool:
    """Whether a band is one of a lattice, in closed form, and simple enough."""
    hamiltonian = band.hamiltonian
    if band.kind != "two_band" or not isinstance(hamiltonian, LatticeHamiltonian):
        return False
    from wavepacket.kernels.bands.frozen import HIGHEST, TERMS  # compiled when first needed

    terms = two_band_terms(hamiltonian, band.index)
    return len(terms.cells) <= int(TERMS) and int(np.abs(terms.cells).max(initial=0)) <= int(HIGHEST)


def frozen(band: Band, *, moment: bool) -> Band:
    """Return the band with a kernel compiled for it alone; ``moment``: also m and ∂m/∂k, needed for B ≠ 0.

    It does not give the mixing tensor. Compiling takes seconds the first time; the disk cache knows it later.
    """
    hamiltonian = band.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    terms = two_band_terms(hamiltonian, band.index)
    return (_planar if band.planar else _spatial)(band, terms, hamiltonian.lattice, moment)


def _planar(band: Band, terms: TwoBandTerms, lattice: Float, moment: bool) -> Band:
    from wavepacket.kernels.bands.frozen import TERMS, freeze_planar

    packed: list[Any] = [
        (int(cell[0]), int(cell[1]), _numbers(cosine), _numbers(sine))
        for cell, cosine, sine in zip(terms.cells, terms.cosine, terms.sine, strict=True)
    ]
    packed += [(0, 0, (0.0,) * 4, (0.0,) * 4)] * (TERMS - len(packed))
    frame = _numbers(lattice[:2, :2].ravel())
    kernel = freeze_planar(terms.sign, _numbers(terms.distance[:2]), frame, tuple(packed), moment)
    return replace(band, kernel=kernel)


def _spatial(band: Band, terms: TwoBandTerms, lattice: Float, moment: bool) -> Band:
    from wavepacket.kernels.bands.frozen import TERMS
    from wavepacket.kernels.bands.frozen_spatial import SCRATCH, freeze_spatial

    cells = [(int(x), int(y), int(z)) for x, y, z in terms.cells]
    positions = [_numbers(position) for position in terms.cells @ lattice]
    filling = ((0, 0, 0), (0.0,) * 3, 0.0, 0.0)
    components = tuple(
        (
            *zip(cells, positions, _numbers(cosine), _numbers(sine), strict=True),
            *[filling] * (TERMS - len(cells)),
        )
        for cosine, sine in zip(terms.cosine.T, terms.sine.T, strict=True)
    )
    kernel = freeze_spatial(
        terms.sign, _numbers(terms.distance @ lattice), _numbers(lattice.ravel()), components, moment
    )
    return replace(band, kernel=kernel, scratch_size=SCRATCH)


def _numbers(values: Float) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
