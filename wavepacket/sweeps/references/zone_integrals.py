"""Integrals over the occupied states in k space, by the machinery of ``wavepacket response``, in place of packets.

The anomalous Hall conductivity of one band for a steady state, −(q²/ħ)∫[dk] f Ω, and the current of second order from the
Berry curvature dipole of all bands for a linear response.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavepacket.analysis.source import CONDUCTIVITY
from wavepacket.arrays import Float
from wavepacket.config import Config, FermiDirac, FermiSurface
from wavepacket.config.schema_response import Response
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.observables import UNITS, Observable
from wavepacket.protocols import linear_response_of
from wavepacket.response import response
from wavepacket.sweeps.references.requirements import linear_response
from wavepacket.units import HBAR

__all__ = ["zone_integrals"]


_SOURCE = "integral over the occupied states in k space"


def zone_integrals(configs: Sequence[Config]) -> list[dict[str, Observable]]:
    """Hall conductivity (steady states) or nonlinear Hall conductivity (linear response) of each config.

    Configs that differ in their chemical potential alone are integrated together.
    """
    groups: dict[str, list[int]] = {}
    for index, config in enumerate(configs):
        groups.setdefault(_rest(config), []).append(index)
    found: list[dict[str, Observable]] = [{} for _ in configs]
    for members in groups.values():
        levels = [_ensemble(configs[index]).chemical_potential for index in members]
        made = _group(configs[members[0]], levels)
        for index, one in zip(members, made, strict=True):
            found[index] = one
    return found


def _ensemble(config: Config) -> FermiDirac | FermiSurface:
    if any(config.fields.magnetic):
        raise config.problem(
            "fields.magnetic", "reference zone_integrals is for runs without a magnetic field"
        )
    linear = linear_response_of(config)
    if linear is not None:
        return linear.starts
    if isinstance(config.ensemble, FermiDirac):
        return config.ensemble
    raise config.problem(
        "ensemble.kind", "reference zone_integrals is for fermi_dirac, and for fermi_surface with scattering"
    )


def _rest(config: Config) -> str:
    """Everything but the chemical potential, as text."""
    ensemble = _ensemble(config).model_copy(update={"chemical_potential": 0.0})
    return config.model_copy(update={"ensemble": ensemble}).model_dump_json()


def _group(config: Config, levels: list[float]) -> list[dict[str, Observable]]:
    linear = linear_response_of(config)
    quantity = "anomalous_hall_conductivity" if linear is None else "berry_curvature_dipole"
    order, place = np.unique(levels, return_inverse=True)
    section = (config.response or Response()).model_copy(
        update={
            "chemical_potential": tuple(order.tolist()),
            "temperature": (_ensemble(config).temperature,),
            "quantities": (quantity,),
            "by_band": linear is None,
        }
    )
    found = response(config.model_copy(update={"response": section}))
    integral = found[quantity]
    make = _hall if linear is None else _second_order
    return [make(config, integral, int(index)) for index in place]


def _hall(config: Config, integral: Observable, index: int) -> dict[str, Observable]:
    """σ_xy in two dimensions, [σ_yz, σ_zx, σ_xy] in three, of the band of the packets."""
    tensor = np.asarray(integral.contributions[str(config.band.index)].value)[index, 0]
    error = np.asarray(integral.uncertainty)[index, 0]
    rows, columns = ([0], [1]) if integral.unit == UNITS["conductivity"][2] else ([1, 2, 0], [2, 0, 1])
    value, spread = tensor[rows, columns], error[rows, columns]
    name = "hall_conductivity"
    if len(value) == 1:
        return {name: Observable(name, float(value[0]), float(spread[0]), integral.unit, _SOURCE)}
    return {name: Observable(name, value, spread, integral.unit, _SOURCE)}


def _second_order(config: Config, integral: Observable, index: int) -> dict[str, Observable]:
    """χ_abc = −(q³τ/ħ²(1 − iωτ)) ε_acd D_bd, symmetric in bc.

    I. Sodemann and L. Fu, Phys. Rev. Lett. 115, 216806 (2015).
    """
    d = 2 if integral.unit == "angstrom" else 3
    linear, time = linear_response(config)
    frequency = linear.scattering.frequency
    factor = -CONDUCTIVITY[d] * config.charge**3 * time / HBAR**2 / (1 - 1j * frequency * time)

    def tensor(epsilon: Float, dipole: Any, by: complex) -> Any:
        chi = by * np.einsum("acd,bd->abc", epsilon, np.asarray(dipole)[index, 0])
        chi = 0.5 * (chi + chi.swapaxes(1, 2))
        return {"real": chi.real, "imaginary": chi.imag} if frequency else chi.real

    value = tensor(LEVI_CIVITA, integral.value, factor)
    error = tensor(np.abs(LEVI_CIVITA), integral.uncertainty, abs(factor.real) + 1j * abs(factor.imag))
    name = "nonlinear_hall_conductivity"
    return {name: Observable(name, value, error, f"{UNITS['conductivity'][d]} angstrom/V", _SOURCE)}
