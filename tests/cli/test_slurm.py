"""A real Slurm: the job files of the page as they stand there, stopped, killed and begun again, give the bytes of a run."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.cli.interruption import CONFIG, ROOT, digest
from tests.cli.slurm import Slurm, reason_against, slurm
from wavepacket import simulation
from wavepacket.runs.layout import shard_index
from wavepacket.simulation import layout

pytestmark = pytest.mark.skipif(bool(reason_against()), reason=reason_against())

PARTS = 3
ATTEMPTS = 4  # to stop a part before it ends by itself
COMMAND = f"""#!{sys.executable}
import sys

sys.path.insert(0, {str(ROOT)!r})
from tests.cli.forks import make_small
from wavepacket.cli import main

make_small()
main(sys.argv[1:])
"""
"""The command with small shards, as it is found on the PATH of a job."""


def blocks() -> list[str]:
    """The commands that the page shows."""
    return re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "cluster.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Slurm]:
    with slurm() as found:
        yield found


@pytest.fixture(scope="module")
def whole(runner, tmp_path_factory) -> tuple[Path, str]:
    """A config whose shards take some tenths of a second each, and the digest of its run."""
    folder = tmp_path_factory.mktemp("whole")
    config = folder / "haldane.yaml"
    config.write_text(CONFIG.replace("end: 200 fs", "end: 30 ps"))
    runner.timed("run", config, "-o", folder / "run", "-q")
    return config, digest(folder / "run")


@pytest.fixture
def place(tmp_path) -> Path:
    """A folder with the command and the job file of the page, cut down to this machine."""
    (job,) = [each for each in blocks() if "#SBATCH --array" in each]
    for shown, here in (("1-32", f"1-{PARTS}"), ("per-task=16", "per-task=1"), ("mem=8G", "mem=100M")):
        assert shown in job
        job = job.replace(shown, here)
    (tmp_path / "haldane.sh").write_text(job)
    command = tmp_path / "bin" / "wavepacket"
    command.parent.mkdir()
    command.write_text(COMMAND)
    command.chmod(0o755)
    return tmp_path


def variables(cluster: Slurm, place: Path) -> dict[str, str]:
    return {"PATH": f"{place / 'bin'}:{cluster.environment['PATH']}", "SCRATCH": str(place)}


def written(place: Path, part: int) -> int:
    """How many shards of a part are there."""
    numbers = [shard_index(path.name) for path in (place / "haldane" / "shards").glob("*.h5")]
    return sum(number % PARTS == part - 1 for number in numbers if number is not None)


def at_work(cluster: Slurm, place: Path, job: str, part: int) -> None:
    """Wait until a part has written a shard."""
    deadline = time.monotonic() + 120
    while not written(place, part):
        assert time.monotonic() < deadline, f"{cluster.states(job)} {outputs(place)}"
        time.sleep(0.02)


def is_killed(cluster: Slurm, place: Path, job: str, part: int) -> bool:
    """Kill a part that is at work; False where it has ended by itself just before."""
    at_work(cluster, place, job, part)
    try:
        cluster.call("scancel", "--signal=KILL", "--full", f"{job}_{part}")
    except AssertionError:
        return False
    return True


def begins_again(cluster: Slurm, job: str, part: int) -> bool:
    """Whether a part is begun again, and has not ended before it was told to. Slurm would wait for two minutes: not here."""
    deadline = time.monotonic() + 60
    while (state := cluster.states(job)[str(part)]) not in ("PENDING", "COMPLETED"):
        assert time.monotonic() < deadline, cluster.states(job)
        time.sleep(0.05)
    if state == "COMPLETED":
        return False
    cluster.call(
        "scontrol", "update", f"job={job}_{part}", "StartTime=now+2"
    )  # not within the second that it ended in
    return True


def outputs(place: Path) -> str:
    return "\n".join(f"{file.name}: {file.read_text()}" for file in sorted(place.glob("slurm-*.out")))


def test_three_tasks_of_a_job_array(cluster, place, tmp_path, monkeypatch):
    """The shortest way through a real Slurm: the job file of the page, then `resume`."""
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 200_000)  # as `forks.make_small` says in the jobs
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 64))
    file = tmp_path / "haldane.yaml"
    file.write_text(CONFIG.replace("[30, 30]", "[12, 12]").replace("900", "144"))
    simulation.run(file, tmp_path / "whole")
    finished = {shard.name: shard.read_bytes() for shard in (tmp_path / "whole" / "shards").iterdir()}
    job = cluster.submit("haldane.sh", folder=place, **variables(cluster, place))
    cluster.wait(job, "COMPLETED")
    assert {shard.name: shard.read_bytes() for shard in (place / "haldane" / "shards").iterdir()} == finished
    assert len(list((place / "haldane" / "sums").iterdir())) == PARTS
    simulation.resume(place / "haldane")
    assert digest(place / "haldane") == digest(tmp_path / "whole")


@pytest.mark.full
def test_the_job_file_of_the_page(cluster, place, whole):
    """A part that is told that its time is up goes on when it is begun again, and the last job makes the run."""
    shutil.copy(whole[0], place)
    (submit,) = [each for each in blocks() if "--dependency" in each]
    environment = cluster.environment | variables(cluster, place)
    command = ["bash", "-e", "-c", submit + "echo $job"]
    for _ in range(ATTEMPTS):
        told = subprocess.run(command, cwd=place, env=environment, text=True, check=True, capture_output=True)
        last, job = told.stdout.split()
        at_work(cluster, place, job, 2)
        cluster.call("scancel", "--signal=TERM", f"{job}_2")
        if begins_again(cluster, job, 2):
            break
        cluster.wait(last, "COMPLETED")
        shutil.rmtree(place / "haldane")
    cluster.wait(job, "COMPLETED")
    cluster.wait(last, "COMPLETED")
    assert "exit code 75" in (place / f"slurm-{job}_2.out").read_text(), outputs(place)
    assert "run folder: " in (place / f"slurm-{last}.out").read_text(), outputs(place)
    assert digest(place / "haldane") == whole[1]
    assert not (place / "haldane" / "sums").exists()


@pytest.mark.full
def test_killed_and_cancelled_jobs(cluster, place, whole):
    """Tasks are killed and one is cancelled, at any moment; each is begun again."""
    shutil.copy(whole[0], place)
    random = np.random.default_rng(3)
    job = cluster.submit("haldane.sh", folder=place, **variables(cluster, place))
    killed = [part for part in (1, 2, 3) if is_killed(cluster, place, job, part)]
    assert len(killed) >= 2
    for part in killed:
        deadline = time.monotonic() + 60
        while cluster.states(job)[str(part)] not in ("FAILED", "NODE_FAIL", "CANCELLED"):
            assert time.monotonic() < deadline, cluster.states(job)
            time.sleep(0.05)
        cluster.call("scontrol", "requeue", f"{job}_{part}")
        assert begins_again(cluster, job, part)
    for order in (("--signal=USR1", f"{job}_1"), (f"{job}_3",)):
        with suppress(AssertionError):  # it may have ended by itself
            cluster.call("scancel", *order)
        time.sleep(random.uniform(0.0, 3.0))
    done = ("COMPLETED", "CANCELLED", "PENDING", "FAILED")
    cluster.wait(job, *done)
    again = cluster.submit("haldane.sh", folder=place, **variables(cluster, place))
    with suppress(AssertionError):
        cluster.call("scancel", job)
    cluster.wait(again, "COMPLETED")
    subprocess.run(["bin/wavepacket", "resume", "haldane", "-q"], cwd=place, check=True, capture_output=True)
    assert digest(place / "haldane") == whole[1]


@pytest.mark.full
def test_a_driver_whose_workers_are_jobs(cluster, tmp_path):
    """Shards have their usual size, since the jobs that dask-jobqueue submits call the package as it is."""
    pytest.importorskip("dask_jobqueue")
    config = CONFIG.replace("saves: 61", "saves: 1001").replace("trajectories: 900", "trajectories: 1800")
    (tmp_path / "config.yaml").write_text(config)
    settings = {"MEMORY": "300MB", "WALLTIME": "00:20:00"}
    variables = {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in settings.items()}
    environment = cluster.environment | variables | {"PYTHONPATH": str(ROOT)}
    for name, more in (("whole", ()), ("jobs", ("--cluster", "slurm:2"))):
        command = [
            sys.executable,
            "-m",
            "wavepacket",
            "run",
            "config.yaml",
            "-o",
            name,
            "-q",
            "--threads",
            "1",
            *more,
        ]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=300)
    assert digest(tmp_path / "jobs") == digest(tmp_path / "whole")
