"""A phase diagram: the Chern number of the lowest bands against two parameters of a library model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.chern import chern_number
from wavepacket.config import Config, LibraryModel
from wavepacket.hamiltonians import build_hamiltonian

__all__ = ["PhaseDiagram", "phase_diagram"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """Chern numbers on a grid of two parameters.

    Attributes
    ----------
    names : of the two parameters; units : as written in the config
    first, second : (n,), (m,) values in those units
    chern : (n, m); not a number where no mesh resolves Ω, as at a transition
    """

    names: tuple[str, str]
    units: tuple[str, str]
    first: Float
    second: Float
    chern: Float


def phase_diagram(config: Config, *, progress: Progress = lambda done, total: None) -> PhaseDiagram | None:
    """Return the phase diagram that ``response.phase_diagram`` asks for, or None."""
    request = config.response.phase_diagram if config.response else None
    if request is None:
        return None
    (one, first), (two, second) = request.axes.items()
    chern = np.full((len(first), len(second)), np.nan)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            hamiltonian = build_hamiltonian(_changed(config, {one: a, two: b}))
            if request.filling >= hamiltonian.size:
                raise config.problem(
                    "response.phase_diagram.filling", f"{hamiltonian.name} has only {hamiltonian.size} bands"
                )
            number = chern_number(hamiltonian, 0, request.filling - 1)
            chern[i, j] = np.nan if number is None else number
        progress((i + 1) * len(second), chern.size)
    units = (_parts(first[0])[1], _parts(second[0])[1])
    values = [np.array([_parts(text)[0] for text in texts]) for texts in (first, second)]
    return PhaseDiagram(
        (one.removeprefix("model."), two.removeprefix("model.")), units, values[0], values[1], chern
    )


def _changed(config: Config, values: dict[str, str]) -> Config:
    """The config with parameters of its library model set to what is written."""
    if not isinstance(config.model, LibraryModel):
        raise config.problem("response.phase_diagram", "needs a model of the library")
    parameters: dict[str, float | int | str] = dict(config.model.parameters)
    for key, text in values.items():
        if not key.startswith("model."):
            raise config.problem(
                "response.phase_diagram", f"the key {key!r} must be one of the model, model.NAME"
            )
        number, unit = _parts(text)
        parameters[key.removeprefix("model.")] = text if unit else number
    return config.with_parameters(parameters)


def _parts(text: str) -> tuple[float, str]:
    """Number and unit of a written value."""
    number, _, unit = text.partition(" ")
    return float(number), unit
