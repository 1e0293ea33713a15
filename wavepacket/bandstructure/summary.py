"""What a person asks first of a band: its extrema, valleys, masses and smallest gaps, its Chern number, its Weyl points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import (
    Band,
    Extremum,
    GapMinimum,
    Valley,
    WeylPoint,
    band,
    find_extrema,
    find_gap_minima,
    find_valleys,
    find_weyl_points,
)
from wavepacket.bands.chern import chern_number
from wavepacket.bands.search import band_energies, domain_radius, reduced_coordinates, search_grid
from wavepacket.bandstructure.quantities import DEGENERATE, NOTHING, isolated_vectors, level_note, level_of
from wavepacket.conventions import carriers, moment_text
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, high_symmetry
from wavepacket.hamiltonians.zone import fold
from wavepacket.observables import Observable, Plain, observables_of, package_observables, plain, rows

__all__ = ["BandSummary", "band_summary"]


_COARSE = 12  # points along each axis of a 3D search where diagonalising is dear; symmetry partners are added anyway
_TOUCH = 1e-7  # eV; a smaller gap is a touching point
_MOST_TOUCHING = 60


@dataclass(frozen=True, eq=False)
class BandSummary:
    """Facts of one band; every entry of the lists is a mapping of plain values.

    Parameters
    ----------
    observables : ``energy_minimum``, ``energy_maximum``, ``band_width``, ``smallest_gap``; ``chern_number`` in 2D
    valleys : name → kind, wavevector (1/Å), reduced, energy and gap (eV), Ω (Å²), m (μ_B), effective mass
    extrema, gaps : local ones, in the same words
    weyl_points : where the band touches a neighbour with a charge: chirality, type, tilt, velocities (eV Å)
    notes : what a reader should know
    """

    hamiltonian: str
    lattice_type: str
    band: int
    observables: Mapping[str, Observable]
    valleys: Mapping[str, Mapping[str, Any]]
    extrema: Sequence[Mapping[str, Any]]
    gaps: Sequence[Mapping[str, Any]]
    weyl_points: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; not-a-number becomes null."""
        return {
            "model": self.hamiltonian,
            "lattice_type": self.lattice_type,
            "band": self.band,
            "observables": {name: each.as_json() for name, each in self.observables.items()},
            "valleys": plain(self.valleys),
            "extrema": plain(self.extrema),
            "gaps": plain(self.gaps),
            "weyl_points": plain(self.weyl_points),
            "notes": list(self.notes),
        }


