"""What an extension of the package takes, shown by doing it in a copy: one new file for each part."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "wavepacket"

MODEL = '''"""A chain."""

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import Energy


@model
def new_chain(hopping: Energy = 1.0) -> LatticeHamiltonian:
    """One orbital in each cell."""
    return LatticeHamiltonian.from_hoppings([[3.0]], {(1,): [[-hopping]]}, name="new_chain")
'''
HEUN = """import wavepacket

wavepacket.tableau("new_fixed", stages=[[], [1.0]], weights=[0.5, 0.5])
"""
PAIR = """import wavepacket

wavepacket.tableau("new_adaptive", stages=[[], [1.0]], weights=[0.5, 0.5], embedded=[1.0, 0.0])
"""
FIELD = '''import math

import wavepacket
from wavepacket.units import ElectricField, Time


@wavepacket.field_kind
def new_bump(height: ElectricField, length: Time = 50.0):
    """E_x = height sin⁶(πt/length)."""
    return wavepacket.sampled_field(lambda t: (height * math.sin(math.pi * t / length) ** 6, 0, 0), end=length)
'''
ENSEMBLE = '''import numpy as np

import wavepacket
from wavepacket.units import Wavevector


@wavepacket.ensemble_kind
def new_pairs(crystal, radius: Wavevector, number: int = 4):
    """As many packets at +radius as at −radius."""
    k = radius * np.array([[1.0, 0, 0], [-1.0, 0, 0]] * (number // 2))
    return wavepacket.packets(k, weight=np.full(number, 0.25))
'''
OBSERVABLE = """

@entry("ballistic", unit="{volume}", convention="sum of the weights at the start")
def new_filling(of) -> Observable:
    return of.part(lambda *totals: of.populations(*totals).sum())
"""
NEW = {
    "hamiltonians/library/new_chain.py": MODEL, "parts/new_fixed.py": HEUN, "parts/new_adaptive.py": PAIR,
    "parts/new_bump.py": FIELD, "parts/new_pairs.py": ENSEMBLE,
}  # fmt: skip

SCRIPT = """
import json, sys
import numpy as np, wavepacket
found = {}
for name, step in (("new_fixed", "0.05 fs"), ("new_adaptive", None)):
    config = {
        "name": name, "model": {"name": "new_chain", "hopping": "300 meV"}, "band": 0,
        "fields": {"electric": {"kind": "new_bump", "height": "1 MV/cm", "scale": 0.5}},
        "ensemble": {"kind": "new_pairs", "radius": 0.1},
        "time": {"end": "50 fs", "saves": 2},
        "integrator": {"method": "tableau", "tableau": name, "step": step, "tolerance": 1e-8},
    }
    run = wavepacket.run({**config, "integrator": {k: v for k, v in config["integrator"].items() if v}}, name)
    moved = np.diff(run.trajectories(("wavevector",))["wavevector"][:, :, 0], axis=1)
    found[name] = [moved.ravel().tolist(), wavepacket.analyze(run)["new_filling"].value]
kinds = [kind in json.dumps(wavepacket.config.json_schema()) for kind in ("new_bump", "new_pairs")]
print(json.dumps([wavepacket.__file__, found, kinds]))
"""


def test_one_file_each(tmp_path):
    """A model, a tableau of both forms, a field kind, an ensemble kind are a new file each; an observable is in one."""
    copy = tmp_path / "wavepacket"
    shutil.copytree(PACKAGE, copy)
    for name, text in NEW.items():
        assert not (copy / name).exists()
        assert text.count("\n") <= 30
        (copy / name).write_text(text)
    with (copy / "analysis" / "densities.py").open("a") as file:
        file.write(OBSERVABLE)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where, found, kinds = json.loads(done.stdout)
    assert where == str(copy / "__init__.py")
    assert "compiling" not in done.stderr
    assert all(kinds)
    # ħΔk = -∫E dt, and the mean of sin^6 over half a period is 5/16; 1 MV/cm is 0.01 V/Å, ħ = 0.6582119569 eV fs.
    exact = -0.5 * 1e-2 * 50.0 * 5 / 16 / 0.6582119569
    for name, (moved, filling) in found.items():
        assert moved == pytest.approx([exact] * 4, abs=1e-6), name  # 1000 steps of Heun: (h/50 fs)^2 of it
        assert filling == pytest.approx(1.0, abs=1e-12)
    assert found["new_fixed"] != found["new_adaptive"]
