"""``wavepacket sweep``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import (
    announce_compilation,
    cluster_options,
    config_arguments,
    json_option,
    print_headline,
    print_table,
    say,
    threads_option,
)
from wavepacket.cli.progress import shown_progress
from wavepacket.cli.signals import go_on_with, stoppable
from wavepacket.errors import TooManyFailed

if TYPE_CHECKING:
    from wavepacket.arrays import Float
    from wavepacket.cluster import Choice
    from wavepacket.sweeps import Sweep
    from wavepacket.sweeps.angles import Turned
    from wavepacket.sweeps.magnetotransport import Magnetotransport, Measured


@click.command()
@config_arguments
@click.option(
    "-s",
    "axes",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="Sweep a key: fields.magnetic.z=0:10:0.5T, band=0,1, model.material=MoS2,WSe2 or a YAML list; the last one given "
    "varies fastest.",
)
@click.option("-o", "output", type=click.Path(path_type=Path), help="Folder; default runs/NAME_sweep.")
@click.option(
    "--overwrite", is_flag=True, help="Replace a sweep that is already in that folder, finished or not."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@cluster_options("wavepacket.sweeps.points")
@threads_option
@json_option
def sweep(
    *, config: Path, overrides: tuple[str, ...], axes: tuple[str, ...], output: Path | None, overwrite: bool,
    quiet: bool, cluster: "Choice | None", threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Run CONFIG at every combination of swept values into one folder with a table of all observables.

    The same command goes on with a sweep that was cut off, and so does `wavepacket resume FOLDER`.
    """
    from wavepacket.config.scan import parse_axis

    checked = [parse_axis(axis) for axis in axes]
    with stoppable() as stop, shown_progress("points", quiet) as progress:
        from wavepacket.cli.needs import refuse_hopeless_sweep

        stop.cure = go_on_with(refuse_hopeless_sweep(config, tuple(checked), overrides, output, overwrite))
        announce_compilation(integrator=True)
        from wavepacket import sweeps

        finished = sweeps.sweep(
            config,
            checked,
            output,
            overrides=overrides,
            overwrite=overwrite,
            threads=threads,
            cluster=cluster,
            progress=progress,
            report=say,
            stop=stop,
        )
    summarise(finished, as_json)


def points_as_json(finished: "Sweep", magnet: str | None = None) -> str:
    """Return settings, state and observables of all points for other programs; ``magnet`` as in `show_magnetotransport`."""
    import json

    from wavepacket.observables import Observables
    from wavepacket.sweeps.angles import turned_field
    from wavepacket.sweeps.magnetotransport import magnetotransport

    points = [
        {
            "settings": dict(point.settings),
            "state": point.state,
            "observables": Observables(point.observables).as_json(),
        }
        for point in finished.points
    ]
    said = {"folder": str(finished.folder), "points": points}
    if measured := magnetotransport(finished):
        said["magnetotransport"] = [each.as_json() | _anomalous_json(each, magnet) for each in measured]
    if turned := turned_field(finished):
        said["direction_of_magnetic_field"] = [each.as_json() for each in turned]
    return json.dumps(said)


def show_points(sweep: "Sweep", verbose: int = 0, *, warn: bool = False, also: Sequence[str] = ()) -> None:
    """Print the settings of each point with its headline, with ``verbose`` all its observables; or also its warnings.

    ``also``: names of observables to print besides.
    """
    from wavepacket.analysis import config_of, headline_of, warnings
    from wavepacket.observables import Observables
    from wavepacket.runs import open_run

    for point in sweep.points:
        settings = ", ".join(f"{key} = {value}" for key, value in point.settings.items())
        click.echo(f"{settings}: {point.state}")
        if not point.observables:
            continue
        config = config_of(open_run(point.folder))
        print_headline(headline_of(config, Observables(point.observables)), "    ")
        if verbose or also:
            shown = [name for name in point.observables if verbose or name in also]
            print_table({name: point.observables[name] for name in shown}, conventions=verbose > 1)
        for sentence in warnings(point.observables, config) if warn else ():
            say(f"warning: {settings}: {sentence}")


