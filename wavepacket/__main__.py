"""``python -m wavepacket`` is the command ``wavepacket``."""

from wavepacket.cli import main

main()
