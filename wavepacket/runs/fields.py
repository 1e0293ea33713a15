"""What a dataset of a run is, and those that only few runs have: of packets in cells, and in a group of bands."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["BINS", "Field", "of_cells", "of_groups"]

BINS = ("sums/sign", "sums/replica", "sums/valley", "time")
"""Dimensions of most sums."""


@dataclass(frozen=True)
class Field:
    """One dataset of a shard.

    Parameters
    ----------
    name : path inside the file
    dtype : numpy type, little-endian
    dims : one path of a scale for each axis
    units : text of the attribute; ``{per}`` stands for what the unit of a weight has behind its 1; empty for none
    long_name : text of the attribute
    required : whether every shard has it
    """

    name: str
    dtype: str
    dims: tuple[str, ...]
    units: str
    long_name: str
    required: bool = True


def of_cells() -> Iterator[Field]:
    """Yield the sums over packets of a layer in cells."""
    cells, corners = ("sums/cell_x", "sums/cell_y"), ("sums/corner_x", "sums/corner_y")
    for what, names in (("middle", cells), ("side", corners)):
        for name in names:
            yield Field(
                name,
                "<i4",
                (name,),
                "1",
                f"{what} of a cell along {name[-1]}, from the low end",
                required=False,
            )
    for name, dims, units, long_name in (
        ("density", cells, "1{per}", "sum of weight at the last saved time"),
        ("density_before", cells, "1{per}", "sum of weight at the first saved time"),
        ("flow_x", (corners[0], cells[1]), "angstrom/fs{per}", "sum of weight times velocity along x"),
        ("flow_y", (cells[0], corners[1]), "angstrom/fs{per}", "sum of weight times velocity along y"),
        ("moment", corners, "eV angstrom^2{per}", "sum of weight times moment over e/hbar"),
        (
            "itinerant",
            corners,
            "eV angstrom^2{per}",
            "sum of weight times share in the itinerant magnetization",
        ),
    ):
        yield Field(
            f"sums/local_{name}",
            "<f8",
            ("sums/replica", *dims),
            units,
            f"{long_name}, smoothed",
            required=False,
        )


def of_groups() -> Iterator[Field]:
    """Yield the datasets of packets in a group of bands."""
    component, value = "diagnostics/component", "sums/value"
    for name, dims, units, long_name in (
        (component, (component,), "1", "real part, then imaginary part of each orbital"),
        ("diagnostics/state", ("trajectory", "time", component), "1", "internal state, periodic in k"),
        ("diagnostics/state_norm", ("trajectory",), "1", "largest | |u| - 1 | at the end of a step"),
        (
            "diagnostics/state_leak",
            ("trajectory",),
            "1",
            "largest part of u outside its group of bands there",
        ),
        ("sums/spin", (*BINS, "axis"), "1{per}", "sum of weight times spin, hbar"),
        (
            "sums/spin_current",
            (*BINS, "axis"),
            "angstrom/fs{per}",
            "sum of weight times spin along its axis times velocity",
        ),
        (
            "sums/spin_displacement",
            (*BINS, "axis"),
            "angstrom{per}",
            "sum of weight times sign of the first spin times way",
        ),
        ("sums/polarised", (*BINS, "axis"), "1{per}", "sum of weight of packets that start with a spin"),
        (value, (value,), "1", "values of the spin by which sums are resolved, from the lowest"),
        ("sums/value_population", (*BINS, value), "1{per}", "sum of weight times share of the value"),
        (
            "sums/value_current",
            (*BINS, value, "axis"),
            "angstrom/fs{per}",
            "sum of weight times share of the value times velocity",
        ),
        (
            "sums/value_displacement",
            (*BINS, value, "axis"),
            "angstrom{per}",
            "sum of weight times share of the value at the start times way",
        ),
    ):
        dtype = "<i4" if name in (component, value) else "<f8"
        yield Field(name, dtype, dims, units, long_name, required=False)
