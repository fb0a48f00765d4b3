"""Writing to the ledger. Deeds of all apps call `record` inside their own transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from jiangjie.accounts.models import User
from jiangjie.kernel import canonical, checkpoints, merkle
from jiangjie.kernel.canonical import Json
from jiangjie.ledger import queries, tree
from jiangjie.ledger.leaves import leaf_bytes
from jiangjie.ledger.models import Checkpoint, Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation

_SEQUENCER = 0x6C65646772  # advisory lock: one sequencer at a time gives out positions
_TAKE = """
WITH taken AS (
    DELETE FROM ledger_pending WHERE event_id IN (
        SELECT event_id FROM ledger_pending ORDER BY event_id LIMIT %s
    ) RETURNING event_id
)
SELECT event.id, event.digest FROM taken JOIN ledger_event event ON event.id = taken.event_id
ORDER BY event.id
"""


def record(
    action: str,
    *,
    subject: models.Model,
    org: Organisation | None,
    by: User | None,
    at: datetime,
    context: models.Model | None = None,
    **data: Any,
) -> Event:
    """Write one event; `data` are JSON values. It joins the Merkle tree with the next sequencing."""
    event = Event(
        org=org,
        at=at,
        by=by,
        action=action,
        subject=ref(subject),
        context=ref(context) if context is not None else "",
        data=canonical.jsonable(data),
    )
    event.digest = merkle.leaf_hash(leaf_bytes(event))
    event.save(force_insert=True)
    return event


@transaction.atomic
def sequence(*, at: datetime, limit: int = 50_000) -> int:
    """Give the next positions to at most `limit` committed events and sign the new tree.

    Returns how many there were; with none nothing is written. Several sequencers may run: each
    event is taken from the queue once, whenever its transaction became visible.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEQUENCER])
        cursor.execute(_TAKE, [limit])
        taken = [(pk, bytes(digest)) for pk, digest in cursor.fetchall()]
        if not taken:
            return 0
        last = queries.latest_checkpoint()
        old = tree.frontier(last.size if last else 0)
        new, completed = old.extended(digest for _, digest in taken)
        _copy(
            "ledger_leaf (position, event_id)",
            ((old.size + place, pk) for place, (pk, _) in enumerate(taken)),
        )
        _copy(
            "ledger_node (level, index, hash)",
            ((level, index, node) for (level, index), node in completed),
        )
    key = settings.KEYS.ledger_key()
    Checkpoint.objects.create(
        size=new.size,
        root=new.root,
        note=checkpoints.sign_checkpoint(queries.origin(key.public_key()), new.size, new.root, key),
        at=at,
    )
    return len(taken)


def export_proofs(events: Sequence[Event], *, at: datetime) -> Json:
    """What proves the events without us: leaves, places, audit paths and the signed checkpoint.

    Sequences what still waits. {"checkpoint": note, "public_key": "name+id+key", "entries":
    [{"event": pk, "position": n, "leaf": canonical JSON text, "proof": [hex, …]}, …]}.
    """
    while sequence(at=at):
        pass
    checkpoint = queries.latest_checkpoint()
    proofs = queries.inclusion_proofs(events, checkpoint.size) if checkpoint else {}
    return {
        "checkpoint": checkpoint.note if checkpoint else None,
        "public_key": queries.published_key(),
        "entries": [
            {
                "event": event.pk,
                "position": proofs[event.pk].position,
                "leaf": leaf_bytes(event).decode(),
                "proof": [node.hex() for node in proofs[event.pk].path],
            }
            for event in events
        ],
    }


def _copy(target: str, rows: Iterable[tuple[object, ...]]) -> None:
    """COPY: 100,000 events a few seconds' work, where INSERTs would take minutes."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
