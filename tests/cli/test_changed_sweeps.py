"""What was changed or lost in the folder of a sweep is named with its cure, and no table mixes runs of different configs."""

import json
import shutil

import pytest

from tests.cli.conftest import command_in
from tests.cli.free import FREE
from wavepacket.config import config_from_mapping, load_config
from wavepacket.errors import InputError
from wavepacket.hamiltonians import resolved
from wavepacket.sweeps import open_sweep, sweep
from wavepacket.sweeps.plan import foreign, read_plan

SWEEP = ("sweep", "free.yaml", "-s", "fields.electric.x=1,2,3 kV/cm", "-o", "s", "-q")
TABLES = ("index.csv", "observables.csv")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with a config and a finished sweep of three points."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "free.yaml").write_text(FREE)
    assert command_in(folder, *SWEEP).code == 0
    return folder


@pytest.fixture
def swept(original, tmp_path):
    """A copy of it, and its files."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "s", content(tmp_path / "s")


def content(folder):
    """Bytes of all files; the journal is a cache."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "journal.jsonl"
    }


def cut(folder):
    """Take away what a sweep that was killed after its first point does not have."""
    for index in (1, 2):
        shutil.rmtree(folder / f"points/{index:06d}")
    for name in TABLES:
        (folder / name).unlink()


