"""更正单 after the summing: one asks with a reason, another decides."""

from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.ledger.references import ref
from jiangjie.marking import hooks, queries, shown
from jiangjie.marking.models import Recheck, Round, Script, Slip
from jiangjie.marking.rules import marks, rechecks
from jiangjie.marking.services.rounds import locked, sum_up
from jiangjie.marking.services.settling import settle

SLIP = "本系统规定（推定）：合分后不得改动得分，更正须填更正单并由他人审核"


@transaction.atomic
def ask_slip(
    *, script_id: int, unit: int, points: int, reason: str, recheck: Recheck | None = None,
    by: User, at: datetime,
) -> Slip:  # fmt: skip
    """Ask for other points of one question of a summed script."""
    found, script = _script(script_id)
    check_uninvolved(script, by)
    before = script.marks.get(str(unit))
    if before is None:
        raise RuleViolation("marking.no_such_question", gettext_noop("答卷没有这一题。"))
    assert script.sheet.seat.paper is not None  # noqa: S101 -- a sheet is only made of a paper
    whole = next(
        each.points for each in shown.units(script.sheet.seat.paper) if each.number == unit
    )
    marks.check_points(points, whole)
    if not reason.strip():
        raise RuleViolation(
            "marking.reason_missing", gettext_noop("更正得分必须写明理由。"), source=SLIP
        )
    if points == before:
        raise RuleViolation("marking.nothing_corrected", gettext_noop("更正后的得分与原得分相同。"))
    if script.slips.filter(decided_at=None).exists():
        raise RuleViolation("marking.slip_open", gettext_noop("尚有更正单未审核，请先审核。"))
    slip = Slip.objects.create(
        script=script, unit=unit, before=before, after=points, reason=reason.strip(),
        recheck=recheck, asked_by=by, asked_at=at,
    )  # fmt: skip
    ledger.record(
        "marking.slip_asked", subject=slip, org=found.batch.org, by=by, at=at, context=found.batch,
        script=script.pk, application=script.sheet.seat.application_id, unit=unit,
        before=before, after=points, reason=slip.reason,
    )  # fmt: skip
    return slip


@transaction.atomic
def decide_slip(*, slip_id: int, accept: bool, by: User, at: datetime) -> Slip:
    """Accept or refuse, by somebody else than who asked; the score follows.

    A score that was released is corrected in the results too; what forbids that there (a signed
    result list) refuses the slip here.
    """
    found, script = _script(Slip.objects.values_list("script", flat=True).get(pk=slip_id))
    slip = Slip.objects.select_related("asked_by", "recheck").get(pk=slip_id)
    if slip.decided_at is not None:
        raise RuleViolation("marking.slip_closed", gettext_noop("该更正单已审核。"))
    if slip.asked_by_id == by.pk:
        raise RuleViolation(
            "marking.own_slip", gettext_noop("更正单须由申请人以外的人审核。"), source=SLIP
        )
    check_uninvolved(script, by)
    before = script.score
    if accept:
        script.marks[str(slip.unit)] = slip.after
        sum_up(script)
        script.save(update_fields=["marks", "earned", "score"])
    slip.decided_by, slip.decided_at, slip.is_accepted = by, at, accept
    slip.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    ledger.record(
        "marking.slip_decided", subject=slip, org=found.batch.org, by=by, at=at,
        context=found.batch, script=script.pk, application=script.sheet.seat.application_id,
        unit=slip.unit, is_accepted=accept, before=slip.before, after=slip.after,
        score=script.score,
    )  # fmt: skip
    if found.released_at is not None and before is not None and script.score != before:
        _tell_above(script, slip, before, by, at)
    if slip.recheck_id is not None:
        settle(found, slip.recheck_id, by=by, at=at)
    return slip


def _tell_above(script: Script, slip: Slip, before: int, by: User, at: datetime) -> None:
    assert script.score is not None and script.earned is not None  # noqa: S101 -- summed
    changed = hooks.Changed(
        application_id=script.sheet.seat.application_id, before=before, after=script.score,
        earned=script.earned, possible=script.possible, reason=slip.reason, script=ref(script), slip=ref(slip),
        asked_by=slip.asked_by, asked_at=slip.asked_at, decided_by=by, at=at,
    )  # fmt: skip
    for listener in hooks.listeners():
        listener(changed)


def _script(script_id: int) -> tuple[Round, Script]:
    """The script, its round held until the transaction ends."""
    found = locked(Script.objects.values_list("round", flat=True).get(pk=script_id))
    script = Script.objects.select_related("sheet__seat__paper", "sheet__seat__application").get(
        pk=script_id
    )
    if found.closed_at is None:
        raise RuleViolation("marking.not_closed", gettext_noop("合分后才能填更正单。"))
    return found, script


def check_uninvolved(script: Script, by: User) -> None:
    """Who asks for other points, decides on them or checks a script is neither its candidate nor
    one of its markers."""
    person = getattr(by, "person", None)
    rechecks.check_uninvolved(
        user=by.pk, person=person.pk if person else None,
        candidate=script.sheet.seat.application.person_id,
        markers=queries.markers_of_script(script),
    )  # fmt: skip
