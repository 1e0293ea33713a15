"""``wavepacket models`` and ``wavepacket schema``."""

import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import in_units, json_option

if TYPE_CHECKING:
    from wavepacket.hamiltonians import Hamiltonian


@click.command()
@click.argument("name", required=False)
@json_option
def models(name: str | None, as_json: bool) -> None:
    """List the models of the library, or describe the one called NAME."""
    from wavepacket.hamiltonians import CATALOGUE, builder_of

    entries = {each: _entry(builder_of(each)) for each in ([name] if name else sorted(CATALOGUE))}
    if as_json:
        click.echo(json.dumps(entries))
        return
    for each, entry in entries.items():
        bands = "1 band" if entry["bands"] == 1 else f"{entry['bands']} bands"
        click.echo(f"{each} ({entry['dimension']}D, {bands}): {entry['summary']}")
        described = [
            f"{key} = {in_units(one['default'], one['unit'])}" for key, one in entry["parameters"].items()
        ]
        click.echo(f"    {', '.join(described)}")
    if name is not None:
        _, _, rest = (inspect.getdoc(CATALOGUE[name]) or "").partition("\n")
        click.echo(rest)


def _entry(builder: Callable[..., "Hamiltonian"]) -> dict[str, Any]:
    """What a model is with its default parameters, and the parameters with their dimensions and units."""
    from wavepacket.hamiltonians import build_model, parameter_dimensions
    from wavepacket.units import DIMENSIONS

    dimensions, built = parameter_dimensions(builder), build_model(builder.__name__, {})
    parameters = {}
    for key, parameter in inspect.signature(builder).parameters.items():
        dimension = dimensions.get(key, "number")
        parameters[key] = {
            "default": parameter.default,
            "dimension": dimension,
            "unit": DIMENSIONS.get(dimension, "1"),
        }
    return {
        "summary": (inspect.getdoc(builder) or "").splitlines()[0],
        "dimension": built.dimension,
        "bands": built.size,
        "reference": built.reference,
        "parameters": parameters,
    }


@click.command()
def schema() -> None:
    """Print the JSON schema of configs, for editors."""
    from wavepacket.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
