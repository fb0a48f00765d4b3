"""The table of contents: derived from the data as the office's screen derives it."""

import re
from collections import defaultdict

from jiangjie.archive import rules
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.kernel.identity import parse_id_number
from jiangjie.results import rules as results
from jiangjie.verify.container import UNREADABLE
from jiangjie.verify.dossier import (
    ANNOUNCEMENT,
    CERTIFICATES,
    ENTITLEMENTS,
    INDEX,
    OBJECTIONS,
    PLAN,
    RECORDS,
    SIGN_OFFS,
    Dossier,
)
from jiangjie.verify.report import Findings

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")


def check_contents(dossier: Dossier, found: Findings) -> None:
    """What the index says is there against what is there; then what is missing."""
    now = rules.volumes(known(dossier))
    stated = dossier.index["volumes"]
    derived = [volume.to_json() for volume in now]
    if stated != derived:
        for said, is_so in zip(stated, derived, strict=False):
            if said != is_so:
                found.error("完整性-4", f"{INDEX}#volumes/{is_so['number']}",
                            gettext_noop("第%(number)d卷目录与内容不符"),
                            number=is_so["number"])  # fmt: skip
        if len(stated) != len(derived):
            found.error("完整性-4", f"{INDEX}#volumes", gettext_noop("卷数不符"))
    for item in rules.missing_items(now):
        found.warn("完整性-5", f"{INDEX}#volumes/{item.code}", gettext_noop("缺：%(title)s"),
                   title=item.title)  # fmt: skip


def known(dossier: Dossier) -> rules.Known:
    applications = dossier.applications.values()
    certificates = dossier.rows(CERTIFICATES)
    valid = [row for row in certificates if row["state"] == "valid"]
    appointed = {row["certificate"] for row in dossier.rows(ENTITLEMENTS)}
    counted: dict[str, int] = defaultdict(int)
    kinds: dict[str, set[str]] = defaultdict(set)
    left_out: set[str] = set()
    for row in dossier.rows(RECORDS):
        if row["is_skipped"]:
            left_out.add(row["step"])
        else:
            counted[row["step"]] += 1
            kinds[row["step"]].add(row["evidence_kind"])
    upheld = {row["application"] for row in dossier.rows(OBJECTIONS) if row["outcome"] == "upheld"}
    issued = {row["application"] for row in certificates}
    signed = [
        results.Signed(row["round"], row["layer"], row["choice"] == "pass")
        for row in sorted(dossier.rows(SIGN_OFFS), key=lambda row: str(row["at"]))
        if row["step"] == "S12" and not row["subject"]
    ]
    return rules.Known(
        levels=frozenset(line["frozen"]["level"] for line in dossier.lines.values()),
        is_plan_approved=dossier.doc(PLAN)["approved_at"] is not None,
        is_reported=dossier.batch["reported_at"] is not None,
        is_announced=dossier.has(ANNOUNCEMENT),
        is_closed=dossier.index["intake"] is not None,
        submitted=len(applications),
        undecided=sum(row["state"] in ("submitted", "returned") for row in applications),
        qualified=len(dossier.qualified),
        records={
            step: rules.Records(counted[step], frozenset(kinds[step]), step in left_out)
            for step in {*counted, *left_out}
        },
        decided=len(dossier.decisions),
        is_result_final=set(dossier.procedure.part("S12").signs) <= results.passed_layers(signed),
        to_issue=sum(
            row["outcome"] == results.PASSED and case not in issued and case not in upheld
            for case, row in dossier.decisions.items()
        ),
        certificates=len(certificates),
        revoked=len(certificates) - len(valid),
        handed_over=sum(row["handed_over_on"] is not None for row in valid),
        appointed=sum(row["number"] in appointed for row in valid),
    )


def check_masked(dossier: Dossier, found: Findings) -> None:
    """No identity number in clear in any of the data."""
    for path in sorted(dossier.bag.sizes):
        if not path.startswith("data/") or not path.endswith((".json", ".jsonl")):
            continue
        try:
            text = dossier.bag.read(path).decode("utf-8", "replace")
        except UNREADABLE:
            continue
        for candidate in set(_ID_NUMBER.findall(text)):
            try:
                parse_id_number(candidate)
            except (ValueError, BadInput, RuleViolation):
                continue
            found.error("安全性-2", path, gettext_noop("含有未遮盖的证件号码"))
            break
