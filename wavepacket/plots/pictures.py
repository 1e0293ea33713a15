"""From a finished run to its figure and its movie: the one module of pictures that reads a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from wavepacket.analysis import analyze, config_of
from wavepacket.analysis.local import equilibrium_magnetization
from wavepacket.arrays import Float
from wavepacket.bands import band, followed
from wavepacket.bands.chern import chern_number
from wavepacket.bandstructure.maps import ZoneMap, default_quantity, zone_map
from wavepacket.config import CircleWall, Config, Confined, Fields, Texture
from wavepacket.ensembles import cells_of, valley_centres
from wavepacket.errors import ConfigError, InputError
from wavepacket.fields import potential_values
from wavepacket.hamiltonians import build_hamiltonian, emergent_fields
from wavepacket.observables import Observable, Observables
from wavepacket.plots.animation import animate
from wavepacket.plots.chosen_paths import Stored, drawn, some_paths
from wavepacket.plots.contours import Ground
from wavepacket.plots.devices import plot_sample
from wavepacket.plots.emergent import has_emergent_field, plot_emergent_fields
from wavepacket.plots.figures import Panel, compose, run_figure
from wavepacket.plots.headline import headline_panels, with_others
from wavepacket.plots.local import local_panels
from wavepacket.plots.mapped import of_most_paths, plane_of
from wavepacket.plots.movie import check_movie
from wavepacket.plots.observables import PERIODS, series_of_packets, series_of_run
from wavepacket.plots.series import Series
from wavepacket.plots.sphere import plot_spins
from wavepacket.plots.spins import spins_of, split_axes, start_labels
from wavepacket.plots.sweep_panels import sweep_figure
from wavepacket.plots.transport import measured_panels
from wavepacket.plots.zone import plot_zone_map
from wavepacket.runs import StoredRun, open_run
from wavepacket.simulation.group import group_of
from wavepacket.sweeps import Sweep, open_sweep
from wavepacket.sweeps.plan import is_sweep
from wavepacket.sweeps.references import references
from wavepacket.threads import available_threads

__all__ = ["animate_run", "plot"]

Report = Callable[[str], None]

_DRAWN, _ALL = (
    60,
    100,
)  # paths in a figure; no more than so many are all drawn, with the symmetry that they have
_MOVING = 200  # packets in a movie
_FEW = 6  # packets that are followed one by one


@dataclass(frozen=True, eq=False)
class Pictures:
    """What figures and movies of a run are made of; ``largest`` is the size of the spin, ħ."""

    paths: dict[str, Any]
    stored: Stored
    weight: Any
    zone: ZoneMap
    series: list[Series]
    numbers: list[Panel]
    observables: Observables
    config: Config
    axes: tuple[int, int] | None
    spin: Float | None
    largest: float


def plot(run: StoredRun | Sweep | str | PathLike[str], report: Report = lambda text: None) -> Figure:
    """Draw paths of a run over the zone and in real space, and what it is about; of a sweep, that against what was swept.

    Parameters
    ----------
    run : a finished run, a sweep, or the folder of one
    report : called with remarks, such as on a reference that a config names and that cannot be computed

    Examples
    --------
    >>> import wavepacket
    >>> wavepacket.plot("runs/haldane_hall").savefig("figure.pdf")  # doctest: +SKIP

    """
    if isinstance(run, Sweep) or (not isinstance(run, StoredRun) and is_sweep(Path(run))):
        return sweep_figure(run if isinstance(run, Sweep) else open_sweep(run), report=report)[0]
    run = run if isinstance(run, StoredRun) else open_run(run)
    theory = _reference(config_of(run), report)
    pictures = pictures_of(run, theory)
    measured = measured_panels(pictures.observables, pictures.zone, theory, pictures.config.headline or {})
    measured = [*measured, *_emergent_panels(pictures.config)]
    # A protocol that maps the curvature is its own figure: the true map, the measured one and both along a line.
    mapped = "berry_curvature_from_drifts" in pictures.observables
    if "local_current" in pictures.observables:  # currents in space are, too
        panels = local_panels(pictures.observables, cells_of(pictures.config), _equilibrium(pictures.config))
        return compose([*panels, *pictures.numbers], pictures.config.heading, filled=True)
    ground = ground_of(pictures.config)
    if len(pictures.weight) == 0:
        where: list[Panel] = (
            [partial(plot_sample, ground)] if ground.walls else [partial(plot_zone_map, pictures.zone)]
        )
        return compose([*where, *measured, *pictures.numbers], pictures.config.heading, filled=True)
    paths = _drawn(pictures, _ALL if len(pictures.weight) <= _ALL else _DRAWN)
    del paths["weight"]
    spin = paths.pop("spin")
    if spin is not None:
        labels = {name: paths[name] for name in ("valley", "valley_names")}
        measured = [*measured, partial(plot_spins, spin, pictures.largest, most=_ALL, **labels)]
    return run_figure(
        **({} if mapped else paths), zone_map=pictures.zone,
        series=() if mapped else pictures.series, measured=[*measured, *([] if mapped else pictures.numbers)],
        ground=ground, axes=pictures.axes, title=pictures.config.heading, most=2 * _ALL,
    )  # fmt: skip


def animate_run(run: StoredRun | str | PathLike[str], path: str | PathLike[str], **more: Any) -> Path:
    """Make a movie of a run, and return its path.

    Parameters
    ----------
    run : a finished run, or its folder
    path : ends in .mp4 or .gif
    more : frames, packets, rate and progress, as of `animate`
    """
    target = Path(path)
    check_movie(target)
    pictures = pictures_of(run)
    if len(pictures.weight) == 0:
        raise InputError("the run stored no paths to move; run it with output.trajectories above 0")
    paths = _drawn(pictures, more.get("packets", _MOVING))
    animate(
        target, zone_map=pictures.zone, series=next(iter(pictures.series), None),
        ground=ground_of(pictures.config), largest=pictures.largest, axes=pictures.axes,
        title=pictures.config.heading, **more, **paths,
    )  # fmt: skip
    return target


def _drawn(pictures: Pictures, most: int) -> dict[str, Any]:
    """Some paths by weight, with those under −E."""
    chosen = drawn(pictures.stored, most, pictures.paths["valley"], pictures.weight, pictures.spin)
    return {name: pictures.paths[name] for name in ("time", "valley_names")} | chosen


def pictures_of(
    given: StoredRun | str | PathLike[str], theory: Mapping[str, Observable] | None = None
) -> Pictures:
    """Read paths and map the band; ``theory`` is what the config's reference says of observables."""
    run = given if isinstance(given, StoredRun) else open_run(given)
    config = config_of(run)
    hamiltonian = build_hamiltonian(config)
    stored = some_paths(run)
    paths = dict(stored.forward)
    chosen = followed(of_most_paths(config, paths["valley"], len(run.valley_names)), hamiltonian)
    source = band(chosen.hamiltonian, chosen.index, position_elements=config.band.position_elements)
    observables = analyze(run, hamiltonian)
    reference = None
    if config.ensemble.kind == "filled_band" and hamiltonian.dimension == 2 and not config.bands:
        chern = chern_number(chosen.hamiltonian, chosen.index)
        reference = None if chern is None else -float(chern)
    _, centres = valley_centres(hamiltonian, config.valleys)
    zone = zone_map(
        source,
        "energy" if config.band.group or config.bands else default_quantity(source),
        plane=plane_of(centres, paths["valley"]),
        around=paths["wavevector"] if len(paths["wavevector"]) else None,
        threads=available_threads(),
    )
    weight, numbers = paths.pop("weight"), paths.pop("trajectory")
    state = paths.pop("state", None)
    group = group_of(config, hamiltonian)
    spin = None if state is None or group is None or group.spin is None else spins_of(state, group.spin)
    names, axes = run.valley_names, None
    if (starts := start_labels(config, run.trajectory_count, numbers)) is not None:
        paths["valley"], names = starts
        axes = split_axes(paths["position"], paths["valley"])
    series, panels = _about(config, observables, run.time, paths, chern=reference, theory=theory)
    return Pictures(
        {**paths, "time": run.time, "valley_names": names},
        stored,
        weight,
        zone,
        series,
        panels,
        observables,
        config,
        axes,
        spin,
        0.0
        if spin is None or group is None or group.spin is None
        else float(np.linalg.eigvalsh(group.spin[2])[-1]),
    )


