"""Before the bell: rooms, seats, extra time, and the paper that is put into the room."""

import json
import secrets
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.exams import keys, queries
from jiangjie.exams.models import BrowserPolicy, Paper, PartialPolicy, Place, Seat, Sitting
from jiangjie.exams.rules import package
from jiangjie.exams.rules import sitting as rules
from jiangjie.exams.rules.units import units_of
from jiangjie.itembank.rules import markup
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.policy.queries import pack_of

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread on a blackboard
CODE_LENGTH = 6

Figure = tuple[str, bytes]  # media type and content


@transaction.atomic
def arrange(
    *, batch: Batch, title: str, room: str, planned_at: datetime, minutes: int,
    late_minutes: int = 30, earliest_minutes: int = 30, browser: str = BrowserPolicy.ANY,
    partial: str = PartialPolicy.NONE, mix_items: bool = True, mix_options: bool = True,
    invigilators: Collection[User] = (), by: User, at: datetime,
) -> Sitting:  # fmt: skip
    """A sitting without seats yet. RuleViolation for less time than the standard asks for."""
    least = pack_of(batch.pack).entry("theory.min_minutes")
    rules.check_minutes(minutes, int(str(least.value)), str(least.source))
    sitting = Sitting(
        batch=batch, title=title, room=room, planned_at=planned_at, minutes=minutes,
        late_minutes=late_minutes, earliest_minutes=earliest_minutes, browser=browser,
        partial=partial, mix_items=mix_items, mix_options=mix_options, room_code=_new_code(),
        arranged_by=by, arranged_at=at,
    )  # fmt: skip
    sitting.full_clean()
    sitting.save()
    sitting.invigilators.set(invigilators)
    record("exams.arranged", sitting, by=by, at=at, room=room, planned_at=planned_at,
            minutes=minutes, invigilators=sorted(user.pk for user in invigilators))  # fmt: skip
    return sitting


@transaction.atomic
def set_invigilators(
    *, sitting_id: int, invigilators: Collection[User], by: User, at: datetime
) -> Sitting:
    sitting = locked(sitting_id)
    check_not_closed(sitting)
    check_arranged_here(sitting)
    sitting.invigilators.set(invigilators)
    record("exams.invigilators_set", sitting, by=by, at=at,
            invigilators=sorted(user.pk for user in invigilators))  # fmt: skip
    return sitting


@transaction.atomic
def seat_candidates(
    *, sitting_id: int, limit: int | None = None, cases: Collection[Application] | None = None,
    by: User, at: datetime,
) -> int:  # fmt: skip
    """Seat candidates who have no seat yet, in the order of their tickets: all, so many, or these.

    Returns how many. Repeating it seats nobody twice.
    """
    sitting = locked(sitting_id)
    _check_not_rung(sitting)
    waiting = queries.unseated(sitting.batch)
    if cases is not None:
        waiting = waiting.filter(pk__in=[case.pk for case in cases])
    chosen = list(waiting[:limit] if limit is not None else waiting)
    taken = (
        Seat.objects.filter(sitting=sitting).order_by("-number").values_list("number", flat=True)
    )
    first = (taken.first() or 0) + 1
    Seat.objects.bulk_create(
        Seat(sitting=sitting, number=number, application=case, seed=secrets.token_hex(16))
        for number, case in enumerate(chosen, start=first)
    )
    _hand_out(sitting)
    record("exams.seated", sitting, by=by, at=at, cases=[case.pk for case in chosen])
    return len(chosen)


@transaction.atomic
def unseat(*, seat_id: int, by: User, at: datetime) -> Sitting:
    """Take a seat back before the bell; the candidate can be seated elsewhere."""
    seat = locked_seat(seat_id)
    _check_not_rung(seat.sitting)
    if seat.session:
        raise RuleViolation("exams.signed_in", gettext_noop("考生已在机器上登录，不能取消座位。"))
    if seat.incidents.exists():
        raise RuleViolation("exams.on_record", gettext_noop("该座位已登记考场情况，不能取消座位。"))
    case = seat.application_id
    seat.delete()
    record("exams.unseated", seat.sitting, by=by, at=at, case=case)
    return seat.sitting


@transaction.atomic
def adjust_time(*, seat_id: int, minutes: int, reason: str, by: User, at: datetime) -> Seat:
    """Extra time as a reasonable adjustment (合理便利) of one candidate, with its reason."""
    seat = locked_seat(seat_id)
    check_not_closed(seat.sitting)
    if minutes and not reason.strip():
        raise RuleViolation("exams.reason_missing", gettext_noop("请写明理由。"))
    seat.extra_minutes = minutes
    seat.extra_reason = reason.strip()
    seat.save(update_fields=["extra_minutes", "extra_reason"])
    record("exams.time_adjusted", seat.sitting, by=by, at=at, seat=seat.pk,
            case=seat.application_id, minutes=minutes)  # fmt: skip
    return seat


