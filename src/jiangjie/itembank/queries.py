"""Reads: which banks and items somebody may see, which he may open, and the pool for assembly.

Seeing an item is seeing its attributes; its words are opened by `services.reading` only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.catalogue.models import Standard
from jiangjie.itembank.models import (
    Bank,
    Element,
    ElementTable,
    Figure,
    Finding,
    Item,
    ItemImport,
    ItemStatistics,
    ItemUse,
    ItemVersion,
    Loan,
    NearPair,
    Opening,
    SkillModule,
    SkillTable,
    SkillTask,
    State,
)
from jiangjie.itembank.rules import elements
from jiangjie.itembank.rules.elements import Coverage, ElementRow
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import ancestor_ids

MANAGERS = (Role.OFFICE,)
EXPERTS = (Role.OFFICE, Role.WRITER)  # write and review
READERS = (Role.OFFICE, Role.WRITER, Role.COMMITTEE, Role.SUPERVISOR)  # see attributes and tables


# ---- banks and loans ------------------------------------------------------------------------


def loans_in_force(org: Organisation, on: date) -> QuerySet[Loan]:
    """What is lent to the organisation, or to one above it, on a day."""
    return Loan.objects.filter(
        borrower__in=ancestor_ids(org), first_day__lte=on, last_day__gte=on, ended_at=None
    ).select_related("bank__owner", "bank__occupation", "borrower")


def covers(loan: Loan, item: Item) -> bool:
    """Whether the item (with its point) lies in the part that is lent."""
    return (
        loan.bank_id == item.bank_id
        and (not loan.levels or item.level in loan.levels)
        and (not loan.kinds or item.kind in loan.kinds)
        and (not loan.scope or f"{item.point.code}-".startswith(f"{loan.scope}-"))
    )


def _part(loan: Loan, prefix: str = "") -> Q:
    """The items of a loan's part as a condition; `prefix` leads to the item."""
    part = Q(**{f"{prefix}bank": loan.bank_id})
    if loan.levels:
        part &= Q(**{f"{prefix}level__in": loan.levels})
    if loan.kinds:
        part &= Q(**{f"{prefix}kind__in": loan.kinds})
    if loan.scope:
        part &= Q(**{f"{prefix}point__code__startswith": f"{loan.scope}-"})
    return part


def banks_visible_to(acting: Acting, on: date) -> QuerySet[Bank]:
    """Own banks, and for the office what is lent to it on the day."""
    banks = Bank.objects.select_related("owner", "occupation").order_by("name", "pk")
    if acting.org is None or not acting.has(*READERS):
        return banks.none()
    seen = Q(owner=acting.org)
    if acting.has(Role.OFFICE):
        seen |= Q(pk__in=loans_in_force(acting.org, on).values("bank"))
    return banks.filter(seen)


def own_banks(acting: Acting) -> QuerySet[Bank]:
    """Those that the organisation acted for keeps."""
    banks = Bank.objects.select_related("owner", "occupation").order_by("name", "pk")
    if acting.org is None or not acting.has(*READERS):
        return banks.none()
    return banks.filter(owner=acting.org)


def usable_bank_ids(org: Organisation, occupation_code: str, on: date) -> list[int]:
    """Own and borrowed banks of an occupation, for the making of papers. Two queries."""
    lent = loans_in_force(org, on).filter(bank__occupation=occupation_code).values("bank")
    banks = Bank.objects.filter(Q(owner=org, occupation=occupation_code) | Q(pk__in=lent))
    return list(banks.order_by("pk").values_list("pk", flat=True))


def with_counts(banks: QuerySet[Bank], acting: Acting, on: date) -> QuerySet[Bank]:
    """Annotated `ready`, `waiting` (in review) and `drafts`, of the items that may be seen."""
    seen = items_visible_to(acting, on).order_by().values("pk")
    live = Q(items__retired_at=None, items__in=seen)
    return banks.annotate(
        ready=Count("items", filter=live & Q(items__ready__isnull=False)),
        waiting=Count("items", filter=live & Q(items__latest__state=State.REVIEW)),
        drafts=Count(
            "items", filter=live & Q(items__latest__state__in=[State.DRAFT, State.RETURNED])
        ),
    )


