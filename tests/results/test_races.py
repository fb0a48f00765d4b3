import pytest

from jiangjie.results import queries, services
from jiangjie.results.models import Decision, Mark, ScoreEntry
from tests.factories import make_world
from tests.results.factories import (
    AFTER_EXAM,
    cases_of,
    make_decided_batch,
    make_examined_batch,
    second_typist,
)
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def enter(batch, entry, value, by):
    (case,) = cases_of(batch)
    return lambda: services.enter_scores(
        batch=batch, part="theory", entry=entry, rows=[(case.pk, value)], by=by, at=AFTER_EXAM
    )


def test_one_person_cannot_type_both_passes_at_one_moment():
    world = make_world()
    batch = make_examined_batch(world, count=1)

    seen = meanwhile(enter(batch, 1, 6000, world.office), enter(batch, 2, 6000, world.office))

    assert seen == "waited: results.same_typist"
    assert ScoreEntry.objects.count() == 1


def test_two_people_do_not_overwrite_each_other_in_one_pass():
    world = make_world()
    batch = make_examined_batch(world, count=1)

    seen = meanwhile(
        enter(batch, 1, 6000, world.office), enter(batch, 1, 7000, second_typist(world))
    )

    assert seen == "waited: results.typed_by_another"
    assert ScoreEntry.objects.get().hundredths == 6000


def test_a_score_is_not_typed_anew_while_it_is_settled():
    world = make_world()
    batch = make_examined_batch(world, count=1)
    second = second_typist(world)
    for entry, by in ((1, world.office), (2, second)):
        enter(batch, entry, 6000, by)()

    seen = meanwhile(
        lambda: services.settle_marks(batch=batch, part="theory", by=second, at=AFTER_EXAM),
        enter(batch, 1, 9000, world.office),
    )

    assert seen == "waited: results.settled_before"
    assert [mark.value for mark in Mark.objects.all()] == [6000]


def test_a_correction_and_a_signature_exclude_each_other():
    world = make_world()
    batch = make_decided_batch(world, passed=1)
    mark = Mark.objects.filter(application__batch=batch, part="theory").get()

    def sign():
        services.sign_results(batch=batch, layer=2, by=world.office, at=AFTER_EXAM)

    def ask():
        return services.ask_correction(
            mark_id=mark.pk, value=100, reason="误", by=world.office, at=AFTER_EXAM
        )

    assert meanwhile(ask, sign) == "waited: results.correction_open"
    assert queries.signed(batch) == []

    slip = mark.corrections.get()
    accept = {"correction_id": slip.pk, "accept": True, "by": world.committee, "at": AFTER_EXAM}
    assert meanwhile(lambda: services.decide_correction(**accept), sign) == (
        "waited: results.undecided"
    )


def test_a_batch_is_decided_once():
    world = make_world()
    batch = make_decided_batch(world, passed=1)
    Decision.objects.all().delete()

    def decide():
        services.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)

    assert meanwhile(decide, decide) == "waited: done"
    assert Decision.objects.count() == 1


def test_a_slip_is_decided_once():
    world = make_world()
    batch = make_decided_batch(world, passed=1)
    mark = Mark.objects.filter(application__batch=batch, part="theory").get()
    slip = services.ask_correction(
        mark_id=mark.pk, value=100, reason="误", by=world.office, at=AFTER_EXAM
    )

    def decide(*, accept):
        return lambda: services.decide_correction(
            correction_id=slip.pk, accept=accept, by=world.committee, at=AFTER_EXAM
        )

    assert meanwhile(decide(accept=False), decide(accept=True)) == (
        "waited: results.correction_closed"
    )
    mark.refresh_from_db()
    assert mark.value == 8000
