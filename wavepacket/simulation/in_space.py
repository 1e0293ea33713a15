"""Where the fields, the walls and the observables in space that a config asks for fit its crystal, and where they do not."""

from collections.abc import Callable, Sequence

import numpy as np

import wavepacket.fields as fields
from wavepacket.config import (
    Config,
    Confined,
    ContactEnsemble,
    Fields,
    Gaussian,
    GridMagnetic,
    GridTerm,
    LinearMagnetic,
    SpaceTerm,
    UniformField,
)
from wavepacket.ensembles import Ensemble
from wavepacket.errors import InputError
from wavepacket.fields.contacts import inward, overlapping
from wavepacket.fields.outline import domain_of
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.layer import is_layer
from wavepacket.simulation.textures import check_textures
from wavepacket.space_spline import divergence

__all__ = ["check_space", "check_starts", "moves_on_lines"]

_LOOK = 1 << 16  # packets at a time

# Of the longest lattice vector: semiclassics needs fields that hardly change over the cells that a packet covers.
_SMOOTH = 5.0
_DIVERGENCE = 1e-3  # of the steepest slope: more than that of a spline through samples of a field without


def check_space(
    config: Config, hamiltonian: Hamiltonian, valleys: Sequence[str], report: Callable[[str], None]
) -> None:
    """Refuse what this crystal cannot have in space; say where a field varies over so few cells that it is no force."""
    planar = is_layer(hamiltonian)
    _check_local(config, planar=planar)
    _check_lines(config)
    check_textures(config, hamiltonian, report)
    _check_contacts(config)
    if config.sample is not None and not planar:
        raise config.problem(
            "sample", "walls and contacts are those of a layer, and this crystal is none: leave it out"
        )
    walls = () if config.sample is None else config.sample.walls
    if any(wall.mirrored < 1.0 for wall in walls) and not len(domain_of(hamiltonian)):
        raise config.problem(
            "sample.walls", "diffuse walls need the states of a whole band: give model.cutoff"
        )
    if isinstance(config.ensemble, Confined) and _drives(config.fields):
        report(
            "ensemble: packets start in the equilibrium of V(r, 0) without E, and what is measured later is none: it "
            "holds the currents that E, or a potential which depends on time, drives"
        )
    for key, term in config.fields.in_space().items():
        _check_valleys(config, key, term, valleys)
        _check_length(config, key, term, hamiltonian, report)
    if not planar:
        _check_divergence(config, report)


def _check_valleys(config: Config, key: str, term: SpaceTerm, valleys: Sequence[str]) -> None:
    """Raise ConfigError where the factors of a term are not those of the valleys."""
    if term.valleys is not None and set(term.valleys) != set(valleys):
        there = (
            f"those of this run are {', '.join(valleys)}"
            if valleys
            else "this run has none: name them in valleys"
        )
        raise config.problem(f"{key}.valleys", f"needs one factor for each valley, and {there}")


def _check_length(
    config: Config, key: str, term: SpaceTerm, hamiltonian: Hamiltonian, report: Callable[[str], None]
) -> None:
    """Say where a term varies over few lattice constants, or over less than the width of the packets."""
    planar = is_layer(hamiltonian)
    length = term.length_on_layer if planar else term.length
    place = ", ".join(f"{x:.4g}" for x in term.narrowest)
    if not length > 0:
        cure = "a position above the layer, or a core" if planar else "a core"
        raise config.problem(key, f"its field is infinite at ({place}) angstrom: give {cure}")
    varies = f"{key} varies over {length:.3g} angstrom near ({place}) angstrom"
    if isinstance(hamiltonian, LatticeHamiltonian) and length < _SMOOTH * hamiltonian.length_scale:
        report(
            f"{varies}, and the lattice constant is {hamiltonian.length_scale:.3g} angstrom: the equations of motion "
            "hold for fields that change over many"
        )
    width = 0.5 / config.ensemble.width if isinstance(config.ensemble, Gaussian) else 0.0
    if length < width:
        report(
            f"{varies}, and a packet of this width in k is {width:.3g} angstrom wide (standard deviation): the equations "
            "of motion hold for fields that change over more"
        )


