"""Small pools and blueprints, and how a test reads them."""

import random

from jiangjie.papers.rules.blueprint import Blueprint, Pool
from jiangjie.papers.rules.reading import read_blueprint, read_pool

INFORMATION = {"maximin_information": {"theta": [-1, 0, 1]}}


def pool_of(rows: list[list[str]]) -> Pool:
    return read_pool(enumerate(rows, 1), "pool.csv")


def blueprint_of(pool: Pool, **document: object) -> Blueprint:
    return read_blueprint({"forms": 1, "objective": INFORMATION} | document, pool, "plan.json")


def random_rows(count: int, seed: int, *, categories: str = "ABC") -> list[list[str]]:
    """Headings, then items with 3PL parameters, a category, a time, uses and now and then a
    stimulus.
    """
    draw = random.Random(seed)
    headings = ["id", "a", "b", "c", "category", "time", "uses", "stimulus"]
    return [headings] + [
        [
            f"i{number}",
            f"{draw.uniform(0.6, 1.8):.3f}",
            f"{draw.gauss(0, 1):.3f}",
            f"{draw.uniform(0.1, 0.3):.2f}",
            draw.choice(categories),
            str(draw.randrange(2, 9) / 2),
            str(draw.randrange(5)),
            draw.choice(["", "", "s1", "s2", "s3"]),
        ]
        for number in range(count)
    ]
