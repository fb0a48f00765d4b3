"""What the app above does when a released score is corrected. Filled in its `ready()`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from jiangjie.accounts.models import User


@dataclass(frozen=True, slots=True)
class Changed:
    """A theory score was corrected by a slip that two people signed."""

    application_id: int
    before: int  # hundredths out of 100.00
    after: int
    earned: int  # points on the paper, of `possible`
    possible: int
    reason: str
    script: str  # ledger references
    slip: str
    asked_by: User
    asked_at: datetime
    decided_by: User
    at: datetime


Listener = Callable[[Changed], None]

_listeners: list[Listener] = []


def on_score_changed(listener: Listener) -> None:
    """Called inside the deed's transaction; a RuleViolation of the listener refuses the deed."""
    if listener not in _listeners:
        _listeners.append(listener)


def listeners() -> Iterator[Listener]:
    return iter(_listeners)
