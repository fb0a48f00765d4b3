"""The public examination format of the International Timetabling Competition 2007 (track 1).

Sessions, periods and rooms have no names there: they are numbered from 0. Two sessions that are
to coincide but have a candidate in common are not bound together: the format says so.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from jiangjie.arrangement.rules.timetables.problem import (
    Candidate,
    Period,
    Problem,
    Room,
    Session,
    Timetable,
    Weights,
)
from jiangjie.kernel.errors import BadInput, gettext_noop

_COUNTED = ("Exams", "Periods", "Rooms")
_RULES = ("PeriodHardConstraints", "RoomHardConstraints", "InstitutionalWeightings")
_PAIRS = {"AFTER", "EXAM_COINCIDENCE", "EXCLUSION"}
_WEIGHTS = {
    "TWOINAROW": 1,
    "TWOINADAY": 1,
    "PERIODSPREAD": 1,
    "NONMIXEDDURATIONS": 1,
    "FRONTLOAD": 3,
}


def problem_from_exam(text: str, seed: int) -> Problem:
    """BadInput names the line."""
    parts = _parts(text)
    periods = _periods(parts["Periods"])
    rooms = tuple(_room(number, line, cells) for number, (line, cells) in enumerate(parts["Rooms"]))
    students: dict[int, int] = {}
    sessions = []
    for number, (line, cells) in enumerate(parts["Exams"]):
        minutes, *taking = (_number(cell, line) for cell in cells)
        sessions.append(
            Session(
                id=str(number),
                candidates=tuple(
                    students.setdefault(one, len(students)) for one in dict.fromkeys(taking)
                ),
                minutes=minutes,
                kind=None,
            )
        )
    pairs: dict[str, list[tuple[int, int]]] = {name: [] for name in _PAIRS}
    for line, cells in parts["PeriodHardConstraints"]:
        if len(cells) != 3 or cells[1] not in _PAIRS:
            raise _bad(line, gettext_noop("第%(line)d行：应为“场次, AFTER等, 场次”。"))
        one, other = (_number(cell, line, below=len(sessions)) for cell in (cells[0], cells[2]))
        pairs[cells[1]].append((one, other))
    alone = []
    for line, cells in parts["RoomHardConstraints"]:
        if len(cells) != 2 or cells[1] != "ROOM_EXCLUSIVE":
            raise _bad(line, gettext_noop("第%(line)d行：应为“场次, ROOM_EXCLUSIVE”。"))
        alone.append(_number(cells[0], line, below=len(sessions)))
    taking_part = [set(session.candidates) for session in sessions]
    return Problem(
        periods=periods,
        rooms=rooms,
        candidates=tuple(
            Candidate(str(one), None, needs_access=False, away=frozenset(), barred={})
            for one in students
        ),
        sessions=tuple(sessions),
        after=tuple(dict.fromkeys(pairs["AFTER"])),
        together=tuple(
            pair
            for pair in dict.fromkeys(pairs["EXAM_COINCIDENCE"])
            if taking_part[pair[0]].isdisjoint(taking_part[pair[1]])
        ),
        not_together=tuple(dict.fromkeys(pairs["EXCLUSION"])),
        alone=tuple(dict.fromkeys(alone)),
        travel={},
        rest=0,
        weights=_weights(parts["InstitutionalWeightings"]),
        seed=seed,
    )


def exam_solution(timetable: Timetable) -> str:
    """`period, room` a line, in the order of the sessions."""
    return "".join(f"{place.period}, {place.room}\n" for place in timetable)


_Lines = list[tuple[int, list[str]]]


def _parts(text: str) -> dict[str, _Lines]:
    parts: dict[str, _Lines] = {}
    wanted: dict[str, tuple[int, int]] = {}
    name = None
    for line, row in enumerate(text.splitlines(), start=1):
        row = row.strip()
        if not row:
            continue
        if row.startswith("["):
            name, _, count = row.strip("[] ").partition(":")
            if name not in (*_COUNTED, *_RULES) or name in parts:
                raise _bad(line, gettext_noop("第%(line)d行：未知或重复的段落。"))
            parts[name] = []
            if name in _COUNTED:
                wanted[name] = (line, _number(count, line))
        elif name is None:
            raise _bad(line, gettext_noop("第%(line)d行：应先有段落，如[Exams:607]。"))
        else:
            parts[name].append((line, [cell.strip() for cell in row.split(",")]))
    for name in (*_COUNTED, *_RULES):
        if name not in parts:
            raise BadInput(gettext_noop("缺少段落[%(name)s]。"), name=name)
    for name, (line, need) in wanted.items():
        if len(parts[name]) != need or not need:
            raise _bad(
                line,
                gettext_noop("第%(line)d行：应有%(need)d项，现有%(have)d项。"),
                need=max(need, 1),
                have=len(parts[name]),
            )
    return parts


def _periods(lines: _Lines) -> tuple[Period, ...]:
    return tuple(_read_periods(lines))


def _read_periods(lines: _Lines) -> Iterator[Period]:
    first, days = None, -1
    before = None
    for number, (line, cells) in enumerate(lines):
        if len(cells) != 4:
            raise _bad(line, gettext_noop("第%(line)d行：应为“日期, 时刻, 分钟, 扣分”。"))
        try:
            at = datetime.strptime(f"{cells[0]} {cells[1]}", "%d:%m:%Y %H:%M:%S")  # noqa: DTZ007 -- local
        except ValueError as why:
            raise _bad(line, gettext_noop("第%(line)d行：日期或时刻有误。")) from why
        first = first or at.replace(hour=0, minute=0, second=0)
        if at.date() != before:
            days, before = days + 1, at.date()
        yield Period(
            id=str(number),
            day=days,
            start=int((at - first).total_seconds()) // 60,
            minutes=_number(cells[2], line),
            penalty=_number(cells[3], line),
        )


def _room(number: int, line: int, cells: Sequence[str]) -> Room:
    if len(cells) != 2:
        raise _bad(line, gettext_noop("第%(line)d行：应为“座位, 扣分”。"))
    return Room(
        id=str(number),
        site=None,
        kind=None,
        capacity=_number(cells[0], line),
        per_hour=None,
        is_accessible=True,
        closed=frozenset(),
        rows=0,
        columns=0,
        penalty=_number(cells[1], line),
    )


def _weights(lines: _Lines) -> Weights:
    found: dict[str, list[int]] = {}
    for line, (name, *cells) in lines:
        if _WEIGHTS.get(name) != len(cells) or name in found:
            raise _bad(line, gettext_noop("第%(line)d行：未知、重复或不完整的权重。"))
        found[name] = [_number(cell, line) for cell in cells]
    largest, last, late = found.get("FRONTLOAD", [0, 0, 0])
    (spread,) = found.get("PERIODSPREAD", [0])
    return Weights(
        in_a_row=found.get("TWOINAROW", [0])[0],
        same_day=found.get("TWOINADAY", [0])[0],
        spread=1 if spread else 0,
        spread_periods=spread,
        mixed_lengths=found.get("NONMIXEDDURATIONS", [0])[0],
        late=late,
        late_largest=largest,
        late_periods=last,
    )


def _number(cell: str, line: int, below: int = 2**31) -> int:
    if not cell.isascii() or not cell.isdigit() or int(cell) >= below:
        raise _bad(
            line,
            gettext_noop("第%(line)d行：“%(cell)s”应为小于%(below)d的整数。"),
            cell=cell[:20],
            below=below,
        )
    return int(cell)


def _bad(line: int, text: str, **values: object) -> BadInput:
    return BadInput(text, line=line, **values)
