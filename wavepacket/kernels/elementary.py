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

from wavepacket.kernels.jit.decorators import scalar

if config.DISABLE_JIT:

    def fma(a: float, b: float, c: float) -> float:
        return a * b + c

    def float_from_bits(bits: int) -> float:
        return float(struct.unpack("<d", struct.pack("<q", int(bits)))[0])

    def bits_from_float(x: float) -> int:
        return int(struct.unpack("<q", struct.pack("<d", x))[0])

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

    @intrinsic
    def bits_from_float(_context: Any, x: Any) -> Any:
        """The integer that has the bit pattern of a double."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.bitcast(values[0], context.get_value_type(types.int64))

        return types.int64(types.float64), build


# Adding and taking away 1.5·2^52 rounds to the nearest integer without a rounding instruction, and between the two the
# last bits of the sum are those of the integer.
_ROUND = 6755399441055744.0
_TWO_OVER_PI = 0.6366197723675814
# π/2 in two parts: n times the first is exact for |n| < 2^20 (Cody and Waite's reduction).
_QUARTER_1 = 1.5707963267341256
_QUARTER_2 = 6.077100506506192e-11
# The same for ln 2.
_INVERSE_LN2 = 1.4426950408889634
_LN2_1 = 0.6931471803691238
_LN2_2 = 1.9082149292705877e-10

# Chebyshev fits of (sin r/r - 1)/r² and (cos r - 1 + r²/2)/r⁴ in r² on |r| <= π/4, and of (exp r - 1 - r)/r² on
# |r| <= ln(2)/2; lowest power first, made with 60-digit arithmetic.
_SIN = (
    -0.16666666666666666,
    0.008333333333330948,
    -0.00019841269836758557,
    2.7557316102543096e-06,
    -2.5051131843056034e-08,
    1.5918129154550544e-10,
)
_COS = (
    0.041666666666666664,
    -0.0013888888888887398,
    2.4801587298765676e-05,
    -2.755731727172395e-07,
    2.087614626718481e-09,
    -1.1382632337741214e-11,
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
    """(sin x, cos x), x in rad, |x| < 1e5: fold by multiples of π/2 into |r| <= π/4, then two polynomials."""
    shifted = fma(x, _TWO_OVER_PI, _ROUND)
    n, quarter = shifted - _ROUND, bits_from_float(shifted)
    r = fma(n, -_QUARTER_2, fma(n, -_QUARTER_1, x))
    u = r * r
    s = fma(u, fma(u, fma(u, fma(u, fma(u, _SIN[5], _SIN[4]), _SIN[3]), _SIN[2]), _SIN[1]), _SIN[0])
    c = fma(u, fma(u, fma(u, fma(u, fma(u, _COS[5], _COS[4]), _COS[3]), _COS[2]), _COS[1]), _COS[0])
    s, c = fma(r * u, s, r), fma(u, fma(u, c, -0.5), 1.0)
    sine, cosine = (c, s) if quarter & 1 else (s, c)
    return -sine if quarter & 2 else sine, -cosine if (quarter + 1) & 2 else cosine


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
