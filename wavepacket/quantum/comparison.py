"""Both sides of a config, the exact packet and the semiclassical ones, and their comparison in numbers."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import Config, ConfigLike, Term, warn_of_idle_fields
from wavepacket.ensembles import locate_valleys
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import build_hamiltonian, open_config
from wavepacket.observables import (
    Observable,
    Observables,
    Plain,
    own_observables,
    package_observables,
    rows,
    words_of,
)  # fmt: skip
from wavepacket.quantum.box import Box
from wavepacket.quantum.counterpart import SemiclassicalPath, counterpart, semiclassical_path, single
from wavepacket.quantum.exact import ExactPath, Progress, exact_path
from wavepacket.quantum.in_group import in_state
from wavepacket.quantum.setting import build_setting
from wavepacket.quantum.terms import TERM_SENTENCES, terms_to_test, with_term
from wavepacket.simulation import build_problem
from wavepacket.threads import available_threads


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
    notes : sentences of the semiclassical side about the crystal and the fields

    """

    config: Config
    band: Band
    box: Box
    exact: ExactPath
    semiclassical: SemiclassicalPath
    single: Float
    switched: Mapping[Term, Float]
    notes: tuple[str, ...] = ()

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
    def observables(self) -> Observables:
        """All numbers, by name."""
        made = Observables(package_observables("quantum", self))
        known = copy(self)  # what a script's own observables may be made of
        known.__dict__["observables"] = made
        return Observables(made | own_observables("quantum", Plain(known)))

    @property
    def has(self) -> frozenset[str]:
        """What its observables may need."""
        known = {
            "switched terms": bool(self.switched),
            "spin": self.exact.spin is not None,
            "group": self.semiclassical.populations is not None,
        }
        return frozenset(name for name, is_so in known.items() if is_so)

    @property
    def words(self) -> dict[str, str]:
        """Of their conventions."""
        in_field, by = self.exact.gauge.is_magnetic, "by k"
        if in_field or self.config.textures:
            by = f"by energy, as {'a magnetic field is on' if in_field else 'the crystal varies in space'}"
        switched = "; ".join(f"{term}: {TERM_SENTENCES[term]}" for term in self.switched)
        dimension = self.band.hamiltonian.dimension
        return words_of(dimension, self.config.charge) | {"projection": by, "switched": switched}

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


def _exact_centre(of: Comparison) -> Observable:
    """The norm of the error times the size of the packet bounds the error of a mean position."""
    tolerance = of.config.quantum.tolerance if of.config.quantum is not None else 0.0
    bound = tolerance * float(_spread(of.exact.covariance).max())
    return Observable("", of.exact.centre, np.full_like(of.exact.centre, bound))


def _displacement(centre: Float) -> Float:
    return np.asarray(centre[-1] - centre[0])


def _exact_displacement(of: Comparison) -> Observable:
    centre = _exact_centre(of)
    return Observable("", _displacement(of.exact.centre), np.asarray(centre.uncertainty)[-1])


def _spread(covariance: Float) -> Float:
    return np.asarray(np.sqrt(np.einsum("tii->ti", covariance).clip(min=0.0)[:, 3:]))


def _sampling(of: Comparison) -> Float:
    return np.asarray(np.linalg.norm(of.semiclassical.centre_uncertainty, axis=1))


def _distance(of: Comparison) -> Float:
    return of.distance(of.semiclassical.centre)


def _without(of: Comparison) -> Observable:
    found = {str(term): rms(of.distance(centre)) for term, centre in of.switched.items()}
    errors = dict.fromkeys(found, rms(_sampling(of)))
    return Observable("", found, errors, facts={"rejection": of.rejections})


def _mixing(of: Comparison) -> Observable:
    mixing = of.semiclassical.interband_mixing
    return Observable("", mixing, facts={"beyond_limit": bool(mixing > of.config.limits.interband_mixing)})


