"""P5: two-parameter calibration of 50 items × 5,000 people and 100 × 50,000, and of LSAT6.

    python benchmarks/calibration.py

Prints one JSON line: seconds for 50 × 5,000 against girth's 2.2 s (ratio: how many times faster), the
larger case, how far each log-likelihood is from that of an estimate taken a hundred times further,
and the published LSAT6 values; writes it to benchmarks/results/calibration.json.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from jiangjie.psychometrics import irt

SHARED = Path(os.environ.get("JIANGJIE_SHARED", Path(__file__).parents[2] / "shared"))
REFERENCE = 2.2  # girth 0.8, 50 × 5,000, on two cores
LSAT6_LOG_LIKELIHOOD = -2466.653
NEAR = 1e-3


def answers(items: int, people: int) -> irt.Numbers:
    draw = np.random.default_rng(1)
    a, b = draw.lognormal(0, 0.3, items), draw.normal(0, 1, items)
    theta = draw.normal(size=(people, 1))
    return (draw.random((people, items)) < 1 / (1 + np.exp(-a * (theta - b)))).astype(float)


def measure(items: int, people: int, times: int) -> dict[str, Any]:
    data = answers(items, people)
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        found = irt.calibrate(data, with_errors=False)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    irt.calibrate(data)
    with_errors = time.perf_counter() - start
    with patch.object(irt, "_CHANGE", irt._CHANGE / 100):
        best = irt.calibrate(data, with_errors=False)
    assert found.log_likelihood is not None
    assert best.log_likelihood is not None
    short = best.log_likelihood - found.log_likelihood
    assert found.is_converged
    assert abs(short) < NEAR
    return {
        "seconds": round(min(seconds), 4),
        "seconds_with_errors": round(with_errors, 3),
        "log_likelihood": round(found.log_likelihood, 4),
        "short_by": round(short, 7),
        "cycles": found.cycles,
    }


def main() -> None:
    path = SHARED / "data" / "irt" / "lsat6.csv"
    if not path.is_file():
        sys.exit(f"the published answers are not at {path}")
    lsat6 = irt.calibrate(np.loadtxt(path, delimiter=",", skiprows=1))
    assert lsat6.log_likelihood is not None
    assert abs(lsat6.log_likelihood - LSAT6_LOG_LIKELIHOOD) < NEAR
    small, large = measure(50, 5_000, 5), measure(100, 50_000, 2)
    line = json.dumps({
        "value": small["seconds"],
        "unit": "seconds",
        "reference": REFERENCE,
        "ratio": round(REFERENCE / small["seconds"], 1),
        "50x5000": small,
        "100x50000": large,
        "lsat6": {
            "log_likelihood": round(lsat6.log_likelihood, 4),
            "a": [round(item.a or 0, 4) for item in lsat6.items],
            "b": [round(item.b or 0, 3) for item in lsat6.items],
        },
    })  # fmt: skip
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "calibration.json").write_text(line + "\n", "utf-8")
    print(line)


if __name__ == "__main__":
    main()
