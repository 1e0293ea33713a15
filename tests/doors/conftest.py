"""A process that knows nothing of what a script has registered in this one."""

import pytest

from tests.cli.interruption import forks


@pytest.fixture(scope="session")
def elsewhere():
    """Run a command in another process, in a folder; returns its code and all that it printed.

    The process is a fork of one that has imported the package alone: a fresh interpreter takes more than a second.
    """
    with forks() as found:

        def command(folder, *words):
            result = found.perform(*words, folder=folder)
            return result["code"], result["output"]

        yield command
