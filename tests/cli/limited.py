"""Commands in forks of a light process, each measured: ``python tests/cli/limited.py`` answers lines of JSON.

["validate", "config.yaml"]  →  {"code": 2, "seconds": 0.01, "megabytes": 80, "output": "error: ..."}
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import wavepacket.hamiltonians
import wavepacket.storage  # noqa: F401
from tests.cli.in_fork import leave_with


def perform(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            leave_with(arguments, output)
        _, status, used = os.wait4(child, 0)
        elapsed = time.monotonic() - began
        output.seek(0)
        text = output.read().decode()
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": min(elapsed, used.ru_utime + used.ru_stime),  # other programs must not count
        "elapsed": elapsed,
        "megabytes": used.ru_maxrss / 1000,
        "output": text,
    }


if __name__ == "__main__":
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)
