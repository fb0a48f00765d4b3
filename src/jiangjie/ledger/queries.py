"""Reads of the ledger: events, proofs, checkpoints, and the check of the whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import models
from django.db.models import QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role
from jiangjie.kernel import checkpoints, merkle
from jiangjie.kernel.errors import MalformedValue, gettext_noop
from jiangjie.ledger import tree
from jiangjie.ledger.leaves import leaf_bytes
from jiangjie.ledger.models import Checkpoint, Event, Leaf, Pending
from jiangjie.ledger.references import ref
from jiangjie.orgs.queries import organisations_visible_to


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an event is leaf `position` of the tree of the first `size` events."""

    position: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the ledger: `place` is a position or a checkpoint's size."""

    code: str
    place: int
    text: str  # gettext source without places


def events_visible_to(acting: Acting) -> QuerySet[Event]:
    """Newest first: the events of the organisations that the acting role may look into."""
    found = Event.objects.select_related("org", "by").order_by("-pk")
    if not acting.has(Role.OFFICE, Role.ADMIN, Role.OFFICER):
        return found.none()
    return found.filter(org__in=organisations_visible_to(acting).values("pk").order_by())


def events_of(context: models.Model) -> QuerySet[Event]:
    """Every event of one batch, in the order of the deeds."""
    return Event.objects.filter(context=ref(context)).select_related("by", "org").order_by("pk")


def latest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def waiting() -> int:
    """How many events are not yet in the tree."""
    return Pending.objects.count()


def origin(key: Ed25519PublicKey) -> str:
    """The name of this ledger, which is also its key's: it never changes with an address."""
    return f"jiangjie/ledger/{sha256(key.public_bytes_raw()).hexdigest()[:16]}"


def published_key() -> str:
    """The public key as others' tools read it: "name+id+key"."""
    key = settings.KEYS.ledger_key().public_key()
    return checkpoints.verifier_key(origin(key), key)


def inclusion_proof(event: Event, size: int) -> InclusionProof:
    """LookupError if the event is not among the first `size` leaves."""
    return inclusion_proofs([event], size)[event.pk]


def inclusion_proofs(events: Sequence[Event], size: int) -> dict[int, InclusionProof]:
    """Proofs by event id, in two queries whatever the number."""
    positions = dict(
        Leaf.objects.filter(event__in=[event.pk for event in events], position__lt=size)
        .values_list("event_id", "position")
    )  # fmt: skip
    if missing := [event.pk for event in events if event.pk not in positions]:
        raise LookupError(f"not in the tree of {size} leaves: events {missing[:5]}")
    get_node = tree.lookup(
        node for position in positions.values() for node in merkle.inclusion_nodes(position, size)
    )
    return {
        pk: InclusionProof(
            position, size, tuple(merkle.inclusion_proof_from(get_node, position, size))
        )
        for pk, position in positions.items()
    }


