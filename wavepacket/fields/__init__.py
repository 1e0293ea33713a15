"""External fields: uniform static B and E(t) as a sum of terms, in the form that kernels read and as arrays."""

from wavepacket.fields.environment import (
    breaks,
    electric_field,
    environment,
    is_planar,
    is_static,
    longest_step,
    pulses,
    without_effect,
)
from wavepacket.fields.sampled import sampled_field

__all__ = [
    "breaks",
    "electric_field",
    "environment",
    "is_planar",
    "is_static",
    "longest_step",
    "pulses",
    "sampled_field",
    "without_effect",
]
