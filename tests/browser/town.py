"""The people and things that the journeys need, made through the real services and committed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.accounts.services import give_role
from jiangjie.applications import services as applications
from jiangjie.applications.models import Application
from jiangjie.catalogue.models import Standard
from jiangjie.certificates import services as certificates
from jiangjie.certificates.models import Certificate
from jiangjie.planning import services as planning
from jiangjie.planning.models import AnnualPlan, Batch
from jiangjie.publicity.models import PublicityPeriod
from jiangjie.treatment import services as treatment
from tests.applications.factories import MARCH_10, hold, make_worker
from tests.certificates.factories import certificates_of, make_issued_batch
from tests.factories import LONG_AGO, MARCH_2, World, make_user, make_world
from tests.planning.factories import WORK_TYPE, crane_standard, make_announced_batch
from tests.publicity.factories import make_result_period
from tests.results.factories import make_examined_batch, make_signed_batch

UNFILED = "6-29-01-06"  # 装配式建筑施工员
PASSWORD = "only-for-journeys-1"
ISSUED = datetime(2026, 4, 28, 1, 0, tzinfo=UTC)


@dataclass
class Town:
    world: World
    second: User  # of the office too
    both: User  # a clerk of unit A who works in the office as well
    plan: AnnualPlan
    open_batch: Batch
    cases: Sequence[Application]  # of open_batch, past the first layer, signed by `both`
    examined: Batch
    period: PublicityPeriod
    certificates: Sequence[Certificate]  # the last one revoked
    now: datetime = MARCH_10
    url: str = ""
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def users(self) -> list[User]:
        w = self.world
        return [
            w.worker, w.clerk_a, w.office, w.committee, w.assessor, w.supervisor, w.payroll,
            w.admin, w.officer, self.second, self.both,
        ]  # fmt: skip


def make_town() -> Town:
    world = make_world()
    hold(world.worker.person, world.unit_a)
    world.worker.set_password(PASSWORD)
    world.worker.save()
    both = make_user("双岗员", world.unit_a, Role.CLERK)
    give_role(
        user=both, org=world.port, role=Role.OFFICE, since=LONG_AGO, by=world.admin, at=MARCH_2
    )
    plan = _plan(world)
    open_batch = make_announced_batch(world, plan, title="春季第一批", levels=(3, 4, 5))
    issued = make_issued_batch(world, plan=plan, title="已发证批次", levels=(2,), passed=2)
    town = Town(
        world=world,
        second=make_user("何复录", world.port, Role.OFFICE),
        both=both,
        plan=plan,
        open_batch=open_batch,
        cases=_reviewed_once(world, open_batch, both),
        examined=make_examined_batch(world, plan=plan, title="春季第二批", levels=(3,), count=2),
        period=_period(world, plan),
        certificates=certificates_of(issued),
    )
    _honour(town)
    return town


def _plan(world: World) -> AnnualPlan:
    """With one line of an occupation that the port has not filed."""
    plan = planning.make_plan(org=world.port, year=2026, note="", by=world.office, at=MARCH_2)
    lines = [(crane_standard(), WORK_TYPE, level, 20, 4) for level in (2, 3, 4, 5)]
    lines.append((Standard.objects.get(occupation=UNFILED), "", 4, 20, 4))
    planning.set_plan_lines(plan=plan, lines=lines, by=world.office, at=MARCH_2)
    planning.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    return planning.approve_plan(plan=plan, by=world.committee, at=MARCH_2)


def _reviewed_once(world: World, batch: Batch, by: User) -> Sequence[Application]:
    line = batch.lines.get(level=4)
    cases = []
    for _ in range(2):
        case = applications.start_application(
            batch=batch, line=line, person=make_worker(world), by=world.clerk_a, at=MARCH_10
        )
        cases.append(
            applications.submit(
                application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10
            )
        )
    applications.review(
        application_ids=[case.pk for case in cases], layer=1, choice="pass", by=by, at=MARCH_10
    )
    return cases


def _period(world: World, plan: AnnualPlan) -> PublicityPeriod:
    batch = make_signed_batch(world, plan=plan, title="公示中批次", levels=(4,))
    return make_result_period(world, batch)


def _honour(town: Town) -> None:
    """One certificate appointed and waiting for its money, the other revoked."""
    world, (first, last) = town.world, town.certificates
    certificates.revoke(certificate_id=last.pk, reason="冒名顶替", by=world.office, at=ISSUED)
    treatment.add_rule(
        org=world.port, level=2, monthly_fen=20_000, first_month=date(2026, 1, 1),
        basis="示例薪〔2026〕1号", by=world.payroll, at=ISSUED,
    )  # fmt: skip
    treatment.appoint(
        org=world.port, certificates=[first], appointed_on=ISSUED.date(),
        first_month=date(2026, 4, 1), by=world.office, at=ISSUED,
    )  # fmt: skip
