"""Reads: occupations are for everybody; an enterprise's standard for its own family."""

from collections.abc import Collection

from django.db.models import Case, Count, Q, QuerySet, When

from jiangjie.accounts.acting import Acting
from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.orgs.hooks import KnownOccupation
from jiangjie.orgs.queries import ancestor_ids


def occupations(text: str = "", *, only: str = "") -> QuerySet[Occupation]:
    """By a part of code or name, those that can be evaluated first. `only`: "standard", "green",
    "digital" or "".
    """
    found = Occupation.objects.annotate(
        standard_count=Count("standards", filter=Q(standards__is_current=True), distinct=True)
    ).order_by(Case(When(standard_count=0, then=1), default=0), "code")
    if text := text.strip():
        found = found.filter(Q(code__startswith=text) | Q(name__icontains=text))
    narrowed = {
        "standard": Q(standard_count__gt=0),
        "green": Q(is_green=True),
        "digital": Q(is_digital=True),
    }
    return found.filter(narrowed[only]) if only in narrowed else found


def standards_visible_to(acting: Acting) -> QuerySet[Standard]:
    """National ones; enterprise ones of the acting organisation or of one above it."""
    seen = Q(owner=None)
    if acting.org is not None:
        seen |= Q(owner__in=ancestor_ids(acting.org))
    return (
        Standard.objects.filter(seen)
        .select_related("occupation", "owner")
        .order_by("occupation", "code")
    )


def standards_for(occupation_codes: Collection[str], acting: Acting) -> QuerySet[Standard]:
    """Those in force for these occupations."""
    return standards_visible_to(acting).filter(occupation__in=occupation_codes, is_current=True)


def known_occupations(codes: Collection[str]) -> dict[str, KnownOccupation]:
    """For orgs.hooks: name, work types and levels of standards in force. Three queries."""
    found = Occupation.objects.filter(pk__in=codes).prefetch_related("work_types", "standards")
    return {
        each.code: KnownOccupation(
            name=each.name,
            work_types=tuple(work_type.name for work_type in each.work_types.all()),
            levels=frozenset(
                level
                for standard in each.standards.all()
                if standard.is_current
                for level in standard.levels
            ),
        )
        for each in found
    }


def offered_occupations() -> list[tuple[str, str]]:
    """For orgs.hooks: code and name of the occupations with a standard in force. One query."""
    found = Occupation.objects.filter(standards__is_current=True).distinct().order_by("code")
    return list(found.values_list("code", "name"))
