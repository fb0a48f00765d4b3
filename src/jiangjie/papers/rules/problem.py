"""From a 鉴定要素细目表, a shape and the bank's attributes to a problem of assembly, in Chinese words:
what cannot be kept is told to an office in the words of its own blueprint.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jiangjie.itembank.rules.content import Kind
from jiangjie.itembank.rules.items import LABELS
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.papers.rules.weights import Allotment, Scope, blueprint_counts

# Columns of the pool as a blueprint's own rules name them.
KIND, SCOPE, POINT, IMPORTANCE = "题型", "范围", "鉴定点", "重要程度"
DIFFICULTY, EXPECTED, USES, MATERIAL = "难度", "预计得分率", "使用次数", "材料"
COLUMNS = ("id", KIND, POINT, SCOPE, IMPORTANCE, DIFFICULTY, EXPECTED, USES, MATERIAL)
EXTRA = ("counts", "sums", "exclusive", "together", "stimulus")
# Share of people expected to be right, by the author's difficulty code (house decision).
BY_CODE = {1: 0.90, 2: 0.78, 3: 0.65, 4: 0.52, 5: 0.40}
ENOUGH = 30  # answers from which a counted share is preferred to the author's code
THETA = (-1.0, 0.0, 1.0)
# Papers are parallel by their means first: a spread that the bank does not have moves them little.
SD_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version of an item that may be used, without its words."""

    id: str  # code of the version
    kind: Kind
    point: str  # A-B-C-001
    importance: str  # X, Y, Z
    difficulty: int  # 1-5
    answers: int = 0  # behind `share`
    share: float | None = None  # of the points got, 0-1
    b: float | None = None  # logits
    uses: int = 0
    used_on: date | None = None
    parts: int = 1
    material: str = ""

    @property
    def scope(self) -> str:
        return self.point.rpartition("-")[0]

    @property
    def expected(self) -> float:
        """Share of people expected to be right: counted where enough have answered."""
        if self.share is not None and self.answers >= ENOUGH:
            return self.share
        return BY_CODE[self.difficulty]


@dataclass(frozen=True, slots=True)
class Part:
    """So many items of a kind, each for so many points (hundredths)."""

    kind: Kind
    items: int
    points: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A blueprint as values. `forms` counts the spares too."""

    shape: tuple[Part, ...]
    forms: int
    overlap: int = 0
    by_weight: bool = True
    is_information: bool = False  # else difficulties are matched
    difficulty: float = 0.65
    spread: float = 0.12
    max_uses: int | None = None
    rested_since: date | None = None  # items used on or after this day are left out
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return sum(part.items for part in self.shape)


@dataclass(frozen=True, slots=True)
class Problem:
    """What `reading.read_pool` and `reading.read_blueprint` take."""

    rows: tuple[tuple[str, ...], ...]  # headings first
    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {"rows": [list(row) for row in self.rows], "document": self.document}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> "Problem":
        return cls(tuple(tuple(row) for row in form["rows"]), dict(form["document"]))


def items_of(rows: Sequence[Sequence[str]]) -> dict[str, Candidate]:
    """The items of a problem's rows as they were when it was frozen."""
    kinds = {label: kind for kind, label in LABELS.items()}
    found = {}
    for cells in rows[1:]:
        id_, kind, point, _, importance, difficulty, expected, uses, material, *_ = cells
        found[id_] = Candidate(
            id_, kinds[kind], point, importance, int(difficulty), answers=ENOUGH,
            share=float(expected), uses=int(uses), material=material,
        )  # fmt: skip
    return found


def check_shape(shape: Sequence[Part]) -> None:
    """RuleViolation unless there is something to ask, each kind once, points that can be divided."""
    kinds = [part.kind for part in shape]
    if not shape or any(part.items < 1 or part.points < 1 for part in shape):
        raise RuleViolation(
            "papers.empty_shape", gettext_noop("每种题型的题数和每题分值都应大于零。")
        )
    if len(set(kinds)) != len(kinds):
        raise RuleViolation("papers.kind_twice", gettext_noop("同一题型只能写一行。"))


def usable(
    items: Iterable[Candidate], wish: Wish, without: Collection[str] = ()
) -> list[Candidate]:
    """Those of a kind that is asked for, rested, calibrated where it matters; in a fixed order."""
    kinds, barred = {part.kind for part in wish.shape}, frozenset(without)
    return sorted(
        (
            item for item in items
            if item.kind in kinds and item.id not in barred
            and not (wish.is_information and item.b is None)
            and (wish.rested_since is None or item.used_on is None
                 or item.used_on < wish.rested_since)
        ),
        key=lambda item: item.id,
    )  # fmt: skip


def problem(
    items: Sequence[Candidate],
    table: Sequence[Scope],
    wish: Wish,
    *,
    enemies: Iterable[Collection[str]] = (),
    seed: int,
) -> Problem:
    """RuleViolation where the table's weights do not sum up or have too few points."""
    check_shape(wish.shape)
    known = {item.id for item in items}
    names = [*COLUMNS, "a", "b"] if wish.is_information else list(COLUMNS)
    rows = [tuple(names)]
    for item in items:
        cells = (
            item.id, LABELS[item.kind], item.point, item.scope, item.importance,
            str(item.difficulty), f"{item.expected:.4f}", str(item.uses), item.material,
        )  # fmt: skip
        rows.append((*cells, "1", f"{item.b:.4f}") if wish.is_information else cells)
    document: dict[str, Any] = {
        "forms": wish.forms,
        "length": wish.length,
        "overlap": {"max": wish.overlap} if wish.overlap else "none",
        "objective": _objective(wish),
        "D": 1.0,
        "seed": seed,
        "counts": [
            {"where": {KIND: LABELS[part.kind]}, "min": part.items, "max": part.items}
            for part in wish.shape
        ],
        "exclusive": _one_a_point(items),
    }
    if wish.by_weight:
        document["counts"] += _by_weight(items, table, wish)
    document["exclusive"] += sorted(
        ids for group in enemies if len(ids := sorted(known & set(group))) > 1
    )
    if wish.max_uses is not None:
        document["exposure"] = {"column": USES, "max": wish.max_uses}
    for name, value in wish.extra.items():
        if name not in EXTRA:
            raise RuleViolation(
                "papers.unknown_rule", gettext_noop("其他要求中没有%(name)s这一项。"), name=name
            )
        document[name] = [*document[name], *value] if name in document else value
    return Problem(tuple(rows), document)


