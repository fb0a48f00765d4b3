"""What a candidate's machine does: sign in, begin at the bell, save, hand in.

Thousands do it in the same second, so each is few statements. Saves leave no event of their own:
the journal of answers is append-only itself, and the ledger keeps its digest at the hand-in.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from jiangjie.exams import keys, queries
from jiangjie.exams.models import BrowserPolicy, MachineSession, Place, Presence, Seat, Sitting
from jiangjie.exams.rules import saving
from jiangjie.exams.rules import sitting as rules
from jiangjie.exams.rules.saving import Admission, Save
from jiangjie.exams.services.arranging import check_run_here, locked_seat, record
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.people.identity import unseal

WRONG_TRIES = 10  # then the invigilator must look at the candidate (a new check-in or machine)
TAIL = 6  # last characters of the identity number

# ---- sign-in --------------------------------------------------------------------------------


def sign_in(
    *, room_code: str, ticket: str, id_tail: str, address: str | None, agent: str,
    is_locked_down: bool = False, known: tuple[int, int] | None = None, at: datetime,
) -> Seat:  # fmt: skip
    """The seat, with `session` as the number of this machine's session.

    `known`: seat and session that this browser was given before; it goes on with them. RuleViolation
    for anything that does not fit, without saying what, and when the seat is taken elsewhere.
    """
    seat = _seat_for(room_code, ticket)
    if seat is None:
        raise _no_fit()
    if seat.wrong_tries >= WRONG_TRIES:
        raise RuleViolation(
            "exams.tries_used_up", gettext_noop("输入错误次数过多，请举手由监考员处理。")
        )
    check_run_here(seat.sitting)
    number = unseal(bytes(seat.application.person.id_cipher))
    if not hmac.compare_digest(number[-TAIL:].upper().encode(), id_tail.strip().upper().encode()):
        Seat.objects.filter(pk=seat.pk).update(wrong_tries=F("wrong_tries") + 1)
        raise _no_fit()
    if seat.sitting.browser == BrowserPolicy.LOCKED and not is_locked_down:
        raise RuleViolation(
            "exams.browser_not_allowed",
            gettext_noop("本场考试只能使用Safe Exam Browser登录，请用考场发放的配置文件启动。"),
        )
    if known == (seat.pk, seat.session):
        return seat
    return _open_session(seat.pk, address, agent, at)


def _seat_for(room_code: str, ticket: str) -> Seat | None:
    return (
        Seat.objects.select_related("application__person", "sitting")
        .filter(
            sitting__room_code=room_code.strip().upper(), sitting__closed_at=None,
            application__ticket=ticket.strip(),
        )
        .exclude(application__ticket="")
        .first()
    )  # fmt: skip


def _no_fit() -> RuleViolation:
    return RuleViolation(
        "exams.no_fit", gettext_noop("考场口令、准考证号或证件号码后六位不正确，请核对。")
    )


@transaction.atomic
def _open_session(seat_id: int, address: str | None, agent: str, at: datetime) -> Seat:
    seat = locked_seat(seat_id)
    if seat.handed_in_at is not None:
        raise RuleViolation("exams.handed_in_already", gettext_noop("您已交卷。"))
    if seat.session and not seat.may_move:
        raise RuleViolation(
            "exams.seat_taken", gettext_noop("该座位已在另一台机器上登录。换机请举手由监考员办理。")
        )
    MachineSession.objects.filter(seat=seat, replaced_at=None).update(replaced_at=at)
    seat.session = max(seat.session, seat.sitting.session_floor) + 1
    seat.may_move = False
    seat.wrong_tries = 0
    seat.save(update_fields=["session", "may_move", "wrong_tries"])
    MachineSession.objects.create(
        seat=seat, number=seat.session, address=address, agent=agent[:300], opened_at=at
    )
    Presence.objects.update_or_create(seat=seat, defaults={"seen_at": at, "is_hidden": False})
    record("exams.signed_in", seat.sitting, by=None, at=at, seat=seat.pk,
           case=seat.application_id, session=seat.session)  # fmt: skip
    return seat


# ---- the bell -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """The bell has not rung, or the invigilator has not checked the candidate's identity."""

    planned_at: datetime
    checked_in: bool
    rung: bool
    ask_again: int  # seconds


@dataclass(frozen=True, slots=True)
class Started:
    """All that the page needs to begin, or to go on after a crash or on another machine."""

    package_key: bytes
    seat_key: bytes
    order: Mapping[str, Any]
    bell_at: datetime
    ends_at: datetime
    earliest_minutes: int
    sequence: int  # the last one of this session that the server has
    answers: Mapping[int, Save]
    house: int  # changes when another node takes over: then the page sends all it has


