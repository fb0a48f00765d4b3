"""Deeds on items: written, sent, reviewed by a second expert, revised, retired.

A version is frozen when it is sent; whoever changes an item afterwards writes the next version.
Every deed takes one transaction, writes one event, and no event holds an item's words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.itembank import secrecy
from jiangjie.itembank.models import Bank, Element, Item, ItemVersion, NearPair, State
from jiangjie.itembank.rules import items as item_rules
from jiangjie.itembank.rules import similarity
from jiangjie.itembank.rules.content import ItemContent
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger

ROWS = 500  # a statement


@dataclass(frozen=True, slots=True)
class NewItem:
    """One item to be written: at a point of a table, in one kind."""

    point: Element
    content: ItemContent
    difficulty: int = 3
    consistency: int | None = None
    number: int | None = None  # wished serial, e.g. of an imported code; taken if it is free


@transaction.atomic
def write_item(
    *,
    bank: Bank,
    point: Element,
    content: ItemContent,
    difficulty: int = 3,
    consistency: int | None = None,
    by: User,
    at: datetime,
) -> Item:
    """A draft, perhaps incomplete. RuleViolation itembank.point_is_scope, itembank.other_occupation."""
    wish = NewItem(point, content, difficulty, consistency)
    return write_items(bank=bank, wishes=[wish], by=by, at=at)[0]


@transaction.atomic
def write_items(*, bank: Bank, wishes: Sequence[NewItem], by: User, at: datetime) -> list[Item]:
    """Drafts in the order of the wishes, numbered on at their points. A handful of statements."""
    # One numbering at a time: two writers at a point must not get the same number.
    bank = Bank.objects.select_for_update(of=("self",)).select_related("owner").get(pk=bank.pk)
    levels = _levels_of(bank, [wish.point for wish in wishes])
    taken = _numbers(bank)
    items = []
    for wish in wishes:
        level, kind = levels[wish.point.pk], wish.content.kind.value
        used = taken[level, kind, wish.point.code]
        number = wish.number
        if number is None or number in used:
            number = max(used, default=0) + 1
        used.add(number)
        items.append(
            Item(
                bank=bank, point=wish.point, level=level, kind=kind, number=number,
                code=item_rules.item_code(kind, wish.point.code, number), made_at=at,
            )
        )  # fmt: skip
    Item.objects.bulk_create(items, batch_size=ROWS)
    versions = [
        _version(item, 1, wish.content, wish.difficulty, wish.consistency, by, at)
        for item, wish in zip(items, wishes, strict=True)
    ]
    _point_to(items, ItemVersion.objects.bulk_create(versions, batch_size=ROWS))
    ledger.record(
        "itembank.written", subject=items[0] if len(items) == 1 else bank, org=bank.owner, by=by,
        at=at, bank=bank.pk, codes=[version.code for version in versions],
    )  # fmt: skip
    return items


@transaction.atomic
def save_draft(
    *,
    item_id: int,
    content: ItemContent,
    difficulty: int,
    consistency: int | None = None,
    by: User,
    at: datetime,
) -> ItemVersion:
    """Write the draft anew. Of a returned or ready wording a next version is begun.

    RuleViolation itembank.wrong_state while it waits for review, itembank.others_draft,
    itembank.other_kind, itembank.item_retired.
    """
    item, version = _locked(item_id)
    if item.retired_at is not None:
        raise RuleViolation("itembank.item_retired", gettext_noop("试题已停用，不能修改。"))
    if content.kind != item.kind:
        raise RuleViolation(
            "itembank.other_kind", gettext_noop("试题代码含题型，题型不能改变；请另写一道。")
        )
    item_rules.check_state(version.state, State.DRAFT, State.RETURNED, State.READY)
    if version.state == State.DRAFT:
        if version.author_id != by.pk:
            raise RuleViolation(
                "itembank.others_draft", gettext_noop("这是另一位命题人的草稿，不能代改。")
            )
        _fill(version, content, difficulty, consistency, at)
        version.save()
    else:
        version = _version(item, version.number + 1, content, difficulty, consistency, by, at)
        version.save(force_insert=True)
        item.latest = version
        item.save(update_fields=["latest"])
    ledger.record(
        "itembank.saved", subject=item, org=item.bank.owner, by=by, at=at, version=version.code
    )
    return version


@transaction.atomic
def discard_draft(*, item_id: int, by: User, at: datetime) -> None:
    """Throw a draft away; the item with it when it was its first wording."""
    item, version = _locked(item_id)
    item_rules.check_state(version.state, State.DRAFT)
    if version.author_id != by.pk:
        raise RuleViolation(
            "itembank.others_draft", gettext_noop("这是另一位命题人的草稿，不能代改。")
        )
    ledger.record(
        "itembank.discarded", subject=item, org=item.bank.owner, by=by, at=at, version=version.code
    )
    before = item.versions.filter(number__lt=version.number).order_by("-number").first()
    item.latest = before
    item.save(update_fields=["latest"])
    version.delete()
    if before is None:
        item.delete()


@transaction.atomic
def submit(*, item_ids: Sequence[int], by: User, at: datetime) -> list[ItemVersion]:
    """Send one's own drafts to review, all or none. Near-duplicates are looked for.

    RuleViolation itembank.item_incomplete, itembank.wrong_state, itembank.others_draft.
    """
    found = _latest_of(item_ids)
    for version in found:
        item_rules.check_state(version.state, State.DRAFT)
        if version.author_id != by.pk:
            raise RuleViolation(
                "itembank.others_draft", gettext_noop("这是另一位命题人的草稿，不能代改。")
            )
        content = secrecy.unseal_content(version.sealed, item_id=version.item_id)
        item_rules.check_content(
            content, difficulty=version.difficulty, consistency=version.consistency
        )
    for version in found:
        version.state, version.submitted_at = State.REVIEW, at
    ItemVersion.objects.bulk_update(found, ["state", "submitted_at"], batch_size=ROWS)
    pairs = note_near(found, at=at)
    for bank, versions in _by_bank(found):
        ledger.record(
            "itembank.submitted", subject=versions[0].item if len(versions) == 1 else bank,
            org=bank.owner, by=by, at=at, bank=bank.pk, codes=[each.code for each in versions],
            near=sum(1 for pair in pairs if pair.first.bank_id == bank.pk),
        )  # fmt: skip
    return found


@transaction.atomic
def review(
    *, item_id: int, is_ready: bool, opinion: str = "", by: User, at: datetime
) -> ItemVersion:
    """The second expert's judgement: ready for use, or back to its author with an opinion.

    RuleViolation itembank.own_item, itembank.no_opinion, itembank.wrong_state.
    """
    item, version = _locked(item_id)
    item_rules.check_state(version.state, State.REVIEW)
    authors = list(item.versions.values_list("author_id", flat=True))
    item_rules.check_may_review(
        author_id=version.author_id, earlier_author_ids=authors, reviewer_id=by.pk
    )
    if not is_ready and not opinion.strip():
        raise RuleViolation("itembank.no_opinion", gettext_noop("退回时请写明意见。"))
    _judge([version], is_ready=is_ready, opinion=opinion, by=by, at=at)
    ledger.record(
        "itembank.approved" if is_ready else "itembank.returned", subject=item,
        org=item.bank.owner, by=by, at=at, version=version.code,
    )  # fmt: skip
    return version


@transaction.atomic
def adopt(*, item_ids: Sequence[int], basis: str, by: User, at: datetime) -> list[ItemVersion]:
    """A second person takes over items that were judged elsewhere, on the ground of a document.

    For banks brought in whole; each item still has an author and another who answers for it.
    RuleViolation itembank.no_basis, itembank.own_item, itembank.wrong_state.
    """
    if not basis.strip():
        raise RuleViolation("itembank.no_basis", gettext_noop("请写明原审定依据（文件或纪要）。"))
    found = _latest_of(item_ids)
    authors = defaultdict(list)
    for item_id, author_id in ItemVersion.objects.filter(item__in=item_ids).values_list(
        "item_id", "author_id"
    ):
        authors[item_id].append(author_id)
    for version in found:
        item_rules.check_state(version.state, State.REVIEW)
        item_rules.check_may_review(
            author_id=version.author_id, earlier_author_ids=authors[version.item_id],
            reviewer_id=by.pk,
        )  # fmt: skip
    _judge(found, is_ready=True, opinion=basis, by=by, at=at)
    for bank, versions in _by_bank(found):
        ledger.record(
            "itembank.adopted", subject=bank, org=bank.owner, by=by, at=at, basis=basis.strip(),
            codes=[each.code for each in versions],
        )  # fmt: skip
    return found


@transaction.atomic
def retire(*, item_ids: Sequence[int], reason: str, by: User, at: datetime) -> int:
    """Out of use from now on; papers that hold them are not changed. Returns how many."""
    if not reason.strip():
        raise RuleViolation("itembank.no_reason", gettext_noop("请填写原因。"))
    items = _items(item_ids)
    fresh = [item for item in items if item.retired_at is None]
    for item in fresh:
        item.retired_at, item.retired_reason = at, reason.strip()[:200]
    Item.objects.bulk_update(fresh, ["retired_at", "retired_reason"], batch_size=ROWS)
    _record_items("itembank.retired", fresh, by, at, reason=reason.strip())
    return len(fresh)


@transaction.atomic
def restore(*, item_ids: Sequence[int], reason: str, by: User, at: datetime) -> int:
    """Retired items back into use, in the wording they had."""
    if not reason.strip():
        raise RuleViolation("itembank.no_reason", gettext_noop("请填写原因。"))
    items = [item for item in _items(item_ids) if item.retired_at is not None]
    for item in items:
        item.retired_at, item.retired_reason = None, ""
    Item.objects.bulk_update(items, ["retired_at", "retired_reason"], batch_size=ROWS)
    _record_items("itembank.restored", items, by, at, reason=reason.strip())
    return len(items)


@transaction.atomic
def decide_pair(*, pair_id: int, finding: str, by: User, at: datetime) -> NearPair:
    """What an expert found of two items that look alike. Retiring one is a deed of its own."""
    pair = (
        NearPair.objects.select_for_update(of=("self",))
        .select_related("first__bank__owner", "second")
        .get(pk=pair_id)
    )
    pair.finding, pair.decided_by, pair.decided_at = finding, by, at
    pair.save(update_fields=["finding", "decided_by", "decided_at"])
    ledger.record(
        "itembank.pair_decided", subject=pair, org=pair.first.bank.owner, by=by, at=at,
        first=pair.first.code, second=pair.second.code, finding=finding,
    )  # fmt: skip
    return pair


def note_near(versions: Sequence[ItemVersion], *, at: datetime) -> list[NearPair]:
    """Pairs of these with each other and with all else of the same owner and occupation that are
    at least similarity.NEAR per cent alike. Three statements, whatever the number."""
    wanted = {band for version in versions for band in version.bands}
    banks = {(each.item.bank.owner_id, each.item.bank.occupation_id) for each in versions}
    near: dict[tuple[int, int], int] = {}
    for owner_id, occupation_id in banks:
        others = (
            ItemVersion.objects.filter(
                bands__overlap=list(wanted),
                latest_of__retired_at=None,
                item__bank__owner=owner_id,
                item__bank__occupation=occupation_id,
            )
            .select_related("item")
            .only("sealed", "bands", "item_id", "item__level")
        )
        known = list(others)
        buckets: dict[int, list[int]] = defaultdict(list)
        for place, each in enumerate(known):
            for band in each.bands:
                buckets[band].append(place)
        shingles: dict[int, frozenset[str]] = {}
        for version in versions:
            places = {place for band in version.bands for place in buckets[band]}
            for place in places:
                other = known[place]
                if other.item_id == version.item_id or other.item.level != version.item.level:
                    continue
                percent = similarity.likeness(
                    _shingles(version, shingles), _shingles(other, shingles)
                )
                if percent >= similarity.NEAR:
                    pair = sorted((version.item_id, other.item_id))
                    near[pair[0], pair[1]] = percent
    return NearPair.objects.bulk_create(
        [
            NearPair(first_id=first, second_id=second, percent=percent, found_at=at)
            for (first, second), percent in sorted(near.items())
        ],
        ignore_conflicts=True,
        batch_size=ROWS,
    )


def _shingles(version: ItemVersion, known: dict[int, frozenset[str]]) -> frozenset[str]:
    if version.pk not in known:
        content = secrecy.unseal_content(version.sealed, item_id=version.item_id)
        known[version.pk] = similarity.shingles(item_rules.words_of(content))
    return known[version.pk]


def _version(
    item: Item, number: int, content: ItemContent, difficulty: int, consistency: int | None,
    by: User, at: datetime,
) -> ItemVersion:  # fmt: skip
    version = ItemVersion(
        item=item, number=number, code=f"{item.bank_id}-{item.level}/{item.code}.{number}",
        author=by,
    )  # fmt: skip
    _fill(version, content, difficulty, consistency, at)
    return version


def _fill(
    version: ItemVersion, content: ItemContent, difficulty: int, consistency: int | None,
    at: datetime,
) -> None:  # fmt: skip
    """Seal the content into the version with what finds it again."""
    key = secrecy.shingle_key()
    version.sealed = secrecy.seal_content(content, item_id=version.item_id)
    version.fingerprint = secrecy.fingerprint(content)
    version.signature = similarity.signature(similarity.shingles(item_rules.words_of(content)), key)
    version.bands = similarity.bands(version.signature, key)
    version.parts = max(1, item_rules.points_of(content))
    version.difficulty, version.consistency, version.written_at = difficulty, consistency, at


def _point_to(items: Sequence[Item], versions: Sequence[ItemVersion]) -> None:
    for item, version in zip(items, versions, strict=True):
        item.latest = version
    Item.objects.bulk_update(items, ["latest"], batch_size=ROWS)


def _judge(
    versions: Sequence[ItemVersion], *, is_ready: bool, opinion: str, by: User, at: datetime
) -> None:
    for version in versions:
        version.state = State.READY if is_ready else State.RETURNED
        version.reviewer, version.reviewed_at, version.opinion = by, at, opinion.strip()
    ItemVersion.objects.bulk_update(
        versions, ["state", "reviewer", "reviewed_at", "opinion"], batch_size=ROWS
    )
    if not is_ready:
        return
    ItemVersion.objects.filter(ready_of__in=[version.item_id for version in versions]).exclude(
        pk__in=[version.pk for version in versions]
    ).update(state=State.REPLACED)
    items = []
    for version in versions:
        version.item.ready = version
        items.append(version.item)
    Item.objects.bulk_update(items, ["ready"], batch_size=ROWS)


def _locked(item_id: int) -> tuple[Item, ItemVersion]:
    """The item and its newest version, read after the lock: whoever waited for it must not judge
    by what a join saw before."""
    item = (
        Item.objects.select_for_update(of=("self",))
        .select_related("bank__owner", "point")
        .get(pk=item_id)
    )
    version = ItemVersion.objects.get(latest_of=item)
    version.item = item
    return item, version


def _items(item_ids: Sequence[int]) -> list[Item]:
    return list(
        Item.objects.select_for_update(of=("self",))
        .select_related("bank__owner")
        .filter(pk__in=item_ids)
        .order_by("pk")
    )


def _latest_of(item_ids: Sequence[int]) -> list[ItemVersion]:
    """The newest version of each, the items locked in the order of their numbers."""
    locked = {item.pk: item for item in _items(item_ids)}
    found = list(
        ItemVersion.objects.filter(latest_of__in=locked).select_related("item").order_by("item_id")
    )
    for version in found:
        version.item = locked[version.item_id]
    return found


def _by_bank(versions: Iterable[ItemVersion]) -> list[tuple[Bank, list[ItemVersion]]]:
    banks: dict[int, tuple[Bank, list[ItemVersion]]] = {}
    for version in versions:
        bank = version.item.bank
        banks.setdefault(bank.pk, (bank, []))[1].append(version)
    return list(banks.values())


def _record_items(
    action: str, items: Sequence[Item], by: User, at: datetime, *, reason: str
) -> None:
    banks: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        banks[item.bank_id].append(item)
    for group in banks.values():
        ledger.record(
            action, subject=group[0] if len(group) == 1 else group[0].bank,
            org=group[0].bank.owner, by=by, at=at, codes=[item.code for item in group], reason=reason,
        )  # fmt: skip


def _levels_of(bank: Bank, points: Sequence[Element]) -> dict[int, int]:
    """Level ord by point. Every point is one, and of the bank's occupation."""
    found = dict[int, int]()
    rows = Element.objects.filter(pk__in={point.pk for point in points}).values_list(
        "pk", "importance", "table__level", "table__standard__occupation"
    )
    for pk, importance, level, occupation in rows:
        if not importance:
            raise RuleViolation(
                "itembank.point_is_scope", gettext_noop("试题应对应鉴定点，不能对应鉴定范围。")
            )
        if occupation != bank.occupation_id:
            raise RuleViolation(
                "itembank.other_occupation", gettext_noop("鉴定点与题库不是同一职业。")
            )
        found[pk] = level
    return found


def _numbers(bank: Bank) -> dict[tuple[int, str, str], set[int]]:
    """Serials in use by (level, kind, point code)."""
    taken: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    rows = Item.objects.filter(bank=bank).values_list("level", "kind", "point__code", "number")
    for level, kind, code, number in rows:
        taken[level, kind, code].add(number)
    return taken
