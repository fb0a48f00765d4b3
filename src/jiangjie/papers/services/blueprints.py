"""Deeds on blueprints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.itembank.models import ElementTable
from jiangjie.itembank.rules.content import Kind
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation
from jiangjie.papers import queries
from jiangjie.papers.models import Aim, Blueprint
from jiangjie.papers.rules.problem import EXTRA, Part, check_shape, problem, usable
from jiangjie.papers.rules.reading import read_blueprint, read_pool
from jiangjie.planning.models import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintWish:
    """All that a blueprint says. `shape`: (kind, items, points of each in hundredths)."""

    title: str
    table: ElementTable
    minutes: int
    shape: Sequence[tuple[str, int, int]]
    batch: Batch | None = None
    forms: int = 2
    spares: int = 1
    overlap: int = 0
    by_weight: bool = True
    aim: str = Aim.DIFFICULTY
    difficulty: int = 65
    spread: int = 12
    max_uses: int | None = None
    rest_days: int = 0
    rules: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def save_blueprint(
    *,
    org: Organisation,
    wish: BlueprintWish,
    blueprint_id: int | None = None,
    by: User,
    at: datetime,
) -> Blueprint:
    """A new blueprint, or another wording of one. Runs keep what they were asked with.

    RuleViolation for an empty shape, a batch or table of somebody else, a level that the batch does
    not evaluate; BadInput for rules that cannot be read.
    """
    check_shape([Part(Kind(kind), items, points) for kind, items, points in wish.shape])
    if wish.table.owner_id != org.pk or (wish.batch and wish.batch.org_id != org.pk):
        raise RuleViolation("papers.foreign_table", gettext_noop("细目表和批次应属于本单位。"))
    _check_batch(wish)
    values = {
        **{each.name: getattr(wish, each.name) for each in fields(wish)},
        "shape": [list(row) for row in wish.shape],
        "changed_at": at,
    }
    if blueprint_id is None:
        blueprint = Blueprint(org=org, made_by=by, made_at=at)
    else:
        blueprint = Blueprint.objects.select_for_update(no_key=True).get(pk=blueprint_id, org=org)
    for name, value in values.items():
        setattr(blueprint, name, value)
    _check_rules(blueprint, at)
    blueprint.save()
    ledger.record(
        "papers.blueprint_saved", subject=blueprint, org=org, by=by, at=at, context=wish.batch,
        title=wish.title, table=wish.table.pk, forms=wish.forms, spares=wish.spares,
        shape=values["shape"],
    )  # fmt: skip
    return blueprint


def _check_batch(wish: BlueprintWish) -> None:
    """The batch evaluates the table's standard at its level."""
    table, batch = wish.table, wish.batch
    if batch is None:
        return
    lines = batch.lines.filter(standard__occupation=table.standard.occupation_id, level=table.level)
    if not lines.exists():
        raise RuleViolation(
            "papers.other_level", gettext_noop("该批次不评价这张细目表的职业等级。")
        )


def _check_rules(blueprint: Blueprint, at: datetime) -> None:
    """The blueprint's own rules can be read against the bank as it is today."""
    if not isinstance(blueprint.rules, dict) or set(blueprint.rules) - set(EXTRA):
        raise BadInput(
            gettext_noop("其他要求应为JSON对象，只含%(known)s。"), known="、".join(EXTRA)
        )
    if blueprint.rules:
        wish = queries.wish_of(blueprint, at.date())
        found, _ = queries.candidates(blueprint, at.date())
        asked = problem(usable(found, wish), (), replace(wish, by_weight=False), seed=0)
        pool = read_pool(enumerate(asked.rows, 1), "题库")
        read_blueprint(asked.document, pool, "其他要求")


@transaction.atomic
def copy_blueprint(
    *, blueprint: Blueprint, batch: Batch | None, by: User, at: datetime
) -> Blueprint:
    """The same wishes for another batch, or as a pattern."""
    wish = BlueprintWish(
        title=blueprint.title, table=blueprint.table, minutes=blueprint.minutes,
        shape=[(kind, items, points) for kind, items, points in blueprint.shape], batch=batch,
        forms=blueprint.forms, spares=blueprint.spares, overlap=blueprint.overlap,
        by_weight=blueprint.by_weight, aim=blueprint.aim, difficulty=blueprint.difficulty,
        spread=blueprint.spread, max_uses=blueprint.max_uses, rest_days=blueprint.rest_days,
        rules=blueprint.rules,
    )  # fmt: skip
    return save_blueprint(org=blueprint.org, wish=wish, by=by, at=at)
