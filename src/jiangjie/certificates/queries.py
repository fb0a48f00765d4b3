"""Reads: what is still to issue, who sees which certificate, and the public look-up."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.certificates.models import Certificate, IssueRun
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.publicity.queries import Held, held
from jiangjie.results.models import Outcome


def certificates_visible_to(acting: Acting, user: User | None = None) -> QuerySet[Certificate]:
    """Those of the batches one may see; a holder sees his own."""
    visible = Certificate.objects.filter(batch__in=batches_visible_to(acting))
    if user is not None:
        visible = visible | Certificate.objects.filter(person__user=user)
    return visible.select_related("person", "batch", "org", "application").order_by("number")


def to_issue(batch: Batch, holding: Held | None = None) -> QuerySet[Application]:
    """Passed, not held by an objection, and without a certificate; in the order of numbering."""
    holding = holding or held(batch)
    passed = Application.objects.filter(
        batch=batch, decision__outcome=Outcome.PASSED, certificate=None
    )
    if holding.whole_batch:
        return passed.none()
    return (
        passed.exclude(pk__in=holding.waiting | holding.upheld)
        .select_related("person", "line", "photo")
        .order_by("line__level", "line_id", "pk")
    )


@dataclass(frozen=True, slots=True)
class IssueState:
    """Where issuing a batch stands; counts of people."""

    run: IssueRun | None
    passed: int
    issued: int
    left: int
    waiting: int  # held by an open objection
    excluded: int  # an objection was upheld

    @property
    def is_done(self) -> bool:
        return self.left == 0 and self.waiting == 0 and self.issued > 0


def issue_state(batch: Batch) -> IssueState:
    holding = held(batch)
    passed = set(
        Application.objects.filter(batch=batch, decision__outcome=Outcome.PASSED).values_list(
            "pk", flat=True
        )
    )
    issued = set(Certificate.objects.filter(batch=batch).values_list("application_id", flat=True))
    open_cases = passed - issued
    upheld = open_cases & holding.upheld
    waiting = open_cases - upheld if holding.whole_batch else open_cases & holding.waiting - upheld
    return IssueState(
        run=IssueRun.objects.filter(batch=batch).first(),
        passed=len(passed),
        issued=len(issued),
        left=len(open_cases - waiting - upheld),
        waiting=len(waiting),
        excluded=len(upheld),
    )


def find_by_secret(secret: str) -> Certificate | None:
    """The certificate whose QR code this is; the code itself is the second factor."""
    return Certificate.objects.select_related("org").filter(secret=secret).first()


def find_by_number_and_name(number: str, name: str) -> Certificate | None:
    """Both must fit: numbers run in sequence, so a number alone would let anybody count up."""
    certificate = (
        Certificate.objects.select_related("org")
        .filter(number="".join(number.split()).upper())
        .first()
    )
    if certificate is None or "".join(name.split()) != "".join(certificate.holder_name.split()):
        return None
    return certificate


_COUNT = """
INSERT INTO certificates_lookup (asker, "window", count) VALUES (%s, %s, 1)
ON CONFLICT (asker, "window") DO UPDATE SET count = certificates_lookup.count + 1
RETURNING count
"""


def lookups_counted(asker: bytes, window: datetime) -> int:
    """Count one look-up of this asker in this window and return how many there are now.

    One statement: it holds across all web processes, and two at once both count.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [asker, window])
        row = cursor.fetchone()
    return int(row[0])
