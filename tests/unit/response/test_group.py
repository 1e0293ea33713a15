"""Filled groups of bands: printed values, one band, and what is inside of them left out."""

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import build_hamiltonian
from wavepacket.observables import package_observables
from wavepacket.response.group import filled_group
from wavepacket.units import BOHR_MAGNETON, E_OVER_HBAR


def group_of(model, bands, mu=(0.0,), uncertainty=1e-6, **sections):
    config = config_from_mapping({"name": "t", "model": model, "bands": bands, **sections})
    found = filled_group(
        config, build_hamiltonian(config), np.array(mu), uncertainty=uncertainty, points=100_000
    )
    return package_observables("response", found)


@pytest.mark.parametrize(
    ("model", "mu", "magnetization", "chern"),
    [
        ({"staggered": 2.0, "phi": 0.25 * np.pi}, 0.0, -0.00511647, 0),
        ({"staggered": 1.0, "phi": 0.3 * np.pi}, -0.5878, -0.025747, 1),
    ],
)
def test_one_band_has_the_printed_magnetization(model, mu, magnetization, chern):
    """Haldane's model with bond 1, M in (e/ħ) eV per area; its slope is C/2π."""
    model = {"name": "haldane", "t1": 1.0, "t2": 1 / 3, "lattice_constant": 3**0.5, **model}
    found = group_of(model, [0], mu=[mu, mu + 0.1])
    area = 3 * 3**0.5 / 2
    m = found["group_orbital_magnetization"].value[:, 2] * BOHR_MAGNETON / E_OVER_HBAR / area
    assert m[0] == pytest.approx(magnetization, abs=1e-5 if chern else 6e-9)
    assert m[1] - m[0] == pytest.approx(0.1 * chern / (2 * np.pi), abs=1e-9)
    assert found["group_chern_number"].value == chern
    assert found["group_hall_conductivity"].value[0, 1] == pytest.approx(-chern, abs=1e-6)


def test_all_bands_together_do_nothing():
    """Pairs of a band inside and one outside count with opposite sign for both groups, those inside not at all."""
    two, one = (group_of({"name": "kagome", "flux": 1.0}, bands, mu=[0.3]) for bands in ([0, 1], [2]))
    for name in ("group_hall_conductivity", "group_orbital_magnetization"):
        assert np.abs(one[name].value).max() > 0.1
        assert two[name].value == pytest.approx(-one[name].value, abs=1e-6)
    assert two["group_chern_number"].value == -one["group_chern_number"].value


def test_spin_hall_conductivity_without_conserved_spin():
    """−1.98974 by numpy on a grid of 120²; charge does not flow."""
    model = {"name": "kane_mele", "rashba": 0.05, "staggered": 0.0}
    found = group_of(model, [0, 1], uncertainty=0.05, internal={"spin": "1/2"})
    assert found["group_spin_hall_conductivity"].value[0, 1] == pytest.approx(-1.98974, abs=1e-3)
    assert found["group_hall_conductivity"].value == pytest.approx(np.zeros((3, 3)), abs=1e-9)
    assert "group_spin_hall_conductivity" not in group_of(model, [0, 1], uncertainty=0.1)


def test_groups_that_touch_others_are_refused():
    with pytest.raises(ConfigError, match=r"bands: bands 1 and 0 touch|bands: bands 0 and 1 touch"):
        group_of({"name": "kane_mele", "rashba": 0, "staggered": 0}, [0])
