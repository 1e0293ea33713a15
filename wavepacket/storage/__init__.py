"""Run folders: a kill or a full disk loses nothing that was finished, and no damage is read unnoticed.

    with hold_run(folder, create=True):
        create_run(folder, name=..., ...)      # or recover_run(folder) to go on with a run that was cut off
        write_shard(folder, 0, arrays)
        finish_run(folder)
    run = open_run(folder)

No physics and no computing of trajectories live here.
"""

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
from wavepacket.storage.shard import shard_image, write_shard
from wavepacket.storage.verification import Damage, verify

__all__ = [
    "FIELDS",
    "FORMAT_VERSION",
    "READERS",
    "Damage",
    "OldRun",
    "RunArray",
    "RunDescription",
    "RunProgress",
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
    "shard_image",
    "verify",
    "write_description",
    "write_shard",
]
