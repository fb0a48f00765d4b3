from datetime import date
from functools import partial
from io import BytesIO

import openpyxl
import pytest
from django.db import IntegrityError, transaction

from jiangjie.accounts.models import Role
from jiangjie.applications.models import Application
from jiangjie.files import services as files
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.notices.models import Notice
from jiangjie.procedures.models import Choice
from jiangjie.procedures.queries import track
from jiangjie.results import queries, rules, services, workbooks
from jiangjie.results.facts import step_facts
from jiangjie.results.models import Correction, Decision, Mark, ScoreEntry
from jiangjie.results.rules import Judged, Vote, decide
from tests.factories import MARCH_2, make_user, make_world
from tests.planning.factories import make_announced_batch
from tests.results.factories import (
    AFTER_EXAM,
    STAGES,
    cases_of,
    make_case,
    make_decided_batch,
    make_examined_batch,
    make_signed_batch,
    record,
    second_typist,
    settle,
    sign,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refused(deed, **arguments):
    """The code of the refusal; nothing may have changed."""
    before = (Event.objects.count(), list(ScoreEntry.objects.values_list("pk", "hundredths", "by")))
    with pytest.raises(RuleViolation) as why:
        deed(**arguments)
    after = (Event.objects.count(), list(ScoreEntry.objects.values_list("pk", "hundredths", "by")))
    assert after == before
    return why.value.code


def actions():
    return list(
        Event.objects.filter(action__startswith="results.")
        .order_by("pk")
        .values_list("action", flat=True)
    )


# ---- typing ---------------------------------------------------------------------------------


def test_two_people_type_and_equal_pairs_become_marks(world):
    batch = make_examined_batch(world, count=3)
    one, two, three = cases_of(batch)
    second = second_typist(world)
    first_rows = [(one.pk, 6000), (two.pk, 7050), (three.pk, None)]
    second_rows = [(one.pk, 6000), (two.pk, 7500), (three.pk, None)]
    for entry, rows, by in ((1, first_rows, world.office), (2, second_rows, second)):
        services.enter_scores(
            batch=batch, part="theory", entry=entry, rows=rows, by=by, at=AFTER_EXAM
        )

    left = services.settle_marks(batch=batch, part="theory", by=world.office, at=AFTER_EXAM)

    assert [(each.case, each.first.value, each.second.value) for each in left] == [
        (two, 7050, 7500)
    ]
    assert list(
        Mark.objects.order_by("pk").values_list("application", "hundredths", "is_absent")
    ) == [(one.pk, 6000, False), (three.pk, None, True)]
    event = Event.objects.get(action="results.marks_settled")
    assert event.data == {"part": "theory", "scores": {str(one.pk): 6000, str(three.pk): None}}


def test_typing_again_changes_nothing_and_a_mended_score_is_one_event(world):
    batch = make_examined_batch(world, count=2)
    one, two = cases_of(batch)
    rows = [(one.pk, 6000), (two.pk, 7000)]
    type_in = {"batch": batch, "part": "theory", "entry": 1, "by": world.office, "at": AFTER_EXAM}

    counts = [services.enter_scores(**type_in, rows=rows) for _ in range(2)]
    counts.append(services.enter_scores(**type_in, rows=[(one.pk, 6001), (two.pk, 7000)]))

    assert counts == [2, 0, 1]
    assert [event.data["scores"] for event in Event.objects.filter(
        action="results.scores_typed").order_by("pk")] == [
        {str(one.pk): 6000, str(two.pk): 7000}, {str(one.pk): 6001}
    ]  # fmt: skip


def test_refused_typing(world):
    batch = make_examined_batch(world, count=2)
    one, two = cases_of(batch)
    second = second_typist(world)
    foreign = make_case(world, make_announced_batch(world, batch.plan, title="另一批次"))
    settle(world, batch, "theory", [6000, 7000], by_second=second)
    services.enter_scores(
        batch=batch, part="practical", entry=1, rows=[(one.pk, 6000)], by=world.office,
        at=AFTER_EXAM,
    )  # fmt: skip

    def code(by=world.office, part="practical", entry=1, rows=((one.pk, 6000),), which=batch):
        return refused(
            services.enter_scores, batch=which, part=part, entry=entry, rows=list(rows), by=by,
            at=AFTER_EXAM,
        )  # fmt: skip

    assert code(entry=2) == "results.same_typist"
    assert code(by=second, rows=[(one.pk, 6001)]) == "results.typed_by_another"
    assert code(rows=[(foreign.pk, 6000)]) == "results.not_a_candidate"
    assert code(part="review") == "results.not_a_candidate"
    assert code(rows=[(two.pk, 10001)]) == "results.bad_value"
    assert code(rows=[(two.pk, Vote(1, 2))]) == "results.wrong_kind"
    assert code(part="theory", rows=[(one.pk, 6001)]) == "results.settled_before"
    assert code(which=foreign.batch, rows=[(foreign.pk, 6000)]) == "procedures.step_blocked"


# ---- a typist leaves ------------------------------------------------------------------------


def test_a_leavers_scores_are_mended_by_his_successor_alone(world):
    batch, second = make_examined_batch(world, count=2), second_typist(world)
    third = make_user("钱接手", world.port, Role.OFFICE)
    one, two = cases_of(batch)
    enter = partial(services.enter_scores, batch=batch, part="theory", at=AFTER_EXAM)
    enter(entry=1, rows=[(one.pk, 8000), (two.pk, 7000)], by=world.office)
    enter(entry=2, rows=[(one.pk, 8000), (two.pk, 7500)], by=second)
    services.settle_marks(batch=batch, part="theory", by=world.office, at=AFTER_EXAM)
    give = partial(
        services.hand_over, batch=batch, part="theory", entry=2, leaver=second, reason="调离",
        by=world.office, at=AFTER_EXAM,
    )  # fmt: skip
    assert queries.leavers(batch, "theory", 2) == {second: 1}
    for change, code in (
        ({"reason": " "}, "results.handover_reason"),
        ({"successor": second}, "results.handover_same"),
        ({"successor": world.office}, "results.handover_other_pass"),
        ({"leaver": world.committee}, "results.handover_nothing"),
        ({"successor": world.committee}, "results.not_a_typist"),
        ({"successor": world.stranger}, "results.not_a_typist"),
    ):
        assert refused(give, **{"successor": third, **change}) == code

    give(successor=third)

    [compared] = queries.differences(batch, "theory")
    assert compared.menders == (world.office.pk, third.pk)
    assert compared.second.by == second  # as it was typed until it is typed again
    assert refused(enter, entry=2, rows=[(two.pk, 7000)], by=second) == "results.typed_by_another"
    assert refused(enter, entry=1, rows=[(two.pk, 7100)], by=third) == "results.same_typist"
    enter(entry=2, rows=[(two.pk, 7000)], by=third)
    assert services.settle_marks(batch=batch, part="theory", by=third, at=AFTER_EXAM) == []
    event = Event.objects.get(action="results.entry_handed_over")
    assert (event.context, event.data) == (
        ref(batch),
        {"part": "theory", "entry": 2, "leaver": second.pk, "successor": third.pk,
         "reason": "调离"},
    )  # fmt: skip
    assert Notice.objects.filter(user=third).count() == 1


def test_whoever_took_over_may_hand_on_and_back():
    a, b, c = 1, 2, 3
    handed = [rules.Handover(a, b), rules.Handover(b, c)]
    assert rules.heirs([]) == {}
    assert rules.heirs(handed) == {a: c, b: c, c: c}
    assert rules.heirs([*handed, rules.Handover(c, a)]) == {a: a, b: a, c: a}


def test_the_exam_need_not_be_archived_before_scores_are_typed(world):
    batch = make_announced_batch(world)
    record(world, batch, "S09", "S10", *STAGES[:8])
    case = make_case(world, batch)
    second = second_typist(world)

    settle(world, batch, "theory", [6000], by_second=second)
    assert [stage.state for stage in _stages(batch)][8:] == ["open", "blocked"]
    settle(world, batch, "practical", [6000], by_second=second)

    assert [stage.state for stage in _stages(batch)][8:] == ["done", "open"]
    assert refused(
        services.decide_batch, batch=batch, by=world.office, at=AFTER_EXAM
    ) == "procedures.step_blocked"  # fmt: skip
    assert set(queries.takers(batch)) == {"theory", "practical"}
    assert case.marks.count() == 2


def _stages(batch):
    return next(step for step in track(batch.run, date(2026, 4, 20)) if step.code == "S11").stages


# ---- workbooks ------------------------------------------------------------------------------


def filled(batch, part, scores):
    """The template with the scores typed in, as Excel would save it."""
    cases = queries.takers(batch)[part]
    content = workbooks.template(
        [workbooks.candidate(case) for case in cases], part=part, title="成绩"
    )
    book = openpyxl.load_workbook(BytesIO(content))
    for row, score in enumerate(scores, start=3):
        book.active.cell(row, 6).value = score
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def check_sheet(batch, content, by, part="theory", entry=1):
    blob = files.store(content, media_type="application/zip", at=AFTER_EXAM)
    return services.check_sheet(
        batch=batch, part=part, entry=entry, blob=blob, file_name="成绩.xlsx", by=by, at=AFTER_EXAM
    )


def test_a_workbook_is_checked_first_and_taken_in_once(world):
    batch = make_examined_batch(world, count=3)
    one, two, three = cases_of(batch)
    sheet = check_sheet(batch, filled(batch, "theory", [60, 59.5, "缺考"]), world.office)
    assert (sheet.good, sheet.faults, ScoreEntry.objects.count()) == (3, [], 0)

    counts = [
        services.apply_sheet(
            sheet_id=sheet.pk, good_rows_only=False, by=world.office, at=AFTER_EXAM
        )
        for _ in range(2)
    ]

    assert counts == [3, 0]
    typed = queries.entries(batch, "theory", 1)
    assert queries.values(typed) == {one.pk: 6000, two.pk: 5950, three.pk: None}


def test_a_workbook_with_faults_is_all_or_nothing_or_good_rows_by_choice(world):
    batch = make_examined_batch(world, count=3)
    sheet = check_sheet(batch, filled(batch, "theory", [60, "六十", 100.01]), world.office)
    assert [(f["row"], f["column"], f["code"]) for f in sheet.faults] == [
        (4, "成绩", "score_malformed"),
        (5, "成绩", "score_range"),
    ]

    apply = {"sheet_id": sheet.pk, "by": world.office, "at": AFTER_EXAM}
    assert refused(services.apply_sheet, **apply, good_rows_only=False) == (
        "results.sheet_has_faults"
    )
    assert services.apply_sheet(**apply, good_rows_only=True) == 1


def test_a_votes_workbook_keeps_votes(world):
    batch = make_examined_batch(world, count=1, levels=(7,))
    (case,) = cases_of(batch)
    sheet = check_sheet(batch, filled(batch, "vote", ["7/9"]), world.office, part="vote")

    services.apply_sheet(sheet_id=sheet.pk, good_rows_only=False, by=world.office, at=AFTER_EXAM)

    assert queries.values(queries.entries(batch, "vote", 1)) == {case.pk: Vote(7, 9)}


def test_what_is_no_score_sheet_is_told_in_words(world):
    batch = make_examined_batch(world, count=1)
    with pytest.raises(BadInput, match="不是可读取的"):
        check_sheet(batch, b"PK nothing", world.office)


# ---- corrections ----------------------------------------------------------------------------


@pytest.fixture
def decided(world):
    return make_decided_batch(world, passed=1, failed=1)


def ask(batch, world, value=6000, reason="合分有误"):
    mark = Mark.objects.get(application=cases_of(batch)[1], part="practical")
    return services.ask_correction(
        mark_id=mark.pk, value=value, reason=reason, by=world.office, at=AFTER_EXAM
    )


def test_an_accepted_correction_is_decided_anew(world, decided):
    case = cases_of(decided)[1]
    slip = ask(decided, world)
    services.decide_correction(
        correction_id=slip.pk, accept=True, by=world.committee, at=AFTER_EXAM
    )
    assert not Decision.objects.filter(application=case).exists()

    services.decide_batch(batch=decided, by=world.office, at=AFTER_EXAM)

    assert Decision.objects.get(application=case).outcome == "passed"
    slip.refresh_from_db()
    assert (slip.before, slip.after, slip.is_accepted) == ("59.99", "60", True)
    assert actions()[-3:] == [
        "results.correction_asked",
        "results.correction_decided",
        "results.decided",
    ]


def test_a_refused_correction_changes_no_score(world, decided):
    slip = ask(decided, world)
    services.decide_correction(
        correction_id=slip.pk, accept=False, by=world.committee, at=AFTER_EXAM
    )

    slip.mark.refresh_from_db()
    assert (slip.mark.value, Decision.objects.count()) == (5999, 2)


def test_refused_corrections(world, decided):
    slip = ask(decided, world)
    decide_it = {"correction_id": slip.pk, "accept": True, "at": AFTER_EXAM}

    assert refused(ask, batch=decided, world=world) == "results.correction_open"
    assert refused(services.decide_correction, **decide_it, by=world.office) == (
        "results.own_correction"
    )
    assert refused(
        services.sign_results, batch=decided, layer=2, by=world.office, at=AFTER_EXAM
    ) == "results.correction_open"  # fmt: skip
    services.decide_correction(**decide_it, by=world.committee)
    assert refused(services.decide_correction, **decide_it, by=world.committee) == (
        "results.correction_closed"
    )
    assert refused(ask, batch=decided, world=world, reason=" ") == "results.reason_missing"
    assert refused(ask, batch=decided, world=world) == "results.nothing_corrected"


def test_nothing_changes_under_a_signature_until_the_committee_returns_the_list(world, decided):
    services.sign_results(batch=decided, layer=2, by=world.office, at=AFTER_EXAM)
    slip = ask(decided, world)
    accept = {"correction_id": slip.pk, "accept": True, "by": world.committee, "at": AFTER_EXAM}
    sign_it = {"batch": decided, "layer": 3, "by": world.committee, "at": AFTER_EXAM}

    assert refused(services.decide_correction, **accept) == "results.signed_before"
    assert refused(services.sign_results, **sign_it) == "results.correction_open"
    services.sign_results(**sign_it, choice=Choice.RETURN, reason="先处理更正单")
    services.decide_correction(**accept)
    services.decide_batch(batch=decided, by=world.office, at=AFTER_EXAM)
    assert refused(services.sign_results, **sign_it) == "results.lower_layer_first"
    sign(world, decided)

    assert _step(decided).state == "done"
    assert refused(ask, batch=decided, world=world, value=7000) == "results.final"
    assert refused(services.sign_results, **sign_it) == "results.signed_already"


# ---- deciding and signing -------------------------------------------------------------------


def _step(batch):
    return next(step for step in track(batch.run, date(2026, 4, 20)) if step.code == "S12")


def test_a_decision_is_stored_with_what_it_was_computed_from(world):
    batch = make_decided_batch(world, passed=1, failed=1)

    assert [decision.outcome for decision in Decision.objects.order_by("application")] == [
        "passed",
        "failed",
    ]
    for decision in Decision.objects.all():
        assert decide(decision.inputs) == (decision.outcome, decision.explanation)
    assert services.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM) == []


