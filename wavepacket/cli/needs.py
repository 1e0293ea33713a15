"""Memory and disk that a run needs, estimated from its config alone: nothing is compiled."""

import math
from contextlib import suppress
from pathlib import Path

import numpy as np

from wavepacket.arrays import load_arrays
from wavepacket.config import (
    Arrays,
    Config,
    ContactEnsemble,
    FileModel,
    FilledBand,
    Gaussian,
    Packets,
    Zone,
    load_config,
)
from wavepacket.config.scan import Axis
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian, chosen_source, resolved
from wavepacket.protocols import protocol_of
from wavepacket.runs.durable import file_errors
from wavepacket.runs.layout import DESCRIPTION, INDEX, RESOLVED, SHARDS
from wavepacket.runs.machine import occupied, refuse_full_disk
from wavepacket.runs.size import TASKS, Extent, shard_length, task_length
from wavepacket.sweeps.folder import point_folder, read_base
from wavepacket.sweeps.plan import Plan, is_sweep, read_plan
from wavepacket.threads import available_threads

_BOOKKEEPING = 50_000  # bytes by which estimates of small runs are wrong


def at_most(config: Config, hamiltonian: Hamiltonian, valleys: int) -> Extent:
    """Return what a run needs where all its states are occupied: how many are is known only when it begins."""
    ensemble, saves, packets = config.ensemble, config.time.saves, _listed(config)
    grid = getattr(ensemble, "grid", None)
    if grid and getattr(ensemble, "valley_radius", None) is not None:
        packets *= max(valleys, 1)  # a run without any is refused
    number, paths = _trajectories(config, packets)
    replicas = 2 ** len(grid) if grid else int(getattr(ensemble, "replicas", 1))
    kind = chosen_source(hamiltonian, config.band.source, position_elements=config.band.position_elements)
    task = task_length(saves, TASKS[kind] * protocol_of(config).together)
    shard = shard_length(math.ceil(saves * paths / number), task)
    fullest = -(-min(shard, number) * paths // number)
    return Extent(
        number, paths, saves, replicas, valleys, shard, fullest, available_threads() * task, task,
        protocol_of(config).sums, len(resolved(config).to_yaml()), 2 if ensemble.field_reversal else 1,
        _components(config, hamiltonian.dimension),
    )  # fmt: skip


def at_least(config: Config) -> Extent:
    """Return what a run needs in any case: one packet where it depends on the bands how many there are, and one file."""
    config.check_run()
    packets = _internal_states(config) * (_listed(config) if _is_certain(config) else 1)
    number, paths = _trajectories(config, packets)
    valleys = len(config.valleys) if isinstance(config.valleys, dict) else 0
    signs = 2 if config.ensemble.field_reversal else 1
    least = 1 if isinstance(config.model, FileModel) else build_hamiltonian(config).dimension
    return Extent(
        number, paths, config.time.saves, 1, valleys, number, paths, kept_sums=protocol_of(config).sums, signs=signs,
        components=(least, least), heat=protocol_of(config).heat,
    )  # fmt: skip


def refuse_hopeless(config: Config, folder: Path, *, overwrite: bool = False) -> None:
    """Raise InputError where the disk of a folder cannot hold a run of a config, whatever its bands are."""
    freed = occupied(folder / SHARDS) if overwrite else 0
    refuse_full_disk(folder, at_least(config).disk, freed, word="at least")


def refuse_hopeless_rest(folder: Path) -> None:
    """Raise InputError where the disk cannot hold what a run still lacks that was cut off.

    Its index has all its texts once more; and of the rest an estimate is believed as far as estimates go.
    """
    if (folder / INDEX).exists() or not (folder / RESOLVED).exists():
        return
    refuse_full_disk(folder, _rest(folder), word="at least", cure="free some and resume")


def _rest(folder: Path) -> int:
    """Bytes that a run which has begun still lacks."""
    with file_errors("read", folder):
        texts = sum((folder / name).stat().st_size for name in (DESCRIPTION, RESOLVED))
    whole = at_least(load_config(folder / RESOLVED, large=True)).disk
    return max(texts, int(0.98 * whole) - _BOOKKEEPING - occupied(folder))


def refuse_hopeless_sweep(
    config: Path, axes: tuple[Axis, ...], overrides: tuple[str, ...], folder: Path | None, overwrite: bool
) -> Path:
    """Raise InputError where the disk cannot hold the first point of a sweep that has not begun; return its folder."""
    base = read_base(config, overrides, folder)
    here = base.folder
    if is_sweep(here) and not overwrite:
        refuse_hopeless_points(here, Plan(axes, base.overrides))
        return here
    with suppress(ConfigError):  # those of all points are told together
        first = load_config(config, Plan(axes, base.overrides).overrides_of(0))
        freed = occupied(here) if overwrite else 0
        refuse_full_disk(here, at_least(first).disk, freed, word="at least")
    return here


def refuse_hopeless_points(folder: Path, plan: Plan | None = None) -> None:
    """Raise InputError where the disk cannot hold the next point of a sweep that was cut off; default its own plan."""
    plan = plan or read_plan(folder)
    for index in range(plan.size):
        here = point_folder(folder, index)
        if (here / INDEX).exists():
            continue
        needed = 0
        with suppress(InputError):  # what is lost or was changed is told when the sweep goes on
            needed = _rest(here) if (here / RESOLVED).exists() else at_least(plan.config(folder, index)).disk
        refuse_full_disk(here, needed, word="at least", cure="free some and resume")
        return


def _listed(config: Config) -> int:
    """Packets that a config asks for."""
    if isinstance(config.ensemble, Arrays):
        return len(load_arrays(config.ensemble.file, config.ensemble.content).get("weight", ()))
    if listed := getattr(config.ensemble, "wavevectors", None):
        return len(listed)
    if grid := getattr(config.ensemble, "grid", None):
        return int(math.prod(getattr(config.ensemble, "places", None) or ()) * math.prod(grid))
    if isinstance(config.ensemble, ContactEnsemble) and config.sample is not None:
        return config.ensemble.number * len(config.ensemble.emitters or config.sample.contacts)
    each = math.prod(getattr(config.ensemble, "places_over_cell", ())) if config.textures else 1
    return each * int(getattr(config.ensemble, "number", None) or 1)


def _internal_states(config: Config) -> int:
    """Packets of different internal states that start at one place; at least one where bands are still to be found."""
    if not isinstance(config.band.group, tuple):
        return 1
    values, weights = (
        (None, None) if config.internal is None else (config.internal.values, config.internal.weights)
    )
    if weights is not None:  # of a start without weight there are no packets
        return sum(weight > 0 for weight in weights)
    return len(config.band.group if values is None else values)


def _components(config: Config, dimension: int) -> tuple[int, int]:
    """Components of positions and wavevectors that are stored; -0.0 is stored, too."""
    ensemble = config.ensemble
    if isinstance(ensemble, Arrays):
        places = load_arrays(ensemble.file, ensemble.content).get("position")
    else:
        places = getattr(ensemble, "positions", getattr(ensemble, "position", None))
    if places is None:
        return dimension, dimension
    across = np.ascontiguousarray(np.asarray(places, dtype=np.float64)[..., dimension:])
    return 3 if across.view(np.int64).any() else dimension, dimension


def _is_certain(config: Config) -> bool:
    """Whether all packets that a config asks for start: none is left out for its weight or its place."""
    ensemble = config.ensemble
    if isinstance(ensemble, Packets | Arrays | Gaussian):
        return True
    everywhere = isinstance(ensemble, Zone | FilledBand) and ensemble.valley_radius is None
    return everywhere and (
        isinstance(config.model, FileModel) or getattr(build_hamiltonian(config), "cutoff", None) is None
    )


def _trajectories(config: Config, packets: int) -> tuple[int, int]:
    """Number of trajectories of a number of packets, and of those whose paths are stored."""
    twice, wanted = config.ensemble.field_reversal, config.output.trajectories
    number = packets * (2 if twice else 1)
    return number, number if wanted is None else min(number, wanted + (wanted % 2 if twice else 0))
