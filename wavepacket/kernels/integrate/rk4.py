"""The classical Runge-Kutta method of order 4, for convergence studies with a fixed step.

W. Kutta's method; Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), table 1.2 of section II.1.
"""

from wavepacket.kernels.integrate.error_norm import no_error
from wavepacket.kernels.integrate.runge_kutta import compiled_table, cubic_interpolant, make_method

_ROWS = ({}, {0: 0.5}, {1: 0.5}, {2: 1.0}, {0: 1 / 6, 1: 1 / 3, 2: 1 / 3, 3: 1 / 6})

rk4 = make_method(compiled_table(_ROWS, (0.0, 0.5, 0.5, 1.0, 1.0), 4), no_error, cubic_interpolant())
