"""Deeds: asking for a bag, making it, opening one."""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.db import transaction

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.archive import contents
from jiangjie.archive.models import Bag
from jiangjie.files import services as files
from jiangjie.files.models import Blob
from jiangjie.kernel.canonical import canonical_bytes
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.planning.models import Batch

PIECE = 1 << 20
ROOT_TIME = (2000, 1, 1, 0, 0, 0)  # of every zip entry: the same content makes the same bag
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
    with tempfile.TemporaryFile() as draft:
        writer = _Writer(draft)
        for name, content in contents.files_of(bag.batch, at=at):
            writer.add(name, content)
        _seal(bag, writer.digests, at)
        proofs = ledger.export_proofs(contents.events_of(bag.batch), at=at)
        writer.add("data/ledger/events.json", canonical_bytes(proofs["entries"]))
        writer.add("data/ledger/checkpoint.txt", str(proofs["checkpoint"]).encode())
        writer.add("data/ledger/public_key.txt", f"{proofs['public_key']}\n".encode())
        writer.finish(bag, at)
        draft.seek(0)
        blob = files.store(draft, media_type="application/zip", at=at)
    with transaction.atomic():
        locked = Bag.objects.select_for_update().get(pk=bag_id)
        locked.blob, locked.made_at = blob, at
        locked.save(update_fields=["blob", "made_at"])
        ledger.record(
            "archive.made", subject=locked, org=bag.batch.org, by=bag.asked_by, at=at,
            context=bag.batch, digest=blob.digest, size=blob.size,
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


class _Writer:
    """A BagIt bag (RFC 8493) as a zip, written once through; keeps the digests as it goes."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.digests: dict[str, str] = {}
        self._bytes = 0

    def add(self, name: str, content: contents.Content) -> None:
        seen = hashlib.sha256()
        with self._zip.open(_entry(name), "w", force_zip64=True) as entry:
            for piece in _pieces(content):
                seen.update(piece)
                entry.write(piece)
                self._bytes += len(piece)
        self.digests[name] = seen.hexdigest()

    def finish(self, bag: Bag, at: datetime) -> None:
        count, size = len(self.digests), self._bytes
        manifest = _manifest(self.digests)
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": (
                f"Source-Organization: {bag.batch.org.name}\n"
                f"External-Identifier: {bag.batch.number}\n"
                f"External-Description: {bag.batch.title}\n"
                f"Bagging-Date: {at:%Y-%m-%d}\n"
                f"Payload-Oxum: {size}.{count}\n"
            ),
            "manifest-sha256.txt": manifest,
        }
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in tags.items()}
        for name, text in (*tags.items(), ("tagmanifest-sha256.txt", _manifest(digests))):
            self._zip.writestr(_entry(name), text.encode())
        self._zip.close()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ROOT_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _manifest(digests: dict[str, str]) -> str:
    """Names as RFC 8493 escapes them: only line ends and the percent sign."""
    return "".join(
        f"{digest}  {name.replace('%', '%25')}\n" for name, digest in sorted(digests.items())
    )


def _pieces(content: contents.Content) -> Iterator[bytes]:
    stream: IO[bytes] = (
        io.BytesIO(content) if isinstance(content, bytes) else files.open_blob(content)
    )
    with stream:
        while piece := stream.read(PIECE):
            yield piece
