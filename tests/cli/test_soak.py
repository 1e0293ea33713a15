"""A large ensemble: memory and open files stay what they are after the first shards."""

import math
import os
from pathlib import Path

import pytest

from wavepacket.config import config_from_mapping
from wavepacket.simulation import run


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_and_open_files_are_flat(tmp_path, trials, monkeypatch):
    number, kept, saves = trials(60_000, 1_000_000), 1000, 5
    shards = 29  # of whole tasks, so that there may be a few more
    per_trajectory = 48 * math.ceil(saves * kept / number) + 120
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", number // shards * per_trajectory)
    config = config_from_mapping(
        {
            "name": "soak",
            "model": {"name": "haldane"},
            "band": 0,
            "fields": {"electric": [1e-4, 0], "magnetic": [0, 0, 1.0]},
            "ensemble": {"kind": "filled_band", "number": number, "field_reversal": False},
            "time": {"end": 20.0, "saves": saves},
            "output": {"trajectories": kept},
        }
    )
    memory, files, journal = [], [], tmp_path / "run" / "journal.jsonl"

    def watch(done, total):
        noted = journal.read_bytes().count(b"\n") if journal.exists() else 0
        if noted < len(memory):  # pieces of a shard are told of, too
            return
        memory.append(resident())
        files.append(len(os.listdir("/proc/self/fd")))

    finished = run(config, tmp_path / "run", progress=watch)
    assert finished.trajectory_count == number
    assert len(memory) > shards
    settled = memory[5]
    # A shard of a million trajectories is some 12 MB; arrays come and go in units of it.
    assert max(memory[6:]) - settled < 0.1 * settled + 50_000_000, memory
    assert max(files[1:]) <= files[1] + 1, files
    print(
        f"{number} packets, memory {settled / 1e6:.0f} to {max(memory) / 1e6:.0f} MB, open files {max(files)}"
    )
