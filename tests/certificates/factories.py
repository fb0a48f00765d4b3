"""Batches whose results were published, and certificates of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from jiangjie.certificates import services
from jiangjie.certificates.models import Certificate, IssueRun
from jiangjie.planning.models import Batch
from jiangjie.publicity import services as publicity
from tests.factories import World
from tests.publicity.factories import DAY_AFTER, make_result_period
from tests.results.factories import make_signed_batch

ISSUED_ON = date(2026, 4, 28)  # the day after the publicity of tests.publicity.factories
ISSUE_DAY = datetime(2026, 4, 28, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


def make_published_batch(world: World, *, passed: int = 3, **wishes: object) -> Batch:
    """S13 is done: the certificates of `passed` people may be issued on ISSUE_DAY."""
    batch = make_signed_batch(world, passed=passed, **wishes)
    period = make_result_period(world, batch)
    publicity.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)
    return Batch.objects.select_related("org", "pack", "run__definition").get(pk=batch.pk)


def start(
    world: World, batch: Batch, *, issued_on: date = ISSUED_ON, at: datetime = ISSUE_DAY
) -> IssueRun:
    return services.start_issue(batch=batch, issued_on=issued_on, by=world.office, at=at)


def finish(run: IssueRun, *, limit: int = 100, at: datetime = ISSUE_DAY) -> None:
    while services.issue_some(run_id=run.pk, limit=limit, at=at):
        pass


def make_issued_batch(world: World, *, passed: int = 3, **wishes: object) -> Batch:
    batch = make_published_batch(world, passed=passed, **wishes)
    finish(start(world, batch))
    return batch


def certificates_of(batch: Batch) -> Sequence[Certificate]:
    return list(Certificate.objects.filter(batch=batch).order_by("number"))
