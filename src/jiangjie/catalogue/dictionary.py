"""The occupations of 《中华人民共和国职业分类大典（2022年版）》, carried as data with the program."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from jiangjie.kernel.clauses import Confidence

EDITION = "2022"

# The list was taken from published transcriptions, not from the printed book.
_CONFIDENCE = {
    "two transcriptions agree": Confidence.REPOSTED,
    "one transcription, check": Confidence.UNCERTAIN,
}


@dataclass(frozen=True, slots=True)
class Occupation:
    code: str  # "6-30-05-01"
    name: str
    is_green: bool  # marked L 绿色职业
    is_digital: bool  # marked S 数字职业
    confidence: Confidence


@cache
def occupations() -> Mapping[str, Occupation]:
    """Every occupation of the edition by its code; read once."""
    table = files("jiangjie.catalogue") / "data" / "occupations-2022.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    return MappingProxyType(
        {
            line["code"]: Occupation(
                code=line["code"],
                name=line["name"],
                is_green=line["green_L"] == "L",
                is_digital=line["digital_S"] == "S",
                confidence=_CONFIDENCE[line["confidence"]],
            )
            for line in csv.DictReader(lines)
        }
    )
