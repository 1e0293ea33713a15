"""Files of arrays that a config names: where they lie, and what those hold that a script gave and nobody has written yet."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import PlainSerializer, PrivateAttr

from wavepacket.config.types import Section

if TYPE_CHECKING:
    from wavepacket.config.schema import Config

__all__ = ["CRYSTAL", "ENSEMBLE", "FileSection", "contents", "named_files", "placed", "portable"]

CRYSTAL, ENSEMBLE = "crystal.npz", "ensemble.npz"
"""What the files are called in a run folder."""

_TERM = "fields.electric"


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


def _relocated(config: "Config", place: Callable[[str, FileSection], Path]) -> "Config":
    """Return a config whose files lie at ``place(name in a run folder, section)``."""
    changes: dict[str, object] = {}
    for key, name, section in _sections(config):
        changes[key] = section.model_copy(update={"file": place(name, section)})
    if not changes:
        return config
    fields = config.fields
    terms = [changes.pop(f"{_TERM}[{i}]", term) for i, term in enumerate(fields.electric)]
    changes["fields"] = fields.model_copy(update={"electric": tuple(terms)})
    return config.model_copy(update=changes)


def _sections(config: "Config") -> Iterator[tuple[str, str, FileSection]]:
    """Key, name in a run folder and section of each file."""
    named: list[tuple[str, str, object]] = [
        ("model", CRYSTAL, config.model),
        ("ensemble", ENSEMBLE, config.ensemble),
        *((f"{_TERM}[{i}]", f"field_{i}.npz", term) for i, term in enumerate(config.fields.electric)),
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
