"""Reads: panels, runs, ties, letters and tickets, and who may see them."""

from django.db.models import Count, Prefetch, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.arrangement.models import (
    DayCheck,
    Declaration,
    Letter,
    Panel,
    PanelCase,
    Seat,
    Solving,
    Tie,
)
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to

STEP = "S10"
READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.OFFICER)


def panels_visible_to(acting: Acting) -> QuerySet[Panel]:
    return Panel.objects.filter(
        batch__in=batches_visible_to(acting).order_by(), cancelled_at=None
    ).select_related("batch__org", "batch__pack", "line", "booking__room__venue")


def seats_visible_to(acting: Acting) -> QuerySet[Seat]:
    """Present ones of one's own batches."""
    return Seat.objects.filter(panel__batch__org=acting.org, left_at=None).select_related("panel")


def runs_visible_to(acting: Acting) -> QuerySet[Solving]:
    return Solving.objects.filter(
        batch__in=batches_visible_to(acting).order_by()
    ).select_related("batch__org", "asked_by")  # fmt: skip


def unplaced(batch: Batch) -> dict[str, int]:
    """How many qualified candidates have no panel yet, by part. One query."""
    parts = ("theory", "practical", "review")
    found = batch.applications.filter(state=ApplicationState.QUALIFIED).aggregate(
        people=Count("pk", distinct=True),
        **{
            part: Count("pk", filter=Q(panel_cases__part=part), distinct=True) for part in parts
        },
    )  # fmt: skip
    return {"people": found["people"], **{part: found["people"] - found[part] for part in parts}}


def letters_of(batch: Batch) -> dict[int, Letter]:
    """The valid letter of each present seat. One query."""
    found = Letter.objects.filter(seat__panel__batch=batch, withdrawn_at=None)
    return {each.seat_id: each for each in found}


def letters_visible_to(acting: Acting, user: User) -> QuerySet[Letter]:
    """One's own always, those of one's batches for the staff."""
    seen = Q(seat__expert__person__user=user)
    if acting.org is not None and acting.has(*READERS):
        seen |= Q(seat__panel__batch__in=batches_visible_to(acting).order_by())
    return Letter.objects.filter(seen).select_related(
        "seat__expert__person", "seat__panel__batch__org", "seat__panel__booking"
    )


def own_letters(user: User) -> QuerySet[Letter]:
    return (
        Letter.objects.filter(seat__expert__person__user=user, withdrawn_at=None)
        .select_related("seat__expert__person", "seat__panel__batch__org")
        .order_by("-seat__panel__starts_at", "pk")
    )


def own_tickets(user: User) -> QuerySet[Application]:
    """One's own cases with a ticket number, and when and where each part is."""
    return with_sessions(Application.objects.filter(person__user=user).exclude(ticket=""))


def tickets_visible_to(acting: Acting, batch: Batch) -> QuerySet[Application]:
    return with_sessions(batch.applications.exclude(ticket=""))


def with_sessions(cases: QuerySet[Application]) -> QuerySet[Application]:
    return (
        cases.select_related("person", "line", "batch__org", "photo")
        .prefetch_related(
            Prefetch("panel_cases", PanelCase.objects.select_related("panel").order_by("part"))
        )
        .order_by("-batch", "ticket", "pk")
    )


def ties_visible_to(acting: Acting) -> QuerySet[Tie]:
    """What was recorded for one's organisation: it is personal, so others do not see it."""
    return (
        Tie.objects.filter(org=acting.org, taken_back_at=None)
        .select_related("person", "other", "told_by")
        .order_by("-told_at", "-pk")
    )


def declarations(batch: Batch) -> QuerySet[Declaration]:
    return (
        Declaration.objects.filter(batch=batch)
        .select_related("person")
        .order_by("-is_expert", "person__name", "pk")
    )


def people_to_tie(acting: Acting, batch: Batch) -> QuerySet[Person]:
    """Experts and candidates of a batch, and whom one may see anyway."""
    seated = Seat.objects.filter(panel__batch=batch).values("expert__person")
    registered = Q(expert_entries__org=acting.org)
    candidates = Q(pk__in=batch.applications.values("person"))
    return (
        Person.objects.filter(candidates | registered | Q(pk__in=seated))
        .distinct()
        .order_by("name", "pk")
    )


def own_batches(user: User) -> list[tuple[Batch, bool]]:
    """Batches for which one may declare: as an expert (True) or as a candidate."""
    experts = Batch.objects.filter(
        panels__seats__expert__person__user=user, panels__seats__left_at=None
    ).distinct()
    candidates = (
        Batch.objects.filter(applications__person__user=user, archived_at=None)
        .exclude(applications__state__in=[ApplicationState.WITHDRAWN, ApplicationState.DRAFT])
        .distinct()
    )
    return [(batch, True) for batch in experts.order_by("-exam_on", "pk")] + [
        (batch, False) for batch in candidates.order_by("-exam_on", "pk")
    ]


def last_check(panel: Panel) -> DayCheck | None:
    return panel.day_checks.select_related("by").order_by("-pk").first()
