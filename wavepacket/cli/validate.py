"""``wavepacket validate``: everything that can be checked before the kernels are needed."""

from pathlib import Path

import click

from wavepacket.cli.options import config_arguments


@click.command()
@config_arguments
def validate(config: Path, overrides: tuple[str, ...]) -> None:
    """Check CONFIG: keys, units, ranges, the model and its parameters."""
    from wavepacket.config import load_config
    from wavepacket.hamiltonians import build_hamiltonian, resolved

    checked = load_config(config, overrides)
    hamiltonian = build_hamiltonian(checked)
    resolved(checked)
    for note in hamiltonian.notes:
        click.echo(f"note: {note}")
    click.echo(f"{config}: fine ({hamiltonian!r}, band {checked.band.index})")
