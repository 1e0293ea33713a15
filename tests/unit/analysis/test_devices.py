"""Sum rules of transmissions: with all contacts at one μ no current flows."""

import numpy as np
import pytest

from wavepacket.analysis.devices import _unbalanced, conductance_between, warnings
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling
from wavepacket.observables import Observable
from wavepacket.units import PLANCK

# h Σ weight of 4 replicas, row: from, column: to a, to b, to none.
CLOSED = np.array([[2.0, 9.0, 0.0], [9.0, 0.0, 0.0]])


def unbalanced(total, noise=0.02):
    random = np.random.default_rng(1)
    weights = (total + noise * random.standard_normal((4, 2, 3))) / 4 / PLANCK
    return _unbalanced(Estimator((weights[:, None],), None, Sampling("replicas")), ["a", "b"], ["a", "b"])


def test_a_closed_sample_is_balanced_within_the_uncertainty():
    assert unbalanced(CLOSED) == {}
    # Less than the uncertainty of one and more than a hundredth of what it sends: noise.
    assert unbalanced(CLOSED + np.array([[0, 0.2, 0], [0, 0, 0]]), noise=0.5) == {}


def test_a_contact_that_takes_in_what_another_sends_out_of_the_sample_is_named():
    found = unbalanced(CLOSED - np.array([[0, 1.0, 0], [0, 0, 0]]))
    assert found["unbalanced_a"] == pytest.approx([10, 11], abs=0.1)
    assert found["unbalanced_b"] == pytest.approx([9, 8], abs=0.1)
    said = warnings({"transmission": Observable("e^2/h", {}, facts=found)})
    assert [each.split(":")[0].split(" and ")[0][:11] for each in said] == ["contact 'a'", "contact 'b'"]


def test_packets_that_are_still_inside_are_told_of():
    assert warnings({"left_inside": Observable("1", 0.12, 0.0)})[0].startswith("12 % of the weight")
    assert warnings({"left_inside": Observable("1", 1e-5, 0.0)}) == []


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ([[1, 3], [3, 1]], 3.0),
        ([[0, 0, 2], [0, 0, 2], [2, 2, 0]], 1.0),  # two ways of 2 in series, by a contact that floats
        ([[4, 0], [0, 4]], 0.0),
        ([[2, 0, 2], [0, 4, 0], [2, 0, 2]], 0.0),  # a way to the floating contact only
        ([[1, 3, 0], [3, 1, 0], [0, 0, 4]], 3.0),  # a floating contact that nothing reaches
    ],
)
def test_conductance_by_hand(arrived, expected):
    assert conductance_between(np.array([*arrived, [0] * len(arrived)], dtype=float), 0, 1) == pytest.approx(
        expected
    )
