"""The answers of a sitting that is over, marked by made-up people."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from jiangjie.accounts.models import User
from jiangjie.exams.models import Sitting
from jiangjie.marking import queries
from jiangjie.marking import services as marking
from jiangjie.marking.models import Round, Share
from jiangjie.marking.rules.marks import THIRD, step

STEPS_OF_ANSWER = (0.5, 0.95)  # what the made-up answers are worth, as a share of the points


def mark_sitting(
    sitting: Sitting, *, markers: Sequence[User], office: User, checker: User, start: datetime,
    left: int = 0, seed: int = 1,
) -> Round:  # fmt: skip
    """A round over every sheet of the sitting's batch that is not marked yet.

    Marked, signed, summed by the office, checked by `checker` and released; two markers agree
    within the limit, of three the third sees a few answers. With `left` each first marker has so
    many answers of a question still before him, and nothing is signed.
    """
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    batch = sitting.batch
    number = Round.objects.filter(batch=batch).count() + 1
    found = marking.open_round(batch=batch, title=f"第{number}轮阅卷", by=office, at=start)
    marking.share_out(round_id=found.pk, markers=markers, by=office, at=start)
    shares = list(
        Share.objects.filter(question__round=found)
        .select_related("marker", "question__round")
        .order_by("place", "question")
    )
    worth: dict[int, int] = {}
    when = start + timedelta(hours=1)
    for share in shares:
        when = _mark(share, worth, chance, when, left=left, may_differ=len(markers) > 2)
    if left:
        return found
    for user in {share.marker for share in shares}:
        # A third who has nothing to mark signs nothing.
        for _ in range(2):
            if any(line.may_sign for line in queries.desk_of(found, user)):
                marking.sign_marks(round_id=found.pk, by=user, at=when)
    marking.close_round(round_id=found.pk, by=office, at=when + timedelta(hours=1))
    marking.confirm_sums(round_id=found.pk, by=checker, at=when + timedelta(hours=2))
    return marking.release(round_id=found.pk, by=office, at=when + timedelta(hours=3))


def _mark(
    share: Share, worth: dict[int, int], chance: random.Random, when: datetime, *, left: int,
    may_differ: bool,
) -> datetime:  # fmt: skip
    """Every answer that waits, a minute each; returns when he is done."""
    points, least = share.question.points, step(share.question.points)
    limit = share.question.round.limit_percent
    apart = least if least * 100 <= points * limit else 0
    waiting = list(queries.waiting(share))
    if left and share.place != THIRD:
        waiting = waiting[: max(len(waiting) - left, 1)] if share.place == 1 else []
    for response in waiting:
        when += timedelta(minutes=1)
        if response.pk not in worth:
            worth[response.pk] = _rounded(points * chance.uniform(*STEPS_OF_ANSWER), least)
            given = worth[response.pk]
        elif share.place == THIRD or not may_differ or chance.random() < 0.9:
            given = worth[response.pk] + chance.choice((0, 0, apart, -apart))
        else:
            given = worth[response.pk] - points // 2
        marking.give_mark(
            share_id=share.pk, response_id=response.pk, points=min(max(given, 0), points),
            by=share.marker, at=when,
        )  # fmt: skip
    return when


def _rounded(points: float, least: int) -> int:
    return round(points / least) * least
