"""What is kept of the shipped configs for the gallery belongs to these configs, and each picture has a command."""

import pytest

from docs.pictures import OTHERS
from docs.shipped import FIGURES, SEEN, shipped

CONFIGS = shipped()


def test_each_picture_is_made_by_the_one_command():
    made = {*OTHERS} | {shown.figure.name for shown in CONFIGS}
    assert {file.name for file in FIGURES.iterdir() if file.suffix != ".txt"} <= made
    assert {file.stem for file in FIGURES.glob("*.txt")} == {
        shown.name for shown in CONFIGS if shown.figure.exists()
    }


def test_each_config_has_a_sentence_on_its_figure():
    assert set(SEEN) == {shown.name for shown in CONFIGS}


@pytest.mark.parametrize("shown", CONFIGS, ids=lambda shown: shown.name)
def test_words_that_are_kept_are_about_the_headline_of_the_config(shown):
    """An exact value that was changed since, or a number that left its exact value, needs the pictures to be made again."""
    if not shown.words.exists() or shown.command[0] == "orbits":
        pytest.skip("nothing is kept of this config, or it is not its headline that is")
    lines = shown.words.read_text(encoding="utf-8").splitlines()
    headline = shown.sections.get("headline", {})
    for name in headline:
        exact = headline[name] if isinstance(headline, dict) else None
        found = [line for line in lines if line.partition(" ")[0].rstrip(":") == name]
        assert not any("DIFFERS" in line for line in found)
        if exact is not None:  # without one, it may be for another command
            (line,) = found
            told = float(line.partition("exact: ")[2].partition(",")[0])
            assert told == pytest.approx(float(exact), rel=1e-9)
