"""Two evaluators, each with one of everything that an address can name, and who walks.

Both are made by the same services, so that what is 404 for a stranger exists beyond doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core import signing
from django.db.models import Model
from django.test import Client

from jiangjie.accounts.models import Invitation, Membership, Role, User
from jiangjie.accounts.services import invite
from jiangjie.applications import services as applications
from jiangjie.applications.models import Application
from jiangjie.archive import services as archive
from jiangjie.arrangement import services as arrangement
from jiangjie.catalogue import services as catalogue
from jiangjie.catalogue.models import Occupation
from jiangjie.certificates.models import Certificate
from jiangjie.exams import services as exams
from jiangjie.files import services as files
from jiangjie.itembank import services as bank
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.examples import EXAMPLES
from jiangjie.itembank.models import ElementTable, ItemVersion, NearPair
from jiangjie.itembank.rules.practical import ModuleRow, ScoreRow, TaskContent
from jiangjie.itembank.views.showing import SALT
from jiangjie.ledger import services as ledger
from jiangjie.ledger.models import Event
from jiangjie.marking import services as marking
from jiangjie.notices import services as notices
from jiangjie.orgs.models import Filing, Organisation, OrgKind
from jiangjie.orgs.rules import ScopeWish
from jiangjie.orgs.services import add_file, draft_filing, join_alliance, submit_filing
from jiangjie.papers import services as papers
from jiangjie.people.identity import unseal
from jiangjie.people.models import Education, Person
from jiangjie.people.services import add_record
from jiangjie.planning.models import AnnualPlan, Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Definition, StepRecord
from jiangjie.resources import services as resources
from jiangjie.results import services as results
from jiangjie.results import workbooks
from jiangjie.results.models import Mark
from jiangjie.treatment import services as treatment
from jiangjie.treatment.models import Payment
from tests.applications.factories import MARCH_10, hold, make_submitted, roster_row, write_roster
from tests.certificates.factories import ISSUE_DAY, certificates_of, make_issued_batch
from tests.exams.factories import make_theory_batch
from tests.exams.papers import make_content
from tests.factories import (
    CRANE,
    FITTER,
    MARCH_2,
    World,
    employ,
    make_org,
    make_person,
    make_user,
    make_world,
)
from tests.itembank.factories import make_bank
from tests.marking.factories import make_markers, make_released, make_round, sit
from tests.planning.factories import make_announced_batch, make_approved_plan, make_plan
from tests.publicity.factories import make_result_period, object_to
from tests.resources.factories import (
    CRANE_NAME,
    at,
    expert_workbook,
    make_expert,
    make_room,
    make_venue,
)
from tests.resources.factories import book as book_room
from tests.results.factories import make_decided_batch, make_signed_batch

NOW = ISSUE_DAY  # 28 April 2026: one batch is issued, another public for the last day
SITTING_DAY = NOW - timedelta(days=10)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c494441"
    "54789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Side:
    """One evaluator: what its addresses are made of, and what must not be seen beyond it."""

    world: World
    things: Mapping[str, int | str]
    names: Sequence[str]  # of its people
    numbers: Sequence[str]  # their identity numbers, in clear


@dataclass(frozen=True, slots=True)
class Walk:
    ours: Side
    theirs: Side
    actors: Mapping[str, User | None] = field(repr=False)
    sessions: Mapping[str, str]

    def visitor(self, actor: str) -> Client:
        """A browser in which the actor is logged in."""
        client = Client(raise_request_exception=False)
        if actor in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[actor]
        return client


def make_walk() -> Walk:
    procedures.seed(at=MARCH_2)
    world = make_world()
    ours = _furnish(world)
    theirs = _furnish(_abroad(world))
    for limit in (3, 2):
        ledger.sequence(at=NOW, limit=limit)
    elsewhere = make_org(OrgKind.BUREAU, "邻区人力资源和社会保障局")
    actors = {
        "nobody": world.nobody,
        **{role: getattr(world, role) for role in INSIDERS if hasattr(world, role)},
        # Who has judged the item of our bank, and an invigilator of no sitting yet.
        "writer": ItemVersion.objects.get(ready_of=ours.things["item"]).reviewer,
        "invigilator": make_user("金监考", world.port, Role.INVIGILATOR),
        "stranger_office": theirs.world.office,
        "stranger_admin": theirs.world.admin,
        "stranger_officer": make_user("邻局人社", elsewhere, Role.OFFICER),
    }
    sessions = {actor: _log_in(user) for actor, user in actors.items()}
    return Walk(ours, theirs, {"anonymous": None, **actors}, sessions)


def _log_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


INSIDERS = (
    "worker", "clerk_a", "clerk_b", "office", "committee", "assessor", "supervisor", "payroll",
    "admin", "officer", "writer", "invigilator",
)  # fmt: skip


def _abroad(world: World) -> World:
    """The stranger's organisation, staffed like ours."""
    org = world.stranger_org
    unit_a = make_org(OrgKind.EMPLOYER, "远山机械一分厂", parent=org)
    unit_b = make_org(OrgKind.EMPLOYER, "远山机械二分厂", parent=org)
    worker = make_user("蒋远工", unit_a, Role.WORKER)
    employ(make_person("蒋远工", user=worker), unit_a)
    return replace(
        world,
        port=org,
        unit_a=unit_a,
        unit_b=unit_b,
        filing=Filing.objects.get(org=org),
        worker=worker,
        clerk_a=make_user("沈远经", unit_a, Role.CLERK),
        clerk_b=make_user("韩远经", unit_b, Role.CLERK),
        office=world.stranger,
        committee=make_user("杨远委", org, Role.COMMITTEE),
        assessor=make_user("朱远考", org, Role.ASSESSOR),
        supervisor=make_user("秦远督", org, Role.SUPERVISOR),
        payroll=make_user("尤远薪", org, Role.PAYROLL),
        admin=make_user("许远管", org, Role.ADMIN),
    )


