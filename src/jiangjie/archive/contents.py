"""What a bag holds of a batch, as JSON values: every row from which a decision can be re-computed.

Persons and users are named by their numbers here; identity numbers are masked, the secrets of
QR codes, objectors and the sealed files stay outside. docs/reference/archive.md describes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from django.db.models import Q

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.archive import rules
from jiangjie.archive.models import Bag
from jiangjie.certificates.models import Certificate
from jiangjie.files.models import Blob
from jiangjie.kernel import canonical
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Filing
from jiangjie.orgs.queries import filing_in_force
from jiangjie.papers import queries as paper_queries
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.procedures.models import SignOff, StepRecord
from jiangjie.publicity.models import Objection, PublicityPeriod
from jiangjie.results import rules as results
from jiangjie.results.models import Correction, Decision, Mark, ScoreEntry
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment, Reversal

FIRST, SECOND, THIRD, FOURTH, FIFTH = (f"data/{folder}" for folder in rules.FOLDERS)
_CHUNK = 1000  # rows in memory at a time
_ACTORS = frozenset({
    "by", "added_by", "submitted_by", "asked_by", "decided_by", "opened_by", "closed_by",
    "handler", "settled_by", "issued_by", "revoked_by", "made_by", "recorded_by", "approved_by",
    "published_by", "assembled_by", "sealed_by", "withdrawn_by", "giver", "taker", "prepared_by",
})  # fmt: skip
PAPERS = f"{THIRD}/试卷.json"
Row = dict[str, Any]


@dataclass
class Gathered:
    """What is found on the way through the rows: files to add, users who acted."""

    files: list[tuple[str, Blob]] = field(default_factory=list)  # path in the bag, bytes
    users: set[int] = field(default_factory=set)

    def file(self, folder: str, stem: str, blob: Blob, name: str) -> Row:
        path = f"data/{folder}/材料/{stem}-{_safe(name)}"
        self.files.append((path, blob))
        return {"path": path, "digest": blob.digest, "name": name}

    def note_actors(self, values: Mapping[str, Any]) -> None:
        self.users.update(
            value for name, value in values.items() if name in _ACTORS and value is not None
        )


def json_bytes(value: object) -> bytes:
    """Canonical JSON; dates and instants become text."""
    return canonical.canonical_bytes(canonical.jsonable(value))


def array(rows: Iterable[Row], gathered: Gathered) -> Iterator[bytes]:
    """The canonical form of a list, row by row; notes who acted."""
    yield b"["
    for place, row in enumerate(rows):
        gathered.note_actors(row)
        for part in row.get("evidence", ()):
            gathered.note_actors(part)
        yield (b"," if place else b"") + json_bytes(row)
    yield b"]"


# ---- the batch ------------------------------------------------------------------------------


def index(bag: Bag, volumes: Iterable[rules.Volume]) -> Row:
    batch, org = bag.batch, bag.batch.org
    intake = getattr(batch, "intake", None)
    return {
        "format": rules.FORMAT,
        "program": version("jiangjie"),
        "bag": ref(bag),
        "evaluator": {
            "id": org.pk, "name": org.name, "uscc": org.uscc, "region": org.region,
        },
        "batch": {
            "id": batch.pk, "number": batch.number, "title": batch.title, "as_of": batch.as_of,
            "apply_from": batch.apply_from, "apply_until": batch.apply_until,
            "exam_on": batch.exam_on, "venue": batch.venue, "method": batch.method,
            "run": batch.run_id, "pack": batch.pack_id,
            "procedure": batch.run.definition.digest, "scheme_round": batch.scheme_round,
            "opened_by": batch.opened_by_id, "opened_at": batch.opened_at,
            "reported_at": batch.reported_at, "report_receipt": batch.report_receipt,
        },
        "intake": None if intake is None else {
            "people": intake.people, "closed_by": intake.closed_by_id,
            "closed_at": intake.closed_at,
        },
        "volumes": [volume.to_json() for volume in volumes],
    }  # fmt: skip


def announcement(batch: Batch) -> Row | None:
    made = getattr(batch, "announcement", None)
    return made and {
        "id": made.pk, "title": made.title, "body": made.body, "contact": made.contact,
        "supervision_phone": made.supervision_phone, "published_by": made.published_by_id,
        "published_at": made.published_at,
    }  # fmt: skip


def plan(batch: Batch) -> Row:
    of = batch.plan
    return {
        "id": of.pk, "year": of.year, "note": of.note, "made_by": of.made_by_id,
        "made_at": of.made_at, "approved_by": of.approved_by_id, "approved_at": of.approved_at,
        "lines": [
            [line.standard.code, line.work_type, line.level, line.people, line.month]
            for line in of.lines.select_related("standard").order_by("pk")
        ],
    }  # fmt: skip


def filings(batch: Batch) -> list[Filing]:
    """In force on the day of the exam and on each day of issue."""
    issued = Certificate.objects.filter(batch=batch).values_list("issued_on", flat=True)
    found = (filing_in_force(batch.org, day) for day in sorted({batch.exam_on, *issued}))
    return list({each.pk: each for each in found if each is not None}.values())


def filing(each: Filing) -> Row:
    return {
        "id": each.pk, "bureau": each.bureau.name, "code": each.code, "prefix": each.prefix,
        "valid_from": each.valid_from, "valid_until": each.valid_until,
        "scope": [
            [line.occupation_code, line.work_type, list(line.levels)]
            for line in sorted(each.scopes.all(), key=lambda line: line.pk)
        ],
    }  # fmt: skip


def lines(batch: Batch) -> Iterator[Row]:
    for line in batch.lines.order_by("pk"):
        yield {"line": line.pk, "planned": line.planned, "frozen": line.frozen}


# ---- procedure and applications -------------------------------------------------------------


def sign_offs(batch: Batch) -> Iterator[Row]:
    for each in SignOff.objects.filter(run=batch.run_id).order_by("pk").iterator(_CHUNK):
        yield {
            "step": each.step, "layer": each.layer, "subject": each.subject, "round": each.round,
            "choice": each.choice, "reason": each.reason, "by": each.by_id, "at": each.at,
        }  # fmt: skip


def records(batch: Batch, gathered: Gathered) -> Iterator[Row]:
    for each in StepRecord.objects.filter(run=batch.run_id).select_related("blob").order_by("pk"):
        folder = rules.folder_of_step(each.step)
        yield {
            "id": each.pk, "step": each.step, "is_skipped": each.is_skipped, "note": each.note,
            "evidence_kind": each.evidence_kind,
            "file": gathered.file(folder, f"{each.step}-{each.pk}", each.blob, each.file_name)
            if each.blob else None,
            "by": each.by_id, "at": each.at,
        }  # fmt: skip


def applications(batch: Batch, gathered: Gathered) -> Iterator[Row]:
    """Everybody who ever submitted; drafts that were never handed in are nobody's affair."""
    rows = (
        Application.objects.filter(batch=batch, submitted_at__isnull=False)
        .select_related("person")
        .prefetch_related("evidence__blob")
        .order_by("pk")
    )
    for case in rows.iterator(_CHUNK):
        yield {
            "id": case.pk, "person": case.person_id, "name": case.person.name,
            "id_type": case.person.id_type, "id_masked": case.person.id_masked,
            "unit": case.unit_id, "unit_name": case.unit_name, "department": case.department,
            "team": case.team, "line": case.line_id, "state": case.state, "round": case.round,
            "turn": case.turn, "route": case.route, "route_reason": case.route_reason,
            "facts": case.facts, "verdict": case.verdict, "is_eligible": case.is_eligible,
            "clause": case.clause, "roster": case.roster_id, "ticket": case.ticket,
            "photo": case.photo_id, "submitted_by": case.submitted_by_id,
            "submitted_at": case.submitted_at, "decided_at": case.decided_at,
            "evidence": [
                {
                    "kind": each.kind, "added_by": each.added_by_id, "added_at": each.added_at,
                    **gathered.file(
                        rules.FOLDERS[0], f"{case.pk}-{each.pk}", each.blob, each.file_name
                    ),
                }
                for each in sorted(case.evidence.all(), key=lambda one: one.pk)
            ],
        }  # fmt: skip


