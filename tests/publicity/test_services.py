from dataclasses import replace
from datetime import date

import pytest

from jiangjie.accounts.acting import acting_of
from jiangjie.archive.queries import to_archive, volumes
from jiangjie.certificates.queries import to_issue
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.identity import mask_name
from jiangjie.kernel.workdays import CalendarGap
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.notices.models import Notice
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.policy.queries import pack_of, work_calendar
from jiangjie.policy.services import freeze
from jiangjie.procedures.queries import track
from jiangjie.publicity import queries, rules, services
from jiangjie.publicity.facts import step_facts
from jiangjie.publicity.models import Objection, PeriodKind, PublicityPeriod
from tests.factories import make_world
from tests.publicity.factories import (
    DAY_AFTER,
    FIRST_DAY,
    LAST_DAY,
    LAST_MINUTE,
    MARCH_23,
    assign,
    make_handler,
    make_qualification_period,
    make_result_period,
    make_reviewed_batch,
    object_to,
    settle,
)
from tests.results.factories import AFTER_EXAM, cases_of, make_decided_batch, make_signed_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refused(deed, *args, **arguments):
    """The code of the refusal; no event, period or objection may have been written."""
    counts = (Event.objects.count(), PublicityPeriod.objects.count(), Objection.objects.count())
    with pytest.raises(RuleViolation) as why:
        deed(*args, **arguments)
    assert (
        Event.objects.count(), PublicityPeriod.objects.count(), Objection.objects.count()
    ) == counts  # fmt: skip
    return why.value.code


def state(batch, code, today=date(2026, 4, 28)):
    return next(step for step in track(batch.run, today) if step.code == code)


# ---- publishing -----------------------------------------------------------------------------


def test_a_period_fixes_its_end_its_ground_and_its_list(world):
    period = make_result_period(world, passed=2, failed=1)

    period.refresh_from_db()
    assert (period.first_day, period.last_day) == (FIRST_DAY, LAST_DAY)
    assert (period.term_days, period.term_calendar, period.term_confidence) == (5, "workday", "S~")
    passed = cases_of(period.batch)[:2]
    assert [
        (row["no"], row["application"], row["name"], row["id"], row["level"], row["route"])
        for row in period.rows
    ] == [
        (no, case.pk, mask_name(case.person.name), case.person.id_masked, "三级/高级工", "")
        for no, case in enumerate(passed, start=1)
    ]
    assert period.digest == canonical.digest(period.rows)
    event = Event.objects.get(action="publicity.opened")
    assert (event.data["digest"], event.data["last_day"]) == (period.digest, "2026-04-27")


def test_the_clock_can_be_computed_again_from_what_is_stored(world):
    period = make_result_period(world)
    period.refresh_from_db()

    calendar = work_calendar().from_dict(period.calendar)
    term = rules.PublicityTerm(
        period.term_days, period.term_calendar, period.term_source, period.term_confidence
    )
    assert rules.last_day(period.first_day, term, calendar) == period.last_day
    assert calendar.years == {2026}
    assert queries.clock_of(period, date(2026, 4, 22)) == rules.Clock(2, 5, "running")


def test_refused_publishing(world):
    decided = make_decided_batch(world, passed=1)
    open_it = {"kind": PeriodKind.RESULT, "by": world.office, "at": AFTER_EXAM}
    assert refused(
        services.open_period, batch=decided, first_day=FIRST_DAY, **open_it
    ) == "procedures.step_blocked"  # fmt: skip
    batch = make_signed_batch(world, passed=0, failed=1, plan=decided.plan, title="第二批")

    def code(first_day):
        return refused(services.open_period, batch=batch, first_day=first_day, **open_it)

    assert code(date(2026, 4, 19)) == "publicity.begins_in_the_past"


def rest_of(batch, today):
    """How the steps from the publicity on stand."""
    return [step.state.value for step in track(batch.run, today) if step.code >= "S13"]


def test_a_result_that_nobody_passed_is_published_as_such_and_ends_the_batch(world):
    batch = make_signed_batch(world, passed=0, failed=2)

    period = make_result_period(world, batch)

    assert (period.rows, period.digest) == ([], canonical.digest([]))
    assert rest_of(batch, AFTER_EXAM.date()) == ["open", "blocked", "blocked"]
    objection = object_to(period, None)
    assert queries.held(batch).whole_batch
    handler = make_handler(world)
    assign(objection, handler, world=world)
    settle(objection, handler, "dismissed")
    services.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)
    assert rest_of(batch, DAY_AFTER.date()) == ["done", "done", "done"]
    office = acting_of(world.office, None, DAY_AFTER.date())
    assert [each.pk for each in to_archive(office)] == [batch.pk]
    fifth = volumes(batch)[4]
    assert {item.state.value for item in fifth.items} == {"na"}
    assert fifth.is_complete


