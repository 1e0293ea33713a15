"""``wavepacket doctor``: does this installation work, and does it give right numbers."""

import importlib.util
import json
import math
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket import __version__
from wavepacket.cli.options import json_option
from wavepacket.errors import WavepacketError

if TYPE_CHECKING:
    from wavepacket.bands.table_cache import Kept
    from wavepacket.kernels.jit.store import Unusable

_PACKAGES = ("numpy", "scipy", "numba", "h5py", "pydantic", "PyYAML", "click", "rich", "matplotlib")
_OPTIONAL = {
    "distributed": "distributed (with cryptography, dask-jobqueue), for --cluster and -j",
    "xarray": "xarray, to open runs as labelled arrays",
    "h5netcdf": "h5netcdf, for xarray",
    "imageio_ffmpeg": "imageio-ffmpeg, for movies in .mp4",
}
_TOLERANCE = 1e-12  # of the integrator; a Bloch period accumulates some tens of steps


@click.command()
@click.option("--prune", is_flag=True, help="Delete kernels and band tables on disk that cannot be used.")
@click.option("--compile", "all_kernels", is_flag=True, help="Compile every kernel now: no later run has to.")
@json_option
def doctor(prune: bool, all_kernels: bool, as_json: bool) -> None:
    """Check versions, kernel cache, file system, compilation, optional packages, and a motion known exactly."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("versions", _versions),
        ("threads", _threads),
        ("kernel cache", _pruned_cache if prune else _cache),
        *((("kernels", _all_kernels),) if all_kernels else ()),
        ("tables", _pruned_tables if prune else _tables),
        ("files", _files),
        ("physics", _physics),
    )
    results = [(name, *_outcome(check)) for name, check in checks]
    extras = dict(_extras())
    if as_json:
        outcomes = {name: {"fine": fine, "message": text} for name, fine, text in results}
        click.echo(json.dumps({"checks": outcomes, "optional": extras}))
    else:
        for name, fine, text in results:
            click.echo(f"{'fine  ' if fine else 'FAILED'} {name}: {text}")
        for text, there in extras.items():
            click.echo(f"{'fine  ' if there else 'absent'} optional: {text}")
    if not all(fine for _, fine, _ in results):
        raise WavepacketError("this installation does not work; the lines above say what failed")


def _outcome(check: Callable[[], str]) -> tuple[bool, str]:
    """Return whether a check passed, and its sentence; a broken installation may raise anything."""
    try:
        return True, check()
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def _versions() -> str:
    versions = [f"{name} {version(name)}" for name in _PACKAGES]
    return f"wavepacket {__version__}, Python {platform.python_version()}, {', '.join(versions)}"


def _threads() -> str:
    from wavepacket.threads import available_threads

    return f"{available_threads()} of {os.cpu_count()} cores may be used"


def _cache() -> str:
    import wavepacket.simulation  # noqa: F401  (compiles, or loads from the cache)
    from wavepacket.kernels.jit.decorators import STORE

    folder, usual = STORE.place(), STORE.usual
    if folder == usual:
        text = f"kernels are kept in {usual}"
    elif STORE.found[usual]:
        text = f"kernels are read from {usual}; it takes no file, so further ones are kept " + (
            f"in {folder}" if folder else "nowhere"
        )
    else:
        where = f"are kept in {folder}, which the machine may clear" if folder else "compile at every start"
        raise OSError(f"{usual} takes no file, so kernels {where}; set WAVEPACKET_CACHE_DIR")
    unusable = STORE.unusable()
    return (
        f"{text}, and {_files_in_words(unusable)} that cannot be used: --prune deletes them"
        if unusable
        else text
    )


def _pruned_cache() -> str:
    from wavepacket.kernels.jit.decorators import STORE

    gone = STORE.prune()
    return f"{_files_in_words(gone)} deleted; {_cache()}"


def _all_kernels() -> str:
    from wavepacket.kernels.jit.compile_ahead import ALL, compile_ahead, load

    compile_ahead(*ALL[1::2])
    load(*ALL)
    return f"all {len(ALL)} modules of kernels are compiled; only runs that repay a kernel of their own make another one"


def _files_in_words(files: "Sequence[Unusable]") -> str:
    from wavepacket.runs.size import in_words

    return f"{len(files)} file{'s' * (len(files) != 1)} ({in_words(sum(one.size for one in files))})"


def _tables() -> str:
    from wavepacket.bands import table_cache

    tables = table_cache.kept()
    usable = [one for one in tables if one.usable]
    text = f"{_amount(usable)} kept in {table_cache.folder()}"
    if len(usable) == len(tables):
        return text
    rest = _amount([one for one in tables if not one.usable])
    return f"{text}, and {rest} that this version cannot use: --prune deletes them"


def _pruned_tables() -> str:
    from wavepacket.bands import table_cache

    return f"{_amount(table_cache.prune())} deleted; {_tables()}"


def _amount(tables: "Sequence[Kept]") -> str:
    from wavepacket.runs.size import in_words

    return f"{len(tables)} band table{'s' * (len(tables) != 1)} ({in_words(sum(one.size for one in tables))})"


def _files() -> str:
    """Write and read a run file where runs would go."""
    from wavepacket.runs import hold_run
    from wavepacket.runs.durable import publish

    with tempfile.TemporaryDirectory(prefix=".wavepacket-", dir=Path.cwd()) as folder, hold_run(folder):
        publish(Path(folder, "file"), [b"content"])
        if Path(folder, "file").read_bytes() != b"content":
            raise OSError("a file that was written reads differently")
    return "the current folder can hold runs: lock, synchronised write and rename work"


def _physics() -> str:
    """One Bloch oscillation in a cosine band, q = -e: k = k0 - eEt/ħ, so r moves by (ε(k0) - ε(k))/eE."""
    from wavepacket.config import config_from_mapping
    from wavepacket.simulation import build_problem, integrate
    from wavepacket.units import HBAR

    hopping, spacing, field, start = 0.25, 4.0, 1e-3, 0.2
    period = 2 * math.pi * HBAR / (field * spacing)
    problem = build_problem(
        config_from_mapping(
            {
                "name": "doctor",
                "model": {"name": "cosine_band", "hopping": hopping, "lattice_constant": spacing},
                "band": 0,
                "fields": {"electric": [field, 0, 0]},
                "ensemble": {"kind": "packets", "wavevectors": [[start, 0, 0]]},
                "time": {"end": period, "saves": 51},
                "integrator": {"tolerance": _TOLERANCE},
            }
        )
    )
    path = integrate(problem, 0, 1).position[0, :, 0]
    swing = 4 * hopping / field
    worst = 0.0
    for time, x in zip(problem.times, path, strict=True):
        k = start - field * time / HBAR
        exact = -2 * hopping * (math.cos(start * spacing) - math.cos(k * spacing)) / field
        worst = max(worst, abs(x - exact) / swing)
    # Each of some hundred steps may err by the tolerance in units of its own path.
    if not worst < 100 * _TOLERANCE:
        raise ArithmeticError(f"a Bloch oscillation misses the exact path by {worst:.1e} of its swing")
    return f"a Bloch oscillation follows the exact path to {worst:.1e} of its swing"


def _extras() -> Iterator[tuple[str, bool]]:
    """Yield what optional packages are for and whether they are there."""
    for module, text in _OPTIONAL.items():
        there = importlib.util.find_spec(module) is not None
        yield text, there
    try:
        version("berry-wavepacket")
    except PackageNotFoundError:
        yield "installed as berry-wavepacket", False
