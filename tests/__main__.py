"""All checks: format, lint, floors, then types beside the tests. ``python -m tests`` runs them as CI does."""

import os
import subprocess
import sys
from pathlib import Path

# Each worker has a session of its own, and with it its own arrays: more workers than this fill a laptop's memory.
_WORKERS = str(min(os.cpu_count() or 1, 4))

QUICK = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("importlinter",))
# Types take half a minute on one core, while the tests begin with kernels that one core compiles.
TOGETHER = (("mypy",), ("pytest", "--slow", "-n", _WORKERS, "--dist", "worksteal"))
_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
_ROOT = Path(__file__).resolve().parent.parent


def begin(check: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Begin a check."""
    print("+", *check, flush=True)
    module = ["-c", _LINTER] if check[0] == "importlinter" else ["-m", *check]
    return subprocess.Popen([sys.executable, *module], cwd=_ROOT)


def main() -> int:
    """Run every check; nothing comes after one of the quick checks that fails."""
    for check in QUICK:
        if code := begin(check).wait():
            return code
    codes = [process.wait() for process in [begin(check) for check in TOGETHER]]
    for check, code in zip(TOGETHER, codes, strict=True):
        if code:
            print(f"{check[0]} failed")
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main())
