"""What packets in a group of bands cannot have."""

from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.hamiltonians.layer import is_layer

__all__ = ["refuse_in_group"]


def refuse_in_group(config: Config, hamiltonian: Hamiltonian) -> None:
    """Raise ConfigError for parts of a config that know of one band only."""
    assert isinstance(config.band.group, tuple)
    if config.band.group[-1] >= hamiltonian.size:
        last = hamiltonian.size - 1
        raise config.problem("band.group", f"{hamiltonian.name} has bands 0 to {last}")
    if getattr(hamiltonian, "position_matrices", None) is not None:
        raise config.problem(
            "model",
            "packets in a group of bands have orbital positions alone: write 'position_elements: false'",
        )
    if config.integrator.method != "dop853":
        raise config.problem("integrator.method", "packets in a group of bands need dop853")
    of_one = {
        "sample": config.sample, "local": config.local,
    }  # fmt: skip
    if config.fields.magnetic_in_space and not is_layer(hamiltonian):
        raise config.problem("fields", "B(r) acts on packets in a group of bands on layers only")
    for name, section in of_one.items():
        if section is not None:
            raise config.problem(name, "this is for packets in one band: leave it out, or take one band")
    if config.fields.is_magnetic and config.ensemble.kind not in ("packets", "arrays", "gaussian"):
        raise config.problem(
            "ensemble", "in a magnetic field packets in a group of bands are listed, or a Gaussian cloud"
        )
