"""A run as one page for a browser: packets in space and in the zone, a time slider, hover, and the observables beside them.

A run of a metal shows its Fermi surface in the zone, with the ways of the packets on it.

plotly draws; the page holds its library, so that it needs no network.
"""

import html
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.fermi import FermiSurfaces
from wavepacket.observables import Observables
from wavepacket.plots.page_packets import (
    Moving,
    dots,
    ground_of_space,
    ground_of_zone,
    outline_of,
    places,
    plotly,
    ways_in_zone,
)
from wavepacket.plots.page_surface import Drawn, drawn_surface, surface_menu, surface_traces, surfaces_of
from wavepacket.plots.pictures import Pictures, pictures_of
from wavepacket.runs import StoredRun, open_run

__all__ = ["view"]

_FRAME_MS = 40
_MARGIN = 0.05  # of the longest side
_STYLE = (
    "body{font-family:sans-serif;margin:1em auto;max-width:1300px;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}"
)


def view(
    run: StoredRun | FermiSurfaces | str | PathLike[str],
    output: str | PathLike[str] | None = None,
    *,
    packets: int = 200,
    frames: int = 200,
) -> Path:
    """Write a page that shows a run, or Fermi surfaces, in a browser, and return its path.

    Parameters
    ----------
    run : a finished run with stored paths, or its folder; or what `fermi_surface` found
    output : ends in .html; default ``view.html`` in the folder of the run, of surfaces the present one
    packets : shown at most, chosen at random by weight
    frames : times at most, evenly spread over the saves

    Raises
    ------
    InputError : the run has no paths, no band crosses μ, or plotly is not installed
    """
    if isinstance(run, FermiSurfaces):
        plotly()
        return _surface_page(run, _check_page(Path(output or "view.html")))
    stored = run if isinstance(run, StoredRun) else open_run(run)
    path = _check_page(Path(output or stored.folder / "view.html"))
    plotly()
    pictures = pictures_of(stored)
    if len(pictures.weight) == 0:
        raise InputError(
            f"{stored.folder}: the run stored no paths to view; run it with output.trajectories above 0"
        )
    moving = Moving(stored, pictures, packets, frames)
    surfaces, note = surfaces_of(pictures.config)
    figure = _figure(pictures, moving, drawn_surface(surfaces) if surfaces else None)
    table = _headline_first(pictures)._repr_html_()
    said = f"<p>{html.escape(note)}</p>" if note else ""
    return _write_page(path, pictures.config.heading, figure, f"{said}<h2>Observables</h2>{table}")


def _surface_page(found: FermiSurfaces, path: Path) -> Path:
    """Fermi surfaces alone."""
    if not found.crossing:
        raise InputError("no band crosses the chemical potential: there is nothing to view")
    drawn = drawn_surface(list(found.crossing.items()))
    figure = plotly().Figure([*outline_of(found.hamiltonian), *surface_traces(drawn, bar=1.0)])
    axes = {f"{axis}axis": {"title": f"k<sub>{axis}</sub> (1/Å)"} for axis in "xyz"}
    layout: dict[str, Any] = {"height": 760, "showlegend": False, "template": "simple_white"}
    layout["margin"] = {"l": 60, "r": 20, "t": 60, "b": 40}
    if found.hamiltonian.dimension == 3:
        menu = surface_menu(drawn, len(figure.data) - 1)
        layout |= {"scene": {**axes, "aspectmode": "data"}, "updatemenus": [menu]}
    else:
        layout |= {"xaxis": axes["xaxis"], "yaxis": {**axes["yaxis"], "scaleanchor": "x"}}
    figure.update_layout(**layout)
    title = f"Fermi surface of {found.hamiltonian.name} at μ = {found.chemical_potential:.6g} eV".replace(
        "-", "−"
    )
    return _write_page(path, title, figure, "".join(f"<p>{html.escape(note)}</p>" for note in found.notes))


