"""From a config to the intrinsic response and the thermodynamics of its crystal."""

from collections.abc import Callable
from os import PathLike

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config, load_config
from wavepacket.config.schema_response import Response as Request
from wavepacket.ensembles import locate_valleys
from wavepacket.equilibrium.axis import EnergyAxis
from wavepacket.equilibrium.columns import Columns
from wavepacket.equilibrium.converge import Converged, Plan, converge
from wavepacket.equilibrium.domain import Domain, domain_of
from wavepacket.equilibrium.identities import COLD_STEP, field_step, identities
from wavepacket.equilibrium.observables import Report
from wavepacket.equilibrium.points import chern_numbers, coarse_energies, valley_moments
from wavepacket.equilibrium.regions import ball, selectors_of_valleys
from wavepacket.equilibrium.result import ResponseResult
from wavepacket.equilibrium.scan import Scan
from wavepacket.equilibrium.symmetry import find_symmetry, forbidden
from wavepacket.equilibrium.work import Task
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian
from wavepacket.observable import Observable
from wavepacket.threads import available_threads

__all__ = ["ResponseResult", "response"]

Float = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

_MARGIN = 0.1  # eV


def response(
    config: Config | str | PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> ResponseResult:
    """Integrate over the zone as the section ``response`` of a config says.

    Parameters
    ----------
    config : a config, or the path of its file
    threads : default all cores that the process may use; results do not depend on it
    progress : called with wavevectors done and an upper bound of all

    Returns
    -------
    ResponseResult
        ``result[name]`` is an observable with its unit and sign convention; values are arrays [μ, T, ...], tensors
        [μ, T, a, b] with all three Cartesian components; ``chemical_potential`` in eV and ``temperature`` in K

    Raises
    ------
    InputError
        for a model that cannot be integrated over, or a scan that makes no sense
    """
    if not isinstance(config, Config):
        config = load_config(config)
    hamiltonian = build_hamiltonian(config)
    config = locate_valleys(config, hamiltonian)
    request = config.response or Request()
    try:
        domain = domain_of(hamiltonian)
        task = _task(domain, request, config)
    except InputError as error:
        raise config.problem("response" if config.response else "model", str(error)) from error
    mu, temperature = np.array(request.chemical_potential), np.array(request.temperature)
    threads = threads or available_threads()
    plan = Plan(request.uncertainty, request.points, request.method, request.mesh, threads, progress)
    converged = converge(lambda collected: Scan(task, mu, temperature, collected), task, plan)
    return _result(config, request, hamiltonian, converged)


def _task(domain: Domain, request: Request, config: Config) -> Task:
    """What has to be collected for the quantities that are wanted."""
    wanted, d = set(request.quantities), domain.dimension
    if d == 1:
        wanted &= {"density", "quantum_metric"}
    identity = "identities" in wanted
    moment = identity or "orbital_magnetization" in wanted
    regions = selectors_of_valleys(domain.hamiltonian, config.valleys)
    for name, region in request.regions.items():
        regions[name] = ball(domain.hamiltonian, region.center, region.radius)
    columns = Columns(
        dimension=d,
        curvature=d > 1 and bool(wanted - {"density", "quantum_metric"}),
        moment=moment,
        dipole="berry_curvature_dipole" in wanted,
        regions=regions if "anomalous_hall_conductivity" in wanted else {},
        bands=domain.hamiltonian.size if request.by_band and d > 1 else 0,
    )
    elements = config.band.position_elements
    coldest = min(request.temperature)
    step = request.magnetic_field_step
    if identity and step is None:
        energy, moments = coarse_energies(domain, elements)
        step = field_step(_near(energy, moments, request), coldest)
    return Task(
        domain=domain,
        axis=_axis(request, identity and coldest == 0),
        columns=columns,
        field=step if identity else None,
        pairs="orbital_magnetization" in wanted or "quantum_metric" in wanted,
        metric="quantum_metric" in wanted,
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
    config: Config, request: Request, hamiltonian: Hamiltonian, converged: Converged
) -> ResponseResult:
    scan, wanted = converged.scan, set(request.quantities)
    report = Report(scan, converged.how, config.charge)
    found: list[Observable] = report.density() if "density" in wanted else []
    if scan.task.columns.curvature:
        if "anomalous_hall_conductivity" in wanted:
            energy, _ = coarse_energies(scan.task.domain, scan.task.position_elements)
            found += report.hall() + chern_numbers(hamiltonian, energy, config.charge)
        if "anomalous_nernst_conductivity" in wanted:
            found.append(report.nernst())
        if "orbital_magnetization" in wanted:
            found.append(report.magnetization())
            found += valley_moments(hamiltonian, config.valleys, scan.task.position_elements)
        if "berry_curvature_dipole" in wanted:
            found.append(report.dipole())
        if scan.task.field is not None:
            found += identities(scan, config.charge, converged.how)
    if "quantum_metric" in wanted:
        found.append(report.metric())
    observables = {each.name: each for each in found}
    symmetry = find_symmetry(hamiltonian, scan.task.position_elements)
    return ResponseResult(
        config.name,
        scan.mu,
        scan.temperature,
        observables,
        symmetry,
        _convergence(converged),
        (*_warnings(converged), *forbidden(symmetry, observables)),
        notes=hamiltonian.notes,
    )


def _convergence(converged: Converged) -> dict[str, object]:
    return {
        "target": converged.target,
        "reached": converged.reached,
        "met": converged.met,
        "points": converged.scan.collected.points,
        "how": converged.how,
        "meaning": "largest uncertainty of n, Omega and m at the lowest temperature over the largest value in the scan",
    }


def _warnings(converged: Converged) -> list[str]:
    if converged.met:
        return []
    return [
        f"not converged: the uncertainty is {converged.reached:.1e} of the largest value, the target "
        f"{converged.target:.1e}; stopped at response.points ({converged.how})"
    ]
