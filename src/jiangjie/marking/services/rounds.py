"""A round from the opening to the release of its scores."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.exams.models import Paper, Sheet
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.marking import queries, shown
from jiangjie.marking.models import GivenMark, Question, Response, Round, Script, Share, Slip
from jiangjie.marking.rules import marks, sharing
from jiangjie.notices import services as notices
from jiangjie.planning.models import Batch

TWO_PEOPLE = "本系统规定（推定）：合分和复核合分由两人完成"


@transaction.atomic
def open_round(
    *, batch: Batch, title: str, limit_percent: int = marks.DEFAULT_LIMIT,
    third: str = marks.Third.NEAREST_TWO, bars_own_unit: bool = False, by: User, at: datetime,
) -> Round:  # fmt: skip
    """Take every sheet of the batch that is in no round yet, under numbers drawn anew.

    RuleViolation while a sitting is under way, and when no sheet is left.
    """
    Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    marks.check_limit(limit_percent)
    if queries.open_sittings(batch).filter(bell_at__isnull=False).exists():
        raise RuleViolation(
            "marking.sitting_open", gettext_noop("还有场次没有收卷，收卷后再建立阅卷轮次。")
        )
    sheets = list(queries.unmarked_sheets(batch))
    if not sheets:
        raise RuleViolation("marking.no_sheets", gettext_noop("没有待评阅的答卷。"))
    found = Round.objects.create(
        batch=batch, title=title.strip(), limit_percent=limit_percent, third=marks.Third(third),
        bars_own_unit=bars_own_unit, opened_by=by, opened_at=at,
    )  # fmt: skip
    secrets.SystemRandom().shuffle(sheets)
    papers = Paper.objects.in_bulk({sheet.seat.paper_id for sheet in sheets if sheet.seat.paper_id})
    scripts = Script.objects.bulk_create(
        Script(
            round=found, sheet=sheet, number=number,
            possible=papers[sheet.seat.paper_id or 0].points,
        )
        for number, sheet in enumerate(sheets, start=1)
    )  # fmt: skip
    questions = _make_questions(found, list(papers.values()))
    Response.objects.bulk_create(
        (
            Response(script=script, question=questions[script.sheet.seat.paper_id, unit], unit=unit)
            for script in scripts
            for unit in script.sheet.for_people
        ),
        batch_size=2000,
    )
    record(
        "marking.opened", found, by=by, at=at, limit_percent=limit_percent, third=found.third,
        bars_own_unit=bars_own_unit,
        sheets=_sheets_digest(sheets), scripts=len(sheets),
    )  # fmt: skip
    return found


def _sheets_digest(sheets: Sequence[Sheet]) -> str:
    rows = sorted([sheet.pk, sheet.digest] for sheet in sheets)
    return canonical.digest(canonical.jsonable(rows))


def _make_questions(
    found: Round, papers: Sequence[Paper]
) -> dict[tuple[int | None, int], Question]:
    """By paper and unit. The same item with the same points is one question in all forms."""
    by_item: dict[tuple[str, int, int], Question] = {}
    placed: dict[tuple[int | None, int], tuple[str, int, int]] = {}
    for paper in sorted(papers, key=lambda paper: (paper.code, paper.pk)):
        part: dict[int, int] = {}
        for unit in shown.units(paper):
            place = part[unit.question] = part.get(unit.question, -1) + 1
            if unit.content.kind.is_objective:
                continue
            name = (unit.item, place, unit.points)
            placed[paper.pk, unit.number] = name
            by_item.setdefault(
                name,
                Question(
                    round=found, paper=paper, unit=unit.number, item=unit.item, part=place,
                    points=unit.points,
                ),
            )  # fmt: skip
    made = Question.objects.bulk_create(by_item.values())
    questions = {(each.item, each.part, each.points): each for each in made}
    return {place: questions[name] for place, name in placed.items()}


@transaction.atomic
def share_out(*, round_id: int, markers: Sequence[User], by: User, at: datetime) -> list[Share]:
    """Give every question two markers, and a third from three markers on, in turn.

    May be done again until the first mark is given.
    """
    found = locked(round_id)
    check_not_closed(found)
    if GivenMark.objects.filter(response__question__round=found).exists():
        raise RuleViolation(
            "marking.begun", gettext_noop("评阅已经开始，不能重新分配；可将某人的任务移交他人。")
        )
    _check_markers(found, markers, at)
    questions = list(found.questions.order_by("paper__code", "unit").values_list("pk", flat=True))
    shared = sharing.share_out(questions, [user.pk for user in markers])
    Share.objects.filter(question__round=found).delete()
    made = Share.objects.bulk_create(
        Share(question_id=question, marker_id=marker, place=place)
        for question, markers_of in shared.items()
        for place, marker in enumerate(markers_of, start=1)
    )
    record(
        "marking.shared", found, by=by, at=at,
        shares=[[each.question_id, each.place, each.marker_id] for each in made],
    )  # fmt: skip
    _tell_markers(found, markers, at)
    return made


@transaction.atomic
def hand_share(
    *, round_id: int, question_id: int, place: int, marker: User, by: User, at: datetime
) -> Share:
    """Give the rest of a share to another, or name somebody where nobody was.

    What was marked stays as it was given, and by whom.
    """
    found = locked(round_id)
    check_not_closed(found)
    question = found.questions.get(pk=question_id)
    if question.shares.filter(place=place, signed_at__isnull=False).exists():
        raise RuleViolation(
            "marking.signed_already", gettext_noop("这道题的评分已签字，不能再改。")
        )
    _check_markers(found, [marker], at)
    others = question.shares.exclude(place=place).values_list("marker", flat=True)
    marked = GivenMark.objects.filter(response__question=question).exclude(place=place)
    sharing.check_different([marker.pk, *others])
    if marked.filter(marker=marker).exists():  # before he handed that share over
        raise sharing.same_marker()
    share, _ = Share.objects.update_or_create(
        question=question, place=place, defaults={"marker": marker}
    )
    record(
        "marking.shared", found, by=by, at=at, shares=[[question.pk, place, marker.pk]]
    )  # fmt: skip
    _tell_markers(found, [marker], at)
    return share


def _check_markers(found: Round, markers: Sequence[User], at: datetime) -> None:
    today = timezone.localdate(at)
    allowed = set(queries.markers_of(found.batch.org_id, today).values_list("pk", flat=True))
    if not {user.pk for user in markers} <= allowed:
        raise RuleViolation(
            "marking.not_a_marker", gettext_noop("阅卷人应为本机构的考评员或专家。")
        )
    sharing.check_different([user.pk for user in markers])
    sharing.check_markers(
        markers=[user.pk for user in markers],
        examined=queries.examined_users(found),
        own_units=queries.own_units(found, today) if found.bars_own_unit else {},
        names={user.pk: str(user) for user in markers},
    )


def _tell_markers(found: Round, markers: Sequence[User], at: datetime) -> None:
    notices.notify(
        markers, gettext_noop("请评阅%(batch)s的答卷。"), link=reverse("marking:desk"), at=at,
        batch=found.batch.title,
    )  # fmt: skip


@transaction.atomic
def close_round(*, round_id: int, by: User, at: datetime) -> Round:
    """Sum every script: the machine's marks and the people's, in proportion to 100.

    RuleViolation while a mark is missing. Safe to repeat.
    """
    found = locked(round_id)
    if found.closed_at is not None:
        return found
    people = queries.people_marks(found)
    missing = sum(points is None for each in people.values() for points in each.values())
    if missing:
        raise RuleViolation(
            "marking.unfinished",
            gettext_noop("还有%(count)d份答案没有评完（含超出允许误差待第三人评的），不能合分。"),
            count=missing,
        )
    if unsigned := queries.unsigned_shares().filter(question__round=found).count():
        raise RuleViolation(
            "marking.unsigned",
            gettext_noop("还有%(count)d项评阅没有签字，不能合分。"),
            count=unsigned,
        )
    scripts = list(found.scripts.select_related("sheet").order_by("pk"))
    for script in scripts:
        script.marks = {**script.sheet.marks, **people.get(script.pk, {})}
        marks.check_whole(script.marks)
        sum_up(script)
    Script.objects.bulk_update(scripts, ["marks", "earned", "score"], batch_size=500)
    found.closed_by, found.closed_at = by, at
    found.digest = totals_digest(scripts)
    found.save(update_fields=["closed_by", "closed_at", "digest"])
    record("marking.closed", found, by=by, at=at, scripts=len(scripts), digest=found.digest)
    return found


@transaction.atomic
def confirm_sums(*, round_id: int, by: User, at: datetime) -> Round:
    """复核合分, by another than who summed: every total is computed anew from the answers' marks
    and the accepted slips. Safe to repeat."""
    found = locked(round_id)
    if found.checked_at is not None:
        return found
    if found.closed_at is None:
        raise RuleViolation("marking.not_closed", gettext_noop("请先合分。"))
    if found.closed_by_id == by.pk:
        raise RuleViolation(
            "marking.own_sums", gettext_noop("合分须由另一人复核。"), source=TWO_PEOPLE
        )
    if different := queries.differing_sums(found):
        raise RuleViolation(
            "marking.sums_differ",
            gettext_noop("%(count)d份答卷的合分与各题得分不符，不能确认。"),
            count=len(different),
        )
    found.checked_by, found.checked_at = by, at
    found.save(update_fields=["checked_by", "checked_at"])
    record("marking.checked", found, by=by, at=at, digest=found.digest)
    return found


def sum_up(script: Script) -> None:
    script.earned = sum(script.marks.values())
    script.score = marks.out_of_hundred(script.earned, script.possible)


def totals_digest(scripts: Sequence[Script]) -> str:
    """Of every script's marks and total, by its sheet."""
    return canonical.digest(
        [
            [each.sheet_id, each.marks, each.earned, each.possible, each.score]
            for each in sorted(scripts, key=lambda each: each.sheet_id)
        ]
    )