def _furnish(world: World) -> Side:
    """One of everything, through the services."""
    before = set(Person.objects.exclude(user=world.worker).values_list("pk", flat=True))
    person = world.worker.person
    hold(person, world.unit_a)
    blob = files.store(PIXEL, media_type="image/png", at=MARCH_2)
    education = add_record(
        Education, person=person, org=world.unit_a, by=None, at=MARCH_2, evidence=blob,
        values={"school_type": "技工学校", "school": "示例技工学校", "major": "起重",
                "until": date(2008, 7, 1)},
    )  # fmt: skip
    things: dict[str, int | str] = {
        "org": world.port.pk,
        "unit": world.unit_a.pk,
        "filing": world.filing.pk,
        **_ask_filing(world, blob),
        **_alliance(world),
        "invitation": _invitation(world).pk,
        "member": world.clerk_a.pk,
        "role": Membership.objects.get(user=world.clerk_a).pk,
        "person": person.pk,
        "record": education.pk,
        "employment": person.employments.get().pk,
        "definition": _own_definition(world).pk,
        "standard": _own_standard(world).pk,
        "plan": make_plan(world, year=2027).pk,
    }
    plan = make_approved_plan(world, levels=(2, 3, 4))
    things |= {"approved_plan": plan.pk}
    things |= _item_bank(world, things["alliance"])
    things |= _open_batch(world, plan, person, blob)
    things |= _decided_batch(world, plan)
    things |= _marked_batch(world, plan)
    things |= _resources(world, int(things["alliance"]))
    things |= _arrangement(world, int(things["decided_batch"]), int(things["expert"]))
    things |= _published_batch(world, plan)
    things |= _issued_batch(world, plan, blob)
    things["notice"] = notices.notify([world.worker], "请查看申报", link="/me/", at=NOW)[0].pk
    things["event"] = Event.objects.filter(org=world.port).latest("pk").pk
    people = list(Person.objects.exclude(pk__in=before))
    for each in people:
        if not each.employments.exists():
            employ(each, world.unit_a)
    return Side(
        world, things, [each.name for each in people], [unseal(each.id_cipher) for each in people]
    )


