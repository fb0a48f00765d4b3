"""One small batch through everything, plan to paid reward, by the real services; and its bag."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.applications import services as applications
from jiangjie.applications.models import Application
from jiangjie.archive import services
from jiangjie.archive.models import Bag
from jiangjie.certificates import services as certificates
from jiangjie.certificates.models import Certificate
from jiangjie.files.services import store
from jiangjie.kernel.identity import id_check_digit
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.queries import procedure_of
from jiangjie.publicity import services as publicity
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.results import services as results
from jiangjie.results.models import Mark
from jiangjie.treatment import services as treatment
from tests.applications.factories import make_worker, roster_row, write_roster
from tests.factories import World, make_user, make_world
from tests.planning.factories import make_announced_batch

MARCH_10 = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MARCH_21 = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)
MARCH_23 = datetime(2026, 3, 23, 1, 0, tzinfo=UTC)
MARCH_31 = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
EXAM = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)
APRIL_20 = datetime(2026, 4, 20, 1, 0, tzinfo=UTC)
APRIL_21 = datetime(2026, 4, 21, 1, 0, tzinfo=UTC)
APRIL_28 = datetime(2026, 4, 28, 1, 0, tzinfo=UTC)
MAY_6 = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)
JUNE_10 = datetime(2026, 6, 10, 1, 0, tzinfo=UTC)
JULY_10 = datetime(2026, 7, 10, 1, 0, tzinfo=UTC)
STAGES = tuple(f"T{number:02d}" for number in range(1, 11))


@dataclass(frozen=True)
class Story:
    world: World
    batch: Batch
    second: User  # of the office: types the second time
    handler: User  # a supervisor who signed nothing


def make_finished_batch(tmp_path, *, people: int = 5) -> Story:
    """`people` by hand and two by roster are examined; one more is refused.

    One fails, one is absent, one score is corrected; of two objections one is upheld. One
    certificate is revoked, the others are appointed and paid for two months.
    """
    world = make_world()
    story = Story(
        world,
        make_announced_batch(world),
        make_user("何复核", world.port, Role.OFFICE),
        make_user("沈独立", world.port, Role.SUPERVISOR),
    )
    apply_and_review(story, tmp_path, people)
    examine(story)
    publish_results(story)
    issue(story)
    pay(story)
    batch = Batch.objects.select_related("org", "plan", "pack", "run__definition")
    return Story(world, batch.get(pk=story.batch.pk), story.second, story.handler)


def apply_and_review(story: Story, tmp_path, people: int) -> None:
    world, batch = story.world, story.batch
    for number in range(people):
        case = _draft(story, make_worker(world), world.unit_a, world.clerk_a)
        blob = store(b"%PDF-1.4 " + bytes([48 + number]), media_type="application/pdf", at=MARCH_10)
        applications.add_evidence(
            application_id=case.pk, kind="年限证明", blob=blob, file_name=f"证明{number}.pdf",
            by=world.clerk_a, at=MARCH_10,
        )  # fmt: skip
        applications.submit(
            application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10
        )  # fmt: skip
    rows = [_roster_row(1), _roster_row(2), _roster_row(3, is_eligible=False)]
    checked = applications.check_roster(
        batch=batch, content=write_roster(tmp_path / "名册.xlsx", rows), file_name="名册.xlsx",
        by=world.office, at=MARCH_10,
    )  # fmt: skip
    applications.apply_roster(
        roster_id=checked.pk, good_rows_only=True, by=world.office, at=MARCH_10
    )
    returned = batch.applications.order_by("pk")[0]
    _review([returned.pk], 1, "return", "补充材料", world.clerk_a)
    applications.submit(application_id=returned.pk, promised=True, by=world.clerk_a, at=MARCH_10)
    eligible = batch.applications.filter(is_eligible=True)
    refused = batch.applications.filter(is_eligible=False)
    for layer, by in ((1, world.clerk_a), (2, world.office)):
        _review(_ids(eligible), layer, "pass", "", by)
        if layer == 1:
            _review(_ids(refused), layer, "reject", "不符合申报条件", by)
    applications.close_intake(batch=batch, by=world.office, at=MARCH_21)
    period = publicity.open_period(
        batch=batch, kind=PeriodKind.QUALIFICATION, first_day=date(2026, 3, 23),
        by=world.office, at=MARCH_23,
    )  # fmt: skip
    publicity.close_period(period_id=period.pk, by=world.office, at=MARCH_31)


def _roster_row(number: int, *, is_eligible: bool = True) -> dict[str, object]:
    """Born on a day that no other factory uses."""
    body = f"37020019860606{number * 2 + 1:03d}"
    lately = dict.fromkeys(("入职日期", "从事本职业起始日期"), date(2025, 9, 1))
    held = ("原证书编号", "原证书职业", "原证书等级", "原证书发证日期")
    return roster_row(
        number, 证件号码=body + id_check_digit(body), 出生日期=date(1986, 6, 6),
        **({} if is_eligible else {**lately, **dict.fromkeys(held, "")}),
    )  # fmt: skip


def _draft(story: Story, person: Person, unit: Organisation, by: User) -> Application:
    return applications.start_application(
        batch=story.batch, line=story.batch.lines.get(), person=person, unit=unit, by=by,
        at=MARCH_10,
    )  # fmt: skip


def _ids(cases) -> list[int]:
    return list(cases.order_by("pk").values_list("pk", flat=True))


def _review(ids: Sequence[int], layer: int, choice: str, reason: str, by: User) -> None:
    applications.review(
        application_ids=ids, layer=layer, choice=choice, reason=reason, by=by, at=MARCH_10
    )


def examine(story: Story, *, sign: bool = True) -> None:
    world, batch = story.world, story.batch
    record(story, ["S08"], MARCH_31, is_skipped=True)
    record(story, ["S09", "S10"], MARCH_31)
    applications.assign_tickets(batch=batch, by=world.office, at=MARCH_31)
    record(story, STAGES[:8], EXAM)
    cases = _ids(batch.applications.filter(state="qualified"))
    theory = [(case, 8000 + 50 * place) for place, case in enumerate(cases)]
    practical = [(case, 7000) for case in cases]
    theory[2] = (cases[2], 5950)
    practical[3] = (cases[3], None)
    record(story, ["T09"], APRIL_20)
    for part, rows in (("theory", theory), ("practical", practical)):
        for entry, by in ((1, world.office), (2, story.second)):
            results.enter_scores(
                batch=batch, part=part, entry=entry, rows=rows, by=by, at=APRIL_20
            )  # fmt: skip
        results.settle_marks(batch=batch, part=part, by=world.office, at=APRIL_20)
    slip = results.ask_correction(
        mark_id=Mark.objects.get(application=cases[1], part="theory").pk, value=8150,
        reason="登分有误", by=story.second, at=APRIL_20,
    )  # fmt: skip
    results.decide_correction(correction_id=slip.pk, accept=True, by=world.office, at=APRIL_20)
    record(story, ["T10"], APRIL_20)
    results.decide_batch(batch=batch, by=world.office, at=APRIL_20)
    for layer, by in ((2, world.office), (3, world.committee)) if sign else ():
        results.sign_results(batch=batch, layer=layer, by=by, at=APRIL_20)


def record(story: Story, codes: Sequence[str], at: datetime, *, is_skipped: bool = False) -> None:
    """With a file where evidence is asked for, else with a note."""
    parts = procedure_of(story.batch.run.definition).parts
    for code in codes:
        for kind in parts[code].evidence or ("",):
            blob = store(f"{code} {kind}".encode(), media_type="image/png", at=at) if kind else None
            procedures.record_step(
                run=story.batch.run, step=code, note="存评价办公室", is_skipped=is_skipped,
                evidence_kind=kind, blob=blob, file_name=f"{kind}.png" if kind else "",
                by=story.world.assessor, at=at, context=story.batch,
            )  # fmt: skip


def publish_results(story: Story) -> PublicityPeriod:
    world = story.world
    period = publicity.open_period(
        batch=story.batch, kind=PeriodKind.RESULT, first_day=date(2026, 4, 20), by=world.office,
        at=APRIL_20,
    )  # fmt: skip
    for line, outcome in ((0, "dismissed"), (1, "upheld")):
        objection = publicity.raise_objection(
            period_id=period.pk, application_id=period.rows[line]["application"],
            text="质疑工作年限", objector="某职工", contact="13800000000", at=APRIL_20,
        )  # fmt: skip
        publicity.assign_handler(
            objection_id=objection.pk, handler=story.handler, by=world.office, at=APRIL_20
        )
        publicity.settle_objection(
            objection_id=objection.pk, outcome=outcome, decision="经查证如此", by=story.handler,
            at=APRIL_21,
        )  # fmt: skip
    return publicity.close_period(period_id=period.pk, by=world.office, at=APRIL_28)


def issue(story: Story) -> None:
    world, batch = story.world, story.batch
    run = certificates.start_issue(
        batch=batch, issued_on=date(2026, 5, 6), by=world.office, at=MAY_6
    )  # fmt: skip
    while certificates.issue_some(run_id=run.pk, limit=2, at=MAY_6):
        pass
    numbers = list(
        Certificate.objects.filter(batch=batch).order_by("number").values_list("number", flat=True)
    )
    certificates.hand_over(
        batch=batch, numbers=numbers, on=date(2026, 5, 6), by=world.office, at=MAY_6
    )
    last = Certificate.objects.get(number=numbers[-1])
    certificates.revoke(certificate_id=last.pk, reason="本人申请", by=world.office, at=MAY_6)


def pay(story: Story) -> None:
    world = story.world
    treatment.add_rule(
        org=world.port, level=4, monthly_fen=30_000, first_month=date(2026, 1, 1),
        basis="滨港薪〔2026〕1号", by=world.payroll, at=MAY_6,
    )  # fmt: skip
    valid = list(Certificate.objects.filter(batch=story.batch, state="valid").order_by("number"))
    made = treatment.appoint(
        org=world.port, certificates=valid, appointed_on=date(2026, 5, 6),
        first_month=date(2026, 5, 1), post="流机司机", by=world.office, at=MAY_6,
    )  # fmt: skip
    for month, at in ((date(2026, 5, 1), JUNE_10), (date(2026, 6, 1), JULY_10)):
        treatment.record_payments(
            org=world.port, month=month, entitlements=made, paid_on=at.date(),
            voucher=f"薪{month:%Y%m}", by=world.payroll, at=at,
        )  # fmt: skip
    treatment.end_entitlement(
        entitlement_id=made[-1].pk, last_month=date(2026, 7, 1), reason="调离", by=world.payroll,
        at=JULY_10,
    )  # fmt: skip


def make_bag(story: Story, *, at: datetime = JULY_10) -> Bag:
    bag = services.ask_bag(batch=story.batch, by=story.world.office, at=at)
    return services.make_bag(bag_id=bag.pk, at=at)
