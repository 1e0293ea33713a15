"""The same bytes whatever the threads, workers, order, lane width and model of the CPU."""

import hashlib
import importlib
import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wavepacket.kernels.layout import LANES
from wavepacket.runs import finish_run, recover_run
from wavepacket.simulation import layout, run

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
version: 1
name: everything
model: {name: weyl_lattice}
band: 1
fields:
  electric:
    - [1 kV/cm, 20 kV/cm, 0]
    - {kind: pulse, amplitude: [0, 10 kV/cm, 0], center: 50 fs, width: 20 fs, frequency: 10 THz}
    - {kind: circular, amplitude: 5 kV/cm, frequency: 2 THz}
    - {kind: ramp, amplitude: [0, 0, 1 kV/cm], start: 5 fs, duration: 10 fs}
  magnetic: [1 T, 2 T, 5 T]
ensemble: {kind: filled_band, grid: [6, 6, 6]}
time: {end: 200 fs, saves: 21}
"""

# The same equations on a layer, whose kernels compile in a third of the time.
LAYER = (
    CONFIG.replace("weyl_lattice", "haldane")
    .replace("grid: [6, 6, 6]", "grid: [12, 12]")
    .replace(", 0]", "]")
)
LAYER = LAYER.replace("[0, 0, 1 kV/cm]", "[1 kV/cm, 0]")

# Packets with internal states in a group of bands, in V(r) and B(r) besides.
GROUP = """
version: 1
name: group
model: {name: kane_mele, rashba: 50 meV, staggered: 50 meV}
bands: [0, 1]
internal: {spin: 1/2, start: spin, axis: [1, 2, 3], store: true}
fields:
  electric:
    - [1 kV/cm, 20 kV/cm]
    - {kind: pulse, amplitude: [0, 10 kV/cm], center: 20 fs, width: 10 fs, frequency: 10 THz}
    - {kind: circular, amplitude: 5 kV/cm, frequency: 2 THz}
    - {kind: ramp, amplitude: [1 kV/cm, 0], start: 5 fs, duration: 10 fs}
  magnetic: [0, 0, 5 T]
  magnetic_gradient: [0.02 T/angstrom]
  potential: {kind: harmonic, stiffness: 0.001}
