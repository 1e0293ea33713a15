"""Files of OOMMF and mumax, written here from the text of the format: every form gives the same direction."""

import struct

import numpy as np
import pytest

import wavepacket
from tests.cases import problem
from wavepacket.config.ovf import ovf_arrays
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.simulation.provenance import reload_problem

NX, NY, NZ, STEP = 9, 7, 2, 2e-9  # 20 Å


def magnetisation():
    """Vectors (z, y, x, 3) of length 8e5 A/m that turn along x and y; the upper layer is turned."""
    z, y, x = np.meshgrid(np.arange(NZ), np.arange(NY), np.arange(NX), indexing="ij")
    theta, phi = 0.3 + 0.2 * x + 0.5 * z, 0.1 * y
    n = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    return 8e5 * n


def ovf(version, form, values=None, **changes):
    """Bytes of a file of format 1 or 2, its data ``text``, 4 or 8."""
    values = magnetisation() if values is None else values
    lines = ["# OOMMF: rectangular mesh v1.0" if version == 1 else "# OOMMF OVF 2.0", "# Segment count: 1"]
    entries = {
        "Begin": "Segment", "Title": "m", "meshtype": "rectangular", "meshunit": "m", "xbase": STEP / 2, "ybase": STEP / 2,
        "zbase": STEP / 2, "xstepsize": STEP, "ystepsize": STEP, "zstepsize": STEP, "xnodes": NX, "ynodes": NY, "znodes": NZ,
        "valueunit": "A/m",
    }  # fmt: skip
    entries |= {"valuemultiplier": 1.0} if version == 1 else {"valuedim": 3}
    lines += [f"# {key}: {value}" for key, value in (entries | changes).items()] + ["# End: Header", "##"]
    head = "\n".join(lines).encode()
    if form == "text":
        rows = "\n".join(" ".join(repr(float(number)) for number in row) for row in values.reshape(-1, 3))
        return head + b"\n# Begin: Data Text\n" + rows.encode() + b"\n# End: Data Text\n# End: Segment\n"
    order, kind = "><"[version - 1], "fd"[form // 4 - 1]
    check = 1234567.0 if form == 4 else 123456789012345.0
    data = struct.pack(f"{order}{values.size + 1}{kind}", check, *values.ravel().tolist())
    return (
        head + f"\n# Begin: Data Binary {form}\n".encode() + data + f"\n# End: Data Binary {form}\n".encode()
    )


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("form", ["text", 4, 8])
def test_every_form_is_read(tmp_path, version, form):
    (tmp_path / "m.ovf").write_bytes(ovf(version, form))
    for layer in (0, 1):
        found = ovf_arrays(tmp_path / "m.ovf", layer)
        np.testing.assert_allclose(found["x"], 10 + 20 * np.arange(NX), rtol=1e-12)
        np.testing.assert_allclose(found["y"], 10 + 20 * np.arange(NY), rtol=1e-12)
        expected = magnetisation()[layer].transpose(1, 0, 2)
        np.testing.assert_allclose(
            found["profile"], expected, rtol=1e-7 if form == 4 else 1e-15, atol=8e5 * 1e-16
        )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"# OOMMF OVF 2.0\n", "no line '# Begin: Data Text'"),
        (ovf(2, 8, meshtype="irregular"), "its mesh is irregular"),
        (ovf(2, 8, valuedim=1), "1 component"),
        (ovf(2, 8, meshunit="furlong"), "its meshunit is 'furlong'"),
        (ovf(2, 8).replace(b"# xnodes", b"# nodes"), "its header has no 'xnodes'"),
        (ovf(2, 8)[:-400], "numbers, and its mesh needs 378"),
        (ovf(1, 4).replace(b"mesh v1.0", b"OVF 2.0", 1), "begin with .* instead of 1234567"),
        (ovf(2, "text")[:-60], "numbers, and its mesh needs 378"),
        (b"nothing" + ovf(2, 8), "does not begin with '# OOMMF'"),
        (ovf(2, 8, znodes=10**12), "nodes"),
    ],
)
def test_other_files_are_refused(tmp_path, content, words):
    (tmp_path / "m.ovf").write_bytes(content)
    with pytest.raises(InputError, match=words):
        ovf_arrays(tmp_path / "m.ovf")


CONFIG = {
    "name": "mine", "band": 1, "time": {"end": 5.0, "saves": 2},
    "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.0]], "positions": [[50.0, 70.0]]},
}  # fmt: skip
SQUARE = {"lattice": [[4.0, 0], [0, 4.0]], "hoppings": [{"cell": [1, 0], "matrix": [[-1, 0], [0, -1]]}]}


def of_file(folder, **keys):
    return SQUARE | {
        "textures": [{"strength": 2.0, "profile": {"kind": "ovf", "file": str(folder / "m.ovf")} | keys}]
    }


def test_a_run_keeps_the_direction(tmp_path):
    """n is what the vectors are over their lengths, between the samples too, and the folder needs the file no more."""
    (tmp_path / "m.ovf").write_bytes(ovf(2, 4))
    run = wavepacket.run(CONFIG | {"model": of_file(tmp_path, layer=1)}, tmp_path / "run")
    (tmp_path / "m.ovf").unlink()
    assert "kind: grid" in (tmp_path / "run" / "resolved.yaml").read_text()
    assert "file: texture_0.npz" in (tmp_path / "run" / "resolved.yaml").read_text()
    assert any("texture_0.npz" in fact for fact in run.provenance)
    textures = reload_problem(tmp_path / "run", 1).config.textures
    places = np.array([[10.0, 10.0], [57.0, 43.0], [130.0, 101.0]])
    found = profile_values(textures, places).value / 2.0
    theta, phi = 0.8 + 0.2 * (places[:, 0] - 10) / 20, 0.1 * (places[:, 1] - 10) / 20
    exact = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-5)  # quintic: about (0.2)^6 of an angle of 1.6
    assert run.trajectories(("status",))["status"].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "keys", "words"),
    [
        (lambda m: m * (np.arange(NX)[:, None] > 2), {}, r"zero at 21 sample\(s\), the first one at index \(0, 0\)"),
        (lambda m: m, {"layer": 2}, r"it has 2 layer\(s\), counted from 0, and layer 2 is asked for"),
        (lambda m: m, {"unit": False}, "unit"),
        (lambda m: m, {"wall": 3}, "wall"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path, change, keys, words):
    (tmp_path / "m.ovf").write_bytes(ovf(2, 8, change(magnetisation())))
    sections = {key: value for key, value in CONFIG.items() if key != "name"}
    with pytest.raises(ConfigError, match=words):
        problem(of_file(tmp_path, **keys), **sections)


def test_a_coarse_direction_is_told(tmp_path):
    from wavepacket.config import config_from_mapping
    from wavepacket.simulation import build_problem

    turned = magnetisation()
    turned[:, :, NX // 2 :] *= -1
    (tmp_path / "m.ovf").write_bytes(ovf(2, 8, turned))
    said = []
    build_problem(config_from_mapping(CONFIG | {"model": of_file(tmp_path)}), threads=1, report=said.append)
    assert any("turns by 169 degrees from one sample to the next" in text for text in said)
