"""Internal units (eV, Å, fs, V, T, K, charge in e > 0), constants, and quantities such as ``"1 kV/cm"``.

A quantity is a plain number in the default unit of its dimension, or text: a number and a product, quotient
or power of known unit symbols. Hz counts cycles: ``1 THz`` is 2π rad/ps. Nothing is ever evaluated.
"""

import math
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from wavepacket.errors import InputError

__all__ = [
    "BIOT_SAVART", "BOHR_MAGNETON", "BOLTZMANN", "COULOMB", "DIMENSIONS", "E2_OVER_H", "ELECTRON_MASS", "ELEMENTARY_CHARGE",
    "E_OVER_HBAR", "HBAR", "LARGEST_FIELD", "PLANCK", "SIEMENS", "SIEMENS_PER_CENTIMETRE", "Angle",
    "AngularFrequency", "Current", "ElectricField", "Energy", "EnergyArea", "EnergyGradient", "EnergyLength", "Length",
    "MagneticField", "MagneticGradient", "MagneticMoment", "Mass", "Number", "Quantity", "QuantityError", "Stiffness",
    "Temperature", "Time", "Wavevector", "parameter_dimensions", "parse_quantity", "shown",
]  # fmt: skip

ELEMENTARY_CHARGE: Final = 1.602176634e-19
"""C, exact."""
_PLANCK_SI: Final = 6.62607015e-34
_ELECTRON_MASS_SI: Final = 9.1093837139e-31

PLANCK: Final = _PLANCK_SI / ELEMENTARY_CHARGE * 1e15
"""h in eV fs. A 2D conductivity in internal units (e per fs V) times h is in e²/h."""
HBAR: Final = PLANCK / (2 * math.pi)
"""ħ in eV fs."""
E_OVER_HBAR: Final = 1e-5 / HBAR
"""e·(1 T)/ħ in Å⁻² per T: 1 T = 10⁻⁵ V fs/Å²."""
E2_OVER_H: Final = ELEMENTARY_CHARGE**2 / _PLANCK_SI
"""Conductance quantum for one spin, S."""
BOLTZMANN: Final = 1.380649e-23 / ELEMENTARY_CHARGE
"""k_B in eV/K."""
COULOMB: Final = 1e10 * ELEMENTARY_CHARGE / (4 * math.pi * 8.8541878188e-12)
"""e²/4πε₀ in eV Å."""
BIOT_SAVART: Final = 1e10 * 1.25663706127e-6 / (4 * math.pi)
"""μ₀/4π in T Å/A (CODATA 2022)."""
ELECTRON_MASS: Final = _ELECTRON_MASS_SI / ELEMENTARY_CHARGE * 1e10
"""m_e in eV fs²/Å² (CODATA 2022)."""
BOHR_MAGNETON: Final = 1e-5 * HBAR / (2 * ELECTRON_MASS)
"""eħ/2m_e in eV/T."""
SIEMENS: Final = ELEMENTARY_CHARGE * 1e15
"""S in one e/(fs V), the internal unit of a 2D conductivity."""
SIEMENS_PER_CENTIMETRE: Final = SIEMENS * 1e8
"""S/cm in one e/(fs V Å), the internal unit of a 3D conductivity."""
LARGEST_FIELD: Final = 1e6
"""V/Å that a config or a sample may have: far beyond what any crystal survives."""


class QuantityError(InputError, ValueError):
    """A quantity that cannot be read; the message says what would be right."""


# A unit is (mantissa, power of ten, exponents of eV, Å, fs, e, K, rad): powers of ten stay integers so that
# "1 kV/cm" is exactly 1e-5 V/Å.
Unit = tuple[float, int, tuple[int, ...]]
_ENERGY, _LENGTH, _TIME = (1, 0, 0, 0, 0, 0), (0, 1, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0)
_CHARGE, _TEMPERATURE, _ANGLE = (0, 0, 0, 1, 0, 0), (0, 0, 0, 0, 1, 0), (0, 0, 0, 0, 0, 1)
_TESLA = (1, -2, 1, -1, 0, 0)

