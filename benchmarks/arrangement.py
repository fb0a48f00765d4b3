"""A whole batch: experts to venues, then candidates × stations into periods and rooms.

    python benchmarks/arrangement.py [random problems, 0]

500 candidates × 60 experts × 20 venues, and 5,000 candidates on the same venues with more days.
Every candidate has a theory, a skill and a review session at three kinds of rooms, colleagues of
the panel's members are barred from its venue, travel and rest are kept. Prints one JSON line:
`value` seconds for each size, `reference` the seconds it may take, `ratio` the worse of both, and
penalty, bound and gap. With a number, that many small random problems are compared with trying
everything (tests/arrangement/timetables.py) before.
"""

import json
import sys
import time
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np

from jiangjie.arrangement.rules.checking import faults as panel_faults
from jiangjie.arrangement.rules.conflicts import explain
from jiangjie.arrangement.rules.panels import Expert, Problem, Task, panel_members, seats
from jiangjie.arrangement.rules.solving import solve
from jiangjie.arrangement.rules.timetables.answers import sessions_document
from jiangjie.arrangement.rules.timetables.arranging import arrange
from jiangjie.arrangement.rules.timetables.checking import faults, penalties
from jiangjie.arrangement.rules.timetables.reading import problem_from_json
from jiangjie.arrangement.rules.timetables.search import Progress

HERE = Path(__file__).parent
LEVELS = {"assessor": 4, "senior_assessor": 8}
VENUES = 20
EXPERTS = 60
UNITS = 25
ALLOWED = {500: 60.0, 5000: 300.0}
SEARCH = {500: 20.0, 5000: 120.0}


def panels(chance: Random) -> dict[str, list[str]]:
    """Three experts a venue, one of another organisation at least."""
    problem = Problem(
        experts=tuple(
            Expert(f"e{i}", f"o{i % 3}", f"u{i % UNITS}", "高级考评员", frozenset({"crane"}), 0, 1)
            for i in range(EXPERTS)
        ),
        tasks=tuple(Task(f"v{j}", f"o{j % 3}", None, "crane", 6, 3, True) for j in range(VENUES)),
        scores=np.array([[chance.random() for _ in range(VENUES)] for _ in range(EXPERTS)]),
        conflicts=tuple((chance.randrange(EXPERTS), j) for j in range(VENUES) for _ in range(5)),
        outside_share=Fraction("0.34"),
        objective="fair",
        seed=1,
    )
    assert not explain(problem, LEVELS)
    answer = solve(problem, seats(problem, LEVELS))
    members = panel_members(problem, answer.chosen)
    assert not panel_faults(
        problem,
        members,
        LEVELS,
        total=answer.total,
        worst=answer.worst,
        worst_bound=answer.worst_bound,
    )
    return members


def batch(candidates: int, members: dict[str, list[str]], chance: Random) -> dict[str, object]:
    kinds = ["theory"] * 4 + ["skill"] * 10 + ["review"] * 6
    capacity = {"theory": 30, "skill": 6, "review": 8}
    days = -(-candidates * 10 // (60 * 4 * 7)) if candidates < 1000 else 30
    unit_of = {f"e{i}": f"u{i % UNITS}" for i in range(EXPERTS)}
    periods = [
        {"id": f"d{day}p{n}", "day": f"2026-06-{day + 1:02d}", "start": start, "minutes": 100}
        for day in range(days)
        for n, start in enumerate(("08:00", "10:00", "13:30", "15:30"))
    ]
    rooms = [
        {
            "id": f"v{j}",
            "site": "ABC"[j % 3],
            "kind": kind,
            "capacity": capacity[kind],
            "accessible": j % 2 == 0,
            "closed": [p["id"] for p in periods if chance.random() < 0.03],
            **({"rows": 5, "columns": 6} if kind == "theory" else {}),
        }
        for j, kind in enumerate(kinds)
    ]
    people = []
    for k in range(candidates):
        unit = f"u{chance.randrange(UNITS)}"
        barred = [
            {"room": venue, "why": f"{expert}与考生同属{unit}"}
            for venue, panel in members.items()
            for expert in panel
            if unit_of[expert] == unit and kinds[int(venue[1:])] != "theory"
        ]
        people.append(
            {
                "id": f"c{k}",
                "unit": unit,
                "needs_access": chance.random() < 0.01,
                "away": [p["id"] for p in periods if chance.random() < 0.02],
                "barred": list({one["room"]: one for one in barred}.values()),
            }
        )
    sessions = [
        {"id": f"{kind}-c{k}", "candidates": [f"c{k}"], "length": length, "kind": kind}
        for k in range(candidates)
        for kind, length in (("theory", 90), ("skill", 60), ("review", 30))
    ]
    return {
        "periods": periods,
        "rooms": rooms,
        "candidates": people,
        "sessions": sessions,
        "travel": [
            {"from": a, "to": b, "minutes": minutes}
            for a, b, minutes in (("A", "B", 30), ("A", "C", 60), ("B", "C", 45))
        ],
        "rest": 15,
        "weights": {"other_day": 5, "other_site": 2, "day": 50},
        "seed": 1,
    }


def compare(count: int) -> dict[str, int]:
    """How many small problems differ from trying everything: none should."""
    sys.path.insert(0, str(HERE.parent))
    from tests.arrangement.timetables import least_penalty, problem  # noqa: PLC0415 -- leaf

    different = impossible = 0
    for seed in range(count):
        asked = problem(seed, most_places=700)
        answer = arrange(asked, seconds=5.0)
        least = least_penalty(asked)
        impossible += least is None
        if answer.timetable is None:
            is_same = least is None and answer.conflict is not None and answer.conflict.rules
        else:
            is_same = (
                not faults(asked, answer.timetable)
                and sum(penalties(asked, answer.timetable).values()) == least == answer.bound
            )
        different += not is_same
    return {"problems": count, "impossible": impossible, "different": different}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    rows = []
    for candidates, allowed in ALLOWED.items():
        chance = Random(candidates)
        start, cpu = time.perf_counter(), time.process_time()
        problem = problem_from_json(batch(candidates, panels(chance), chance))

        def watch(_progress: Progress, start: float = start, size: int = candidates) -> float:
            return (time.perf_counter() - start) / SEARCH[size]

        answer = arrange(problem, seconds=SEARCH[candidates], watch=watch)
        assert answer.timetable is not None, answer
        assert faults(problem, answer.timetable) == []
        sessions_document(problem, answer.timetable)
        seconds = time.perf_counter() - start
        rows.append(
            {
                "candidates": candidates,
                "sessions": len(problem.sessions),
                "seconds": round(seconds, 1),
                "cpu_seconds": round(time.process_time() - cpu, 1),
                "allowed": allowed,
                "penalty": answer.penalty,
                "parts": penalties(problem, answer.timetable),
                "bound": answer.bound,
                "gap": round(1 - answer.bound / max(answer.penalty, 1), 3),
                "repeatable": not answer.is_cut,
            }
        )
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    line = json.dumps(
        {
            "name": "arrangement",
            "unit": "seconds",
            "value": [row["seconds"] for row in rows],
            "reference": list(ALLOWED.values()),
            "ratio": round(
                max(float(str(r["seconds"])) / float(str(r["allowed"])) for r in rows), 3
            ),
            "sizes": rows,
            **({"random": compare(count)} if count else {}),
        }
    )
    print(line)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "arrangement.json").write_text(line + "\n", "utf-8")


if __name__ == "__main__":
    main()
