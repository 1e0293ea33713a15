"""Kinds of fields and ensembles, and tableaus by name, of a user's script, which the command line loads by ``--load``."""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import wavepacket
from wavepacket.cli import main
from wavepacket.config.kinds import forget_kinds
from wavepacket.errors import ConfigError, InputError
from wavepacket.observables import forget_own
from wavepacket.scripts import LOADED
from wavepacket.sweeps import read_plan
from wavepacket.units import Time, Wavevector

PARTS = '''
import math
import sys
import numpy as np
import wavepacket
from wavepacket.units import ElectricField, Energy, Time, Wavevector

print("no JSON")

@wavepacket.model
def own_chain(hopping: Energy = 1.0):
    """One orbital in each cell of a line."""
    if hopping > 5:
        raise ZeroDivisionError("too much")
    if hopping > 4:
        sys.exit(0)
    return wavepacket.hamiltonians.LatticeHamiltonian.from_hoppings([[3.0]], {(1,): [[-hopping]]})

@wavepacket.field_kind
def own_bump(height: ElectricField, length: Time = 50.0):
    """E_x = height sin⁶(πt/length)."""
    def bump(t):
        return height * math.sin(math.pi * t / length) ** 6, 0, 0
    return wavepacket.sampled_field(bump, end=length)

@wavepacket.ensemble_kind
def own_pairs(crystal, config, radius: Wavevector, number: int = 4):
    """As many packets at +radius as at −radius."""
    print("nor that")
    k = radius * np.array([[1.0, 0, 0], [-1.0, 0, 0]] * (number // 2))
    assert crystal.size > config.band.index
    return wavepacket.packets(k, weight=np.full(number, 0.25))

@wavepacket.observable(unit="1/angstrom", convention="mean change of k", of="paths")
def own_push(paths):
    print("nor this")
    return paths.wavevector[:, -1, 0] - paths.wavevector[:, 0, 0]

wavepacket.tableau("own_heun", stages=[np.array([]), [np.float64(1.0)]], weights=np.array([0.5, 0.5]))
'''
CONFIG = """name: mine
model: {name: own_chain, hopping: 300 meV}
band: 0
fields: {electric: {kind: own_bump, height: 1 MV/cm}}
ensemble: {kind: own_pairs, radius: 0.1}
time: {end: 50 fs, saves: 2}
integrator: {method: tableau, tableau: own_heun, step: 0.1 fs}
"""
# ħΔk = -∫E dt, and the mean of sin^6 over half a period is 5/16; 1 MV/cm is 0.01 V/Å, ħ = 0.6582119569 eV fs.
PUSH = -1e-2 * 50.0 * 5 / 16 / 0.6582119569


def forget():
    forget_kinds()
    forget_own()
    wavepacket.models.pop("own_chain", None)
    LOADED.clear()
    sys.modules.pop("my_parts", None)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a script and a config; what other tests see is as before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("my_parts.py").write_text(PARTS)
    Path("mine.yaml").write_text(CONFIG)
    yield tmp_path
    forget()


def command(*words, code=0):
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert left.value.code == code


def pushes(folder="runs/mine"):
    return wavepacket.analyze(wavepacket.open_run(folder))["own_push"].value


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def test_the_command_line_loads_a_script(capsys):
    command("run", "mine.yaml", code=2)
    said = capsys.readouterr().err
    for line, what in ((4, "kind 'own_bump'"), (5, "kind 'own_pairs'"), (7, "tableau 'own_heun'")):
        assert f"mine.yaml:{line}:" in said
        assert f"unknown {what}" in said
    assert "unknown model 'own_chain'" in said
    assert said.count("give its file by --load") == 4
    command("run", "mine.yaml", "-q", "--json", "--load", "my_parts.py")
    found = json.loads(capsys.readouterr().out)["observables"]
    assert found["own_push"]["value"] == pytest.approx(PUSH, rel=1e-4)
    assert wavepacket.open_run("runs/mine").description.provenance[f"loaded {Path('my_parts.py').absolute()}"]
    command("validate", "mine.yaml", "--set", "ensemble.number=6", "--load", "my_parts.py")
    assert "at most 6 trajectories" in capsys.readouterr().out
    command("schema")
    assert "own_bump" in capsys.readouterr().out
    command("init", "own_chain", "--load", "my_parts.py")
    assert "next: wavepacket run own_chain.yaml --load my_parts.py" in capsys.readouterr().out
    # The folder needs nothing to go on, and has no observable of a script that nobody loads.
    forget()
    before = shards("runs/mine")
    Path("runs/mine/run.h5").unlink()
    for path in Path("runs/mine/shards").iterdir():
        path.unlink()
    command("resume", "runs/mine", "-q", "--json")
    assert "own_push" not in json.loads(capsys.readouterr().out)["observables"]
    assert shards("runs/mine") == before