_PREFIXED: Final[dict[str, Unit]] = {
    "eV": (1.0, 0, _ENERGY),
    "J": (1e-19 / ELEMENTARY_CHARGE, 19, _ENERGY),
    "m": (1.0, 10, _LENGTH),
    "s": (1.0, 15, _TIME),
    "V": (1.0, 0, (1, 0, 0, -1, 0, 0)),
    "T": (1.0, -5, _TESLA),
    "G": (1.0, -9, _TESLA),
    "K": (1.0, 0, _TEMPERATURE),
    "A": (1e-19 / ELEMENTARY_CHARGE, 4, (0, 0, -1, 1, 0, 0)),
    "Hz": (2 * math.pi, -15, (0, 0, -1, 0, 0, 1)),
    "rad": (1.0, 0, _ANGLE),
}
_PREFIXES: Final = {
    "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "c": -2, "k": 3, "M": 6, "G": 9, "T": 12,
}  # fmt: skip
_ANGSTROM: Final[Unit] = (1.0, 0, _LENGTH)
_DEGREE: Final[Unit] = (math.pi / 180, 0, _ANGLE)
_UNITS: Final[dict[str, Unit]] = {
    **{p + u: (m, n + power, x) for u, (m, n, x) in _PREFIXED.items() for p, power in _PREFIXES.items()},
    **_PREFIXED,
    "angstrom": _ANGSTROM, "Angstrom": _ANGSTROM, "Å": _ANGSTROM, "\u212b": _ANGSTROM,
    "bohr": (0.529177210544, 0, _LENGTH),
    "deg": _DEGREE, "°": _DEGREE, "pi": (math.pi, 0, _ANGLE), "π": (math.pi, 0, _ANGLE),
    "e": (1.0, 0, _CHARGE),
    "m_e": (ELECTRON_MASS, 0, (1, -2, 2, 0, 0, 0)),
    "mu_B": (BOHR_MAGNETON, 5, (0, 2, -1, 1, 0, 0)),
    "1": (1.0, 0, (0, 0, 0, 0, 0, 0)),
}  # fmt: skip

DIMENSIONS: Final[dict[str, str]] = {
    "number": "1", "energy": "eV", "length": "angstrom", "area": "angstrom^2", "time": "fs", "rate": "1/fs",
    "velocity": "angstrom/fs", "electric_field": "V/angstrom", "magnetic_field": "T", "temperature": "K",
    "wavevector": "1/angstrom", "angle": "rad", "angular_frequency": "rad/fs", "mass": "m_e",
    "energy_length": "eV*angstrom", "energy_area": "eV*angstrom^2", "orbital_moment": "eV/T",
    "energy_gradient": "eV/angstrom", "stiffness": "eV/angstrom^2", "magnetic_gradient": "T/angstrom",
    "current": "A",
}  # fmt: skip
"""Dimension → its default unit."""

# What else a quantity may be given as: (dimension, dimension of the text) → factor between internal units.
_EQUIVALENT: Final = {
    ("angular_frequency", "energy"): 1 / HBAR,
    ("energy_length", "velocity"): HBAR,
    ("velocity", "energy_length"): 1 / HBAR,
}
_HINTS: Final = {
    "a": "angstrom", "ang": "angstrom", "angstroms": "angstrom", "kelvin": "K", "tesla": "T", "gauss": "G",
    "degree": "deg", "degrees": "deg", "radian": "rad", "radians": "rad", "volt": "V", "second": "s", "meter": "m",
    "metre": "m", "hertz": "Hz", "me": "m_e", "m0": "m_e", "mub": "mu_B",
}  # fmt: skip

_QUANTITY: Final = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+))?(?![\d.])\s*(.*)", re.DOTALL | re.ASCII
)
_FACTOR: Final = re.compile(r"([^\W\d]\w*|°|1)(?:(?:\^|\*\*)\(?([+-]?[1-9])\)?)?")
_SUPERSCRIPT: Final = re.compile("[⁻¹²³⁴⁵⁶⁷⁸⁹]+")
_PLAIN: Final = str.maketrans("−⁻¹²³⁴⁵⁶⁷⁸⁹", "--123456789")


def parse_quantity(value: object, dimension: str, path: str = "") -> float:
    """Return a quantity in the default unit of its dimension.

    Parameters
    ----------
    value : a number in the default unit, or text such as ``"1 kV/cm"``
    dimension : a key of `DIMENSIONS`
    path : put before the message of an error

    Examples
    --------
    >>> parse_quantity("2 ps", "time"), parse_quantity("1 kV/cm", "electric_field")
    (2000.0, 1e-05)
    """
    try:
        number = _read_text(value, dimension) if isinstance(value, str) else _read_number(value, dimension)
        return _finite(number)
    except QuantityError as error:
        raise QuantityError(f"{path}: {error}" if path else str(error)) from None


