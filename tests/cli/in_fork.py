"""The child's side of commands that tests run in forks of a warm process."""

import os
import sys
import traceback
from typing import IO, NoReturn

from wavepacket.cli import main


def leave_with(arguments: list[str], output: IO[bytes]) -> NoReturn:
    """Run a command with all that it prints in a file, and end this process with its exit code; 99 for a traceback."""
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    try:
        main(arguments)
    except SystemExit as leaving:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(leaving.code if isinstance(leaving.code, int) else 0)
    except BaseException:
        traceback.print_exc()
    os._exit(99)
