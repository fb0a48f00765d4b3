"""Deeds: freezing a pack for a batch, and confirming a year of the work calendar."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.policy import queries
from jiangjie.policy.models import CalendarYear, PackVersion
from jiangjie.policy.packs import Pack


@transaction.atomic
def freeze(pack: Pack, *, at: datetime) -> PackVersion:
    """The stored body of a pack, written once for each digest. Safe to repeat.

    The deed that freezes (opening a batch) names the digest in its own event.
    """
    version, _ = PackVersion.objects.get_or_create(
        digest=pack.digest,
        defaults={
            "name": pack.id,
            "title": pack.title,
            "body": pack.to_json(),
            "frozen_at": at,
        },
    )
    return version


@transaction.atomic
def confirm_year(
    *,
    year: int,
    days_off: Collection[date],
    made_up: Collection[date],
    source: str,
    org: Organisation,
    by: User,
    at: datetime,
) -> CalendarYear:
    """Enter or correct the holidays of a year, with the notice they were read from.

    RuleViolation calendar.* as WorkCalendar.with_year, calendar.no_source. The former table of
    the year stays in the event.
    """
    if not source.strip():
        raise RuleViolation(
            "calendar.no_source", gettext_noop("请填写放假安排所依据的通知名称和文号。")
        )
    queries.work_calendar().with_year(year, days_off, made_up)
    former = CalendarYear.objects.select_for_update().filter(year=year).first()
    confirmed, _ = CalendarYear.objects.update_or_create(
        year=year,
        defaults={
            "days_off": sorted(set(days_off)),
            "made_up": sorted(set(made_up)),
            "source": source.strip(),
            "confirmed_at": at,
        },
    )
    ledger.record(
        "policy.year_confirmed",
        subject=confirmed,
        org=org,
        by=by,
        at=at,
        days_off=confirmed.days_off,
        made_up=confirmed.made_up,
        source=confirmed.source,
        before=None
        if former is None
        else {
            "days_off": former.days_off,
            "made_up": former.made_up,
            "source": former.source,
        },
    )
    return confirmed
