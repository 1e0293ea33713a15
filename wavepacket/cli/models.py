"""``wavepacket models`` and ``wavepacket schema``."""

import inspect
import json

import click

from wavepacket.cli.options import json_option
from wavepacket.errors import InputError


@click.command()
@click.argument("name", required=False)
@json_option
def models(name: str | None, as_json: bool) -> None:
    """List the models of the library, or describe the one called NAME."""
    from wavepacket.hamiltonians import CATALOGUE, parameter_dimensions

    if name is not None and name not in CATALOGUE:
        raise InputError(f"unknown model {name!r}; known: {', '.join(sorted(CATALOGUE))}")
    chosen = [name] if name else sorted(CATALOGUE)
    entries = {}
    for each in chosen:
        builder = CATALOGUE[each]
        defaults = {
            key: parameter.default for key, parameter in inspect.signature(builder).parameters.items()
        }
        dimensions = parameter_dimensions(builder)
        entries[each] = {
            "summary": (inspect.getdoc(builder) or "").splitlines()[0],
            "parameters": {
                key: {"default": default, "dimension": dimensions.get(key, "number")}
                for key, default in defaults.items()
            },
        }
    if as_json:
        click.echo(json.dumps(entries))
        return
    for each, entry in entries.items():
        click.echo(f"{each}: {entry['summary']}")
    if name is not None:
        click.echo()
        click.echo(inspect.getdoc(CATALOGUE[name]))


@click.command()
def schema() -> None:
    """Print the JSON schema of configs, for editors."""
    from wavepacket.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
