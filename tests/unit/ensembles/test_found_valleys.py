"""Valleys that a config asks to be found: names, clouds around them, and what the run folder says of them."""

import numpy as np
import pytest

import wavepacket
from tests.cases import problem
from wavepacket.config import config_from_mapping
from wavepacket.ensembles import locate_valleys, nearest_valley, valley_centres
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import gapped_graphene, tmd
from wavepacket.hamiltonians.zone import face_vectors

CLOUD = {"kind": "gaussian", "width": 0.01, "number": 16}


def config(**changes):
    sections = {
        "version": 1, "name": "found", "model": {"name": "gapped_graphene", "gap": 0.5}, "band": 1,
        "ensemble": CLOUD | {"valley": "K"}, "time": {"end": 10.0, "saves": 3},
    }  # fmt: skip
    return config_from_mapping(sections | changes)


class TestFound:
    def test_names_and_places(self):
        made = problem({"name": "gapped_graphene"}, band=1, valleys="auto", ensemble=CLOUD | {"valley": "K'"})
        assert made.valley_names == ("K", "K'")
        names, centres = valley_centres(gapped_graphene())
        assert names == made.valley_names
        offsets = (made.valley_centres - centres) @ gapped_graphene().lattice.T / (2 * np.pi)
        np.testing.assert_allclose(offsets, np.rint(offsets), atol=1e-9)

    def test_the_band_decides(self):
        """Conduction valleys of MoS2 beside K: the six between Γ and K, which its builder does not name."""
        made = problem({"name": "tmd"}, band=1, valleys="auto", ensemble=CLOUD | {"valley": "V1"})
        assert made.valley_names == ("K", "K'", "V1", "V2", "V3", "V4", "V5", "V6")
        centre = made.ensemble.packets(0, 16).wavevector.mean(axis=0)
        assert nearest_valley(made.hamiltonian, centre[None], made.valley_centres)[0] == 2

    @pytest.mark.parametrize(
        ("model", "band"), [({"name": "cosine_band"}, 0), ({"name": "massive_dirac"}, 1)]
    )
    def test_a_cloud_in_the_deepest_valley(self, model, band):
        made = problem(model, band=band, ensemble=CLOUD | {"valley": "auto"})
        assert np.abs(made.ensemble.packets(0, 16).wavevector).max() < 0.1
        assert made.config.ensemble.center == (0.0, 0.0, 0.0)
        assert made.config.valleys == {}

    def test_the_deepest_valley_has_the_lowest_energy(self):
        made = problem({"name": "zincblende", "material": "Ge"}, band=4, ensemble=CLOUD | {"valley": "auto"})
        centre = made.ensemble.packets(0, 16).wavevector.mean(axis=0)
        energy = np.linalg.eigvalsh(made.hamiltonian.hamiltonian(centre))[0, 4]
        at_l = np.array(made.hamiltonian.special_points["L"]) @ made.hamiltonian.reciprocal
        assert energy == pytest.approx(np.linalg.eigvalsh(made.hamiltonian.hamiltonian(at_l))[0, 4], abs=1e-2)

    def test_nothing_is_looked_for_unasked(self):
        asked = config()
        assert locate_valleys(asked, gapped_graphene()) is asked

    def test_the_run_folder_holds_the_points(self, tmp_path):
        """A run that is read or resumed later needs no search."""
        run = wavepacket.run(config(valleys="auto"), tmp_path / "run")
        text = (tmp_path / "run" / "resolved.yaml").read_text()
        assert "auto" not in text.split("valleys:")[1].split("time:")[0]
        again = wavepacket.load_config(tmp_path / "run" / "resolved.yaml")
        assert set(again.valleys) == set(run.valley_names) == {"K", "K'"}


class TestMessages:
    def test_an_unknown_valley_of_the_found_ones(self):
        with pytest.raises(ConfigError, match="no valley 'Q'; this model has: K, K'"):
            problem({"name": "gapped_graphene"}, band=1, valleys="auto", ensemble=CLOUD | {"valley": "Q"})

    def test_a_flat_band_has_none(self):
        flat = {"lattice": [[1.0]], "hoppings": [{"cell": [0], "matrix": [[1.0]]}]}
        with pytest.raises(ConfigError, match="valleys: band 0 is flat"):
            problem(flat, valleys="auto", ensemble={"kind": "zone", "number": 4})
        with pytest.raises(ConfigError, match=r"ensemble.valley: band 0 is flat"):
            problem(flat, ensemble=CLOUD | {"valley": "auto"})

    @pytest.mark.parametrize(
        ("valleys", "sentence"),
        [
            ("found", "must be 'auto', not 'found'"),
            (3, "must be a mapping, not 3"),
            ({"K": [0.1, "x"]}, r"valleys.K\[1\]: cannot read"),
        ],
    )
    def test_other_words(self, valleys, sentence):
        with pytest.raises(ConfigError, match=sentence):
            config(valleys=valleys)

    def test_places_are_those_of_the_file(self, tmp_path):
        lines = ("version: 1", "name: a", "model: {name: tmd}", "band: 0", "valleys:", "  K: [0.3, x]",
                 "ensemble: {kind: zone, grid: [4, 4]}", "time: {end: 1, saves: 2}")  # fmt: skip
        text = "\n".join(lines)
        (tmp_path / "a.yaml").write_text(text)
        with pytest.raises(ConfigError, match=r"a.yaml:6:12: valleys.K\[1\]"):
            wavepacket.load_config(tmp_path / "a.yaml")

    def test_centres_need_points(self):
        with pytest.raises(InputError, match="looked for in a band"):
            valley_centres(tmd(), "auto")


def test_the_nearest_valley_is_that_of_the_folded_offset():
    """Against all reciprocal vectors of a large block, on an oblique basis of the same lattice."""
    from wavepacket.hamiltonians import LatticeHamiltonian

    oblique = LatticeHamiltonian.from_hoppings([[2.0, 0.0], [9.0, 1.7]], {(0,): [[1.0]]})
    rng = np.random.default_rng(7)
    k, centres = (rng.uniform(-3, 3, (n, 3)) * [1, 1, 0] for n in (50, 4))
    steps = np.stack(np.meshgrid(*[np.arange(-12, 13)] * 2, [0]), axis=-1).reshape(-1, 3) @ oblique.reciprocal
    distance = np.linalg.norm(k[:, None, None] - centres[:, None] + steps, axis=3).min(axis=2)
    np.testing.assert_array_equal(nearest_valley(oblique, k, centres), distance.argmin(axis=1))
    assert len(face_vectors(oblique)) == 6
