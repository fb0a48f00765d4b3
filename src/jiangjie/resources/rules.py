"""Experts and venues: what a card allows, on which days, how long one may serve in a row.

Pure functions: dates, counts and a pack's numbers in, findings out. No database, no clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level

# What the card is called; the keys are the names by which policy packs state what it allows.
ASSESSOR, SENIOR = "assessor", "senior_assessor"
GRADE_NAMES = {ASSESSOR: "考评员", SENIOR: "高级考评员"}


@dataclass(frozen=True, slots=True)
class Card:
    """考评员证卡; `first` and `last` are its first and last valid day, None where unknown."""

    grade: str  # ASSESSOR, SENIOR or "": no card
    number: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that is not kept. `is_hard`: it forbids; else it only warns."""

    code: str
    text: str  # gettext source with %(name)s places
    values: Mapping[str, object]
    source: str
    confidence: str
    is_hard: bool

    def refusal(self) -> RuleViolation:
        return RuleViolation(self.code, self.text, source=self.source, **self.values)


def grade_allows(grade: str, level: int, max_levels: Mapping[str, int]) -> bool:
    """Whether the holder of a card may assess a level (ascending 1 to 8); no card, none."""
    return grade in max_levels and level <= max_levels[grade]


def grade_finding(
    grade: str, level: int, max_levels: Mapping[str, int], clause: Clause
) -> Finding | None:
    """考评权限: 考评员 to 三级, 高级考评员 all, as the pack says."""
    if grade_allows(grade, level, max_levels):
        return None
    return Finding(
        "resources.grade_too_low",
        gettext_noop("%(grade)s不能考评%(level)s。"),
        {"grade": GRADE_NAMES.get(grade, gettext_noop("没有证卡的人员")),
         "level": Level(level).certificate_text},
        clause.source, clause.confidence.value, True,
    )  # fmt: skip


def card_finding(card: Card, on: date, clause: Clause) -> Finding | None:
    """The card must be valid on the day of the assessment, the last day included."""
    if card.grade and card.first and card.last and card.first <= on <= card.last:
        return None
    text = (
        gettext_noop("证卡在%(on)s无效（有效期%(first)s至%(last)s）。")
        if card.first and card.last
        else gettext_noop("%(on)s考评须持有效证卡，未登记证卡有效期。")
    )
    return Finding(
        "resources.card_not_valid", text, {"on": on, "first": card.first, "last": card.last},
        clause.source, clause.confidence.value, True,
    )  # fmt: skip


def hired_finding(first: date | None, last: date | None, on: date) -> Finding | None:
    """聘期; without a last day it runs on."""
    if first is not None and first <= on and (last is None or on <= last):
        return None
    return Finding(
        "resources.not_hired", gettext_noop("%(on)s不在聘期内。"), {"on": on}, "", "R", True
    )


def absence_finding(absences: Collection[tuple[date, date]], on: date) -> Finding | None:
    """Days on which he has said that he cannot come; first and last day of each."""
    if not any(first <= on <= last for first, last in absences):
        return None
    return Finding(
        "resources.absent", gettext_noop("本人登记%(on)s不能参加。"), {"on": on}, "", "S", True
    )


def rotation_finding(
    served: Sequence[bool], *, most: int, clause: Clause, is_hard: bool = False
) -> Finding | None:
    """轮换: `served` tells of the evaluator's last batches, the newest first, whether he sat there.

    Sitting once more would be one after so many in a row. Confidence U: warns unless told not to.
    """
    in_a_row = next((place for place, sat in enumerate(served) if not sat), len(served))
    if in_a_row < most:
        return None
    return Finding(
        "resources.too_often_in_a_row",
        gettext_noop("已连续%(count)d次参加本机构考评，规定不超过%(most)d次。"),
        {"count": in_a_row, "most": most}, clause.source, clause.confidence.value, is_hard,
    )  # fmt: skip


def overlap(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> bool:
    """Whether two half-open spans share a moment."""
    return first[0] < second[1] and second[0] < first[1]


def check_span(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise RuleViolation("resources.span_ends_first", gettext_noop("结束时间须晚于开始时间。"))


def check_last_not_before(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise RuleViolation("resources.days_in_order", gettext_noop("截止日不能早于起始日。"))


def places_in(minutes: int, per_hour: int) -> int:
    """How many candidates a practical station passes in so many minutes; part ones not counted."""
    return minutes * per_hour // 60
