"""Commands in forks of a light process, each measured: ``python tests/cli/limited.py`` answers lines of JSON.

["validate", "config.yaml"]  →  {"code": 2, "calls": 10000, "megabytes": 80, "output": "error: ..."}
"""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.cli.in_fork import leave_with
from tests.work import Work


def perform(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            work, leave = Work(), os._exit

            def told(code: int) -> NoReturn:
                sys.setprofile(None)
                output.seek(0, os.SEEK_END)
                os.write(output.fileno(), f"\ncalls: {work.calls}\n".encode())
                leave(code)

            os._exit = told
            work.__enter__()
            leave_with(arguments, output)
        _, status, used = os.wait4(child, 0)
        output.seek(0)
        text, _, counted = output.read().decode().rpartition("\ncalls: ")
    return {
        "code": os.waitstatus_to_exitcode(status),
        "calls": int(counted),
        "megabytes": used.ru_maxrss / 1000,
        "output": text,
    }


def warm() -> None:
    """Import what commands need to read configs and folders: in each fork it would take most of the time."""
    for name in (
        "analysis",
        "cli.analyze",
        "cli.validate",
        "cli.verify",
        "hamiltonians",
        "runs.verification",
    ):
        importlib.import_module(f"wavepacket.{name}")


if __name__ == "__main__":
    warm()
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)
