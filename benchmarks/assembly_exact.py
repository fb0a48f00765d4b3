"""P1b and P1c: published small pools, solved to a proved optimum.

    python benchmarks/assembly_exact.py

Prints one JSON line: processor seconds for both against the seconds asked for, and what was proved;
writes it to benchmarks/results/assembly_exact.json. Needs the pools of eatATA beside the
repository, in ../shared/data/ata or below $JIANGJIE_SHARED.
"""

import csv
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from jiangjie.papers.rules.assembly import GAP, assemble
from jiangjie.papers.rules.blueprint import Pool
from jiangjie.papers.rules.reading import read_blueprint, read_pool

SHARED = Path(os.environ.get("JIANGJIE_SHARED", Path(__file__).parents[2] / "shared"))
REFERENCE = {"vera": 1.0, "diao": 1.5}  # seconds


def pool(name: str) -> Pool:
    with (SHARED / "data" / "ata" / name).open(encoding="utf-8", newline="") as file:
        return read_pool(enumerate(csv.reader(file), 1), name)


def vera(items: Pool) -> dict[str, Any]:
    """80 items into 14 blocks of about 10 minutes, with exclusions."""
    pairs = {
        tuple(sorted((name, other.strip())))
        for name, others in zip(items.ids, items.columns["exclusions"], strict=True)
        for other in others.split(",")
        if other.strip()
    }
    return {
        "forms": 14,
        "objective": {"minimax_deviation": {"column": "time", "target": 10}},
        "exclusive": [list(pair) for pair in sorted(pairs)],
    }


def diao() -> dict[str, Any]:
    """Two papers of 40 from 165 items, at least two of each category."""
    return {
        "forms": 2,
        "length": 40,
        "objective": {"maximin_information": {"theta": [-1, 0, 1]}},
        "counts": [{"where": {"Category": number}, "min": 2} for number in range(1, 7)],
    }


def main() -> None:
    if not (SHARED / "data" / "ata").is_dir():
        sys.exit(f"the published pools are not in {SHARED / 'data' / 'ata'}")
    report: dict[str, Any] = {}
    for name, items in (("vera", pool("items_vera.csv")), ("diao", pool("items_diao.csv"))):
        start = time.process_time()
        document = vera(items) if name == "vera" else diao()
        result = assemble(items, read_blueprint(document, items, name))
        seconds = time.process_time() - start
        assert result.objective is not None
        assert result.bound is not None
        assert abs(result.objective - result.bound) <= GAP * abs(result.bound)  # proved
        report[name] = {
            "objective": result.objective,
            "bound": result.bound,
            "processor_seconds": round(seconds, 2),
        }
    value = sum(each["processor_seconds"] for each in report.values())
    reference = sum(REFERENCE.values())
    line = json.dumps(
        {
            "value": round(value, 2),
            "unit": "processor seconds",
            "reference": reference,
            "ratio": round(value / reference, 2),
            **report,
        }
    )
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "assembly_exact.json").write_text(line + "\n", "utf-8")
    print(line)


if __name__ == "__main__":
    main()