def consistency_proof(old: int, new: int) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of that of `new`.

    IndexError unless 0 <= old <= new <= the sequenced size.
    """
    last = latest_checkpoint()
    if new > (last.size if last else 0):
        raise IndexError(f"no {new} leaves yet")
    return merkle.consistency_proof_from(tree.lookup(merkle.consistency_nodes(old, new)), old, new)


# ---- the check ----------------------------------------------------------------------------

_SLICE = 5_000  # events in memory at a time

MISSING = gettext_noop("事件缺失")
ALTERED = gettext_noop("事件内容被改动")
BAD_NODE = gettext_noop("校验树的节点被改动或缺失")
LOST = gettext_noop("事件既不在账本中，也不在待编入队列中")
BAD_ROOT = gettext_noop("检查点与重新计算的结果不符")
BAD_NOTE = gettext_noop("检查点的签名不符，或不是本账本的密钥所签")
CUT_OFF = gettext_noop("留存的检查点比账本更长：账本末尾被删去")
REWRITTEN = gettext_noop("留存的检查点与账本不符：账本被重写")


def check(*, start: int = 0, end: int | None = None, kept: Iterable[str] = ()) -> list[Finding]:
    """Hash the events at positions start..end-1 anew and compare tree and checkpoints.

    `kept` are checkpoint notes that somebody outside has kept: only they show that the end of
    the ledger was cut off or that the whole was written anew with the same key.
    """
    last = latest_checkpoint()
    size = last.size if last else 0
    stop = size if end is None else min(end, size)
    findings = list(_range_findings(start, stop))
    if start == 0 and end is None:
        findings += _outside_findings(size)
    for note in kept:
        findings += _kept_findings(note, size)
    return findings


def _range_findings(start: int, stop: int) -> Iterator[Finding]:
    try:
        current = tree.frontier(start)
    except KeyError:
        yield Finding("ledger.node", start, BAD_NODE)
        return
    signed = Checkpoint.objects.filter(size__gt=start, size__lte=stop).order_by("size")
    heads = {each.size: each for each in signed}
    is_sound = True  # one altered leaf changes every node above it: it is reported once
    for begin in range(start, stop, _SLICE):
        end = min(begin + _SLICE, stop)
        leaves, wrong = _leaves(begin, end)
        yield from wrong
        is_sound = is_sound and not wrong
        for cut in (*(size for size in heads if begin < size < end), end):
            part = leaves[current.size - begin : cut - begin]
            current, completed = current.extended(part)
            if is_sound:
                yield from _node_findings(completed)
            if current.size in heads:
                yield from _checkpoint_findings(heads[current.size], current.root)


def _leaves(begin: int, end: int) -> tuple[list[bytes], list[Finding]]:
    """The leaf hashes of a slice as the events' content gives them today. One query."""
    found = Leaf.objects.filter(position__gte=begin, position__lt=end).select_related("event")
    events = {leaf.position: leaf.event for leaf in found}
    leaves, wrong = [], []
    for position in range(begin, end):
        event = events.get(position)
        if event is None:
            wrong.append(Finding("ledger.missing", position, MISSING))
            leaves.append(bytes(merkle.HASH_SIZE))
            continue
        leaves.append(merkle.leaf_hash(leaf_bytes(event)))
        if leaves[-1] != bytes(event.digest):
            wrong.append(Finding("ledger.altered", position, ALTERED))
    return leaves, wrong


def _node_findings(completed: list[tuple[merkle.NodeId, bytes]]) -> Iterator[Finding]:
    """Stored nodes that are not what the events give; for a leaf the event itself is to blame."""
    get_node = tree.lookup(place for place, _ in completed)
    for (level, index), expected in completed:
        try:
            is_right = get_node(level, index) == expected
        except KeyError:
            is_right = False
        if not is_right:
            code, text = ("ledger.node", BAD_NODE) if level else ("ledger.altered", ALTERED)
            yield Finding(code, index << level, text)


def _checkpoint_findings(checkpoint: Checkpoint, root: bytes) -> Iterator[Finding]:
    if bytes(checkpoint.root) != root:
        yield Finding("ledger.checkpoint_root", checkpoint.size, BAD_ROOT)
    try:
        said = checkpoints.verify_checkpoint(
            checkpoint.note, settings.KEYS.ledger_key().public_key()
        )
    except MalformedValue:
        yield Finding("ledger.checkpoint_note", checkpoint.size, BAD_NOTE)
        return
    if (said.size, said.root) != (checkpoint.size, bytes(checkpoint.root)):
        yield Finding("ledger.checkpoint_note", checkpoint.size, BAD_NOTE)


def _outside_findings(size: int) -> Iterator[Finding]:
    """Events that were kept out of the tree, and leaves that no checkpoint covers."""
    lost = Event.objects.filter(leaf=None).exclude(pk__in=Pending.objects.values("event"))
    for pk in lost.order_by("pk").values_list("pk", flat=True)[:100]:
        yield Finding("ledger.lost", pk, LOST)
    beyond = Leaf.objects.filter(position__gte=size).order_by("position")
    for position in beyond.values_list("position", flat=True)[:100]:
        yield Finding("ledger.checkpoint_root", position, BAD_ROOT)


def _kept_findings(note: str, size: int) -> Iterator[Finding]:
    try:
        said = checkpoints.verify_checkpoint(note, settings.KEYS.ledger_key().public_key())
    except MalformedValue:
        yield Finding("ledger.checkpoint_note", 0, BAD_NOTE)
        return
    if said.size > size:
        yield Finding("ledger.cut_off", said.size, CUT_OFF)
        return
    try:
        is_ours = tree.frontier(said.size).root == said.root
    except KeyError:
        is_ours = False
    if not is_ours:
        yield Finding("ledger.rewritten", said.size, REWRITTEN)
