"""Two deeds at one moment: one holds its transaction open, the other has to wait for it."""

import threading
from collections.abc import Callable

from django.db import connections, transaction

from jiangjie.kernel.errors import RuleViolation

PATIENCE = 20  # seconds until a test gives up
WAITING = 0.5  # seconds after which a deed that has not come back is taken to wait


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> str:
    """Do `first`, then begin `second` elsewhere before `first` is committed.

    Returns "waited" or "did not wait" with the outcome of `second`: "done" or its refusal.
    """
    is_done, seen = threading.Event(), []

    def run() -> None:
        is_done.wait(PATIENCE)
        try:
            second()
            seen.append("done")
        except RuleViolation as why:
            seen.append(why.code)
        except Exception as why:  # noqa: BLE001 -- carried to the test's own thread
            seen.append(repr(why))
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    other.start()
    with transaction.atomic():
        first()
        is_done.set()
        other.join(WAITING)
        waited = "did not wait" if seen else "waited"
    other.join(PATIENCE)
    return f"{waited}: {seen[0]}"