def show_magnetotransport(sweep: "Sweep", magnet: str | None = None) -> None:
    """Print Hall coefficient, anomalous part and carriers of a sweep of B along one direction, or fits against its angle.

    ``magnet``: M along B in A/m, or "model", for the coefficient of the anomalous part.
    """
    from wavepacket.sweeps.angles import turned_field
    from wavepacket.sweeps.magnetotransport import magnetotransport

    measured = magnetotransport(sweep)
    for each in measured:
        settings = ", ".join(f"{key} = {value}" for key, value in each.settings.items())
        click.echo(f"B along {_direction(each.direction)}{f', {settings}' if settings else ''}:")
        click.echo(f"    resistivity across B at B = 0   {each.without_field}")
        click.echo(f"    ordinary Hall coefficient R_0   {each.ordinary}")
        rule = "odd and even in B" if each.both_signs else "odd and even powers of B"
        click.echo(f"    anomalous Hall resistivity      {each.anomalous}   (apart from R_0 by {rule})")
        if magnet is not None:
            of_model, coefficient = _anomalous(each, magnet)
            click.echo(f"    anomalous coefficient R_s       {coefficient}   (with M = {of_model})")
        for carrier in each.carriers.carriers:
            found = each.of_carrier(carrier)
            click.echo(
                f"    {carrier.kind + 's':<10} density {found['density']}, mobility {found['mobility']}"
            )
        if each.carriers.refusal:
            click.echo(f"    {each.carriers.refusal}")
        elif each.carriers.carriers:
            click.echo(f"    largest misfit of rho to these carriers: {each.carriers.misfit:.1e}")
        largest = each.largest
        click.echo(
            f"    at {largest['field']:g} T: |R_0| B/rho = {largest['cyclotron_angle']:.3g} (omega_c tau of one kind "
            f"of carriers), {_departure(largest)}"
        )
    if measured:
        click.echo("scaling: rho(B, tau) tau depends on B tau alone, but for Berry curvature and moment")
    for turned in turned_field(sweep):
        _show_turned(turned)


def _departure(largest: Mapping[str, float]) -> str:
    """|D - 1| at the largest B, first the share of the weight for which it is large."""
    from wavepacket.analysis.monitors import percent
    from wavepacket.runs.worst import DEPARTURE

    most, share = largest["departure"], largest["weight_beyond_limit"]
    if share > 0:
        return f"|D - 1| above {DEPARTURE:g} for {percent(share)} of the weight, up to {most:.2g}"
    return f"|D - 1| up to {most:.2g}"


def _anomalous(found: "Magnetotransport", magnet: str) -> "tuple[Measured, Measured]":
    """M along B and R_s."""
    from wavepacket.sweeps.magnetization import anomalous_coefficient, magnetization_of_model
    from wavepacket.sweeps.magnetotransport import Measured

    of_model = magnetization_of_model(found) if magnet == "model" else Measured(float(magnet), 0.0, "A/m")
    return of_model, anomalous_coefficient(found, of_model)


def _anomalous_json(found: "Magnetotransport", magnet: str | None) -> dict[str, Any]:
    if magnet is None:
        return {}
    of_model, coefficient = _anomalous(found, magnet)
    return {"magnetization": of_model.as_json(), "anomalous_hall_coefficient": coefficient.as_json()}


def _show_turned(turned: "Turned") -> None:
    """Print anisotropic magnetoresistance and planar Hall effect of a sweep of the direction of B."""
    one, two = turned.names
    settings = ", ".join(f"{key} = {value}" for key, value in turned.settings.items())
    click.echo(
        f"B of {turned.strength:g} T turned by phi from {one} to {two}{f', {settings}' if settings else ''}:"
    )
    found = turned.measured
    if not found:
        click.echo(
            "    no fit: the angles do not tell cos(2 phi) and sin(2 phi) apart; sweep four directions of half a turn"
        )
        return
    for name, axis, form in (("along", one, "cos"), ("across", two, "sin")):
        change = f"d = {found[f'{name}_change']}"
        click.echo(
            f"    rho_{axis}{axis} = r + d {form}^2(phi)   r = {found[f'{name}_perpendicular']}, {change}"
        )
    click.echo(
        f"    rho_{one}{two} = d sin(phi) cos(phi)   d = {found['planar_change']}   (planar Hall, symmetric part)"
    )
    click.echo(
        f"    other harmonics of 2 phi at most {turned.rest:.2g}, largest misfit {turned.misfit:.2g} {turned.unit}"
    )


def _direction(unit: "Float") -> str:
    """An axis by its letter, another direction by its components."""
    for letter, place in zip("xyz", range(3), strict=True):
        if abs(unit[place]) > 1 - 1e-9:
            return letter
    return "[" + ", ".join(f"{part:.4g}" for part in unit) + "]"


def summarise(finished: "Sweep", as_json: bool) -> None:
    """Print the points and where their numbers are; raise where some have failed."""
    if as_json:
        click.echo(points_as_json(finished))
    else:
        show_points(finished)
        show_magnetotransport(finished)
        click.echo(f"tables: {finished.folder / 'index.csv'}, {finished.folder / 'observables.csv'}")
    if finished.failed:
        raise TooManyFailed(
            f"{finished.failed} of {len(finished.points)} points have no result to rely on; see index.csv"
        )
