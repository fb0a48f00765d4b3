"""Deeds: making panels, seating people by hand, searching, sending letters, checking on the day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.arrangement import board as boards
from jiangjie.arrangement import letters, searching
from jiangjie.arrangement.board import Sitting
from jiangjie.arrangement.models import (
    NEEDS_CARD,
    DayCheck,
    Declaration,
    Letter,
    Panel,
    PanelCase,
    PanelPart,
    RunKind,
    Seat,
    Solving,
    Tie,
)
from jiangjie.arrangement.rules import panel_checks
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.notices import services as notices
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.policy.queries import pack_of
from jiangjie.resources import services as resources
from jiangjie.resources.models import Room
from jiangjie.resources.rules import Finding, check_span

DUTY = "arrangement.search"

# ---- ties and declarations ------------------------------------------------------------------


@transaction.atomic
def tell_tie(
    *, person: Person, other: Person, kind: str, source: str, org: Organisation, by: User,
    at: datetime,
) -> Tie:  # fmt: skip
    """That two people are bound; which of them is named first does not matter."""
    if person == other:
        raise RuleViolation("arrangement.tie_to_himself", gettext_noop("请选择两个不同的人。"))
    if not source.strip():
        raise RuleViolation("arrangement.no_source", gettext_noop("请写明来源。"))
    first, second = sorted((person, other), key=lambda each: each.pk)
    Person.objects.select_for_update(no_key=True).get(pk=first.pk)
    if Tie.objects.filter(person=first, other=second, kind=kind, taken_back_at=None).exists():
        raise RuleViolation("arrangement.tie_known", gettext_noop("已登记过这一关系。"))
    tie = Tie.objects.create(
        person=first, other=second, kind=kind, source=source.strip(), org=org, told_by=by,
        told_at=at,
    )  # fmt: skip
    ledger.record(
        "arrangement.tie_told", subject=tie, org=org, by=by, at=at, person=first.pk,
        other=second.pk, kind=kind,
    )  # fmt: skip
    return tie


@transaction.atomic
def take_back_tie(*, tie_id: int, by: User, at: datetime) -> Tie:
    """It was told in error, or holds no more. Safe to repeat."""
    tie = Tie.objects.select_for_update(of=("self",)).select_related("org").get(pk=tie_id)
    if tie.taken_back_at is None:
        tie.taken_back_at = at
        tie.save(update_fields=["taken_back_at"])
        ledger.record("arrangement.tie_taken_back", subject=tie, org=tie.org, by=by, at=at)
    return tie


@transaction.atomic
def declare(
    *, batch: Batch, person: Person, is_expert: bool, names: str, by: User, at: datetime
) -> Declaration:
    """回避声明 of one person for one batch; a later one replaces the former. What it says is
    turned into ties by the office, which knows who is meant."""
    if person.user_id != by.pk:
        raise RuleViolation(
            "arrangement.not_his_declaration", gettext_noop("回避声明须由本人作出。")
        )
    made, _ = Declaration.objects.update_or_create(
        batch=batch, person=person, is_expert=is_expert,
        defaults={"names": names.strip(), "made_at": at},
    )  # fmt: skip
    ledger.record(
        "arrangement.declared", subject=made, org=batch.org, by=by, at=at, context=batch,
        is_expert=is_expert, names_somebody=bool(made.names),
    )  # fmt: skip
    return made


# ---- panels ---------------------------------------------------------------------------------


@transaction.atomic
def make_panels(
    *, batch: Batch, part: str, per_panel: int, size: int, starts_at: datetime,
    ends_at: datetime, by: User, at: datetime,
) -> list[Panel]:  # fmt: skip
    """Panels for all qualified candidates of a part that have none yet, in tickets' order; a
    practical or review panel is of one line. A supervision panel has no candidates of its own."""
    check_span(starts_at, ends_at)
    batch = _locked(batch.pk)
    _check_size(batch, part, size)
    groups = _groups(batch, part, per_panel)
    if not groups:
        raise RuleViolation(
            "arrangement.nobody_left",
            gettext_noop("没有待编组的考生：须审核通过且未编入同类的组。"),
        )
    taken = set(batch.panels.filter(cancelled_at=None).values_list("name", flat=True))
    made = []
    for line_id, cases in groups:
        panel = Panel.objects.create(
            batch=batch, part=part, line_id=line_id, size=size, starts_at=starts_at,
            ends_at=ends_at, name=_free_name(str(PanelPart(part).label), taken),
        )  # fmt: skip
        PanelCase.objects.bulk_create(
            PanelCase(panel=panel, part=part, application=case, place=place)
            for place, case in enumerate(cases, start=1)
        )
        made.append(panel)
    ledger.record(
        "arrangement.panels_made", subject=batch, org=batch.org, by=by, at=at, context=batch,
        part=part, panels=[panel.pk for panel in made], people=sum(len(c) for _, c in groups),
    )  # fmt: skip
    return made


def _check_size(batch: Batch, part: str, size: int) -> None:
    asked = boards.size_of(pack_of(batch.pack), part)
    if wrong := panel_checks.size_finding(size, asked.least, asked.clause, is_odd=asked.is_odd):
        raise wrong.refusal()


def _groups(
    batch: Batch, part: str, per_panel: int
) -> list[tuple[int | None, Sequence[Application]]]:
    if part == PanelPart.SUPERVISION:
        return [(None, [])]
    cases = list(
        batch.applications.filter(state=ApplicationState.QUALIFIED)
        .exclude(panel_cases__part=part)
        .order_by("line_id", "ticket", "pk")
    )
    if part == PanelPart.THEORY:
        return [(None, cases[n : n + per_panel]) for n in range(0, len(cases), per_panel)]
    found: list[tuple[int | None, Sequence[Application]]] = []
    for line in sorted({case.line_id for case in cases}):
        mine = [case for case in cases if case.line_id == line]
        found += [(line, mine[n : n + per_panel]) for n in range(0, len(mine), per_panel)]
    return found


def _free_name(stem: str, taken: set[str]) -> str:
    number = 1
    while (name := f"{stem}{number}") in taken:
        number += 1
    taken.add(name)
    return name


@transaction.atomic
def schedule(
    *, panel_id: int, name: str, size: int, starts_at: datetime, ends_at: datetime,
    room: Room | None, by: User, at: datetime,
) -> Panel:  # fmt: skip
    """Name, size, time and room. A former booking is given back, the new one made at once."""
    check_span(starts_at, ends_at)
    panel = _panel(panel_id)
    batch = panel.batch
    _check_size(batch, panel.part, size)
    if batch.panels.filter(name=name, cancelled_at=None).exclude(pk=panel.pk).exists():
        raise RuleViolation("arrangement.name_taken", gettext_noop("本批次已有同名的组。"))
    old = panel.booking
    same = (
        old is not None and old.cancelled_at is None and room is not None
        and (old.room_id, old.starts_at, old.ends_at) == (room.pk, starts_at, ends_at)
    )  # fmt: skip
    if not same:
        if old is not None:
            resources.cancel_booking(booking_id=old.pk, by=by, at=at)
        panel.booking = (
            resources.book(
                room_id=room.pk, starts_at=starts_at, ends_at=ends_at, org=batch.org, by=by, at=at,
                purpose=f"{batch.title} {name}"[:200], batch=batch,
            )
            if room
            else None
        )  # fmt: skip
    panel.name, panel.size, panel.starts_at, panel.ends_at = name, size, starts_at, ends_at
    panel.save()
    ledger.record(
        "arrangement.panel_scheduled", subject=panel, org=batch.org, by=by, at=at, context=batch,
        name=name, size=size, starts_at=starts_at, ends_at=ends_at,
        room=room.pk if room else None,
    )  # fmt: skip
    return panel


@transaction.atomic
def cancel_panel(*, panel_id: int, by: User, at: datetime) -> Panel:
    """Its candidates can be put elsewhere, its members and its room are free again."""
    panel = _panel(panel_id)
    if panel.booking is not None:
        resources.cancel_booking(booking_id=panel.booking_id or 0, by=by, at=at)
    for seat in panel.seats.filter(left_at=None):
        _leave(seat, gettext_noop("组已撤销"), by, at)
    panel.cases.all().delete()
    panel.cancelled_at = at
    panel.save(update_fields=["cancelled_at"])
    ledger.record(
        "arrangement.panel_cancelled", subject=panel, org=panel.batch.org, by=by, at=at,
        context=panel.batch,
    )  # fmt: skip
    return panel


# ---- by hand --------------------------------------------------------------------------------


@transaction.atomic
def seat(
    *, panel_id: int, expert_id: int, replaces: int | None = None, by: User, at: datetime
) -> Seat:
    """Choose somebody, perhaps in place of another. Refused with the first rule that forbids it;
    what only warns is shown and stays."""
    panel = _panel(panel_id)
    former = panel.seats.filter(pk=replaces, left_at=None).first() if replaces else None
    if former is not None:
        _leave(former, gettext_noop("改派"), by, at)
    board = boards.read(panel.batch)
    sitting = board.by_panel[panel.pk]
    expert = board.experts.get(expert_id)
    if expert is None:
        raise RuleViolation(
            "arrangement.unknown_expert", gettext_noop("该专家不在本单位或共享的专家库中。")
        )
    if len(sitting.seats) >= panel.size:
        raise RuleViolation(
            "arrangement.panel_full", gettext_noop("本组应有%(size)d人，已满。"), size=panel.size
        )
    if expert_id in board.seated[panel.pk]:
        raise RuleViolation("arrangement.seated_before", gettext_noop("该专家已在本组。"))
    _check(board.fitness(sitting, [expert])[expert.pk])
    made = Seat.objects.create(
        panel=panel, expert=expert, by_hand=True, is_locked=True, taken_at=at,
        is_chair=bool(former and former.is_chair),
    )  # fmt: skip
    ledger.record(
        "arrangement.seated", subject=made, org=panel.batch.org, by=by, at=at, context=panel.batch,
        panel=panel.pk, expert=expert.pk, by_hand=True,
    )  # fmt: skip
    return made


def _check(findings: Iterable[Finding]) -> None:
    for finding in findings:
        if finding.is_hard:
            raise finding.refusal()


@transaction.atomic
def unseat(*, seat_id: int, reason: str, by: User, at: datetime) -> Seat:
    """Take somebody off a panel; the seat stays empty until it is filled or repaired."""
    found = _seat(seat_id)
    if not reason.strip():
        raise RuleViolation("arrangement.reason_missing", gettext_noop("请填写原因。"))
    _leave(found, reason.strip(), by, at)
    return found


def _leave(found: Seat, reason: str, by: User | None, at: datetime) -> None:
    found.left_at, found.left_reason, found.is_chair, found.is_locked = at, reason, False, False
    found.save(update_fields=["left_at", "left_reason", "is_chair", "is_locked"])
    panel = found.panel
    ledger.record(
        "arrangement.unseated", subject=found, org=panel.batch.org, by=by, at=at,
        context=panel.batch, panel=panel.pk, expert=found.expert_id, reason=reason,
    )  # fmt: skip


@transaction.atomic
def lock(*, seat_id: int, is_locked: bool, by: User, at: datetime) -> Seat:
    """A locked seat stays whatever a search finds."""
    found = _seat(seat_id)
    if found.is_locked != is_locked:
        found.is_locked = is_locked
        found.save(update_fields=["is_locked"])
        ledger.record(
            "arrangement.locked" if is_locked else "arrangement.unlocked", subject=found,
            org=found.panel.batch.org, by=by, at=at, context=found.panel.batch,
        )  # fmt: skip
    return found


@transaction.atomic
def make_chair(*, seat_id: int, by: User, at: datetime) -> Seat:
    found = _seat(seat_id)
    found.panel.seats.filter(left_at=None, is_chair=True).update(is_chair=False)
    found.is_chair = True
    found.save(update_fields=["is_chair"])
    ledger.record(
        "arrangement.chair_named", subject=found, org=found.panel.batch.org, by=by, at=at,
        context=found.panel.batch,
    )  # fmt: skip
    return found


# ---- searching ------------------------------------------------------------------------------


@transaction.atomic
def ask_search(*, batch: Batch, kind: str, outside_percent: int, by: User, at: datetime) -> Solving:
    """Ask for seatings; a job then searches. While one is searched for, that one is given."""
    batch = _locked(batch.pk)
    running = batch.solvings.filter(ended_at=None).first()
    if running is not None:
        return running
    board = boards.read(batch)
    if not board.sittings:
        raise RuleViolation("arrangement.no_panels", gettext_noop("请先编组，再安排人员。"))
    asked = Solving.objects.create(
        batch=batch, kind=kind, outside_percent=outside_percent, asked_by=by, asked_at=at,
        before={str(pk): sorted(experts) for pk, experts in board.seated.items()},
    )  # fmt: skip
    ledger.record(
        "arrangement.search_asked", subject=asked, org=batch.org, by=by, at=at, context=batch,
        kind=kind, outside_percent=outside_percent,
    )  # fmt: skip
    jobs.wake(DUTY)
    return asked


@transaction.atomic
def cancel_search(*, run_id: int, by: User, at: datetime) -> Solving:
    """Stop; the best that was found until then can still be taken."""
    run = _run(run_id)
    if run.ended_at is None:
        run.ended_at = run.cancelled_at = at
        run.save(update_fields=["ended_at", "cancelled_at"])
        ledger.record(
            "arrangement.search_cancelled", subject=run, org=run.batch.org, by=by, at=at,
            context=run.batch,
        )  # fmt: skip
    return run


def search(*, run_id: int, at: datetime) -> Solving:
    """Do a search that was asked for; called again, and after a kill, it begins anew.

    Each step's answer was checked and is written down at once, so a cancelled one leaves it.
    """
    run = Solving.objects.select_related("batch__org", "batch__pack").get(pk=run_id)
    if run.state != "running":
        return run
    try:
        for step in searching.steps(run):
            end = {"ended_at": at} if "conflict" in step else {}
            if not Solving.objects.filter(pk=run.pk, ended_at=None).update(**step, **end):
                return Solving.objects.get(pk=run.pk)  # cancelled
    except Exception as why:
        Solving.objects.filter(pk=run.pk, ended_at=None).update(
            error=f"{type(why).__name__}: {why}"[:300], ended_at=at
        )
        raise
    Solving.objects.filter(pk=run.pk, ended_at=None).update(ended_at=at)
    return Solving.objects.get(pk=run.pk)


@transaction.atomic
def apply_search(*, run_id: int, by: User, at: datetime) -> Solving:
    """Seat those who were found. Checked once more against the present: who has fallen ill since,
    or a panel that was changed, and nothing is taken over."""
    run = _run(run_id)
    if run.applied_at is not None:
        return run
    if not run.found or run.ended_at is None:
        raise RuleViolation("arrangement.nothing_found", gettext_noop("还没有可以采用的方案。"))
    batch = _locked(run.batch_id)
    board = boards.read(batch, outside_percent=run.outside_percent)
    wanted = {int(pk): list(experts) for pk, experts in run.found.items()}
    if {str(pk): sorted(experts) for pk, experts in board.seated.items()} != run.before:
        raise RuleViolation(
            "arrangement.changed_meanwhile",
            gettext_noop("安排期间人员已有变动，请重新安排。"),
        )
    _check(searching.hard_findings(board, wanted))
    for sitting in board.sittings:
        _apply(sitting, wanted.get(sitting.panel.pk, []), run, by, at)
    run.applied_at = at
    run.save(update_fields=["applied_at"])
    ledger.record(
        "arrangement.search_applied", subject=run, org=batch.org, by=by, at=at, context=batch,
        panels=run.found, figures=run.figures,
    )  # fmt: skip
    return run


def _apply(sitting: Sitting, wanted: Sequence[int], run: Solving, by: User, at: datetime) -> None:
    reason = gettext_noop("自动安排") if run.kind == RunKind.FILL else gettext_noop("最少变动调整")
    for each in sitting.seats:
        if each.expert_id not in wanted:
            _leave(each, reason, by, at)
    now = {each.expert_id for each in sitting.seats}
    needs_chair = sitting.panel.part in NEEDS_CARD and not any(
        each.is_chair and each.expert_id in wanted for each in sitting.seats
    )
    for pk in wanted:
        if pk not in now:
            Seat.objects.create(
                panel=sitting.panel, expert_id=pk, taken_at=at, is_chair=needs_chair
            )
            needs_chair = False


# ---- letters --------------------------------------------------------------------------------


@transaction.atomic
def publish(*, batch: Batch, by: User, at: datetime) -> dict[str, int]:
    """Send letters and tell candidates: only those for whom something is new or different.

    Refused while a rule that forbids is broken anywhere.
    """
    batch = _locked(batch.pk)
    board = boards.read(batch)
    if not board.sittings:
        raise RuleViolation("arrangement.no_panels", gettext_noop("请先编组，再安排人员。"))
    _check(searching.hard_findings(board, board.seated))
    counts = {"sent": 0, "withdrawn": 0, "candidates": 0}
    for gone in Letter.objects.filter(
        seat__panel__batch=batch, withdrawn_at=None, seat__left_at__isnull=False
    ).select_related("seat__expert__person__user"):
        _withdraw(gone, by, at, batch)
        counts["withdrawn"] += 1
    for sitting in board.sittings:
        where = letters.where(sitting.panel)
        present = {
            each.seat_id: each
            for each in Letter.objects.filter(seat__in=sitting.seats, withdrawn_at=None)
        }
        for each in sitting.seats:
            content = {**where, "is_chair": each.is_chair}
            old = present.get(each.pk)
            if old is not None and old.content == content:
                continue
            if old is not None:
                old.withdrawn_at = at
                old.save(update_fields=["withdrawn_at"])
            _send(each, content, batch, by, at, is_change=old is not None)
            counts["sent"] += 1
        counts["candidates"] += _tell_candidates(sitting, where, batch, at)
    ledger.record(
        "arrangement.published", subject=batch, org=batch.org, by=by, at=at, context=batch, **counts
    )
    return counts


def _send(
    each: Seat, content: Mapping[str, Any], batch: Batch, by: User, at: datetime, *, is_change: bool
) -> None:
    number = f"{batch.number}-派-{each.pk}-{each.letters.count() + 1}"
    letter = Letter.objects.create(
        seat=each, number=f"{batch.org_id}-{number}", content=dict(content), sent_by=by,
        sent_at=at,
    )  # fmt: skip
    ledger.record(
        "arrangement.letter_sent", subject=letter, org=batch.org, by=by, at=at, context=batch,
        expert=each.expert_id, panel=each.panel_id,
    )  # fmt: skip
    user = each.expert.person.user
    if user is not None:
        text = (
            gettext_noop("%(batch)s：您的派遣有变动，请查看新的派遣令。")
            if is_change
            else gettext_noop("%(batch)s：您被派遣参加%(panel)s，请答复是否参加。")
        )
        notices.notify(
            [user], text, link="/me/duties/", at=at, batch=batch.title, panel=content["panel"]
        )


def _withdraw(gone: Letter, by: User, at: datetime, batch: Batch) -> None:
    gone.withdrawn_at = at
    gone.save(update_fields=["withdrawn_at"])
    ledger.record(
        "arrangement.letter_withdrawn", subject=gone, org=batch.org, by=by, at=at, context=batch
    )
    user = gone.seat.expert.person.user
    if user is not None:
        notices.notify(
            [user], gettext_noop("%(batch)s：对您的派遣已撤回。"), link="/me/duties/", at=at,
            batch=batch.title,
        )  # fmt: skip


def _tell_candidates(sitting: Sitting, where: Mapping[str, Any], batch: Batch, at: datetime) -> int:
    changed = [case for case in sitting.cases if case.told != dict(where)]
    for case in changed:
        case.told = dict(where)
    PanelCase.objects.bulk_update(changed, ["told"], batch_size=500)
    users = [case.application.person.user for case in changed if case.application.person.user_id]
    notices.notify(
        [user for user in users if user is not None],
        gettext_noop("%(batch)s：您的考评时间和地点已安排，请查看准考证。"),
        link="/me/tickets/", at=at, batch=batch.title,
    )  # fmt: skip
    return len(changed)


@transaction.atomic
def answer(*, letter_id: int, is_accepted: bool, reason: str, by: User, at: datetime) -> Letter:
    """The expert says whether he comes. A no frees nothing by itself: the office repairs."""
    letter = (
        Letter.objects.select_for_update(of=("self",))
        .select_related("seat__expert__person", "seat__panel__batch__org", "sent_by")
        .get(pk=letter_id)
    )
    batch = letter.seat.panel.batch
    if letter.seat.expert.person.user_id != by.pk:
        raise RuleViolation("arrangement.not_his_letter", gettext_noop("须由本人答复。"))
    if letter.withdrawn_at is not None:
        raise RuleViolation("arrangement.letter_is_old", gettext_noop("该派遣令已撤回或更新。"))
    if not is_accepted and not reason.strip():
        raise RuleViolation("arrangement.reason_missing", gettext_noop("请填写原因。"))
    letter.answered_at, letter.is_accepted, letter.answer = at, is_accepted, reason.strip()
    letter.save(update_fields=["answered_at", "is_accepted", "answer"])
    ledger.record(
        "arrangement.letter_answered", subject=letter, org=batch.org, by=by, at=at, context=batch,
        is_accepted=is_accepted,
    )  # fmt: skip
    if not is_accepted:
        notices.notify(
            [letter.sent_by], gettext_noop("%(name)s不能参加%(panel)s：%(why)s"),
            link=f"/arrangement/panels/{letter.seat.panel_id}/", at=at,
            name=letter.seat.expert.person.name, panel=letter.seat.panel.name, why=letter.answer,
        )  # fmt: skip
    return letter


@transaction.atomic
def check_on_the_day(*, panel_id: int, by: User, at: datetime) -> DayCheck:
    """Everything once more on the day, and what stands against the panel, on record."""
    panel = _panel(panel_id)
    board = boards.read(panel.batch)
    report = board.report(board.by_panel[panel.pk])
    found = [
        _plain(board.experts[pk].person.name, one) for pk, each in report.members.items() for one in each
    ] + [_plain("", one) for one in report.panel]  # fmt: skip
    made = DayCheck.objects.create(panel=panel, findings=found, by=by, at=at)
    ledger.record(
        "arrangement.day_checked", subject=made, org=panel.batch.org, by=by, at=at,
        context=panel.batch, panel=panel.pk, hard=report.hard, soft=report.soft,
        on=timezone.localdate(at),
    )  # fmt: skip
    return made


def _plain(member: str, one: Finding) -> dict[str, Any]:
    return {
        "member": member, "code": one.code, "text": one.text, "source": one.source,
        "values": {name: value if isinstance(value, int) else str(value)
                   for name, value in one.values.items()},
        "confidence": one.confidence, "is_hard": one.is_hard,
    }  # fmt: skip


# ---- shared ---------------------------------------------------------------------------------


def _locked(batch_id: int) -> Batch:
    """One change of a batch's seating at a time."""
    return (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "pack", "run")
        .get(pk=batch_id)
    )


def _panel(panel_id: int) -> Panel:
    panel = Panel.objects.select_related("line", "booking").get(pk=panel_id)
    panel.batch = _locked(panel.batch_id)
    panel.refresh_from_db(fields=["cancelled_at", "size"])
    if panel.cancelled_at is not None:
        raise RuleViolation("arrangement.panel_gone", gettext_noop("该组已撤销。"))
    return panel


def _seat(seat_id: int) -> Seat:
    found = Seat.objects.select_related("panel__line", "expert__person").get(pk=seat_id)
    found.panel.batch = _locked(found.panel.batch_id)
    found.refresh_from_db(fields=["left_at", "is_chair", "is_locked"])
    if found.left_at is not None:
        raise RuleViolation("arrangement.left_before", gettext_noop("该专家已离开本组。"))
    return found


def _run(run_id: int) -> Solving:
    return (
        Solving.objects.select_for_update(of=("self",)).select_related("batch__org").get(pk=run_id)
    )
