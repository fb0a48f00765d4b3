"""A second opinion on every timetable before it is shown.

Written from the text of the rules, candidate by candidate; it shares no code with what makes
timetables, so that one mistake does not pass both.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from jiangjie.arrangement.rules.timetables.problem import Problem, Timetable


def faults(problem: Problem, timetable: Timetable) -> list[str]:
    """Which rules a timetable breaks, in English for a developer; [] when none."""
    if len(timetable) != len(problem.sessions):
        return [f"{len(timetable)} places for {len(problem.sessions)} sessions"]
    found: list[str] = []
    heads: Counter[tuple[int, int]] = Counter()
    sessions_in: dict[tuple[int, int], list[int]] = defaultdict(list)
    plans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for e, (session, place) in enumerate(zip(problem.sessions, timetable, strict=True)):
        if not 0 <= place.period < len(problem.periods) or not 0 <= place.room < len(problem.rooms):
            return [*found, f"session {session.id} is nowhere"]
        period, room = problem.periods[place.period], problem.rooms[place.room]
        if session.minutes > period.minutes:
            found.append(f"session {session.id} is longer than period {period.id}")
        if session.kind is not None and session.kind != room.kind:
            found.append(f"session {session.id} needs a room of kind {session.kind}")
        if place.period in room.closed:
            found.append(f"room {room.id} is closed in period {period.id}")
        for k in session.candidates:
            candidate = problem.candidates[k]
            if place.period in candidate.away:
                found.append(f"candidate {candidate.id} is away in period {period.id}")
            if candidate.needs_access and not room.is_accessible:
                found.append(f"candidate {candidate.id} cannot get into room {room.id}")
            if place.room in candidate.barred:
                found.append(f"candidate {candidate.id} is barred from room {room.id}")
            plans[k].append((place.period, place.room))
        heads[place.period, place.room] += len(session.candidates)
        sessions_in[place.period, place.room].append(e)
    for (p, r), count in heads.items():
        room, minutes = problem.rooms[r], problem.periods[p].minutes
        if count > room.capacity:
            found.append(f"room {room.id} holds {count} of {room.capacity} in period {p}")
        if room.per_hour is not None and 60 * count > room.per_hour * minutes:
            found.append(f"room {room.id} sees {count} in {minutes} minutes")
    for k, plan in plans.items():
        found += _too_near(problem, k, plan)
    for e in problem.alone:
        here = sessions_in[timetable[e].period, timetable[e].room]
        if len(here) > 1:
            found.append(f"session {problem.sessions[e].id} is not alone in its room")
    for later, earlier in problem.after:
        if timetable[later].period <= timetable[earlier].period:
            found.append(f"session {later} is not after {earlier}")
    for one, other in problem.together:
        if timetable[one].period != timetable[other].period:
            found.append(f"sessions {one} and {other} are not together")
    for one, other in problem.not_together:
        if timetable[one].period == timetable[other].period:
            found.append(f"sessions {one} and {other} are together")
    return found


def _too_near(problem: Problem, k: int, plan: Sequence[tuple[int, int]]) -> list[str]:
    found = []
    name = problem.candidates[k].id
    ordered = sorted(plan)
    for place, (p, r) in enumerate(ordered):
        for q, s in ordered[place + 1 :]:
            if p == q:
                found.append(f"candidate {name} is wanted twice in period {p}")
                continue
            sites = problem.rooms[r].site, problem.rooms[s].site
            way = 0
            if None not in sites and sites[0] != sites[1]:
                for a, b in (sites, sites[::-1]):
                    way = max(way, problem.travel.get((a or "", b or ""), 0))
            here, there = problem.periods[p], problem.periods[q]
            needed = problem.rest + way
            if needed and there.start - (here.start + here.minutes) < needed:
                found.append(f"candidate {name} has no time between periods {p} and {q}")
    return found


def penalties(problem: Problem, timetable: Timetable) -> dict[str, int]:
    """What is undesirable in a timetable, by the names of the weights, period and room."""
    weights = problem.weights
    parts: Counter[str] = Counter()
    plans: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    lengths: dict[tuple[int, int], set[int]] = defaultdict(set)
    for session, place in zip(problem.sessions, timetable, strict=True):
        parts["period"] += problem.periods[place.period].penalty
        parts["room"] += problem.rooms[place.room].penalty
        lengths[place.period, place.room].add(session.minutes)
        for k in session.candidates:
            plans[k].append((place.period, problem.rooms[place.room].site))
    for plan in plans.values():
        for at, (p, here) in enumerate(plan):
            for q, there in plan[at + 1 :]:
                apart = abs(p - q)
                if problem.periods[p].day == problem.periods[q].day:
                    if apart == 1:
                        parts["in_a_row"] += weights.in_a_row
                    elif apart > 1:
                        parts["same_day"] += weights.same_day
                    if here != there:
                        parts["other_site"] += weights.other_site
                else:
                    parts["other_day"] += weights.other_day
                if 1 <= apart <= weights.spread_periods:
                    parts["spread"] += weights.spread
    parts["mixed_lengths"] = weights.mixed_lengths * sum(len(one) - 1 for one in lengths.values())
    by_size = sorted(enumerate(problem.sessions), key=lambda one: -len(one[1].candidates))
    first_late = len(problem.periods) - weights.late_periods
    parts["late"] = weights.late * sum(
        timetable[e].period >= first_late for e, _ in by_size[: weights.late_largest]
    )
    parts["day"] = weights.day * len({problem.periods[place.period].day for place in timetable})
    return {name: cost for name, cost in sorted(parts.items()) if cost}
