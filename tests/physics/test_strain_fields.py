"""Pseudo-magnetic fields of strain: one sign in each valley, from the crystal or written by hand."""

import numpy as np
import pytest

import wavepacket
from tests.cases import problem, run
from wavepacket.config import Fields
from wavepacket.errors import ConfigError, InputError
from wavepacket.fields import magnetic_values

pytestmark = pytest.mark.physics

GRAPHENE = {"name": "gapped_graphene", "gap": 1.0}
RING = 24
FORCE = 1e-5  # V/Å


def rings():
    """Wavevectors (2 RING, 3) round K, and those that time reversal makes of them."""
    crystal = wavepacket.hamiltonians.gapped_graphene(gap=1.0)
    centre = np.array(crystal.valleys["K"]) @ crystal.reciprocal
    angle = 2 * np.pi * (np.arange(RING) + 0.2) / RING
    k = centre + 0.05 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    return np.concatenate([k, -k]), centre


def moved(valleys, field=FORCE):
    """Wavevectors and positions (2, RING, T, 3) in a field of 100 T that depends on the valley, and E along x."""
    term = {"kind": "uniform", "field": 100.0, "valleys": valleys}
    k, _ = rings()
    block = run(
        problem(
            GRAPHENE, band=1, wavevectors=k, end=300.0, saves=4, fields={"magnetic_terms": term, "electric": [field, 0, 0]}
        )
    )  # fmt: skip
    assert not block.status.any()
    return block, *(path.reshape(2, RING, 4, 3) for path in (block.wavevector, block.position))


def test_strain_turns_valleys_in_opposite_senses_and_makes_no_hall_current():
    _, centre = rings()
    block, k, _ = moved("chirality")
    by_hand = moved({"K'": -1.0, "K": 1.0})[0]
    for name in ("position", "wavevector"):
        assert getattr(block, name).tobytes() == getattr(by_hand, name).tobytes()
    offset = k - np.array([centre, -centre])[:, None, None]
    turned = np.cross(offset[:, :, 0], offset[:, :, -1])[..., 2].mean(axis=1)
    assert turned[1] == pytest.approx(-turned[0], rel=1e-2)
    assert turned[0] > 1e-5  # an electron's k turns from x to y in B along z: it has the charge -e

    def across(valleys):
        """Part of the mean way across E that is odd in E, by valley."""
        return 0.5 * (moved(valleys)[2] - moved(valleys, -FORCE)[2])[:, :, -1, 1].mean(axis=1)

    strain, real = across("chirality"), across({"K": 1.0, "K'": 1.0})
    assert abs(strain.sum()) < 1e-4 * abs(strain[0])
    assert abs(real.sum()) > 0.1 * abs(real[0])


@pytest.mark.parametrize(
    ("model", "sections", "said"),
    [
        ({"name": "massive_dirac"}, {}, "two valleys, at k and at -k, and those of this run are K:"),
        (GRAPHENE, {"valleys": {"K": [1 / 3, 2 / 3], "M": [0.5, 0]}}, "those of this run are K, M"),
        (GRAPHENE, {"valleys": {"M": [0.5, 0], "N": [0, 0.5]}}, "those of this run are M, N"),
        (
            GRAPHENE,
            {"valleys": {"M": [0.5, 0], "N": [0.5, 0]}},
            "not known of M, where k and -k are the same",
        ),
    ],
)
def test_valleys_without_signs_are_refused(model, sections, said):
    term = {"kind": "uniform", "field": 1.0, "valleys": "chirality"}
    with pytest.raises(ConfigError, match=said) as refused:
        problem(model, wavevectors=[[0, 0, 0]], fields={"magnetic_terms": [term]}, **sections)
    assert "fields.magnetic_terms[0].valleys" in str(refused.value)


def test_signs_have_no_value_without_a_run():
    fields = Fields.model_validate(
        {"magnetic_terms": [{"kind": "uniform", "field": 1.0, "valleys": "chirality"}]}
    )
    with pytest.raises(InputError, match="has no numbers before a run knows its valleys"):
        magnetic_values(fields, [[0.0, 0.0]], valley="K")
