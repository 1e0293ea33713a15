"""Real files that several tests of this folder read."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"


@pytest.fixture
def shared_data():
    """Return a function from a relative name to a real file; it skips the test where there is none."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the shared file {name} is not beside this checkout")
        return path

    return find
