"""P2: experts to panels — 118 panels of 3 out of 177 experts, at most 4 panels each.

    python benchmarks/panels.py

Prints one JSON line: `value` is the worst panel of the "fair" objective, `reference` the bound
that no seating can pass, `ratio` their quotient; beside them the share of the greatest total, the
conflicts and the CPU seconds. Writes the same to benchmarks/results/panels.json.

The matrices lie in data/panels of the folder JIANGJIE_SHARED (../shared beside the repository).
"""

import json
import os
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from jiangjie.arrangement.rules.panels import Expert, Problem, Task, seats
from jiangjie.arrangement.rules.solving import solve

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("JIANGJIE_SHARED", HERE.parent.parent / "shared"))
ANY_LEVEL = {"assessor": 8, "senior_assessor": 8}


def problem(folder: Path) -> Problem:
    """A score of -1 marks a conflict in these matrices."""
    scores = np.load(folder / "midl-scores.npy")
    loads, sizes = np.load(folder / "midl-loads.npy"), np.load(folder / "midl-covs.npy")
    nothing = frozenset[str]()
    return Problem(
        experts=tuple(
            Expert(f"e{i}", None, None, None, nothing, 0, int(load)) for i, load in enumerate(loads)
        ),
        tasks=tuple(
            Task(f"t{j}", None, None, None, None, int(size), True) for j, size in enumerate(sizes)
        ),
        scores=scores,
        conflicts=tuple((int(i), int(j)) for i, j in np.argwhere(scores == -1)),
        outside_share=Fraction(0),
        objective="fair",
        seed=1,
    )


def main() -> None:
    folder = SHARED / "data" / "panels"
    if not folder.is_dir():
        sys.exit(f"no matrices in {folder}: set JIANGJIE_SHARED")
    midl = problem(folder)
    places = seats(midl, ANY_LEVEL)
    start = time.process_time()
    fair = solve(midl, places)
    seconds = time.process_time() - start
    greatest = solve(replace(midl, objective="max_sum"), places).total
    line = json.dumps(
        {
            "name": "panels",
            "unit": "worst panel",
            "value": round(fair.worst, 6),
            "reference": round(fair.worst_bound, 6),
            "ratio": round(fair.worst / fair.worst_bound, 4),
            "total_ratio": round(fair.total / greatest, 4),
            "conflicts": sum(bool(fair.chosen[pair]) for pair in midl.conflicts),
            "cpu_seconds": round(seconds, 2),
        }
    )
    print(line)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "panels.json").write_text(line + "\n", "utf-8")


if __name__ == "__main__":
    main()
