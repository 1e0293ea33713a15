"""The Schrödinger equation of a packet on the lattice, compared with the semiclassical equations for the same packet."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from wavepacket.errors import Stop, never, stopping
from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.config import ConfigLike
    from wavepacket.quantum.budget import ErrorBudget, check_budget, error_budget
    from wavepacket.quantum.comparison import Comparison, rms
    from wavepacket.quantum.counterpart import SemiclassicalPath
    from wavepacket.quantum.exact import ExactPath, exact_path
    from wavepacket.quantum.setting import Setting, build_setting

__all__ = [
    "Comparison",
    "ErrorBudget",
    "ExactPath",
    "SemiclassicalPath",
    "Setting",
    "build_setting",
    "check_budget",
    "error_budget",
    "exact_path",
    "quantum",
    "rms",
]

__getattr__ = loader(
    __name__,
    {
        "Comparison": "wavepacket.quantum.comparison",
        "ErrorBudget": "wavepacket.quantum.budget",
        "ExactPath": "wavepacket.quantum.exact",
        "SemiclassicalPath": "wavepacket.quantum.counterpart",
        "Setting": "wavepacket.quantum.setting",
        "build_setting": "wavepacket.quantum.setting",
        "check_budget": "wavepacket.quantum.budget",
        "error_budget": "wavepacket.quantum.budget",
        "exact_path": "wavepacket.quantum.exact",
        "rms": "wavepacket.quantum.comparison",
    },
)


def quantum(
    config: "ConfigLike",
    *,
    hamiltonian: object | None = None,
    densities: bool = False,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Stop = never,
) -> "Comparison":
    """Solve the Schrödinger equation for the packet of a config and compare it with semiclassical packets.

    Parameters
    ----------
    config : a config with a section ``quantum`` and a Gaussian ensemble, the path of its file, or a mapping with its keys
    hamiltonian : in place of the config's model: one of `wavepacket.hamiltonians`, or a model of PythTB, TBmodels, sisl or
        WannierBerri
    densities : keep |ψ|² in space and over wavevectors at every save, for pictures
    threads : of the semiclassical part; default all cores that the process may use
    progress : called with saves done and in all
    stop : asked as often, and before each semiclassical part, whether to stop; nothing is kept then

    Raises
    ------
    InputError
        for a config that cannot run, or where the packet reaches the end of the box
    Interrupted
        where ``stop`` was true

    Examples
    --------
    >>> import wavepacket
    >>> found = wavepacket.quantum("configs/quantum_orbital_moment.yaml")  # doctest: +SKIP
    >>> found["rms_distance"].value  # doctest: +SKIP

    """
    from wavepacket.quantum.comparison import compare  # here, so that ``import wavepacket`` starts at once

    return compare(
        config, hamiltonian, densities=densities, threads=threads, progress=stopping(progress, stop)
    )
