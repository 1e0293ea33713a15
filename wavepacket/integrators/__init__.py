"""Integration methods and step control as data; the loop that uses them is compiled once, in ``kernels``."""

from wavepacket.integrators.control import Control, control
from wavepacket.integrators.method import METHODS, Method, method_of

__all__ = ["METHODS", "Control", "Method", "control", "method_of"]
