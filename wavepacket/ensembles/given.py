"""Packets that a script gives as arrays, or a file of such arrays."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import load_arrays, packed
from wavepacket.config import Arrays
from wavepacket.config.files import ENSEMBLE
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.near import near_zone
from wavepacket.ensembles.packets import Packets
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.hamiltonians.arrays import LARGEST, real_array

__all__ = ["given_packets", "packets"]

_NAMES = ("wavevector", "weight", "position", "replica")


def packets(
    wavevector: npt.ArrayLike | PathLike[str],
    weight: npt.ArrayLike | None = None,
    *,
    position: npt.ArrayLike | None = None,
    replica: npt.ArrayLike | None = None,
    field_reversal: bool = False,
) -> Arrays:
    """Return the section ``ensemble`` of a config for packets in arrays; the folder of the run keeps them to the last bit.

    Parameters
    ----------
    wavevector : (n, 3), 1/Å; or the path of a ``.npz`` or ``.h5`` file that holds this array and the others by their names
    weight : (n,) states that a packet stands for, per Å^d: sums of weights are densities, and currents follow
    position : (n, 3), Å; default the origin
    replica : (n,) which of several independent samples a packet belongs to, from 0: their spread is the uncertainty.
        Default one sample, whose error is not known
    field_reversal : run every packet a second time with E reversed

    Raises
    ------
    InputError
        for a file that cannot be read, arrays of other shapes, not finite numbers, negative weights, and samples without
        packets

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> section = wavepacket.packets(np.zeros((2, 3)), weight=[0.5, 0.5])
    >>> section.kind
    'arrays'

    """
    if isinstance(wavevector, str | PathLike):
        if any(array is not None for array in (weight, position, replica)):
            raise InputError("a file of packets holds all their arrays: give no others with it")
        arrays = load_arrays(wavevector)
    else:
        given = zip(_NAMES, (wavevector, weight, position, replica), strict=True)
        arrays = {name: np.asarray(array) for name, array in given if array is not None}
    checked(arrays)
    return Arrays(file=Path(ENSEMBLE), field_reversal=field_reversal).holding(packed(arrays))


def checked(arrays: dict[str, npt.NDArray[np.generic]]) -> Packets:
    """Return the arrays of a file as packets, or raise InputError."""
    missing = {"wavevector", "weight"} - set(arrays)
    unknown = set(arrays) - set(_NAMES)
    if missing or unknown:
        wrong = [f"{name} is missing" for name in sorted(missing, reverse=True)]
        wrong += [f"{name} is unknown" for name in sorted(unknown)]
        raise InputError(
            f"packets need wavevector and weight, and may have position and replica: {', '.join(wrong)}"
        )
    numbers = {name: real_array(array, name) for name, array in arrays.items()}
    k, weight = numbers["wavevector"], numbers["weight"]
    size = len(k) if k.ndim else 0
    position = numbers.get("position", np.zeros_like(k))
    replica = numbers.get("replica", np.zeros(size))
    shapes = {"wavevector": k, "position": position, "weight": weight, "replica": replica}
    for name, array in shapes.items():
        wanted = (size, 3) if name in ("wavevector", "position") else (size,)
        if size == 0 and k.ndim:
            raise InputError("there are no packets: the arrays are empty")
        if array.shape != wanted or size == 0:
            raise InputError(f"{name} must have shape {wanted} for {size} packets, not {array.shape}")
    if weight.min() < 0 or float(weight.max()) * size > LARGEST:
        raise InputError("weights must not be negative, nor leave the range of numbers when they are summed")
    if not np.array_equal(np.unique(replica), np.arange(replica.max() + 1)):
        raise InputError("replicas must be numbered 0, 1, 2, ..., each with a packet")
    return Packets(k, position, weight, replica.astype(np.int64), np.zeros(size))


def given_packets(section: Arrays, hamiltonian: Hamiltonian, report: Callable[[str], None]) -> Ensemble:
    """Packets of a section of a config.

    Raises
    ------
    InputError
        for a file that cannot be read, or packets that this crystal cannot have
    """
    try:
        found = checked(load_arrays(section.file, section.content))
    except InputError as error:
        raise InputError(f"file: {error}") from None
    if np.any(found.wavevector[:, hamiltonian.dimension :]):
        raise InputError(
            f"file: wavevectors of a {hamiltonian.dimension}D crystal have no further components"
        )
    k = near_zone(hamiltonian, found.wavevector, report)
    whole = Packets(k, found.position, found.weight, found.replica, found.phase)

    def some(first: int, number: int) -> Packets:
        return whole.take(np.arange(first, min(first + number, len(k))))

    return Ensemble(len(k), int(found.replica.max()) + 1, section.field_reversal, True, some)
