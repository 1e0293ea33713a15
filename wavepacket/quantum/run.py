"""Both sides of a config: the exact packet and the semiclassical ones."""

import numpy as np

from wavepacket.config import Config, ConfigLike, Term
from wavepacket.ensembles import locate_valleys
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import build_hamiltonian, open_config
from wavepacket.quantum.comparison import Comparison
from wavepacket.quantum.counterpart import counterpart, semiclassical_path, single, with_term
from wavepacket.quantum.exact import Progress, exact_path
from wavepacket.quantum.setting import build_setting
from wavepacket.threads import available_threads


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
