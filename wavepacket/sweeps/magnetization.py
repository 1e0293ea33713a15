"""The anomalous Hall coefficient R_s of a magnet, ρ_H = R₀B + μ₀R_sM, from the anomalous part of a sweep of B and from M.

Packets know no M: it is given, or that of the model's bands at the μ and T of the sweep without B, orbital and, where the
model has spins, of these.
"""

import numpy as np

from wavepacket.analysis import config_of
from wavepacket.config.schema_response import Quantity, Response
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, build_hamiltonian
from wavepacket.runs import open_run
from wavepacket.sweeps.magnetotransport import UNITS, Magnetotransport, Measured
from wavepacket.units import BIOT_SAVART, BOHR_MAGNETON, ELEMENTARY_CHARGE

__all__ = ["anomalous_coefficient", "magnetization_of_model"]

_MU_0 = 4 * np.pi * BIOT_SAVART * 1e-10  # T m/A
_PARTS: tuple[Quantity, ...] = ("orbital_magnetization", "spin_magnetization")
_KNOWN = 1.0  # relative error from which M is not told from 0


def anomalous_coefficient(found: Magnetotransport, magnetization: Measured) -> Measured:
    """R_s = ρ_AH/(μ₀ M), m³/C.

    Parameters
    ----------
    magnetization : M along ``found.direction``, A/m

    Raises
    ------
    InputError : the crystal is a layer, which has no M per volume, or M is not told from zero
    """
    if found.unit != UNITS[3]:
        raise InputError("R_s is of a crystal in three dimensions: a layer has no magnetization per volume")
    size, error = abs(magnetization.value), float(np.nan_to_num(magnetization.uncertainty))
    if not error < _KNOWN * size:
        raise InputError(f"R_s needs a magnetization along B that is not zero: it is {magnetization}")
    scale = 0.01 / (_MU_0 * magnetization.value)
    value = scale * found.anomalous.value
    spread = abs(scale) * found.anomalous.uncertainty + abs(value) * error / (size - error)
    return Measured(value, float(spread), "m^3/C")


def magnetization_of_model(found: Magnetotransport, threads: int | None = None) -> Measured:
    """M along ``found.direction`` of all bands of the model at the μ and T of the sweep, without B, A/m.

    Raises
    ------
    InputError : the crystal is a layer, or the integral does not converge
    """
    from wavepacket.response import response  # only where somebody asks: it brings kernels of its own

    if found.unit != UNITS[3]:
        raise InputError("a layer has no magnetization per volume")
    config = config_of(open_run(found.points[0].folder))
    still = config.fields.model_copy(update={"magnetic": (0.0, 0.0, 0.0), "electric": ()})
    bare = config.model_copy(update={"fields": still, "reference": None})
    crystal = build_hamiltonian(bare)
    names = [name for name in _PARTS if name == _PARTS[0] or getattr(crystal, "spin", None) is not None]
    ensemble = config.ensemble
    mu, temperature = (getattr(ensemble, name) for name in ("chemical_potential", "temperature"))
    asked = Response(chemical_potential=(mu,), temperature=(temperature,), quantities=tuple(names))
    result = response(bare.model_copy(update={"response": asked}), threads=threads)
    volume = crystal.cell_volume if isinstance(crystal, LatticeHamiltonian) else 1.0  # Å³, as the unit has it
    scale = BOHR_MAGNETON * ELEMENTARY_CHARGE / (volume * 1e-30)
    value, error = 0.0, 0.0
    for name in names:
        part = result[name]
        value += float(np.asarray(part.value)[0, 0] @ found.direction)
        error += float(np.abs(np.asarray(part.uncertainty))[0, 0] @ np.abs(found.direction))
    return Measured(scale * value, scale * error, "A/m")
