"""A batch with qualified candidates and a register of experts, made through the real services."""

from datetime import UTC, datetime

from jiangjie.applications.models import Application
from jiangjie.arrangement import services
from jiangjie.arrangement.models import Panel, PanelPart
from jiangjie.planning.models import Batch
from jiangjie.resources.models import Expert
from tests.factories import World, employ
from tests.planning.factories import make_announced_batch
from tests.resources.factories import make_expert
from tests.results.factories import make_case

APRIL_1 = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


def exam(hour: int, minute: int = 0) -> datetime:
    """18 April 2026, the batch's day, by Shanghai's clock."""
    return datetime(2026, 4, 18, hour - 8, minute, tzinfo=UTC)


def make_candidates(
    world: World, batch: Batch, count: int, *, team: str = "一班"
) -> list[Application]:
    cases = [make_case(world, batch, layers=()) for _ in range(count)]
    for case in cases:
        employ(case.person, world.unit_a, team=team)
    return cases


def make_experts(world: World, names: str, **fields) -> list[Expert]:
    """One for each character; of unit B, so that nobody is a colleague of the candidates."""
    experts = [make_expert(world, f"考评{name}", **fields) for name in names]
    for expert in experts:
        employ(expert.person, world.unit_b, team="甲班")
    return experts


def make_arranged(world: World, *, experts: str = "甲乙丙丁", people: int = 4, **fields):
    """A batch with one practical panel and nobody on it yet."""
    batch = make_announced_batch(world, levels=(4,))
    cases = make_candidates(world, batch, people)
    found = make_experts(world, experts, **fields)
    (panel,) = make_panels(world, batch)
    return batch, panel, found, cases


def make_panels(world: World, batch: Batch, **wishes) -> list[Panel]:
    given = {
        "part": PanelPart.PRACTICAL, "per_panel": 15, "size": 3, "starts_at": exam(9),
        "ends_at": exam(12),
    }  # fmt: skip
    return services.make_panels(batch=batch, by=world.office, at=APRIL_1, **given | wishes)


def seat(world: World, panel: Panel, expert: Expert, **fields):
    return services.seat(
        panel_id=panel.pk, expert_id=expert.pk, by=world.office, at=APRIL_1, **fields
    )


def search(world: World, batch: Batch, kind: str = "fill", outside_percent: int = 0):
    asked = services.ask_search(
        batch=batch, kind=kind, outside_percent=outside_percent, by=world.office, at=APRIL_1
    )
    return services.search(run_id=asked.pk, at=APRIL_1)


def apply(world: World, run):
    return services.apply_search(run_id=run.pk, by=world.office, at=APRIL_1)


def seated(panel: Panel) -> list[str]:
    rows = panel.seats.filter(left_at=None).select_related("expert__person")
    return sorted(row.expert.person.name for row in rows)
