"""Spins of bands along a path and over the zone."""

import csv

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.bandstructure.maps import zone_map
from wavepacket.bandstructure.path import band_path
from wavepacket.bandstructure.spins import spin_vectors
from wavepacket.errors import InputError
from wavepacket.hamiltonians import haldane, in_magnetic_field, kane_mele, rashba_ferromagnet
from wavepacket.plots import plot_bands


def test_rashba_spins_turn_around_the_momentum():
    """⟨S⟩ = ±½ d/|d| of d = (α sin k_y, −α sin k_x, M), the lower band against d."""
    crystal = rashba_ferromagnet(rashba=1.0, exchange=0.1, lattice_constant=5.0)
    k = np.random.default_rng(1).uniform(-0.5, 0.5, (20, 3)) * [1, 1, 0]
    d = np.stack([np.sin(5 * k[:, 1]) / 5, -np.sin(5 * k[:, 0]) / 5, np.full(20, 0.1)], axis=1)
    expected = 0.5 * d / np.linalg.norm(d, axis=1)[:, None]
    found = spin_vectors(crystal, k)
    assert found[:, 1] == pytest.approx(expected, abs=1e-12)
    assert found[:, 0] == pytest.approx(-expected, abs=1e-12)


def test_pairs_have_no_spin_until_a_field_splits_them():
    crystal = kane_mele(rashba=0.0, staggered=0.0)
    k = np.array([[0.2, 0.1, 0.0]])
    assert np.abs(spin_vectors(crystal, k)).max() < 1e-15
    # Bands closer than 1 meV everywhere count as one level: a strong field.
    split = spin_vectors(in_magnetic_field(crystal, [0, 0, 1000.0], 2.0), k)
    assert split[0, :, 2] == pytest.approx([-0.5, 0.5, -0.5, 0.5], abs=1e-12)


def test_bands_that_touch_have_none():
    found = spin_vectors(kane_mele(rashba=0.0), np.zeros((1, 3)))  # pairs of opposite spin meet at Γ
    assert np.isnan(found).all()


def test_along_a_path(tmp_path):
    crystal = kane_mele(rashba=0.0, staggered=0.1)
    path = band_path(crystal, "G K", 20, component="z", threads=1)
    assert np.abs(path.spin[1:-1]) == pytest.approx(0.5)
    assert path.as_json()["spin"]["unit"] == "hbar"
    path.write_csv(tmp_path / "p.csv")
    rows = list(csv.reader((tmp_path / "p.csv").open()))
    assert rows[0][-1] == "spin_z (hbar)"
    assert float(rows[5][-1]) == path.spin[1, 0]
    plot_bands(path, colour="spin")


def test_over_the_zone():
    crystal = rashba_ferromagnet()
    found = zone_map(band(crystal, 0), "spin", 12, component="x")
    expected = spin_vectors(crystal, found.k.reshape(-1, 3))[:, 0, 0]
    assert found.values.ravel() == pytest.approx(expected)
    assert (found.unit, found.label) == ("hbar", r"$\langle S_x\rangle$")


def test_crystals_without_spin_keep_their_files(tmp_path):
    path = band_path(haldane(), "G K", 5, threads=1)
    path.write_csv(tmp_path / "p.csv")
    assert "spin" not in (tmp_path / "p.csv").read_text()
    assert "spin" not in path.as_json()
    with pytest.raises(InputError, match="spin of this crystal is not known"):
        plot_bands(path, colour="spin")
