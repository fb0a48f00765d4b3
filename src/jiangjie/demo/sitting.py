"""Theory sittings of the story: one that is over, one that waits for its bell."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from jiangjie.accounts.models import User
from jiangjie.demo.calendar import at
from jiangjie.exams import keys, queries
from jiangjie.exams import services as exams
from jiangjie.exams.models import Seat, Sitting
from jiangjie.exams.rules import saving, shuffle
from jiangjie.exams.rules.saving import Save
from jiangjie.exams.rules.units import Unit, units_of
from jiangjie.exams.services import Seen
from jiangjie.itembank.rules.content import Kind, PaperContent
from jiangjie.people.identity import unseal
from jiangjie.planning.models import Batch

MINUTES = 90


def waiting_sitting(
    batch: Batch, contents: Sequence[PaperContent], *, day: date, room: str, seats: int,
    office: User, invigilators: Sequence[User],
) -> Sitting:  # fmt: skip
    """Seated, with its paper; identities checked of all but the last. The bell may be rung."""
    planned = at(day, 9)
    sitting = exams.arrange(
        batch=batch, title="理论知识考试", room=room, planned_at=planned, minutes=MINUTES,
        invigilators=invigilators, by=office, at=planned - timedelta(days=3),
    )  # fmt: skip
    exams.seat_candidates(
        sitting_id=sitting.pk, limit=seats, by=office, at=planned - timedelta(days=3)
    )
    exams.load_paper(
        sitting_id=sitting.pk, contents=contents, by=office, at=planned - timedelta(hours=2)
    )
    found = list(Seat.objects.filter(sitting=sitting).order_by("number"))
    for seat in found[:-1] or found:
        exams.check_in(seat_id=seat.pk, by=invigilators[0], at=planned - timedelta(minutes=20))
    return sitting


def finished_sitting(
    batch: Batch, contents: Sequence[PaperContent], *, day: date, room: str, seats: int,
    office: User, invigilators: Sequence[User], seed: int = 1,
) -> Sitting:  # fmt: skip
    """Sat through, closed and marked: plausible answers, one machine changed, the last one absent.

    The stages before T05 of the batch must be done by `day`.
    """
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    sitting = waiting_sitting(
        batch, contents, day=day, room=room, seats=seats, office=office, invigilators=invigilators
    )
    invigilator, bell = invigilators[0], at(day, 9)
    found = list(
        Seat.objects.filter(sitting=sitting)
        .select_related("application__person", "paper", "sitting")
        .order_by("number")
    )
    units = {
        paper.pk: units_of(queries.content_of(paper)) for paper in sitting.papers.all()
    }  # fmt: skip
    writing = found[:-1] or found
    for seat in writing:
        _sign_in(seat, bell - timedelta(minutes=10))
    exams.ring(sitting_id=sitting.pk, by=invigilator, at=bell)
    for place, seat in enumerate(writing):
        assert seat.paper is not None  # noqa: S101 -- seated with a paper
        is_moved = place == 0 and len(writing) > 1
        if is_moved:
            exams.let_move(
                seat_id=seat.pk, reason="键盘失灵，换到备用机", by=invigilator,
                at=bell + timedelta(minutes=5),
            )  # fmt: skip
            _sign_in(seat, bell + timedelta(minutes=6))
        session = 2 if is_moved else 1
        begun = bell + timedelta(minutes=6 if is_moved else 0, seconds=3)
        exams.start(seat_id=seat.pk, session=session, at=begun)
        end = _write(seat, session, units[seat.paper.pk], chance, begun)
        exams.hand_in(seat_id=seat.pk, session=session, last=len(units[seat.paper.pk]), at=end)
    exams.close(
        sitting_id=sitting.pk, by=invigilator, at=bell + timedelta(minutes=MINUTES + 6)
    )  # fmt: skip
    return Sitting.objects.get(pk=sitting.pk)


def _sign_in(seat: Seat, when: datetime) -> None:
    exams.sign_in(
        room_code=seat.sitting.room_code, ticket=seat.application.ticket,
        id_tail=unseal(bytes(seat.application.person.id_cipher))[-6:], address=None,
        agent="Chromium", is_locked_down=True, at=when,
    )  # fmt: skip


def _write(
    seat: Seat, session: int, units: Sequence[Unit], chance: random.Random, begun: datetime
) -> datetime:
    """One save a unit, signed as the page signs; returns when the candidate is done."""
    key = keys.seat_key(seat.pk, session)
    skill = chance.uniform(0.55, 0.95)
    pace = timedelta(minutes=chance.uniform(45, MINUTES - 10)) / len(units)
    saves = []
    for unit in units:
        when = begun + unit.number * pace
        draft = Save(
            session=session, sequence=unit.number, unit=unit.number,
            value=_answer(unit, seat, chance, is_right=chance.random() < skill),
            made_ms=saving.to_ms(when), seconds=round(pace.total_seconds()),
        )  # fmt: skip
        saves.append(saving.signed(key, seat.pk, draft))
    done = begun + (len(units) + 1) * pace
    seen = Seen(answered=len(units), unsent=0, hidden=False, times_hidden=0)
    exams.save(seat_id=seat.pk, session=session, saves=saves, seen=seen, at=done)
    return done


def _answer(unit: Unit, seat: Seat, chance: random.Random, *, is_right: bool) -> str:
    content = unit.content
    if content.kind.has_options:
        order = seat.order["options"][str(unit.number)]
        if is_right:
            return shuffle.as_shown(content.key, order)
        return shuffle.LETTERS[chance.randrange(len(order))]
    if content.kind is Kind.TRUE_FALSE:
        return content.key if is_right else {"T": "F", "F": "T"}[content.key]
    if content.kind is Kind.BLANK:
        return "\n".join(
            line.partition("|")[0] if is_right else "不清楚" for line in content.key.split("\n")
        )
    return "按操作规程先停止作业，查明原因并报告，排除隐患后再恢复作业。"
