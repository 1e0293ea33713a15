"""How the distance between the exact and the semiclassical centre falls with the packet's width and with the fields.

What the theory says, to leading order:

- fields: the equations of motion hold to first order. What they leave out begins with the shift of the packet's position
  by the mixing of other bands, proportional to E and B (Y. Gao, S. A. Yang and Q. Niu, Phys. Rev. Lett. 112, 166601
  (2014)), and with the mixing that a field leaves behind that is switched on at once: order 1.
- spread, one packet at the mean: v(k) is averaged over the spread of the packet in k, 1/(2σ) without a magnetic field, a
  correction of second order: order 2 in the spread, −2 in σ. A magnetic field adds (bσ/2)² to the variance of each k: a
  packet may be too wide.
- spread, an ensemble with the Wigner function's moments: that correction is in it; what is left does not fall with the
  spread but with the fields: order 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config, UniformField
from wavepacket.observables import Observable, Plain, package_observables, rows
from wavepacket.quantum.comparison import Comparison, compare, rms
from wavepacket.quantum.exact import Progress
from wavepacket.quantum.setting import packet_of

FIELD_FACTORS = (1.0, 0.7, 0.5, 0.35)
WIDTH_FACTORS = (1.0, 0.85, 0.7, 0.6)


@dataclass(frozen=True, eq=False)
class Order:
    """A power law fitted through distances: distance ∝ factor^order.

    Attributes
    ----------
    factors, distances : (n,) of the fields, or the spread of k in 1/Å; rms distance, Å
    order, uncertainty : slope of the straight line through the logarithms and its standard error
    expected : what the theory says, to leading order

    """

    factors: Float
    distances: Float
    order: float
    uncertainty: float
    expected: float


@dataclass(frozen=True, eq=False)
class ErrorBudget:
    """Fitted orders: of the ensemble in the fields, of one packet and of the ensemble in the spread of k."""

    fields: Order
    spread_of_one_packet: Order
    spread: Order

    @property
    def observables(self) -> dict[str, Observable]:
        """The fits, by name."""
        return package_observables("error_budget", Plain(self))


def _order(fit: Order, **facts: object) -> Observable:
    return Observable("", fit.order, fit.uncertainty, facts={"expected": fit.expected, **facts})


rows(
    "error_budget",
    ("order_in_fields", "1", "", "rms distance ~ (factor of E and B)^order; theory: 1",
     lambda of: _order(of.given.fields, factors=of.given.fields.factors)),
    ("order_in_spread_of_one_packet", "1", "", "rms distance of one packet at the mean ~ (spread of k)^order; theory: 2",
     lambda of: _order(of.given.spread_of_one_packet)),
    ("order_in_spread", "1", "",
     "rms distance of the ensemble ~ (spread of k)^order; theory: 0, it is set by the fields",
     lambda of: _order(of.given.spread)),
    ("spreads_of_budget", "1/angstrom", r"$\sigma_k$", "spread of k of each packet of the fits",
     lambda of: of.given.spread.factors),
    ("distances_of_budget", "angstrom", "",
     "rms distance of each packet of the fits: weaker fields, narrower packets as one packet and as an ensemble",
     lambda of: {name: getattr(of.given, name).distances for name in ("fields", "spread_of_one_packet", "spread")}),
)  # fmt: skip


def error_budget(
    config: Config,
    *,
    field_factors: Sequence[float] = FIELD_FACTORS,
    width_factors: Sequence[float] = WIDTH_FACTORS,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> ErrorBudget:
    """Solve a config again with weaker fields, and with narrower packets, and fit the orders.

    Parameters
    ----------
    field_factors, width_factors : of E and B together; of the packet's width in k
    threads : of the semiclassical parts; default all cores that the process may use
    progress : called with solutions done and in all

    Raises
    ------
    ConfigError
        for a field that depends on time or place, whose shape a factor alone does not keep, and for walls

    """
    check_budget(config)
    runs = [with_fields(config, factor) for factor in field_factors]
    runs += [with_width(config, factor) for factor in width_factors]
    comparisons = []
    for index, one in enumerate(runs):
        comparisons.append(compare(_untested(one), threads=threads))
        progress(index + 1, len(runs))
    by_field, by_width = comparisons[: len(field_factors)], comparisons[len(field_factors) :]
    spreads = [_spread(each) for each in by_width]
    return ErrorBudget(
        _fit(field_factors, by_field, _ensemble, 1.0),
        _fit(spreads, by_width, _one_packet, 2.0),
        _fit(spreads, by_width, _ensemble, 0.0),
    )


def check_budget(config: Config) -> None:
    """Raise ConfigError for a config whose fields a factor alone cannot weaken."""
    packet_of(config)
    config.refuse_textures("an error budget")
    if config.vary_in_space:
        raise config.problem("fields", "an error budget needs fields that are uniform in space: leave it out")
    if config.sample is not None:
        raise config.problem("sample", "an error budget knows no walls: leave it out")
    with_fields(config, 1.0)


def with_fields(config: Config, factor: float) -> Config:
    """Return the config with E and B times a factor."""
    terms = []
    for term in config.fields.electric:
        if not isinstance(term, UniformField):
            raise config.problem("fields.electric", "an error budget needs a uniform field")
        terms.append(UniformField(amplitude=_scaled(term.amplitude, factor)))
    fields = config.fields.model_copy(
        update={"electric": tuple(terms), "magnetic": _scaled(config.fields.magnetic, factor)}
    )
    return config.model_copy(update={"fields": fields})


def with_width(config: Config, factor: float) -> Config:
    """Return the config with a packet whose width in space is multiplied by a factor."""
    packet = packet_of(config)
    return config.model_copy(update={"ensemble": packet.model_copy(update={"width": packet.width / factor})})


def _untested(config: Config) -> Config:
    assert config.quantum is not None
    return config.model_copy(update={"quantum": config.quantum.model_copy(update={"terms": ()})})


def _scaled(vector: tuple[float, ...], factor: float) -> tuple[float, ...]:
    return tuple(component * factor for component in vector)


def _ensemble(comparison: Comparison) -> float:
    return rms(comparison.distance(comparison.semiclassical.centre))


def _one_packet(comparison: Comparison) -> float:
    return rms(comparison.distance(comparison.single))


def _spread(comparison: Comparison) -> float:
    """Root of the variance of k along all directions together, at the start, 1/Å."""
    return float(np.sqrt(np.trace(comparison.exact.covariance[0, :3, :3])))


def _fit(
    factors: Sequence[float],
    comparisons: Sequence[Comparison],
    distance: Callable[[Comparison], float],
    expected: float,
) -> Order:
    x, y = np.log(np.array(factors)), np.log([distance(each) for each in comparisons])
    offset = x - x.mean()
    order = float(offset @ y / (offset @ offset))
    residual = y - y.mean() - order * offset
    freedom = max(len(x) - 2, 1)
    error = float(np.sqrt(residual @ residual / freedom / (offset @ offset)))
    return Order(np.array(factors), np.exp(y), order, error, expected)