class Standby(Exception):
    """This is a spare that follows another node: to a machine the line is down."""


@dataclass(frozen=True, slots=True)
class Over:
    """Handed in, or the room is closed."""

    handed_in_at: datetime | None


def start(*, seat_id: int, session: int, at: datetime) -> Waiting | Started | Over:
    """Asked again and again until the bell has rung; the first answer after it starts the seat.

    RuleViolation when another machine has taken the seat, or too late after the bell.
    """
    seat = _seat_at_machine(seat_id)
    sitting = seat.sitting
    if sitting.place == Place.SPARE:
        raise Standby
    check_session(seat, session)
    if seat.handed_in_at is not None or sitting.closed_at is not None:
        return Over(seat.handed_in_at)
    if sitting.bell_at is None or seat.checked_in_at is None or seat.paper is None:
        Presence.objects.filter(seat=seat).update(seen_at=at)
        return Waiting(
            planned_at=sitting.planned_at,
            checked_in=seat.checked_in_at is not None,
            rung=sitting.bell_at is not None,
            ask_again=rules.seconds_until_next_question(sitting.planned_at, at),
        )
    answers: Mapping[int, Save] = {}
    sequence = 0
    if seat.started_at is None:
        rules.check_not_too_late(sitting.bell_at, sitting.late_minutes, at)
        Seat.objects.filter(pk=seat.pk, started_at=None).update(started_at=at)
    else:
        answers = queries.latest_answers(seat.pk)
        sequence = queries.last_sequence(seat.pk, session)
    ends_at = seat.ends_at(sitting)
    assert ends_at is not None  # noqa: S101 -- the bell has rung
    return Started(
        package_key=keys.unseal_bytes(bytes(seat.paper.package_key)),
        seat_key=keys.seat_key(seat.pk, session),
        order=seat.order, bell_at=sitting.bell_at, ends_at=ends_at,
        earliest_minutes=sitting.earliest_minutes, sequence=sequence, answers=answers,
        house=sitting.session_floor,
    )  # fmt: skip


def _seat_at_machine(seat_id: int) -> Seat:
    """With its sitting and the paper's key, in one query. Not locked."""
    return (
        Seat.objects.select_related("sitting", "paper")
        .only(
            "session", "checked_in_at", "started_at", "handed_in_at", "order", "extra_minutes",
            "restored_minutes", "sitting__planned_at", "sitting__bell_at", "sitting__minutes",
            "sitting__extended_minutes", "sitting__closed_at", "sitting__late_minutes",
            "sitting__earliest_minutes", "sitting__place", "sitting__session_floor",
            "paper__package_key",
        )
        .get(pk=seat_id)
    )  # fmt: skip


def check_session(seat: Seat, session: int) -> None:
    if seat.session != session:
        raise RuleViolation(
            "exams.machine_replaced", gettext_noop("该座位已改在另一台机器上作答。")
        )


# ---- saves ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What the machine says of itself."""

    answered: int
    unsent: int
    hidden: bool
    times_hidden: int


@dataclass(frozen=True, slots=True)
class Stored:
    """`stored` are on the disk, as (session, sequence); `refused` never will be, with the code."""

    stored: Sequence[tuple[int, int]]
    refused: Sequence[tuple[int, int, str]]
    ends_at: datetime
    handed_in: bool
    replaced: bool
    closed: bool
    house: int  # as Started


_FACTS = """
SELECT seat.session, seat.started_at, seat.handed_in_at, sitting.bell_at, sitting.closed_at,
       sitting.minutes + sitting.extended_minutes, seat.extra_minutes + seat.restored_minutes,
       paper.units, machine.replaced_at, machine.number, sitting.place, sitting.session_floor
FROM exams_seat seat
JOIN exams_sitting sitting ON sitting.id = seat.sitting_id
JOIN exams_paper paper ON paper.id = seat.paper_id
LEFT JOIN exams_machinesession machine ON machine.seat_id = seat.id AND machine.number = %s
WHERE seat.id = %s
"""
_STORE = """
SELECT session, sequence FROM exams_store(
    %s, %s, %s::smallint[], %s::int[], %s::smallint[], %s::text[], %s::bigint[], %s::int[],
    %s::bytea[], %s::boolean[], %s, %s, %s, %s
)
"""


