"""What the parts of the story share: what it remembers, and the deeds that each batch needs."""

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
from jiangjie.catalogue.models import Standard
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import (
    BUILDER,
    CRANE,
    CRANES,
    ELECTRICIAN,
    FITTER,
    MODELLER,
    Cast,
)
from jiangjie.planning import services as planning
from jiangjie.planning.models import AnnualPlan, Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.queries import procedure_of
from jiangjie.publicity import services as publicity
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.results import queries as result_queries
from jiangjie.results import services as results
from jiangjie.results.models import Part
from jiangjie.results.rules import Value, Vote

STORY_YEAR = 2026
PACK = "shandong"
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


def make_plan(cast: Cast, year: int, people: int, *, submitted: date) -> AnnualPlan:
    day = at(submitted - timedelta(days=3))
    plan = planning.make_plan(
        org=cast.port, year=year, note="按生产需要安排", by=cast.office, at=day
    )
    lines = [
        (standard(code), work_type, level, max(10, people // 15), 4)
        for code, work_type in trades() for level in (3, 4, 5, 6)
    ] + [(standard(CRANE), CRANES[0], 7, 5, 9)]  # fmt: skip
    planning.set_plan_lines(plan=plan, lines=lines, by=cast.office, at=day)
    return planning.submit_plan(plan=plan, by=cast.office, at=at(submitted))


def standard(code: str) -> Standard:
    return Standard.objects.get(occupation=code, owner=None, is_current=True)


def trades() -> list[Trade]:
    return [*((CRANE, work_type) for work_type in CRANES), (FITTER, ""), (ELECTRICIAN, ""),
            (BUILDER, ""), (MODELLER, "")]  # fmt: skip


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
            planning.LineWish(standard(code), work_type, level, 20)
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


def review(story: Story, batch: Batch, first: date, second: date) -> None:
    """Layer 1 by the clerk of each unit, layer 2 by the office: who meets no clause is refused."""
    for clerk, unit in zip(story.cast.clerks, story.cast.units, strict=True):
        review_waiting(batch.applications.filter(unit=unit, turn=1), 1, clerk, first)
    review_waiting(batch.applications.filter(turn=1), 1, story.cast.clerks[0], first)
    review_waiting(batch.applications.filter(turn=2), 2, story.cast.office, second)


def review_waiting(waiting: Cases, layer: int, by: User, day: date) -> None:
    for eligible, choice, reason in ((True, "pass", ""), (False, "reject", "不符合申报条件")):
        ids = list(waiting.filter(is_eligible=eligible).values_list("pk", flat=True))
        if ids:
            applications.review(
                application_ids=ids, layer=layer, choice=choice, reason=reason, by=by, at=at(day)
            )


def qualified(batch: Batch) -> Cases:
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


def finish_reviews(story: Story, batch: Batch, day: date) -> None:
    """Both layers, applications closed, and the publicity of who qualified."""
    review(story, batch, day - timedelta(days=1), day)
    applications.close_intake(batch=batch, by=story.cast.office, at=at(day, 12))
    period = run_period(story, batch, PeriodKind.QUALIFICATION, day + timedelta(days=1))
    assert period.closed_at is not None  # noqa: S101 -- closed the day after its end
