"""Whether a disk has the room that a run needs, asked before anything is compiled or written."""

import os
import shutil
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.durable import file_errors, shown
from wavepacket.runs.size import in_words

_CURE = "choose another disk with -o, or store fewer paths with output.trajectories"


def refuse_full_disk(
    folder: Path, needed: int, freed: int = 0, *, word: str = "about", cure: str = _CURE
) -> None:
    """Raise InputError where the disk of a folder, which need not exist, has less room than needed.

    Parameters
    ----------
    needed, freed : bytes that will be written, bytes that will be deleted before
    word : how well it is known what is needed, such as "at least"
    cure : what helps
    """
    place = folder.absolute()
    while not os.path.exists(place):  # unlike the method of Path, False for a name that is too long
        place = place.parent
    with file_errors("measure the disk of", folder):
        free = shutil.disk_usage(place).free
    if needed > free + freed:
        raise InputError(
            f"{shown(folder)}: the run needs {word} {in_words(needed)} and the disk has {in_words(free)} left; {cure}"
        )


def occupied(folder: Path) -> int:
    """Return the bytes of the files in a folder and below; 0 where there is none."""
    with file_errors("read", folder):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
