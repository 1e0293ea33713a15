"""Whether packets in a group of bands can start in the eigenvalues of the spin that a config asks for."""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.ensembles import Ensemble
from wavepacket.simulation.group import Group

__all__ = ["check_values"]

_FAR = 0.25  # ħ; a state that is further from the value asked for is another one
_OFF = 0.02  # ħ; by which a state may differ and nothing is said
_BLOCKS, _EACH = 16, 64  # starts that are looked at, over the whole ensemble


def check_values(
    config: Config, group: Group, ensemble: Ensemble, report: Callable[[str], None] = lambda _: None
) -> None:
    """Raise ConfigError where a group has no state near one of ``internal.values`` at some of the starts.

    ``report`` is told where the nearest one is not quite the one that was asked for.
    """
    if group.internal.values is None:
        return
    k = _places(ensemble)
    there = _eigenvalues(group, k)
    for number, wanted in enumerate(group.internal.values):
        off = np.abs(there - wanted).min(axis=1)
        worst = int(off.argmax())
        place = ", ".join(f"{each:.4g}" for each in k[worst] + 0.0)
        if off[worst] <= _FAR:
            if off[worst] > _OFF:
                nearest = there[worst, np.abs(there[worst] - wanted).argmin()]
                report(
                    f"internal.values[{number}]: the state nearest to the spin {wanted:g} has {nearest:.4g} at "
                    f"k = [{place}] 1/angstrom"
                )
            continue
        values = ", ".join(f"{each:.4g}" for each in there[worst] + 0.0)
        bands = f"bands {group.first} to {group.last}" if group.size > 1 else f"band {group.first}"
        raise config.problem(
            f"internal.values[{number}]",
            f"no state of {bands} has the spin {wanted:g} at k = [{place}] 1/angstrom; there are {values}",
        )


def _places(ensemble: Ensemble) -> Float:
    """Wavevectors (n, 3) of packets that are spread over the ensemble."""
    size = min(_EACH, ensemble.size)
    firsts = np.linspace(0, ensemble.size - size, min(_BLOCKS, ensemble.size)).astype(np.int64)
    return np.concatenate([ensemble.packets(first, size).wavevector for first in np.unique(firsts).tolist()])


def _eigenvalues(group: Group, k: Float) -> Float:
    """Eigenvalues (n, G) of the spin along its axis, or along k, within the group, rising."""
    assert group.spin is not None
    axis = k if group.internal.start == "helicity" else np.array(group.internal.axis)[None]
    length = np.maximum(np.linalg.norm(axis, axis=1), np.finfo(float).tiny)
    along = np.tensordot(axis / length[:, None], group.spin, axes=1)
    _, states = np.linalg.eigh(group.hamiltonian.hamiltonian(k))
    inside = states[:, :, group.first : group.last + 1]
    return np.linalg.eigvalsh(np.conj(np.swapaxes(inside, 1, 2)) @ along @ inside)
