import random
from datetime import timedelta

import pytest
from django.db import transaction

from jiangjie.accounts.models import Role
from jiangjie.itembank.models import ItemStatistics, ItemVersion
from jiangjie.itembank.rules.content import PaperContent, Question, Section
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.marking import queries, services
from jiangjie.marking.facts import step_facts
from jiangjie.marking.models import GivenMark, Round, Script
from jiangjie.marking.queries import Next
from tests.exams.factories import make_theory_batch
from tests.exams.papers import make_content
from tests.factories import employ, make_person, make_user, make_world
from tests.itembank.factories import make_bank, single
from tests.marking.factories import (
    ANSWER,
    CLOSED,
    DAY,
    make_markers,
    make_released,
    make_round,
    make_sat,
    mark_all,
    scripts,
    shares,
    sit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sat(django_db_setup, django_db_blocker):
    """A world whose three candidates have written, and three markers."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            world = make_world()
            yield world, make_sat(world), make_markers(world)
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def refusal(deed, **wishes):
    with pytest.raises(RuleViolation) as refused, transaction.atomic():
        deed(**wishes)
    return refused.value.code


def next_of(found):
    return queries.next_of(queries.with_state(Round.objects.filter(pk=found.pk)).get())


def test_a_round_from_the_sheets_to_the_released_scores(sat):
    world, sitting, markers = sat
    office = {"by": world.office, "at": CLOSED}
    found = services.open_round(batch=sitting.batch, title="第一轮", **office)
    assert refusal(services.open_round, batch=sitting.batch, title="二", **office) == (
        "marking.no_sheets"
    )
    assert next_of(found) is Next.SHARE
    share_out = {"round_id": found.pk, **office}
    assert refusal(services.share_out, markers=markers[:1], **share_out) == (
        "marking.too_few_markers"
    )
    assert refusal(services.share_out, markers=[*markers, world.office], **share_out) == (
        "marking.not_a_marker"
    )
    services.share_out(markers=markers, **share_out)
    assert next_of(found) is Next.MARK
    assert refusal(services.close_round, round_id=found.pk, **office) == "marking.unfinished"

    # One question in both forms of the paper: the short answer, seen in the same words by all.
    (question,) = found.questions.all()
    assert {queries.answer_text(each) for each in question.responses.all()} == {ANSWER}
    mark_all(found, lambda place, number: {1: 500, 2: 100 if number == 1 else 450, 3: 400}[place])
    assert {each.place for each in shares(found) if each.signed_at} == {1, 2, 3}
    assert next_of(found) is Next.CLOSE

    services.close_round(round_id=found.pk, **office)
    assert {script.number: script.marks["9"] for script in scripts(found)} == {
        1: 450, 2: 475, 3: 475
    }  # fmt: skip
    assert refusal(services.release, round_id=found.pk, **office) == "marking.not_checked"
    assert refusal(services.confirm_sums, round_id=found.pk, **office) == "marking.own_sums"
    Script.objects.filter(round=found, number=2).update(earned=1, score=10)
    wrong = {"round_id": found.pk, "by": world.committee, "at": CLOSED}
    assert refusal(services.confirm_sums, **wrong) == "marking.sums_differ"
    for script in scripts(found):
        Script.objects.filter(pk=script.pk).update(
            earned=sum(script.marks.values()),
            score=queries.marks.out_of_hundred(sum(script.marks.values()), script.possible),
        )
    services.confirm_sums(**wrong)
    assert queries.theory_marks(sitting.batch) == {}
    released = services.release(round_id=found.pk, **office)
    # 15 working days after Saturday 18 April; off 1-5 May, and Saturday 9 May is worked.
    assert str(released.recheck_until) == "2026-05-12"
    got = queries.theory_marks(sitting.batch)
    assert {case: (each.earned, each.possible, each.score) for case, each in got.items()} == {
        script.sheet.seat.application_id: (script.earned, 1500, script.score)
        for script in scripts(found)
    }
    assert next_of(found) is Next.NOTHING


def test_two_mark_blindly_and_a_third_only_what_deviates(sat):
    world, sitting, markers = sat
    found = make_round(world, sitting, markers)
    first, second, third = shares(found)
    one, two, three = queries.waiting(first)

    def give(share, response, points, **wishes):
        return services.give_mark(
            **{
                "share_id": share.pk, "response_id": response.pk, "points": points,
                "by": share.marker, "at": CLOSED, **wishes,
            }
        )  # fmt: skip

    def refused(share, response, points, **wishes):
        return refusal(give, share=share, response=response, points=points, **wishes)

    give(first, one, 500)
    assert refused(first, one, 400) == "marking.marked_already"
    assert refused(first, one, 400, seen=300) == "marking.marked_already"
    give(first, one, 400, seen=500)
    assert refused(first, two, 501) == "marking.points_impossible"
    assert refused(first, two, 100, by=world.assessor) == "marking.not_your_share"
    assert refused(third, one, 100) == "marking.not_waiting"
    services.undo_mark(share_id=first.pk, by=first.marker, at=CLOSED)
    assert list(queries.waiting(first)) == [one, two, three]
    assert refusal(services.undo_mark, share_id=first.pk, by=first.marker, at=CLOSED) == (
        "marking.nothing_to_undo"
    )
    sign = {"round_id": found.pk, "by": first.marker, "at": CLOSED}
    assert refusal(services.sign_marks, **sign) == "marking.nothing_to_sign"

    for response in (one, two, three):
        give(first, response, 400)
    give(second, one, 300)  # exactly a fifth of 5.00
    give(second, two, 299)
    assert list(queries.waiting(third)) == [two]
    assert [(each.script.number, each.first, each.second, each.third)
            for each in queries.deviations(found)] == [(2, 400, 299, None)]  # fmt: skip
    give(third, two, 350)
    assert refused(second, two, 400, seen=299) == "marking.third_has_marked"
    # The third cannot sign while the others may still disagree.
    assert [line.may_sign for line in queries.desk_of(found, third.marker)] == [False]
    services.sign_marks(**sign)
    assert refused(first, one, 100, seen=400) == "marking.signed_already"
    give(second, three, 400)
    services.sign_marks(**{**sign, "by": second.marker})
    assert refusal(services.close_round, round_id=found.pk, by=world.office, at=CLOSED) == (
        "marking.unsigned"
    )
    services.sign_marks(**{**sign, "by": third.marker})
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    habit = {line.marker: line.habit for line in queries.habits(found)}[first.marker]
    assert (habit.answers, habit.compared, round(habit.within, 2)) == (3, 3, 0.67)
    # What one gave stands in no event: the other marker may read the ledger.
    events = Event.objects.filter(
        action="marking.signed", context=f"planning.batch:{found.batch_id}"
    )
    assert [list(event.data) for event in events] == [["shares"]] * 3


def test_a_share_is_handed_over_with_what_was_given(sat):
    world, sitting, markers = sat
    found = make_round(world, sitting, markers[:2])
    first, second = shares(found)
    response = queries.waiting(first)[0]
    services.give_mark(
        share_id=first.pk, response_id=response.pk, points=50, by=first.marker, at=CLOSED
    )
    hand = {
        "round_id": found.pk,
        "question_id": first.question_id,
        "place": 1,
        "by": world.office,
        "at": CLOSED,
    }
    assert refusal(services.hand_share, marker=second.marker, **hand) == "marking.same_marker"
    services.hand_share(marker=markers[2], **hand)
    assert refusal(services.share_out, round_id=found.pk, markers=markers, by=world.office,
                   at=CLOSED) == "marking.begun"  # fmt: skip
    # Whoever marked at one place marks at no other.
    assert refusal(
        services.hand_share, **{**hand, "place": 2, "marker": first.marker}
    ) == "marking.same_marker"  # fmt: skip
    mark_all(found, lambda place, number: 200)
    assert next_of(found) is Next.THIRD
    services.hand_share(**{**hand, "place": 3, "marker": world.assessor})
    mark_all(found, lambda place, number: 200)
    assert next_of(found) is Next.CLOSE
    assert sorted(GivenMark.objects.values_list("place", "points")) == [
        (1, 50), (1, 200), (1, 200), (2, 200), (2, 200), (2, 200), (3, 200)
    ]  # fmt: skip


def test_nobody_marks_where_he_is_examined_nor_where_the_round_bars_his_unit(sat):
    world, sitting, markers = sat
    person = sitting.seats.order_by("number")[0].application.person
    person.user = make_user("又一考评员", world.port, Role.ASSESSOR)
    person.save()
    found = services.open_round(
        batch=sitting.batch, title="第一轮", bars_own_unit=True, by=world.office, at=CLOSED
    )
    share = {"round_id": found.pk, "by": world.office, "at": CLOSED}
    assert refusal(services.share_out, markers=[*markers, person.user], **share) == (
        "marking.is_candidate"
    )
    neighbour = make_user("邻近考评员", world.port, Role.ASSESSOR)
    employ(make_person("邻近考评员", user=neighbour), world.unit_a)
    assert refusal(services.share_out, markers=[*markers, neighbour], **share) == "marking.own_unit"


def make_candidate(world, script):
    person = script.sheet.seat.application.person
    person.user = make_user("考生", world.unit_a, Role.WORKER)
    person.save()
    return person.user


def test_a_recheck_by_two_who_are_neither_markers_nor_the_candidate(sat):
    world, sitting, markers = sat
    found = make_released(world, sitting, markers)
    script, other, _ = scripts(found)
    candidate = make_candidate(world, script)
    ask = {"script_id": script.pk, "by": candidate, "at": CLOSED}
    assert refusal(services.ask_recheck, reason=" ", **ask) == "marking.recheck_reason"
    assert refusal(services.ask_recheck, reason="漏", **{**ask, "by": world.worker}) == (
        "marking.not_your_score"
    )
    late = {**ask, "at": CLOSED + 25 * DAY}
    with pytest.raises(RuleViolation) as refused:
        services.ask_recheck(reason="漏评", **late)
    assert (refused.value.code, bool(refused.value.source)) == ("marking.recheck_too_late", True)
    recheck = services.ask_recheck(reason="漏评", **ask)
    # 10 working days to answer.
    assert recheck.answer_by - CLOSED.date() > timedelta(days=13)
    assert refusal(services.ask_recheck, reason="漏评", **ask) == "marking.recheck_asked"

    check = {
        "recheck_id": recheck.pk,
        "is_in_order": True,
        "note": "各题已评，合计无误",
        "at": CLOSED,
    }
    for wrong, code in (
        ({"by": candidate}, "marking.own_script"),
        ({"by": markers[0]}, "marking.checker_marked"),
        ({"by": world.office, "note": ""}, "marking.note_missing"),
        ({"by": world.office, "is_in_order": False}, "marking.slip_missing"),
    ):
        assert refusal(services.check_script, **{**check, **wrong}) == code
    services.check_script(by=world.office, **check)
    assert refusal(services.check_script, by=world.office, **check) == "marking.checked_already"
    wrong = {**check, "is_in_order": False, "note": "第9题漏看一点", "unit": 9, "points": 500}
    services.check_script(by=world.committee, **wrong)
    (slip,) = recheck.slips.all()
    decide = {"slip_id": slip.pk, "accept": True, "at": CLOSED}
    assert refusal(services.decide_slip, by=world.committee, **decide) == "marking.own_slip"
    assert refusal(services.decide_slip, by=markers[1], **decide) == "marking.checker_marked"
    before = script.earned
    services.decide_slip(by=world.office, **decide)
    recheck.refresh_from_db()
    script.refresh_from_db()
    assert (recheck.outcome, recheck.settled_at) == ("corrected", CLOSED)
    assert (script.earned - before, script.marks["9"]) == (100, 500)
    assert refusal(services.decide_slip, by=world.office, **decide) == "marking.slip_closed"
    assert refusal(services.check_script, by=world.supervisor, **check) == "marking.recheck_settled"
    assert queries.differing_sums(found) == []

    second = services.ask_recheck(
        script_id=other.pk, reason="请核对", by=make_candidate(world, other), at=CLOSED
    )
    for person in (world.office, world.committee):
        services.check_script(**{**check, "recheck_id": second.pk}, by=person)
    second.refresh_from_db()
    assert second.outcome == "kept"


def test_points_change_after_the_summing_by_two_people_only(sat):
    world, sitting, markers = sat
    found = make_round(world, sitting, markers)
    (script, *_) = scripts(found)
    ask = {
        "script_id": script.pk,
        "unit": 1,
        "points": 100,
        "reason": "答案有误",
        "by": world.office,
        "at": CLOSED,
    }
    assert refusal(services.ask_slip, **ask) == "marking.not_closed"
    mark_all(found, lambda place, number: 400)
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    script.refresh_from_db()
    before = script.marks["1"]
    ask["points"] = 100 - before
    for wrong, code in (
        ({"unit": 99}, "marking.no_such_question"),
        ({"points": 101}, "marking.points_impossible"),
        ({"reason": " "}, "marking.reason_missing"),
        ({"points": before}, "marking.nothing_corrected"),
        ({"by": markers[0]}, "marking.checker_marked"),
    ):
        assert refusal(services.ask_slip, **{**ask, **wrong}) == code
    slip = services.ask_slip(**ask)
    assert refusal(services.ask_slip, **ask) == "marking.slip_open"
    services.confirm_sums(round_id=found.pk, by=world.committee, at=CLOSED)
    assert refusal(services.release, round_id=found.pk, by=world.office, at=CLOSED) == (
        "marking.slip_open"
    )
    services.decide_slip(slip_id=slip.pk, accept=False, by=world.committee, at=CLOSED)
    script.refresh_from_db()
    assert script.marks["1"] == before
    services.release(round_id=found.pk, by=world.office, at=CLOSED)


def test_what_a_round_taught_goes_to_the_bank_and_again_replaces(sat):
    world, sitting, _markers = sat
    item = make_bank(world).ready()
    code = ItemVersion.objects.get(ready_of=item).code
    content = PaperContent(
        code="A", title="卷", minutes=90, sections=(
            Section("一", "", (Question(code, single(), (100,)),)),
        ),
    )  # fmt: skip
    batch = make_theory_batch(world, count=2, plan=sitting.batch.plan)
    found = services.open_round(
        batch=sit(world, batch, content=content, answers={1: "A"}).batch, title="第一轮",
        by=world.office, at=CLOSED,
    )  # fmt: skip
    send = {"round_id": found.pk, "by": world.office, "at": CLOSED}
    assert refusal(services.send_statistics, **send) == "marking.not_closed"
    # Nothing for people to mark: summed right away.
    services.close_round(**send)
    assert (services.send_statistics(**send), services.send_statistics(**send)) == (1, 1)
    learned = ItemStatistics.objects.get(version__code=code)
    right = sum(script.marks["1"] for script in scripts(found)) / 200
    assert (learned.n, learned.p_value, learned.b) == (2, right, None)  # two people: no Rasch
    assert queries.statistics_sent(found).by == world.office


def test_the_track_says_what_marking_lacks(sat):
    world, sitting, markers = sat
    assert "T08" not in step_facts([sitting.batch.run_id]).get(sitting.batch.run_id, {})
    found = make_round(world, sitting, markers)
    fact = step_facts([found.batch.run_id])[found.batch.run_id]["T08"]
    assert (fact.is_done, fact.missing) == (False, ("理论答卷还有1轮没有发布成绩",))


def test_scripts_that_share_improbably_many_errors_are_told(sat):
    world, sitting, _markers = sat
    batch = make_theory_batch(world, count=8, plan=sitting.batch.plan)
    content = make_content(singles=20)
    found = services.open_round(
        batch=sit(world, batch, content=content).batch, title="第一轮", by=world.office, at=CLOSED
    )
    chance = random.Random(3)
    copied = {str(unit): {"answer": chance.choice("ACD")} for unit in range(1, 21)}
    for script in scripts(found):
        own = {unit: {"answer": chance.choice("ACD")} for unit in copied}
        script.sheet.answers = copied if script.number in (2, 5) else own
        script.sheet.save()
    (pair,) = queries.alike(found)
    assert {pair.first.number, pair.second.number} == {2, 5}
    assert (pair.pair.same, pair.pair.both_wrong) == (20, 20)
