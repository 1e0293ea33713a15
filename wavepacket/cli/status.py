"""``wavepacket status``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import json_option

if TYPE_CHECKING:
    from wavepacket.storage import RunProgress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Tell how far the run in FOLDER is; it may be at work meanwhile."""
    from wavepacket.storage import run_progress

    found = run_progress(folder)
    if as_json:
        click.echo(json.dumps({**asdict(found), "seconds_left": found.seconds_left, "folder": str(folder)}))
        return
    _print(found, folder)


def _print(found: "RunProgress", folder: Path) -> None:
    from wavepacket.storage.durable import typed
    from wavepacket.storage.size import in_words

    by = f" ({found.owner})" if found.owner else ""
    click.echo(f"{found.name}: {found.state}{by}")
    whole = "" if found.trajectories_total is None else f" of {found.trajectories_total}"
    parts = "" if found.shards_total is None else f" of {found.shards_total}"
    click.echo(
        f"{found.trajectories}{whole} trajectories in {found.shards}{parts} shards, {in_words(found.size)}"
    )
    if found.rate:
        click.echo(f"{found.rate:.3g} trajectories a second")
    if found.seconds_left is not None:
        click.echo(f"about {found.seconds_left:.0f} s left")
    if found.quarantined:
        click.echo(f"left out since they failed three times: shards {', '.join(map(str, found.quarantined))}")
    if found.state == "stopped":
        click.echo(f"go on with `wavepacket resume {typed(folder)}`")
