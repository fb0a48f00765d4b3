"""A question as a marker sees it: the words and pictures that candidates saw, and the model answer."""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jiangjie.exams.keys import unseal_bytes
from jiangjie.exams.models import Paper
from jiangjie.exams.queries import content_of
from jiangjie.exams.rules.units import Unit, units_of
from jiangjie.itembank.rules import markup
from jiangjie.people.identity import NONCE_SIZE


@dataclass(frozen=True, slots=True)
class Shown:
    """Safe HTML, all of it; pictures of the stem are in it, those of keys are named only."""

    unit: Unit
    material: str  # of a case or composite item
    stem: str
    key: str  # 参考答案
    marking: str  # 评分标准
    explanation: str


def units(paper: Paper) -> tuple[Unit, ...]:
    return units_of(content_of(paper))


def question(paper: Paper, number: int) -> Shown:
    unit = next(each for each in units(paper) if each.number == number)
    asked = _package(paper)["questions"][unit.question]
    own = next(each for each in asked["units"] if each["number"] == number)
    is_part = bool(own["stem"])
    return Shown(
        unit=unit,
        material=asked["stem"] if is_part else "",
        stem=own["stem"] if is_part else asked["stem"],
        key=_html(unit.content.key),
        marking=_html(unit.content.marking),
        explanation=_html(unit.content.explanation),
    )


def _html(source: str) -> str:
    return markup.html(source, lambda digest: None)


def _package(paper: Paper) -> dict[str, Any]:
    """What the exam page was given: its pictures are in it."""
    sealed = bytes(paper.package)
    key = AESGCM(unseal_bytes(bytes(paper.package_key)))
    found: dict[str, Any] = json.loads(key.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], None))
    return found
