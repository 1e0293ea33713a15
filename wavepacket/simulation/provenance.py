"""What a run is remembered with, and whether a run that goes on is still the same."""

import importlib
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from wavepacket.bands.table import table_grid
from wavepacket.config import load_config
from wavepacket.config.files import portable
from wavepacket.errors import InputError
from wavepacket.hamiltonians import resolved
from wavepacket.kernels.jit.decorators import SOURCE_HASH
from wavepacket.runs import read_description, read_texts
from wavepacket.runs.durable import shown
from wavepacket.runs.folder import refuse_unbegun
from wavepacket.runs.layout import RESOLVED
from wavepacket.scripts import LOADED
from wavepacket.simulation.build import build_problem
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.problem import Problem

_PACKAGES = {"berry-wavepacket": "wavepacket"} | {name: name for name in ("numpy", "numba", "scipy", "h5py")}


def provenance(problem: Problem) -> dict[str, str]:
    """What one needs to know to make the same run again."""
    # What installers have noted says the same, and takes longer to read than a small run to compute.
    modules = {name: importlib.import_module(module) for name, module in _PACKAGES.items()}
    facts = {f"version {name}": str(module.__version__) for name, module in modules.items()}
    layout = layout_of(problem)
    facts |= {"trajectories": str(layout.trajectories), "shards": str(layout.shards)}
    facts["python"] = sys.version.split()[0]
    facts["platform"] = platform.platform()
    facts["kernels"] = SOURCE_HASH
    facts["hamiltonian"] = f"{problem.crystal!r} sha256 {problem.crystal.content_hash()}"
    facts["band source"] = problem.band.kind
    facts["method"] = "quadrature" if problem.on_lines else problem.method.name
    if problem.bands_found:
        facts["bands chosen"] = problem.bands_found
    if problem.band.kind in ("table", "hybrid"):
        facts["table_grid"] = str(list(table_grid(problem.band)))
    facts |= {name: f"{value:.3e}" for name, value in problem.band.facts.items()}
    facts |= {f"loaded {file}": f"sha256 {digest}" for file, digest in LOADED.items()}
    notes = (*problem.hamiltonian.notes, *problem.band.notes)
    return facts | {f"note {i + 1}": note for i, note in enumerate(notes)}


def resolved_text(problem: Problem, folder: Path) -> str:
    """The config with every default filled in; a grid that an accuracy chose is remarked on in a last line."""
    text = portable(resolved(problem.config), folder).to_yaml()
    if problem.band.kind == "table" and problem.config.band.grid is None:
        grid = list(table_grid(problem.band))
        text += f"# band.accuracy chose a table of this grid: {grid}; with 'grid: {grid}' in band it is made at once\n"
    return text


def reload_problem(folder: Path, threads: int, report: Callable[[str], None] = lambda text: None) -> Problem:
    """Return the problem of a run that has begun, after seeing that its crystal is still the same."""
    refuse_unbegun(folder)
    read_texts(folder, read_description(folder))
    problem = build_problem(load_config(folder / RESOLVED, large=True), threads=threads, report=report)
    check_same(problem, folder, report)
    return problem


def check_same(problem: Problem, folder: Path, report: Callable[[str], None]) -> None:
    """Raise InputError where a problem is not the one that the run in a folder began with; report what may differ."""
    began, now = read_description(folder).provenance, provenance(problem)
    if began.get("hamiltonian", now["hamiltonian"]) != now["hamiltonian"]:
        raise InputError(
            f"{shown(folder)}: the crystal is not the one that the run began with: {now['hamiltonian']} instead of "
            f"{began['hamiltonian']}; put the model's file back, or begin a new run"
        )
    if began.get("shards", now["shards"]) != now["shards"]:
        raise InputError(
            f"{shown(folder)}: was begun in {began['shards']} shards by a version that cut trajectories in another way "
            f"than this one ({now['shards']}); go on with that version, or begin a new run"
        )
    if began.get("method", now["method"]) != now["method"]:
        raise InputError(
            f"{shown(folder)}: was begun with the method {began['method']}, and this version would go on with "
            f"{now['method']}: go on with that version, or begin a new run"
        )
    for name in ("kernels", "version numpy", "version numba"):
        if began.get(name, now[name]) != now[name]:
            report(
                f"the run began with {name} {began[name]}; last digits may differ in what {now[name]} adds"
            )
    if _table_digest(began) != _table_digest(now):
        report("the table of the band had to be made anew and is not the same to the last digit")


def _table_digest(facts: Mapping[str, str]) -> str:
    return next((text for text in facts.values() if text.startswith("sha256 of the table")), "")
