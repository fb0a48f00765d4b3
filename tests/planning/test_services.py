from dataclasses import replace
from datetime import date

import pytest

from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.planning import queries, services
from jiangjie.planning.models import Announcement, AnnualPlan, Batch
from jiangjie.planning.rules import PlanState
from jiangjie.policy import packs
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Definition
from tests.factories import MARCH_2, make_user, make_world
from tests.planning.factories import (
    EXAM_ON,
    WORK_TYPE,
    announce,
    crane_standard,
    later,
    make_announced_batch,
    make_approved_plan,
    make_batch,
    make_plan,
)

pytestmark = pytest.mark.django_db


def refused(deed, **arguments):
    with pytest.raises(RuleViolation) as refusal:
        deed(**arguments)
    return refusal.value


def states(batch, at=MARCH_2):
    track = queries.batch_track(batch, at.date())
    return {step.code: str(step.state) for step in track}


def test_a_plan_goes_from_draft_by_return_to_approval():
    world = make_world()
    plan = make_plan(world)
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)

    returned = services.return_plan(plan=plan, reason="人数偏多", by=world.committee, at=later(1))
    assert (queries.state_of(returned), returned.returned_reason) == (
        PlanState.RETURNED,
        "人数偏多",
    )
    services.submit_plan(plan=plan, by=world.office, at=later(2))
    approved = services.approve_plan(plan=plan, by=world.committee, at=later(3))

    assert queries.state_of(approved) is PlanState.APPROVED
    assert list(
        Event.objects.filter(subject=ref(plan)).order_by("pk").values_list("action", flat=True)
    ) == [
        "planning.plan_made",
        "planning.plan_lines_set",
        "planning.plan_submitted",
        "planning.plan_returned",
        "planning.plan_submitted",
        "planning.plan_approved",
    ]


def test_what_may_not_happen_to_a_plan():
    world = make_world()
    plan = services.make_plan(org=world.port, year=2026, note="", by=world.office, at=MARCH_2)
    line = (crane_standard(), WORK_TYPE, 4, 20, 5)

    def code(deed, **arguments):
        return refused(deed, plan=plan, by=world.office, at=MARCH_2, **arguments).code

    assert code(services.submit_plan) == "planning.plan_empty"
    assert code(services.set_plan_lines, lines=[line, line]) == "planning.line_twice"
    assert (
        code(services.set_plan_lines, lines=[(crane_standard(), "", 1, 5, 5)])
        == "catalogue.level_not_in_standard"
    )
    assert code(services.approve_plan) == "planning.plan_not_submitted"
    services.set_plan_lines(plan=plan, lines=[line], by=world.office, at=MARCH_2)
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    assert code(services.set_plan_lines, lines=[]) == "planning.plan_not_editable"
    assert code(services.approve_plan) == "planning.own_plan"
    assert code(services.return_plan, reason="改") == "planning.own_plan"
    assert (
        refused(services.return_plan, plan=plan, reason=" ", by=world.committee, at=MARCH_2).code
        == "planning.reason_needed"
    )
    assert (
        refused(
            services.make_plan, org=world.port, year=2026, note="", by=world.office, at=MARCH_2
        ).code
        == "planning.plan_exists"
    )
    plan.refresh_from_db()
    assert (plan.lines.count(), plan.approved_at) == (1, None)


def test_open_batch_freezes_pack_standard_and_procedure():
    world = make_world()

    batch = make_batch(world, levels=(3, 4))

    batch.refresh_from_db()
    assert (batch.number, batch.pack_id) == ("2026-01", packs.load("shandong").digest)
    assert batch.run.definition == Definition.objects.get(org=None)
    assert [
        (line.level, line.frozen["standard"], line.frozen["work_type"])
        for line in batch.lines.order_by("pk")
    ] == [(3, crane_standard().code, WORK_TYPE), (4, crane_standard().code, WORK_TYPE)]
    event = Event.objects.get(action="planning.batch_opened")
    assert event.context == ref(batch)
    assert event.data["lines"] == [line.digest for line in batch.lines.order_by("pk")]


