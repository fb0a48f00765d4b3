"""Deeds: asking for a bag, making it, handing it out.

Making reads everything in one snapshot, then writes evidence, then seals: the digests of all
files go into the ledger, and the proof of that event into the bag. A killed job leaves no half
bag, only a row that says a bag is still to be made.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.archive import contents, queries, rules, scripts
from jiangjie.archive.bagging import BagWriter, pieces_of
from jiangjie.archive.contents import FIFTH, FIRST, FOURTH, SECOND, Gathered, array, json_bytes
from jiangjie.archive.models import Bag
from jiangjie.archive.papers import papers
from jiangjie.files import services as files
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.ledger import queries as ledger_queries
from jiangjie.ledger import services as ledger
from jiangjie.ledger.models import Checkpoint, Event, Leaf
from jiangjie.planning.models import Batch
from jiangjie.publicity.models import PublicityPeriod
from jiangjie.verify.bag import verify_bag

DUTY = "archive.make"
_CHECKPOINTS = 400  # consistency proofs in a bag; beyond that the last of each day
_LEDGER_FILES = 5
_BETWEEN = 100  # files from one look at progress and cancel to the next


@transaction.atomic
def ask_bag(*, batch: Batch, by: User, at: datetime) -> Bag:
    """Ask for the archive of a batch as one bag; a job then makes it.

    While one is being made, asking again gives that one.
    """
    batch = (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org")
        .get(pk=batch.pk)
    )
    wanted = Bag.objects.filter(batch=batch, made_at=None, cancelled_at=None, error="").first()
    if wanted is not None:
        return wanted
    bag = Bag.objects.create(
        batch=batch,
        file_name=f"{batch.number}-档案-{timezone.localtime(at):%Y%m%d%H%M}.zip",
        asked_by=by,
        asked_at=at,
    )
    ledger.record("archive.bag_asked", subject=bag, org=batch.org, by=by, at=at, context=batch)
    jobs.wake(DUTY)
    return bag


@transaction.atomic
def cancel_bag(*, bag_id: int, by: User, at: datetime) -> Bag:
    """Stop making a bag. A finished one stays as it is."""
    bag = _locked(bag_id)
    if bag.state != "running":
        return bag
    bag.cancelled_at = at
    bag.save(update_fields=["cancelled_at"])
    ledger.record(
        "archive.bag_cancelled", subject=bag, org=bag.batch.org, by=by, at=at, context=bag.batch
    )
    return bag


@transaction.atomic
def open_bag(*, bag_id: int, by: User, at: datetime) -> Bag:
    """Hand out a bag to somebody whom it does not concern; the consultation is recorded (R-08)."""
    bag = Bag.objects.select_related("batch__org", "blob").get(pk=bag_id)
    rules.check_not_concerned(is_candidate=queries.is_candidate(by, bag.batch))
    if bag.blob is None:
        raise RuleViolation("archive.not_made", gettext_noop("档案包还没有做好。"))
    ledger.record(
        "archive.bag_opened", subject=bag, org=bag.batch.org, by=by, at=at, context=bag.batch,
        digest=bag.blob.digest,
    )  # fmt: skip
    return bag


# ---- making ---------------------------------------------------------------------------------


def make_bag(*, bag_id: int, at: datetime) -> Bag:
    """Make a bag that was asked for; called again, and after a kill, it begins anew.

    What cannot be read or written stands in `error`; then it must be asked for again.
    """
    bag = Bag.objects.select_related(
        "batch__org", "batch__plan", "batch__pack", "batch__run__definition",
        "batch__announcement", "batch__intake", "asked_by",
    ).get(pk=bag_id)  # fmt: skip
    if bag.state != "running":
        return bag
    try:
        with tempfile.TemporaryFile(dir=_room()) as target:
            with BagWriter(target, name=_folder(bag), at=timezone.localtime(at)) as writer:
                _make(bag, writer, at)
            target.flush()
            return _keep(bag, target, verify_bag(target).to_json(), at)
    except _Cancelled:
        return Bag.objects.get(pk=bag.pk)
    except (BadInput, RuleViolation, OSError, files.DamagedFile) as why:
        return _give_up(bag, str(why))
    except Exception as why:
        _give_up(bag, f"{type(why).__name__}: {why}")
        raise


class _Cancelled(Exception):
    """Somebody has asked to stop."""


def _give_up(bag: Bag, why: str) -> Bag:
    Bag.objects.filter(pk=bag.pk, made_at=None).update(error=why[:500] or "?")
    return Bag.objects.get(pk=bag.pk)


def _make(bag: Bag, writer: BagWriter, at: datetime) -> None:
    with _snapshot():
        read = _write_rows(bag, writer, at)
    total = len(writer.digests) + len(read.gathered.files) + _LEDGER_FILES
    _tell(bag, len(writer.digests), total=total)
    evidence = _write_evidence(bag, writer, read.gathered)
    sealed = _seal(bag, writer, read.events, evidence, at)
    _write_ledger(bag, writer, [*read.events, sealed], at)
    writer.finish(
        [
            ("Source-Organization", bag.batch.org.name),
            ("External-Description", f"{bag.batch.number} {bag.batch.title}"),
            ("External-Identifier", f"{bag.batch.org.uscc or bag.batch.org_id}/{bag.batch.number}"),
            ("Bagging-Date", f"{timezone.localdate(at)}"),
            ("Bag-Software-Agent", "jiangjie"),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Read:
    gathered: Gathered
    events: list[Event]


@contextlib.contextmanager
def _snapshot() -> Iterator[None]:
    """All reads see the database as it was at one moment, though work goes on meanwhile.

    Inside somebody else's transaction the snapshot is that one's to choose.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _write_rows(bag: Bag, writer: BagWriter, at: datetime) -> _Read:
    batch, gathered = bag.batch, Gathered()
    volumes = queries.volumes(batch)
    filed = contents.filings(batch)
    for path, value in _documents(batch):
        gathered.note_actors(value)
        writer.add(path, [json_bytes(value)])
    lists = {
        f"{SECOND}/备案.json": map(contents.filing, filed),
        "data/procedure/sign_offs.json": contents.sign_offs(batch),
        "data/procedure/records.json": contents.records(batch, gathered),
        f"{FIRST}/申报.json": contents.applications(batch, gathered),
        f"{FOURTH}/成绩录入.json": contents.entries(batch),
        f"{FOURTH}/成绩.json": contents.marks(batch),
        f"{FOURTH}/更正单.json": contents.corrections(batch),
        f"{FOURTH}/评定结果.json": contents.decisions(batch),
        f"{FOURTH}/异议.json": contents.objections(batch),
        f"{FIFTH}/证书.json": contents.certificates(batch),
        "data/treatment/rates.json": contents.rates(batch),
        "data/treatment/entitlements.json": contents.entitlements(batch),
        "data/treatment/payments.json": contents.payments(batch),
    }
    if batch.paper_sets.exists():
        lists[contents.PAPERS] = contents.papers(batch, gathered)
    if scripts.has_scripts(batch):
        lists[scripts.SCRIPTS] = scripts.scripts(batch, gathered)
    for path, rows in lists.items():
        writer.add(path, array(rows, gathered))
    unprinted = []
    for path, paper in papers(batch, at=at):
        if paper is None:
            unprinted.append(path)
        else:
            writer.add(path, [paper])
    index = {**contents.index(bag, volumes), "made_at": at, "unprinted": unprinted}
    gathered.note_actors(index["batch"])
    gathered.note_actors(index["intake"] or {})
    writer.add("data/index.json", [json_bytes(index)])
    writer.add("data/people.json", array(contents.people(gathered.users), gathered))
    bag.completeness = index["volumes"]
    return _Read(gathered, contents.events(batch, filed, gathered.users))


