"""The results of a run on the screen: what it is about, whether to trust it, and on request everything else."""

from typing import Any

import click

from wavepacket.cli.options import print_headline, print_json, print_table, say

__all__ = ["show"]


def show(run: Any, observables: Any, folder: str, verbose: int, as_json: bool) -> None:
    """Print the headline, a line on the health of the run, warnings, with ``verbose`` all observables; or JSON."""
    from wavepacket.analysis import config_of, headline_of, health, warnings

    config = config_of(run)
    first, said = headline_of(config, observables), warnings(observables, config)
    if as_json:
        print_json(observables, folder=folder, headline=[each.as_json() for each in first], warnings=said)
    else:
        print_headline(first)
        click.echo(health(observables, run.trajectory_count))
        if verbose:
            print_table(observables, conventions=verbose > 1)
        else:
            click.echo(f"{len(observables)} observables: -v shows all, -vv what they mean")
    missing = config.headline.keys() - {each.name for each in first} if config.headline else ()
    for name in sorted(missing):
        say(f"warning: headline: this run has no {name!r}")
    for sentence in said:
        say(f"warning: {sentence}")