@transaction.atomic
def release(*, round_id: int, by: User, at: datetime) -> Round:
    """Publish the scores to their candidates; the term for re-checks begins. Safe to repeat."""
    found = locked(round_id)
    if found.released_at is not None:
        return found
    if found.checked_at is None:
        raise RuleViolation(
            "marking.not_checked",
            gettext_noop("合分经另一人复核后才能发布成绩。"),
            source=TWO_PEOPLE,
        )
    if Slip.objects.filter(script__round=found, decided_at=None).exists():
        raise RuleViolation("marking.slip_open", gettext_noop("尚有更正单未审核，请先审核。"))
    found.released_by, found.released_at = by, at
    found.recheck_until = queries.ask_until(found.batch, timezone.localdate(at))
    found.save(update_fields=["released_by", "released_at", "recheck_until"])
    record(
        "marking.released", found, by=by, at=at, recheck_until=found.recheck_until,
        scores={
            str(mark.application_id): mark.score
            for mark in queries.theory_marks(found.batch).values()
            if mark.round_id == found.pk
        },
    )  # fmt: skip
    notices.notify(
        User.objects.filter(person__applications__seats__sheet__script__round=found),
        gettext_noop("%(batch)s的理论知识考试成绩已发布，%(until)s前可申请成绩复核。"),
        link=reverse("marking:own"), at=at, batch=found.batch.title, until=found.recheck_until,
    )  # fmt: skip
    return found


def locked(round_id: int) -> Round:
    """The round, held until the transaction ends."""
    return (
        Round.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "batch__pack", "batch__run__definition")
        .get(pk=round_id)
    )


def check_not_closed(found: Round) -> None:
    if found.closed_at is not None:
        raise RuleViolation("marking.closed", gettext_noop("本轮阅卷已经合分，只能填更正单。"))


def record(action: str, found: Round, *, by: User, at: datetime, **data: Any) -> None:
    ledger.record(
        action, subject=found, org=found.batch.org, by=by, at=at, context=found.batch, **data
    )
