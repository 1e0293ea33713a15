"""``wavepacket init``: a config to start from, with every section explained."""

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from wavepacket.cli.options import in_units
from wavepacket.errors import InputError
from wavepacket.runs.durable import typed
from wavepacket.scripts import LOADED

if TYPE_CHECKING:
    from wavepacket.hamiltonians import Hamiltonian

_GENERIC = (0.0617, 0.0391, 0.0273)  # 1/Å, a point that no symmetry leads to
_COINCIDE = 1e-9  # eV

_TEMPLATE = """\
version: 1
name: {name}

# A parameter is text with a unit, or a plain number in the unit that is shown by: wavepacket models {model}
model:
  name: {model}
{parameters}

{band}            # counted from the bottom; or {{index: 0, source: auto|two_band|table|direct, accuracy: 1e-6}}

fields:
  electric: [1 kV/cm, 0, 0]    # static; or {{kind: ramp|sinusoid|circular|pulse, ...}}, or a list of them
  magnetic: [0, 0, 0 T]        # uniform and static

{ensemble}

time: {{end: 1 ps, saves: 201}}

integrator: {{method: dop853, tolerance: 1e-10}}

# output: {{trajectories: 1000}}    # keep the full paths of this many only; sums always run over all
seed: 1
"""

_OVER_ZONE = """\
# packets (a list), zone, filled_band, fermi_dirac, fermi_surface, confined, gaussian or optical
ensemble: {{kind: filled_band, grid: [{grid}]}}"""

_PACKETS = """\
# packets (a list), zone, filled_band, fermi_dirac, fermi_surface, confined, gaussian or optical
ensemble:
  kind: packets
  wavevectors: [[0.01, 0.02, 0], [0.02, -0.01, 0]]    # 1/angstrom"""


def _band(hamiltonian: "Hamiltonian") -> str:
    """The lowest band, with those that have its energy everywhere."""
    energies = np.linalg.eigvalsh(hamiltonian.hamiltonian([_GENERIC]))[0]
    number = int((energies < energies[0] + _COINCIDE).sum())
    return "band: 0" if number == 1 else f"bands: {list(range(number))}"


@click.command()
@click.argument("model", default="haldane")
@click.option("-o", "output", type=click.Path(path_type=Path), help="File to write; default MODEL.yaml.")
def init(model: str, output: Path | None) -> None:
    """Write a commented config for a MODEL of the library."""
    from wavepacket.hamiltonians import LatticeHamiltonian, build_model, builder_of, parameter_dimensions
    from wavepacket.units import DIMENSIONS

    builder = builder_of(model)
    dimensions = parameter_dimensions(builder)
    lines = []
    for key, parameter in inspect.signature(builder).parameters.items():
        unit = DIMENSIONS.get(dimensions.get(key, "number"), "1")
        value = parameter.default
        lines.append(f"  {'# ' if value is None else ''}{key}: {in_units(value, unit)}")
    hamiltonian = build_model(model, {})
    ensemble = _PACKETS
    if isinstance(hamiltonian, LatticeHamiltonian):
        points = {1: 256, 2: 96, 3: 24}[hamiltonian.dimension]
        ensemble = _OVER_ZONE.format(grid=", ".join([str(points)] * hamiltonian.dimension))
    path = output or Path(f"{model}.yaml")
    if path.exists():
        raise InputError(f"{path}: is there already; choose another name with -o")
    text = _TEMPLATE.format(
        name=model, model=model, parameters="\n".join(lines), band=_band(hamiltonian), ensemble=ensemble
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    loads = "".join(f" --load {typed(Path(os.path.relpath(file)))}" for file in LOADED)
    click.echo(f"wrote {path}; next: wavepacket run {typed(path)}{loads}")
