"""Progress of long work in a log."""

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
        "packets: 50 of 100, 0.81 a second, about 62 s left",
    ]


def test_what_was_done_before_says_nothing_of_the_time_that_is_left(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.shown_progress("packets") as show:
        show(500, 1000)
        show(900, 1000)
    assert capsys.readouterr().err == "packets: 900 of 1000, 10 a second, about 10 s left\n"


def test_quiet_says_nothing(capsys):
    with progress.shown_progress("packets", quiet=True) as show:
        show(1, 2)
    assert capsys.readouterr().err == ""
