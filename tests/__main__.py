"""All checks in order: format, lint, floors, types, then the tests. ``python -m tests`` runs them as CI does."""

import os
import subprocess
import sys
from pathlib import Path

# Each worker has a session of its own, and with it its own arrays: more workers than this fill a laptop's memory.
_WORKERS = str(min(os.cpu_count() or 1, 4))

QUICK = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("importlinter",))
# Types take half a minute of one core. Kernels are compiled before the tests, whose workers would wait for each other's.
TOGETHER = (("mypy",), ("wavepacket", "doctor", "--compile"))
TESTS = ("pytest", "--slow", "-n", _WORKERS, "--dist", "worksteal")
_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
_ROOT = Path(__file__).resolve().parent.parent


def begin(check: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Begin a check."""
    print("+", *check, flush=True)
    module = ["-c", _LINTER] if check[0] == "importlinter" else ["-m", *check]
    return subprocess.Popen([sys.executable, *module], cwd=_ROOT)


def main() -> int:
    """Run every check; nothing comes after one that fails."""
    for together in (*((check,) for check in QUICK), TOGETHER, (TESTS,)):
        if code := max(abs(process.wait()) for process in [begin(check) for check in together]):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
