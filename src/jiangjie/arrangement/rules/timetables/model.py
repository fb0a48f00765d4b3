"""A problem as numbers, with any of its rules left out.

A *slot* is a period at a site, a *cell* a period in a room. Costs are whole numbers with two
parts: broken hard rules times HARD, plus penalties below HARD; so one sum carries both.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from jiangjie.arrangement.rules.timetables.problem import (
    Problem,
    Room,
    largest_sessions,
    minutes_between,
    seats_in,
)

HARD = 1 << 32

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand, or several of one kind that are left out together.

    `places`: indices of what it is said of; (0,) for what is said once of the whole problem.
    """

    kind: str
    places: tuple[int, ...]


# In the order in which the search for a conflict tries to do without them.
KINDS = (
    "session",  # that it takes place at all
    "barred",
    "away",
    "accessible",
    "after",
    "together",
    "not_together",
    "alone",
    "travel",
    "rest",
    "clash",
    "closed",
    "per_hour",
    "capacity",
    "kind",
    "length",
)
MOST_APART = 100  # rules of a kind; more are taken together by kind of room and length, or all

LeftOut = frozenset[tuple[str, int]]


def rules_of(problem: Problem) -> list[Rule]:
    """Every rule that asks for something, in the order of KINDS."""
    sessions = problem.sessions
    alike: dict[tuple[str | None, int], list[int]] = defaultdict(list)
    for e, session in enumerate(sessions):
        alike[session.kind, session.minutes].append(e)
    of_session = (
        [[e] for e in range(len(sessions))] if len(sessions) <= MOST_APART else [*alike.values()]
    )
    found = [Rule(kind, tuple(one)) for kind in ("session", "length") for one in of_session]
    found += [Rule("kind", tuple(one)) for one in of_session if sessions[one[0]].kind is not None]
    people = problem.candidates
    for kind, places in (
        ("barred", [k for k, one in enumerate(people) if one.barred]),
        ("away", [k for k, one in enumerate(people) if one.away]),
        ("accessible", [k for k, one in enumerate(people) if one.needs_access]),
        ("clash", sorted(_busy(problem))),
        ("after", range(len(problem.after))),
        ("together", range(len(problem.together))),
        ("not_together", range(len(problem.not_together))),
        ("alone", problem.alone),
        ("travel", [0] if any(problem.travel.values()) else []),
        ("rest", [0] if problem.rest else []),
        ("closed", [r for r, room in enumerate(problem.rooms) if room.closed]),
        ("per_hour", [r for r, room in enumerate(problem.rooms) if room.per_hour is not None]),
        ("capacity", range(len(problem.rooms))),
    ):
        if len(places) > MOST_APART:
            found.append(Rule(kind, tuple(places)))
        else:
            found += [Rule(kind, (place,)) for place in places]
    return sorted(found, key=lambda rule: KINDS.index(rule.kind))


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """What sessions cost each other by where they are. Of session e: `partners` whose costs it
    changes, how often each counts (None: once), and by how much, `table[slot of e, theirs]`."""

    name: str
    partners: list[Whole]
    times: list[Whole | None]
    table: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    periods: int
    rooms: int
    sites: int
    site_of: Whole  # by room
    sizes: Whole
    lengths: Whole  # by session, a number for each different length
    length_count: int
    is_alone: Flags
    may_period: Flags  # session × period
    may_room: Flags  # session × room
    seats: Whole  # by cell; -1 where the room is closed
    static: Whole  # session × slot
    room_cost: Whole
    relations: tuple[Relation, ...]
    related: Whole  # sorted e * sessions + f of all pairs with a relation
    days: Whole  # by period
    day_weight: int
    mixed_weight: int

    @property
    def sessions(self) -> int:
        return len(self.sizes)

    def may_cells(self, session: int) -> Flags:
        """Where the session alone could be, by cell."""
        allowed = self.may_period[session][:, None] & self.may_room[session][None, :]
        fits = np.where(self.sizes[session] > 0, self.seats >= self.sizes[session], self.seats >= 0)
        return np.asarray(allowed.ravel() & fits)


