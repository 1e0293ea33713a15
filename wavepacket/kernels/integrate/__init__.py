"""Runge-Kutta steps and the loops that advance many packets."""
