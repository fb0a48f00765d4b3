"""Policy packs: the numbers and clauses of the regulations, each with its source and confidence.

A pack is a YAML file in packs/, checked against pack.schema.json. It may extend another: an
entry or condition set of the nearer pack replaces the farther one as a whole. What a batch
freezes is the resolved body (`to_json`), which needs neither the files nor their chain again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from jiangjie.kernel import canonical
from jiangjie.kernel.canonical import Json
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import BadInput, gettext_noop

FOLDER = Path(__file__).parent / "packs"
DEFAULT = "shandong"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was read; `address` is "" where no text was seen."""

    document: str
    clause: str
    address: str

    def __str__(self) -> str:
        return f"{self.document} {self.clause}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of a pack: `value` has the shape that pack.schema.json gives its key."""

    key: str
    value: Json
    source: Source
    confidence: Confidence
    note: str  # the rule as a Chinese sentence, for the screen
    origin: str  # id of the pack that states it

    @property
    def clause(self) -> Clause:
        return Clause(f"{self.origin}/{self.key}", self.note, str(self.source), self.confidence)


@dataclass(frozen=True, slots=True)
class Pack:
    """A resolved pack. `condition_sets` are plain JSON: the eligibility rules compile them."""

    id: str
    title: str
    region: str
    version: str
    effective_from: str  # as precisely as it is known: "2023", "2023-06" or "2023-06-01"
    effective_to: str | None
    chain: tuple[str, ...]  # this pack, then those it extends
    entries: Mapping[str, Entry]
    condition_sets: Mapping[str, dict[str, Any]]

    def entry(self, key: str) -> Entry:
        """BadInput where the pack has no such entry, as an older frozen pack may not."""
        if key not in self.entries:
            raise BadInput(gettext_noop("规则包%(pack)s缺少条目%(key)s。"), pack=self.id, key=key)
        return self.entries[key]

    def integer(self, key: str) -> int:
        value = self.entry(key).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, gettext_noop("整数"))
        return value

    def flag(self, key: str) -> bool:
        value = self.entry(key).value
        if not isinstance(value, bool):
            raise self._wrong(key, gettext_noop("是或否"))
        return value

    def text(self, key: str) -> str:
        value = self.entry(key).value
        if not isinstance(value, str):
            raise self._wrong(key, gettext_noop("文字"))
        return value

    def mapping(self, key: str) -> dict[str, Json]:
        value = self.entry(key).value
        if not isinstance(value, dict):
            raise self._wrong(key, gettext_noop("对照表"))
        return value

    def sequence(self, key: str) -> list[Json]:
        value = self.entry(key).value
        if not isinstance(value, list):
            raise self._wrong(key, gettext_noop("列表"))
        return value

    def condition_set(self, name: str) -> dict[str, Any]:
        """BadInput names the sets there are."""
        if name not in self.condition_sets:
            raise BadInput(
                gettext_noop("规则包%(pack)s没有申报条件%(name)s，可用：%(known)s。"),
                pack=self.id,
                name=name,
                known="、".join(self.condition_sets),
            )
        return self.condition_sets[name]

    def to_json(self) -> dict[str, Any]:
        """The resolved body as JSON values: what a batch freezes and the archive keeps."""
        return {
            "id": self.id,
            "title": self.title,
            "region": self.region,
            "version": self.version,
            "effective_from": self.effective_from,
            "effective_to": self.effective_to,
            "chain": list(self.chain),
            "entries": {
                key: {
                    "value": entry.value,
                    "source": _source_json(entry.source),
                    "confidence": entry.confidence.value,
                    "note": entry.note,
                    "origin": entry.origin,
                }
                for key, entry in self.entries.items()
            },
            "condition_sets": dict(self.condition_sets),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Pack":
        """The pack of a body made by `to_json`; BadInput where it is not one."""
        try:
            return cls(
                id=body["id"],
                title=body["title"],
                region=body["region"],
                version=body["version"],
                effective_from=body["effective_from"],
                effective_to=body["effective_to"],
                chain=tuple(body["chain"]),
                entries={
                    key: Entry(
                        key=key,
                        value=entry["value"],
                        source=Source(**entry["source"]),
                        confidence=Confidence(entry["confidence"]),
                        note=entry["note"],
                        origin=entry["origin"],
                    )
                    for key, entry in body["entries"].items()
                },
                condition_sets=dict(body["condition_sets"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            raise BadInput(
                gettext_noop("不是规则包的正文：%(why)s。"), why=f"{type(why).__name__} {why}"
            ) from why

    @property
    def digest(self) -> str:
        return canonical.digest(self.to_json())

    def _wrong(self, key: str, expected: str) -> BadInput:
        return BadInput(
            gettext_noop("规则包%(pack)s的条目%(key)s应为%(expected)s。"),
            pack=self.id,
            key=key,
            expected=expected,
        )


def available(folder: Path = FOLDER) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


@cache
def load(name: str, folder: Path = FOLDER) -> Pack:
    """The resolved pack of folder/name.yaml.

    BadInput names the file and the JSON path of what is wrong: an unknown pack, a text that is
    not YAML, a violation of the schema, an unknown source, a chain that runs in a circle, or an
    entry of the schema that no pack of the chain states.
    """
    documents = list(_chain(name, folder))
    nearest = documents[0]
    sources: dict[str, dict[str, str]] = {}
    entries: dict[str, Entry] = {}
    sets: dict[str, dict[str, Any]] = {}
    for document in reversed(documents):
        reader = _Reader(f"{document['id']}.yaml", sources := sources | document["sources"])
        for key, raw in document["entries"].items():
            entries[key] = Entry(
                key=key,
                value=raw["value"],
                source=reader.source(raw["source"], f"$.entries['{key}']"),
                confidence=Confidence(raw["confidence"]),
                note=raw["note"],
                origin=document["id"],
            )
        for key, raw in document["condition_sets"].items():
            sets[key] = reader.condition_set(key, raw)
    if missing := sorted(set(_schema()["properties"]["entries"]["properties"]) - set(entries)):
        raise _bad(f"{name}.yaml", "$.entries", gettext_noop("缺少条目"), "、".join(missing))
    return Pack(
        id=nearest["id"],
        title=nearest["title"],
        region=nearest["region"],
        version=nearest["version"],
        effective_from=nearest["effective_from"],
        effective_to=nearest["effective_to"],
        chain=tuple(document["id"] for document in documents),
        entries=dict(sorted(entries.items())),
        condition_sets=dict(sorted(sets.items())),
    )


def _chain(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    seen: list[str] = []
    following: str | None = name
    while following is not None:
        if following in seen:
            raise _bad(f"{seen[-1]}.yaml", "$.extends", gettext_noop("循环引用"), following)
        if following not in available(folder):
            raise BadInput(
                gettext_noop("没有规则包%(name)s，可用：%(known)s。"),
                name=following,
                known="、".join(available(folder)),
            )
        document = _checked(folder / f"{following}.yaml")
        seen.append(following)
        yield document
        following = document["extends"]


def _checked(path: Path) -> dict[str, Any]:
    try:
        document: Any = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 -- safe
    except yaml.YAMLError as why:
        raise _bad(path.name, "$", gettext_noop("不是YAML"), str(why)) from why
    errors = sorted(
        Draft202012Validator(_schema()).iter_errors(document), key=lambda error: error.json_path
    )
    if errors:
        raise _bad(
            path.name, errors[0].json_path, gettext_noop("不符合规则包格式"), errors[0].message
        )
    if document["id"] != path.stem:
        raise _bad(path.name, "$.id", gettext_noop("应与文件名一致"), document["id"])
    checked: dict[str, Any] = document
    return checked


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe, and refuses what would pass unseen: a repeated key, and a fraction such as 60.0.

    YAML keeps the last of two keys; JSON Schema takes 60.0 for an integer, the digest does not.
    """

    def construct_yaml_float(self, node: Any) -> float:
        raise yaml.YAMLError(f"fraction {node.value}{node.start_mark}")

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"repeated key {key!r}{node.start_mark}")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Spells out what a file abbreviates: sources by name, what a clause takes from its set."""

    file: str
    sources: Mapping[str, Mapping[str, str]]

    def source(self, raw: Mapping[str, str], path: str) -> Source:
        if raw["ref"] not in self.sources:
            raise _bad(self.file, f"{path}.source.ref", gettext_noop("没有此来源"), raw["ref"])
        known = self.sources[raw["ref"]]
        return Source(known["document"], raw["clause"], known["address"])

    def condition_set(self, name: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """With source, confidence and an id "<set>/<level>/<number>" on every clause."""
        path = f"$.condition_sets['{name}']"
        source = _source_json(self.source(raw["source"], path))
        return {
            "id": name,
            "title": raw["title"],
            "note": raw.get("note", ""),
            "occupations": raw.get("occupations", []),
            "source": source,
            "confidence": raw["confidence"],
            "levels": {
                level: [
                    {
                        "id": f"{name}/{level}/{number}",
                        "text": clause["text"],
                        "note": clause.get("note", ""),
                        "source": _source_json(
                            self.source(clause["source"], f"{path}.levels['{level}'][{number - 1}]")
                        )
                        if "source" in clause
                        else source,
                        "confidence": clause.get("confidence", raw["confidence"]),
                        "all": clause["all"],
                    }
                    for number, clause in enumerate(clauses, start=1)
                ]
                for level, clauses in raw["levels"].items()
            },
        }


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(FOLDER.with_name("pack.schema.json").read_text("utf-8"))
    return schema


def _source_json(source: Source) -> dict[str, str]:
    return {"document": source.document, "clause": source.clause, "address": source.address}


def _bad(file: str, path: str, what: str, detail: str) -> BadInput:
    return BadInput(
        gettext_noop("%(file)s: %(path)s：%(what)s：%(detail)s"),
        file=file,
        path=path,
        what=what,
        detail=detail,
    )