def build(problem: Problem, left_out: Collection[Rule] = ()) -> Model:
    without = frozenset((rule.kind, place) for rule in left_out for place in rule.places)
    gone = [place for kind, place in without if kind == "session"]
    sessions = problem.sessions
    count, periods, rooms = len(sessions), len(problem.periods), len(problem.rooms)
    names = list(dict.fromkeys(room.site for room in problem.rooms))
    site_of = np.array([names.index(room.site) for room in problem.rooms])
    lengths = sorted({session.minutes for session in sessions})
    sizes = np.array([len(session.candidates) for session in sessions], dtype=np.int64)
    sizes[gone] = 0
    may_period, may_room = _may_period(problem, without), _may_room(problem, without)
    may_period[gone] = may_room[gone] = True
    relations, related = _relations(problem, names, without)
    return Model(
        periods=periods,
        rooms=rooms,
        sites=len(names),
        site_of=site_of,
        sizes=sizes,
        lengths=np.array([lengths.index(session.minutes) for session in sessions]),
        length_count=len(lengths),
        is_alone=np.array(
            [
                e in problem.alone and not without & {("alone", e), ("session", e)}
                for e in range(count)
            ]
        ),
        may_period=may_period,
        may_room=may_room,
        seats=_seats(problem, without),
        static=np.repeat(_static(problem), len(names), axis=1),
        room_cost=np.array([room.penalty for room in problem.rooms]),
        relations=relations,
        related=related,
        days=np.array([period.day for period in problem.periods]),
        day_weight=problem.weights.day,
        mixed_weight=problem.weights.mixed_lengths,
    )


def _busy(problem: Problem) -> set[int]:
    """Candidates with more than one session."""
    seen: set[int] = set()
    busy: set[int] = set()
    for session in problem.sessions:
        busy |= seen & set(session.candidates)
        seen |= set(session.candidates)
    return busy


def _may_period(problem: Problem, without: LeftOut) -> Flags:
    minutes = np.array([period.minutes for period in problem.periods])
    may = np.ones((len(problem.sessions), len(problem.periods)), dtype=np.bool_)
    for e, session in enumerate(problem.sessions):
        if ("length", e) not in without:
            may[e] = minutes >= session.minutes
        for k in session.candidates:
            away = problem.candidates[k].away
            if away and ("away", k) not in without:
                may[e, list(away)] = False
    return may


def _may_room(problem: Problem, without: LeftOut) -> Flags:
    kinds = np.array([room.kind or "" for room in problem.rooms])
    accessible = np.array([room.is_accessible for room in problem.rooms])
    may = np.ones((len(problem.sessions), len(problem.rooms)), dtype=np.bool_)
    for e, session in enumerate(problem.sessions):
        if session.kind is not None and ("kind", e) not in without:
            may[e] = kinds == session.kind
        for k in session.candidates:
            candidate = problem.candidates[k]
            if candidate.needs_access and ("accessible", k) not in without:
                may[e] &= accessible
            if candidate.barred and ("barred", k) not in without:
                may[e, list(candidate.barred)] = False
    return may


def _seats(problem: Problem, without: LeftOut) -> Whole:
    everybody = sum(len(session.candidates) for session in problem.sessions)
    seats = np.empty((len(problem.periods), len(problem.rooms)), dtype=np.int64)
    for r, room in enumerate(problem.rooms):
        asked = _without(room, r, without, everybody)
        for p, period in enumerate(problem.periods):
            seats[p, r] = -1 if p in asked.closed else seats_in(asked, period)
    return seats.ravel()


def _without(room: Room, place: int, without: LeftOut, everybody: int) -> Room:
    return Room(
        id=room.id,
        site=room.site,
        kind=room.kind,
        capacity=everybody if ("capacity", place) in without else room.capacity,
        per_hour=None if ("per_hour", place) in without else room.per_hour,
        is_accessible=room.is_accessible,
        closed=frozenset() if ("closed", place) in without else room.closed,
        rows=room.rows,
        columns=room.columns,
        penalty=room.penalty,
    )


def _static(problem: Problem) -> Whole:
    """By session and period."""
    costs = np.array([period.penalty for period in problem.periods], dtype=np.int64)
    static = np.tile(costs, (len(problem.sessions), 1))
    weights = problem.weights
    if weights.late and weights.late_periods:
        static[list(largest_sessions(problem)), -weights.late_periods :] += weights.late
    return static


