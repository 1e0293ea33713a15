"""Schema of ``band``: which bands carry packets, and how they are evaluated."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo

from wavepacket.config.types import BANDS_TAG, NEAR_TAG, GridShape, Integer, PointOrName, Section
from wavepacket.units import Number

__all__ = ["Band"]


def _only_when_followed(point: object, info: ValidationInfo) -> object:
    if point is not None and info.data.get("follow") == "index":
        raise ValueError("belongs to 'follow: character': an index means the same band at every point")
    return point


_Group = tuple[int, ...] | Literal["auto"] | None


def _successive(group: _Group, info: ValidationInfo) -> _Group:
    if group is None:
        return None
    if info.data.get("follow") == "character":
        raise ValueError("a group of bands is counted from the bottom: leave out 'follow'")
    if group == "auto":
        return group
    if list(group) != list(range(group[0], group[0] + len(group))) or group[0] != info.data.get(
        "index", group[0]
    ):
        raise ValueError(f"must be successive bands that begin with the lowest one, not {list(group)}")
    if info.data.get("source", "auto") not in ("auto", "direct"):
        raise ValueError("a group of bands is diagonalised at every k: leave out 'source'")
    return group


_Listed = Annotated[
    tuple[Annotated[Integer, Field(ge=0, le=10**4)], ...], Field(min_length=1), Tag(BANDS_TAG)
]
_LISTED_OR_NAMED = Discriminator(lambda value: NEAR_TAG if isinstance(value, str) else BANDS_TAG)
_Bands = Annotated[_Listed | Annotated[Literal["auto"], Tag(NEAR_TAG)], _LISTED_OR_NAMED]
_Each = Annotated[_Listed | Annotated[Literal["auto", "all"], Tag(NEAR_TAG)], _LISTED_OR_NAMED]


def _apart(each: tuple[int, ...] | str | None, info: ValidationInfo) -> tuple[int, ...] | str | None:
    if each is None:
        return None
    if info.data.get("group") is not None:
        raise ValueError("bands that carry packets of their own are no group: leave out 'group'")
    if isinstance(each, str):
        if info.data.get("follow") == "character":
            raise ValueError("a band that follows its character is named by its number: give a list of bands")
        return each
    if list(each) != sorted(set(each)):
        raise ValueError(f"must be different bands in rising order, not {list(each)}")
    if each[0] != info.data.get("index", each[0]):
        raise ValueError("must begin with the band 'index': leave that out, or write 'bands: {each: [...]}'")
    return each


def _only_of_each(others: str | None, info: ValidationInfo) -> str | None:
    if others is not None and info.data.get("each") is None:
        raise ValueError("belongs to several bands: 'bands: auto' or 'bands: {each: [3, 4]}'")
    return others


class Band(Section):
    """Which band carries the packets (0 is the lowest) and how it is evaluated.

    A `group` of successive bands, `bands: [2, 3]` for short, carries packets with an internal state; with `auto`, `bands:
    {near: 2}` for short, it is band `index` with those that come near it on the way.

    `each` of several bands carries packets of its own in one run: `bands: {each: [3, 4]}` for short, or `bands: auto` (those
    with states in the window of the ensemble) and `bands: all`. `others` are bands without packets: in a linear response
    their `occupied` states add an anomalous Hall effect, as they do with auto and all, or they are `left_out`.

    A band that follows its character through crossings is counted at the point `at` (a name or coordinates; default Γ).
    """

    index: Annotated[Integer, Field(ge=0, le=10**4)]
    follow: Literal["index", "character"] = "index"
    at: Annotated[PointOrName | None, AfterValidator(_only_when_followed)] = None
    source: Literal["auto", "two_band", "table", "direct"] = "auto"
    accuracy: Annotated[Number, Field(ge=1e-14, le=0.1)] = 1e-6
    grid: GridShape | None = None
    position_elements: bool = Field(default=True, strict=True)
    group: Annotated[_Bands | None, AfterValidator(_successive)] = None
    each: Annotated[_Each | None, AfterValidator(_apart)] = None
    others: Annotated[Literal["occupied", "left_out"] | None, AfterValidator(_only_of_each)] = None
