"""Types that several sections of the schema share: integers, vectors of one to three components, matrices."""

import re
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

from wavepacket.units import (
    LARGEST_FIELD,
    ElectricField,
    EnergyGradient,
    Length,
    MagneticField,
    MagneticGradient,
    Number,
    Wavevector,
    parse_quantity,
    shown,
)

__all__ = [
    "BANDS_TAG", "BAND_TAG", "CHIRALITY", "FACTORS_TAG", "FOUND_TAG", "MATRICES_TAG", "MATRIX_TAG", "NAME_TAG",
    "NUMBER_TAG", "PAIRS_TAG", "POINTS_TAG", "POINT_TAG", "POLAR_TAG", "RULE_TAG", "SPIN_TAG", "VECTOR_TAG", "BandOrBands",
    "ByValley", "Cell", "Count", "ElectricVector", "Found", "GradientVector", "GridShape", "Integer", "LengthVector",
    "MagneticSlope", "MagneticVector", "Matrix", "Name", "NumberVector", "PointOrName", "Points", "PointsOrFound",
    "Powers", "Section", "Text", "Vector", "WavevectorVector", "integer", "pad",
]  # fmt: skip

_T = TypeVar("_T", int, float)


class Section(BaseModel):
    """A mapping of the config: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Misfit(ValueError):
    """A complaint of a section about a value further inside, which is at ``path`` from there."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def pad(vector: tuple[_T, ...]) -> tuple[_T, ...]:
    """Fill a vector up with zeros to three components."""
    return vector + (type(vector[0])(0),) * (3 - len(vector))


