"""The Hall effect of a linear response: its ordinary part, which B causes, and its anomalous part, which stays without B."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.linear_sums import LinearResponse
from wavepacket.analysis.response_tensors import Complex, hall_vector, inverse
from wavepacket.observables import Observable
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

Float = npt.NDArray[np.float64]

RESISTIVITY_UNIT = {1: "eV fs/(e^2 angstrom)", 2: "h/e^2", 3: "ohm cm"}
# m²/C of a Hall coefficient per unit of resistivity and tesla, and its unit.
_COEFFICIENT = {2: (2 * np.pi * HBAR * 1e-15 / ELEMENTARY_CHARGE, "m^2/C"), 3: (0.01, "m^3/C")}
_ABOUT = "about B (in 2D B_z; about z without B)"


@dataclass(frozen=True, eq=False)
class _Hall:
    """Functions of the totals of a response.

    Attributes
    ----------
    size, direction : of the field that turns currents, T; in a plane that is B_z, without B the direction is z

    """

    response: LinearResponse
    size: float
    direction: Float

    def across(self, tensor: Complex) -> Complex:
        """ρ_yx of a conductivity, for a direction along z."""
        return np.asarray(self.direction @ hall_vector(inverse(tensor, self.response.dimension).T))

    def angle(self, *totals: Float) -> Complex:
        """Its tangent."""
        tensor, d = self.response.tensor(*totals), self.response.dimension
        with np.errstate(invalid="ignore"):  # where nothing conducts it is not a number
            return np.asarray(self.direction @ hall_vector(tensor) / (np.trace(tensor[:d, :d]) / d))

    def ordinary(self, *totals: Float) -> Complex:
        """ρ_yx without the anomalous Hall effect."""
        return self.across(self.response.ordinary_tensor(*totals))

    def anomalous(self, *totals: Float) -> Complex:
        """The rest of ρ_yx."""
        whole = self.across(self.response.tensor(*totals))
        return np.asarray(whole - self.ordinary(*totals) if self.size else whole)

    def mobility(self, *totals: Float) -> Complex:
        """R/ρ in cm²/(V s): 1/T is 1 m²/(V s)."""
        tensor = self.response.ordinary_tensor(*totals)
        rho = inverse(tensor, self.response.dimension)
        along = 0.5 * (np.trace(rho) - self.direction @ rho @ self.direction)
        with np.errstate(invalid="ignore"):
            return np.asarray(1e4 / self.size * self.across(tensor) / along)


def hall_effect(response: LinearResponse) -> list[Observable]:
    """Angle, parts and mobility of a response in two or three dimensions."""
    field, d = np.array(response.config.fields.magnetic), response.dimension
    if d == 2:
        field[:2] = 0.0  # in a plane all currents turn about its normal
    size = float(np.linalg.norm(field))
    hall = _Hall(response, size, field / size if size else np.array([0.0, 0.0, 1.0]))
    found = [
        response.observable(
            "hall_angle", hall.angle, "1",
            f"tangent: antisymmetric part of sigma {_ABOUT} over the mean of the diagonal, anomalous Hall effect included",
        )
    ]  # fmt: skip
    if not response.counts_holes:
        return found
    found.append(
        response.observable(
            "anomalous_hall_resistivity", hall.anomalous, RESISTIVITY_UNIT[d],
            f"rho_yx for B along z (antisymmetric part {_ABOUT}) less that of sigma without -(q^2/hbar) sum(f Omega) of the "
            "band at B = 0: what does not vanish with B",
        )
    )  # fmt: skip
    if not size:
        return found
    factor, unit = _COEFFICIENT[d]
    return [
        *found,
        response.observable(
            "hall_coefficient", lambda *totals: factor / size * hall.ordinary(*totals), unit,
            "ordinary part: R = rho_yx/B for B along z (antisymmetric part about B, in 2D about B_z) of sigma without the "
            "anomalous Hall effect of the band at B = 0; free carriers: 1/(q n)",
        ),
        response.observable(
            "hall_mobility", hall.mobility, "cm^2/(V s)",
            "R/rho of the ordinary part, rho the mean of the diagonal across B; the sign is that of R",
        ),
    ]  # fmt: skip