def test_nobody_is_decided_while_a_mark_is_missing(world):
    batch = make_examined_batch(world, count=2)
    settle(world, batch, "theory", [8000, 8000], by_second=second_typist(world))

    assert refused(services.decide_batch, batch=batch, by=world.office, at=AFTER_EXAM) == (
        "results.mark_missing"
    )
    assert refused(
        services.sign_results, batch=batch, layer=2, by=world.office, at=AFTER_EXAM
    ) == "results.undecided"  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "parts"),
    [((1, 2), {"practical"}), ((1,), {"theory", "practical"})],
    ids=["approved-route", "not-approved"],
)
def test_theory_is_waived_only_by_an_approved_route(world, layers, parts):
    batch = make_examined_batch(world, count=0)
    make_case(world, batch, route="theory_exempt", layers=layers)

    assert set(queries.takers(batch)) == parts


def test_a_master_technician_is_voted_on_and_the_votes_are_kept(world):
    batch = make_examined_batch(world, count=2, levels=(7,))
    second = second_typist(world)
    settle(world, batch, "dossier", [9000, 9000], by_second=second)
    settle(world, batch, "defence", [9000, 9000], by_second=second)
    settle(world, batch, "vote", [Vote(6, 9), Vote(5, 8)], by_second=second)

    services.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)

    found = Decision.objects.order_by("application")
    assert [each.outcome for each in found] == ["passed", "failed"]
    assert found[0].inputs["parts"][2]["score"] == {"ayes": 6, "voters": 9}


