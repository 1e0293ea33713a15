"""Folders with odd names, without permission, read-only: commands work there, or say in one line why not."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_full_disk import small_disk

QUICK = ("--set", "ensemble.grid=[8,8]", "--set", "time.saves=3", "--set", "time.end=5 fs", "-q")
NAMES = [
    "with space",
    "Änderung ∂Ω",
    "x" * 255,
    "a'b\"c",
    "tab\there",
    "%d{0}",
    "*?[a]",
    "new\nline",
    "-dash",
]


@pytest.mark.parametrize(
    "name", [NAMES[0], NAMES[1], *(pytest.param(name, marks=pytest.mark.full) for name in NAMES[2:])]
)
def test_a_run_lives_under_any_name(wavepacket, configs, tmp_path, name):
    folder = f"./{name}"
    made = wavepacket("run", configs / "haldane_hall.yaml", "-o", folder, *QUICK)
    assert made.code == 0, made.err
    for command in ("status", "verify", "resume", "analyze", "cite"):
        result = wavepacket(command, folder)
        assert result.code == 0, (command, result.err)
    (tmp_path / name / "shards/000000.h5").unlink()
    broken = wavepacket("verify", folder)
    assert broken.code == 2
    assert len(broken.err.splitlines()) == 2
    assert broken.err.replace("\n", "").isprintable()
    assert wavepacket("verify", folder, "--repair", "-q").code == 0


def test_a_config_may_have_any_name_too(wavepacket, configs, tmp_path):
    for name in NAMES:
        file = tmp_path / f"{name[:250]}.yml"
        file.write_text((configs / "haldane_hall.yaml").read_text())
        assert wavepacket("validate", file).code == 0
        file.write_text("nonsense: 1\n")
        refused = wavepacket("validate", file)
        assert refused.code == 2
        assert refused.err.replace("\n", "").isprintable()


@pytest.fixture
def unprivileged(tmp_path):
    """Become an ordinary user for the test, since root is refused nothing."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    os.chown(tmp_path, 65534, 65534)
    os.seteuid(65534)
    try:
        yield tmp_path
    finally:
        os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwX", str(tmp_path)], check=False)


def one_line(result, words):
    assert result.code == 2, result.err
    assert words in result.err
    assert "Traceback" not in result.err
    remarks = ("trajectories: about", "points are too far apart")
    (line,) = [line for line in result.err.splitlines() if not any(each in line for each in remarks)]
    return line


@pytest.fixture
def compiled(wavepacket, configs):
    """Have all kernels in this process: an ordinary user may not look into the superuser's cache."""
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "first", *QUICK).code == 0


def test_without_permission_one_line_says_so(wavepacket, configs, compiled, unprivileged):
    config = unprivileged / "config.yaml"
    config.write_text((configs / "haldane_hall.yaml").read_text())
    assert wavepacket("run", config, "-o", "mine", *QUICK).code == 0
    for name in ("mine", "mine/shards"):
        Path(name).chmod(0o555)
    assert wavepacket("analyze", "mine").code == 0
    assert wavepacket("verify", "mine").code == 0
    assert wavepacket("status", "mine").code == 0
    one_line(wavepacket("resume", "mine", "-q"), "permission denied")
    one_line(wavepacket("run", config, "-o", "mine", "--overwrite", *QUICK), "permission denied")
    Path("locked").mkdir(mode=0o555)
    one_line(wavepacket("run", config, "-o", "locked/run", *QUICK), "permission denied")
    Path("file").write_text("")
    one_line(wavepacket("run", config, "-o", "file", *QUICK), "a file of that name is in the way")
    one_line(wavepacket("run", config, "-o", "file/run", *QUICK), "not a folder")
    one_line(wavepacket("run", config, "-o", "x" * 256, *QUICK), "the name is too long")
    config.chmod(0o000)
    one_line(wavepacket("validate", config), "Permission denied")
    Path("mine/shards").chmod(0o000)
    one_line(wavepacket("analyze", "mine"), "permission denied")


@pytest.mark.slow
def test_a_read_only_disk_can_be_read_but_not_written(wavepacket, configs, tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk):
        assert wavepacket("run", configs / "haldane_hall.yaml", "-o", disk / "run", *QUICK).code == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for command in ("analyze", "verify", "status"):
            assert wavepacket(command, disk / "run").code == 0
        one_line(wavepacket("resume", disk / "run", "-q"), "read-only")
        one_line(wavepacket("run", configs / "haldane_hall.yaml", "-o", disk / "new", *QUICK), "read-only")
