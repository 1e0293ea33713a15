"""``wavepacket verify`` and ``wavepacket migrate``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import announce_compilation, cluster_options, json_option, say, threads_option
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.signals import go_on_with, stoppable
from wavepacket.errors import InputError

if TYPE_CHECKING:
    from wavepacket.cluster import Choice


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Make damaged files again, and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@cluster_options("wavepacket.simulation.on_workers")
@threads_option
@json_option
def verify(
    *, folder: Path, repair: bool, quiet: bool, cluster: "Choice | None", threads: int | None, as_json: bool
) -> None:
    """Check every byte of the run, or the sweep, in FOLDER against its digests; exit code 2 where something is damaged."""
    from wavepacket.runs import verify as check
    from wavepacket.runs.durable import shown, typed
    from wavepacket.sweeps.plan import CONFIG, is_sweep

    swept = is_sweep(folder)
    if swept:
        from wavepacket.sweeps.verification import repair_sweep, verify_sweep

    if repair:
        with stoppable(go_on_with(folder)) as stop, shown_progress("trajectories", quiet) as progress:
            announce_compilation(integrator=True)
            from wavepacket import simulation

            mend = repair_sweep if swept else simulation.repair
            damages = mend(folder, threads=threads, cluster=cluster, progress=progress, report=say, stop=stop)
    else:
        look = verify_sweep if swept else check
        with shown_progress("points" if swept else "shards", quiet) as progress:
            damages = look(folder, threads=threads, progress=progress)
    if as_json:
        damage = [{"file": each.file, "shard": each.shard, "message": str(each)} for each in damages]
        click.echo(json.dumps({"folder": str(folder), "damages": damage, "repaired": repair}))
    elif repair:
        for each in damages:
            click.echo(f"repaired: {each}")
    if damages and not repair:
        lines = [str(each) for each in damages]
        if not swept or any(
            each.file != CONFIG for each in damages
        ):  # a sweep's config has no copy; it says the cure
            lines.append(f"repair it by `wavepacket verify {typed(folder)} --repair`")
        raise InputError("\n".join(lines))
    if not as_json:
        click.echo(f"{shown(folder)}: fine")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Folder of the new run; default FOLDER-migrated."
)
def migrate(folder: Path, output: Path | None) -> None:
    """Write the run in FOLDER anew in the present format; the old folder stays as it is."""
    from wavepacket.runs import migrate as write_anew
    from wavepacket.runs.durable import shown
    from wavepacket.runs.layout import FORMAT_VERSION

    target = output or folder.with_name(f"{folder.name}-migrated")
    if write_anew(folder, target):
        click.echo(f"wrote {shown(target)} in format {FORMAT_VERSION}")
    else:
        click.echo(f"{shown(folder)}: is in format {FORMAT_VERSION} already, the present one; nothing to do")