def loans_visible_to(acting: Acting) -> QuerySet[Loan]:
    """The owner's office sees what it lent, the borrower's what it borrowed."""
    loans = Loan.objects.select_related("bank__owner", "borrower", "made_by").order_by("-pk")
    if acting.org is None or not acting.has(Role.OFFICE):
        return loans.none()
    mine = ancestor_ids(acting.org)
    return loans.filter(Q(bank__owner=acting.org) | Q(borrower__in=mine)).annotate(
        used=Count("uses")
    )


def loans_made_by(acting: Acting) -> QuerySet[Loan]:
    """Those that the acting office may end: of its own banks."""
    if acting.org is None:
        return Loan.objects.none()
    return loans_visible_to(acting).filter(bank__owner=acting.org)


def uses_through(loan: Loan) -> QuerySet[ItemUse]:
    return (
        loan.uses.select_related("version__item", "org")
        .defer("version__sealed", "version__signature", "version__bands")
        .order_by("-used_on", "-pk")
    )


# ---- tables ---------------------------------------------------------------------------------


def standard(pk: int) -> Standard:
    return Standard.objects.get(pk=pk)


def points_of(bank: Bank) -> QuerySet[Element]:
    """Points that an item of the bank may hang on: of the owner's tables, in their order."""
    return (
        Element.objects.filter(table__in=tables_of(bank).order_by().values("pk"))
        .exclude(importance="")
        .order_by("table__level", "table", "place")
    )


def tables_visible_to(acting: Acting) -> QuerySet[ElementTable]:
    tables = ElementTable.objects.select_related("standard__occupation", "owner")
    if acting.org is None or not acting.has(*READERS):
        return tables.none()
    return tables.filter(owner=acting.org).order_by("standard__title", "level", "-edition")


def tables_of(bank: Bank) -> QuerySet[ElementTable]:
    """The owner's tables of the bank's occupation."""
    return (
        ElementTable.objects.filter(owner=bank.owner, standard__occupation=bank.occupation_id)
        .select_related("standard")
        .order_by("level", "-edition")
    )


def skill_tables_visible_to(acting: Acting) -> QuerySet[SkillTable]:
    tables = SkillTable.objects.select_related("standard__occupation", "owner")
    if acting.org is None or not acting.has(*READERS):
        return tables.none()
    return tables.filter(owner=acting.org).order_by("standard__title", "level", "-edition")


def tasks_visible_to(acting: Acting) -> QuerySet[SkillTask]:
    """Titles and states, without what is sealed; who opens one, `readable_tasks` says."""
    tasks = SkillTask.objects.select_related("module__table__owner", "module__table__standard",
                                             "author", "reviewer")  # fmt: skip
    if acting.org is None or not acting.has(*READERS):
        return tasks.none()
    return (
        tasks.filter(module__table__owner=acting.org)
        .defer("sealed")
        .order_by("module__place", "code", "version")
    )


def modules_visible_to(acting: Acting) -> QuerySet[SkillModule]:
    modules = SkillModule.objects.select_related("table__owner", "table__standard")
    if acting.org is None or not acting.has(*EXPERTS):
        return modules.none()
    return modules.filter(table__owner=acting.org)


def readable_tasks(user: User, acting: Acting) -> QuerySet[SkillTask]:
    """Tasks that he may open: the office all, an expert his own, those he judged or may judge."""
    tasks = tasks_visible_to(acting).defer(None)
    if not acting.has(*EXPERTS):
        return tasks.none()
    if acting.has(Role.OFFICE):
        return tasks
    return tasks.filter(Q(author=user) | Q(reviewer=user) | Q(state=State.REVIEW))


