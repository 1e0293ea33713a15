"""``wavepacket init``: a config to start from, with every section explained."""

import inspect
import os
import re
import sys
from functools import partial
from pathlib import Path
from string import Template as Text
from typing import TYPE_CHECKING

import click
import numpy as np

from wavepacket.cli.options import in_units
from wavepacket.cli.templates import TEMPLATES, Question
from wavepacket.errors import InputError
from wavepacket.runs.durable import typed
from wavepacket.scripts import LOADED
from wavepacket.units import DIMENSIONS, parse_quantity

if TYPE_CHECKING:
    from wavepacket.hamiltonians import Hamiltonian

_GENERIC = (0.0617, 0.0391, 0.0273)  # 1/Å, a point that no symmetry leads to
_COINCIDE = 1e-9  # eV

_TEMPLATE = """\
version: 1
name: {name}

# A parameter is text with a unit, or a plain number in the unit that is shown by: wavepacket models {model}
model:
  name: {model}
{parameters}

{band}            # counted from the bottom; or {{index: 0, source: auto|two_band|table|direct, accuracy: 1e-6}}

fields:
  electric: [1 kV/cm, 0, 0]    # static; or {{kind: ramp|sinusoid|circular|pulse|circular_pulse, ...}}, or a list of them
  magnetic: [0, 0, 0 T]        # uniform and static

{ensemble}

time: {{end: 1 ps, saves: 201}}

integrator: {{method: dop853, tolerance: 1e-10}}

# output: {{trajectories: 1000}}    # keep the full paths of this many only; sums always run over all
seed: 1
"""

_OVER_ZONE = """\
# packets (a list), zone, filled_band, fermi_dirac, fermi_surface, confined, gaussian or optical
ensemble: {{kind: filled_band, grid: [{grid}]}}"""

_PACKETS = """\
# packets (a list), zone, filled_band, fermi_dirac, fermi_surface, confined, gaussian or optical
ensemble:
  kind: packets
  wavevectors: [[0.01, 0.02, 0], [0.02, -0.01, 0]]    # 1/angstrom"""


def _band(hamiltonian: "Hamiltonian") -> str:
    """The lowest band, with those that have its energy everywhere."""
    energies = np.linalg.eigvalsh(hamiltonian.hamiltonian([_GENERIC]))[0]
    number = int((energies < energies[0] + _COINCIDE).sum())
    return "band: 0" if number == 1 else f"bands: {list(range(number))}"


@click.command()
@click.argument("model", required=False)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    help="File to write; default MODEL.yaml or TEMPLATE.yaml.",
)
@click.option(
    "--template",
    type=click.Choice([*TEMPLATES]),
    help="What to see, in place of a model: a config that shows it.",
)
@click.option(
    "--answer", "given", multiple=True, metavar="NAME=VALUE", help="Answer to a question of a template."
)
@click.option("--list", "listed", is_flag=True, help="List the templates and their questions.")
def init(
    model: str | None, output: Path | None, template: str | None, given: tuple[str, ...], listed: bool
) -> None:
    """Write a commented config for a MODEL of the library, or for what you want to see.

    Without any of them it asks five questions at a terminal.
    """
    if listed:
        _list()
        return
    if model is not None and template is not None:
        raise InputError(f"give either the model {model!r} or --template {template}")
    if model is None and template is None and at_a_terminal():
        template, output, given = _interview(output, given)
    if template is None:
        if given:
            raise InputError("--answer belongs to --template NAME")
        template = next(
            (name for name, each in TEMPLATES.items() if each.model and each.model == model), None
        )
        output = output or (Path(f"{model}.yaml") if template else None)
    if template is None:
        _of_model(model or "haldane", output)
        return
    chosen = TEMPLATES[template]
    path = output or Path(f"{template}.yaml")
    text = chosen.filled({"name": _plain(path.stem), **_answers(template, _read(template, given))})
    _write(path, text)
    folder = f"runs/{_plain(path.stem)}"
    then = (f"wavepacket run {typed(path)}{_loads()}", *(
        Text(each).substitute(file=typed(path), folder=folder) for each in chosen.then))  # fmt: skip
    click.echo("\n  ".join([f"wrote {path}; next:", *then]))