def _item_bank(world: World, borrower_id: int) -> dict[str, int | str]:
    """A bank with items in use and in review that look alike, a picture, a loan, a file that was
    checked, and a practical task."""
    town = make_bank(world, name=f"{world.port.name}题库")
    item, alike = town.ready(), town.item(point="A-B-001")
    bank.submit(item_ids=[alike.pk], by=town.writer, at=MARCH_10)
    figure = bank.add_figure(
        bank=town.bank, content=PIXEL, name="吊钩", by=town.writer, at=MARCH_10
    )
    loan = bank.lend(
        bank=town.bank, borrower=Organisation.objects.get(pk=borrower_id), terms="仅限联评",
        first_day=MARCH_10.date(), last_day=NOW.date(), by=world.office, at=MARCH_10,
    )  # fmt: skip
    made = bank.check_items(
        bank=town.bank, table=town.table, form="excel", file_name="试题.xlsx", by=world.office,
        content=FORMATS["excel"].write(EXAMPLES, {}, "示例").content, at=MARCH_10,
    )  # fmt: skip
    skill = bank.set_structure(
        owner=world.port, standard=town.table.standard, level=town.table.level, edition="2026",
        rows=[ModuleRow("作业准备", "检查", "", 10_000, 30, "practice")], source="命题组",
        by=world.office, at=MARCH_10,
    )  # fmt: skip
    task = bank.write_task(
        module=skill.modules.get(), title="作业前检查", by=town.writer, at=MARCH_10,
        content=TaskContent("", "", "检查。", (ScoreRow("外观", "齐全", 10_000, "漏一项扣5分"),)),
    )  # fmt: skip
    return {
        "bank": town.bank.pk, "item": item.pk, "item_in_review": alike.pk, "loan": loan.pk,
        "pair": NearPair.objects.get(first=item).pk, "item_import": made.pk,
        "figure": signing.dumps([figure.pk, world.office.pk], salt=SALT),
        "element_table": town.table.pk, "skill_table": skill.pk,
        "skill_module": skill.modules.get().pk, "skill_task": task.pk,
    }  # fmt: skip


def _ask_filing(world: World, blob: Model) -> dict[str, int]:
    """A further filing that waits for the bureau, with an attachment."""
    filing = draft_filing(
        org=world.port, bureau=world.bureau, wishes=[ScopeWish(FITTER, "", (3, 4))], by=world.admin,
        at=MARCH_2,
    )  # fmt: skip
    attached = add_file(
        filing_id=filing.pk, title="评价方案", blob=blob, file_name="方案.png", by=world.admin,
        at=MARCH_2,
    )  # fmt: skip
    submit_filing(filing_id=filing.pk, by=world.admin, at=MARCH_2)
    return {"new_filing": filing.pk, "filing_file": attached.pk}


def _alliance(world: World) -> dict[str, int]:
    alliance = make_org(OrgKind.ALLIANCE, f"{world.port.name}联评体", parent=world.bureau)
    member = join_alliance(
        alliance=alliance, org=world.port, is_lead=True, since=MARCH_2.date(), by=world.officer,
        at=MARCH_2,
    )  # fmt: skip
    return {"alliance": alliance.pk, "alliance_member": member.pk}


def _invitation(world: World) -> Invitation:
    """The worker is asked to assess."""
    return invite(
        username=world.worker.username, display_name=world.worker.display_name, org=world.port,
        role=Role.ASSESSOR, since=MARCH_2.date(), by=world.admin, at=MARCH_2,
    )  # fmt: skip


def _own_definition(world: World) -> Definition:
    body = dict(Definition.objects.get(org=None).body)
    return procedures.make_version(
        org=world.port, body={**body, "title": f"{body['title']}（{world.port.name}）"},
        by=world.office, at=MARCH_2,
    )  # fmt: skip


def _own_standard(world: World) -> Model:
    return catalogue.add_enterprise_standard(
        org=world.port, code=f"Q/SL{world.port.pk}-2026-01", title="砌筑工评价规范",
        occupation=Occupation.objects.get(pk="6-29-01-01"), conditions={"3": "GZB-2018"},
        related_occupations=[], related_majors=["建筑施工"], issued_on=date(2026, 1, 5),
        source="示例〔2026〕1号", by=world.office, at=MARCH_2,
    )  # fmt: skip


def _open_batch(
    world: World, plan: AnnualPlan, person: Person, blob: Model
) -> dict[str, int | str]:
    """Applications are taken: the worker's own draft with a photo, one under review, a roster."""
    batch = make_announced_batch(world, plan, title=f"{world.port.name}第一批")
    line = batch.lines.get()
    draft = applications.start_application(
        batch=batch, line=line, person=person, by=world.worker, at=MARCH_10
    )
    applications.save_draft(
        application_id=draft.pk, line=line, photo=blob, by=world.worker, at=MARCH_10
    )
    evidence = applications.add_evidence(
        application_id=draft.pk, kind="工龄证明", blob=blob, file_name="证明.png",
        by=world.worker, at=MARCH_10,
    )  # fmt: skip
    waiting = make_submitted(world, batch)
    roster = applications.check_roster(
        batch=batch, content=_roster(world), file_name="名册.xlsx", by=world.clerk_a, at=MARCH_10
    )
    record = StepRecord.objects.create(
        run=batch.run, step="S08", evidence_kind="", note="存档", blob=blob, file_name="安排.png",
        by=world.office, at=MARCH_10,
    )  # fmt: skip
    return {
        "open_batch": batch.pk, "line": line.pk,
        "announcement": batch.announcement.pk, "draft": draft.pk, "evidence": evidence.pk,
        "waiting": waiting.pk, "roster": roster.pk, "step_record": record.pk,
    }  # fmt: skip


