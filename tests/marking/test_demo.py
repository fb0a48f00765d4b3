from datetime import timedelta

import pytest

from jiangjie.demo.marking import mark_sitting
from jiangjie.demo.sitting import finished_sitting
from jiangjie.marking import queries
from tests.exams.factories import BELL, END, make_theory_batch
from tests.exams.papers import make_content
from tests.factories import make_world
from tests.marking.factories import make_markers


@pytest.mark.django_db
def test_the_story_has_a_sitting_that_is_marked_and_one_that_is_being_marked():
    world = make_world()
    batch = make_theory_batch(world, count=6)
    common = {"day": BELL.date(), "office": world.office, "invigilators": [world.assessor]}
    how = {"office": world.office, "checker": world.committee, "start": END + timedelta(hours=1)}
    markers = make_markers(world, 3)
    contents = [make_content("A"), make_content("B")]
    for place, (count, left) in enumerate(((2, 0), (3, 0), (None, 1)), start=1):
        sitting = finished_sitting(
            batch, contents, room=f"第{place}考场", seats=count or 4, seed=place, **common
        )
        found = mark_sitting(sitting, markers=markers[: place + 1], left=left, **how)
        if left:
            assert [share.signed_at for each in queries.progress(found) for share in each.shares.values()] == [None] * 3  # fmt: skip
        else:
            assert found.released_at is not None
            assert queries.differing_sums(found) == []
