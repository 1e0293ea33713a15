"""What the weight of a packet counts, as a unit."""

from wavepacket.config import Confined, Ensemble, FermiSurface, Gaussian, Optical, Packets


def weight_unit(specification: Ensemble, dimension: int) -> str:
    """Unit of the weights of an ensemble section: states per Å^d over the zone, per energy at a Fermi surface.

    Lists, clouds and packets that light has made have relative weights, a confined sample numbers of states, "1".
    """
    if isinstance(specification, Packets | Gaussian | Optical | Confined):
        return "1"
    return f"1/angstrom^{dimension}" + ("/eV" if isinstance(specification, FermiSurface) else "")
