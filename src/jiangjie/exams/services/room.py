"""What invigilators do: check in, ring the bell, help, take in, close. Each deed on record."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.exams import keys, queries
from jiangjie.exams.models import (
    Answer,
    Incident,
    IncidentKind,
    Paper,
    Place,
    RoomReturn,
    Seat,
    Sheet,
    Sitting,
)
from jiangjie.exams.rules import marking, room_files
from jiangjie.exams.rules import sitting as rules
from jiangjie.exams.rules.units import units_of
from jiangjie.exams.services.arranging import check_not_closed, locked, locked_seat, record
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.procedures.queries import require_step

LONGEST_EXTENSION = 240  # minutes


@transaction.atomic
def check_in(*, seat_id: int, by: User, at: datetime) -> Seat:
    """The invigilator has compared identity card, photo and face. Repeating it changes nothing."""
    seat = locked_seat(seat_id)
    check_not_closed(seat.sitting)
    if seat.checked_in_at is not None:
        return seat
    sitting = seat.sitting
    if sitting.bell_at is not None:
        rules.check_not_too_late(sitting.bell_at, sitting.late_minutes, at)
        Incident.objects.create(sitting=sitting, seat=seat, kind=IncidentKind.LATE, at=at, by=by)
    seat.checked_in_at, seat.checked_in_by = at, by
    seat.wrong_tries = 0
    seat.save(update_fields=["checked_in_at", "checked_in_by", "wrong_tries"])
    record("exams.checked_in", sitting, by=by, at=at, seat=seat.pk, case=seat.application_id)
    return seat


@transaction.atomic
def ring(*, sitting_id: int, start_code: str = "", by: User, at: datetime) -> Sitting:
    """The bell: from this instant of the server's clock the time of everybody runs. Once.

    On a room node the papers open with `start_code`; the centre gives it out when the procedure
    has come so far.
    """
    sitting = locked(sitting_id)
    check_not_closed(sitting)
    if sitting.bell_at is not None:
        raise RuleViolation("exams.rung", gettext_noop("本场考试已开考。"))
    if sitting.place == Place.HERE:
        require_step(sitting.batch.run, queries.STAGE, timezone.localdate(at))
    seats = Seat.objects.filter(sitting=sitting)
    if not seats.filter(checked_in_at__isnull=False).exists():
        raise RuleViolation(
            "exams.nobody_checked_in", gettext_noop("还没有核验任何考生，不能开考。")
        )
    without = seats.filter(paper=None).count()
    if without:
        raise RuleViolation(
            "exams.without_paper",
            gettext_noop("有%(count)d个座位没有试卷，请先装入试卷。"),
            count=without,
        )
    if sitting.place == Place.NODE:
        _open_papers(sitting, start_code)
    sitting.bell_at, sitting.bell_by = at, by
    sitting.save(update_fields=["bell_at", "bell_by"])
    record(
        "exams.rung", sitting, by=by, at=at,
        forms=dict(Paper.objects.filter(sitting=sitting).values_list("code", "digest")),
        # Whose order was drawn from which seed is fixed before anybody sees an item.
        seeds=canonical.digest([list(row) for row in seats.order_by("number").values_list("number", "seed")]),
    )  # fmt: skip
    return sitting


def _open_papers(sitting: Sitting, start_code: str) -> None:
    """From here on the keys lie under the node's own key: a restart needs no code."""
    for paper in Paper.objects.filter(sitting=sitting):
        try:
            key = room_files.unlock(bytes(paper.package_key), start_code)
        except room_files.WrongCode as why:
            raise RuleViolation(
                "exams.wrong_start_code", gettext_noop("开考密码不正确，请与中心核对。")
            ) from why
        paper.package_key = keys.seal_bytes(key)
        paper.save(update_fields=["package_key"])


@transaction.atomic
def extend(*, sitting_id: int, minutes: int, reason: str, by: User, at: datetime) -> Sitting:
    """More minutes for the whole room, added to those given before."""
    sitting = locked(sitting_id)
    _check_under_way(sitting)
    _check_minutes(minutes, reason)
    sitting.extended_minutes += minutes
    sitting.save(update_fields=["extended_minutes"])
    Incident.objects.create(
        sitting=sitting, kind=IncidentKind.NOTE, text=reason.strip(), at=at, by=by
    )
    record("exams.extended", sitting, by=by, at=at, minutes=minutes, reason=reason.strip())
    return sitting


