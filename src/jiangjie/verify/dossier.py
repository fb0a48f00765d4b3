"""The data of a bag as the checks read it: documents, rows, proved events."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from jiangjie.archive.rules import FOLDERS
from jiangjie.kernel.errors import gettext_noop
from jiangjie.policy.packs import Pack
from jiangjie.procedures import rules as procedures
from jiangjie.verify.container import UNREADABLE, Container
from jiangjie.verify.report import Findings

FIRST, SECOND, THIRD, FOURTH, FIFTH = (f"data/{folder}" for folder in FOLDERS)
INDEX = "data/index.json"
PACK = "data/policy/pack.json"
STANDARDS = "data/standards/"
DEFINITION = "data/procedure/definition.json"
SIGN_OFFS = "data/procedure/sign_offs.json"
RECORDS = "data/procedure/records.json"
PEOPLE = "data/people.json"
PLAN = f"{SECOND}/年度计划.json"
FILINGS = f"{SECOND}/备案.json"
ANNOUNCEMENT = f"{FIRST}/公告.json"
APPLICATIONS = f"{FIRST}/申报.json"
PERIODS = {"qualification": f"{FIRST}/资格公示.json", "result": f"{FOURTH}/结果公示.json"}
ENTRIES = f"{FOURTH}/成绩录入.json"
MARKS = f"{FOURTH}/成绩.json"
CORRECTIONS = f"{FOURTH}/更正单.json"
PAPERS = f"{THIRD}/试卷.json"
SCRIPTS = f"{FOURTH}/理论阅卷.json"
DECISIONS = f"{FOURTH}/评定结果.json"
OBJECTIONS = f"{FOURTH}/异议.json"
CERTIFICATES = f"{FIFTH}/证书.json"
RATES = "data/treatment/rates.json"
ENTITLEMENTS = "data/treatment/entitlements.json"
PAYMENTS = "data/treatment/payments.json"
EVENTS = "data/ledger/events.jsonl"

LISTS = (
    SIGN_OFFS, RECORDS, PEOPLE, FILINGS, APPLICATIONS, ENTRIES, MARKS, CORRECTIONS, DECISIONS,
    OBJECTIONS, CERTIFICATES, RATES, ENTITLEMENTS, PAYMENTS,
)  # fmt: skip
REQUIRED = (INDEX, PACK, DEFINITION, PLAN, *LISTS)
_LISTS = frozenset({*LISTS, PAPERS, SCRIPTS})  # the two are there only where the batch has some

Row = dict[str, Any]
# What a check meets where a document does not have the expected shape.
MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


class Unreadable(Exception):
    """A document that a check needs is missing or no JSON; there is a finding about it."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose place in the signed tree is proved."""

    position: int
    action: str
    subject: str
    context: str
    org: int | None
    by: int | None
    at: datetime
    data: Row

    @property
    def subject_id(self) -> int:
        return int(self.subject.rpartition(":")[2])


