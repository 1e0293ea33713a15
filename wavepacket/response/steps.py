"""How an integration is carried out: who hears of it, who may stop it, and where it is kept."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.cluster import Choice, Hearing, on_workers
from wavepacket.cluster.session import crew_told
from wavepacket.config import Config
from wavepacket.errors import Interrupted
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import package_observables
from wavepacket.response.kept import Kept, Stopped
from wavepacket.response.observables import Report
from wavepacket.response.passes import Pass
from wavepacket.threads import InOrder, available_threads, on_threads

__all__ = ["Steps", "identity_of", "known"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Steps:
    """How an integration is carried out; see the public `response`."""

    threads: int | None = None
    cluster: Choice | None = None
    remark: Callable[[str], None] = lambda sentence: None
    progress: Progress = lambda done, total: None
    report: Callable[[str], None] = lambda sentence: None
    stop: Callable[[], bool] = lambda: False
    partial: Path | None = None

    def kept(self, identity: str) -> Kept:
        """What an earlier call left."""
        kept = Kept() if self.partial is None else Kept.load(self.partial, identity)
        kept.stop = self.stop
        return kept

    @contextmanager
    def in_order(self, kept: Kept) -> Iterator[InOrder]:
        """Give what works on blocks of wavevectors: threads, or workers whose loss stops the integration as a wish does."""
        if self.cluster is None:
            yield on_threads(self.threads or available_threads())
            return
        place = Path() if self.partial is None else self.partial.parent
        hearing = Hearing(self.remark, crew_told(self.remark), stop=self.stop)
        with on_workers(self.cluster, place.absolute(), hearing) as workers:

            def heard(work: Callable[[Any], Any], items: Iterable[Any], /) -> Iterator[Any]:
                try:
                    yield from workers(work, items)
                except Interrupted as early:
                    if not self.stop():
                        self.remark(str(early))
                    kept.stopped = True
                    raise Stopped from early

            yield heard

    def finish(self, kept: Kept, identity: str) -> None:
        """Leave what was integrated where somebody asked to stop."""
        if self.partial is not None and kept.stopped:
            kept.save(self.partial, identity)
        elif self.partial is not None:
            self.partial.unlink(missing_ok=True)


def identity_of(config: Config, hamiltonian: Hamiltonian) -> str:
    """What an integration depends on, as JSON: the code, the crystal, and the config as text."""
    from wavepacket.kernels.jit.decorators import SOURCE_HASH

    code = hashlib.sha256(SOURCE_HASH.encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    of = {"code": code.hexdigest(), "crystal": hamiltonian.content_hash()}
    if hamiltonian.spin is not None:
        of["spin"] = hashlib.sha256(hamiltonian.spin.tobytes()).hexdigest()
    return json.dumps({**of, "config": config.to_yaml()})


def known(found: Pass, charge: float) -> str:
    """A sentence on the quantity that is furthest from its target: its largest component at the worst μ and T."""
    worst = max(found.reached.values(), key=lambda each: each.worst / each.target.relative)
    i, j = np.unravel_index(int(worst.share.argmax()), worst.share.shape)
    kelvin = worst.target.temperatures(found.scan.temperature)[j]
    name, where = worst.target.name, f"mu = {found.scan.mu[i]:g} eV, T = {kelvin:g} K"
    said = f"{found.scan.collected.points} points: {name}"
    main = package_observables("response", Report(found.scan, "", charge, {}, (name,))).get(name)
    if main is not None and not isinstance(main.value, Mapping):
        at = (
            (i, int(np.flatnonzero(found.scan.temperature == kelvin)[0]))
            if np.ndim(main.value) != 3
            else (i,)
        )
        value, error = (np.asarray(part)[at] for part in (main.value, main.uncertainty))
        largest = np.unravel_index(int(np.abs(value).argmax()), np.shape(value))
        said += f" {value[largest]:.5g} ± {error[largest]:.1e} {main.unit}"
    return f"{said} at {where}, uncertainty {worst.worst:.1e} of its size, target {worst.target.relative:.1e}"