def element_rows(table: ElementTable) -> list[ElementRow]:
    """The table as the rules read it, in its order. One query."""
    return [
        ElementRow(each.code, each.name, each.weight, each.importance, place)
        for place, each in enumerate(table.elements.order_by("place"), start=1)
    ]


def coverage_of(table: ElementTable, bank: Bank | None = None) -> list[Coverage]:
    """How the items of a bank, or of all banks, cover the table. Three queries."""
    items = Item.objects.filter(point__table=table, retired_at=None)
    if bank is not None:
        items = items.filter(bank=bank)
    ready = {
        (row["point__code"], row["kind"]): row["number"]
        for row in items.filter(ready__isnull=False)
        .values("point__code", "kind")
        .annotate(number=Count("pk"))
        .order_by()
    }
    waiting = {
        row["point__code"]: row["number"]
        for row in items.filter(ready=None)
        .values("point__code")
        .annotate(number=Count("pk"))
        .order_by()
    }
    return elements.coverage(element_rows(table), ready, waiting)


def unpointed_items(bank: Bank) -> QuerySet[Item]:
    """Items whose point stands in no table that is the newest of its level: to be moved."""
    newest = (
        ElementTable.objects.filter(
            owner=OuterRef("point__table__owner"), standard=OuterRef("point__table__standard"),
            work_type=OuterRef("point__table__work_type"), level=OuterRef("point__table__level"),
        )
        .order_by("-made_at", "-pk")
        .values("pk")[:1]
    )  # fmt: skip
    return Item.objects.filter(bank=bank, retired_at=None).exclude(point__table=Subquery(newest))


# ---- items ----------------------------------------------------------------------------------


def items_visible_to(acting: Acting, on: date) -> QuerySet[Item]:
    """Attributes of items: of own banks, and for the office of the parts lent to it."""
    items = Item.objects.select_related("bank__owner", "point", "latest__author", "ready")
    if acting.org is None or not acting.has(*READERS):
        return items.none()
    seen = Q(bank__owner=acting.org)
    if acting.has(Role.OFFICE):
        for loan in loans_in_force(acting.org, on):
            seen |= _part(loan) & Q(ready__isnull=False, retired_at=None)
    return _without_bodies(items.filter(seen))


def items_readable_by(user: User, acting: Acting, on: date) -> QuerySet[Item]:
    """Items whose words he may open. Office: all of own banks, and of loans that allow it.
    Expert: those he wrote, those that wait for a second expert, those he judged."""
    items = Item.objects.select_related("bank__owner", "point__table__standard", "latest__author",
                                        "latest__reviewer", "ready")  # fmt: skip
    if acting.org is None or not acting.has(*EXPERTS):
        return items.none()
    own = Q(bank__owner=acting.org)
    if not acting.has(Role.OFFICE):
        version = ItemVersion.objects.filter(item=OuterRef("pk"))
        return items.filter(
            own,
            Q(latest__state=State.REVIEW)
            | Exists(version.filter(Q(author=user) | Q(reviewer=user))),
        )
    seen = own
    for loan in loans_in_force(acting.org, on).filter(may_read=True):
        seen |= _part(loan) & Q(ready__isnull=False, retired_at=None)
    return items.filter(seen)


def _without_bodies(items: QuerySet[Item]) -> QuerySet[Item]:
    return items.defer(
        "latest__sealed", "latest__signature", "latest__bands", "latest__opinion",
        "ready__sealed", "ready__signature", "ready__bands", "ready__opinion",
    )  # fmt: skip


SHOWN_STATE = Case(
    When(retired_at__isnull=False, then=Value(State.RETIRED.value)),
    default=F("latest__state"),
    output_field=CharField(),
)


