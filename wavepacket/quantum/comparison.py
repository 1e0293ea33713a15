"""Both sides of a config, the exact packet and the semiclassical ones, and their comparison in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import Config, ConfigLike, Term
from wavepacket.conventions import DENSITY_OF_STATES_FACTOR, with_carrier
from wavepacket.ensembles import locate_valleys
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import build_hamiltonian, open_config
from wavepacket.observables import Observable
from wavepacket.quantum.box import Box
from wavepacket.quantum.counterpart import (
    SemiclassicalPath,
    counterpart,
    semiclassical_path,
    single,
    with_term,
)
from wavepacket.quantum.exact import ExactPath, Progress, exact_path
from wavepacket.quantum.setting import build_setting
from wavepacket.threads import available_threads

TERM_SENTENCES: Mapping[Term, str] = {
    "moment": "without the orbital moment m (in a uniform B it acts through its gradient alone)",
    "moment_sign": "with the opposite sign of the orbital moment",
    "curvature": "without the Berry curvature, in velocity and D",
    "curvature_sign": "with the opposite sign of the Berry curvature",
    "density_of_states": "with D = 1 in the equations of motion",
}


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """An exact path and the semiclassical ones for the same packet.

    Attributes
    ----------
    config : what was asked for
    band, box : of the packet
    exact : the wave function's path
    semiclassical : the ensemble with all terms
    single : (T, 3) path of one packet at the mean, Å
    switched : term → centre (T, 3), Å, of the ensemble without it

    """

    config: Config
    band: Band
    box: Box
    exact: ExactPath
    semiclassical: SemiclassicalPath
    single: Float
    switched: Mapping[Term, Float]

    def __repr__(self) -> str:
        """Return how far the centres are apart, and the names of all numbers."""
        apart = rms(self.distance(self.semiclassical.centre))
        return (
            f"Comparison({self.config.name}: centres {apart:.3g} angstrom (rms) apart on a path of "
            f"{self.path_length:.3g} angstrom; {', '.join(self.observables)})"
        )

    def __getitem__(self, name: str) -> Observable:
        """Return a number by its name."""
        return self.observables[name]

    def distance(self, centre: Float) -> Float:
        """Distance (T,) of the exact centre from another, Å."""
        return np.asarray(np.linalg.norm(self.exact.centre - centre, axis=1))

    @property
    def path_length(self) -> float:
        """Length of the exact centre's path, Å."""
        return float(np.linalg.norm(np.diff(self.exact.centre, axis=0), axis=1).sum())

    @property
    def rejections(self) -> dict[Term, float]:
        """Term → rms distance without it over that of the full theory."""
        full = rms(self.distance(self.semiclassical.centre))
        return {
            term: rms(self.distance(centre)) / full if full > 0 else np.inf
            for term, centre in self.switched.items()
        }

    @cached_property
    def observables(self) -> dict[str, Observable]:
        """All numbers, by name."""
        return {each.name: each for each in (*_paths(self), *_distances(self), *_validity(self))}

    @property
    def warnings(self) -> list[str]:
        """Sentences about where semiclassics ends."""
        said, limits = [], self.config.limits
        mixing = self.semiclassical.interband_mixing
        if mixing > limits.interband_mixing:
            said.append(
                f"interband mixing reaches {mixing:.2g}, above limits.interband_mixing = "
                f"{limits.interband_mixing:g}: semiclassics is expected to fail, and {self.leakage:.2%} of the exact "
                "packet left the band"
            )
        if self.semiclassical.excluded > 0:
            said.append(f"{self.semiclassical.excluded:.2%} of the semiclassical packets stopped early")
        return said

    @property
    def leakage(self) -> float:
        """Part of the norm outside of the band at the last save where it was found."""
        population = self.exact.population[np.isfinite(self.exact.population)]
        return float(1.0 - population[-1]) if len(population) else float("nan")


def rms(distance: Float) -> float:
    """Root of the mean square over the saves."""
    return float(np.sqrt(np.mean(distance**2)))


