"""Right-hand side in a texture of a k·p model. In a module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.phase_space import polynomial_parts
from wavepacket.kernels.motion.texture_rates import texture_rates

texture_polynomial_rates = texture_rates(polynomial_parts, 4)