def uses_known_to(acting: Acting, today: date) -> QuerySet[ItemUse]:
    """The office knows all uses; experts those of days gone by: what stands in a paper opened today
    is not theirs to know before it is sat."""
    uses = ItemUse.objects.all()
    return uses if acting.has(Role.OFFICE) else uses.filter(used_on__lt=today)


def with_history(items: QuerySet[Item], known: QuerySet[ItemUse]) -> QuerySet[Item]:
    """Annotated `shown_state`, of the uses known `times_used` and `last_used`, and the newest
    `p_value` of the version in use. Sub-selects: rows do not multiply."""
    uses = known.filter(version__item=OuterRef("pk")).order_by()
    statistics = ItemStatistics.objects.filter(version=OuterRef("ready")).order_by("-sat_on", "-pk")
    return items.annotate(
        shown_state=SHOWN_STATE,
        times_used=Coalesce(
            Subquery(uses.values("version__item").annotate(number=Count("pk")).values("number")),
            0,
        ),
        last_used=Subquery(
            uses.values("version__item").annotate(last=Max("used_on")).values("last")
        ),
        p_value=Subquery(statistics.values("p_value")[:1]),
    )


def own_items(user: User, acting: Acting) -> QuerySet[Item]:
    """What he wrote and has still to do with: returned first, then drafts, then what waits."""
    if acting.org is None:
        return Item.objects.none()
    turn = Case(
        When(latest__state=State.RETURNED, then=Value(0)),
        When(latest__state=State.DRAFT, then=Value(1)),
        When(latest__state=State.REVIEW, then=Value(2)),
        default=Value(3),
    )
    items = Item.objects.filter(
        bank__owner=acting.org, latest__author=user, retired_at=None
    ).select_related("bank", "point", "latest__reviewer")
    return (
        _with_opinion(items)
        .annotate(turn=turn, shown_state=SHOWN_STATE)
        .order_by("turn", "-latest__written_at", "-pk")
    )


def _with_opinion(items: QuerySet[Item]) -> QuerySet[Item]:
    return items.defer("latest__sealed", "latest__signature", "latest__bands")


def review_queue(user: User, acting: Acting) -> QuerySet[Item]:
    """What waits for a second expert and is not his own, the longest waiting first."""
    if acting.org is None or not acting.has(*EXPERTS):
        return Item.objects.none()
    wrote = ItemVersion.objects.filter(item=OuterRef("pk"), author=user)
    return (
        Item.objects.filter(
            ~Exists(wrote), bank__owner=acting.org, latest__state=State.REVIEW, retired_at=None
        )
        .select_related("bank", "point", "latest__author")
        .defer("latest__sealed", "latest__signature", "latest__bands")
        .order_by("latest__submitted_at", "pk")
    )


def next_after(queue: QuerySet[Item], item: Item) -> Item | None:
    """The one that follows an item of the queue; after the last the first of the others."""
    others = queue.exclude(pk=item.pk)
    sent = item.latest.submitted_at if item.latest else None
    later = others.filter(
        Q(latest__submitted_at__gt=sent) | Q(latest__submitted_at=sent, pk__gt=item.pk)
    )
    return later.first() or others.first()


def task_queue(user: User, acting: Acting) -> QuerySet[SkillTask]:
    """Practical tasks that wait for a second expert."""
    mine = SkillTask.objects.filter(module=OuterRef("module"), code=OuterRef("code"), author=user)
    waiting = tasks_visible_to(acting).filter(~Exists(mine), state=State.REVIEW)
    return waiting if acting.has(*EXPERTS) else waiting.none()


def newest_versions(item_ids: Any) -> list[ItemVersion]:
    """The newest wording of each item, with its bank and owner, bodies included. One query."""
    return list(
        ItemVersion.objects.filter(latest_of__in=item_ids)
        .select_related("item__bank__owner", "item__point")
        .order_by("item_id")
    )


def versions_of(item: Item) -> QuerySet[ItemVersion]:
    return item.versions.select_related("author", "reviewer", "item__bank__owner").order_by(
        "-number"
    )