def _paths(of: Comparison) -> list[Observable]:
    exact, other, error = of.exact, of.semiclassical, of.config.quantum
    tolerance = error.tolerance if error is not None else 0.0
    spreads = [np.sqrt(np.einsum("tii->ti", each.covariance).clip(min=0.0)[:, 3:]) for each in (exact, other)]
    # The norm of the error times the size of the packet bounds the error of a mean position.
    bound = tolerance * float(spreads[0].max())
    return [
        Observable("time", exact.time, None, "fs", "saves"),
        Observable(
            "exact_centre", exact.centre, np.full_like(exact.centre, bound), "angstrom",
            "mean position of the wave function; uncertainty: tolerance times the packet's size",
        ),
        Observable(
            "semiclassical_centre", other.centre, other.centre_uncertainty, "angstrom",
            "mean over packets that sample the Wigner function; standard error from replicas",
        ),
        Observable("exact_spread", spreads[0], None, "angstrom", "standard deviation along x, y, z"),
        Observable("semiclassical_spread", spreads[1], None, "angstrom", "standard deviation along x, y, z"),
        Observable(
            "exact_wavevector", exact.mean[:, :3], None, "1/angstrom", "mean of (p - qA)/hbar, unfolded",
        ),
        Observable(
            "semiclassical_wavevector", other.mean_wavevector, None, "1/angstrom", "mean of k, unfolded"
        ),
    ]  # fmt: skip


def _distances(of: Comparison) -> list[Observable]:
    full = of.distance(of.semiclassical.centre)
    sampling = rms(np.linalg.norm(of.semiclassical.centre_uncertainty, axis=1))
    distances = [
        Observable("path_length", of.path_length, None, "angstrom", "of the exact centre"),
        Observable(
            "distance", full, np.linalg.norm(of.semiclassical.centre_uncertainty, axis=1), "angstrom",
            "between the exact and the semiclassical centre; standard error of the latter",
        ),
        Observable("rms_distance", rms(full), sampling, "angstrom", "root mean square over the saves"),
        Observable(
            "rms_distance_of_one_packet", rms(of.distance(of.single)), None, "angstrom",
            "the same for one packet at the mean, without the width of the exact one",
        ),
    ]  # fmt: skip
    if of.switched:
        distances.append(
            Observable(
                "rms_distance_without",
                {term: rms(of.distance(centre)) for term, centre in of.switched.items()},
                dict.fromkeys(of.switched, sampling),
                "angstrom",
                "; ".join(f"{term}: {TERM_SENTENCES[term]}" for term in of.switched),
                {"rejection": of.rejections},
            )
        )
    return distances


def _validity(of: Comparison) -> list[Observable]:
    mixing, factors = of.semiclassical.interband_mixing, of.semiclassical.density_of_states_factor
    projection = "by k" if not any(of.config.fields.magnetic) else "by energy, as a magnetic field is on"
    return [
        Observable(
            "band_population", of.exact.population, None, "1",
            f"part of the wave function in its band, told {projection}; null where not found",
        ),
        Observable("leakage", of.leakage, None, "1", "1 - band_population at the last save where it was found"),
        Observable(
            "interband_mixing", mixing, None, "1",
            "hbar |dk/dt . A_mn|/|e_m - e_n|, largest over semiclassical packets and saves",
            {"beyond_limit": bool(mixing > of.config.limits.interband_mixing)},
        ),
        Observable(
            "density_of_states_factor", {"min": factors[0], "max": factors[1]}, None, "1",
            f"{with_carrier(DENSITY_OF_STATES_FACTOR, of.config.charge)}; extremes over semiclassical packets",
        ),
        Observable("edge_norm", float(of.exact.edge.max()), None, "1", "largest part of the packet near the ends"),
        Observable("norm_error", of.exact.norm_error, None, "1", "|<psi|psi> - 1| at the end"),
        Observable(
            "excluded_fraction", of.semiclassical.excluded, 0.0, "1", "semiclassical packets that stopped early"
        ),
    ]  # fmt: skip


def compare(
    config: ConfigLike,
    hamiltonian: object | None = None,
    *,
    densities: bool = False,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Comparison:
    """Solve both sides, as the public `quantum` documents."""
    config = open_config(config, hamiltonian)
    config.check_run()
    threads = threads or available_threads()
    crystal = build_hamiltonian(config)
    config = locate_valleys(config, crystal)
    setting = build_setting(config, crystal)
    terms = terms_to_test(config, setting.hamiltonian.dimension)
    try:
        exact = exact_path(setting, densities=densities, progress=progress)
        problem = counterpart(config, exact, threads)
    except ConfigError:
        raise
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    return Comparison(
        config,
        problem.band,
        setting.dynamics.box,
        exact,
        semiclassical_path(problem, threads),
        semiclassical_path(single(problem, exact), 1).centre,
        {term: semiclassical_path(with_term(problem, term), threads).centre for term in terms},
    )


def terms_to_test(config: Config, dimension: int) -> tuple[Term, ...]:
    """Terms that the config names, or else all that can make a difference in its fields."""
    assert config.quantum is not None
    if config.quantum.terms is not None:
        return config.quantum.terms
    if dimension == 1:
        return ()
    if not np.any(config.fields.magnetic):
        return ("curvature", "curvature_sign")
    return ("moment", "moment_sign", "curvature", "curvature_sign", "density_of_states")
