"""Memory of paths that shards hand on to each other changes nothing of what is stored."""

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.simulation import build_problem, integrate, layout, run
from wavepacket.simulation.path_buffers import PathBuffers

TRAJECTORIES = 288


def test_room_that_is_given_back_serves_the_next_shard_that_fits() -> None:
    rooms = PathBuffers(saves=3)
    first, second = rooms.take(0, 8), rooms.take(1, 8)
    assert not np.shares_memory(first.position, second.position)
    rooms.give(0)
    third = rooms.take(2, 5)
    assert third.position.shape == third.wavevector.shape == (5, 3, 3)
    assert np.shares_memory(first.position, third.position)
    rooms.give(1)
    assert rooms.take(3, 9).position.shape == (9, 3, 3)


def test_a_part_of_a_room_is_the_same_memory() -> None:
    room = PathBuffers(saves=2).take(0, 6)
    room.part(2, 3).wavevector[:] = 1.0
    room.part(5, 1).position[:] = 2.0
    np.testing.assert_array_equal(np.flatnonzero(room.wavevector[:, 0, 0] == 1.0), [2, 3, 4])
    assert np.all(room.position[5] == 2.0)


@pytest.mark.parametrize(
    ("stored", "scattering"),
    [
        (TRAJECTORIES, False), (100, True),
        *(
            pytest.param(*each, marks=pytest.mark.full)
            for each in ((100, False), (1, False), (TRAJECTORIES, True), (1, True))
        ),
    ],
)  # fmt: skip
def test_stored_paths_are_those_of_their_trajectories(tmp_path, monkeypatch, stored, scattering) -> None:
    """Many more shards than rooms, the last one shorter, each of several tasks, against all in one piece."""
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 5))
    monkeypatch.setattr(layout, "shard_length", lambda saves, task: 2 * task)
    mapping = {
        "name": "rooms", "model": {"name": "haldane"}, "band": 0, "fields": {"electric": [1e-3, 0]},
        "ensemble": {"kind": "filled_band", "grid": [12, 12]}, "time": {"end": 20.0, "saves": 4},
        "output": {"trajectories": stored},
    }  # fmt: skip
    if scattering:
        mapping["scattering"] = {"relaxation_time": 5.0}
    config = config_from_mapping(mapping)
    finished = run(config, tmp_path / "run", threads=2)
    whole = integrate(build_problem(config), 0, TRAJECTORIES)
    assert len(finished.entries) == 29
    for name in ("path", "position", "wavevector"):
        found = np.concatenate([shard[name] for shard in finished.shards((name,))])
        assert found.tobytes() == getattr(whole, name).tobytes(), name
    assert len(whole.path) == 2 * -(-stored // 2)  # whole pairs of E and −E
