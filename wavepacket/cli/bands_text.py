"""What the command ``bands`` has found, as JSON and as lines a person reads."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from wavepacket.cli.options import print_table, say

if TYPE_CHECKING:
    from wavepacket.bands import Followed
    from wavepacket.bandstructure.maps import ZoneMap
    from wavepacket.bandstructure.path import BandPath
    from wavepacket.bandstructure.summary import BandSummary

_MOST = 12  # entries of a list that are printed; JSON has all
_ROUNDING = 1e-9  # eV; a smaller gap is none: energies are known to rounding, their minima to its root


def print_bands_json(
    index: int, one: "Followed", summary: "BandSummary | None", path: "BandPath", zone: "ZoneMap | None"
) -> None:
    """What was found, the path, and the map where one was asked for; ``index`` is that of the config."""
    found = {} if summary is None else summary.as_json()
    follows = {"part": one.part, "parts": one.parts, "band_of_part": one.index} if one.parts > 1 else None
    told = {"model": one.hamiltonian.name, **found, "band": index, "follows": follows, "path": path.as_json()}
    click.echo(json.dumps({**told, "map": None if zone is None else zone.as_json()}))


def print_summary(summary: "BandSummary") -> None:
    """Numbers, valleys, extrema, gaps and Weyl points, and remarks on them."""
    print_table(summary.observables)
    _print_list("valleys", (f"{name}: {_extremum(entry)}" for name, entry in summary.valleys.items()))
    _print_list("extrema", map(_extremum, summary.extrema))
    _print_list("smallest gaps", map(_gap, summary.gaps))
    _print_list("Weyl points", map(_weyl_point, summary.weyl_points))
    for note in summary.notes:
        say(note)


def _print_list(title: str, lines: Iterable[str]) -> None:
    every = list(lines)
    if every:
        click.echo(f"{title}:")
    for line in every[:_MOST]:
        click.echo(f"    {line}")
    if len(every) > _MOST:
        click.echo(f"    and {len(every) - _MOST} more (all of them with --json)")


def _extremum(entry: Mapping[str, Any]) -> str:
    return (
        f"{entry['kind']} {entry['energy']['value']:.6g} eV at {_place(entry)}, gap {entry['gap']['value']:.4g} eV, "
        f"mass {_vector(entry['effective_mass']['value'])} m_e, Ω {_vector(entry['berry_curvature']['value'])} angstrom^2, "
        f"m {_vector(entry['orbital_moment']['value'])} mu_B"
    )


def _gap(entry: Mapping[str, Any]) -> str:
    lower, upper = entry["bands"]
    gap = entry["gap"]["value"]
    size = f"{gap:.6g} eV" if gap > _ROUNDING else "0 eV (touching)"
    return f"{size} between bands {lower} and {upper} at {_place(entry)}"


def _weyl_point(entry: Mapping[str, Any]) -> str:
    lower, upper = entry["bands"]
    return (
        f"chirality {entry['chirality']['value']:+d}, type {entry['type']}, between bands {lower} and {upper} at "
        f"{_place(entry)}, {entry['energy']['value']:.6g} eV"
    )


def _place(entry: Mapping[str, Any]) -> str:
    if "reduced" in entry:
        return f"{_vector(entry['reduced'])} (reduced)"
    return f"{_vector(entry['wavevector'])} 1/angstrom"


def _vector(values: Iterable[float]) -> str:
    numbers = list(values)
    if any(math.isnan(value) for value in numbers):
        return "not defined"
    return "[" + ", ".join(f"{round(value, 12) + 0.0:.4g}" for value in numbers) + "]"
