"""What kernels compute when they are compiled for other CPUs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def digests(module: str, names: Sequence[str], folder: Path) -> set[str]:
    """Results of ``digest`` of a test module in processes that compile for CPUs with these names."""
    code, found = f"from {module} import digest; print(digest())", set()
    for name in names:
        environment = os.environ | {"NUMBA_CPU_NAME": name, "WAVEPACKET_CACHE_DIR": str(folder / name)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=Path(__file__).resolve().parents[3],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout.strip())
    return found
