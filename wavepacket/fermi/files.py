"""Energies of bands on a grid over the zone as files of FermiSurfer (``.frmsf``) and XCrySDen (``.bxsf``).

Formats: M. Kawamura, Comput. Phys. Commun. 239, 197 (2019), and the XSF specification of XCrySDen.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.errors import InputError
from wavepacket.fermi.all_bands import FermiSurfaces
from wavepacket.fermi.level import Level

__all__ = ["write_bxsf", "write_frmsf"]

Colour = Callable[[BandGeometry], Float]


def write_frmsf(found: FermiSurfaces, path: Path, *, grid: int = 48, colour: Colour | None = None) -> Path:
    """Energies above μ, eV, on a periodic grid from Γ, and a colour for each, where one is given.

    Parameters
    ----------
    grid : points along each edge of the zone
    colour : function of the geometry (n points) that returns numbers (n,)

    Raises
    ------
    InputError : the crystal is no lattice in three dimensions, or the file cannot be written
    """
    energies, colours = _on_grid(found, grid, colour)
    lines = [f"{grid} {grid} {grid}", "1", str(len(energies)), *_vectors(found)]
    for values in (*energies, *colours):
        lines += [f"{value:.10g}" for value in values]
    return _write(path, lines)


def write_bxsf(found: FermiSurfaces, path: Path, *, grid: int = 48) -> Path:
    """Energies, eV, on a general grid that has the points of the border twice; μ stands in the head of the file.

    Parameters and errors as for `write_frmsf`.
    """
    energies, _ = _on_grid(found, grid, None)
    shape = f"{grid + 1} {grid + 1} {grid + 1}"
    lines = [
        "BEGIN_INFO", f"  Fermi Energy: {found.chemical_potential:.10g}", "END_INFO", "BEGIN_BLOCK_BANDGRID_3D",
        "wavepacket", "BEGIN_BANDGRID_3D_energies", str(len(energies)), shape, "0.0 0.0 0.0", *_vectors(found),
    ]  # fmt: skip
    for number, values in zip(found.crossing, energies, strict=True):
        whole = np.pad(values.reshape((grid,) * 3), [(0, 1)] * 3, mode="wrap") + found.chemical_potential
        lines.append(f"BAND: {number + 1}")
        lines += [" ".join(f"{value:.10g}" for value in row) for row in whole.reshape(-1, grid + 1)]
    return _write(path, [*lines, "END_BANDGRID_3D", "END_BLOCK_BANDGRID_3D"])


def _vectors(found: FermiSurfaces) -> list[str]:
    surface = next(iter(found.bands.values()))
    return [" ".join(f"{number:.12g}" for number in row) for row in surface.domain.frame]


def _on_grid(
    found: FermiSurfaces, grid: int, colour: Colour | None
) -> tuple[Sequence[Float], Sequence[Float]]:
    """Of the bands that cross μ, 𝓔 − μ and colours, the last coordinate fastest."""
    if found.hamiltonian.dimension != 3 or not next(iter(found.bands.values())).domain.periodic:
        raise InputError("files for FermiSurfer and XCrySDen are of lattices in three dimensions")
    if not found.crossing:
        raise InputError("no band crosses the chemical potential: there is nothing to write")
    axis = np.arange(grid) / grid
    x = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    energies, colours = [], []
    for surface in found.crossing.values():
        level: Level = surface.level
        k = surface.domain.at(x)
        energies.append(level.at(k)[0])
        if colour is not None:
            colours.append(np.nan_to_num(colour(level.band.geometry(k, level.threads, slopes=False))))
    return energies, colours


def _write(path: Path, lines: Sequence[str]) -> Path:
    try:
        path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    return path
