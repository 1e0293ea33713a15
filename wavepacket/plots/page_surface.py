"""Fermi surfaces on pages for a browser: triangles of a crystal with colours to choose from, lines of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_hex

from wavepacket.arrays import Float, Integer
from wavepacket.bandstructure.zone import fold
from wavepacket.config import Config
from wavepacket.errors import InputError
from wavepacket.fermi import CELLS, LevelSurface, fermi_surface
from wavepacket.plots.fermi import shade_of
from wavepacket.plots.page_packets import plotly
from wavepacket.plots.style import CATEGORIES, colour_scale

__all__ = ["Drawn", "drawn_surface", "surface_menu", "surface_traces", "surfaces_of"]

Surfaces = Sequence[tuple[int, LevelSurface]]

_SHADES = {
    "|v|": ("speed", 0, "Å/fs"),
    **{f"Ω<sub>{axis}</sub>": ("berry_curvature", i, "Å²") for i, axis in enumerate("xyz")},
    **{f"m<sub>{axis}</sub>": ("orbital_moment", i, "μ<sub>B</sub>") for i, axis in enumerate("xyz")},
    "mean curvature": ("mean_curvature", 0, "Å"),
    "Gaussian curvature": ("gaussian_curvature", 0, "Å²"),
}
"""What surfaces are coloured by → name as of `wavepacket fermi`, component, unit."""

_MOST = 40_000  # triangles of the finer mesh that are shown; of more the coarser mesh
_NOTHING = 1e-9  # of the largest component of Ω or m: others are not offered
_USUAL = 0.99  # part of the values that colours resolve
_SHADES_OF_SCALE = 17


@dataclass(frozen=True, eq=False)
class Drawn:
    """The surfaces of all bands, folded into the first zone.

    Attributes
    ----------
    k : (p, 3) corners, 1/Å; those at the border of the zone stand once on each side
    simplices : (s, d)
    band : (p,) number of the band of each corner
    shades : by the names of colours, (p,)
    """

    k: Float
    simplices: Integer
    band: Integer
    shades: dict[str, Float]


def surfaces_of(config: Config) -> tuple[list[tuple[int, LevelSurface]], str]:
    """Surfaces at μ of the bands that carry a run's packets, and why there are none; neither where a run has no μ."""
    mu = getattr(config.ensemble, "chemical_potential", None)
    if mu is None or config.textures or config.band.group:
        return [], ""
    found, why = list[tuple[int, LevelSurface]](), ""
    for each in [config.of_band(index) for index in config.bands] or [config]:
        try:
            whole = fermi_surface(each)
            if sum(len(one.coarse.simplices) for one in whole.bands.values()) > _MOST:
                whole = fermi_surface(each, cells=CELLS[whole.hamiltonian.dimension])
        except InputError as error:
            why = f"without the Fermi surface: {error}"
            continue
        found += list(whole.crossing.items())
    return found, "" if found else why


def drawn_surface(surfaces: Surfaces) -> Drawn:
    """Join and fold the surfaces of bands, and evaluate what those of a crystal are coloured by."""
    fine = sum(len(surface.fine.simplices) for _, surface in surfaces) <= _MOST
    k, simplices, band = list[Float](), list[Integer](), list[Integer]()
    shades: dict[str, list[Float]] = {}
    for index, surface in surfaces:
        mesh = surface.fine if fine else surface.coarse
        folded, corner, of = _folded(surface, mesh.k, mesh.simplices)
        simplices.append(of + sum(map(len, k)))
        k.append(folded)
        band.append(np.full(len(folded), index))
        for name, (colour, axis, _) in _SHADES.items() if surface.dimension == 3 else ():
            shades.setdefault(name, []).append(shade_of(surface, colour, axis, mesh.k)[corner])
    joined = {name: np.concatenate(values) for name, values in shades.items()}
    return Drawn(np.concatenate(k), np.concatenate(simplices), np.concatenate(band), _offered(joined))


def _folded(surface: LevelSurface, k: Float, simplices: Integer) -> tuple[Float, Integer, Integer]:
    """Corners in the first zone, which of the mesh's corners each of them is, and the simplices between them.

    Simplices are moved as a whole, by the reciprocal vector of their middle.
    """
    middle = k[simplices].mean(axis=1)
    moved = fold(surface.level.band.hamiltonian, middle) - middle
    _, which = np.unique(np.round(moved, 9), axis=0, return_inverse=True)
    shift = moved[np.unique(which.ravel(), return_index=True)[1]]
    pairs = np.stack([np.repeat(which.ravel(), simplices.shape[1]), simplices.ravel()], axis=1)
    corners, of = np.unique(pairs, axis=0, return_inverse=True)
    return k[corners[:, 1]] + shift[corners[:, 0]], corners[:, 1], of.reshape(simplices.shape)


