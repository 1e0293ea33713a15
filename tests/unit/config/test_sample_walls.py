"""Walls and terms of B(r) that cannot be meant are told."""

import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.fields import without_effect

SECTIONS = {
    "version": 1, "name": "t", "model": {"name": "parabolic_band", "cutoff": 0.1}, "band": 0,
    "ensemble": {"kind": "packets", "wavevectors": [[0.01, 0]]}, "time": {"end": 1, "saves": 2},
}  # fmt: skip


def polygon(*points):
    return config_from_mapping(
        SECTIONS | {"sample": {"walls": [{"kind": "polygon", "points": [list(p) for p in points]}]}}
    )


def test_a_polygon_that_crosses_itself_is_refused():
    with pytest.raises(ConfigError, match="edge from point 1 crosses that from point 3"):
        polygon((0, 0), (400, 100), (400, 0), (0, 100))
    assert len(polygon((0, 0), (400, 0), (400, 100), (0, 100)).sample.walls[0].edges) == 4
    # A corner that lies on another edge touches it, and neighbours share a corner: neither is a crossing.
    polygon((0, 0), (400, 0), (400, 100), (200, 0), (0, 100))


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ({"kind": "uniform", "field": [1, 0, 0]}, True),
        ({"kind": "uniform", "field": [0, 0, 1]}, False),
        ({"kind": "linear", "gradient": [[0, 1e-3, 0], [0, 0, 0], [1e-3, 0, 0]]}, True),
        ({"kind": "linear", "gradient": [1e-3, 0, 0]}, False),
    ],
)
def test_components_in_the_plane_have_no_effect_on_a_layer(term, said):
    fields = config_from_mapping(SECTIONS | {"fields": {"magnetic_terms": term}}).fields
    assert ("B_x and B_y of magnetic_terms" in without_effect(fields, 2)) == said
    assert without_effect(fields, 3) == []
