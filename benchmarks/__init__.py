"""Interleaved comparison of the integrator with its peers: ``python -m benchmarks``. Not part of the package."""

import os

# One core for everybody: numpy's linear algebra would otherwise start threads that fight for it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
