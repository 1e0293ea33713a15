"""Progress of long work in a log."""

import gc

import pytest

from wavepacket.cli import progress


def test_lines_name_the_time_that_is_left_once_it_is_known(capsys, monkeypatch):
    """Before anything is done there is nothing to judge by."""
    clock = iter([0.0, 10.0, 31.0, 62.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.shown_progress("packets") as show:
        show(0, 100)
        show(0, 100)
        show(50, 100)
    assert capsys.readouterr().err.splitlines() == [
        "packets: 0 of 100",
        "packets: 50 of 100, about 62 s left",
    ]


def test_quiet_says_nothing(capsys):
    with progress.shown_progress("packets", quiet=True) as show:
        show(1, 2)
    assert capsys.readouterr().err == ""


def test_garbage_is_collected_as_usual_once_work_begins():
    usual, shown = gc.get_threshold(), []
    with progress.starting(lambda *numbers: shown.append(numbers)) as show:
        assert gc.get_threshold() > usual
        show(0, 3)
        assert gc.get_threshold() == usual
    assert shown == [(0, 3)]
    with pytest.raises(KeyError), progress.starting(print):
        raise KeyError
    assert gc.get_threshold() == usual
