"""Models of other packages as lattice Hamiltonians, by duck typing: none of these packages is ever imported here."""

from wavepacket.hamiltonians.conversion.pythtb import from_pythtb
from wavepacket.hamiltonians.conversion.sisl import from_sisl
from wavepacket.hamiltonians.conversion.tbmodels import from_tbmodels
from wavepacket.hamiltonians.conversion.wannierberri import from_wannierberri

__all__ = ["from_pythtb", "from_sisl", "from_tbmodels", "from_wannierberri"]
