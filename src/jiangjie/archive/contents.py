"""The data of a bag as canonical JSON, and the evidence as it was filed; papers.py has the papers.

The JSON forms are read by verify/recompute.py; docs/reference/archive.md describes them. Identity
numbers are masked; the sealed rosters and certificates are named by their digests only.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jiangjie import __version__
from jiangjie.applications.models import Application
from jiangjie.archive.rules import FOLDERS, FORMAT, folder_of_step
from jiangjie.certificates.models import Certificate
from jiangjie.files.models import Blob
from jiangjie.kernel.canonical import canonical_bytes, jsonable
from jiangjie.ledger.models import Event
from jiangjie.orgs.queries import filing_in_force
from jiangjie.planning.models import Batch
from jiangjie.publicity.models import Objection, PublicityPeriod
from jiangjie.results.models import Correction, Decision, Mark, ScoreEntry
from jiangjie.results.rules import format_value
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment

FIRST, SECOND, THIRD, FOURTH, FIFTH = (f"data/{folder}" for folder in FOLDERS)


def events_of(batch: Batch) -> list[Event]:
    """The batch's events, and the payments to people whom it appointed."""
    own = list(Event.objects.filter(context=f"planning.batch:{batch.pk}").order_by("pk"))
    entitled = set(
        Entitlement.objects.filter(certificate__batch=batch).values_list("pk", flat=True)
    )
    paid = [
        event
        for event in Event.objects.filter(action="treatment.paid", org=batch.org_id).order_by("pk")
        if any(each["entitlement"] in entitled for each in event.data["payments"])
    ]
    return own + paid


