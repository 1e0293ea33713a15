"""What a config says of the spin of its crystal: which orbitals have it, what needs it, and its energy in the field."""

from wavepacket.config import Config, LibraryModel
from wavepacket.config.schema_response import SPIN_QUANTITIES
from wavepacket.config.schema_spin import SpinPairs
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.hamiltonians.spin import in_magnetic_field, spin_of_pairs, with_spin

__all__ = ["spin_in_field", "spin_said"]

_Crystal = LatticeHamiltonian | KPHamiltonian


def spin_said(config: Config, crystal: _Crystal) -> _Crystal:
    """The crystal with the spin that the config gives it; models of the library know theirs.

    Raises
    ------
    ConfigError
        for a spin that does not fit the crystal, and for a response of spins that are not known
    """
    if not isinstance(config.model, LibraryModel) and config.model.spin is not None:
        given = config.model.spin
        try:
            if isinstance(given, SpinPairs):
                crystal = with_spin(crystal, spin_of_pairs(given.pairs, crystal.size))
            else:
                crystal = with_spin(crystal, spin_operators(given, crystal.size))
        except InputError as error:
            raise config.problem("model.spin", str(error)) from error
    if config.spin and crystal.spin is None:
        raise config.problem(
            "spin", f"the spin of {crystal.name} is not known: give model.spin, or use a model that has spin"
        )
    wanted = () if config.response is None else config.response.quantities
    need = [name for name in wanted if name in SPIN_QUANTITIES[:3]]
    if need and crystal.spin is None:
        told = f"{need[0]}: the spin of {crystal.name} is not known: give model.spin, or use a model that has spin"
        raise config.problem("response.quantities", told)
    return crystal


def spin_in_field(config: Config, crystal: _Crystal) -> _Crystal:
    """The crystal with the energy of its spin in the field of the config; ConfigError where the spin is not known."""
    zeeman = config.fields.zeeman
    if zeeman is None:
        return crystal
    try:
        return in_magnetic_field(crystal, config.fields.magnetic, zeeman.g, config.charge)
    except InputError as error:
        raise config.problem("fields.zeeman", str(error)) from error