def test_an_apprentice_is_judged(world):
    mark = Mark(part="probation")
    mark.value = Judged(True)
    assert (mark.value, mark.hundredths, mark.is_absent) == (Judged(True), None, False)


def test_both_layers_sign_what_they_saw(world, decided):
    digest = queries.results_digest(decided)
    assert _step(decided).waits_for == "office"
    services.sign_results(batch=decided, layer=2, digest=digest, by=world.office, at=AFTER_EXAM)
    assert (_step(decided).state, _step(decided).waits_for) == ("open", "committee")
    services.sign_results(batch=decided, layer=3, digest=digest, by=world.committee, at=AFTER_EXAM)

    assert (_step(decided).state, _step(decided).done_at) == ("done", date(2026, 4, 20))
    assert [
        (event.data["layer"], event.data["digest"])
        for event in Event.objects.filter(action="results.signed").order_by("pk")
    ] == [(2, digest), (3, digest)]


def test_a_list_that_changed_since_it_was_read_is_not_signed(world, decided):
    before = queries.results_digest(decided)
    slip = ask(decided, world)
    services.decide_correction(
        correction_id=slip.pk, accept=True, by=world.committee, at=AFTER_EXAM
    )
    services.decide_batch(batch=decided, by=world.office, at=AFTER_EXAM)

    assert refused(
        services.sign_results, batch=decided, layer=2, digest=before, by=world.office, at=AFTER_EXAM
    ) == "results.list_changed"  # fmt: skip


