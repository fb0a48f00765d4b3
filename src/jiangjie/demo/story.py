"""The main job, told through the services that the screens use: plan to paid reward.

The first batch runs through all of it in the past; `present` and `theory` hold what stands open.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta

from jiangjie.applications import services as applications
from jiangjie.applications.models import Application
from jiangjie.archive import services as archive
from jiangjie.catalogue import services as catalogue
from jiangjie.certificates import services as certificates
from jiangjie.certificates.models import Certificate
from jiangjie.demo import experts, present, roster, theory
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import (
    CRANE,
    CRANES,
    make_cast,
)
from jiangjie.demo.steps import (
    STORY_YEAR,
    Stage,
    Story,
    close_period,
    make_plan,
    make_scores,
    open_batch,
    prepare_exam,
    qualified,
    record,
    review,
    run_period,
    sign,
    standard,
    take_in,
    trades,
)
from jiangjie.ledger import services as ledger
from jiangjie.ledger.models import Event
from jiangjie.planning import services as planning
from jiangjie.planning.models import AnnualPlan, Batch
from jiangjie.procedures import services as procedures
from jiangjie.publicity import services as publicity
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.results import services as results
from jiangjie.results.models import Decision, Outcome
from jiangjie.treatment import queries as treatment_queries
from jiangjie.treatment import services as treatment

RATES = {3: 20_000, 4: 40_000, 5: 80_000, 6: 150_000, 7: 250_000, 8: 300_000}  # fen a month


def tell(*, people: int, today: date, listener: Callable[[Stage], None]) -> Story:
    """Tell the whole story for `people` applicants of the first batch."""
    start = time.perf_counter()
    catalogue.seed(at=at(date(2025, 6, 1)))
    procedures.seed(at=at(date(2025, 6, 1)))
    cast = make_cast(valid_until=date(today.year + 2, 6, 2))
    story = Story(cast=cast, today=today, people=people, tell=listener)
    made = [f"{3 + len(cast.units)}个单位", f"{len(cast.clerks) + 13}个账号", "备案1项"]
    story.finish("机构与备案", made, start)
    experts.register(story)
    plan = first_plan(story)
    batch = first_batch(story, plan)
    examine(story, batch)
    publish_and_issue(story, batch)
    pay(story, batch)
    keep(story, batch)
    plan = present.plan_of_today(story, plan)
    present.leave_work(story, plan)
    theory.examine_on_line(story, plan)
    ledger.sequence(at=at(today, 8))
    return story


def first_plan(story: Story) -> AnnualPlan:
    cast = story.cast
    with story.stage("年度计划") as made:
        plan = make_plan(cast, STORY_YEAR, story.people, submitted=date(STORY_YEAR, 1, 15))
        plan = planning.approve_plan(plan=plan, by=cast.committee, at=at(date(STORY_YEAR, 1, 20)))
        made.append(f"计划{plan.lines.count()}项")
    return plan


def first_batch(story: Story, plan: AnnualPlan) -> Batch:
    """Opened, announced, filled from a roster and one worker's phone, reviewed, publicised."""
    cast, year = story.cast, STORY_YEAR
    with story.stage("开设批次、公告") as made:
        batch = open_batch(
            story, plan, f"{year}年第一批职业技能等级认定",
            [(trade, level) for trade in trades()[:5] for level in (3, 4, 5)],
            opened=date(year, 3, 2), apply=(date(year, 3, 3), date(year, 3, 20)),
            exam=date(year, 4, 18),
        )  # fmt: skip
        made.append(f"批次1个、{batch.lines.count()}个评价项目")
    with story.stage("名册导入与核查") as made:
        rows = roster.make_rows(story.people, seed=1, year=year)
        take_in(story, batch, roster.workbook(rows), date(year, 3, 5))
        case = _own_application(story, batch, date(year, 3, 10))
        made.append(f"申报{batch.applications.count()}份（{case.person.name}自行申报）")
    with story.stage("资格审核") as made:
        review(story, batch, date(year, 3, 12), date(year, 3, 17))
        applications.close_intake(batch=batch, by=cast.office, at=at(date(year, 3, 21)))
        made.append(f"通过{qualified(batch).count()}人")
    with story.stage("资格公示") as made:
        period = run_period(story, batch, PeriodKind.QUALIFICATION, date(year, 3, 23))
        made.append(f"公示{len(period.rows)}人至{period.last_day}")
    return batch


def _own_application(story: Story, batch: Batch, day: date) -> Application:
    """The worker applies from his phone, for 三级."""
    cast = story.cast
    line = batch.lines.get(standard=standard(CRANE), work_type=CRANES[0], level=4)
    case = applications.start_application(
        batch=batch, line=line, person=cast.worker.person, by=cast.worker, at=at(day, 19)
    )
    return applications.submit(
        application_id=case.pk, promised=True, by=cast.worker, at=at(day, 19, 20)
    )


def examine(story: Story, batch: Batch) -> None:
    cast, exam = story.cast, batch.exam_on
    with story.stage("考务与考评") as made:
        prepare_exam(story, batch, exam - timedelta(days=8))
        record(story, batch, [f"T{n:02d}" for n in range(1, 11)], exam)
        made.append("十个阶段")
    with story.stage("成绩双录入与核对") as made:
        typed = 0
        for part, values in make_scores(story, batch).items():
            typed += len(values)
            for entry, by in ((1, cast.office), (2, cast.second)):
                results.enter_scores(
                    batch=batch, part=part, entry=entry, rows=values, by=by,
                    at=at(exam + timedelta(days=2), 8 + entry),
                )  # fmt: skip
            results.settle_marks(
                batch=batch, part=part, by=cast.second, at=at(exam + timedelta(days=2), 15)
            )
        made.append(f"成绩{typed}个，各录两遍")
    with story.stage("评定与审定") as made:
        decided = results.decide_batch(batch=batch, by=cast.second, at=at(exam + timedelta(days=4)))
        sign(story, batch, exam + timedelta(days=5))
        passed = sum(each.outcome == Outcome.PASSED for each in decided)
        made.append(f"合格{passed}人／{len(decided)}人")