def band_summary(
    hamiltonian: Hamiltonian,
    index: int,
    *,
    position_elements: bool = True,
    charge: float = -1.0,
    grid: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BandSummary:
    """Find the facts of band ``index``.

    Parameters
    ----------
    position_elements : whether elements of r beyond the centres enter Ω and m
    charge : of the carriers, e: the moment is proportional to it
    grid : points along each axis of the first search; default 360 in one dimension, 60 in two, and in three 24, or 12
        where there are more than two bands
    progress : called with searches done and in all
    """
    source = band(hamiltonian, index, position_elements=position_elements)
    if grid is None and hamiltonian.dimension == 3 and hamiltonian.size > 2:
        grid = _COARSE
    level = level_of(hamiltonian, index)
    neighbours = [lower for lower in (level[0] - 1, level[-1]) if 0 <= lower < hamiltonian.size - 1]
    searches = 3 + len(neighbours)
    valleys = find_valleys(hamiltonian, index, grid=grid)
    progress(1, searches)
    extrema = _all_extrema(hamiltonian, index, valleys, grid)
    progress(2, searches)
    gaps: list[GapMinimum] = []
    for done, lower in enumerate(neighbours, 3):
        gaps += find_gap_minima(hamiltonian, lower, grid=grid)
        progress(done, searches)
    gaps.sort(key=lambda one: round(one.gap, 9))
    weyl, remarks = _weyl_points(hamiltonian, gaps, neighbours, grid)
    progress(searches, searches)
    return BandSummary(
        hamiltonian=hamiltonian.name,
        lattice_type=high_symmetry(hamiltonian).lattice_type
        if isinstance(hamiltonian, LatticeHamiltonian)
        else "k.p",
        band=index,
        observables=observables_of("bands", _Found(hamiltonian, index, extrema, gaps, grid).source),
        valleys={valley.name: _extremum(source, valley.extremum, charge) for valley in valleys},
        extrema=[_extremum(source, each, charge) for each in extrema],
        gaps=[_gap(each) for each in gaps],
        weyl_points=[_weyl_point(each) for each in weyl],
        notes=[note for note in (level_note(hamiltonian, level), *remarks) if note],
    )


def _all_extrema(
    hamiltonian: Hamiltonian, index: int, valleys: Sequence[Valley], grid: int | None
) -> list[Extremum]:
    """The extrema that are valleys, and those of the other kind."""
    if not valleys:
        return list(find_extrema(hamiltonian, index, grid=grid))
    extrema = [valley.extremum for valley in valleys]
    other = find_extrema(
        hamiltonian, index, "maximum" if extrema[0].kind == "minimum" else "minimum", grid=grid
    )
    return [*extrema, *other]


def _weyl_points(
    hamiltonian: Hamiltonian, gaps: Sequence[GapMinimum], neighbours: Sequence[int], grid: int | None
) -> tuple[list[WeylPoint], list[str]]:
    if hamiltonian.dimension != 3:
        return [], []
    points: list[WeylPoint] = []
    notes = []
    for lower in neighbours:
        touching = sum(gap.lower == lower and gap.gap < _TOUCH for gap in gaps)
        if touching > _MOST_TOUCHING:
            notes.append(f"bands {lower} and {lower + 1} touch along lines: no Weyl points were looked for")
        elif touching:
            result = find_weyl_points(hamiltonian, lower, grid=grid)
            points += result.points
            if not result.complete:
                notes.append(
                    f"the charges of the Weyl points between bands {lower} and {lower + 1} sum to "
                    f"{result.total_charge}, not 0: some were missed"
                )
    return points, notes


@dataclass(frozen=True, eq=False)
class _Found:
    """What the observables of a band are made of."""

    hamiltonian: Hamiltonian
    index: int
    extrema: Sequence[Extremum]
    gaps: Sequence[GapMinimum]
    grid: int | None

    @cached_property
    def ends(self) -> tuple[tuple[float, Mapping[str, Any]], ...]:
        """Lowest and highest energy, and where they are."""
        return tuple(_end(self.hamiltonian, self.index, self.extrema, sign, self.grid) for sign in (1, -1))

    @property
    def source(self) -> Plain:
        """As a source of the table."""
        return Plain(self, frozenset({f"{self.hamiltonian.dimension}D"}))


def _least(of: Plain) -> Observable:
    found: Sequence[GapMinimum] = of.given.gaps
    facts = _place(found[0].wavevector, found[0].reduced) if found else {}
    return Observable("", found[0].gap if found else float("nan"), facts=facts)


def _chern(of: Plain) -> float:
    gap = of.given.gaps[0].gap if of.given.gaps else 0.0
    single = of.given.hamiltonian.size == 1
    chern = chern_number(of.given.hamiltonian, of.given.index) if gap > DEGENERATE or single else None
    return float("nan") if chern is None else chern


rows(
    "bands",
    ("energy_minimum", "eV", "", "lowest energy of the band",
     lambda of: Observable("", of.given.ends[0][0], facts=of.given.ends[0][1])),
    ("energy_maximum", "eV", "", "highest energy of the band",
     lambda of: Observable("", of.given.ends[1][0], facts=of.given.ends[1][1])),
    ("band_width", "eV", "", "highest less lowest energy", lambda of: of.given.ends[1][0] - of.given.ends[0][0]),
    ("smallest_gap", "eV", "", "smallest direct distance to a band that does not coincide with this one everywhere", _least),
)  # fmt: skip
rows("bands", ("chern_number", "1", "$C$", "C = (1/2π) ∫ Ω_z d²k, Ω = i⟨∂u|×|∂u⟩", _chern), needs=("2D",))


def _end(
    hamiltonian: Hamiltonian, index: int, extrema: Sequence[Extremum], sign: int, grid: int | None
) -> tuple[float, Mapping[str, Any]]:
    """Lowest (highest) energy and its place: an extremum, or the border of a model without a zone."""
    k = search_grid(hamiltonian, grid).reshape(-1, 3)
    if not isinstance(hamiltonian, LatticeHamiltonian):
        k = k[np.linalg.norm(k, axis=1) <= domain_radius(hamiltonian) * (1 + 1e-12)]
    energy = band_energies(hamiltonian, k)[:, index]
    best = int(np.argmin(sign * energy))
    ends = [(one.energy, _place(one.wavevector, one.reduced)) for one in extrema]
    wavevector = fold(hamiltonian, k[best])
    ends.append((float(energy[best]), _place(wavevector, reduced_coordinates(hamiltonian, wavevector))))
    return min(ends, key=lambda end: round(sign * end[0], 12))


def _place(wavevector: Float, reduced: Float | None) -> dict[str, Any]:
    entry = {"wavevector": np.round(wavevector, 9) + 0.0}
    return entry if reduced is None else entry | {"reduced": np.round(reduced, 9) + 0.0}


def _geometry(of: Plain, quantity: str) -> Float:
    """Ω or m at the place of an extremum; components below rounding are zero."""
    source, extremum, charge = of.given
    vector = isolated_vectors(source.geometry(extremum.wavevector), quantity, charge)[0]
    return np.where(np.abs(vector) <= NOTHING, 0.0, vector)


rows(
    "extremum",
    ("energy", "eV", r"$\varepsilon$", "of the band there", lambda of: of.given[1].energy),
    ("gap", "eV", "gap", "to the nearest other band there", lambda of: of.given[1].gap),
    ("berry_curvature", "angstrom^2", r"$\Omega$", "Ω = i⟨∂u|×|∂u⟩", lambda of: _geometry(of, "berry_curvature")),
    ("orbital_moment", "mu_B", "$m$", "{moment}, {carriers}", lambda of: _geometry(of, "orbital_moment")),
    ("effective_mass", "m_e", "$m^*$", "ħ² times the inverse of ∂²ε/∂k_a∂k_b, along its axes",
     lambda of: Observable("", of.given[1].mass.principal, facts={"axes": of.given[1].mass.axes})),
    ("density_of_states_mass", "m_e", "", "geometric mean of the effective masses",
     lambda of: of.given[1].mass.density_of_states),
)  # fmt: skip
rows(
    "gap_minimum",
    ("gap", "eV", "gap", "between the two bands there", lambda of: of.given.gap),
    ("energy", "eV", r"$\varepsilon$", "in the middle of the gap", lambda of: of.given.energy),
)  # fmt: skip
rows(
    "weyl_point",
    ("energy", "eV", r"$\varepsilon$", "of the crossing", lambda of: of.given.energy),
    ("chirality", "1", "", "flux of Ω of the lower bands out of the point / 2π; +1 for H = +ħv k·σ",
     lambda of: Observable("", of.given.chirality)),
    ("velocities", "eV angstrom", "", "principal slopes of the cone without its tilt", lambda of: of.given.velocities),
)  # fmt: skip


def _numbers(kind: str, given: object, words: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the table knows of an entry of a list."""
    found = package_observables(kind, Plain(given, words=words or {}))
    return {
        name: {"value": each.value, "unit": each.unit, "convention": each.convention, **each.facts}
        for name, each in found.items()
    }


def _extremum(source: Band, extremum: Extremum, charge: float) -> dict[str, Any]:
    words = {"moment": moment_text(charge), "carriers": carriers(charge)}
    told = _numbers("extremum", (source, extremum, charge), words)
    return {"kind": extremum.kind, **_place(extremum.wavevector, extremum.reduced), **told}


def _gap(gap: GapMinimum) -> dict[str, Any]:
    place = _place(gap.wavevector, gap.reduced)
    return {"bands": [gap.lower, gap.lower + 1], **place, **_numbers("gap_minimum", gap)}


def _weyl_point(point: WeylPoint) -> dict[str, Any]:
    place = _place(point.wavevector, point.reduced)
    facts = {"type": point.type, "tilt": point.tilt}
    return {"bands": [point.lower, point.lower + 1], **place, **_numbers("weyl_point", point), **facts}
