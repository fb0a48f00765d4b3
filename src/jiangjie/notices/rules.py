"""When an e-mail that could not be handed over is tried again. House decision, no clause."""

from datetime import datetime, timedelta

# After the n-th failure; a mail server's usual troubles pass within these two days.
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)


def next_attempt(failures: int, at: datetime) -> datetime | None:
    """When to try again after `failures` failed attempts, the last one at `at`; None: never."""
    return at + RETRY_AFTER[failures - 1] if failures <= len(RETRY_AFTER) else None
