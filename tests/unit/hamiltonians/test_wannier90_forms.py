"""Forms of Wannier90 files that other programs write: what is complete is read, with a note where it is unusual."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import hr_text, tb_text, win_text, wout_text, xyz_text
from wavepacket.errors import InputError
from wavepacket.hamiltonians import read_hr, read_tb

CRYSTAL = random_crystal(9, size=2, with_positions=False)
K = np.random.default_rng(2).uniform(-2, 2, (6, 3))
NUMBER = len(CRYSTAL.cells)
HR = hr_text(CRYSTAL)
WIN = "translate_home_cell = false\n" + win_text(CRYSTAL)


def write(folder, hr=HR, win=WIN, xyz=None):
    """Write the three files; `win` may be bytes."""
    (folder / "seed_hr.dat").write_bytes(hr.encode())
    (folder / "seed.win").write_bytes(win if isinstance(win, bytes) else win.encode())
    (folder / "seed_centres.xyz").write_bytes((xyz or xyz_text(CRYSTAL.sites)).encode())
    return folder / "seed_hr.dat"


def same(read):
    """The `.xyz` has eight digits: |k| 1e-8 Å, times the norm of H."""
    np.testing.assert_allclose(read.hamiltonian(K), CRYSTAL.hamiltonian(K), atol=1e-6)
    return read


def noted(read, words):
    return any(words in note for note in read.notes)


def edited(text, line, new):
    lines = text.split("\n")
    lines[line - 1 : line] = [new] if isinstance(new, str) else new
    return "\n".join(lines)


class TestHr:
    @pytest.mark.parametrize("remark", ["!num_wann", " # orbitals", "  num_wann", " (number of orbitals)"])
    def test_remarks_after_the_counts(self, tmp_path, remark):
        text = edited(edited(HR, 2, f"2 {remark}"), 3, f"{NUMBER} {remark} 3")
        same(read_hr(write(tmp_path, text)))

    def test_comments_after_degeneracies_and_elements(self, tmp_path):
        lines = HR.split("\n")
        same(
            read_hr(
                write(
                    tmp_path, "\n".join([*lines[:3], *(f"{line} ! x" for line in lines[3:-1]), "# end", ""])
                )
            )
        )

    def test_blank_lines_between_blocks(self, tmp_path):
        lines = HR.splitlines()
        first = len(lines) - 4 * NUMBER
        spaced = [
            line for i, line in enumerate(lines[first:]) for line in ([""] if i % 4 == 0 else []) + [line]
        ]
        same(read_hr(write(tmp_path, "\n".join([*lines[:first], *spaced, "", " "]) + "\n")))

    def test_more_degeneracies_than_cells(self, tmp_path):
        lines = HR.split("\n")
        last = len(lines) - 2 - 4 * NUMBER
        read = same(read_hr(write(tmp_path, edited(HR, last + 1, lines[last] + " 4 9"))))
        assert noted(
            read, f"{NUMBER + 2} degeneracies stand before {NUMBER} cells; the first {NUMBER} were used"
        )

    @pytest.mark.parametrize("end", ["", "\n", " \n\n", "   ", "\r\n"])
    def test_last_line_without_its_end(self, tmp_path, end):
        read = same(read_hr(write(tmp_path, HR[:-1] + end)))
        assert noted(read, "the last line of seed_hr.dat has no end and was taken as complete") == (not end)

    @pytest.mark.parametrize("cut", range(1, 25))
    def test_a_last_number_that_was_cut_is_refused(self, tmp_path, cut):
        """The same number of digits stands above it."""
        with pytest.raises(
            InputError, match=r"seed_hr\.dat:\d+: .*(ends within a number|must have 7 numbers|number)"
        ):
            read_hr(write(tmp_path, HR[: -1 - cut]))

    def test_numbers_of_any_length_are_taken_as_complete(self, tmp_path):
        """Not every program writes fixed digits."""
        lines = HR.splitlines()
        first = len(lines) - 4 * NUMBER
        free = [
            " ".join([*row[:5], *(repr(float(x)) for x in row[5:])]) for row in map(str.split, lines[first:])
        ]
        same(read_hr(write(tmp_path, "\n".join([*lines[:first], *free]))))

    @pytest.mark.parametrize("title", ["Gitter in Å", "\ufefftitle", "title ! 3 #"])
    def test_titles_hold_any_text(self, tmp_path, title):
        xyz = edited(xyz_text(CRYSTAL.sites), 2, title)
        same(read_hr(write(tmp_path, edited(HR, 1, title), xyz=xyz)))
        (tmp_path / "seed_tb.dat").write_text(edited(tb_text(CRYSTAL), 1, title), encoding="utf-8")
        same(read_tb(tmp_path / "seed_tb.dat"))

    def test_a_cell_that_is_listed_twice_is_named(self, tmp_path):
        lines = HR.splitlines()
        first = len(lines) - 4 * NUMBER
        lines[first + 4 : first + 8] = lines[first : first + 4]
        cell = CRYSTAL.cells[0].tolist()
        with pytest.raises(InputError) as told:
            read_hr(write(tmp_path, "\n".join(lines) + "\n"))
        message = f"seed_hr.dat:{first + 5}: cell {cell} is listed twice, first in line {first + 1}"
        assert message in str(told.value)

    def test_centres_without_the_last_end(self, tmp_path):
        same(read_hr(write(tmp_path, xyz=xyz_text(CRYSTAL.sites)[:-1])))

    def test_a_tb_without_the_last_end(self, tmp_path):
        (tmp_path / "seed_tb.dat").write_text(tb_text(CRYSTAL)[:-1])
        assert noted(same(read_tb(tmp_path / "seed_tb.dat")), "the last line of seed_tb.dat has no end")


class TestWin:
    @pytest.mark.parametrize(
        "win",
        [
            WIN[:-1],
            WIN.replace("\n", "\r\n"),
            WIN.replace("e+00", "d0").replace("e", "D", 0),
            WIN.replace("e+00", "D+00"),
            "! Gitter in Å\n" + WIN,
            "# na\u00efve\nsite_symmetry = false ! \u2713\n" + WIN,
            "\ufeff" + WIN,
            b"! Gitter in \xc5 (Latin-1)\n" + WIN.encode(),
            "\n".join(
                line.replace(" ", ", ") if line[:1] in "-0123456789" else line for line in WIN.split("\n")
            ),
        ],
        ids=["no end", "CRLF", "d", "D", "UTF-8", "UTF-8 after a value", "BOM", "Latin-1", "commas"],
    )
    def test_forms(self, tmp_path, win):
        same(read_hr(write(tmp_path, win=win)))

    def test_letters_beyond_ascii_are_refused_outside_of_comments(self, tmp_path):
        with pytest.raises(InputError, match=r"seed\.win:1: byte 0xc3 is not text"):
            read_hr(write(tmp_path, win="titel = \u00c5\n" + WIN))

    def test_without_a_cell(self, tmp_path):
        with pytest.raises(
            InputError, match=r"seed\.win:1: there is no lattice: a block `begin unit_cell_cart`"
        ):
            read_hr(write(tmp_path, win="num_wann = 2\n"))


def sparse_text(crystal, extra=0, drop=()):
    """WannierTools: title, listed elements, orbitals, cells, degeneracies, and every element that is not zero."""
    rows = [
        f"{r1:5d}{r2:5d}{r3:5d}{i + 1:5d}{j + 1:5d}{h.real:25.16e}{h.imag:25.16e}"
        for (r1, r2, r3), matrix in zip(crystal.cells.tolist(), crystal.hoppings, strict=True)
        for (i, j), h in np.ndenumerate(matrix)
        if h and (i, j) not in drop
    ]
    number = len(crystal.cells)
    return (
        "\n".join([" sparse", str(len(rows) + extra), str(crystal.size), str(number), " 1" * number, *rows])
        + "\n"
    )


class TestSparse:
    @pytest.mark.parametrize("size", [1, 2, 5])
    def test_it_is_read(self, tmp_path, size):
        crystal = random_crystal(3, size=size, with_positions=False)
        path = write(
            tmp_path,
            sparse_text(crystal),
            "translate_home_cell = false\n" + win_text(crystal),
            xyz_text(crystal.sites),
        )
        read = read_hr(path)
        np.testing.assert_allclose(read.hamiltonian(K), crystal.hamiltonian(K), atol=1e-6)
        assert noted(read, "WannierTools' sparse form")

    def test_elements_that_are_not_listed_are_zero(self, tmp_path):
        """Without any of the home cell."""
        read = read_hr(write(tmp_path, sparse_text(CRYSTAL, drop=[(0, 0), (1, 1)])))
        expected = CRYSTAL.hamiltonian(K) * [[0, 1], [1, 0]]
        np.testing.assert_allclose(read.hamiltonian(K), expected, atol=1e-6)

    def test_a_dense_file_with_one_cell_is_dense(self, tmp_path):
        """Its fourth line is a single integer as well."""
        text = " t\n2\n1\n1\n0 0 0 1 1 0.5 0\n0 0 0 2 1 0.1 0\n0 0 0 1 2 0.1 0\n0 0 0 2 2 -0.5 0\n"
        read = read_hr(write(tmp_path, text))
        assert read.size == 2
        assert not noted(read, "sparse")

    def test_a_dense_file_with_a_degeneracy_on_each_line_is_dense(self, tmp_path):
        lines = HR.splitlines()
        first = len(lines) - 4 * NUMBER
        same(read_hr(write(tmp_path, "\n".join([*lines[:3], *["1"] * NUMBER, *lines[first:]]) + "\n")))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda text: text.replace(" 1" * NUMBER, " 2" + " 1" * (NUMBER - 1)),
                "all must be 1, or write the dense form",
            ),
            (lambda text: edited(text, 6, text.split("\n")[6]), "is listed twice"),
            (
                lambda text: edited(text, 7, text.split("\n")[6].replace("    1", "    3", 1)),
                "must stand here|partner|listed",
            ),
            (lambda text: "\n".join(text.split("\n")[:-3]) + "\n", "truncated"),
            (lambda text: edited(text, 8, "0 0 0 1 1 x 0"), ":8: 'x' is not a number"),
            (lambda text: edited(text, 4, str(NUMBER - 2)), f"cells are announced and {NUMBER} listed"),
        ],
    )
    def test_bad_ones(self, tmp_path, change, message):
        with pytest.raises(InputError, match=rf"seed_hr\.dat:\d+: .*({message})|{message}"):
            read_hr(write(tmp_path, change(sparse_text(CRYSTAL))))


CASES = [
    "hr_header_comments/a_hr.dat", "hr_header_comments/blank_between_blocks/a_hr.dat",
    "hr_header_comments/extra_degeneracies/a_hr.dat", "tbmodels_hr_no_newline/a_hr.dat",
    "win_forms/win_D/a_hr.dat", "win_forms/win_commas/a_hr.dat", "win_forms/win_no_final_newline/a_hr.dat",
    "win_forms/win_utf8_comment/a_hr.dat",
]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_cases(shared_case, name):
    """A chain of two orbitals: H_11 = ½ + 0.6 cos ka, H_12 = 0.4 + 0.2 e^{ika}, centres at 0 and a/3."""
    read = read_hr(shared_case(name))
    k = np.linspace(-1, 1, 5)
    h = read.hamiltonian(k[:, None] * [1, 0, 0])
    np.testing.assert_allclose(h[:, 0, 0], 0.5 + 0.6 * np.cos(3 * k), atol=1e-12)
    np.testing.assert_allclose(h[:, 0, 1], (0.4 + 0.2 * np.exp(3j * k)) * np.exp(1j * k), atol=1e-12)


def test_silicon_in_the_sparse_form_is_silicon(shared_file, tmp_path):
    """Degeneracies divided out, which the sparse form has no place for; the file keeps sixteen digits."""
    dense = read_hr(shared_file("tbmodels/silicon_hr.dat"))
    xyz = xyz_text(dense.sites)
    path = write(tmp_path, sparse_text(dense), win_text(dense), xyz)
    (tmp_path / "seed.wout").write_text(wout_text(dense.sites))
    np.testing.assert_allclose(read_hr(path).hamiltonian(K), dense.hamiltonian(K), atol=1e-6)
