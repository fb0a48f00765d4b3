"""Sittings of the world's batches: arranged, seated, with a paper, rung; and machines that save."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jiangjie.accounts.models import Role
from jiangjie.accounts.services import give_role
from jiangjie.exams import keys, services
from jiangjie.exams.models import Seat, Sitting
from jiangjie.exams.rules import saving
from jiangjie.exams.rules.saving import Save
from jiangjie.exams.services import Seen, Stored
from jiangjie.people.identity import unseal
from jiangjie.planning.models import Batch
from tests.exams.papers import make_content
from tests.factories import LONG_AGO, MARCH_2, World
from tests.planning.factories import make_announced_batch
from tests.results.factories import make_case, record

BELL = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, the batch's exam day
MORNING = BELL - timedelta(hours=1)
END = BELL + timedelta(minutes=90)
SEEN = Seen(answered=0, unsent=0, hidden=False, times_hidden=0)


def after(minutes: float) -> datetime:
    return BELL + timedelta(minutes=minutes)


def make_theory_batch(world: World, *, count: int = 3, **wishes: object) -> Batch:
    """Candidates approved, rooms and papers ready: the theory examination may begin."""
    batch = make_announced_batch(world, **wishes)
    record(world, batch, "S09", "S10", "T01", "T02", "T03", "T04", at=MORNING)
    for _ in range(count):
        make_case(world, batch)
    return batch


def make_sitting(
    world: World, batch: Batch | None = None, *, count: int = 3, forms: tuple[str, ...] = ("A", "B"),
    **wishes: object,
) -> Sitting:  # fmt: skip
    """Seated and with a paper; the world's assessor is the invigilator. Nobody is checked in."""
    batch = batch or make_theory_batch(world, count=count)
    if not world.assessor.memberships.filter(role=Role.INVIGILATOR).exists():
        give_role(
            user=world.assessor, org=world.port, role=Role.INVIGILATOR, since=LONG_AGO,
            by=world.admin, at=MARCH_2,
        )  # fmt: skip
    sitting = services.arrange(
        **{
            "batch": batch, "title": "理论知识考试", "room": "第一考场", "planned_at": BELL,
            "minutes": 90, "invigilators": [world.assessor], "by": world.office, "at": MARCH_2,
            **wishes,
        }
    )  # fmt: skip
    services.seat_candidates(sitting_id=sitting.pk, by=world.office, at=MARCH_2)
    if forms:
        contents = [make_content(f"2026-01-{form}") for form in forms]
        services.load_paper(
            sitting_id=sitting.pk, contents=contents, by=world.office, at=MORNING
        )  # fmt: skip
    return sitting


def seats(sitting: Sitting) -> list[Seat]:
    return list(
        Seat.objects.filter(sitting=sitting)
        .select_related("application__person", "sitting", "paper")
        .order_by("number")
    )


def id_tail(seat: Seat) -> str:
    return unseal(bytes(seat.application.person.id_cipher))[-6:]


def check_in(world: World, sitting: Sitting, at: datetime = MORNING) -> None:
    for seat in seats(sitting):
        services.check_in(seat_id=seat.pk, by=world.assessor, at=at)


def ring(world: World, sitting: Sitting) -> None:
    services.ring(sitting_id=sitting.pk, by=world.assessor, at=BELL)


@dataclass
class Machine:
    """An exam machine as the page drives it: its session, its sequence, its key."""

    seat: Seat
    session: int
    sequence: int = 0
    sent: list[Save] = field(default_factory=list)

    def write(self, unit: int, value: str, at: datetime, seconds: int = 5) -> Save:
        """A signed save, not sent yet."""
        self.sequence += 1
        draft = Save(
            session=self.session, sequence=self.sequence, unit=unit, value=value,
            made_ms=saving.to_ms(at), seconds=seconds,
        )  # fmt: skip
        made = saving.signed(keys.seat_key(self.seat.pk, self.session), self.seat.pk, draft)
        self.sent.append(made)
        return made

    def send(self, *saves: Save, at: datetime, session: int | None = None) -> Stored:
        return services.save(
            seat_id=self.seat.pk, session=session or self.session, saves=saves, seen=SEEN, at=at
        )

    def answer(self, unit: int, value: str, at: datetime) -> Stored:
        return self.send(self.write(unit, value, at), at=at)

    def hand_in(self, at: datetime) -> list[int]:
        return services.hand_in(
            seat_id=self.seat.pk, session=self.session, last=self.sequence, at=at
        )


def sign_in(seat: Seat, at: datetime = MORNING, **wishes: object) -> Machine:
    opened = services.sign_in(
        **{
            "room_code": seat.sitting.room_code, "ticket": seat.application.ticket,
            "id_tail": id_tail(seat), "address": "10.0.0.7", "agent": "Chromium", "at": at,
            **wishes,
        }
    )  # fmt: skip
    return Machine(seat, opened.session)


def make_started(
    world: World, *, count: int = 3, **wishes: object
) -> tuple[Sitting, list[Machine]]:
    """The bell has rung and everybody writes."""
    sitting = make_sitting(world, count=count, **wishes)
    check_in(world, sitting)
    machines = [sign_in(seat) for seat in seats(sitting)]
    ring(world, sitting)
    for machine in machines:
        services.start(seat_id=machine.seat.pk, session=machine.session, at=after(0.1))
    return Sitting.objects.get(pk=sitting.pk), machines
