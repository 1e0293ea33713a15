"""HDF5 files made to do harm: with a right seal, under a right name, and still refused at once."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.work import Work
from wavepacket.errors import InputError
from wavepacket.runs import finished_shards, open_run, read_description, verify
from wavepacket.runs.durable import SEAL_BYTES, read_seal, write_sealed
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.shard import read_shard

Change = Callable[[h5py.File], object]


def _replace(name: str, **options: Any) -> Change:
    """Return a change that puts another dataset in place of one."""

    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file.create_dataset(name, **options)

    return change


def _link(name: str, link: Any) -> Change:
    """Return a change that puts a link in place of a dataset."""

    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file[name] = link if not isinstance(link, str) else file[link]

    return change


def _virtual(source: str, name: str = "weight") -> Change:
    """Return a change that puts a virtual dataset in place of one."""

    def change(file: h5py.File) -> None:
        layout = h5py.VirtualLayout(shape=(6,), dtype="<f8")
        layout[:] = h5py.VirtualSource(source, "weight", shape=(6,))
        del file[name]
        file.create_virtual_dataset(name, layout)

    return change


def _many_links(file: h5py.File) -> None:
    for index in range(20_000):
        file[f"x{index}"] = h5py.SoftLink("/weight")


def _null(file: h5py.File) -> None:
    del file["weight"]
    file.create_dataset("weight", data=h5py.Empty("<f8"))


def _attribute(name: str, value: Any, **options: Any) -> Change:
    """Return a change of an attribute of the file."""

    def change(file: h5py.File) -> None:
        file.attrs.create(name, value, **options)

    return change


SIGNATURE = b"\x89HDF\r\n\x1a\n"
CHECKED = {"fletcher32": True}
HOSTILE: dict[str, Change] = {
    "external link": _link("weight", h5py.ExternalLink("/etc/hostname", "/")),
    "external link to a shard": _link("weight", h5py.ExternalLink("000000.h5", "/weight")),
    "external link beside": _link("extra", h5py.ExternalLink("/etc/hostname", "/")),
    "soft link": _link("weight", h5py.SoftLink("/valley")),
    "soft link loop": _link("weight", h5py.SoftLink("/weight")),
    "soft link loop of groups": _link("diagnostics", h5py.SoftLink("/diagnostics/diagnostics")),
    "two names": _link("replica", "band"),
    "group in itself": _link("diagnostics", "/"),
    "group in a group": lambda file: file.create_group("sums/more/and/more"),
    "group for a dataset": lambda file: (file.pop("weight"), file.create_group("weight")),
    "type for a dataset": lambda file: (file.pop("weight"), file.__setitem__("weight", np.dtype("<f8"))),
    "many links": _many_links,
    "external storage": _replace("weight", shape=(6,), dtype="<f8", external=[("/etc/passwd", 0, 48)]),
    "external storage of all": _replace(
        "weight", shape=(6,), dtype="<f8", external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)]
    ),
    "virtual": _virtual("000000.h5"),
    "virtual outside": _virtual("/etc/hostname"),
    "size bomb in chunks": _replace(
        "position", shape=(10**12, 5, 3), dtype="<f8", chunks=(1000, 5, 3), **CHECKED
    ),
    "size bomb in tiny chunks": _replace("weight", shape=(10**15,), dtype="<f8", chunks=(1,), **CHECKED),
    "size bomb in one piece": _replace("weight", shape=(10**12,), dtype="<f8"),
    "chunks never written": _replace("weight", shape=(6,), dtype="<f8", chunks=(2,), **CHECKED),
    "compression bomb": _replace(
        "weight", data=np.zeros(10**7), chunks=(10**6,), compression="gzip", **CHECKED
    ),
    "no checksum": _replace("weight", data=np.zeros(6), chunks=(6,)),
    "contiguous": _replace("weight", data=np.zeros(6)),
    "growing": _replace("weight", data=np.zeros(0), maxshape=(None,), chunks=(6,), **CHECKED),
    "scalar": _replace("weight", data=1.0),
    "null": _null,
    "variable text": _replace("weight", data=["a"] * 6, dtype=h5py.string_dtype()),
    "object reference": _replace("weight", shape=(6,), dtype=h5py.ref_dtype, chunks=(6,), **CHECKED),
    "lists": _replace("weight", shape=(6,), dtype=h5py.vlen_dtype("f8"), chunks=(6,)),
    "compound": _replace("weight", data=np.zeros(6, "f4,f4"), chunks=(6,), **CHECKED),
    "enumeration": _replace(
        "status", data=np.zeros(6, "i4"), dtype=h5py.enum_dtype({"OK": 0}), chunks=(6,), **CHECKED
    ),
    "array type": _replace("weight", shape=(6,), dtype=np.dtype(("<f8", (1,))), chunks=(6,), **CHECKED),
    "big-endian": _replace("weight", data=np.zeros(6, ">f8"), chunks=(6,), **CHECKED),
    "other type": _replace("weight", data=np.zeros(6, "<i8"), chunks=(6,), **CHECKED),
    "other length": _replace("weight", data=np.zeros(7), chunks=(7,), **CHECKED),
    "other shape": _replace("weight", data=np.zeros((6, 1)), chunks=(6, 1), **CHECKED),
    "unknown": _replace("velocity", data=np.zeros(6), chunks=(6,), **CHECKED),
    "missing": lambda file: file.pop("status"),
    "missing wavevector": lambda file: file.pop("wavevector"),
    "other index": _attribute("index", 2),
    "no index": lambda file: file.attrs.__delitem__("index"),
    "index in letters": _attribute("index", "1"),
    "other run": _attribute("resolved_sha256", np.bytes_(b"0" * 64)),
    "other run in variable text": _attribute("resolved_sha256", "0" * 64),
    "other format": _attribute("format_version", 99),
    "no format": lambda file: file.attrs.__delitem__("format_version"),
    "endless attribute": _attribute("resolved_sha256", np.zeros(10**6), dtype="f8"),
}


def _reseal(path: Path, change: Change) -> None:
    """Change an HDF5 file and give it a right seal again."""
    work = path.with_name("work")
    work.write_bytes(path.read_bytes()[:-SEAL_BYTES])
    with h5py.File(work, "r+", libver=("v110", "v110")) as file:
        change(file)
    write_sealed(path, [work.read_bytes()])
    work.unlink()


def _refused(run: Path) -> str:
    """Return the message with which shard 1 is refused in every way of reading it."""
    path, description = run / "shards/000001.h5", read_description(run)
    size, sha256 = read_seal(path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Work() as work, pytest.raises(InputError) as caught:
        read_shard(run, ShardEntry(1, "000001.h5", sha256, 6, 6, size, 6), description)
    assert work.calls < 200_000
    assert set(finished_shards(run)) == {0, 2}
    (damage,) = verify(run)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000
    assert str(damage) == str(caught.value)
    assert str(path) in str(damage)
    assert "\n" not in str(damage)
    return str(damage)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_shard_is_refused(tmp_path: Path, finished_run: Callable[[Path], Path], name: str) -> None:
    run = finished_run(tmp_path / "run")
    (run / "run.h5").unlink()
    _reseal(run / "shards/000001.h5", HOSTILE[name])
    message = _refused(run)
    assert "refused" in message
    if name == "other format":
        assert "written in format 99 by a newer wavepacket" in message


@pytest.mark.parametrize(
    "content", [SIGNATURE, SIGNATURE + b"\x00" * 4000, SIGNATURE + b"\x03\x08\x08" + b"\xff" * 99, None]
)
def test_a_sealed_file_that_is_no_hdf5_is_refused(
    tmp_path: Path, finished_run: Callable[[Path], Path], content: bytes | None
) -> None:
    run = finished_run(tmp_path / "run")
    (run / "run.h5").unlink()
    path = run / "shards/000001.h5"
    write_sealed(path, [content or path.read_bytes()[:-5000]])
    assert "refused" in _refused(run)


@pytest.mark.parametrize(
    "change",
    [
        _link("time", h5py.ExternalLink("/etc/hostname", "/")),
        _link("time", h5py.SoftLink("/time")),
        _virtual("shards/000000.h5", "time"),
        _link("weight", h5py.ExternalLink("/etc/hostname", "/")),
        _link("weight", h5py.SoftLink("/weight")),
        _link("velocity", h5py.ExternalLink("/etc/hostname", "/")),
        _replace("run/array", shape=(10**12,), dtype="<f8", chunks=(1000,), **CHECKED),
        _replace("run/array", data=["a"], dtype=h5py.string_dtype()),
        _replace("run/Array", data=np.zeros(3), chunks=(3,), **CHECKED),
        _replace("shards/count", data=np.full(3, 10**15), chunks=(3,), **CHECKED),
        _replace("shards/count", data=np.full(3, -6), chunks=(3,), **CHECKED),
        _replace("shards/paths", data=np.full(3, 10**12), chunks=(3,), **CHECKED),
        _replace("shards/index", data=np.array([0, -1, 2]), chunks=(3,), **CHECKED),
        _replace("shards/first", data=np.zeros(2, "<i8"), chunks=(2,), **CHECKED),
        _replace("shards/sha256", data=np.array([b"\xff"] * 3, "S64"), chunks=(3,), **CHECKED),
        _replace("texts/config", data="another"),
        _replace("texts/config", data=b"another", dtype="S7"),
        _replace("texts/description", data=b"{}", dtype="S2"),
        lambda file: file.pop("time"),
        lambda file: file.pop("texts"),
        lambda file: file.pop("shards/size"),
        _attribute("format_version", 3),
    ],
)
def test_a_hostile_index_is_refused(
    tmp_path: Path, finished_run: Callable[[Path], Path], change: Change
) -> None:
    run = finished_run(tmp_path / "run")
    _reseal(run / "run.h5", change)
    with Work() as work, pytest.raises(InputError, match=r"^[^\n]*run\.h5: refused: [^\n]*$"):
        open_run(run)
    assert work.calls < 200_000
    assert [damage.file for damage in verify(run)] == ["run.h5"]


def test_a_table_that_claims_too_much_is_refused_on_reading(
    tmp_path: Path, finished_run: Callable[[Path], Path]
) -> None:
    run = finished_run(tmp_path / "run")
    _reseal(run / "run.h5", _replace("shards/count", data=np.array([6, 700, 6]), chunks=(3,), **CHECKED))
    with pytest.raises(InputError, match=r"000001\.h5: refused: it holds other trajectories"):
        open_run(run).trajectories()


MUTATE = """
import sys
from pathlib import Path
import numpy as np
sys.path[:0] = [sys.argv[3]]
from wavepacket.errors import InputError
from wavepacket.runs import verify
from wavepacket.runs.durable import SEAL_BYTES, write_sealed
run, random, refused = Path(sys.argv[1]), np.random.default_rng(int(sys.argv[2])), 0
for name in ("shards/000001.h5", "run.h5"):
    content = (run / name).read_bytes()[:-SEAL_BYTES]
    for trial in range(int(sys.argv[4])):
        changed = bytearray(content)
        for _ in range(random.integers(1, 4)):
            start, length = random.integers(len(content)), random.integers(1, 9)
            changed[start : start + length] = random.bytes(length)
        write_sealed(run / name, [changed])
        refused += bool(verify(run))
    write_sealed(run / name, [content])
print(refused, verify(run))
"""


def test_random_changes_under_a_right_seal_never_crash(
    tmp_path: Path, finished_run: Callable[[Path], Path], trials: Callable[[int, int], int]
) -> None:
    run, number = finished_run(tmp_path / "run"), trials(30, 600)
    command = [sys.executable, "-c", MUTATE, run, "1", Path(__file__).parents[3], str(number)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[0]) > number
    assert result.stdout.split()[1] == "[]"
