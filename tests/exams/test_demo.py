import pytest

from jiangjie.demo.sitting import finished_sitting, waiting_sitting
from jiangjie.exams import queries
from tests.exams.factories import BELL, make_theory_batch
from tests.exams.papers import make_content
from tests.factories import make_world


@pytest.mark.django_db
def test_the_story_has_a_sitting_that_is_over_and_one_that_waits():
    world = make_world()
    batch = make_theory_batch(world, count=5)
    common = {
        "day": BELL.date(), "office": world.office, "invigilators": [world.assessor],
    }  # fmt: skip
    contents = [make_content("A"), make_content("B")]
    done = finished_sitting(batch, contents, room="第一考场", seats=3, **common)
    waits = waiting_sitting(batch, contents, room="第二考场", seats=2, **common)
    assert done.closed_at is not None
    assert (len(queries.marks(batch)), len(queries.absentees(batch))) == (2, 1)
    assert all(0 < mark.points <= 1000 for mark in queries.marks(batch).values())
    assert waits.bell_at is None
    assert [line.state for line in queries.console(waits, BELL)] == ["checked_in", "expected"]
