"""Whether a worker can do the work: asked before it is given any."""

import asyncio
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING
from uuid import uuid4

from wavepacket.cluster.task import Greeting, Work, code_digest, greet
from wavepacket.errors import Interrupted

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["problem_of"]

_SAME = "start scheduler and workers from the environment that this process runs in"


async def problem_of(client: "Client", address: str, work: Work) -> str:
    """Return what keeps a worker from the work, as a sentence with its cure; empty where nothing does."""
    key = f"wavepacket-{uuid4().hex}"
    future = client.submit(greet, work, workers=[address], key=key, pure=False, allow_other_workers=False)
    try:
        return _problem(await future, address, work)
    except asyncio.CancelledError:
        raise
    except CancelledError:  # Dask's own, which is no other's
        raise Interrupted("the scheduler was lost") from None
    except Exception as error:  # it cannot even import what it is to do
        reason = str(error).partition("\n")[0].partition(". ")[0][:100] or type(error).__name__
        return f"the scheduler, or the worker at {address}, has another version of wavepacket, or none ({reason}); {_SAME}"
    finally:
        future.release()


def _problem(told: Greeting, address: str, work: Work) -> str:
    if told.code != code_digest():
        return f"the worker at {address} ({told.host}) has another version of wavepacket; {_SAME}"
    if not told.sees:
        return (
            f"the worker at {address} ({told.host}) does not see {work.folder}; choose a folder with -o that all machines "
            "share under one path"
        )
    return ""
