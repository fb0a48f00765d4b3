"""Signatures of the layers and records of the steps: as in the ledger, complete, separated."""

from collections import defaultdict

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.procedures.rules import Signed, check_separation
from jiangjie.results import rules as results
from jiangjie.verify.dossier import (
    DECISIONS,
    PEOPLE,
    RECORDS,
    SIGN_OFFS,
    Dossier,
    Row,
    by,
    instant,
    match,
)
from jiangjie.verify.report import Findings

PASS = "pass"  # noqa: S105 -- a choice
REVIEW, DECIDE, SCHEME = "S06", "S12", "S03"


def check_sign_offs(dossier: Dossier, found: Findings) -> None:
    rows = dossier.rows(SIGN_OFFS)
    proved = {
        (event.data["step"], event.data["layer"], subject, number): {
            "choice": event.data["choice"], "reason": event.data["reason"], "by": event.by,
            "at": event.at,
        }
        for event in dossier.of("procedures.signed")
        for subject, number in event.data["subjects"]
    }  # fmt: skip
    stated = {
        (row["step"], row["layer"], row["subject"], row["round"]): {
            **row, "at": instant(row["at"])
        }
        for row in rows
    }  # fmt: skip
    if len(stated) != len(rows):
        found.error("真实性-9", SIGN_OFFS, gettext_noop("同一层次对同一对象重复签字"))
    match(found, "真实性-9", SIGN_OFFS, stated, proved, name=_place)


def _place(key: tuple[str, int, str, int]) -> str:
    step, layer, subject, number = key
    return f"{step}/{layer}/{subject or '-'}/{number}"


def check_separation_of_duties(dossier: Dossier, found: Findings) -> None:
    """R-22, each signature against those that the same user gave before it."""
    persons = {f"applications.application:{pk}": row["person"]
               for pk, row in dossier.applications.items()}  # fmt: skip
    candidates = {subject: person for subject, person in persons.items()
                  if int(subject.rpartition(":")[2]) in dossier.qualified}  # fmt: skip
    earlier: dict[int, list[Signed]] = defaultdict(list)
    rows = sorted(dossier.rows(SIGN_OFFS), key=lambda row: (row["at"], row["step"], row["layer"]))
    for row in rows:
        signer, subject = row["by"], row["subject"]
        people_of = persons if subject else candidates if row["step"] == DECIDE else {}
        try:
            check_separation(
                layer=row["layer"], subjects=[subject], earlier=earlier[signer],
                own_person=dossier.person_of.get(signer), people_of=people_of,
            )  # fmt: skip
        except RuleViolation as why:
            place = _place((row["step"], row["layer"], subject, row["round"]))
            found.error("真实性-13", f"{SIGN_OFFS}#{place}", why.text, **why.values)
        earlier[signer].append(Signed(subject, row["layer"]))
        part = dossier.procedure.part(row["step"])
        if row["layer"] not in (*part.signs, *part.exceptional):
            found.error("真实性-13", SIGN_OFFS, gettext_noop("第%(layer)d层在%(step)s没有签字职责"),
                        layer=row["layer"], step=row["step"])  # fmt: skip
    _check_scheme(dossier, found)
    _check_accounts(dossier, found)


def _check_scheme(dossier: Dossier, found: Findings) -> None:
    """S03: the committee passed the scheme as it was announced, and not who opened the batch."""
    if not dossier.of("planning.announced"):
        return
    passed = [
        row for row in dossier.rows(SIGN_OFFS)
        if row["step"] == SCHEME and row["choice"] == PASS
        and row["round"] == dossier.batch["scheme_round"]
    ]  # fmt: skip
    needed = set(dossier.procedure.part(SCHEME).signs)
    if missing := sorted(needed - {row["layer"] for row in passed}):
        found.error("真实性-13", SIGN_OFFS, gettext_noop("认定方案缺第%(layer)d层签字"),
                    layer=missing[0])  # fmt: skip
    if any(row["by"] == dossier.batch["opened_by"] for row in passed):
        found.error("真实性-13", SIGN_OFFS, gettext_noop("批次开设人审定了自己制订的方案"))


def _check_accounts(dossier: Dossier, found: Findings) -> None:
    """Which person a user is, by the events that linked them."""
    rows = by("user", dossier.rows(PEOPLE))
    # A person's last account counts: it may have been another before.
    account_of = {
        event.subject_id: event.data["user"]
        for event in dossier.events if event.action == "people.linked"
    }  # fmt: skip
    proved = {user: {"person": person} for person, user in account_of.items() if user in rows}
    stated = {
        user: {"person": row["person"]} for user, row in rows.items()
        if row["person"] is not None or user in proved
    }  # fmt: skip
    match(found, "真实性-13", PEOPLE, stated, proved)
    acted = {row["by"] for row in dossier.rows(SIGN_OFFS)}
    for user in sorted(acted - rows.keys()):
        found.error("完整性-3", f"{PEOPLE}#{user}", gettext_noop("签字人不在人员表中"))


def check_results_signed(dossier: Dossier, found: Findings) -> None:
    """S12: once the result was published, every layer had signed the list as it then was."""
    published = [e for e in dossier.of("publicity.opened") if e.data["kind"] == "result"]
    if not published:
        return
    signed = [
        results.Signed(row["round"], row["layer"], row["choice"] == PASS)
        for row in sorted(dossier.rows(SIGN_OFFS), key=lambda row: str(row["at"]))
        if row["step"] == DECIDE and not row["subject"]
    ]
    missing = sorted(
        set(dossier.procedure.part(DECIDE).signs) - results.passed_layers(signed)
    )  # fmt: skip
    for layer in missing:
        found.error(
            "真实性-13", SIGN_OFFS, gettext_noop("结果汇总表缺第%(layer)d层签字"), layer=layer
        )
    passed = [e for e in dossier.of("results.signed") if e.data["choice"] == PASS]
    if passed and passed[-1].at > published[0].at:
        found.error("真实性-13", DECISIONS, gettext_noop("结果公示早于结果汇总表的签署"))


def check_records(dossier: Dossier, found: Findings) -> None:
    stated = {row["id"]: _record(row) for row in dossier.rows(RECORDS)}
    proved = {
        event.subject_id: {
            **{name: event.data[name] for name in ("step", "is_skipped", "note", "evidence_kind")},
            "blob": event.data["blob"], "file_name": event.data["file_name"]
            if event.data["blob"] else "",
            "by": event.by, "at": event.at,
        }
        for event in dossier.of("procedures.recorded")
    }  # fmt: skip
    match(found, "真实性-10", RECORDS, stated, proved)


def _record(row: Row) -> Row:
    file = row["file"] or {"digest": "", "name": ""}
    return {**row, "blob": file["digest"], "file_name": file["name"], "at": instant(row["at"])}


def check_evidence(dossier: Dossier, found: Findings, evidence: dict[str, str]) -> None:
    """Every material is there and is the one that was handed in."""
    for path, digest in sorted(evidence.items()):
        if path not in dossier.digests:
            found.error("完整性-1", path, gettext_noop("材料不在包内"))
        elif dossier.digests[path] != digest:
            found.error("真实性-10", path, gettext_noop("材料与登记时的校验值不符"))
