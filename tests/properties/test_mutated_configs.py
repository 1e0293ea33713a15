"""Thousands of configs, shipped ones mutated and others generated: a config or an error with line and column, soon."""

import random
from pathlib import Path

import pytest

from tests.work import Work
from wavepacket.config import Config, load_config
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import build_hamiltonian, resolved

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
MOST = 10_000_000  # calls
PIECES = [
    *"[]{}:,-#&*!|>'\"%@`?=~\\\t\n\r\0", "- ", ": ", "&a ", "*a", "!!python/object:os.system ", "<<: *a", "---\n", "...\n",
    "1e999", "-1e999", ".nan", ".inf", "9" * 30, "0x10", "1_0", "1:30", "on", "null", "true", "é", "\u2028", "\ud7ff",
    "\ufeff", "1 T", "2 kg", "5 parsec", "1e-300 eV", "-3 ps", "1e9", "0", "-1", "[1, 2, 3]", "{kind: pulse}", "{}", "[]",
    "''", "all",
]  # fmt: skip
WORDS = [
    "version", "name", "model", "band", "fields", "ensemble", "valleys", "time", "integrator", "limits", "output", "seed",
    "charge", "kind", "grid", "number", "electric", "magnetic", "index", "source", "end", "saves", "method", "step", "file",
    "lattice", "hoppings", "kp", "cell", "matrix", "powers", "t1", "phi", "temperature", "width", "center", "x", "__class__",
]  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    """Change a text in one to four places: put in, cut out, repeat, exchange lines, change a number."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((1, 3, 12, 60)))
        choice = rng.randrange(6)
        if choice == 0:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif choice == 1:
            text = text[:at] + text[end:]
        elif choice == 2:
            text = text[:at] + text[at:end] * rng.choice((2, 3, 50)) + text[end:]
        elif choice == 3:
            lines = text.split("\n")
            rng.shuffle(lines)
            text = "\n".join(lines)
        elif choice == 4:
            text = (
                text[:at] + chr(rng.choice((rng.randrange(1, 256), rng.randrange(256, 0xD7FF)))) + text[end:]
            )
        else:
            place = next((i for i in range(at, len(text)) if text[i].isdigit()), at)
            text = text[:place] + rng.choice(PIECES) + text[place + 1 :]
    return text


def generated(rng: random.Random, depth: int = 0) -> str:
    """Return a value in flow style out of the words and pieces of configs."""
    choice = rng.random()
    if depth < 4 and choice < 0.35:
        inside = (f"{rng.choice(WORDS)}: {generated(rng, depth + 1)}" for _ in range(rng.randint(0, 5)))
        return "{" + ", ".join(inside) + "}"
    if depth < 4 and choice < 0.55:
        return "[" + ", ".join(generated(rng, depth + 1) for _ in range(rng.randint(0, 4))) + "]"
    return rng.choice(
        (rng.choice(PIECES), rng.choice(WORDS), repr(rng.uniform(-1e3, 1e3)), str(rng.randint(-9, 99)))
    )


def document(rng: random.Random, shipped: list[str]) -> str:
    if rng.random() < 0.6:
        return mutated(rng.choice(shipped), rng)
    lines = [f"{rng.choice(WORDS)}: {generated(rng)}" for _ in range(rng.randint(1, 12))]
    return "\n".join(lines)


def check(file: Path) -> bool:
    """Return whether a file is a config; every rejection must be for one place in it, on one line."""
    try:
        config = load_config(file)
        assert isinstance(config, Config)
        build_hamiltonian(config)
        resolved(config)
    except ConfigError as error:
        for problem in error.problems:
            if problem.file:  # the last line may count the problems that were left out
                assert problem.line, problem
                assert problem.column, problem
            assert problem.message
            assert str(problem).isprintable()
        return False
    except InputError as error:
        raise AssertionError(f"without a place: {error}") from error
    return True


def test_every_document_is_a_config_or_is_refused_with_line_and_column(tmp_path, monkeypatch, trials):
    monkeypatch.chdir(tmp_path)
    shipped = [file.read_text() for file in sorted(CONFIGS.glob("*.yaml"))]
    rng, file, accepted, most = random.Random(6), tmp_path / "config.yaml", 0, 0
    number = trials(300, 20_000)
    for trial in range(number):
        text = document(rng, shipped)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            with Work() as work:
                accepted += check(file)
        except Exception as error:
            pytest.fail(f"document {trial}: {type(error).__name__}: {error}\n{text}")
        most = max(most, work.calls)
        assert most < MOST, text
    assert 0.02 * number < accepted < 0.9 * number
    print(f"{number} documents, {accepted} of them configs, the longest took {most} calls")