@dataclass(frozen=True)
class Dossier:
    bag: Container
    digests: Mapping[str, str]  # of the payload, as it is
    events: tuple[Event, ...]  # in the order of the ledger
    found: Findings
    _read: dict[str, Any] = field(default_factory=dict)

    def doc(self, path: str) -> Any:
        """The JSON document; read once. Raises Unreadable."""
        if path not in self._read:
            self._read[path] = self._parsed(path)
        if self._read[path] is _BROKEN:
            raise Unreadable(path)
        return self._read[path]

    def has(self, path: str) -> bool:
        return path in self.bag.sizes

    def rows(self, path: str) -> list[Row]:
        rows: list[Row] = self.doc(path)
        return rows

    def of(self, *actions: str) -> list[Event]:
        """Events with these actions that belong to the batch, in order."""
        return [
            event for event in self.events
            if event.action in actions and event.context == self.context
        ]  # fmt: skip

    def about(self, subject: str, *actions: str) -> list[Event]:
        return [
            event for event in self.events if event.action in actions and event.subject == subject
        ]

    def _parsed(self, path: str) -> Any:
        if path not in self.bag.sizes:
            self.found.error("完整性-3", path, gettext_noop("缺少必备的数据文件"))
            return _BROKEN
        try:
            value = parse_json(self.bag.read(path))
        except (*UNREADABLE, RecursionError) as why:
            self.found.error(
                "可用性-2", path, gettext_noop("不是可以读取的JSON：%(why)s"), why=str(why)
            )
            return _BROKEN
        expected: type = list if path in _LISTS else dict
        if not isinstance(value, expected):
            self.found.error("可用性-2", path, gettext_noop("不是预期的JSON结构"))
            return _BROKEN
        return value

    # ---- what several checks need -----------------------------------------------------------

    @cached_property
    def index(self) -> Row:
        index: Row = self.doc(INDEX)
        return index

    @cached_property
    def batch(self) -> Row:
        batch: Row = self.index["batch"]
        return batch

    @cached_property
    def context(self) -> str:
        return f"planning.batch:{self.batch['id']}"

    @cached_property
    def pack(self) -> Pack:
        return Pack.from_json(self.doc(PACK))

    @cached_property
    def procedure(self) -> procedures.Procedure:
        return procedures.parse(self.doc(DEFINITION))

    @cached_property
    def lines(self) -> dict[int, Row]:
        """Frozen lines by their number."""
        paths = sorted(path for path in self.bag.sizes if path.startswith(STANDARDS))
        docs = [self.doc(path) for path in paths]
        return {doc["line"]: doc for doc in sorted(docs, key=lambda doc: doc["line"])}

    @cached_property
    def applications(self) -> dict[int, Row]:
        return by("id", self.rows(APPLICATIONS))

    @cached_property
    def qualified(self) -> dict[int, Row]:
        return {pk: row for pk, row in self.applications.items() if row["state"] == "qualified"}

    @cached_property
    def decisions(self) -> dict[int, Row]:
        return by("application", self.rows(DECISIONS))

    @cached_property
    def person_of(self) -> dict[int, int]:
        """By user, the person he is: of those who acted."""
        return {
            row["user"]: row["person"] for row in self.rows(PEOPLE) if row["person"] is not None
        }

    def period(self, kind: str) -> Row | None:
        path = PERIODS[kind]
        return self.doc(path) if self.has(path) else None

    def level_of(self, application: int) -> int:
        level: int = self.lines[self.applications[application]["line"]]["frozen"]["level"]
        return level


_BROKEN = object()


def parse_json(raw: bytes) -> Any:
    """ValueError for a repeated key and for what the archive's JSON never has: a fraction."""
    return json.loads(
        raw.decode("utf-8"), object_pairs_hook=_object, parse_float=_refuse, parse_constant=_refuse
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("repeated key")
    return value


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no integer")


def by(name: str, rows: Iterable[Row]) -> dict[Any, Row]:
    """Rows by a field that names each once; ValueError where one comes twice."""
    found: dict[Any, Row] = {}
    for row in rows:
        if row[name] in found:
            raise ValueError(f"{name} {row[name]} twice")
        found[row[name]] = row
    return found


def instant(text: str | None) -> datetime | None:
    """None stays None. ValueError for an instant without a zone."""
    if text is None:
        return None
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return value


def day(text: str) -> date:
    return date.fromisoformat(text)


def month(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


_NOT_ON_RECORD = gettext_noop("没有对应的办理记录")
_NOT_IN_FILE = gettext_noop("有办理记录，但文件中没有")
_DIFFERS = gettext_noop("%(field)s与办理记录不一致：文件中为%(stated)s，记录为%(proved)s")


def match(
    found: Findings,
    item: str,
    path: str,
    stated: Mapping[Any, Mapping[str, object]],
    proved: Mapping[Any, Mapping[str, object]],
    name: Callable[[Any], str] = str,
) -> None:
    """Findings for every key that only one side has, and every proved field that differs."""
    for key in sorted(stated.keys() | proved.keys(), key=repr):
        place = f"{path}#{name(key)}"
        if key not in proved:
            found.error(item, place, _NOT_ON_RECORD)
        elif key not in stated:
            found.error(item, place, _NOT_IN_FILE)
        else:
            for field_name, value in proved[key].items():
                if stated[key][field_name] != value:
                    found.error(
                        item, place, _DIFFERS, field=field_name,
                        stated=_shown(stated[key][field_name]), proved=_shown(value),
                    )  # fmt: skip


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."
