"""Every point of a sweep looked at, and what is damaged made again, point by point."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from wavepacket.errors import InputError
from wavepacket.storage import Damage, hold_run, verify
from wavepacket.storage.folder import has_begun, tidy_run
from wavepacket.storage.layout import DESCRIPTION
from wavepacket.sweeps.folder import point_folder, reopened
from wavepacket.sweeps.plan import CONFIG, read_plan

__all__ = ["repair_sweep", "verify_sweep"]


def verify_sweep(folder: Path) -> list[Damage]:
    """Check every file of every point that has begun, and return what is wrong; nothing is changed.

    Raises
    ------
    InputError : the folder holds no sweep
    """
    plan, found = read_plan(folder), []
    try:
        plan.config(folder, 0)
    except InputError as error:
        found.append(Damage(CONFIG, str(error)))
    for index in range(plan.size):
        found += _of_point(folder, index)
    return found


def repair_sweep(
    folder: Path, *, report: Callable[[str], None] = lambda text: None, **means: Any
) -> list[Damage]:
    """Make damaged points whole again and return what was wrong; parameters as for `simulation.repair`.

    One that cannot be repaired does not keep the others from it. Points that are not finished are left to `resume`.

    Raises
    ------
    InputError : something is damaged that cannot be made again; one line each
    """
    from wavepacket.simulation import repair
    from wavepacket.sweeps.execute import open_sweep
    from wavepacket.sweeps.table import INDEX, write_tables

    damages, left = [], []
    with hold_run(folder):
        plan = reopened(folder)
        for index in range(plan.size):
            found, here = _of_point(folder, index), point_folder(folder, index)
            try:
                if found:
                    repair(here, report=report, **means)
                elif here.is_dir():
                    tidy_run(here)
                damages += found
            except InputError as error:
                left.append(str(error))
        if (
            damages or (folder / INDEX).exists()
        ):  # an earlier repair may have been killed before it wrote them
            write_tables(open_sweep(folder))
    if left:
        raise InputError("\n".join(left))
    return damages


def _of_point(folder: Path, index: int) -> list[Damage]:
    here = point_folder(folder, index)
    if not (here / DESCRIPTION).exists() and not has_begun(here):
        return []
    inside = here.relative_to(folder)
    try:
        return (
            [replace(each, file=f"{inside}/{each.file}") for each in verify(here)] if has_begun(here) else []
        )
    except InputError as error:
        return [Damage(f"{inside}/{DESCRIPTION}", str(error))]
