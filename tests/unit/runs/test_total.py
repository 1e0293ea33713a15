"""Sums of a run: one tree, whoever adds them up and in whatever order, and files of `sums/` that spare reading shards."""

import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finish_run, finished_shards, open_run, recover_run, restore, verify, write_shard
from wavepacket.runs import partial as partials
from wavepacket.runs.partial import add_shards, kept_total, leave, left_files, take_left
from wavepacket.runs.total import Total, below
from wavepacket.runs.worst import LIMITS, limits_of

SHARDS = 13
FINAL = limits_of(0.3)


def entries_of(shard_arrays, count=SHARDS, paths=None):
    """Entries and arrays of shards as if they were written."""
    from wavepacket.runs.journal import ShardEntry
    from wavepacket.runs.layout import shard_name

    found = []
    for index in range(count):
        entry = ShardEntry(
            index, shard_name(index), f"{index:064x}", 6 * index, 6, 10_000, 6 if paths is None else paths
        )
        found.append((entry, shard_arrays(6 * index, paths=paths)))
    return found


def halves(values, first, size):
    """The sum of shards first, ..., first + size − 1 (a power of two) as the sum of its halves, written apart."""
    if first >= len(values):
        return None
    if size == 1:
        return values[first]
    left, right = halves(values, first, size // 2), halves(values, first + size // 2, size // 2)
    return left if right is None else left + right


def bits(total):
    worst = total.root().worst.numbers()
    return [values.tobytes() for values in total.content().values()] + [np.array(worst).tobytes()]


@pytest.mark.parametrize("paths", [None, 2])
def test_any_order_gives_the_bits_of_the_tree(shard_arrays, paths):
    shards, random = entries_of(shard_arrays, paths=paths), np.random.default_rng(1)
    found = set()
    for trial in range(6):
        total = Total(FINAL[LIMITS])
        for place in random.permutation(SHARDS) if trial else range(SHARDS):
            total.add(*shards[place])
        found.add(tuple(bits(total)))
    assert len(found) == 1
    currents = [arrays["sums/current"] for _, arrays in shards]
    assert np.array_equal(total.content()["sums/current"], halves(currents, 0, 16))
    assert not np.array_equal(halves(currents, 0, 16), sum(currents[1:], currents[0]))  # one after the other
    ids = np.concatenate([arrays.get("path", arrays["trajectory"]) for _, arrays in shards])
    assert np.array_equal(total.content().get("path", ids), ids)
    assert ("path" in total.content()) == (paths is not None)


def test_absent_shards_leave_the_others_as_they_are(shard_arrays):
    shards = [each for place, each in enumerate(entries_of(shard_arrays)) if place not in (4, 5, 9)]
    total = Total()
    for each in shards:
        total.add(*each)
    p = {entry.index: arrays["sums/population"] for entry, arrays in shards}
    expected = (((p[0] + p[1]) + (p[2] + p[3])) + (p[6] + p[7])) + ((p[8] + (p[10] + p[11])) + p[12])
    assert np.array_equal(total.content()["sums/population"], expected)


def test_little_is_kept_and_what_cannot_be_joined_is_forgotten(shard_arrays, monkeypatch):
    shards, total = entries_of(shard_arrays), Total()
    for each in shards:
        total.add(*each)
        assert len(total.nodes) <= 4
    monkeypatch.setattr("wavepacket.runs.total._FEW", 3)
    monkeypatch.setattr("wavepacket.runs.total._MEMORY", 1)
    few = Total()
    for each in shards[::2]:
        few.add(*each)
        assert len(few.nodes) <= 3
    assert sorted(few.entries) == sorted(index for key in few.nodes for index in below(key))


@pytest.fixture
def begun(new_run, shard_arrays, tmp_path):
    """A run whose shards are there, and its total."""
    folder, total = new_run(tmp_path / "run"), Total(FINAL[LIMITS])
    for index in range(SHARDS):
        arrays = shard_arrays(6 * index, paths=2)
        total.add(write_shard(folder, index, arrays), arrays)
    return folder, total


def test_sums_that_were_left_are_not_read_again(begun, monkeypatch):
    folder, _ = begun
    expected = finish_run(folder, arrays=FINAL).read_bytes()  # from the shards themselves
    (folder / "run.h5").unlink()
    own = finished_shards(folder, [0, 1, 2, 3, 8, 9, 12])
    part = Total(FINAL[LIMITS])
    add_shards(part, folder, own.values())
    leave(folder, "part-1-of-2.h5", part)
    whole = kept_total(folder, FINAL[LIMITS])
    monkeypatch.setattr("wavepacket.runs.total.BLOCK", 2)
    add_shards(whole, folder, finished_shards(folder, [4, 5, 6, 7]).values())
    assert [path.name for path in left_files(folder)] == ["000004-000007.h5", "part-1-of-2.h5"]
    assert verify(folder) == []
    read = []

    def noticed(folder, entry, *rest):
        read.append(entry.index)
        return original(folder, entry, *rest)

    original = partials.read_shard
    monkeypatch.setattr(partials, "read_shard", noticed)
    assert finish_run(folder, arrays=FINAL).read_bytes() == expected
    assert read == [10, 11]
    assert not (folder / "sums").exists()
    assert open_run(folder).trajectory_count == 6 * SHARDS


def test_sums_that_are_damaged_or_of_other_shards_are_not_believed(begun, shard_arrays):
    folder, total = begun
    leave(folder, "part-1-of-1.h5", total)
    (file,) = left_files(folder)
    sound, there = file.read_bytes(), finished_shards(folder)
    random = np.random.default_rng(5)
    for place in random.integers(0, len(sound), 20):
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 4]) + sound[place + 1 :])
        lost = Total(FINAL[LIMITS])
        take_left(lost, folder, there)
        assert not lost.entries
    (damage,) = verify(folder)
    assert "sums/part-1-of-1.h5" in str(damage)
    restore(folder, [damage])
    assert verify(folder) == []
    leave(folder, "part-1-of-1.h5", total)
    other = shard_arrays(6 * 4, count=6)
    write_shard(folder, 4, other)  # after its sums were left
    stale, fresh = Total(FINAL[LIMITS]), Total(FINAL[LIMITS])
    take_left(stale, folder, finished_shards(folder))
    assert sorted(stale.entries) == [*range(8, SHARDS)]
    add_shards(stale, folder, finished_shards(folder).values())
    add_shards(fresh, folder, finished_shards(folder).values())
    assert bits(stale) == bits(fresh)