# ---- papers ----------------------------------------------------------------------------------


def papers(batch: Batch, gathered: Gathered) -> Iterator[Row]:
    """Every set of papers: blueprint, facts, digests, proofs, keys, hands, openings."""
    for row in paper_queries.archive_rows(batch):
        actors = [*row["proofs"], *row["holders"]]
        for paper in row["papers"]:
            actors += [*paper["handovers"], paper["opening"] or {}]
        for each in actors:
            gathered.note_actors(each)
        yield row


# ---- scores, publicity, certificates --------------------------------------------------------


def entries(batch: Batch) -> Iterator[Row]:
    rows = ScoreEntry.objects.filter(application__batch=batch).order_by(
        "application", "part", "entry"
    )
    for each in rows.iterator(_CHUNK):
        yield {
            "application": each.application_id, "part": each.part, "entry": each.entry,
            "value": results.to_json(each.value), "by": each.by_id, "at": each.at,
        }  # fmt: skip


def marks(batch: Batch) -> Iterator[Row]:
    rows = Mark.objects.filter(application__batch=batch).order_by("application", "part")
    for each in rows.iterator(_CHUNK):
        yield {
            "application": each.application_id, "part": each.part,
            "value": results.to_json(each.value), "settled_at": each.settled_at,
            "taken_from": each.taken_from,
        }  # fmt: skip


