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

_HALVINGS = 6


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """Chern numbers on a grid of two parameters.

    Attributes
    ----------
    names : of the two parameters; units : as written in the config
    first, second : (n,), (m,) values in those units
    chern : (n, m); not a number where no mesh resolves Ω, as at a transition
    boundary : (b, 2, 2) two ends of each piece of the lines where it changes, as (first, second): exact to a hundredth of a
        step on the lines of the grid, straight in between

    """

    names: tuple[str, str]
    units: tuple[str, str]
    first: Float
    second: Float
    chern: Float
    boundary: Float


def phase_diagram(config: Config, *, progress: Progress = lambda done, total: None) -> PhaseDiagram | None:
    """Return the phase diagram that ``response.phase_diagram`` asks for, or None."""
    request = config.response.phase_diagram if config.response else None
    if request is None:
        return None
    (one, first), (two, second) = request.axes.items()
    units = (_parts(first[0])[1], _parts(second[0])[1])
    values = [np.array([_parts(text)[0] for text in texts]) for texts in (first, second)]

    def number(at: Float) -> float:
        written = dict(
            zip(
                (one, two),
                (f"{x!r} {unit}".strip() for x, unit in zip(at.tolist(), units, strict=True)),
                strict=True,
            )
        )
        hamiltonian = build_hamiltonian(_changed(config, written))
        if request.filling >= hamiltonian.size:
            raise config.problem(
                "response.phase_diagram.filling", f"{hamiltonian.name} has only {hamiltonian.size} bands"
            )
        found = chern_number(hamiltonian, 0, request.filling - 1)
        return np.nan if found is None else float(found)

    grid = np.stack(np.meshgrid(*values, indexing="ij"), axis=-1)
    chern = np.empty(grid.shape[:2])
    for i, row in enumerate(grid):
        chern[i] = [number(at) for at in row]
        progress((i + 1) * len(row), chern.size)
    return PhaseDiagram(
        (one.removeprefix("model."), two.removeprefix("model.")), units, values[0], values[1], chern,
        _boundary(grid, chern, number),
    )  # fmt: skip


def _boundary(grid: Float, chern: Float, number: Callable[[Float], float]) -> Float:
    """Pieces (b, 2, 2) of the lines where a number on a grid (n, m, 2) of points changes, one across each cell."""
    known: dict[tuple[tuple[int, int], tuple[int, int]], Float] = {}

    def crossing(one: tuple[int, int], other: tuple[int, int]) -> Float:
        if (one, other) not in known:
            known[one, other] = _bisected(grid[one], grid[other], chern[one], number)
        return known[one, other]

    pieces = []
    for i in range(chern.shape[0] - 1):
        for j in range(chern.shape[1] - 1):
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            edges = [tuple(sorted((corners[n], corners[(n + 1) % 4]))) for n in range(4)]
            ends = [crossing(a, b) for a, b in edges if _differ(chern[a], chern[b])]
            pieces += [np.stack(ends[n : n + 2]) for n in range(0, len(ends) - 1, 2)]
    return np.array(pieces).reshape(-1, 2, 2)


def _differ(one: float, other: float) -> bool:
    """Whether two numbers are known and differ."""
    return abs(one - other) > 0.5


def _bisected(low: Float, high: Float, below: float, number: Callable[[Float], float]) -> Float:
    """The point between two where a number stops to be what it is at the first."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = number(middle)
        if not np.isfinite(found):
            return np.asarray(middle)  # no mesh resolves the curvature: the gap is closed here
        low, high = (middle, high) if found == below else (low, middle)
    return np.asarray((low + high) / 2)


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
