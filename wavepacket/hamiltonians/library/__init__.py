"""The models, one per file: a builder in plain numpy whose annotations carry the units of its parameters."""

from collections.abc import Callable
from typing import Final

from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.cosine_band import cosine_band
from wavepacket.hamiltonians.library.gapped_graphene import gapped_graphene
from wavepacket.hamiltonians.library.haldane import haldane
from wavepacket.hamiltonians.library.massive_dirac import massive_dirac
from wavepacket.hamiltonians.library.parabolic_band import parabolic_band
from wavepacket.hamiltonians.library.qi_wu_zhang import qi_wu_zhang
from wavepacket.hamiltonians.library.weyl_lattice import weyl_lattice
from wavepacket.hamiltonians.library.weyl_node import weyl_node

__all__ = [
    "CATALOGUE",
    "cosine_band",
    "gapped_graphene",
    "haldane",
    "massive_dirac",
    "parabolic_band",
    "qi_wu_zhang",
    "weyl_lattice",
    "weyl_node",
]

CATALOGUE: Final[dict[str, Callable[..., LatticeHamiltonian | KPHamiltonian]]] = {
    builder.__name__: builder
    for builder in (
        parabolic_band,
        cosine_band,
        massive_dirac,
        gapped_graphene,
        haldane,
        qi_wu_zhang,
        weyl_lattice,
        weyl_node,
    )
}
"""Name in a config → builder."""
