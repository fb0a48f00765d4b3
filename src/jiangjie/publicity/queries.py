"""Reads. Every path from a person to a period or an objection goes through here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet
from django.utils import timezone

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.identity import mask_name
from jiangjie.kernel.levels import Level
from jiangjie.kernel.workdays import WorkCalendar
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.queries import pack_of, work_calendar
from jiangjie.procedures.models import SignOff
from jiangjie.publicity import rules
from jiangjie.publicity.models import Objection, ObjectionOutcome, PeriodKind, PublicityPeriod
from jiangjie.results.models import Correction, Decision, Outcome, ScoreEntry
from jiangjie.results.queries import is_final, plain, signatures

STEP_OF = {PeriodKind.QUALIFICATION: "S07", PeriodKind.RESULT: "S13"}
REVIEWED, DECIDED = "S06", "S12"  # the steps whose signatures stand for what is published
HANDLERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR)


# ---- periods --------------------------------------------------------------------------------


# The number of lines, counted in the database: lists need not fetch the lines themselves.
PEOPLE = Func(F("rows"), function="jsonb_array_length", output_field=IntegerField())


def periods_visible_to(acting: Acting) -> QuerySet[PublicityPeriod]:
    """Periods of the batches one may see, each with `people` and `open_objections`."""
    return (
        PublicityPeriod.objects.filter(batch__in=batches_visible_to(acting))
        .annotate(
            people=PEOPLE,
            open_objections=Count("objections", filter=Q(objections__settled_at=None)),
        )
        .select_related("batch__org")
        .order_by("-first_day", "-pk")
    )


def public_periods(today: date) -> QuerySet[PublicityPeriod]:
    """What a stranger may read: every period that has begun, newest first, with `people`."""
    return (
        PublicityPeriod.objects.filter(first_day__lte=today)
        .annotate(people=PEOPLE)
        .select_related("batch__org", "batch__announcement")
        .order_by("-first_day", "-pk")
    )


def term_of(batch: Batch, kind: str) -> rules.PublicityTerm:
    """The term of the batch's frozen pack."""
    term = policy_rules.publicity_term(pack_of(batch.pack), kind)
    return rules.PublicityTerm(
        term.days, term.calendar.value, term.clause.source, term.clause.confidence.value
    )


def empty_rule(batch: Batch) -> Clause | None:
    """Whether a result that nobody passed is published; None in a pack frozen before that was
    asked."""
    entry = pack_of(batch.pack).entries.get("publicity.empty_result")
    return entry.clause if entry else None


def is_empty_published(batch: Batch) -> bool:
    """It is, unless the pack says that it is not."""
    return empty_rule(batch) is None or pack_of(batch.pack).flag("publicity.empty_result")


def unpublished_empty(batches: QuerySet[Batch]) -> dict[int, date]:
    """Those whose final result nobody passed and whose pack asks for no publicity then, by the
    day on which it became final. One query where no pack says so, else three."""
    waiving = list(
        batches.filter(**{"pack__body__entries__publicity.empty_result__value": False})
        .exclude(decisions__outcome=Outcome.PASSED)
        .select_related("run__definition")
    )
    if not waiving:
        return {}
    signed = signatures([batch.run_id for batch in waiving])
    return {
        batch.pk: timezone.localdate(signed[batch.run_id][-1].at)
        for batch in waiving
        if is_final(batch, [plain(each) for each in signed[batch.run_id]])
    }


def last_day(batch: Batch, kind: str, first_day: date) -> date:
    """What `open_period` would compute. Raises CalendarGap past the loaded years."""
    return rules.last_day(first_day, term_of(batch, kind), work_calendar())


def clock_of(period: PublicityPeriod, today: date) -> rules.Clock:
    """From what was frozen with the period; no query."""
    return rules.clock(
        first_day=period.first_day,
        last_day=period.last_day,
        today=today,
        term=rules.PublicityTerm(
            period.term_days, period.term_calendar, period.term_source, period.term_confidence
        ),
        calendar=WorkCalendar.from_dict(period.calendar),
    )


def rows_matching(period: PublicityPeriod, text: str) -> list[dict[str, Any]]:
    """Lines of the list in which the text occurs, as they are published."""
    if not (text := text.strip()):
        return list(period.rows)
    return [
        row
        for row in period.rows
        if any(text in str(row[name]) for name in ("name", "id", "unit", "occupation", "level"))
    ]


# ---- objections -----------------------------------------------------------------------------


