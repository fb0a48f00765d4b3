"""Attributes as the tags of other systems: 题型:B, 鉴定点:A-B-001, 难度:3, 一致性:2, 题组:…, 小题:2."""

from collections.abc import Iterable
from dataclasses import dataclass

from jiangjie.itembank.formats.exchange import ItemDraft, number_1_to_5, read_kind
from jiangjie.itembank.rules.content import ItemContent, Kind


@dataclass(frozen=True, slots=True)
class Labels:
    kind: Kind | None = None
    point: str = ""
    difficulty: int | None = None
    consistency: int | None = None
    group: str = ""  # the whole that this is a part of
    part: int = 0


def labels_of(
    draft: ItemDraft, content: ItemContent, *, group: str = "", part: int = 0
) -> list[str]:
    found = [f"题型:{content.kind.value}"]
    if draft.point:
        found.append(f"鉴定点:{draft.point}")
    if draft.difficulty:
        found.append(f"难度:{draft.difficulty}")
    if draft.consistency:
        found.append(f"一致性:{draft.consistency}")
    if group:
        found.append(f"题组:{group}")
    if part:
        found.append(f"小题:{part}")
    return found


def read_labels(texts: Iterable[str]) -> Labels:
    given = {}
    for text in texts:
        name, mark, value = text.strip().partition(":")
        if mark:
            given[name] = value.strip()
    part = given.get("小题", "")
    return Labels(
        kind=read_kind(given.get("题型", "")), point=given.get("鉴定点", ""),
        difficulty=number_1_to_5(given.get("难度", "")),
        consistency=number_1_to_5(given.get("一致性", "")),
        group=given.get("题组", ""), part=int(part) if part.isdecimal() else 0,
    )  # fmt: skip
