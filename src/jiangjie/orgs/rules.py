"""What a filing (备案) allows, and what may be filed at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level

# No number stands in it, so it is the same in every policy pack.
FILED_SCOPE = Clause(
    id="R-01",
    text=gettext_noop(
        "经备案的评价机构，在备案的职业（工种）、等级范围和有效期内开展评价、颁发证书。"
    ),
    source="人社鉴发〔2021〕1号；鲁人社发〔2019〕14号",
    confidence=Confidence.SOURCED,
)
#
LEVELS_OF_STANDARD = Clause(
    id="R-27",
    text=gettext_noop(
        "评价等级以职业标准所设等级为限；设有一级/高级技师的职业方可设特级技师、首席技师。"
    ),
    source="职业标准的等级设置",
    confidence=Confidence.GENERAL,
)
APPOINTED = frozenset({Level.MASTER_TECHNICIAN, Level.CHIEF_TECHNICIAN})


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One line of a filing's scope with the filing's validity; `valid_until` is the last day."""

    occupation_code: str
    work_type: str  # "": every work type of the occupation
    levels: tuple[int, ...]  # ord 1-8
    valid_from: date
    valid_until: date

    def is_valid(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_until

    def covers(self, occupation_code: str, work_type: str) -> bool:
        return self.occupation_code == occupation_code and self.work_type in ("", work_type)


@dataclass(frozen=True, slots=True)
class ScopeWish:
    """A line as the evaluator asks for it."""

    occupation_code: str
    work_type: str
    levels: tuple[int, ...]


def check_scope(
    scope_lines: Sequence[ScopeLine], *, occupation_code: str, work_type: str, level: int, on: date
) -> None:
    """That an evaluator may evaluate this on that day (R-01).

    RuleViolation orgs.not_filed, orgs.filing_expired (or not begun), orgs.outside_scope,
    orgs.level_not_filed.
    """
    if not scope_lines:
        raise RuleViolation(
            "orgs.not_filed",
            gettext_noop("本机构没有生效的备案，不能开展评价。"),
            source=FILED_SCOPE.source,
        )
    valid = [line for line in scope_lines if line.is_valid(on)]
    if not valid:
        raise RuleViolation(
            "orgs.filing_expired",
            gettext_noop("%(on)s不在备案有效期（%(first)s至%(last)s）内。"),
            source=FILED_SCOPE.source,
            on=on,
            first=min(line.valid_from for line in scope_lines),
            last=max(line.valid_until for line in scope_lines),
        )
    covering = [line for line in valid if line.covers(occupation_code, work_type)]
    if not covering:
        raise RuleViolation(
            "orgs.outside_scope",
            gettext_noop("职业（工种）%(occupation)s %(work_type)s不在备案范围内。"),
            source=FILED_SCOPE.source,
            occupation=occupation_code,
            work_type=work_type,
        )
    if not any(level in line.levels for line in covering):
        raise RuleViolation(
            "orgs.level_not_filed",
            gettext_noop("%(level)s不在该职业（工种）的备案等级范围内。"),
            source=FILED_SCOPE.source,
            level=Level(level).certificate_text,
        )


def check_levels(levels: Collection[int], *, standard_levels: Collection[int]) -> None:
    """That an occupation has these levels (R-27). `standard_levels` empty: no standard is known,
    then only 特级技师 and 首席技师 without 一级 are refused; the bureau judges the rest.
    """
    if not levels:
        raise RuleViolation("orgs.no_level", gettext_noop("每个职业（工种）至少选择一个等级。"))
    for level in sorted(levels):
        has_first = Level.SENIOR_TECHNICIAN in (standard_levels or levels)
        if level in APPOINTED and not has_first:
            raise RuleViolation(
                "orgs.no_first_level",
                gettext_noop("该职业没有一级/高级技师，不能设%(level)s。"),
                source=LEVELS_OF_STANDARD.source,
                level=Level(level).certificate_text,
            )
        if standard_levels and level not in standard_levels:
            raise RuleViolation(
                "orgs.level_not_in_standard",
                gettext_noop("该职业的标准没有设%(level)s。"),
                source=LEVELS_OF_STANDARD.source,
                level=Level(level).certificate_text,
            )


def check_wishes(wishes: Sequence[ScopeWish]) -> None:
    """That a filing names something, and each occupation × work type once."""
    if not wishes:
        raise RuleViolation("orgs.no_scope", gettext_noop("请至少填写一个职业（工种）。"))
    seen: set[tuple[str, str]] = set()
    for wish in wishes:
        place = (wish.occupation_code, wish.work_type)
        if place in seen:
            raise RuleViolation(
                "orgs.scope_twice",
                gettext_noop("职业（工种）%(occupation)s %(work_type)s重复。"),
                occupation=wish.occupation_code,
                work_type=wish.work_type,
            )
        seen.add(place)


def refused(why: MalformedValue, code: str) -> RuleViolation:
    """A malformed value as the refusal of a deed."""
    values: dict[str, Any] = why.values
    return RuleViolation(code, why.text, **values)
