"""Reads. Every path from a person to a period or an objection goes through here."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.kernel.identity import mask_name
from jiangjie.kernel.levels import Level
from jiangjie.ledger.references import ref
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures.models import SignOff
from jiangjie.publicity.models import Objection, ObjectionOutcome, PeriodKind, PublicityPeriod
from jiangjie.results.models import Decision, Outcome, ScoreEntry


def periods_visible_to(acting: Acting) -> QuerySet[PublicityPeriod]:
    """Periods of the batches one may see, each with `open_objections`."""
    return (
        PublicityPeriod.objects.filter(batch__in=batches_visible_to(acting))
        .annotate(open_objections=Count("objections", filter=Q(objections__settled_at=None)))
        .select_related("batch__org")
        .order_by("-first_day", "-pk")
    )


def public_periods(today: date) -> QuerySet[PublicityPeriod]:
    """What a stranger may read: every period that has begun, newest first."""
    return (
        PublicityPeriod.objects.filter(first_day__lte=today)
        .select_related("batch__org")
        .order_by("-first_day", "-pk")
    )


def objections_visible_to(acting: Acting) -> QuerySet[Objection]:
    return (
        Objection.objects.filter(period__in=periods_visible_to(acting))
        .select_related("period__batch__org", "application__person", "handler", "settled_by")
        .order_by("settled_at", "answer_by_day", "pk")
    )


def list_to_publish(batch: Batch, kind: str) -> list[dict[str, Any]]:
    """The masked list of a period: who qualified, or who passed; the exceptional route shown.

    `application` is kept so that an objection can name a line; it says nothing about a person.
    """
    if kind == PeriodKind.QUALIFICATION:
        chosen = Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED)
    else:
        passed = Decision.objects.filter(batch=batch, outcome=Outcome.PASSED)
        chosen = Application.objects.filter(decision__in=passed)
    ordered = chosen.select_related("person", "line").order_by("line_id", "unit_name", "pk")
    return [
        {
            "no": number,
            "application": case.pk,
            "name": mask_name(case.person.name),
            "id": case.person.id_masked,
            "unit": case.unit_name,
            "occupation": case.line.frozen["occupation_name"],
            "work_type": case.line.work_type,
            "level": Level(case.line.level).certificate_text,
            "route": "" if case.route == Route.REGULAR else Route(case.route).label,
        }
        for number, case in enumerate(ordered, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """Whose certificates may not be issued now, and whose never, because of objections."""

    whole_batch: bool
    waiting: frozenset[int]  # applications with an open objection
    upheld: frozenset[int]  # applications against which one was upheld

    def holds(self, application_id: int) -> bool:
        return self.whole_batch or application_id in self.waiting or application_id in self.upheld


def held(batch: Batch) -> Held:
    found = Objection.objects.filter(period__batch=batch).values_list(
        "application_id", "settled_at", "outcome"
    )
    is_open = [(case, settled is None) for case, settled, _ in found]
    return Held(
        whole_batch=any(opened and case is None for case, opened in is_open),
        waiting=frozenset(case for case, opened in is_open if opened and case is not None),
        upheld=frozenset(
            case for case, _, outcome in found
            if outcome == ObjectionOutcome.UPHELD and case is not None
        ),
    )  # fmt: skip


def signers_of(objection: Objection) -> frozenset[int]:
    """Users who signed or typed anything for the case concerned (for the list: for the run)."""
    case = objection.application
    run_id = objection.period.batch.run_id
    signed = SignOff.objects.filter(run_id=run_id, subject=ref(case) if case else "")
    typed = ScoreEntry.objects.filter(application=case) if case else ScoreEntry.objects.none()
    return frozenset(signed.values_list("by_id", flat=True)) | frozenset(
        typed.values_list("by_id", flat=True)
    )
