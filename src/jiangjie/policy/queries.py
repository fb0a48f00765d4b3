"""Reads: packs, shipped and frozen, and the work calendar in force."""

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


def shipped_years() -> frozenset[int]:
    return _shipped_calendar().years


@lru_cache(maxsize=1)
def _shipped_calendar() -> WorkCalendar:
    return mainland_calendar()
