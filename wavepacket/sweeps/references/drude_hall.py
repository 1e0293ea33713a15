"""Free carriers with one relaxation time: the formulas of Drude and Hall, at any temperature, mass, field and frequency."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.response_tensors import inverse
from wavepacket.analysis.source import CONDUCTIVITY
from wavepacket.config import Config
from wavepacket.formulas import fermi
from wavepacket.observables import UNITS, Observable
from wavepacket.sweeps.references.requirements import cross_matrix, library_model, linear_response
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR

__all__ = ["drude_hall"]

_SPHERES = {1: 2.0, 2: 2 * np.pi, 3: 4 * np.pi}
_SOURCE = "free carriers with one relaxation time (N. W. Ashcroft, N. D. Mermin, Solid State Physics (1976), chapter 1)"


def drude_hall(configs: Sequence[Config]) -> list[dict[str, Observable]]:
    """Conductivity, density and, for a static probe in a magnetic field, Hall coefficient of each config."""
    return [_observables(config) for config in configs]


def _observables(config: Config) -> dict[str, Observable]:
    """Of m dv/dt = qE + q v×B − m v/τ: σ = n q² (m (1/τ − iω) − q X)^{-1}, with X v = v×B."""
    hamiltonian = library_model(config, ("parabolic_band",))
    response, time = linear_response(config)
    ensemble, charge = response.starts, config.charge
    d, frequency = hamiltonian.dimension, response.scattering.frequency
    mass = ELECTRON_MASS * np.array([float(hamiltonian.parameters[f"mass_{axis}"]) for axis in "xyz"])
    if np.any(mass[:d] < 0):
        raise config.problem(
            "model", "reference drude_hall needs positive masses: a hole-like band has no bottom"
        )
    number = _density(mass[:d], ensemble.chemical_potential, ensemble.temperature)
    field = E_OVER_HBAR * HBAR * np.array(config.fields.magnetic)
    drag = np.diag(mass) * (1 / time - 1j * frequency) - charge * cross_matrix(field)
    tensor = CONDUCTIVITY[d] * number * charge**2 * inverse(drag.astype(np.complex128), d)
    found: dict[str, tuple[Any, str]] = {
        "conductivity": (_shown(tensor, frequency), UNITS["conductivity"][d]),
        "carrier_density": (number, f"1/angstrom^{d}"),
    }
    if d > 1 and not frequency and np.any(field):
        coefficient = 10.0 ** (-10 * d) / (charge * ELEMENTARY_CHARGE * number)
        found["hall_coefficient"] = (coefficient, f"m^{d}/C")
    return {name: Observable(name, value, None, unit, _SOURCE) for name, (value, unit) in found.items()}


def _density(mass: npt.NDArray[np.float64], level: float, temperature: float) -> float:
    """∫[dk] f of ε = Σ ħ²k_a²/2m_a, as shells of √ε."""
    from scipy.integrate import quad  # takes a while to load

    d, heat = len(mass), BOLTZMANN * temperature
    scale = float(_SPHERES[d] * np.prod(np.sqrt(2 * mass) / (2 * np.pi * HBAR)))
    if heat == 0.0:
        return float(scale * max(level, 0.0) ** (d / 2) / d)
    # The edge of occupation may be sharp: it gets pieces of its own. Below the band the tail begins at its bottom.
    ends = np.sqrt(np.maximum([0.0, *(max(level, 0.0) + heat * np.array([-40.0, 0.0, 40.0]))], 0.0))

    def shell(root: float) -> float:
        return root ** (d - 1) * float(fermi((root**2 - level) / heat))

    pieces = [quad(shell, *piece, epsabs=0.0, epsrel=1e-11)[0] for piece in itertools.pairwise(ends)]
    return float(scale * sum(pieces))


def _shown(tensor: npt.NDArray[np.complex128], frequency: float) -> Any:
    return {"real": tensor.real, "imaginary": tensor.imag} if frequency else tensor.real