def _documents(batch: Batch) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "data/policy/pack.json", batch.pack.body
    yield "data/procedure/definition.json", batch.run.definition.body
    for line in contents.lines(batch):
        yield f"data/standards/{line['line']}.json", line
    yield f"{SECOND}/年度计划.json", contents.plan(batch)
    if made := contents.announcement(batch):
        yield f"{FIRST}/公告.json", made
    names = {"qualification": f"{FIRST}/资格公示.json", "result": f"{FOURTH}/结果公示.json"}
    for period in PublicityPeriod.objects.filter(batch=batch).order_by("pk"):
        yield names[period.kind], contents.period(period)


def _write_evidence(bag: Bag, writer: BagWriter, gathered: Gathered) -> set[str]:
    """Streamed from the store. DamagedFile when its bytes are no longer those that were kept."""
    written = set()
    for path, blob in sorted(gathered.files, key=lambda each: each[0]):
        with files.open_blob(blob) as stream:
            digest = writer.add(path, pieces_of(stream))
        if digest != blob.digest:
            raise files.DamagedFile(blob.digest)
        written.add(path)
        if len(written) % _BETWEEN == 0:
            _tell(bag, len(writer.digests))
    return written


def _tell(bag: Bag, written: int, *, total: int | None = None) -> None:
    """How far it is; stops when somebody has cancelled."""
    changes = {"written": written, **({} if total is None else {"total": total})}
    if not Bag.objects.filter(pk=bag.pk, cancelled_at=None).update(**changes):
        raise _Cancelled


