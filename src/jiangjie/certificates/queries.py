"""Reads: what is still to issue, who sees which certificate, and the public look-up."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.applications.queries import applications_visible_to
from jiangjie.certificates.models import Certificate, IssueRun, Lookup, Series
from jiangjie.kernel.identity import NAME_SEPARATORS
from jiangjie.kernel.levels import Level
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.queries import filing_in_force
from jiangjie.planning.models import Batch
from jiangjie.policy.packs import Pack
from jiangjie.policy.rules import LevelCode, level_codes
from jiangjie.publicity.models import Objection, ObjectionOutcome, PeriodKind, PublicityPeriod
from jiangjie.publicity.queries import Held, held, held_of, unpublished_empty
from jiangjie.results.models import Mark, Outcome

STEP = "S14"
# A 学徒工 has no certificate: the numbering knows no code for him.
PASSED = Q(decision__outcome=Outcome.PASSED, line__level__gt=Level.APPRENTICE)


def certificates_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Certificate]:
    """Those of the applications one may see: a clerk his units', a holder his own."""
    visible = applications_visible_to(acting, user).order_by().values("pk")
    return (
        Certificate.objects.filter(application__in=visible)
        .select_related("person", "batch__org", "org", "application")
        .order_by("-issued_on", "number")
    )


def own_certificates(user: User) -> QuerySet[Certificate]:
    return (
        Certificate.objects.filter(person__user=user)
        .select_related("batch__pack", "org")
        .order_by("-issued_on", "-level")
    )


def history(certificate: Certificate) -> QuerySet[Event]:
    return Event.objects.filter(subject=ref(certificate)).select_related("by").order_by("pk")


# ---- issuing --------------------------------------------------------------------------------


def to_issue(batch: Batch, holding: Held | None = None) -> QuerySet[Application]:
    """Passed, not held by an objection, and neither with a certificate nor an obstacle to one; in
    the order of numbering."""
    holding = holding or held(batch)
    passed = Application.objects.filter(PASSED, batch=batch, certificate=None, obstacle=None)
    if holding.whole_batch:
        return passed.none()
    return (
        passed.exclude(pk__in=holding.waiting | holding.upheld)
        .select_related("person__user", "line", "photo")
        .order_by("line__level", "line_id", "pk")
    )


@dataclass(frozen=True, slots=True)
class IssueState:
    """Where issuing a batch stands; counts of people."""

    run: IssueRun | None
    passed: int
    issued: int
    left: int
    hindered: int  # of these: a run could not make their certificate
    waiting: int  # held by an open objection
    excluded: int  # an objection was upheld
    is_published: bool  # the result's publicity was closed, or an empty one needs none

    @property
    def is_done(self) -> bool:
        return self.left == 0 and self.waiting == 0 and (self.issued > 0 or self.is_published)

    @property
    def last_day(self) -> date | None:
        """The day on which the latest run ended."""
        if self.run is None or self.run.finished_at is None:
            return None
        return timezone.localdate(self.run.finished_at)


def issue_state(batch: Batch) -> IssueState:
    return issue_states([batch])[batch.pk]


def issue_states(batches: Collection[Batch]) -> dict[int, IssueState]:
    """By batch. Four queries, whatever the number; a fifth where somewhere nobody passed yet."""
    cases: dict[int, set[int]] = defaultdict(set)
    issued: dict[int, set[int]] = defaultdict(set)
    hindered: dict[int, set[int]] = defaultdict(set)
    for batch_id, case, number, obstacle in Application.objects.filter(
        PASSED, batch__in=batches
    ).values_list("batch", "pk", "certificate__number", "obstacle"):
        (issued if number else cases)[batch_id].add(case)
        if obstacle:
            hindered[batch_id].add(case)
    runs = {run.batch_id: run for run in IssueRun.objects.filter(batch__in=batches)}
    closed = set(
        PublicityPeriod.objects.filter(
            batch__in=batches, kind=PeriodKind.RESULT, closed_at__isnull=False
        ).values_list("batch", flat=True)
    )
    if empty := [batch.pk for batch in batches if not cases[batch.pk] and batch.pk not in closed]:
        closed |= unpublished_empty(Batch.objects.filter(pk__in=empty)).keys()
    found = {}
    for batch_id, holding in held_of(batches).items():
        open_cases = cases[batch_id]
        upheld = open_cases & holding.upheld
        waiting = open_cases - upheld
        if not holding.whole_batch:
            waiting &= holding.waiting
        found[batch_id] = IssueState(
            run=runs.get(batch_id),
            passed=len(open_cases) + len(issued[batch_id]),
            issued=len(issued[batch_id]),
            left=len(open_cases - waiting - upheld),
            hindered=len(hindered[batch_id] & open_cases - waiting - upheld),
            waiting=len(waiting),
            excluded=len(upheld),
            is_published=batch_id in closed,
        )
    return found


