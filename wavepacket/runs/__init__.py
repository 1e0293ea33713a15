"""Run folders: a kill or a full disk loses nothing that was finished, and no damage is read unnoticed.

    with hold_run(folder, create=True):
        create_run(folder, name=..., ...)      # or recover_run(folder) to go on with a run that was cut off
        write_shard(folder, 0, arrays)
        finish_run(folder)
    run = open_run(folder)

No physics and no computing of trajectories live here.
"""

from typing import TYPE_CHECKING

from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.runs.description import RunDescription, read_description, read_texts, write_description
    from wavepacket.runs.finish import finish_run
    from wavepacket.runs.folder import create_run, finished_shards, recover_run
    from wavepacket.runs.index import open_run
    from wavepacket.runs.journal import ShardEntry
    from wavepacket.runs.layout import FIELDS, FORMAT_VERSION
    from wavepacket.runs.lock import hold_run
    from wavepacket.runs.migration import READERS, OldRun, migrate
    from wavepacket.runs.progress import RunProgress, run_progress
    from wavepacket.runs.reader import RunArray, StoredRun
    from wavepacket.runs.shard import ShardBuilder, write_shard
    from wavepacket.runs.verification import Damage, restore, verify

# Loaded on first use: what only asks for the size of a run need not wait for HDF5.
_HOMES = {
    "Damage": "wavepacket.runs.verification",
    "FIELDS": "wavepacket.runs.layout",
    "FORMAT_VERSION": "wavepacket.runs.layout",
    "OldRun": "wavepacket.runs.migration",
    "READERS": "wavepacket.runs.migration",
    "RunArray": "wavepacket.runs.reader",
    "RunDescription": "wavepacket.runs.description",
    "RunProgress": "wavepacket.runs.progress",
    "ShardEntry": "wavepacket.runs.journal",
    "ShardBuilder": "wavepacket.runs.shard",
    "StoredRun": "wavepacket.runs.reader",
    "create_run": "wavepacket.runs.folder",
    "finish_run": "wavepacket.runs.finish",
    "finished_shards": "wavepacket.runs.folder",
    "hold_run": "wavepacket.runs.lock",
    "migrate": "wavepacket.runs.migration",
    "open_run": "wavepacket.runs.index",
    "read_description": "wavepacket.runs.description",
    "read_texts": "wavepacket.runs.description",
    "recover_run": "wavepacket.runs.folder",
    "restore": "wavepacket.runs.verification",
    "run_progress": "wavepacket.runs.progress",
    "verify": "wavepacket.runs.verification",
    "write_description": "wavepacket.runs.description",
    "write_shard": "wavepacket.runs.shard",
}


__all__ = [
    "FIELDS",
    "FORMAT_VERSION",
    "READERS",
    "Damage",
    "OldRun",
    "RunArray",
    "RunDescription",
    "RunProgress",
    "ShardBuilder",
    "ShardEntry",
    "StoredRun",
    "create_run",
    "finish_run",
    "finished_shards",
    "hold_run",
    "migrate",
    "open_run",
    "read_description",
    "read_texts",
    "recover_run",
    "restore",
    "run_progress",
    "verify",
    "write_description",
    "write_shard",
]

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    """Return the public names, loaded or not, for completion at a prompt."""
    return sorted(__all__)
