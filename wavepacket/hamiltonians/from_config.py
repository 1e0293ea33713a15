"""The Hamiltonian that a config's model section names, spells out or keeps in a ``.npz`` file, and what must fit it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.arrays import load_arrays, packed
from wavepacket.config import Config, FileModel, Gaussian, KPModel, LatticeModel, LibraryModel, Packets
from wavepacket.config.files import crystal_form
from wavepacket.config.schema_model import CrystalSymmetry
from wavepacket.errors import ConfigError, EntryError, InputError, Problem
from wavepacket.hamiltonians.catalogue import build_model, builder_of, defaults_of, parameter_dimensions
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.spin import combine_spins
from wavepacket.hamiltonians.spin_of_config import spin_in_field, spin_said
from wavepacket.units import shown

__all__ = ["chosen_source", "pack", "problems_of_crystal", "read_npz", "write_npz"]

_KINDS: dict[str, type[LatticeHamiltonian] | type[KPHamiltonian]] = {
    "lattice": LatticeHamiltonian,
    "kp": KPHamiltonian,
}


def pack(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> bytes:
    """Return the content of the file: numbers as arrays, names and notes as one text of JSON."""
    values = {field.name: getattr(hamiltonian, field.name) for field in fields(hamiltonian)}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in values.items() if name not in arrays and value is not None}
    kind = next(name for name, form in _KINDS.items() if isinstance(hamiltonian, form))
    return packed({"description": np.array(json.dumps({"kind": kind, **rest})), **arrays})


def write_npz(hamiltonian: LatticeHamiltonian | KPHamiltonian, path: str | PathLike[str]) -> None:
    """Write a Hamiltonian to a file that ``model: {file: NAME.npz}`` and `read_npz` read back bit for bit."""
    if Path(path).suffix != ".npz":
        raise InputError(f"{path}: the name of such a file must end in .npz")
    Path(path).write_bytes(pack(hamiltonian))


def read_npz(path: str | PathLike[str], content: bytes | None = None) -> LatticeHamiltonian | KPHamiltonian:
    """Read a Hamiltonian that `write_npz` wrote, from its file or from the content of that.

    Raises
    ------
    InputError
        for a file that holds no Hamiltonian, or one that its class refuses
    """
    arrays = load_arrays(path, content)
    try:
        values: dict[str, Any] = {**json.loads(str(arrays.pop("description"))), **arrays}
        return _KINDS[values.pop("kind")](**values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path}: holds no Hamiltonian as hamiltonians.write_npz writes it: {error!r}"
        ) from None


def build_hamiltonian(config: Config) -> LatticeHamiltonian | KPHamiltonian:
    """Build it, with textures at r = 0 and t = 0; every problem is a ConfigError at the key that causes it."""
    base = base_hamiltonian(config)
    if config.model.textures is None:
        return base
    from wavepacket.hamiltonians.texture import at_origin  # few runs have textures

    return at_origin(config, base)


def base_hamiltonian(config: Config) -> LatticeHamiltonian | KPHamiltonian:
    """Build H_0, without textures but with the energy of spins in B, and see to it that the rest of the config fits it."""
    return spin_in_field(config, bare_hamiltonian(config))


def bare_hamiltonian(config: Config) -> LatticeHamiltonian | KPHamiltonian:
    """Build H_0 as the section ``model`` alone says."""
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
    hamiltonian = _refined(config, hamiltonian)
    _check_fits(config, hamiltonian)
    return spin_said(config, hamiltonian)


def _refined(
    config: Config, crystal: LatticeHamiltonian | KPHamiltonian
) -> LatticeHamiltonian | KPHamiltonian:
    """Return the crystal made symmetric, and with energies from its Fermi level, where the config asks for that."""
    model = config.model
    for key in ("symmetry", "electrons"):
        given = getattr(model, key, None)
        if given is None:
            continue
        if model.textures is not None:
            raise config.problem(
                f"model.{key}", "textures need the crystal as it is written: leave out one of the two"
            )
        try:
            crystal = _symmetric(crystal, given) if key == "symmetry" else _counted(crystal, given)
        except InputError as error:
            raise config.problem(f"model.{key}", str(error)) from error
    return crystal


# Few configs ask for these.
def _symmetric(crystal: LatticeHamiltonian | KPHamiltonian, given: CrystalSymmetry) -> LatticeHamiltonian:
    from wavepacket.hamiltonians.symmetrise import symmetrised

    found = symmetrised(crystal, given.tolerance, given.operations or ())
    return replace(found.crystal, notes=(*found.crystal.notes, str(found)))


def _counted(crystal: LatticeHamiltonian | KPHamiltonian, electrons: float) -> LatticeHamiltonian:
    from wavepacket.hamiltonians.filling import from_fermi_level

    return from_fermi_level(crystal, electrons)


def problems_of_crystal(config: Config) -> tuple[Problem, ...]:
    """Return what is wrong with the crystal of a config, and with what has to fit it."""
    try:
        build_hamiltonian(config)
    except ConfigError as error:
        return error.problems
    except InputError as error:
        return (config.where("model").problem(str(error)),)
    return ()


def resolved(config: Config) -> Config:
    """Return the config with every parameter of its library model filled in, in internal units."""
    if not isinstance(config.model, LibraryModel):
        return config
    name = config.model.name
    defaults = {key: default for key, default in defaults_of(name).items() if default is not None}
    given = config.resolve_parameters(parameter_dimensions(builder_of(name)))
    return config.with_parameters({**defaults, **given})


def _from_file(config: Config, model: FileModel) -> LatticeHamiltonian | KPHamiltonian:
    from wavepacket.hamiltonians.wannier90 import read_hr, read_tb  # ten modules that few runs need

    path = model.file if model.content is not None else config.model_file()
    form = crystal_form(path)
    if form == "npz":
        if (model.position_elements, model.periodic, model.spin_down) != (True, (True,) * 3, None):
            raise config.problem(
                "model", f"{path.name} says all of its crystal: it takes no further keys but spin"
            )
        return read_npz(path, model.content)

    def read(file: Path) -> LatticeHamiltonian:
        if form == "hr":
            return read_hr(file, periodic=model.periodic)
        return read_tb(file, position_elements=model.position_elements, periodic=model.periodic)

    if model.spin_down is None:
        return read(path)
    if model.spin is not None:
        raise config.problem("model.spin", "two files of spin up and down have theirs: leave it out")
    try:
        if crystal_form(model.spin_down) != form:
            raise InputError(f"not a file of the form of {path.name}: {model.spin_down}")
        return combine_spins(read(path), read(model.spin_down))
    except InputError as error:
        raise config.problem("model.spin_down", str(error)) from error


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


def _check_fits(config: Config, hamiltonian: LatticeHamiltonian | KPHamiltonian) -> None:
    """Raise a ConfigError with the place of all in ``band``, ``ensemble`` and ``response`` that the crystal cannot have."""
    dimension = hamiltonian.dimension
    problems = [
        *_missing_band(config, hamiltonian),
        *_grid(config, "band.grid", config.band.grid, dimension),
        *_grid(config, "ensemble.grid", getattr(config.ensemble, "grid", None), dimension),
        *_beyond(config, dimension),
    ]
    folded = config.response is not None and config.response.method == "folded"
    if folded and not isinstance(hamiltonian, LatticeHamiltonian):
        said = "'folded' is of the zone of a lattice: take another method"
        problems.append(config.where("response.method").problem(said))
    named = config.ensemble.valley if isinstance(config.ensemble, Gaussian) else None
    if named not in (None, "auto") and config.valleys != "auto":
        known = [*(config.valleys or hamiltonian.valleys)]
        if named not in known:
            sentence = f"no valley {shown(named)}; this model has: {', '.join(known) or 'none'}"
            problems.append(config.where("ensemble.valley").problem(sentence))
    if problems:
        raise ConfigError(problems)


def _missing_band(config: Config, hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Iterator[Problem]:
    highest = max(config.band.index, *config.bands, 0)
    if highest >= hamiltonian.size:
        yield config.where("band").problem(
            f"band {highest} does not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )


def _grid(config: Config, path: str, grid: Sequence[int] | None, dimension: int) -> Iterator[Problem]:
    if grid is not None and len(grid) != dimension:
        sentence = f"a {dimension}D crystal needs {dimension} number(s), not {len(grid)}"
        yield config.where(path).problem(sentence)


def _beyond(config: Config, dimension: int) -> Iterator[Problem]:
    """Wavevectors with components that the crystal has no periodicity in, so that nothing depends on them."""
    for path, wavevector in _wavevectors(config):
        if any(wavevector[dimension:]):
            axes = " and ".join(f"k_{axis}" for axis in "xyz"[dimension:])
            yield config.where(path).problem(
                f"a {dimension}D crystal has no {axes}: write {dimension} number(s)"
            )


def _wavevectors(config: Config) -> Iterable[tuple[str, Sequence[float]]]:
    if isinstance(config.ensemble, Packets):
        return ((f"ensemble.wavevectors[{i}]", each) for i, each in enumerate(config.ensemble.wavevectors))
    if isinstance(config.ensemble, Gaussian) and config.ensemble.center is not None:
        return (("ensemble.center", config.ensemble.center),)
    return ()


def chosen_source(
    hamiltonian: LatticeHamiltonian | KPHamiltonian, source: str, *, position_elements: bool = True
) -> str:
    """Return the kind of band source, with ``auto`` resolved: the closed form if there is one, else ``direct``."""
    if source != "auto":
        return source
    has_elements = position_elements and getattr(hamiltonian, "position_matrices", None) is not None
    return "two_band" if hamiltonian.size <= 2 and not has_elements else "direct"
