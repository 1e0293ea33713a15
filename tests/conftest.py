"""What every test shares: floating-point errors raise, figures need no screen, slow tests wait for ``--slow``."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault(
    "NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING", "1"
)  # colours that nobody sees, at every failed match of types

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite(
    "tests.cases",
    "tests.contracts.accuracy",
    "tests.contracts.band",
    "tests.contracts.field",
    "tests.contracts.integrator",
)

# Compiled kernels are fast, but the first example may have to compile one.
settings.register_profile("wavepacket", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wavepacket")

# Tables of tests stay out of the user's cache.
_TABLES = tempfile.TemporaryDirectory(prefix="wavepacket-tables-")
os.environ["WAVEPACKET_TABLE_DIR"] = _TABLES.name

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")
    parser.addoption(
        "--full", action="store_true", help="repeat random trials as often as docs/trust.md says"
    )


def pytest_configure() -> None:
    # Underflow is the one that is harmless: a weight or an envelope that has become zero. Kernels that run as plain Python
    # compute in idle lanes what nobody reads, and divide by zero there.
    level = "ignore" if os.environ.get("NUMBA_DISABLE_JIT", "0") == "1" else "raise"
    np.seterr(divide=level, over=level, invalid=level, under="ignore")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name in ("slow", "full"):
        skip = pytest.mark.skip(reason=f"{name}: run with --{name}")
        for item in items:
            if name in item.keywords and not config.getoption(f"--{name}"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Give a function that returns how often to try: the first number, with ``--full`` the second."""
    full = bool(request.config.getoption("--full"))
    return lambda usual, complete: complete if full else usual


@pytest.fixture
def midpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points of grids in the middle of their cells, where sums have the mirrors of the crystal to rounding."""
    monkeypatch.setattr("wavepacket.ensembles.zone.OFFSETS", (0.5, 0.5, 0.5))


@pytest.fixture(scope="session")
def shared_file() -> Callable[[str], Path]:
    """Return a function from a name in `shared/data` to that file beside the repository; tests skip where it is absent."""
    return _finder("data")


@pytest.fixture(scope="session")
def shared_case() -> Callable[[str], Path]:
    """Do the same for `shared/cases`, small inputs that failed."""
    return _finder("cases")


def _finder(folder: str) -> Callable[[str], Path]:
    def find(name: str) -> Path:
        path = SHARED / folder / name
        if not path.is_file():
            pytest.skip(f"the shared file {name} is not beside this checkout")
        return path

    return find


@pytest.fixture(scope="session")
def gaas_file(shared_file: Callable[[str], Path]) -> Path:
    """The `_tb.dat` file of GaAs."""
    return shared_file("gaas/GaAs_tb.dat")
