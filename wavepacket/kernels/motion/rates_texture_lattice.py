"""Right-hand side in a texture of a lattice. In a module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.phase_space import lattice_parts
from wavepacket.kernels.motion.texture_rates import texture_rates

texture_lattice_rates = texture_rates(lattice_parts, 8)
