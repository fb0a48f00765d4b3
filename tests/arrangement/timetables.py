"""Made-up timetable problems, and their answers by trying everything."""

from itertools import product
from random import Random

from jiangjie.arrangement.rules.timetables.checking import faults, penalties
from jiangjie.arrangement.rules.timetables.problem import Place, Problem
from jiangjie.arrangement.rules.timetables.reading import problem_from_json

WEIGHTS = ("in_a_row", "same_day", "spread", "other_day", "other_site", "mixed_lengths", "day")


def document(seed: int, *, most_places: int = 4000) -> dict[str, object]:
    """A problem small enough to try every timetable, with any of the rules."""
    chance = Random(seed)
    while True:
        doc = _document(chance)
        count = len(doc["periods"]) * len(doc["rooms"])
        if count ** len(doc["sessions"]) <= most_places:
            return doc


def _document(chance: Random) -> dict[str, object]:
    periods = [
        {
            "id": f"p{i}",
            "day": f"2026-06-0{1 + i // 2}",
            "start": "08:30" if i % 2 == 0 else "10:30",
            "minutes": chance.choice([60, 90]),
            "penalty": chance.choice([0, 0, 2]),
        }
        for i in range(chance.randint(2, 4))
    ]
    rooms = [
        {
            "id": f"r{i}",
            "site": chance.choice("AB"),
            "kind": chance.choice([None, "w"]),
            "capacity": chance.randint(1, 4),
            "per_hour": chance.choice([None, None, 2]),
            "accessible": chance.random() < 0.7,
            "closed": [p["id"] for p in periods if chance.random() < 0.05],
            "penalty": chance.choice([0, 0, 1]),
        }
        for i in range(chance.randint(1, 3))
    ]
    candidates = [
        {
            "id": f"c{i}",
            "unit": chance.choice("uv"),
            "needs_access": chance.random() < 0.1,
            "away": [p["id"] for p in periods if chance.random() < 0.05],
            "barred": [{"room": r["id"], "why": "师徒"} for r in rooms if chance.random() < 0.05],
        }
        for i in range(chance.randint(1, 4))
    ]
    sessions = [
        {
            "id": f"s{i}",
            "candidates": [c["id"] for c in candidates if chance.random() < 0.4],
            "length": chance.choice([60, 60, 90]),
            "kind": chance.choice([None, None, None, "w"]),
        }
        for i in range(chance.randint(1, 4))
    ]
    ids = [s["id"] for s in sessions]
    pairs = [[a, b] for a in ids for b in ids if a < b]
    some = {
        name: [pair for pair in pairs if chance.random() < 0.05]
        for name in ("after", "together", "not_together")
    }
    return {
        "periods": periods,
        "rooms": rooms,
        "candidates": candidates,
        "sessions": sessions,
        "rules": {**some, "alone": [one for one in ids if chance.random() < 0.05]},
        "travel": [{"from": "A", "to": "B", "minutes": chance.choice([0, 40])}]
        if {"A", "B"} <= {r["site"] for r in rooms}
        else [],
        "rest": chance.choice([0, 0, 45]),
        "weights": {
            **{name: chance.choice([0, 0, 3]) for name in WEIGHTS},
            "spread_periods": chance.randint(0, 2),
            "late": chance.choice([0, 2]),
            "late_largest": 1,
            "late_periods": 1,
        },
        "seed": chance.randint(0, 9),
    }


def problem(seed: int, **limits: int) -> Problem:
    return problem_from_json(document(seed, **limits))


def least_penalty(asked: Problem) -> int | None:
    """By trying every timetable; None where each breaks a rule."""
    places = [Place(p, r) for p in range(len(asked.periods)) for r in range(len(asked.rooms))]
    least = None
    for timetable in product(places, repeat=len(asked.sessions)):
        if not faults(asked, timetable):
            penalty = sum(penalties(asked, timetable).values())
            least = penalty if least is None else min(least, penalty)
    return least
