"""Reads: the five volumes of a batch, who may see them, and for how long they are kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.archive import rules
from jiangjie.archive.models import Bag
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.certificates.queries import PASSED, issue_state
from jiangjie.kernel.clauses import Clause
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.planning.track import step_url
from jiangjie.policy.queries import pack_of
from jiangjie.procedures.models import StepRecord
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.results.queries import is_final, signed

READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ADMIN, Role.OFFICER)


def known(batch: Batch) -> rules.Known:
    """What completeness depends on; a constant number of queries."""
    applied = batch.applications.aggregate(
        submitted=Count("pk", filter=Q(submitted_at__isnull=False)),
        undecided=Count(
            "pk", filter=Q(state__in=[ApplicationState.SUBMITTED, ApplicationState.RETURNED])
        ),
        qualified=Count("pk", filter=Q(state=ApplicationState.QUALIFIED)),
        decided=Count("decision"),
    )
    valid = Q(state=CertificateState.VALID)
    issued = Certificate.objects.filter(batch=batch).aggregate(
        certificates=Count("pk"),
        revoked=Count("pk", filter=~valid),
        handed_over=Count("pk", filter=valid & Q(handed_over_on__isnull=False)),
        appointed=Count("pk", filter=valid & Q(entitlement__isnull=False)),
    )
    standing = issue_state(batch)
    return rules.Known(
        levels=frozenset(batch.lines.values_list("level", flat=True)),
        is_plan_approved=batch.plan.approved_at is not None,
        is_reported=batch.reported_at is not None,
        is_announced=hasattr(batch, "announcement"),
        is_closed=hasattr(batch, "intake"),
        records=_records(batch),
        is_result_final=is_final(batch, signed(batch)),
        to_issue=standing.left + standing.waiting,
        **applied,
        **issued,
    )


def _records(batch: Batch) -> Mapping[str, rules.Records]:
    counted: dict[str, int] = defaultdict(int)
    kinds: dict[str, set[str]] = defaultdict(set)
    left_out: set[str] = set()
    for step, kind, is_skipped in StepRecord.objects.filter(run=batch.run_id).values_list(
        "step", "evidence_kind", "is_skipped"
    ):
        if is_skipped:
            left_out.add(step)
        else:
            counted[step] += 1
            kinds[step].add(kind)
    return {
        step: rules.Records(counted[step], frozenset(kinds[step]), step in left_out)
        for step in {*counted, *left_out}
    }


def volumes(batch: Batch) -> tuple[rules.Volume, ...]:
    return rules.volumes(known(batch))


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item in the reader's words, with the screen where it is done."""

    item: rules.Item
    title: str
    missing: str
    role: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownVolume:
    volume: rules.Volume
    title: str
    items: tuple[ShownItem, ...]


def shown(found: Iterable[rules.Volume], batch: Batch, acting: Acting) -> list[ShownVolume]:
    """No query."""
    return [
        ShownVolume(
            volume,
            gettext(volume.title),
            tuple(
                ShownItem(
                    item,
                    gettext(item.title),
                    gettext(item.missing) % item.values if item.missing else "",
                    str(Role(item.role).label),
                    step_url(item.step, batch, acting),
                )
                for item in volume.items
            ),
        )
        for volume in found
    ]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long paper and files are kept, counted from the day of the last certificate or exam."""

    since: date
    paper_until: date
    electronic_until: date
    clause: Clause


def retention(batch: Batch) -> Retention:
    """House decision: the clock starts with the last certificate issued, without one with the
    exam; the text that sets the years does not say from when."""
    pack = pack_of(batch.pack)
    years = cast(dict[str, int], pack.mapping("archive.retention_years"))
    last = (
        Certificate.objects.filter(batch=batch)
        .order_by("-issued_on")
        .values_list("issued_on", flat=True)
        .first()
    )
    since = last or batch.exam_on
    return Retention(
        since,
        rules.kept_until(since, years["paper"]),
        rules.kept_until(since, years["electronic"]),
        pack.entry("archive.retention_years").clause,
    )


# ---- who may see what -----------------------------------------------------------------------


def bags_visible_to(acting: Acting) -> QuerySet[Bag]:
    return (
        Bag.objects.filter(batch__in=batches_visible_to(acting))
        .select_related("batch__org", "blob", "asked_by")
        .order_by("-asked_at", "-pk")
    )


def is_candidate(user: User, batch: Batch) -> bool:
    return Application.objects.filter(batch=batch, person__user=user).exists()


def archives_visible_to(acting: Acting) -> QuerySet[Batch]:
    """Batches with `people`, `issued`, `bag_count` and `last_made_at`."""
    bags = Bag.objects.filter(batch=OuterRef("pk"), made_at__isnull=False).order_by()
    cases = Application.objects.filter(batch=OuterRef("pk"), submitted_at__isnull=False).order_by()
    issued = Certificate.objects.filter(batch=OuterRef("pk")).order_by()

    def counted(rows: QuerySet[Any]) -> Subquery:
        return Subquery(rows.values("batch").annotate(n=Count("pk")).values("n"))

    return batches_visible_to(acting).annotate(
        people=counted(cases),
        issued=counted(issued),
        bag_count=counted(bags),
        last_made_at=Subquery(bags.order_by("-made_at").values("made_at")[:1]),
    )


def to_archive(acting: Acting) -> QuerySet[Batch]:
    """Own batches whose certificates are all made, or whose published result is that nobody gets
    one, and of which there is no bag yet."""
    passed = Application.objects.filter(PASSED, batch=OuterRef("pk"))
    published = PublicityPeriod.objects.filter(
        batch=OuterRef("pk"), kind=PeriodKind.RESULT, closed_at__isnull=False
    )
    return batches_visible_to(acting).filter(
        Q(issue_run__finished_at__isnull=False) | Q(Exists(published), ~Exists(passed)),
        org=acting.org, bags=None,
    )  # fmt: skip
