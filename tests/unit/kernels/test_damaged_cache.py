"""The cache of kernels under damage: what is not bit for bit what was written is compiled anew, and never run."""

import errno
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numba import types
from numba.core import config

from tests.cli.test_full_disk import resize, small_disk, used
from wavepacket.cli.signals import stoppable
from wavepacket.errors import Interrupted
from wavepacket.kernels.jit import decorators as _jit
from wavepacket.kernels.jit import notice
from wavepacket.kernels.jit import store as _store
from wavepacket.kernels.jit.decorators import STORE, kernel

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off")

SIGNATURE = types.float64(types.float64)


def double(x):
    return 2.0 * x + 1.0


def square(x):
    return x * x - 3.0


FUNCTIONS = (double, square)
POINTS = (0.0, 1.5, -7.25)


def values(made):
    """What kernels compute, to be compared with what their functions do as plain Python: the same roundings."""
    return [[one(x) for x in POINTS] for one in made]


EXPECTED = values(FUNCTIONS)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, with a temporary folder of its own to turn to; counts what is compiled."""
    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "cache"


@pytest.fixture
def made(monkeypatch):
    """Have both kernels as a new process would: from the cache or compiled; gives what was said, and how many compiled."""

    def have():
        said, compiled, compile_ = [], [], _jit._compile
        notice.when_damaged(said.append)

        def counted(one, signature):
            compiled.append(one)
            compile_(one, signature)

        with monkeypatch.context() as patch:
            patch.setattr(_jit, "_compile", counted)
            assert values([kernel(SIGNATURE)(function) for function in FUNCTIONS]) == EXPECTED
        return said, len(compiled)

    return have


def files():
    return sorted(STORE.usual.glob("*.kernel"))


def empty(random, file, other):
    file.write_bytes(b"")


def truncated(random, file, other):
    os.truncate(file, random.integers(file.stat().st_size))


def flipped(random, file, other):
    content = bytearray(file.read_bytes())
    position = random.integers(8 * len(content))
    content[position // 8] ^= 1 << position % 8
    file.write_bytes(content)


def garbage(random, file, other):
    file.write_bytes(random.bytes(random.integers(1, 20_000)))


def zeros_at_the_end(random, file, other):
    """What a power cut leaves where only the length was on the disk."""
    content = file.read_bytes()
    kept = random.integers(len(content))
    file.write_bytes(content[:kept] + bytes(len(content) - kept))


def exchanged(random, file, other):
    content = file.read_bytes()
    file.write_bytes(other.read_bytes())
    other.write_bytes(content)


def copied(random, file, other):
    file.write_bytes(other.read_bytes())


def foreign(random, file, other):
    """The same kernel of another state of the sources, sound in itself, under this one's name."""
    content = file.read_bytes()[_store._HEAD :]
    STORE.save("foreign", "f" * 64, content)
    (STORE.usual / "foreign-ffffffffffffffff.kernel").rename(file)


def longer(random, file, other):
    file.write_bytes(file.read_bytes() + b"\0")


def pipe(random, file, other):
    file.unlink()
    os.mkfifo(file)


DAMAGES = (
    empty, truncated, flipped, garbage, zeros_at_the_end, exchanged, copied, foreign, longer, pipe,
)  # fmt: skip


def test_damaged_files_are_compiled_anew_and_that_is_said_once(cache, made, trials):
    random = np.random.default_rng(1)
    assert made() == ([], 2)
    assert made() == ([], 0)
    for trial in range(trials(len(DAMAGES), 200)):
        file, other = random.permutation(files())
        damage = DAMAGES[trial % len(DAMAGES)]
        damage(random, file, other)
        said, compiled = made()
        assert len(said) == 1, damage
        assert "damaged" in said[0]
        assert compiled == (2 if damage is exchanged else 1), damage
        assert STORE.unusable() == [], damage
        assert made() == ([], 0), damage


def test_another_state_of_the_sources_is_another_kernel(cache, made, monkeypatch):
    made()
    monkeypatch.setattr(_jit, "SOURCE_HASH", "another")
    assert made() == ([], 2)


def no_room(*places):
    """Refuse to write anything in some folders, as a full disk does."""
    write = _store._write

    def refusing(path, content):
        if any(place in path.parents for place in places):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    return refusing


def test_a_full_cache_disk_stops_nothing_and_there_is_one_spare_folder_for_a_user(cache, made, monkeypatch):
    monkeypatch.setattr(_store, "_write", no_room(cache))
    assert made() == ([], 2)
    assert made() == ([], 0)
    assert files() == []
    (spare,) = Path(tempfile.gettempdir()).iterdir()
    assert spare == _store.spare_root()
    assert spare.stat().st_mode & 0o777 == 0o700
    assert len(list((spare / STORE.name).glob("*.kernel"))) == 2
    monkeypatch.setattr(_store, "_write", no_room(cache, spare))
    for file in (spare / STORE.name).iterdir():
        file.unlink()
    assert made() == ([], 2)  # kept nowhere, and yet they work


