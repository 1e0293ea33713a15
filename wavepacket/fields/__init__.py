"""External fields: uniform static B, E(t) and a potential V(r, t) as sums of terms, for kernels and as arrays."""

from wavepacket.fields.environment import (
    breaks,
    electric_field,
    environment,
    is_planar,
    is_static,
    longest_step,
    moves_on_lines,
    pulses,
    without_effect,
)
from wavepacket.fields.potential import MagneticValues, PotentialValues, magnetic_values, potential_values
from wavepacket.fields.sampled import sampled_field

__all__ = [
    "MagneticValues",
    "PotentialValues",
    "breaks",
    "electric_field",
    "environment",
    "is_planar",
    "is_static",
    "longest_step",
    "magnetic_values",
    "moves_on_lines",
    "potential_values",
    "pulses",
    "sampled_field",
    "without_effect",
]