def test_a_script_that_fails_is_named_with_its_line(capsys):
    command("run", "mine.yaml", "--load", "gone.py", code=2)
    assert "--load gone.py: no such file" in capsys.readouterr().err
    Path("broken.py").write_text("import math\n\nmath.sqrt(-1)\n")
    command("models", "--load", "broken.py", code=2)
    assert f"{Path('broken.py').absolute()}:3: ValueError" in capsys.readouterr().err
    command("run", "mine.yaml", "--set", "model.hopping=9 eV", "--load", "my_parts.py", code=2)
    line = PARTS.splitlines().index('        raise ZeroDivisionError("too much")') + 1
    said = capsys.readouterr().err
    assert f"model: the model 'own_chain' failed at {Path('my_parts.py').absolute()}:{line}: Zero" in said
    command("run", "mine.yaml", "--set", "model.hopping=4.5 eV", "--load", "my_parts.py", code=2)
    assert f"failed at {Path('my_parts.py').absolute()}:{line + 2}: SystemExit: 0" in capsys.readouterr().err
    # Sections of registered kinds are checked as all others.
    for change, sentence in {
        "fields.electric.heigth=1": "4:19: fields.electric.heigth",
        "fields.electric.length=1 eV": "fields.electric.length: '1 eV' is a quantity of dimension energy",
        "ensemble.number=1.5": "ensemble.number: must be an integer",
        "ensemble.radius=null": "ensemble.radius",
    }.items():
        command("validate", "mine.yaml", "--set", change, code=2)
        assert sentence.removeprefix("4:19: ") in capsys.readouterr().err


def test_sweeps_over_keys_of_a_kind(capsys):
    axis = ("-s", "fields.electric.height=1,2 MV/cm")
    command("sweep", "mine.yaml", *axis, "-q", "-j", "1", "-o", "two", "--load", "my_parts.py")
    assert wavepacket.open_sweep("two").values("own_push")[0] == pytest.approx([PUSH, 2 * PUSH], rel=1e-4)
    command("verify", "two")
    drift = wavepacket.open_sweep("two").values("valley_drift", "none.0")[0]
    # Keys of other sections need no code: the kinds are data there.
    command("sweep", "mine.yaml", "-s", "time.end=50,60 fs", "-q", "-o", "times", "--load", "my_parts.py")
    forget()
    command("verify", "times")
    # Nor does reading what is finished.
    assert repr(wavepacket.open_sweep("two").values("valley_drift", "none.0")[0]) == repr(drift)
    capsys.readouterr()
    command("verify", "two")
    assert "not compared with its keys" in capsys.readouterr().err
    for words in (
        ("analyze", "two", "--json"),
        ("plot", "two", "--observable", "valley_drift", "--component", "none.0", "-o", "two.png"),
    ):
        command(*words)
    capsys.readouterr()
    command("resume", "two", code=2)
    assert f"its points need what {Path('my_parts.py').absolute()} registers" in capsys.readouterr().err
    Path("moved").mkdir()
    Path("moved/my_parts.py").write_text(PARTS)
    command("resume", "two", "-q", "--load", "moved/my_parts.py")
    forget()
    # A script that makes other data of the same keys is noticed.
    Path("my_parts.py").write_text(PARTS.replace("** 6", "** 8"))
    file = str(Path("my_parts.py").absolute())
    for words in (("resume", "two"), ("sweep", "mine.yaml", *axis, "-o", "two")):
        command(*words, "-q", "--load", "my_parts.py", code=2)
        assert f"{file} was changed after the sweep began: give the old file" in capsys.readouterr().err
    LOADED[file] = read_plan(Path("two")).loaded[file]  # the same text may read another file
    command("resume", "two", "-q", code=3)
    assert "was run with another config than its sweep has (field_0.npz)" in capsys.readouterr().out


