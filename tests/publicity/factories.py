"""Periods of a batch that passed its scores, and of one that passed its review."""

from datetime import UTC, date, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Intake
from jiangjie.planning.models import Batch
from jiangjie.publicity import services
from jiangjie.publicity.models import Objection, PeriodKind, PublicityPeriod
from tests.factories import World, make_user
from tests.planning.factories import make_announced_batch
from tests.results.factories import AFTER_EXAM, make_case, make_signed_batch

FIRST_DAY = date(2026, 4, 20)  # Monday; five working days later is Monday the 27th
LAST_DAY = date(2026, 4, 27)
LAST_MINUTE = datetime(2026, 4, 27, 15, 59, tzinfo=UTC)  # 23:59 on the 27th in Shanghai
DAY_AFTER = datetime(2026, 4, 27, 16, 0, tzinfo=UTC)  # 00:00 on the 28th in Shanghai
MARCH_23 = datetime(2026, 3, 23, 1, 0, tzinfo=UTC)  # after the applications closed


def make_result_period(
    world: World, batch: Batch | None = None, *, passed: int = 2, failed: int = 0,
    first_day: date = FIRST_DAY,
) -> PublicityPeriod:  # fmt: skip
    batch = batch or make_signed_batch(world, passed=passed, failed=failed)
    return services.open_period(
        batch=batch, kind=PeriodKind.RESULT, first_day=first_day, by=world.office, at=AFTER_EXAM
    )


def make_reviewed_batch(world: World, *, count: int = 2, **wishes: object) -> Batch:
    """S06 done: applications closed and everybody qualified."""
    batch = make_announced_batch(world, **wishes)
    for _ in range(count):
        make_case(world, batch)
    Intake.objects.create(batch=batch, people=count, closed_at=MARCH_23, closed_by=world.office)
    return batch


def make_qualification_period(world: World, batch: Batch | None = None) -> PublicityPeriod:
    batch = batch or make_reviewed_batch(world)
    return services.open_period(
        batch=batch, kind=PeriodKind.QUALIFICATION, first_day=date(2026, 3, 23), by=world.office,
        at=MARCH_23,
    )  # fmt: skip


def object_to(
    period: PublicityPeriod, line: int | None = 0, *, text: str = "工龄不符",
    objector: str = "", contact: str = "", at: datetime = AFTER_EXAM,
) -> Objection:  # fmt: skip
    """Against the line at this place of the list, or against the list."""
    application = None if line is None else period.rows[line]["application"]
    return services.raise_objection(
        period_id=period.pk, application_id=application, text=text, objector=objector,
        contact=contact, at=at,
    )  # fmt: skip


def make_handler(world: World) -> User:
    """Somebody who signed and typed nothing."""
    return make_user("沈独立", world.port, Role.SUPERVISOR)


def assign(objection: Objection, handler: User, *, world: World) -> None:
    services.assign_handler(
        objection_id=objection.pk, handler=handler, by=world.office, at=AFTER_EXAM
    )


def settle(objection: Objection, handler: User, outcome: str, *, at: datetime = AFTER_EXAM) -> None:
    services.settle_objection(
        objection_id=objection.pk, outcome=outcome, decision="经查证如此", by=handler, at=at
    )
