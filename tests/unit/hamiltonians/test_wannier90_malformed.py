"""Malformed Wannier90 files: one `InputError` that begins with file:line:, whatever is wrong."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.wannier_text import tb_text
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, read_tb

CRYSTAL = LatticeHamiltonian.from_hoppings(
    [[3.0, 0.1, 0.0], [0.0, 3.5, 0.2], [0.0, 0.0, 4.0]],
    {(0, 0, 0): [[0.5, 0.1j], [-0.1j, -0.5]], (1, 0, 0): [[0.3, 0.2j], [0.1, 0.4]]},
    positions=[[0.1, 0.2, 0.3], [0.6, 0.5, 0.4]],
    position_matrices={(1, 0, 0): np.full((3, 2, 2), 0.05)},
)
LINES = tb_text(CRYSTAL).splitlines()
"""1 header, 2–4 lattice, 5 N, 6 nR, 7 degeneracies, 8–25 three blocks of H (blank, R, rows), 26–43 of r."""


def text(changes):
    """Return the file with 1-based lines replaced, deleted (None) or extended by more lines."""
    lines = [changes.get(number, line) for number, line in enumerate(LINES, 1)]
    return "\n".join(line for line in lines if line is not None) + "\n"


def row(number, column, token):
    """Return a line with one of its tokens replaced."""
    tokens = LINES[number - 1].split()
    tokens[column] = token
    return " ".join(tokens)


CHANGES = [
    ("lattice is singular", {3: LINES[1]}, 4, "singular"),
    ("lattice with two numbers", {2: "3.0 0.0"}, 2, "must have 3 numbers, found 2"),
    ("lattice with four numbers", {4: "0 0 4.0 1"}, 4, "must have 3 numbers, found 4"),
    ("lattice with a word", {3: "0.0 three 0.0"}, 3, "'three' is not a number"),
    ("lattice NaN", {3: "0.0 NaN 0.0"}, 3, "not a finite number"),
    ("no orbitals", {5: "0"}, 5, "must be positive"),
    ("negative orbitals", {5: "-2"}, 5, "must be positive"),
    ("orbitals as a real", {5: "2.0"}, 5, "must be integers, not '2.0'"),
    ("too many orbitals", {5: "3"}, 14, "must have 4 numbers, found 0"),
    ("too few orbitals", {5: "1"}, 11, "integers"),
    ("absurd orbitals", {5: "900000000"}, 5, "cannot fit in a file of"),
    ("orbitals beyond 64 bits", {5: "9" * 30}, 5, "must be integers"),
    ("five thousand digits", {5: "9" * 5000}, 5, "must be integers"),
    ("absurd cells", {6: "1000000"}, 6, "cannot fit"),
    ("no cells", {6: "0"}, 6, "must be positive"),
    ("two counts on a line", {5: "2 3"}, 5, "must be 1 integers, found 2"),
    ("one cell too many", {6: "4"}, 9, "degeneracies|cell of a block"),
    ("one cell too few", {6: "2"}, 22, "must have 8 numbers, found 4"),
    ("degeneracy zero", {7: "1 0 1"}, 7, "degeneracies of the cells must be positive"),
    ("degeneracy a word", {7: "1 x 1"}, 7, "must be integers, not 'x'"),
    ("degeneracy missing", {7: "1 1"}, 9, "3 degeneracies are announced|must be"),
    ("degeneracy lopsided", {7: "2 1 1"}, 9, "differs from the adjoint"),
    ("cell with two numbers", {9: "-1 0"}, 9, "must be 3 integers, found 2"),
    ("cell a real", {9: "-1 0 0.5"}, 9, "must be integers"),
    ("cell twice", {15: "-1 0 0"}, 15, "listed twice"),
    ("cell without partner", {21: "2 0 0", 39: "2 0 0"}, 9, "has no partner"),
    ("home cell missing", {15: "0 0 1", 33: "0 0 1"}, 9, r"\[0, 0, 0\] is missing"),
    ("r of another cell", {39: "3 0 0"}, 39, "position elements but no H"),
    ("r cell twice", {33: "-1 0 0"}, 33, "listed twice"),
    ("stars", {11: row(11, 2, "***************")}, 11, "did not fit its Fortran format"),
    ("D exponent", {12: row(12, 2, "0.1D-02")}, 12, "Fortran D exponent"),
    ("small d exponent", {12: row(12, 3, "-1.5d+02")}, 12, "Fortran D exponent"),
    ("NaN", {13: row(13, 2, "NaN")}, 13, "not a finite number"),
    ("infinity", {13: row(13, 3, "-Infinity")}, 13, "not a finite number"),
    ("overflow", {13: row(13, 3, "1e999")}, 13, "not a finite number"),
    ("too large", {13: row(13, 3, "1e200")}, 13, "not a finite number below 1e"),
    ("underscore", {13: row(13, 3, "1_0.0")}, 13, "is not a number"),
    ("run together", {13: "1 2 0.1-0.3 0.2"}, 13, "is not a number"),
    ("merged columns", {13: "1 2 0.1234E-01-0.5678E-02"}, 13, "must have 4 numbers, found 3"),
    ("a column too many", {13: LINES[12] + " 0.0"}, 13, "must have 4 numbers, found 5"),
    ("tokens moved to the next line", {13: "1 2 0.1", 14: "0.0 2 2 0.1 0.0"}, 13, "must have 4 numbers"),
    ("orbital zero", {11: row(11, 0, "0")}, 11, "integer from 1 to 2, not 0"),
    ("orbital three", {11: row(11, 1, "3")}, 11, "integer from 1 to 2, not 3"),
    ("orbital one and a half", {11: row(11, 0, "1.5")}, 11, "integer from 1 to 2, not 1.5"),
    ("element twice", {12: LINES[10]}, 12, "element 2, 1 is listed twice"),
    ("not Hermitian", {10: row(10, 2, "0.302")}, 9, "not Hermitian"),
    ("home cell not Hermitian", {16: row(16, 3, "0.5")}, 15, "not Hermitian"),
    ("line missing", {11: None}, 13, "must have 4 numbers, found 0"),
    ("blank line inside a block", {11: "\n" + LINES[10]}, 11, "must have 4 numbers, found 0"),
    ("r NaN", {30: row(30, 5, "nan")}, 30, "not a finite number"),
    ("r D exponent", {30: row(30, 5, "1.0D0")}, 30, "Fortran D exponent"),
    ("r with four columns", {29: "2 1 0.0 0.0"}, 29, "must have 8 numbers, found 4"),
    ("more after the end", {43: LINES[42] + "\n\n 1 2 3"}, 45, "more lines follow"),
    ("binary", {11: "1 2 \x00\x01"}, 11, "byte 0x00 is not text"),
    ("unicode digits", {11: "1 2 \u0663 0"}, 11, "is not text"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "line", "message"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_changes(tmp_path, changes, line, message):
    path = tmp_path / "seed_tb.dat"
    path.write_text(text(changes))
    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}:{line}: .*({message})"):
        read_tb(path)


@pytest.mark.parametrize("kept", range(1, len(LINES)))
def test_truncated_after_any_line(tmp_path, kept):
    path = tmp_path / "seed_tb.dat"
    path.write_text("\n".join(LINES[:kept]) + "\n")
    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}:{kept}: .*truncated"):
        read_tb(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: the file is empty"),
        (b" \n\n", ":1: the file is empty"),
        (b"header only\n", ":1: .*truncated"),
        (text({})[:-5].encode(), ":43: the file ends within a number"),
        (b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20, ":1: byte 0x89 is not text"),
        (b"\n" * 100_000 + b"x", ":100001: a line of the lattice vectors must have 3 numbers"),
    ],
)
def test_other_content(tmp_path, content, message):
    path = tmp_path / "seed_tb.dat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}{message}"):
        read_tb(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match=r"nothing_tb\.dat: cannot be read: No such file"):
        read_tb(tmp_path / "nothing_tb.dat")
    with pytest.raises(InputError, match="cannot be read: not a regular file"):
        read_tb(tmp_path)


WSVEC = ["## header"] + [
    line
    for cell in CRYSTAL.cells.tolist()
    for i in (1, 2)
    for j in (1, 2)
    for line in (f"{cell[0]} {cell[1]} {cell[2]} {i} {j}", "1", "0 0 0")
]


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({2: "5 0 0 1 1"}, 2, "not in the Hamiltonian file"),
        ({2: "-1 0 0 3 1"}, 2, "not in the Hamiltonian file"),
        ({5: "-1 0 0 1 1"}, 5, "listed twice"),
        ({3: "0"}, 3, "must be positive"),
        ({3: "99999"}, 3, "cannot fit"),
        ({3: "2"}, 5, "must be 3 integers, found 5"),
        ({4: "0 0"}, 4, "must be 3 integers"),
        ({4: "0 0 x"}, 4, "must be integers"),
        ({4: "0 0 20000"}, 4, "absurdly long"),
        ({37: "0 0 0\n1 2 3"}, 38, "more lines follow"),
        ({37: None}, 36, "truncated"),
    ],
)
def test_wsvec(tmp_path, changes, line, message):
    (tmp_path / "seed_tb.dat").write_text(text({}))
    path = tmp_path / "seed_wsvec.dat"
    lines = [changes.get(number, content) for number, content in enumerate(WSVEC, 1)]
    path.write_text("\n".join(content for content in lines if content is not None) + "\n")
    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}:{line}: .*{message}"):
        read_tb(tmp_path / "seed_tb.dat")


mutations = st.lists(
    st.tuples(
        st.integers(0, len(LINES) - 1),
        st.sampled_from(["delete", "double", "swap", "token", "cut"]),
        st.sampled_from(["NaN", "****", "1D3", "-", "1e400", "99999999", "0", "", "\x07", "1 2", "inf", "é"]),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutations)
def test_random_mutations_are_read_or_refused(tmp_path, changes):
    """No traceback; what is accepted has the counts that the file states."""
    lines = list(LINES)
    for place, kind, token, column in changes:
        index = min(place, len(lines) - 1)
        mutate(lines, index, kind, token, column)
    path = tmp_path / "seed_tb.dat"
    path.write_text("\n".join(lines) + "\n")
    try:
        crystal = read_tb(path)
    except InputError as error:
        assert re.match(rf"{re.escape(str(path))}:\d+: ", str(error))  # noqa: PT017  both ends are fine here
    else:
        stated = [lines[0], *filter(str.strip, lines[1:])]  # empty lines count for nothing
        assert crystal.size == int(stated[4])
        assert len(crystal.cells) <= int(stated[5])


def mutate(lines, index, kind, token, column):
    if kind == "delete" and len(lines) > 1:
        del lines[index]
    elif kind == "double":
        lines.insert(index, lines[index])
    elif kind == "swap":
        lines[index], lines[-1] = lines[-1], lines[index]
    elif kind == "cut":
        lines[index] = lines[index][: 2 * column]
    else:
        tokens = lines[index].split() or [""]
        tokens[min(column, len(tokens) - 1)] = token
        lines[index] = " ".join(tokens)
