"""A run of assembly from the wish to papers: asked, worked on by a duty, stopped, or taken."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.itembank import services as itembank
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.papers import queries, vault
from jiangjie.papers.models import AssemblyRun, Blueprint, Paper, PaperSet
from jiangjie.papers.rules import composition
from jiangjie.papers.rules.assembly import Assembly, Phase, assemble
from jiangjie.papers.rules.problem import Problem, comparison, items_of, problem, usable
from jiangjie.papers.rules.reading import read_blueprint, read_pool
from jiangjie.planning.models import Batch

DUTY = "papers.assemble"


@transaction.atomic
def ask_assembly(
    *,
    blueprint: Blueprint,
    batch: Batch,
    without: Collection[str] = (),
    by: User,
    at: datetime,
) -> AssemblyRun:
    """Freeze blueprint and bank as they are into a problem, for the worker to solve.

    `without` are items that an expert found faulty. RuleViolation while another run of this batch
    and blueprint is under way, or where the table's weights do not sum up.
    """
    batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if any(run.is_running for run in batch.assembly_runs.filter(blueprint=blueprint)):
        raise RuleViolation("papers.running", gettext_noop("正在组卷，请等它完成或先停止。"))
    day = timezone.localdate(at)
    wish = queries.wish_of(blueprint, day)
    found, enemies = queries.candidates(blueprint, day)
    items = usable(found, wish, without)
    if not items:
        raise RuleViolation("papers.no_items", gettext_noop("题库中没有符合条件的试题。"))
    # Order and seed decide between papers that are equally good. They are random and sealed with the
    # problem, so that nobody who knows the bank can compute a sealed paper a second time.
    secrets.SystemRandom().shuffle(items)
    seed = secrets.randbelow(1_000_000)
    asked = problem(items, queries.scopes_of(blueprint.table), wish, enemies=enemies, seed=seed)
    form = {
        **asked.to_dict(),
        "shape": [[part.kind.value, part.items, part.points] for part in wish.shape],
        "forms": blueprint.forms,
        "title": blueprint.title,
        "minutes": blueprint.minutes,
    }
    digest = canonical.digest(canonical.jsonable(_without_fractions(form)))
    run = AssemblyRun.objects.create(
        blueprint=blueprint, batch=batch, digest=digest, items=len(items),
        problem=vault.seal_form(form, digest=digest, what="problem"), asked_by=by, asked_at=at,
    )  # fmt: skip
    ledger.record(
        "papers.assembly_asked", subject=run, org=batch.org, by=by, at=at, context=batch,
        blueprint=blueprint.pk, items=len(items), forms=wish.forms, problem=digest,
        without=len(without),
    )  # fmt: skip
    jobs.wake(DUTY)
    return run


def _without_fractions(value: object) -> object:
    """Canonical JSON holds no fractions: they go in as the text that repeats them exactly."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: _without_fractions(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_fractions(each) for each in value]
    return value


class _Stopped(Exception):
    """Somebody asked to stop while the search was under way."""


def assemble_run(*, run_id: int, at: datetime) -> None:
    """Solve a run. Not one transaction: each phase keeps its best papers, so that a stop finds them;
    a worker that dies begins again from the frozen problem and comes to the same papers.
    """
    run = AssemblyRun.objects.select_related("batch__org", "blueprint__table").get(pk=run_id)
    if not run.is_running:
        return
    AssemblyRun.objects.filter(pk=run_id, started_at=None).update(started_at=at)
    form = vault.problem_of(run)
    asked = Problem.from_dict(form)
    pool = read_pool(enumerate(asked.rows, 1), "题库")
    blueprint = read_blueprint(asked.document, pool, "方案")

    def watch(phase: Phase, best: Assembly | None) -> None:
        changed = _kept(run, asked, best) | {"phase": phase.value}
        if not AssemblyRun.objects.filter(pk=run_id, cancelled_at=None).update(**changed):
            raise _Stopped

    try:
        result = assemble(pool, blueprint, watch)
    except _Stopped:
        return
    _finish(run_id, asked, result, at)


