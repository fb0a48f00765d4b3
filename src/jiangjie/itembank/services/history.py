"""What papers and sittings tell the bank: uses, counted once each, and statistics.

Which items stood in a paper is the bank's to know: events count them and bind them by a digest.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import Count

from jiangjie.accounts.models import User
from jiangjie.itembank import queries, secrecy
from jiangjie.itembank.models import ItemStatistics, ItemUse, ItemVersion, Loan
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation


@dataclass(frozen=True, slots=True)
class Statistic:
    """Of one item in one sitting. `p_value` 0-1; Rasch's `b` and its error, and slope and difficulty
    of the two-parameter model with theirs, in logits.
    """

    item: str  # code of the version
    n: int
    p_value: float
    discrimination: float | None = None
    b: float | None = None
    se: float | None = None
    a_2pl: float | None = None
    a_2pl_se: float | None = None
    b_2pl: float | None = None
    b_2pl_se: float | None = None


@transaction.atomic
def count_use(
    *,
    items: Collection[str],
    occasion: models.Model,
    title: str,
    org: Organisation,
    on: date,
    by: User | None,
    at: datetime,
) -> int:
    """Note that `org` used these versions (codes) in `occasion`, e.g. a paper. Returns how many
    uses are new: the same occasion counts once however often it is told.

    RuleViolation itembank.unknown_code, itembank.not_lent for an item of another's bank that no
    loan in force covers, itembank.loan_used_up.
    """
    versions = _versions(items)
    name = ref(occasion)
    known = set(
        ItemUse.objects.filter(occasion=name, version__in=versions).values_list(
            "version_id", flat=True
        )
    )
    fresh = [version for version in versions if version.pk not in known]
    foreign = [version for version in fresh if version.item.bank.owner_id != org.pk]
    loans = _loans_for(foreign, org, on)
    ItemUse.objects.bulk_create(
        [
            ItemUse(
                version=version, org=org, occasion=name, title=title[:200], used_on=on,
                loan=loans.get(version.pk),
            )
            for version in fresh
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    for bank in {version.item.bank for version in fresh}:
        codes = [each.code for each in fresh if each.item.bank_id == bank.pk]
        ledger.record(
            "itembank.used", subject=bank, org=bank.owner, by=by, at=at, occasion=name, title=title,
            user=org.pk, on=on, count=len(codes), digest=secrecy.digest_of(codes, occasion=name),
        )  # fmt: skip
    return len(fresh)


def _loans_for(versions: Sequence[ItemVersion], org: Organisation, on: date) -> dict[int, Loan]:
    """The loan that covers each borrowed version. The loans are locked, so that two papers made
    at once cannot both take the last uses."""
    if not versions:
        return {}
    running = list(queries.loans_in_force(org, on).select_for_update(of=("self",)).order_by("pk"))
    used = Counter(
        dict(
            ItemUse.objects.filter(loan__in=running)
            .values_list("loan")
            .annotate(number=Count("pk"))
            .order_by()
        )
    )
    found = {}
    for version in versions:
        loan = next((each for each in running if queries.covers(each, version.item)), None)
        if loan is None:
            raise RuleViolation(
                "itembank.not_lent",
                gettext_noop("试题%(item)s不属于本单位，也不在有效的出借范围内。"),
                item=version.code,
            )
        used[loan.pk] += 1
        if loan.max_uses is not None and used[loan.pk] > loan.max_uses:
            raise RuleViolation(
                "itembank.loan_used_up",
                gettext_noop("题库“%(bank)s”的出借次数（%(limit)d次）已用完。"),
                bank=loan.bank.name,
                limit=loan.max_uses,
            )
        found[version.pk] = loan
    return found


@transaction.atomic
def record_statistics(
    *,
    source: models.Model,
    title: str,
    sat_on: date,
    statistics: Iterable[Statistic],
    by: User | None,
    at: datetime,
) -> int:
    """Keep what a sitting taught of its items; told again for the same source it replaces.

    Returns how many. RuleViolation itembank.unknown_code, itembank.bad_statistic.
    """
    rows = list(statistics)
    for row in rows:
        if row.n < 1 or not 0 <= row.p_value <= 1:
            raise RuleViolation(
                "itembank.bad_statistic",
                gettext_noop("试题%(item)s的统计值不合理。"),
                item=row.item,
            )
    versions = {version.code: version for version in _versions([row.item for row in rows])}
    name = ref(source)
    ItemStatistics.objects.bulk_create(
        [
            ItemStatistics(
                version=versions[row.item], source=name, title=title[:200], sat_on=sat_on, n=row.n,
                p_value=row.p_value, discrimination=row.discrimination, b=row.b, se=row.se,
                a_2pl=row.a_2pl, a_2pl_se=row.a_2pl_se, b_2pl=row.b_2pl, b_2pl_se=row.b_2pl_se,
                recorded_at=at,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["version", "source"],
        update_fields=[
            "title", "sat_on", "n", "p_value", "discrimination", "b", "se", "a_2pl", "a_2pl_se",
            "b_2pl", "b_2pl_se", "recorded_at",
        ],
    )  # fmt: skip
    for bank in {version.item.bank for version in versions.values()}:
        stated = [str(row) for row in rows if versions[row.item].item.bank_id == bank.pk]
        ledger.record(
            "itembank.statistics_recorded", subject=bank, org=bank.owner, by=by, at=at,
            source=name, title=title, sat_on=sat_on, count=len(stated),
            digest=secrecy.digest_of(stated, occasion=name),
        )  # fmt: skip
    return len(rows)


def _versions(codes: Collection[str]) -> list[ItemVersion]:
    wanted = set(codes)
    found = list(
        ItemVersion.objects.filter(code__in=wanted)
        .select_related("item__bank__owner", "item__point")
        .defer("sealed", "signature", "bands")
        .order_by("code")
    )
    if missing := wanted - {version.code for version in found}:
        raise RuleViolation(
            "itembank.unknown_code", gettext_noop("题库中没有试题%(item)s。"), item=min(missing)
        )
    return found
