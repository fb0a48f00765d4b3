"""Reads: sittings and seats that one may see, candidates to be seated, answers, marks."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.exams import keys
from jiangjie.exams.models import Answer, Incident, Paper, Seat, Sheet, Sitting
from jiangjie.exams.rules import saving, shuffle
from jiangjie.exams.rules import sitting as rules
from jiangjie.exams.rules.saving import Save
from jiangjie.exams.rules.units import Unit, units_of
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.kernel import canonical
from jiangjie.kernel.levels import Level
from jiangjie.papers.queries import SetForRoom
from jiangjie.planning.models import Batch
from jiangjie.policy.queries import pack_of
from jiangjie.policy.rules import parts_for_level

STAGE = "T05"  # 理论考试
PART = "theory"
OVERLAP = timedelta(seconds=60)  # longer than any save takes to commit
READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ADMIN)

# ---- who sees what --------------------------------------------------------------------------


def sittings_visible_to(acting: Acting, user: User) -> QuerySet[Sitting]:
    """Those of the organisation acted for; an invigilator's own ones only. Newest first."""
    found = Sitting.objects.select_related("batch__org").order_by("-planned_at", "room", "pk")
    if acting.org is None:
        return found.none()
    if acting.has(*READERS):
        return found.filter(batch__org=acting.org)
    if acting.has(Role.INVIGILATOR):
        on_duty = Sitting.invigilators.through.objects.filter(sitting=OuterRef("pk"), user=user)
        return found.filter(Exists(on_duty), batch__org=acting.org)
    return found.none()


