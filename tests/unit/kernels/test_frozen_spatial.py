"""Which rows of a frozen crystal are there at all; that its geometry is right is a contract of bands."""

import pytest

from wavepacket.kernels.bands.frozen_spatial import ROWS, rows_that_are_there

VALUE, X, Y, XX, XY, YY = 0, 1, 2, 4, 5, 7


def term(x, y, z, cosine=0.5, sine=0.0):
    return (1, 1, 1), (float(x), float(y), float(z)), cosine, sine


@pytest.mark.parametrize(
    ("component", "second", "there"),
    [
        ([], True, set()),
        ([term(3, 0, 0, 0.0, 0.0)], True, set()),
        ([term(0, 0, 0)], True, {VALUE}),
        ([term(3, 0, 0)], True, {VALUE, X, XX}),
        ([term(3, 0, 0)], False, {VALUE, X}),
        ([term(3, 0, 0), term(0, -2, 0, 0.0, 0.1)], True, {VALUE, X, Y, XX, YY}),
        ([term(3, -2, 0)], True, {VALUE, X, Y, XX, XY, YY}),
        ([term(1, 2, 3)], True, set(range(ROWS))),
    ],
)
def test_rows_that_are_there(component, second, there):
    kept = rows_that_are_there(tuple(component), second)
    assert len(kept) == ROWS
    assert {row for row in range(ROWS) if kept[row]} == there
