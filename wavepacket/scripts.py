"""A user's own code: files that ``--load`` names, and functions that a script has registered.

The files are run because the user names them to the command; nothing in a config or in a folder makes this package run one.
"""

import contextlib
import hashlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from wavepacket.errors import InputError, Interrupted

__all__ = ["LOADED", "OWN", "called", "digest_of_script", "load_script", "quiet"]

OWN: Final = "if it is your own, give its file by --load, or import the module that defines it"

LOADED: Final[dict[str, str]] = {}
"""Absolute path → SHA-256 of the files that were loaded."""


def load_script(path: str | os.PathLike[str]) -> None:
    """Run a Python file as a module of its name, with its folder among those of imports; once in a process.

    Raises
    ------
    InputError
        for no such file, and with file and line where it fails
    """
    file = Path(path).absolute()
    if _is_loaded(file):
        return
    if not file.is_file() or file.suffix != ".py":
        raise InputError(f"--load {path}: {'is no Python file (.py)' if file.is_file() else 'no such file'}")
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(file.stem, module)
    try:
        with quiet():
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise InputError(f"--load: {_said(error, str(file))}") from error
    LOADED[str(file)] = hashlib.sha256(file.read_bytes()).hexdigest()


def quiet() -> contextlib.redirect_stdout[TextIO]:
    """While a script's code runs: what it prints goes to stderr, so that JSON on stdout stays whole."""
    return contextlib.redirect_stdout(sys.stderr)


def _is_loaded(file: str | os.PathLike[str]) -> bool:
    """Whether a file has been run here, by `load_script` or by an import."""
    own = {getattr(module, "__dict__", {}).get("__file__") for module in list(sys.modules.values())}
    return str(file) in LOADED or str(file) in own


def digest_of_script(file: str) -> str:
    """Return the SHA-256 of a file that was run here, from there or from another folder; empty if it was not."""
    moved = [digest for path, digest in LOADED.items() if Path(path).name == Path(file).name]
    if file in LOADED or moved:
        return LOADED.get(file) or moved[-1]
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if _is_loaded(file) else ""


def called(function: Callable[..., Any], what: str, **given: Any) -> Any:
    """Call a function of a script; InputError with what it is, its file and its line where it fails."""
    try:
        with quiet():
            return function(**given)
    except Interrupted:
        raise
    except (Exception, SystemExit) as error:
        code = getattr(inspect.unwrap(function), "__code__", None)
        file = getattr(code, "co_filename", "")
        raise InputError(
            f"{what} failed at {_said(error, file, getattr(code, 'co_firstlineno', 0))}"
        ) from error


def _said(error: BaseException, file: str, line: int = 0) -> str:
    """Where in a file an error came from, its type and its words."""
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == file]
    line = (error.lineno if isinstance(error, SyntaxError) else (lines or [line])[-1]) or line
    name = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    return f"{file}:{line}: {name}{error}"
