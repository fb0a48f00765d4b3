"""P3: sessions into periods and rooms — the public examination sets of the competition of 2007.

    python benchmarks/timetable.py [SECONDS]

Each set gets SECONDS (60) on one thread; the winner had 276 s. Then 5 % of the rooms (at least
one) close in the middle period of a third of the periods and the timetable is repaired: `moved` is
how many sessions move, `least` how many have to. Prints one JSON line: `ratio` is the median over
the sets of penalty to the winner's. Writes the same to benchmarks/results/timetable.json.

The sets lie in data/itc2007 of the folder JIANGJIE_SHARED (../shared beside the repository).
"""

import gzip
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from jiangjie.arrangement.rules.timetables.arranging import arrange
from jiangjie.arrangement.rules.timetables.checking import faults, penalties
from jiangjie.arrangement.rules.timetables.exam_format import problem_from_exam
from jiangjie.arrangement.rules.timetables.problem import Problem, Timetable
from jiangjie.arrangement.rules.timetables.search import Progress

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("JIANGJIE_SHARED", HERE.parent.parent / "shared"))
WINNER = {1: 4370, 2: 400, 3: 10049, 4: 18141}


def without_some_rooms(problem: Problem, timetable: Timetable) -> Problem:
    """One room in twenty closes for a third of the periods: the fullest, where it hurts."""
    used = [sum(place.room == r for place in timetable) for r in range(len(problem.rooms))]
    count = max(1, len(used) // 20)
    closing = sorted(range(len(used)), key=lambda r: -used[r])[:count]
    if len(problem.rooms) == 1:
        periods = frozenset({len(problem.periods) // 2})
    else:
        periods = frozenset(range(0, len(problem.periods), 3))
    rooms = tuple(
        replace(room, closed=room.closed | periods) if r in closing else room
        for r, room in enumerate(problem.rooms)
    )
    return replace(problem, rooms=rooms)


def main() -> None:
    folder = SHARED / "data" / "itc2007"
    if not folder.is_dir():
        sys.exit(f"no sets in {folder}: set JIANGJIE_SHARED")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    sets = []
    for number, winner in WINNER.items():
        text = gzip.decompress((folder / f"exam_comp_set{number}.exam.gz").read_bytes()).decode()
        problem = problem_from_exam(text, seed=1)
        cpu, start = time.process_time(), time.perf_counter()

        def watch(_progress: Progress, start: float = start) -> float:
            return (time.perf_counter() - start) / seconds

        answer = arrange(problem, seconds=seconds, watch=watch)
        row: dict[str, object] = {"set": number, "winner": winner, "feasible": False}
        if answer.timetable is not None:
            assert faults(problem, answer.timetable) == []
            assert sum(penalties(problem, answer.timetable).values()) == answer.penalty
            kept = tuple((place.period, place.room) for place in answer.timetable)
            row |= {
                "feasible": True,
                "penalty": answer.penalty,
                "ratio": round(answer.penalty / winner, 3),
                "bound": answer.bound,
                "cpu_seconds": round(time.process_time() - cpu, 1),
                "repeatable": not answer.is_cut,
            }
            less = without_some_rooms(problem, answer.timetable)
            again = arrange(less, seconds=20.0, kept=kept)
            if again.timetable is not None:
                assert faults(less, again.timetable) == []
                row |= {"moved": again.moved, "least": again.least_moved}
            else:
                row |= {"moved": None, "impossible": again.conflict is not None}
        print(json.dumps(row), file=sys.stderr, flush=True)
        sets.append(row)
    ratios = [float(str(row.get("ratio", "inf"))) for row in sets]
    penalties_found = [row.get("penalty") for row in sets]
    line = json.dumps(
        {
            "name": "timetable",
            "unit": "penalty on sets 1-4",
            "value": penalties_found,
            "reference": list(WINNER.values()),
            "ratio": round(median(ratios), 3),
            "seconds_each": seconds,
            "sets": sets,
        }
    )
    print(line)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "timetable.json").write_text(line + "\n", "utf-8")


if __name__ == "__main__":
    main()
