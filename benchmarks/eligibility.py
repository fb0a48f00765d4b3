"""P9: who may apply for what, and when — outlooks of made-up workers at every level.

    python benchmarks/eligibility.py [--workers 20000] [--processes 2]

Prints one JSON line: verdicts a second, against the rate that 1,000,000 workers × 8 levels in
60 s ask for; writes the same to benchmarks/results/eligibility.json.
"""

import argparse
import json
import random
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

from jiangjie.applications.rules.eligibility import ConditionSet, Facts, compile_set, outlook
from jiangjie.applications.rules.facts import (
    SCHOOLS,
    Employment,
    HeldCertificate,
    Schooling,
    Title,
)
from jiangjie.policy import packs

AS_OF = date(2026, 6, 30)
REFERENCE = 8_000_000 / 60


def worker(random_: random.Random) -> Facts:
    day = AS_OF - timedelta(days=random_.randrange(200, 12_000))
    birth = day - timedelta(days=random_.randrange(6_000, 9_000))
    employment = []
    for _ in range(random_.randrange(3)):
        end = day + timedelta(days=random_.randrange(30, 2_000))
        relation = random_.choice(("same", "related", "other"))
        employment.append(Employment(day, end, "6-30-05-01", relation, None))
        day = end + timedelta(days=random_.randrange(0, 300))
    employment.append(Employment(day, None, "6-30-05-01", "same", random_.choice((None, 5, 6))))
    certificates = []
    for level in range(2, random_.randrange(2, 8)):
        day += timedelta(days=random_.randrange(300, 1_500))
        certificates.append(HeldCertificate(f"n{level}", "6-30-05-01", "same", level, day))
    education = [
        Schooling(
            random_.choice(SCHOOLS),
            "same",
            birth.replace(day=1),
            AS_OF,
            random_.random() < 0.8,
            None,
        )
        for _ in range(random_.randrange(2))
    ]
    titles = [Title("初级", "same", day) for _ in range(random_.randrange(2))]
    return Facts(
        birth_date=birth,
        employment=tuple(employment),
        certificates=tuple(certificates),
        education=tuple(education),
        titles=tuple(titles),
    )


def judge(seed: int, workers: int) -> tuple[int, float]:
    """Verdicts given and the seconds they took; making the workers is not counted."""
    random_ = random.Random(seed)
    pack = packs.load("shandong")
    levels: list[tuple[int, ConditionSet]] = []
    for name in ("GZB-2023", "SD-2020-特级", "SD-2023-首席"):
        compiled = compile_set(pack.condition_set(name))
        levels += [(level, compiled) for level in compiled.levels]
    people = [worker(random_) for _ in range(workers)]
    start = time.perf_counter()
    for facts in people:
        for level, compiled in levels:
            outlook(facts, compiled, target_level=level, as_of=AS_OF)
    return len(people) * len(levels), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    share = args.workers // args.processes
    with ProcessPoolExecutor(args.processes) as pool:
        done = list(pool.map(judge, range(args.processes), [share] * args.processes))
    value = sum(count for count, _ in done) / max(seconds for _, seconds in done)
    line = json.dumps(
        {
            "name": "eligibility",
            "unit": "verdicts/s",
            "value": round(value),
            "reference": round(REFERENCE),
            "ratio": round(value / REFERENCE, 3),
        }
    )
    print(line)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "eligibility.json").write_text(line + "\n", "utf-8")


if __name__ == "__main__":
    main()
