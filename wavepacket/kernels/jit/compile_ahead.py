"""Compile kernels in a second process beside this one: within a process numba compiles one function at a time.

``python -m wavepacket.kernels.jit.compile_ahead NAME...`` imports modules of this package, and with them compiles their
kernels into the cache. A process that needs one of these kernels meanwhile waits for it.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from wavepacket.threads import available_threads

_started: list[subprocess.Popen[bytes]] = []  # kept, or Python would complain that nobody waits for them


def compile_ahead(*modules: str) -> None:
    """Begin to compile modules of this package; nothing where there is but one core."""
    if available_threads() > 1:
        command = [sys.executable, "-m", __name__, *modules]
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        none = subprocess.DEVNULL
        _started.append(subprocess.Popen(command, stdin=none, stdout=none, stderr=none, env=environment))


if __name__ == "__main__":
    for module in sys.argv[1:]:
        importlib.import_module(f"wavepacket.kernels.{module}")
