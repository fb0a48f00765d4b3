"""Reads: packs, shipped and frozen, and the work calendar in force."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from jiangjie.kernel.workdays import WorkCalendar, mainland_calendar
from jiangjie.policy import packs
from jiangjie.policy.models import CalendarYear, PackVersion
from jiangjie.policy.packs import Pack

_parsed: dict[str, Pack] = {}


def pack_of(version: PackVersion) -> Pack:
    """The pack as it was frozen. Parsed once for each digest in a process."""
    if version.digest not in _parsed:
        _parsed[version.digest] = Pack.from_json(version.body)
    return _parsed[version.digest]


def shipped_packs() -> list[Pack]:
    """The packs that come with the program, by name."""
    return [packs.load(name) for name in packs.available()]


def pack_for_region(region: str) -> Pack:
    """The shipped pack nearest to a six-digit area code: province first, then the nation."""
    wanted = f"CN-{region[:2]}"
    found = [pack for pack in shipped_packs() if pack.region == wanted]
    return found[0] if found else packs.load("national-2023")


def work_calendar() -> WorkCalendar:
    """The shipped years with the confirmed ones over them. One query."""
    calendar = _shipped_calendar()
    for row in CalendarYear.objects.order_by("year"):
        calendar = calendar.with_year(row.year, row.days_off, row.made_up)
    return calendar


@lru_cache(maxsize=1)
def _shipped_calendar() -> WorkCalendar:
    return mainland_calendar()


@dataclass(frozen=True, slots=True)
class ShownYear:
    """One year of the calendar in force, and where it comes from."""

    year: int
    days_off: tuple[date, ...]  # weekdays off
    made_up: tuple[date, ...]
    source: str  # "" for a year that ships with the program or that is not loaded
    confirmed_at: datetime | None

    @property
    def is_loaded(self) -> bool:
        return bool(self.days_off)


def calendar_years() -> list[ShownYear]:
    """Every loaded year, the latest first. One query."""
    rows = {row.year: row for row in CalendarYear.objects.all()}
    years = _shipped_calendar().years | set(rows)
    return [_shown_year(year, rows.get(year)) for year in sorted(years, reverse=True)]


def calendar_year(year: int) -> ShownYear:
    """One year; without days where it is not loaded."""
    return _shown_year(year, CalendarYear.objects.filter(year=year).first())


def _shown_year(year: int, row: CalendarYear | None) -> ShownYear:
    if row is not None:
        return ShownYear(
            year, tuple(row.days_off), tuple(row.made_up), row.source, row.confirmed_at
        )
    shipped = _shipped_calendar()
    return ShownYear(
        year,
        tuple(sorted(day for day in shipped.days_off if day.year == year)),
        tuple(sorted(day for day in shipped.made_up if day.year == year)),
        "",
        None,
    )
