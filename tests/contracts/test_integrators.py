"""The integrator contract for every method."""

from tests.contracts.integrator import IntegratorContract
from wavepacket.integrators import METHODS


class TestDop853(IntegratorContract):
    name = "dop853"
    shortest, longest = 2.5, 5.0


class TestRK4(IntegratorContract):
    name = "rk4"
    shortest, longest = 0.5, 4.0


def test_every_method_has_a_contract_test():
    assert set(METHODS) == {TestDop853.name, TestRK4.name}
