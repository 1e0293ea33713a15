"""Options of ``wavepacket response``, which the file of an integration that was stopped keeps for who goes on with it."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wavepacket.cluster import Choice
    from wavepacket.config import Config

PARTIAL = ".partial.npz"
_OPTIONS = "options.json"
"""In that file: where results go."""


@dataclass(frozen=True)
class Asked:
    """Options of the command."""

    output: Path | None
    table: Path | None = None
    denominator: int | None = None
    quiet: bool = False
    threads: int | None = None
    cluster: "Choice | None" = None
    as_json: bool = False

    def partial(self, config: "Config") -> Path:
        """Where an integration that is stopped leaves what it knows."""
        figure = self.output or Path(f"response_{config.name}.png")
        return figure.with_name(figure.stem + PARTIAL)

    def keep(self, file: Path) -> None:
        """Add to that file where results go, for who goes on with it."""
        places = {"output": self.output, "table": self.table}
        options = {name: str(place.absolute()) for name, place in places.items() if place is not None}
        with zipfile.ZipFile(file, "a") as stored:
            stored.writestr(_OPTIONS, json.dumps({**options, "denominator": self.denominator}))

    @classmethod
    def kept(cls, file: Path, **others: Any) -> "Asked":
        """The options that `keep` added."""
        found: dict[str, Any] = {}
        with zipfile.ZipFile(file) as stored:
            if _OPTIONS in stored.namelist():
                found = json.loads(stored.read(_OPTIONS))
        output = Path(found.get("output", file.with_name(file.name.removesuffix(PARTIAL) + ".png")))
        table = Path(found["table"]) if "table" in found else None
        return cls(output, table, found.get("denominator"), **others)
