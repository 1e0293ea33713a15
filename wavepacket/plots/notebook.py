"""What a notebook shows of a crystal, a run and a sweep that is the value of a cell: a table, and a small figure."""

import base64
import html
import io
from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from wavepacket.analysis import analyze, config_of, headline_of
from wavepacket.bandstructure.path import band_path
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Headline, Observables
from wavepacket.plots.figures import bands_figure
from wavepacket.plots.pictures import plot
from wavepacket.runs import StoredRun, open_run
from wavepacket.sweeps import Sweep

__all__ = ["crystal", "run", "sweep"]

_RESOLUTION = 90  # dots per inch
_POINTS = 120  # of a path through the zone
_ROWS = 60  # of a sweep


def crystal(shown: Hamiltonian) -> str:
    """Return what a crystal consists of, and its bands."""
    facts = {"dimension": f"{shown.dimension}", "bands": f"{shown.size}"}
    if isinstance(shown, LatticeHamiltonian):
        vectors = shown.lattice[list(shown.periodic)].tolist()
        facts["lattice vectors (Å)"] = "; ".join(", ".join(f"{x:.4g}" for x in each) for each in vectors)
        facts["hoppings"] = f"to {len(shown.cells)} cells"
    elif shown.cutoff is not None:
        facts["cutoff (1/Å)"] = f"{shown.cutoff:.4g}"
    if shown.valleys:
        facts["valleys"] = ", ".join(shown.valleys)
    return f"<b>{html.escape(shown.name)}</b>{_table(facts)}" + _picture(
        lambda: bands_figure(band_path(shown, points=_POINTS))
    )


def run(shown: StoredRun) -> str:
    """Return what a run is about, and its figure."""
    config = config_of(shown)
    facts = {each.name: _said(each) for each in headline_of(config, analyze(shown))}
    facts["trajectories"] = f"{shown.trajectory_count}, {shown.path_count} with their path"
    facts["folder"] = html.escape(str(shown.folder))
    return f"<b>{html.escape(config.heading)}</b>{_table(facts)}" + _picture(lambda: plot(shown))


def sweep(shown: Sweep) -> str:
    """Return what each point of a sweep is about, and its figure."""
    keys = [axis.path for axis in shown.axes]
    rows, names = [], dict[str, None]()
    for point in shown.points[:_ROWS]:
        cells = {key: html.escape(str(point.settings[key])) for key in keys}
        if point.observables:
            config = config_of(open_run(point.folder))
            cells |= {each.name: _said(each) for each in headline_of(config, Observables(point.observables))}
        else:
            cells["state"] = html.escape(point.state)
        rows.append(cells)
        names |= dict.fromkeys(cells)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    lines = [[cells.get(name, "") for name in names] for cells in rows]
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    more = len(shown.points) - len(rows)
    rest = f"<p>and {more} points more: see values() and observables.csv</p>" if more else ""
    return f"<table><tr>{head}</tr>{body}</table>{rest}" + _picture(lambda: plot(shown))


def _said(each: Headline) -> str:
    return html.escape(str(each))


def _table(facts: Mapping[str, str]) -> str:
    """Facts that are HTML by their names, which are not."""
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td style='text-align:left'>{fact}</td></tr>"
        for name, fact in facts.items()
    )
    return f"<table>{rows}</table>"


def _picture(drawn: Callable[[], Figure]) -> str:
    """A figure within the text, or why there is none: a table without it is better than none at all."""
    try:
        figure: Any = drawn()
    except InputError as error:
        return f"<p>no figure: {html.escape(str(error))}</p>"
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_RESOLUTION)
    return f"<img alt='figure' src='data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}'>"
