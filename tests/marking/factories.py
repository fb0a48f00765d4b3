"""Sat and marked: rounds of the world's batches, with as many markers as a test needs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from jiangjie.accounts.models import Role, User
from jiangjie.exams import services as exams
from jiangjie.exams.models import Sitting
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.marking import queries, services
from jiangjie.marking.models import Round, Script, Share
from jiangjie.planning.models import Batch
from tests.exams.factories import BELL, END, MORNING, after, make_started, seats, sign_in
from tests.exams.papers import make_content
from tests.factories import MARCH_2, World, make_user

CLOSED = END + timedelta(hours=1)
DAY = timedelta(days=1)
ANSWER = "因为吊索具没有检查，超载起吊。"


def sit(
    world: World, batch: Batch, *, limit: int | None = None, content: PaperContent | None = None,
    answers: Mapping[int, str] | None = None,
) -> Sitting:  # fmt: skip
    """A room run by the office: so many of those without a seat write, and it is closed."""
    sitting = exams.arrange(
        batch=batch, title="理论知识考试", room=f"{world.port.name}考场", planned_at=BELL,
        minutes=90, by=world.office, at=MARCH_2,
    )  # fmt: skip
    exams.seat_candidates(sitting_id=sitting.pk, limit=limit, by=world.office, at=MARCH_2)
    exams.load_paper(
        sitting_id=sitting.pk, contents=[content or make_content()], by=world.office, at=MORNING
    )
    for seat in seats(sitting):
        exams.check_in(seat_id=seat.pk, by=world.office, at=MORNING)
    machines = [sign_in(seat) for seat in seats(sitting)]
    exams.ring(sitting_id=sitting.pk, by=world.office, at=BELL)
    for machine in machines:
        exams.start(seat_id=machine.seat.pk, session=machine.session, at=after(0.1))
        for unit, answer in (answers or {9: ANSWER}).items():
            machine.answer(unit, answer, after(6))
        machine.hand_in(after(60))
    exams.close(sitting_id=sitting.pk, by=world.office, at=CLOSED)
    return sitting


def make_sat(world: World, *, count: int = 3, **wishes: object) -> Sitting:
    """Everybody has answered a single choice and the short answer; the room is closed."""
    sitting, machines = make_started(world, count=count, **wishes)
    for machine in machines:
        machine.answer(1, "A", after(5))
        machine.answer(9, ANSWER, after(6))
        machine.hand_in(after(60))
    exams.close(sitting_id=sitting.pk, by=world.assessor, at=CLOSED)
    return sitting


def make_markers(world: World, count: int = 3) -> list[User]:
    names = ("甲阅", "乙阅", "丙阅")[:count]
    return [make_user(name, world.port, Role.ASSESSOR) for name in names]


def make_round(
    world: World, sitting: Sitting, markers: Sequence[User], **wishes: object
) -> Round:  # fmt: skip
    """Open and shared out."""
    found = services.open_round(
        **{"batch": sitting.batch, "title": "第一轮", "by": world.office, "at": CLOSED, **wishes}
    )
    services.share_out(round_id=found.pk, markers=markers, by=world.office, at=CLOSED)
    return found


def shares(found: Round) -> list[Share]:
    return list(
        Share.objects.filter(question__round=found)
        .select_related("marker", "question__round")
        .order_by("place", "question")
    )


def mark_all(found: Round, points: Callable[[int, int], int]) -> None:
    """Everybody marks all of his and signs: `points` by place and number of the script."""
    for share in shares(found):
        for response in queries.waiting(share).select_related("script"):
            services.give_mark(
                share_id=share.pk, response_id=response.pk, by=share.marker, at=CLOSED,
                points=points(share.place, response.script.number),
            )  # fmt: skip
        if queries.desk_of(found, share.marker) and any(
            line.may_sign for line in queries.desk_of(found, share.marker)
        ):
            services.sign_marks(round_id=found.pk, by=share.marker, at=CLOSED)


def make_released(world: World, sitting: Sitting, markers: Sequence[User]) -> Round:
    """Marked alike by both, summed, checked and released: 4.00 of 5.00 for every short answer."""
    found = make_round(world, sitting, markers)
    mark_all(found, lambda place, number: 400)
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    services.confirm_sums(round_id=found.pk, by=world.committee, at=CLOSED)
    return services.release(round_id=found.pk, by=world.office, at=CLOSED)


def scripts(found: Round) -> list[Script]:
    return list(
        Script.objects.filter(round=found)
        .select_related("round__batch", "sheet__seat__application__person", "sheet__seat__paper")
        .order_by("number")
    )
