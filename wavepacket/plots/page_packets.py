"""What a page for a browser shows: packets of a run at some of its times and what lies under them, as traces of plotly."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.bands import followed
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.zone import fold_by_faces, zone_outline
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian
from wavepacket.plots.between import drawn_parts, hops, subdivided, without_hops
from wavepacket.plots.labels import length_unit, time_unit
from wavepacket.plots.pictures import Pictures, ground_of
from wavepacket.plots.style import GREY, valley_colour
from wavepacket.plots.zone import folded_paths
from wavepacket.runs import StoredRun

__all__ = [
    "Moving",
    "dots",
    "ground_of_space",
    "ground_of_zone",
    "outline_of",
    "places",
    "plotly",
    "ways_in_zone",
]


def plotly() -> Any:
    """The module plotly.graph_objects; InputError where it is not installed."""
    try:
        import plotly.graph_objects

        return plotly.graph_objects
    except ImportError:
        raise InputError("a view needs plotly: pip install 'berry-wavepacket[view]'") from None


class Moving:
    """What moves: places and folded wavevectors of the chosen packets at the chosen times, in the units of the axes."""

    def __init__(self, run: StoredRun, pictures: Pictures, packets: int, frames: int) -> None:
        paths = pictures.paths
        chosen = _chosen(pictures.weight, packets)
        saves = np.unique(np.linspace(0, len(run.time) - 1, min(frames, len(run.time))).round().astype(int))
        self.dimension = run.dimension
        self.numbers: Integer = chosen
        self.weight: Float = pictures.weight[chosen]
        valley = paths["valley"]
        self.valley: Integer = np.full(len(chosen), -1) if valley is None else valley[chosen]
        self.valley_names: tuple[str, ...] = tuple(paths["valley_names"])
        self.told_by_spin = self.valley_names != tuple(run.valley_names)
        self.spin = None if pictures.spin is None else _along(pictures)[chosen]
        position = paths["position"][chosen][:, saves]
        self.length, self.length_symbol = length_unit(float(np.nanmax(np.abs(position), initial=0.0)))
        self.r: Float = position / self.length
        self.k = fold_by_faces(paths["wavevector"][chosen][:, saves], pictures.zone.faces)
        self.ways = _ways(run.time, paths["wavevector"][chosen], pictures.zone.faces)
        scale, self.time_symbol = time_unit(float(run.time[-1]))
        self.time = run.time[saves] / scale

    @property
    def texts(self) -> list[str]:
        """What hovering tells of each packet."""
        names = [*self.valley_names, "no valley"]
        spins = [""] * len(self.numbers)
        if self.spin is not None:
            spins = [f"<br>spin {first:.3g} to {last:.3g}" for first, last in self.spin[:, [0, -1]]]
        return [
            f"packet {number}<br>{names[valley]}<br>weight {weight:.4g}{spin}"
            for number, valley, weight, spin in zip(
                self.numbers, self.valley, self.weight, spins, strict=True
            )
        ]

    @property
    def colours(self) -> dict[str, list[str] | Float]:
        """Ways of colouring the packets."""
        valley = [valley_colour(int(index)) for index in self.valley]
        found: dict[str, list[str] | Float] = {
            "spin at the start" if self.told_by_spin else "valley": valley,
            "weight": self.weight, "direction of motion": _direction(self.r),
        }  # fmt: skip
        if self.spin is None:
            return found
        return found | {
            "value of the spin, first": self.spin[:, 0],
            "value of the spin, last": self.spin[:, -1],
        }


def _ways(time: Float, wavevector: Float, faces: Float) -> list[Float]:
    """Each packet's path through the zone (m, 3), smooth, with a row of NaN where it leaves and returns, or hops."""
    hopped = hops(time, wavevector)
    stamps = subdivided(time, max(drawn_parts(len(time)), 2 * bool(hopped.any())))
    return folded_paths(without_hops(time, wavevector, stamps, hopped), faces)


def _along(pictures: Pictures) -> Float:
    """Spin (n, T) along its axis, along k where packets start in helicities or are resolved by them, ħ."""
    internal = pictures.config.internal
    assert internal is not None
    assert pictures.spin is not None
    helicity = "helicity" in (internal.start, internal.resolve)
    axis = pictures.paths["wavevector"] if helicity else np.array(internal.axis)
    length = np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-300)
    return np.asarray((pictures.spin * axis / length).sum(axis=2))


def _chosen(weight: Float, most: int) -> Integer:
    """At most so many packets, at random by weight, in order; always the same ones."""
    if len(weight) <= most:
        return np.arange(len(weight))
    size = np.abs(weight)
    most = min(most, int(np.count_nonzero(size)))
    return np.sort(np.random.default_rng(0).choice(len(size), most, replace=False, p=size / size.sum()))


def _direction(r: Float) -> Float:
    """Angle of each packet's whole way in the plane, degrees."""
    last = np.where(np.isfinite(r), r, 0.0)
    way = last[:, -1] - last[:, 0]
    angle: Float = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    return angle