def _about(
    config: Config,
    observables: Observables,
    time: Float,
    paths: dict[str, Any],
    *,
    chern: float | None,
    theory: Mapping[str, Observable] | None,
) -> tuple[list[Series], list[Panel]]:
    """What a run is about: courses, and panels of numbers; a few packets lose their valley, and are followed one by one."""
    usual = series_of_run(observables, time, hall_reference=chern)
    wanted = config.headline or {}
    if not _are_few(config, paths):
        series, panels = headline_panels(wanted, observables, time, theory=theory)
        return with_others(series, len(panels), usual), panels
    paths["valley"] = None
    each = series_of_packets(observables, time, paths["position"], wanted)
    usual = [each if one.observable == each.observable else one for one in usual]
    series, panels = headline_panels(wanted, observables, time, (each.observable, *PERIODS))
    return with_others(series, len(panels), usual), panels


def _are_few(config: Config, paths: dict[str, Any]) -> bool:
    """Whether a run has a few packets that were given one by one, of one valley: each is followed by itself."""
    given = config.ensemble.kind in ("packets", "arrays") and len(paths["position"]) <= _FEW
    return given and len(np.unique(paths["valley"])) == 1


def _equilibrium(config: Config) -> Callable[[Float], Float] | None:
    """M at places of the equilibrium that a run is a sample of, None where it is of none."""
    if not isinstance(config.ensemble, Confined):
        return None
    return lambda places: equilibrium_magnetization(config, build_hamiltonian(config), places)


