"""From a config to the intrinsic response and the thermodynamics of its crystal."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

import wavepacket.response.band_geometry
import wavepacket.response.constant_time
import wavepacket.response.spin  # noqa: F401 (entries of the table, of all three)
from wavepacket.arrays import Float
from wavepacket.config import Config, ConfigLike
from wavepacket.config.schema_response import QUANTITIES, SPIN_QUANTITIES, SURFACE_QUANTITIES
from wavepacket.config.schema_response import Response as Request
from wavepacket.conventions import not_a_hole
from wavepacket.ensembles import locate_valleys
from wavepacket.errors import InputError, Interrupted
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian, open_config
from wavepacket.observables import UNITS, Observables, Plain, Source, own_observables, package_observables
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.collect import Task
from wavepacket.response.columns import Columns, ball, regions_of_valleys
from wavepacket.response.converge import converge
from wavepacket.response.critical import critical_potentials
from wavepacket.response.domain import Domain, domain_of
from wavepacket.response.group import check_group, groups_of
from wavepacket.response.identities import COLD_STEP, Identities, field_step
from wavepacket.response.kept import Stopped
from wavepacket.response.observables import Report
from wavepacket.response.passes import Converged, Limits
from wavepacket.response.points import coarse_states, gaps, valley_centre_states
from wavepacket.response.result import ResponseResult
from wavepacket.response.rim import beyond_cutoff
from wavepacket.response.scan import Scan
from wavepacket.response.spin import spin_columns
from wavepacket.response.spin_symmetry import spin_operations, spin_projectors
from wavepacket.response.steps import Steps, identity_of, known
from wavepacket.response.symmetry import Symmetry, find_symmetry, forbidden
from wavepacket.response.wanted import targets_of

__all__ = ["respond", "whole"]

Progress = Callable[[int, int], None]

_MARGIN = 0.1  # eV
_DOUBTFUL = 0.1  # of the Hall conductivity of all bands
_SMALL = {UNITS["conductivity"][2]: 1e-3, UNITS["conductivity"][3]: 0.1}
"""By unit: errors that nobody minds."""
_PLAIN = {"density", "quantum_metric", *SURFACE_QUANTITIES, *SPIN_QUANTITIES}
"""Quantities that know nothing of Ω of the bands."""
_OF_A_LINE = {
    "density", "quantum_metric", "drude_weight", "nonlinear_drude_conductivity", "spin_magnetization",
    "kinetic_magnetoelectric",
}  # fmt: skip
"""Quantities that have a meaning in one dimension."""


def respond(config: ConfigLike | None, hamiltonian: object | None, steps: Steps) -> ResponseResult:
    """Integrate over the zone, as the public `response` documents."""
    config = open_config(whole(config, hamiltonian), hamiltonian)
    config.refuse_textures("a response")
    crystal = build_hamiltonian(config)
    check_group(config, crystal)
    config = locate_valleys(config, crystal)
    request = config.response or Request()
    try:
        domain = domain_of(crystal)
        task = _task(domain, request, config)
    except InputError as error:
        raise config.problem("response" if config.response else "model", str(error)) from error
    mu, temperature = np.array(request.chemical_potential), np.array(request.temperature)
    identity = identity_of(config, crystal)
    kept = steps.kept(identity)
    symmetry = find_symmetry(crystal, task.position_elements)
    projectors = symmetry.projectors(task.columns) | spin_projectors(
        task, spin_operations(task, symmetry.operations)
    )
    critical = _critical(task, request)
    targets = targets_of(task, request, config.charge, projectors, critical)
    try:
        with steps.in_order(kept) as in_order:
            limits = Limits(
                request.points, request.method, request.mesh, in_order, steps.progress, kept,
                lambda found: steps.report(known(found, config.charge)),
            )  # fmt: skip
            converged = converge(
                lambda collected: Scan(task, mu, temperature, collected, projectors), task, targets, limits, symmetry
            )  # fmt: skip
    except Stopped:
        raise Interrupted("stopped before anything is known of the response") from None
    finally:
        steps.finish(kept, identity)
    return _result(config, crystal, symmetry, replace(converged, stopped=kept.stopped), critical)


def whole(config: ConfigLike | None, hamiltonian: object | None) -> ConfigLike:
    """Make a config of the section alone, or of one without a name."""
    if config is None and hamiltonian is None:
        raise InputError("response needs a config, or a Hamiltonian: response(hamiltonian=...)")
    if config is None or (isinstance(config, Mapping) and hamiltonian is not None and "name" not in config):
        given = dict(config or {})
        return (
            {"name": "response", **given} if "response" in given else {"name": "response", "response": given}
        )
    return config


def _task(domain: Domain, request: Request, config: Config) -> Task:
    """What has to be collected for the quantities that are wanted."""
    wanted, d = set(request.quantities), domain.dimension
    if d == 1:
        wanted &= _OF_A_LINE
    identity = "identities" in wanted
    moment = identity or "orbital_magnetization" in wanted
    folded = request.method == "folded"
    regions = {} if folded else regions_of_valleys(domain.hamiltonian, config.valleys)
    for name, region in request.regions.items():
        regions[name] = ball(domain.hamiltonian, region.center, region.radius)
    columns = Columns(
        dimension=d,
        curvature=d > 1 and bool(wanted - _PLAIN),
        moment=moment,
        dipole=d > 1 and "berry_curvature_dipole" in wanted,
        metric="quantum_metric" in wanted,
        regions=regions if d > 1 and "anomalous_hall_conductivity" in wanted else {},
        bands=domain.hamiltonian.size if request.by_band and d > 1 else 0,
        drude="drude_weight" in wanted,
        hall="ordinary_hall_conductivity" in wanted,
        nonlinear="nonlinear_drude_conductivity" in wanted,
        dipole_sea="berry_curvature_dipole_sea" in wanted,
        spin=spin_columns(config, domain.hamiltonian, wanted),
    )
    elements = config.band.position_elements
    coldest = min(request.temperature)
    step = request.magnetic_field_step
    if identity and step is None:
        energy, moments = coarse_states(domain, elements)
        step = field_step(_near(energy, moments, request), coldest)
    return Task(
        domain=domain,
        axis=_axis(request, identity and coldest == 0),
        columns=columns,
        field=step if identity else None,
        pairs="orbital_magnetization" in wanted,
        position_elements=elements,
    )


def _near(energy: Float, moments: Float, request: Request) -> Float:
    """Moments of the states near the scan; of all where a coarse mesh has none there."""
    low, high = min(request.chemical_potential) - _MARGIN, max(request.chemical_potential) + _MARGIN
    near = (energy > low) & (energy < high)
    return moments[near] if near.any() else moments


def _axis(request: Request, neighbours: bool) -> EnergyAxis:
    """Every μ at which something is wanted; at T = 0 differences need its neighbours."""
    mu = np.array(request.chemical_potential)
    if neighbours:
        mu = np.concatenate([mu - COLD_STEP, mu, mu + COLD_STEP])
    return EnergyAxis(np.unique(mu), np.array(request.temperature))


def _result(
    config: Config,
    hamiltonian: Hamiltonian,
    symmetry: Symmetry,
    converged: Converged,
    critical: dict[int, str],
) -> ResponseResult:
    request = config.response or Request()
    undefined = critical | {int(i): "a flat band" for i in np.flatnonzero(converged.passes[-1].scan.flat())}

    made = _sources(config, hamiltonian, converged, undefined)
    found = Observables()
    for source in made:
        found |= package_observables("response", source) if source is not None else {}
    scan = converged.passes[0].scan
    positive = not_a_hole(config.charge, hamiltonian.size, isinstance(hamiltonian, LatticeHamiltonian))
    result = ResponseResult(
        config.name,
        scan.mu,
        scan.temperature,
        found,
        symmetry,
        _convergence(converged, request),
        (
            *([positive] if positive else []),
            *beyond_cutoff(scan.task.domain, scan.mu, scan.temperature),
            *_warnings(converged, scan),
            *_broken(converged, symmetry, set(request.quantities), config.charge),
            *_single_bands(found),
        ),
        config.charge,
        notes=hamiltonian.notes,
    )
    found.update(own_observables("response", Plain(result)))
    return result


def _sources(
    config: Config, hamiltonian: Hamiltonian, converged: Converged, undefined: dict[int, str]
) -> list[Source | None]:
    """What the observables of the package are made of."""
    request = config.response or Request()
    task = converged.passes[0].scan.task
    there = _there(set(request.quantities), task)
    made: list[Source | None] = [
        Report(*converged.best(name), config.charge, undefined, (name,))
        for name in (*QUANTITIES[:2], "valley_hall_conductivity", *QUANTITIES[2:], *SPIN_QUANTITIES)
        if name in there
    ]
    if "anomalous_hall_conductivity" in there and not converged.stopped:
        made.append(gaps(task.domain, converged.passes[0].scan.mu, config.charge))
    if "orbital_magnetization" in there:
        made.append(valley_centre_states(hamiltonian, config.valleys, task.position_elements, config.charge))
    if task.columns.curvature and task.field is not None:
        one, other = converged.best("streda"), converged.best("nernst_identity")
        made.append(Identities(one, other, config.charge, undefined))
    if not converged.stopped:
        made += groups_of(config, hamiltonian, request)
    return made


def _there(wanted: set[str], task: Task) -> set[str]:
    """Quantities that are wanted and have a meaning in the dimension."""
    if task.domain.dimension == 1:
        wanted = wanted & _OF_A_LINE
    if not task.columns.curvature:
        return wanted - {"identities"}
    by_valley = "anomalous_hall_conductivity" in wanted and task.columns.regions
    return (wanted - {"identities"}) | ({"valley_hall_conductivity"} if by_valley else set())


def _critical(task: Task, request: Request) -> dict[int, str]:
    """Chemical potentials at the edge or a saddle of a band, by number, if a density of states at T = 0 is wanted."""
    if min(request.temperature) > 0 or not set(request.quantities) & {"density", "identities"}:
        return {}
    return critical_potentials(task.domain, np.array(request.chemical_potential), task.position_elements)


def _broken(converged: Converged, symmetry: Symmetry, wanted: set[str], charge: float) -> list[str]:
    """Sentences about components that symmetry forbids, and that the integrals alone do not find to vanish."""
    scan = replace(converged.passes[-1].scan, projectors={})
    there = _there(wanted, scan.task) - _PLAIN - {"valley_hall_conductivity"}
    return forbidden(symmetry, package_observables("response", Report(scan, "", charge, {}, there)))


def _single_bands(found: Observables) -> list[str]:
    """A sentence where the Hall conductivity of a band alone is known much worse than that of all of them."""
    hall = found.get("anomalous_hall_conductivity")
    if hall is None or not hall.contributions:
        return []
    size = float(np.max(np.abs(np.asarray(hall.value)) + np.asarray(hall.uncertainty)))
    errors = {name: float(np.max(np.asarray(part.uncertainty))) for name, part in hall.contributions.items()}
    least = _SMALL[hall.unit]
    doubtful = [name for name, error in errors.items() if error > max(_DOUBTFUL * size, least)]
    if not doubtful:
        return []
    return [
        f"the Hall conductivity of single bands ({', '.join(doubtful)}) means little here: it is known to ± "
        f"{max(errors.values()):.1e} {hall.unit} at worst. Bands that all but touch exchange Omega without bound, which "
        "cancels in the sum over both: read that of all bands"
    ]


def _convergence(converged: Converged, request: Request) -> dict[str, object]:
    reached = converged.reached
    return {
        "target": request.uncertainty,
        "reached": max(each.worst * request.uncertainty / each.target.relative for each in reached.values()),
        "met": converged.met,
        "stopped": converged.stopped,
        "points": converged.points,
        "how": "; ".join(one.how for one in converged.passes),
        "quantities": {
            name: {"target": each.target.relative, "reached": each.worst, "met": each.met}
            for name, each in reached.items()
        },
        "meaning": "largest uncertainty over size at any mu and T: the size of a value is that of its largest component, "
        "or response.floors, or a tenth of what it would be if nothing cancelled over the zone, where that is larger",
    }


def _warnings(converged: Converged, scan: Scan) -> list[str]:
    said = []
    for name, each in converged.reached.items():
        if each.met:
            continue
        i, j = np.unravel_index(int(each.share.argmax()), each.share.shape)
        kelvin = each.target.temperatures(scan.temperature)[j]
        missed = int(np.count_nonzero(each.share > each.target.relative))
        said.append(
            f"{name} is not converged: its uncertainty is {each.worst:.1e} of its size at mu = {scan.mu[i]:g} eV, "
            f"T = {kelvin:g} K, the target {each.target.relative:.1e} ({missed} of {each.share.size} values miss it); "
            f"stopped {'on request' if converged.stopped else 'at response.points'} ({converged.best(name)[1]})"
        )
    return said
