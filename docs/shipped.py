"""The shipped configs: what each is called, how it is run, and what was kept of that."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
FIGURES = DOCS / "figures"
SEEN: dict[str, str] = yaml.safe_load((DOCS / "seen.yaml").read_text(encoding="utf-8"))
"""What one sees in the figure of each config."""


@dataclass(frozen=True)
class Shown:
    """A config and how it is run."""

    file: Path
    sections: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.file.stem

    @property
    def title(self) -> str:
        """What stands over its figures."""
        return str(self.sections["title"])

    @property
    def command(self) -> list[str]:
        """Words after ``wavepacket`` that run it: by what it holds, but for orbits, which its comment names."""
        shown = f"configs/{self.file.name}"
        if "quantum" in self.sections:
            return ["quantum", shown]
        if "ensemble" in self.sections:
            return ["run", shown]
        if f"wavepacket orbits {shown}" in self.comment:
            return ["orbits", shown]
        return ["response", shown] + (["--ribbon"] if "potential" in self.sections.get("fields", {}) else [])

    @property
    def needs_a_file(self) -> bool:
        """Whether its model is a file that the project does not hold."""
        file = self.sections["model"].get("file")
        return file is not None and not (self.file.parent / file).exists()

    @property
    def comment(self) -> str:
        """What stands at the top of the file, as one paragraph; commands at its end are code."""
        lines = []
        for line in self.file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.lstrip("# "))
        return re.sub(r"\s*(wavepacket (?:\w+) \S+(?: -+\S+ \S+)*)", r" `\1`", " ".join(lines))

    @property
    def figure(self) -> Path:
        """Where its figure is kept."""
        return FIGURES / f"{self.name}.png"

    @property
    def words(self) -> Path:
        """Where is kept what the terminal says of it."""
        return FIGURES / f"{self.name}.txt"


def shipped() -> list[Shown]:
    """All shipped configs, by name."""
    return [
        Shown(file, yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted((ROOT / "configs").glob("*.yaml"))
    ]