def save(*, seat_id: int, session: int, saves: Sequence[Save], seen: Seen, at: datetime) -> Stored:
    """Store signed saves; two statements, and what is named in `stored` survives a crash.

    Any order, any repetition, any number of messages gives the same sheet. RuleViolation only when
    the seat has not begun.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [session, seat_id])
        row = cursor.fetchone()
        if row is not None and row[10] == Place.SPARE:
            raise Standby
        if row is None or row[1] is None or row[9] is None:
            raise RuleViolation("exams.not_started", gettext_noop("考生没有开始作答。"))
        (current, _, handed_in_at, bell_at, closed_at, minutes, more, units, replaced_at, _, _,
         floor) = row  # fmt: skip
        ends_at = rules.Timing(bell_at=bell_at, minutes=minutes, extra=more).ends_at
        until = {session: min(filter(None, (ends_at, handed_in_at, replaced_at)))}
        # A machine that comes back to the seat brings what it could not send in an earlier session.
        for number, gone_at in _earlier_sessions(seat_id, session, saves, floor):
            until[number] = min(filter(None, (ends_at, handed_in_at, gone_at)))
        key = {number: keys.seat_key(seat_id, number) for number in until}
        good: list[Save] = []
        late: list[bool] = []
        refused: list[tuple[int, int, str]] = []
        for each in saves:
            number = each.session
            if number not in key or not saving.is_signed(key[number], seat_id, each):
                refused.append((number, each.sequence, "exams.bad_signature"))
                continue
            if not 1 <= each.unit <= units:
                refused.append((number, each.sequence, "exams.no_such_question"))
                continue
            admitted = saving.admission(
                made_ms=each.made_ms, received_at=at, until=until[number], closed_at=closed_at
            )
            if admitted is Admission.TOO_LATE:
                refused.append((number, each.sequence, "exams.after_the_bell"))
                continue
            good.append(each)
            late.append(admitted is Admission.LATE_ARRIVAL)
        cursor.execute(_STORE, _arguments(seat_id, at, good, late, seen))
        stored = [(int(number), int(sequence)) for number, sequence in cursor.fetchall()]
    kept = set(stored)
    refused += [
        (each.session, each.sequence, "exams.not_stored")
        for each in good
        if (each.session, each.sequence) not in kept
    ]
    return Stored(
        stored=stored, refused=refused, ends_at=ends_at, handed_in=handed_in_at is not None,
        replaced=current != session, closed=closed_at is not None, house=floor,
    )  # fmt: skip


def _earlier_sessions(
    seat_id: int, session: int, saves: Sequence[Save], floor: int
) -> list[tuple[int, datetime | None]]:
    """Numbers, and when the session ended. After a take-over also those of the first node that
    the spare had not heard of: whoever can sign for one has signed in there."""
    earlier = {each.session for each in saves if each.session < session}
    if not earlier:
        return []
    found: dict[int, datetime | None] = {number: None for number in earlier if number <= floor}
    known = MachineSession.objects.filter(seat=seat_id, number__in=earlier)
    return list((found | dict(known.values_list("number", "replaced_at"))).items())


def _arguments(
    seat_id: int, at: datetime, saves: Sequence[Save], late: Sequence[bool], seen: Seen
) -> list[Any]:
    return [
        seat_id, at, [each.session for each in saves], [each.sequence for each in saves],
        [each.unit for each in saves], [each.value for each in saves],
        [each.made_ms for each in saves], [each.seconds for each in saves],
        [each.signature for each in saves], list(late), seen.answered, seen.unsent, seen.hidden,
        seen.times_hidden,
    ]  # fmt: skip


# ---- hand-in --------------------------------------------------------------------------------


@transaction.atomic
def hand_in(*, seat_id: int, session: int, last: int, at: datetime) -> list[int]:
    """The candidate hands in. Returns the sequences up to `last` that the server lacks: then
    nothing was done, and the page sends them first. An empty list: handed in. Safe to repeat.
    """
    seat = locked_seat(seat_id)
    check_session(seat, session)
    sitting: Sitting = seat.sitting
    if seat.handed_in_at is not None or sitting.closed_at is not None:
        return []
    if sitting.bell_at is None or seat.started_at is None:
        raise RuleViolation("exams.not_started", gettext_noop("考生没有开始作答。"))
    rules.check_may_hand_in(sitting.bell_at, sitting.earliest_minutes, at)
    lacking = saving.missing(queries.sequences(seat_id, session), last)
    if lacking:
        return lacking
    seat.handed_in_at = at
    seat.save(update_fields=["handed_in_at"])
    record(
        "exams.handed_in", sitting, by=None, at=at, seat=seat.pk, case=seat.application_id,
        session=session, answers=queries.answers_digest(queries.latest_answers(seat.pk)),
    )  # fmt: skip
    return []