@transaction.atomic
def load_paper(
    *, sitting_id: int, contents: Sequence[PaperContent], line: BatchLine | None = None,
    figures: Mapping[str, Figure] | None = None, by: User | None, at: datetime,
) -> list[Paper]:  # fmt: skip
    """Put the forms of a paper into the room, encrypted at rest, and hand them out to the seats.

    `line`: for candidates of one line of the batch; None: for everybody. `figures`: media type
    and bytes by the digest that the markup names; one that is missing refuses the paper.
    Neighbours get different forms. Before the bell it may be done again, which replaces what was
    there for the line.
    """
    sitting = locked(sitting_id)
    _check_not_rung(sitting)
    if not contents or not all(content.questions for content in contents):
        raise RuleViolation("exams.paper_empty", gettext_noop("试卷没有题目。"))
    Seat.objects.filter(paper__in=Paper.objects.filter(sitting=sitting, line=line)).update(
        paper=None, order={}
    )
    Paper.objects.filter(sitting=sitting, line=line).delete()
    papers = [_paper(sitting, content, line, figures or {}, by, at) for content in contents]
    _hand_out(sitting)
    record("exams.paper_loaded", sitting, by=by, at=at, line=line.pk if line else None,
            forms={paper.code: paper.digest for paper in papers})  # fmt: skip
    return papers


def _paper(
    sitting: Sitting, content: PaperContent, line: BatchLine | None, figures: Mapping[str, Figure],
    by: User | None, at: datetime,
) -> Paper:  # fmt: skip
    form = canonical.jsonable(content.to_dict())
    key = keys.new_package_key()

    def embed(digest: str) -> str:
        """The picture itself: a page that fetched it by an address would need the line for it."""
        if digest not in figures:
            raise RuleViolation(
                "exams.figure_missing", gettext_noop("试卷缺少图片，不能装入考场。")
            )
        media_type, content = figures[digest]
        return f"data:{media_type};base64,{b64encode(content).decode()}"

    shown = package.package(
        content,
        block=lambda source: markup.html(source, embed),
        inline=lambda source: markup.inline_html(source, embed),
    )
    return Paper.objects.create(
        sitting=sitting, line=line, code=content.code, title=content.title,
        digest=canonical.digest(form),
        sealed=keys.seal_bytes(canonical.canonical_bytes(form)),
        package=keys.lock_package(json.dumps(shown, ensure_ascii=False).encode(), key),
        package_key=keys.seal_bytes(key),
        units=len(units_of(content)), points=content.points, loaded_by=by, loaded_at=at,
    )  # fmt: skip


def _hand_out(sitting: Sitting) -> None:
    """Give every seat without a paper the next form of its line, and draw its order."""
    papers = list(Paper.objects.filter(sitting=sitting).order_by("code"))
    contents = {paper.pk: queries.content_of(paper) for paper in papers}
    seats = list(
        Seat.objects.filter(sitting=sitting, paper=None).select_related("application")
    )  # fmt: skip
    for seat in seats:
        forms = [paper for paper in papers if paper.line_id == seat.application.line_id] or [
            paper for paper in papers if paper.line_id is None
        ]
        if not forms:
            continue
        seat.paper = forms[seat.number % len(forms)]
        seat.order = dict(
            package.order(queries.layout_of(contents[seat.paper.pk], seat.seed, sitting))
        )
    Seat.objects.bulk_update(seats, ["paper", "order"], batch_size=500)


def _new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def locked(sitting_id: int) -> Sitting:
    return (
        Sitting.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "batch__pack", "batch__run__definition")
        .get(pk=sitting_id)
    )


def locked_seat(seat_id: int) -> Seat:
    """Locked so that a save under way waits for it, or it for the save."""
    return (
        Seat.objects.select_for_update(of=("self",))
        .select_related("sitting__batch__org", "application")
        .get(pk=seat_id)
    )


def check_not_closed(sitting: Sitting) -> None:
    """Nor run elsewhere."""
    if sitting.closed_at is not None:
        raise RuleViolation("exams.closed", gettext_noop("本场考试已收卷。"))
    check_run_here(sitting)


def check_run_here(sitting: Sitting) -> None:
    if sitting.place == Place.AWAY:
        raise RuleViolation(
            "exams.run_in_node", gettext_noop("本场考试由考场节点组织，请在考场节点上操作。")
        )
    if sitting.place == Place.SPARE:
        raise RuleViolation("exams.is_spare", gettext_noop("本机是备用节点，接管考场后才能操作。"))


def check_arranged_here(sitting: Sitting) -> None:
    """Seats, papers and invigilators are the centre's affair; a node has them from its package."""
    if sitting.place == Place.NODE:
        raise RuleViolation(
            "exams.arranged_at_centre", gettext_noop("座位、试卷和监考员只能在中心系统编排。")
        )


def _check_not_rung(sitting: Sitting) -> None:
    check_not_closed(sitting)
    check_arranged_here(sitting)
    if sitting.bell_at is not None:
        raise RuleViolation("exams.rung", gettext_noop("本场考试已开考。"))


def record(action: str, sitting: Sitting, *, by: User | None, at: datetime, **data: Any) -> None:
    ledger.record(
        action, subject=sitting, org=sitting.batch.org, by=by, at=at, context=sitting.batch, **data
    )
