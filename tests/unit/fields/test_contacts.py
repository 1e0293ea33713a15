"""To which side contacts emit, and where they may lie."""

import pytest

from tests.cases import problem
from wavepacket.config import Sample
from wavepacket.errors import ConfigError
from wavepacket.fields.contacts import inward, placed

WEST, BOX = [[0, 0], [0, 1000]], {"kind": "polygon", "points": [[0, 0], [4000, 0], [4000, 1000], [0, 1000]]}
HOLE = {"kind": "polygon", "points": [[1000, 300], [1500, 300], [1500, 600], [1000, 600]]}
SCREEN = {"kind": "line", "points": [[500, 0], [500, 700]]}
FLOOR = {"kind": "line", "points": [[-100, 0], [100, 0]]}
AROUND = {"left": [[-100, 0], [-100, 90]], "right": [[100, 90], [100, 0]], "far": [[-100, 90], [100, 90]]}


def side(walls, contacts, name="a"):
    return inward(Sample.model_validate({"walls": walls, "contacts": contacts}), name).tolist()


@pytest.mark.parametrize("turned", [False, True])
def test_a_contact_emits_into_the_sample_whichever_way_it_is_drawn(turned):
    def ends(one, other):
        return [other, one] if turned else [one, other]

    assert side([BOX], {"a": ends(*WEST)}) == [1, 0]
    assert side([BOX, SCREEN], {"a": ends(*WEST)}) == [1, 0]
    assert side([BOX, HOLE], {"a": ends([1000, 300], [1000, 600])}) == [-1, 0]  # holes are outside
    around = {name: ends(*each) for name, each in AROUND.items()} | {"a": ends([-9, 0], [9, 0])}
    found = [side([FLOOR], around, name) for name in around]
    assert found == [[1, 0], [-1, 0], [0, -1], [0, 1]]


def test_without_an_enclosure_it_emits_to_the_left():
    assert side([], {"a": [[0, 0], [0, 100]]}) == [-1, 0]


def test_a_contact_close_to_a_wall_is_put_on_it():
    sample = Sample.model_validate({"walls": [BOX], "contacts": {"a": [[0.05, 0], [-0.05, 1000.05]]}})
    assert placed(sample)["a"].tolist() == WEST
    assert inward(sample, "a").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("contacts", "reason"),
    [
        ({"a": [[1000, 0], [1000, 1000]]}, r"sample\.contacts\.a: lies within the sample"),
        ({"a": [[0, -1], [0, 1001]]}, r"sample\.contacts\.a: does not lie on the edge"),
        ({"a": WEST, "b": [[0, 1000], [0, 500]]}, r"sample\.contacts\.b: covers a part of the contact 'a'"),
    ],
)
def test_contacts_that_emit_where_they_do_not_absorb_are_refused(contacts, reason):
    free = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.06}
    ensemble = {"kind": "contact", "chemical_potential": 0.05, "number": 10}
    with pytest.raises(ConfigError, match=reason):
        problem(free, ensemble=ensemble, sample={"walls": [BOX], "contacts": contacts})


def test_a_polygon_may_name_its_first_corner_again_at_the_end():
    closed = BOX | {"points": [*BOX["points"], BOX["points"][0]]}
    first, again = (Sample.model_validate({"walls": [each]}).walls[0].edges for each in (BOX, closed))
    assert first == again
    with pytest.raises(ValueError, match="at least 3"):
        Sample.model_validate({"walls": [BOX | {"points": [[0, 0], [1, 0], [0, 0]]}]})
