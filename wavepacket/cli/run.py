"""``wavepacket run`` and ``wavepacket resume``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import (
    announce_compilation,
    cluster_options,
    config_arguments,
    json_option,
    say,
    threads_option,
    verbose_option,
)
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.response import go_on
from wavepacket.cli.response_options import PARTIAL
from wavepacket.cli.signals import go_on_with, stoppable
from wavepacket.cli.summary import show
from wavepacket.cli.sweep import summarise
from wavepacket.errors import InputError, TooManyFailed

if TYPE_CHECKING:
    from wavepacket.cluster import Choice


@click.command()
@config_arguments
@click.option("-o", "output", type=click.Path(path_type=Path), help="Run folder; default runs/NAME.")
@click.option("--overwrite", is_flag=True, help="Replace a run that is already in that folder.")
@click.option(
    "--uncertainty", type=click.FloatRange(1e-12, 1.0),
    help="Repeat with more packets until the result has this relative uncertainty; wins over ensemble.uncertainty.",
)  # fmt: skip
@click.option(
    "--shards", metavar="I/N", help="Compute the I-th of N parts only, in a job array; `resume` makes the run of them.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@cluster_options("wavepacket.simulation.on_workers")
@threads_option
@verbose_option
@json_option
def run(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, overwrite: bool, quiet: bool,
    uncertainty: float | None, shards: str | None, cluster: "Choice | None", threads: int | None, verbose: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Run CONFIG into a run folder and print its observables."""
    if shards is not None:
        if overwrite or uncertainty is not None or cluster is not None:
            raise InputError("--shards: goes without --overwrite, --uncertainty, -j and --cluster")
        _run_share(config, overrides, output, shards, quiet=quiet, threads=threads)
        return
    with stoppable() as stop:
        from wavepacket.cli.needs import refuse_hopeless
        from wavepacket.hamiltonians import open_config

        checked = open_config(config, overrides=overrides)
        text = config.read_bytes() if not overrides and uncertainty is None else None
        folder = output or Path("runs") / checked.name
        refuse_hopeless(checked, folder, overwrite=overwrite)
        stop.cure = go_on_with(folder)
        announce_compilation(integrator=True)
        from wavepacket import sweeps

        with shown_progress("trajectories", quiet) as progress:
            finished = sweeps.run(
                checked, output, uncertainty=uncertainty, config_text=text, overwrite=overwrite, threads=threads,
                cluster=cluster, progress=progress, report=say, stop=stop,
            )  # fmt: skip
        _summarise(finished, verbose, as_json)


def _run_share(
    config: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    shards: str,
    *,
    quiet: bool,
    threads: int | None,
) -> None:
    """Compute a part of a run's shards and say what remains to be done."""
    with stoppable() as stop:
        from wavepacket.hamiltonians import open_config

        checked = open_config(config, overrides=overrides)
        text = None if overrides else config.read_bytes()
        announce_compilation(integrator=True)
        from wavepacket import simulation

        folder = output or Path("runs") / checked.name
        with shown_progress("trajectories", quiet) as progress:
            lacking = simulation.run_share(
                checked, simulation.Share.parsed(shards), folder, config_text=text, threads=threads,
                progress=progress, report=say, stop=stop,
            )  # fmt: skip
        click.echo(simulation.how_to_finish(folder, lacking))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@cluster_options("wavepacket.simulation.on_workers")
@threads_option
@verbose_option
@json_option
def resume(
    *, folder: Path, quiet: bool, cluster: "Choice | None", threads: int | None, verbose: int, as_json: bool
) -> None:
    """Go on with the run, or the sweep, in FOLDER that was cut off; or with a response, from the file that it left."""
    if folder.name.endswith(PARTIAL):
        go_on(folder, quiet=quiet, threads=threads, cluster=cluster, as_json=as_json)
        return
    with stoppable(go_on_with(folder)) as stop:
        from wavepacket.cli.needs import refuse_hopeless_points, refuse_hopeless_rest
        from wavepacket.runs import read_description
        from wavepacket.runs.durable import shown
        from wavepacket.runs.layout import INDEX
        from wavepacket.sweeps.plan import is_sweep

        if is_sweep(folder):
            refuse_hopeless_points(folder)
            announce_compilation(integrator=True)
            from wavepacket import sweeps

            with shown_progress("points", quiet) as progress:
                done = sweeps.resume_sweep(
                    folder, threads=threads, cluster=cluster, progress=progress, report=say, stop=stop
                )
            summarise(done, as_json)
            return
        read_description(folder)  # what is no run is refused before the kernels are loaded
        already = (folder / INDEX).is_file()
        refuse_hopeless_rest(folder)
        announce_compilation(integrator=True)
        from wavepacket import sweeps

        with shown_progress("trajectories", quiet) as progress:
            finished = sweeps.resume(
                folder, threads=threads, cluster=cluster, progress=progress, report=say, stop=stop
            )
        if already:
            say(f"{shown(folder)}: was finished already")
        _summarise(finished, verbose, as_json)


def _summarise(finished: Any, verbose: int, as_json: bool) -> None:
    """Print observables and warnings; raise where too many trajectories failed."""
    from wavepacket.analysis import analyze, config_of
    from wavepacket.runs.durable import shown, typed

    config = config_of(finished)
    observables = analyze(finished)
    show(finished, observables, str(finished.folder), verbose, as_json)
    if not as_json:
        click.echo(f"run folder: {shown(finished.folder)}")
    if finished.quarantined:
        raise TooManyFailed(
            f"{len(finished.quarantined)} shards could not be computed and are left out of every number "
            f"({', '.join(map(str, finished.quarantined[:10]))}); `wavepacket resume {typed(finished.folder)}` tries again"
        )
    excluded = observables["excluded_fraction"].value
    if isinstance(excluded, float) and excluded > config.limits.excluded_fraction:
        raise TooManyFailed(
            f"{excluded:.2%} of the trajectories stopped early, more than limits.excluded_fraction = "
            f"{config.limits.excluded_fraction:g}; the results are stored but leave them out"
        )