def _relations(
    problem: Problem, names: list[str | None], without: LeftOut
) -> tuple[tuple[Relation, ...], Whole]:
    sites = len(names)
    count = len(problem.sessions)
    period = np.repeat(np.arange(len(problem.periods)), sites)
    same = (period[:, None] == period[None, :]).astype(np.int64)
    relations = []
    keys: set[int] = set()

    def add(
        name: str, pairs: dict[tuple[int, int], int], table: Whole, *, is_counted: bool = False
    ) -> None:
        if not pairs or not table.any():
            return
        ends: list[list[int]] = [[] for _ in range(count)]
        times: list[list[int]] = [[] for _ in range(count)]
        for (e, f), number in pairs.items():
            ends[e].append(f)
            times[e].append(number)
            keys.update((e * count + f, f * count + e))
        relations.append(
            Relation(
                name,
                [np.array(one, dtype=np.int64) for one in ends],
                [np.array(one, dtype=np.int64)[:, None] if is_counted else None for one in times],
                np.ascontiguousarray(table),
            )
        )

    hard: dict[tuple[int, int], int] = {}
    soft: dict[tuple[int, int], int] = defaultdict(int)
    attending: list[list[int]] = [[] for _ in problem.candidates]
    for e, session in enumerate(problem.sessions):
        for k in session.candidates if ("session", e) not in without else ():
            attending[k].append(e)
    for k, own in enumerate(attending):
        is_free = ("clash", k) in without
        for e, f in combinations(own, 2):
            if not is_free:
                hard[e, f] = hard[f, e] = 1
            soft[e, f] += 1
            soft[f, e] += 1
    add("clash", hard, HARD * _too_near(problem, names, without))
    add("near", dict(soft), _nearness(problem, sites), is_counted=True)
    for name, table in (
        ("after", None),
        ("together", HARD * (1 - same)),
        ("not_together", HARD * same),
    ):
        kept = {
            pair: 1
            for place, pair in enumerate(getattr(problem, name))
            if (name, place) not in without and not any(("session", e) in without for e in pair)
        }
        if table is None:
            wrong = HARD * (period[:, None] <= period[None, :]).astype(np.int64)
            add("after", kept, wrong)
            add("after", {(f, e): 1 for e, f in kept}, wrong.T)
        else:
            both = {**kept, **{(f, e): 1 for e, f in kept}}
            add(name, both, table)
    return tuple(relations), np.array(sorted(keys), dtype=np.int64)


def _too_near(problem: Problem, names: list[str | None], without: LeftOut) -> Whole:
    """By two slots: 1 where nobody can be at both."""
    rest = 0 if ("rest", 0) in without else problem.rest
    way = np.array(
        [
            [0 if ("travel", 0) in without else minutes_between(problem, a, b) for b in names]
            for a in names
        ]
    )
    start = np.array([period.start for period in problem.periods])
    end = start + np.array([period.minutes for period in problem.periods])
    order = np.arange(len(start))
    gap = np.where(
        order[:, None] < order[None, :],
        start[None, :] - end[:, None],
        start[:, None] - end[None, :],
    )
    needed = rest + way if rest or way.any() else np.full_like(way, -(2**40))
    near = gap[:, None, :, None] < needed[None, :, None, :]
    near |= np.eye(len(start), dtype=np.bool_)[:, None, :, None]
    return np.asarray(near.reshape(len(start) * len(names), -1).astype(np.int64))


def _nearness(problem: Problem, sites: int) -> Whole:
    """By two slots: what it costs a candidate to have a session in each."""
    weights = problem.weights
    day = np.array([period.day for period in problem.periods])
    place = np.arange(len(day))
    apart = np.abs(place[:, None] - place[None, :])
    same_day = day[:, None] == day[None, :]
    cost = np.zeros(apart.shape, dtype=np.int64)
    cost += weights.in_a_row * (same_day & (apart == 1))
    cost += weights.same_day * (same_day & (apart > 1))
    cost += weights.spread * ((apart >= 1) & (apart <= weights.spread_periods))
    cost += weights.other_day * ~same_day
    whole = np.repeat(np.repeat(cost, sites, axis=0), sites, axis=1)
    other_site = np.arange(sites)[:, None] != np.arange(sites)[None, :]
    both = same_day[:, None, :, None] & other_site[None, :, None, :]
    whole += weights.other_site * both.reshape(whole.shape)
    return whole
