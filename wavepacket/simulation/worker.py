"""A worker process: ``python -m wavepacket.simulation.worker FOLDER THREADS`` computes shards of that run.

It reads the number of a shard a line, writes the shard, and answers each with a line of JSON, after a first one that says
that it is ready. When the process that gives the orders is gone, the input ends, and so does it.
"""

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

from wavepacket.errors import WavepacketError
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import Failure, computed_here
from wavepacket.simulation.provenance import reload_problem
from wavepacket.simulation.written import shard_arrays
from wavepacket.storage import write_shard


def main() -> None:
    """Work until the input ends."""
    # Whatever a library prints must not get among the answers.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        orders: queue.SimpleQueue[int] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(orders,), daemon=True).start()
        try:
            _work(Path(sys.argv[1]), int(sys.argv[2]), orders, answers)
        except WavepacketError as error:
            _say(answers, {"error": str(error)})


def _listen(orders: "queue.SimpleQueue[int]") -> None:
    """Pass on numbers; at the end of the input leave at once, whatever is being computed."""
    for line in sys.stdin:
        orders.put(int(line))
    os._exit(0)


def _work(folder: Path, threads: int, orders: "queue.SimpleQueue[int]", answers: Any) -> None:
    problem = reload_problem(folder, threads)
    layout = layout_of(problem)
    _say(answers, {})
    while True:
        index = orders.get()
        for _, block in computed_here(problem, [(index, layout.tasks(index))], threads):
            if isinstance(block, Failure):
                _say(answers, {"failure": block.reason})
            else:
                write_shard(folder, index, shard_arrays(problem, block))
                _say(answers, {})


def _say(answers: Any, content: dict[str, str]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
