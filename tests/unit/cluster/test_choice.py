"""What --cluster takes, and what is refused before anything is begun."""

import ast
from pathlib import Path

import pytest

import wavepacket
from wavepacket.cluster import Choice, chosen
from wavepacket.cluster.slurm import _lifetime
from wavepacket.errors import InputError
from wavepacket.threads import available_threads


def test_what_is_understood(tmp_path):
    assert Choice.parsed("local") == Choice("local", available_threads())
    assert Choice.parsed("local:3") == Choice("local", 3)
    assert Choice.parsed("slurm:40") == Choice("slurm", 40)
    assert Choice.parsed("tls://node1:8786") == Choice("address", place="tls://node1:8786")
    (tmp_path / "scheduler.json").write_text("{}")
    assert Choice.parsed(str(tmp_path / "scheduler.json")).kind == "file"


@pytest.mark.parametrize("text", ["", "loca", "local:0", "local:x", "slurm:99999", "node1:8786", "none.json"])
def test_what_is_not_understood_is_refused_with_what_would_be(text):
    with pytest.raises(InputError, match="--cluster"):
        Choice.parsed(text)


def test_the_short_form():
    assert chosen(None, None) is None
    assert chosen(2, None) == chosen(None, "local:2")
    assert chosen(2, None, 7).threads == 7
    assert chosen(1, None).threads == available_threads()
    assert chosen(None, "slurm:2").threads is None  # what its workers have
    with pytest.raises(InputError, match="two forms of one choice"):
        chosen(2, "local:2")
    with pytest.raises(InputError, match=r"dask\.distributed\.Client"):
        chosen(None, 7)


@pytest.mark.parametrize("package", ["distributed", "cryptography", "dask_jobqueue"])
def test_a_package_that_is_missing_is_named_with_its_cure(monkeypatch, package):
    monkeypatch.setattr("wavepacket.cluster.choice.find_spec", lambda name: None if name == package else name)
    with pytest.raises(InputError, match=rf"{package}: pip install 'berry-wavepacket\[distributed\]'"):
        chosen(None, "slurm:2")


def test_threads_need_no_dask():
    """No module imports it when it is loaded, and its name is imported by those of clusters alone."""
    package = Path(wavepacket.__file__).parent
    found = {}
    for file in package.rglob("*.py"):
        text = file.read_text()
        if "dask" not in text and "distributed" not in text:
            continue
        tree = ast.parse(text)
        at_once = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [each.name for each in node.names]
                )
                if {name.partition(".")[0] for name in names} & {"dask", "distributed", "dask_jobqueue"}:
                    found.setdefault(file.relative_to(package).parts[0], []).append(node in at_once)
    assert found.keys() == {"cluster"}
    assert not any(found["cluster"])


@pytest.mark.parametrize(
    ("walltime", "seconds", "stagger"),
    [
        ("01:00:00", 3420, 90),
        ("30", 1620, 90),
        ("10:00", 450, 75),
        ("1-00:00:00", 86220, 90),
        ("2-12", 215820, 90),
    ],
)
def test_workers_leave_before_their_job_ends(walltime, seconds, stagger):
    """Times as sbatch takes them: minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]]."""
    assert _lifetime(walltime) == ["--lifetime", f"{seconds}s", "--lifetime-stagger", f"{stagger}s"]
