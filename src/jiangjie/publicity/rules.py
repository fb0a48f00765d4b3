"""Publicity periods (公示): how long one lasts, when it may end, whom an objection holds.

Pure functions: dates and counts in, dates and verdicts out. No database, no clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.workdays import WorkCalendar

WORKDAY, NATURAL = "workday", "natural"


@dataclass(frozen=True, slots=True)
class PublicityTerm:
    days: int  # at least 1
    calendar: str  # WORKDAY or NATURAL
    source: str  # the clause that sets it; stored with each period
    confidence: str

    def __post_init__(self) -> None:
        if self.days < 1 or self.calendar not in (WORKDAY, NATURAL):
            raise ValueError("a publicity term lasts at least one working or natural day")


def last_day(first_day: date, term: PublicityTerm, calendar: WorkCalendar) -> date:
    """The last day on which objections are taken.

    The first day is not counted, and a term that would end on a day off runs on to the next
    working day (民法典第二百零一条, 第二百零三条). Raises CalendarGap past the loaded years.
    """
    if term.calendar == WORKDAY:
        return calendar.add_workdays(first_day, term.days)
    end = first_day + timedelta(days=term.days)
    return end if calendar.is_workday(end) else calendar.add_workdays(end, 1)


def calendar_of(first_day: date, last_day: date, calendar: WorkCalendar) -> WorkCalendar:
    """As much of the calendar as the period needs, to be kept with it."""
    years = frozenset(range(first_day.year, last_day.year + 1))
    return WorkCalendar(
        years,
        frozenset(day for day in calendar.days_off if day.year in years),
        frozenset(day for day in calendar.made_up if day.year in years),
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a period stands on a day: day 3 of 5; day 0 is the day of publication itself."""

    day: int
    of: int
    state: str  # "ahead", "running" or "over"


def clock(
    *, first_day: date, last_day: date, today: date, term: PublicityTerm, calendar: WorkCalendar
) -> Clock:
    """Counted by the calendar that was frozen with the period; the days of `today` included."""
    if today < first_day:
        return Clock(0, term.days, "ahead")
    until = min(today, last_day)
    if term.calendar == WORKDAY:
        day = calendar.workdays_between(first_day, until)
    else:
        day = (until - first_day).days
    return Clock(min(day, term.days), term.days, "over" if today > last_day else "running")


def check_may_object(*, first_day: date, today: date, last_day: date, source: str) -> None:
    """Raise RuleViolation unless objections are taken today; the last day counts in full."""
    if today < first_day:
        raise RuleViolation(
            "publicity.not_open_yet",
            gettext_noop("公示自%(first_day)s开始，届时方可提出异议。"),
            source=source,
            first_day=first_day,
        )
    if today > last_day:
        raise RuleViolation(
            "publicity.over",
            gettext_noop("公示期已于%(last_day)s结束，不再受理异议。"),
            source=source,
            last_day=last_day,
        )


def check_may_close(*, today: date, last_day: date, source: str) -> None:
    """Raise RuleViolation unless the period is over.

    Open objections do not keep it open: each holds the issuance of its own person only
    (`held`), so that one complaint cannot stop three hundred people.
    """
    if today <= last_day:
        raise RuleViolation(
            "publicity.not_over_yet",
            gettext_noop("公示期至%(last_day)s，期满后方可结束。"),
            source=source,
            last_day=last_day,
        )


SEPARATION = "本系统规定：异议由与所涉事项无关的人处理（参照评审层次职责分离，推定）"


def check_handler(
    *,
    handler: int,
    handler_person: int | None,
    concerned_person: int | None,
    signers: Collection[int],
) -> None:
    """An objection is settled by somebody independent: not himself, and no signer of the case.

    House decision (ADR 0007) after the separation of duties R-22.
    """
    if concerned_person is not None and handler_person == concerned_person:
        raise RuleViolation(
            "publicity.own_case", gettext_noop("不得处理针对本人的异议。"), source=SEPARATION
        )
    if handler in signers:
        raise RuleViolation(
            "publicity.not_independent",
            gettext_noop("参与过所涉事项的审核、成绩录入、签署或发布，须由未参与的人处理异议。"),
            source=SEPARATION,
        )
