"""Our own format: reading a problem from JSON. Every refusal is a BadInput that names the path."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from jiangjie.arrangement.rules.problem import Fields, bad, places_of, text_of
from jiangjie.arrangement.rules.timetables.problem import (
    Candidate,
    Period,
    Problem,
    Room,
    Session,
    Weights,
)
from jiangjie.kernel.errors import gettext_noop

MOST_MINUTES = 24 * 60
MOST_PEOPLE = 1_000_000
MOST_WEIGHT = 1_000_000  # one penalty; all of them together stay below a broken rule

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_RULES = ("after", "together", "not_together", "alone")


class _Known(NamedTuple):
    """Places by id."""

    periods: Mapping[str, int]
    rooms: Mapping[str, int]
    candidates: Mapping[str, int]
    sessions: Mapping[str, int]


def problem_from_json(doc: object, seed: int | None = None) -> Problem:
    """`seed` stands above the one in the document."""
    read = Fields(
        doc,
        "$",
        required=("periods", "rooms", "candidates", "sessions"),
        optional=("rules", "travel", "rest", "weights", "seed"),
    )
    periods = _periods(read)
    known_periods = places_of("periods", [period.id for period in periods])
    rooms = tuple(_room(one, path, known_periods) for one, path in read.items("rooms"))
    known_rooms = places_of("rooms", [room.id for room in rooms])
    candidates = tuple(
        _candidate(one, path, known_periods, known_rooms)
        for one, path in read.items("candidates", may_be_empty=True)
    )
    known_candidates = places_of("candidates", [candidate.id for candidate in candidates])
    sessions = tuple(_session(one, path, known_candidates) for one, path in read.items("sessions"))
    known = places_of("sessions", [session.id for session in sessions])
    rules = Fields(read.value_or("rules", {}), "$.rules", required=(), optional=_RULES)
    return Problem(
        periods=periods,
        rooms=rooms,
        candidates=candidates,
        sessions=sessions,
        after=_pairs(rules, "after", known),
        together=_pairs(rules, "together", known),
        not_together=_pairs(rules, "not_together", known),
        alone=tuple(
            dict.fromkeys(
                _place(one, path, known) for one, path in rules.items("alone", may_be_empty=True)
            )
        ),
        travel=_travel(read, {room.site for room in rooms}),
        rest=read.whole("rest", 0, least=0, most=MOST_MINUTES),
        weights=_weights(read.value_or("weights", {})),
        seed=read.whole("seed", 1, least=0, most=2**32 - 1) if seed is None else seed,
    )


def _periods(read: Fields) -> tuple[Period, ...]:
    found: list[Period] = []
    days: list[date] = []
    for one, path in read.items("periods"):
        fields = Fields(
            one, path, required=("id", "day", "start", "minutes"), optional=("penalty",)
        )
        try:
            day = date.fromisoformat(fields.text("day"))
        except ValueError as why:
            raise bad(f"{path}.day", gettext_noop("%(path)s：应为日期，如2026-10-01。")) from why
        clock = _CLOCK.fullmatch(fields.text("start"))
        if clock is None:
            raise bad(f"{path}.start", gettext_noop("%(path)s：应为时刻，如08:30。"))
        if not days or days[-1] != day:
            days.append(day)
        hours, minutes = int(clock[1]), int(clock[2])
        period = Period(
            id=fields.text("id"),
            day=len(days) - 1,
            start=(day - days[0]).days * MOST_MINUTES + 60 * hours + minutes,
            minutes=fields.whole("minutes", 0, least=1, most=MOST_MINUTES),
            penalty=fields.whole("penalty", 0, least=0, most=MOST_WEIGHT),
        )
        if found and period.start < found[-1].start + found[-1].minutes:
            raise bad(path, gettext_noop("%(path)s：时段须按先后列出，互不重叠。"))
        found.append(period)
    return tuple(found)


def _room(doc: object, path: str, periods: Mapping[str, int]) -> Room:
    read = Fields(
        doc,
        path,
        required=("id", "capacity"),
        optional=(
            "site",
            "kind",
            "per_hour",
            "accessible",
            "closed",
            "rows",
            "columns",
            "penalty",
        ),
    )
    capacity = read.whole("capacity", 0, least=0, most=MOST_PEOPLE)
    rows = read.whole("rows", 0, least=0, most=1000)
    columns = read.whole("columns", 0, least=0, most=1000)
    if rows * columns < capacity and (rows or columns):
        raise bad(
            f"{path}.rows",
            gettext_noop("%(path)s：行数乘列数不能小于capacity（%(capacity)d）。"),
            capacity=capacity,
        )
    return Room(
        id=read.text("id"),
        site=read.text_or_none("site"),
        kind=read.text_or_none("kind"),
        capacity=capacity,
        per_hour=(
            read.whole("per_hour", 0, least=0, most=MOST_PEOPLE)
            if read.is_given("per_hour")
            else None
        ),
        is_accessible=read.flag("accessible"),
        closed=frozenset(_each(read, "closed", periods)),
        rows=rows,
        columns=columns,
        penalty=read.whole("penalty", 0, least=0, most=MOST_WEIGHT),
    )


def _candidate(
    doc: object, path: str, periods: Mapping[str, int], rooms: Mapping[str, int]
) -> Candidate:
    read = Fields(doc, path, required=("id",), optional=("unit", "needs_access", "away", "barred"))
    barred = {}
    for one, where in read.items("barred", may_be_empty=True):
        fields = Fields(one, where, required=("room", "why"), optional=())
        barred[_place(fields.text("room"), f"{where}.room", rooms)] = fields.text("why")
    return Candidate(
        id=read.text("id"),
        unit=read.text_or_none("unit"),
        needs_access=read.flag("needs_access"),
        away=frozenset(_each(read, "away", periods)),
        barred=barred,
    )


def _session(doc: object, path: str, candidates: Mapping[str, int]) -> Session:
    read = Fields(doc, path, required=("id", "candidates", "length"), optional=("kind",))
    taking_part = _each(read, "candidates", candidates)
    if len(set(taking_part)) != len(taking_part):
        raise bad(f"{path}.candidates", gettext_noop("%(path)s：同一考生重复。"))
    return Session(
        id=read.text("id"),
        candidates=taking_part,
        minutes=read.whole("length", 0, least=1, most=MOST_MINUTES),
        kind=read.text_or_none("kind"),
    )


def _pairs(read: Fields, key: str, sessions: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    found = []
    for one, path in read.items(key, may_be_empty=True):
        if not isinstance(one, list) or len(one) != 2:
            raise bad(path, gettext_noop('%(path)s：应为["场次id", "场次id"]。'))
        first, second = (_place(part, f"{path}[{i}]", sessions) for i, part in enumerate(one))
        if first == second:
            raise bad(path, gettext_noop("%(path)s：两场不能是同一场。"))
        found.append((first, second))
    return tuple(dict.fromkeys(found))


def _travel(read: Fields, sites: set[str | None]) -> dict[tuple[str, str], int]:
    ways: dict[tuple[str, str], int] = {}
    for one, path in read.items("travel", may_be_empty=True):
        fields = Fields(one, path, required=("from", "to", "minutes"), optional=())
        ends = fields.text("from"), fields.text("to")
        for key, end in zip(("from", "to"), ends, strict=True):
            if end not in sites:
                raise bad(f"{path}.{key}", gettext_noop("%(path)s：没有考场在这个地点。"))
        if ends in ways or ends[::-1] in ways or ends[0] == ends[1]:
            raise bad(path, gettext_noop("%(path)s：同一段路只写一次，且须在两地之间。"))
        ways[ends] = fields.whole("minutes", 0, least=0, most=MOST_MINUTES)
    return ways


def _weights(doc: object) -> Weights:
    read = Fields(doc, "$.weights", required=(), optional=Weights.__slots__)
    given = {name: read.whole(name, 0, least=0, most=MOST_WEIGHT) for name in Weights.__slots__}
    return Weights(**given)


def _each(read: Fields, key: str, known: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(_place(one, path, known) for one, path in read.items(key, may_be_empty=True))


def _place(value: object, path: str, known: Mapping[str, int]) -> int:
    name = text_of(value, path)
    if name not in known:
        raise bad(path, gettext_noop("%(path)s：没有这个id。"))
    return known[name]


def placed_from_json(doc: object, problem: Problem) -> tuple[tuple[int, int] | None, ...]:
    """An earlier timetable, by session: (period, room), or None where it is not in it.

    Sessions, periods and rooms that the problem no longer has are passed over.
    """
    if not isinstance(doc, Mapping) or not isinstance(doc.get("sessions"), Mapping):
        raise bad("$.sessions", gettext_noop("%(path)s：应为timetable写出的编排。"))
    periods = {period.id: place for place, period in enumerate(problem.periods)}
    rooms = {room.id: place for place, room in enumerate(problem.rooms)}

    def place(name: str) -> tuple[int, int] | None:
        path = f"$.sessions.{name}"
        if name not in doc["sessions"]:
            return None
        where = doc["sessions"][name]
        if not isinstance(where, Mapping) or not {"period", "room"} <= set(where):
            raise bad(path, gettext_noop("%(path)s：应有period和room。"))
        period, room = where["period"], where["room"]
        if period not in periods or room not in rooms:
            return None
        return periods[period], rooms[room]

    return tuple(place(session.id) for session in problem.sessions)


def placed_from_lines(text: str, problem: Problem) -> Sequence[tuple[int, int] | None]:
    """An earlier timetable in the competition's solution format."""
    found: list[tuple[int, int] | None] = []
    for line, row in enumerate(text.splitlines(), start=1):
        if not row.strip():
            continue
        cells = [cell.strip() for cell in row.split(",")]
        if len(cells) != 2 or not all(cell.isascii() and cell.isdigit() for cell in cells):
            raise bad(str(line), gettext_noop("第%(path)s行：应为“时段, 考场”。"))
        period, room = map(int, cells)
        is_known = period < len(problem.periods) and room < len(problem.rooms)
        found.append((period, room) if is_known else None)
    if len(found) != len(problem.sessions):
        raise bad(
            str(len(found)),
            gettext_noop("应有%(need)d行，现有%(path)s行。"),
            need=len(problem.sessions),
        )
    return found
