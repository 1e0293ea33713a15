"""What a run is about: the observables that its config names, or those that say most about a run of its kind."""

import difflib
from collections.abc import Mapping

from wavepacket.analysis.monitors import departure, percent
from wavepacket.config import Config
from wavepacket.observables import Headline, Observable, Observables, headlines, known_names
from wavepacket.protocols import protocol_of

__all__ = ["check_headline", "headline_of", "health"]


def check_headline(config: Config) -> None:
    """Raise ConfigError where `headline` names an observable that no result has."""
    for name in config.headline or {}:
        observable = name.partition(".")[0]
        if observable not in (known := known_names()):
            near = difflib.get_close_matches(observable, known, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise config.problem(f"headline.{observable}", f"there is no observable {observable!r}{hint}")


def headline_of(config: Config, observables: Observables) -> list[Headline]:
    """What stands first of the results of a run."""
    return headlines(observables, config.headline or {}, protocol_of(config).headline)


def health(observables: Mapping[str, Observable], trajectories: int) -> str:
    """One line on whether to trust a run: what stopped, how well energy is conserved, where the theory ends, by weight."""
    stopped = observables["excluded_fraction"]
    share = f"{percent(stopped.facts['weight'])} of the weight" if stopped.value else "none"
    parts = [f"{trajectories} trajectories, {share} stopped early"]
    drift, factor, mixing = (
        observables[name] for name in ("energy_drift", "density_of_states_factor", "interband_mixing")
    )
    if isinstance(drift.value, float) and drift.value == drift.value:
        parts.append(f"energy drift {drift.value:.1g} eV")
    for text, value, facts in (
        ("|D - 1|", departure(factor), factor.facts),
        ("interband mixing", mixing.value, mixing.facts),
    ):
        far = facts["weight_beyond_limit"]
        parts.append(
            f"{text} up to {value:.2g}" + (f" ({percent(far)} of the weight beyond the limit)" if far else "")
        )
    return "; ".join(parts)
