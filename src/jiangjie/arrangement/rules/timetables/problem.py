"""What a timetable is made of. Periods, rooms, candidates and sessions are named by place in files
and by index here; all times are minutes, all numbers of people are heads.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Period:
    """`start`: minutes since the first day's midnight; periods are in order and do not overlap."""

    id: str
    day: int  # 0 is the first day on which there is a period
    start: int
    minutes: int
    penalty: int


@dataclass(frozen=True, slots=True)
class Room:
    """`per_hour`: how many may be seen in an hour, None where only the seats count.

    `rows` × `columns`: how the seats stand, 0 where nobody is shown to a seat.
    """

    id: str
    site: str | None
    kind: str | None
    capacity: int
    per_hour: int | None
    is_accessible: bool
    closed: frozenset[int]  # periods
    rows: int
    columns: int
    penalty: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """`barred`: rooms where this candidate may not be examined, and why (回避)."""

    id: str
    unit: str | None
    needs_access: bool
    away: frozenset[int]  # periods
    barred: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Session:
    """One examination of its candidates, in one period and one room."""

    id: str
    candidates: tuple[int, ...]
    minutes: int
    kind: str | None  # of room; None: any


@dataclass(frozen=True, slots=True)
class Weights:
    """What is undesirable, and how much. The first five count for each candidate and each two of
    his sessions; `spread` where they are at most `spread_periods` apart.

    `mixed_lengths`: each further length in a room at a time. `late`: each of the `late_largest`
    largest sessions in the last `late_periods` periods. `day`: each day on which there is anything.
    """

    in_a_row: int = 0
    same_day: int = 0
    spread: int = 0
    spread_periods: int = 0
    other_day: int = 0
    other_site: int = 0  # on one day
    mixed_lengths: int = 0
    late: int = 0
    late_largest: int = 0
    late_periods: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """`after`: (later, earlier). `travel`: minutes between two sites, in both directions."""

    periods: tuple[Period, ...]
    rooms: tuple[Room, ...]
    candidates: tuple[Candidate, ...]
    sessions: tuple[Session, ...]
    after: tuple[tuple[int, int], ...]
    together: tuple[tuple[int, int], ...]
    not_together: tuple[tuple[int, int], ...]
    alone: tuple[int, ...]
    travel: Mapping[tuple[str, str], int]
    rest: int
    weights: Weights
    seed: int


@dataclass(frozen=True, slots=True)
class Place:
    period: int
    room: int


Timetable = tuple[Place, ...]  # by session


def minutes_between(problem: Problem, one: str | None, other: str | None) -> int:
    """The way from one site to another; 0 within a site and where nothing is said."""
    if one is None or other is None or one == other:
        return 0
    return problem.travel.get((one, other), problem.travel.get((other, one), 0))


def largest_sessions(problem: Problem) -> tuple[int, ...]:
    """The sessions that should not come late; of equals the one named first."""
    order = sorted(
        range(len(problem.sessions)), key=lambda e: (-len(problem.sessions[e].candidates), e)
    )
    return tuple(order[: problem.weights.late_largest])


def seats_in(room: Room, period: Period) -> int:
    """How many may be in the room in one period."""
    if room.per_hour is None:
        return room.capacity
    return min(room.capacity, room.per_hour * period.minutes // 60)