def ground_of(config: Config) -> Ground:
    """What lies under the paths of a run: the potential at its beginning, walls and contacts."""
    energy, walls, sample = None, list[Float](), config.sample
    same = tuple(term for term in config.fields.potential if term.valleys is None)
    if same:
        fields = Fields(potential=same)
        energy = lambda places: potential_values(fields, places, charge=config.charge).energy  # noqa: E731
    for wall in () if sample is None else sample.walls:
        if isinstance(wall, CircleWall):
            turn = np.linspace(0.0, 2 * np.pi, 181)
            walls.append(np.array(wall.center) + wall.radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
        else:
            walls.append(np.array([wall.edges[0][0], *(end for _, end in wall.edges)]))
    contacts = {} if sample is None else {name: np.array(ends) for name, ends in sample.contacts.items()}
    texture = _direction(config)
    if texture is None:
        return Ground(energy, tuple(walls), contacts, fields=config.fields)

    def moving(places: Float, time: float) -> Float:
        return emergent_fields(texture, places, time).direction

    # Dots of a figure are where packets end.
    end = config.time.end
    return Ground(
        energy, tuple(walls), contacts, lambda places: moving(places, end),
        moving=None if texture.profile.is_static else moving, fields=config.fields,
    )  # fmt: skip


def _direction(config: Config) -> Texture | None:
    """The first texture that is a direction."""
    return next((each for each in config.textures if each.profile.is_direction), None)


def _emergent_panels(config: Config) -> list[Panel]:
    """A map of the emergent fields of the texture that lies under the paths, at the end."""
    texture, end = _direction(config), config.time.end
    if texture is None or not has_emergent_field(texture, end):
        return []
    return [partial(plot_emergent_fields, texture, end)]


def _reference(config: Config, report: Report) -> dict[str, Observable]:
    """Observables of the config's reference; none if it names no reference."""
    if config.reference is None:
        return {}
    try:
        return references([config])[0]
    except ConfigError as error:
        report(f"without the values of the reference: {error}")
        return {}
