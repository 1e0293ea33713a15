"""Crystals as data: lattice and k·p Hamiltonians, the model library and the reader of Wannier90 files."""

from wavepacket.hamiltonians.conversion import from_pythtb, from_sisl, from_tbmodels, from_wannierberri
from wavepacket.hamiltonians.from_config import build_hamiltonian, resolved
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import (
    CATALOGUE,
    cosine_band,
    gapped_graphene,
    haldane,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    weyl_lattice,
    weyl_node,
)
from wavepacket.hamiltonians.wannier90 import read_hr, read_tb, write_hr, write_tb
from wavepacket.units import parameter_dimensions

__all__ = [
    "CATALOGUE",
    "Hamiltonian",
    "KPHamiltonian",
    "LatticeHamiltonian",
    "build_hamiltonian",
    "cosine_band",
    "from_pythtb",
    "from_sisl",
    "from_tbmodels",
    "from_wannierberri",
    "gapped_graphene",
    "haldane",
    "massive_dirac",
    "parabolic_band",
    "parameter_dimensions",
    "qi_wu_zhang",
    "read_hr",
    "read_tb",
    "resolved",
    "weyl_lattice",
    "weyl_node",
    "write_hr",
    "write_tb",
]

Hamiltonian = LatticeHamiltonian | KPHamiltonian
"""Either kind; both have the same methods."""