def runs_under_way() -> list[int]:
    """Runs that still have something to issue, oldest first: the duty of the workers."""
    return list(
        IssueRun.objects.filter(finished_at=None, cancelled_at=None, error="")
        .order_by("started_at")
        .values_list("pk", flat=True)
    )


def runs_of(batch: Batch) -> QuerySet[IssueRun]:
    return IssueRun.objects.filter(batch=batch)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the certificates of a batch would be numbered now."""

    prefix: str  # "" without a filing in force
    levels: tuple[tuple[int, LevelCode | None, int], ...]  # (level, its code, last serial given)


def numbering(batch: Batch, pack: Pack, today: date) -> Numbering:
    filing = filing_in_force(batch.org, today)
    prefix = filing.prefix if filing else ""
    codes = level_codes(pack)
    last = dict(
        Series.objects.filter(prefix=prefix, year=today.year).values_list("level", "last_serial")
    )
    levels = sorted(set(batch.lines.values_list("level", flat=True)))
    return Numbering(
        prefix, tuple((level, codes.get(level), last.get(level, 0)) for level in levels)
    )


def result_period(batch: Batch) -> PublicityPeriod | None:
    return PublicityPeriod.objects.filter(batch=batch, kind=PeriodKind.RESULT).first()


def cases_of(batch: Batch, acting: Acting) -> QuerySet[Application]:
    """Everybody who passed, with his certificate when he has one, in the order of numbering."""
    return (
        applications_visible_to(acting)
        .filter(PASSED, batch=batch)
        .select_related("person", "line", "certificate", "obstacle")
        .order_by("line__level", "line_id", "certificate__number", "pk")
    )


def in_state(cases: QuerySet[Application], holding: Held, state: str) -> QuerySet[Application]:
    """Those of `cases_of` in one state: due, issued, waiting, excluded, revoked, unclaimed."""
    upheld = Q(certificate=None, pk__in=holding.upheld)
    waiting = Q(certificate=None) & ~upheld
    if not holding.whole_batch:
        waiting &= Q(pk__in=holding.waiting)
    chosen = {
        "due": Q(certificate=None) & ~upheld & ~waiting,
        "issued": Q(certificate__isnull=False),
        "waiting": waiting,
        "excluded": upheld,
        "revoked": Q(certificate__state="revoked"),
        "unclaimed": Q(certificate__state="valid", certificate__handed_over_on=None),
    }
    return cases.filter(chosen[state])


def grounds(batch: Batch) -> dict[int | None, list[Objection]]:
    """The open and the upheld objections by application; under None those against the list."""
    found: dict[int | None, list[Objection]] = defaultdict(list)
    for objection in Objection.objects.filter(
        Q(settled_at=None) | Q(outcome=ObjectionOutcome.UPHELD), period__batch=batch
    ).order_by("pk"):
        found[objection.application_id].append(objection)
    return dict(found)


def for_upload(batch: Batch) -> QuerySet[Certificate]:
    """What the national query system is told of, with everything its working set names."""
    return (
        Certificate.objects.filter(batch=batch, state="valid")
        .select_related("person", "application__decision", "application__photo", "batch__plan")
        .prefetch_related(Prefetch("application__marks", Mark.objects.order_by("part")))
        .order_by("number")
    )


# ---- the public look-up ---------------------------------------------------------------------


def find_by_secret(secret: str) -> Certificate | None:
    """The certificate whose QR code this is; the code itself is the second factor."""
    return Certificate.objects.select_related("org").filter(secret=secret).first()


def find_by_number_and_name(number: str, name: str) -> Certificate | None:
    """Both must fit: numbers run in sequence, so a number alone would let anybody count up."""
    wanted = "".join(unicodedata.normalize("NFKC", number).split()).upper()
    certificate = Certificate.objects.select_related("org").filter(number=wanted).first()
    if certificate is None or _folded(name) != _folded(certificate.holder_name):
        return None
    return certificate


def _folded(name: str) -> str:
    """As typed in different ways: full width or half, with spaces, 买买提·吐尔逊 with any dot."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKC", name).upper()
        if not each.isspace() and each not in NAME_SEPARATORS
    )


_COUNT = """
INSERT INTO certificates_lookup (asker, "window", count) VALUES (%s, %s, %s)
ON CONFLICT (asker, "window") DO UPDATE SET count = certificates_lookup.count + EXCLUDED.count
RETURNING count
"""


def lookups_counted(asker: bytes, window: datetime, *, cost: int = 1) -> int:
    """Count a look-up of this asker in this window and return how many there are now.

    One statement: it holds across all web processes, and two at once both count.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [asker, window, cost])
        row = cursor.fetchone()
    return int(row[0])


def lookups_given_back(asker: bytes, window: datetime, *, cost: int) -> None:
    Lookup.objects.filter(asker=asker, window=window).update(count=F("count") - cost)
