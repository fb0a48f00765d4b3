"""Batches that have come to their scores, and candidates in them.

What lies before the scores is made by rows of the apps below, signatures by the real service.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.ledger.references import ref
from jiangjie.planning.models import Batch
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Choice, StepRecord
from jiangjie.procedures.queries import procedure_of
from jiangjie.results import services
from jiangjie.results.rules import Value
from tests.factories import World, make_person, make_user
from tests.planning.factories import make_announced_batch

EXAM_DAY = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)
AFTER_EXAM = datetime(2026, 4, 20, 1, 0, tzinfo=UTC)  # Monday
STAGES = tuple(f"T{number:02d}" for number in range(1, 11))

_ticket = itertools.count(1)


def make_case(
    world: World, batch: Batch, *, name: str = "", level: int | None = None,
    route: str = Route.REGULAR, layers: Sequence[int] = (1, 2),
) -> Application:  # fmt: skip
    """A candidate who passed the review on these layers."""
    lines = batch.lines.order_by("level")
    case = Application.objects.create(
        batch=batch,
        line=lines.get(level=level) if level else lines[0],
        person=make_person(name),
        unit=world.unit_a,
        unit_name=world.unit_a.name,
        state=ApplicationState.QUALIFIED,
        route=route,
        ticket=f"2026{next(_ticket):06d}",
        submitted_at=batch.opened_at,
        decided_at=batch.opened_at,
    )
    signers = {1: world.clerk_a, 2: world.office, 3: world.committee}
    for layer in layers:
        procedures.sign(
            run=batch.run, step="S06", layer=layer, subjects=[ref(case)], choice=Choice.PASS,
            by=signers[layer], at=batch.opened_at, context=batch,
            people_of={ref(case): case.person_id},
        )  # fmt: skip
    return case


def record(world: World, batch: Batch, *codes: str, at: datetime = EXAM_DAY) -> None:
    """Steps and stages as done, whatever comes before them."""
    parts = procedure_of(batch.run.definition).parts
    StepRecord.objects.bulk_create(
        StepRecord(
            run=batch.run, step=code, evidence_kind=kind, note="存档", by=world.office, at=at
        )
        for code in codes
        for kind in parts[code].evidence or ("",)
    )


def make_examined_batch(
    world: World, *, count: int = 3, levels: Sequence[int] = (4,), **wishes: object
) -> Batch:
    """The exam is over: scores may be typed for `count` candidates of the lowest level."""
    batch = make_announced_batch(world, levels=levels, **wishes)
    record(world, batch, "S09", "S10", *STAGES)
    for _ in range(count):
        make_case(world, batch)
    return batch


def cases_of(batch: Batch) -> list[Application]:
    return list(batch.applications.order_by("ticket"))


def second_typist(world: World) -> User:
    return make_user("何复录", world.port, Role.OFFICE)


def settle(
    world: World, batch: Batch, part: str, values: Sequence[Value], *, by_second: User,
    at: datetime = AFTER_EXAM,
) -> None:  # fmt: skip
    """Both passes typed alike by two people and settled, in the order of the tickets."""
    rows = [(case.pk, value) for case, value in zip(cases_of(batch), values, strict=True)]
    for entry, typist in ((1, world.office), (2, by_second)):
        services.enter_scores(batch=batch, part=part, entry=entry, rows=rows, by=typist, at=at)
    services.settle_marks(batch=batch, part=part, by=world.office, at=at)


def make_decided_batch(
    world: World, *, passed: int = 2, failed: int = 0, at: datetime = AFTER_EXAM, **wishes: object
) -> Batch:
    """Scores settled and results computed; nothing signed."""
    batch = make_examined_batch(world, count=passed + failed, **wishes)
    second = second_typist(world)
    settle(world, batch, "theory", [8000] * (passed + failed), by_second=second, at=at)
    settle(
        world, batch, "practical", [7000] * passed + [5999] * failed, by_second=second, at=at
    )  # fmt: skip
    services.decide_batch(batch=batch, by=world.office, at=at)
    return batch


def sign(world: World, batch: Batch, *, at: datetime = AFTER_EXAM) -> None:
    services.sign_results(batch=batch, layer=2, by=world.office, at=at)
    services.sign_results(batch=batch, layer=3, by=world.committee, at=at)


def make_signed_batch(world: World, **wishes: object) -> Batch:
    batch = make_decided_batch(world, **wishes)
    sign(world, batch)
    return batch
