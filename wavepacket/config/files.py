"""Files that a config names: which are crystals, where they lie, and what those of a script hold that is not written yet.

Crystals are the files of Wannier90, by their names or, of any name, by their first lines, and ``.npz`` files.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import PlainSerializer, PrivateAttr

from wavepacket.config.types import Section

if TYPE_CHECKING:
    from wavepacket.config.schema import Config

__all__ = [
    "CRYSTAL",
    "ENSEMBLE",
    "FileSection",
    "contents",
    "crystal_form",
    "named_files",
    "placed",
    "portable",
]

CRYSTAL, ENSEMBLE = "crystal.npz", "ensemble.npz"
"""What the files are called in a run folder."""

_TERMS = {"electric": "field", "potential": "potential", "magnetic_terms": "magnetic"}
"""Key of fields → what the files of its terms are called in a run folder."""


class FileSection(Section):
    """A section that names a file; a script may give the content instead, which a run or a sweep then writes."""

    file: Annotated[Path, PlainSerializer(str)]
    _content: bytes | None = PrivateAttr(default=None)

    @property
    def content(self) -> bytes | None:
        """The content of the file where it is given, else None."""
        return self._content

    def holding(self, content: bytes) -> Self:
        """Return the section with the content of its file."""
        section = self.model_copy()
        section._content = content
        return section


def _relocated(config: "Config", relocate: Callable[[str, FileSection], Path]) -> "Config":
    """Return a config whose files lie at ``place(name in a run folder, section)``."""
    changes: dict[str, object] = {}
    for key, name, section in _sections(config):
        changes[key] = section.model_copy(update={"file": relocate(name, section)})
    if not changes:
        return config
    fields = {
        key: tuple(
            changes.pop(f"fields.{key}[{i}]", term) for i, term in enumerate(getattr(config.fields, key))
        )
        for key in _TERMS
    }
    changes["fields"] = config.fields.model_copy(update=fields)
    textures = config.textures
    if any(key.startswith("model.textures") for key in changes):
        model = changes.get("model", config.model)
        changes["model"] = model.model_copy(  # type: ignore[attr-defined]
            update={
                "textures": tuple(
                    texture.model_copy(
                        update={"profile": changes.pop(f"model.textures[{i}].profile", texture.profile)}
                    )
                    for i, texture in enumerate(textures)
                )
            }
        )
    return config.model_copy(update=changes)


def _sections(config: "Config") -> Iterator[tuple[str, str, FileSection]]:
    """Key, name in a run folder and section of each file."""
    named: list[tuple[str, str, object]] = [
        ("model", CRYSTAL, config.model),
        ("ensemble", ENSEMBLE, config.ensemble),
        *(
            (f"fields.{key}[{i}]", f"{name}_{i}.npz", term)
            for key, name in _TERMS.items()
            for i, term in enumerate(getattr(config.fields, key))
        ),
    ]
    named += [
        (f"model.textures[{i}].profile", f"texture_{i}.npz", each.profile)
        for i, each in enumerate(config.textures)
    ]
    for key, name, section in named:
        if isinstance(section, FileSection):
            yield key, name, section


def placed(config: "Config", folder: Path) -> "Config":
    """Return the config with the places in a run's or a sweep's folder where what a script gave will lie."""
    here = Path(os.path.abspath(folder))
    return _relocated(config, lambda name, each: each.file if each.content is None else here / name)


def portable(config: "Config", folder: Path) -> "Config":
    """Return the config as its text is kept in a folder: files that a run wrote there or above by their relative path."""
    here = Path(os.path.abspath(folder))

    def way(name: str, each: FileSection) -> Path:
        near = each.file.name == name and here.is_relative_to(each.file.parent)
        return Path(os.path.relpath(each.file, here)) if near else each.file

    return _relocated(config, way)


def contents(config: "Config", folder: Path) -> dict[str, bytes]:
    """Return name → content of the files of a config that lie, or are to lie, in a run's or a sweep's folder."""
    here = Path(os.path.abspath(folder))
    return {
        name: each.file.read_bytes() if each.content is None else each.content
        for _, name, each in _sections(config)
        if each.file == here / name
    }


def named_files(config: "Config") -> dict[str, Path]:
    """Return key → absolute path of the files that a config names."""
    return {f"{key}.file": each.file.absolute() for key, _, each in _sections(config)}


_LONGEST = 1000  # characters of a line: no file of Wannier90 has more
_COUNT = re.compile(rb"\s*\d+\s*([^\d\s+.,*-].*)?$", re.DOTALL)
_VECTOR = re.compile(rb"(\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?){3}\s*$")


def crystal_form(path: Path) -> Literal["tb", "hr", "npz"] | None:
    """Return the form of a Wannier90 file or of one that `hamiltonians.write_npz` wrote, None for anything else.

    The second and third line of a `_hr.dat` hold a count each, possibly with a remark; a `_tb.dat` has three vectors there
    and then a count. No config begins like that.
    """
    if path.name.endswith("_tb.dat"):
        return "tb"
    if path.name.endswith("_hr.dat"):
        return "hr"
    if path.suffix == ".npz":
        return "npz"
    try:
        with path.open("rb") as file:
            lines = [file.readline(_LONGEST) for _ in range(5)]
    except (OSError, ValueError):
        return None
    if any(len(line) == _LONGEST for line in lines):
        return None
    if all(_COUNT.match(line) for line in lines[1:3]):
        return "hr"
    return "tb" if all(_VECTOR.match(line) for line in lines[1:4]) and _COUNT.match(lines[4]) else None
