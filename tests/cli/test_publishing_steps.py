"""What is killed before or after any of its publishing steps goes on to the bytes of what was never killed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.steps import dying
from wavepacket import simulation, sweeps
from wavepacket.errors import InputError

FREE = """
name: free
model: {name: parabolic_band, mass_x: MASS m_e}
band: 0
fields: {electric: [1 kV/cm, 0, 0]}
ensemble: {kind: packets, wavevectors: [[0, 0, 0], [0.01, 0, 0]]}
time: {end: 100 fs, saves: 3}
"""
UNCERTAIN = """
name: uncertain
model: {name: cosine_band}
band: 0
fields: {electric: [1e-3]}
ensemble: {kind: fermi_dirac, chemical_potential: 0, temperature: 300 K, number: 64, uncertainty: 5e-3}
time: {end: 20 fs, saves: 3}
integrator: {tolerance: 1e-6}
output: {trajectories: 4}
"""
FIGURE = b"a figure of mine"
AXES = {"fields.electric.x": "1,2 kV/cm"}

Work = Callable[[], object]


def content(folder: Path) -> dict[str, bytes]:
    """All files, and folders too; the journal is a cache, whose lines may come in another order."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
        if path.name != "journal.jsonl"
    }


def refusal(work: Work) -> str:
    """Do some work; return what it is refused with, empty where it is done."""
    try:
        work()
    except InputError as error:
        return str(error)
    return ""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(FREE.replace("MASS", "1"))
    return path


@pytest.fixture
def older(tmp_path):
    path = tmp_path / "older.yaml"
    path.write_text(FREE.replace("MASS", "2"))
    return path


@pytest.fixture
def check(tmp_path, monkeypatch, trials):
    """Kill some work before every step of it, go on in every way, and compare; returns the number of steps.

    In a usual run some of the steps are tried, others in each place; with ``--full`` all of them.
    """

    def killed(
        work: Work, ways: dict[str, Work], start: Path | None = None, first: int = 1, share: int = 4
    ) -> int:
        folder = tmp_path / "work"

        def begin() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            if start is not None:
                shutil.copytree(start, folder)

        begin()
        work()  # once without counting: what is loaded or compiled for the first time makes files of its own
        begin()
        with dying(monkeypatch, 0) as steps:
            work()
        expected, every = content(folder), trials(share, 1)
        gone_on = dict.fromkeys(ways, 0)
        for step in sorted({*range(first, steps.taken + 1, every), steps.taken}):
            for name, way in ways.items():
                begin()
                with dying(monkeypatch, step) as cut:
                    work()
                assert cut.killed
                if said := refusal(way):
                    # What was cut off before it can go on from its folder alone says so, and the same command does it.
                    assert name == "resume", (step, said)
                    assert "begin again" in said or "there is no" in said or "holds no" in said
                    work()
                gone_on[name] += not said
                assert content(folder) == expected, (step, name)
        assert all(gone_on.values())
        return steps.taken

    return killed


def test_a_run(config, tmp_path, check, monkeypatch):
    work = tmp_path / "work"

    def same() -> None:
        sweeps.run(config, work)

    def again() -> None:
        # Once there is something to lose, its replacement has to be asked for.
        if said := refusal(same):
            assert "wavepacket resume" in said
            sweeps.resume(work)

    assert check(same, {"again": again, "resume": lambda: sweeps.resume(work)}) > 25


def test_a_run_in_place_of_another(config, older, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.run(older, start)
    (start / "figure.png").write_bytes(FIGURE)

    def same() -> None:
        sweeps.run(config, work, overwrite=True)

    assert check(same, {"again": same}, start) > 25
    assert (work / "figure.png").read_bytes() == FIGURE


def test_a_run_that_grows_to_an_uncertainty(tmp_path, check):
    config, work = tmp_path / "config.yaml", tmp_path / "work"
    config.write_text(UNCERTAIN)

    def same() -> None:
        sweeps.run(config, work)

    def again() -> None:
        sweeps.run(config, work, overwrite=True)

    assert check(same, {"again": again, "resume": lambda: sweeps.resume(work)}, first=26, share=8) > 45


def test_going_on_with_a_run(config, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.run(config, start)
    for name in ("run.h5", "shards/000000.h5"):
        (start / name).unlink()

    def same() -> None:
        sweeps.resume(work)

    check(same, {"again": same}, start)


def test_a_repair(config, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.run(config, start)
    whole = content(start)
    (start / "shards/000000.h5").write_bytes(b"damaged")
    (start / "resolved.yaml").write_bytes(b"damaged")

    def same() -> None:
        simulation.repair(work)

    check(same, {"again": same}, start)
    assert content(work) == whole


def test_a_sweep(config, tmp_path, check):
    work = tmp_path / "work"

    def same() -> None:
        sweeps.sweep(config, AXES, work)

    assert check(same, {"again": same, "resume": lambda: sweeps.resume_sweep(work)}, share=9) > 60


def test_a_sweep_in_place_of_another(config, older, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.sweep(older, {"fields.electric.x": "1,2,3 kV/cm"}, start)
    (start / "figure.png").write_bytes(FIGURE)

    def same() -> None:
        sweeps.sweep(config, AXES, work, overwrite=True)

    assert check(same, {"again": same}, start, share=17) > 60
    assert (work / "figure.png").read_bytes() == FIGURE
