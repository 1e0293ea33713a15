"""Whether what a config says of packets and tables fits its crystal: dimension and valleys, before anything is built."""

from collections.abc import Iterable, Iterator, Sequence

from wavepacket.config import Config, Gaussian, Packets
from wavepacket.errors import ConfigError, Problem
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import shown

__all__ = ["check_fits", "chosen_source"]


def check_fits(config: Config, hamiltonian: LatticeHamiltonian | KPHamiltonian) -> None:
    """Raise a ConfigError with the place of everything in ``band`` and ``ensemble`` that the crystal cannot have."""
    dimension = hamiltonian.dimension
    problems = [
        *_grid(config, "band.grid", config.band.grid, dimension),
        *_grid(config, "ensemble.grid", getattr(config.ensemble, "grid", None), dimension),
        *_beyond(config, dimension),
    ]
    named = config.ensemble.valley if isinstance(config.ensemble, Gaussian) else None
    if named not in (None, "auto") and config.valleys != "auto":
        known = [*(config.valleys or hamiltonian.valleys)]
        if named not in known:
            sentence = f"no valley {shown(named)}; this model has: {', '.join(known) or 'none'}"
            problems.append(config.where("ensemble.valley").problem(sentence))
    if problems:
        raise ConfigError(problems)


def _grid(config: Config, path: str, grid: Sequence[int] | None, dimension: int) -> Iterator[Problem]:
    if grid is not None and len(grid) != dimension:
        sentence = f"a {dimension}D crystal needs {dimension} number(s), not {len(grid)}"
        yield config.where(path).problem(sentence)


def _beyond(config: Config, dimension: int) -> Iterator[Problem]:
    """Wavevectors with components that the crystal has no periodicity in, so that nothing depends on them."""
    for path, wavevector in _wavevectors(config):
        if any(wavevector[dimension:]):
            axes = " and ".join(f"k_{axis}" for axis in "xyz"[dimension:])
            yield config.where(path).problem(
                f"a {dimension}D crystal has no {axes}: write {dimension} number(s)"
            )


def _wavevectors(config: Config) -> Iterable[tuple[str, Sequence[float]]]:
    if isinstance(config.ensemble, Packets):
        return ((f"ensemble.wavevectors[{i}]", each) for i, each in enumerate(config.ensemble.wavevectors))
    if isinstance(config.ensemble, Gaussian) and config.ensemble.center is not None:
        return (("ensemble.center", config.ensemble.center),)
    return ()


def chosen_source(
    hamiltonian: LatticeHamiltonian | KPHamiltonian, source: str, *, position_elements: bool = True
) -> str:
    """Return what ``auto`` stands for among the band sources: the closed form where there is one, else ``direct``."""
    if source != "auto":
        return source
    has_elements = position_elements and getattr(hamiltonian, "position_matrices", None) is not None
    return "two_band" if hamiltonian.size <= 2 and not has_elements else "direct"