def corrections(batch: Batch) -> Iterator[Row]:
    rows = Correction.objects.filter(mark__application__batch=batch).select_related("mark")
    for each in rows.order_by("pk"):
        yield {
            "id": each.pk, "application": each.mark.application_id, "part": each.mark.part,
            "before": each.before, "after": each.after, "reason": each.reason,
            "asked_by": each.asked_by_id, "asked_at": each.asked_at,
            "decided_by": each.decided_by_id, "decided_at": each.decided_at,
            "is_accepted": each.is_accepted,
        }  # fmt: skip


def decisions(batch: Batch) -> Iterator[Row]:
    rows = Decision.objects.filter(batch=batch).order_by("application")
    for each in rows.iterator(_CHUNK):
        yield {
            "application": each.application_id, "outcome": each.outcome, "inputs": each.inputs,
            "explanation": each.explanation, "decided_at": each.decided_at,
        }  # fmt: skip


def period(each: PublicityPeriod) -> Row:
    return {
        "id": each.pk, "kind": each.kind, "title": each.title, "first_day": each.first_day,
        "last_day": each.last_day, "term_days": each.term_days,
        "term_calendar": each.term_calendar, "term_source": each.term_source,
        "term_confidence": each.term_confidence, "calendar": each.calendar, "rows": each.rows,
        "digest": each.digest, "opened_by": each.opened_by_id, "opened_at": each.opened_at,
        "closed_by": each.closed_by_id, "closed_at": each.closed_at,
    }  # fmt: skip


def objections(batch: Batch) -> Iterator[Row]:
    """Without the objector: his name is for the handler alone."""
    for each in Objection.objects.filter(period__batch=batch).order_by("pk"):
        yield {
            "id": each.pk, "period": each.period_id, "application": each.application_id,
            "receipt": each.receipt, "text": each.text, "is_anonymous": not each.objector,
            "raised_at": each.raised_at, "answer_by_day": each.answer_by_day,
            "handler": each.handler_id, "outcome": each.outcome, "decision": each.decision,
            "settled_by": each.settled_by_id, "settled_at": each.settled_at,
        }  # fmt: skip


def certificates(batch: Batch) -> Iterator[Row]:
    rows = Certificate.objects.filter(batch=batch).order_by("level", "prefix", "year", "serial")
    for each in rows.iterator(_CHUNK):
        yield {
            "id": each.pk, "number": each.number, "prefix": each.prefix, "year": each.year,
            "level": each.level, "serial": each.serial, "application": each.application_id,
            "person": each.person_id, "name": each.holder_name,
            "occupation_code": each.occupation_code, "occupation_name": each.occupation_name,
            "work_type": each.work_type, "issuer": each.issuer_name, "issued_on": each.issued_on,
            "pdf": each.pdf_digest, "issued_by": each.issued_by_id, "issued_at": each.issued_at,
            "state": each.state, "revoked_by": each.revoked_by_id, "revoked_at": each.revoked_at,
            "revoked_reason": each.revoked_reason, "handed_over_on": each.handed_over_on,
        }  # fmt: skip


# ---- treatment ------------------------------------------------------------------------------


