"""What is known of a worker when an application is judged, and reading it from JSON.

Relations ("same", "related", "other") are to the occupation applied for. Periods run from their
first day to the first day no longer employed (or at school).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.kernel.levels import Level

RELATIONS = ("same", "related", "other")
SCHOOLS = (
    "技工学校",
    "中职",
    "高级技校",
    "技师学院",
    "高职",
    "大专",
    "本科",
    "高级工班",
    "预备技师班",
)
GRADES = ("初级", "中级", "副高", "正高")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # cannot be written out again
_YEARS = range(1900, 2200)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Employment:
    start: date
    end: date | None  # first day no longer employed; None: still employed
    occupation: str
    relation: str
    post_level: int | None  # the level of the post held, 1 to 8


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    number: str
    occupation: str
    relation: str
    level: int
    issued: date


@dataclass(frozen=True, slots=True)
class Schooling:
    school: str
    major: str
    start: date
    end: date
    graduated: bool
    goal_level_recognised: int | None  # the level that an assessed programme aims at (经评估论证)


@dataclass(frozen=True, slots=True)
class Title:
    grade: str
    relation: str  # "same": 专业对应
    granted: date


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    relation: str
    completed: date


@dataclass(frozen=True, slots=True)
class Award:
    name: str
    year: int


@dataclass(frozen=True, slots=True)
class Facts:
    birth_date: date
    employment: tuple[Employment, ...] = ()
    certificates: tuple[HeldCertificate, ...] = ()
    education: tuple[Schooling, ...] = ()
    titles: tuple[Title, ...] = ()
    apprenticeship: tuple[Apprenticeship, ...] = ()
    awards: tuple[Award, ...] = ()
    achievements: tuple[str, ...] = ()  # facts that the office attested: "①", "服役满5年"

    def to_json(self) -> dict[str, Any]:
        """The form that `facts_from_json` reads."""
        return {
            "birth_date": self.birth_date.isoformat(),
            "employment": [
                {
                    "from": one.start.isoformat(),
                    "to": None if one.end is None else one.end.isoformat(),
                    "occupation": one.occupation,
                    "relation": one.relation,
                    "post_level": one.post_level,
                }
                for one in self.employment
            ],
            "certificates": [
                {
                    "number": one.number,
                    "occupation": one.occupation,
                    "relation": one.relation,
                    "level": one.level,
                    "issued": one.issued.isoformat(),
                }
                for one in self.certificates
            ],
            "education": [
                {
                    "school": one.school,
                    "major": one.major,
                    "from": one.start.isoformat(),
                    "to": one.end.isoformat(),
                    "graduated": one.graduated,
                    "goal_level_recognised": one.goal_level_recognised,
                }
                for one in self.education
            ],
            "titles": [
                {"grade": one.grade, "relation": one.relation, "granted": one.granted.isoformat()}
                for one in self.titles
            ],
            "apprenticeship": [
                {"relation": one.relation, "completed": one.completed.isoformat()}
                for one in self.apprenticeship
            ],
            "awards": [{"name": one.name, "year": one.year} for one in self.awards],
            "achievements": list(self.achievements),
        }


FACT_FIELDS = frozenset(Facts.__dataclass_fields__)


def facts_from_json(
    doc: object, path: str, *, achievements: Collection[str] | None = None
) -> Facts:
    """The facts in `doc`, which lies at JSON path `path`.

    Lists may be left out when empty. `achievements`, when given, are the only ones known. BadInput
    names the path of an unknown or missing field and of a value that cannot be.
    """
    read = Fields(doc, path, required={"birth_date"}, optional=FACT_FIELDS - {"birth_date"})
    return Facts(
        birth_date=read.day("birth_date"),
        employment=read.objects("employment", _employment),
        certificates=read.objects("certificates", _certificate),
        education=read.objects("education", _schooling),
        titles=read.objects("titles", _title),
        apprenticeship=read.objects("apprenticeship", _apprenticeship),
        awards=read.objects("awards", _award),
        achievements=read.texts("achievements", achievements),
    )


class Fields:
    """The fields of one JSON object; every refusal is a BadInput that names the path."""

    __slots__ = ("_doc", "_path")

    def __init__(
        self,
        doc: object,
        path: str,
        *,
        required: Collection[str],
        optional: Collection[str] = frozenset(),
    ) -> None:
        if not isinstance(doc, Mapping):
            raise bad(path, gettext_noop("%(path)s：应为对象。"))
        for key in doc:
            if key not in required and key not in optional:
                raise bad(f"{path}.{key}", gettext_noop("%(path)s：未知字段。"))
        for key in required:
            if key not in doc:
                raise bad(f"{path}.{key}", gettext_noop("%(path)s：缺少此字段。"))
        self._doc, self._path = doc, path

    def day(self, key: str) -> date:
        value = self._doc[key]
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise self.bad(key, gettext_noop("%(path)s：没有这一天。")) from None
            if day.year in _YEARS:
                return day
        raise self.bad(key, gettext_noop("%(path)s：应为日期，形如2026-06-30。"))

    def day_or_none(self, key: str) -> date | None:
        return None if self._doc[key] is None else self.day(key)

    def text(self, key: str) -> str:
        value = self._doc[key]
        if not isinstance(value, str) or not value.strip() or _LONE_SURROGATE.search(value):
            raise self.bad(key, gettext_noop("%(path)s：应为非空文字。"))
        return value

    def one_of(self, key: str, known: Collection[str]) -> str:
        value = self._doc[key]
        if not isinstance(value, str) or value not in known:
            raise self.bad(
                key, gettext_noop("%(path)s：应为其中之一：%(known)s。"), known="、".join(known)
            )
        return value

    def flag(self, key: str) -> bool:
        value = self._doc[key]
        if not isinstance(value, bool):
            raise self.bad(key, gettext_noop("%(path)s：应为true或false。"))
        return value

    def integer(self, key: str, known: range) -> int:
        value = self._doc[key]
        if isinstance(value, bool) or not isinstance(value, int) or value not in known:
            raise self.bad(
                key,
                gettext_noop("%(path)s：应为%(least)d至%(most)d的整数。"),
                least=known[0],
                most=known[-1],
            )
        return value

    def level(self, key: str) -> int:
        return self.integer(key, range(Level.APPRENTICE, Level.CHIEF_TECHNICIAN + 1))

    def level_or_none(self, key: str) -> int | None:
        return None if self._doc.get(key) is None else self.level(key)

    def part(self, names: Collection[str]) -> dict[str, Any]:
        """The given fields that are present, for a reader of their own."""
        return {name: self._doc[name] for name in names if name in self._doc}

    def objects(self, key: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        return tuple(
            read(value, f"{self._path}.{key}[{place}]")
            for place, value in enumerate(self._list(key))
        )

    def texts(self, key: str, known: Collection[str] | None) -> tuple[str, ...]:
        values = self._list(key)
        for place, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.bad(f"{key}[{place}]", gettext_noop("%(path)s：应为非空文字。"))
            if known is not None and value not in known:
                raise self.bad(
                    f"{key}[{place}]",
                    gettext_noop("%(path)s：应为其中之一：%(known)s。"),
                    known="、".join(sorted(known)),
                )
        return tuple(values)

    def bad(self, key: str, text: str, **values: object) -> BadInput:
        return bad(f"{self._path}.{key}", text, **values)

    def _list(self, key: str) -> list[Any]:
        value = self._doc.get(key, [])
        if not isinstance(value, list):
            raise self.bad(key, gettext_noop("%(path)s：应为列表。"))
        return value


def bad(path: str, text: str, **values: object) -> BadInput:
    return BadInput(text, path=path, **values)


def _employment(doc: object, path: str) -> Employment:
    read = Fields(
        doc,
        path,
        required=("from", "to", "occupation", "relation"),
        optional=("post_level",),
    )
    start, end = read.day("from"), read.day_or_none("to")
    if end is not None and end < start:
        raise read.bad("to", gettext_noop("%(path)s：不得早于from。"))
    return Employment(
        start,
        end,
        read.text("occupation"),
        read.one_of("relation", RELATIONS),
        read.level_or_none("post_level"),
    )


def _certificate(doc: object, path: str) -> HeldCertificate:
    read = Fields(doc, path, required=("number", "occupation", "relation", "level", "issued"))
    return HeldCertificate(
        read.text("number"),
        read.text("occupation"),
        read.one_of("relation", RELATIONS),
        read.level("level"),
        read.day("issued"),
    )


def _schooling(doc: object, path: str) -> Schooling:
    read = Fields(
        doc,
        path,
        required=("school", "major", "from", "to", "graduated"),
        optional=("goal_level_recognised",),
    )
    start, end = read.day("from"), read.day("to")
    if end < start:
        raise read.bad("to", gettext_noop("%(path)s：不得早于from。"))
    return Schooling(
        read.one_of("school", SCHOOLS),
        read.one_of("major", RELATIONS),
        start,
        end,
        read.flag("graduated"),
        read.level_or_none("goal_level_recognised"),
    )


def _title(doc: object, path: str) -> Title:
    read = Fields(doc, path, required=("grade", "relation", "granted"))
    return Title(
        read.one_of("grade", GRADES),
        read.one_of("relation", ("same", "other")),
        read.day("granted"),
    )


def _apprenticeship(doc: object, path: str) -> Apprenticeship:
    read = Fields(doc, path, required=("relation", "completed"))
    return Apprenticeship(read.one_of("relation", RELATIONS), read.day("completed"))


def _award(doc: object, path: str) -> Award:
    read = Fields(doc, path, required=("name", "year"))
    return Award(read.text("name"), read.integer("year", _YEARS))
