"""What terms of fields in space have in common: a factor for each valley, and samples on a grid."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, PrivateAttr

from wavepacket.config.files import FileSection
from wavepacket.config.types import CHIRALITY, ByValley, NumberVector, Section
from wavepacket.errors import InputError
from wavepacket.units import Length, Number

if TYPE_CHECKING:
    from wavepacket.space_spline import SpaceSpline

__all__ = ["ORIGIN", "Direction", "Extent", "GridTerm", "Scale", "SpaceTerm"]

ORIGIN = (0.0, 0.0, 0.0)

Scale = Annotated[Length, Field(gt=0, le=1e12)]
Extent = Annotated[Length, Field(ge=0, le=1e12)]


def _unit(vector: tuple[float, ...]) -> tuple[float, ...]:
    largest = max(map(abs, vector))
    if not largest:
        raise ValueError("must not be the zero vector")
    scaled = [component / largest for component in vector]
    return tuple(component / math.hypot(*scaled) for component in scaled)


Direction = Annotated[NumberVector, AfterValidator(_unit)]


class SpaceTerm(Section):
    """A term of V(r, t) or B_z(r); `valleys` are factors by the names of valleys, for packets that start in them.

    Of `chirality` they are the signs of the crystal's valleys.
    """

    valleys: ByValley | None = None
    function: ClassVar[str]  # of the kernel, by name

    def numbers(self, charge: float) -> tuple[float, ...]:
        """What the kernel's function reads, for a carrier of charge ``charge`` e."""
        raise NotImplementedError

    def factors(self, names: tuple[str, ...]) -> tuple[float, ...]:
        """Factor of each valley; none where the term is the same in all."""
        if isinstance(self.valleys, str):
            raise InputError(
                f"valleys: {CHIRALITY} has no numbers before a run knows its valleys: give factors"
            )
        return tuple(self.valleys[name] for name in names) if self.valleys is not None else ()

    @property
    def length(self) -> float:
        """Shortest length over which it varies, Å."""
        return math.inf

    @property
    def length_on_layer(self) -> float:
        """The same in the plane z = 0."""
        return self.length

    @property
    def narrowest(self) -> tuple[float, ...]:
        """Place (Å) near which it does."""
        return tuple(getattr(self, "position", getattr(self, "center", ORIGIN)))

    @property
    def rate(self) -> float:
        """Angular frequency at a fixed place, rad/fs; 0 where it is static."""
        return 0.0

    @property
    def is_flat(self) -> bool:
        """Whether nothing in it depends on z for packets at z = 0."""
        upright = getattr(self, "normal", (0.0, 0.0, 1.0))[:2] == (0.0, 0.0)
        vectors = ("gradient", "direction", "wavevector", "position", "center")
        return upright and not any(getattr(self, name, ORIGIN)[2] for name in vectors)


class GridTerm(SpaceTerm, FileSection):
    """`scale` times a quintic spline through samples on an even grid, in a file; beyond its edges as at them.

    The file (``.npz`` or HDF5) has `x`, and where the field depends on them `y`, `z` (Å) and `t` (fs), and the samples over
    these axes. A `periodic` axis repeats after its last point by one spacing.
    """

    kind: Literal["grid"]
    scale: Number = 1.0
    periodic: Annotated[tuple[Literal["x", "y", "z"], ...], Field(max_length=3)] = ()
    function: ClassVar[str] = "grid"
    quantity: ClassVar[str]
    unit: ClassVar[str]
    axes: ClassVar[str] = "xyzt"
    _spline: Any = PrivateAttr(default=None)

    @property
    def spline(self) -> "SpaceSpline":
        """The spline, read when first asked for; InputError where there are no such samples."""
        from wavepacket.space_spline import space_spline  # numpy takes a while to load

        if self._spline is None:
            self._spline = space_spline(
                self.arrays(), self.quantity, self.unit, self.periodic, axes=self.axes
            )
        return self._spline  # type: ignore[no-any-return]

    def arrays(self) -> Mapping[str, Any]:
        """Arrays in the file by name; InputError where it cannot be read."""
        from wavepacket.arrays import load_arrays

        return load_arrays(self.file, self.content)

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Where the coefficients are is known when all terms are there; reach, and the axes."""
        axes = [axis.numbers() if axis else ORIGIN for axis in self.spline.axes]
        return 0.0, self.length, *(number for axis in axes for number in axis)

    @property
    def length(self) -> float:
        """Of the spline."""
        return self.spline.length

    @property
    def narrowest(self) -> tuple[float, ...]:
        """Of the spline."""
        return self.spline.narrowest

    @property
    def rate(self) -> float:
        """Of the spline."""
        return self.spline.rate

    @property
    def is_flat(self) -> bool:
        """Without an axis z."""
        return self.spline.axes[2] is None
