"""Tables on disk: found again by content, never believed when damaged, never in the way."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from wavepacket.bands import table, table_cache
from wavepacket.hamiltonians import LatticeHamiltonian, haldane

GRID = (16, 12)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path / "tables"))
    return tmp_path / "tables"


def made(model, index=0, **options):
    lines = []
    band = table(model, index, report=lines.append, **({"grid": GRID} | options))
    return band, not any("kept on disk" in line for line in lines)


def test_the_second_time_it_is_read(folder):
    (first, built), (second, again) = made(haldane()), made(haldane())
    assert (built, again) == (True, False)
    np.testing.assert_array_equal(first.reals, second.reals)
    np.testing.assert_array_equal(first.integers, second.integers)
    assert (first.facts, first.notes) == (second.facts, second.notes)
    assert second.reals.ctypes.data % 64 == first.reals.ctypes.data % 64
    assert [file.suffix for file in folder.iterdir()] == [".table"]


def test_whatever_changes_the_numbers_makes_another_table(folder):
    model = haldane()
    elements = LatticeHamiltonian.from_hoppings(
        model.lattice[:2],
        list(zip(model.cells.tolist(), model.hoppings, strict=True)),
        positions=model.positions,
        position_matrices={(0, 0): np.zeros((3, 2, 2)), (1, 0): np.full((3, 2, 2), 0.01)},
    )
    makings = [
        made(model), made(haldane(t2=0.11)), made(model, 1), made(model, grid=(12, 16)),
        made(model, grid=None, accuracy=1e-2), made(model, grid=None, accuracy=2e-2),
        made(elements), made(elements, position_elements=False),
    ]  # fmt: skip
    assert all(built for _, built in makings)
    assert len(list(folder.iterdir())) == len(makings)


@pytest.mark.parametrize("where", [0.0, 0.02, 0.5, 0.999])
def test_a_damaged_file_is_built_anew(folder, where):
    first, _ = made(haldane())
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[int(where * len(data))] ^= 1
    file.write_bytes(data)
    second, built = made(haldane())
    assert built
    np.testing.assert_array_equal(first.reals, second.reals)
    assert not made(haldane())[1]


@pytest.mark.parametrize("word", ["table_error_energy", "largest relative error", "sha256 of the table"])
def test_what_is_said_of_a_table_is_checked_too(folder, word):
    """A changed digit or letter in the facts and notes beside the numbers."""
    first, _ = made(haldane())
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    place = data.index(word.encode()) + len(word) + 4
    data[place] ^= 1
    file.write_bytes(data)
    second, built = made(haldane())
    assert built
    assert (second.facts, second.notes) == (first.facts, first.notes)


def test_pruning_leaves_what_can_be_used(monkeypatch, folder):
    made(haldane())
    (ours,) = folder.iterdir()
    with monkeypatch.context() as other:
        other.setattr(table_cache, "_code", lambda: "another version")
        made(haldane(), 1)
    (folder / "damaged.table").write_bytes(b"\xff\n")
    for name, age in (("tmpold.part", 7200), ("tmpnew.part", 5), ("download.part", 7200)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    (folder / "notes.txt").write_text("not a table")
    assert [one.usable for one in table_cache.kept()].count(True) == 1
    gone = table_cache.prune()
    assert len(gone) == 3
    assert {file.name for file in folder.iterdir()} == {
        ours.name,
        "tmpnew.part",
        "download.part",
        "notes.txt",
    }
    assert not made(haldane())[1]


def test_nothing_to_prune(folder):
    assert table_cache.kept() == table_cache.prune() == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\n", b"[1]\n", b"{}\n", b'{"key": 1, "count": "x"}\n12345678']
)
def test_a_file_that_is_something_else_is_built_anew(folder, content):
    made(haldane())
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert made(haldane())[1]


def test_a_truncated_file_is_built_anew(folder):
    made(haldane())
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-8])
    assert made(haldane())[1]


def test_a_folder_that_cannot_be_made_does_no_harm(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path / "file" / "tables"))
    assert made(haldane())[1]
    assert made(haldane())[1]


def test_the_usual_place(monkeypatch, tmp_path):
    """Beside the compiled kernels, in the folder that XDG_CACHE_HOME names."""
    for name in ("WAVEPACKET_TABLE_DIR", "WAVEPACKET_CACHE_DIR", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert table_cache.folder() == tmp_path / "wavepacket" / "tables"


@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_plain_file_is_no_table(monkeypatch, tmp_path, put):
    """A pipe nobody writes into would be waited for, for ever."""
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path))
    put(tmp_path / "key.table")
    assert table_cache.load("key") is None
    assert [one.usable for one in table_cache.kept()] == [False]
