"""What a batch freezes of a standard, and what a standard may say."""

from collections.abc import Mapping
from typing import Any, Protocol

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level


class OccupationLike(Protocol):
    code: str
    name: str


class StandardLike(Protocol):
    """What is read of catalogue.models.Standard."""

    code: str
    title: str
    kind: str
    levels: list[int]
    conditions: dict[str, str]
    related_occupations: list[str]
    related_majors: list[str]
    source: str
    confidence: str

    @property
    def occupation(self) -> OccupationLike: ...


def freeze_line(standard: StandardLike, *, work_type: str, level: int) -> dict[str, Any]:
    """The JSON that BatchLine.frozen keeps (R-03). RuleViolation as check_level."""
    check_level(standard, level)
    return {
        "standard": standard.code,
        "title": standard.title,
        "kind": str(standard.kind),
        "occupation_code": standard.occupation.code,
        "occupation_name": standard.occupation.name,
        "work_type": work_type,
        "level": level,
        "conditions": standard.conditions[str(level)],
        "related_occupations": list(standard.related_occupations),
        "related_majors": list(standard.related_majors),
        "source": standard.source,
        "confidence": standard.confidence,
    }


def check_level(standard: StandardLike, level: int) -> None:
    """That the standard has the level, with a condition set (R-27)."""
    if level not in standard.levels or str(level) not in standard.conditions:
        raise RuleViolation(
            "catalogue.level_not_in_standard",
            gettext_noop("%(title)s没有%(level)s或没有其申报条件。"),
            source=standard.source,
            title=standard.title,
            level=Level(level).certificate_text,
        )


def check_conditions(
    conditions: Mapping[str, str], *, sets: Mapping[str, Mapping[str, Any]]
) -> None:
    """That each level of a standard names a condition set that has this level, and that 特级 and
    首席 stand only over 一级 (R-27). `sets`: those of the policy pack.
    """
    if not conditions:
        raise RuleViolation("catalogue.no_level", gettext_noop("请至少选择一个等级。"))
    for level, name in conditions.items():
        if name not in sets or level not in sets[name]["levels"]:
            raise RuleViolation(
                "catalogue.no_conditions",
                gettext_noop("申报条件%(name)s没有规定%(level)s的条件。"),
                name=name,
                level=Level(int(level)).certificate_text,
            )
        if int(level) > Level.SENIOR_TECHNICIAN and str(Level.SENIOR_TECHNICIAN) not in conditions:
            raise RuleViolation(
                "catalogue.no_first_level",
                gettext_noop("设有一级/高级技师的职业方可设特级技师、首席技师。"),
            )
