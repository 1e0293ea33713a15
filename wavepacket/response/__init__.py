"""Intrinsic response and thermodynamics: integrals over the zone of all bands, as functions of μ and T.

One pass collects spectral weights at T = 0 (`histogram`); every temperature follows from them by exact convolution.
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from wavepacket.errors import Stop, never
from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.cluster import Cluster
    from wavepacket.config import ConfigLike
    from wavepacket.response.result import ResponseResult
    from wavepacket.response.ribbons import RibbonResult

__all__ = ["ResponseResult", "RibbonResult", "response", "ribbon"]

__getattr__ = loader(
    __name__, {"ResponseResult": "wavepacket.response.result", "RibbonResult": "wavepacket.response.ribbons"}
)


def response(
    config: "ConfigLike | None" = None,
    *,
    hamiltonian: object | None = None,
    threads: int | None = None,
    workers: int | None = None,
    cluster: "Cluster | None" = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    report: Callable[[str], None] = lambda sentence: None,
    remark: Callable[[str], None] = lambda sentence: None,
    stop: Stop = never,
    partial: "str | PathLike[str] | None" = None,
) -> "ResponseResult":
    """Integrate over the zone as the section ``response`` of a config says.

    Parameters
    ----------
    config : a config, the path of its file, a mapping with its keys or, with a Hamiltonian, with those of the section
        ``response`` alone
    hamiltonian : in place of the config's model: one of `wavepacket.hamiltonians`, or a model of PythTB, TBmodels, sisl or
        WannierBerri
    threads : default all cores that the process may use; results do not depend on it
    workers, cluster : processes that blocks of wavevectors are worked on by, as of `wavepacket.run`; they must see the
        folder of ``partial``, or this one
    progress : called with wavevectors done and an upper bound of all
    remark : called with what happens to workers
    report : called with a sentence on what is known after each mesh, and after each round of dividing cells
    stop : asked between blocks of wavevectors whether to stop; what is known by then is returned, with a warning
    partial : file that takes what was integrated where ``stop`` said so, and from which the same call goes on with the same
        bits; it is deleted in the end

    Returns
    -------
    ResponseResult
        ``result[name]`` is an observable with its unit and sign convention; values are arrays [μ, T, ...], tensors
        [μ, T, a, b] with all three Cartesian components; ``chemical_potential`` in eV and ``temperature`` in K

    Raises
    ------
    InputError
        for a model that cannot be integrated over, or a scan that makes no sense
    Interrupted
        where somebody asks to stop before anything is known
    """
    # Here, so that ``import wavepacket`` starts at once.
    from wavepacket.cluster import chosen
    from wavepacket.response.respond import respond
    from wavepacket.response.steps import Steps

    hands = chosen(workers, cluster, threads)
    steps = Steps(threads, hands, remark, progress, report, stop, None if partial is None else Path(partial))
    return respond(config, hamiltonian, steps)


def ribbon(
    config: "ConfigLike | None" = None,
    *,
    hamiltonian: object | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Stop = never,
) -> "RibbonResult":
    """Diagonalise a strip of a planar crystal in ``fields.potential``, and compare its edge current with M of the bulk.

    Parameters
    ----------
    config : as of `response`; V must be the same along a lattice vector, and confine across it, or ``response.ribbon.width``
        cuts the crystal off. Chemical potentials and temperatures (above 0 K) are those of the section ``response``
    hamiltonian : in place of the config's model, as of `response`
    threads : default all cores that the process may use
    progress : called with wavevectors done and an upper bound of all
    stop : asked as often whether to stop; nothing is kept then

    Returns
    -------
    RibbonResult
        ``result["edge_current"]`` and others are arrays [μ, T], profiles such as ``result["local_current_density"]``
        [μ, T, place]

    Raises
    ------
    InputError
        for a config without a strip, or one with fields besides the potential
    Interrupted
        where ``stop`` was true

    Examples
    --------
    >>> import wavepacket
    >>> found = wavepacket.ribbon("configs/haldane_strip.yaml")  # doctest: +SKIP
    >>> found["edge_current"], found["bulk_magnetization"]  # doctest: +SKIP
    """
    from wavepacket.response.ribbons import exact_ribbon  # here, so that ``import wavepacket`` starts at once

    return exact_ribbon(config, hamiltonian, threads=threads, progress=progress, stop=stop)
