"""The command line. Heavy modules are imported inside commands, so that ``--help`` starts at once."""

from wavepacket.cli.main import main

__all__ = ["main"]
