"""A config that is right, and a way to write files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wavepacket.config import Config, load_config
from wavepacket.errors import ConfigError

GOOD = """\
version: 1
name: haldane_hall
model: {name: haldane, t1: 1 eV, t2: 0.1 eV, phi: 90 deg}
band: 0
fields: {electric: [1 kV/cm, 0, 0], magnetic: [0, 0, 2 T]}
ensemble: {kind: filled_band, grid: [96, 96]}
time: {end: 2 ps, saves: 201}
"""

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return a function that loads the good config with replacements (old text, new text) and overrides."""

    def loaded(*changes: tuple[str, str], overrides: tuple[str, ...] = (), text: str = GOOD) -> Config:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "c.yaml"
        file.write_text(text, encoding="utf-8")
        return load_config(file, overrides)

    return loaded


@pytest.fixture
def problems_of(load: Load, tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that gives the lines of the ConfigError that a changed config raises."""

    def lines(*changes: tuple[str, str], overrides: tuple[str, ...] = (), text: str = GOOD) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(*changes, overrides=overrides, text=text)
        return str(caught.value).replace(f"{tmp_path}/", "").split("\n")

    return lines
