"""R_s of a magnet from a sweep of B, with M that is given and with that of the model's own spins."""

from dataclasses import replace

import numpy as np
import pytest

import wavepacket
from tests.physics.test_magnetotransport import STEPS, resistivities, swept
from wavepacket.errors import InputError
from wavepacket.sweeps.magnetization import anomalous_coefficient, magnetization_of_model
from wavepacket.sweeps.magnetotransport import Measured, magnetotransport
from wavepacket.units import BOLTZMANN, ELEMENTARY_CHARGE

pytestmark = pytest.mark.physics


def measured(anomalous=3e-6, errors=0.0, unit="ohm cm"):
    """One kind of carriers with ρ_yx = R₀B + ρ_AH."""
    fields = np.concatenate([-STEPS[::-1], STEPS])
    return magnetotransport(
        swept(fields, resistivities(fields, [(1, 50.0, 0.1)], anomalous, 3), unit, errors)
    )[0]


def test_given_magnetization():
    """ρ_AH = μ₀R_sM: 3e-6 Ω cm and μ₀M = ½ T give 6e-8 m³/C, and M against B the other sign; errors of both add up."""
    whole = Measured(0.5 / (4e-7 * np.pi), 0.0, "A/m")
    assert anomalous_coefficient(measured(), whole).value == pytest.approx(6e-8, rel=1e-8)
    assert anomalous_coefficient(measured(), replace(whole, value=-whole.value)).value == pytest.approx(
        -6e-8, rel=1e-8
    )
    found = anomalous_coefficient(measured(errors=1e-8), replace(whole, uncertainty=0.1 * whole.value))
    assert found.unit == "m^3/C"
    # A tenth of M is 1/9 where M is the smallest, and 1e-8 of 3e-6 is a part in 300.
    assert 6e-8 / 9 <= found.uncertainty <= 6e-8 * (1 / 9 + 0.02)


def test_where_there_is_no_coefficient():
    with pytest.raises(InputError, match="not zero"):
        anomalous_coefficient(measured(), Measured(0.0, 0.0, "A/m"))
    with pytest.raises(InputError, match="not zero"):
        anomalous_coefficient(measured(), Measured(10.0, 11.0, "A/m"))
    with pytest.raises(InputError, match="a layer"):
        anomalous_coefficient(measured(unit="h/e^2"), Measured(1e5, 0.0, "A/m"))


@pytest.mark.full
def test_magnetization_of_the_model(tmp_path):
    """A band of two spins, one Δ above the other: M = −(g/2) μ_B (n↑ − n↓) per cell along z, by a sum over k of its own."""
    size, hopping, exchange, mu, temperature = 3.0, 0.3, 0.2, -1.0, 900.0
    diagonal = [[-hopping, 0], [0, -hopping]]
    model = {
        "lattice": (size * np.eye(3)).tolist(), "positions": [[0, 0, 0], [0, 0, 0]], "spin": "1/2",
        "hoppings": [
            {"cell": [0, 0, 0], "matrix": [[exchange / 2, 0], [0, -exchange / 2]]},
            *({"cell": cell, "matrix": diagonal} for cell in np.eye(3, dtype=int).tolist()),
        ],
    }  # fmt: skip
    config = {
        "name": "magnet", "model": model, "band": 0, "scattering": {"relaxation_time": 5.0},
        "fields": {"magnetic": [0, 0, 2.0]}, "output": {"trajectories": 0},
        "ensemble": {"kind": "fermi_surface", "chemical_potential": mu, "temperature": temperature, "grid": [6, 6, 6],
                     "field_reversal": False},
    }  # fmt: skip
    run = wavepacket.run(config, tmp_path / "run")
    found = measured()
    found = replace(found, points=(replace(found.points[0], folder=run.folder), *found.points[1:]))
    of_model = magnetization_of_model(found)
    x = 2 * np.pi * (np.arange(48) + 0.5) / 48
    energy = -2 * hopping * (np.cos(x)[:, None, None] + np.cos(x)[None, :, None] + np.cos(x))
    up, down = (
        np.mean(1 / (1 + np.exp((energy + s * exchange / 2 - mu) / (BOLTZMANN * temperature))))
        for s in (1, -1)
    )
    magneton = ELEMENTARY_CHARGE * 1.054571817e-34 / (2 * 9.1093837e-31)
    exact = -1.00116 * magneton * (up - down) / (size * 1e-10) ** 3
    assert of_model.value == pytest.approx(exact, rel=3e-3)
    assert exact > 0
    assert of_model.unit == "A/m"
