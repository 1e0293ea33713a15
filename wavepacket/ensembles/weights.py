"""What the weight of a packet counts, as a unit."""

from wavepacket.config import Confined, ContactEnsemble, Ensemble, FermiSurface, Gaussian, Optical, Packets


def weight_unit(specification: Ensemble, dimension: int) -> str:
    """Unit of the weights of an ensemble section: states per Å^d over the zone, per energy at a Fermi surface.

    Contacts send states per time and energy. Lists, clouds and packets that light has made have relative weights, a confined
    sample numbers of states, "1".
    """
    if isinstance(specification, Packets | Gaussian | Optical | Confined):
        return "1"
    if isinstance(specification, ContactEnsemble):
        return "1/(eV fs)"
    return f"1/angstrom^{dimension}" + ("/eV" if isinstance(specification, FermiSurface) else "")
