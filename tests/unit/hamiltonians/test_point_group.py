"""Names of point groups, against the orders of the classes and groups that are known otherwise."""

import numpy as np
import pytest

from wavepacket.hamiltonians.operations import SpaceOperation, generated, read_operation
from wavepacket.hamiltonians.point_group import _CLASSES, point_group

QUARTER, INVERSION, TIME = "-y, x, z", "-x, -y, -z", "x, y, z, T"
# International Tables for Crystallography A, table of the 32 classes: orders.
ORDERS = {
    "1": 1, "-1": 2, "2": 2, "m": 2, "2/m": 4, "222": 4, "mm2": 4, "mmm": 8, "4": 4, "-4": 4, "4/m": 8, "422": 8,
    "4mm": 8, "-42m": 8, "4/mmm": 16, "3": 3, "-3": 6, "32": 6, "3m": 6, "-3m": 12, "6": 6, "-6": 6, "6/m": 12,
    "622": 12, "6mm": 12, "-6m2": 12, "6/mmm": 24, "23": 12, "m-3": 24, "432": 24, "-43m": 24, "m-3m": 48,
}  # fmt: skip


def of(*texts):
    return generated([read_operation(text) for text in texts])


def test_every_class_has_a_name_of_its_own_and_its_order():
    assert set(_CLASSES) == set(ORDERS)
    from wavepacket.hamiltonians.point_group import _STEPS

    names = []
    for name, (schoenflies, steps) in _CLASSES.items():
        group = of(*(_STEPS[step] for step in steps.split()))
        assert len(group) == ORDERS[name]
        assert point_group(group) == f"{name}, {schoenflies}"
        names.append(point_group(group))
    assert len(set(names)) == 32


@pytest.mark.parametrize(
    ("operations", "name"),
    [
        (of(QUARTER, INVERSION, "x, -y, -z, T"), "4/mmm(4/m), D4h(C4h)"),
        (of("-y, x, z, T"), "4(2), C4(C2)"),
        (of(QUARTER, TIME), "41', C4 with time reversal"),
        (of("-x, -y, -z, T"), "-1(1), Ci(C1)"),
        (of("z, x, y", "-y, x, z, T", INVERSION), "m-3m(m-3), Oh(Th)"),
        (of(QUARTER)[:-1], None),
    ],
)
def test_magnetic_groups(operations, name):
    assert point_group(operations) == name


def test_axes_do_not_matter():
    random = np.random.default_rng(4)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    group = [
        SpaceOperation(turn @ one.matrix @ turn.T, one.time_reversal) for one in of(QUARTER, "x, -y, -z, T")
    ]
    assert point_group(group) == "422(4), D4(C4)"
