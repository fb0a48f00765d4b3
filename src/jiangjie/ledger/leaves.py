"""The bytes of an event that its leaf hash covers."""

from datetime import UTC

from jiangjie.kernel import canonical
from jiangjie.ledger.models import Event


def leaf_bytes(event: Event) -> bytes:
    """The canonical JSON (RFC 8785) that an event's leaf hash covers; archives carry the same."""
    return canonical.canonical_bytes(
        {
            "org": event.org_id,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": event.by_id,
            "action": event.action,
            "subject": event.subject,
            "context": event.context,
            "data": event.data,
        }
    )
