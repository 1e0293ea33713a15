"""What a response is: observables over chemical potentials and temperatures."""

from dataclasses import dataclass, field

import numpy as np

from wavepacket.arrays import Float
from wavepacket.observables import Observable, Observables, entries
from wavepacket.response.symmetry import Symmetry

__all__ = ["PLANES", "ResponseResult"]


PLANES = ((1, 2), (2, 0), (0, 1))
"""Components (a, b) of an antisymmetric tensor that make the axial components x, y, z."""


@dataclass(frozen=True, eq=False, repr=False)
class ResponseResult:
    """Observables of a scan over μ and T.

    Attributes
    ----------
    chemical_potential : (M,), eV; temperature : (T,), K: the first two indices of the observables' arrays
    observables : by name
    symmetry : what was found of the crystal's symmetry
    convergence : how the integrals converged, and whether they reached the target
    warnings : sentences
    charge : of the carriers, in units of e
    notes : what was found on reading the crystal
    """

    name: str
    chemical_potential: Float
    temperature: Float
    observables: Observables
    symmetry: Symmetry
    convergence: dict[str, object]
    warnings: tuple[str, ...] = field(default=())
    charge: float = -1.0
    notes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        """Return the scan and the names of what was found."""
        mu, kelvin = self.chemical_potential, self.temperature
        return (
            f"ResponseResult({self.name}: {len(mu)} chemical potentials from {mu[0]:g} to {mu[-1]:g} eV, "
            f"{len(kelvin)} temperatures up to {kelvin[-1]:g} K; {', '.join(self.observables)})"
        )

    def __getitem__(self, name: str) -> Observable:
        """Return an observable by its name."""
        return self.observables[name]

    @property
    def own(self) -> list[str]:
        """Names of those that a script has registered."""
        return [each.name for each in entries("response") if each.own and each.name in self.observables]

    def over_scan(self, name: str) -> bool:
        """Whether an observable is one number for each μ and T."""
        return np.shape(np.asarray(self[name].value)) == (len(self.chemical_potential), len(self.temperature))

    @property
    def main_component(self) -> int:
        """Axial component with the largest Hall conductivity, or magnetization; z where all vanish."""
        if "anomalous_hall_conductivity" in self.observables:
            hall = np.abs(np.asarray(self["anomalous_hall_conductivity"].value))
            sizes = np.array([hall[..., a, b].max() for a, b in PLANES])
        elif "orbital_magnetization" in self.observables:
            sizes = np.abs(np.asarray(self["orbital_magnetization"].value)).max(axis=(0, 1))
        else:
            return 2
        return 2 if sizes[2] >= 0.99 * sizes.max() else int(sizes.argmax())

    @property
    def main_plane(self) -> tuple[int, int]:
        """Components (a, b) of the largest Hall response."""
        return PLANES[self.main_component]