_R, _K = r"$\langle r\rangle$", r"$\langle k\rangle$"
rows(
    "quantum",
    ("time", "fs", "$t$", "saves", lambda of: of.exact.time),
    ("exact_centre", "angstrom", _R, "mean position of the wave function; uncertainty: tolerance times the packet's size",
     _exact_centre),
    ("semiclassical_centre", "angstrom", _R,
     "mean over packets that sample the Wigner function; standard error from replicas",
     lambda of: Observable("", of.semiclassical.centre, of.semiclassical.centre_uncertainty)),
    ("exact_displacement", "angstrom", r"$\langle\Delta r\rangle$", "of the mean position of the wave function, at the end",
     lambda of: _exact_displacement(of)),
    ("semiclassical_displacement", "angstrom", r"$\langle\Delta r\rangle$",
     "mean over packets at the end; standard error from replicas",
     lambda of: Observable("", _displacement(of.semiclassical.centre), of.semiclassical.centre_uncertainty[-1])),
    ("exact_spread", "angstrom", "", "standard deviation along x, y, z", lambda of: _spread(of.exact.covariance)),
    ("semiclassical_spread", "angstrom", "", "standard deviation along x, y, z",
     lambda of: _spread(of.semiclassical.covariance)),
    ("exact_wavevector", "1/angstrom", _K, "mean of (p - qA)/hbar, unfolded", lambda of: of.exact.mean[:, :3]),
    ("semiclassical_wavevector", "1/angstrom", _K, "mean of k, unfolded", lambda of: of.semiclassical.mean_wavevector),
    ("path_length", "angstrom", "", "of the exact centre", lambda of: of.path_length),
    ("distance", "angstrom", "", "between the exact and the semiclassical centre; standard error of the latter",
     lambda of: Observable("", _distance(of), _sampling(of))),
    ("rms_distance", "angstrom", "", "root mean square over the saves",
     lambda of: Observable("", rms(_distance(of)), rms(_sampling(of)))),
    ("rms_distance_of_one_packet", "angstrom", "",
     "the same for one packet at the mean, without the width of the exact one", lambda of: rms(of.distance(of.single))),
    ("band_population", "1", "", "part of the wave function in its band or group, told {projection}; null where not found",
     lambda of: of.exact.population),
    ("leakage", "1", "", "1 - band_population at the last save where it was found", lambda of: of.leakage),
    ("interband_mixing", "1", "", "hbar |dk/dt . A_mn|/|e_m - e_n|, largest over semiclassical packets and saves", _mixing),
    ("density_of_states_factor", "1", "$D$", "{density_of_states_factor}; extremes over semiclassical packets",
     lambda of: dict(zip(("min", "max"), of.semiclassical.density_of_states_factor, strict=True))),
    ("edge_norm", "1", "", "largest part of the packet near the ends", lambda of: float(of.exact.edge.max())),
    ("norm_error", "1", "", "|<psi|psi> - 1| at the end", lambda of: of.exact.norm_error),
    ("excluded_fraction", "1", "", "semiclassical packets that stopped early",
     lambda of: Observable("", of.semiclassical.excluded, 0.0)),
)  # fmt: skip
rows(
    "quantum", ("rms_distance_without", "angstrom", "", "{switched}", _without), needs=("switched terms",),
)  # fmt: skip


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
    warn_of_idle_fields(config)
    threads = threads or available_threads()
    crystal = build_hamiltonian(config)
    config = locate_valleys(config, crystal)
    setting = build_setting(config, crystal)
    terms = terms_to_test(setting)
    notes: list[str] = []
    problem = build_problem(config, threads=threads, report=notes.append)
    try:
        exact = exact_path(setting, densities=densities, progress=progress)
        problem = counterpart(in_state(problem, setting.internal), exact)
    except ConfigError:
        raise
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    paths = [semiclassical_path(problem, threads), semiclassical_path(single(problem, exact), 1)]
    for term in terms:
        progress(len(exact.time), len(exact.time))  # asks whether to stop
        paths.append(semiclassical_path(with_term(problem, term), threads))
    whole, one, *without = paths
    switched = {term: path.centre for term, path in zip(terms, without, strict=True)}
    return Comparison(
        config, problem.band, setting.dynamics.box, exact, whole, one.centre, switched, tuple(notes)
    )
