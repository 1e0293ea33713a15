"""The table of observables in ``docs/results.md``, from the registry: ``python -m tests.observables_table`` writes it."""

from pathlib import Path

import wavepacket.analysis
import wavepacket.bandstructure.summary
import wavepacket.quantum.budget
import wavepacket.quantum.comparison
import wavepacket.response.flux
import wavepacket.response.respond
import wavepacket.response.ribbons
import wavepacket.sweeps.magnetoresistance  # noqa: F401
from wavepacket.observables import RUNS, Entry, entries
from wavepacket.response.observables import words

PAGE = Path(__file__).resolve().parents[1] / "docs" / "results.md"
BEGIN, END = "<!-- written by python -m tests.observables_table -->", "<!-- end -->"
TABLES = {
    "Runs": (*RUNS, "sweep"),
    "`wavepacket response`": ("response",),
    "`wavepacket response --ribbon`": ("ribbon",),
    "`wavepacket quantum`": ("quantum", "error_budget"),
    "`wavepacket bands`": ("bands", "extremum", "gap_minimum", "weyl_point"),
}
NAMES = {kind: kind.replace("_", " ") for kinds in TABLES.values() for kind in kinds}
# What a run says in words of its own, for a planar crystal.
SAID = {
    "weight": "1/angstrom^2", "hall": "sigma_xy", "rho": "rho_xy", "sign": "E as given, or the part odd in E",
    "across": "j_a = sigma_ab E_b, sigma_xy = (j_x E_y - j_y E_x)/E^2", "share": "(n_1 - n_2)/(n_1 + n_2)",
    "amplitude": "", "mean": "mean velocity", "kind": "carriers",
    "full": "of the band, or of those that carry electrons",
    "bare": "of the band, or of those that carry holes", "bands": "of all bands with packets",
    "magnetization": "mu_B/cell", "step": "found from m",
    "projection": "by k or by energy", "switched": "the same without each of `quantum.terms`",
    "moment": "m = -i(e/2hbar)<∂u|x[H-ε]|∂u>",
}  # fmt: skip


def table() -> str:
    """Return everything between the two marks."""
    parts = []
    for title, kinds in TABLES.items():
        found: dict[str, list[Entry]] = {}
        for each in (each for kind in kinds for each in entries(kind) if not each.own):
            found.setdefault(each.name, []).append(each)
        parts += [
            f"### {title}",
            "",
            "| name | symbol | unit | what it is | needs |",
            "|---|---|---|---|---|",
        ]
        # Not in their order: what is imported first is first in the registry.
        parts += [row(found[name], kinds) for name in sorted(found)] + [""]
    return "\n".join(parts)


def row(of: list[Entry], kinds: tuple[str, ...]) -> str:
    """Return a row: the convention of each kind of result, once where they are the same."""
    first = of[0]
    texts: dict[str, list[str]] = {}
    for each in of:
        texts.setdefault(said(each.convention), []).append(NAMES[each.kind])
    said_by = [f"*{', '.join(names)}:* {text}" for text, names in texts.items()]
    everywhere = len(kinds) == 1 or (set(RUNS) == {each.kind for each in of} and len(texts) == 1)
    convention = next(iter(texts)) if everywhere else "; ".join(said_by)
    needs = dict.fromkeys(need for each in of for need in each.needs)
    return f"| `{first.name}` | {first.symbol} | {unit(first.unit)} | {convention} | {', '.join(needs)} |"


def unit(text: str) -> str:
    """Return a unit, of layers and of solids where they differ."""
    layer, solid = (text.format_map(words(d, -1.0) | SAID) for d in (2, 3))
    solid = solid.replace("angstrom^2", "angstrom^3") if "{weight}" in text else solid
    return layer if layer == solid or not solid.strip() else f"{layer}; in 3D {solid}"


def said(text: str) -> str:
    """Return a convention as Markdown."""
    shown = text.format_map(words(2, -1.0) | SAID)
    for sign, escaped in (("|", r"\|"), ("*", r"\*"), ("<", "&lt;")):
        shown = shown.replace(sign, escaped)
    return shown


def page() -> str:
    """Return the page with the table of now."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