def with_counts(sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """Each with `people`, `started` and `handed_in`."""
    return sittings.annotate(
        people=Count("seats"),
        started=Count("seats", filter=Q(seats__started_at__isnull=False)),
        handed_in=Count("seats", filter=Q(seats__handed_in_at__isnull=False)),
    )


def runs_room(acting: Acting, user: User, sitting: Sitting) -> bool:
    """Whether he may do what an invigilator does: one of them, or the evaluator's office."""
    if sitting.batch.org != acting.org:
        return False
    return acting.has(Role.OFFICE) or (
        acting.has(Role.INVIGILATOR) and sitting.invigilators.filter(pk=user.pk).exists()
    )


def may_replace(acting: Acting, sitting: Sitting) -> bool:
    """Whether he may put another paper in the place of one: the office alone."""
    return acting.has(Role.OFFICE) and sitting.batch.org == acting.org


def is_loaded(each: SetForRoom, loaded: Sequence[Paper]) -> bool:
    """Whether there is a paper in the room already for those for whom this set is."""
    lines = {line.pk if line else None for line in each.room_lines}
    return any(None in lines or paper.line_id in lines for paper in loaded)


def invigilators_of(org_id: int, today: Any) -> QuerySet[User]:
    """Everybody of the evaluator who holds the role on a day."""
    held = Membership.objects.filter(
        Q(until=None) | Q(until__gte=today), org=org_id, role=Role.INVIGILATOR, since__lte=today
    )
    return User.objects.filter(
        pk__in=held.values("user"), is_active=True
    ).order_by("display_name", "pk")  # fmt: skip


# ---- candidates and seats -------------------------------------------------------------------


def candidates(*batches: Batch) -> QuerySet[Application]:
    """Who sits the theory examination of the batches: qualified, of a level that has one, and not
    exempt from it."""
    examined = Q(pk__in=())
    for batch in batches:
        examined |= Q(batch=batch, line__level__in=_theory_levels(batch))
    return (
        Application.objects.filter(examined, state=ApplicationState.QUALIFIED)
        .exclude(route=Route.THEORY_EXEMPT)
        .select_related("person", "line")
        .order_by("ticket", "pk")
    )


def _theory_levels(batch: Batch) -> list[int]:
    pack = pack_of(batch.pack)
    return [
        level
        for level in Level
        if PART in {part.kind for part in parts_for_level(pack, level)}
    ]  # fmt: skip


def unseated(*batches: Batch) -> QuerySet[Application]:
    """Candidates without a seat in any sitting."""
    taken = Seat.objects.filter(application=OuterRef("pk"))
    return candidates(*batches).filter(~Exists(taken))


def seats_of(sitting: Sitting) -> QuerySet[Seat]:
    return (
        Seat.objects.filter(sitting=sitting)
        .select_related("application__person", "application__line", "paper", "presence")
        .defer("paper__sealed", "paper__package", "paper__package_key")
        .order_by("number")
    )


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A row of the console."""

    seat: Seat
    state: rules.SeatState
    ends_at: datetime | None
    away: bool  # out of the room
    units: int


def console(sitting: Sitting, now: datetime) -> list[SeatLine]:
    """Every seat as it stands. Two queries."""
    away = _away(sitting)
    return [
        SeatLine(
            seat=seat,
            state=state_of(seat, sitting, now),
            ends_at=seat.ends_at(sitting),
            away=seat.pk in away,
            units=seat.paper.units if seat.paper else 0,
        )
        for seat in seats_of(sitting)
    ]


def _away(sitting: Sitting) -> set[int]:
    away: set[int] = set()
    for seat, kind in Incident.objects.filter(
        sitting=sitting, kind__in=("leave", "back"), seat__isnull=False
    ).values_list("seat", "kind"):
        (away.add if kind == "leave" else away.discard)(seat)
    return away


def state_of(seat: Seat, sitting: Sitting, now: datetime) -> rules.SeatState:
    presence = getattr(seat, "presence", None)
    late = (
        sitting.bell_at is not None
        and now > rules.admission_ends(sitting.bell_at, sitting.late_minutes)
    )  # fmt: skip
    return rules.seat_state(
        rules.SeatFacts(
            checked_in=seat.checked_in_at is not None,
            at_machine=seat.session > 0,
            started=seat.started_at is not None,
            handed_in=seat.handed_in_at is not None,
            ends_at=seat.ends_at(sitting),
            # Beginning is a sign of life too.
            seen_at=max(
                filter(None, (seat.started_at, presence and presence.seen_at)), default=None
            ),
            hidden=bool(presence and presence.is_hidden),
            absent=late or sitting.closed_at is not None,
        ),
        now,
    )


# ---- papers and answers ---------------------------------------------------------------------


def content_of(paper: Paper) -> PaperContent:
    """The whole paper with its keys: for seating and marking only."""
    return PaperContent.from_dict(json.loads(keys.unseal_bytes(bytes(paper.sealed))))


def layout_of(content: PaperContent, seed: str, sitting: Sitting) -> shuffle.Layout:
    return shuffle.layout(
        content, seed, mix_items=sitting.mix_items, mix_options=sitting.mix_options
    )


def journal(seats: Sequence[Seat] | QuerySet[Seat]) -> dict[int, list[Answer]]:
    """Every save by seat, in the order of arrival. One query."""
    found: dict[int, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(seat__in=seats).order_by("pk").iterator(10_000):
        found[answer.seat_id].append(answer)
    return found


def save_of(answer: Answer) -> Save:
    return Save(
        session=answer.session, sequence=answer.sequence, unit=answer.unit, value=answer.value,
        made_ms=answer.made_ms, seconds=answer.seconds, signature=bytes(answer.signature),
    )  # fmt: skip


def latest_answers(seat_id: int) -> dict[int, Save]:
    """What stands of each unit, as the candidate saw it. One query."""
    return saving.latest(map(save_of, Answer.objects.filter(seat=seat_id)))


def answers_digest(standing: Mapping[int, Save]) -> str:
    return canonical.digest({str(unit): save.value for unit, save in standing.items()})


def sheet_values(
    content_units: Sequence[Unit], layout: shuffle.Layout, answers: Sequence[Answer]
) -> dict[int, dict[str, Any]]:
    """By unit what stands, in the bank's letters, with the time spent and the number of saves."""
    saves = [save_of(answer) for answer in answers]
    seconds = saving.seconds_by_unit(saves)
    standing = saving.latest(saves)
    times: dict[int, int] = defaultdict(int)
    for save in saves:
        times[save.unit] += 1
    return {
        unit.number: {
            "answer": shuffle.to_bank(last.value, layout.options[unit.number])
            if unit.number in layout.options
            else last.value,
            "shown": last.value,
            "seconds": seconds[unit.number],
            "saves": times[unit.number],
            "made_ms": last.made_ms,
        }
        for unit in content_units
        if (last := standing.get(unit.number)) is not None
    }


# ---- what the results take over -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ObjectiveMark:
    """What the machine has marked of one candidate; hundredths."""

    application_id: int
    points: int
    possible: int
    for_people: int  # answers that people still have to mark

    @property
    def is_whole(self) -> bool:
        return self.for_people == 0


def marks(batch: Batch) -> dict[int, ObjectiveMark]:
    """By application, from the sheets of the batch's closed sittings; the latest sheet stands.

    Who was absent has no entry. One query.
    """
    found = {}
    for sheet in (
        Sheet.objects.filter(seat__sitting__batch=batch).select_related("seat").order_by("made_at")
    ):
        case = sheet.seat.application_id
        found[case] = ObjectiveMark(case, sheet.objective, sheet.possible, len(sheet.for_people))
    return found


def absentees(batch: Batch) -> set[int]:
    """Applications that had a seat in a closed sitting and never began."""
    return set(
        Seat.objects.filter(
            sitting__batch=batch, sitting__closed_at__isnull=False, started_at=None
        ).values_list("application", flat=True)
    )


def sheet_of(seat: Seat) -> tuple[tuple[Unit, ...], Sheet]:
    """The units of the seat's paper and the closed sheet."""
    assert seat.paper is not None  # noqa: S101 -- a sheet is only made of a paper
    return units_of(content_of(seat.paper)), seat.sheet


def node_sitting(place: str) -> Sitting | None:
    """The sitting of this installation, if it is a room node (or a spare, as asked)."""
    return Sitting.objects.select_related("batch__org").filter(place=place).first()


def heard_until() -> str:
    """From when on a spare asks for answers: a little before the last it has. "" for all."""
    last = Answer.objects.aggregate(last=Max("received_at"))["last"]
    return (last - OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if last else ""


def sequences(seat_id: int, session: int) -> set[int]:
    """What the server has of one machine session."""
    found = Answer.objects.filter(seat=seat_id, session=session)
    return set(found.values_list("sequence", flat=True))


def last_sequence(seat_id: int, session: int) -> int:
    return max(sequences(seat_id, session), default=0)