def test_a_later_change_of_the_standard_does_not_reach_the_batch():
    world = make_world()
    batch = make_batch(world)
    standard = crane_standard()
    standard.title = "改名后的标准"
    standard.save()

    assert batch.lines.get().frozen["title"] != "改名后的标准"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exam_on": date(2028, 4, 18)}, "orgs.filing_expired"),
        ({"levels": (6,)}, "planning.not_in_plan"),
        ({"apply_until": date(2026, 3, 1)}, "planning.window_backwards"),
        ({"apply_until": EXAM_ON}, "planning.exam_too_early"),
        ({"apply_from": date(2026, 2, 1), "apply_until": date(2026, 3, 1)}, "planning.window_over"),
        ({"levels": ()}, "planning.batch_empty"),
    ],
)
def test_a_batch_that_may_not_be_opened_leaves_nothing(change, code):
    world = make_world()
    plan = make_approved_plan(world)

    assert refused(make_batch, world=world, plan=plan, **change).code == code
    assert (Batch.objects.count(), plan.batches.count()) == (0, 0)


def test_the_filing_gate_names_the_clause_and_the_level():
    world = make_world()
    plan = make_approved_plan(world, levels=(4, 5))
    world.filing.scopes.filter(occupation_code="6-30-05-01").update(levels=[2, 3, 4])

    why = refused(make_batch, world=world, plan=plan, levels=(4, 5))

    assert (why.code, why.values["level"]) == ("orgs.level_not_filed", "二级/技师")
    assert why.source


def test_a_batch_needs_an_approved_plan_of_its_own_organisation():
    world = make_world()
    plan = make_plan(world)
    assert refused(make_batch, world=world, plan=plan).code == "planning.plan_not_approved"
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    services.approve_plan(plan=plan, by=world.committee, at=MARCH_2)
    foreign = replace(world, port=world.stranger_org)
    assert refused(make_batch, world=foreign, plan=plan).code == "planning.plan_not_approved"


def test_numbers_run_for_each_year_and_organisation():
    world = make_world()
    plan = make_approved_plan(world)
    numbers = [make_batch(world, plan).number for _ in range(3)]
    next_year = make_approved_plan(world, year=2027)
    other = replace(world, port=world.stranger_org, office=world.stranger)
    other = replace(other, committee=make_user("远山委员", world.stranger_org))

    assert numbers == ["2026-01", "2026-02", "2026-03"]
    assert make_batch(world, next_year).number == "2027-01"
    assert make_batch(other, make_approved_plan(other)).number == "2026-01"


def test_from_opening_to_announcement_the_track_follows():
    world = make_world()
    batch = make_batch(world)
    assert states(batch) == {
        "S01": "done", "S02": "open", "S03": "open",
        **{f"S{number:02d}": "blocked" for number in range(4, 16)},
    }  # fmt: skip

    services.report_batch(batch=batch, receipt="回执1", by=world.office, at=MARCH_2)
    why = refused(announce, world=world, batch=batch)
    assert (why.code, why.values["missing"]) == (
        "procedures.step_blocked",
        "选定标准并制订认定方案",
    )
    services.approve_scheme(batch=batch, by=world.committee, at=MARCH_2)
    assert states(batch)["S04"] == "open"
    announce(world, batch)

    assert [states(batch)[f"S0{number}"] for number in range(1, 8)] == [
        "done", "done", "done", "done", "open", "open", "blocked",
    ]  # fmt: skip


def test_a_returned_scheme_waits_for_the_office_until_it_is_revised():
    world = make_world()
    batch = make_batch(world)
    sign = {"batch": batch, "by": world.committee, "at": MARCH_2}
    revision = {
        "batch": batch, "title": batch.title, "as_of": EXAM_ON, "apply_from": batch.apply_from,
        "apply_until": batch.apply_until, "exam_on": EXAM_ON, "venue": "新址",
        "method": "修改后的方案", "by": world.office, "at": MARCH_2,
    }  # fmt: skip

    assert refused(services.sign_scheme, choice="return", **sign).code == (
        "procedures.reason_needed"
    )
    services.sign_scheme(choice="return", reason="缺少应急预案", **sign)
    scheme = queries.batch_track(batch, MARCH_2.date())[2]
    assert (scheme.waits_for, scheme.missing) == ("office", ("按退回意见修改方案：缺少应急预案",))
    assert refused(services.approve_scheme, **sign).code == "procedures.already_signed"

    services.revise_batch(**revision)
    assert queries.batch_track(batch, MARCH_2.date())[2].waits_for == "committee"
    services.approve_scheme(**sign)

    assert states(batch)["S03"] == "done"
    assert refused(services.revise_batch, **revision).code == "planning.scheme_signed"


