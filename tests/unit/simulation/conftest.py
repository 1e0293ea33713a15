"""The command line in this process."""

import pytest

from wavepacket.cli import main


@pytest.fixture
def wavepacket_main(capsys):
    """Give a function that runs a command and returns its exit code, output and messages."""

    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return leaving.value.code or 0, captured.out, captured.err

    return call
