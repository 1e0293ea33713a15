"""The exact edge current of a strip beside M of the bulk: the integral of J over an edge and M are one number."""

from dataclasses import dataclass, field

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config, ConfigLike
from wavepacket.config.schema_response import Response, Ribbon
from wavepacket.errors import Stop, stopping
from wavepacket.hamiltonians import build_hamiltonian, open_config
from wavepacket.observables import Observable, Observables, Plain, package_observables, words_of
from wavepacket.response.edges import Filling, Local, Progress, local_currents
from wavepacket.response.respond import respond, whole
from wavepacket.response.ribbon_observables import Bulk, Source
from wavepacket.response.steps import Steps
from wavepacket.response.strip_of_config import Cut, strip_of
from wavepacket.threads import available_threads
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN, E_OVER_HBAR

__all__ = ["RibbonResult", "exact_ribbon"]

_ROWS = 3.0
"""Standard deviation of profiles over the height of a row of cells: the theory knows nothing finer than a few of them."""
_MOST_LEVELS = 600
"""Chemical potentials at which M of the bulk is found for the profile."""
_DEEP = 30.0
"""k_BT below the bands where there is nothing."""
_SETTLED = 1e-3
"""Of the target of `response`, for the mesh in k."""


@dataclass(frozen=True, eq=False, repr=False)
class RibbonResult:
    """Edge currents, profiles and the bulk's magnetization.

    Attributes
    ----------
    chemical_potential : (M,), eV; temperature : (T,), K: the first two indices of the observables' arrays
    observables : by name
    facts : of the strip, for people
    warnings : sentences
    """

    name: str
    chemical_potential: Float
    temperature: Float
    observables: Observables
    facts: dict[str, object]
    warnings: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        """Return the strip and the names of what was found."""
        return f"RibbonResult({self.name}: {self.facts['strip']}; {', '.join(self.observables)})"

    def __getitem__(self, name: str) -> Observable:
        """Return an observable by its name."""
        return self.observables[name]


def exact_ribbon(
    config: ConfigLike | None,
    hamiltonian: object | None,
    *,
    threads: int | None,
    progress: Progress,
    stop: Stop,
) -> RibbonResult:
    """Diagonalise a strip, as the public `ribbon` documents."""
    config = open_config(whole(config, hamiltonian), hamiltonian)
    config.refuse_textures("a ribbon")
    crystal = build_hamiltonian(config)
    request = config.response or Response()
    asked = request.ribbon or Ribbon()
    threads = threads or available_threads()
    cut = strip_of(config, crystal)
    filling = Filling(
        np.array(request.chemical_potential), np.array(request.temperature), asked.bias, cut.middle
    )
    told = stopping(progress, stop)
    local = local_currents(
        cut.strip, filling, target=_SETTLED * request.uncertainty, points=request.points, threads=threads, progress=told
    )  # fmt: skip
    bulk = _bulk(config, cut, filling, Steps(threads, progress=told))
    width = _ROWS * cut.strip.frame.pitch if asked.smoothing is None else asked.smoothing
    source = Source(config.charge, cut, filling, local, bulk, width)
    found = Observables(package_observables("ribbon", Plain(source, words=words_of(2, config.charge))))
    return RibbonResult(
        config.name,
        filling.chemical_potential,
        filling.temperature,
        found,
        _facts(cut, local, width),
        source.warnings,
    )


def _bulk(config: Config, cut: Cut, filling: Filling, steps: Steps) -> Bulk:
    """M by `response` at all local chemical potentials that there are."""
    request = config.response or Response()
    mu, kt = filling.chemical_potential, BOLTZMANN * filling.temperature
    energy = cut.strip.potential
    half = 0.5 * abs(filling.bias)
    high = mu.max() + half - energy.min()
    low = max(mu.min() - half - energy.max(), cut.bottom - _DEEP * kt.max())
    number = int(np.clip(np.ceil((high - low) / (0.25 * kt.min())), 16, _MOST_LEVELS))
    between = [mu + way * 0.5 * filling.bias - cut.lowest for way in (-1, 1)]
    level = np.unique(np.concatenate([np.linspace(min(low, high - 1.0), high, number), *between]))
    asked = request.model_copy(
        update={
            "chemical_potential": tuple(level.tolist()), "quantities": ("orbital_magnetization",),
            "phase_diagram": None, "ribbon": None,
        }
    )  # fmt: skip
    found = respond(config.model_copy(update={"response": asked}), None, steps)["orbital_magnetization"]
    unit = BOHR_MAGNETON / (cut.area * E_OVER_HBAR)
    value, error = (unit * np.asarray(each)[..., 2] for each in (found.value, found.uncertainty))
    return Bulk(level, value, error)


def _facts(cut: Cut, local: Local, width: float) -> dict[str, object]:
    frame, strip = cut.strip.frame, cut.strip
    return {
        "strip": f"along {frame.vectors[0].tolist()}, {np.ptp(strip.place):.5g} angstrom wide",
        "along": frame.vectors[0], "period": frame.period, "orbitals": strip.size, "wavevectors": local.points,
        "middle": cut.middle, "flat": 2 * cut.flat, "smoothing": width,
    }  # fmt: skip
