"""Deeds: definitions, runs, signatures, records. Each is one transaction and one event."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.files.models import Blob
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.procedures import definition_files, queries, rules
from jiangjie.procedures.models import Choice, Definition, Run, SignOff, StepRecord


@transaction.atomic
def seed(*, at: datetime) -> None:
    """Store the definitions that come with the program. Safe to repeat.

    ValueError for a file that changed without a new version: runs may rest on the stored one.
    """
    for body in definition_files.shipped():
        rules.check_sound(rules.parse(body))
        digest = canonical.digest(body)
        definition, is_new = Definition.objects.get_or_create(
            org=None,
            code=body["code"],
            version=body["version"],
            defaults={
                "title": body["title"],
                "body": body,
                "digest": digest,
                "made_at": at,
                "activated_at": at,
            },
        )
        if definition.digest != digest:
            raise ValueError(f"{body['code']} changed: raise its version above {body['version']}")
        if is_new:
            ledger.record(
                "procedures.seeded", subject=definition, org=None, by=None, at=at, digest=digest
            )


@transaction.atomic
def make_version(
    *, org: Organisation, body: Mapping[str, Any], by: User, at: datetime
) -> Definition:
    """Store an organisation's own version, not yet in force. Its number follows the last one.

    Raises BadInput for a body outside the schema, RuleViolation for one that cannot be run or
    asks for less than the bureau's minimum. The body that is in force already is refused.
    """
    definition_files.check_schema(body)
    base = queries.minimum(body["code"])
    Organisation.objects.select_for_update().get(pk=org.pk)  # versions are counted one by one
    last = Definition.objects.filter(org=org, code=body["code"]).order_by("-version").first()
    body = {**body, "version": last.version + 1 if last else 1}
    own = rules.parse(body)
    rules.check_sound(own)
    rules.check_not_below(own, queries.procedure_of(base))
    before = last or base
    if {**before.body, "version": 0} == {**body, "version": 0}:
        raise RuleViolation("procedures.nothing_changed", gettext_noop("内容与上一版本相同。"))
    definition = Definition.objects.create(
        code=body["code"],
        version=body["version"],
        title=body["title"],
        org=org,
        body=body,
        digest=canonical.digest(body),
        made_by=by,
        made_at=at,
    )
    ledger.record(
        "procedures.version_made", subject=definition, org=org, by=by, at=at,
        version=definition.version, digest=definition.digest,
    )  # fmt: skip
    return definition


@transaction.atomic
def activate(*, definition_id: int, by: User, at: datetime) -> Definition:
    """Let an organisation's version count for its new batches; running ones keep theirs.

    The maker does not put it in force himself, and the bureau's minimum of today is checked again.
    """
    definition = Definition.objects.select_for_update(of=("self",)).get(pk=definition_id)
    if definition.org is None or definition.activated_at:
        raise RuleViolation("procedures.already_active", gettext_noop("该版本已经启用。"))
    if definition.made_by_id == by.pk:
        raise RuleViolation(
            "procedures.own_version",
            gettext_noop("起草人不能启用自己起草的程序，请由评价委员会其他成员启用。"),
        )
    base = queries.minimum(definition.code)
    rules.check_not_below(queries.procedure_of(definition), queries.procedure_of(base))
    definition.activated_at = at
    definition.save(update_fields=["activated_at"])
    ledger.record(
        "procedures.version_activated", subject=definition, org=definition.org, by=by, at=at,
        version=definition.version, digest=definition.digest,
    )  # fmt: skip
    return definition


@transaction.atomic
def start_run(*, org: Organisation, definition: Definition | None = None, at: datetime) -> Run:
    """A run that pins `definition`, or what is in force for the organisation.

    Writes no event: whoever starts one records it with what the run is for.
    """
    return Run.objects.create(
        definition=definition or queries.definition_in_force(org), org=org, opened_at=at
    )


@transaction.atomic
def sign(
    *,
    run: Run,
    step: str,
    layer: int,
    subjects: Sequence[str],
    choice: str,
    reason: str = "",
    by: User,
    at: datetime,
    context: models.Model,
    round_of: Mapping[str, int] | None = None,
    people_of: Mapping[str, int] | None = None,
) -> list[SignOff]:
    """Sign a step on one layer for all `subjects` at once; "" is the run as a whole.

    `round_of` gives a subject's round (1 unless given), `people_of` its person. Refuses a
    layer without duty in the step, a second signature of the same layer and round, two
    layers for one subject, one's own case, and a return or rejection without a reason. That
    `by` holds the layer's role is the caller's to check.
    """
    rules.check_may_sign(queries.procedure_of(run.definition).part(step), layer)
    if choice != Choice.PASS and not reason.strip():
        raise RuleViolation(
            "procedures.reason_needed", gettext_noop("退回或不同意时必须写明理由。")
        )
    round_of, wanted = round_of or {}, set(subjects)
    # Two requests of one person on two layers: the second waits here, then sees the first.
    Run.objects.select_for_update().get(pk=run.pk)
    own_person = Person.objects.filter(user=by).values_list("pk", flat=True).first()
    rules.check_separation(
        layer=layer,
        subjects=wanted,
        earlier=[
            rules.Signed(*signed)
            for signed in run.sign_offs.filter(by=by)
            .exclude(layer=layer)
            .values_list("subject", "layer")
        ],
        own_person=own_person,
        people_of=people_of or {},
    )
    taken = set(
        run.sign_offs.filter(step=step, layer=layer, subject__in=wanted).values_list(
            "subject", "round"
        )
    )
    if len(wanted) < len(subjects) or any((s, round_of.get(s, 1)) in taken for s in wanted):
        raise RuleViolation(
            "procedures.already_signed",
            gettext_noop("第%(layer)s层已为所选对象签字，不能重复签字。"),
            layer=layer,
        )
    signed = SignOff.objects.bulk_create(
        SignOff(
            run=run, step=step, layer=layer, subject=subject, round=round_of.get(subject, 1),
            choice=choice, reason=reason, by=by, at=at,
        )
        for subject in subjects
    )  # fmt: skip
    ledger.record(
        "procedures.signed", subject=run, org=run.org, by=by, at=at, context=context,
        step=step, layer=layer, choice=choice, reason=reason,
        subjects=[[signature.subject, signature.round] for signature in signed],
    )  # fmt: skip
    return signed


@transaction.atomic
def record_step(
    *,
    run: Run,
    step: str,
    note: str,
    is_skipped: bool = False,
    evidence_kind: str = "",
    blob: Blob | None = None,
    file_name: str = "",
    by: User,
    at: datetime,
    context: models.Model,
) -> StepRecord:
    """Record what was done in a step or stage, or that it does not apply.

    Evidence of a kind is a file, or a note saying where the paper lies. Refuses a blocked step, a
    mandatory one marked as not applicable, and an empty record.
    """
    part = queries.procedure_of(run.definition).part(step)
    if not note.strip() and blob is None:
        raise RuleViolation("procedures.reason_needed", gettext_noop("请填写记录或上传材料。"))
    Run.objects.select_for_update().get(pk=run.pk)
    state = queries.require_step(run, step, timezone.localdate(at))
    if is_skipped:
        rules.check_may_leave_out(part, state, note)
    record = StepRecord.objects.create(
        run=run, step=step, is_skipped=is_skipped, note=note, evidence_kind=evidence_kind,
        blob=blob, file_name=file_name, by=by, at=at,
    )  # fmt: skip
    ledger.record(
        "procedures.recorded", subject=record, org=run.org, by=by, at=at, context=context,
        step=step, is_skipped=is_skipped, note=note, evidence_kind=evidence_kind,
        blob=blob.digest if blob else "", file_name=file_name,
    )  # fmt: skip
    return record


def require_step(run: Run, step: str, today: date) -> rules.StepState:
    """Every deed of a step calls this first: its state, or RuleViolation while it is blocked."""
    return queries.require_step(run, step, today)
