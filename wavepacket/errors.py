"""Exceptions with their exit codes, and the status codes of trajectories with their sentences.

Compiled code returns a `Status`; everything that a person reads is written here or by the raiser.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

__all__ = [
    "COMPLETE",
    "STATUS_SENTENCES",
    "ConfigError",
    "EmptyError",
    "InputError",
    "Interrupted",
    "Problem",
    "Status",
    "Stop",
    "TooManyFailed",
    "WavepacketError",
    "never",
    "stopping",
]


class WavepacketError(Exception):
    """Anything that this package reports to its user; `str(error)` is the whole message."""

    exit_code: ClassVar[int] = 1


class InputError(WavepacketError):
    """A bad config, file or argument; one line per problem."""

    exit_code: ClassVar[int] = 2


class EntryError(InputError):
    """A bad entry of a list of matrices, which is number ``index`` there."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class EmptyError(InputError):
    """No state counts."""


class TooManyFailed(WavepacketError):
    """The run finished, but more trajectories were excluded than allowed."""

    exit_code: ClassVar[int] = 3


class Interrupted(WavepacketError):
    """A signal stopped the run; what was finished is safe and the run can be resumed."""

    exit_code: ClassVar[int] = 75


Stop = Callable[[], bool]
"""Asked several times a second: whether to stop."""


def never() -> bool:
    """Whether to stop: no."""
    return False


def stopping(progress: Callable[[int, int], None], stop: Stop) -> Callable[[int, int], None]:
    """Return the progress function of work that keeps nothing, which raises Interrupted where ``stop`` is true."""

    def told(done: int, total: int) -> None:
        progress(done, total)
        if stop():
            raise Interrupted(f"stopped: {done} of {total} done, and nothing is kept")

    return told


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a config.

    Parameters
    ----------
    file : name of the file, or the override as it was given
    line, column : position counted from 1; None where the source has no lines
    path : the key as written, such as ``fields.magnetic[2]``; empty for the whole file
    message : what is wrong and what would be right
    """

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """Return ``file:line:column: path: message`` without the parts that are unknown."""
        position = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        text = ": ".join(part for part in (position, self.path, self.message) if part)
        # One line, safe for a terminal: file names, keys and overrides may hold any character.
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class ConfigError(InputError):
    """Everything that is wrong with a config, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[tuple[Problem, ...]]]:
        """Rebuild from the problems: the default would pass the text, and workers pickle their errors."""
        return type(self), (self.problems,)


class Status(IntEnum):
    """How a trajectory ended; gaps leave room for relatives."""

    OK = 0
    MAX_STEPS = 10
    STEP_UNDERFLOW = 20
    NON_FINITE = 30
    DENSITY_OF_STATES = 40
    GAP_TOO_SMALL = 50
    LEFT_DOMAIN = 60
    ABSORBED = 70
    NO_REFLECTION = 80


COMPLETE = (Status.OK, Status.ABSORBED)
"""How trajectories end that are whole."""

STATUS_SENTENCES: dict[Status, str] = {
    Status.OK: "reached the end time",
    Status.MAX_STEPS: "used all of integrator.maximum_steps before the end time",
    Status.STEP_UNDERFLOW: "needed steps too small for the time to advance; its motion is singular there",
    Status.NON_FINITE: "met a number that is not finite in the band or the fields",
    Status.DENSITY_OF_STATES: "came to a density-of-states factor D near 0, where semiclassics ends",
    Status.GAP_TOO_SMALL: "came to a point where the gap to the next band is below limits.gap",
    Status.ABSORBED: "ended in a contact",
    Status.NO_REFLECTION: "met a wall with no state of its energy that leads back: fields drive it along the wall out of "
    "its band (weaken them), the band of a k·p model does not rise again (take a lattice), or a diffuse wall found no "
    "state in a pocket that is too small for it",
    Status.LEFT_DOMAIN: "left the wavevectors or positions for which the model or the field is meant",
}
