"""One person's case: who may apply, what is frozen, who reviews in which layer."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connections

from jiangjie.applications import services
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.files.services import store
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.planning.models import Batch
from jiangjie.procedures.models import SignOff
from jiangjie.procedures.queries import track
from tests.applications.factories import (
    MARCH_10,
    MARCH_21,
    hold,
    make_draft,
    make_qualified,
    make_submitted,
    make_worker,
)
from tests.factories import World, employ, make_person, make_world
from tests.planning.factories import make_announced_batch, make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def batch(world: World) -> Batch:
    return make_announced_batch(world)


def refused(deed, **wishes) -> str:
    """The code of the refusal, after which nothing has changed and nothing was recorded."""
    before = (Event.objects.count(), SignOff.objects.count(), list(Application.objects.values()))
    with pytest.raises(RuleViolation) as refusal:
        deed(**wishes)
    after = (Event.objects.count(), SignOff.objects.count(), list(Application.objects.values()))
    assert after == before
    return refusal.value.code


def test_submit_freezes_facts_and_verdict_by_the_frozen_pack(world, batch):
    case = make_submitted(world, batch)

    case.refresh_from_db()
    assert (case.state, case.turn, case.is_eligible, case.clause) == (
        "submitted", 1, True, "GZB-2018/4/1",
    )  # fmt: skip
    assert case.facts["certificates"][0]["issued"] == "2018-06-01"
    assert [clause["met"] for clause in case.verdict["clauses"]] == [True, False, False]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (datetime(2026, 3, 2, 15, 59, tzinfo=UTC), "applications.not_open_yet"),
        (datetime(2026, 3, 20, 16, 0, tzinfo=UTC), "applications.closed"),
    ],
)
def test_nobody_applies_outside_the_window(world, batch, day, code):
    person = make_worker(world)

    assert refused(
        services.start_application, batch=batch, line=batch.lines.get(), person=person,
        by=world.clerk_a, at=day,
    ) == code  # fmt: skip


def test_the_last_day_counts_until_midnight_in_shanghai(world, batch):
    services.start_application(
        batch=batch, line=batch.lines.get(), person=make_worker(world), by=world.clerk_a,
        at=datetime(2026, 3, 20, 15, 59, tzinfo=UTC),
    )  # fmt: skip

    assert Application.objects.count() == 1


def test_nobody_applies_before_the_announcement(world):
    batch = make_batch(world)

    code = refused(
        services.start_application, batch=batch, line=batch.lines.get(),
        person=make_worker(world), by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip

    assert code == "procedures.step_blocked"


@pytest.mark.parametrize("where", ["nowhere", "other company", "left"])
def test_an_employer_evaluates_its_own_people_only(world, batch, where):
    person = make_person()
    if where == "other company":
        employ(person, world.stranger_org)
    if where == "left":
        employ(person, world.unit_a, until=date(2026, 3, 1))

    assert refused(
        services.start_application, batch=batch, line=batch.lines.get(), person=person,
        by=world.clerk_a, at=MARCH_10,
    ) == "applications.not_own_people"  # fmt: skip


def test_one_application_a_person_and_batch_until_it_is_withdrawn(world, batch):
    person = make_worker(world)
    case = make_draft(world, batch, person)

    assert refused(
        services.start_application, batch=batch, line=batch.lines.get(), person=person,
        by=world.clerk_a, at=MARCH_10,
    ) == "applications.one_a_batch"  # fmt: skip
    services.withdraw(application_id=case.pk, by=world.clerk_a, at=MARCH_10)
    assert make_draft(world, batch, person).state == ApplicationState.DRAFT


def test_a_level_that_is_held_already_is_not_evaluated_again(world, batch):
    person = make_worker(world)
    hold(person, world.unit_a, level=4, issued=date(2022, 1, 1))

    assert refused(
        services.start_application, batch=batch, line=batch.lines.get(), person=person,
        by=world.clerk_a, at=MARCH_10,
    ) == "applications.level_held"  # fmt: skip


def test_submit_needs_the_promise_and_a_clause(world, batch):
    able, unable = (
        make_draft(world, batch),
        make_draft(world, batch, make_worker(world, eligible=False)),
    )

    submit = services.submit
    assert refused(
        submit, application_id=able.pk, promised=False, by=world.clerk_a, at=MARCH_10
    ) == "applications.not_promised"  # fmt: skip
    assert refused(
        submit, application_id=unable.pk, promised=True, by=world.clerk_a, at=MARCH_10
    ) == "applications.not_eligible"  # fmt: skip


def test_the_refusal_names_the_first_day_on_which_a_clause_is_met(world, batch):
    person = make_person()
    employ(person, world.unit_a, since=date(2020, 1, 1))
    hold(person, world.unit_a, issued=date(2021, 9, 1))
    case = make_draft(world, batch, person)

    with pytest.raises(RuleViolation) as refusal:
        services.submit(application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10)

    assert refusal.value.values == {"day": date(2026, 9, 1)}


def test_an_exceptional_route_needs_a_clause_of_the_pack_a_reason_and_evidence(world, batch):
    case = make_draft(world, batch, make_worker(world, eligible=False))

    def draft(reason: str) -> None:
        services.save_draft(
            application_id=case.pk, line=case.line, route=Route.EXCEPTION, route_reason=reason,
            by=world.clerk_a, at=MARCH_10,
        )  # fmt: skip

    wish = {"application_id": case.pk, "promised": True, "by": world.clerk_a, "at": MARCH_10}
    draft("")
    assert refused(services.submit, **wish) == "applications.route_reason_missing"
    draft("金蓝领培训合格")
    assert refused(services.submit, **wish) == "applications.route_evidence_missing"
    blob = store(b"%PDF-1.7", media_type="application/pdf", at=MARCH_10)
    services.add_evidence(
        application_id=case.pk, kind="培训证明", blob=blob, file_name="证明.pdf",
        by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip

    assert services.submit(**wish).state == ApplicationState.SUBMITTED


def test_a_national_pack_allows_no_exceptional_route(world):
    batch = make_announced_batch(world, pack_name="national-2018")
    case = make_draft(world, batch)
    services.save_draft(
        application_id=case.pk, line=case.line, route=Route.EXCEPTION, route_reason="理由",
        by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip

    assert refused(
        services.submit, application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10
    ) == "policy.route_not_allowed"  # fmt: skip


def decide(case, layer, by, choice="pass", reason=""):
    return services.review(
        application_ids=[case.pk], layer=layer, choice=choice, reason=reason, by=by, at=MARCH_10
    )


def state(case) -> tuple[str, int | None, int]:
    case.refresh_from_db()
    return case.state, case.turn, case.round


def test_two_layers_qualify_a_regular_case(world, batch):
    case = make_submitted(world, batch)

    decide(case, 1, world.clerk_a)
    assert state(case) == ("submitted", 2, 1)
    decide(case, 2, world.office)
    assert state(case) == ("qualified", None, 1)


def test_an_exceptional_case_goes_up_to_the_committee(world, batch):
    case = make_draft(world, batch, make_worker(world, eligible=False))
    services.save_draft(
        application_id=case.pk, line=case.line, route=Route.EXCEPTION, route_reason="金蓝领",
        by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip
    blob = store(b"%PDF-1.7", media_type="application/pdf", at=MARCH_10)
    services.add_evidence(
        application_id=case.pk, kind="培训证明", blob=blob, file_name="证明.pdf",
        by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip
    services.submit(application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10)

    decide(case, 1, world.clerk_a)
    decide(case, 2, world.office)
    assert state(case) == ("submitted", 3, 1)
    decide(case, 3, world.committee)
    assert state(case) == ("qualified", None, 1)


def test_a_layer_waits_for_the_one_below(world, batch):
    case = make_submitted(world, batch)

    assert refused(
        services.review, application_ids=[case.pk], layer=2, choice="pass", by=world.office,
        at=MARCH_10,
    ) == "applications.not_your_turn"  # fmt: skip


def test_nobody_signs_two_layers_of_one_case(world, batch):
    case = make_submitted(world, batch)
    decide(case, 1, world.office)

    assert refused(
        services.review, application_ids=[case.pk], layer=2, choice="pass", by=world.office,
        at=MARCH_10,
    ) == "procedures.two_layers"  # fmt: skip


def test_nobody_reviews_himself(world, batch):
    person = world.worker.person
    hold(person, world.unit_a)
    case = make_submitted(world, batch, person)

    assert refused(
        services.review, application_ids=[case.pk], layer=1, choice="pass", by=world.worker,
        at=MARCH_10,
    ) == "procedures.own_case"  # fmt: skip


def test_a_reviewer_cannot_wave_through_a_case_that_meets_no_clause(world, batch):
    case = make_submitted(world, batch)
    Application.objects.filter(pk=case.pk).update(is_eligible=False)

    assert refused(
        services.review, application_ids=[case.pk], layer=1, choice="pass", by=world.clerk_a,
        at=MARCH_10,
    ) == "applications.cannot_pass"  # fmt: skip


def test_a_returned_case_comes_again_in_a_new_round(world, batch):
    case = make_submitted(world, batch)

    decide(case, 1, world.clerk_a, "return", "照片不清")
    assert state(case) == ("returned", None, 1)
    services.submit(application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10)
    assert state(case) == ("submitted", 1, 2)
    decide(case, 1, world.clerk_a)
    assert state(case) == ("submitted", 2, 2)


@pytest.mark.parametrize("choice", ["return", "reject"])
def test_return_and_rejection_need_a_reason(world, batch, choice):
    case = make_submitted(world, batch)

    assert refused(
        services.review, application_ids=[case.pk], layer=1, choice=choice, by=world.clerk_a,
        at=MARCH_10,
    ) == "procedures.reason_needed"  # fmt: skip


def test_many_cases_are_signed_all_or_none(world, batch):
    first, second = make_submitted(world, batch), make_submitted(world, batch)
    decide(second, 1, world.clerk_a)

    assert refused(
        services.review, application_ids=[first.pk, second.pk], layer=1, choice="pass",
        by=world.clerk_a, at=MARCH_10,
    ) == "applications.not_your_turn"  # fmt: skip
    assert state(first) == ("submitted", 1, 1)


def test_s05_and_s06_are_done_when_applications_are_closed_and_decided(world, batch):
    make_qualified(world, batch)

    found = {step.code: step.state for step in track(batch.run, MARCH_21.date())}
    assert (found["S05"], found["S06"], found["S07"]) == ("done", "done", "open")


def test_applications_are_closed_after_the_last_day_once(world, batch):
    make_submitted(world, batch)

    assert refused(
        services.close_intake, batch=batch, by=world.office, at=MARCH_10
    ) == "applications.window_open"  # fmt: skip
    one = services.close_intake(batch=batch, by=None, at=MARCH_21)
    again = services.close_intake(batch=batch, by=world.office, at=MARCH_21)
    assert (again.pk, again.closed_by) == (one.pk, None)


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_leave_one_signature():
    world = make_world()
    case = make_submitted(world, make_announced_batch(world))
    ready, seen = threading.Barrier(2), []

    def sign() -> None:
        ready.wait()
        try:
            seen.append(decide(case, 1, world.clerk_a))
        except RuleViolation as why:
            seen.append(why.code)
        finally:
            connections.close_all()

    both = [threading.Thread(target=sign) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(map(str, seen)) == ["1", "applications.not_your_turn"]
    assert SignOff.objects.filter(step="S06").count() == 1
