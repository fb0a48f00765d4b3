"""Working days, with the yearly holidays and make-up days (放假调休) of the State Council notice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop

SATURDAY = 5


class CalendarGap(RuleViolation):
    """No holiday notice is loaded for a year; guessing would move legal deadlines."""

    def __init__(self, year: int) -> None:
        super().__init__(
            "calendar.year_not_loaded",
            gettext_noop("尚未载入%(year)d年的放假调休安排，不能推算工作日。"),
            year=year,
        )


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked. A year not in `years` is refused with CalendarGap, never guessed.

    A notice may reach into the last days of the year before (31 December 2018 was off by the
    notice for 2019): then that year is loaded anew with `with_year`.
    """

    years: frozenset[int]  # years whose notice is loaded
    days_off: frozenset[date]  # weekdays that are holidays
    made_up: frozenset[date]  # weekend days that are worked

    def is_workday(self, day: date) -> bool:
        if day.year not in self.years:
            raise CalendarGap(day.year)
        return day in self.made_up or (day.weekday() < SATURDAY and day not in self.days_off)

    def add_workdays(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself is never counted.

        With count 0 it is `day`, worked or not. ValueError if count is negative.
        """
        if count < 0:
            raise ValueError("count must not be negative")
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day

    def workdays_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative if `last` is earlier.

        The inverse of add_workdays: workdays_between(day, add_workdays(day, n)) == n.
        """
        if last < first:
            return -self.workdays_between(last, first)
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_workday, days))

    def with_year(
        self, year: int, days_off: Iterable[date], made_up: Iterable[date]
    ) -> "WorkCalendar":
        """This calendar with one year loaded, or replaced, from an edited table.

        `days_off` may hold the weekend days inside a holiday, as the notice prints them.
        RuleViolation if a day lies outside the year, is both off and worked, or is a
        make-up day on a weekday.
        """
        off, worked = frozenset(days_off), frozenset(made_up)
        for day in sorted(off | worked):
            if day.year != year:
                raise RuleViolation(
                    "calendar.day_outside_year",
                    gettext_noop("%(day)s不在%(year)d年内。"),
                    day=day,
                    year=year,
                )
        for day in sorted(off & worked):
            raise RuleViolation(
                "calendar.day_off_and_worked",
                gettext_noop("%(day)s不能既是放假日又是调休上班日。"),
                day=day,
            )
        for day in sorted(worked):
            if day.weekday() < SATURDAY:
                raise RuleViolation(
                    "calendar.made_up_on_weekday",
                    gettext_noop("%(day)s不是周六或周日，不能列为调休上班日。"),
                    day=day,
                )
        return WorkCalendar(
            years=self.years | {year},
            days_off=frozenset(day for day in self.days_off if day.year != year)
            | frozenset(day for day in off if day.weekday() < SATURDAY),
            made_up=frozenset(day for day in self.made_up if day.year != year) | worked,
        )

    def to_dict(self) -> dict[str, list[int] | list[str]]:
        """JSON form, sorted, so that equal calendars have equal canonical bytes."""
        return {
            "years": sorted(self.years),
            "days_off": [day.isoformat() for day in sorted(self.days_off)],
            "made_up": [day.isoformat() for day in sorted(self.made_up)],
        }

    @classmethod
    def from_dict(cls, form: Mapping[str, object]) -> "WorkCalendar":
        """The calendar that to_dict wrote.

        BadInput names the field that cannot be read; RuleViolation as in with_year.
        """
        unknown = sorted(form.keys() ^ {"years", "days_off", "made_up"})
        if unknown:
            raise BadInput(
                gettext_noop("工作日历：字段%(field)s缺失或无法识别。"), field=unknown[0]
            )
        years = form["years"]
        if not isinstance(years, list) or any(type(year) is not int for year in years):
            raise BadInput(gettext_noop("工作日历：years应为年份列表。"))
        calendar = cls(frozenset(), frozenset(), frozenset())
        days_off, made_up = _dates("days_off", form), _dates("made_up", form)
        for day in days_off | made_up:
            if day.year not in years:
                raise BadInput(gettext_noop("工作日历：%(day)s不在years所列的年份内。"), day=day)
        for year in years:
            calendar = calendar.with_year(
                year,
                (day for day in days_off if day.year == year),
                (day for day in made_up if day.year == year),
            )
        return calendar


def _dates(field: str, form: Mapping[str, object]) -> frozenset[date]:
    listed = form[field]
    try:
        if not isinstance(listed, list):
            raise TypeError
        return frozenset(map(date.fromisoformat, listed))
    except (TypeError, ValueError):
        raise BadInput(
            gettext_noop("工作日历：%(field)s应为日期列表，日期写作2026-10-01。"), field=field
        ) from None


def mainland_calendar(years: Iterable[int] | None = None) -> WorkCalendar:
    """The published arrangement of 国务院办公厅 for `years`; without them, all that are known.

    CalendarGap for a year whose notice the package `chinesecalendar` does not hold.
    """
    known = {day.year for day in chinese_calendar.holidays}
    calendar = WorkCalendar(frozenset(), frozenset(), frozenset())
    for year in sorted(known if years is None else set(years)):
        if year not in known:
            raise CalendarGap(year)
        calendar = calendar.with_year(
            year,
            (day for day in chinese_calendar.holidays if day.year == year),
            (day for day in chinese_calendar.workdays if day.year == year),
        )
    return calendar
