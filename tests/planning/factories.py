"""Plans and batches of the world, made through the real services.

The days: opened, reported, signed and announced on 2 March 2026; applications 3 to 20 March, exam
on 18 April.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from jiangjie.catalogue.models import Standard
from jiangjie.planning import services
from jiangjie.planning.models import Announcement, AnnualPlan, Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.queries import procedure_of
from tests.factories import CRANE, MARCH_2, World

APPLY_FROM = date(2026, 3, 3)
APPLY_UNTIL = date(2026, 3, 20)
EXAM_ON = date(2026, 4, 18)
WORK_TYPE = "流动式起重机司机"


def crane_standard() -> Standard:
    return Standard.objects.filter(occupation=CRANE, is_current=True).order_by("pk")[0]


def make_plan(
    world: World,
    *,
    year: int = 2026,
    levels: Sequence[int] = (3, 4, 5),
    work_type: str = WORK_TYPE,
    at: datetime = MARCH_2,
) -> AnnualPlan:
    """A draft with a line for each level of the crane standard."""
    plan = services.make_plan(org=world.port, year=year, note="", by=world.office, at=at)
    services.set_plan_lines(
        plan=plan,
        lines=[(crane_standard(), work_type, level, 20, 4) for level in levels],
        by=world.office,
        at=at,
    )
    return plan


def make_approved_plan(world: World, **wishes: object) -> AnnualPlan:
    plan = make_plan(world, **wishes)
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    return services.approve_plan(plan=plan, by=world.committee, at=MARCH_2)


def make_batch(
    world: World,
    plan: AnnualPlan | None = None,
    *,
    title: str = "起重装卸机械操作工第一批",
    levels: Sequence[int] = (4,),
    work_type: str = WORK_TYPE,
    pack_name: str = "shandong",
    apply_from: date = APPLY_FROM,
    apply_until: date = APPLY_UNTIL,
    exam_on: date = EXAM_ON,
    at: datetime = MARCH_2,
) -> Batch:
    """A batch of the plan (a new approved one with the same levels unless given)."""
    procedures.seed(at=MARCH_2)
    plan = plan or make_approved_plan(world, levels=levels, work_type=work_type)
    return services.open_batch(
        org=world.port,
        plan=plan,
        title=title,
        lines=[services.LineWish(crane_standard(), work_type, level, 20) for level in levels],
        pack_name=pack_name,
        as_of=exam_on,
        apply_from=apply_from,
        apply_until=apply_until,
        exam_on=exam_on,
        venue="港区实训基地",
        method="理论知识考试采用机考，操作技能考核采用实际操作。",
        by=world.office,
        at=at,
    )


def make_announced_batch(world: World, plan: AnnualPlan | None = None, **wishes: object) -> Batch:
    """S01 to S04 done: people may apply."""
    batch = make_batch(world, plan, **wishes)
    services.report_batch(batch=batch, receipt="报备2026-001", by=world.office, at=MARCH_2)
    services.approve_scheme(batch=batch, by=world.committee, at=MARCH_2)
    announce(world, batch)
    return Batch.objects.select_related("org", "plan", "pack", "run__definition").get(pk=batch.pk)


def announce(world: World, batch: Batch) -> Announcement:
    return services.announce(
        batch=batch,
        title=f"{batch.title}公告",
        body="现就有关事项公告如下。",
        contact="0532-00000001",
        supervision_phone="0532-00000002",
        by=world.office,
        at=MARCH_2,
    )


def record_steps(world: World, batch: Batch, *codes: str, at: datetime) -> None:
    """Record steps or stages as done, each with all the evidence that it asks for."""
    parts = procedure_of(batch.run.definition).parts
    for code in codes:
        for kind in parts[code].evidence or ("",):
            procedures.record_step(
                run=batch.run,
                step=code,
                note="纸质材料存评价办公室",
                evidence_kind=kind,
                by=world.office,
                at=at,
                context=batch,
            )


def later(days: int) -> datetime:
    return MARCH_2 + timedelta(days=days)
