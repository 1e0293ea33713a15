"""What an integration is given, and what it leaves: passes over the zone, and how well each quantity is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.response.kept import Kept
from wavepacket.response.scan import Scan
from wavepacket.response.targets import CANCELLED, Target, shares
from wavepacket.threads import ONE_THREAD, InOrder

__all__ = ["Converged", "Limits", "Pass", "Reached", "Rule", "probes"]

Progress = Callable[[int, int], None]

_PROBES = 101
"""Most chemical potentials at which the errors of cells are compared; every number of the scan is judged in the end."""


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Attributes
    ----------
    points : most wavevectors to diagonalise
    method : ``auto``, ``uniform``, ``adaptive`` or ``folded``
    mesh : points along each axis to start with; None for a choice
    in_order : what blocks of wavevectors are worked on by
    kept : what an earlier integration left, and what this one leaves where it is stopped
    report : called with what is known after each mesh, and after each round of dividing cells
    """

    points: int = 1_000_000
    method: str = "auto"
    mesh: int | None = None
    in_order: InOrder = ONE_THREAD
    progress: Progress = lambda done, total: None
    kept: Kept = field(default_factory=Kept)
    report: "Callable[[Pass], None]" = lambda found: None


@dataclass(frozen=True, eq=False)
class Reached:
    """How well a quantity is known.

    Attributes
    ----------
    share : (M, T) uncertainty over the size that it is relative to
    """

    target: Target
    share: Float

    @property
    def worst(self) -> float:
        """Largest share."""
        return float(self.share.max(initial=0.0))

    @property
    def met(self) -> bool:
        """Whether the target was reached at every μ and T."""
        return self.worst <= self.target.relative


@dataclass(frozen=True, eq=False)
class Pass:
    """One integration: its result, how well each target was met, and a sentence on the method."""

    scan: Scan
    reached: dict[str, Reached]
    how: str

    @property
    def met(self) -> bool:
        """Whether every target was reached."""
        return all(each.met for each in self.reached.values())


@dataclass(frozen=True, eq=False)
class Converged:
    """Finished integrals: of every quantity the pass that knows it better.

    Attributes
    ----------
    passes : of a uniform mesh, of cells, or both
    points : wavevectors diagonalised in all
    stopped : whether somebody asked to stop before the targets were met
    """

    passes: tuple[Pass, ...]
    points: int
    stopped: bool = False

    def best(self, name: str) -> tuple[Scan, str]:
        """The scan that knows a quantity better at each temperature, and how it was found."""
        last = self.passes[-1]
        if name not in last.reached:
            return last.scan, last.how
        kelvin = last.reached[name].target.temperatures(last.scan.temperature)
        chosen = [self.passes[i] for i in self._choice(name)]
        hows = list(dict.fromkeys(one.how for one in chosen))
        if len(hows) > 1:
            hows = [
                f"{', '.join(f'{t:g} K' for t, one in zip(kelvin, chosen, strict=True) if one.how == how)}: {how}"
                for how in hows
            ]
        apart = {float(t): one.scan.collected for t, one in zip(kelvin, chosen, strict=True)}
        return replace(last.scan, apart=apart), "; ".join(hows)

    def _choice(self, name: str) -> list[int]:
        """Which pass to take at each temperature of a quantity."""
        worst = np.array([one.reached[name].share.max(axis=0, initial=0.0) for one in self.passes[::-1]])
        return [len(self.passes) - 1 - int(i) for i in np.argmin(worst, axis=0)]

    @property
    def reached(self) -> dict[str, Reached]:
        """How well every quantity is known."""
        reached = {}
        for name, one in self.passes[-1].reached.items():
            columns = [self.passes[i].reached[name].share[:, j] for j, i in enumerate(self._choice(name))]
            reached[name] = Reached(one.target, np.stack(columns, axis=1))
        return reached

    @property
    def met(self) -> bool:
        """Whether every target was reached."""
        return all(each.met for each in self.reached.values())


def probes(count: int) -> Integer:
    """Numbers of the chemical potentials at which errors are compared."""
    return np.unique(np.linspace(0, count - 1, min(count, _PROBES)).round().astype(np.int64))


@dataclass(frozen=True, eq=False)
class Rule:
    """What decides whether a pass is good enough.

    Attributes
    ----------
    mu, probes : (M,), (P,) eV
    natural : (targets, P) see `targets.natural`
    """

    targets: Sequence[Target]
    mu: Float
    probes: Float
    natural: Float

    def judged(self, scan: Scan) -> tuple[dict[str, Reached], Float]:
        """How well each quantity is known, and its size at the extremes of temperature, (targets, 2 P), internal units."""
        reached, sizes = {}, np.zeros((len(self.natural), 2 * len(self.probes)))
        for index, target in enumerate(self.targets):
            least = CANCELLED * np.interp(self.mu, self.probes, self.natural[index])
            share, size = shares(target, scan, least)
            reached[target.name] = Reached(target, share)
            chosen = target.extremes(scan.temperature)
            sizes[index] = size[probes(len(self.mu))][:, chosen].T.ravel()
        return reached, sizes