def integer(value: object) -> object:
    """Let integers through, and floats without a fraction (``1e6``), but no booleans and no text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be an integer, not {shown(value)}")
    return value


_FARTHEST = 1e6  # zones, or 1/Å of a k·p model: farther away rounding hides what is nearby

_UNSIGNED = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_COMPLEX = re.compile(rf"([+-]?{_UNSIGNED})(?:([+-](?:{_UNSIGNED})?)j)?|([+-]?(?:{_UNSIGNED})?)j", re.ASCII)


def _complex(value: object) -> complex:
    """Read a number, ``"0.1+0.2j"`` or [re, im]."""
    if isinstance(value, complex):
        value = [value.real, value.imag]
    if isinstance(value, list) and len(value) == 2 and not any(isinstance(part, str) for part in value):
        return complex(*(parse_quantity(part, "number") for part in value))
    if isinstance(value, str):
        return _complex_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, text such as '0.1+0.2j', or [re, im], not {shown(value)}")
    return complex(parse_quantity(value, "number"))


def _complex_text(text: str) -> complex:
    plain = text.replace(" ", "").replace("−", "-")
    match = _COMPLEX.fullmatch(plain) if len(plain) <= 100 else None
    if match is None:
        raise ValueError(
            f"cannot read {shown(text)} as a complex number; write '0.1+0.2j' or [0.1, 0.2], without a unit"
        )
    imaginary = match[2] or match[3] or ("1" if match[1] is None else "0")
    if imaginary in ("+", "-"):
        imaginary += "1"
    return complex(parse_quantity(match[1] or "0", "number"), parse_quantity(imaginary, "number"))


def _complex_text_out(value: complex) -> float | str:
    return f"{value.real!r}{value.imag:+}j" if value.imag else value.real


def _square(matrix: tuple[tuple[complex, ...], ...]) -> tuple[tuple[complex, ...], ...]:
    wrong = next((len(row) for row in matrix if len(row) != len(matrix)), None)
    if wrong is not None:
        raise ValueError(f"must be square, but has {len(matrix)} rows and a row of {wrong}")
    return matrix


def _bounded(point: tuple[float, ...]) -> tuple[float, ...]:
    if any(abs(component) > _FARTHEST for component in point):
        raise ValueError(f"coordinates beyond {_FARTHEST:g} are no point of a crystal: check their unit")
    return point


def _below(largest: float, unit: str) -> AfterValidator:
    """Refuse vectors beyond all measure, of which sums and powers leave the range of numbers."""

    def checked(vector: tuple[float, ...]) -> tuple[float, ...]:
        if any(abs(component) > largest for component in vector):
            raise ValueError(f"no field is larger than {largest:g} {unit}: check the unit")
        return vector

    return AfterValidator(checked)


def _short_names(points: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    if any(not 0 < len(name) <= 50 for name in points):
        raise ValueError("a name must have 1 to 50 characters")
    return points


Integer = Annotated[int, BeforeValidator(integer)]
Count = Annotated[Integer, Field(ge=1, le=10**9)]
Name = Annotated[str, Field(pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=100)]

# A vector may be written with fewer than three components; the rest are zeros.
Vector = (Field(min_length=1, max_length=3), AfterValidator(pad))
NumberVector = Annotated[tuple[Number, ...], *Vector]
LengthVector = Annotated[tuple[Length, ...], *Vector]
ElectricVector = Annotated[tuple[ElectricField, ...], *Vector, _below(LARGEST_FIELD, "V/angstrom")]
GradientVector = Annotated[tuple[EnergyGradient, ...], *Vector, _below(LARGEST_FIELD, "eV/angstrom")]
WavevectorVector = Annotated[tuple[Wavevector, ...], *Vector]
MagneticVector = Annotated[tuple[MagneticField, ...], *Vector, _below(1e12, "T")]
MagneticSlope = Annotated[tuple[MagneticGradient, ...], *Vector, _below(1e12, "T/angstrom")]
Cell = Annotated[tuple[Annotated[Integer, Field(ge=-(10**4), le=10**4)], ...], *Vector]
Powers = Annotated[tuple[Annotated[Integer, Field(ge=0, le=8)], ...], *Vector]
GridShape = Annotated[
    tuple[Annotated[Integer, Field(ge=1, le=10**5)], ...], Field(min_length=1, max_length=3)
]
Point = Annotated[NumberVector, AfterValidator(_bounded)]
Points = Annotated[dict[str, Point], AfterValidator(_short_names)]
Found = Literal["auto"]
# The tags of a union are part of pydantic's locations; the colon keeps these apart from a user's names.
FOUND_TAG, POINTS_TAG = "valleys:found", "valleys:points"
VECTOR_TAG, POLAR_TAG = "magnetic:vector", "magnetic:polar"
NUMBER_TAG, MATRIX_TAG = "magnetic:number", "magnetic:matrix"
PointsOrFound = Annotated[
    Annotated[Points, Tag(POINTS_TAG)] | Annotated[Found, Tag(FOUND_TAG)],
    Discriminator(lambda value: FOUND_TAG if isinstance(value, str) else POINTS_TAG),
]
FACTORS_TAG, RULE_TAG = "valleys:factors", "valleys:rule"
CHIRALITY = "chirality"
ByValley = Annotated[
    Annotated[dict[Text, Number], Field(min_length=1, max_length=100), Tag(FACTORS_TAG)]
    | Annotated[Literal["chirality"], Tag(RULE_TAG)],
    Discriminator(lambda value: RULE_TAG if isinstance(value, str) else FACTORS_TAG),
]
NAME_TAG, POINT_TAG = "point:name", "point:coordinates"
SPIN_TAG, MATRICES_TAG, PAIRS_TAG = "spin:size", "spin:matrices", "spin:pairs"
BAND_TAG, BANDS_TAG, NEAR_TAG = "bands:one", "bands:listed", "bands:near"
PointOrName = Annotated[
    Annotated[Point, Tag(POINT_TAG)] | Annotated[Text, Tag(NAME_TAG)],
    Discriminator(lambda value: NAME_TAG if isinstance(value, str) else POINT_TAG),
]

_NUMBER = {"type": "number"}
Complex = Annotated[
    complex,
    PlainValidator(_complex),
    PlainSerializer(_complex_text_out),
    WithJsonSchema(
        {
            "anyOf": [
                _NUMBER,
                {"type": "string"},
                {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
Matrix = Annotated[
    tuple[tuple[Complex, ...], ...], Field(min_length=1, max_length=100), AfterValidator(_square)
]


def _successive(bands: tuple[int, ...]) -> tuple[int, ...]:
    if list(bands) != list(range(bands[0], bands[0] + len(bands))):
        raise ValueError(f"must be successive bands, not {list(bands)}")
    return bands


_Index = Annotated[Integer, Field(ge=0, le=10**4)]
BandOrBands = Annotated[
    Annotated[_Index, Tag(BAND_TAG)]
    | Annotated[
        tuple[_Index, ...], Field(min_length=1, max_length=100), AfterValidator(_successive), Tag(BANDS_TAG)
    ],
    Discriminator(lambda value: BANDS_TAG if isinstance(value, list | tuple) else BAND_TAG),
]
