"""The eight levels of the ladder, and how rosters and certificates write them.

The ascending order 1–8 and the certificate's digit 5–1 run against each other; nothing here
reads one as the other.
"""

import re
import unicodedata
from enum import IntEnum

from jiangjie.kernel.errors import MalformedValue, gettext_noop


class BadLevel(MalformedValue):
    """Not a level; `code` is unknown_level, level_bare_digit or level_parts_contradict."""


class Level(IntEnum):
    APPRENTICE = 1
    JUNIOR = 2
    INTERMEDIATE = 3
    SENIOR = 4
    TECHNICIAN = 5
    SENIOR_TECHNICIAN = 6
    MASTER_TECHNICIAN = 7
    CHIEF_TECHNICIAN = 8

    @property
    def label(self) -> str:
        """The name, a gettext source string: "高级工"."""
        return _LABELS[self]

    @property
    def has_national_digit(self) -> bool:
        """Whether certificates number this level 五级 to 一级."""
        return self in NATIONAL_DIGITS

    @property
    def national_digit(self) -> int | None:
        return NATIONAL_DIGITS.get(self)

    @property
    def certificate_text(self) -> str:
        """As a certificate prints it: "三级/高级工"; without a national digit the bare name."""
        digit = self.national_digit
        return self.label if digit is None else f"{_NUMERALS[digit]}级/{self.label}"


NATIONAL_DIGITS = {
    Level.JUNIOR: 5,
    Level.INTERMEDIATE: 4,
    Level.SENIOR: 3,
    Level.TECHNICIAN: 2,
    Level.SENIOR_TECHNICIAN: 1,
}

_LEVEL_OF_DIGIT = {digit: level for level, digit in NATIONAL_DIGITS.items()}
_NUMERALS = {1: "一", 2: "二", 3: "三", 4: "四", 5: "五"}
_LABELS = {
    Level.APPRENTICE: gettext_noop("学徒工"),
    Level.JUNIOR: gettext_noop("初级工"),
    Level.INTERMEDIATE: gettext_noop("中级工"),
    Level.SENIOR: gettext_noop("高级工"),
    Level.TECHNICIAN: gettext_noop("技师"),
    Level.SENIOR_TECHNICIAN: gettext_noop("高级技师"),
    Level.MASTER_TECHNICIAN: gettext_noop("特级技师"),
    Level.CHIEF_TECHNICIAN: gettext_noop("首席技师"),
}

# 初级技能 … 高级技能 are the names on 国家职业资格 certificates before 2019.
_NAMES = {label: level for level, label in _LABELS.items()} | {
    "学徒": Level.APPRENTICE,
    "初级技能": Level.JUNIOR,
    "中级技能": Level.INTERMEDIATE,
    "高级技能": Level.SENIOR,
}
_GRADES = {
    f"{numeral}级": _LEVEL_OF_DIGIT[digit]
    for digit, chinese in _NUMERALS.items()
    for numeral in (chinese, str(digit))
}
_PREFIX = re.compile("^(国家)?职业(资格|技能等级)")
_SEPARATORS = re.compile(r"[/\\、|()\[\]\-—·]+")
_GRADE_AND_NAME = re.compile("([一二三四五1-5]级)(.+)")


def parse_level(value: object) -> Level:
    """The level that a text names: 三级/高级工, 三级, 3级, 高级工, 高级工（三级）, 国家职业资格三级.

    BadLevel for a bare digit or a numeric cell, which may be meant either way (see from_digit),
    for parts that name different levels, and for anything else.
    """
    folded = (
        "".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else "0"
    )
    if folded.isdigit():
        raise BadLevel(
            "level_bare_digit",
            gettext_noop("只写数字无法确定等级，请写成“三级/高级工”这样的形式。"),
        )
    parts = [part for part in _SEPARATORS.split(_PREFIX.sub("", folded)) if part]
    if len(parts) == 1 and (joined := _GRADE_AND_NAME.fullmatch(parts[0])):
        parts = list(joined.groups())
    levels = {_NAMES.get(part) or _GRADES.get(part) for part in parts}
    if not levels or None in levels:
        raise BadLevel(
            "unknown_level",
            gettext_noop("无法识别的职业技能等级，应为“三级/高级工”这样的形式。"),
        )
    if len(levels) > 1:
        raise BadLevel("level_parts_contradict", gettext_noop("等级数字与等级名称不一致。"))
    return next(level for level in levels if level)


def from_digit(digit: object) -> Level:
    """The level of a certificate's national digit: 3, "3", "３" or Excel's 3.0 is 高级工."""
    if isinstance(digit, str):
        folded = unicodedata.normalize("NFKC", digit).strip()
        number = int(folded) if re.fullmatch("[1-5]", folded) else None
    elif isinstance(digit, int | float) and not isinstance(digit, bool):
        number = int(digit) if digit in _LEVEL_OF_DIGIT else None
    else:
        number = None
    if number is None:
        raise BadLevel("unknown_level", gettext_noop("等级代码应为5至1的数字（5为初级工）。"))
    return _LEVEL_OF_DIGIT[number]
