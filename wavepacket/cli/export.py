"""``wavepacket export``: a config's model as a Wannier90 file for other programs."""

import json
from pathlib import Path

import click

from wavepacket.cli.options import config_arguments, json_option, say


@click.command()
@config_arguments
@click.option(
    "-o", "output", type=click.Path(path_type=Path),
    help="NAME_tb.dat (default), or NAME_hr.dat with NAME.win and NAME_centres.xyz beside it.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@json_option
def export(
    config: Path, overrides: tuple[str, ...], output: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Write the lattice, hoppings and position elements of CONFIG's model as Wannier90 writes them."""
    from wavepacket.errors import InputError
    from wavepacket.hamiltonians import LatticeHamiltonian, build_hamiltonian, open_config, write_hr, write_tb

    checked = open_config(config, overrides=overrides)
    hamiltonian = build_hamiltonian(checked)
    for note in hamiltonian.notes:
        say(note)
    target = output or Path(f"{checked.name}_tb.dat")
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError(f"{hamiltonian.name} is a k·p model: it has no hoppings that a file could hold")
    if target.name.endswith("_hr.dat"):
        written = write_hr(hamiltonian, target, overwrite=overwrite)
    else:
        written = (write_tb(hamiltonian, target, overwrite=overwrite),)
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in written]}))
        return
    for path in written:
        click.echo(f"wrote {path}")
