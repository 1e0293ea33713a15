"""Maps of relaxation times from files and from functions of a script: the numbers that a config would write out."""

import numpy as np
import pytest

import wavepacket
from wavepacket.config import config_from_mapping
from wavepacket.config.kinds import forget_kinds
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import as_data, build_hamiltonian
from wavepacket.simulation.rates import map_of
from wavepacket.units import Length

LATTICE = {"name": "cosine_band", "dimension": 2}
BALL = {"name": "parabolic_band", "cutoff": 0.1}


@pytest.fixture(autouse=True)
def hot_spots():
    """A kind of the script, as long as a test."""

    @wavepacket.times_kind
    def hot_spots(k, size: Length = 2.0, depth: float = 0.5):
        return np.exp(depth * np.cos(k[:, 0] * size) + 0.1 * k[:, 1])

    yield hot_spots
    forget_kinds()


def config(given, model=LATTICE, **more):
    ensemble = {"kind": "fermi_surface", "chemical_potential": -0.5, "temperature": 300, "grid": [16, 16]}
    scattering = {"relaxation_time": 10, "map": given, **more}
    return as_data(
        config_from_mapping(
            {"name": "x", "model": model, "band": 0, "ensemble": ensemble, "scattering": scattering}
        )
    )


@pytest.mark.parametrize("model", [LATTICE, BALL])
def test_a_function_is_asked_at_the_points_of_the_map(model, hot_spots):
    made = config({"kind": "hot_spots", "grid": [6, 5], "depth": 0.3}, model)
    crystal = build_hamiltonian(made)
    if model is BALL:
        x, y = np.meshgrid(np.linspace(-0.1, 0.1, 6), np.linspace(-0.1, 0.1, 5), indexing="ij")
        k = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    else:
        k = np.array(
            [
                crystal.reciprocal[0] * i / 6 + crystal.reciprocal[1] * j / 5
                for i in range(6)
                for j in range(5)
            ]
        )
    found = map_of(made.scattering.map, crystal).at(k)
    np.testing.assert_allclose(found, hot_spots(k, depth=0.3), rtol=1e-12)


def test_files_hold_what_a_config_writes_out(tmp_path):
    written = config({"kind": "hot_spots", "grid": [4, 5]})
    factor = np.array(written.scattering.map.factor)
    np.save(tmp_path / "times.npy", factor)
    np.savez(tmp_path / "times.npz", factor=factor)
    for name in ("times.npy", "times.npz"):
        assert config({"file": str(tmp_path / name)}) == written


def test_bands_have_maps_of_their_own():
    own = {"1": {"map": {"kind": "hot_spots", "grid": [4, 4], "depth": 0.1}}}
    made = config({"kind": "hot_spots", "grid": [4, 4]}, bands=own).scattering
    assert made.of_band(1).map == made.bands["1"].map != made.map == made.of_band(0).map


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"file": "nowhere.npy"}, "scattering.map: .*nowhere.npy: cannot be read"),
        ({"file": "{folder}/other.npz"}, "has no array 'factor', but times"),
        ({"file": "{folder}/negative.npy"}, "factor must be numbers between 1e-9 and 1e9"),
        ({"file": "{folder}/times.npy", "factor": [[1] * 4] * 4}, "give either 'factor'.*or 'file'"),
        ({}, "give either 'factor'.*or 'file'"),
        ({"kind": "hot_spots", "grid": [4]}, "grid has 1 axes, but the crystal is 2D"),
        ({"kind": "hot_spots", "grid": [2, 4]}, "axes of 4 points or more"),
        ({"kind": "flat", "grid": [4, 4]}, "must return a real number for each of 16 wavevectors"),
        ({"kind": "nobody", "grid": [4, 4]}, "unknown kind 'nobody'"),
    ],
)
def test_what_is_no_map(given, message, tmp_path):
    @wavepacket.times_kind
    def flat(k):
        return np.ones(3)

    np.savez(tmp_path / "other.npz", times=np.ones((4, 4)))
    np.save(tmp_path / "negative.npy", -np.ones((4, 4)))
    given = {
        key: each.format(folder=tmp_path) if isinstance(each, str) else each for key, each in given.items()
    }
    with pytest.raises(ConfigError, match=message):
        config(given)
