"""Schema of profiles on a grid: samples in a file, of any origin or of a micromagnetic program."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from wavepacket.config.files import FileSection
from wavepacket.config.registered import Registered
from wavepacket.config.schema_profile_base import BaseProfile
from wavepacket.config.schema_space import ORIGIN
from wavepacket.config.types import Integer

if TYPE_CHECKING:
    from wavepacket.space_spline import SpaceSpline

__all__ = ["GridProfile", "OVFProfile", "OwnProfile"]


class GridProfile(BaseProfile, FileSection):
    """A quintic spline through samples on an even grid, in a file; beyond its edges as at them.

    The file (``.npz`` or HDF5) has `x` (Å), and where the profile depends on them `y` and `t` (fs), and `profile` over these
    axes, with a last axis for two or three components. A `periodic` axis repeats after its last point by one spacing. Of a
    `unit` vector the samples are divided by their lengths, and so is what is between them.
    """

    kind: Literal["grid"]
    periodic: Annotated[tuple[Literal["x", "y"], ...], Field(max_length=2)] = ()
    unit: bool = False
    _splines: Any = PrivateAttr(default=None)

    @property
    def splines(self) -> "tuple[SpaceSpline, ...]":
        """Of each component, read when first asked for; InputError where there are no such samples."""
        from wavepacket.config.profile_samples import profile_splines  # numpy takes a while to load

        if self._splines is None:
            self._splines = profile_splines(self.arrays(), self.periodic, unit=self.unit)
        return self._splines  # type: ignore[no-any-return]

    def arrays(self) -> Mapping[str, Any]:
        """Arrays in the file by name; InputError where it cannot be read."""
        from wavepacket.arrays import load_arrays

        return load_arrays(self.file, self.content)

    @property
    def cell(self) -> tuple[float, float] | None:
        """A period along each axis on which the samples depend."""
        arrays, lengths = self.arrays(), []
        for axis in ("x", "y"):
            points = arrays.get(axis, ())
            if len(points) > 1 and axis not in self.periodic:
                return None
            lengths.append(float(points[1] - points[0]) * len(points) if len(points) > 1 else math.inf)
        return lengths[0], lengths[1]

    def data(self, **keys: object) -> "GridProfile":
        """The profile as a run keeps it: with the content of its file, and of the kind grid; ``keys`` replace its own."""
        from wavepacket.arrays import packed

        given = {
            "kind": "grid",
            **self.model_dump(include={"center", "velocity", "periodic", "unit", "file"}),
            **keys,
        }
        return GridProfile.model_validate(given).holding(packed(self.arrays()))

    @property
    def largest_turn(self) -> float:
        """Of a unit vector: largest angle between neighbouring samples, rad; else 0."""
        from wavepacket.config.profile_samples import QUANTITY, largest_turn

        return largest_turn(self.arrays()[QUANTITY]) if self.unit else 0.0

    @property
    def components(self) -> int:  # type: ignore[override]
        """How many there are in the file."""
        return len(self.splines)

    @property
    def is_direction(self) -> bool:  # type: ignore[override]
        """A unit vector is one."""
        return self.unit

    @property
    def function(self) -> str:
        """One for all grids."""
        return "grid"

    def numbers(self) -> tuple[float, ...]:
        """Where the coefficients are is known when all profiles are there; then as the kernel's function says."""
        x, y, _, t = (axis.numbers() if axis else ORIGIN for axis in self.splines[0].axes)
        return 0.0, float(self.components), float(self.unit), *x, *y, *t, self.length

    @property
    def length(self) -> float:
        """Shortest of the components."""
        return min(spline.length for spline in self.splines)

    @property
    def rate(self) -> float:
        """Fastest of the components."""
        return max(spline.rate for spline in self.splines)


class OVFProfile(GridProfile):
    """The unit vector along the magnetisation in an ``.ovf`` file of OOMMF or mumax, in the layer `layer` of its mesh."""

    kind: Literal["ovf"]  # type: ignore[assignment]
    unit: Literal[True] = True
    layer: Annotated[Integer, Field(ge=0, le=10**6)] = 0

    def arrays(self) -> Mapping[str, Any]:
        """As of a grid."""
        from wavepacket.config.ovf import ovf_arrays

        if self.content is not None:
            return super().arrays()
        return ovf_arrays(self.file, self.layer)


class OwnProfile(Registered, BaseProfile):
    """A profile of a registered kind: its function makes the samples of λ(r, t), in a frame at `center` with `velocity`."""

    _data: GridProfile | None = PrivateAttr(default=None)

    @property
    def grid(self) -> GridProfile:
        """The samples, made when first asked for; InputError where the function fails."""
        if self._data is None:
            made = self.made(GridProfile, "wavepacket.sampled_profile(...)")
            self._data = made.data(center=self.center, velocity=self.velocity)
        return self._data

    @property
    def components(self) -> int:  # type: ignore[override]
        """As of the samples."""
        return self.grid.components

    @property
    def is_direction(self) -> bool:  # type: ignore[override]
        """As of the samples."""
        return self.grid.is_direction

    @property
    def function(self) -> str:
        """As of the samples."""
        return self.grid.function

    def numbers(self) -> tuple[float, ...]:
        """As of the samples."""
        return self.grid.numbers()

    @property
    def length(self) -> float:
        """As of the samples."""
        return self.grid.length

    @property
    def rate(self) -> float:
        """As of the samples."""
        return self.grid.rate