def rates(batch: Batch) -> Iterator[Row]:
    paying = Entitlement.objects.filter(certificate__batch=batch).values("org")
    for each in AllowanceRule.objects.filter(org__in=paying).order_by("pk"):
        yield {
            "id": each.pk, "org": each.org_id, "level": each.level,
            "monthly_fen": each.monthly_fen, "first_month": each.first_month,
            "last_month": each.last_month, "basis": each.basis, "funding": each.funding,
        }  # fmt: skip


def entitlements(batch: Batch) -> Iterator[Row]:
    rows = Entitlement.objects.filter(certificate__batch=batch).select_related("certificate")
    for each in rows.order_by("pk").iterator(_CHUNK):
        yield {
            "id": each.pk, "certificate": each.certificate.number, "person": each.person_id,
            "org": each.org_id, "rule": each.rule_id, "level": each.level, "post": each.post,
            "document": each.document, "appointed_on": each.appointed_on,
            "first_month": each.first_month, "last_month": each.last_month,
            "end_reason": each.end_reason, "made_by": each.made_by_id, "made_at": each.made_at,
        }  # fmt: skip


def payments(batch: Batch) -> Iterator[Row]:
    struck = Reversal.objects.filter(payment__entitlement__certificate__batch=batch)
    slips = {each.payment_id: each for each in struck.filter(is_accepted=True)}
    rows = Payment.objects.filter(entitlement__certificate__batch=batch).order_by("pk")
    for each in rows.iterator(_CHUNK):
        slip = slips.get(each.pk)
        yield {
            "id": each.pk, "entitlement": each.entitlement_id, "person": each.person_id,
            "org": each.org_id, "month": each.month, "fen": each.fen, "paid_on": each.paid_on,
            "voucher": each.voucher, "proof": each.proof_id, "recorded_by": each.recorded_by_id,
            "recorded_at": each.recorded_at, "raised_to": each.raised_to_id,
            "reversed_at": each.reversed_at, "reversal_asked_by": slip and slip.asked_by_id,
            "reversed_by": slip and slip.decided_by_id, "reversal_reason": slip and slip.reason,
        }  # fmt: skip


# ---- who, and on what record ----------------------------------------------------------------


def people(users: Iterable[int]) -> Iterator[Row]:
    """Whoever acted, and which person he is himself: nobody may have judged his own case."""
    for user in User.objects.filter(pk__in=set(users)).select_related("person").order_by("pk"):
        person = getattr(user, "person", None)
        yield {"user": user.pk, "name": str(user), "person": person and person.pk}


def events(batch: Batch, filed: Iterable[Filing], users: Iterable[int]) -> list[Event]:
    """Every event of the batch, and those of others on which its rows stand."""
    entitled = list(
        Entitlement.objects.filter(certificate__batch=batch).values_list("pk", "org", "last_month")
    )
    orgs = {org for _, org, _ in entitled}
    rates = AllowanceRule.objects.filter(org__in=orgs).values_list("pk", flat=True)
    actors = Person.objects.filter(user__in=set(users)).values_list("pk", flat=True)
    subjects = [
        ref(batch.plan), *map(ref, filed), *(ref(AllowanceRule(pk=pk)) for pk in rates),
        *(ref(Entitlement(pk=pk)) for pk, _, _ in entitled),
    ]  # fmt: skip
    linked = Q(subject__in=[ref(Person(pk=pk)) for pk in actors], action="people.linked")
    own = Q(context=ref(batch))
    found = {
        event.pk: event
        for event in Event.objects.filter(own | linked | Q(subject__in=subjects))
    }  # fmt: skip
    ids = {pk for pk, _, _ in entitled}
    for event in Event.objects.filter(
        org__in=orgs, action__in=("treatment.paid", "treatment.back_paid", "treatment.appointed")
    ):
        if event.action != "treatment.appointed":
            concerned = {each["entitlement"] for each in event.data["payments"]}
        else:
            concerned = set(event.data["ended"])
        if ids & concerned:
            found[event.pk] = event
    return [found[pk] for pk in sorted(found)]


def _safe(name: str) -> str:
    """A file name that every system takes; the true one is in the JSON beside it."""
    kept = "".join(
        character if character.isprintable() and character not in '/\\:*?"<>|%' else "_"
        for character in name
    )
    return kept[-80:].strip(" .") or "file"
