"""Files of items in and out: a check that takes nothing in, the taking in, and export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.files import services as files
from jiangjie.itembank import queries, secrecy
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.exchange import FigureFile, Finding, ItemDraft, Reading, Written
from jiangjie.itembank.models import (
    Bank,
    Element,
    ElementTable,
    Item,
    ItemImport,
    ItemVersion,
    State,
)
from jiangjie.itembank.rules import items as item_rules
from jiangjie.itembank.services import figures as figure_deeds
from jiangjie.itembank.services import items as deeds
from jiangjie.itembank.services.reading import Purpose, open_versions, read_figures
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation

_PLACE = "import"
MOST = 5_000  # items of one file
_WORDS = {"formula"}  # values that quote an item: not kept in clear


@dataclass(frozen=True, slots=True)
class Good:
    """A draft that can be taken in, and where it belongs."""

    draft: ItemDraft
    point: Element


@transaction.atomic
def check_items(
    *,
    bank: Bank,
    table: ElementTable,
    form: str,
    content: bytes,
    file_name: str,
    default_point: Element | None = None,
    by: User,
    at: datetime,
) -> ItemImport:
    """Dry run: what the import would take and what it would lose. Takes nothing in.

    The file is kept sealed. BadInput for a file that is none of the format.
    """
    reading, good = _checked(table, form, content, default_point)
    blob = files.store(secrecy.seal(content, _PLACE), media_type="application/octet-stream", at=at)
    made = ItemImport.objects.create(
        bank=bank, table=table, default_point=default_point, form=form, blob=blob,
        file_name=file_name[:200], found=reading.found, good=len(good),
        faults=[_kept(each) for each in reading.faults],
        losses=[_kept(each) for each in reading.losses], checked_by=by, checked_at=at,
    )  # fmt: skip
    ledger.record(
        "itembank.import_checked", subject=made, org=bank.owner, by=by, at=at, bank=bank.pk,
        form=form, found=made.found, good=made.good, faults=len(reading.faults),
        losses=len(reading.losses), digest=blob.digest,
    )  # fmt: skip
    return made


@transaction.atomic
def apply_items(
    *, import_id: int, good_only: bool, submit: bool, by: User, at: datetime
) -> ItemImport:
    """Take the file's items in as drafts, or with `submit` straight to review.

    An item that the bank has in the same words changes nothing, so the import may be repeated; one
    with the code of a known item and other words becomes its next version. RuleViolation
    itembank.import_has_faults unless `good_only`.
    """
    made = (
        # The bank too: two files at once must not both take in what neither sees of the other.
        ItemImport.objects.select_for_update(of=("self", "bank"))
        .select_related("bank__owner", "table", "default_point", "blob")
        .get(pk=import_id)
    )
    if made.faults and not good_only:
        raise RuleViolation(
            "itembank.import_has_faults",
            gettext_noop("文件有%(count)d处错误。请改正后重新上传，或选择“只导入无误的试题”。"),
            count=len(made.faults),
        )
    content = secrecy.unseal(files.read(made.blob), _PLACE)
    reading, good = _checked(made.table, made.form, content, made.default_point)
    figure_deeds.keep_all(made.bank, reading.figures.values(), at)
    fresh, changed, same = _sorted(made.bank, made.table.level, good)
    items = deeds.write_items(
        bank=made.bank, wishes=[_wish(each) for each in fresh], by=by, at=at
    ) if fresh else []  # fmt: skip
    ids = [item.pk for item in items]
    for item, each in changed:
        deeds.save_draft(
            item_id=item.pk, content=each.draft.content, difficulty=each.draft.difficulty or 3,
            consistency=each.draft.consistency, by=by, at=at,
        )  # fmt: skip
        ids.append(item.pk)
    if submit and ids:
        deeds.submit(item_ids=ids, by=by, at=at)
    made.applied_at, made.applied_by = made.applied_at or at, made.applied_by or by
    made.created += len(ids)
    made.unchanged = same
    made.save(update_fields=["applied_at", "applied_by", "created", "unchanged"])
    ledger.record(
        "itembank.import_applied", subject=made, org=made.bank.owner, by=by, at=at,
        created=len(ids), unchanged=same, digest=made.blob_id,
    )  # fmt: skip
    return made


def open_import(made: ItemImport, *, by: User, at: datetime) -> bytes:
    """The file as it was uploaded. It shows items, so the ledger notes it."""
    ledger.record(
        "itembank.import_opened", subject=made, org=made.bank.owner, by=by, at=at,
        purpose=str(Purpose.VIEW),
    )  # fmt: skip
    return secrecy.unseal(files.read(made.blob), _PLACE)


@transaction.atomic
def export_items(
    *,
    items: Sequence[Item],
    form: str,
    title: str,
    org: Organisation,
    by: User,
    at: datetime,
) -> Written:
    """The version in use of each item, else the newest, as a file with its loss report."""
    versions = list(
        ItemVersion.objects.filter(pk__in=[item.ready_id or item.latest_id for item in items])
        .select_related("item__bank__owner", "item__point")
        .order_by("item__point__place", "item__code")
    )
    contents = open_versions(versions, purpose=Purpose.EXPORT, by=by, at=at, org=org)
    drafts = [
        ItemDraft(
            contents[version.code], version.item.point.code, version.difficulty,
            version.consistency, version.item.code,
        )
        for version in versions
    ]  # fmt: skip
    digests = {each for draft in drafts for each in item_rules.figures_in(draft.content)}
    banks = {version.item.bank_id for version in versions}
    clear = read_figures(digests, bank_ids=banks)
    rows = queries.figures_of(banks).filter(digest__in=clear)
    figures = {row.digest: FigureFile(row.name, row.media_type, clear[row.digest]) for row in rows}
    return FORMATS[form].write(drafts, figures, title)


def _checked(
    table: ElementTable, form: str, content: bytes, default_point: Element | None
) -> tuple[Reading, list[Good]]:
    reading = FORMATS[form].read(content)
    if reading.found > MOST:
        raise BadInput(
            gettext_noop("文件有%(found)d道试题，一次最多导入%(most)d道，请分成几个文件。"),
            found=reading.found,
            most=MOST,
        )
    points = queries.point_by_code(table)
    good = []
    for draft in reading.drafts:
        faults = item_rules.content_faults(draft.content)
        for fault in faults:
            reading.faults.append(
                Finding(
                    draft.place, fault.column, fault.code, fault.text,
                    {name: value if isinstance(value, int) else str(value)
                     for name, value in fault.values.items()},
                )
            )  # fmt: skip
        point = points.get(draft.point.strip().upper()) or default_point
        if point is None:
            reading.fault(
                draft.place, "认定点代码", "point_unknown",
                gettext_noop("细目表中没有这个鉴定点，也没有选择默认鉴定点。"),
            )  # fmt: skip
        elif not faults:
            good.append(Good(draft, point))
    return reading, good


def _sorted(
    bank: Bank, level: int, good: Sequence[Good]
) -> tuple[list[Good], list[tuple[Item, Good]], int]:
    """(new ones, known items with other words, how many need nothing)."""
    prints = [secrecy.fingerprint(each.draft.content) for each in good]
    known = set(
        ItemVersion.objects.filter(
            fingerprint__in=prints, latest_of__bank=bank, latest_of__level=level
        ).values_list("fingerprint", flat=True)
    )
    by_code = {
        item.code: item
        for item in Item.objects.filter(
            bank=bank, level=level, code__in=[each.draft.code for each in good]
        ).select_related("latest")
    }
    fresh, changed, same = [], [], 0
    for each, print_ in zip(good, prints, strict=True):
        item = by_code.get(each.draft.code)
        if print_ in known:
            same += 1
            continue
        known.add(print_)
        if item is None or item.kind != each.draft.content.kind or item.latest is None:
            fresh.append(each)
        elif item.latest.state in (State.READY, State.RETURNED) and item.retired_at is None:
            changed.append((item, each))
        else:
            same += 1  # somebody is at work on it, or it is out of use
    return fresh, changed, same


def _wish(each: Good) -> deeds.NewItem:
    head, _, serial = each.draft.code.rpartition("-")
    is_ours = head == f"{each.draft.content.kind.value}-{each.point.code}" and serial.isdecimal()
    return deeds.NewItem(
        each.point, each.draft.content, each.draft.difficulty or 3, each.draft.consistency,
        int(serial) if is_ours and 0 < int(serial) < 100_000 else None,
    )  # fmt: skip


def _kept(finding: Finding) -> dict[str, object]:
    return {
        "place": finding.place, "column": finding.column, "code": finding.code,
        "text": finding.text,
        "values": {
            name: "…" if name in _WORDS else value for name, value in finding.values.items()
        },
    }  # fmt: skip
