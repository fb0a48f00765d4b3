"""What results tell the layers below: facts of T09 and S12, and what waits for whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.notices.hooks import Task
from jiangjie.planning.hooks import Underway
from jiangjie.planning.models import Batch
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.queries import pack_of
from jiangjie.procedures.models import Choice, SignOff
from jiangjie.procedures.queries import procedure_of
from jiangjie.procedures.rules import Standing, StepFact, StepState
from jiangjie.results import queries, rules
from jiangjie.results.models import Correction, Mark


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """T09: every score settled. S12: everybody decided, and every layer has signed."""
    batches = {
        batch.run_id: batch
        for batch in Batch.objects.filter(run__in=run_ids).select_related("run__definition", "pack")
    }
    counted: dict[int, Mapping[str, int]] = {
        row["batch"]: {"n": row["n"], "decided": row["decided"]}
        for row in Application.objects.filter(
            batch__in=batches.values(), state=ApplicationState.QUALIFIED
        )
        .values("batch")
        .annotate(n=Count("pk"), decided=Count("decision"))
    }
    signed = queries.signatures(run_ids)
    nobody = {"n": 0, "decided": 0}
    counts = {batch.pk: counted.get(batch.pk, nobody) for batch in batches.values()}
    last = _last_settled(batches.values())
    # Whoever is decided has all his marks; only batches under way are looked at one by one.
    under_way = [
        batch
        for batch in batches.values()
        if batch.pk in last and counts[batch.pk]["decided"] < counts[batch.pk]["n"]
    ]
    unsettled = {batch.pk for batch in batches.values() if batch.pk not in last}
    unsettled |= _unsettled(under_way)
    return {
        run_id: {
            queries.TYPING: StepFact(
                is_done=batch.pk not in unsettled,
                done_at=None if batch.pk in unsettled else _day(last[batch.pk]),
            ),
            queries.STEP: _decided_fact(batch, counts[batch.pk], signed[run_id]),
        }
        for run_id, batch in batches.items()
    }


def _last_settled(batches: Iterable[Batch]) -> dict[int, datetime]:
    return dict(
        Mark.objects.filter(application__batch__in=list(batches))
        .values_list("application__batch")
        .annotate(last=Max("settled_at"))
    )


def _unsettled(batches: Sequence[Batch]) -> set[int]:
    """Those of the batches in which somebody lacks a mark. At most three queries."""
    if not batches:
        return set()
    by_pk = {batch.pk: batch for batch in batches}
    cases = list(
        Application.objects.filter(
            batch__in=by_pk, state=ApplicationState.QUALIFIED
        ).select_related("line")
    )
    marks: dict[int, set[str]] = defaultdict(set)
    for case_id, part in Mark.objects.filter(application__in=cases).values_list(
        "application_id", "part"
    ):
        marks[case_id].add(part)
    exempt = queries.exemptions(batches, cases)
    return {
        case.batch_id
        for case in cases
        if not _parts(by_pk[case.batch_id], case.line.level) - exempt.get(case.pk, frozenset())
        <= marks[case.pk]
    }


def _parts(batch: Batch, level: int) -> set[str]:
    return {part.kind for part in policy_rules.parts_for_level(pack_of(batch.pack), level)}


def _decided_fact(
    batch: Batch, counted: Mapping[str, int], signatures: Sequence[SignOff]
) -> StepFact:
    undecided = counted["n"] - counted["decided"]
    plain = [queries.plain(each) for each in signatures]
    passed = rules.passed_layers(plain)
    unsigned = [layer for layer in queries.layers(batch) if layer not in passed]
    if counted["n"] and not undecided and not unsigned:
        return StepFact(is_done=True, done_at=_day(signatures[-1].at))
    missing = []
    if undecided:
        missing.append(_("%(count)d人尚未评定") % {"count": undecided})
    procedure = procedure_of(batch.run.definition)
    missing += [_("第%(layer)s层尚未签署") % {"layer": layer} for layer in unsigned]
    waits_for = Role.OFFICE if undecided or not unsigned else procedure.layer(unsigned[0]).role
    last = signatures[-1] if signatures else None
    return StepFact(
        is_done=False,
        waits_for=str(waits_for),
        missing=tuple(missing),
        detail=_("已退回：%(reason)s") % {"reason": last.reason}
        if last is not None and last.choice != Choice.PASS
        else "",
    )


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None


# ---- tasks ----------------------------------------------------------------------------------


def tasks(user: User, acting: Acting, underway: Sequence[Underway]) -> Iterable[Task]:
    """Scores to type, differences to clear, results to decide and to sign, slips to decide."""
    if not acting.has(*queries.TYPISTS, Role.COMMITTEE):
        return
    people = queries.qualified([each.batch for each in underway])
    scored = [each for each in underway if people[each.batch.pk]]
    batches = [each.batch for each in scored]
    if acting.has(Role.OFFICE, Role.COMMITTEE):
        yield from _slips(user, batches)
    scoring = queries.undecided(batches)
    for each in scored:
        batch, parts = each.batch, each.parts
        if parts[queries.TYPING].state is Standing.OPEN and acting.has(*queries.TYPISTS):
            yield _task(batch, parts[queries.TYPING], _("录入和核对成绩"), "results:part_list")
        step = parts[queries.STEP]
        if step.state is not Standing.OPEN or step.waits_for not in acting.roles:
            continue
        if scoring[batch.pk] > 0:
            yield _task(batch, step, _("核对成绩并评定结果"), "results:part_list")
        else:
            yield _task(batch, step, _("签署结果汇总表"), "results:result_list")


def _task(batch: Batch, step: StepState, title: str, url_name: str) -> Task:
    return Task(
        title=title,
        detail=batch.title,
        link=reverse(url_name, args=[batch.pk]),
        due=step.due,
        ground=step.ground.text,
        group=_("成绩与结果"),
    )


def _slips(user: User, batches: Sequence[Batch]) -> Iterable[Task]:
    waiting = (
        Correction.objects.filter(mark__application__batch__in=batches, decided_at=None)
        .exclude(asked_by=user)
        .values("mark__application__batch", "mark__application__batch__title")
        .annotate(slips=Count("pk"))
        .order_by()
    )
    for row in waiting:
        yield Task(
            title=_("审核%(count)d份成绩更正单") % {"count": row["slips"]},
            detail=row["mark__application__batch__title"],
            link=reverse("results:correction_list", args=[row["mark__application__batch"]]),
            due=None,
            ground=_("更正单由申请人以外的人审核"),
            group=_("成绩与结果"),
        )