def replaced(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def older(folder):
    """Make a sweep one of a version that kept no digests."""
    record = json.loads((folder / "sweep.json").read_text())
    for name in ("config_sha256", "check"):
        record.pop(name, None)
    (folder / "sweep.json").write_text(json.dumps(record, indent=1))


DAMAGES = {
    "another time": lambda folder: replaced(folder / "config.yaml", "100 fs", "180 fs"),
    "no text": lambda folder: (folder / "config.yaml").write_text(""),
    "no config": lambda folder: (folder / "config.yaml").unlink(),
    "another value": lambda folder: replaced(folder / "sweep.json", "3 kV/cm", "4 kV/cm"),
    "another digest": lambda folder: replaced(folder / "sweep.json", '"check": "', '"check": "0'),
    "no digest": lambda folder: replaced(folder / "sweep.json", '"check"', '"chack"'),
    "no plan": lambda folder: (folder / "sweep.json").write_text(""),
    "half a plan": lambda folder: (folder / "sweep.json").write_text('{"format_version": 1}'),
    "a list": lambda folder: (folder / "sweep.json").write_text("[1]"),
}


@pytest.mark.parametrize(
    "damage",
    [
        "another time", "no plan",
        *(pytest.param(name, marks=pytest.mark.full) for name in DAMAGES if name not in ("another time", "no plan")),
    ],
)  # fmt: skip
def test_a_changed_plan_or_config_is_named_and_put_back(wavepacket, swept, damage):
    folder, whole = swept
    cut(folder)
    DAMAGES[damage](folder)
    for command in (
        ("resume", "s", "-q"),
        ("verify", "s"),
        ("verify", "s", "--repair", "-q"),
        ("analyze", "s"),
    ):
        refused = wavepacket(*command)
        assert refused.code == 2, command
        assert "the same `wavepacket sweep` with the original config puts it back" in refused.err
        assert "verify s --repair" not in refused.err
        assert "Error" not in refused.err
    with pytest.raises(InputError, match="puts it back"):
        open_sweep(folder)
    other = wavepacket(*SWEEP, "--set", "model.mass_x=2 m_e")
    assert other.code == 2
    assert not (folder / "points/000001").exists()
    assert wavepacket(*SWEEP).code == 0
    assert content(folder) == whole


def test_another_sweep_is_not_put_in_the_place_of_a_damaged_plan(wavepacket, swept, tmp_path):
    folder, _ = swept
    (folder / "sweep.json").write_text("")
    for values in ("1,2 kV/cm", "1,3,2 kV/cm"):
        refused = wavepacket("sweep", "free.yaml", "-s", f"fields.electric.x={values}", "-o", "s", "-q")
        assert refused.code == 2
        assert "sweep.json: is damaged" in refused.err
        assert (folder / "sweep.json").read_text() == ""
    assert wavepacket(*SWEEP, "--overwrite").code == 0


def test_a_sweep_without_digests_stays_readable(wavepacket, swept):
    folder, whole = swept
    older(folder)
    assert open_sweep(folder).failed == 0
    assert wavepacket("verify", "s").code == 0
    cut(folder)
    assert wavepacket("resume", "s", "-q").code == 0
    assert {name: (folder / name).read_bytes() for name in TABLES} == {
        name: each for name, each in ((str(path), text) for path, text in whole.items()) if name in TABLES
    }
    assert wavepacket(*SWEEP).code == 0


def test_points_of_another_config_are_not_in_the_table(wavepacket, swept):
    """Without digests the finished points tell that the config is another one."""
    folder, _ = swept
    cut(folder)
    older(folder)
    replaced(folder / "config.yaml", "100 fs", "180 fs")
    done = wavepacket("resume", "s", "-q")
    assert done.code == 3
    assert "points/000000: was run with another config than its sweep has (time)" in done.out
    assert "\n0," not in (folder / "observables.csv").read_text()
    for command in (("verify", "s"), ("verify", "s", "--repair", "-q")):
        told = wavepacket(*command)
        assert told.code == 2
        assert "was run with another config" in told.err
    shutil.rmtree(folder / "points/000000")
    assert wavepacket("resume", "s", "-q").code == 0


def test_points_that_were_exchanged_are_named(wavepacket, swept):
    folder, _ = swept
    points = folder / "points"
    (points / "000000").rename(points / "old")
    (points / "000001").rename(points / "000000")
    (points / "old").rename(points / "000001")
    done = wavepacket("resume", "s", "-q")
    assert done.code == 3
    assert "2 of 3 points" in done.err
    assert wavepacket("verify", "s").code == 2


def test_growing_to_an_uncertainty_is_no_other_config(tmp_path):
    text = (
        "name: grown\nmodel: {name: cosine_band}\nband: 0\nfields: {electric: [1e-3]}\ntime: {end: 20 fs, saves: 3}\n"
        "ensemble: {kind: fermi_dirac, chemical_potential: 0, temperature: 300 K, number: NUMBER, uncertainty: 0.01}\n"
    )
    for number in (64, 128):
        (tmp_path / f"{number}.yaml").write_text(text.replace("NUMBER", str(number)))
    base, grown = (load_config(tmp_path / f"{number}.yaml") for number in (64, 128))
    (tmp_path / "resolved.yaml").write_text(resolved(grown).to_yaml())
    assert foreign(tmp_path, base) == ""
    (tmp_path / "resolved.yaml").write_text(resolved(grown).to_yaml().replace("300.0", "310.0"))
    assert "(ensemble)" in foreign(tmp_path, base)


def remains(folder, kept):
    """Leave of an unfinished second point some of its files."""
    cut(folder)
    for name, text in kept.items():
        (folder / "points/000001" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "points/000001" / name).write_bytes(text)


TEXTS = ("config.yaml", "resolved.yaml")


@pytest.mark.parametrize(
    "left",
    [
        "texts",
        *(
            pytest.param(name, marks=pytest.mark.full)
            for name in ("texts and folder", "texts and lock", "no text in resolved.yaml")
        ),
    ],
)
def test_a_point_that_lost_a_text_but_no_shard_begins_anew(wavepacket, swept, left):
    folder, whole = swept
    before = {name: (folder / "points/000001" / name).read_bytes() for name in (*TEXTS, "run.json")}
    if left == "no text in resolved.yaml":
        before["resolved.yaml"] = b""
    else:
        del before["run.json"]
    if left == "texts and lock":
        before[".lock"] = b""
    remains(folder, before)
    if left == "texts and folder":
        (folder / "points/000001/shards").mkdir()
    assert wavepacket("verify", "s").code == 0
    assert "go on with" in wavepacket("status", "s").out
    done = wavepacket("resume", "s", "-q")
    assert done.code == 0, done.err
    assert content(folder) == whole


def test_shards_without_their_description_are_named_and_the_others_go_on(wavepacket, swept):
    folder, whole = swept
    remains(
        folder,
        {name: (folder / "points/000001" / name).read_bytes() for name in (*TEXTS, "shards/000000.h5")},
    )
    assert "1 damaged" in wavepacket("status", "s").out
    done = wavepacket("resume", "s", "-q")
    assert done.code == 3
    assert "delete s/points/000001: `wavepacket resume` then runs this point anew" in done.out
    assert (folder / "points/000002/run.h5").exists()
    for command in (("verify", "s"), ("verify", "s", "--repair", "-q")):
        assert "delete s/points/000001" in wavepacket(*command).err
    shutil.rmtree(folder / "points/000001")
    assert wavepacket("resume", "s", "-q").code == 0
    assert content(folder) == whole


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "resolved.yaml"])
def test_a_finished_point_that_lost_a_text_is_named_and_repaired(wavepacket, swept, name):
    folder, whole = swept
    (folder / "points/000001" / name).unlink()
    assert "repair it by" in wavepacket("status", "s").out or name != "run.json"
    done = wavepacket("resume", "s", "-q")
    assert done.code == 3
    assert "points/000001" in done.out
    assert "repair it by `wavepacket verify s --repair`" in done.out
    assert wavepacket("verify", "s").code == 2
    assert wavepacket("verify", "s", "--repair", "-q").code == 0
    assert content(folder) == whole


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    "damage", ["digit", *(pytest.param(name, marks=pytest.mark.full) for name in ("emptied", "deleted"))]
)
def test_tables_are_compared_with_the_points(wavepacket, swept, name, damage):
    folder, whole = swept
    if damage == "digit":
        replaced(folder / name, "2 kV/cm", "7 kV/cm")
    elif damage == "emptied":
        (folder / name).write_text("")
    else:
        (folder / name).unlink()
    told = wavepacket("verify", "s")
    assert told.code == 2
    assert f"s/{name}: is lost, or is not what the points" in told.err
    mended = wavepacket("verify", "s", "--repair", "-q")
    assert mended.code == 0
    assert name in mended.out
    assert content(folder) == whole


