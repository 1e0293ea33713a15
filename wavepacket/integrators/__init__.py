"""Integration methods and step control as data; the loop that uses them is compiled once, in ``kernels``."""

from wavepacket.integrators.chebyshev import evaluation_order, series_rules
from wavepacket.integrators.control import Control, control, control_of_flights, sizes_of
from wavepacket.integrators.method import METHODS, Method, method_of

__all__ = [
    "METHODS",
    "Control",
    "Method",
    "control",
    "control_of_flights",
    "evaluation_order",
    "method_of",
    "series_rules",
    "sizes_of",
]
