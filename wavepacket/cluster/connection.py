"""A client of a scheduler, whoever started that."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from wavepacket.cluster.choice import Choice
from wavepacket.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["CONNECT", "UNWATCHED", "Engine", "Unusable", "connected", "dashboard", "silent_dask"]

_SILENT = logging.CRITICAL + 1
CONNECT: Final = 10.0
"""s to reach a scheduler."""
UNWATCHED: Final = MappingProxyType(
    {
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,
        "distributed.admin.system-monitor.interval": "10s",
        "distributed.admin.tick.interval": "1s",
    }
)
"""Settings of schedulers and workers that nobody looks at: Dask measures them fifty times a second otherwise."""


async def _nothing(greeted: int) -> None:
    """Others look after the workers."""


@dataclass(frozen=True)
class Engine:
    """A client of a scheduler, and what looks after its workers, told how many have ever begun to work.

    ``queued``: workers may come late, without anything being wrong.
    """

    client: "Client"
    tend: Callable[[int], Awaitable[None]] = _nothing
    queued: bool = True


class Unusable(InputError):
    """A cluster that cannot do the work; what was finished before is not lost."""


class silent_dask:
    """Dask's remarks on workers that come and go are made by us."""

    def __enter__(self) -> None:
        import distributed  # noqa: F401  (sets up its loggers)

        warnings.filterwarnings("ignore", "Creating scratch directories")  # a busy disk
        self._level = logging.getLogger("distributed").level
        logging.getLogger("distributed").setLevel(_SILENT)
        self._named = {
            logger: logger.level
            for name, logger in logging.root.manager.loggerDict.items()
            if name.startswith(("distributed.", "tornado")) and isinstance(logger, logging.Logger)
        }
        for logger in self._named:
            logger.setLevel(_SILENT)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("distributed").setLevel(self._level)
        for logger, level in self._named.items():
            logger.setLevel(level)


@asynccontextmanager
async def connected(address: str, security: Any) -> AsyncIterator["Client"]:
    """Give a client of a scheduler, of its own loop."""
    from distributed import Client

    client = Client(address, security=security, asynchronous=True, set_as_default=False, timeout=CONNECT)
    try:
        await client
        yield client
    finally:
        with suppress(Exception):
            await asyncio.wait_for(client.close(), 5)


def dashboard(choice: Choice) -> dict[str, Any]:
    """Options of a scheduler: Dask's pages for people only where they are asked for, and then for this machine alone."""
    return {
        "dashboard": choice.dashboard,
        "dashboard_address": f"127.0.0.1:{8787 if choice.dashboard else 0}",
    }