def _coordinates(
    points: Float, dimension: int, numbers: Integer | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Keys of a trace for points (..., 3); of a chain the packets lie one above the other."""
    # Single precision: it is finer than a screen and halves the page.
    found: dict[str, npt.NDArray[Any]] = {
        name: points[..., axis].astype(np.float32) for axis, name in enumerate("xyz"[:dimension])
    }
    if dimension == 1:
        found["y"] = np.arange(len(points)) if numbers is None else numbers
    return found


def _trace(dimension: int, **keys: Any) -> Any:
    go = plotly()
    return go.Scatter3d(**keys) if dimension == 3 else go.Scatter(**keys)


def dots(moving: Moving, points: Float) -> Any:
    """Trace of the packets at points (n, 3), with what hovering tells."""
    marker = {
        "size": 4 if moving.dimension == 3 else 8,
        "color": next(iter(moving.colours.values())),
        "colorscale": "Viridis",
        "line": {"width": 0.5, "color": "white"},
    }
    where = "(%{x:.4g}, %{y:.4g}, %{z:.4g})" if moving.dimension == 3 else "(%{x:.4g}, %{y:.4g})"
    return _trace(
        moving.dimension, mode="markers", marker=marker, text=moving.texts, **_coordinates(points, moving.dimension),
        hovertemplate="%{text}<br>" + where + "<extra></extra>",
    )  # fmt: skip


def places(moving: Moving, points: Float) -> Any:
    """Trace of a frame: where the packets are, (n, 3)."""
    return _trace(moving.dimension, **_coordinates(points, moving.dimension))


def ground_of_zone(pictures: Pictures, dimension: int) -> list[Any]:
    """The map of the band under the packets (layers), and the outline of the zone."""
    if dimension == 1:
        return []
    outline = outline_of(followed(pictures.config, build_hamiltonian(pictures.config)).hamiltonian)
    return outline if dimension == 3 else [_heat(pictures.zone), *outline]


def outline_of(crystal: Hamiltonian) -> list[Any]:
    """Border of the first zone of a layer, or its faces; of a k·p model that of the cutoff, if it has one."""
    outline = zone_outline(crystal)
    faces = [] if outline is None else [outline] if crystal.dimension == 2 else outline
    line = {"color": "#333", "width": 1.5}
    return [
        _trace(
            crystal.dimension,
            mode="lines",
            line=line,
            hoverinfo="skip",
            **_coordinates(np.asarray(face), crystal.dimension),
        )
        for face in faces
    ]


def _heat(zone: ZoneMap) -> Any:
    left, right, low, high = zone.extent
    n, m = zone.values.shape
    signed = zone.quantity in ("berry_curvature", "orbital_moment")
    name = f"{zone.quantity.replace('_', ' ')} ({zone.unit})"
    bar = {"title": {"text": name, "side": "right"}, "x": 0.42, "thickness": 10}
    size = float(np.nanquantile(np.abs(zone.values), 0.99)) or 1.0
    return plotly().Heatmap(
        x=np.linspace(left, right, n), y=np.linspace(low, high, m), z=zone.values.T.astype(np.float32),
        colorscale="RdBu_r" if signed else "Greys", zmin=-size if signed else None, zmax=size if signed else None,
        opacity=0.7, hoverinfo="skip", colorbar=bar,
    )  # fmt: skip


def ways_in_zone(moving: Moving) -> list[Any]:
    """Paths of the packets through the zone as lines, one trace for each valley; in B they are orbits on a Fermi surface."""
    found = []
    for valley in np.unique(moving.valley):
        gap = np.full((1, 3), np.nan)
        own = [part for i in np.flatnonzero(moving.valley == valley) for part in (moving.ways[i], gap)]
        line = {
            "color": GREY if valley < 0 else valley_colour(int(valley)),
            "width": 5 if moving.dimension == 3 else 1.5,
        }
        found.append(
            _trace(
                moving.dimension,
                mode="lines",
                line=line,
                hoverinfo="skip",
                **_coordinates(np.concatenate(own), moving.dimension),
            )
        )
    return found


def ground_of_space(pictures: Pictures, moving: Moving) -> list[Any]:
    """Walls, contacts, and the whole paths as thin lines, one trace for each valley."""
    found = []
    if moving.dimension == 2:
        ground = ground_of(pictures.config)
        for points, colour in [(wall, "#333") for wall in ground.walls] + [
            (ends, "#d55e00") for ends in ground.contacts.values()
        ]:
            place = points / moving.length
            line = {"color": colour, "width": 3}
            found.append(_trace(2, x=place[:, 0], y=place[:, 1], mode="lines", line=line, hoverinfo="skip"))
    for valley in np.unique(moving.valley):
        paths = moving.r[moving.valley == valley]
        gap = np.full_like(paths[:, :1], np.nan)
        rows = np.repeat(np.flatnonzero(moving.valley == valley), paths.shape[1] + 1)
        lines = np.concatenate([paths, gap], axis=1).reshape(-1, 3)
        colour = GREY if valley < 0 else valley_colour(int(valley))
        found.append(
            _trace(
                moving.dimension, mode="lines", opacity=0.35, line={"color": colour, "width": 1}, hoverinfo="skip",
                **_coordinates(lines, moving.dimension, rows),
            )
        )  # fmt: skip
    return found
