"""A marker's deeds: give a mark, take it back, sign what is done.

Marks that are not signed are a draft, without events: the ledger is read by people who must not
know what the other marker gave. The signature puts the digest of all of them on record.
"""

from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.marking import queries
from jiangjie.marking.models import GivenMark, Response, Share
from jiangjie.marking.rules import marks
from jiangjie.marking.services.rounds import check_not_closed, locked, record


@transaction.atomic
def give_mark(
    *, share_id: int, response_id: int, points: int, seen: int | None = None, by: User, at: datetime
) -> GivenMark:
    """Mark one answer (hundredths), or mend one's own mark of it until the share is signed.

    `seen` is the mark the marker saw when he mended it: another window may have been quicker. The
    third marks only what deviates.
    """
    share = _share(share_id, by)
    marks.check_points(points, share.question.points)
    response = Response.objects.get(pk=response_id, question=share.question_id)
    before = GivenMark.objects.filter(response=response, place=share.place).first()
    if before is None:
        if not queries.waiting(share).filter(pk=response.pk).exists():
            raise RuleViolation("marking.not_waiting", gettext_noop("这份答案不需要您评分。"))
        return GivenMark.objects.create(
            response=response, marker=by, place=share.place, points=points, at=at
        )
    if before.marker_id != by.pk or before.points != seen:
        raise RuleViolation(
            "marking.marked_already", gettext_noop("这份答案已经评过分，请刷新页面查看。")
        )
    _check_no_third(before)
    before.points, before.at = points, at
    before.save(update_fields=["points", "at"])
    return before


@transaction.atomic
def undo_mark(*, share_id: int, by: User, at: datetime) -> Response:
    """Take back one's last mark of a share that is not signed."""
    share = _share(share_id, by)
    given = queries.last_given(share)
    if given is None:
        raise RuleViolation("marking.nothing_to_undo", gettext_noop("没有可以撤回的评分。"))
    _check_no_third(given)
    given.delete()
    return given.response


@transaction.atomic
def sign_marks(*, round_id: int, by: User, at: datetime) -> list[Share]:
    """Sign every share of this marker that is done; no mark of it changes from then on."""
    found = locked(round_id)
    check_not_closed(found)
    done = [
        line.share for line in queries.desk_of(found, by) if line.may_sign
    ]  # fmt: skip
    if not done:
        raise RuleViolation(
            "marking.nothing_to_sign", gettext_noop("评完一题的全部答案后才能签字。")
        )
    for share in done:
        share.signed_at, share.digest = at, marks_digest(share)
    Share.objects.bulk_update(done, ["signed_at", "digest"])
    record(
        "marking.signed", found, by=by, at=at,
        shares=[[share.question_id, share.place, share.digest] for share in done],
    )  # fmt: skip
    return done


def marks_digest(share: Share) -> str:
    """Of every mark given at this place of the question: sheet, unit, marker and points."""
    given = GivenMark.objects.filter(response__question=share.question_id, place=share.place)
    rows = given.values_list("response__script__sheet", "response__unit", "marker", "points")
    return canonical.digest(canonical.jsonable(sorted(map(list, rows))))


def _share(share_id: int, by: User) -> Share:
    """The marker's share, its round held until the transaction ends."""
    found = locked(Share.objects.values_list("question__round", flat=True).get(pk=share_id))
    check_not_closed(found)
    share = Share.objects.select_related("question__round").get(pk=share_id)
    if share.marker_id != by.pk:
        raise RuleViolation("marking.not_your_share", gettext_noop("这道题没有分配给您评阅。"))
    if share.signed_at is not None:
        raise RuleViolation(
            "marking.signed_already", gettext_noop("这道题的评分已签字，不能再改。")
        )
    return share


def _check_no_third(given: GivenMark) -> None:
    if given.place == marks.THIRD:
        return
    if GivenMark.objects.filter(response=given.response_id, place=marks.THIRD).exists():
        raise RuleViolation(
            "marking.third_has_marked", gettext_noop("第三人已评这份答案，不能再改。")
        )
