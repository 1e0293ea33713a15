"""Try the package as users get it: ``python -m tests.versions oldest|newest [PYTHON]``.

Builds the source archive, and the wheel from it, and checks both. Installs the wheel into a new virtual environment,
with ``oldest`` at the lower bounds of ``pyproject.toml``, and runs a selection of the tests from the unpacked source
archive, away from this tree, with kernels compiled into a folder of its own. ``PYTHON`` is the interpreter, this one by
default. Takes some minutes, most of them to compile.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# What users install; the tools of developers are not tried at their oldest.
EXTRAS = ("distributed", "fermi", "video", "view", "xarray")
TESTING = ("pytest>=8.2", "hypothesis>=6.100")
PACKAGING = ("build", "check-wheel-contents", "twine")

# Imports, kernels against closed forms, an ensemble from its config to the printed number, storage, figures, surfaces,
# workers, a view, parts of a user's own: what leans on each dependency, with few kernels to compile.
SELECTION = (
    "tests/unit/test_package.py",
    "tests/unit/kernels/test_motion.py",
    "tests/unit/kernels/test_eigenstates.py",
    "tests/unit/runs/test_run_folder.py",
    "tests/unit/runs/test_xarray.py",
    "tests/unit/plots/test_figures.py",
    "tests/unit/fermi/test_fermi_files.py",
    "tests/unit/cluster/test_choice.py",
    "tests/cli/test_view.py",
    "tests/cli/test_configs.py::test_haldane_hall_is_quantised",
    "tests/doors/test_hamiltonian.py",
)


def lower_bounds(project: dict[str, Any]) -> list[str]:
    """Return ``name==bound`` for the package's dependencies and those of `EXTRAS`."""
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(entry for name in EXTRAS for entry in extras[name])]
    return [re.sub(r">=([^,]+).*", r"==\1", entry) for entry in wanted]


def step(
    folder: Path, python: Path | str, *arguments: Path | str, kernels: Path | None = None, quiet: bool = False
) -> None:
    """Run ``python -m`` with these arguments in a folder; what a quiet step says is shown where it fails."""
    cache = {} if kernels is None else {"WAVEPACKET_CACHE_DIR": str(kernels)}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    print("+", *arguments, flush=True)
    done = subprocess.run([python, "-m", *arguments], cwd=folder, env=inherited | cache, capture_output=quiet)
    if done.returncode:
        if quiet:
            sys.stderr.buffer.write(done.stdout + done.stderr)
        raise subprocess.CalledProcessError(done.returncode, done.args)


def environment(interpreter: str, folder: Path, *packages: str, constraints: list[str]) -> Path:
    """Make a virtual environment with these packages, and return its interpreter."""
    step(ROOT, interpreter, "venv", folder)
    python, limits = folder / "bin" / "python", folder / "constraints.txt"
    limits.write_text("\n".join(constraints))
    step(ROOT, python, "pip", "install", "-q", "--prefer-binary", "-c", limits, *packages, quiet=True)
    return python


def built(interpreter: str, folder: Path) -> tuple[Path, Path]:
    """Build, check and unpack: the wheel, and the source archive's folder without the package's own source."""
    tools = environment(interpreter, folder / "tools", *PACKAGING, constraints=[])
    step(ROOT, tools, "build", "-o", folder / "dist", ".", quiet=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    (archive,) = (folder / "dist").glob("*.tar.gz")
    step(ROOT, tools, "twine", "check", "--strict", wheel, archive)
    step(ROOT, tools, "check_wheel_contents", wheel)
    with tarfile.open(archive) as source:
        source.extractall(folder / "source", filter="data")
    (unpacked,) = (folder / "source").iterdir()
    shutil.rmtree(unpacked / "wavepacket")
    return wheel, unpacked


def main() -> int:
    """Build, install and test; the exit code is that of the first step that fails."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in ("oldest", "newest"):
        print(__doc__)
        return 2
    which, interpreter = [*sys.argv[1:], sys.executable][:2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with tempfile.TemporaryDirectory(prefix="wavepacket-versions-") as name:
        folder = Path(name)
        try:
            wheel, source = built(interpreter, folder)
            limits = lower_bounds(project) if which == "oldest" else []
            package = f"{wheel}[{','.join(EXTRAS)}]"
            python = environment(interpreter, folder / "venv", package, *TESTING, constraints=limits)
            for arguments in (
                ("pip", "list"),
                ("wavepacket", "doctor"),
                ("pytest", "-p", "no:cacheprovider", "--durations=45", *SELECTION),
            ):
                step(source, python, *arguments, kernels=folder / "kernels")
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