def _roster(world: World) -> bytes:
    """A good row, one without a name, one of this side's unit."""
    rows = [roster_row(8), roster_row(9, 姓名=""), roster_row(10, 单位=world.unit_a.name)]
    with TemporaryDirectory() as folder:
        return write_roster(Path(folder) / "roster.xlsx", rows)


def _decided_batch(world: World, plan: AnnualPlan) -> dict[str, int | str]:
    """Decided and not signed, with a slip that waits and a sheet of scores."""
    batch = make_decided_batch(world, plan=plan, levels=(3,), title=f"{world.port.name}第二批")
    mark = Mark.objects.filter(application__batch=batch, part="theory").first()
    slip = results.ask_correction(
        mark_id=mark.pk, value=9000, reason="登分有误", by=world.office, at=NOW
    )
    cases = [workbooks.candidate(case) for case in batch.applications.order_by("ticket")]
    sheet = results.check_sheet(
        batch=batch, part="theory", entry=1, file_name="成绩.xlsx",
        blob=files.store(
            workbooks.template(cases, part="theory", title=batch.title),
            media_type="application/octet-stream", at=NOW,
        ),
        by=world.office, at=NOW,
    )  # fmt: skip
    return {
        **_sitting(world, batch),
        **_papers(world, batch),
        "decided_batch": batch.pk, "decided_case": mark.application_id, "mark": mark.pk,
        "slip": slip.pk, "sheet": sheet.pk,
    }  # fmt: skip


def _sitting(world: World, batch: Batch) -> dict[str, int]:
    """A room with its seats, a paper, a photo to compare, and one candidate checked in."""
    sitting = exams.arrange(
        batch=batch, title="理论知识考试", room=f"{world.port.name}机房", planned_at=NOW, minutes=90,
        by=world.office, at=MARCH_10,
    )  # fmt: skip
    exams.seat_candidates(sitting_id=sitting.pk, by=world.office, at=MARCH_10)
    exams.load_paper(sitting_id=sitting.pk, contents=[make_content()], by=world.office, at=MARCH_10)
    seat = sitting.seats.order_by("number")[0]
    photo = files.store(PIXEL, media_type="image/png", at=MARCH_2)
    Application.objects.filter(pk=seat.application_id).update(photo=photo)
    exams.check_in(seat_id=seat.pk, by=world.office, at=NOW)
    exams.note(sitting_id=sitting.pk, kind="leave", text="", seat=seat, by=world.office, at=NOW)
    return {"sitting": sitting.pk, "seat": seat.pk}


def _marked_batch(world: World, plan: AnnualPlan) -> dict[str, int]:
    """The worker's script, released, with a slip and a re-check that wait; and a round in which
    the assessor marks."""
    batch = make_theory_batch(
        world, count=3, plan=plan, levels=(4,), title=f"{world.port.name}阅卷批"
    )
    first = batch.applications.order_by("ticket")[0]
    Application.objects.filter(pk=first.pk).update(person=world.worker.person)
    made = make_released(world, sit(world, batch, limit=1), make_markers(world, 2))
    script = made.scripts.get()
    recheck = marking.ask_recheck(
        script_id=script.pk, reason="请核对", by=world.worker, at=SITTING_DAY
    )
    slip = marking.ask_slip(
        script_id=script.pk, unit=9, points=500, reason="漏看", by=world.office, at=SITTING_DAY
    )
    found = make_round(world, sit(world, batch), [world.assessor, *make_markers(world, 1)])
    return {
        "marked_batch": batch.pk, "released_round": made.pk, "script": script.pk,
        "recheck": recheck.pk, "marking_slip": slip.pk, "marking_round": found.pk,
        "marking_question": found.questions.get().pk,
        "share": found.questions.get().shares.get(marker=world.assessor).pk,
    }  # fmt: skip


