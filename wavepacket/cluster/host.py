"""A worker process of this machine: ``python -m wavepacket.cluster.host MODULE`` serves the scheduler that its input names.

Its input is one line of JSON, with the address and the keys, which so come on no disk and in no list of processes. It ends
at once when its input ends: that is when the process that started it ends, however that dies.
"""

import asyncio
import importlib
import json
import os
import sys
import threading
from contextlib import suppress
from typing import Any


async def _serve(orders: dict[str, Any]) -> None:
    import dask.config
    from distributed import Worker

    from wavepacket.cluster.connection import UNWATCHED
    from wavepacket.cluster.keys import security_of

    with dask.config.set(UNWATCHED):
        worker = Worker(
            orders["address"],
            nthreads=orders["threads"],
            security=security_of(orders["keys"]),
            memory_limit=0,  # nothing here is kept in Dask's memory, and no worker is to be ended for what a run needs
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            silence_logs=50,
        )
        async with worker:
            await worker.finished()


def _leave_with_input() -> None:
    """End this process when its input ends, whatever is being computed."""
    while sys.stdin.readline():
        pass
    os._exit(0)


def main() -> None:
    """Import what work needs while the scheduler starts, then serve it."""
    import logging

    import distributed  # noqa: F401  (takes as long as the scheduler takes to start)

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with suppress(ImportError):
        importlib.import_module(sys.argv[1])
    line = sys.stdin.readline()
    if not line:
        return
    threading.Thread(target=_leave_with_input, daemon=True).start()
    asyncio.run(_serve(json.loads(line)))
    os._exit(0)  # a piece that is still computed is wanted by nobody


if __name__ == "__main__":
    main()
