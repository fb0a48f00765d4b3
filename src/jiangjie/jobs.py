"""Duties: what the machine does on its own. Each app says its own in `duties.py`.

The database says what is due; a job is only the wake-up call for a worker and never the memory
of a duty. So a lost job, a killed worker or a second one change nothing but the hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

TASK = "jiangjie.duty"  # the one procrastinate task; its argument is the duty's name

Work = Callable[[datetime], bool]


@dataclass(frozen=True, slots=True)
class Duty:
    """`work(at)` does one slice (a second or two) and tells whether more is due now."""

    name: str  # "ledger.sequence"
    work: Work
    cron: str  # when it is looked at without being woken; a sixth field means seconds


_duties: dict[str, Duty] = {}


def duty(name: str, *, cron: str = "* * * * *") -> Callable[[Work], Work]:
    """Register a function of an app's `duties.py`. It is safe to repeat and to stop at any point.

    No two workers run the same duty at once.
    """

    def register(work: Work) -> Work:
        _duties[name] = Duty(name, work, cron)
        return work

    return register


def duties() -> tuple[Duty, ...]:
    return tuple(_duties.values())


def wake(name: str) -> None:
    """Have a worker look at a duty once the present transaction has committed."""
    if name not in _duties:
        raise LookupError(f"no duty {name}")
    transaction.on_commit(partial(_defer, name), robust=True)


def _defer(name: str) -> None:
    job = app.configure_task(
        TASK, allow_unknown=True, queueing_lock=name, task_kwargs={"name": name}
    )
    try:
        with transaction.atomic():
            job.defer()
    except AlreadyEnqueued:
        pass  # somebody has woken it already
