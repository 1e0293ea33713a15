"""A model of a script's own: everything here is a user's script and imports nothing private."""

import json
from pathlib import Path

import numpy as np
import pytest

import wavepacket
from wavepacket.cli import main
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.units import Angle, Energy, Length


def twisted_chain(
    hopping: Energy | None = 1.0, twist: Angle = 0.3, spacing: Length = 3.0, reach: int = 1
) -> LatticeHamiltonian:
    """One orbital in each cell, and a hopping with a phase.

    The energy is -2 t cos(k a n + twist).
    """
    return LatticeHamiltonian.from_hoppings(
        [[spacing]], {(reach,): [[-hopping * np.exp(1j * twist)]]}, special_points={"Q": [0.25]}
    )


@pytest.fixture(autouse=True)
def registered():
    """A script writes ``@wavepacket.model`` above the function; the catalogue of other tests stays as it is."""
    wavepacket.model(twisted_chain)
    yield
    del wavepacket.models["twisted_chain"]


CONFIG = {
    "name": "mine",
    "model": {"name": "twisted_chain", "hopping": "300 meV", "twist": "90 deg"},
    "band": 0,
    "fields": {"electric": ["1 MV/cm", 0, 0]},
    "ensemble": {"kind": "packets", "wavevectors": [[0.1], [0.3]]},
    "time": {"end": "10 fs", "saves": 3},
}


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def test_it_is_listed(capsys):
    assert wavepacket.models["twisted_chain"] is twisted_chain
    with pytest.raises(SystemExit):
        main(["models", "twisted_chain", "--json"])
    entry = json.loads(capsys.readouterr().out)["twisted_chain"]
    assert entry["parameters"]["twist"] == {"default": 0.3, "dimension": "angle", "unit": "rad"}
    assert entry["summary"] == "One orbital in each cell, and a hopping with a phase."


def test_parameters_have_their_units():
    crystal = wavepacket.hamiltonians.build_hamiltonian(wavepacket.config_from_mapping(CONFIG))
    k = np.array([[0.2, 0.0, 0.0]])
    # -2 t cos(k a + pi/2), by hand.
    assert crystal.hamiltonian(k)[0, 0, 0].real == pytest.approx(0.6 * np.sin(0.6), abs=1e-15)
    assert (crystal.name, crystal.parameters["hopping"], crystal.parameters["reach"]) == (
        "twisted_chain",
        0.3,
        1,
    )


def test_a_run_needs_nothing_but_its_folder(tmp_path, elsewhere):
    run = wavepacket.run(CONFIG, tmp_path / "one")
    spread = wavepacket.run(CONFIG, tmp_path / "two", workers=2)
    assert shards(run.folder) == shards(spread.folder)
    given = wavepacket.run(
        {key: value for key, value in CONFIG.items() if key != "model"},
        tmp_path / "three",
        hamiltonian=twisted_chain(0.3, np.pi / 2),
    )
    assert shards(run.folder) == shards(given.folder)
    before = shards(run.folder)
    (tmp_path / "one" / "run.h5").unlink()
    for path in (tmp_path / "one" / "shards").iterdir():
        path.unlink()
    assert elsewhere(tmp_path, "resume", "one", "-q")[0] == 0
    assert shards(run.folder) == before


@pytest.mark.full
def test_sweeps(tmp_path):
    over_field = {"fields.electric.x": ["1 MV/cm", "2 MV/cm"]}
    swept = wavepacket.sweep(CONFIG, over_field, tmp_path / "field", workers=2)
    assert [point.state for point in swept.points] == ["finished", "finished"]
    over_model = {"model.hopping": ["0.1 eV", "0.2 eV"]}
    swept = wavepacket.sweep(CONFIG, over_model, tmp_path / "model")
    assert [point.state for point in swept.points] == ["finished", "finished"]
    assert wavepacket.open_sweep(tmp_path / "model").points[1].state == "finished"
    with pytest.raises(ConfigError, match="worker processes do not know what a script has registered"):
        wavepacket.sweep(CONFIG, over_model, tmp_path / "other", workers=2)
    del wavepacket.models["twisted_chain"]
    assert wavepacket.open_sweep(tmp_path / "model").points[1].state == "finished"
    wavepacket.model(twisted_chain)


def test_the_command_line_says_what_is_missing(tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\nmodel: {name: not_imported, hopping: 1 eV}\nband: 0\n")
    with pytest.raises(ConfigError, match=r"model 'not_imported'.*import the module that defines it"):
        wavepacket.response(tmp_path / "mine.yaml")


def test_what_is_refused():
    with pytest.raises(InputError, match="the parameter 'a' of the model 'loose' needs a type and a default"):

        @wavepacket.model
        def loose(a):
            return wavepacket.hamiltonians.haldane()

    with pytest.raises(
        InputError, match="the default of 'a' of the model 'written' must be a number in internal units"
    ):

        @wavepacket.model
        def written(a: Energy = "1 eV"):
            return wavepacket.hamiltonians.haldane()

    with pytest.raises(InputError, match="'flag' of the model 'switched' must be a number"):

        @wavepacket.model
        def switched(flag: bool = True):
            return wavepacket.hamiltonians.haldane()

    with pytest.raises(InputError, match="'hops' of the model 'several' must be a number"):

        @wavepacket.model
        def several(hops: list[float] = ()):
            return wavepacket.hamiltonians.haldane()

    with pytest.raises(InputError, match="the package has a model 'haldane' already"):

        @wavepacket.model
        def haldane(t1: Energy = 1.0):
            return wavepacket.hamiltonians.kagome()

    @wavepacket.model
    def nothing(t1: Energy = 1.0):
        return t1

    with pytest.raises(ConfigError, match="the model 'nothing' returned an object of type float"):
        wavepacket.run({**CONFIG, "model": {"name": "nothing"}}, "never")
    del wavepacket.models["nothing"]
    assert not Path("never").exists()
