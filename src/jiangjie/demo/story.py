"""The main job, told through the services that the screens use: plan to paid reward.

The first batch runs through all of it in the past; the others stand where somebody has
something to do today.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import QuerySet

from jiangjie.accounts.models import User
from jiangjie.applications import services as applications
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.archive import services as archive
from jiangjie.catalogue import services as catalogue
from jiangjie.catalogue.models import Standard
from jiangjie.certificates import services as certificates
from jiangjie.certificates.models import Certificate
from jiangjie.demo import roster
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import (
    BUILDER,
    CRANE,
    CRANES,
    ELECTRICIAN,
    FITTER,
    MODELLER,
    Cast,
    make_cast,
    make_masters,
    other_filing,
)
from jiangjie.ledger import services as ledger
from jiangjie.ledger.models import Event
from jiangjie.planning import services as planning
from jiangjie.planning.models import AnnualPlan, Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.queries import procedure_of
from jiangjie.publicity import services as publicity
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.results import queries as result_queries
from jiangjie.results import services as results
from jiangjie.results.models import Decision, Outcome, Part
from jiangjie.results.rules import Value, Vote
from jiangjie.treatment import queries as treatment_queries
from jiangjie.treatment import services as treatment

STORY_YEAR = 2026
PACK = "shandong"
RATES = {3: 20_000, 4: 40_000, 5: 80_000, 6: 150_000, 7: 250_000, 8: 300_000}  # fen a month
Trade = tuple[str, str]  # occupation code, work type
Cases = QuerySet[Application]


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    made: str
    seconds: float


@dataclass
class Story:
    """What the story needs to remember while it is told."""

    cast: Cast
    today: date
    people: int
    stages: list[Stage] = field(default_factory=list)
    tell: Callable[[Stage], None] = lambda stage: None
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 -- repeatable

    def finish(self, name: str, made: Sequence[str], start: float) -> None:
        """Note one stage that began at `start` (perf_counter)."""
        done = Stage(name, "、".join(made), round(time.perf_counter() - start, 3))
        self.stages.append(done)
        self.tell(done)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time one stage; the body puts into the list what was made."""
        made: list[str] = []
        start = time.perf_counter()
        yield made
        self.finish(name, made, start)


def tell(*, people: int, today: date, listener: Callable[[Stage], None]) -> Story:
    """Tell the whole story for `people` applicants of the first batch."""
    start = time.perf_counter()
    catalogue.seed(at=at(date(2025, 6, 1)))
    procedures.seed(at=at(date(2025, 6, 1)))
    cast = make_cast(valid_until=date(today.year + 2, 6, 2))
    story = Story(cast=cast, today=today, people=people, tell=listener)
    made = [f"{3 + len(cast.units)}个单位", f"{len(cast.clerks) + 9}个账号", "备案1项"]
    story.finish("机构与备案", made, start)
    plan = first_plan(story)
    batch = first_batch(story, plan)
    examine(story, batch)
    publish_and_issue(story, batch)
    pay(story, batch)
    keep(story, batch)
    present(story, plan)
    return story


# ---- the first batch, from plan to reward ---------------------------------------------------


def first_plan(story: Story) -> AnnualPlan:
    cast = story.cast
    with story.stage("年度计划") as made:
        plan = _plan(cast, STORY_YEAR, story.people, submitted=date(STORY_YEAR, 1, 15))
        plan = planning.approve_plan(plan=plan, by=cast.committee, at=at(date(STORY_YEAR, 1, 20)))
        made.append(f"计划{plan.lines.count()}项")
    return plan


