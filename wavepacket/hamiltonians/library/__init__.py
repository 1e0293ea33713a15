"""The models, one per file: a builder in plain numpy whose annotations carry the units of its parameters."""

from collections.abc import Callable
from typing import Final

from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.bernevig_hughes_zhang import bernevig_hughes_zhang
from wavepacket.hamiltonians.library.bilayer_graphene import bilayer_graphene
from wavepacket.hamiltonians.library.cosine_band import cosine_band
from wavepacket.hamiltonians.library.dirac_semimetal import dirac_semimetal
from wavepacket.hamiltonians.library.gapped_graphene import gapped_graphene
from wavepacket.hamiltonians.library.haldane import haldane
from wavepacket.hamiltonians.library.hopf_insulator import hopf_insulator
from wavepacket.hamiltonians.library.kagome import kagome
from wavepacket.hamiltonians.library.kane_mele import kane_mele
from wavepacket.hamiltonians.library.lieb import lieb
from wavepacket.hamiltonians.library.massive_dirac import massive_dirac
from wavepacket.hamiltonians.library.parabolic_band import parabolic_band
from wavepacket.hamiltonians.library.qi_wu_zhang import qi_wu_zhang
from wavepacket.hamiltonians.library.rashba_ferromagnet import rashba_ferromagnet
from wavepacket.hamiltonians.library.rice_mele import rice_mele
from wavepacket.hamiltonians.library.ssh import ssh
from wavepacket.hamiltonians.library.tmd import tmd
from wavepacket.hamiltonians.library.weyl_lattice import weyl_lattice
from wavepacket.hamiltonians.library.weyl_node import weyl_node
from wavepacket.hamiltonians.library.zincblende import zincblende

__all__ = [
    "CATALOGUE",
    "bernevig_hughes_zhang",
    "bilayer_graphene",
    "cosine_band",
    "dirac_semimetal",
    "gapped_graphene",
    "haldane",
    "hopf_insulator",
    "kagome",
    "kane_mele",
    "lieb",
    "massive_dirac",
    "parabolic_band",
    "qi_wu_zhang",
    "rashba_ferromagnet",
    "rice_mele",
    "ssh",
    "tmd",
    "weyl_lattice",
    "weyl_node",
    "zincblende",
]

CATALOGUE: Final[dict[str, Callable[..., LatticeHamiltonian | KPHamiltonian]]] = {
    builder.__name__: builder
    for builder in (
        parabolic_band,
        cosine_band,
        ssh,
        rice_mele,
        massive_dirac,
        gapped_graphene,
        bilayer_graphene,
        tmd,
        haldane,
        kane_mele,
        qi_wu_zhang,
        bernevig_hughes_zhang,
        rashba_ferromagnet,
        kagome,
        lieb,
        weyl_node,
        weyl_lattice,
        dirac_semimetal,
        hopf_insulator,
        zincblende,
    )
}
"""Name in a config → builder."""
