"""When a sitting begins and ends for each seat, who may do what when, and how a seat stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jiangjie.kernel.errors import RuleViolation, gettext_noop

CUT_OFF_AFTER = timedelta(seconds=25)  # without a sign of life of the machine


class Browser(StrEnum):
    ANY = "any"
    LOCKED = "seb"  # Safe Exam Browser only


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that moves the end of one seat's time; minutes."""

    bell_at: datetime
    minutes: int
    extended: int = 0  # the whole room
    extra: int = 0  # reasonable adjustment of this candidate
    restored: int = 0  # given back after a disturbance

    @property
    def ends_at(self) -> datetime:
        return self.bell_at + timedelta(
            minutes=self.minutes + self.extended + self.extra + self.restored
        )


class SeatState(StrEnum):
    EXPECTED = "expected"  # not here yet
    CHECKED_IN = "checked_in"  # identity checked, not at a machine
    UNCHECKED = "unchecked"  # at a machine, identity not checked
    WAITING = "waiting"  # at a machine, before the bell or not begun
    WRITING = "writing"
    SWITCHED_AWAY = "switched_away"
    CUT_OFF = "cut_off"
    TIME_OVER = "time_over"  # has answered, and not handed in
    HANDED_IN = "handed_in"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class SeatFacts:
    checked_in: bool
    at_machine: bool
    started: bool
    handed_in: bool
    ends_at: datetime | None  # None before the bell
    seen_at: datetime | None
    hidden: bool
    absent: bool  # may not begin any more, or the room is closed


def seat_state(facts: SeatFacts, now: datetime) -> SeatState:
    if facts.handed_in:
        return SeatState.HANDED_IN
    if facts.started:
        if facts.ends_at is not None and now > facts.ends_at:
            return SeatState.TIME_OVER
        if facts.seen_at is None or now - facts.seen_at > CUT_OFF_AFTER:
            return SeatState.CUT_OFF
        return SeatState.SWITCHED_AWAY if facts.hidden else SeatState.WRITING
    if facts.absent:
        return SeatState.ABSENT
    if facts.at_machine:
        return SeatState.WAITING if facts.checked_in else SeatState.UNCHECKED
    return SeatState.CHECKED_IN if facts.checked_in else SeatState.EXPECTED


def admission_ends(bell_at: datetime, late_minutes: int) -> datetime:
    """From then on nobody begins any more (迟到禁入)."""
    return bell_at + timedelta(minutes=late_minutes)


def check_not_too_late(bell_at: datetime, late_minutes: int, at: datetime) -> None:
    if at > admission_ends(bell_at, late_minutes):
        raise RuleViolation(
            "exams.too_late",
            gettext_noop("开考已超过%(minutes)d分钟，不能再入场。"),
            minutes=late_minutes,
        )


def check_may_hand_in(bell_at: datetime, earliest_minutes: int, at: datetime) -> None:
    """A candidate leaves no sooner than the sitting's rules say; invigilators may at any time."""
    if at < bell_at + timedelta(minutes=earliest_minutes):
        raise RuleViolation(
            "exams.too_early_to_hand_in",
            gettext_noop("开考%(minutes)d分钟后方可交卷。"),
            minutes=earliest_minutes,
        )


def check_minutes(minutes: int, least: int, source: str) -> None:
    """The pack's `theory.min_minutes`."""
    if minutes < least:
        raise RuleViolation(
            "exams.too_short",
            gettext_noop("理论知识考试时间不得少于%(least)d分钟。"),
            source=source,
            least=least,
        )


def invigilators_needed(candidates: int, *, per_person: int, min_per_room: int) -> int:
    """The pack's `examiner.invigilation`."""
    return max(min_per_room, -(-candidates // per_person))


def seconds_until_next_question(planned_at: datetime, now: datetime) -> int:
    """How long a waiting page rests before it asks again whether the bell has rung.

    Short about the planned time, so that all begin within seconds of the bell; long before it.
    """
    return 4 if planned_at - now < timedelta(minutes=10) else 15
