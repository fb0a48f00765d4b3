"""Deeds: typing scores twice, settling them, correcting one, deciding a batch, signing it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.planning.models import Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Choice, SignOff
from jiangjie.results import queries, rules
from jiangjie.results.models import Correction, Decision, Mark, ScoreEntry

STEP = "S12"
Typed = tuple[int, int | None]  # application id, hundredths (None: absent)


@transaction.atomic
def enter_scores(
    *, batch: Batch, part: str, entry: int, rows: Sequence[Typed], by: User, at: datetime
) -> int:
    """Type the scores of one part once (`entry` 1) or again (2); returns how many changed.

    May be repeated and mended until the part is settled. The second typing takes another
    person than the first. Raises RuleViolation for a foreign or settled candidate.
    """
    batch = _locked(batch)
    procedures.require_step(run=batch.run, step=STEP, today=timezone.localdate(at))
    other = queries.typist(batch, part, 3 - entry)
    rules.check_second_typist(first_by=other, second_by=by.pk)
    allowed = {case.pk for case in queries.candidates_of_part(batch, part)}
    wanted = dict(rows)
    if not wanted.keys() <= allowed:
        raise RuleViolation(
            "results.not_a_candidate", gettext_noop("名单中有不参加本科目考评的人员。")
        )
    if Mark.objects.filter(application__in=wanted, part=part).exists():
        raise RuleViolation(
            "results.settled_before",
            gettext_noop("成绩已核对一致，只能通过更正单修改。"),
        )
    before = queries.entries(batch, part, entry)
    changed = {
        case: value for case, value in wanted.items() if case not in before or before[case] != value
    }
    ScoreEntry.objects.bulk_create(
        [
            ScoreEntry(
                application_id=case, part=part, entry=entry, hundredths=value,
                is_absent=value is None, by=by, at=at,
            )
            for case, value in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["application", "part", "entry"],
        update_fields=["hundredths", "is_absent", "by", "at"],
    )  # fmt: skip
    if changed:
        ledger.record(
            "results.scores_typed", subject=batch, org=batch.org, by=by, at=at, context=batch,
            part=part, entry=entry, scores=_listed(changed.items()),
        )  # fmt: skip
    return len(changed)


@transaction.atomic
def settle_marks(
    *, batch: Batch, part: str, by: User, at: datetime
) -> tuple[rules.Difference, ...]:
    """Make marks of all pairs that agree; returns the differences that are left."""
    batch = _locked(batch)
    first, second = queries.entries(batch, part, 1), queries.entries(batch, part, 2)
    known = set(
        Mark.objects.filter(application__batch=batch, part=part).values_list(
            "application_id", flat=True
        )
    )
    equal = {
        case: value
        for case, value in first.items()
        if case in second and second[case] == value and case not in known
    }
    Mark.objects.bulk_create(
        Mark(
            application_id=case, part=part, hundredths=value, is_absent=value is None,
            settled_at=at,
        )
        for case, value in equal.items()
    )  # fmt: skip
    if equal:
        ledger.record(
            "results.marks_settled", subject=batch, org=batch.org, by=by, at=at, context=batch,
            part=part, scores=_listed(equal.items()),
        )  # fmt: skip
    return queries.differences(batch, part)


@transaction.atomic
def ask_correction(
    *, mark_id: int, hundredths: int | None, is_absent: bool, reason: str, by: User, at: datetime
) -> Correction:
    """更正单: ask for another score of a settled part, with the reason."""
    mark = _locked_mark(mark_id)
    before = None if mark.is_absent else mark.hundredths
    rules.check_correction(
        reason=reason, before=before, after=hundredths, absent=is_absent and not mark.is_absent
    )
    if mark.corrections.filter(decided_at=None).exists():
        raise RuleViolation("results.correction_open", gettext_noop("该成绩已有待审核的更正单。"))
    correction = Correction.objects.create(
        mark=mark, before_hundredths=before, after_hundredths=hundredths,
        after_absent=is_absent, reason=reason.strip(), asked_by=by, asked_at=at,
    )  # fmt: skip
    batch = mark.application.batch
    ledger.record(
        "results.correction_asked", subject=correction, org=batch.org, by=by, at=at,
        context=batch, application=mark.application_id, part=mark.part, before=before,
        after=hundredths, reason=correction.reason,
    )  # fmt: skip
    return correction


@transaction.atomic
def decide_correction(*, correction_id: int, accept: bool, by: User, at: datetime) -> Correction:
    """Accept or refuse a correction; somebody else than who asked. Accepted: decided anew."""
    correction = (
        Correction.objects.select_for_update(of=("self",))
        .select_related("mark__application__batch")
        .get(pk=correction_id)
    )
    if correction.decided_at is not None:
        raise RuleViolation("results.correction_closed", gettext_noop("该更正单已审核。"))
    rules.check_decides_other(asked_by=correction.asked_by_id, decided_by=by.pk)
    batch = _locked(correction.mark.application.batch)
    _check_unsigned(batch)
    correction.decided_by = by
    correction.decided_at = at
    correction.is_accepted = accept
    correction.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    if accept:
        mark = correction.mark
        mark.hundredths = None if correction.after_absent else correction.after_hundredths
        mark.is_absent = correction.after_absent
        mark.save(update_fields=["hundredths", "is_absent"])
        Decision.objects.filter(application=mark.application).delete()
    ledger.record(
        "results.correction_decided", subject=correction, org=batch.org, by=by, at=at,
        context=batch, is_accepted=accept, application=correction.mark.application_id,
        part=correction.mark.part, after=correction.after_hundredths,
    )  # fmt: skip
    return correction


@transaction.atomic
def decide_batch(*, batch: Batch, by: User, at: datetime) -> list[Decision]:
    """Compute the composite result of every candidate who has none yet.

    Raises RuleViolation while a mark is missing or a correction is open.
    """
    batch = _locked(batch)
    procedures.require_step(run=batch.run, step=STEP, today=timezone.localdate(at))
    if Correction.objects.filter(mark__application__batch=batch, decided_at=None).exists():
        raise RuleViolation(
            "results.correction_open", gettext_noop("尚有更正单未审核，不能评定结果。")
        )
    cases = list(queries.candidates(batch).filter(decision=None))
    by_level = queries.parts_by_level(batch)
    marks = queries.marks_of(cases)
    made = [_decided(batch, case, by_level[case.line.level], marks[case.pk], at) for case in cases]
    Decision.objects.bulk_create(made)
    if made:
        ledger.record(
            "results.decided", subject=batch, org=batch.org, by=by, at=at, context=batch,
            outcomes={str(each.application_id): each.outcome for each in made},
            digest=results_digest(batch),
        )  # fmt: skip
    return made


def _decided(
    batch: Batch,
    case: Application,
    parts: Sequence[dict[str, object]],
    marks: dict[str, tuple[int | None, bool]],
    at: datetime,
) -> Decision:
    inputs = rules.inputs_of(parts, marks, exempt=queries.exempt_parts(case))
    outcome, explanation = rules.decide(inputs)
    return Decision(
        application=case, batch=batch, outcome=outcome, inputs=inputs,
        explanation=explanation, decided_at=at,
    )  # fmt: skip


@transaction.atomic
def sign_results(
    *,
    batch: Batch,
    layer: int,
    choice: str = Choice.PASS,
    reason: str = "",
    by: User,
    at: datetime,
) -> None:
    """Sign the result list as a whole, layer 2 (office) and then layer 3 (committee)."""
    batch = _locked(batch)
    procedures.require_step(run=batch.run, step=STEP, today=timezone.localdate(at))
    if queries.candidates(batch).filter(decision=None).exists():
        raise RuleViolation(
            "results.undecided", gettext_noop("尚有考生未评定结果，不能签署结果汇总表。")
        )
    procedures.sign(
        run=batch.run, step=STEP, layer=layer, subjects=[""], choice=choice, reason=reason,
        by=by, at=at, context=batch, digest=results_digest(batch),
    )  # fmt: skip


def results_digest(batch: Batch) -> str:
    """SHA-256 over the list of outcomes: what the signatures and the publicity stand for."""
    rows = list(
        Decision.objects.filter(batch=batch)
        .order_by("application_id")
        .values_list("application_id", "outcome")
    )
    return canonical.digest([[case, outcome] for case, outcome in rows])


def _listed(scores: Iterable[Typed]) -> dict[str, int | None]:
    return {str(case): value for case, value in scores}


def _check_unsigned(batch: Batch) -> None:
    """What was signed is not changed under the signature: the list must be returned first."""
    last = SignOff.objects.filter(run=batch.run, step=STEP, subject="").order_by("-pk").first()
    if last is not None and last.choice == Choice.PASS:
        raise RuleViolation(
            "results.signed_before",
            gettext_noop("结果汇总表已签署；须由评价委员会退回后方可更正成绩。"),
        )


def _locked(batch: Batch) -> Batch:
    return (
        Batch.objects.select_for_update(of=("self",))
        .select_related("org", "run", "pack")
        .get(pk=batch.pk)
    )


def _locked_mark(mark_id: int) -> Mark:
    return (
        Mark.objects.select_for_update(of=("self",))
        .select_related("application__batch__org")
        .get(pk=mark_id)
    )
