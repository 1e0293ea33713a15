"""A Hamiltonian object in place of a config's model: everything here is a user's script and imports nothing private."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import wavepacket
from wavepacket import hamiltonians
from wavepacket.errors import ConfigError, InputError

RUN = {
    "name": "mine",
    "band": 0,
    "fields": {"electric": ["40 kV/cm", 0, 0], "magnetic": [0, 0, "1 T"]},
    "ensemble": {"kind": "filled_band", "grid": [8, 8]},
    "time": {"end": "20 fs", "saves": 3},
}


def chain_of_many(orbitals=60):
    """Too many numbers to be written out: a random Hermitian ladder with position matrices."""
    rng = np.random.default_rng(7)

    def numbers(*shape):
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    home, side = numbers(orbitals, orbitals), 0.1 * numbers(orbitals, orbitals)
    home = (home + home.conj().T) / 2 + np.diag(10.0 * np.arange(orbitals))
    return hamiltonians.LatticeHamiltonian.from_hoppings(
        [[2.0]], {(0,): home, (1,): side}, positions=rng.random((orbitals, 1)), name="ladder",
        position_matrices={(1,): 0.01 * numbers(3, orbitals, orbitals)}, special_points={"Q": [0.3]}, path="Q",
    )  # fmt: skip


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def rotated():
    """A crystal whose numbers have no short decimal form."""
    return hamiltonians.haldane(t1=1 / 3, t2=0.1 * np.sqrt(2), phi=0.7, staggered=np.pi / 100)


@pytest.mark.parametrize(
    "make", [rotated, hamiltonians.rashba_ferromagnet, hamiltonians.tmd, hamiltonians.massive_dirac]
)
def test_a_model_section_holds_every_bit(make):
    crystal = make()
    config = wavepacket.config_from_mapping({"name": "x", "model": hamiltonians.as_model(crystal)})
    again = hamiltonians.build_hamiltonian(
        wavepacket.config_from_mapping({**config.model_dump(exclude_none=True)})
    )
    assert again.content_hash() == crystal.content_hash()
    assert (again.valleys, again.special_points, again.path) == (
        crystal.valleys,
        crystal.special_points,
        crystal.path,
    )


def test_a_file_holds_every_bit_and_every_word(tmp_path):
    for crystal in (chain_of_many(), hamiltonians.weyl_node()):
        hamiltonians.write_npz(crystal, tmp_path / "it.npz")
        again = hamiltonians.read_npz(tmp_path / "it.npz")
        assert again.content_hash() == crystal.content_hash()
        assert again.parameters == crystal.parameters
        assert (again.name, again.special_points, again.notes) == (
            crystal.name,
            crystal.special_points,
            crystal.notes,
        )


def test_a_run_has_the_bytes_of_the_same_crystal_in_the_config(tmp_path, elsewhere):
    crystal = rotated()
    given = wavepacket.run(RUN, tmp_path / "given", hamiltonian=crystal)
    written = wavepacket.run({**RUN, "model": hamiltonians.as_model(crystal)}, tmp_path / "written")
    assert shards(given.folder) == shards(written.folder)
    assert given.resolved_text == written.resolved_text
    for workers in (1, 2):
        spread = wavepacket.run(RUN, tmp_path / f"spread{workers}", hamiltonian=crystal, workers=workers)
        assert shards(spread.folder) == shards(given.folder)
    named = wavepacket.run(
        {**RUN, "model": {"name": "haldane", **crystal.parameters}}, tmp_path / "named"
    )  # another text, so another file; the same numbers
    for name, values in named.sums.items():
        assert np.array_equal(values, given.sums[name]), name
    # The folder alone is enough, in another process and in another place.
    (tmp_path / "given").rename(tmp_path / "moved")
    before = shards(tmp_path / "moved")
    (tmp_path / "moved" / "run.h5").unlink()
    for path in (tmp_path / "moved" / "shards").iterdir():
        path.unlink()
    assert elsewhere(tmp_path, "resume", "moved", "-q")[0] == 0
    assert shards(tmp_path / "moved") == before
    assert elsewhere(tmp_path, "verify", "moved")[0] == 0


LARGE = {
    "name": "large",
    "band": {"index": 1, "source": "direct"},
    "fields": {"electric": ["40 kV/cm", 0, 0]},
    "ensemble": {"kind": "packets", "wavevectors": [[0.1], [0.2]]},
    "time": {"end": "5 fs", "saves": 2},
}


def test_a_large_crystal_lies_in_the_run_folder(tmp_path, elsewhere):
    crystal = chain_of_many()
    run = wavepacket.run(LARGE, tmp_path / "one", hamiltonian=crystal)
    assert hamiltonians.read_npz(tmp_path / "one" / "crystal.npz") == crystal
    assert "file: crystal.npz" in run.resolved_text
    spread = wavepacket.run(LARGE, tmp_path / "two", hamiltonian=crystal, workers=2)
    assert shards(run.folder) == shards(spread.folder)
    (tmp_path / "one").rename(tmp_path / "moved")
    before = shards(tmp_path / "moved")
    (tmp_path / "moved" / "run.h5").unlink()
    for path in (tmp_path / "moved" / "shards").iterdir():
        path.unlink()
    assert elsewhere(tmp_path, "resume", "moved", "-q")[0] == 0
    assert shards(tmp_path / "moved") == before
    assert wavepacket.analyze(tmp_path / "moved")
    # Again in the same folder, from the kept config: the crystal in it is not lost by making room.
    again = wavepacket.run(tmp_path / "moved" / "config.yaml", tmp_path / "moved", overwrite=True)
    assert shards(again.folder) == before
    assert elsewhere(tmp_path, "verify", "moved")[0] == 0
    whole = (tmp_path / "moved" / "crystal.npz").read_bytes()
    (tmp_path / "moved" / "crystal.npz").write_bytes(whole[:-1] + b"!")
    code, said = elsewhere(tmp_path, "verify", "moved")
    assert code == 2
    assert "crystal.npz" in said


@pytest.mark.parametrize(
    "large", [pytest.param(False, marks=pytest.mark.full), True], ids=["written out", "in a file"]
)
@pytest.mark.full
def test_sweeps_hold_it_too(tmp_path, elsewhere, large):
    config, crystal = (LARGE, chain_of_many()) if large else (RUN, rotated())
    axes = {"fields.electric.x": ["10 kV/cm", "20 kV/cm"]}
    swept = wavepacket.sweep(config, axes, tmp_path / "a", hamiltonian=crystal)
    wavepacket.sweep(config, axes, tmp_path / "b", hamiltonian=crystal, workers=2)
    assert [point.state for point in swept.points] == ["finished", "finished"]
    points = [f"points/{index:06d}" for index in range(2)]
    for point in points:
        assert shards(tmp_path / "a" / point) == shards(tmp_path / "b" / point)
    # A second call finds its points finished; another crystal is another sweep.
    wavepacket.sweep(config, axes, tmp_path / "a", hamiltonian=crystal)
    other = chain_of_many(59) if large else hamiltonians.haldane()
    with pytest.raises(InputError, match="holds another sweep"):
        wavepacket.sweep(config, axes, tmp_path / "a", hamiltonian=other)
    (tmp_path / "a").rename(tmp_path / "moved")
    before = shards(tmp_path / "moved" / points[1])
    (tmp_path / "moved" / points[1] / "run.h5").unlink()
    for path in (tmp_path / "moved" / points[1] / "shards").iterdir():
        path.unlink()
    assert elsewhere(tmp_path, "resume", "moved", "-q")[0] == 0
    assert shards(tmp_path / "moved" / points[1]) == before


def test_response_takes_the_section_alone():
    crystal = hamiltonians.haldane()
    section = {"quantities": ["anomalous_hall_conductivity"], "points": 3000}
    alone = wavepacket.response(section, hamiltonian=crystal)
    whole = wavepacket.response({"name": "x", "model": {"name": "haldane"}, "response": section})
    # C = 1 in the gap, in units of e²/h: Haldane 1988.
    values = [each["anomalous_hall_conductivity"].value for each in (alone, whole)]
    assert np.array_equal(*values)
    assert alone["chern_number"].value
    nameless = wavepacket.response({"response": section}, hamiltonian=crystal)
    assert np.array_equal(nameless["anomalous_hall_conductivity"].value, values[0])
    with pytest.raises(InputError, match="by its name: hamiltonian="):
        wavepacket.response(crystal)


def test_quantum_takes_it():
    config = {
        "name": "packet",
        "band": 0,
        "fields": {"electric": ["100 kV/cm", 0, 0]},
        "ensemble": {"kind": "gaussian", "center": [0.3], "width": 0.05, "number": 16, "replicas": 2},
        "time": {"end": "10 fs", "saves": 3},
        "quantum": {"sites": [64]},
    }
    crystal = hamiltonians.ssh()
    given = wavepacket.quantum(config, hamiltonian=crystal)
    named = wavepacket.quantum({**config, "model": {"name": "ssh"}})
    assert given["rms_distance"].value == named["rms_distance"].value


def test_objects_of_other_packages_are_converted(tmp_path):
    # What PythTB 1.8 has: a chain with alternating hoppings, the model of Su, Schrieffer and Heeger.
    foreign = SimpleNamespace(
        _lat=[[1.0]], _orb=[[0.0], [0.5]], _per=[0], _site_energies=[0.0, 0.0],
        _hoppings=[[-1.0, 0, 1, [0]], [-0.6, 1, 0, [1]]],
    )  # fmt: skip
    config = {**LARGE, "band": 0}
    found = wavepacket.run(config, tmp_path / "x", hamiltonian=foreign)
    same = wavepacket.run(config, tmp_path / "y", hamiltonian=hamiltonians.from_pythtb(foreign))
    assert shards(found.folder) == shards(same.folder)


def test_what_is_refused(tmp_path):
    crystal = hamiltonians.haldane()
    two = "a Hamiltonian is given too.*leave out this section or the argument hamiltonian"
    named = {**RUN, "model": {"name": "haldane"}}
    file = tmp_path / "named.yaml"
    file.write_text(wavepacket.config_from_mapping(named).to_yaml())
    for config in (named, file, wavepacket.config_from_mapping(named), "haldane"):
        with pytest.raises(ConfigError, match=two):
            wavepacket.run(config, tmp_path / "x", hamiltonian=crystal)
    with pytest.raises(ConfigError, match=r"named.yaml:\d+:\d+: model"):
        wavepacket.response(file, hamiltonian=crystal)
    with pytest.raises(InputError, match="must be a LatticeHamiltonian"):
        wavepacket.run(RUN, tmp_path / "x", hamiltonian="haldane")
    with pytest.raises(ConfigError, match="missing key 'model'"):
        wavepacket.run(RUN, tmp_path / "x")
    with pytest.raises(ConfigError, match="band 5 does not exist"):
        wavepacket.run({**RUN, "band": 5}, tmp_path / "x", hamiltonian=crystal)
    assert not (tmp_path / "x").exists()
    (tmp_path / "no.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"no.npz: cannot be read"):
        wavepacket.run({**RUN, "model": {"file": str(tmp_path / "no.npz")}}, tmp_path / "x")


@pytest.mark.parametrize(
    "function", [wavepacket.run, wavepacket.response, wavepacket.quantum, wavepacket.load_config]
)
def test_a_crystal_in_place_of_the_config_is_told(tmp_path, monkeypatch, function):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="a Hamiltonian is given by its name: hamiltonian="):
        function(hamiltonians.haldane())
