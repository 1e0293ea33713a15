"""All bands along a path through k space, with Ω and m of each."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import band
from wavepacket.bandstructure.points import find_point, point_label
from wavepacket.bandstructure.quantities import band_levels, isolated_vectors
from wavepacket.bandstructure.spins import spin_vectors
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import plain

__all__ = ["BandPath", "band_path"]


@dataclass(frozen=True, eq=False)
class BandPath:
    """All bands along a path through k space.

    Parameters
    ----------
    distance : (n,) length of the path, 1/Å; a jump has none
    k : (n, 3) wavevectors, 1/Å
    energies, curvature, moment : (n, N) in eV, Å², μ_B; Ω and m are means over bands that coincide everywhere, and NaN
        where a band touches another one
    spin : (n, N) ⟨S⟩, ħ, in the same way; None where the crystal has none
    tick_positions, tick_labels : distance and label of each corner of the path
    component : which component of Ω, m and S
    starts : indices of the first points of the unbroken pieces of the path
    """

    distance: Float
    k: Float
    energies: Float
    curvature: Float
    moment: Float
    tick_positions: tuple[float, ...]
    tick_labels: tuple[str, ...]
    component: str = "z"
    starts: tuple[int, ...] = (0,)
    spin: Float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; not-a-number becomes null."""
        units = {
            "distance": "1/angstrom",
            "k": "1/angstrom",
            "energies": "eV",
            "curvature": "angstrom^2",
            "moment": "mu_B",
        }
        if self.spin is not None:
            units["spin"] = "hbar"
        arrays = {name: {"value": plain(getattr(self, name)), "unit": unit} for name, unit in units.items()}
        ticks = {"positions": list(self.tick_positions), "labels": list(self.tick_labels)}
        return {**arrays, "component": self.component, "ticks": ticks, "starts": list(self.starts)}

    def write_csv(self, path: Path) -> None:
        """Write one row for each wavevector and band, with the units in the first row."""
        curvature, moment = f"berry_curvature_{self.component}", f"orbital_moment_{self.component}"
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow(
                    ["distance (1/angstrom)", *(f"k{axis} (1/angstrom)" for axis in "xyz"), "band", "energy (eV)",
                     f"{curvature} (angstrom^2)", f"{moment} (mu_B)",
                     *([] if self.spin is None else [f"spin_{self.component} (hbar)"])]
                )  # fmt: skip
                columns = [self.energies, self.curvature, self.moment]
                columns += [] if self.spin is None else [self.spin]
                for i, (along, k) in enumerate(zip(self.distance.tolist(), self.k.tolist(), strict=True)):
                    for n in range(self.energies.shape[1]):
                        rows.writerow([along, *k, n, *(array[i, n].item() for array in columns)])
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def band_path(
    hamiltonian: Hamiltonian,
    path: str = "",
    points: int = 300,
    *,
    component: str = "z",
    position_elements: bool = True,
    charge: float = -1.0,
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BandPath:
    """Follow all bands along straight lines between named points.

    Parameters
    ----------
    path : names of special points or valleys, or coordinates (reduced; Cartesian for k·p), such as
        ``"G K M G"`` or ``"G 1/2,0,0"``, with ``|`` where it jumps, as in ``"L G X U|K G"``; default: the path of the
        Hamiltonian, else through Γ along each axis
    points : about how many in all; every corner of the path is one of them
    charge : of the carriers, e: the moment is proportional to it
    progress : called with bands done and in all
    """
    if component not in ("x", "y", "z"):
        raise InputError(f"unknown component {component!r}: x, y or z")
    pieces = _pieces(hamiltonian, path or _own_path(hamiltonian))
    lengths = [np.linalg.norm(np.diff(corners, axis=0), axis=1) for _, corners in pieces]
    step = sum(float(piece.sum()) for piece in lengths) / (points - 1)
    sampled = [_sampled(corners, piece, step) for (_, corners), piece in zip(pieces, lengths, strict=True)]
    begins = np.concatenate([[0.0], np.cumsum([piece.sum() for piece in lengths])])
    distance = np.concatenate([begin + along for begin, (along, _) in zip(begins, sampled, strict=False)])
    k = np.concatenate([points_of for _, points_of in sampled])
    bands = []
    for index in range(hamiltonian.size):
        source = band(hamiltonian, index, position_elements=position_elements)
        bands.append(source.geometry(k, threads, slopes=False))
        progress(index + 1, hamiltonian.size)
    letter = "xyz".index(component)
    energies = np.stack([one.energy for one in bands], axis=1)
    vectors = [
        np.stack([isolated_vectors(one, name, charge)[:, letter] for one in bands], axis=1)
        for name in ("berry_curvature", "orbital_moment")
    ]
    levels = band_levels(hamiltonian)
    positions, labels = _ticks(pieces, lengths, begins)
    return BandPath(
        distance=distance,
        k=k,
        energies=energies,
        curvature=_means_over_levels(vectors[0], levels),
        moment=_means_over_levels(vectors[1], levels),
        tick_positions=positions,
        tick_labels=labels,
        component=component,
        starts=tuple(np.cumsum([0, *(len(along) for along, _ in sampled[:-1])]).tolist()),
        spin=None if hamiltonian.spin is None else spin_vectors(hamiltonian, k)[:, :, letter],
    )


def _pieces(hamiltonian: Hamiltonian, path: str) -> list[tuple[list[str], Float]]:
    """Names and corners (m, 3) of each unbroken piece of a path."""
    pieces = []
    for piece in path.split("|"):
        names = piece.split()
        corners = np.array([find_point(hamiltonian, name) for name in names]).reshape(-1, 3)
        if len(names) < 2 or not np.all(np.linalg.norm(np.diff(corners, axis=0), axis=1) > 0):
            raise InputError(f"path {' '.join(names)!r} must join two or more different points")
        pieces.append((names, corners))
    return pieces


def _sampled(corners: Float, lengths: Float, step: float) -> tuple[Float, Float]:
    """Distances (n,) from the first corner and wavevectors (n, 3), about a step apart, corners among them."""
    ticks = np.concatenate([[0.0], np.cumsum(lengths)])
    counts = np.maximum(1, np.round(lengths / step).astype(int))
    parts = [ticks[i] + lengths[i] * np.arange(n) / n for i, n in enumerate(counts)]
    distance = np.concatenate([*parts, ticks[-1:]])
    return distance, np.stack([np.interp(distance, ticks, corners[:, axis]) for axis in range(3)], axis=1)


def _ticks(
    pieces: list[tuple[list[str], Float]], lengths: list[Float], begins: Float
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Distances and labels of the corners; the two of a jump share one."""
    positions: list[float] = []
    labels: list[str] = []
    for (names, _), piece, begin in zip(pieces, lengths, begins, strict=False):
        ticks = (begin + np.concatenate([[0.0], np.cumsum(piece)])).tolist()
        printed = [point_label(name) for name in names]
        if labels:
            labels[-1] = f"{labels[-1]}|{printed[0]}"
            ticks, printed = ticks[1:], printed[1:]
        positions += ticks
        labels += printed
    return tuple(positions), tuple(labels)


def _means_over_levels(values: Float, levels: list[range]) -> Float:
    """Replace the values (n, N) of bands that coincide by their mean, in which their mixing cancels."""
    averaged = values.copy()
    for level in levels:
        if len(level) > 1:
            averaged[:, level] = values[:, level].mean(axis=1, keepdims=True)
    return averaged


def _own_path(hamiltonian: Hamiltonian) -> str:
    """Path that the crystal or its lattice names; for k·p without one, across the model."""
    if hamiltonian.path:
        return hamiltonian.path
    if isinstance(hamiltonian, LatticeHamiltonian):
        return " 0,0,0 ".join(["1/2,0,0", "0,1/2,0", "0,0,1/2"][: hamiltonian.dimension])
    radius = f"{hamiltonian.cutoff or np.pi / hamiltonian.length_scale:.3g}"
    return f"-{radius},0,0 0,0,0 {radius},0,0"