def _write_page(path: Path, title: str, figure: Any, below: str = "") -> Path:
    """Write a figure of plotly as a page that needs no other file; ``below``: HTML that follows it."""
    plot = figure.to_html(
        full_html=False, include_plotlyjs=True, auto_play=False, config={"displaylogo": False}
    )
    name = html.escape(title)
    page = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{name}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{name}</h1>{plot}{below}</body></html>"
    )
    part = path.with_name(f".{path.name}.part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
    return path


def _check_page(path: Path) -> Path:
    """Return the path of a page; InputError where it does not end in .html."""
    if path.suffix.lower() != ".html":
        raise InputError(f"{path}: a view ends in .html")
    return path


def _headline_first(pictures: Pictures) -> Observables:
    """What the config is about stands first."""
    about = [name.split(".")[0] for name in pictures.config.headline or ()]
    known = pictures.observables
    names = dict.fromkeys([*(name for name in about if name in known), *known])
    return Observables({name: known[name] for name in names})


def _figure(pictures: Pictures, moving: Moving, surface: Drawn | None) -> Any:
    """The figure with its frames, slider and menus."""
    from plotly.subplots import make_subplots

    go = plotly()
    space = {"type": "scene"} if moving.dimension == 3 else {"type": "xy"}
    figure = make_subplots(
        1, 2, specs=[[space, space]], horizontal_spacing=0.18, subplot_titles=("Brillouin zone", "real space")
    )
    figure.add_traces(ground_of_zone(pictures, moving.dimension), rows=1, cols=1)
    menus = [_play()]
    if surface is not None:
        if moving.dimension == 3:
            menus.append(surface_menu(surface, len(figure.data)))
        sheets, ways = surface_traces(surface), ways_in_zone(moving)
        # Lines of a layer would be hidden under many paths; triangles come first, where their menu looks for them.
        traces = [*sheets, *ways] if moving.dimension == 3 else [*ways, *sheets]
        figure.add_traces(traces, rows=1, cols=1)
    figure.add_traces(ground_of_space(pictures, moving), rows=1, cols=2)
    first = len(figure.data)
    for column, points in ((1, moving.k), (2, moving.r)):
        figure.add_trace(dots(moving, points[:, 0]), row=1, col=column)
    figure.frames = [
        go.Frame(
            data=[places(moving, points[:, frame]) for points in (moving.k, moving.r)],
            traces=[first, first + 1], name=str(frame),
        )
        for frame in range(len(moving.time))
    ]  # fmt: skip
    _label_axes(figure, moving)
    figure.update_layout(
        height=620, showlegend=False, template="simple_white", sliders=[_slider(moving)],
        updatemenus=[*menus, _menu(moving, first)], margin={"l": 60, "r": 20, "t": 60, "b": 40},
    )  # fmt: skip
    return figure


def _label_axes(figure: Any, moving: Moving) -> None:
    k, r = (
        [f"k<sub>{axis}</sub> (1/Å)" for axis in "xyz"],
        [f"{axis} ({moving.length_symbol})" for axis in "xyz"],
    )
    if moving.dimension == 3:
        for scene, names in (("scene", k), ("scene2", r)):
            axes = {f"{axis}axis": {"title": name} for axis, name in zip("xyz", names, strict=True)}
            figure.update_layout({scene: {**axes, "aspectmode": "data"}})
        figure.update_layout(scene2=_whole(moving))
        return
    second = ("packet", "packet") if moving.dimension == 1 else (k[1], r[1])
    for column, (along, across) in enumerate(((k[0], second[0]), (r[0], second[1])), start=1):
        figure.update_xaxes(title=along, row=1, col=column)
        equal = {} if moving.dimension == 1 else {"scaleanchor": "x" if column == 1 else "x2"}
        figure.update_yaxes(title=across, row=1, col=column, **equal)


def _whole(moving: Moving) -> dict[str, Any]:
    """Ranges of real space with equal scales, the longest of which fits into the view."""
    points = moving.r.reshape(-1, 3)
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    margin = _MARGIN * float(np.max(high - low)) or 1.0
    low, high = low - margin, high + margin
    sides = (high - low) / np.max(high - low)
    ranges = {f"{axis}axis": {"range": [float(low[i]), float(high[i])]} for i, axis in enumerate("xyz")}
    ratio = {axis: float(sides[i]) for i, axis in enumerate("xyz")}
    return {**ranges, "aspectmode": "manual", "aspectratio": ratio}


def _slider(moving: Moving) -> dict[str, Any]:
    now = {
        "mode": "immediate",
        "frame": {"duration": 0, "redraw": moving.dimension == 3},
        "transition": {"duration": 0},
    }
    return {
        "currentvalue": {"prefix": "time ", "suffix": f" {moving.time_symbol}"},
        "steps": [
            {"label": f"{stamp:.4g}", "method": "animate", "args": [[str(frame)], now]}
            for frame, stamp in enumerate(moving.time)
        ],
        "x": 0.08, "len": 0.92, "pad": {"t": 40},
    }  # fmt: skip


def _play() -> dict[str, Any]:
    on = {
        "frame": {"duration": _FRAME_MS, "redraw": True},
        "fromcurrent": True,
        "transition": {"duration": 0},
    }
    off = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    buttons = [
        {"label": "▶", "method": "animate", "args": [None, on]},
        {"label": "❚❚", "method": "animate", "args": [[None], off]},
    ]
    return {
        "type": "buttons", "direction": "left", "buttons": buttons, "showactive": False,
        "x": 0.0, "y": -0.14, "xanchor": "left", "yanchor": "top",
    }  # fmt: skip


def _menu(moving: Moving, first: int) -> dict[str, Any]:
    """What packets are coloured by."""
    buttons: list[Any] = [
        {
            "label": f"colour: {name}", "method": "restyle",
            "args": [{"marker.color": [list(colours)] * 2}, [first, first + 1]],
        }
        for name, colours in moving.colours.items()
    ]  # fmt: skip
    return {"buttons": buttons, "x": 0.5, "xanchor": "center", "y": 1.14, "yanchor": "top"}
