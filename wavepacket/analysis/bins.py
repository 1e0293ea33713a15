"""Bins of the sums of a run: valleys, and in a run of several bands the valleys of each; the last is of none of them.

Observables see valleys, or bands, and the other is summed over.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from wavepacket.config import Config
from wavepacket.conventions import band_names

__all__ = ["Fold", "by_band", "by_valley", "valleys_of"]

Fold = Callable[[Any, int], Any]
"""Takes sums, real or complex arrays, and the axis of their bins."""


def valleys_of(names: tuple[str, ...], config: Config) -> tuple[str, ...]:
    """Names of the valleys among the names of all bins of a run."""
    if not config.bands or names == band_names(config.bands):
        return () if config.bands else names
    first = f"{band_names(config.bands[:1])[0]} "
    return tuple(name.removeprefix(first) for name in names[: len(names) // len(config.bands)])


def by_valley(names: tuple[str, ...], config: Config) -> Fold:
    """What sums over bands, so that bins are valleys, the last of which is none."""
    if not config.bands:
        return lambda values, axis: values
    valleys = len(valleys_of(names, config))

    def folded(values: Any, axis: int) -> Any:
        bins = np.moveaxis(values, axis, 0)
        if not valleys:
            return np.moveaxis(bins.sum(axis=0, keepdims=True), 0, axis)
        each = bins[:-1].reshape(len(config.bands), valleys, *bins.shape[1:])
        return np.moveaxis(np.concatenate([each.sum(axis=0), bins[-1:]]), 0, axis)

    return folded


def by_band(config: Config) -> Fold:
    """What sums over valleys, so that bins are bands, the last of which stands for those without packets."""

    def folded(values: Any, axis: int) -> Any:
        bins = np.moveaxis(values, axis, 0)
        each = bins[:-1].reshape(len(config.bands), -1, *bins.shape[1:])
        return np.moveaxis(np.concatenate([each.sum(axis=1), bins[-1:]]), 0, axis)

    return folded