def test_a_pack_may_leave_an_empty_result_unpublished(world):
    batch = make_signed_batch(world, passed=0, failed=1)
    pack = pack_of(batch.pack)
    entry = replace(pack.entry("publicity.empty_result"), value=False)
    entries = {**pack.entries, entry.key: entry}
    batch.pack = freeze(replace(pack, entries=entries), at=AFTER_EXAM)
    batch.save(update_fields=["pack"])
    other = make_signed_batch(world, passed=1, plan=batch.plan, title="第二批")
    Batch.objects.filter(pk=other.pk).update(pack=batch.pack)

    assert refused(
        services.open_period, batch=batch, kind=PeriodKind.RESULT, first_day=FIRST_DAY,
        by=world.office, at=AFTER_EXAM,
    ) == "publicity.empty_not_published"  # fmt: skip
    assert rest_of(batch, AFTER_EXAM.date()) == ["done", "done", "done"]
    assert rest_of(other, AFTER_EXAM.date()) == ["open", "blocked", "blocked"]


def test_a_qualification_list_without_anybody_is_not_published(world):
    batch = make_reviewed_batch(world, count=1)
    batch.applications.update(state="rejected")
    assert refused(make_qualification_period, world, batch) in (
        "publicity.nobody_to_list", "procedures.step_blocked",
    )  # fmt: skip


def test_a_kind_is_published_once_and_never_past_the_calendar(world):
    period = make_result_period(world)
    open_it = {"batch": period.batch, "by": world.office, "at": AFTER_EXAM}
    assert refused(
        services.open_period, kind=PeriodKind.RESULT, first_day=FIRST_DAY, **open_it
    ) == "publicity.opened_before"  # fmt: skip

    batch = make_signed_batch(world, passed=1, plan=period.batch.plan, title="第二批")
    with pytest.raises(CalendarGap):
        make_result_period(world, batch, first_day=date(2026, 12, 30))


def test_the_qualification_list_is_published_before_the_exam(world):
    batch = make_reviewed_batch(world, count=2)
    assert state(batch, "S07").state == "open"

    period = make_qualification_period(world, batch)

    assert [row["application"] for row in period.rows] == [case.pk for case in cases_of(batch)]
    assert (state(batch, "S07").state, state(batch, "S07").due) == ("open", date(2026, 3, 31))
    services.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)
    assert state(batch, "S07").state == "done"


# ---- objecting ------------------------------------------------------------------------------


def test_objections_are_taken_until_midnight_in_shanghai(world):
    period = make_result_period(world)

    object_to(period, at=LAST_MINUTE)

    assert refused(object_to, period, at=DAY_AFTER) == "publicity.over"
    assert Objection.objects.get().answer_by_day == date(2026, 5, 13)  # 9 May is worked


def test_refused_objections(world):
    period = make_result_period(world, first_day=date(2026, 4, 22), passed=1, failed=1)
    assert refused(object_to, period) == "publicity.not_open_yet"
    assert refused(object_to, period, text=" \n", at=LAST_MINUTE) == "publicity.text_missing"
    failed = cases_of(period.batch)[1]
    assert refused(
        services.raise_objection, period_id=period.pk, application_id=failed.pk, text="x",
        at=LAST_MINUTE,
    ) == "publicity.not_listed"  # fmt: skip


def test_neither_the_words_nor_the_objector_enter_the_ledger(world):
    objection = object_to(
        make_result_period(world), text="材料是假的", objector="举报人甲", contact="13900000000"
    )

    event = Event.objects.get(action="publicity.objection_raised")
    assert event.data == {
        "receipt": objection.receipt, "application": objection.application_id,
        "is_anonymous": False,
    }  # fmt: skip
    assert event.by is None


def test_an_objection_holds_one_person_and_one_against_the_list_holds_all(world):
    period = make_result_period(world, passed=3)
    handler = make_handler(world)
    one, two, three = cases_of(period.batch)

    def issuable():
        return list(to_issue(period.batch).values_list("pk", flat=True))

    first, second = object_to(period, 0), object_to(period, 1)
    assert issuable() == [three.pk]
    services.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)
    assert state(period.batch, "S13").state == "done"  # the others need not wait
    for objection, outcome in ((first, "dismissed"), (second, "upheld")):
        assign(objection, handler, world=world)
        settle(objection, handler, outcome, at=DAY_AFTER)
    assert issuable() == [one.pk, three.pk]
    assert queries.held(period.batch) == queries.Held(False, frozenset(), frozenset({two.pk}))


def test_an_objection_against_the_list_holds_the_batch_until_it_is_settled(world):
    period = make_result_period(world)
    handler = make_handler(world)
    objection = object_to(period, None)
    assert not to_issue(period.batch).exists()

    assign(objection, handler, world=world)
    settle(objection, handler, "dismissed")

    assert to_issue(period.batch).count() == 2


def test_who_was_struck_off_first_is_not_published_again(world):
    batch = make_reviewed_batch(world, count=2)
    period = make_qualification_period(world, batch)
    objection = object_to(period, 0, at=MARCH_23)
    handler = make_handler(world)
    assign(objection, handler, world=world)
    settle(objection, handler, "upheld", at=MARCH_23)

    assert queries.held(batch).upheld == {cases_of(batch)[0].pk}
    assert queries.list_to_publish(batch, PeriodKind.RESULT) == []


# ---- settling -------------------------------------------------------------------------------


