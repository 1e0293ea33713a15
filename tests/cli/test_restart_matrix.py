"""Every integrator with every kind of field on every band source goes on after a cut to exactly the same bytes."""

import itertools

import numpy as np
import pytest

from tests.cases import plain
from wavepacket.config import config_from_mapping
from wavepacket.simulation import layout, resume, run

PULSE = {"kind": "pulse", "amplitude": [0, 1e-4], "center": 20.0, "width": 8.0, "frequency": "10 THz"}
RAMP = {"kind": "ramp", "amplitude": [1e-4, 0], "start": 5.0, "duration": 10.0}
INTEGRATORS = {"dop853": {"tolerance": 1e-9}, "rk4": {"method": "rk4", "step": 1.0}}
FIELDS = {
    "none": {},
    "electric": {"electric": [1e-4, 2e-4]},
    "magnetic": {"magnetic": [0, 0, 2.0]},
    "both": {"electric": [1e-4, 0], "magnetic": [0, 0, 2.0]},
    "ramp": {"electric": [RAMP]},
    "sinusoid": {"electric": [{"kind": "sinusoid", "amplitude": [1e-4], "frequency": "5 THz"}]},
    "circular": {"electric": [{"kind": "circular", "amplitude": 1e-4, "frequency": "5 THz"}]},
    "all": {"electric": [[1e-4, 0], RAMP, PULSE], "magnetic": [0, 0, 1.0]},
}
HALDANE, WEYL = {"name": "haldane"}, {"name": "weyl_lattice"}
NODE = {"name": "weyl_node", "cutoff": 0.3}
SOURCES = {
    "two_band 2D": (HALDANE, {"index": 0}),
    "direct 2D": (HALDANE, {"index": 0, "source": "direct"}),
    "table 2D": (HALDANE, {"index": 0, "source": "table", "grid": [24, 24]}),
    "two_band 3D": (WEYL, {"index": 1}),
    "direct 3D": (WEYL, {"index": 1, "source": "direct"}),
    "two_band k.p": (NODE, {"index": 1}),
    "direct k.p": (NODE, {"index": 1, "source": "direct"}),
}
IN_CI = ("two_band 2D", "table 2D", "direct 3D")
MATRIX = list(itertools.product(INTEGRATORS, FIELDS, SOURCES))
assert len(MATRIX) >= 100


def config_of(integrator, field, source):
    model, band = SOURCES[source]
    return config_from_mapping(
        {
            "name": "restart",
            "model": model,
            "band": band,
            "fields": FIELDS[field],
            "ensemble": {
                "kind": "packets",
                "wavevectors": plain(np.random.default_rng(5).uniform(0.02, 0.15, (10, 2))),
                "field_reversal": True,
            },
            "time": {"end": 40.0, "saves": 9},
            "integrator": INTEGRATORS[integrator],
            "limits": {"excluded_fraction": 1.0},
            "output": {"trajectories": 12},
        }
    )


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 1)
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 4))


@pytest.mark.slow
@pytest.mark.parametrize(
    "source", [name if name in IN_CI else pytest.param(name, marks=pytest.mark.full) for name in SOURCES]
)
def test_a_cut_anywhere_changes_no_byte(tmp_path, small_shards, trials, source):
    random = np.random.default_rng(sorted(SOURCES).index(source))
    chosen = [each for each in MATRIX if each[2] == source]
    for integrator, field, _ in chosen if trials(0, 1) else chosen[:: len(FIELDS) - 1]:
        folder = tmp_path / f"{integrator} {field}"
        run(config_of(integrator, field, source), folder, threads=2)
        files = [*sorted((folder / "shards").iterdir()), folder / "run.h5"]
        assert len(files) == 6
        before = [file.read_bytes() for file in files]
        # What a kill leaves behind: some shards, perhaps one that is in no journal, perhaps a torn line of it.
        files[-1].unlink()
        for index in random.choice(5, random.integers(1, 6), replace=False):
            files[index].unlink()
        journal = folder / "journal.jsonl"
        journal.write_bytes(journal.read_bytes()[: random.integers(journal.stat().st_size)])
        resume(folder, threads=1)
        assert [file.read_bytes() for file in files] == before, (integrator, field, source)