def _plan(cast: Cast, year: int, people: int, *, submitted: date) -> AnnualPlan:
    day = at(submitted - timedelta(days=3))
    plan = planning.make_plan(
        org=cast.port, year=year, note="按生产需要安排", by=cast.office, at=day
    )
    lines = [
        (_standard(code), work_type, level, max(10, people // 15), 4)
        for code, work_type in _trades() for level in (3, 4, 5, 6)
    ] + [(_standard(CRANE), CRANES[0], 7, 5, 9)]  # fmt: skip
    planning.set_plan_lines(plan=plan, lines=lines, by=cast.office, at=day)
    return planning.submit_plan(plan=plan, by=cast.office, at=at(submitted))


def _trades() -> list[Trade]:
    return [*((CRANE, work_type) for work_type in CRANES), (FITTER, ""), (ELECTRICIAN, ""),
            (BUILDER, ""), (MODELLER, "")]  # fmt: skip


def _standard(code: str) -> Standard:
    return Standard.objects.get(occupation=code, owner=None, is_current=True)


def first_batch(story: Story, plan: AnnualPlan) -> Batch:
    """Opened, announced, filled from a roster and one worker's phone, reviewed, publicised."""
    cast, year = story.cast, STORY_YEAR
    with story.stage("开设批次、公告") as made:
        batch = open_batch(
            story, plan, f"{year}年第一批职业技能等级认定",
            [(trade, level) for trade in _trades()[:5] for level in (3, 4, 5)],
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
        made.append(f"通过{_qualified(batch).count()}人")
    with story.stage("资格公示") as made:
        period = run_period(story, batch, PeriodKind.QUALIFICATION, date(year, 3, 23))
        made.append(f"公示{len(period.rows)}人至{period.last_day}")
    return batch


def open_batch(
    story: Story,
    plan: AnnualPlan,
    title: str,
    lines: Sequence[tuple[Trade, int]],
    *,
    opened: date,
    apply: tuple[date, date],
    exam: date,
) -> Batch:
    """S01 to S04: opened, reported, scheme signed, announced, all on one day."""
    cast = story.cast
    batch = planning.open_batch(
        org=cast.port, plan=plan, title=title,
        lines=[
            planning.LineWish(_standard(code), work_type, level, 20)
            for (code, work_type), level in lines
        ],
        pack_name=PACK, as_of=exam, apply_from=apply[0], apply_until=apply[1], exam_on=exam,
        venue="示例港口集团实训基地",
        method="理论知识考试采用闭卷方式，操作技能考核采用现场实际操作；技师另行综合评审。",
        by=cast.office, at=at(opened),
    )  # fmt: skip
    planning.report_batch(
        batch=batch, receipt=f"报备{batch.number}", by=cast.office, at=at(opened, 10)
    )
    planning.approve_scheme(batch=batch, by=cast.committee, at=at(opened, 11))
    planning.announce(
        batch=batch, title=f"{title}公告",
        body="现开展职业技能等级认定，请符合条件的职工在规定时间内申报。",
        contact="0532-00000001", supervision_phone="0532-00000002", by=cast.office,
        at=at(opened, 14),
    )  # fmt: skip
    return Batch.objects.select_related("org", "pack", "run__definition").get(pk=batch.pk)


def take_in(story: Story, batch: Batch, content: bytes, day: date) -> None:
    checked = applications.check_roster(
        batch=batch, content=content, file_name="报名名册.xlsx", by=story.cast.office, at=at(day)
    )
    applications.apply_roster(
        roster_id=checked.pk, good_rows_only=bool(checked.faults), by=story.cast.office,
        at=at(day, 10),
    )  # fmt: skip


def _own_application(story: Story, batch: Batch, day: date) -> Application:
    """The worker applies from his phone, for 三级."""
    cast = story.cast
    line = batch.lines.get(standard=_standard(CRANE), work_type=CRANES[0], level=4)
    case = applications.start_application(
        batch=batch, line=line, person=cast.worker.person, by=cast.worker, at=at(day, 19)
    )
    return applications.submit(
        application_id=case.pk, promised=True, by=cast.worker, at=at(day, 19, 20)
    )


def review(story: Story, batch: Batch, first: date, second: date) -> None:
    """Layer 1 by the clerk of each unit, layer 2 by the office: who meets no clause is refused."""
    for clerk, unit in zip(story.cast.clerks, story.cast.units, strict=True):
        _review(batch.applications.filter(unit=unit, turn=1), 1, clerk, first)
    _review(batch.applications.filter(turn=1), 1, story.cast.clerks[0], first)
    _review(batch.applications.filter(turn=2), 2, story.cast.office, second)


def _review(waiting: Cases, layer: int, by: User, day: date) -> None:
    for eligible, choice, reason in ((True, "pass", ""), (False, "reject", "不符合申报条件")):
        ids = list(waiting.filter(is_eligible=eligible).values_list("pk", flat=True))
        if ids:
            applications.review(
                application_ids=ids, layer=layer, choice=choice, reason=reason, by=by, at=at(day)
            )


def _qualified(batch: Batch) -> Cases:
    return batch.applications.filter(state=ApplicationState.QUALIFIED)


def run_period(story: Story, batch: Batch, kind: str, first_day: date) -> PublicityPeriod:
    """A period opened and, the day after its end, closed."""
    period = publicity.open_period(
        batch=batch, kind=kind, first_day=first_day, by=story.cast.office, at=at(first_day)
    )
    return close_period(story, period)


def close_period(story: Story, period: PublicityPeriod) -> PublicityPeriod:
    day = period.last_day + timedelta(days=1)
    return publicity.close_period(period_id=period.pk, by=story.cast.office, at=at(day))


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


def prepare_exam(story: Story, batch: Batch, day: date) -> None:
    record(story, batch, ["S08", "S09", "S10"], day)
    applications.assign_tickets(batch=batch, by=story.cast.office, at=at(day, 16))


def record(story: Story, batch: Batch, codes: Sequence[str], day: date) -> None:
    """Steps and stages with all the evidence that they ask for."""
    cast = story.cast
    people = {"office": cast.office, "assessor": cast.assessor, "supervisor": cast.supervisor}
    parts = procedure_of(batch.run.definition).parts
    for minute, code in enumerate(codes):
        for kind in parts[code].evidence or ("",):
            procedures.record_step(
                run=batch.run, step=code, note=f"{parts[code].title}：已完成，纸质材料存评价办公室",
                evidence_kind=kind, by=people.get(parts[code].role, cast.office),
                at=at(day, 8, minute), context=batch,
            )  # fmt: skip


def make_scores(story: Story, batch: Batch) -> dict[str, list[tuple[int, Value]]]:
    """Scores by part: about nine in ten pass each, a few are absent from everything."""
    found: dict[str, list[tuple[int, Value]]] = {}
    absent = set[int]()
    for part, cases in result_queries.takers(batch).items():
        found[part] = []
        for case in cases:
            if part == Part.THEORY and story.chance.random() < 0.02:
                absent.add(case.pk)
            found[part].append((case.pk, _score(story, part, case.pk in absent)))
    return found


def _score(story: Story, part: str, absent: bool) -> Value:
    if absent:
        return None
    if part == Part.VOTE:
        return Vote(story.chance.choice([6, 7, 8, 9]), 9)
    return min(10_000, max(3_000, round(story.chance.gauss(76, 9)) * 100))


def sign(story: Story, batch: Batch, day: date) -> None:
    # `second` typed scores and decided; the office's signature is another person's, and the
    # committee signs last.
    results.sign_results(batch=batch, layer=2, by=story.cast.office, at=at(day))
    results.sign_results(batch=batch, layer=3, by=story.cast.committee, at=at(day, 15))


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


# ---- what stands open today -----------------------------------------------------------------


def present(story: Story, plan: AnnualPlan) -> None:
    """Batches at work, so that every role finds something to do on the site."""
    cast, today = story.cast, story.today
    with story.stage("进行中的工作") as made:
        if today.year != plan.year:
            plan = _plan(cast, today.year, 60, submitted=today - timedelta(days=80))
            plan = planning.approve_plan(
                plan=plan, by=cast.committee, at=at(today - timedelta(days=75))
            )
        appointment_in_publicity(story, plan)
        scores_being_typed(story, plan)
        open_for_applications(story, plan)
        other_filing(cast, at(today - timedelta(days=2)))
        _plan(cast, today.year + 1, 60, submitted=today - timedelta(days=1))
        ledger.sequence(at=at(today, 8))
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


def finish_reviews(story: Story, batch: Batch, day: date) -> None:
    """Both layers, applications closed, and the publicity of who qualified."""
    review(story, batch, day - timedelta(days=1), day)
    applications.close_intake(batch=batch, by=story.cast.office, at=at(day, 12))
    period = run_period(story, batch, PeriodKind.QUALIFICATION, day + timedelta(days=1))
    assert period.closed_at is not None  # noqa: S101 -- closed the day after its end


def scores_being_typed(story: Story, plan: AnnualPlan) -> None:
    """Examined three days ago: typed once, half of the second typing, one difference."""
    cast, today = story.cast, story.today
    opened = today - timedelta(days=60)
    batch = open_batch(
        story, plan, f"{today.year}年第二批职业技能等级认定",
        [(trade, level) for trade in _trades()[:5] for level in (3, 4, 5)], opened=opened,
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
        [(trade, level) for trade in _trades() for level in (3, 4, 5, 6)], opened=opened,
        apply=(opened + timedelta(days=1), today + timedelta(days=10)),
        exam=today + timedelta(days=40),
    )  # fmt: skip
    rows = roster.make_rows(60, seed=3, year=today.year)
    take_in(story, batch, roster.workbook(rows), today - timedelta(days=3))
    for clerk, unit in list(zip(cast.clerks, cast.units, strict=True))[3:]:
        _review(batch.applications.filter(unit=unit, turn=1), 1, clerk, today - timedelta(days=2))
    applications.check_roster(
        batch=batch, content=roster.workbook(roster.spoil(roster.make_rows(20, seed=4, year=today.year))),
        file_name="补报名册.xlsx", by=cast.clerks[0], at=at(today, 8),
    )  # fmt: skip


def summary() -> dict[str, int]:
    """Counts of what the story left behind."""
    return {
        "people": Application.objects.values("person").distinct().count(),
        "applications": Application.objects.count(),
        "decisions": Decision.objects.count(),
        "certificates": Certificate.objects.count(),
        "events": Event.objects.count(),
    }