def _papers(world: World, batch: Batch) -> dict[str, int]:
    """A blueprint, a run that found one paper, and that paper sealed and on its way."""
    table = ElementTable.objects.get(owner=world.port)
    wish = papers.BlueprintWish(
        title="理论知识试卷", table=table, minutes=90, shape=[("B", 1, 10_000)], batch=batch, forms=1,
        spares=0, by_weight=False, difficulty=65, spread=0,
    )  # fmt: skip
    by = {"by": world.office, "at": MARCH_10}
    blueprint = papers.save_blueprint(org=world.port, wish=wish, **by)
    run = papers.ask_assembly(blueprint=blueprint, batch=batch, **by)
    papers.assemble_run(run_id=run.pk, at=MARCH_10)
    made = papers.make_papers(run_id=run.pk, **by)
    papers.ask_proof(set_id=made.pk, experts=[world.committee], **by)
    papers.decide_proof(set_id=made.pk, choice="pass", by=world.committee, at=MARCH_10)
    papers.appoint_holders(
        set_id=made.pk, first=world.office, second=world.supervisor, opens_at=SITTING_DAY, **by
    )
    for holder in (world.office, world.supervisor):
        papers.draw_key(set_id=made.pk, by=holder, at=MARCH_10)
    papers.seal_set(set_id=made.pk, **by)
    paper = made.papers.get()
    handover = papers.give_paper(
        paper_id=paper.pk, taker=world.committee, copies=30, envelope="封袋1", place="保密室", **by
    )
    return {
        "blueprint": blueprint.pk, "run": run.pk, "paper_set": made.pk, "paper": paper.pk,
        "handover": handover.pk,
    }  # fmt: skip


def _resources(world: World, alliance: int) -> dict[str, int | str]:
    """The worker is an expert too: he is to be lent, was paid once, and cannot come on one day."""
    person = world.worker.person
    given = {"by": world.office, "at": MARCH_2}
    expert = resources.enter(
        org=world.port, person=person, occupations={CRANE: CRANE_NAME}, duties=["assess"],
        grade="senior_assessor", card_from=date(2025, 1, 1), card_until=date(2027, 1, 1),
        hired_from=date(2025, 1, 1), employer=world.port.name, **given,
    )  # fmt: skip
    absence = resources.tell_absence(
        person=person, first_day=date(2026, 5, 1), last_day=date(2026, 5, 3), reason="出差",
        org=world.port, **given,
    )  # fmt: skip
    paid = resources.pay_duty(
        expert_id=expert.pk, duty="assess", day=MARCH_2.date(), amount_fen=20_000, voucher="劳-1",
        batch=None, **given,
    )  # fmt: skip
    loan = resources.lend(
        expert=expert, alliance=Organisation.objects.get(pk=alliance), first_day=date(2026, 3, 3),
        last_day=date(2026, 12, 31), note="", **given,
    )  # fmt: skip
    venue = make_venue(world, f"{world.port.name}实训场")
    room = make_room(world, venue)
    piece = resources.add_equipment(
        venue_id=venue.pk, room=room, name="轮胎吊", serial="RTG-1", quantity=1,
        inspected_on=date(2025, 4, 1), inspect_by=date(2026, 4, 1), **given,
    )  # fmt: skip
    booking = book_room(world, room, at(29, 9), at(29, 11))
    checked = resources.check_import(
        org=world.port, content=expert_workbook(), file_name="专家.xlsx", **given
    )
    return {
        "expert": expert.pk, "absence": absence.pk, "duty_pay": paid.pk, "expert_loan": loan.pk,
        "venue": venue.pk, "room": room.pk, "equipment": piece.pk, "booking": booking.pk,
        "expert_import": checked.pk,
    }  # fmt: skip


def _arrangement(world: World, decided: int, expert: int) -> dict[str, int | str]:
    """A panel of the decided batch, full and told; the worker sits on it; a search that waits."""
    batch = Batch.objects.get(pk=decided)
    given = {"by": world.office, "at": MARCH_10}
    others = [make_expert(world, f"{world.port.name[:2]}专家{name}") for name in "甲乙"]
    (panel,) = arrangement.make_panels(
        batch=batch, part="practical", per_panel=99, size=3, starts_at=at(18, 9),
        ends_at=at(18, 11), **given,
    )  # fmt: skip
    seats = [
        arrangement.seat(panel_id=panel.pk, expert_id=pk, **given)
        for pk in (expert, *(other.pk for other in others))
    ]
    arrangement.publish(batch=batch, **given)
    tie = arrangement.tell_tie(
        person=others[0].person, other=others[1].person, kind="mentor", source="协议",
        org=world.port, **given,
    )  # fmt: skip
    asked = arrangement.ask_search(batch=batch, kind="fill", outside_percent=0, **given)
    return {
        "panel": panel.pk, "panel_seat": seats[0].pk, "letter": seats[0].letters.get().pk,
        "tie": tie.pk, "solving": asked.pk,
    }  # fmt: skip


