"""Every point of a sweep looked at, and what is damaged made again, point by point."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wavepacket.cluster import Cluster
from wavepacket.errors import InputError
from wavepacket.runs import Damage, hold_run, verify
from wavepacket.runs.durable import shown
from wavepacket.runs.folder import shard_files, tidy_run
from wavepacket.runs.layout import INDEX
from wavepacket.sweeps.folder import begun_plan, point_folder, reopened
from wavepacket.sweeps.plan import CONFIG, POINTS, Plan, foreign, with_last_resort

__all__ = ["repair_sweep", "verify_sweep"]


def verify_sweep(
    folder: Path,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Damage]:
    """Check every file of every point that has begun, and the tables, and return what is wrong; nothing is changed.

    Parameters
    ----------
    threads : that look at shards; default all cores
    progress : called with points that were looked at, and all

    Raises
    ------
    InputError : the folder holds no sweep, or one that has not begun
    """
    plan, damages = begun_plan(folder), []
    known: Plan | None = None
    try:
        known = _comparable(folder, plan)
        if known:
            known.config(folder, 0)
    except InputError as error:
        damages.append(Damage(CONFIG, str(error)))
        known = None
    for index in range(plan.size):
        try:
            damages += _of_point(folder, index, known, threads)
        except InputError as error:
            damages.append(Damage(f"{POINTS}/{index:06d}", str(error)))
        progress(index + 1, plan.size)
    return damages or _of_tables(folder)


def repair_sweep(
    folder: Path,
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Damage]:
    """Make damaged points whole again and return what was wrong; parameters as for `simulation.repair`.

    One that cannot be repaired does not keep the others from it. Points that are not finished are left to `resume`.

    Raises
    ------
    InputError : something is damaged that cannot be made again; one line each
    """
    from wavepacket.simulation import repair
    from wavepacket.sweeps.execute import open_sweep
    from wavepacket.sweeps.table import write_tables

    damages, left = [], []
    with hold_run(folder):
        plan = reopened(folder)
        known = _comparable(folder, plan)
        for index in range(plan.size):
            here = point_folder(folder, index)
            try:
                of_point = _of_point(folder, index, known, threads)
                if of_point:
                    repair(
                        here,
                        threads=threads,
                        workers=workers,
                        cluster=cluster,
                        progress=progress,
                        report=report,
                        stop=stop,
                    )
                elif here.is_dir():
                    tidy_run(here)
                damages += of_point
            except InputError as error:
                left.append(str(error))
        damages += _of_tables(folder)  # of an earlier repair, too, that was killed before it wrote them
        if damages:
            write_tables(open_sweep(folder))
    if left:
        raise InputError("\n".join(left))
    return damages


def _comparable(folder: Path, plan: Plan) -> Plan | None:
    """Return the plan, or None with a warning where own parts of its keys are not known here."""
    if not plan.lacks_parts(folder):
        return plan
    text = (
        f"{shown(folder)}: its points are not compared with its keys, which need a script: give it by --load"
    )
    warnings.warn(text, UserWarning, stacklevel=3)
    return None


def _of_point(folder: Path, index: int, plan: Plan | None, threads: int | None) -> list[Damage]:
    """Return the damage of a point; a point without shards has none: it is run again.

    Raises
    ------
    InputError : it cannot be repaired, or is the run of another config than its plan says, where that is known
    """
    here = point_folder(folder, index)
    if not (here / INDEX).exists() and not shard_files(here):
        return []
    try:
        damages = verify(here, threads=threads)
    except InputError as error:
        raise InputError(with_last_resort(error, here)) from error
    if plan is not None and not damages and (different := foreign(here, plan.config(folder, index))):
        raise InputError(different)
    return [replace(each, file=f"{POINTS}/{here.name}/{each.file}") for each in damages]


def _of_tables(folder: Path) -> list[Damage]:
    """Return which tables are not what the points say, where there are any."""
    from wavepacket.sweeps import table
    from wavepacket.sweeps.execute import open_sweep

    if not any((folder / name).exists() for name in (table.INDEX, table.OBSERVABLES)):
        return []  # the points are not all finished, and `resume` writes them
    return [
        Damage(name, f"{shown(folder / name)}: is lost, or is not what the points of the sweep say")
        for name in table.wrong_tables(open_sweep(folder))
    ]
