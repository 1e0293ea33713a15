"""Run the points of a sweep one after the other; each is an ordinary run, and finished ones are not run again.

All points share the seed, and so their starting points: differences between points are not noise of sampling.
"""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path

from wavepacket.analysis import analyze
from wavepacket.config import Config, FileModel, load_config
from wavepacket.config.scan import Axis, scan
from wavepacket.errors import ConfigError, InputError, Interrupted
from wavepacket.hamiltonians import build_hamiltonian
from wavepacket.observable import Observable
from wavepacket.simulation import Stop, never, resume, run
from wavepacket.storage import hold_run, open_run
from wavepacket.storage import layout as names
from wavepacket.storage.durable import file_errors, publish
from wavepacket.sweeps.plan import CONFIG, POINTS, SWEEP, Plan, is_sweep, read_plan, write_plan
from wavepacket.sweeps.table import Point, Sweep, write_tables

__all__ = ["open_sweep", "resume_sweep", "sweep"]

Progress = Callable[[int, int], None]
"""Called with the number of finished points and the number of all."""


def sweep(
    config: Config | str | PathLike[str],
    axes: Mapping[str, str | Iterable[object]] | Iterable[Axis],
    output: str | PathLike[str] | None = None,
    *,
    overrides: Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> Sweep:
    """Run a config at all combinations of values of some of its keys.

    Parameters
    ----------
    config : a config, or the path of its file
    axes : key → values, as a list or as text such as ``"0:10:0.5 T"``; the last key varies fastest
    output : folder of the sweep; default ``runs/NAME_sweep``
    overrides : changes that all points share, such as ``"time.end=1 ps"``
    threads, stop : as in `wavepacket.run`

    Raises
    ------
    ConfigError : a point's config is wrong; nothing is run then
    InputError : the folder holds something else
    """
    if isinstance(axes, Mapping):
        axes = [Axis(path, _values(values)) for path, values in axes.items()]
    plan = Plan(tuple(axes), (*_model_file(config, tuple(overrides)), *overrides))
    text, name = _text_and_name(config, plan)
    folder = Path(output) if output is not None else Path("runs") / f"{name}_sweep"
    with hold_run(folder, create=True):
        if is_sweep(folder):
            _check_same(folder, plan, text)
        else:
            _start(folder, plan, text)
        return _complete(folder, plan, threads, progress, report, stop)


def resume_sweep(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> Sweep:
    """Go on with a sweep that was cut off; nothing but its folder is needed."""
    path = Path(folder)
    plan = read_plan(path)
    with hold_run(path):
        return _complete(path, plan, threads, progress, report, stop)


def open_sweep(folder: str | PathLike[str]) -> Sweep:
    """Read a sweep; points that have not run yet say so in their state."""
    path = Path(folder)
    plan = read_plan(path)
    points = (_read_point(path, plan, index) for index in range(plan.size))
    return Sweep(path, plan.axes, tuple(points))


def _values(values: str | Iterable[object]) -> tuple[str, ...]:
    return scan(values) if isinstance(values, str) else tuple(str(value) for value in values)


def _model_file(config: Config | str | PathLike[str], overrides: tuple[str, ...]) -> list[str]:
    """The model's file by its absolute path: the folder of the sweep keeps a copy of the config, not of the model."""
    if isinstance(config, Config):
        return []
    model = load_config(config, overrides).model
    return [f"model.file={model.file.absolute()}"] if isinstance(model, FileModel) else []


def _text_and_name(config: Config | str | PathLike[str], plan: Plan) -> tuple[bytes, str]:
    if isinstance(config, Config):
        return config.to_yaml().encode(), config.name
    return Path(config).read_bytes(), load_config(config, plan.overrides).name


def _start(folder: Path, plan: Plan, text: bytes) -> None:
    """Check every point, then write down what is to be done."""
    with file_errors("read", folder):
        present = [path.name for path in folder.iterdir() if path.name not in (names.LOCK, CONFIG)]
    if present:
        raise InputError(f"{folder}: is there already and not empty; choose another folder with -o")
    publish(folder / CONFIG, [text])
    try:
        _check_points(folder, plan)
    except ConfigError:
        (folder / CONFIG).unlink()
        raise
    write_plan(folder, plan)
    with file_errors("make", folder / POINTS):
        (folder / POINTS).mkdir(exist_ok=True)


def _check_points(folder: Path, plan: Plan) -> None:
    """Raise for the first point whose config or model is wrong; large files are not read for it."""
    for index in range(plan.size):
        config = plan.config(folder, index)
        if isinstance(config.model, FileModel):
            config.model_file()
        else:
            build_hamiltonian(config)


def _check_same(folder: Path, plan: Plan, text: bytes) -> None:
    if read_plan(folder) != plan or (folder / CONFIG).read_bytes() != text:
        raise InputError(
            f"{folder}: holds another sweep ({SWEEP}); choose another folder with -o, "
            f"or go on with that one by `wavepacket resume {folder}`"
        )


def _complete(
    folder: Path,
    plan: Plan,
    threads: int | None,
    progress: Progress,
    report: Callable[[str], None],
    stop: Stop,
) -> Sweep:
    points: list[Point] = []
    progress(0, plan.size)
    for index in range(plan.size):
        try:
            _run_point(folder, plan, index, threads, report, stop)
        except Interrupted as stopped:
            raise Interrupted(
                f"stopped at point {index} of {plan.size}; go on with `wavepacket resume {folder}`"
            ) from stopped
        except InputError as error:
            points.append(Point(plan.settings(index), _point_folder(folder, index), str(error), {}))
        else:
            points.append(_read_point(folder, plan, index))
        progress(len(points), plan.size)
    result = Sweep(folder, plan.axes, tuple(points))
    write_tables(result)
    return result


def _point_folder(folder: Path, index: int) -> Path:
    return folder / POINTS / f"{index:06d}"


def _run_point(
    folder: Path, plan: Plan, index: int, threads: int | None, report: Callable[[str], None], stop: Stop
) -> None:
    """Run one point, or what is missing of it."""
    here = _point_folder(folder, index)
    if (here / names.INDEX).is_file():
        return
    if (here / names.DESCRIPTION).is_file():
        resume(here, threads=threads, report=report, stop=stop)
    else:
        run(plan.config(folder, index), here, threads=threads, report=report, stop=stop)


def _read_point(folder: Path, plan: Plan, index: int) -> Point:
    here, settings = _point_folder(folder, index), plan.settings(index)
    if not (here / names.INDEX).is_file():
        return Point(settings, here, "not run yet", {})
    config = plan.config(folder, index)
    observables = analyze(open_run(here))
    return Point(settings, here, _state(observables, config), observables)


def _state(observables: Mapping[str, Observable], config: Config) -> str:
    excluded = observables["excluded_fraction"].value
    assert isinstance(excluded, float)
    if excluded > config.limits.excluded_fraction:
        return f"{excluded:.2%} of the trajectories stopped early"
    return "finished"
