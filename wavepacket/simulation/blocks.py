"""What is found out about trajectories of consecutive numbers."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.errors import Status
from wavepacket.simulation.path_buffers import PathBuffer


@dataclass(frozen=True, eq=False)
class Block:
    """Trajectories of consecutive numbers; shapes and units as in a shard (``runs``).

    Full paths are kept of the trajectories whose numbers are in ``path``.
    """

    trajectory: Integer
    path: Integer
    position: Float
    wavevector: Float
    weight: Float
    valley: Integer
    replica: Integer
    electric_sign: Integer
    status: Integer
    diagnostics: dict[str, npt.NDArray[np.generic]]
    sums: dict[str, Float]
    in_cells: Float  # what each adds to sums in cells, which are large and made of whole shards: see ``Layer.values``


def counted_in_cells(status: Integer, signs: Integer) -> Integer:
    """Rows of packets that sums in cells are made of: with E as given, and finished."""
    return np.flatnonzero((status == Status.OK) & (signs > 0))


def merge(blocks: list[Block], buffer: PathBuffer | None = None) -> Block:
    """Join blocks of successive trajectories, whose paths may lie in one buffer already."""
    first = blocks[0]
    names = {field.name for field in fields(Block)} - {"diagnostics", "sums"}
    paths = {} if buffer is None else buffer._asdict()
    joined = {name: np.concatenate([getattr(each, name) for each in blocks]) for name in names - set(paths)}
    diagnostics = {
        key: np.concatenate([each.diagnostics[key] for each in blocks]) for key in first.diagnostics
    }
    sums = {key: sum((each.sums[key] for each in blocks[1:]), first.sums[key]) for key in first.sums}
    return replace(first, **joined, **paths, diagnostics=diagnostics, sums=sums)