@transaction.atomic
def _seal(
    bag: Bag, writer: BagWriter, events: list[Event], evidence: set[str], at: datetime
) -> Event:
    """The digest of every file, and of all events, goes into the ledger before the bag leaves."""
    leaves = b"".join(sorted(bytes(event.digest) for event in events))
    return ledger.record(
        "archive.bag_sealed", subject=bag, org=bag.batch.org, by=bag.asked_by, at=at,
        context=bag.batch,
        files={path: each for path, each in writer.digests.items() if path not in evidence},
        evidence=len(evidence), events=len(events), events_digest=sha256(leaves).hexdigest(),
    )  # fmt: skip


def _write_ledger(bag: Bag, writer: BagWriter, events: list[Event], at: datetime) -> None:
    exported = cast(dict[str, Any], ledger.export_proofs(events, at=at))
    entries = sorted(exported["entries"], key=lambda entry: entry["position"])
    writer.add("data/ledger/events.jsonl", (f"{entry['leaf']}\n".encode() for entry in entries))
    writer.add(
        "data/ledger/proofs.json",
        [json_bytes([{"position": e["position"], "proof": e["proof"]} for e in entries])],
    )
    writer.add("data/ledger/checkpoint.txt", [exported["checkpoint"].encode()])
    writer.add("data/ledger/public_key.txt", [f"{exported['public_key']}\n".encode()])
    bag.checkpoint_size = size = int(exported["checkpoint"].split("\n")[1])
    writer.add("data/ledger/consistency.json", [json_bytes(_consistency(events, size))])


def _consistency(events: list[Event], size: int) -> dict[str, list[str]]:
    """That every checkpoint signed since the batch began is a part of the bag's own."""
    first = Leaf.objects.get(event=min(event.pk for event in events)).position
    signed = list(
        Checkpoint.objects.filter(size__gt=first, size__lt=size)
        .order_by("size")
        .values_list("size", "at")
    )
    kept = [each for each, _ in signed]
    if len(kept) > _CHECKPOINTS:
        kept = list({timezone.localdate(at): each for each, at in signed}.values())
    return {
        str(each): [node.hex() for node in ledger_queries.consistency_proof(each, size)]
        for each in kept
    }


@transaction.atomic
def _keep(bag: Bag, target: IO[bytes], report: dict[str, Any], at: datetime) -> Bag:
    """The whole bag becomes a stored file and the row says so, together."""
    kept = _locked(bag.pk)
    if kept.state != "running":
        return kept
    kept.blob = files.store(cast(Any, target), media_type="application/zip", at=at)
    kept.completeness, kept.checkpoint_size = bag.completeness, bag.checkpoint_size
    kept.report, kept.made_at, kept.written = report, at, kept.total
    kept.save()
    ledger.record(
        "archive.bag_made", subject=kept, org=kept.batch.org, by=kept.asked_by, at=at,
        context=kept.batch, digest=kept.blob.digest, ok=report["ok"],
    )  # fmt: skip
    return kept


def _locked(bag_id: int) -> Bag:
    return Bag.objects.select_for_update(of=("self",)).select_related("batch__org").get(pk=bag_id)


def _folder(bag: Bag) -> str:
    return f"jiangjie-{bag.batch.number}-{bag.pk}"


def _room() -> str:
    """On the disk of the files; the file there has no name, so a kill leaves nothing."""
    os.makedirs(settings.CONFIG.files, exist_ok=True)
    return str(settings.CONFIG.files)
