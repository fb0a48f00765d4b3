"""What a verification found. Items follow the four properties of an electronic archive (四性)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

# Stable numbers; docs/reference/archive.md lists them.
SIGNED = "真实性-1"  # the checkpoint bears a valid signature
PROVEN = "真实性-2"  # every event lies in the signed tree
SEALED = "真实性-3"  # the files are those that were sealed in the ledger
LEDGER = "真实性-4"  # the data say what the events say
ELIGIBILITY = "真实性-5"
RESULTS = "真实性-6"
PUBLICITY = "真实性-7"
NUMBERS = "真实性-8"
BENEFITS = "真实性-9"
SIGNATURES = "真实性-10"
MISSING = "完整性-1"
EXTRA = "完整性-2"
ALTERED = "完整性-3"
REQUIRED = "完整性-4"
INCOMPLETE = "完整性-5"
UNREADABLE = "可用性-1"
MALFORMED = "可用性-2"
EXPOSED = "安全性-1"

COUNTED = ("eligibility", "draws", "scores", "votes", "publicity", "numbers", "benefits")


@dataclass(frozen=True, slots=True)
class Finding:
    item: str
    severity: str  # error | warning
    path: str  # file in the bag, with "#…" for a place in it
    message: str

    def to_json(self) -> dict[str, str]:
        return {
            "item": self.item, "severity": self.severity, "path": self.path,
            "message": self.message,
        }  # fmt: skip


@dataclass(slots=True)
class Report:
    findings: list[Finding] = field(default_factory=list)
    recomputed: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    def error(self, item: str, path: str, message: str) -> None:
        self.findings.append(Finding(item, "error", path, message))

    def warn(self, item: str, path: str, message: str) -> None:
        self.findings.append(Finding(item, "warning", path, message))

    @contextmanager
    def reading(self, path: str) -> Iterator[None]:
        """Data of another shape than ours is a finding, not a crash: bags come from strangers."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as why:
            self.error(MALFORMED, path, f"内容结构不符合格式：{type(why).__name__}: {why}"[:300])

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
            "recomputed": {name: self.recomputed[name] for name in COUNTED},
        }
