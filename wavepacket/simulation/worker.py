"""A worker process: ``python -m wavepacket.simulation.worker FOLDER THREADS`` computes shards of that run.

It reads the number of a shard a line, writes the shard, and answers each with a line of JSON, after a first one that says
that it is ready. When the process that gives the orders is gone, the input ends, and so does it.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from wavepacket.errors import WavepacketError
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.provenance import reload_problem
from wavepacket.simulation.shard_writer import Writer

Answer = Callable[[int], dict[str, str]]
"""Does a numbered piece of work and tells what came of it: nothing to say, or ``{"failure": reason}``."""


def serve(prepare: Callable[[], Answer]) -> None:
    """Answer orders until the input ends."""
    # Whatever a library prints must not get among the answers.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        orders: queue.SimpleQueue[int] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(orders,), daemon=True).start()
        try:
            answer = prepare()
            _say(answers, {})
            while True:
                _say(answers, answer(orders.get()))
        except WavepacketError as error:
            _say(answers, {"error": str(error)})


def _listen(orders: "queue.SimpleQueue[int]") -> None:
    """Pass on numbers; at the end of the input leave at once, whatever is being computed."""
    for line in sys.stdin:
        orders.put(int(line))
    os._exit(0)


def _say(answers: TextIO, content: dict[str, str]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


def _prepared() -> Answer:
    """Read the run, and return what writes one of its shards."""
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    problem = reload_problem(folder, threads)
    layout, writer = layout_of(problem), Writer(problem, folder, threads)

    def shard(index: int) -> dict[str, str]:
        ((_, failure),) = writer.write([(index, layout.tasks(index))])
        return {"failure": failure.reason} if failure else {}

    return shard


def main() -> None:
    """Work until the input ends."""
    serve(_prepared)


if __name__ == "__main__":
    main()