def _check_divergence(config: Config, report: Callable[[str], None]) -> None:
    """Refuse a B_z that changes along z without other components; say how large the divergence of a grid is."""
    given: dict[str, SpaceTerm] = dict(config.fields.in_space())
    if any(config.fields.magnetic_gradient):
        rows = LinearMagnetic(kind="linear", gradient=config.fields.magnetic_gradient)
        given["fields.magnetic_gradient"] = rows
    for key, term in given.items():
        if isinstance(term, LinearMagnetic) and term.divergence:
            half = -0.5 * term.divergence
            raise config.problem(
                key if key.endswith("magnetic_gradient") else f"{key}.gradient",
                "B_z alone that changes along z has a divergence, and no magnetic field has one: give a term of kind "
                "linear whose gradient is the three rows ∂B_x/∂r, ∂B_y/∂r, ∂B_z/∂r, such as "
                f"[[{half:g}, 0, 0], [0, {half:g}, 0], [{', '.join(f'{g:g}' for g in term.rows[2])}]]",
            )
        if isinstance(term, GridMagnetic) and len(term.components) == 3:
            largest, steepest, place = divergence(term.components)
            if largest > _DIVERGENCE * steepest:
                near = ", ".join(f"{x:.4g}" for x in place)
                report(
                    f"{key}.file: the divergence of this field reaches {abs(term.scale) * largest:.3g} T/angstrom near "
                    f"({near}) angstrom, {largest / steepest:.2g} of its steepest slope, and no magnetic field has one: "
                    "volumes in phase space are not conserved"
                )


def check_starts(config: Config, ensemble: Ensemble) -> None:
    """Raise ConfigError where packets start beyond the grid of a field."""
    grids = {
        key: term.spline
        for key, term in config.fields.in_space().items()
        if isinstance(term, GridTerm) and term.spline.has_edges
    }
    for first in range(0, ensemble.size if grids else 0, _LOOK):
        places = ensemble.packets(first, min(_LOOK, ensemble.size - first)).position
        for key, spline in grids.items():
            outside = spline.outside(places)
            if outside.any():
                place = ", ".join(f"{x:.6g}" for x in places[np.argmax(outside)])
                raise config.problem(
                    f"{key}.file",
                    f"packets start beyond its grid ({spline.extent}), such as number {first + int(np.argmax(outside))} at "
                    f"({place}) angstrom: give a larger grid, or other positions in ensemble",
                )


def _check_local(config: Config, *, planar: bool) -> None:
    """Raise ConfigError where a run cannot have the densities and currents in space that ``local`` asks for."""
    local = config.local
    if local is None:
        return
    if not planar:
        raise config.problem("local", "is for layers, and this crystal is none: leave it out")
    if any(term.valleys is not None for term in config.fields.in_space().values()):
        raise config.problem("local", "has no fields that depend on the valley: leave out one of them")
    region = local.region_in(config.ensemble)
    if region is None:
        raise config.problem("local", "needs a region: only a confined sample has one of its own")
    for name, line in local.cross_sections.items():
        if line[0] == line[1]:
            raise config.problem(f"local.cross_sections.{name}", "leads from a point to itself")
        if not all(low <= x <= high for point in line for x, (low, high) in zip(point, region, strict=True)):
            raise config.problem(f"local.cross_sections.{name}", "leads out of the region")


def _drives(given: Fields) -> bool:
    """Whether there is more than a static potential."""
    electric = any(not isinstance(term, UniformField) or any(term.amplitude) for term in given.electric)
    return electric or any(term.rate for term in given.potential)


def _check_contacts(config: Config) -> None:
    """Raise ConfigError where contacts cannot send packets into a sample, or would not take in all that comes to them."""
    sample, section = config.sample, config.ensemble
    if not isinstance(section, ContactEnsemble):
        return
    if sample is None or not sample.contacts:
        raise config.problem("ensemble", "packets of contacts need contacts: give sample.contacts")
    if section.number < section.replicas:
        raise config.problem(
            "ensemble.number",
            f"{section.number} are too few for {section.replicas} replicas, each of which needs a packet of its own: give "
            "more, or fewer replicas",
        )
    for name in section.emitters or ():
        if name not in sample.contacts:
            known = ", ".join(sample.contacts)
            raise config.problem("ensemble.emitters", f"no contact {name!r}; there are: {known}")
    if _drives(config.fields):
        raise config.problem(
            "fields",
            "contacts are in equilibrium: give what drives packets between them as a static fields.potential",
        )
    if (both := overlapping(sample)) is not None:
        raise config.problem(f"sample.contacts.{both[1]}", f"covers a part of the contact {both[0]!r}")
    for name in section.emitters or sample.contacts:
        try:
            inward(sample, name)
        except InputError as error:
            raise config.problem(f"sample.contacts.{name}", str(error)) from error


def moves_on_lines(config: Config) -> bool:
    """Whether every k moves along a straight line, from start to end."""
    return fields.moves_on_lines(config.fields) and config.sample is None and not config.textures


def _check_lines(config: Config) -> None:
    if config.integrator.method == "quadrature" and not moves_on_lines(config):
        raise config.problem(
            "integrator.method",
            "a quadrature needs a k that moves along a straight line, B = 0, no walls, and E that depends on neither time "
            "nor place: take auto or dop853",
        )