def test_a_filled_cache_that_cannot_be_written_is_used(cache, made, monkeypatch):
    made()
    open_ = os.open

    def read_only(path, flags, *more, **options):
        if flags & os.O_CREAT and str(path).startswith(str(cache)):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return open_(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", read_only)
    assert made() == ([], 0)
    os.truncate(files()[0], 100)
    said, compiled = made()
    assert (len(said), compiled) == (1, 1)
    assert made() == ([], 0)  # the sound one is in the spare folder now
    assert STORE.found[_store.spare_root() / STORE.name] > 0


def filled(disk, free=0):
    """Leave so many bytes of a small disk free."""
    resize(disk, 1 << 24)
    (disk / "rubbish").write_bytes(bytes(1 << 20))
    resize(disk, used(disk) + free)


PAGE = 4096


@pytest.mark.parametrize("pages", [0, 1, 3, 6, 12])
def test_a_cache_on_a_disk_that_is_really_full(cache, made, pages):
    """From nothing on: the folder, a first kernel, or one of both may fit; the others are kept in the spare folder."""
    with small_disk(cache):
        filled(cache, PAGE * pages)
        assert made() == ([], 2)
        assert made() == ([], 0)
        spare = _store.spare_root() / STORE.name
        kept = {file.name for folder in (STORE.usual, spare) for file in folder.glob("*.kernel")}
        assert len(kept) == 2
        assert not [*cache.rglob("*.part"), *spare.glob("*.part")]
        assert STORE.unusable() == []
        assert pages > 0 or not files()


def test_without_room_on_any_disk_kernels_work_and_are_kept_nowhere(cache, made, monkeypatch):
    with small_disk(cache):
        (cache / "temporary").mkdir()
        filled(cache)
        monkeypatch.setattr(tempfile, "tempdir", str(cache / "temporary"))
        assert made() == ([], 2)
        assert made() == ([], 2)
        assert not [file for file in cache.rglob("*") if file.suffix in (".kernel", ".part")]


def remount(disk, how):
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def test_a_cache_on_a_disk_that_is_really_read_only(cache, made):
    with small_disk(cache):
        remount(cache, "ro")
        assert made() == ([], 2)  # an empty one: both are in the spare folder now
        assert made() == ([], 0)
        (spare,) = Path(tempfile.gettempdir()).iterdir()
        assert len(list((spare / STORE.name).glob("*.kernel"))) == 2
        remount(cache, "rw")
        for file in (spare / STORE.name).iterdir():
            file.unlink()
        assert made() == ([], 2)
        remount(cache, "ro")
        assert len(files()) == 2
        assert made() == ([], 0)  # a filled one is read
        assert list((spare / STORE.name).iterdir()) == []
        remount(cache, "rw")
        os.truncate(files()[0], 100)
        remount(cache, "ro")
        said, compiled = made()
        assert (len(said), compiled) == (1, 1)
        assert made() == ([], 0)


def test_a_spare_folder_that_others_can_write_is_not_used(cache, made, monkeypatch):
    monkeypatch.setattr(_store, "_write", no_room(cache))
    _store.spare_root().mkdir()
    _store.spare_root().chmod(0o777)
    assert made() == ([], 2)
    assert made() == ([], 2)
    assert list(_store.spare_root().iterdir()) == []


@pytest.fixture
def no_end(monkeypatch):
    """A process that was asked to stop ends itself some seconds later, but not that of these tests."""
    monkeypatch.setattr("wavepacket.cli.signals._end_in_time", lambda reader, cure: None)


@pytest.mark.usefixtures("no_end")
def test_a_signal_waits_for_the_compiler(cache, monkeypatch):
    """It comes when a kernel is begun; the kernel is whole and in the cache when it is obeyed."""
    monkeypatch.setattr(notice, "_calls", [lambda: os.kill(os.getpid(), signal.SIGTERM)])
    with pytest.raises(Interrupted, match="SIGTERM"), stoppable():
        kernel(SIGNATURE)(double)
    assert len(files()) == 1


@pytest.mark.usefixtures("no_end")
def test_what_a_library_makes_of_a_signal_is_that_signal(tmp_path):
    """Compilers and importers turn an exception in their midst into errors of their own."""

    def compiler():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Interrupted as error:
            raise RuntimeError("lowering failed") from error

    with pytest.raises(Interrupted, match="SIGTERM"), stoppable():
        compiler()
    with pytest.raises(RuntimeError, match="nothing to do with it"), stoppable():
        raise RuntimeError("nothing to do with it")


def test_deleting_while_reading_is_harmless(cache, made):
    made()
    for file in files():
        with suppress(OSError):
            file.unlink()
    assert made() == ([], 2)
