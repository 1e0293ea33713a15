"""How long commands take in a fresh process: help, validation, and the first result with and without a cache."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import quantiles, stopwatch

_CONFIG = """\
version: 1
name: small
model: {name: haldane}
band: 0
fields: {electric: [40 kV/cm, 0, 0]}
ensemble: {kind: filled_band, grid: [8, 8]}
time: {end: 1 ps, saves: 11}
"""


def _seconds(arguments: list[str], environment: Mapping[str, str]) -> float:
    command = [sys.executable, *arguments]
    return stopwatch(
        lambda: subprocess.run(command, env=dict(environment), check=True, capture_output=True, text=True)
    )


def times(*, rounds: int, cold: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of each command; ``cold`` also compiles everything in an empty cache folder, which takes long."""
    with tempfile.TemporaryDirectory(prefix="wavepacket-startup-") as name:
        place = Path(name)
        config = place / "small.yaml"
        config.write_text(_CONFIG)
        environment = dict(os.environ)
        # As for any user, Python keeps the modules that it has translated.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parents[1]), environment.get("PYTHONPATH", "")]
        )
        if cold:
            environment["WAVEPACKET_CACHE_DIR"] = str(place / "cache")
        module = ["-m", "wavepacket"]
        run = [*module, "run", str(config), "-o", str(place / "run"), "--overwrite", "-q"]
        result: dict[str, Any] = {}
        say("start-up: the first run" + (" with an empty cache, which compiles everything" if cold else ""))
        first = _seconds(run, environment)
        if cold:
            result["first_run_ever"] = quantiles([first])
        commands = {
            "python": ["-c", "pass"],
            "help": [*module, "--help"],
            "validate": [*module, "validate", str(config)],
            "run_with_cache": run,
        }
        samples: dict[str, list[float]] = {key: [] for key in commands}
        for turn in range(rounds):
            say(f"start-up: round {turn + 1} of {rounds}")
            for key, arguments in commands.items():
                samples[key].append(_seconds(arguments, environment))
    return result | {key: quantiles(values) for key, values in samples.items()}