def _offered(shades: dict[str, Float]) -> dict[str, Float]:
    """Without components of Ω and m that vanish everywhere."""
    size = {name: float(np.nanmax(np.abs(values), initial=0.0)) for name, values in shades.items()}
    largest = {
        letter: max([size[name] for name in size if name[0] == letter], default=0.0) for letter in "Ωm"
    }
    return {
        name: values
        for name, values in shades.items()
        if "<sub>" not in name or size[name] > _NOTHING * max(largest[name[0]], 1e-12)
    }


def surface_traces(drawn: Drawn, *, bar: float = 0.42) -> list[Any]:
    """One trace: triangles of a crystal coloured by the first shade, or lines of a layer; ``bar``: x of its colour bar."""
    go = plotly()
    points = drawn.k.astype(np.float32)
    if drawn.simplices.shape[1] == 2:
        corners = np.full((len(drawn.simplices), 3, 3), np.nan, dtype=np.float32)
        corners[:, :2] = points[drawn.simplices]
        x, y, _ = corners.reshape(-1, 3).T
        line = {"color": "#111", "width": 2}
        return [go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="Fermi surface")]
    keys = {key: value[0] for key, value in _colouring(drawn, next(iter(drawn.shades))).items()}
    title = keys.pop("colorbar.title.text")
    first, second, third = drawn.simplices.T.astype(np.int32)
    mesh = go.Mesh3d(
        **dict(zip("xyz", points.T, strict=True)), i=first, j=second, k=third, name="Fermi surface",
        colorbar={"title": {"text": title, "side": "right"}, "x": bar, "thickness": 10, "len": 0.7},
        customdata=drawn.band, hovertemplate="band %{customdata}, %{intensity:.4g}<extra>Fermi surface</extra>",
        lighting={"ambient": 0.75, "diffuse": 0.4, "specular": 0.05}, **keys,
    )  # fmt: skip
    return [mesh]


def surface_menu(drawn: Drawn, trace: int) -> dict[str, Any]:
    """What the surface, the trace of that number, is coloured by; with several bands by these, too; and to hide it."""
    names = [*drawn.shades, *(["band"] if len(np.unique(drawn.band)) > 1 else [])]
    buttons: list[Any] = [
        {"label": f"surface: {name}", "method": "restyle", "args": [_colouring(drawn, name), [trace]]}
        for name in names
    ]
    buttons.append({"label": "surface: hidden", "method": "restyle", "args": [{"visible": [False]}, [trace]]})
    return {"buttons": buttons, "x": 0.0, "xanchor": "left", "y": 1.14, "yanchor": "top"}


def _colouring(drawn: Drawn, name: str) -> dict[str, list[Any]]:
    """Keys of the trace of triangles for a colour, each in a list as restyling wants them."""
    scale: Any
    if name == "band":
        bands = np.unique(drawn.band)
        steps = np.linspace(0, 1, len(bands) + 1)
        shades = [CATEGORIES[i % len(CATEGORIES)] for i in range(len(bands))]
        scale = [[end, shade] for i, shade in enumerate(shades) for end in steps[i : i + 2]]
        values, limits, title = np.searchsorted(bands, drawn.band) + 0.5, (0.0, float(len(bands))), "band"
    else:
        values, signed, title = drawn.shades[name], name != "|v|", f"{name} ({_SHADES[name][2]})"
        limits, colours = _limits(values, signed=signed), colour_scale(values, signed=True).colours
        signs = [[x, to_hex(colours(x))] for x in np.linspace(0.0, 1.0, _SHADES_OF_SCALE).tolist()]
        scale = signs if signed else "Viridis"  # light shades of one colour would look like shadows
    return {
        "visible": [True], "intensity": [np.nan_to_num(values).astype(np.float32)], "colorscale": [scale],
        "cmin": [limits[0]], "cmax": [limits[1]], "showscale": [name != "band"], "colorbar.title.text": [title],
    }  # fmt: skip


def _limits(values: Float, *, signed: bool) -> tuple[float, float]:
    """Ends of the colours: few values lie beyond them."""
    finite = values[np.isfinite(values)]
    if signed:
        size = float(np.quantile(np.abs(finite), _USUAL)) if finite.size else 0.0
        return -(size or 1.0), size or 1.0
    low, high = (
        (float(np.quantile(finite, part)) for part in (1 - _USUAL, _USUAL)) if finite.size else (0.0, 1.0)
    )
    return low, high if high > low else low + 1.0
