"""A disk without room is told before anything is compiled: what would be kept does not fit, and the seconds are lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.free import PAIR
from tests.cli.interruption import ROOT
from wavepacket.cli.needs import at_least
from wavepacket.config import config_from_mapping
from wavepacket.runs.layout import INDEX
from wavepacket.simulation import build_problem
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.preflight import extent

# A new process, as a command is, whose every disk is full; it tells whether the compiler was even loaded.
PROCESS = """
import shutil, sys
from types import SimpleNamespace
shutil.disk_usage = lambda path: SimpleNamespace(total=1 << 30, used=1 << 30, free=int(sys.argv[1]))
from wavepacket.cli import main
try:
    main(sys.argv[2:])
except SystemExit as leaving:
    print([leaving.code, any(name in sys.modules for name in ("numba", "wavepacket.kernels.jit.decorators"))])
"""


@pytest.fixture
def on_full_disk(tmp_path):
    """Call a command with some bytes left; returns its exit code, whether the compiler was loaded, kernels, and messages."""

    def call(left, *arguments):
        cache = tmp_path / "cache"
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, str(left), *map(str, arguments)],
            env=os.environ | {"PYTHONPATH": str(ROOT), "WAVEPACKET_CACHE_DIR": str(cache)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        code, loaded = json.loads(done.stdout.splitlines()[-1].replace("T", "t").replace("F", "f"))
        return code, loaded, len(list(cache.rglob("*.kernel"))), done.stderr

    return call


@pytest.mark.full
def test_no_kernel_is_compiled_for_a_run_that_the_disk_cannot_hold(wavepacket, on_full_disk, tmp_path):
    Path("config.yaml").write_text(PAIR)
    sweep = ("sweep", "config.yaml", "-s", "fields.electric.x=1,2 kV/cm", "-q")
    for command in (("run", "config.yaml", "-q"), sweep):
        code, loaded, compiled, said = on_full_disk(1000, *command)
        assert (code, loaded, compiled) == (2, False, 0), said
        assert "the run needs at least" in said
        assert "the disk has 1 kB left" in said
    assert not Path("runs").exists()
    assert wavepacket("run", "config.yaml", "-q").code == 0
    assert wavepacket(*sweep).code == 0
    Path("runs/free", INDEX).unlink()
    Path("runs/free_sweep/points/000001", INDEX).unlink()
    for command in (("resume", "runs/free", "-q"), ("resume", "runs/free_sweep", "-q"), sweep):
        code, loaded, compiled, said = on_full_disk(1000, *command)
        assert (code, loaded, compiled) == (2, False, 0), said
        assert "free some and resume" in said


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"output": {"trajectories": 10}},
        {"ensemble": {"kind": "filled_band", "grid": [20, 20], "field_reversal": True}},
        {"ensemble": {"kind": "fermi_dirac", "number": 500, "chemical_potential": 0.0, "temperature": 300.0}},
        {"ensemble": {"kind": "zone", "number": 500, "valley_radius": 0.1}, "valleys": "auto"},
        {"scattering": {"relaxation_time": 5.0}},
        {"model": {"name": "massive_dirac"}},
        {"time": {"end": 10.0, "saves": 5000}, "ensemble": {"kind": "zone", "number": 2000}},
        {
            "model": {"name": "kane_mele"},
            "band": {"index": 0, "group": [0, 1]},
            "internal": {"spin": "1/2", "start": "spin", "weights": [0, 1]},
        },
    ],
    ids=["usual", "few paths", "grid", "occupied", "balls", "collisions", "cutoff", "long paths", "group"],
)
def test_what_a_run_needs_at_least_is_no_more_than_it_needs(changes):
    """Then no run is refused early that would not be refused later; where all packets count, it is all but names."""
    ensemble = {"kind": "zone", "number": 1000, "replicas": 10}
    common = {"name": "size", "model": {"name": "haldane"}, "band": 0, "time": {"end": 10.0, "saves": 51}}
    config = config_from_mapping(common | {"ensemble": ensemble, "output": {"trajectories": None}} | changes)
    problem = build_problem(config)
    needed, least = extent(problem, layout_of(problem)).disk, at_least(config).disk
    assert 0 < least <= needed
    kind = config.ensemble.kind
    if (
        kind in ("zone", "filled_band")
        and config.ensemble.valley_radius is None
        and config.model.name == "haldane"
    ):
        paths = 32 * config.time.saves * (config.output.trajectories or problem.ensemble.size)
        assert least > paths