def objections_visible_to(acting: Acting, user: User) -> QuerySet[Objection]:
    """Those of one's own organisation for whoever may handle one; never those against oneself."""
    found = Objection.objects.select_related(
        "period__batch__org", "application__person", "handler", "settled_by"
    ).order_by("-settled_at", "answer_by_day", "pk")
    if acting.org is None or not acting.has(*HANDLERS):
        return found.none()
    against_me = Q(application__isnull=False, application__person__user=user)
    return found.filter(period__batch__org=acting.org).exclude(against_me)


def objection_by_receipt(receipt: str) -> Objection | None:
    """The receipt is a secret of ten random characters; spaces and small letters are forgiven."""
    wanted = "".join(receipt.split()).upper()
    return (
        Objection.objects.filter(receipt=wanted)
        .select_related("period__batch__org", "handler")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who might be given an objection; `refusal` says why he may not."""

    user: User
    refusal: RuleViolation | None


def handlers_for(objection: Objection, today: date) -> list[Handler]:
    """Everybody of the evaluator with a fitting role, the independent ones first."""
    held = (
        Membership.objects.filter(
            Q(until=None) | Q(until__gte=today),
            org=objection.period.batch.org,
            role__in=HANDLERS,
            since__lte=today,
            user__is_active=True,
        )
        .select_related("user__person")
        .order_by("user__display_name", "user")
    )
    involved = involved_in(objection)
    found = [
        Handler(user, independence(objection, user, involved))
        for user in dict.fromkeys(each.user for each in held)
    ]
    return sorted(found, key=lambda each: each.refusal is not None)


def independence(
    objection: Objection, user: User, involved: frozenset[int]
) -> RuleViolation | None:
    """Why a user may not handle the objection; None when he may."""
    person = getattr(user, "person", None)
    case = objection.application
    try:
        rules.check_handler(
            handler=user.pk,
            handler_person=person.pk if person else None,
            concerned_person=case.person_id if case else None,
            signers=involved,
        )
    except RuleViolation as why:
        return why
    return None


def involved_in(objection: Objection) -> frozenset[int]:
    """Users who signed, typed, corrected or published anything of what is objected to.

    Against one person: his own case, and the result list, whose signatures concern everybody on
    it. Against the list: every signature and every score of the batch.
    """
    period, case = objection.period, objection.application
    batch = period.batch
    signed = SignOff.objects.filter(run=batch.run_id, step__in=(REVIEWED, DECIDED))
    typed = ScoreEntry.objects.filter(application__batch=batch)
    slips = Correction.objects.filter(mark__application__batch=batch)
    if case is not None:
        signed = signed.filter(subject__in=(ref(case), ""))
        typed = typed.filter(application=case)
        slips = slips.filter(mark__application=case)
    found = {period.opened_by_id, *signed.values_list("by", flat=True)}
    found |= set(typed.values_list("by", flat=True))
    for pair in slips.values_list("asked_by", "decided_by"):
        found |= set(pair)
    return frozenset(each for each in found if each is not None)


def history(objection: Objection) -> QuerySet[Event]:
    """What was done, and who looked at the objector's name, in order."""
    return Event.objects.filter(subject=ref(objection)).select_related("by").order_by("pk")


# ---- what is published ----------------------------------------------------------------------


def list_to_publish(batch: Batch, kind: str) -> list[dict[str, Any]]:
    """The masked list of a period: who qualified, or who passed; the exceptional route shown.

    `application` is kept so that an objection can name a line; it says nothing about a person.
    """
    if kind == PeriodKind.QUALIFICATION:
        chosen = Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED)
    else:
        passed = Decision.objects.filter(batch=batch, outcome=Outcome.PASSED)
        # Whoever was struck off in the first publicity does not come back in the second.
        chosen = Application.objects.filter(decision__in=passed).exclude(pk__in=held(batch).upheld)
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
            "route": "" if case.route == Route.REGULAR else str(Route(case.route).label),
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
    return held_of([batch])[batch.pk]


def held_of(batches: Collection[Batch]) -> dict[int, Held]:
    """By batch. One query."""
    found: dict[int, list[tuple[int | None, bool, str]]] = {batch.pk: [] for batch in batches}
    for batch_id, case, settled_at, outcome in Objection.objects.filter(
        period__batch__in=batches
    ).values_list("period__batch", "application_id", "settled_at", "outcome"):
        found[batch_id].append((case, settled_at is None, outcome))
    return {batch_id: _held(objections) for batch_id, objections in found.items()}


def _held(objections: Sequence[tuple[int | None, bool, str]]) -> Held:
    return Held(
        whole_batch=any(is_open and case is None for case, is_open, _ in objections),
        waiting=frozenset(
            case for case, is_open, _ in objections if is_open and case is not None
        ),
        upheld=frozenset(
            case for case, _, outcome in objections
            if outcome == ObjectionOutcome.UPHELD and case is not None
        ),
    )  # fmt: skip
