"""YAML traps and hostile files."""

import tracemalloc
from pathlib import Path

import pytest

from tests.work import Work
from wavepacket.config import load_config
from wavepacket.config.loader import dump, parse, read
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import build_hamiltonian


def plain(text: str) -> object:
    node, problems = parse(text, "f")
    assert not problems
    return node.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1.e3", 1000.0),
        (".5", 0.5),
        ("-1", -1),
        ("017", 17),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("2001-01-01", "2001-01-01"),
        ("null", None),
        ("~", None),
        ("2 T", "2 T"),
        ("1e-3 eV", "1e-3 eV"),
        ("=", "="),
    ],
)
def test_scalars_of_yaml_1_2(text: str, value: object) -> None:
    assert plain(f"a: {text}") == {"a": value}
    assert type(plain(f"a: {text}")["a"]) is type(value)  # type: ignore[index]


def test_merge_key_is_an_ordinary_key() -> None:
    assert plain("<<: {a: 1}") == {"<<": {"a": 1}}


def test_every_node_knows_its_line_and_column() -> None:
    root, _ = parse("a: 1\nb:\n  - x\n  - {c: 2}\n", "f")
    assert root.where(("b", 1, "c")) == ("f", 4, 9, "b[1].c")
    assert root.where(("b", 7)) == ("f", 3, 3, "b[7]")


def test_duplicate_keys_are_all_reported() -> None:
    _, problems = parse("a: 1\nb: {c: 1, c: 2}\na: 3\n", "f")
    assert [str(one) for one in problems] == [
        "f:2:11: b.c: duplicate key; first given on line 2",
        "f:3:1: a: duplicate key; first given on line 1",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1", "f:1:4: anchors and aliases are not allowed"),
        ("a: *x", "f:1:4: anchors and aliases are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", "f:1:4: tags are not allowed"),
        ("a: ! 1", "f:1:4: tags are not allowed"),
        ("", "f:1:1: the file is empty"),
        ("a: 1\n---\nb: 1", "f:2:1: expected a single document in the stream"),
        ("a: [1,", "f:1:7: the text ends inside of a '[' or '{'"),
        ("a: {b: 1\nc: 2", "f:1:4: the '{' that opens here is not closed, or a comma is missing in it"),
        ("a: [1]]", "f:1:7: one ']' too many"),
        ("a: 1\n\tb: 2", "f:2:1: a tab: indent with spaces"),
        ("a: @x", "f:1:4: text with '@' wants quotes"),
        ("a: 'x", "f:1:4: the quote that opens here is not closed"),
        ("a: 1\nband:0\nb: 2", "f:2:1: a key needs a colon and a space behind it, as in 'band: 0'"),
        ("a:\n  b: 1\n c: 2", "f:3:2: indented otherwise than the keys around it"),
        (
            "a: 1\n b: 2",
            "f:2:3: a second ': ' on one line (text with it wants quotes), or a line indented otherwise",
        ),
        ("a: \x01", "f:1:4: character U+0001 is not allowed"),
        ('a: "\\U99999999"', "f:1:1: cannot be read as YAML"),
        ("%YAML " + "9" * 6000 + ".1\n---\na: 1", "f:1:1: cannot be read as YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f")
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a: "\\ud800"', "f:1:4: a: text has the unprintable character U+D800"),
        ("a: 10\u00a0T", "f:1:4: a: text has the unprintable character U+00A0"),
        ("a: " + "9" * 5000, "f:1:4: a: an integer of 5000 digits is too large"),
        ("? [1]\n: 2", "f:1:3: a key must be printable text of at most 100 characters"),
        ("a: {b: 0,1 eV}", "f:1:10: a.1 eV: a comma ends a number: write decimals with a point, as in 0.5"),
        ("a" * 101 + ": 2", "f:1:1: a key must be printable text of at most 100 characters"),
    ],
)
def test_odd_scalars_are_problems(text: str, message: str) -> None:
    _, problems = parse(text, "f")
    assert [str(one) for one in problems] == [message]


# Nine levels of nine aliases: 4e8 values once expanded.
ALIAS_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        ALIAS_BOMB,
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 200_000,
        "? " * 200_000,
        "[" + "1," * 60_000,
        "-\n" * 60_000,
        "a\n" * 60_000,
        "a: " + "9" * 500_000,
        "!" * 500_000,
        "&" + "a" * 500_000,
        "'" * 500_000,
        "\n".join(f"k{i}: 1" for i in range(50_000)),
        "a: " + "x" * 2**20,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_files_are_refused_with_work_in_proportion(text: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.yaml"

    def taken(file: Path) -> object:
        # What is no config may be the file of a model, and is none either.
        return build_hamiltonian(load_config(file))

    def refused(text: str) -> int:
        file.write_text(text)
        with Work() as work, pytest.raises(InputError) as caught:
            taken(file)
        assert len(str(caught.value)) < 2000
        return work.calls

    least = refused("{")
    once, twice = refused(text[:8_000]) - least, refused(text[:16_000]) - least
    assert twice < 2.5 * once + 2000
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        taken(file)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("text", [ALIAS_BOMB, "[" + "1," * 250_000], ids=["aliases", "items"])
def test_hostile_files_take_little_memory(text: str) -> None:
    tracemalloc.start()
    with pytest.raises(ConfigError):
        parse(text, "f")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"a: 1\nname: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml:2:10: not UTF-8 text"):
        read(file)


@pytest.mark.parametrize("name", ["absent.yaml", ".", "a\0b"])
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / name)


def test_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(file)[0].plain() == {"a": 1}


def test_dump_reads_back_with_its_types() -> None:
    value = {
        "x": ["1e-3", "on", "true", "1:30", 1e-10, 1e300, None, "", True, "017", -1, "~", "a: b"],
        "y": {},
    }
    assert plain(dump(value)) == value


def test_dump_writes_no_aliases() -> None:
    shared = [1.0, 2.0]
    assert plain(dump({"a": shared, "b": shared})) == {"a": shared, "b": shared}
