"""Counting time served: calendar years over several periods, overlaps once, gaps not at all.

A period is (first day, first day no longer served); FOREVER marks one without an end.

An anniversary without its day, 29 February in a common year, falls on 28 February: "没有对应日的，
月末日为期间的最后一日" (民法典第二百零二条).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TypeAlias

Period: TypeAlias = tuple[date, date]

FOREVER = date.max
_NOTHING = timedelta(0)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:  # this month is shorter
            continue
    raise ValueError(f"{months} months from {day} is no date")


def add_years(day: date, years: int) -> date:
    """The anniversary; 29 February moves to 28 February in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def first_day_within_a_year_of(day: date) -> date:
    """The first day whose next anniversary is `day` or later."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The same days as disjoint periods in order, touching ones joined, empty ones dropped."""
    joined: list[Period] = []
    for start, end in sorted(periods):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def since(periods: tuple[Period, ...], day: date) -> tuple[Period, ...]:
    """Only what was served on or after `day`."""
    return tuple((max(start, day), end) for start, end in periods if end > day)


def day_reached(periods: tuple[Period, ...], years: int) -> date | None:
    """The day on which merged periods come to `years`; None when they never do.

    The days of earlier periods are moved up against the start of the last one begun by then, and
    the anniversary is counted from that day. A year count once reached is not lost when a later
    period moves those days over a different number of leap days.
    """
    earlier = _NOTHING
    for start, end in periods:
        day = add_years(start - earlier, years)
        if day <= end:
            return max(day, start)
        earlier += end - start
    return None


def served(periods: tuple[Period, ...], by: date) -> Period | None:
    """What was served before `by`, moved up against the last period; None for nothing."""
    earlier = _NOTHING
    total: Period | None = None
    for start, end in periods:
        if start >= by:
            break
        total = (start - earlier, min(end, by))
        earlier += end - start
    return total


def duration(start: date, end: date) -> str:
    """ "3年2个月15天"; "0天" when `end` is not after `start`."""
    if end <= start:
        return "0天"
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    days = (end - add_months(start, months)).days
    years, months = divmod(months, 12)
    parts = ((years, "年"), (months, "个月"), (days, "天"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)
