"""Verifying one archive bag, offline: fixity, ledger proofs, and every decision computed again."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jiangjie.archive.rules import FORMAT
from jiangjie.kernel.errors import BadInput
from jiangjie.policy.packs import Pack
from jiangjie.verify import ledger, recompute
from jiangjie.verify.agreement import check_agreement
from jiangjie.verify.container import Container, check_fixity, open_bag
from jiangjie.verify.ledger import Events
from jiangjie.verify.recompute import Bag
from jiangjie.verify.report import EXPOSED, MALFORMED, REQUIRED, Report

REQUIRED_FILES = (
    recompute.INDEX, recompute.PACK, recompute.LINES, recompute.APPLICATIONS,
    recompute.PROCEDURE, recompute.SCORES, recompute.DECISIONS, recompute.PUBLICITIES,
    recompute.CERTIFICATES, recompute.TREATMENT, ledger.EVENTS, ledger.CHECKPOINT, ledger.KEY,
)  # fmt: skip
_IDENTITY = re.compile(rb"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9])")


def verify_bag(path: Path, *, checkpoint: str | None = None) -> Report:
    """Check everything that can be checked; `checkpoint` is a signed note kept from elsewhere.

    BadInput when `path` is no bag at all; everything else is a finding in the report.
    """
    report = Report()
    container = open_bag(path)
    digests = check_fixity(container, report)
    lacking = [name for name in REQUIRED_FILES if name not in digests]
    for name in lacking:
        report.error(REQUIRED, name, "缺少必备文件")
    if lacking:
        return report
    events = _events(container, checkpoint, report)
    ledger.check_seal(events, digests, report)
    _check_exposure(container, digests, report)
    bag = _parsed(container, report)
    if bag is not None:
        recompute.recompute(bag, report)
        check_agreement(bag, bag.pack.digest, events, report)
    return report


def _events(container: Container, known: str | None, report: Report) -> Events:
    note, key = _text(container, ledger.CHECKPOINT), _text(container, ledger.KEY)
    signed = ledger.check_checkpoint(note, key, known, report)
    entries = _json(container, ledger.EVENTS, report)
    return ledger.read_events(entries if isinstance(entries, list) else [], signed, report)


def _parsed(container: Container, report: Report) -> Bag | None:
    found: dict[str, Any] = {
        name: _json(container, name, report)
        for name in REQUIRED_FILES
        if name.endswith(".json") and name != ledger.EVENTS
    }
    if any(value is None for value in found.values()):
        return None
    bag: list[Bag] = []
    with report.reading(recompute.INDEX):
        if found[recompute.INDEX]["format"] != FORMAT:
            report.error(MALFORMED, recompute.INDEX, "不支持的档案格式版本")
            return None
    with report.reading(recompute.PACK):
        try:
            pack = Pack.from_json(found[recompute.PACK])
        except BadInput as why:
            report.error(MALFORMED, recompute.PACK, str(why))
            return None
        bag.append(
            Bag(
                index=found[recompute.INDEX],
                pack=pack,
                lines=_by(found[recompute.LINES], "id"),
                applications=_by(found[recompute.APPLICATIONS], "id"),
                procedure=found[recompute.PROCEDURE],
                scores=found[recompute.SCORES],
                decisions=_by(found[recompute.DECISIONS], "application"),
                publicity=found[recompute.PUBLICITIES],
                certificates=found[recompute.CERTIFICATES],
                treatment=found[recompute.TREATMENT],
            )
        )
    return bag[0] if bag else None


def _by(rows: Any, key: str) -> Mapping[int, Any]:
    found = {row[key]: row for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"{key} occurs twice")
    return found


def _check_exposure(container: Container, digests: Mapping[str, str], report: Report) -> None:
    """An archive shows masked identity numbers only."""
    for name in sorted(digests):
        if name.endswith((".json", ".txt")):
            with container.open(name) as file:
                # Hexadecimal digests and proofs are no numbers of people.
                text = re.sub(rb"[0-9a-f]{32,}", b"", file.read())
            if _IDENTITY.search(text):
                report.error(EXPOSED, name, "含有未遮盖的证件号码")


def _text(container: Container, name: str) -> str:
    with container.open(name) as file:
        return file.read().decode("utf-8", "replace")


def _json(container: Container, name: str, report: Report) -> Any:
    try:
        return json.loads(_text(container, name))
    except ValueError as why:
        report.error(MALFORMED, name, f"不是有效的 JSON：{why}")
        return None