def data(batch: Batch, *, at: datetime) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every data file, in a fixed order."""
    cases = list(
        batch.applications.select_related("person", "line")
        .prefetch_related("evidence")
        .order_by("pk")
    )
    certificates = list(Certificate.objects.filter(batch=batch).order_by("number"))
    yield "data/index.json", _json(_index(batch, at))
    yield "data/rules/pack.json", _json(batch.pack.body)
    yield "data/rules/lines.json", _json(
        [{"id": line.pk, "frozen": line.frozen, "planned": line.planned}
         for line in batch.lines.order_by("pk")]
    )  # fmt: skip
    yield f"{FIRST}/announcement.json", _json(_announcement(batch))
    yield f"{FIRST}/applications.json", _json([_case(case) for case in cases])
    yield f"{SECOND}/plan.json", _json(_plan(batch))
    yield f"{THIRD}/procedure.json", _json(_procedure(batch))
    yield f"{FOURTH}/scores.json", _json(_scores(batch))
    yield f"{FOURTH}/decisions.json", _json(_decisions(batch))
    yield f"{FOURTH}/publicity.json", _json(_publicity(batch))
    yield f"{FIFTH}/certificates.json", _json([_certificate(each) for each in certificates])
    yield f"{FIFTH}/treatment.json", _json(_treatment(batch))


def _json(value: Any) -> bytes:
    return canonical_bytes(jsonable(value))


def _index(batch: Batch, at: datetime) -> dict[str, Any]:
    filing = filing_in_force(batch.org, batch.exam_on)
    return {
        "format": FORMAT,
        "program": f"jiangjie {__version__}",
        "made_at": at,
        "context": f"planning.batch:{batch.pk}",
        "org": {"id": batch.org_id, "name": batch.org.name, "uscc": batch.org.uscc},
        "batch": {
            "number": batch.number, "title": batch.title, "as_of": batch.as_of,
            "apply_from": batch.apply_from, "apply_until": batch.apply_until,
            "exam_on": batch.exam_on, "venue": batch.venue, "method": batch.method,
        },
        "filing": None if filing is None else {
            "code": filing.code, "prefix": filing.prefix, "valid_from": filing.valid_from,
            "valid_until": filing.valid_until,
            "scopes": [
                {"occupation": scope.occupation_code, "work_type": scope.work_type,
                 "levels": list(scope.levels)}
                for scope in filing.scopes.order_by("occupation_code", "work_type")
            ],
        },
    }  # fmt: skip


def _announcement(batch: Batch) -> dict[str, Any] | None:
    announcement = getattr(batch, "announcement", None)
    if announcement is None:
        return None
    return {
        "title": announcement.title, "body": announcement.body, "contact": announcement.contact,
        "supervision_phone": announcement.supervision_phone,
        "published_at": announcement.published_at,
    }  # fmt: skip


def _case(case: Application) -> dict[str, Any]:
    return {
        "id": case.pk, "person": case.person_id, "name": case.person.name,
        "id_masked": case.person.id_masked, "line": case.line_id, "unit": case.unit_name,
        "department": case.department, "team": case.team, "state": case.state,
        "round": case.round, "route": case.route, "route_reason": case.route_reason,
        "facts": case.facts, "verdict": case.verdict, "is_eligible": case.is_eligible,
        "clause": case.clause, "ticket": case.ticket, "submitted_at": case.submitted_at,
        "evidence": [
            {"kind": each.kind, "name": each.file_name, "digest": each.blob_id}
            for each in case.evidence.all()
        ],
    }  # fmt: skip


def _plan(batch: Batch) -> dict[str, Any]:
    plan = batch.plan
    return {
        "year": plan.year, "note": plan.note, "approved_at": plan.approved_at,
        "approved_by": plan.approved_by_id, "reported_at": batch.reported_at,
        "receipt": batch.report_receipt,
        "lines": [
            {"standard": line.standard.code, "work_type": line.work_type, "level": line.level,
             "people": line.people, "month": line.month}
            for line in plan.lines.select_related("standard").order_by("pk")
        ],
    }  # fmt: skip


def _procedure(batch: Batch) -> dict[str, Any]:
    return {
        "definition": batch.run.definition.body,
        "sign_offs": [
            {"step": s.step, "layer": s.layer, "subject": s.subject, "round": s.round,
             "choice": s.choice, "reason": s.reason, "by": s.by_id, "at": s.at}
            for s in batch.run.sign_offs.order_by("pk")
        ],
        "records": [
            {"id": r.pk, "step": r.step, "is_skipped": r.is_skipped, "note": r.note,
             "evidence_kind": r.evidence_kind, "digest": r.blob_id or "", "by": r.by_id,
             "at": r.at}
            for r in batch.run.records.order_by("pk")
        ],
    }  # fmt: skip


def _scores(batch: Batch) -> dict[str, Any]:
    of_batch = {"application__batch": batch}
    return {
        "entries": [
            {"application": e.application_id, "part": e.part, "entry": e.entry,
             "value": format_value(e.value), "by": e.by_id, "at": e.at}
            for e in ScoreEntry.objects.filter(**of_batch).order_by("pk")
        ],
        "marks": [
            {"application": m.application_id, "part": m.part, "value": format_value(m.value),
             "settled_at": m.settled_at}
            for m in Mark.objects.filter(**of_batch).order_by("pk")
        ],
        "corrections": [
            {"application": c.mark.application_id, "part": c.mark.part, "before": c.before,
             "after": c.after, "reason": c.reason, "asked_by": c.asked_by_id,
             "asked_at": c.asked_at, "decided_by": c.decided_by_id, "is_accepted": c.is_accepted}
            for c in Correction.objects.filter(mark__application__batch=batch)
            .select_related("mark").order_by("pk")
        ],
    }  # fmt: skip


def _decisions(batch: Batch) -> list[dict[str, Any]]:
    return [
        {"application": d.application_id, "outcome": d.outcome, "inputs": d.inputs,
         "explanation": d.explanation, "decided_at": d.decided_at}
        for d in Decision.objects.filter(batch=batch).order_by("application_id")
    ]  # fmt: skip


def _publicity(batch: Batch) -> dict[str, Any]:
    """Objections without objector and contact: an archive travels, their identity does not."""
    return {
        "periods": [
            {"kind": p.kind, "title": p.title, "first_day": p.first_day, "last_day": p.last_day,
             "term_days": p.term_days, "term_calendar": p.term_calendar,
             "term_source": p.term_source, "term_confidence": p.term_confidence,
             "calendar": p.calendar, "rows": p.rows, "digest": p.digest,
             "opened_at": p.opened_at, "closed_at": p.closed_at}
            for p in PublicityPeriod.objects.filter(batch=batch).order_by("pk")
        ],
        "objections": [
            {"receipt": o.receipt, "application": o.application_id, "text": o.text,
             "raised_at": o.raised_at, "outcome": o.outcome, "decision": o.decision,
             "settled_at": o.settled_at, "settled_by": o.settled_by_id}
            for o in Objection.objects.filter(period__batch=batch).order_by("pk")
        ],
    }  # fmt: skip


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "number": certificate.number, "serial": certificate.serial,
        "application": certificate.application_id, "holder_name": certificate.holder_name,
        "occupation": certificate.occupation_name, "work_type": certificate.work_type,
        "level": certificate.level, "issuer": certificate.issuer_name,
        "issued_on": certificate.issued_on, "issued_at": certificate.issued_at,
        "pdf_digest": certificate.pdf_digest, "state": certificate.state,
        "revoked_at": certificate.revoked_at, "revoked_reason": certificate.revoked_reason,
        "handed_over_on": certificate.handed_over_on,
    }  # fmt: skip


def _treatment(batch: Batch) -> dict[str, Any]:
    entitlements = list(
        Entitlement.objects.filter(certificate__batch=batch)
        .select_related("certificate")
        .order_by("pk")
    )
    return {
        "rates": [
            {"id": r.pk, "level": r.level, "monthly_fen": r.monthly_fen,
             "first_month": r.first_month, "last_month": r.last_month, "basis": r.basis}
            for r in AllowanceRule.objects.filter(org=batch.org_id).order_by("pk")
        ],
        "entitlements": [
            {"id": e.pk, "certificate": e.certificate.number, "person": e.person_id,
             "level": e.level, "appointed_on": e.appointed_on, "first_month": e.first_month,
             "last_month": e.last_month, "end_reason": e.end_reason}
            for e in entitlements
        ],
        "payments": [
            {"entitlement": p.entitlement_id, "month": p.month, "fen": p.fen,
             "paid_on": p.paid_on, "voucher": p.voucher}
            for p in Payment.objects.filter(entitlement__in=entitlements).order_by("pk")
        ],
    }  # fmt: skip


# ---- evidence -------------------------------------------------------------------------------


def evidence(batch: Batch) -> Iterator[tuple[str, Blob]]:
    """Files as they were filed, each once in its folder, named by digest and a readable name."""
    seen: set[str] = set()
    found = [
        (f"{FIRST}/材料/{case.pk}", each.blob, each.file_name)
        for case in batch.applications.prefetch_related("evidence__blob").order_by("pk")
        for each in case.evidence.all()
    ] + [
        (f"data/{folder_of_step(record.step)}/{record.step}", record.blob, record.file_name)
        for record in batch.run.records.exclude(blob=None).select_related("blob").order_by("pk")
    ]
    for folder, blob, name in found:
        path = f"{folder}/{blob.digest[:12]}-{_safe(name)}"
        if path not in seen:
            seen.add(path)
            yield path, blob


def _safe(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "._-（）()" else "_" for c in name)
    return kept[-80:] or "file"
