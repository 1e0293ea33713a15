"""Collisions that lead from one population to another at the same energy, against rate equations solved at each energy."""

import numpy as np
import pytest

from tests.physics.scattered import observe, tensor
from tests.reference.two_populations import movers
from wavepacket.errors import ConfigError
from wavepacket.units import ELEMENTARY_CHARGE

pytestmark = pytest.mark.physics

HOPPING, SIZE, LEVEL, KELVIN, WITHIN, BETWEEN = 0.05, 4.0, -0.03, 60.0, 100.0, 300.0
MODEL = {"lattice": [[SIZE]], "positions": [[0]], "hoppings": [{"cell": [1], "matrix": [[-HOPPING]]}]}
SURFACE = {
    "kind": "fermi_surface", "chemical_potential": LEVEL, "temperature": KELVIN, "grid": [1024], "field_reversal": False,
}  # fmt: skip


def chain(ensemble=SURFACE, **scattering):
    """Right-movers are nearest to one valley, left-movers to the other."""
    times = {"relaxation_time": WITHIN, "between": {"left": {"right": BETWEEN}}}
    return observe(MODEL, ensemble, times | scattering, valleys={"left": [0.75], "right": [0.25]})


def exact(**more):
    return movers(HOPPING, SIZE, LEVEL, KELVIN, BETWEEN, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"frequency": 0.003},
        pytest.param({}, marks=pytest.mark.full),
        {"energy": {"exponent": 1, "unit": 0.1, "origin": -0.12}},
    ],
    ids=["frequency", "static", "energy"],
)
def test_movers_relax_by_backscattering_alone(more):
    """Whatever the time within each population, one for all energies or not, only packets that turn round stop a current."""
    found = chain(**more)["conductivity"]
    sigma, true = tensor(found)[0, 0], exact(frequency=more.get("frequency", 0.0))
    parts = np.array([sigma.real - true.real, sigma.imag - true.imag])
    errors = found.uncertainty
    error = [errors["real"][0, 0], errors["imaginary"][0, 0]] if isinstance(errors, dict) else errors[0, 0]
    assert np.all(np.abs(parts) <= error)
    assert np.max(error) < 5e-3 * abs(true)
    part = found.contributions["intervalley"]
    assert abs(tensor(part)[0, 0]) > 0.05 * abs(true)


def test_heat_of_movers():
    """α and κ, which only rates by energy have: one rate for all of them makes α too small by half."""
    found = chain(heat=True)
    first, second, third = (exact(order=n).real for n in range(3))
    unit = ELEMENTARY_CHARGE * 1e5 / KELVIN
    for name, true in (
        ("thermoelectric_conductivity", -second),
        ("thermal_conductivity", third - second**2 / first),
    ):
        value, error = (np.asarray(each)[0, 0] for each in (found[name].value, found[name].uncertainty))
        assert abs(value - unit * true) <= error
        assert error < 0.05 * abs(unit * true)
    tensors = found["thermoelectric_conductivity"].value[0, 0] * KELVIN, found["peltier"].value[0, 0]
    # Kelvin's relation, of numbers that are made in different ways.
    assert 1e-3 * tensors[1] == pytest.approx(KELVIN * 1e-6 * found["seebeck"].value[0, 0], rel=1e-9)


def test_times_both_ways_and_of_maps():
    with pytest.raises(ConfigError, match="map: is not known with scattering"):
        chain(map={"factor": [1.0, 1.0, 1.0, 1.0]})
    with pytest.raises(ConfigError, match="does not fit the way there"):
        chain(between={"left": {"right": BETWEEN}, "right": {"left": 2 * BETWEEN}})
