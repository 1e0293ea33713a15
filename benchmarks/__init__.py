"""Interleaved comparison of the integrator with its peers: ``python -m benchmarks``. Not part of the package."""