ensemble: {kind: packets, wavevectors: WAVEVECTORS}
time: {end: 50 fs, saves: 6}
""".replace("WAVEVECTORS", str(np.random.default_rng(5).uniform(-2, 2, (25, 2)).round(3).tolist()))


def digest(folder):
    files = sorted((folder / "shards").glob("*.h5"))
    assert files
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


QUICK = ("--set", "ensemble.grid=[66,66]", "--set", "time.saves=1001", "-q")


def test_threads_do_not_matter(wavepacket, configs, tmp_path):
    changes = ("--set", "ensemble.grid=[80,80]", "--set", "time.saves=21", "-q")
    for threads in (1, 2, 5):
        assert (
            wavepacket(
                "run", configs / "haldane_hall.yaml", "-o", f"t{threads}", "--threads", threads, *changes
            ).code
            == 0
        )
    assert digest(tmp_path / "t1") == digest(tmp_path / "t2") == digest(tmp_path / "t5")


@pytest.mark.full
def test_threads_times_workers_do_not_matter(wavepacket, configs, tmp_path):
    """Nine shards in this process, and in one, two or three others, on one or two threads each."""
    found = {}
    for workers, threads in itertools.product((None, 1, 2, 3), (1, 2)):
        counts = ("--threads", threads, *(("-j", workers) if workers else ()))
        result = wavepacket("run", configs / "haldane_hall.yaml", "-o", "run", "--overwrite", *counts, *QUICK)
        assert result.code == 0, result.err
        assert len(list((tmp_path / "run" / "shards").iterdir())) == 9
        found[workers, threads] = digest(tmp_path / "run"), (tmp_path / "run" / "run.h5").read_bytes()
    assert len(set(found.values())) == 1, {key: value[0] for key, value in found.items()}


def test_the_order_of_shards_does_not_matter(wavepacket, configs, tmp_path, monkeypatch):
    """Shards one by one, in random order, each by a new resumption, as if killed in between."""
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 100_000)
    runs = importlib.import_module("wavepacket.simulation.run")
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 32))
    changes = ("--set", "ensemble.grid=[12,12]", "--set", "time.saves=21", "-q")
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "whole", *changes).code == 0
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    for file in (*(tmp_path / "parts" / "shards").iterdir(), tmp_path / "parts" / "run.h5"):
        file.unlink()
    problem = runs.reload_problem(tmp_path / "parts", 1)
    parts = runs.layout_of(problem)
    assert parts.shards > 4
    for index in np.random.default_rng(3).permutation(parts.shards):
        assert int(index) not in recover_run(tmp_path / "parts")
        written = runs._written(
            problem,
            tmp_path / "parts",
            {int(index): parts.tasks(int(index))},
            runs.ComputeOptions(1),
            runs.Total(),
        )
        assert not any(failure for _, failure in written)
    finish_run(tmp_path / "parts", arrays=runs.whole(problem, 1))
    assert digest(tmp_path / "parts") == digest(tmp_path / "whole")
    assert (tmp_path / "parts" / "run.h5").read_bytes() == (tmp_path / "whole" / "run.h5").read_bytes()


NO_VECTORS = (
    "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4,-AVX512F,-AVX512VL,-AVX512DQ,-AVX512BW"
)
TARGETS = {  # name of the CPU: flag that it needs, lane width, what else is switched off
    "generic": (
        "",
        8,
        {"GLIBC_TUNABLES": NO_VECTORS, "NPY_DISABLE_CPU_FEATURES": "AVX512_SKX AVX512_ICL AVX512_SPR"},
    ),
    "haswell": (" avx2 ", 16, {"GLIBC_TUNABLES": NO_VECTORS}),
    "skylake-avx512": (" avx512vl ", 64, {"OPENBLAS_CORETYPE": "Prescott"}),
    "znver4": (" avx512_bf16 ", 32, {}),
}


def copy_with_lanes(folder, lanes):
    """Return a copy of the package whose kernels work on so many packets side by side."""
    shutil.copytree(ROOT / "wavepacket", folder / "wavepacket", ignore=shutil.ignore_patterns("__pycache__"))
    source = folder / "wavepacket" / "kernels" / "layout.py"
    text, count = re.subn(r"(?m)^LANES = \d+$", f"LANES = {lanes}", source.read_text())
    assert count == 1
    source.write_text(text)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [pytest.param(each, marks=pytest.mark.full) for each in (LAYER, GROUP, CONFIG)],
    ids=["layer", "group", "crystal"],
)
def test_cpu_models_and_lane_widths_do_not_matter(tmp_path, trials, config):
    """All terms of the equations of motion and every kind of E(t), compiled for kinds of x86-64 and lane widths.

    The C library, numpy and LAPACK choose their code by the CPU too; they are told to take that of old ones. In a usual
    run the oldest kind is compared with this one, whose kernels are compiled already.
    """
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [name for name, (flag, _, _) in TARGETS.items() if flag in flags]
    (tmp_path / "config.yaml").write_text(config)
    run(tmp_path / "config.yaml", tmp_path / "here")
    found = {("here", LANES): digest(tmp_path / "here")}
    for name in trials(names[:1], names):
        _, lanes, switches = TARGETS[name]
        package = copy_with_lanes(tmp_path / f"lanes{lanes}", lanes)
        environment = os.environ | {"NUMBA_CPU_NAME": name, "WAVEPACKET_CACHE_DIR": str(tmp_path / name)}
        command = [sys.executable, "-m", "wavepacket", "run", "config.yaml", "-o", f"on_{name}", "-q"]
        subprocess.run(
            command,
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(package)} | switches,
            check=True,
            capture_output=True,
        )
        found[name, lanes] = digest(tmp_path / f"on_{name}")
    assert len(set(found.values())) == 1, found
