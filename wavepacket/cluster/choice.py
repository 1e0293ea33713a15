"""Where work is computed, as a user says it: ``local:4``, ``slurm:32``, the address or the file of a scheduler, a client."""

import re
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, Union

from wavepacket.errors import InputError
from wavepacket.threads import available_threads

if TYPE_CHECKING:
    from distributed import Client

    from wavepacket.cluster.processes import Processes

__all__ = ["FORMS", "Choice", "Cluster", "chosen"]

Cluster: TypeAlias = Union[str, "Choice", "Client"]
"""What ``cluster=`` takes."""

FORMS = "local[:N], slurm[:N], tcp://HOST:PORT, tls://HOST:PORT or a scheduler's file (.json)"

_STARTED = re.compile(r"(local|slurm)(?::(\d{1,5}))?")
_ADDRESS = re.compile(r"(tcp|tls|ucx|ws|wss|inproc)://\S+")


@dataclass(frozen=True)
class Choice:
    """Where work is computed.

    Parameters
    ----------
    kind : ``local`` and ``slurm`` start workers, ``address``, ``file`` and ``client`` use those of a scheduler that runs
    number : of workers that are started; of jobs with one each in Slurm
    place : the address, or the file
    client : a Dask client whose scheduler is used
    threads : of each worker; None: as many as the worker has
    dashboard : of Dask, on this machine's port 8787
    begun : processes of this machine that wait for the first work (`processes.begun`)
    """

    kind: Literal["local", "slurm", "address", "file", "client"]
    number: int = 1
    place: str = ""
    client: "Client | None" = None
    threads: int | None = None
    dashboard: bool = False
    begun: "list[Processes]" = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def parsed(cls, text: str) -> "Choice":
        """Read what ``--cluster`` takes; InputError for anything else."""
        if started := _STARTED.fullmatch(text):
            number = int(started[2] or (available_threads() if started[1] == "local" else 1))
            if not 1 <= number <= 10_000:
                raise InputError(f"--cluster {text}: 1 to 10000 workers can be started")
            return cls("local" if started[1] == "local" else "slurm", number)
        if _ADDRESS.fullmatch(text):
            return cls("address", place=text)
        if text.endswith(".json"):
            if not Path(text).is_file():
                raise InputError(
                    f"--cluster {text}: there is no such file; a scheduler with --scheduler-file writes it"
                )
            return cls("file", place=str(Path(text).absolute()))
        raise InputError(f"--cluster {text}: must be {FORMS}")

    @property
    def here(self) -> int | None:
        """Number of processes that it starts on this machine; None for those of others."""
        return self.number if self.kind == "local" else None

    def __str__(self) -> str:
        """Return it as it is typed."""
        return (
            f"{self.kind}:{self.number}"
            if self.kind in ("local", "slurm")
            else self.place or "the given client"
        )


def chosen(workers: int | None, cluster: Cluster | None, threads: int | None = None) -> Choice | None:
    """Return what ``workers=`` (the short form of ``local:N``) or ``cluster=`` asks for; None: threads of this process.

    Parameters
    ----------
    threads : of each worker; default: the cores of this machine shared among local workers, else what each worker has

    Raises
    ------
    InputError : both are given, what is given is no cluster, or Dask is not installed
    """
    if cluster is None:
        if workers is None:
            return None
        found = Choice("local", workers)
    elif workers is not None:
        raise InputError("workers (-j) and cluster (--cluster) are two forms of one choice: give one of them")
    elif isinstance(cluster, Choice):
        found = cluster
    elif isinstance(cluster, str):
        found = Choice.parsed(cluster)
    else:
        found = _of_client(cluster)
    for package in ("distributed", "cryptography", *(["dask_jobqueue"] if found.kind == "slurm" else [])):
        if find_spec(package) is None:  # asked for without loading it
            raise InputError(
                f"-j and --cluster need the package {package}: pip install 'berry-wavepacket[distributed]'; without it "
                "leave them out: a run then uses threads of one process"
            )
    if found.kind == "local" and threads is None:
        threads = max(1, available_threads() // found.number)
    return replace(found, threads=threads)


def _of_client(client: "Client") -> Choice:
    """A client is told by what it has, so that nobody without one imports Dask."""
    if getattr(client, "scheduler", None) is None or not hasattr(client, "security"):
        raise InputError(f"cluster: must be a dask.distributed.Client, or text: {FORMS}")
    return Choice("client", client=client)
