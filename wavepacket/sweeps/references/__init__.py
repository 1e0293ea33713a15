"""What theory says of a config, as the observables that its runs would have: curves to compare a sweep with.

A config names its reference. Nothing of it is fitted: a reference takes parameters of the config alone.
"""

from collections.abc import Callable, Sequence

from wavepacket.config import Config
from wavepacket.observables import Observable
from wavepacket.sweeps.references.drude_hall import drude_hall
from wavepacket.sweeps.references.weyl_nodes import weyl_nodes
from wavepacket.sweeps.references.zone_integrals import zone_integrals

__all__ = ["LABELS", "references"]

_Made = Callable[[Sequence[Config]], list[dict[str, Observable]]]

_REFERENCES: dict[str, _Made] = {
    "drude_hall": drude_hall,
    "weyl_nodes": weyl_nodes,
    "zone_integrals": zone_integrals,
}
LABELS = {
    "drude_hall": "Drude–Hall formula",
    "weyl_nodes": "weak-field formula",
    "zone_integrals": "k-space integral",
}
"""How legends call them."""


def references(configs: Sequence[Config]) -> list[dict[str, Observable]]:
    """Observables of each config by the reference that the first one names.

    Raises
    ------
    ConfigError : a config is not what the reference is for
    """
    name = configs[0].reference
    assert name is not None
    for config in configs:
        if config.band.follow == "character":
            raise config.problem("band.follow", f"reference {name} counts bands by their index")
    return _REFERENCES[name](configs)
