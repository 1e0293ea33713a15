"""Which band source serves a band."""

from collections.abc import Callable, Sequence

from wavepacket.bands.character import At
from wavepacket.bands.character import follow as follow_character
from wavepacket.bands.direct import direct
from wavepacket.bands.source import Band
from wavepacket.bands.table import table
from wavepacket.bands.two_band import two_band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, chosen_source


def band(
    hamiltonian: Hamiltonian,
    index: int,
    *,
    follow: str = "index",
    at: At = None,
    source: str = "auto",
    accuracy: float = 1e-6,
    grid: Sequence[int] | None = None,
    position_elements: bool = True,
    threads: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> Band:
    """Band ``index`` of a crystal, as a wavepacket feels it: ``band(...).geometry(k)``.

    Parameters
    ----------
    hamiltonian : of the library (``wavepacket.hamiltonians.haldane()``), a file (``read_tb``) or matrices
    index : counted from the bottom
    follow, at : ``character``: the band that has this index at the point ``at`` (default Γ) and goes straight through
        crossings with bands of other parts of the crystal; see ``bands.character``
    source : ``two_band`` (closed form), ``direct`` (diagonalise at each k), ``table`` (quintic splines), or ``auto``:
        the closed form for one or two bands without position elements, else direct
    accuracy, grid : of a table: largest error relative to the largest value in the zone, or points along each axis
    position_elements : use ⟨0 i|r|R j⟩ beyond the centres, where the Hamiltonian has them
    threads, report : of the building of a table; called with sentences

    Raises
    ------
    InputError
        for a band that the Hamiltonian does not have, or a source that cannot serve it

    """
    if not 0 <= index < hamiltonian.size:
        raise InputError(
            f"band {index} does not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )
    if follow not in ("index", "character"):
        raise InputError(f"unknown way to follow a band {follow!r}: index or character")
    if follow == "character":
        one = follow_character(hamiltonian, index, at, position_elements=position_elements)
        hamiltonian, index = one.hamiltonian, one.index
    elif at is not None:
        raise InputError("at belongs to follow='character': an index means the same band at every point")
    kind = chosen_source(hamiltonian, source, position_elements=position_elements)
    if kind == "two_band" and chosen_source(hamiltonian, "auto", position_elements=position_elements) != kind:
        raise InputError(
            "source: two_band needs one or two bands and no position elements; use direct or table"
        )
    if kind == "two_band":
        return two_band(hamiltonian, index)
    if kind == "direct":
        return direct(hamiltonian, index, position_elements=position_elements)
    if kind == "table":
        return table(
            hamiltonian, index, accuracy=accuracy, grid=grid, position_elements=position_elements,
            threads=threads, report=report,
        )  # fmt: skip
    raise InputError(f"unknown band source {source!r}: auto, two_band, direct or table")
