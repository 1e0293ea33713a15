"""``bands`` and its kin on Wannier90 files as they are found, and the map that is drawn only if asked for."""

import json

import pytest

from tests.reference.wannier_text import hr_text, win_text, xyz_text
from wavepacket.bandstructure import maps
from wavepacket.hamiltonians import LatticeHamiltonian, ssh, write_hr, write_tb

HONEYCOMB = LatticeHamiltonian.from_hoppings(
    [[2.5, 0, 0], [1.25, 2.165, 0], [0, 0, 12.0]],
    {(0, 0, 0): [[0.4, -2.7], [-2.7, -0.4]], (1, 0, 0): [[0, -2.7], [0, 0]], (0, 1, 0): [[0, -2.7], [0, 0]]},
    positions=[[0, 0, 0], [2 / 3, 2 / 3, 0]],
)
"""With centres folded into the home cell."""

HOPPINGS = "lattice: [[1]], hoppings: [{cell: [1], matrix: [[1]]}"


@pytest.fixture
def folded(tmp_path):
    """The honeycomb's files, whose `.win` says that centres were folded."""
    (tmp_path / "h_hr.dat").write_text(hr_text(HONEYCOMB))
    (tmp_path / "h.win").write_text("translate_home_cell = true\n" + win_text(HONEYCOMB))
    (tmp_path / "h_centres.xyz").write_text(xyz_text(HONEYCOMB.sites))
    return tmp_path / "h_hr.dat"


@pytest.mark.parametrize("name", ["chain.dat", "chain", "wannier90.txt"])
@pytest.mark.parametrize("form", ["hr", "tb"])
def test_a_file_of_any_name_is_no_config(wavepacket, tmp_path, name, form):
    write_hr(ssh(), tmp_path / "chain_hr.dat") if form == "hr" else write_tb(ssh(), tmp_path / "chain_tb.dat")
    (tmp_path / f"chain_{form}.dat").rename(tmp_path / name)
    if form == "hr" and name == "wannier90.txt":
        (tmp_path / "chain.win").rename(tmp_path / "wannier90.win")
        (tmp_path / "chain_centres.xyz").rename(tmp_path / "wannier90_centres.xyz")
    done = wavepacket(
        "bands", name, "--set", "model.periodic=[true,false,false]", "--no-search", "--points", 5, "--json"
    )
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["path"]["energies"]["value"][0]) == 2


def test_the_case_of_another_name(wavepacket, shared_case, tmp_path):
    content = shared_case("hr_header_comments/a_hr.dat").read_text()
    (tmp_path / "other.dat").write_text(content)
    told = wavepacket("bands", "other.dat")
    assert (told.code, told.out) == (2, "")
    assert "other.win: cannot be read" in told.err


@pytest.mark.parametrize("command", ["validate", "bands", "response", "export"])
def test_folded_centres_are_spoken_of(wavepacket, folded, command):
    options = {
        "response": ["--set", "response.chemical_potential=0 eV", "-q"],
        "bands": ["--no-search", "--points", 5, "-q"],
    }
    done = wavepacket(command, folded, "--set", "model.periodic=[true,true,false]", *options.get(command, ()))
    assert done.code == 0, done.err
    assert (done.out + done.err).count("1 of 2 Wannier centres were moved by lattice vectors") == 1


class TestMap:
    @pytest.fixture
    def sizes(self, monkeypatch):
        """Numbers of points along an axis of all maps that are computed."""
        found = []
        whole = maps.zone_frame

        def counted(source, points=200, **more):
            found.append(points)
            return whole(source, points, **more)

        monkeypatch.setattr(maps, "zone_frame", counted)
        return found

    @pytest.mark.parametrize("search", ["--search", "--no-search"])
    @pytest.mark.parametrize("form", [[], ["--json", "-o", "b.png"]])
    def test_none_is_computed_unasked(self, wavepacket, tmp_path, sizes, search, form):
        done = wavepacket("bands", "haldane", search, "--points", 6, "--component", "z", "-q", *form)
        assert done.code == 0, done.err
        assert sizes == []
        assert (tmp_path / ("b.png" if form else "bands_haldane.png")).exists()

    @pytest.mark.parametrize(
        ("options", "size"),
        [
            (["--map", 7], 7),
            (["--map", 9, "--quantity", "gap"], 9),
            (["--quantity", "gap"], 200),
            (["--plane", "xy"], 200),
        ],
    )
    def test_its_size_is_chosen(self, wavepacket, sizes, options, size):
        done = wavepacket("bands", "haldane", "--no-search", "--points", 6, "--json", *options)
        assert sizes == [size]
        found = json.loads(done.out)["map"]
        assert len(found["values"]["value"]) == size
        assert found["quantity"] == ("gap" if "gap" in options else "berry_curvature")

    def test_it_stands_beside_the_bands(self, wavepacket, tmp_path):
        for name, options in (("alone.png", ()), ("both.png", ("--map", 8))):
            wavepacket("bands", "haldane", "--no-search", "--points", 6, "-o", name, *options)
        import matplotlib.image

        alone, both = (
            matplotlib.image.imread(tmp_path / name).shape[1] for name in ("alone.png", "both.png")
        )
        assert both > 1.5 * alone


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (
            f"{{{HOPPINGS}, {{cell: [2], matrix: [[1]]}}, {{cell: [-2], matrix: [[2]]}}]}}",
            "model.hoppings[1].matrix: hopping of cells [2, 0, 0] and [-2, 0, 0] must be each other's Hermitian adjoint",
        ),
        (
            f"{{{HOPPINGS}, {{cell: [0], matrix: [[0]]}}, {{cell: [1], matrix: [[1]]}}]}}",
            "model.hoppings[2].cell: the cell [1, 0, 0] is listed twice, first as hoppings[0]",
        ),
        (
            '{kp: [{powers: [0], matrix: [[1]]}, {powers: [1], matrix: [["1j"]]}]}',
            "model.kp[1].matrix: the matrix of powers [1, 0, 0] must be Hermitian",
        ),
    ],
)
def test_an_entry_of_a_model_is_named(wavepacket, tmp_path, model, place):
    (tmp_path / "c.yaml").write_text(f"name: c\nmodel: {model}\n")
    told = wavepacket("bands", "c.yaml")
    assert told.code == 2
    assert place in told.err
    assert told.err.count("c.yaml:2:") == 1


@pytest.mark.parametrize("window", ["-1:1 eV", "-1:1eV", "-1000 meV:1 eV", "-1:1"])
def test_a_window_of_energies(wavepacket, window):
    options = ["--no-search", "--points", 5, "-q", "-o", "a.png"]
    done = wavepacket("bands", "haldane", "--set", "model.electrons=1", "--energies", window, *options)
    assert done.code == 0, done.err
    assert "counted from the Fermi level of 1 electrons per cell" in done.err


@pytest.mark.parametrize("window", ["1", "2:1 eV", "a:b", "1:2 T"])
def test_no_window(wavepacket, window):
    done = wavepacket("bands", "haldane", "--no-search", "--energies", window)
    assert done.code == 2
    assert f"--energies {window}: must be LOW:HIGH" in done.err


def test_a_window_without_bands_is_no_figure(wavepacket, tmp_path):
    done = wavepacket(
        "bands", "haldane", "--no-search", "--points", 5, "-q", "--energies", "50:60 eV", "-o", "a.png"
    )
    assert done.code == 2
    assert "no band is between 50 and 60 eV" in done.err
    assert not (tmp_path / "a.png").exists()
