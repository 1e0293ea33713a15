"""What packets in a group of bands cannot have."""

from wavepacket.config import Config, Confined, ContactEnsemble
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["refuse_in_group"]


def refuse_in_group(config: Config, hamiltonian: Hamiltonian) -> None:
    """Raise ConfigError for parts of a config that know of one band only."""
    assert isinstance(config.band.group, tuple)
    if config.band.group[-1] >= hamiltonian.size:
        last = hamiltonian.size - 1
        raise config.problem("band.group", f"{hamiltonian.name} has bands 0 to {last}")
    if config.integrator.method != "dop853":
        raise config.problem("integrator.method", "packets in a group of bands need dop853")
    of_one = {"local": config.local}
    _refuse_edges(config)
    for name, section in of_one.items():
        if section is not None:
            raise config.problem(name, "this is for packets in one band: leave it out, or take one band")
    if config.fields.is_magnetic and isinstance(config.ensemble, Confined | ContactEnsemble):
        raise config.problem(
            "ensemble",
            f"in a magnetic field packets in a group of bands do not start as {config.ensemble.kind!r}: take an ensemble "
            "over the zone, a list, or a Gaussian cloud",
        )


def _refuse_edges(config: Config) -> None:
    """Of a sample packets in a group have walls that reflect like mirrors, and nothing else."""
    sample = config.sample
    if sample is None:
        return
    if sample.contacts:
        raise config.problem(
            "sample.contacts", "packets in a group of bands have walls without contacts: leave them out"
        )
    for number, wall in enumerate(sample.walls):
        if wall.mirrored < 1.0:
            raise config.problem(
                f"sample.walls[{number}].reflection",
                "walls reflect packets in a group of bands like mirrors only: leave it out",
            )
