"""``wavepacket validate``: everything that can be checked before the kernels are needed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import announce_compilation, config_arguments
from wavepacket.errors import ConfigError, Problem
from wavepacket.threads import available_threads

if TYPE_CHECKING:
    from wavepacket.config import Config
    from wavepacket.hamiltonians import Hamiltonian
    from wavepacket.simulation import Problem as Prepared

_SMALL = 50_000  # packets times orbitals


@click.command()
@config_arguments
@click.option(
    "--time", "timed", is_flag=True, help="Also try a few trajectories and tell how long the run takes."
)
def validate(config: Path, overrides: tuple[str, ...], timed: bool) -> None:
    """Check CONFIG: keys, units, ranges, the model and its parameters; tell what the run will need."""
    from wavepacket.conventions import not_a_hole
    from wavepacket.hamiltonians import LatticeHamiltonian, open_config
    from wavepacket.protocols import protocol_of

    checked, hamiltonian = _checked_together(open_config(config, overrides=overrides))
    if checked.band.follow == "character":
        announce_compilation()
        from wavepacket.bands import followed

        hamiltonian = followed(checked, hamiltonian).hamiltonian
    said = set(hamiltonian.notes)
    if checked.ensemble is not None and checked.valleys != "auto":  # those are found in the band of a run
        valleys = tuple(checked.valleys or hamiltonian.valleys)
        protocol_of(checked).check(valleys)
        if _in_space(checked):
            from wavepacket.ensembles import with_signs  # brings numba with it
            from wavepacket.simulation.in_space import check_space

            check_space(
                with_signs(checked, hamiltonian), hamiltonian, valleys, lambda line: _once(line, said)
            )
    positive = not_a_hole(checked.charge, hamiltonian.size, isinstance(hamiltonian, LatticeHamiltonian))
    said.add(positive or "")
    problem = _rehearsed(checked, hamiltonian, said)
    checked = checked if problem is None else problem.config
    for note in (*hamiltonian.notes, positive):
        if note is not None:
            click.echo(f"note: {note}")
    click.echo(f"{config}: fine ({hamiltonian!r}, {_bands(checked)})")
    if checked.ensemble is None:
        click.echo("no ensemble and no time: for the commands bands, response and export, not for run")
    elif timed:
        announce_compilation(integrator=True)
        from wavepacket import simulation

        click.echo(simulation.estimate_of(checked, report=lambda line: _once(line, said)))
    else:
        click.echo(_needs(checked, hamiltonian, problem))


def _rehearsed(config: "Config", hamiltonian: "Hamiltonian", said: set[str]) -> "Prepared | None":
    """Find where packets start, and all that a run is made of where nothing less says whether it can be run."""
    if config.ensemble is None:
        return None
    cold = getattr(config.ensemble, "is_cold", False)  # whether there is a surface is known when it is made
    several = config.band.group is not None or config.band.each is not None
    given = config.scattering
    mapped = given is not None and given.map is not None and config.fields.is_magnetic
    if several or cold or mapped:
        problem = _problem(config, said)
        if mapped:
            _ = problem.map_flights.parts  # a field may turn packets too fast for the map
        return problem
    if _is_small(config, hamiltonian):
        announce_compilation()
        from wavepacket.simulation import check_packets

        check_packets(config)
    return None


def _is_small(config: "Config", hamiltonian: "Hamiltonian") -> bool:
    """Whether it takes no more than a moment to see where packets start, without a search for valleys."""
    from wavepacket.cli.needs import at_most

    if "auto" in (config.valleys, getattr(config.ensemble, "valley", None)):
        return False
    return (
        at_most(config, hamiltonian, _number_of_valleys(config, hamiltonian)).trajectories * hamiltonian.size
        <= _SMALL
    )


def _number_of_valleys(config: "Config", hamiltonian: "Hamiltonian") -> int:
    chosen = config.valleys if isinstance(config.valleys, dict) else {}
    return len(chosen or hamiltonian.valleys)


def _checked_together(config: "Config") -> "tuple[Config, Hamiltonian]":
    """A config as data, and its crystal; ConfigError with all that is wrong with parts that can be looked at one by one."""
    from wavepacket.config import warn_of_idle_fields
    from wavepacket.hamiltonians import as_data, build_hamiltonian, resolved

    built: list[tuple[Config, Hamiltonian]] = []

    def build(written: "Config") -> None:
        data = as_data(written)
        built.append((data, build_hamiltonian(data)))

    checks: list[Callable[[Config], object]] = [build, resolved, warn_of_idle_fields]
    if config.headline:
        from wavepacket.analysis import check_headline  # loads kernels

        checks.append(check_headline)
    problems: dict[Problem, None] = {}
    for check in checks:
        try:
            check(config)
        except ConfigError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise ConfigError(problems)
    return built[0]


def _problem(config: "Config", said: set[str]) -> "Prepared":
    """What a run is made of that nothing less says of whether it can be run."""
    announce_compilation(integrator=True)
    from wavepacket.simulation import build_problem

    return build_problem(config, report=lambda line: _once(line, said))


def _in_space(config: "Config") -> bool:
    """Whether a config asks for anything that not every crystal can have in space."""
    assert config.ensemble is not None
    asked = (
        config.sample,
        config.local,
        config.ensemble.kind == "contact",
        config.textures,
        config.fields.in_space(),
        any(config.fields.magnetic_gradient),
    )
    return any(asked) or config.integrator.method == "quadrature"


def _once(line: str, said: set[str]) -> None:
    """Print a line that was not printed yet."""
    if line not in said:
        said.add(line)
        click.echo(line)


def _bands(config: "Config") -> str:
    """Name the band, or the bands, of packets."""
    several = config.bands or config.band.group
    if not isinstance(several, tuple):
        return f"band {config.band.index}"
    return "bands " + ", ".join(map(str, several))


def _needs(config: "Config", hamiltonian: "Hamiltonian", problem: "Prepared | None") -> str:
    """Return what a run needs: at most, where its problem is not known."""
    from wavepacket.cli.needs import at_most
    from wavepacket.runs.machine import memory_limit
    from wavepacket.runs.size import PROGRAM, in_words

    if problem is not None:
        from wavepacket.simulation.layout import layout_of
        from wavepacket.simulation.preflight import extent

        size, word = extent(problem, layout_of(problem), available_threads()), "exactly"
    else:
        size, word = at_most(config, hamiltonian, _number_of_valleys(config, hamiltonian)), "at most"
    size.check()
    memory, limit = PROGRAM + size.memory, memory_limit()
    more = ""
    if limit is not None and memory > limit:
        more = f"; there are {in_words(limit)} of memory here, and `run` would refuse"
    return (
        f"{word} {size.trajectories} trajectories: about {in_words(size.disk)} on the disk, {in_words(memory)} of memory"
        f"{more}; --time tells how long"
    )
