"""A Hamiltonian object in the place of a config's model section: it becomes data that a run folder holds.

A small crystal is written out in the config; a large one, or one with position matrices, lies beside it in a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wavepacket.arrays import Complex, packed
from wavepacket.config import (
    Config,
    ConfigLike,
    FileModel,
    GridProfile,
    GridTerm,
    KPModel,
    LatticeModel,
    LibraryModel,
    OwnEnsemble,
    OwnField,
    OwnProfile,
    OwnTimeMap,
    check_steps,
    config_from_mapping,
    load_config,
)
from wavepacket.config.files import CRYSTAL
from wavepacket.config.source import Place, from_python
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.catalogue import is_shipped
from wavepacket.hamiltonians.conversion import (
    NoSuchModel,
    from_pythtb,
    from_sisl,
    from_tbmodels,
    from_wannierberri,
)
from wavepacket.hamiltonians.from_config import bare_hamiltonian, base_hamiltonian, pack, problems_of_crystal
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.time_maps import with_time_maps

__all__ = ["as_data", "as_hamiltonian", "as_model", "open_config", "own_sections"]

_WRITTEN_OUT = 5000
"""Matrix elements; the reader of configs takes about four times as many."""
_CONVERSIONS = (from_pythtb, from_tbmodels, from_sisl, from_wannierberri)


def as_hamiltonian(model: object) -> LatticeHamiltonian | KPHamiltonian:
    """Return a Hamiltonian of this package as it is, and one of PythTB, TBmodels, sisl or WannierBerri converted.

    Raises
    ------
    InputError
        for any other object, and for one that its conversion refuses
    """
    if isinstance(model, LatticeHamiltonian | KPHamiltonian):
        return model
    for convert in _CONVERSIONS:
        try:
            return convert(model)
        except NoSuchModel:
            continue
    raise InputError(
        f"hamiltonian must be a LatticeHamiltonian or KPHamiltonian (wavepacket.hamiltonians), or a model of PythTB, "
        f"TBmodels, sisl or WannierBerri, not an object of type {type(model).__name__}"
    )


def as_model(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> dict[str, Any] | None:
    """Return the section ``model`` that describes a crystal to the last bit; None if it would be too large.

    Position matrices and powers above 8 have no place in a section.
    """
    if hamiltonian.size > 100:
        return None
    about = {
        "valleys": hamiltonian.valleys,
        "special_points": hamiltonian.special_points or None,
        "path": hamiltonian.path or None,
        "spin": hamiltonian.spin if isinstance(hamiltonian, KPHamiltonian) else _spin_at_home(hamiltonian),
        "reference": " ".join(hamiltonian.reference.split())[:1000] or None,
    }
    if isinstance(hamiltonian, KPHamiltonian):
        if hamiltonian.powers.max() > 8:
            return None
        terms = [
            {"powers": powers, "matrix": matrix}
            for powers, matrix in zip(hamiltonian.powers, hamiltonian.matrices, strict=True)
        ]
        scales = ("dimension", "length_scale", "cutoff")
        section = {"kp": terms} | {name: getattr(hamiltonian, name) for name in scales}
        return _written({**section, **about})
    far = hamiltonian.spin_cells is not None and len(hamiltonian.spin_cells) > 1
    if hamiltonian.hoppings.size > _WRITTEN_OUT or hamiltonian.position_matrices is not None or far:
        return None
    home = len(hamiltonian.cells) // 2  # of each pair ±R the second is written
    hoppings = [
        {"cell": cell, "matrix": matrix}
        for cell, matrix in zip(hamiltonian.cells[home:], hamiltonian.hoppings[home:], strict=True)
    ]
    lattice = hamiltonian.lattice[: hamiltonian.dimension]
    return _written({"lattice": lattice, "positions": hamiltonian.positions, "hoppings": hoppings, **about})


def _spin_at_home(crystal: LatticeHamiltonian) -> Complex | None:
    """The spin between orbitals of one cell."""
    return None if crystal.spin is None else crystal.spin[len(crystal.spin) // 2]


def _written(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if value is not None}


def _hermitian(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> LatticeHamiltonian | KPHamiltonian:
    """The crystal with partners that agree to the last bit; the constructor lets them differ by rounding."""
    if isinstance(hamiltonian, KPHamiltonian):
        return hamiltonian
    symmetrised = (hamiltonian.hoppings + adjoint(hamiltonian.hoppings[::-1])) / 2
    return (
        hamiltonian
        if np.array_equal(symmetrised, hamiltonian.hoppings)
        else replace(hamiltonian, hoppings=symmetrised)
    )


def open_config(
    config: ConfigLike, hamiltonian: object | None = None, overrides: Sequence[str] = ()
) -> Config:
    """Return a config: itself, read from a file, or made from a mapping, its model a Hamiltonian where one is given.

    Raises
    ------
    ConfigError
        for a config that cannot be read, and for one with a model where a Hamiltonian is given too; with everything that is
        wrong with the crystal and what has to fit it, where other sections are wrong
    """
    if hamiltonian is None:
        if isinstance(config, Config):
            return config
        if isinstance(config, Mapping):
            return config_from_mapping(config, overrides, beyond=problems_of_crystal)
        return load_config(config, overrides, beyond=problems_of_crystal)
    crystal = _hermitian(as_hamiltonian(hamiltonian))
    section = as_model(crystal) or {"file": CRYSTAL}
    if isinstance(config, Config):
        raise config.two_models()
    if isinstance(config, Mapping):
        checked = config_from_mapping(config, overrides, model=section)
    else:
        checked = load_config(config, overrides, model=section)
    return _holding(checked, crystal)


def own_sections(config: Config) -> tuple[str, ...]:
    """Keys of the sections that a function of a script, or a registered kind of the package, makes data of."""
    model = isinstance(config.model, LibraryModel) and not is_shipped(config.model.name)
    fields = any(isinstance(term, OwnField) for term in config.fields.electric)
    ensemble = isinstance(config.ensemble, OwnEnsemble)
    profiles = any(isinstance(texture.profile, OwnProfile) for texture in config.textures)
    keys = (
        ("model", model),
        ("fields.electric", fields),
        ("ensemble", ensemble),
        ("model.textures", profiles),
        ("scattering.map", any(isinstance(each, OwnTimeMap) for each in config.time_maps.values())),
    )
    return tuple(key for key, own in keys if own)


def as_data(config: Config) -> Config:
    """Return a config that needs no code of a script: models become crystals, fields samples, ensembles packets.

    Grids of fields in space are in it, too.
    """
    config = _with_profiles(_with_grids(config))
    config = with_time_maps(config, lambda: base_hamiltonian(config))
    own = own_sections(config)
    crystal = _hermitian(base_hamiltonian(config)) if "ensemble" in own else None
    changes = dict[str, object]()
    if "ensemble" in own:
        assert isinstance(config.ensemble, OwnEnsemble)
        try:
            changes["ensemble"] = config.ensemble.data(crystal=crystal, config=config)
        except InputError as error:
            raise config.problem("ensemble", str(error)) from error
    if "fields.electric" in own:
        check_steps(config)  # where a function fails, this says so
        terms = tuple(term.data if isinstance(term, OwnField) else term for term in config.fields.electric)
        changes["fields"] = config.fields.model_copy(update={"electric": terms})
    if "model" in own:
        crystal = _hermitian(bare_hamiltonian(config))
        section = as_model(crystal) or {"file": CRYSTAL}
        form = FileModel if "file" in section else KPModel if "kp" in section else LatticeModel
        model = form.model_validate(from_python(section, Place("")).plain())
        changes["model"] = model.model_copy(update={"textures": config.model.textures})
        return _holding(config.model_copy(update=changes), crystal)
    return config.model_copy(update=changes) if changes else config


def _with_profiles(config: Config) -> Config:
    """Return the config with the samples of the profiles of its textures: of files, and of kinds of a script."""
    textures = list(config.textures)
    for i, texture in enumerate(textures):
        profile = texture.profile
        if isinstance(profile, GridProfile | OwnProfile):
            key = f"model.textures[{i}].profile"
            try:
                grid = profile.grid if isinstance(profile, OwnProfile) else profile.data()
            except InputError as error:
                raise config.problem(key, str(error)) from error
            textures[i] = texture.model_copy(update={"profile": grid})
    if textures == list(config.textures):
        return config
    model = config.model.model_copy(update={"textures": tuple(textures)})
    return config.model_copy(update={"model": model})


def _with_grids(config: Config) -> Config:
    """Return the config with the content of the files of its grids: a run keeps them."""
    if not any(isinstance(term, GridTerm) for term in config.fields.in_space().values()):
        return config
    check_steps(config)  # where a file cannot be read, this says so
    fields = {
        key: tuple(
            term.holding(packed(term.arrays())) if isinstance(term, GridTerm) else term
            for term in getattr(config.fields, key)
        )
        for key in ("potential", "magnetic_terms")
    }
    return config.model_copy(update={"fields": config.fields.model_copy(update=fields)})


def _holding(config: Config, crystal: LatticeHamiltonian | KPHamiltonian) -> Config:
    """Return the config with the content of its model's file where it has one."""
    if not isinstance(config.model, FileModel):
        return config
    return config.model_copy(update={"model": config.model.holding(pack(crystal))})
