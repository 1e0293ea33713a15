"""Schema of ``internal``: the state within a group of bands that packets start in, and the spin that is measured of it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from wavepacket.config.schema_spin import Spin
from wavepacket.config.types import NumberVector, Section
from wavepacket.units import Number

__all__ = ["Internal"]


def _needs_spin(start: str, info: ValidationInfo) -> str:
    _resolves(start, info)
    return start


def _resolves(kind: str | None, info: ValidationInfo) -> str | None:
    if kind in ("spin", "helicity") and info.data.get("spin") is None:
        raise ValueError(f"{kind!r} needs 'spin', such as 1/2, or three matrices")
    return kind


def _not_of_levels(values: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
    start = info.data.get("start")
    if values is not None and start == "optical":
        raise ValueError(
            "belongs to 'start: spin' and 'start: helicity': light makes the states of 'optical'"
        )
    if values is not None and start == "eigenstates":
        raise ValueError(
            "belongs to 'start: spin' and 'start: helicity': of eigenstates there is one packet each"
        )
    if values is not None and len(set(values)) < len(values):
        raise ValueError("a value is listed twice")
    return values


def _some_for_each(weights: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
    if weights is None:
        return None
    if info.data.get("start") == "optical":
        raise ValueError("light gives the states of 'start: optical' their weights")
    values = info.data.get("values")
    if values is not None and len(values) != len(weights):
        raise ValueError(f"must have {len(values)} entries, one for each of 'values', not {len(weights)}")
    if not any(weights):
        raise ValueError("must not all be zero")
    return weights


def _not_zero(axis: tuple[float, ...]) -> tuple[float, ...]:
    if not any(axis):
        raise ValueError("must not be zero")
    return axis


class Internal(Section):
    """Internal state of packets in a group of bands.

    `spin` names the operators S_x, S_y, S_z: 1/2 or 3/2, the outer index of the orbitals, largest S_z first, or three
    matrices. Packets start in eigenstates of H within the group, of S along `axis`, or of S along k (`helicity`): in all of
    them, or in those with these `values`; or in those that the light of an `optical` ensemble makes. `weights` are factors
    of the weights of each start, by rising energy or eigenvalue, or as `values` are: [0.2, 0.8] is a polarisation of 60 %.
    `resolve` sums populations, ways and currents by the values of the spin along `axis` (`spin`) or along k (`helicity`).
    With `store` shards keep the state at every save.
    """

    spin: Spin | None = None
    start: Annotated[Literal["eigenstates", "spin", "helicity", "optical"], AfterValidator(_needs_spin)] = (
        "eigenstates"
    )
    axis: Annotated[NumberVector, AfterValidator(_not_zero)] = (0.0, 0.0, 1.0)
    values: Annotated[
        tuple[Number, ...] | None, Field(min_length=1, max_length=100), AfterValidator(_not_of_levels)
    ] = None
    weights: Annotated[
        tuple[Annotated[Number, Field(ge=0)], ...] | None,
        Field(min_length=1, max_length=100),
        AfterValidator(_some_for_each),
    ] = None
    resolve: Annotated[Literal["spin", "helicity"] | None, AfterValidator(_resolves)] = None
    store: Annotated[bool, Field(strict=True)] = False
