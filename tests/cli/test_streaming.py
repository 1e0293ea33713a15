"""Ensembles that are summed as they go: memory does not grow with them, and a kill costs nothing but the time."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from tests.cli.interruption import ROOT, digest

PATHS = """
name: paths
model: {name: haldane}
band: 0
fields: {electric: [1e-4, 0], magnetic: [0, 0, 1 T]}
ensemble: {kind: filled_band, number: 100000, field_reversal: false}
time: {end: 50 fs, saves: 41}
integrator: {tolerance: 1e-6}
output: {trajectories: 100}
"""
FLIGHTS = """
name: flights
model: {name: cosine_band}
band: 0
fields: {electric: [1e-3]}
ensemble: {kind: fermi_dirac, chemical_potential: 0, temperature: 300 K, number: 100000, field_reversal: false}
scattering: {relaxation_time: 100 fs}
integrator: {tolerance: 1e-5}
output: {trajectories: 100}
"""
EVENTS = """
name: events
model: {name: parabolic_band, mass_x: 0.1, mass_y: 0.1, cutoff: 0.08}
band: 0
fields: {magnetic: [0, 0, 1 T]}
ensemble: {kind: fermi_surface, chemical_potential: 0.02, temperature: 100 K, number: 4000}
scattering: {relaxation_time: 500 fs, monte_carlo: {flights: 12, shell: 5 meV, kernel: {transfer: [0, 0.1], chance: [1, 0]}}}
integrator: {tolerance: 1e-6}
output: {trajectories: 50}
"""
VALLEYS = """
name: valleys
model: {name: haldane}
band: 1
fields: {electric: [1e-3, 2e-3], magnetic: [0, 0, 2 T]}
ensemble: {kind: fermi_dirac, chemical_potential: 0.6, temperature: 900 K, number: 6000}
scattering: {relaxation_time: {K: 100 fs, K': 50 fs}, intervalley_time: 1 ps}
integrator: {tolerance: 1e-6}
output: {trajectories: 50}
"""

# Shards of 1024 packets: more of them at work would show in both runs.
MEASURE = """
    import json, sys
    from pathlib import Path
    from wavepacket.config import load_config
    from wavepacket.simulation import run
    from wavepacket.runs import size
    size.SHARD_BYTES = 1024 * (48 * 2 + 120)
    done = run(load_config(sys.argv[1], [f"ensemble.number={sys.argv[2]}"]), sys.argv[3], threads=2)
    # Of this program alone: what getrusage tells begins with the size of the process that started it.
    status = Path("/proc/self/status").read_text().splitlines()
    peak = 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    shards = len(list((done.folder / "shards").iterdir()))
    print(json.dumps({"peak": peak, "packets": done.trajectory_count, "shards": shards}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    "text", [pytest.param(PATHS, id="paths"), pytest.param(FLIGHTS, id="flights", marks=pytest.mark.full)]
)
def test_many_more_packets_take_no_more_memory(tmp_path, text):
    """Growth below what a shard keeps of a packet without its path, 120 bytes, five numbers to choose candidates by, and
    five to choose the paths that are kept. The first thirty shards fill what the allocator of each thread keeps to itself.
    """
    (tmp_path / "config.yaml").write_text(text)
    found = {}
    for number in (30_000, 100_000):
        command = [
            sys.executable,
            "-c",
            textwrap.dedent(MEASURE),
            tmp_path / "config.yaml",
            str(number),
            tmp_path / f"{number}",
        ]
        found[number] = json.loads(
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        )
    few, many = found.values()
    assert many["packets"] > 3 * few["packets"]
    assert few["shards"] >= 24
    assert many["peak"] - few["peak"] < (120 + (5 + 5) * 8) * (many["packets"] - few["packets"])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FLIGHTS.replace("100000", "2000"), id="flights"),
        pytest.param(EVENTS, id="events", marks=pytest.mark.full),
        pytest.param(VALLEYS, id="valleys", marks=pytest.mark.full),
    ],
)
def test_killed_flights_go_on_to_the_same_bytes(runner, tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    random = np.random.default_rng(7)
    runner.timed("run", tmp_path / "config.yaml", "-o", tmp_path / "whole", "-q")
    seconds = runner.timed("run", tmp_path / "config.yaml", "-o", tmp_path / "whole", "-q", "--overwrite")
    folder, kills = tmp_path / "cut", 0
    for _ in range(40):
        begun = kills and (folder / "resolved.yaml").exists()  # one that ended in time begins anew
        ways = ("resume", folder) if begun else ("run", tmp_path / "config.yaml", "-o", folder, "--overwrite")
        result = runner.perform(*ways, "-q", signal=signal.SIGKILL, after=random.uniform(0.2, 0.9) * seconds)
        kills += result["code"] == -signal.SIGKILL
        if kills == 3 or (kills and result["code"] == 0):
            break
    assert kills
    runner.timed("resume", folder, "-q")
    assert digest(folder) == digest(tmp_path / "whole")
