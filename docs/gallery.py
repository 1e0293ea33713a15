"""Pages of the gallery, one for each shipped config: what it shows, its command, its figure, its numbers and its file."""

import re
import shutil

from docs.shipped import DOCS, SEEN, Shown, shipped

PAGES = DOCS / "gallery"


def write() -> None:
    """Write all pages, with the figures and words that ``docs.pictures`` has kept."""
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir()
    entries = shipped()
    for shown in entries:
        (PAGES / f"{shown.name}.md").write_text(_page(shown), encoding="utf-8")
    names = "\n".join(shown.name for shown in entries)
    cards = "\n".join(
        f"| [{shown.title}]({shown.name}.md) | {_cell(_first_sentence(shown))} | {_cell(SEEN[shown.name])} |"
        for shown in entries
    )
    head = "| config | what it is | what its figure shows |\n|---|---|---|"
    (PAGES / "index.md").write_text(
        f"# Gallery\n\n{head}\n{cards}\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n", encoding="utf-8"
    )


def _cell(text: str) -> str:
    """Text within a table."""
    return text.replace("|", "\\|")


def _first_sentence(shown: Shown) -> str:
    return re.split(r"(?<=[.:])\s", shown.comment, maxsplit=1)[0].rstrip(":.") + "."


def _page(shown: Shown) -> str:
    run = ["wavepacket", *shown.command]
    plot = f"\nwavepacket plot runs/{shown.sections['name']}" if shown.command[0] == "run" else ""
    parts = [f"# {shown.title}", shown.comment, f"```bash\n{' '.join(run)}{plot}\n```"]
    if shown.words.exists():
        parts.append(f"```text\n{shown.words.read_text(encoding='utf-8').rstrip()}\n```")
    if shown.figure.exists():
        parts.append(f"```{{image}} ../figures/{shown.figure.name}\n:alt: figure of {shown.name}\n```")
        parts.append(f"*{SEEN[shown.name]}*")
    parts.append(f"```{{literalinclude}} ../../configs/{shown.file.name}\n:language: yaml\n```")
    return "\n\n".join(parts) + "\n"