@transaction.atomic
def restore_time(*, seat_id: int, minutes: int, reason: str, by: User, at: datetime) -> Seat:
    """Give a candidate back what a disturbance took, added to what was given back before."""
    seat = locked_seat(seat_id)
    _check_under_way(seat.sitting)
    _check_minutes(minutes, reason)
    _check_not_handed_in(seat)
    seat.restored_minutes += minutes
    seat.save(update_fields=["restored_minutes"])
    Incident.objects.create(
        sitting=seat.sitting,
        seat=seat,
        kind=IncidentKind.MACHINE,
        text=reason.strip(),
        at=at,
        by=by,
    )
    record("exams.time_restored", seat.sitting, by=by, at=at, seat=seat.pk, minutes=minutes,
           reason=reason.strip())  # fmt: skip
    return seat


@transaction.atomic
def note(
    *, sitting_id: int, kind: str, text: str, seat: Seat | None = None, by: User, at: datetime
) -> Incident:
    """A line of the room's record, about one seat or the whole room."""
    sitting = locked(sitting_id)
    check_not_closed(sitting)
    silent = (IncidentKind.LEAVE, IncidentKind.BACK, IncidentKind.LATE)
    if kind not in silent and not text.strip():
        raise RuleViolation("exams.text_missing", gettext_noop("请写明情况。"))
    if seat is None and kind in silent:
        raise RuleViolation("exams.seat_missing", gettext_noop("请选择座位。"))
    incident = Incident.objects.create(
        sitting=sitting, seat=seat, kind=IncidentKind(kind), text=text.strip(), at=at, by=by
    )
    record("exams.noted", sitting, by=by, at=at, incident=incident.pk, kind=kind,
           seat=seat.pk if seat else None)  # fmt: skip
    return incident


@transaction.atomic
def let_move(*, seat_id: int, reason: str, by: User, at: datetime) -> Seat:
    """Let the candidate sign in once more, on this or another machine; the first one is shut out.

    Its unsent answers still count where they were made before the new sign-in.
    """
    seat = locked_seat(seat_id)
    check_not_closed(seat.sitting)
    _check_not_handed_in(seat)
    if not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))
    seat.may_move = True
    seat.wrong_tries = 0
    seat.save(update_fields=["may_move", "wrong_tries"])
    Incident.objects.create(
        sitting=seat.sitting,
        seat=seat,
        kind=IncidentKind.MACHINE,
        text=reason.strip(),
        at=at,
        by=by,
    )
    record("exams.may_move", seat.sitting, by=by, at=at, seat=seat.pk, session=seat.session,
           reason=reason.strip())  # fmt: skip
    return seat


@transaction.atomic
def take_in(*, seat_id: int, reason: str, by: User, at: datetime) -> Seat:
    """Hand in for a candidate (强制收卷), whatever his machine does; with the reason."""
    seat = locked_seat(seat_id)
    _check_under_way(seat.sitting)
    _check_not_handed_in(seat)
    if seat.started_at is None:
        raise RuleViolation("exams.not_started", gettext_noop("考生没有开始作答。"))
    if not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))
    seat.handed_in_at, seat.handed_in_by, seat.hand_in_reason = at, by, reason.strip()
    seat.save(update_fields=["handed_in_at", "handed_in_by", "hand_in_reason"])
    record(
        "exams.taken_in", seat.sitting, by=by, at=at, seat=seat.pk, case=seat.application_id,
        reason=reason.strip(), answers=queries.answers_digest(queries.latest_answers(seat.pk)),
    )  # fmt: skip
    return seat


