"""鉴定要素细目表: the tree, its sums, and how it is covered. Pure values.

Weights are hundredths of one per cent (25 % = 2500). R-23: level A and B make 100 %, the children
of a scope make its weight.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jiangjie.kernel.errors import gettext_noop

WHOLE = 10_000  # 100 %
IMPORTANCE = ("X", "Y", "Z")
POINT = re.compile(r"\d{3}")
SCOPE = re.compile(r"[A-Z]{1,2}")
DEEPEST = 6  # levels of scopes above a point


@dataclass(frozen=True, slots=True)
class ElementRow:
    """A scope (`weight` set, `importance` "") or a point (`importance` set, `weight` None)."""

    code: str  # A-B-C or A-B-C-001
    name: str
    weight: int | None = None
    importance: str = ""
    place: int = 0  # the row of the workbook, 0 where there is none

    @property
    def parent(self) -> str:
        return self.code.rpartition("-")[0]

    @property
    def depth(self) -> int:
        return self.code.count("-") + 1

    @property
    def is_point(self) -> bool:
        return bool(self.importance)


@dataclass(frozen=True, slots=True)
class ElementFault:
    place: int
    column: str
    code: str
    text: str
    values: dict[str, object] = field(default_factory=dict)


def element_faults(rows: Sequence[ElementRow]) -> list[ElementFault]:
    """All that keeps rows from being a table: codes, parents, sums. In the order of the rows."""
    faults: list[ElementFault] = []
    seen: dict[str, ElementRow] = {}
    for row in rows:
        faults += _row_faults(row, seen)
        seen.setdefault(row.code, row)
    faults += _sum_faults(rows, seen)
    return sorted(faults, key=lambda fault: fault.place)


def _row_faults(row: ElementRow, seen: Mapping[str, ElementRow]) -> list[ElementFault]:
    faults = []

    def fault(column: str, code: str, text: str, **values: object) -> None:
        faults.append(ElementFault(row.place, column, code, text, values))

    segments = row.code.split("-")
    if not row.name.strip():
        fault("名称", "name_missing", gettext_noop("没有名称。"))
    if row.code in seen:
        fault(
            "代码", "code_twice", gettext_noop("代码%(itself)s与第%(row)d行重复。"), itself=row.code,
            row=seen[row.code].place,
        )  # fmt: skip
    shapes = [*[SCOPE] * (len(segments) - 1), POINT if row.is_point else SCOPE]
    if not all(shape.fullmatch(part) for shape, part in zip(shapes, segments, strict=True)):
        fault(
            "代码", "code_shape",
            gettext_noop("代码应为“A-B-C”（范围）或“A-B-C-001”（鉴定点）的形式。"),
        )  # fmt: skip
    elif row.is_point and len(segments) < 3:
        fault("代码", "point_too_high", gettext_noop("鉴定点上面至少有两级鉴定范围。"))
    elif len(segments) - row.is_point > DEEPEST:
        fault("代码", "too_deep", gettext_noop("鉴定范围最多%(most)d级。"), most=DEEPEST)
    elif len(segments) == 1 and row.code not in ("A", "B"):
        fault(
            "代码", "first_level",
            gettext_noop("一级范围只有A（基本要求）和B（相关知识要求）。"),
        )  # fmt: skip
    if row.parent and (row.parent not in seen or seen[row.parent].is_point):
        fault(
            "代码", "parent_missing", gettext_noop("前面没有上级范围%(parent)s。"),
            parent=row.parent,
        )  # fmt: skip
    return faults


def _sum_faults(rows: Sequence[ElementRow], seen: Mapping[str, ElementRow]) -> list[ElementFault]:
    sums: dict[str, int] = defaultdict(int)
    children: Counter[str] = Counter()
    for row in rows:
        children[row.parent] += 1
        if row.weight is not None:
            sums[row.parent] += row.weight
    faults = []
    first = rows[0].place if rows else 0
    if rows and sums[""] != WHOLE:
        faults.append(
            ElementFault(
                first, "鉴定比重", "sum_whole",
                gettext_noop("一级范围比重合计应为100%%，现为%(total)s%%。"),
                {"total": f"{sums[''] / 100:g}"},
            )
        )  # fmt: skip
    for row in seen.values():
        if row.is_point:
            continue
        if not children[row.code]:
            faults.append(
                ElementFault(
                    row.place, "代码", "scope_empty", gettext_noop("范围%(code)s下面没有鉴定点。"),
                    {"code": row.code},
                )
            )  # fmt: skip
        elif row.code in sums and sums[row.code] != row.weight:
            faults.append(
                ElementFault(
                    row.place, "鉴定比重", "sum_of_children",
                    gettext_noop("下级范围比重合计%(total)s%%，与本级%(own)s%%不等。"),
                    {"total": f"{sums[row.code] / 100:g}", "own": f"{(row.weight or 0) / 100:g}"},
                )
            )  # fmt: skip
    return faults


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one row: what it holds. For a scope all that lies below it."""

    row: ElementRow
    points: int  # below it; of a point itself 1
    bare: int  # points without a ready item
    ratio: tuple[int, int, int]  # points that are X, Y, Z
    ready: int  # items in use
    waiting: int  # items that are not yet ready
    kinds: Mapping[str, int]  # ready items by kind


def coverage(
    rows: Sequence[ElementRow],
    ready: Mapping[tuple[str, str], int],
    waiting: Mapping[str, int],
) -> list[Coverage]:
    """One for each row. `ready` by (point code, kind), `waiting` by point code."""
    by_point: dict[str, Counter[str]] = defaultdict(Counter)
    for (code, kind), number in ready.items():
        by_point[code][kind] += number
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0, 0])
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if not row.is_point:
            continue
        number = sum(by_point[row.code].values())
        at = row.code
        while at:
            total = totals[at]
            total[0] += 1
            total[1] += number == 0
            total[2 + IMPORTANCE.index(row.importance)] += 1
            total[5] += number
            total[6] += waiting.get(row.code, 0)
            kinds[at] += by_point[row.code]
            at = at.rpartition("-")[0]
    return [
        Coverage(
            row, points=total[0], bare=total[1], ratio=(total[2], total[3], total[4]),
            ready=total[5], waiting=total[6], kinds=dict(kinds[row.code]),
        )
        for row in rows
        for total in [totals[row.code]]
    ]  # fmt: skip