def test_tables_may_tell_why_a_point_has_no_result(wavepacket, swept):
    """That a run failed is known to that run alone; that a point is finished is not."""
    folder, _ = swept
    shutil.rmtree(folder / "points/000002")
    assert wavepacket("verify", "s").code == 2
    for name in TABLES:
        rows = (folder / name).read_text().splitlines(keepends=True)
        kept = [row for row in rows if not row.startswith("2,") or name == "index.csv"]
        (folder / name).write_text("".join(kept))
    replaced(folder / "index.csv", "2,3 kV/cm,finished", "2,3 kV/cm,the disk was full")
    assert wavepacket("verify", "s").code == 0


def test_the_digests_are_those_of_the_files(swept):
    folder, _ = swept
    assert len(read_plan(folder).config_sha256) == 64
    read_plan(folder).check_config(folder)


CHOSEN = """\
name: chosen
model: {name: haldane}
bands: {near: 0}
valleys: auto
ensemble: {kind: gaussian, valley: auto, width: 0.01, number: 2}
time: {end: 1.0, saves: 2}
"""


def test_what_each_point_chooses_itself_is_no_change(wavepacket, tmp_path):
    (tmp_path / "chosen.yaml").write_text(CHOSEN)
    done = wavepacket("sweep", "chosen.yaml", "-s", "model.staggered=0.1,0.2 eV", "-o", "s", "-q")
    assert done.code == 0, done.err
    folder = tmp_path / "s"
    config = read_plan(folder).config(folder, 1)
    assert foreign(folder / "points/000001", config) == ""
    other = config.model_copy(update={"band": config.band.model_copy(update={"index": 1})})
    assert "(band)" in foreign(folder / "points/000001", other)


PARABOLAS = [
    ((2, 0), [[38.0, 0], [0, -19.0]]),
    ((0, 2), [[38.0, 0], [0, -19.0]]),
    ((0, 0), [[-0.1, 0], [0, 0.08]]),
]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({"bands": {"holes": {"relaxation_time": 300}}}, {"bands": {"holes": {"relaxation_time": 200}}}),
        ({"between": {"band 0": {"band 1": 500}}}, {"between": {"band 0": {"band 1": 600}}}),
    ],
)
def test_times_that_a_run_names_by_its_bands_are_no_change(tmp_path, own, other):
    """A band in place of its carriers, and the way back between two bands."""
    config = {
        "name": "times",
        "model": {
            "kp": [{"powers": powers, "matrix": matrix} for powers, matrix in PARABOLAS],
            "cutoff": 0.2,
        },
        "bands": {"each": [0, 1], "follow": "character", "at": [0, 0]},
        "fields": {"magnetic": [0, 0, 2]},
        "ensemble": {
            "kind": "fermi_surface",
            "chemical_potential": 0,
            "temperature": 0,
            "number": 100,
            "field_reversal": False,
        },
        "scattering": {"relaxation_time": 1000} | own,
        "output": {"trajectories": 0},
    }
    done = sweep(config, {"fields.magnetic.z": "2 T"}, tmp_path / "s")
    assert not done.failed
    changed = config_from_mapping(config | {"scattering": config["scattering"] | other})
    assert "(scattering)" in foreign(tmp_path / "s" / "points" / "000000", changed)