def _published_batch(world: World, plan: AnnualPlan) -> dict[str, int | str]:
    """Signed and public, with one objection."""
    batch = make_signed_batch(world, plan=plan, levels=(2,), title=f"{world.port.name}第三批")
    period = make_result_period(world, batch, first_day=date(2026, 4, 21))
    objection = object_to(period, objector="实名群众", contact="13900000000", at=NOW)
    return {
        "batch": batch.pk, "period": period.pk, "objection": objection.pk,
        "receipt": objection.receipt,
    }  # fmt: skip


def _issued_batch(world: World, plan: AnnualPlan, blob: Model) -> dict[str, int | str]:
    """Certificates, one of them appointed and paid for a month, and an archive asked for."""
    treatment.add_rule(
        org=world.port, level=2, monthly_fen=20_000, first_month=date(2026, 1, 1),
        basis="示例薪〔2026〕1号", by=world.payroll, at=NOW,
    )  # fmt: skip
    certificate, payment = _paid(world, plan, blob)
    batch = certificate.batch
    slip = treatment.ask_reversal(
        payment_id=payment.pk, reason="登错", slip="红字-1", by=world.payroll, at=NOW
    )
    return {
        "issued_batch": batch.pk, "certificate": certificate.pk, "secret": certificate.secret,
        "rate": payment.entitlement.rule_id, "entitlement": payment.entitlement_id,
        "payment": payment.pk, "reversal": slip.pk, "bag": archive.ask_bag(batch=batch, by=world.office, at=NOW).pk,
    }  # fmt: skip


def _paid(world: World, plan: AnnualPlan, blob: Model) -> tuple[Certificate, Payment]:
    batch = make_issued_batch(
        world, plan=plan, levels=(2,), title=f"{world.port.name}第四批", passed=2
    )
    certificate = certificates_of(batch)[0]
    entitlements = treatment.appoint(
        org=world.port, certificates=[certificate], appointed_on=NOW.date(),
        first_month=date(2026, 4, 1), by=world.office, at=NOW,
    )  # fmt: skip
    (payment,) = treatment.record_payments(
        org=world.port, month=date(2026, 4, 1), entitlements=entitlements, paid_on=NOW.date(),
        voucher="薪202604-01", proof=blob, by=world.payroll, at=NOW,
    )  # fmt: skip
    return certificate, payment


def grow(side: Side) -> None:
    """More of everything that lists show, so that their cost can be compared."""
    world, blob = side.world, files.store(PIXEL, media_type="image/png", at=MARCH_2)
    plan = AnnualPlan.objects.get(pk=side.things["approved_plan"])
    procedures_body = Definition.objects.get(pk=side.things["definition"]).body
    procedures.make_version(
        org=world.port, body={**procedures_body, "title": "又一版"}, by=world.office, at=MARCH_2
    )
    for number in range(2):
        make_expert(world, f"添专家{number}")
        venue = make_venue(world, f"添场地{number}")
        resources.add_equipment(
            venue_id=venue.pk, room=None, name="添设备", serial="", quantity=1, inspected_on=None,
            inspect_by=date(2026, 4, 1), by=world.office, at=MARCH_2,
        )  # fmt: skip
        worker = make_user("", world.unit_a, Role.WORKER)
        person = make_person(user=worker)
        employ(person, world.unit_a)
        make_org(OrgKind.EMPLOYER, parent=world.port)
        _open_batch(replace(world, worker=worker), plan, person, blob)
        _decided_batch(world, plan)
        _published_batch(world, plan)
        certificate, _ = _paid(world, plan, blob)
        archive.ask_bag(batch=certificate.batch, by=world.office, at=NOW)
        notices.notify([world.worker], "请查看申报", link="/me/", at=NOW)
    batch = Batch.objects.get(pk=side.things["open_batch"])
    for _ in range(2):
        make_submitted(world, batch)
        applications.check_roster(
            batch=batch, content=_roster(world), file_name="名册.xlsx", by=world.clerk_a,
            at=MARCH_10,
        )  # fmt: skip