def _objective(wish: Wish) -> dict[str, Any]:
    if wish.is_information:
        return {"maximin_information": {"theta": list(THETA)}}
    goal = {"column": EXPECTED, "mean": wish.difficulty, "sd": wish.spread, "sd_weight": SD_WEIGHT}
    return {"match_difficulty": goal}


def _one_a_point(items: Sequence[Candidate]) -> list[list[str]]:
    """一点至多一题."""
    at_point: dict[str, list[str]] = defaultdict(list)
    for item in items:
        at_point[item.point].append(item.id)
    return [ids for _, ids in sorted(at_point.items()) if len(ids) > 1]


def _by_weight(
    items: Sequence[Candidate], table: Sequence[Scope], wish: Wish
) -> list[dict[str, Any]]:
    """Items of each lowest scope by largest remainder; in it X before Y before Z, as far as the bank
    has enough of them for all forms alike.
    """
    counts: list[dict[str, Any]] = []
    for scope, number in lowest(blueprint_counts(table, wish.length)).items():
        counts.append({"where": {SCOPE: scope}, "min": number, "max": number})
        left = number
        for letter in "XY":
            of = [each for each in items if each.scope == scope and each.importance == letter]
            supply = len(of) if wish.overlap else len(of) // wish.forms
            least = min(left, supply, len({each.point for each in of}))
            left -= least
            if least:
                where = {SCOPE: scope, IMPORTANCE: letter}
                counts.append({"where": where, "min": least})
    return counts


def lowest(allotment: Allotment) -> dict[str, int]:
    """Items of the scopes that have points below them, not scopes."""
    paths = allotment.items
    return {
        path: number for path, number in paths.items()
        if not any(other.startswith(f"{path}-") for other in paths)
    }  # fmt: skip


# ---- what there is, before anything is searched ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Supply:
    """One need of the blueprint against the bank: `need` a form, `have` items at distinct points."""

    name: str  # column: 题型 or 范围
    value: str
    need: int
    whole: int  # all forms together, as few as the permitted overlap allows
    have: int

    @property
    def is_enough(self) -> bool:
        return self.have >= self.whole


def supplies(items: Sequence[Candidate], table: Sequence[Scope], wish: Wish) -> list[Supply]:
    """Kind by kind and scope by scope. Enough of each is necessary, not sufficient."""
    limit = wish.max_uses
    fit = [item for item in items if limit is None or item.uses <= limit]
    found = [
        _supply(wish, KIND, LABELS[part.kind], part.items, sum(i.kind is part.kind for i in fit))
        for part in wish.shape
    ]
    if wish.by_weight:
        counts = lowest(blueprint_counts(table, wish.length))
        found += [
            _supply(wish, SCOPE, scope, number, sum(item.scope == scope for item in fit))
            for scope, number in counts.items()
        ]
    return found


def _supply(wish: Wish, name: str, value: str, need: int, have: int) -> Supply:
    # Two papers share at most `overlap` items, so n papers take at least this many.
    fresh = (max(0, need - wish.overlap * at) for at in range(wish.forms))
    return Supply(name, value, need, sum(fresh), have)


# ---- what came out --------------------------------------------------------------------------------


def comparison(forms: Sequence[Sequence[str]], items: Mapping[str, Candidate]) -> dict[str, Any]:
    """Facts about each form side by side; no item is named, so it may stay after sealing."""
    chosen = [[items[one] for one in form] for form in forms]
    letters = sorted({item.point.partition("-")[0] for form in chosen for item in form})
    paths = sorted({item.scope for form in chosen for item in form})
    return {
        "kinds": {
            label: [sum(i.kind is kind for i in form) for form in chosen]
            for kind, label in LABELS.items() if any(i.kind is kind for f in chosen for i in f)
        },
        "parts": {
            letter: [sum(item.point.startswith(f"{letter}-") for item in form) for form in chosen]
            for letter in letters
        },
        "scopes": {path: [sum(i.scope == path for i in form) for form in chosen] for path in paths},
        "importance": {
            letter: [sum(i.importance == letter for i in form) for form in chosen]
            for letter in "XYZ"
        },
        "difficulty": {
            str(code): [sum(i.difficulty == code for i in form) for form in chosen]
            for code in BY_CODE
        },
        "expected": [_hundredths([item.expected for item in form]) for form in chosen],
        "spread": [_spread([item.expected for item in form]) for form in chosen],
        "overlap": [
            [len(set(one) & set(other)) for other in forms] for one in forms
        ],
    }  # fmt: skip


def _hundredths(values: Sequence[float]) -> int:
    return round(10000 * sum(values) / len(values)) if values else 0


def _spread(values: Sequence[float]) -> int:
    if not values:
        return 0
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return round(10000 * math.sqrt(variance))