def test_a_signer_has_signed_no_other_layer_for_any_candidate(world, decided):
    assert refused(
        services.sign_results, batch=decided, layer=3, by=world.office, at=AFTER_EXAM
    ) == "results.lower_layer_first"  # fmt: skip
    services.sign_results(batch=decided, layer=2, by=world.office, at=AFTER_EXAM)

    assert refused(
        services.sign_results, batch=decided, layer=3, by=world.clerk_a, at=AFTER_EXAM
    ) == "procedures.two_layers"  # fmt: skip


def test_candidates_are_told_when_the_committee_has_signed(world):
    batch = make_examined_batch(world, count=0)
    case = make_case(world, batch)
    Application.objects.filter(pk=case.pk).update(person=world.worker.person)
    second = second_typist(world)
    for part in ("theory", "practical"):
        settle(world, batch, part, [6000], by_second=second)
    services.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)
    services.sign_results(batch=batch, layer=2, by=world.office, at=AFTER_EXAM)
    assert queries.own_decisions(world.worker) == []

    services.sign_results(batch=batch, layer=3, by=world.committee, at=AFTER_EXAM)

    assert [each.application for each in queries.own_decisions(world.worker)] == [case]
    assert [notice.user for notice in Notice.objects.all()] == [world.worker]


def test_a_deed_that_cannot_be_recorded_does_not_happen(world, monkeypatch):
    batch = make_examined_batch(world, count=1)
    (case,) = cases_of(batch)
    monkeypatch.setattr("jiangjie.ledger.models.Event.save", _disk_full)

    with pytest.raises(OSError, match="disk full"):
        services.enter_scores(
            batch=batch, part="theory", entry=1, rows=[(case.pk, 6000)], by=world.office,
            at=AFTER_EXAM,
        )  # fmt: skip

    assert not ScoreEntry.objects.exists()


def _disk_full(*_: object, **__: object) -> None:
    raise OSError("disk full")


def test_the_database_refuses_a_row_without_a_value(world):
    batch = make_examined_batch(world, count=1)
    (case,) = cases_of(batch)
    for values in ({}, {"ayes": 3}, {"ayes": 3, "voters": 2}, {"hundredths": 10001},
                   {"hundredths": 6000, "is_absent": True}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Mark.objects.create(application=case, part="theory", settled_at=MARCH_2, **values)


def test_facts_cost_the_same_for_one_batch_and_for_three(world, django_assert_num_queries):
    batches = [make_signed_batch(world)]
    plan = batches[0].plan
    for title in ("第二批", "第三批"):
        batch = make_examined_batch(world, count=1, plan=plan, title=title)
        settle(world, batch, "theory", [8000], by_second=second_typist(world))
        batches.append(batch)
    runs = [batch.run_id for batch in batches]

    for some in (runs[1:2], runs):
        with django_assert_num_queries(6):
            told = step_facts(some)
        assert told.keys() == set(some)
    assert [told[run]["S12"].is_done for run in runs] == [True, False, False]
    assert Correction.objects.count() == 0
