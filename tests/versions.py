"""Try the oldest or newest versions that the package needs: ``python -m tests.versions oldest|newest [PYTHON]``.

Makes a virtual environment in a temporary folder, installs the package there, with ``oldest`` at the lower bounds of
``pyproject.toml``, compiles kernels into a folder of its own, and runs a selection of the tests. ``PYTHON`` is the
interpreter, this one by default. Takes some minutes, most of them to compile.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# What users install; the tools of developers are not tried at their oldest.
EXTRAS = ("distributed", "fermi", "video", "view", "xarray")
TOOLS = ("pytest>=8.2", "hypothesis>=6.100")

# Imports, kernels against closed forms, an ensemble from its config to the printed number, storage, figures, workers.
SELECTION = (
    "tests/unit/test_package.py",
    "tests/unit/kernels/test_elementary.py",
    "tests/unit/kernels/test_motion.py",
    "tests/unit/kernels/test_spline.py",
    "tests/unit/kernels/test_eigenstates.py",
    "tests/unit/runs/test_run_folder.py",
    "tests/unit/runs/test_xarray.py",
    "tests/unit/plots/test_figures.py",
    "tests/unit/fermi",
    "tests/unit/cluster",
    "tests/cli/test_view.py",
    "tests/cli/test_configs.py::test_haldane_hall_is_quantised",
    "tests/doors",
)


def lower_bounds(project: dict[str, Any]) -> list[str]:
    """Return ``name==bound`` for the package's dependencies and those of `EXTRAS`."""
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(entry for name in EXTRAS for entry in extras[name])]
    return [re.sub(r">=([^,]+).*", r"==\1", entry) for entry in wanted]


def main() -> int:
    """Install and test; the exit code is that of the first step that fails."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in ("oldest", "newest"):
        print(__doc__)
        return 2
    which, interpreter = [*sys.argv[1:], sys.executable][:2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with tempfile.TemporaryDirectory(prefix="wavepacket-versions-") as name:
        folder = Path(name)
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(lower_bounds(project) if which == "oldest" else []))
        python = folder / "venv" / "bin" / "python"
        package = f"{ROOT}[{','.join(EXTRAS)}]"
        install = ("-m", "pip", "install", "-q", "--prefer-binary", "-c", constraints, package, *TOOLS)
        environment = os.environ | {"WAVEPACKET_CACHE_DIR": str(folder / "kernels")}
        steps = (
            (interpreter, "-m", "venv", python.parents[1]),
            (python, *install),
            (python, "-m", "pip", "list"),
            (python, "-m", "wavepacket", "doctor"),
            (python, "-m", "pytest", "-p", "no:cacheprovider", *SELECTION),
        )
        for step in steps:
            code = subprocess.run(step, cwd=ROOT, env=environment).returncode
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
