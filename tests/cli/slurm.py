"""A real Slurm on this machine, for tests: munge, slurmctld and slurmd of Debian's packages, with a config of our own.

``apt-get install slurm-wlm munge`` brings them. Root is needed, since slurmd starts jobs as their users. Nothing outside a
temporary folder is changed, and all daemons end with the context.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DAEMONS = ("munged", "slurmctld", "slurmd")
_PATIENCE = 30.0
_PATH = "/usr/sbin:/usr/local/sbin:/sbin"
_CONFIG = """
ClusterName=wavepacket
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0,sched_min_interval=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=20
MinJobAge=300
JobRequeue=1
SlurmctldTimeout=60
SlurmdTimeout=60
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} Boards=1 Sockets=1 CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory=4000
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def reason_against() -> str:
    """Why there can be no Slurm here; empty where there can be one."""
    missing = [name for name in _DAEMONS if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} not installed: apt-get install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "a Slurm of one's own needs root"


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:{_PATH}"


@dataclass
class Slurm:
    """A cluster of one node, whose cores exist in name."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": _path(), "SLURM_CONF": str(self.folder / "slurm.conf")}

    def call(self, *command: object, folder: Path | None = None, **variables: str) -> str:
        """Run a command of Slurm and return what it prints."""
        done = subprocess.run(
            [str(each) for each in command], env=self.environment | variables, cwd=folder, capture_output=True, text=True,
            timeout=_PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def submit(self, *arguments: object, folder: Path, **variables: str) -> str:
        """Submit a job and return its number."""
        return self.call("sbatch", "--parsable", *arguments, folder=folder, **variables).strip()

    def states(self, job: str) -> dict[str, str]:
        """State of each task of a job, by the number of the task."""
        told = self.call("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%K %T")
        return dict(line.split() for line in told.splitlines())

    def wait(self, job: str, *wanted: str, seconds: float = 120.0) -> dict[str, str]:
        """Wait until every task of a job is in one of some states."""
        deadline = time.monotonic() + seconds
        while True:
            states = self.states(job)
            if states and set(states.values()) <= set(wanted):
                return states
            assert time.monotonic() < deadline, f"{states}, not {wanted}: {self.logs()}"
            time.sleep(0.1)

    def logs(self) -> str:
        """The ends of the daemons' logs."""
        files = [*self.folder.glob("*.log")]
        return "\n".join(f"{file.name}: {file.read_text(errors='replace')[-1500:]}" for file in files)


@contextlib.contextmanager
def slurm(cpus: int = 4) -> Iterator[Slurm]:
    """Start a Slurm, and end it with all its jobs."""
    with tempfile.TemporaryDirectory(prefix="wavepacket-slurm-") as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        host = socket.gethostname().partition(".")[0]
        content = _CONFIG.format(host=host, folder=folder, cpus=cpus, ports=_free_ports(2))
        (folder / "slurm.conf").write_text(content)
        cluster = Slurm(folder)
        munge = (
            "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
            f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed",
        )  # fmt: skip
        config = str(folder / "slurm.conf")
        for command in (munge, ("slurmctld", "-D", "-f", config), ("slurmd", "-D", "-f", config, "-N", host)):
            with (folder / f"{command[0]}.out.log").open("wb") as output:
                process = subprocess.Popen(
                    command, env=cluster.environment, stdout=output, stderr=subprocess.STDOUT
                )
            stack.callback(_end, process)
            if command is munge:
                _wait_for(folder / "munge.socket")
        deadline = time.monotonic() + _PATIENCE
        while "idle" not in _told(cluster):
            assert time.monotonic() < deadline, cluster.logs()
            time.sleep(0.1)
        stack.callback(_clear, cluster)
        yield cluster


def _told(cluster: Slurm) -> str:
    done = subprocess.run(
        ["sinfo", "-h", "-o", "%t"], env=cluster.environment, capture_output=True, text=True
    )
    return done.stdout


def _clear(cluster: Slurm) -> None:
    """End every job, and wait until its processes are gone."""
    user = "root"
    with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
        cluster.call("scancel", "--signal=KILL", "--full", "-u", user)
        cluster.call("scancel", "-u", user)
        deadline = time.monotonic() + _PATIENCE
        while cluster.call("squeue", "-h").strip() and time.monotonic() < deadline:
            time.sleep(0.1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not appear"
        time.sleep(0.02)


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
