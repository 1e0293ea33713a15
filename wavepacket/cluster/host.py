"""Worker processes of this machine: ``python -m wavepacket.cluster.host NUMBER MODULE`` serves who its input names.

The process imports what work needs, once, and then makes copies of itself, each of which is a worker; one that ends is
replaced. It has no other threads and has computed nothing when it is copied.

Its input is one line of JSON, with the address and the keys, which so come on no disk and in no list of processes. When its
input ends, that is when the process that started it ends, however that dies, the copies are ended, and then it.
"""

import asyncio
import gc
import importlib
import json
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn

_PACE = 0.2  # s between two looks which copies have ended
_STILLBORN = 3  # copies that may fail to become workers


async def _serve(orders: dict[str, Any]) -> None:
    import dask.config
    from distributed import Worker

    from wavepacket.cluster.connection import UNWATCHED, silent_dask
    from wavepacket.cluster.keys import security_of

    with dask.config.set(UNWATCHED), silent_dask():
        worker = Worker(
            orders["address"],
            nthreads=orders["threads"],
            security=security_of(orders["keys"]),
            memory_limit=0,  # nothing here is kept in Dask's memory, and no worker is to be ended for what a run needs
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        )
        async with worker:
            await worker.finished()


def _leave_with_input() -> None:
    """End this process when its input ends, whatever is being computed."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _work(orders: dict[str, Any]) -> NoReturn:
    """Be a worker, in a copy."""
    code = 1
    try:
        threading.Thread(target=_leave_with_input, daemon=True).start()
        asyncio.run(_serve(orders))
        code = 0
    except Exception as error:
        print(f"a worker process could not begin: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)  # a piece that is still computed is wanted by nobody


def _lead(number: int, orders: dict[str, Any]) -> int:
    """Keep so many copies at work until the input ends; return 1 where they cannot begin."""
    copies, failed = set[int](), 0
    alive, kept = os.pipe()  # ends in every copy when this process dies
    while failed < _STILLBORN:
        while len(copies) < number:
            copy = os.fork()
            if not copy:
                os.close(kept)
                os.dup2(alive, 0)
                _work(orders)
            copies.add(copy)
        if select.select([0], [], [], _PACE)[0]:
            break
        while copies and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            copies.discard(ended[0])
            failed += os.waitstatus_to_exitcode(ended[1]) > 0
    for copy in copies:
        os.kill(copy, signal.SIGKILL)
    for copy in copies:
        os.waitpid(copy, 0)
    return int(failed >= _STILLBORN)


def main() -> None:
    """Import what work needs while the driver prepares it, then serve."""
    import distributed  # noqa: F401  (takes long)

    from wavepacket.cluster.task import code_digest

    with suppress(ImportError):
        importlib.import_module(sys.argv[2])
    code_digest()
    gc.freeze()  # copies share this memory
    if line := sys.stdin.readline():
        sys.exit(_lead(int(sys.argv[1]), json.loads(line)))


if __name__ == "__main__":
    main()