def test_a_shard_with_sums_is_believed_by_its_seal_and_others_are_read(begun):
    """Reading all shards of a large run again would take hours; `verify` does."""
    folder, _ = begun
    part = Total(FINAL[LIMITS])
    add_shards(part, folder, finished_shards(folder, range(8)).values())
    leave(folder, "part-1-of-2.h5", part)
    for index in (3, 11):
        file = folder / "shards" / f"{index:06d}.h5"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    told = []
    kept = recover_run(folder, thorough=True, report=told.append)
    assert set(range(SHARDS)) - set(kept) == {11}
    assert len(told) == 1
    assert {damage.shard for damage in verify(folder)} == {3, 11}


def test_a_run_of_many_shards_joins_none_and_is_opened_by_their_names(finished_run, tmp_path, monkeypatch):
    from wavepacket.runs import hdf5

    for name in ("finish", "index"):
        monkeypatch.setattr(f"wavepacket.runs.{name}.MANY", 2)
    run = finished_run(tmp_path / "run")
    before = open_run(run)
    finish_run(run)
    after = open_run(run)
    with hdf5.opened(run / "run.h5") as file:
        assert "position" not in file
        assert "sums/current" in file
    assert after.entries == before.entries
    assert all(np.array_equal(after.sums[name], before.sums[name]) for name in before.sums)
    assert after.trajectories(["weight"])["weight"].shape == (18,)
    (run / "shards" / "000001.h5").write_bytes(b"")
    open_run(run)  # damage is noticed when the shard is read
    with pytest.raises(InputError, match=r"000001\.h5"):
        open_run(run).trajectories(["weight"])
    (run / "shards" / "000001.h5").unlink()
    with pytest.raises(InputError, match=r"000001\.h5"):
        open_run(run)
