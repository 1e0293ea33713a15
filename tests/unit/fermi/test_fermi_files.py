"""Files for FermiSurfer and XCrySDen read back by small readers of their own, the figure, and the command."""

import json
from pathlib import Path

import numpy as np
import pytest

import wavepacket
from tests.unit.fermi.surfaces import surface
from wavepacket.bands import band
from wavepacket.cli.main import commands
from wavepacket.errors import InputError
from wavepacket.fermi import FermiSurfaces, write_bxsf, write_frmsf
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.plots.fermi import fermi_figure

pytest.importorskip("skimage")

N = 5


@pytest.fixture(scope="module")
def found() -> FermiSurfaces:
    """Of a crystal whose axes all differ, so that no order of loops is like another."""
    hoppings = [((1, 0, 0), [[-0.2]]), ((0, 1, 0), [[-0.3]]), ((0, 0, 1), [[-0.1]])]
    lattice = [[3.0, 0, 0], [0.5, 4.0, 0], [0.2, 0.3, 5.0]]
    crystal = LatticeHamiltonian.from_hoppings(lattice, hoppings, name="all_differ")
    return wavepacket.fermi_surface(crystal, -0.6, cells=12)


def read_frmsf(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors (3, 3), energies and colours (bands, n1, n2, n3): the third index runs fastest."""
    words = path.read_text().split()
    shape = tuple(int(word) for word in words[:3])
    assert words[3] == "1"  # the grid begins at Γ
    bands, vectors = int(words[4]), np.array(words[5:14], dtype=float).reshape(3, 3)
    values = np.array(words[14:], dtype=float).reshape(2, bands, *shape)
    return vectors, values[0], values[1]


def read_bxsf(path: Path) -> tuple[float, np.ndarray, np.ndarray]:
    """Fermi energy, vectors, and energies (n1, n2, n3) of the only band."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    fermi = float(next(line for line in lines if line.startswith("Fermi Energy:")).split(":")[1])
    begin = lines.index("BEGIN_BLOCK_BANDGRID_3D") + 3
    assert lines[begin] == "1"
    shape = tuple(int(word) for word in lines[begin + 1].split())
    assert lines[begin + 2].split() == ["0.0"] * 3
    vectors = np.array([line.split() for line in lines[begin + 3 : begin + 6]], dtype=float)
    assert lines[begin + 6] == "BAND: 1"
    end = lines.index("END_BANDGRID_3D")
    values = np.array(" ".join(lines[begin + 7 : end]).split(), dtype=float).reshape(shape)
    return fermi, vectors, values


def test_frmsf(found, tmp_path):
    path = write_frmsf(
        found, tmp_path / "one.frmsf", grid=N, colour=lambda geometry: geometry.group_velocity[:, 0]
    )
    vectors, energies, colours = read_frmsf(path)
    crystal = found.hamiltonian
    np.testing.assert_allclose(vectors, crystal.reciprocal, rtol=1e-10)
    for index in ((0, 0, 0), (1, 0, 3), (4, 2, 1)):
        there = band(crystal, 0).geometry(np.array(index) / N @ vectors)
        assert energies[0][index] == pytest.approx(there.energy[0] + 0.6, abs=1e-8)
        assert colours[0][index] == pytest.approx(there.group_velocity[0, 0], abs=1e-8)


def test_bxsf(found, tmp_path):
    fermi, vectors, values = read_bxsf(write_bxsf(found, tmp_path / "one.bxsf", grid=N))
    assert fermi == -0.6
    assert values.shape == (N + 1,) * 3
    for index in ((0, 0, 0), (1, 0, 3), (5, 2, 1), (2, 5, 5)):
        there = band(found.hamiltonian, 0).geometry(np.array(index) / N @ vectors)
        assert values[index] == pytest.approx(there.energy[0], abs=1e-8)


def test_files_are_of_lattices_that_cross(found, tmp_path):
    flat = wavepacket.fermi_surface(wavepacket.hamiltonians.cosine_band(dimension=2), 0.1)
    with pytest.raises(InputError, match="three dimensions"):
        write_bxsf(flat, tmp_path / "flat.bxsf")
    with pytest.raises(InputError, match="no band crosses"):
        write_frmsf(wavepacket.fermi_surface(found.hamiltonian, 5.0, cells=12), tmp_path / "none.frmsf")


def test_figure_shows_all_triangles_within_the_zone(found):
    figure = fermi_figure(found)
    triangles = figure.axes[0].collections[0]
    assert len(triangles.get_facecolor()) == len(found.bands[0].fine.simplices)
    with pytest.raises(InputError, match="unknown colour"):
        fermi_figure(found, "taste")


def test_command(tmp_path):
    from click.testing import CliRunner

    config = tmp_path / "square.yaml"
    config.write_text("name: square\nmodel: {name: cosine_band, dimension: 2}\n")
    told = CliRunner().invoke(commands, ["fermi", str(config), "--mu", "-0.5 eV", "-o", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "electron" in told.output
    assert (tmp_path / "fermi_square.png").exists()
    told = CliRunner().invoke(commands, ["fermi", str(config), "--mu", "-0.5 eV", "--json"])
    sheet = json.loads(told.stdout)["bands"]["0"]["sheets"][0]
    exact = surface(wavepacket.hamiltonians.cosine_band(dimension=2), -0.5).sheets[0]
    assert sheet["volume"]["value"] == exact.volume.value
    with pytest.raises(InputError, match="--mu is missing"):
        CliRunner().invoke(commands, ["fermi", str(config)], catch_exceptions=False)
    with pytest.raises(InputError, match="numbers of bands"):
        CliRunner().invoke(
            commands, ["fermi", str(config), "--mu", "1 eV", "--bands", "x"], catch_exceptions=False
        )
