"""P7: fixity of an archive bag, against only reading its files and hashing them one by one.

    python benchmarks/archive.py [--megabytes N]

Prints one JSON line. `value` and `reference` are MB/s of a bag as a zip file, best of three runs
in turn, all of it in the page cache; `ratio` is value / reference. Also the same for a folder.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from jiangjie.archive.bagging import BagWriter
from jiangjie.verify import fixity
from jiangjie.verify.container import opened
from jiangjie.verify.report import Findings

GOAL = 0.8  # of the bare rate
SCAN, PHOTO = 4_000_000, 60_000  # bytes; a scanned sheet and a photograph
_PIECE = 1 << 20


def contents(megabytes: int) -> dict[str, bytes]:
    """Half scans, half photographs, as a batch of a few hundred people has them."""
    chance = random.Random(1)
    found, size = {}, 0
    while size < megabytes * 1_000_000:
        length = SCAN if size % (SCAN * 2) < SCAN else PHOTO
        found[f"data/1/材料/{len(found):05d}.pdf"] = chance.randbytes(length)
        size += length
    return found


def bare(root: Path, paths: list[str]) -> None:
    for path in paths:
        digest = sha256()
        with (root / path).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)


def check(path: Path) -> None:
    found = Findings()
    with opened(path) as bag:
        fixity.check(bag, found)
    assert found.found == [], found.found[:3]


def rates(size: int, works: dict[str, Callable[[], None]]) -> dict[str, float]:
    """MB/s of each, best of three, taken in turn so that a busy moment hits all alike."""
    best = dict.fromkeys(works, 0.0)
    for _ in range(3):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = max(best[name], size / 1e6 / (time.perf_counter() - started))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=400)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root, packed = Path(temporary) / "bag", Path(temporary) / "bag.zip"
        files = contents(args.megabytes)
        with (
            packed.open("wb") as target,
            BagWriter(target, name="bag", at=datetime(2026, 11, 23, tzinfo=UTC)) as writer,
        ):
            for path, content in files.items():
                writer.add(path, [content])
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
            writer.finish([])
        with opened(packed) as bag:
            for tag in (
                "bagit.txt",
                "bag-info.txt",
                "manifest-sha256.txt",
                "tagmanifest-sha256.txt",
            ):
                (root / tag).write_bytes(bag.read(tag))
        size, paths = sum(map(len, files.values())), list(files)
        del files
        best = rates(
            size,
            {
                "bare": lambda: bare(root, paths),
                "zip": lambda: check(packed),
                "folder": lambda: check(root),
            },
        )
    ratio = best["zip"] / best["bare"]
    result = {
        "name": "archive", "unit": "MB/s", "megabytes": args.megabytes, "files": len(paths),
        "value": round(best["zip"]), "reference": round(best["bare"]), "ratio": round(ratio, 3),
        "folder": round(best["folder"]), "goal": GOAL, "reached": ratio >= GOAL,
    }  # fmt: skip
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "archive.json").write_text(json.dumps(result, ensure_ascii=False) + "\n")
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