def _kept(run: AssemblyRun, asked: Problem, best: Assembly | None) -> dict[str, object]:
    if best is None or best.forms is None:
        return {}
    forms = [list(form) for form in best.forms]
    return {
        "found": vault.seal_form(forms, digest=run.digest, what="found"),
        "objective": best.objective,
        "bound": best.bound,
        "comparison": comparison(forms, items_of(asked.rows)),
    }


@transaction.atomic
def _finish(run_id: int, asked: Problem, result: Assembly, at: datetime) -> None:
    run = (
        AssemblyRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "blueprint__table")
        .get(pk=run_id)
    )
    if not run.is_running:
        return
    for name, value in _kept(run, asked, result).items():
        setattr(run, name, value)
    run.conflict = [each.to_json() for each in result.conflict]
    run.finished_at, run.phase = at, ""
    run.save()
    ledger.record(
        "papers.assembled", subject=run, org=run.batch.org, by=None, at=at, context=run.batch,
        is_feasible=result.forms is not None, problem=run.digest,
        forms=canonical.digest(canonical.jsonable([list(form) for form in result.forms or ()])),
        conflict=[each.path for each in result.conflict],
    )  # fmt: skip


@transaction.atomic
def fail_run(*, run_id: int, error: str, at: datetime) -> None:
    """What stands in the way is told; the office asks anew."""
    run = AssemblyRun.objects.select_for_update(of=("self",)).select_related("batch__org").get(
        pk=run_id
    )  # fmt: skip
    run.error = error[:500]
    run.save(update_fields=["error"])
    ledger.record(
        "papers.assembly_failed", subject=run, org=run.batch.org, by=None, at=at, context=run.batch
    )


@transaction.atomic
def cancel_run(*, run_id: int, by: User, at: datetime) -> AssemblyRun:
    """Stop the search; the best papers so far stay and can be taken."""
    run = AssemblyRun.objects.select_for_update(of=("self",)).select_related("batch__org").get(
        pk=run_id
    )  # fmt: skip
    if not run.is_running:
        raise RuleViolation("papers.not_running", gettext_noop("组卷已经结束。"))
    run.cancelled_at = at
    run.save(update_fields=["cancelled_at"])
    ledger.record(
        "papers.assembly_cancelled", subject=run, org=run.batch.org, by=by, at=at, context=run.batch
    )
    return run


@transaction.atomic
def make_papers(*, run_id: int, by: User, at: datetime) -> PaperSet:
    """Take what a run found: forms and spares with their words, as drafts to be proofed.

    RuleViolation papers.nothing_found, papers.taken_before.
    """
    run = (
        AssemblyRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "blueprint__table__standard")
        .get(pk=run_id)
    )
    if not run.has_forms:
        raise RuleViolation("papers.nothing_found", gettext_noop("这次组卷没有组出试卷。"))
    if PaperSet.objects.filter(run=run).exists():
        raise RuleViolation("papers.taken_before", gettext_noop("这次组卷的结果已经成卷。"))
    form, chosen = vault.problem_of(run), vault.found_of(run)
    papers = PaperSet.objects.create(
        run=run, batch=run.batch, title=form["title"], minutes=form["minutes"], made_by=by,
        made_at=at,
    )  # fmt: skip
    contents = itembank.read_contents(
        {item for each in chosen for item in each}, purpose=itembank.Purpose.ASSEMBLE, by=by, at=at,
        org=run.batch.org,
    )  # fmt: skip
    shape = queries.parts_of(form["shape"])
    known = items_of(form["rows"])
    made = []
    for place, ids in enumerate(chosen):
        name = composition.form_name(place, form["forms"])
        code = f"{run.batch.number}-{papers.pk}-{name}"
        content = composition.compose(
            code=code, title=form["title"], minutes=form["minutes"], shape=shape,
            chosen=[known[one] for one in ids], contents=contents,
        )  # fmt: skip
        clear = vault.content_bytes(content)
        made.append(
            Paper(
                set=papers, form=name, is_spare=place >= form["forms"], code=code,
                content=vault.seal_paper(clear, code=code), digest=vault.digest(clear),
                questions=len(content.questions), points=content.points,
            )
        )  # fmt: skip
    Paper.objects.bulk_create(made)
    ledger.record(
        "papers.made", subject=papers, org=run.batch.org, by=by, at=at, context=run.batch,
        run=run.pk, papers={paper.code: paper.digest for paper in made},
    )  # fmt: skip
    return papers
