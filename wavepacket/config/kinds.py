"""Kinds of fields, ensembles and profiles, and tableaus by name, that scripts and files in ``wavepacket/parts`` register.

A kind is a function. Its signature is the section of the config: names, units and defaults; what it returns is data.
"""

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, create_model

from wavepacket.config.registered import FUNCTIONS
from wavepacket.config.schema import Config
from wavepacket.config.schema_ensemble import OwnEnsemble
from wavepacket.config.schema_fields import Fields, OwnField
from wavepacket.config.schema_integrator import TABLEAUS
from wavepacket.config.schema_model import FileModel, KPModel, LatticeModel, LibraryModel
from wavepacket.config.schema_profile_grid import OwnProfile
from wavepacket.config.schema_scattering import Scattering, TimesOfBand
from wavepacket.config.schema_texture import Texture
from wavepacket.config.schema_times import OwnTimeMap, TimeMap
from wavepacket.config.signatures import parameters_of
from wavepacket.config.source import Node, Path
from wavepacket.config.types import Integer, Section, Text
from wavepacket.errors import InputError
from wavepacket.units import Number

__all__ = [
    "ensemble_kind",
    "field_kind",
    "forget_kinds",
    "load_package_parts",
    "load_parts_of",
    "profile_kind",
    "tableau",
    "times_kind",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_PLAIN: Final[Mapping[object, Any]] = {
    float: Number, int: Integer, str: Text, bool: Annotated[bool, Field(strict=True)],
}  # fmt: skip
_GIVEN = ("crystal", "config")
"""Parameters of an ensemble's function that are no keys."""
_MEANT = ("file", "uncertainty")
"""Keys that mean the same in every section: a file of a run folder, a target that more packets meet."""

_WITH_TEXTURES: Final = (LibraryModel, FileModel, LatticeModel, KPModel)

_NONE: Final = inspect.Parameter.empty
_PACKAGE: Final = (
    Fields.model_fields["electric"].annotation, Config.model_fields["ensemble"].annotation,
    Texture.model_fields["profile"].annotation,
)  # fmt: skip


def field_kind(function: _Function) -> _Function:
    """Register a function as a kind of electric field, under its own name; a decorator.

    Each parameter is a key of the config, with its unit by an annotation such as ``wavepacket.units.Time``; one without a
    default must be given. The function returns `wavepacket.sampled_field` of E(t). ``scale`` is a key of every kind.

    Raises
    ------
    InputError
        for a parameter without annotation, and for the name of a kind of the package

    Examples
    --------
    >>> import math, wavepacket
    >>> from wavepacket.units import ElectricField, Time
    >>> @wavepacket.field_kind
    ... def bump(height: ElectricField, length: Time = 50.0):
    ...     '''E_x = height sin⁶(πt/length).'''
    ...     return wavepacket.sampled_field(lambda t: (height * math.sin(math.pi * t / length) ** 6, 0, 0), end=length)

    """
    _register(function, OwnField, ())
    return function


def ensemble_kind(function: _Function) -> _Function:
    """Register a function as a kind of ensemble, under its own name; a decorator.

    Parameters with the names ``crystal`` and ``config`` are the Hamiltonian and the config of the run; each other one is a
    key, as those of `field_kind`. The function returns `wavepacket.packets`. ``field_reversal`` is a key of every kind.

    Raises
    ------
    InputError
        for a parameter without annotation, and for the name of a kind of the package

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> from wavepacket.units import Wavevector
    >>> @wavepacket.ensemble_kind
    ... def ring(crystal, radius: Wavevector, number: int = 64):
    ...     '''Packets on a circle round Γ.'''
    ...     angle = 2 * np.pi * np.arange(number) / number
    ...     k = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    ...     return wavepacket.packets(k, weight=np.ones(number))

    """
    _register(function, OwnEnsemble, _GIVEN)
    return function


def profile_kind(function: _Function) -> _Function:
    """Register a function as a kind of profile of textures, under its own name; a decorator.

    Its parameters are keys, as those of `field_kind`. The function returns `wavepacket.sampled_profile` of λ(r, t).
    ``center`` and ``velocity`` are keys of every kind.

    Raises
    ------
    InputError
        for a parameter without annotation, and for the name of a kind of the package

    Examples
    --------
    >>> import math, wavepacket
    >>> from wavepacket.units import Length
    >>> @wavepacket.profile_kind
    ... def gaussian_dot(width: Length):
    ...     '''exp(-ρ²/2w²).'''
    ...     side = (-8 * width, 8 * width)
    ...     return wavepacket.sampled_profile(lambda x, y: math.exp(-(x * x + y * y) / (2 * width**2)), x=side, y=side)

    """
    _register(function, OwnProfile, ())
    return function


def times_kind(function: _Function) -> _Function:
    """Register a function as a kind of `scattering.map`, under its own name; a decorator.

    Its parameter ``k`` are wavevectors (n, 3), Cartesian, 1/Å; each other one is a key, as those of `field_kind`. It returns
    the factor (n,) of the relaxation time there, compiled by numba or not. ``grid`` is a key of every kind: where the
    factors are taken, with splines in between.

    Raises
    ------
    InputError
        for a parameter without annotation, and for the name of a kind of the package

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> from wavepacket.units import Length
    >>> @wavepacket.times_kind
    ... def hot_spots(k, size: Length = 2.0, depth: float = 0.5):
    ...     '''Packets collide more often where cos(k_x·size) is small.'''
    ...     return 1.0 - depth * np.sin(k[:, 0] * size) ** 2

    """
    _register(function, OwnTimeMap, ("k",))
    return function


def tableau(
    name: str,
    *,
    stages: Sequence[Sequence[float]],
    weights: Sequence[float],
    embedded: Sequence[float] | None = None,
) -> None:
    """Name an integration method, for ``integrator: {method: tableau, tableau: NAME}``; the config checks its numbers."""
    given = {"stages": stages, "weights": weights, "embedded": embedded}
    TABLEAUS[name] = {key: _plain(numbers) for key, numbers in given.items()}


def _plain(numbers: Any) -> Any:
    """Return arrays of NumPy, and numbers from such, as a config has them; all else as it is, for the config to check."""
    if isinstance(numbers, list | tuple):
        return [_plain(each) for each in numbers]
    return numbers.tolist() if hasattr(numbers, "tolist") else numbers


def _register(
    function: Callable[..., Any],
    base: type[OwnField] | type[OwnEnsemble] | type[OwnProfile] | type[OwnTimeMap],
    given: Sequence[str],
) -> None:
    parameters = parameters_of(function, "kind")
    name, keys = function.__name__, dict[str, Any]()
    if name in _kinds(_PACKAGE):
        raise InputError(f"the package has a kind {name!r} already: give yours another name")
    for key, (hint, default) in parameters.items():
        if key in given:
            continue
        taken = (
            hasattr(base, key) or key in base.model_fields or key in _MEANT or key.startswith(("_", "model_"))
        )
        if taken or hint is _NONE:
            needed = "another name" if taken else f"a type, such as '{key}: Time'"
            raise InputError(f"the parameter {key!r} of the kind {name!r} needs {needed}")
        keys[key] = (_PLAIN.get(hint, hint), ... if default is _NONE else default)
    keys["kind"] = (Literal[name], name)
    section = create_model(name, __base__=base, __doc__=inspect.getdoc(function), **keys)
    try:
        section.model_rebuild(force=True)
        section.model_json_schema()
    except Exception as error:
        raise InputError(
            f"a type of the parameters of the kind {name!r} cannot be given in a config: {type(error).__name__}"
        ) from error
    for other in [each for each in FUNCTIONS if each.__name__ == name and issubclass(each, base)]:
        del FUNCTIONS[other]
    FUNCTIONS[section] = function
    _rebuild()


def _rebuild() -> None:
    """Let the schema know all kinds: the union of the package's and the registered ones."""
    of_fields, of_ensembles, of_profiles = (
        tuple(each for each in FUNCTIONS if issubclass(each, base))
        for base in (OwnField, OwnEnsemble, OwnProfile)
    )
    fields, ensembles, profiles = _PACKAGE
    shipped = typing.get_args(typing.get_args(fields)[0])[0]
    term: Any = Annotated[typing.Union[(shipped, *of_fields)], Field(discriminator="kind")]
    Fields.model_fields["electric"].annotation = tuple[term, ...]
    Config.model_fields["ensemble"].annotation = typing.Union[(ensembles, *of_ensembles)]  # type: ignore[assignment]
    Texture.model_fields["profile"].annotation = typing.Union[(profiles, *of_profiles)]  # type: ignore[assignment]
    maps = {each.__name__: each for each in FUNCTIONS if issubclass(each, OwnTimeMap)}
    for times in (Scattering, TimesOfBand):
        times.model_fields["map"].annotation = _of_maps(maps)
    for section in (Fields, Texture, *_WITH_TEXTURES, TimesOfBand, Scattering, Config):
        section.model_rebuild(force=True)


def _of_maps(own: Mapping[str, type[Section]]) -> Any:
    """A map of times, which needs no kind, or one of those that are registered."""
    if not own:
        return TimeMap | None
    named = [Annotated[section, Tag(name)] for name, section in own.items()]
    either: Any = typing.Union[(Annotated[TimeMap, Tag("grid")], *named)]
    return Annotated[either, Discriminator(_kind_of_map)] | None


def _kind_of_map(value: Any) -> Any:
    return value.get("kind", "grid") if isinstance(value, Mapping) else getattr(value, "kind", "grid")


def _kinds(annotation: object) -> set[str]:
    """Names of the kinds in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return {str(annotation.model_fields["kind"].default)}
    parts = annotation if isinstance(annotation, tuple) else typing.get_args(annotation)
    return set().union(*map(_kinds, parts)) if parts else set()


def forget_kinds() -> None:
    """Take all registered kinds out of the schema."""
    FUNCTIONS.clear()
    _rebuild()


def load_package_parts() -> None:
    """Import the files in ``wavepacket/parts``, which register what is in them."""
    parts = importlib.import_module("wavepacket.parts")  # by name: they may use every floor below
    for each in pkgutil.iter_modules(parts.__path__):
        importlib.import_module(f"{parts.__name__}.{each.name}")


def load_parts_of(root: Node) -> None:
    """Do so where a config names a kind or a tableau that nobody has registered."""
    terms = root.find(("fields", "electric"))[0].items or ()
    paths: list[Path] = [("fields", "electric", i, "kind") for i in range(len(terms))]
    textures = root.find(("model", "textures"))[0].items or ()
    paths += [("model", "textures", i, "profile", "kind") for i in range(len(textures))]
    bands = root.find(("scattering", "bands"))[0].mapping or ()
    paths += [("scattering", *way, "map", "kind") for way in ((), *(("bands", name) for name in bands))]
    named = (root.find(path) for path in (*paths, ("ensemble", "kind"), ("integrator", "tableau")))
    names = {node.value for node, rest in named if not rest and isinstance(node.value, str)}
    known = _kinds(
        (
            Fields.model_fields["electric"].annotation, Config.model_fields["ensemble"].annotation,
            Texture.model_fields["profile"].annotation,
        )
    )  # fmt: skip
    maps = {each.__name__ for each in FUNCTIONS if issubclass(each, OwnTimeMap)}
    if not names <= {*known, *maps, *TABLEAUS}:
        load_package_parts()