def test_a_revision_passes_the_filing_gate_again():
    world = make_world()
    batch = make_batch(world)

    why = refused(
        services.revise_batch, batch=batch, title="", as_of=EXAM_ON, apply_from=batch.apply_from,
        apply_until=batch.apply_until, exam_on=date(2028, 1, 5), venue="", method="",
        by=world.office, at=MARCH_2,
    )  # fmt: skip

    assert why.code == "orgs.filing_expired"


def test_deeds_of_a_batch_happen_once():
    world = make_world()
    batch = make_announced_batch(world)
    events = Event.objects.count()

    assert refused(services.report_batch, batch=batch, by=world.office, at=MARCH_2).code == (
        "planning.already_reported"
    )
    assert refused(services.approve_scheme, batch=batch, by=world.committee, at=MARCH_2).code == (
        "procedures.already_signed"
    )
    assert refused(announce, world=world, batch=batch).code == "planning.already_announced"

    assert (Event.objects.count(), Announcement.objects.count()) == (events, 1)


def test_whoever_opened_a_batch_does_not_sign_its_scheme():
    world = make_world()
    batch = make_batch(world)

    assert refused(services.approve_scheme, batch=batch, by=world.office, at=MARCH_2).code == (
        "planning.own_scheme"
    )


def test_nothing_is_announced_when_the_window_is_over_or_the_filing_gone():
    world = make_world()
    batch = make_batch(world)
    services.report_batch(batch=batch, by=world.office, at=MARCH_2)
    services.approve_scheme(batch=batch, by=world.committee, at=MARCH_2)
    publish = {
        "batch": batch, "title": "公告", "body": "正文", "contact": "1", "supervision_phone": "2",
        "by": world.office,
    }  # fmt: skip

    assert refused(services.announce, at=later(20), **publish).code == (
        "planning.announced_too_late"
    )
    world.filing.scopes.all().delete()
    assert refused(services.announce, at=MARCH_2, **publish).code == "orgs.not_filed"
    assert not Announcement.objects.exists()


def test_the_draft_says_all_that_an_announcement_must():
    world = make_world()
    batch = make_batch(world, levels=(4, 5))

    text = queries.announcement_draft(batch)

    for said in (
        "滨海港集团有限公司第2026-01批",
        "起重装卸机械操作工（流动式起重机司机） 三级/高级工，计划20人",
        "起重装卸机械操作工（流动式起重机司机） 二级/技师，计划20人",
        "2026年3月3日至2026年3月20日",
        "考评时间：2026年4月18日",
        "港区实训基地",
        "监督",
        "理论知识考试、操作技能考核",
    ):
        assert said in text
    conditions = queries.conditions(batch)
    assert [line.level for line in conditions] == [4, 5]
    assert all(line.clauses and line.standard.source for line in conditions)


def test_an_unknown_plan_line_level_changes_nothing():
    world = make_world()
    plan = make_plan(world)
    before = list(plan.lines.values_list("level", flat=True))

    refused(
        services.set_plan_lines, plan=plan, lines=[(crane_standard(), "", 1, 1, 1)],
        by=world.office, at=MARCH_2,
    )  # fmt: skip

    assert list(AnnualPlan.objects.get().lines.values_list("level", flat=True)) == before


def test_seeding_the_procedure_twice_changes_nothing():
    procedures.seed(at=MARCH_2)
    procedures.seed(at=later(1))

    assert Definition.objects.count() == 1
    assert Event.objects.filter(action="procedures.seeded").count() == 1
