"""Reads: who sees which application, whose turn it is, what somebody holds already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Count, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import (
    Application,
    ApplicationState,
    Intake,
    RosterImport,
    Route,
)
from jiangjie.applications.rules.review import Held
from jiangjie.ledger.references import ref
from jiangjie.orgs.queries import ancestor_ids, family_ids
from jiangjie.people.models import HeldCertificate, Person
from jiangjie.people.queries import current_employments
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.planning.queries import batches_visible_to
from jiangjie.procedures.models import SignOff

Cases = QuerySet[Application]

# Cases that a reviewer may let pass: a clause is met, or an exceptional route was approved for.
MAY_PASS = Q(is_eligible=True) | ~Q(route=Route.REGULAR)


def applications_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Application]:
    """Those of the batches one may see, for a clerk only of his own units; one's own always.

    What was never submitted is nobody's but the person's and whoever entered it for him.
    """
    staff = Q(batch__in=batches_visible_to(acting))
    if acting.org is not None and acting.roles <= {Role.CLERK, Role.WORKER}:
        staff &= Q(unit__in=family_ids(acting.org))
    entered = Q(started_by=user) if user is not None else Q(pk__in=[])
    staff &= Q(submitted_at__isnull=False) | entered
    own = Q(person__user=user) if user is not None else Q(pk__in=[])
    return (
        Application.objects.filter(staff | own)
        .select_related("person", "line", "batch__org", "unit")
        .order_by("-submitted_at", "pk")
    )


def own_applications(user: User) -> QuerySet[Application]:
    return (
        Application.objects.filter(person__user=user)
        .select_related("line", "batch__org", "batch__pack", "person")
        .order_by("-pk")
    )


def rosters_visible_to(acting: Acting) -> QuerySet[RosterImport]:
    seen = RosterImport.objects.filter(batch__in=batches_visible_to(acting))
    if acting.org is not None and acting.roles <= {Role.CLERK, Role.WORKER}:
        seen = seen.filter(checked_by__memberships__org=acting.org).distinct()
    return seen.select_related("batch__org", "checked_by").order_by("-checked_at")


def waiting_for(
    batches: Iterable[Batch] | QuerySet[Batch], layer: int, units: set[int] | None = None
) -> QuerySet[Application]:
    """Cases whose turn it is on a layer, oldest first; for layer 1 those of the given units."""
    waiting = Application.objects.filter(batch__in=batches, turn=layer)
    if units is not None:
        waiting = waiting.filter(unit__in=units)
    return waiting.select_related("person", "line", "batch__org", "unit").order_by(
        "submitted_at", "pk"
    )


def levels_held(people: Sequence[Person], *, batch: Batch) -> dict[int, list[Held]]:
    """What each holds by certificate, or seeks in another batch that is still to be examined
    when this one opens (what was examined before shows as a certificate). Two queries."""
    held: dict[int, list[Held]] = defaultdict(list)
    for one in HeldCertificate.objects.filter(person__in=people):
        held[one.person_id].append(Held(one.occupation_code, one.level, one.number))
    elsewhere = (
        Application.objects.filter(
            person__in=people,
            state__in=[
                ApplicationState.SUBMITTED,
                ApplicationState.RETURNED,
                ApplicationState.QUALIFIED,
            ],
            batch__exam_on__gte=batch.apply_from,
        )
        .exclude(batch=batch)
        .select_related("line", "batch")
    )
    for case in elsewhere:
        held[case.person_id].append(
            Held(case.line.frozen["occupation_code"], case.line.level, case.batch.title)
        )
    return held


def open_lines_for(person: Person, today: date) -> list[tuple[Batch, list[BatchLine]]]:
    """Announced batches that take applications today at evaluators above the person's employer,
    each with the lines of his trades above what he holds. A constant number of queries."""
    job = current_employments([person], today).get(person.pk)
    if job is None or job.org is None:
        return []
    batches = (
        Batch.objects.filter(
            org__in=ancestor_ids(job.org),
            announcement__isnull=False,
            apply_from__lte=today,
            apply_until__gte=today,
        )
        .select_related("org", "pack", "announcement")
        .prefetch_related("lines")
        .order_by("apply_until", "pk")
    )
    trades = set(person.employments.values_list("occupation_code", "work_type"))
    held: dict[str, int] = {}
    for code, level in person.held_certificates.values_list("occupation_code", "level"):
        held[code] = max(level, held.get(code, 0))
    found = []
    for batch in batches:
        lines = [line for line in batch.lines.all() if _suits(line, trades, held)]
        lines.sort(key=lambda line: (line.standard_id, line.level, line.work_type))
        found.append((batch, lines))
    return found


def _suits(line: BatchLine, trades: set[tuple[str, str]], held: dict[str, int]) -> bool:
    code = line.frozen["occupation_code"]
    of_trade = (
        (code, line.work_type) in trades
        if line.work_type
        else any(code == each for each, _ in trades)
    )
    return of_trade and line.level > held.get(code, 0)


def history(case: Application) -> list[SignOff]:
    """Every signature on the case, oldest first."""
    return list(
        SignOff.objects.filter(run_id=case.batch.run_id, subject=ref(case))
        .select_related("by")
        .order_by("at", "pk")
    )


def state_counts(cases: Cases) -> dict[str, int]:
    """How many cases are in each state."""
    counted = cases.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in counted}


def waiting_counts(cases: Cases) -> dict[int, dict[str, int]]:
    """By layer how many wait for it that may be passed, and that may not."""
    rows = (
        cases.filter(turn__isnull=False)
        .order_by()
        .values("turn")
        .annotate(eligible=Count("pk", filter=MAY_PASS), ineligible=Count("pk", filter=~MAY_PASS))
    )
    return {
        int(row["turn"] or 0): {"eligible": row["eligible"], "ineligible": row["ineligible"]}
        for row in rows
    }


def waiting_by_verdict(cases: Cases, layer: int, *, eligible: bool) -> Cases:
    return cases.filter(MAY_PASS if eligible else ~MAY_PASS, turn=layer)


def intake_of(batch: Batch) -> Intake | None:
    return Intake.objects.filter(batch=batch).first()


def without_ticket(batch: Batch) -> Cases:
    return Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED, ticket="")
