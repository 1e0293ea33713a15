"""What workers of tests do in place of shards: these functions are imported there by name."""

import os
import signal
import time
from pathlib import Path


def _small():
    """Have shards of 32 trajectories, as `tests.cli.conftest.cut_small` does here, two of which are added up at once."""
    from wavepacket.runs import size
    from wavepacket.simulation import layout, on_workers

    on_workers._SUMMED = 1

    size.SHARD_BYTES = 1
    layout.TASKS = dict.fromkeys(layout.TASKS, 32)


def small(folder, threads):
    """Compute small shards."""
    from wavepacket.simulation import on_workers

    _small()
    return on_workers.prepare(folder, threads)


def failing(folder, threads):
    """Compute small shards; the third kills its worker while the file ``bad`` is there."""
    write, bad = small(folder, threads), Path(folder).parent / "bad"

    def shard(index, stop):
        if index == 2 and bad.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return write(index, stop)

    return shard


def dying(folder, threads):
    """Compute small shards; the first worker that would give the third its name dies before it does."""
    from wavepacket.runs import durable

    write, named, killed = small(folder, threads), os.replace, Path(folder).parent / "killed"

    def replace(part, path):
        if Path(path).name == "000002.h5" and not killed.exists():
            killed.write_text(Path(part).name)
            os.kill(os.getpid(), signal.SIGKILL)
        named(part, path)

    durable.os.replace = replace
    return write


def numbers(folder, threads):
    """Answer with the number, and note who began it."""

    def piece(index, stop):
        with (folder / f"begun-{index}").open("a") as stream:
            stream.write(f"{os.getpid()}\n")
        return {"index": index}

    return piece


def deadly(folder, threads):
    """Do the same, but for the third, which kills its worker."""
    number = numbers(folder, threads)

    def piece(index, stop):
        answer = number(index, stop)
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return piece


def deadly_beside(folder, threads):
    """Write slowly while the next is begun; to begin the third kills the worker."""

    def piece(index, stop):
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL)

        def rest():
            time.sleep(0.3)
            return {"index": index}

        return rest

    return piece


def slowly_written(folder, threads):
    """Note who writes, and take a second for it."""

    def piece(index, stop):
        def rest():
            (folder / f"writes-{index}-{os.getpid()}").touch()
            time.sleep(1.0)
            return {"index": index}

        return rest

    return piece


def waiting(folder, threads):
    """Wait until nobody wants an answer, and leave word of it."""
    from wavepacket.errors import Interrupted

    def piece(index, stop):
        (folder / f"begun-{index}").touch()
        while not stop():
            time.sleep(0.01)
        (folder / f"dropped-{index}").touch()
        raise Interrupted("nobody waits")

    return piece


def nothing(folder, threads):
    """Answer at once."""
    return lambda index, stop: {"index": index, "sha": "0" * 64, "n": 32, "failed": 0}
