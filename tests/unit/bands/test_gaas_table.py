"""A real crystal by table and by diagonalisation.

The bands of the GaAs file come in pairs that rounding splits by 1e-7 to 1e-4 eV, so no table of a single band exists.
In an exchange field along the spins' axis, ±0.25 eV for the two spins, the lowest band is alone; that is the test crystal.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import lattice_section, problem
from wavepacket.bands import direct, table
from wavepacket.hamiltonians import read_tb
from wavepacket.simulation import integrate
from wavepacket.units import HBAR

UP, DOWN = (0, 2, 4, 6, 8, 10, 12, 14), (7, 1, 5, 3, 9, 11, 13, 15)  # orbitals by spin
ACCURACY = 1e-4
END = 200.0  # fs
ELECTRIC = (8e-4, 3e-4, -4e-4)  # V/Å


@pytest.fixture(scope="module")
def gaas(gaas_file):
    return read_tb(gaas_file)


@pytest.fixture(scope="module")
def crystal(gaas):
    """GaAs in an exchange field."""
    hoppings = gaas.hoppings.copy()
    (home,) = np.flatnonzero(~gaas.cells.any(axis=1))
    hoppings[home, UP, UP] += 0.25
    hoppings[home, DOWN, DOWN] -= 0.25
    return replace(gaas, hoppings=hoppings)


@pytest.fixture(scope="module")
def both(crystal):
    """The same packets twice: band 0 without position elements from a table, and diagonalised."""
    k = np.random.default_rng(7).uniform(-1, 1, (512, 3))

    def made(source, number):
        return problem(
            lattice_section(crystal), wavevectors=k[:number], electric=ELECTRIC, magnetic=(3.0, -2.0, 5.0), end=END,
            band={"index": 0, "source": source, "accuracy": ACCURACY}, tolerance=1e-8,
        )  # fmt: skip

    return made("table", len(k)), made("direct", 4)


def test_a_single_one_of_a_pair_is_not_tabulated(gaas):
    found = table(gaas, 8, accuracy=1e-2)
    assert found.kind == "direct"
    assert "another band" in found.notes[-1]


@pytest.mark.slow
def test_the_promise_holds_with_position_elements(crystal):
    built = table(crystal, 0, accuracy=1e-3)
    assert built.kind == "table"
    k = np.random.default_rng(3).uniform(-2, 2, (300, 3))
    found, exact = built.geometry(k), direct(crystal, 0).geometry(k)
    for name in ("group_velocity", "berry_curvature", "orbital_moment"):
        a, b = getattr(found, name), getattr(exact, name)
        assert np.abs(a - b).max() <= 2e-3 * np.abs(b).max()


@pytest.mark.slow
def test_packets_agree_within_the_accuracy(both):
    """|δr| <= t (|δv| + |k̇||δΩ|): the errors of k that the magnetic field makes of them are of second order."""
    by_table, by_direct = both
    found, exact = integrate(by_table, 0, 4), integrate(by_direct, 0, 4)
    everywhere = by_direct.band.geometry(np.random.default_rng(0).uniform(-2, 2, (300, 3)), slopes=False)
    speed = np.linalg.norm(everywhere.group_velocity, axis=1).max()
    anomalous = np.linalg.norm(ELECTRIC) / HBAR * np.abs(everywhere.berry_curvature).max()
    bound = END * ACCURACY * (speed + anomalous)
    assert np.abs(exact.position).max() > 100 * bound
    np.testing.assert_allclose(found.position, exact.position, rtol=0, atol=bound)
    np.testing.assert_allclose(found.wavevector, exact.wavevector, rtol=0, atol=1e-3 * bound)
