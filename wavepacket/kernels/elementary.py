"""Elementary functions that vectorise and give the same bits on every CPU.

numba has no vector mathematics library to call, and calls of the C library cost nine times more than these
polynomials. All are branch-free. Absolute errors are below 4e-16 for sine and cosine (|x| < 1e5) and relative
errors below 4e-16 for the exponential.
"""

import math
import struct
from typing import Any

from numba import types
from numba.core import config
from numba.extending import intrinsic

from wavepacket.kernels._jit import scalar

if config.DISABLE_JIT:

    def fma(a: float, b: float, c: float) -> float:
        return a * b + c

    def float_from_bits(bits: int) -> float:
        return float(struct.unpack("<d", struct.pack("<q", int(bits)))[0])

else:

    @intrinsic
    def fma(_context: Any, a: Any, b: Any, c: Any) -> Any:
        """a*b + c with one rounding."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.fma(*values)

        return types.float64(types.float64, types.float64, types.float64), build

    @intrinsic
    def float_from_bits(_context: Any, bits: Any) -> Any:
        """The double whose bit pattern is the given integer."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.bitcast(values[0], context.get_value_type(types.float64))

        return types.float64(types.int64), build


# Adding and taking away 1.5·2^52 rounds to the nearest integer without a rounding instruction.
_ROUND = 6755399441055744.0
_INVERSE_PI = 0.3183098861837907
# π in three parts: n times one of the first two is exact for |n| < 2^20 (Cody and Waite's reduction).
_PI_1 = 3.1415926534682512
_PI_2 = 1.2154201012607932e-10
_PI_3 = 4.044532497591901e-21
# The same for ln 2.
_INVERSE_LN2 = 1.4426950408889634
_LN2_1 = 0.6931471803691238
_LN2_2 = 1.9082149292705877e-10

# Chebyshev fits of (sin r/r - 1)/r² and (cos r - 1 + r²/2)/r⁴ in r² on |r| <= π/2, and of (exp r - 1 - r)/r² on
# |r| <= ln(2)/2; lowest power first, made with 60-digit arithmetic.
_SIN = (
    -0.16666666666666666,
    0.008333333333333316,
    -0.00019841269841254955,
    2.755731921915843e-06,
    -2.5052107616384624e-08,
    1.6058977272817488e-10,
    -7.643969031116057e-13,
    2.731428986911585e-15,
)
_COS = (
    0.04166666666666666,
    -0.0013888888888884763,
    2.4801587298910888e-05,
    -2.755731857284834e-07,
    2.0876681513909434e-09,
    -1.1466250478625804e-11,
    4.6464097165398616e-14,
)
_EXP = (
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326084,
    0.0013888888888883711,
    0.0001984126987500228,
    2.480158732567746e-05,
    2.755725517000089e-06,
    2.755727347871858e-07,
    2.5105312729622103e-08,
    2.09147553258932e-09,
)


@scalar
def round_to_integer(x):
    return (x + _ROUND) - _ROUND


@scalar
def sine_cosine(x):
    """(sin x, cos x), x in rad, |x| < 1e5: fold by multiples of π into |r| <= π/2, then two polynomials."""
    n = round_to_integer(x * _INVERSE_PI)
    r = fma(n, -_PI_3, fma(n, -_PI_2, fma(n, -_PI_1, x)))
    u = r * r
    s = fma(u, fma(u, fma(u, fma(u, _SIN[7], _SIN[6]), _SIN[5]), _SIN[4]), _SIN[3])
    s = fma(u, fma(u, fma(u, s, _SIN[2]), _SIN[1]), _SIN[0])
    c = fma(u, fma(u, fma(u, _COS[6], _COS[5]), _COS[4]), _COS[3])
    c = fma(u, fma(u, fma(u, c, _COS[2]), _COS[1]), _COS[0])
    half = 0.5 * n
    odd = half - round_to_integer(half)  # 0 for even n, ±1/2 for odd n
    sign = 1.0 - 8.0 * odd * odd
    return sign * fma(r * u, s, r), sign * fma(u * u, c, fma(-0.5, u, 1.0))


@scalar
def exponential(x):
    """exp(x) for x <= 700; 0 below -700."""
    y = max(x, -700.0)
    n = round_to_integer(y * _INVERSE_LN2)
    r = fma(n, -_LN2_2, fma(n, -_LN2_1, y))
    p = fma(r, fma(r, fma(r, fma(r, _EXP[10], _EXP[9]), _EXP[8]), _EXP[7]), _EXP[6])
    p = fma(
        r, fma(r, fma(r, fma(r, fma(r, fma(r, p, _EXP[5]), _EXP[4]), _EXP[3]), _EXP[2]), _EXP[1]), _EXP[0]
    )
    value = fma(r * r, p, 1.0 + r) * float_from_bits((int(n) + 1023) << 52)
    return value if x >= -700.0 else 0.0


@scalar
def inverse_eighth_root(x):
    """x^(-1/8) for x > 0 from square roots, which every CPU rounds alike."""
    return 1.0 / math.sqrt(math.sqrt(math.sqrt(x)))
