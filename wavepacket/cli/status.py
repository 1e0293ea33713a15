"""``wavepacket status``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import json_option

if TYPE_CHECKING:
    from wavepacket.runs import RunProgress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Tell how far the run, or the sweep, in FOLDER is; it may be at work meanwhile."""
    from wavepacket.runs import run_progress
    from wavepacket.sweeps.plan import is_sweep

    if is_sweep(folder):
        _tell_sweep(folder, as_json)
        return
    progress = run_progress(folder)
    if as_json:
        click.echo(
            json.dumps({**asdict(progress), "seconds_left": progress.seconds_left, "folder": str(folder)})
        )
        return
    _print(progress, folder)


def _tell_sweep(folder: Path, as_json: bool) -> None:
    """Tell how many points of a sweep are finished, running, stopped, damaged, or not begun, and what to do."""
    from collections import Counter

    from wavepacket.errors import InputError
    from wavepacket.runs import run_progress
    from wavepacket.runs.durable import shown, typed
    from wavepacket.runs.folder import shard_files
    from wavepacket.runs.layout import DESCRIPTION, INDEX
    from wavepacket.runs.lock import crew_at_work, owner_at_work
    from wavepacket.sweeps.folder import point_folder
    from wavepacket.sweeps.plan import read_plan

    states, owner = Counter[str](), owner_at_work(folder) or ""
    workers, lost = crew_at_work(folder) or (None, None)
    number = read_plan(folder).size
    for index in range(number):
        point = point_folder(folder, index)
        try:
            begun = any((point / name).exists() for name in (DESCRIPTION, INDEX)) or shard_files(point)
            states[run_progress(point).state if begun else "not begun"] += 1
        except InputError:
            states["damaged"] += 1
    if as_json:
        found = {"folder": str(folder), "owner": owner, "points": number, "states": states}
        click.echo(json.dumps({**found, "workers": workers, "lost": lost}))
        return
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    click.echo(
        f"{shown(folder)}: sweep of {number} points: {told}" + (f" (running: {owner})" if owner else "")
    )
    if workers is not None:
        click.echo(f"{workers} workers" + (f", {lost} lost" if lost else ""))
    if states["damaged"]:
        click.echo(f"repair it by `wavepacket verify {typed(folder)} --repair`")
    elif states["finished"] < number and not owner:
        click.echo(f"go on with `wavepacket resume {typed(folder)}`")


def _print(progress: "RunProgress", folder: Path) -> None:
    from wavepacket.runs.durable import typed
    from wavepacket.runs.size import in_words

    by = f" ({progress.owner})" if progress.owner else ""
    click.echo(f"{progress.name}: {progress.state}{by}")
    whole = "" if progress.trajectories_total is None else f" of {progress.trajectories_total}"
    parts = "" if progress.shards_total is None else f" of {progress.shards_total}"
    click.echo(
        f"{progress.trajectories}{whole} trajectories in {progress.shards}{parts} shards, {in_words(progress.size)}"
    )
    if progress.workers is not None:
        click.echo(f"{progress.workers} workers" + (f", {progress.lost} lost" if progress.lost else ""))
    if progress.rate:
        click.echo(f"{progress.rate:.3g} trajectories a second")
    if progress.seconds_left is not None:
        click.echo(f"about {progress.seconds_left:.0f} s left")
    if progress.quarantined:
        click.echo(
            f"left out since they could not be computed: shards {', '.join(map(str, progress.quarantined))}"
        )
    if progress.state == "stopped":
        click.echo(f"go on with `wavepacket resume {typed(folder)}`")
    elif progress.state == "damaged":
        click.echo(
            f"a part of it is damaged or missing: repair it by `wavepacket verify {typed(folder)} --repair`"
        )
    elif progress.state == "not begun":
        click.echo(
            f"cut off before its first trajectory: begin again with `wavepacket run CONFIG -o {typed(folder)}`"
        )
