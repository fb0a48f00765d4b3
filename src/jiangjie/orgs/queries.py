"""Reads: the tree of organisations, filings, and who may see them."""

from datetime import date

from django.db import connection
from django.db.models import F, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import (
    AllianceMember,
    Filing,
    FilingFile,
    FilingScope,
    FilingState,
    Organisation,
    OrgKind,
)
from jiangjie.orgs.rules import ScopeLine

_DOWN = """
WITH RECURSIVE family AS (
    SELECT id FROM orgs_organisation WHERE id = %s
    UNION
    SELECT unit.id FROM orgs_organisation unit JOIN family ON unit.parent_id = family.id
) SELECT id FROM family
"""
_UP = """
WITH RECURSIVE line AS (
    SELECT id, parent_id, 0 AS depth FROM orgs_organisation WHERE id = %s
    UNION
    SELECT above.id, above.parent_id, line.depth + 1
    FROM orgs_organisation above JOIN line ON line.parent_id = above.id WHERE line.depth < 50
) SELECT id FROM line ORDER BY depth
"""


def family_ids(org: Organisation) -> set[int]:
    """The organisation and all below it. One query."""
    return set(_ids(_DOWN, org.pk))


def ancestor_ids(org: Organisation) -> list[int]:
    """The organisation itself, then its parent, and so on to the root. One query."""
    return _ids(_UP, org.pk)


def _ids(statement: str, pk: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [pk])
        return [row[0] for row in cursor.fetchall()]


def evaluator_of(org: Organisation) -> Organisation | None:
    """The nearest evaluator at or above an organisation."""
    line = ancestor_ids(org)
    found = {
        each.pk: each for each in Organisation.objects.filter(pk__in=line, kind=OrgKind.EVALUATOR)
    }
    return next((found[pk] for pk in line if pk in found), None)


def organisations_visible_to(acting: Acting) -> QuerySet[Organisation]:
    """Own family and the alliances it has not left; for an officer also whoever has sent his bureau
    a filing."""
    if acting.org is None:
        return Organisation.objects.none()
    joined = AllianceMember.objects.filter(org=acting.org, until=None).values("alliance")
    seen = Q(pk__in=family_ids(acting.org)) | Q(pk__in=joined)
    if acting.has(Role.OFFICER):
        sent = Filing.objects.filter(bureau=acting.org).exclude(state=FilingState.DRAFT)
        seen |= Q(pk__in=sent.values("org"))
    return Organisation.objects.filter(seen).select_related("parent").order_by("pk")


def units_of(org: Organisation) -> QuerySet[Organisation]:
    """The organisation and all below it, parents first by number."""
    return Organisation.objects.filter(pk__in=family_ids(org)).order_by("pk")


def bureaus() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=OrgKind.BUREAU).order_by("region", "pk")


def filings_visible_to(acting: Acting) -> QuerySet[Filing]:
    """An officer: all that his bureau received. Evaluator's people: their own, drafts too."""
    found = Filing.objects.select_related("org", "bureau").order_by("-made_at", "-pk")
    if acting.org is None:
        return found.none()
    seen = Q(pk__in=[])
    if acting.has(Role.OFFICER):
        seen |= Q(bureau=acting.org) & ~Q(state=FilingState.DRAFT)
    if acting.has(Role.ADMIN, Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR):
        seen |= Q(org=acting.org)
    return found.filter(seen)


def filing_in_force(org: Organisation, on: date) -> Filing | None:
    """The filing that holds on a day, with its scopes. Two queries at most.

    One replaced by a later filing still holds for the days before that one began; one that was
    revoked holds on no day.
    """
    return (
        Filing.objects.filter(
            org=org,
            state__in=[FilingState.FILED, FilingState.REPLACED],
            valid_from__lte=on,
            valid_until__gte=on,
        )
        .select_related("bureau")
        .prefetch_related("scopes")
        .order_by("-valid_from", "-pk")
        .first()
    )


def scope_lines(org: Organisation) -> tuple[ScopeLine, ...]:
    """Every filed line of an evaluator with its validity, for rules.check_scope. One query."""
    return tuple(
        ScopeLine(
            line.occupation_code,
            line.work_type,
            tuple(line.levels),
            line.filing.valid_from,
            line.filing.valid_until,
        )
        for line in FilingScope.objects.filter(
            filing__org=org, filing__state__in=[FilingState.FILED, FilingState.REPLACED]
        ).select_related("filing")
        if line.filing.valid_from and line.filing.valid_until
    )


def officers_filed_orgs(bureau: Organisation) -> QuerySet[Organisation]:
    """The organisations with a filing in force at this bureau."""
    filed = Filing.objects.filter(bureau=bureau, state=FilingState.FILED)
    return Organisation.objects.filter(pk__in=filed.values("org"))


def files_visible_to(acting: Acting) -> QuerySet[FilingFile]:
    """The attachments of the filings one may see, in the order in which they came."""
    return (
        FilingFile.objects.filter(
            filing__in=filings_visible_to(acting).order_by(), removed_at=None
        )
        .select_related("filing__org", "blob")
        .order_by("pk")
    )  # fmt: skip


def members_of(alliance: Organisation) -> QuerySet[AllianceMember]:
    """Running ones first, the lead before the others; then who has left."""
    return (
        AllianceMember.objects.filter(alliance=alliance)
        .select_related("org")
        .order_by(F("until").desc(nulls_first=True), "-is_lead", "since", "pk")
    )


def history(filing: Filing) -> QuerySet[Event]:
    """What was done to a filing, in the order of the deeds."""
    return Event.objects.filter(subject=ref(filing)).select_related("by").order_by("pk")
