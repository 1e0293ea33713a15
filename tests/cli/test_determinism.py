"""The same bytes whatever the number of threads and whatever the model of the CPU."""

import hashlib
import os
import subprocess
import sys

import pytest

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


def digest(folder):
    files = sorted((folder / "shards").glob("*.h5"))
    assert files
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


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


@pytest.mark.slow
def test_cpu_models_do_not_matter(tmp_path):
    """All terms of the equations of motion in 3D and every kind of E(t), compiled for four kinds of x86-64."""
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        flags = cpus.read()
    names = ["generic"] + [
        n for n, flag in (("haswell", " avx2 "), ("skylake-avx512", " avx512vl ")) if flag in flags
    ]
    names += ["znver4"] if " avx512_bf16 " in flags else []
    (tmp_path / "config.yaml").write_text(CONFIG)
    found = set()
    for name in names:
        environment = os.environ | {"NUMBA_CPU_NAME": name, "WAVEPACKET_CACHE_DIR": str(tmp_path / name)}
        command = [sys.executable, "-m", "wavepacket", "run", "config.yaml", "-o", f"on_{name}", "-q"]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        found.add(digest(tmp_path / f"on_{name}"))
    assert len(found) == 1, f"different bytes on {names}"
