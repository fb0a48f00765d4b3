"""Opening what is sealed. Each opening by a person or for a paper is an event with its purpose.

The event counts; which items they were stands in the bank's own `Opening`, bound by a digest.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import User
from jiangjie.files import services as files
from jiangjie.itembank import secrecy
from jiangjie.itembank.models import Bank, Figure, ItemVersion, Opening, SkillTask
from jiangjie.itembank.rules.content import ItemContent
from jiangjie.itembank.rules.items import words_of
from jiangjie.itembank.rules.practical import TaskContent
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation


class Purpose(models.TextChoices):
    """What an item is opened for, as events name it."""

    WRITE = "write", _("编写")
    REVIEW = "review", _("审定")
    VIEW = "view", _("查看")
    COMPARE = "compare", _("对照")
    SEARCH = "search", _("查找")
    EXPORT = "export", _("导出")
    ASSEMBLE = "assemble", _("组卷")
    MARK = "mark", _("阅卷")


# What papers open: even one item alone is not named in the ledger.
_UNNAMED = frozenset({Purpose.ASSEMBLE, Purpose.MARK})


@transaction.atomic
def read_contents(
    items: Collection[str],
    *,
    purpose: str,
    by: User | None,
    at: datetime,
    org: Organisation | None = None,
) -> dict[str, ItemContent]:
    """Contents by the codes of versions ("7-4/B-A-B-C-001-002.3"). One event a bank.

    `org` is who reads when it is not the owner. Who may is the caller's check. RuleViolation
    itembank.unknown_code names the first code that no version has.
    """
    versions = list(
        ItemVersion.objects.filter(code__in=set(items))
        .select_related("item__bank__owner")
        .order_by("code")
    )
    missing = set(items) - {version.code for version in versions}
    if missing:
        raise RuleViolation(
            "itembank.unknown_code", gettext_noop("题库中没有试题%(item)s。"), item=min(missing)
        )
    return open_versions(versions, purpose=purpose, by=by, at=at, org=org)


@transaction.atomic
def open_versions(
    versions: Sequence[ItemVersion],
    *,
    purpose: str,
    by: User | None,
    at: datetime,
    org: Organisation | None = None,
) -> dict[str, ItemContent]:
    """As read_contents, of versions with their item, bank and owner loaded."""
    banks: dict[Bank, list[ItemVersion]] = defaultdict(list)
    for version in versions:
        banks[version.item.bank].append(version)
    for bank, found in banks.items():
        codes = [version.code for version in found]
        digest = _note(codes, owner=bank.owner, reader=org, purpose=purpose, by=by, at=at)
        is_named = len(found) == 1 and purpose not in _UNNAMED
        ledger.record(
            "itembank.read", subject=found[0].item if is_named else bank, org=bank.owner, by=by,
            at=at, purpose=str(purpose), bank=bank.pk, count=len(found), digest=digest,
            reader=org.pk if org else bank.owner_id,
        )  # fmt: skip
    return {
        version.code: secrecy.unseal_content(version.sealed, item_id=version.item_id)
        for version in versions
    }


def _note(
    codes: Sequence[str], *, owner: Organisation, reader: Organisation | None, purpose: str,
    by: User | None, at: datetime,
) -> str:  # fmt: skip
    """Keep what is opened; the digest for the event."""
    digest = secrecy.digest_of(codes, occasion=f"{purpose} {at.isoformat()}")
    Opening.objects.create(
        owner=owner, reader=reader or owner, by=by, at=at, purpose=str(purpose),
        codes=sorted(codes), digest=digest,
    )  # fmt: skip
    return digest


@transaction.atomic
def search_words(
    versions: Sequence[ItemVersion], words: str, *, bank: Bank, by: User, at: datetime
) -> list[int]:
    """Ids of the items whose text holds all the words. Bodies are opened in memory only; the
    event says that a search was made and how many items it went through."""
    wanted = [word.casefold() for word in words.split()]
    found = []
    for version in versions:
        text = words_of(secrecy.unseal_content(version.sealed, item_id=version.item_id)).casefold()
        if all(word in text for word in wanted):
            found.append(version.item_id)
    ledger.record(
        "itembank.searched", subject=bank, org=bank.owner, by=by, at=at, purpose="search",
        searched=len(versions), found=len(found),
    )  # fmt: skip
    return found


def read_figures(digests: Collection[str], *, bank_ids: Collection[int]) -> dict[str, bytes]:
    """Pictures by digest, of those banks: belongs to a reading that has its event already."""
    found = {}
    for figure in Figure.objects.filter(digest__in=set(digests), bank__in=bank_ids).select_related(
        "blob"
    ):
        if figure.digest not in found:
            found[figure.digest] = figure_bytes(figure)
    return found


def figure_bytes(figure: Figure) -> bytes:
    return secrecy.unseal(files.read(figure.blob), f"figure:{figure.digest}")


@transaction.atomic
def read_tasks(
    tasks: Sequence[SkillTask], *, purpose: str, by: User | None, at: datetime
) -> dict[int, TaskContent]:
    """Contents of practical tasks by their id; the module, table and owner are loaded. One event
    for each structure table."""
    tables = defaultdict(list)
    for task in tasks:
        tables[task.module.table].append(task)
    for table, found in tables.items():
        codes = [task.reference for task in found]
        digest = _note(codes, owner=table.owner, reader=None, purpose=purpose, by=by, at=at)
        ledger.record(
            "itembank.tasks_read", subject=table, org=table.owner, by=by, at=at,
            purpose=str(purpose), count=len(found), digest=digest,
        )  # fmt: skip
    return {task.pk: secrecy.unseal_task(task.sealed, module_id=task.module_id) for task in tasks}
