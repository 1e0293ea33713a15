"""What a run is, known before its first trajectory: name, crystal, valleys, provenance, digests of its texts.

Written as `run.json` when the run begins and once more inside `run.h5` when it ends. No results live here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from wavepacket.errors import InputError
from wavepacket.runs.durable import publish, read_small, shown, typed
from wavepacket.runs.layout import CONFIG, DESCRIPTION, FORMAT_VERSION, RESOLVED, SWEEP

TEXT_LIMIT = 1 << 28  # bytes; a config with a model written out in it may be long
ARRAYS_LIMIT = 1 << 33
_KIND = "wavepacket run"
_DIGEST = "sha256 of {}"  # key of the provenance for a file of arrays beside the config


@dataclass(frozen=True)
class RunDescription:
    """The identity of a run.

    Parameters
    ----------
    name : name of the run
    dimension : dimension of the crystal, 1 to 3
    valley_names : names in the order of the valley indices
    provenance : versions, machine, date and whatever else the run wants to be remembered with
    config_sha256, resolved_sha256 : digests of the two texts; the second one is also in every shard
    weight_unit : unit of the weights, "1" or beginning with "1/"; runs of versions that did not note it say 1/Å^d
    format_version : of all files of the run, also of those that are still to be written
    """

    name: str
    dimension: int
    valley_names: tuple[str, ...]
    provenance: Mapping[str, str]
    config_sha256: str
    resolved_sha256: str
    weight_unit: str
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Return the description as text with a digest of itself, so that a changed character is noticed."""
        content = {"kind": _KIND, "format_version": self.format_version, **asdict(self)}
        return (
            json.dumps({**content, "check": digest_of_record(content)}, indent=1, ensure_ascii=False) + "\n"
        )

    @classmethod
    def from_json(cls, text: str) -> "RunDescription":
        """Read a description; ValueError says in a few words what is wrong."""
        try:
            content = json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        except json.JSONDecodeError as error:
            raise ValueError(f"damaged, no JSON any more: {error}") from None
        if not isinstance(content, dict) or content.get("kind") != _KIND:
            raise ValueError("not the description of a run")
        check_version(content.get("format_version"))
        if content.pop("check", None) != digest_of_record(content):
            raise ValueError("damaged: its content is not what was written")
        values = {field.name: content.get(field.name) for field in fields(cls)}
        return cls(**_typed(values))


def digest_of_record(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a mapping in one fixed spelling."""
    return digest_of(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the types of a description, or raise ValueError."""
    valleys, provenance = values["valley_names"], values["provenance"]
    values["weight_unit"] = values["weight_unit"] or f"1/angstrom^{values['dimension']}"
    texts = [values[name] for name in ("name", "config_sha256", "resolved_sha256", "weight_unit")]
    if isinstance(valleys, list) and isinstance(provenance, dict) and values["dimension"] in (1, 2, 3):
        texts += [*valleys, *provenance, *provenance.values()]
        if all(isinstance(text, str) for text in texts):
            return {**values, "valley_names": tuple(valleys)}
    raise ValueError("a value has the wrong type")


def check_version(version: object) -> None:
    """Raise ValueError unless this format can be read here."""
    if not isinstance(version, int) or version < 1:
        raise ValueError("states no format version")
    if version > FORMAT_VERSION:
        raise ValueError(
            f"written in format {version} by a newer wavepacket; this one reads up to {FORMAT_VERSION}"
        )


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_description(folder: Path, description: RunDescription) -> None:
    """Write `run.json`."""
    publish(folder / DESCRIPTION, [description.to_json().encode()])


def read_description(folder: Path) -> RunDescription:
    """Read `run.json`.

    Raises
    ------
    InputError : the folder holds no run, or the file is damaged
    """
    path = folder / DESCRIPTION
    if not path.exists() and (folder / SWEEP).is_file():
        raise InputError(
            f"{shown(folder)}: holds a sweep, not a run: `wavepacket analyze`, `plot` and `resume` take it as a whole, "
            "wavepacket.open_sweep reads it, and its runs are the folders in points"
        )
    if folder.suffix in (".yaml", ".yml") and folder.is_file():
        raise InputError(
            f"{shown(folder)}: is a file, not the folder of a run; `wavepacket run {typed(folder)}` makes one of a config"
        )
    if not path.exists():
        raise InputError(f"{shown(folder)}: is not the folder of a run (there is no {DESCRIPTION} in it)")
    try:
        return RunDescription.from_json(read_small(path, TEXT_LIMIT).decode())
    except ValueError as error:
        raise InputError(f"{shown(path)}: {error}") from error


def read_texts(folder: Path, description: RunDescription) -> tuple[str, str]:
    """Return config and resolved config of a run as text, after comparing them with their digests."""
    return (
        read_text(folder / CONFIG, description.config_sha256),
        read_text(folder / RESOLVED, description.resolved_sha256),
    )


def read_text(path: Path, sha256: str) -> str:
    """Return a text whose digest is known, or raise InputError where it is another one."""
    return read_content(path, sha256, TEXT_LIMIT).decode()


def noted_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the entries of the provenance on files of arrays."""
    return {_DIGEST.format(name): digest_of(content) for name, content in files.items()}


def kept_files(description: RunDescription) -> dict[str, str]:
    """Return name → SHA-256 of the files of arrays of a run."""
    before = _DIGEST.format("")
    return {
        key.removeprefix(before): value
        for key, value in description.provenance.items()
        if key.startswith(before) and key.endswith(".npz") and "/" not in key
    }


def read_content(path: Path, sha256: str, limit: int) -> bytes:
    """Return the bytes of a file whose digest is known, or raise InputError where it is another one."""
    content = read_small(path, limit)
    if digest_of(content) != sha256:
        raise InputError(
            f"{shown(path)}: was changed after the run began; put the original back or begin a new run"
        )
    return content
