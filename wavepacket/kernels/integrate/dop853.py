"""DOP853: the adaptive method of order 8, with dense output, for paths."""

from wavepacket.kernels.integrate import dop853_coefficients as numbers
from wavepacket.kernels.integrate.error_norm import pair_of_estimates, path_norm
from wavepacket.kernels.integrate.runge_kutta import compiled_table, interpolant, make_method
from wavepacket.kernels.layout import LAST_STAGE, STAGES

dop853 = make_method(
    compiled_table(numbers.STAGES, numbers.NODES, LAST_STAGE),
    path_norm(pair_of_estimates(numbers.ERROR_3, numbers.ERROR_5)),
    interpolant(numbers.DENSE, range(LAST_STAGE + 1, STAGES)),
)
