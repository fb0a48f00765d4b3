"""P1: parallel papers of a large pool, maximin information at three θ, as a share of the bound.

    python benchmarks/assembly.py [--items 5000] [--forms 10] [--length 100]

Prints one JSON line: the share of the aggregate bound that the worst paper reaches, against the
share asked for, and the processor seconds; writes it to benchmarks/results/assembly.json. The bound
is the linear relaxation of all papers added up, which no papers can beat.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from jiangjie.papers.rules.assembly import assemble
from jiangjie.papers.rules.checker import check
from jiangjie.papers.rules.reading import read_blueprint, read_pool

CATEGORIES = "ABCDEFGHIJ"
REFERENCE = 0.999


def rows(items: int, seed: int) -> list[list[str]]:
    draw = np.random.default_rng(seed)
    a, b = draw.lognormal(0, 0.3, items), draw.normal(0, 1, items)
    c, kinds = draw.uniform(0.1, 0.3, items), draw.integers(0, len(CATEGORIES), items)
    return [["id", "a", "b", "c", "category"]] + [
        [f"i{n}", f"{a[n]:.6f}", f"{b[n]:.6f}", f"{c[n]:.6f}", CATEGORIES[kinds[n]]]
        for n in range(items)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--forms", type=int, default=10)
    parser.add_argument("--length", type=int, default=100)
    args = parser.parse_args()
    share = args.length / len(CATEGORIES)
    document = {
        "forms": args.forms,
        "length": args.length,
        "objective": {"maximin_information": {"theta": [-1, 0, 1]}},
        "counts": [
            {"where": {"category": kind}, "min": int(share * 0.8), "max": int(share * 1.2)}
            for kind in CATEGORIES
        ],
    }
    table = rows(args.items, seed=1)
    start = time.process_time()
    pool = read_pool(enumerate(table, 1), "pool")
    blueprint = read_blueprint(document, pool, "blueprint")
    result = assemble(pool, blueprint)
    seconds = time.process_time() - start
    assert result.forms is not None
    assert result.objective is not None
    assert result.bound
    assert check(result.forms, pool, blueprint) == []
    value = result.objective / result.bound
    line = json.dumps(
        {
            "value": round(value, 6),
            "unit": "share of the bound",
            "reference": REFERENCE,
            "ratio": round(value / REFERENCE, 6),
            "items": args.items,
            "forms": args.forms,
            "objective": round(result.objective, 6),
            "bound": round(result.bound, 6),
            "processor_seconds": round(seconds, 2),
        }
    )
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "assembly.json").write_text(line + "\n", "utf-8")
    print(line)


if __name__ == "__main__":
    main()
