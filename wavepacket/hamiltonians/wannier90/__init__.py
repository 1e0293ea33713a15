"""Wannier90 files: `_tb.dat`, or `_hr.dat` with `.win` and `_centres.xyz` or `.wout`, read (with `_wsvec.dat`) and written.

The files have no orbital positions in the phase; the Wannier centres become the `positions` that a
`LatticeHamiltonian` puts there. H(R) and r(R) are divided by the degeneracies of R and made Hermitian.
"""

from wavepacket.hamiltonians.wannier90.hr import read_hr
from wavepacket.hamiltonians.wannier90.tb import read_tb
from wavepacket.hamiltonians.wannier90.write import write_hr, write_tb

__all__ = ["read_hr", "read_tb", "write_hr", "write_tb"]
