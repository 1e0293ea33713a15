"""One point of a sweep after another: run, or gone on with, here or on workers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wavepacket.cluster import Answer, Choice, Piece, Work, computed_on
from wavepacket.config import Config
from wavepacket.errors import InputError, Interrupted, Stop, WavepacketError, never
from wavepacket.runs import layout as names
from wavepacket.runs import read_description, read_texts
from wavepacket.runs.durable import refuse_link, typed
from wavepacket.runs.folder import clear_remains, shard_files
from wavepacket.runs.folder import has_begun as run_has_begun
from wavepacket.runs.lock import proof_of_hold
from wavepacket.scripts import LOADED
from wavepacket.simulation.on_workers import crew_noted
from wavepacket.sweeps.adaptive import resume, run
from wavepacket.sweeps.folder import point_folder
from wavepacket.sweeps.plan import foreign, read_plan, with_last_resort

__all__ = ["points_on", "prepare", "run_point"]


def prepare(folder: Path, threads: int) -> Piece:
    """Read a sweep on a worker, and return what runs one of its points."""
    plan = read_plan(folder)

    def point(index: int, stop: Stop) -> Answer:
        try:
            run_point(point_folder(folder, index), plan.config(folder, index), threads, stop=stop)
        except Interrupted:
            raise
        except WavepacketError as error:
            return {"failure": str(error)}
        return {}

    return point


def points_on(
    cluster: Choice,
    folder: Path,
    indices: Sequence[int],
    *,
    report: Callable[[str], None],
    stop: Stop = never,
) -> Iterator[tuple[int, str | None]]:
    """Have points of a sweep, whose folder is held, run by workers; yield the number of each, with why it has no result."""
    work = Work(prepare, folder.absolute(), proof_of_hold(), tuple(LOADED))
    noted, cure = crew_noted(folder, report), f"then go on with `wavepacket resume {typed(folder)}`"
    for index, answer in computed_on(
        cluster, work, indices, report=report, noted=noted, cure=cure, stop=stop
    ):
        yield index, answer.get("failure")


def run_point(
    here: Path,
    config: Config,
    threads: int | None = None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
    *,
    announce: bool = True,
) -> None:
    """Run one point, or what is missing of it; ``announce`` as in `simulation.run`."""
    refuse_link(here)
    if _goes_on(here, config):
        resume(here, threads=threads, report=report, stop=stop)
    else:
        run(config, here, threads=threads, report=report, stop=stop, announce=announce)


def _goes_on(here: Path, config: Config) -> bool:
    """Whether a point can go on from its folder; what was lost without shards makes room, with shards it is named."""
    try:
        description = read_description(here)
        if not run_has_begun(here):
            return False
        read_texts(here, description)
    except InputError as error:
        if shard_files(here) or (here / names.INDEX).exists():
            raise InputError(with_last_resort(error, here)) from error
        clear_remains(here)
        return False
    if different := foreign(here, config):
        raise InputError(different)
    return True
