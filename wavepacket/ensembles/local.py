"""What packets add to densities, currents and magnetization of a layer: sums over cells, made while a run goes.

Analysis makes currents of them (``analysis/local.py``); runs that were made before there were such sums have all paths, of
which the same sums are made.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band, BandGeometry
from wavepacket.config import Config, Confined
from wavepacket.ensembles.cells import Cells, cells_of
from wavepacket.ensembles.confined import itinerant_moment, reduced_energy
from wavepacket.ensembles.occupation import density_factor, wavepacket_energy
from wavepacket.ensembles.velocity import velocity_on_layer
from wavepacket.fields import electric_field, magnetic_values, potential_values
from wavepacket.units import E_OVER_HBAR

__all__ = ["LOCAL_SUMS", "Layer"]


LOCAL_SUMS = (
    "local_density", "local_density_before", "local_flow_x", "local_flow_y", "local_moment", "local_itinerant",
)  # fmt: skip
"""Names of the sums: n at the last saved time and at the first in cells, 1/Å²; Σ ṙ through faces across x and across y,
1/(Å fs); local and itinerant part of M at corners, eV e/ħ."""


@dataclass(frozen=True, eq=False)
class Layer:
    """The band and the fields of a run with ``local``, and the time of its last save, fs: what packets are and do."""

    config: Config
    band: Band
    time: float

    @cached_property
    def cells(self) -> Cells:
        """The cells that sums are made in."""
        return cells_of(self.config)

    def values(self, position: Float, wavevector: Float) -> Float:
        """What packets with paths (n, T, 3) in Å and 1/Å add: r at the last and the first save (2 each), ṙ (2) and the
        shares in local and itinerant M, (n, 8).
        """
        config = self.config
        first, begun, last, k = (
            np.ascontiguousarray(path[:, save]) for save in (0, -1) for path in (position, wavevector)
        )
        geometry = self.band.geometry(k, slopes=config.fields.is_magnetic)
        velocity = self._velocity(last, geometry)
        moment = -config.charge * geometry.orbital_moment[:, 2] / E_OVER_HBAR
        itinerant = self._itinerant(first, begun, geometry)
        return np.column_stack([last[:, :2], first[:, :2], velocity, moment, itinerant])

    def sums(self, values: Float, *, weight: Float, replica: Integer, replicas: int) -> dict[str, Float]:
        """Sums (P, nx, ny) by name over packets with such values (n, 8) and weights (n,)."""
        last, first, (v_x, v_y, moment, itinerant) = values[:, :2], values[:, 2:4], values[:, 4:].T
        one = np.ones(len(weight))

        def over(places: Float, values: Float, *corners: bool) -> Float:
            return self.cells.sums(places, weight * values, replica, replicas, corners)

        found = (
            over(last, one, False, False), over(first, one, False, False),
            over(last, v_x, True, False), over(last, v_y, False, True),
            over(last, moment, True, True), over(last, itinerant, True, True),
        )  # fmt: skip
        return dict(zip(LOCAL_SUMS, found, strict=True))

    def _velocity(self, places: Float, geometry: BandGeometry) -> Float:
        """ṙ (n, 2)."""
        fields, q = self.config.fields, self.config.charge
        electric = electric_field(fields, [self.time])[0, :2] if fields.electric else np.zeros(2)
        force = q * electric - potential_values(fields, places, self.time, charge=q).gradient[:, :2]
        magnetic = magnetic_values(fields, places)
        # The moment of the carrier is −q times that of charge −e.
        force = force - q * geometry.orbital_moment[:, 2:] * magnetic.gradient[:, :2]
        return velocity_on_layer(geometry, force, magnetic.field[:, 2], q)

    def _itinerant(self, first: Float, k: Float, geometry: BandGeometry) -> Float:
        """Share (n,) of each packet in the itinerant magnetization, eV Å² e/ħ; from where it began."""
        config = self.config
        if not isinstance(config.ensemble, Confined):
            return np.zeros(len(k))
        begun = self.band.geometry(k, slopes=False)
        field, q = config.fields.magnetic, config.charge
        potential = potential_values(config.fields, first, charge=q).energy
        x = reduced_energy(config.ensemble, wavepacket_energy(begun, field, q), potential, first)
        factor = density_factor(geometry, field, q)
        return itinerant_moment(x, geometry, factor, config.ensemble, q)
