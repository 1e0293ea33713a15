"""All checks in order: format, lint, types, floors, then the tests. ``python -m tests`` runs them as CI does."""

import os
import subprocess
import sys
from pathlib import Path

# Each worker has a session of its own, and with it its own arrays: more workers than this fill a laptop's memory.
_WORKERS = str(min(os.cpu_count() or 1, 4))

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("importlinter",),
    ("pytest", "--slow", "-n", _WORKERS, "--dist", "worksteal"),
)
_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def main() -> int:
    """Run every check and stop at the first that fails."""
    root = Path(__file__).resolve().parent.parent
    for check in CHECKS:
        print("+", *check, flush=True)
        module = ["-c", _LINTER] if check[0] == "importlinter" else ["-m", *check]
        code = subprocess.run([sys.executable, *module], cwd=root, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
