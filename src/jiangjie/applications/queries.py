"""Reads: who sees which application, whose turn it is, what somebody holds already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState, RosterImport
from jiangjie.applications.rules.review import Held
from jiangjie.orgs.queries import family_ids
from jiangjie.people.models import HeldCertificate, Person
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to


def applications_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Application]:
    """Those of the batches one may see, for a clerk only of his own units; one's own always."""
    staff = Q(batch__in=batches_visible_to(acting))
    if acting.org is not None and acting.roles <= {Role.CLERK, Role.WORKER}:
        staff &= Q(unit__in=family_ids(acting.org))
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
