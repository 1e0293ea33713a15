"""Semiclassical electron wavepackets in crystals whose bands have geometry.

Packets (r, k) move under E and B with the Berry-corrected equations of motion; ensembles of them become anomalous Hall
currents and valley-resolved drift. Start with ``wavepacket.load_config`` and ``wavepacket.run``, or with a Hamiltonian:

>>> import wavepacket
>>> geometry = wavepacket.band(wavepacket.hamiltonians.haldane(), 0).geometry([[0.1, 0.2, 0.0]])
>>> geometry.berry_curvature.shape
(1, 3)
"""

from typing import TYPE_CHECKING

from wavepacket.lazy import loader
from wavepacket.quantum import quantum  # named as their packages: bound here, before a submodule binds them
from wavepacket.response import response, ribbon

if TYPE_CHECKING:
    from wavepacket import analysis, hamiltonians, plots
    from wavepacket.analysis.analyze import analyze
    from wavepacket.analysis.own import observable
    from wavepacket.bands import band
    from wavepacket.config import (
        config_from_mapping,
        ensemble_kind,
        field_kind,
        load_config,
        profile_kind,
        tableau,
        times_kind,
    )
    from wavepacket.ensembles.given import packets
    from wavepacket.fermi import fermi_surface
    from wavepacket.fields import sampled_field
    from wavepacket.hamiltonians import model, models
    from wavepacket.hamiltonians.sampled import sampled_profile
    from wavepacket.oscillations import orbits
    from wavepacket.plots import plot, view
    from wavepacket.runs import open_run
    from wavepacket.sweeps import open_sweep, run, sweep

__version__ = "0.1.0"

# Loaded on first use, so that ``import wavepacket`` and ``wavepacket --help`` start at once.
_HOMES = {
    "analysis": "wavepacket.analysis",
    "analyze": "wavepacket.analysis",
    "band": "wavepacket.bands",
    "config_from_mapping": "wavepacket.config",
    "ensemble_kind": "wavepacket.config",
    "fermi_surface": "wavepacket.fermi",
    "field_kind": "wavepacket.config",
    "hamiltonians": "wavepacket.hamiltonians",
    "load_config": "wavepacket.config",
    "model": "wavepacket.hamiltonians",
    "models": "wavepacket.hamiltonians",
    "observable": "wavepacket.analysis.own",
    "open_run": "wavepacket.runs",
    "open_sweep": "wavepacket.sweeps",
    "orbits": "wavepacket.oscillations",
    "packets": "wavepacket.ensembles.given",
    "plot": "wavepacket.plots",
    "plots": "wavepacket.plots",
    "profile_kind": "wavepacket.config",
    "run": "wavepacket.sweeps",
    "sampled_field": "wavepacket.fields.sampled",
    "sampled_profile": "wavepacket.hamiltonians.sampled",
    "sweep": "wavepacket.sweeps",
    "tableau": "wavepacket.config",
    "times_kind": "wavepacket.config",
    "view": "wavepacket.plots",
}

__all__ = [
    "__version__",
    "analysis",
    "analyze",
    "band",
    "config_from_mapping",
    "ensemble_kind",
    "fermi_surface",
    "field_kind",
    "hamiltonians",
    "load_config",
    "model",
    "models",
    "observable",
    "open_run",
    "open_sweep",
    "orbits",
    "packets",
    "plot",
    "plots",
    "profile_kind",
    "quantum",
    "response",
    "ribbon",
    "run",
    "sampled_field",
    "sampled_profile",
    "sweep",
    "tableau",
    "times_kind",
    "view",
]

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    """Return the public names, loaded or not, for completion at a prompt."""
    return sorted(__all__)
