"""Deeds on element tables and practical structures: brought in whole, tasks written and judged."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from jiangjie.accounts.models import User
from jiangjie.catalogue.models import Standard
from jiangjie.itembank import secrecy
from jiangjie.itembank.models import (
    Element,
    ElementTable,
    Item,
    SkillModule,
    SkillTable,
    SkillTask,
    State,
)
from jiangjie.itembank.rules import elements, practical
from jiangjie.itembank.rules import items as item_rules
from jiangjie.itembank.rules.elements import ElementRow
from jiangjie.itembank.rules.practical import ModuleRow, TaskContent
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation


@transaction.atomic
def set_elements(
    *,
    owner: Organisation,
    standard: Standard,
    level: int,
    rows: Sequence[ElementRow],
    work_type: str = "",
    edition: str,
    source: str,
    confidence: str = "U",
    by: User | None,
    at: datetime,
) -> ElementTable:
    """The table of this edition as the rows say: made, or brought up to them.

    Rows that are gone are removed unless items hang on them. RuleViolation
    itembank.table_has_faults, itembank.point_in_use, itembank.standard_lacks_level,
    itembank.no_source.
    """
    _check_heading(standard, level, edition, source)
    if not rows or (faults := elements.element_faults(rows)):
        raise RuleViolation(
            "itembank.table_has_faults",
            gettext_noop("细目表有%(count)d处错误，首处：%(first)s"),
            count=len(faults) if rows else 1,
            first=faults[0].text % faults[0].values if rows else "—",
        )
    table, is_new = ElementTable.objects.select_for_update(of=("self",)).get_or_create(
        owner=owner, standard=standard, work_type=work_type.strip(), level=level,
        edition=edition.strip(),
        defaults={
            "source": source.strip(), "confidence": confidence, "made_by": by, "made_at": at,
        },
    )  # fmt: skip
    before = {element.code: element for element in table.elements.all()}
    gone = [element for code, element in before.items() if code not in {row.code for row in rows}]
    _remove(gone)
    made: dict[str, Element] = {}
    for place, row in enumerate(rows):
        element = before.get(row.code) or Element(table=table, code=row.code)
        if element.pk and element.importance and not row.is_point:
            raise RuleViolation(
                "itembank.point_in_use",
                gettext_noop("%(point)s已是鉴定点，不能改为范围。"), point=row.code,
            )  # fmt: skip
        element.name, element.place = row.name.strip(), place
        element.weight, element.importance = row.weight, row.importance
        made[row.code] = element
    for depth in range(1, elements.DEEPEST + 2):
        level_rows = [row for row in rows if row.depth == depth]
        for row in level_rows:
            made[row.code].parent = made.get(row.parent)
        Element.objects.bulk_create([made[r.code] for r in level_rows if made[r.code].pk is None])
    Element.objects.bulk_update(
        [each for each in made.values() if each.code in before],
        ["name", "place", "weight", "importance", "parent"], batch_size=500,
    )  # fmt: skip
    if not is_new:
        table.source, table.confidence = source.strip(), confidence
        table.save(update_fields=["source", "confidence"])
    ledger.record(
        "itembank.elements_set", subject=table, org=owner, by=by, at=at, standard=standard.code,
        level=level, edition=table.edition, rows=len(rows), removed=[each.code for each in gone],
        source=table.source,
    )  # fmt: skip
    return table


def _remove(gone: Sequence[Element]) -> None:
    held = Item.objects.filter(point__in=gone).select_related("point").order_by("point__code")
    if first := held.first():
        raise RuleViolation(
            "itembank.point_in_use",
            gettext_noop("鉴定点%(point)s下有试题，不能删除。"), point=first.point.code,
        )  # fmt: skip
    Element.objects.filter(pk__in=[element.pk for element in gone]).delete()


def _check_heading(standard: Standard, level: int, edition: str, source: str) -> None:
    if level not in standard.levels:
        raise RuleViolation("itembank.standard_lacks_level", gettext_noop("该标准没有这个等级。"))
    if not edition.strip() or not source.strip():
        raise RuleViolation("itembank.no_source", gettext_noop("请填写版次和依据。"))


# ---- practical ------------------------------------------------------------------------------


@transaction.atomic
def set_structure(
    *,
    owner: Organisation,
    standard: Standard,
    level: int,
    rows: Sequence[ModuleRow],
    work_type: str = "",
    edition: str,
    source: str,
    confidence: str = "U",
    by: User | None,
    at: datetime,
) -> SkillTable:
    """考核内容结构表 as the rows say. Rows keep their tasks by their place in the table.

    RuleViolation itembank.structure_…, itembank.module_in_use, itembank.standard_lacks_level.
    """
    _check_heading(standard, level, edition, source)
    practical.check_structure(rows)
    table, is_new = SkillTable.objects.select_for_update(of=("self",)).get_or_create(
        owner=owner, standard=standard, work_type=work_type.strip(), level=level,
        edition=edition.strip(),
        defaults={
            "source": source.strip(), "confidence": confidence, "made_by": by, "made_at": at,
        },
    )  # fmt: skip
    if not is_new:
        table.source, table.confidence = source.strip(), confidence
        table.save(update_fields=["source", "confidence"])
    surplus = table.modules.filter(place__gt=len(rows))
    if SkillTask.objects.filter(module__in=surplus).exists():
        raise RuleViolation(
            "itembank.module_in_use", gettext_noop("要删除的考核内容下有试题，不能删除。")
        )
    surplus.delete()
    for place, row in enumerate(rows, start=1):
        SkillModule.objects.update_or_create(
            table=table, place=place,
            defaults={
                "function": row.function.strip(), "work": row.work.strip(),
                "choice": row.choice.strip(), "weight": row.weight, "minutes": row.minutes,
                "form": row.form,
            },
        )  # fmt: skip
    ledger.record(
        "itembank.structure_set", subject=table, org=owner, by=by, at=at, standard=standard.code,
        level=level, edition=table.edition, rows=len(rows), source=table.source,
    )  # fmt: skip
    return table


@transaction.atomic
def write_task(
    *,
    module: SkillModule,
    title: str,
    content: TaskContent,
    code: str = "",
    by: User,
    at: datetime,
) -> SkillTask:
    """A task, or with the `code` of one its next version. It waits for review at once.

    RuleViolation itembank.task_empty, itembank.task_points, itembank.no_task_title.
    """
    practical.check_task(content)
    if not title.strip():
        raise RuleViolation("itembank.no_task_title", gettext_noop("请填写试题名称。"))
    module = (
        SkillModule.objects.select_for_update(of=("self",))
        .select_related("table__owner")
        .get(pk=module.pk)
    )
    known = SkillTask.objects.filter(module=module)
    if not code:
        used = {each for each in known.values_list("code", flat=True) if each.isdigit()}
        code = f"{max(map(int, used), default=0) + 1:03d}"
    last = known.filter(code=code).aggregate(last=Max("version"))["last"] or 0
    # What waited under this code is overtaken by the new wording.
    known.filter(code=code, state=State.REVIEW).update(state=State.RETIRED)
    task = SkillTask.objects.create(
        module=module, code=code, version=last + 1, title=title.strip(), state=State.REVIEW,
        sealed=secrecy.seal_task(content, module_id=module.pk), author=by, written_at=at,
    )  # fmt: skip
    ledger.record(
        "itembank.task_written", subject=task, org=module.table.owner, by=by, at=at, code=str(task)
    )
    return task


@transaction.atomic
def review_task(
    *, task_id: int, is_ready: bool, opinion: str = "", by: User, at: datetime
) -> SkillTask:
    """RuleViolation itembank.own_item, itembank.no_opinion, itembank.wrong_state."""
    task = (
        SkillTask.objects.select_for_update(of=("self",))
        .select_related("module__table__owner")
        .get(pk=task_id)
    )
    item_rules.check_state(task.state, State.REVIEW)
    authors = SkillTask.objects.filter(module=task.module, code=task.code)
    item_rules.check_may_review(
        author_id=task.author_id, reviewer_id=by.pk,
        earlier_author_ids=list(authors.values_list("author_id", flat=True)),
    )  # fmt: skip
    if not is_ready and not opinion.strip():
        raise RuleViolation("itembank.no_opinion", gettext_noop("退回时请写明意见。"))
    if is_ready:
        authors.filter(state=State.READY).update(state=State.REPLACED)
    task.state = State.READY if is_ready else State.RETURNED
    task.reviewer, task.reviewed_at, task.opinion = by, at, opinion.strip()
    task.save(update_fields=["state", "reviewer", "reviewed_at", "opinion"])
    ledger.record(
        "itembank.task_approved" if is_ready else "itembank.task_returned", subject=task,
        org=task.module.table.owner, by=by, at=at, code=str(task),
    )  # fmt: skip
    return task
