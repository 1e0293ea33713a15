"""What was integrated so far: an integration that is stopped keeps it, and goes on with the same bits."""

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError
from wavepacket.response.collect import Collected

__all__ = ["Kept", "Stopped"]

_LARGEST = 1 << 26  # bytes; very fine energy axes are integrated anew

Arrays = dict[str, npt.NDArray[Any]]


class Stopped(Exception):
    """Somebody asked to stop; what is under way is dropped."""


@dataclass(eq=False)
class Kept:
    """Finished parts of integrals by name, with arrays that belong to them.

    Attributes
    ----------
    stop : asked between blocks of wavevectors
    stopped : whether it said so
    """

    stop: Callable[[], bool] = lambda: False
    sums: dict[str, Collected] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)
    stopped: bool = False

    def put(self, name: str, sums: Collected) -> None:
        """Remember sums; not those that are too large to be worth it."""
        if sums.rows.nbytes <= _LARGEST:
            self.sums[name] = sums

    def check(self) -> None:
        """Raise Stopped where somebody asks to stop."""
        if self.stop():
            self.stopped = True
            raise Stopped

    def save(self, file: Path, identity: str) -> None:
        """Write all of it, whole or not at all."""
        packed: Arrays = {f"array/{name}": array for name, array in self.arrays.items()}
        for name, sums in self.sums.items():
            packed |= {f"sum/{name}/{key}": np.asarray(value) for key, value in _parts(sums).items()}
        part = file.with_name(f".{file.name}.part")
        with part.open("wb") as stream:
            # Arguments of savez that are no arrays would be pickled.
            np.savez(stream, identity=np.array(identity), **cast("Any", packed))
        os.replace(part, file)

    @staticmethod
    def identity(file: Path) -> dict[str, str] | None:
        """What a file was written with, None where it is not such a file."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                found = json.loads(str(stored["identity"]))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return found if isinstance(found, dict) and "config" in found else None

    @classmethod
    def load(cls, file: Path, identity: str) -> "Kept":
        """Read what the same integration left; nothing where there is no file.

        Raises
        ------
        InputError
            for a file of another integration, which stays, and for a folder that there is not
        """
        kept = cls()
        if not file.parent.is_dir():
            raise InputError(f"{file}: there is no folder {file.parent}")
        if not file.exists():
            return kept
        if cls.identity(file) != json.loads(identity):
            raise InputError(
                f"{file}: not what this integration left, but another config or version of this program, or another kind of"
                " file: delete it, or take another name"
            )
        with np.load(file, allow_pickle=False) as stored:
            found: dict[str, Arrays] = {}
            for key in stored.files:
                kind, _, name = key.partition("/")
                if kind == "array":
                    kept.arrays[name] = stored[key]
                if kind == "sum":
                    owner, _, part = name.rpartition("/")
                    found.setdefault(owner, {})[part] = stored[key]
        kept.sums = {name: _collected(parts) for name, parts in found.items()}
        return kept


def _parts(sums: Collected) -> dict[str, Any]:
    return {each.name: getattr(sums, each.name) for each in fields(Collected) if each.name != "coarser"}


def _collected(parts: Arrays) -> Collected:
    numbers = {"points": int(parts.pop("points")), "reach": float(parts.pop("reach"))}
    return Collected(**cast("Any", parts | numbers))
