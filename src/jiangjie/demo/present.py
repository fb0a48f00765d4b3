"""Batches at work on the day of the demonstration, so that every role finds something to do."""

from datetime import timedelta

from jiangjie.applications import services as applications
from jiangjie.demo import roster
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import (
    CRANE,
    CRANES,
    make_masters,
    other_filing,
)
from jiangjie.demo.steps import (
    Story,
    finish_reviews,
    make_plan,
    make_scores,
    open_batch,
    prepare_exam,
    record,
    review_waiting,
    sign,
    take_in,
    trades,
)
from jiangjie.planning import services as planning
from jiangjie.planning.models import AnnualPlan
from jiangjie.publicity import services as publicity
from jiangjie.publicity.models import PeriodKind
from jiangjie.results import services as results
from jiangjie.results.models import Part


def plan_of_today(story: Story, plan: AnnualPlan) -> AnnualPlan:
    """`plan`, or a further one that was approved when the day is in another year."""
    today = story.today
    if today.year == plan.year:
        return plan
    plan = make_plan(story.cast, today.year, 60, submitted=today - timedelta(days=80))
    return planning.approve_plan(
        plan=plan, by=story.cast.committee, at=at(today - timedelta(days=75))
    )


def leave_work(story: Story, plan: AnnualPlan) -> None:
    """Batches at work, so that every role finds something to do on the site."""
    cast, today = story.cast, story.today
    with story.stage("进行中的工作") as made:
        appointment_in_publicity(story, plan)
        scores_being_typed(story, plan)
        open_for_applications(story, plan)
        other_filing(cast, at(today - timedelta(days=2)))
        make_plan(cast, today.year + 1, 60, submitted=today - timedelta(days=1))
        made += ["特级技师评聘1批（公示中）", "考评中1批", "申报中1批", "待备案1项", "待批计划1项"]


def appointment_in_publicity(story: Story, plan: AnnualPlan) -> None:
    """特级技师 by 评聘: reviewed, voted, its result public since today, one objection open."""
    cast, today = story.cast, story.today
    opened = today - timedelta(days=70)
    batch = open_batch(
        story, plan, f"{today.year}年特级技师评聘", [((CRANE, CRANES[0]), 7)], opened=opened,
        apply=(opened + timedelta(days=1), opened + timedelta(days=10)),
        exam=today - timedelta(days=12),
    )  # fmt: skip
    line = batch.lines.get()
    day = opened + timedelta(days=3)
    for person in make_masters(cast):
        case = applications.start_application(
            batch=batch, line=line, person=person, by=cast.clerks[0], at=at(day)
        )
        applications.submit(application_id=case.pk, promised=True, by=cast.clerks[0], at=at(day))
    finish_reviews(story, batch, opened + timedelta(days=11))
    prepare_exam(story, batch, batch.exam_on - timedelta(days=3))
    record(story, batch, [f"T{n:02d}" for n in range(1, 11)], batch.exam_on)
    for part, values in make_scores(story, batch).items():
        for entry, by in ((1, cast.office), (2, cast.second)):
            results.enter_scores(
                batch=batch, part=part, entry=entry, rows=values, by=by,
                at=at(batch.exam_on + timedelta(days=1), 8 + entry),
            )  # fmt: skip
        results.settle_marks(
            batch=batch, part=part, by=cast.second, at=at(batch.exam_on + timedelta(days=1), 16)
        )
    results.decide_batch(batch=batch, by=cast.second, at=at(batch.exam_on + timedelta(days=2)))
    sign(story, batch, batch.exam_on + timedelta(days=3))
    period = publicity.open_period(
        batch=batch, kind=PeriodKind.RESULT, first_day=today, by=cast.office, at=at(today, 8)
    )
    objection = publicity.raise_objection(
        period_id=period.pk, application_id=period.rows[0]["application"],
        text="请核实其主持改造项目的署名情况。", objector="", contact="", at=at(today, 8, 30),
    )  # fmt: skip
    publicity.assign_handler(
        objection_id=objection.pk, handler=cast.supervisor, by=cast.office, at=at(today, 8, 40)
    )


def scores_being_typed(story: Story, plan: AnnualPlan) -> None:
    """Examined three days ago: typed once, half of the second typing, one difference."""
    cast, today = story.cast, story.today
    opened = today - timedelta(days=60)
    batch = open_batch(
        story, plan, f"{today.year}年第二批职业技能等级认定",
        [(trade, level) for trade in trades()[:5] for level in (3, 4, 5)], opened=opened,
        apply=(opened + timedelta(days=1), opened + timedelta(days=14)),
        exam=today - timedelta(days=3),
    )  # fmt: skip
    rows = roster.make_rows(40, seed=2, year=today.year)
    take_in(story, batch, roster.workbook(rows), opened + timedelta(days=2))
    finish_reviews(story, batch, opened + timedelta(days=15))
    prepare_exam(story, batch, batch.exam_on - timedelta(days=5))
    record(story, batch, [f"T{n:02d}" for n in range(1, 9)], batch.exam_on)
    theory = make_scores(story, batch)[Part.THEORY]
    day = today - timedelta(days=1)
    results.enter_scores(
        batch=batch, part=Part.THEORY, entry=1, rows=theory, by=cast.office, at=at(day)
    )
    mistyped = [*theory[: len(theory) // 2]]
    mistyped[0] = (mistyped[0][0], 6_100)
    results.enter_scores(
        batch=batch, part=Part.THEORY, entry=2, rows=mistyped, by=cast.second, at=at(day, 15)
    )


def open_for_applications(story: Story, plan: AnnualPlan) -> None:
    """Open now: some cases wait for each layer, and one roster came back with mistakes."""
    cast, today = story.cast, story.today
    opened = today - timedelta(days=6)
    batch = open_batch(
        story, plan, f"{today.year}年第三批职业技能等级认定",
        [(trade, level) for trade in trades() for level in (3, 4, 5, 6)], opened=opened,
        apply=(opened + timedelta(days=1), today + timedelta(days=10)),
        exam=today + timedelta(days=40),
    )  # fmt: skip
    rows = roster.make_rows(60, seed=3, year=today.year)
    take_in(story, batch, roster.workbook(rows), today - timedelta(days=3))
    for clerk, unit in list(zip(cast.clerks, cast.units, strict=True))[3:]:
        review_waiting(
            batch.applications.filter(unit=unit, turn=1), 1, clerk, today - timedelta(days=2)
        )
    applications.check_roster(
        batch=batch, content=roster.workbook(roster.spoil(roster.make_rows(20, seed=4, year=today.year))),
        file_name="补报名册.xlsx", by=cast.clerks[0], at=at(today, 8),
    )  # fmt: skip