def test_an_objection_goes_to_somebody_independent(world):
    period = make_result_period(world, passed=1)
    objection = object_to(period)
    offered = {
        str(each.user): each.refusal and each.refusal.code
        for each in queries.handlers_for(objection, FIRST_DAY)
    }

    assert offered == {
        "郑督导": None,
        "李评价": "publicity.not_independent",
        "周委员": "publicity.not_independent",
        "何复录": "publicity.not_independent",
    }
    for handler in (world.office, world.committee):
        assert refused(assign, objection, handler, world=world) == "publicity.not_independent"


def test_nobody_handles_the_objection_against_himself(world):
    period = make_result_period(world, passed=1)
    objection = object_to(period)
    handler = make_handler(world)
    Person.objects.filter(pk=objection.application.person_id).update(user=handler)
    objection.refresh_from_db()

    assert refused(assign, objection, handler, world=world) == "publicity.own_case"


def test_against_the_list_every_signer_and_typist_of_the_batch_is_involved(world):
    period = make_result_period(world, passed=1)
    second = {each.by_id for each in cases_of(period.batch)[0].score_entries.all()}

    involved = queries.involved_in(object_to(period, None))

    assert involved == {world.clerk_a.pk, world.office.pk, world.committee.pk} | second


def test_only_the_handler_settles_and_only_once(world):
    period = make_result_period(world)
    objection, handler = object_to(period), make_handler(world)
    decide = {"objection_id": objection.pk, "outcome": "upheld", "at": AFTER_EXAM}

    assert refused(services.settle_objection, **decide, decision="查实", by=handler) == (
        "publicity.not_the_handler"
    )
    assign(objection, handler, world=world)
    assert [(note.user, note.link) for note in Notice.objects.filter(user=handler)] == [
        (handler, f"/objections/{objection.pk}/")
    ]
    assert refused(services.settle_objection, **decide, decision=" ", by=handler) == (
        "publicity.decision_missing"
    )
    assert refused(services.settle_objection, **decide, decision="x", by=world.supervisor) == (
        "publicity.not_the_handler"
    )
    services.settle_objection(**decide, decision="查实", by=handler)
    assert refused(services.settle_objection, **decide, decision="查实", by=handler) == (
        "publicity.settled_before"
    )
    assert refused(assign, objection, handler, world=world) == "publicity.settled_before"
    objection.refresh_from_db()
    assert (objection.outcome, objection.decision, objection.settled_by) == (
        "upheld", "查实", handler
    )  # fmt: skip


def test_the_objectors_name_is_for_the_handler_and_each_look_is_an_event(world):
    objection = object_to(make_result_period(world), objector="举报人甲", contact="139")
    handler = make_handler(world)
    assign(objection, handler, world=world)

    assert refused(
        services.reveal_objector, objection_id=objection.pk, by=world.office, at=AFTER_EXAM
    ) == "publicity.objector_protected"  # fmt: skip
    for _ in range(2):
        assert services.reveal_objector(
            objection_id=objection.pk, by=handler, at=AFTER_EXAM
        ) == ("举报人甲", "139")  # fmt: skip

    seen = Event.objects.filter(action="publicity.objector_seen")
    assert [(event.by, event.subject) for event in seen] == [(handler, ref(objection))] * 2


# ---- closing --------------------------------------------------------------------------------


def test_a_period_ends_after_its_last_day_and_only_once(world):
    period = make_result_period(world)
    close = {"period_id": period.pk, "by": world.office}

    with pytest.raises(RuleViolation) as refusal:
        services.close_period(**close, at=LAST_MINUTE)
    assert (refusal.value.code, refusal.value.source) == (
        "publicity.not_over_yet", period.term_source
    )  # fmt: skip
    for _ in range(2):
        services.close_period(**close, at=DAY_AFTER)

    assert Event.objects.filter(action="publicity.closed").count() == 1
    assert (state(period.batch, "S13").state, state(period.batch, "S13").done_at) == (
        "done", date(2026, 4, 28)
    )  # fmt: skip


@pytest.mark.parametrize("deed", [object_to, make_result_period])
def test_a_deed_that_cannot_be_recorded_does_not_happen(world, monkeypatch, deed):
    subject = make_result_period(world) if deed is object_to else make_signed_batch(world)
    before = (PublicityPeriod.objects.count(), Objection.objects.count())
    monkeypatch.setattr("jiangjie.ledger.models.Event.save", _disk_full)

    with pytest.raises(OSError, match="disk full"):
        deed(*((subject,) if deed is object_to else (world, subject)))

    assert (PublicityPeriod.objects.count(), Objection.objects.count()) == before


def _disk_full(*_: object, **__: object) -> None:
    raise OSError("disk full")


def test_facts_cost_one_query(world, django_assert_num_queries):
    period = make_result_period(world)
    other = make_signed_batch(world, passed=1, plan=period.batch.plan, title="第二批")
    make_result_period(world, other)

    with django_assert_num_queries(1):
        told = step_facts([period.batch.run_id, other.run_id])

    assert {run: list(facts) for run, facts in told.items()} == {
        period.batch.run_id: ["S13"], other.run_id: ["S13"]
    }  # fmt: skip