def publish_and_issue(story: Story, batch: Batch) -> None:
    cast, first_day = story.cast, batch.exam_on + timedelta(days=9)
    with story.stage("结果公示与异议") as made:
        period = publicity.open_period(
            batch=batch, kind=PeriodKind.RESULT, first_day=first_day, by=cast.office,
            at=at(first_day),
        )  # fmt: skip
        object_and_settle(story, period)
        close_period(story, period)
        made += [f"公示{len(period.rows)}人至{period.last_day}", "异议2件"]
    with story.stage("编号制证发证") as made:
        issued_on = period.last_day + timedelta(days=3)
        run = certificates.start_issue(
            batch=batch, issued_on=issued_on, by=cast.office, at=at(issued_on)
        )
        while certificates.issue_some(run_id=run.pk, limit=100, at=at(issued_on, 10)):
            pass
        numbers = list(Certificate.objects.filter(batch=batch).values_list("number", flat=True))
        certificates.hand_over(
            batch=batch, numbers=numbers, on=issued_on, by=cast.office, at=at(issued_on, 16)
        )
        made.append(f"证书{len(numbers)}本")


def object_and_settle(story: Story, period: PublicityPeriod) -> None:
    """Two objections: one dismissed after a check, one upheld; each held one person only."""
    cast, day = story.cast, period.first_day
    for row, name, text, outcome, decision in (
        (period.rows[0], "", "质疑该同志工作年限不足。", "dismissed",
         "经查劳动合同和社保缴费记录，工作年限符合条件，异议不成立。"),
        (period.rows[1], "实名群众", "该同志实操考核时由他人代做一项。", "upheld",
         "经调看录像，情况属实，取消本次成绩。"),
    ):  # fmt: skip
        objection = publicity.raise_objection(
            period_id=period.pk, application_id=row["application"], text=text, objector=name,
            contact="", at=at(day, 14),
        )  # fmt: skip
        publicity.assign_handler(
            objection_id=objection.pk, handler=cast.supervisor, by=cast.office, at=at(day, 15)
        )
        publicity.settle_objection(
            objection_id=objection.pk, outcome=outcome, decision=decision, by=cast.supervisor,
            at=at(day + timedelta(days=2)),
        )  # fmt: skip


def pay(story: Story, batch: Batch) -> None:
    """Rates, appointment of all but a few (they become overdue), and months paid with proof."""
    cast = story.cast
    issued = list(Certificate.objects.filter(batch=batch).order_by("number"))
    start = date(issued[0].issued_on.year, issued[0].issued_on.month, 1)
    with story.stage("聘任与兑现待遇") as made:
        for level, fen in RATES.items():
            treatment.add_rule(
                org=cast.port, level=level, monthly_fen=fen, first_month=date(STORY_YEAR, 1, 1),
                basis="示例港集薪〔2026〕1号", funding="企业职工教育经费以外的工资总额",
                by=cast.payroll, at=at(date(STORY_YEAR, 1, 6)),
            )  # fmt: skip
        appointed = issued[: -max(1, len(issued) // 60)]
        day = issued[0].issued_on + timedelta(days=7)
        made_entitlements = treatment.appoint(
            org=cast.port, certificates=appointed, appointed_on=day, first_month=start,
            post="本岗位", by=cast.office, at=at(day),
        )  # fmt: skip
        total = 0
        for month in (start, (start + timedelta(days=32)).replace(day=1)):
            paid_on = (month + timedelta(days=32)).replace(day=10)
            if paid_on > story.today:
                break
            payments = treatment.record_payments(
                org=cast.port, month=month, entitlements=made_entitlements, paid_on=paid_on,
                voucher=f"薪{month:%Y%m}-01", by=cast.payroll, at=at(paid_on, 17),
            )  # fmt: skip
            total += sum(payment.fen for payment in payments)
        late = len(treatment_queries.overdue(cast.port, story.today))
        made += [f"聘任{len(appointed)}人", f"已发{total / 100:,.2f}元", f"超期未兑现{late}人"]


def keep(story: Story, batch: Batch) -> None:
    """The archive as a bag, re-computed as a bureau would."""
    with story.stage("归档与离线核验") as made:
        now = at(story.today, 7)
        asked = archive.ask_bag(batch=batch, by=story.cast.office, at=now)
        bag = archive.make_bag(bag_id=asked.pk, at=now)
        counted = sum(bag.report["recomputed"].values())
        made += [
            bag.file_name, f"离线复算{counted}项{'一致' if bag.report['ok'] else '不一致'}",
            f"账本{Event.objects.count()}条",
        ]  # fmt: skip


def summary() -> dict[str, int]:
    """Counts of what the story left behind."""
    return {
        "people": Application.objects.values("person").distinct().count(),
        "applications": Application.objects.count(),
        "decisions": Decision.objects.count(),
        "certificates": Certificate.objects.count(),
        "events": Event.objects.count(),
    }
