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
    from wavepacket.storage.description import RunDescription, read_description, read_texts, write_description
    from wavepacket.storage.finish import finish_run
    from wavepacket.storage.folder import create_run, finished_shards, recover_run
    from wavepacket.storage.index import open_run
    from wavepacket.storage.journal import ShardEntry
    from wavepacket.storage.layout import FIELDS, FORMAT_VERSION
    from wavepacket.storage.lock import hold_run
    from wavepacket.storage.migration import READERS, OldRun, migrate
    from wavepacket.storage.progress import RunProgress, run_progress
    from wavepacket.storage.reader import RunArray, StoredRun
    from wavepacket.storage.restoration import restore
    from wavepacket.storage.shard import ShardBuilder, write_shard
    from wavepacket.storage.verification import Damage, verify

# Loaded on first use: what only asks for the size of a run need not wait for HDF5.
_HOMES = {
    "Damage": "wavepacket.storage.verification",
    "FIELDS": "wavepacket.storage.layout",
    "FORMAT_VERSION": "wavepacket.storage.layout",
    "OldRun": "wavepacket.storage.migration",
    "READERS": "wavepacket.storage.migration",
    "RunArray": "wavepacket.storage.reader",
    "RunDescription": "wavepacket.storage.description",
    "RunProgress": "wavepacket.storage.progress",
    "ShardEntry": "wavepacket.storage.journal",
    "ShardBuilder": "wavepacket.storage.shard",
    "StoredRun": "wavepacket.storage.reader",
    "create_run": "wavepacket.storage.folder",
    "finish_run": "wavepacket.storage.finish",
    "finished_shards": "wavepacket.storage.folder",
    "hold_run": "wavepacket.storage.lock",
    "migrate": "wavepacket.storage.migration",
    "open_run": "wavepacket.storage.index",
    "read_description": "wavepacket.storage.description",
    "read_texts": "wavepacket.storage.description",
    "recover_run": "wavepacket.storage.folder",
    "restore": "wavepacket.storage.restoration",
    "run_progress": "wavepacket.storage.progress",
    "verify": "wavepacket.storage.verification",
    "write_description": "wavepacket.storage.description",
    "write_shard": "wavepacket.storage.shard",
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