@transaction.atomic
def close(*, sitting_id: int, by: User, at: datetime) -> Sitting:
    """Take everything in and mark what the machine can mark. After it no answer is accepted.

    Refused while somebody's time still runs. Safe to repeat.
    """
    sitting = locked(sitting_id)
    if sitting.closed_at is not None:
        return sitting
    if sitting.place == Place.AWAY:
        _check_returned(sitting)
    else:
        _check_under_way(sitting)
    # The lock on the seats makes a save that is under way come before this or be refused.
    seats = list(
        Seat.objects.select_for_update(of=("self",)).filter(sitting=sitting).order_by("pk")
    )  # fmt: skip
    running = [
        seat for seat in seats
        if seat.started_at and not seat.handed_in_at and at < (seat.ends_at(sitting) or at)
    ]  # fmt: skip
    if running:
        raise RuleViolation(
            "exams.still_writing",
            gettext_noop("还有%(count)d名考生在作答，时间未到，不能收卷。"),
            count=len(running),
        )
    sitting.closed_at, sitting.closed_by = at, by
    sitting.save(update_fields=["closed_at", "closed_by"])
    for seat in seats:
        if seat.started_at and not seat.handed_in_at:
            seat.handed_in_at, seat.handed_in_by = seat.ends_at(sitting), by
            seat.hand_in_reason = "考试时间到"
    Seat.objects.bulk_update(
        seats, ["handed_in_at", "handed_in_by", "hand_in_reason"], batch_size=500
    )
    # A node has no keys of the papers: its answers are marked at the centre.
    sat = [seat for seat in seats if seat.started_at]
    sheets = _make_sheets(sitting, sat, at) if sitting.place != Place.NODE else []
    record(
        "exams.closed", sitting, by=by, at=at, seats=len(seats), sheets=len(sheets),
        absent=[seat.application_id for seat in seats if seat.started_at is None],
        digest=canonical.digest([[sheet.seat_id, sheet.digest] for sheet in sheets]),
    )  # fmt: skip
    return sitting


def _make_sheets(sitting: Sitting, seats: Sequence[Seat], at: datetime) -> list[Sheet]:
    contents = {
        paper.pk: queries.content_of(paper) for paper in Paper.objects.filter(sitting=sitting)
    }
    units = {pk: units_of(content) for pk, content in contents.items()}
    journal = queries.journal(seats)
    sheets = []
    for seat in seats:
        assert seat.paper_id is not None  # noqa: S101 -- nobody starts without a paper
        layout = queries.layout_of(contents[seat.paper_id], seat.seed, sitting)
        answers: Sequence[Answer] = journal.get(seat.pk, [])
        values = queries.sheet_values(units[seat.paper_id], layout, answers)
        marked = marking.mark_sheet(
            units[seat.paper_id],
            {unit: value["answer"] for unit, value in values.items()},
            partial=marking.Partial(sitting.partial),
        )
        body = {str(unit): value for unit, value in values.items()}
        points = {str(unit): earned for unit, earned in marked.points.items()}
        sheets.append(
            Sheet(
                seat=seat, answers=body, marks=points, objective=marked.total,
                possible=marked.possible, for_people=list(marked.for_people),
                late_arrivals=sum(answer.is_late_arrival for answer in answers),
                digest=canonical.digest(canonical.jsonable([body, points])), made_at=at,
            )
        )  # fmt: skip
    return Sheet.objects.bulk_create(sheets, batch_size=500)


def _check_returned(sitting: Sitting) -> None:
    if not RoomReturn.objects.filter(package__sitting=sitting, is_closed=True).exists():
        raise RuleViolation(
            "exams.not_returned", gettext_noop("考场节点收卷后的结果文件还没有导入，不能收卷。")
        )


def _check_under_way(sitting: Sitting) -> None:
    check_not_closed(sitting)
    if sitting.bell_at is None:
        raise RuleViolation("exams.not_rung", gettext_noop("本场考试还没有开考。"))


def _check_not_handed_in(seat: Seat) -> None:
    if seat.handed_in_at is not None:
        raise RuleViolation("exams.handed_in", gettext_noop("该考生已交卷。"))


def _check_minutes(minutes: int, reason: str) -> None:
    if not 0 < minutes <= LONGEST_EXTENSION:
        raise RuleViolation(
            "exams.minutes_impossible",
            gettext_noop("分钟数应在1到%(most)d之间。"),
            most=LONGEST_EXTENSION,
        )
    if not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))
