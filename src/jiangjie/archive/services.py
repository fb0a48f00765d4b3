"""Deeds: asking for a bag, making it, opening one."""

import tempfile
from datetime import datetime
from typing import Any

from django.db import transaction

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.archive import contents
from jiangjie.archive.bagging import BagWriter, pieces_of
from jiangjie.archive.models import Bag
from jiangjie.archive.papers import papers
from jiangjie.files import services as files
from jiangjie.files.models import Blob
from jiangjie.kernel.canonical import canonical_bytes
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.planning.models import Batch

DUTY = "archive.bags"


@transaction.atomic
def ask_bag(*, batch: Batch, by: User, at: datetime) -> Bag:
    """Ask for a bag of the batch as it is; a duty makes it. One at a time for a batch."""
    batch = Batch.objects.select_for_update(of=("self",)).select_related("org").get(pk=batch.pk)
    if Bag.objects.filter(batch=batch, blob=None, error="").exists():
        raise RuleViolation("archive.bag_waiting", gettext_noop("该批次的档案包正在生成。"))
    bag = Bag.objects.create(
        batch=batch, file_name=f"{batch.org.name}-{batch.number}-{at:%Y%m%d%H%M}.zip",
        asked_by=by, asked_at=at,
    )  # fmt: skip
    ledger.record("archive.asked", subject=bag, org=batch.org, by=by, at=at, context=batch)
    jobs.wake(DUTY)
    return bag


def make_bag(*, bag_id: int, at: datetime) -> Bag:
    """Write the bag: files, seal in the ledger, proofs, manifests. Safe to repeat and to kill.

    The digests of all files are recorded as an event before the proofs are taken, so whoever
    changes a file afterwards, manifests and all, contradicts the signed tree.
    """
    bag = Bag.objects.select_related("batch__org", "batch__plan", "batch__pack",
                                     "batch__run__definition", "asked_by").get(pk=bag_id)  # fmt: skip
    if bag.blob_id is not None:
        return bag
    batch = bag.batch
    with tempfile.TemporaryFile() as draft:
        writer = BagWriter(draft, name=bag.file_name.removesuffix(".zip"), at=at)
        for path, content in contents.data(batch, at=at):
            writer.add(path, [content])
        for path, paper in papers(batch, at=at):
            if paper is not None:
                writer.add(path, [paper])
        for path, blob in contents.evidence(batch):
            with files.open_blob(blob) as stream:
                writer.add(path, pieces_of(stream))
        _seal(bag, writer.digests, at)
        proofs: Any = ledger.export_proofs(contents.events_of(batch), at=at)
        writer.add("data/ledger/events.json", [canonical_bytes(proofs["entries"])])
        writer.add("data/ledger/checkpoint.txt", [str(proofs["checkpoint"]).encode()])
        writer.add("data/ledger/public_key.txt", [f"{proofs['public_key']}\n".encode()])
        writer.finish(
            [
                ("Source-Organization", batch.org.name),
                ("External-Identifier", batch.number),
                ("External-Description", batch.title),
                ("Bagging-Date", f"{at:%Y-%m-%d}"),
            ]
        )
        draft.seek(0)
        made = files.store(draft, media_type="application/zip", at=at)
    with transaction.atomic():
        locked = Bag.objects.select_for_update().get(pk=bag_id)
        locked.blob, locked.made_at = made, at
        locked.save(update_fields=["blob", "made_at"])
        ledger.record(
            "archive.made", subject=locked, org=bag.batch.org, by=bag.asked_by, at=at,
            context=bag.batch, digest=made.digest, size=made.size,
        )  # fmt: skip
    return locked


@transaction.atomic
def _seal(bag: Bag, digests: dict[str, str], at: datetime) -> None:
    ledger.record(
        "archive.sealed", subject=bag, org=bag.batch.org, by=bag.asked_by, at=at,
        context=bag.batch, files=dict(digests),
    )  # fmt: skip


@transaction.atomic
def fail_bag(*, bag_id: int, why: str, at: datetime) -> None:
    """Note that a bag could not be made; it is asked for anew, not tried for ever."""
    bag = Bag.objects.select_for_update().select_related("batch__org").get(pk=bag_id)
    bag.error = why[:500]
    bag.save(update_fields=["error"])
    ledger.record(
        "archive.failed", subject=bag, org=bag.batch.org, by=None, at=at, context=bag.batch,
        why=bag.error,
    )  # fmt: skip


@transaction.atomic
def open_bag(bag: Bag, *, purpose: str, by: User, at: datetime) -> Blob:
    """查阅: the bag for somebody who says what for; the event is the access log (R-08)."""
    if bag.blob is None:
        raise RuleViolation("archive.not_made", gettext_noop("档案包尚未生成。"))
    if not purpose.strip():
        raise RuleViolation("archive.no_purpose", gettext_noop("请填写查阅用途。"))
    ledger.record(
        "archive.opened", subject=bag, org=bag.batch.org, by=by, at=at, context=bag.batch,
        purpose=purpose.strip(),
    )  # fmt: skip
    return bag.blob
