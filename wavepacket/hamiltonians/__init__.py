"""Crystals as data: lattice and k·p Hamiltonians, the model library and the reader of Wannier90 files."""

from wavepacket.hamiltonians.conversion import from_pythtb, from_sisl, from_tbmodels, from_wannierberri
from wavepacket.hamiltonians.fits import check_fits, chosen_source
from wavepacket.hamiltonians.from_config import build_hamiltonian, resolved
from wavepacket.hamiltonians.given import as_hamiltonian, as_model, is_kept, open_config, placed, portable
from wavepacket.hamiltonians.high_symmetry import HighSymmetry, high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import (
    CATALOGUE,
    bernevig_hughes_zhang,
    bilayer_graphene,
    cosine_band,
    dirac_semimetal,
    gapped_graphene,
    haldane,
    hopf_insulator,
    kagome,
    kane_mele,
    lieb,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    rashba_ferromagnet,
    rice_mele,
    ssh,
    tmd,
    weyl_lattice,
    weyl_node,
    zincblende,
)
from wavepacket.hamiltonians.packed import pack, read_npz, write_npz
from wavepacket.hamiltonians.wannier90 import read_hr, read_tb, write_hr, write_tb
from wavepacket.units import parameter_dimensions

__all__ = [
    "CATALOGUE",
    "Hamiltonian",
    "HighSymmetry",
    "KPHamiltonian",
    "LatticeHamiltonian",
    "as_hamiltonian",
    "as_model",
    "bernevig_hughes_zhang",
    "bilayer_graphene",
    "build_hamiltonian",
    "check_fits",
    "chosen_source",
    "cosine_band",
    "dirac_semimetal",
    "from_pythtb",
    "from_sisl",
    "from_tbmodels",
    "from_wannierberri",
    "gapped_graphene",
    "haldane",
    "high_symmetry",
    "hopf_insulator",
    "is_kept",
    "kagome",
    "kane_mele",
    "lieb",
    "massive_dirac",
    "open_config",
    "pack",
    "parabolic_band",
    "parameter_dimensions",
    "placed",
    "portable",
    "qi_wu_zhang",
    "rashba_ferromagnet",
    "read_hr",
    "read_npz",
    "read_tb",
    "resolved",
    "rice_mele",
    "ssh",
    "tmd",
    "weyl_lattice",
    "weyl_node",
    "write_hr",
    "write_npz",
    "write_tb",
    "zincblende",
]

Hamiltonian = LatticeHamiltonian | KPHamiltonian
"""Either kind; both have the same methods."""