def test_a_script_needs_no_command_line():
    @wavepacket.field_kind
    def own_wave(strength: float, end: Time = 40.0):
        """E_y = strength (t/end)^7."""
        return wavepacket.sampled_field(lambda t: (0, strength * (t / end) ** 7, 0), end=end)

    @wavepacket.ensemble_kind
    def own_points(k_y: Wavevector):
        """Two packets."""
        return wavepacket.packets([[0.1, k_y, 0], [0.2, k_y, 0]], weight=[1, 1])

    config = {
        "name": "mine", "model": {"name": "haldane"}, "band": 0, "time": {"end": "40 fs", "saves": 2},
        "fields": {"electric": [{"kind": "own_wave", "strength": 1e-2}, {"kind": "own_wave", "strength": 2, "scale": 1e-3}]},
        "ensemble": {"kind": "own_points", "k_y": 0.3, "field_reversal": True},
    }  # fmt: skip
    run = wavepacket.run(config, "one")
    k = run.trajectories(("wavevector",))["wavevector"]
    # ∫E dt = strength end/8.
    exact = 1.2e-2 * 40.0 / 8 / 0.6582119569 * np.array([-1, 1, -1, 1])
    np.testing.assert_allclose(k[:, 1] - k[:, 0], exact[:, None] * [0, 1, 0], atol=1e-9)
    swept = wavepacket.sweep(config, {"ensemble.k_y": [0.1, 0.2]}, "swept")
    assert [point.state for point in swept.points] == ["finished", "finished"]
    with pytest.raises(ConfigError, match="worker processes do not know what a script has registered"):
        wavepacket.sweep(config, {"ensemble.k_y": [0.1, 0.2]}, "other", workers=2)
    forget()
    assert [point.state for point in wavepacket.open_sweep("swept").points] == ["finished", "finished"]


def rest(*lengths: float):
    return lengths


def named(**keys: float):
    return keys


def before(length: float, /):
    return length


def undefined(length: "Nowhere"):  # noqa: F821
    return length


def foreign(length: np.random.Generator):
    return length


def json_(json: float):
    return json


def model_(model_size: float):
    return model_size


def made_(made: float):
    return made


@pytest.mark.parametrize("register", [wavepacket.field_kind, wavepacket.ensemble_kind, wavepacket.model])
@pytest.mark.parametrize(
    "function",
    [rest, named, before, undefined, foreign, json_, model_, made_, partial(before, 1.0), lambda: 1],
)
def test_odd_signatures(register, function):
    with pytest.raises(InputError, match=r"cannot be|needs|define one by def"):
        register(function)
    wavepacket.config_from_mapping({"name": "x", "model": {"name": "haldane"}})  # the schema is as it was


def test_what_is_refused():
    with pytest.raises(InputError, match="the parameter 'a' of the kind 'loose' needs a type"):

        @wavepacket.field_kind
        def loose(a):
            return a

    with pytest.raises(InputError, match="the parameter 'scale' of the kind 'scaled' needs another name"):

        @wavepacket.field_kind
        def scaled(scale: float):
            return scale

    with pytest.raises(InputError, match="the package has a kind 'gaussian' already"):

        @wavepacket.ensemble_kind
        def gaussian(width: float):
            return width

    with pytest.raises(
        InputError, match="the parameter 'uncertainty' of the kind 'targeted' needs another name"
    ):

        @wavepacket.ensemble_kind
        def targeted(uncertainty: float):
            return uncertainty

    with pytest.raises(
        InputError, match="the default of 'end' of the kind 'written' must be a number in internal units"
    ):

        @wavepacket.field_kind
        def written(end: Time = "50 fs"):
            return end

    with pytest.raises(InputError, match="define one by def"):
        wavepacket.field_kind(lambda: None)

    @wavepacket.field_kind
    def nothing():
        return 1.0

    @wavepacket.ensemble_kind
    def fails():
        return wavepacket.packets(np.zeros((2, 3)), weight=[1.0])

    config = {
        "name": "x", "model": {"name": "haldane"}, "band": 0, "time": {"end": "1 fs", "saves": 2},
        "fields": {"electric": {"kind": "nothing"}}, "ensemble": {"kind": "zone", "grid": [2, 2]},
    }  # fmt: skip
    with pytest.raises(
        ConfigError, match=r"fields.electric: the kind 'nothing' must return wavepacket.sampled_field"
    ):
        wavepacket.run(config, "never")
    with pytest.raises(
        ConfigError, match=r"ensemble: the kind 'fails' failed at .*test_kinds.py:\d+: weight must have"
    ):
        wavepacket.run({**config, "fields": {}, "ensemble": {"kind": "fails"}}, "never")
    assert not Path("never").exists()
