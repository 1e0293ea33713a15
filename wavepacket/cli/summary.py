"""The results of a run on the screen: what it is about, whether to trust it, and on request everything else."""

from collections.abc import Sequence
from typing import Any

import click

from wavepacket.cli.options import print_headline, print_json, print_table, say

__all__ = ["first_of", "more", "show"]


def first_of(config: Any, observables: Any, defaults: Sequence[str] = ()) -> list[Any]:
    """What stands first of a result that is no run: what the config's ``headline`` names of it, else some defaults."""
    from wavepacket.observables import headlines

    wanted = {
        name: exact
        for name, exact in (config.headline or {}).items()
        if name.partition(".")[0] in observables
    }
    return headlines(observables, wanted, defaults)


def more(observables: Any, verbose: int) -> None:
    """Print all observables with ``verbose``, else how many there are."""
    if verbose:
        print_table(observables, conventions=verbose > 1)
    else:
        click.echo(f"{len(observables)} observables: -v shows all, -vv what they mean")


def show(run: Any, observables: Any, folder: str, verbose: int, as_json: bool) -> None:
    """Print the headline, a line on the health of the run, warnings, with ``verbose`` all observables; or JSON."""
    from wavepacket.analysis import config_of, headline_of, health, table_of_bands, warnings

    config = config_of(run)
    first, said = headline_of(config, observables), warnings(observables, config)
    if as_json:
        print_json(observables, folder=folder, headline=[each.as_json() for each in first], warnings=said)
    else:
        print_headline(first)
        for line in table_of_bands(config, observables):
            click.echo(f"  {line}")
        click.echo(health(observables, run.trajectory_count))
        more(observables, verbose)
    missing = config.headline.keys() - {each.name for each in first} if config.headline else ()
    for name in sorted(missing):
        say(f"warning: headline: this run has no {name!r}")
    for sentence in said:
        say(f"warning: {sentence}")
