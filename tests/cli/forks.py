"""Commands in forks of one warm process: hundreds of kills without hundreds of starts.

``python tests/cli/forks.py [small]`` reads orders as lines of JSON and answers each with one:

    {"arguments": [...], "folder": ".", "signal": 9, "after": 0.2}  →  {"code": 75, "seconds": 0.01, "output": "..."}

The child leads a process group of its own; the signal goes to all of it. ``code`` is negative for a signal. With ``small``,
shards are small, so that a run of a second has dozens, and the room on the disk is not asked for beforehand, as if
another program filled it later.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.cli.in_fork import leave_with
from wavepacket.cli import needs
from wavepacket.runs import size
from wavepacket.simulation import layout


def make_small() -> None:
    runs = importlib.import_module("wavepacket.simulation.run")  # the package has a function of that name
    size.SHARD_BYTES = 200_000
    layout.TASKS = dict.fromkeys(layout.TASKS, 64)
    runs.refuse_full_disk = needs.refuse_full_disk = lambda *_, **__: None


def perform(arguments: list[str], folder: str, number: int | None, after: float) -> dict[str, object]:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.setsid()
            os.chdir(folder)
            leave_with(arguments, output)
        sent = time.monotonic()
        if number is not None:
            time.sleep(after)
            sent = time.monotonic()
            os.kill(child, number) if number != signal.SIGKILL else os.killpg(os.getpgid(child), number)
        status = os.waitpid(child, 0)[1]
        seconds = time.monotonic() - sent
        output.seek(0)
        text = output.read().decode()
    return {"code": os.waitstatus_to_exitcode(status), "seconds": seconds, "output": text}


def warm() -> None:
    """Import what a run needs; no thread must be started here, since it would not live on in a fork."""
    for name in ("analysis", "kernels.bands.two_band", "simulation", "sweeps"):
        importlib.import_module(f"wavepacket.{name}")


if __name__ == "__main__":
    warm()
    if sys.argv[1:] == ["small"]:
        make_small()
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = perform(
            order["arguments"], order.get("folder", "."), order.get("signal"), order.get("after", 0.0)
        )
        print(json.dumps(answer), flush=True)