def pairs_visible_to(acting: Acting) -> QuerySet[NearPair]:
    pairs = NearPair.objects.select_related(
        "first__bank__owner", "first__point", "first__latest", "second__bank__owner",
        "second__point", "second__latest", "decided_by",
    )  # fmt: skip
    if acting.org is None or not acting.has(*EXPERTS):
        return pairs.none()
    return (
        pairs.filter(first__bank__owner=acting.org)
        .defer(
            "first__latest__sealed", "first__latest__signature", "first__latest__bands",
            "second__latest__sealed", "second__latest__signature", "second__latest__bands",
        )
        .order_by("-percent", "pk")
    )  # fmt: skip


def open_pairs(bank: Bank) -> QuerySet[NearPair]:
    """Of a bank, what nobody has judged yet."""
    return NearPair.objects.filter(Q(first__bank=bank) | Q(second__bank=bank), finding=Finding.OPEN)


def of_readable(
    pairs: QuerySet[NearPair], user: User, acting: Acting, on: date
) -> QuerySet[NearPair]:
    """Pairs of which he may open one side: to judge it he has to see the other."""
    may = items_readable_by(user, acting, on).order_by().values("pk")
    return pairs.filter(Q(first__in=may) | Q(second__in=may))


def pairs_of(item: Item) -> QuerySet[NearPair]:
    return (
        NearPair.objects.filter(Q(first=item) | Q(second=item))
        .select_related("first", "second")
        .order_by("-percent")
    )


def uses_of(item: Item, known: QuerySet[ItemUse]) -> QuerySet[ItemUse]:
    """`known`: uses_known_to."""
    return (
        known.filter(version__item=item)
        .select_related("org", "version", "loan")
        .defer("version__sealed", "version__signature", "version__bands")
        .order_by("-used_on", "-pk")
    )


def openings_of(codes: Collection[str]) -> QuerySet[Opening]:
    """Of the versions with these codes, the newest first; for the office."""
    return (
        Opening.objects.filter(codes__overlap=list(codes))
        .select_related("by", "reader")
        .order_by("-pk")
    )


def statistics_of(item: Item) -> QuerySet[ItemStatistics]:
    return (
        ItemStatistics.objects.filter(version__item=item)
        .select_related("version")
        .defer("version__sealed", "version__signature", "version__bands")
        .order_by("-sat_on", "-pk")
    )


def imports_visible_to(acting: Acting) -> QuerySet[ItemImport]:
    imports = ItemImport.objects.select_related(
        "bank__owner", "table__standard", "default_point", "blob", "checked_by", "applied_by"
    ).order_by("-pk")
    if acting.org is None or not acting.has(*EXPERTS):
        return imports.none()
    found = imports.filter(bank__owner=acting.org)
    return found


def figures_of(bank_ids: Collection[int]) -> QuerySet[Figure]:
    return Figure.objects.filter(bank__in=bank_ids).select_related("blob")


def figure_rows() -> QuerySet[Figure]:
    return Figure.objects.select_related("blob")


def history_of(*things: Any) -> QuerySet[Event]:
    """What was done to things, the newest first."""
    return (
        Event.objects.filter(subject__in=[ref(thing) for thing in things])
        .select_related("by")
        .order_by("-pk")
    )


# ---- for assembly ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PoolItem:
    """What a paper is chosen by. `code` names the version in papers and sittings."""

    code: str  # "7-4/B-A-B-C-001-002.3"
    item_id: int
    version_id: int
    bank_id: int
    kind: str
    point: str  # A-B-C-001
    importance: str  # X, Y, Z
    difficulty: int  # 1 easy - 5 hard, as its author rated it
    consistency: int | None
    parts: int  # sub-questions that get points
    uses: int  # in all papers so far
    last_used: date | None
    p_value: float | None  # of the newest sitting
    discrimination: float | None
    b: float | None
    se: float | None
    n: int  # who sat it then; 0: never
    enemies: tuple[str, ...]  # codes that must not stand in the same paper


