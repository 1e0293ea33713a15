"""What a config asks of a crystal that has too few dimensions, or other valleys, is refused with its place."""

import pytest

from wavepacket.config import load_config
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import build_hamiltonian, open_config

_CONFIG = """name: fits
model: {name: haldane}
band: 0
ensemble: ENSEMBLE
time: {end: 1 fs, saves: 2}
"""


@pytest.mark.parametrize(
    ("ensemble", "message"),
    [
        ("{kind: zone, grid: [4, 4, 4]}", "4:30: ensemble.grid: a 2D crystal needs 2 number(s), not 3"),
        ("{kind: filled_band, grid: [4]}", "4:37: ensemble.grid: a 2D crystal needs 2 number(s), not 1"),
        (
            "{kind: packets, wavevectors: [[0.1, 0, 0], [0, 0, 0.1]]}",
            "4:54: ensemble.wavevectors[1]: a 2D crystal has no k_z: write 2 number(s)",
        ),
        (
            "{kind: gaussian, center: [0, 0, 1], width: 0.1, number: 5}",
            "4:36: ensemble.center: a 2D crystal has no k_z: write 2 number(s)",
        ),
        (
            "{kind: gaussian, valley: M, width: 0.1, number: 5}",
            "4:36: ensemble.valley: no valley 'M'; this model has: K, K'",
        ),
    ],
)
def test_what_does_not_fit_has_its_place(tmp_path, ensemble, message):
    file = tmp_path / "c.yaml"
    file.write_text(_CONFIG.replace("ENSEMBLE", ensemble), encoding="utf-8")
    config = load_config(file)
    with pytest.raises(ConfigError) as caught:
        build_hamiltonian(config)
    assert str(caught.value) == f"{file}:{message}"


def test_valleys_of_the_config_win_over_those_of_the_model(tmp_path):
    file = tmp_path / "c.yaml"
    text = _CONFIG.replace("ENSEMBLE", "{kind: gaussian, valley: A, width: 0.1, number: 5}")
    file.write_text(text + "valleys: {A: [0.5, 0]}\n", encoding="utf-8")
    config = load_config(file)
    build_hamiltonian(config)


def test_a_table_has_an_axis_for_each_dimension(tmp_path):
    file = tmp_path / "c.yaml"
    text = _CONFIG.replace("band: 0", "band: {index: 0, source: table, grid: [8]}")
    file.write_text(text.replace("ENSEMBLE", "{kind: zone, number: 5}"), encoding="utf-8")
    config = load_config(file)
    with pytest.raises(ConfigError, match=r"band\.grid: a 2D crystal needs 2"):
        build_hamiltonian(config)


def test_what_does_not_fit_is_told_with_what_the_schema_refuses(tmp_path):
    file = tmp_path / "c.yaml"
    text = _CONFIG.replace("band: 0", "band: 2").replace("ENSEMBLE", "{kind: zone, grid: [4]}")
    file.write_text(text + "fields: {magnetic: [0, 0, 1 X]}\nlimits: {gapp: 1}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        open_config(file)
    assert str(caught.value).splitlines() == [
        f"{file}:3:7: band: band 2 does not exist: haldane has bands 0 to 1",
        f"{file}:4:30: ensemble.grid: a 2D crystal needs 2 number(s), not 1",
        f"{file}:6:27: fields.magnetic[2]: unknown unit 'X'",
        f"{file}:7:10: limits.gapp: unknown key 'gapp'; did you mean 'gap'?",
    ]


def test_where_the_ensemble_is_wrong_the_crystal_is_looked_at_alone(tmp_path):
    file = tmp_path / "c.yaml"
    text = _CONFIG.replace("haldane", "haldane, phi: 1 eV").replace("ENSEMBLE", "{kind: zone, grid: many}")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        open_config(file)
    assert [one.path for one in caught.value.problems] == ["model.phi", "ensemble.grid"]
