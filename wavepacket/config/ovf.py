"""Magnetisation in ``.ovf`` files of OOMMF and mumax: formats 1.0 and 2.0, text and binary, on rectangular meshes."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError

__all__ = ["ovf_arrays"]

_ANGSTROM = {"m": 1e10, "cm": 1e8, "mm": 1e7, "um": 1e4, "nm": 10.0, "a": 1.0, "angstrom": 1.0}
_CHECK = {4: 1234567.0, 8: 123456789012345.0}  # the first number of binary data
_DATA = re.compile(rb"^#\s*begin:\s*data\s+(text|binary 4|binary 8)\s*?\r?\n", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"^#\s*([^:#]+):\s*(.*?)\s*(##.*)?$")
_LARGEST = 2**32  # bytes


def ovf_arrays(path: Path, layer: int = 0) -> dict[str, npt.NDArray[np.float64]]:
    """Return ``x`` and ``y`` (Å) of the cells of a layer, and ``profile`` (x, y, 3), as long as in the file.

    A mesh of one row has no ``y``. The format is that of the OOMMF User's Guide, "The OVF format".

    Raises
    ------
    InputError
        for a file that cannot be read, other meshes than rectangular ones, other than three components, and a layer that
        is not there
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: has more than 4 GiB")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        return _arrays(content, layer)
    except (ValueError, KeyError, OverflowError, UnicodeDecodeError) as error:
        told = f"its header has no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path}: cannot be read as an OVF file: {told}") from None


def _arrays(content: bytes, layer: int) -> dict[str, Float]:
    found = _DATA.search(content)
    if found is None:
        raise ValueError("it has no line '# Begin: Data Text', 'Data Binary 4' or 'Data Binary 8'")
    header = _header(content[: found.start()].decode("utf-8", errors="replace"))
    if (mesh := header["meshtype"].lower()) != "rectangular":
        raise ValueError(f"its mesh is {mesh}, and a grid is rectangular")
    if (dimension := int(header.get("valuedim", "3"))) != 3:
        raise ValueError(f"it has {dimension} component(s), and a direction has three")
    unit = header["meshunit"].lower()
    if unit not in _ANGSTROM:
        raise ValueError(f"its meshunit is {unit!r}, and known are {', '.join(_ANGSTROM)}")
    x, y, z = (int(header[f"{axis}nodes"]) for axis in "xyz")
    if min(x, y, z) < 1 or x * y * z > _LARGEST // 24:
        raise ValueError(f"it has {x} x {y} x {z} nodes")
    if layer >= z:
        raise ValueError(f"it has {z} layer(s), counted from 0, and layer {layer} is asked for")
    numbers = _numbers(
        content[found.end() :], found[1].decode().lower(), 3 * x * y * z, old=header["version"] == "1"
    )
    values = numbers.reshape(z, y, x, 3)[layer].transpose(1, 0, 2) * float(header.get("valuemultiplier", "1"))
    axes = {
        axis: _ANGSTROM[unit]
        * (float(header[f"{axis}base"]) + float(header[f"{axis}stepsize"]) * np.arange(count))
        for axis, count in (("x", x), ("y", y))
    }
    if y == 1:
        return {"x": axes["x"], "profile": np.ascontiguousarray(values[:, 0])}
    return {**axes, "profile": np.ascontiguousarray(values)}


def _header(text: str) -> dict[str, str]:
    """Entries by their names in small letters; ``version`` is 1 or 2."""
    lines = text.splitlines()
    first = lines[0].lower() if lines else ""
    if not first.startswith("# oommf"):
        raise ValueError("its first line does not begin with '# OOMMF'")
    entries = {"version": "2" if "ovf 2" in first else "1"}
    for line in lines[1:]:
        if entry := _ENTRY.match(line):
            entries[entry[1].strip().lower()] = entry[2]
    return entries


def _numbers(content: bytes, form: str, count: int, *, old: bool) -> Float:
    """The numbers; binary ones of format 1.0 have the most significant byte first, those of 2.0 the last one."""
    if form == "text":
        text = content.decode("ascii", errors="replace")
        words = " ".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).split()
        if len(words) != count:
            raise ValueError(f"it has {len(words)} numbers, and its mesh needs {count}")
        return np.array(words, dtype=np.float64)
    size = int(form[-1])
    kind = np.dtype(f"{'>' if old else '<'}f{size}")
    if len(content) < size * (count + 1):
        raise ValueError(f"it has {max(len(content) // size - 1, 0)} numbers, and its mesh needs {count}")
    numbers = np.frombuffer(content, kind, count + 1)
    if numbers[0] != np.array(_CHECK[size], dtype=kind):
        raise ValueError(f"its binary data begin with {numbers[0]:g} instead of {_CHECK[size]:.15g}")
    return numbers[1:].astype(np.float64)
