"""A timetable as it is written out: where and when each session is, seats, and why not elsewhere."""

from collections import Counter, defaultdict

from jiangjie.arrangement.rules.draws import Stream, shuffled
from jiangjie.arrangement.rules.seating import neighbours_of_one_unit, seated
from jiangjie.arrangement.rules.timetables.problem import Problem, Timetable, seats_in
from jiangjie.kernel.canonical import Json


def sessions_document(problem: Problem, timetable: Timetable) -> dict[str, Json]:
    """By session: period, room, and of the seats of its candidates row and column."""
    seats = seats_of(problem, timetable)
    found: dict[str, Json] = {}
    for e, (session, place) in enumerate(zip(problem.sessions, timetable, strict=True)):
        own: dict[str, Json] = {
            problem.candidates[k].id: list(seats[e, k])
            for k in session.candidates
            if (e, k) in seats
        }
        found[session.id] = {
            "period": problem.periods[place.period].id,
            "room": problem.rooms[place.room].id,
            **({"seats": own} if own else {}),
            "ruled_out": dict(ruled_out(problem, e)),
        }
    return found


def seats_of(problem: Problem, timetable: Timetable) -> dict[tuple[int, int], tuple[int, int]]:
    """By session and candidate; only in rooms of which rows and columns are known."""
    inside: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for e, (session, place) in enumerate(zip(problem.sessions, timetable, strict=True)):
        if problem.rooms[place.room].rows:
            inside[place.period, place.room] += [(e, k) for k in session.candidates]
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for (p, r), people in inside.items():
        room = problem.rooms[r]
        stream = Stream(b"", str(problem.seed), f"{problem.periods[p].id}:{room.id}")
        names = {f"{e}:{k}": (e, k) for e, k in people}
        order = shuffled(sorted(names), stream)
        units = {name: problem.candidates[k].unit or "" for name, (_, k) in names.items()}
        for name, seat in seated(order, units, room.rows, room.columns).items():
            found[names[name]] = seat
    return found


def colleagues_side_by_side(problem: Problem, timetable: Timetable) -> int:
    """Pairs of one unit on neighbouring seats, in all rooms and periods."""
    here: dict[tuple[int, int], dict[str, tuple[int, int]]] = defaultdict(dict)
    units: dict[str, str] = {}
    for (e, k), seat in seats_of(problem, timetable).items():
        place = timetable[e]
        here[place.period, place.room][f"{e}:{k}"] = seat
        units[f"{e}:{k}"] = problem.candidates[k].unit or ""
    return sum(neighbours_of_one_unit(seats, units) for seats in here.values())


def ruled_out(problem: Problem, e: int) -> Counter[str]:
    """How many places (a period in a room) are no choice for a session, by the first reason."""
    session = problem.sessions[e]
    people = [problem.candidates[k] for k in session.candidates]
    needs_access = any(one.needs_access for one in people)
    barred = {r for one in people for r in one.barred}
    away = {p for one in people for p in one.away}
    reasons: Counter[str] = Counter()
    for r, room in enumerate(problem.rooms):
        whole = (
            "kind"
            if session.kind is not None and room.kind != session.kind
            else "accessible"
            if needs_access and not room.is_accessible
            else "barred"
            if r in barred
            else None
        )
        if whole:
            reasons[whole] += len(problem.periods)
            continue
        for p, period in enumerate(problem.periods):
            if period.minutes < session.minutes:
                reasons["length"] += 1
            elif p in away:
                reasons["away"] += 1
            elif p in room.closed:
                reasons["closed"] += 1
            elif seats_in(room, period) < len(session.candidates):
                reasons["capacity"] += 1
    return reasons