def _read_number(value: object, dimension: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(f"must be {_expected(dimension)}, not {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise QuantityError("the integer is too large") from None


def _read_text(text: str, dimension: str) -> float:
    plain = _SUPERSCRIPT.sub(lambda superscript: "^" + superscript.group(), text.strip()).translate(_PLAIN)
    match = _QUANTITY.fullmatch(plain) if len(plain) <= 100 else None
    if match is None:
        raise QuantityError(f"cannot read {shown(text)}; must be {_expected(dimension)}")
    digits, power, unit = match.groups()
    if not unit and dimension != "number":
        default = DIMENSIONS[dimension]
        either = f"write '{plain} {default}' or the plain number for {default}"
        raise QuantityError(f"missing unit in {shown(text)}; {either}")
    symbols = f"1{unit}" if unit[:1] in ("", "/") else unit
    mantissa, exponent = _conversion(_parse_unit(symbols), dimension, text)
    return float(f"{digits}e{int(power or 0) + exponent}") * mantissa


def _conversion(unit: Unit, dimension: str, text: str) -> tuple[float, int]:
    mantissa, exponent, exponents = unit
    default = _parse_unit(DIMENSIONS[dimension])
    if exponents == default[2]:
        return mantissa / default[0], exponent - default[1]
    known = next((name for name, symbol in DIMENSIONS.items() if _parse_unit(symbol)[2] == exponents), "")
    if (dimension, known) in _EQUIVALENT:
        return mantissa * _EQUIVALENT[dimension, known], exponent
    what = f"a quantity of dimension {known.replace('_', ' ')}" if known else "of another dimension"
    raise QuantityError(f"{shown(text)} is {what}; must be {_expected(dimension)}")


def _parse_unit(text: str) -> Unit:
    """Multiply the factors of ``a*b/c^n`` from left to right."""
    mantissa, exponent, exponents, sign = 1.0, 0, _UNITS["1"][2], 1
    for part in re.split(r"\s*((?<!\*)\*(?!\*)|·|/)\s*", text):
        if part in ("*", "·", "/"):
            sign = -1 if part == "/" else 1
            continue
        match = _FACTOR.fullmatch(part)
        if match is None or match[1] not in _UNITS:
            raise QuantityError(_unknown_unit(part if match is None else match[1]))
        power = sign * int(match[2] or 1)
        factor = _UNITS[match[1]]
        mantissa *= factor[0] ** power
        exponent += factor[1] * power
        exponents = tuple(a + b * power for a, b in zip(exponents, factor[2], strict=True))
    return mantissa, exponent, exponents


def _unknown_unit(symbol: str) -> str:
    import difflib  # only needed for a message; costs start-up time

    if not symbol:
        return "a unit is missing beside '*' or '/'"
    if len(symbol.split()) > 1:
        return f"unknown unit {shown(symbol)}; write a product as 'a*b' and a quotient as 'a/b'"
    other_case = [name for name in _UNITS if name.casefold() == symbol.casefold()][:2]
    close = other_case or difflib.get_close_matches(symbol[:40], _UNITS, n=1)
    close = [_HINTS[symbol.casefold()]] if symbol.casefold() in _HINTS else close
    suggestion = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    return f"unknown unit {shown(symbol)}{suggestion}"


def _expected(dimension: str) -> str:
    unit = DIMENSIONS[dimension]
    if dimension == "number":
        return "a plain number"
    more = ", '1 THz' or '1.5 eV'" if dimension == "angular_frequency" else ""
    return f"a number in {unit} or text with a unit of {dimension.replace('_', ' ')} such as '1 {unit}'{more}"


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise QuantityError("the number must be finite")
    return value


def shown(value: object) -> str:
    """Return a value as it is quoted in a message, cut to 50 characters."""
    if value is None:
        return "null"
    text = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 50 else text[:46] + "...'"


@dataclass(frozen=True)
class Quantity:
    """Marks a float annotation with its dimension, for builders of models and for the config schema alike."""

    dimension: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Read numbers and text with a unit (this file itself needs no pydantic)."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(
            lambda value: parse_quantity(value, self.dimension), handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Describe both ways of writing the quantity."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}], "description": _expected(self.dimension)}


Number = Annotated[float, Quantity("number")]
Energy = Annotated[float, Quantity("energy")]
Length = Annotated[float, Quantity("length")]
Time = Annotated[float, Quantity("time")]
ElectricField = Annotated[float, Quantity("electric_field")]
MagneticField = Annotated[float, Quantity("magnetic_field")]
Temperature = Annotated[float, Quantity("temperature")]
Wavevector = Annotated[float, Quantity("wavevector")]
Angle = Annotated[float, Quantity("angle")]
AngularFrequency = Annotated[float, Quantity("angular_frequency")]
Mass = Annotated[float, Quantity("mass")]
EnergyLength = Annotated[float, Quantity("energy_length")]
EnergyArea = Annotated[float, Quantity("energy_area")]
EnergyGradient = Annotated[float, Quantity("energy_gradient")]
MagneticGradient = Annotated[float, Quantity("magnetic_gradient")]
MagneticMoment = Annotated[float, Quantity("orbital_moment")]
Current = Annotated[float, Quantity("current")]
Stiffness = Annotated[float, Quantity("stiffness")]


def parameter_dimensions(builder: Callable[..., object]) -> dict[str, str]:
    """Return parameter → dimension of a builder from its annotations; int is ``integer``, str is ``text``."""
    hints = typing.get_type_hints(builder, include_extras=True)
    hints.pop("return", None)
    plain = {int: "integer", str: "text"}
    dimensions = {}
    for name, hint in hints.items():
        marks = [mark.dimension for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Quantity)]
        dimensions[name] = marks[0] if marks else plain.get(hint, "number")
    return dimensions
