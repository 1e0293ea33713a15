"""Pages of the gallery, one for each shipped config: what it shows, its command, its figure and its file."""

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PAGES = DOCS / "gallery"
SEEN: dict[str, str] = yaml.safe_load((DOCS / "seen.yaml").read_text(encoding="utf-8"))
"""What one sees in the figure of each config."""
_FIGURE_SECONDS = 1800


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
    def command(self) -> list[str]:
        """Words after ``wavepacket`` that run it."""
        shown = f"configs/{self.file.name}"
        if "quantum" in self.sections:
            return ["quantum", shown]
        if "ensemble" in self.sections:
            return ["run", shown]
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
        for line in self.file.read_text().splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.lstrip("# "))
        text = " ".join(lines)
        return re.sub(r"\s*(wavepacket (?:\w+) \S+(?: -+\S+ \S+)*)", r" `\1`", text)


def shipped() -> list[Shown]:
    """All shipped configs, by name."""
    return [
        Shown(file, yaml.safe_load(file.read_text())) for file in sorted((ROOT / "configs").glob("*.yaml"))
    ]


def write(*, figures: bool) -> None:
    """Write all pages; ``figures``: run each config for them, which takes some minutes."""
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir()
    entries = shipped()
    for shown in entries:
        (PAGES / f"{shown.name}.md").write_text(_page(shown, _measured(shown) if figures else None))
    names = "\n".join(shown.name for shown in entries)
    cards = "\n".join(
        f"| [{_title(shown)}]({shown.name}.md) | {_cell(_first_sentence(shown))} | {_cell(SEEN[shown.name])} |"
        for shown in entries
    )
    head = "| config | what it is | what its figure shows |\n|---|---|---|"
    (PAGES / "index.md").write_text(
        f"# Gallery\n\n{head}\n{cards}\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    )


def _cell(text: str) -> str:
    """Text within a table."""
    return text.replace("|", "\\|")


def _title(shown: Shown) -> str:
    return str(shown.sections["title"])


def _first_sentence(shown: Shown) -> str:
    return re.split(r"(?<=[.:])\s", shown.comment, maxsplit=1)[0].rstrip(":.") + "."


def _page(shown: Shown, measured: str | None) -> str:
    known = DOCS / "figures" / f"{shown.name}.png"
    made = PAGES / f"{shown.name}.png"
    parts = [f"# {_title(shown)}", shown.comment]
    parts.append("```bash\n" + " ".join(["wavepacket", *shown.command]) + "\n```")
    if measured:
        parts.append(f"```text\n{measured}\n```")
    picture = made.name if made.exists() else f"../figures/{known.name}" if known.exists() else None
    if picture:
        parts.append(f"```{{image}} {picture}\n:alt: figure of {shown.name}\n```")
        parts.append(f"*{SEEN[shown.name]}*")
    parts.append(f"```{{literalinclude}} ../../configs/{shown.file.name}\n:language: yaml\n```")
    return "\n\n".join(parts) + "\n"


def _measured(shown: Shown) -> str | None:
    """Run a config, draw its figure beside its page; return what the terminal says and the seconds."""
    if shown.needs_a_file:
        return None
    folder = DOCS / "_build" / "runs" / shown.name
    command = [sys.executable, "-m", "wavepacket", *shown.command]
    folder.mkdir(parents=True, exist_ok=True)
    # A response is one figure; the others fill a folder.
    to = [str(folder / "figure.png")] if shown.command[0] == "response" else [str(folder), "--overwrite"]
    begin = time.perf_counter()
    done = subprocess.run(
        [*command, "-o", *to, "-q"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=_FIGURE_SECONDS,
    )  # fmt: skip
    seconds = time.perf_counter() - begin
    if shown.command[0] == "run":
        subprocess.run([*command[:3], "plot", str(folder), "-q"], cwd=ROOT, check=True, capture_output=True)
    figure = next(iter(sorted(folder.glob("*.png"))), None)
    if figure:
        shutil.copy(figure, PAGES / f"{shown.name}.png")
    return f"{done.stdout.strip()}\n{seconds:.1f} s"
