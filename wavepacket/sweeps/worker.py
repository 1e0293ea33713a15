"""A worker process: ``python -m wavepacket.sweeps.worker [FILE.py ...] FOLDER THREADS`` runs points of that sweep.

The files are those that the process which asks has loaded itself.
"""

import sys
from pathlib import Path

from wavepacket.errors import WavepacketError
from wavepacket.scripts import load_script
from wavepacket.simulation.worker import Answer, serve
from wavepacket.sweeps.execute import run_point
from wavepacket.sweeps.folder import point_folder
from wavepacket.sweeps.plan import read_plan


def _prepared() -> Answer:
    """Read the sweep, and return what runs one of its points."""
    folder, threads = Path(sys.argv[-2]), int(sys.argv[-1])
    for file in sys.argv[1:-2]:
        load_script(file)
    plan = read_plan(folder)

    def point(index: int) -> dict[str, str]:
        try:
            run_point(point_folder(folder, index), plan.config(folder, index), threads)
        except WavepacketError as error:
            return {"failure": str(error)}
        return {}

    return point


if __name__ == "__main__":
    serve(_prepared)