def pool(
    bank_ids: Iterable[int],
    level: int,
    *,
    org: Organisation | None = None,
    on: date | None = None,
    kinds: Collection[str] = (),
    table: ElementTable | None = None,
) -> list[PoolItem]:
    """Items in use at a level, by code. Four queries at most, whatever the number; no body is read.

    With `org` and `on`, of banks that are not its own only what is lent to it on that day and has
    uses left. `table` narrows to the points of one element table.
    """
    ids = list(bank_ids)
    items = Item.objects.filter(bank__in=ids, level=level, ready__isnull=False, retired_at=None)
    if kinds:
        items = items.filter(kind__in=kinds)
    if table is not None:
        items = items.filter(point__table=table)
    if org is not None and on is not None:
        allowed = Q(bank__owner=org)
        for loan in loans_in_force(org, on).filter(bank__in=ids).annotate(used=Count("uses")):
            if loan.max_uses is None or loan.used < loan.max_uses:
                allowed |= _part(loan)
        items = items.filter(allowed)
    rows = list(
        items.order_by("ready__code").values_list(
            "pk", "ready", "ready__code", "bank", "kind", "point__code", "point__importance",
            "ready__difficulty", "ready__consistency", "ready__parts",
        )
    )  # fmt: skip
    codes = {row[0]: row[2] for row in rows}
    used = _uses(items)
    statistics = _newest_statistics(items)
    enemies = _enemies(codes)
    found = []
    for row in rows:
        item_id, version_id, code, bank_id, kind, point, importance = row[:7]
        difficulty, consistency, parts = row[7:]
        number, last = used.get(item_id, (0, None))
        p_value, discrimination, b, se, n = statistics.get(version_id, _NEVER_SAT)
        found.append(
            PoolItem(
                code=code, item_id=item_id, version_id=version_id, bank_id=bank_id, kind=kind,
                point=point, importance=importance, difficulty=difficulty,
                consistency=consistency, parts=parts, uses=number, last_used=last,
                p_value=p_value, discrimination=discrimination, b=b, se=se, n=n,
                enemies=tuple(sorted(enemies.get(item_id, ()))),
            )
        )  # fmt: skip
    return found


_NEVER_SAT = (None, None, None, None, 0)


def _uses(items: QuerySet[Item]) -> dict[int, tuple[int, date]]:
    return {
        item_id: (number, last)
        for item_id, number, last in ItemUse.objects.filter(version__item__in=items.order_by())
        .values_list("version__item")
        .annotate(number=Count("pk"), last=Max("used_on"))
        .order_by()
    }


def _newest_statistics(
    items: QuerySet[Item],
) -> Mapping[int, tuple[float | None, float | None, float | None, float | None, int]]:
    rows = (
        ItemStatistics.objects.filter(version__in=items.order_by().values("ready"))
        .order_by("version", "-sat_on", "-pk")
        .distinct("version")
        .values_list("version", "p_value", "discrimination", "b", "se", "n")
    )
    return {version: (p, d, b, se, n) for version, p, d, b, se, n in rows}


def _enemies(codes: Mapping[int, str]) -> dict[int, list[str]]:
    """Both what experts declared and what nobody has looked at yet: better apart than twice."""
    found: dict[int, list[str]] = defaultdict(list)
    pairs = NearPair.objects.filter(
        first__in=codes, finding__in=[Finding.ENEMIES, Finding.SAME, Finding.OPEN]
    ).values_list("first", "second")
    for first, second in pairs:
        if second in codes:
            found[first].append(codes[second])
            found[second].append(codes[first])
    return found


def point_by_code(table: ElementTable) -> dict[str, Element]:
    """The points of a table. One query."""
    return {each.code: each for each in table.elements.exclude(importance="").order_by("place")}
