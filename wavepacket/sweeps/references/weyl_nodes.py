"""Isotropic Weyl nodes in weak magnetic fields: Drude and Hall, orbital moment and Berry curvature, chiral anomaly.

Per node, for carriers of the upper cone (ε = ħv|k|) at fixed μ, with b = B/|B|:

    σ(ε) = (q²τε²/6π²ħ³v) [1 − (qτv²/ε) X]^{-1} + U(τ, ε) [(4/15 + 2/15) b b − 2/15],    X v = v × B,
    U(τ, ε) = e⁴v³τB²/(8π²ħε²),

and where collisions within a node (τ) conserve its number, and those between nodes take τ_v,
(e²B/4π²ħ²)² (τ_v − τ)/ν b b, with ν the density of states of the node (D. T. Son and B. Z. Spivak, Phys. Rev. B 88,
104412 (2013)). τ is the time of all collisions together. Temperature enters by the first term of Sommerfeld's expansion.
"""

from collections.abc import Callable, Sequence

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.observables import Observable
from wavepacket.sweeps.references.requirements import cross_matrix, library_model, linear_response
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR, SIEMENS_PER_CENTIMETRE

__all__ = ["weyl_nodes"]


_ALONG, _ACROSS = 4 / 15, -2 / 15  # with the orbital moment, at fixed μ
_STEP = 1e-3  # of differences in energy, relative


def weyl_nodes(configs: Sequence[Config]) -> list[dict[str, Observable]]:
    """Conductivity of each config to second order in B and in k_BT/μ.

    Its Hall components are those of Drude and Hall alone: without the anomalous Hall conductivity of a lattice, and without
    the corrections by curvature and moment that are of first order in B and do not grow with τ².
    """
    return [{"conductivity": _conductivity(config)} for config in configs]


def _conductivity(config: Config) -> Observable:
    speed, nodes = _cones(config)
    response, time = linear_response(config)
    ensemble, charge = response.starts, config.charge
    level, heat = ensemble.chemical_potential, BOLTZMANN * ensemble.temperature
    if level <= 0 or config.band.index != 1 or response.scattering.frequency:
        raise config.problem(
            "ensemble",
            "reference weyl_nodes is for a static probe of band 1 with the chemical potential in it",
        )
    field = E_OVER_HBAR * HBAR * np.array(config.fields.magnetic)
    slow = response.scattering.intervalley_time
    both = time if slow is None else 1 / (1 / time + 1 / slow)
    tensor = _sommerfeld(lambda energy: _shell(energy, speed, both, charge, field), level, heat)
    if slow is not None:
        states = (level**2 + (np.pi * heat) ** 2 / 3) / (2 * np.pi**2 * (HBAR * speed) ** 3)
        pumped = charge**2 * field / (4 * np.pi**2 * HBAR**2)
        tensor = tensor + np.outer(pumped, pumped) * (slow - both) / states
    return Observable(
        "conductivity", nodes * SIEMENS_PER_CENTIMETRE * tensor, None, "S/cm",
        "j_a = sigma_ab E_b of isotropic Weyl nodes, to second order in B and in k_B T/mu",
    )  # fmt: skip


def _cones(config: Config) -> tuple[float, int]:
    """Velocity (Å/fs) and number of the nodes."""
    found = library_model(config, ("weyl_node", "weyl_lattice")).parameters
    if "velocity" in found:
        return float(found["velocity"]) / HBAR, 1
    if found["tilt"] or abs(float(found["node"]) - np.pi / 2) > 1e-9:
        raise config.problem("model", "reference weyl_nodes needs isotropic nodes: tilt 0 and node 90 deg")
    return float(found["hopping"]) * float(found["lattice_constant"]) / HBAR, 2


def _shell(energy: float, speed: float, time: float, charge: float, field: Float) -> Float:
    """σ of one node at T = 0, e²/(eV fs Å)."""
    plain = charge**2 * time * energy**2 / (6 * np.pi**2 * HBAR**3 * speed)
    turned = np.linalg.inv(np.eye(3) - charge * time * speed**2 / energy * cross_matrix(field))
    unit = charge**4 * speed**3 * time / (8 * np.pi**2 * HBAR * energy**2)
    squares = (_ALONG - _ACROSS) * np.outer(field, field) + _ACROSS * (field @ field) * np.eye(3)
    return np.asarray(plain * turned + unit * squares)


def _sommerfeld(shell: Callable[[float], Float], level: float, heat: float) -> Float:
    """∫ shell(ε) (−∂f/∂ε) dε to second order in k_BT: shell + (π²/6)(k_BT)² shell''."""
    step = _STEP * level
    curvature = (shell(level + step) - 2 * shell(level) + shell(level - step)) / step**2
    return np.asarray(shell(level) + (np.pi * heat) ** 2 / 6 * curvature)
