"""Flights at a small B against the tensors of a constant relaxation time of ``response``, in a band without Ω."""

import numpy as np
import pytest

import wavepacket
from tests.physics.scattered import observe, tensor

pytestmark = pytest.mark.physics

SIZE, TAU, LEVEL, TEMPERATURE, FIELD = (3.0, 4.0, 5.0), 50.0, -0.1, 2500.0, np.array([0.3, -0.2, 0.4])
HOPPINGS = [((1, 0, 0), -0.12), ((0, 1, 0), -0.09), ((0, 0, 1), -0.05), ((1, 1, 0), 0.03), ((0, 1, 1), 0.02)]
MODEL = {
    "lattice": np.diag(SIZE).tolist(),
    "hoppings": [{"cell": list(cell), "matrix": [[t]]} for cell, t in HOPPINGS],
}


def test_drude_and_hall_of_flights():
    """ω_cτ is 10⁻³ or so: terms of second order in B are a millionth of σ, a thousandth of the Hall part."""
    surface = {
        "kind": "fermi_surface",
        "chemical_potential": LEVEL,
        "temperature": TEMPERATURE,
        "grid": [16] * 3,
    }
    found = observe(MODEL, surface, {"relaxation_time": TAU}, magnetic=FIELD, tolerance=1e-11)
    sigma = tensor(found["conductivity"])
    keys = {"chemical_potential": LEVEL, "temperature": TEMPERATURE, "uncertainty": 1e-5, "points": 100_000}
    wanted = {"quantities": ["drude_weight", "ordinary_hall_conductivity"]}
    sums = wavepacket.response({"name": "sums", "model": MODEL, "response": keys | wanted})
    drude, hall = (np.asarray(sums[name].value)[0, 0] for name in wanted["quantities"])
    even, odd = (sigma + sigma.T) / 2, (sigma - sigma.T) / 2
    np.testing.assert_allclose(even, TAU * drude, atol=1e-4 * np.abs(even).max())
    np.testing.assert_allclose(odd, TAU**2 * hall @ FIELD, atol=2e-3 * np.abs(odd).max())
    assert np.abs(odd).max() > 1e-4 * np.abs(even).max()
