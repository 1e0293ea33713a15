"""What tests of interrupted runs share: a process that forks runs, the run they use, and digests of folders."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
version: 1
name: interrupted
model: {name: haldane}
band: 0
fields: {electric: [1 kV/cm, 2 kV/cm, 0], magnetic: [0, 0, 1 T]}
ensemble: {kind: filled_band, grid: [30, 30]}
time: {end: 200 fs, saves: 61}
output: {trajectories: 900}
"""
"""1800 trajectories, half of them with their paths, in 29 of the small shards of ``forks.py``."""


@dataclass
class Forks:
    """The process of ``forks.py``."""

    process: subprocess.Popen[str]

    def perform(
        self, *arguments: object, folder: Path | str = ".", signal: int | None = None, after: float = 0.0
    ) -> dict[str, Any]:
        """Run a command, send it a signal after some seconds, and return its code, output and the seconds since."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"arguments": [str(each) for each in arguments], "folder": str(folder)}
        order |= {"signal": signal, "after": after}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def timed(self, *arguments: object) -> float:
        """Run a command that must succeed and return how long it took."""
        began = time.monotonic()
        result = self.perform(*arguments)
        assert result["code"] == 0, result["output"]
        return time.monotonic() - began


@contextmanager
def forks(*options: str) -> Iterator[Forks]:
    """Start the process that forks, and end it."""
    command = [sys.executable, ROOT / "tests" / "cli" / "forks.py", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "{}\n"
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()


def digest(folder: Path) -> str:
    """Return a digest of all shards of a run and of its index."""
    files = [*sorted((folder / "shards").iterdir()), folder / "run.h5"]
    assert len(files) > 1
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()
