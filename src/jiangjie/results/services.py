"""Deeds: typing scores twice, settling them, correcting one, deciding a batch, signing it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.files.models import Blob
from jiangjie.files.services import read
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.ledger.references import ref
from jiangjie.marking import queries as marking
from jiangjie.marking.hooks import Changed
from jiangjie.notices import services as notices
from jiangjie.planning.models import Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Choice
from jiangjie.results import queries, rules, workbooks
from jiangjie.results.models import (
    Correction,
    Decision,
    Handover,
    Mark,
    Part,
    ScoreEntry,
    ScoreSheet,
)
from jiangjie.results.queries import STEP, TYPING

Typed = tuple[int, rules.Value]  # application id; hundredths, vote or judgement; None: absent


# ---- typing ---------------------------------------------------------------------------------


@transaction.atomic
def enter_scores(
    *, batch: Batch, part: str, entry: int, rows: Sequence[Typed], by: User, at: datetime
) -> int:
    """Type the scores of one part once (`entry` 1) or again (2); returns how many changed.

    May be repeated and mended until a candidate's score is settled. Raises RuleViolation for
    the typist of the other pass, what somebody else typed in this one, and a candidate who
    is settled or does not take the part; then nothing is kept.
    """
    batch = _locked(batch)
    procedures.require_step(batch.run, TYPING, timezone.localdate(at))
    wanted = dict(rows)
    for value in wanted.values():
        rules.check_value(part, value)
    rules.check_other_typists(queries.typists(batch, part, 3 - entry), by=by.pk)
    if not wanted.keys() <= {case.pk for case in queries.takers(batch).get(part, [])}:
        raise RuleViolation(
            "results.not_a_candidate", gettext_noop("名单中有不参加本科目考评的人员。")
        )
    if part == Part.THEORY and marking.sheet_ids(batch) & wanted.keys():
        raise RuleViolation(
            "results.marked_on_sheets",
            gettext_noop("名单中有在本系统考试的人员，其理论成绩由阅卷产生，不另行录入。"),
            source=rules.TAKEN,
        )
    before = queries.entries(batch, part, entry)
    changed = {
        case: value
        for case, value in wanted.items()
        if case not in before or before[case].value != value
    }
    if not changed:
        return 0
    if queries.settled_ids(batch, part) & changed.keys():
        raise RuleViolation(
            "results.settled_before",
            gettext_noop("成绩已核对一致，只能通过更正单修改。"),
            source=rules.SLIP,
        )
    heir_of = queries.heirs(batch, part, entry)
    for case in changed:
        if case in before and heir_of.get(before[case].by_id, before[case].by_id) != by.pk:
            raise RuleViolation(
                "results.typed_by_another",
                gettext_noop("第%(entry)s遍成绩已由%(name)s录入，由其本人修改。"),
                entry=entry,
                name=str(before[case].by),
            )
    _keep_entries(part, entry, changed, by, at)
    ledger.record(
        "results.scores_typed", subject=batch, org=batch.org, by=by, at=at, context=batch,
        part=part, entry=entry, scores=_listed(changed),
    )  # fmt: skip
    return len(changed)


@transaction.atomic
def hand_over(
    *,
    batch: Batch,
    part: str,
    entry: int,
    leaver: User,
    successor: User,
    reason: str,
    by: User,
    at: datetime,
) -> Handover:
    """Give what one typist typed in a pass, and is not settled, to another who goes on with it.

    The values stay as they were typed, and by whom. RuleViolation for a successor who had a hand
    in the other pass or may not type at all, and where nothing is left to hand over.
    """
    batch = _locked(batch)
    procedures.require_step(batch.run, TYPING, timezone.localdate(at))
    rules.check_handover(
        leaver=leaver.pk, successor=successor.pk, reason=reason,
        others=queries.typists(batch, part, 3 - entry),
        unsettled=queries.leavers(batch, part, entry).get(leaver, 0),
    )  # fmt: skip
    today = timezone.localdate(at)
    if not queries.successors(batch, part, entry, today).filter(pk=successor.pk).exists():
        raise RuleViolation("results.not_a_typist", gettext_noop("接手人没有录入成绩的角色。"))
    handover = Handover.objects.create(
        batch=batch, part=part, entry=entry, leaver=leaver, successor=successor,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip
    ledger.record(
        "results.entry_handed_over", subject=handover, org=batch.org, by=by, at=at, context=batch,
        part=part, entry=entry, leaver=leaver.pk, successor=successor.pk, reason=handover.reason,
    )  # fmt: skip
    notices.notify(
        [successor],
        gettext_noop("请接手%(batch)s第%(entry)s遍成绩的录入和核对。"),
        link=reverse("results:part_list", args=[batch.pk]),
        at=at,
        batch=batch.title,
        entry=entry,
    )
    return handover


def _keep_entries(
    part: str, entry: int, changed: Mapping[int, rules.Value], by: User, at: datetime
) -> None:
    rows = []
    for case, value in changed.items():
        row = ScoreEntry(application_id=case, part=part, entry=entry, by=by, at=at)
        row.value = value
        rows.append(row)
    ScoreEntry.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "part", "entry"],
        update_fields=["hundredths", "ayes", "voters", "is_good", "is_absent", "by", "at"],
    )


@transaction.atomic
def check_sheet(
    *, batch: Batch, part: str, entry: int, blob: Blob, file_name: str, by: User, at: datetime
) -> ScoreSheet:
    """Read a filled workbook and keep what is wrong with it; no score is stored yet.

    Raises BadInput when it is no workbook of this kind at all.
    """
    cases = queries.takers(batch).get(part, [])
    rows, faults = workbooks.read(
        read(blob), [workbooks.candidate(case) for case in cases], part=part, file_name=file_name
    )
    sheet = ScoreSheet.objects.create(
        batch=batch, part=part, entry=entry, blob=blob, file_name=file_name, good=len(rows),
        faults=[fault.to_json() for fault in faults], by=by, at=at,
    )  # fmt: skip
    ledger.record(
        "results.sheet_checked", subject=sheet, org=batch.org, by=by, at=at, context=batch,
        part=part, entry=entry, digest=blob.digest, good=len(rows), faults=len(faults),
    )  # fmt: skip
    return sheet


@transaction.atomic
def apply_sheet(*, sheet_id: int, good_rows_only: bool, by: User, at: datetime) -> int:
    """Type in what a checked workbook holds; returns how many scores changed.

    All or nothing unless `good_rows_only`. Taken in again it changes nothing.
    """
    sheet = ScoreSheet.objects.select_related("batch", "blob").get(pk=sheet_id)
    if sheet.by_id != by.pk:
        raise RuleViolation(
            "results.others_sheet", gettext_noop("成绩表由上传人本人导入，作为其录入的一遍。")
        )
    cases = queries.takers(sheet.batch).get(sheet.part, [])
    rows, faults = workbooks.read(
        read(sheet.blob),
        [workbooks.candidate(case) for case in cases],
        part=sheet.part,
        file_name=sheet.file_name,
    )
    if faults and not good_rows_only:
        raise RuleViolation(
            "results.sheet_has_faults",
            gettext_noop("成绩表有%(count)d处错误，没有导入。可改正后重新上传，或只导入正确的行。"),
            count=len(faults),
        )
    changed = enter_scores(
        batch=sheet.batch, part=sheet.part, entry=sheet.entry, rows=rows, by=by, at=at
    )
    ScoreSheet.objects.filter(pk=sheet.pk, applied_at=None).update(applied_at=at)
    return changed


@transaction.atomic
def settle_marks(*, batch: Batch, part: str, by: User, at: datetime) -> list[queries.Compared]:
    """Make marks of all pairs that agree; returns the candidates that are left."""
    batch = _locked(batch)
    procedures.require_step(batch.run, TYPING, timezone.localdate(at))
    first = queries.values(queries.entries(batch, part, 1))
    second = queries.values(queries.entries(batch, part, 2))
    taking = {case.pk for case in queries.takers(batch).get(part, [])}
    equal = {
        case: first[case]
        for case in sorted(taking & first.keys() & second.keys())
        if second[case] == first[case]
    }
    for case in queries.settled_ids(batch, part) & equal.keys():
        del equal[case]
    marks = []
    for case, value in equal.items():
        mark = Mark(application_id=case, part=part, settled_at=at)
        mark.value = value
        marks.append(mark)
    Mark.objects.bulk_create(marks)
    if equal:
        ledger.record(
            "results.marks_settled", subject=batch, org=batch.org, by=by, at=at, context=batch,
            part=part, scores=_listed(equal),
        )  # fmt: skip
    return queries.differences(batch, part)


@transaction.atomic
def take_over_theory(*, batch: Batch, by: User, at: datetime) -> list[Mark]:
    """Make marks of the theory scores that the batch's marking has released, without typing.

    Each names the script it was computed from; who stayed away from a closed sitting is absent.
    Safe to repeat: whoever has a mark keeps it. From then on a score changes by a Correction.
    RuleViolation results.nothing_to_take.
    """
    batch = _locked(batch)
    procedures.require_step(batch.run, TYPING, timezone.localdate(at))
    found = queries.to_take_over(batch)
    if not found:
        raise RuleViolation(
            "results.nothing_to_take", gettext_noop("没有已发布而尚未取用的理论成绩。")
        )
    made = []
    for case, theory in found.items():
        mark = Mark(application_id=case, part=Part.THEORY, settled_at=at, taken_from=theory.source)
        mark.value = theory.score
        made.append(mark)
    Mark.objects.bulk_create(made)
    ledger.record(
        "results.theory_taken_over", subject=batch, org=batch.org, by=by, at=at, context=batch,
        part=Part.THEORY.value,
        scores={str(case): theory.score for case, theory in found.items()},
        sources={str(case): theory.source for case, theory in found.items()},
    )  # fmt: skip
    return made


# ---- corrections ----------------------------------------------------------------------------


@transaction.atomic
def ask_correction(
    *, mark_id: int, value: rules.Value, reason: str, slip: str = "", by: User, at: datetime
) -> Correction:
    """更正单: ask for another value of a settled part, with the reason.

    `slip` is the ledger reference of the marking's own slip that the score follows.
    """
    batch = _locked(Batch.objects.get(applications__marks=mark_id))
    mark = Mark.objects.get(pk=mark_id)
    rules.check_not_final(queries.signed(batch), last_layer=queries.layers(batch)[-1])
    rules.check_value(mark.part, value)
    rules.check_correction(reason=reason, before=mark.value, after=value)
    if mark.corrections.filter(decided_at=None).exists():
        raise RuleViolation("results.correction_open", gettext_noop("该成绩已有待审核的更正单。"))
    correction = Correction.objects.create(
        mark=mark, before=rules.format_value(mark.value), after=rules.format_value(value),
        reason=reason.strip(), asked_by=by, asked_at=at,
    )  # fmt: skip
    ledger.record(
        "results.correction_asked", subject=correction, org=batch.org, by=by, at=at,
        context=batch, application=mark.application_id, part=mark.part,
        before=correction.before, after=correction.after, reason=correction.reason,
        **({"slip": slip} if slip else {}),
    )  # fmt: skip
    return correction


@transaction.atomic
def decide_correction(*, correction_id: int, accept: bool, by: User, at: datetime) -> Correction:
    """Accept or refuse a correction; somebody else than who asked. Accepted: decided anew.

    Nothing changes under a signature: while the list is signed it must be returned first.
    """
    batch = _locked(Batch.objects.get(applications__marks__corrections=correction_id))
    correction = Correction.objects.select_related("mark").get(pk=correction_id)
    if correction.decided_at is not None:
        raise RuleViolation("results.correction_closed", gettext_noop("该更正单已审核。"))
    rules.check_decides_other(asked_by=correction.asked_by_id, decided_by=by.pk)
    mark = correction.mark
    if accept:
        rules.check_unsigned(queries.signed(batch))
        mark.value = rules.parse_value(mark.part, correction.after)
        mark.save()
        Decision.objects.filter(application=mark.application_id).delete()
    correction.decided_by, correction.decided_at = by, at
    correction.is_accepted = accept
    correction.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    ledger.record(
        "results.correction_decided", subject=correction, org=batch.org, by=by, at=at,
        context=batch, is_accepted=accept, application=mark.application_id, part=mark.part,
        before=correction.before, after=correction.after,
    )  # fmt: skip
    return correction


def follow_marking(changed: Changed) -> None:
    """A question's points were corrected in marking, by two people: the score follows by a slip
    that the same two have signed. Nothing to do for a score that was not taken over."""
    # Held before looking: the scores may be about to be taken over.
    _locked(Batch.objects.get(applications=changed.application_id))
    mark = Mark.objects.filter(
        application=changed.application_id, part=Part.THEORY, taken_from=changed.script
    ).first()
    if mark is None:
        return
    if mark.value != changed.before:
        raise RuleViolation(
            "results.corrected_before",
            gettext_noop("该理论成绩已另行更正为%(value)s，请先在成绩更正单中处理。"),
            value=rules.format_value(mark.value),
        )
    correction = ask_correction(
        mark_id=mark.pk, value=changed.after, reason=changed.reason, slip=changed.slip,
        by=changed.asked_by, at=changed.at,
    )  # fmt: skip
    decide_correction(
        correction_id=correction.pk, accept=True, by=changed.decided_by, at=changed.at
    )  # fmt: skip


# ---- deciding and signing -------------------------------------------------------------------


@transaction.atomic
def decide_batch(*, batch: Batch, by: User, at: datetime) -> list[Decision]:
    """Compute the composite result of every candidate who has none yet.

    Raises RuleViolation while a mark is missing or a correction is open.
    """
    batch = _locked(batch)
    procedures.require_step(batch.run, STEP, timezone.localdate(at))
    _check_no_open_correction(batch)
    everybody = list(queries.candidates(batch).select_related("decision"))
    cases = [case for case in everybody if not hasattr(case, "decision")]
    if not everybody:
        raise RuleViolation("results.nobody", gettext_noop("本批次没有审核通过的考生。"))
    by_level = queries.rules_by_level(batch)
    exempt = queries.exemptions([batch], cases)
    marks = queries.marks_of(cases)
    made = [
        _decided(
            case, by_level[case.line.level], marks[case.pk], exempt.get(case.pk, frozenset()), at
        )
        for case in cases
    ]
    Decision.objects.bulk_create(made)
    if made:
        ledger.record(
            "results.decided", subject=batch, org=batch.org, by=by, at=at, context=batch,
            outcomes={str(each.application_id): each.outcome for each in made},
            digest=queries.results_digest(batch),
        )  # fmt: skip
    return made


def _decided(
    case: Application,
    rule: Mapping[str, Any],
    marks: Mapping[str, rules.Value],
    exempt: frozenset[str],
    at: datetime,
) -> Decision:
    inputs = rules.inputs_of(rule, marks, exempt=exempt)
    outcome, explanation = rules.decide(inputs)
    return Decision(
        application=case, batch_id=case.batch_id, outcome=outcome, inputs=inputs,
        explanation=explanation, decided_at=at,
    )  # fmt: skip


@transaction.atomic
def sign_results(
    *,
    batch: Batch,
    layer: int,
    choice: str = Choice.PASS,
    reason: str = "",
    digest: str = "",
    by: User,
    at: datetime,
) -> None:
    """Sign or return the result list as a whole, lower layers first.

    `digest` is the list the signer has seen (queries.results_digest); "" for a caller that
    reads and signs in one go. A returned list is signed by every layer anew.
    """
    batch = _locked(batch)
    procedures.require_step(batch.run, STEP, timezone.localdate(at))
    signed = queries.signed(batch)
    if queries.is_final(batch, signed):
        raise RuleViolation("results.signed_already", gettext_noop("评定结果已经审定。"))
    rules.check_turn(signed, layer=layer, layers=queries.layers(batch))
    now = queries.results_digest(batch)
    if choice == Choice.PASS:
        _check_complete(batch)
        if digest and digest != now:
            raise RuleViolation(
                "results.list_changed",
                gettext_noop("您查看之后结果汇总表已有变动，请重新核对后签署。"),
            )
    cases = queries.candidates(batch).values_list("pk", "person_id")
    procedures.sign(
        run=batch.run, step=STEP, layer=layer, subjects=[""], choice=choice, reason=reason,
        by=by, at=at, context=batch, round_of={"": rules.current_round(signed)},
        people_of={ref(Application(pk=pk)): person for pk, person in cases},
    )  # fmt: skip
    # The procedure's own event names layer and choice; this one, what was signed.
    ledger.record(
        "results.signed", subject=batch, org=batch.org, by=by, at=at, context=batch,
        layer=layer, choice=choice, digest=now,
    )  # fmt: skip
    if queries.is_final(batch, queries.signed(batch)):
        _tell_candidates(batch, at)


def _check_complete(batch: Batch) -> None:
    if not queries.candidates(batch).exists():
        raise RuleViolation("results.nobody", gettext_noop("本批次没有审核通过的考生。"))
    if queries.candidates(batch).filter(decision=None).exists():
        raise RuleViolation(
            "results.undecided", gettext_noop("尚有考生未评定结果，不能签署结果汇总表。")
        )
    _check_no_open_correction(batch)
    if marking.is_disputed(batch):
        raise RuleViolation(
            "results.recheck_open",
            gettext_noop("尚有理论成绩复核申请或题目得分更正单未办结，不能签署结果汇总表。"),
        )


def _check_no_open_correction(batch: Batch) -> None:
    if Correction.objects.filter(mark__application__batch=batch, decided_at=None).exists():
        raise RuleViolation(
            "results.correction_open", gettext_noop("尚有更正单未审核，请先审核更正单。")
        )


def _tell_candidates(batch: Batch, at: datetime) -> None:
    notices.notify(
        User.objects.filter(person__applications__decision__batch=batch).distinct(),
        gettext_noop("%(batch)s的评定结果已审定，可查看本人成绩。"),
        link="/me/results/",
        at=at,
        batch=batch.title,
    )


def _listed(scores: Mapping[int, rules.Value]) -> dict[str, rules.Json]:
    return {str(case): rules.to_json(value) for case, value in scores.items()}


def _locked(batch: Batch) -> Batch:
    """The batch, held until the transaction ends: typing, correcting, deciding and signing one
    batch wait for each other."""
    return (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "run__definition", "pack")
        .get(pk=batch.pk)
    )
