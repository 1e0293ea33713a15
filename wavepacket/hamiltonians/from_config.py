"""The Hamiltonian that a config's model section names or spells out."""

from wavepacket.config import Config, FileModel, KPModel, LatticeModel, LibraryModel
from wavepacket.config.crystal_file import crystal_form
from wavepacket.errors import ConfigError, EntryError, InputError
from wavepacket.hamiltonians.catalogue import build_model, builder_of, defaults_of
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.packed import read_npz
from wavepacket.hamiltonians.wannier90 import read_hr, read_tb
from wavepacket.units import parameter_dimensions


def build_hamiltonian(config: Config) -> LatticeHamiltonian | KPHamiltonian:
    """Build it; every problem is a ConfigError at the key that causes it."""
    model = config.model
    hamiltonian: LatticeHamiltonian | KPHamiltonian
    if isinstance(model, FileModel):
        hamiltonian = _from_file(config, model)
    else:
        try:
            hamiltonian = _from_text(config)
        except ConfigError:
            raise
        except EntryError as error:
            where = "hoppings" if isinstance(model, LatticeModel) else "kp"
            raise config.problem(f"model.{where}[{error.index}].matrix", str(error)) from error
        except InputError as error:
            raise config.problem("model", str(error)) from error
    if config.band.index >= hamiltonian.size:
        last = hamiltonian.size - 1
        raise config.problem(
            "band", f"band {config.band.index} does not exist: {hamiltonian.name} has bands 0 to {last}"
        )
    return hamiltonian


def resolved(config: Config) -> Config:
    """Return the config with every parameter of its library model filled in, in internal units."""
    if not isinstance(config.model, LibraryModel):
        return config
    name = config.model.name
    defaults = {key: default for key, default in defaults_of(name).items() if default is not None}
    given = config.resolve_parameters(parameter_dimensions(builder_of(name)))
    return config.with_parameters({**defaults, **given})


def _from_file(config: Config, model: FileModel) -> LatticeHamiltonian | KPHamiltonian:
    path = model.file if model.content is not None else config.model_file()
    form = crystal_form(path)
    if form == "npz":
        if (model.position_elements, model.periodic) != (True, (True,) * 3):
            raise config.problem("model", f"{path.name} says all of its crystal: it takes no further keys")
        return read_npz(path, model.content)
    if form == "hr":
        return read_hr(path, periodic=model.periodic)
    return read_tb(path, position_elements=model.position_elements, periodic=model.periodic)


def _from_text(config: Config) -> LatticeHamiltonian | KPHamiltonian:
    model = config.model
    if isinstance(model, LibraryModel):
        try:
            builder = builder_of(model.name)
        except InputError as error:
            raise config.problem("model.name", str(error)) from None
        return build_model(model.name, config.resolve_parameters(parameter_dimensions(builder)))
    if isinstance(model, KPModel):
        return KPHamiltonian.from_terms(
            [(term.powers, term.matrix) for term in model.kp],
            dimension=model.dimension,
            length_scale=model.length_scale,
            cutoff=model.cutoff,
            valleys=model.valleys,
            special_points=model.special_points,
            path=model.path or "",
            reference=model.reference or "",
            name=config.name,
        )
    assert isinstance(model, LatticeModel)
    crystal = LatticeHamiltonian.from_hoppings(
        model.lattice,
        [(hopping.cell, hopping.matrix) for hopping in model.hoppings],
        positions=model.positions,
        periodic=model.periodic,
        valleys=model.valleys,
        special_points=model.special_points,
        path=model.path or "",
        reference=model.reference or "",
        name=config.name,
    )
    return with_high_symmetry(crystal)
