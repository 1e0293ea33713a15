"""What is killed before or after any of its publishing steps goes on to the bytes of what was never killed.

Run with ``-rP`` to read how many steps and states each kind of work has.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from numba.core.config import DISABLE_JIT
from numba.types import float64

from tests.cli.steps import Steps, observed
from tests.old_format import FOLDER, read_format_0
from wavepacket import simulation, sweeps
from wavepacket.bands import table, table_cache
from wavepacket.errors import InputError
from wavepacket.hamiltonians import haldane
from wavepacket.kernels.jit import decorators as _jit
from wavepacket.kernels.jit import store as _store
from wavepacket.kernels.jit.decorators import STORE, kernel
from wavepacket.runs import READERS, migrate, verify
from wavepacket.sweeps.verification import repair_sweep

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
ensemble: {kind: fermi_dirac, chemical_potential: 0, temperature: 300 K, number: 64, uncertainty: 1.2e-2}
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
    """Do some work, and go on in every way from each state that a kill would have left; compare; returns the steps.

    In a usual run a few of the states are tried, evenly; with ``--full`` all of them.
    """

    def gone_on(work: Work, ways: dict[str, Work], start: Path | None = None, few: int = 4) -> Steps:
        folder = tmp_path / "work"

        def begin(state: Path | None) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            if state is not None and state.exists():
                shutil.copytree(state, folder)

        begin(start)
        work()  # first unobserved: what is loaded or compiled for the first time makes files of its own
        begin(start)
        with observed(monkeypatch, folder, tmp_path / "states") as steps:
            work()
        expected, number = content(folder), len(steps.states)
        done = dict.fromkeys(ways, 0)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here
            for state in chosen(number, trials(few, number)):
                for name, way in ways.items():
                    begin(steps.states[state])
                    if said := refusal(way):
                        # What was cut off before it can go on from its folder alone says so; the same command does it.
                        assert name == "resume", (state, said)
                        assert "begin again" in said or "there is no" in said or "holds no" in said
                        work()
                    done[name] += not said
                    assert content(folder) == expected, (state, name)
        assert all(done.values())
        print(f"{steps.taken} steps, {number} states, gone on with {done}")
        return steps

    return gone_on


def chosen(number: int, wanted: int) -> list[int]:
    """Numbers below another, evenly, the last among them."""
    return sorted({number - 1 - number * i // wanted for i in range(wanted)})


def test_a_run(config, tmp_path, check, monkeypatch):
    work = tmp_path / "work"

    def same() -> None:
        sweeps.run(config, work)

    def again() -> None:
        # Once there is something to lose, its replacement has to be asked for.
        if said := refusal(same):
            assert "wavepacket resume" in said
            sweeps.resume(work)

    assert check(same, {"again": again, "resume": lambda: sweeps.resume(work)}).taken > 25


@pytest.mark.full
def test_a_run_in_place_of_another(config, older, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.run(older, start)
    (start / "figure.png").write_bytes(FIGURE)

    def same() -> None:
        sweeps.run(config, work, overwrite=True)

    assert check(same, {"again": same}, start).taken > 25
    assert (work / "figure.png").read_bytes() == FIGURE


@pytest.mark.full
def test_a_run_that_grows_to_an_uncertainty(tmp_path, check):
    config, work = tmp_path / "config.yaml", tmp_path / "work"
    config.write_text(UNCERTAIN)

    def same() -> None:
        sweeps.run(config, work)

    def again() -> None:
        sweeps.run(config, work, overwrite=True)

    assert check(same, {"again": again, "resume": lambda: sweeps.resume(work)}, few=2).taken > 45


def test_going_on_with_a_run(config, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.run(config, start)
    for name in ("run.h5", "shards/000000.h5"):
        (start / name).unlink()

    def same() -> None:
        sweeps.resume(work)

    check(same, {"again": same}, start)


@pytest.mark.full
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


@pytest.mark.full
def test_a_sweep(config, tmp_path, check):
    work = tmp_path / "work"

    def same() -> None:
        sweeps.sweep(config, AXES, work)

    assert check(same, {"again": same, "resume": lambda: sweeps.resume_sweep(work)}, few=2).taken > 60


@pytest.mark.full
def test_a_sweep_in_place_of_another(config, older, tmp_path, check):
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.sweep(older, {"fields.electric.x": "1,2,3 kV/cm"}, start)
    (start / "figure.png").write_bytes(FIGURE)

    def same() -> None:
        sweeps.sweep(config, AXES, work, overwrite=True)

    assert check(same, {"again": same}, start, few=2).taken > 60
    assert (work / "figure.png").read_bytes() == FIGURE


@pytest.mark.full
def test_a_repair_of_a_sweep(config, tmp_path, check):
    """Its tables told of the damage; they do so no more, whenever the repair was killed."""
    start, work = tmp_path / "start", tmp_path / "work"
    sweeps.sweep(config, AXES, start)
    whole = content(start)
    (start / "points/000000/shards/000000.h5").write_bytes(b"damaged")
    (start / "points/000001/resolved.yaml").write_bytes(b"damaged")
    assert sweeps.sweep(config, AXES, start).failed == 2
    assert content(start)["index.csv"] != whole["index.csv"]

    def same() -> None:
        repair_sweep(work)

    check(same, {"again": same}, start, few=2)
    assert content(work) == whole


def test_a_repair_completes_one_that_was_killed_in_its_last_steps(config, tmp_path):
    """Nothing is damaged any more then, but for unfinished files and tables that told of the damage, which are named."""
    run, swept, name = tmp_path / "run", tmp_path / "swept", f".run.h5.{'0' * 16}.part"
    sweeps.run(config, run)
    sweeps.sweep(config, AXES, swept)
    whole = content(run), content(swept)
    for file in (run / name, swept / "points/000001" / name, swept / "points/000001/shards" / name):
        file.write_bytes(b"unfinished")
    (swept / "index.csv").write_text("damaged")
    assert simulation.repair(run) == []
    assert [damage.file for damage in repair_sweep(swept)] == ["index.csv"]
    assert (content(run), content(swept)) == whole


def test_a_migration(tmp_path, check, monkeypatch):
    monkeypatch.setitem(READERS, 0, read_format_0)
    target = tmp_path / "work" / "new"

    def same() -> None:
        migrate(FOLDER, target)

    def again() -> None:
        # There is something in its place only once all is there.
        if said := refusal(same):
            assert "is there already" in said
            assert verify(target) == []

    assert check(same, {"again": again}).taken > 40


@pytest.fixture
def without_leftovers(monkeypatch):
    """Have what was begun long ago, and will not be finished, deleted as ``doctor --prune`` does it."""
    for module in (table_cache, _store):
        monkeypatch.setattr(module, "_WRITING", -1.0)

    def then(work: Work) -> Work:
        def done() -> None:
            work()
            table_cache.prune()
            STORE.prune()

        return done

    return then


def test_a_table_of_a_band(tmp_path, check, monkeypatch, without_leftovers):
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path / "work" / "tables"))

    def same() -> None:
        assert table(haldane(), 0, grid=(12, 12)).kind == "table"

    assert check(same, {"again": without_leftovers(same)}, few=3).taken >= 4


@pytest.mark.skipif(bool(DISABLE_JIT), reason="compilation is switched off")
def test_a_compiled_kernel_in_the_cache(tmp_path, check, monkeypatch, without_leftovers):
    """A compiler numbers the functions of a process, so what is written is always what the first compilation gave."""
    written, dumps = [], _jit.dumps

    def first(made: object) -> bytes:
        written.append(dumps(made))
        return written[0]

    monkeypatch.setattr(_jit, "dumps", first)
    signature = float64(float64)
    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path / "work"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def same() -> None:
        made = kernel(signature)(_double)
        assert [made(x) for x in (0.0, 1.5, -7.25)] == [1.0, 4.0, -13.5]

    assert check(same, {"again": without_leftovers(same)}, few=3).taken >= 5


def _double(x):
    return 2.0 * x + 1.0