def at_a_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty()


def _list() -> None:
    for name, each in TEMPLATES.items():
        click.echo(f"{name}: {each.shows}")
        for question in each.questions:
            click.echo(f"    --answer {question.name}=...    {question.words} [{question.default}]")


def _interview(output: Path | None, given: tuple[str, ...]) -> tuple[str, Path, tuple[str, ...]]:
    """Ask what to see, up to three answers of that, and the name of the file."""
    names = list(TEMPLATES)
    click.echo("What do you want to see?")
    for number, name in enumerate(names, start=1):
        click.echo(f"  {number}  {TEMPLATES[name].shows}")
    name = names[click.prompt("Number", type=click.IntRange(1, len(names)), default=1) - 1]
    known, answers = _read(name, given), list(given)
    for question in TEMPLATES[name].questions:
        if question.name not in known:
            words = (
                f"{question.words} ({question.kind.replace('|', ', ')})"
                if "|" in question.kind
                else question.words
            )
            answer = click.prompt(words, default=question.default, value_proc=partial(_checked, question))
            answers.append(f"{question.name}={answer}")
    path = output or Path(click.prompt("File to write", default=f"{name}.yaml"))
    return name, path, tuple(answers)


def _read(template: str, given: tuple[str, ...]) -> dict[str, str]:
    """Answers by name."""
    questions = {question.name: question for question in TEMPLATES[template].questions}
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in questions:
            raise InputError(f"--answer {text}: write NAME=VALUE with one of {', '.join(questions)}")
        try:
            found[name] = _checked(questions[name], value)
        except click.UsageError as error:
            raise InputError(f"--answer {text}: {error.message}") from None
    return found


def _checked(question: Question, answer: str) -> str:
    """Return the answer, without space around it; a complaint of click where it cannot be one."""
    text = answer.strip()
    if "|" in question.kind and text not in question.kind.split("|"):
        raise click.UsageError(f"must be one of {question.kind.replace('|', ', ')}")
    if question.kind == "integer" and not (text.isdecimal() and text.isascii()):
        raise click.UsageError("must be a whole number")
    if question.kind in DIMENSIONS:
        try:
            parse_quantity(text, question.kind)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    return text


def _answers(template: str, given: dict[str, str]) -> dict[str, str]:
    """All answers."""
    found = dict[str, str]()
    for question in TEMPLATES[template].questions:
        answer = found[question.name] = given.get(question.name, question.default)
        if question.plain:
            found[question.plain] = f"{parse_quantity(answer, question.kind):.12g}"
    return found


def _plain(name: str) -> str:
    """A name that a config may have."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "run"


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise InputError(f"{path}: is there already; choose another name with -o")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _loads() -> str:
    return "".join(f" --load {typed(Path(os.path.relpath(file)))}" for file in LOADED)


def _of_model(model: str, output: Path | None) -> None:
    from wavepacket.hamiltonians import LatticeHamiltonian, build_model, builder_of, parameter_dimensions

    builder = builder_of(model)
    dimensions = parameter_dimensions(builder)
    lines = []
    for key, parameter in inspect.signature(builder).parameters.items():
        unit = DIMENSIONS.get(dimensions.get(key, "number"), "1")
        value = parameter.default
        lines.append(f"  {'# ' if value is None else ''}{key}: {in_units(value, unit)}")
    hamiltonian = build_model(model, {})
    ensemble = _PACKETS
    if isinstance(hamiltonian, LatticeHamiltonian):
        points = {1: 256, 2: 96, 3: 24}[hamiltonian.dimension]
        ensemble = _OVER_ZONE.format(grid=", ".join([str(points)] * hamiltonian.dimension))
    path = output or Path(f"{model}.yaml")
    _write(
        path,
        _TEMPLATE.format(
            name=model, model=model, parameters="\n".join(lines), band=_band(hamiltonian), ensemble=ensemble
        ),
    )
    click.echo(f"wrote {path}; next: wavepacket run {typed(path)}{_loads()}")
