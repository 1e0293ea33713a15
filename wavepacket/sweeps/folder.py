"""The folder of a sweep: checked before anything runs, never overwritten unasked, its points compared with its plan."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

from wavepacket.config import (
    Config,
    FileModel,
    GridProfile,
    GridTerm,
    SampledField,
    config_from_mapping,
    load_config,
)
from wavepacket.config.files import CRYSTAL, contents, named_files, placed, portable
from wavepacket.config.scan import Axis
from wavepacket.errors import ConfigError, InputError, Problem
from wavepacket.hamiltonians import as_data, build_hamiltonian, open_config, own_sections
from wavepacket.runs import layout as names
from wavepacket.runs.description import digest_of
from wavepacket.runs.durable import clean, file_errors, publish, refuse_link, shown, typed
from wavepacket.scripts import LOADED
from wavepacket.sweeps.plan import (
    CONFIG,
    POINTS,
    SWEEP,
    DamagedPlan,
    Plan,
    foreign,
    is_sweep,
    read_plan,
    write_plan,
)
from wavepacket.sweeps.table import INDEX, OBSERVABLES

__all__ = ["Base", "point_folder", "prepare", "read_base", "reopened", "with_own_parts"]


_KEPT = 1000  # configs in memory, some 30 kB each
_TOLD = 20  # problems in one message


def point_folder(folder: Path, index: int) -> Path:
    """The run of one point."""
    return folder / POINTS / f"{index:06d}"


@dataclass(frozen=True)
class Base:
    """What all points of a sweep come from.

    Attributes
    ----------
    folder : of the sweep
    config : a config, or the path of its file
    text : what is kept of it
    overrides : that all points share
    files : name → content of the files that the folder keeps, since a script gave what is in them
    """

    folder: Path
    config: Config | str | PathLike[str]
    text: bytes
    overrides: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_base(
    config: Config | str | PathLike[str], overrides: tuple[str, ...], output: str | PathLike[str] | None
) -> Base:
    """Return what is kept of a config, in ``output`` or in ``runs/NAME_sweep``, and the overrides that all points share.

    Files are among them by their absolute paths: the folder keeps a copy of the config, not of a file. What a script
    gave is kept too.
    """
    base = config if isinstance(config, Config) else load_config(config, overrides)
    folder = Path(output) if output is not None else Path("runs") / f"{base.name}_sweep"
    if isinstance(config, Config):
        config = placed(config, folder)
        text = portable(config, folder).to_yaml().encode()
        return Base(folder, config, text, overrides, contents(config, folder))
    overrides = (
        *(f"{key}={path}" for key, path in named_files(base).items() if not key.startswith("fields")),
        *overrides,
    )
    return Base(folder, config, Path(config).read_bytes(), overrides)


def with_own_parts(
    config: Config | str | PathLike[str], overrides: tuple[str, ...], axes: tuple[Axis, ...], *, alone: bool
) -> tuple[Config | str | PathLike[str], dict[str, str]]:
    """Return a config whose own parts are data where all points share them; else the files of scripts that points need.

    ``alone``: this process runs all points itself.
    """
    base = config if isinstance(config, Config) else open_config(config, overrides=overrides)
    profiles = (texture.profile for texture in base.textures)
    files = (*base.fields.electric, *base.fields.in_space().values(), *profiles)
    if any(isinstance(term, SampledField | GridTerm | GridProfile) for term in files):
        config = base  # its text names files of fields and profiles from anywhere
    own = own_sections(base)
    if not own:
        return config, {}
    changed = [text.split("=")[0].strip() for text in (*overrides, *(axis.path for axis in axes))]
    if not any(each.startswith(key) or key.startswith(each) for each in changed for key in own):
        return as_data(base), {}
    if not alone and not LOADED:
        raise base.problem(
            own[0] if own[0] != "model" else "model.name",
            "worker processes do not know what a script has registered: sweep its keys without workers, or give its file to "
            "the command line by --load",
        )
    return config, dict(LOADED)


def prepare(base: Base, plan: Plan, overwrite: bool) -> dict[int, Config]:
    """Make the folder hold this sweep, begun or not; return configs loaded on the way, by point.

    Raises
    ------
    ConfigError : points are wrong; the folder is as it was
    InputError : the folder holds something else
    """
    folder, text = base.folder, base.text
    _refuse_links(folder)
    clean(folder)
    if not is_sweep(folder):
        _check_empty(folder, text)
    elif not overwrite and has_begun(folder):
        _go_on(base, plan)
        return {}
    configs = _checked(plan, base)
    if is_sweep(folder):
        _delete(folder)
    # First what the folder is recognised by; its config, last, says that all before it is of this sweep.
    write_plan(folder, plan)
    with file_errors("make", folder / POINTS):
        (folder / POINTS).mkdir(exist_ok=True)
    for name, content in base.files.items():
        publish(folder / name, [content])
    publish(folder / CONFIG, [text])
    return configs


def reopened(folder: Path) -> Plan:
    """Return the plan of a sweep that goes on, from its folder, which must be held.

    Raises
    ------
    InputError : there is no sweep, it was cut off before it began, or it lies behind a link
    """
    plan = begun_plan(folder)
    _refuse_links(folder)
    plan.check_config(folder)
    clean(folder)
    return plan


def begun_plan(folder: Path) -> Plan:
    """Return the plan of a sweep, or raise InputError where there is none, or it was cut off before it began."""
    plan = read_plan(folder)
    if not has_begun(folder):
        raise InputError(
            f"{shown(folder)}: was cut off before its first point; begin again with the same `wavepacket sweep`"
        )
    return plan


def has_begun(folder: Path) -> bool:
    """Whether all of a sweep is there that it goes on from, or there is something to lose."""
    return (folder / CONFIG).exists() or bool(_points(folder))


def _points(folder: Path) -> list[Path]:
    with file_errors("read", folder / POINTS):
        return sorted((folder / POINTS).glob("[0-9]" * 6))


def _refuse_links(folder: Path) -> None:
    """Raise InputError where the points of a sweep, or one of them, are links to what belongs to somebody else."""
    for path in (folder / POINTS, *_points(folder)):
        refuse_link(path)


def _check_empty(folder: Path, text: bytes) -> None:
    """Raise InputError where the folder holds anything but what a sweep that was cut off at its start may have left."""
    with file_errors("read", folder):
        present = {path.name for path in folder.iterdir()} - {names.LOCK}
        if POINTS in present and not any((folder / POINTS).iterdir()):
            present.discard(POINTS)
        if CONFIG in present and (folder / CONFIG).read_bytes() == text:
            present.discard(CONFIG)
    if present:
        raise InputError(
            f"{shown(folder)}: is there already, not empty, and not the folder of a sweep; choose another folder with -o"
        )


def _go_on(base: Base, plan: Plan) -> None:
    """Raise InputError where the folder holds another sweep; put plan, config and files back that were lost or changed."""
    folder, text, path = base.folder, base.text, base.folder / CONFIG
    with file_errors("read", path):
        present = path.read_bytes() if path.is_file() else b""
        lost = {name: each for name, each in base.files.items() if not (folder / name).is_file()}
        other = any(
            (folder / name).read_bytes() != each for name, each in base.files.items() if name not in lost
        )
    kept = _kept_plan(folder, plan, intact=present == text)
    if not kept.config_sha256:
        kept.check_config(folder)
    if LOADED:
        kept.check_scripts(folder)
    original = kept.config_sha256 or digest_of(present)
    if other or kept != plan or original != digest_of(text):
        raise InputError(
            f"{shown(folder)}: holds another sweep ({SWEEP}); choose another folder with -o, "
            f"go on with that one by `wavepacket resume {typed(folder)}`, or replace it by --overwrite"
        )
    for name, content in lost.items():
        publish(folder / name, [content])
    if present != text:
        publish(path, [text])


def _kept_plan(folder: Path, plan: Plan, intact: bool) -> Plan:
    """The plan in a folder; a damaged one is replaced by this plan if config and points agree with it."""
    try:
        return read_plan(folder)
    except DamagedPlan:
        if not intact or not all(_belongs(path, folder, plan) for path in _points(folder)):
            raise
    write_plan(folder, plan)
    return plan


def _belongs(point: Path, folder: Path, plan: Plan) -> bool:
    """Whether the config of a point agrees with a plan."""
    index = int(point.name)
    if index >= plan.size or not (point / names.RESOLVED).exists():
        return index < plan.size
    return not foreign(point, plan.config(folder, index))


def _delete(folder: Path) -> None:
    """Delete the runs of a sweep, its tables and finally its config; keep figures and the plan.

    What is left after a kill is a part of the old sweep, or a sweep that has not begun.
    """
    with file_errors("delete the old sweep in", folder):
        for name in (INDEX, OBSERVABLES):
            (folder / name).unlink(missing_ok=True)
        for path in _points(folder):
            shutil.rmtree(path)
        (folder / CONFIG).unlink(missing_ok=True)


def _checked(plan: Plan, base: Base) -> dict[int, Config]:
    """Check config and model of every point; large files are not read for it."""
    kept: dict[int, Config] = {}
    problems: dict[Problem, None] = {}
    for index in range(plan.size):
        try:
            config = _loaded(base.config, plan.overrides_of(index))
            if config.headline:
                from wavepacket.analysis import check_headline  # loads kernels

                check_headline(config)
            if not isinstance(config.model, FileModel):
                build_hamiltonian(config)
            elif CRYSTAL not in base.files:
                config.model_file()
        except ConfigError as error:
            problems |= dict.fromkeys(_as_typed(error.problems, plan))
            if len(problems) >= _TOLD:
                break
        else:
            if len(kept) < _KEPT:
                kept[index] = config
    if problems:
        raise ConfigError(problems)
    return kept


def _loaded(base: Config | str | PathLike[str], overrides: tuple[str, ...]) -> Config:
    if isinstance(base, Config):
        return config_from_mapping(base.model_dump(exclude_none=True), overrides)
    return load_config(base, overrides)


def _as_typed(problems: Iterable[Problem], plan: Plan) -> list[Problem]:
    """Problems of values that a sweep sets, with the option that they came by."""
    starts = tuple(f"--set {axis.path}=" for axis in plan.axes)
    return [
        replace(one, file="-s" + one.file.removeprefix("--set")) if one.file.startswith(starts) else one
        for one in problems
    ]
