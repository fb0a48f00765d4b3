"""What a round teaches of the bank's items, told to the bank."""

from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.itembank.services import Statistic, record_statistics
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.marking import queries
from jiangjie.marking.services.rounds import locked, record


@transaction.atomic
def send_statistics(*, round_id: int, by: User, at: datetime) -> int:
    """Record difficulty and discrimination of every item; again replaces. Returns how many."""
    found = locked(round_id)
    if found.closed_at is None:
        raise RuleViolation("marking.not_closed", gettext_noop("合分后才能分析试题。"))
    count = record_statistics(
        source=found, title=found.title, sat_on=found.batch.exam_on,
        statistics=[
            Statistic(
                each.item, each.people, each.p_value, each.discrimination,
                each.rasch.b, each.rasch.b_error, each.two.a, each.two.a_error,
                each.two.b, each.two.b_error,
            )
            for each in queries.learned(found)
        ],
        by=by, at=at,
    )  # fmt: skip
    record("marking.statistics_sent", found, by=by, at=at, items=count)
    return count
