"""Verifying a bag: files, ledger, then every decision anew. The door of this package."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from jiangjie.archive.rules import FORMAT
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.verify import (
    batch,
    certificates,
    container,
    eligibility,
    fixity,
    ledger,
    marking,
    papers,
    publicity,
    scores,
    signing,
    treatment,
    volumes,
)
from jiangjie.verify.dossier import (
    ANNOUNCEMENT,
    APPLICATIONS,
    CERTIFICATES,
    CORRECTIONS,
    DECISIONS,
    ENTITLEMENTS,
    ENTRIES,
    EVENTS,
    FILINGS,
    INDEX,
    MARKS,
    MISSHAPEN,
    OBJECTIONS,
    PAPERS,
    PAYMENTS,
    PERIODS,
    PLAN,
    RATES,
    RECORDS,
    REQUIRED,
    SCRIPTS,
    SIGN_OFFS,
    Dossier,
    Unreadable,
)
from jiangjie.verify.report import Findings, Report

Check = Callable[[Dossier, Findings], Any]
# With the file that a check is about, to name where it cannot be carried out at all.
CHECKS: tuple[tuple[str, Check], ...] = (
    (INDEX, batch.check_frozen),
    (PLAN, batch.check_plan),
    (ANNOUNCEMENT, batch.check_announcement),
    (FILINGS, batch.check_filings),
    (SIGN_OFFS, signing.check_sign_offs),
    (SIGN_OFFS, signing.check_separation_of_duties),
    (SIGN_OFFS, signing.check_results_signed),
    (RECORDS, signing.check_records),
    (APPLICATIONS, eligibility.check_recorded),
    (APPLICATIONS, eligibility.check_verdicts),
    (APPLICATIONS, eligibility.check_states),
    (PAPERS, papers.check_recorded),
    (PAPERS, papers.check_assembled),
    (PAPERS, papers.check_custody),
    (SCRIPTS, marking.check_scripts),
    (SCRIPTS, marking.check_followed),
    (MARKS, marking.check_taken_over),
    (ENTRIES, scores.check_entries),
    (MARKS, scores.check_double_entry),
    (MARKS, scores.check_marks),
    (CORRECTIONS, scores.check_corrections),
    (DECISIONS, scores.check_decisions),
    (DECISIONS, scores.check_decided),
    (PERIODS["result"], publicity.check_periods),
    (OBJECTIONS, publicity.check_objections),
    (CERTIFICATES, certificates.check_recorded),
    (CERTIFICATES, certificates.check_numbers),
    (CERTIFICATES, certificates.check_holders),
    (RATES, treatment.check_rates),
    (ENTITLEMENTS, treatment.check_entitlements),
    (PAYMENTS, treatment.check_payments),
    (INDEX, volumes.check_contents),
    (INDEX, volumes.check_masked),
)


def verify_bag(
    source: str | os.PathLike[str] | BinaryIO, *, checkpoint: str | None = None
) -> Report:
    """Everything that can be said about a bag without asking anybody.

    `source` is a folder, a zip file or an open one; `checkpoint` the text of a checkpoint that the
    verifier kept. BadInput when there is nothing that could be a bag.
    """
    with container.opened(source) as bag:
        return _verified(bag, checkpoint)


def _verified(bag: container.Container, checkpoint: str | None) -> Report:
    found = Findings()
    if "bagit.txt" not in bag.sizes and not any(path.startswith("data/") for path in bag.sizes):
        raise BadInput(gettext_noop("不是档案包：既没有bagit.txt，也没有data目录。"))
    digests = fixity.check(bag, found)
    events = ledger.read(bag, found, checkpoint)
    dossier = Dossier(bag, digests, events.events, found)
    for path in REQUIRED:
        _carried_out(dossier, found, path, lambda d, _, path=path: d.doc(path))  # type: ignore[misc]
    if _carried_out(dossier, found, INDEX, _check_format):
        _carried_out(dossier, found, EVENTS, partial(_sealed, events))
        for path, check in CHECKS:
            _carried_out(dossier, found, path, check)
    return found.report()


def _sealed(events: ledger.Ledger, dossier: Dossier, found: Findings) -> None:
    ledger.check_seal(dossier, events, found)
    signing.check_evidence(dossier, found, ledger.evidence_of(dossier))


def _check_format(dossier: Dossier, found: Findings) -> None:
    if dossier.index["format"] != FORMAT:
        found.error(
            "可用性-3", INDEX, gettext_noop("格式“%(format)s”不能识别，本程序识别“%(known)s”"),
            format=dossier.index["format"], known=FORMAT,
        )  # fmt: skip
    str(dossier.context)


def _carried_out(dossier: Dossier, found: Findings, path: str, check: Check) -> bool:
    """Run a check; data of another shape than expected is a finding, never a crash."""
    try:
        check(dossier, found)
    except Unreadable:
        return False  # said where it was read
    except (*MISSHAPEN, BadInput, RuleViolation, RecursionError) as why:
        found.error(
            "可用性-2", path, gettext_noop("数据不完整或不是预期的形式，无法核验：%(why)s"),
            why=f"{type(why).__name__} {why}",
        )  # fmt: skip
        return False
    return True
