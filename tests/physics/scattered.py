"""Runs with collisions from a few keywords, through the doors of a config, into a folder and out by ``analyze``."""

import tempfile
from pathlib import Path

import numpy as np

from tests.cases import plain
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.simulation import run


def observe(model, ensemble, scattering, *, electric=(0, 0, 0), magnetic=(0, 0, 0), tolerance=1e-10, **more):
    """Observables of a run; E in V/Å, B in T, times in fs."""
    mapping = {
        "name": "scattered",
        "model": model,
        "band": 0,
        "fields": {"electric": electric if isinstance(electric, dict | list) else plain(list(electric)),
                   "magnetic": plain(list(magnetic))},
        "ensemble": ensemble,
        "scattering": scattering,
        "integrator": {"tolerance": tolerance},
        "output": {"trajectories": 0},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        return analyze(run(config_from_mapping(plain(mapping | more)), Path(folder) / "run"))


def tensor(observable):
    """A conductivity as an array, complex where the probe oscillates."""
    value = observable.value
    return value["real"] + 1j * value["imaginary"] if isinstance(value, dict) else np.asarray(value)
