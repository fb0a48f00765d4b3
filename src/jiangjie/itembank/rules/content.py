"""What an item says, and what a paper is once it is put together: the one form all parts share.

The bank writes `ItemContent`, paper assembly collects it into `PaperContent`, a sitting shows
`PaperContent.without_keys()` and marks against the whole. Texts are markup source
(`itembank.rules.markup`); files in them are named by digest.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """题型 by the codes that tools of the field exchange."""

    SINGLE = "B"  # 单选
    MULTIPLE = "G"  # 多选
    TRUE_FALSE = "C"  # 判断
    BLANK = "T"  # 填空
    SHORT = "D"  # 简答
    CALCULATION = "U"  # 计算
    ESSAY = "W"  # 论述
    CASE = "E"  # 案例
    COMPOSITE = "F"  # 综合

    @property
    def has_options(self) -> bool:
        return self in (Kind.SINGLE, Kind.MULTIPLE)

    @property
    def is_objective(self) -> bool:
        """Marked by comparison with the key; all others are marked by people."""
        return self in (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE, Kind.BLANK)


@dataclass(frozen=True, slots=True)
class ItemContent:
    """One version of an item.

    `key` by kind: single "C"; multiple "ACD" (ascending letters); true/false "T" or "F"; blank one
    line a blank, alternatives within a line parted by "|"; the rest a model answer in markup.
    A case or composite item is a `stem` (the material) with `parts`, each an item of another kind.
    """

    kind: Kind
    stem: str
    options: tuple[str, ...] = ()  # A, B, C …
    key: str = ""
    explanation: str = ""  # 解析
    marking: str = ""  # 评分标准 of what people mark
    parts: tuple["ItemContent", ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "parts": [part.to_dict() for part in self.parts],
                "options": list(self.options)}  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> "ItemContent":
        return cls(**{
            **form, "kind": Kind(form["kind"]), "options": tuple(form["options"]),
            "parts": tuple(cls.from_dict(part) for part in form["parts"]),
        })  # fmt: skip

    def without_key(self) -> "ItemContent":
        return replace(
            self, key="", explanation="", marking="",
            parts=tuple(part.without_key() for part in self.parts),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """An item in a paper. `item` is the bank's code of the item and version: "B-A-B-C-001-002.3"."""

    item: str
    content: ItemContent
    points: tuple[int, ...]  # hundredths: one number, or one a part of a case or composite item


@dataclass(frozen=True, slots=True)
class Section:
    title: str  # 一、单项选择题
    note: str  # 第1～60题，每题1分
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class PaperContent:
    """One form of a paper as it is sealed, printed and sat. `code` names the form: "2026-03-A"."""

    code: str
    title: str
    minutes: int
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(each for section in self.sections for each in section.questions)

    @property
    def points(self) -> int:
        """Hundredths."""
        return sum(sum(each.points) for each in self.questions)

    def without_keys(self) -> "PaperContent":
        return replace(self, sections=tuple(
            replace(section, questions=tuple(
                replace(each, content=each.content.without_key()) for each in section.questions
            ))
            for section in self.sections
        ))  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code, "title": self.title, "minutes": self.minutes,
            "sections": [
                {
                    "title": section.title, "note": section.note,
                    "questions": [
                        {"item": each.item, "points": list(each.points), "content": each.content.to_dict()}
                        for each in section.questions
                    ],
                }
                for section in self.sections
            ],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> "PaperContent":
        sections = tuple(
            Section(section["title"], section["note"], tuple(
                Question(each["item"], ItemContent.from_dict(each["content"]), tuple(each["points"]))
                for each in section["questions"]
            ))
            for section in form["sections"]
        )  # fmt: skip
        return cls(form["code"], form["title"], form["minutes"], sections)
