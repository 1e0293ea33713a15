"""Where work goes: schedulers that are started here, or one that runs already."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import CONNECT, Engine, Unusable, connected, silent_dask
from wavepacket.cluster.local import local
from wavepacket.cluster.slurm import slurm
from wavepacket.cluster.task import Work

__all__ = ["started"]


@asynccontextmanager
async def started(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """Start, or reach, what a choice names; what was started ends with the context.

    Raises
    ------
    Unusable : the scheduler cannot be reached, or Slurm's settings are incomplete
    """
    ways = {"local": local, "slurm": slurm}
    with silent_dask():
        async with ways.get(choice.kind, _reached)(choice, work, report) as engine:
            yield engine


@asynccontextmanager
async def _reached(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """The scheduler of somebody else."""
    from distributed import Security

    address: str = choice.place
    security = Security()
    if choice.client is not None:
        address, security = choice.client.scheduler.address, choice.client.security
    elif choice.kind == "file":
        try:
            address = str(json.loads(Path(choice.place).read_bytes())["address"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unusable(f"--cluster {choice.place}: is no file of a Dask scheduler") from error
    if address.startswith("tcp://") and not _is_here(address):
        report(
            f"warning: {address} is not encrypted: anyone who reaches it runs code as you; "
            "`python -m wavepacket.cluster.keys FOLDER` makes keys for tls://"
        )
    with _unreachable(address):
        client = connected(address, security)
        engine = Engine(await client.__aenter__())
    try:
        yield engine
    finally:
        await client.__aexit__(None, None, None)


def _is_here(address: str) -> bool:
    return address.removeprefix("tcp://").startswith(("127.", "localhost", "[::1]"))


class _unreachable:
    """Turn what Dask says of a scheduler that cannot be reached into a sentence."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception):  # what answers there may be anything
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            if isinstance(error, MemoryError):  # the answer of another server, read as lengths of messages
                reason = "what answers there is no Dask scheduler"
            cure = (
                "is it running, and are the keys its own?"
                if self._address.startswith("tls")
                else "is it running?"
            )
            raise Unusable(
                f"the scheduler at {self._address} cannot be reached within {CONNECT:.0f} s; {cure} ({reason})"
            ) from error
