"""Deeds on one person's case: start, draft, submit, review in layers, withdraw."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jiangjie.accounts.models import User
from jiangjie.applications import queries
from jiangjie.applications.models import Application, ApplicationState, Evidence, Intake, Route
from jiangjie.applications.rules import review as rules
from jiangjie.applications.rules.eligibility import compile_set, request_from_json, verdict
from jiangjie.files.models import Blob
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import family_ids
from jiangjie.people.models import Employment, Person
from jiangjie.people.queries import current_employments, facts_of
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.packs import Pack
from jiangjie.policy.queries import pack_of
from jiangjie.procedures import services as procedures
from jiangjie.procedures.models import Choice
from jiangjie.procedures.queries import procedure_of

APPLY, CHECK, ARRANGE = "S05", "S06", "S10"
Wish = tuple[Person, BatchLine]


def judge(batch: Batch, wishes: Sequence[Wish]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(facts, verdict) for each wish by the batch's frozen pack and cut-off day.

    Queries grow with the number of standards, not of people. Writes nothing: the live verdict
    of a form and the frozen one of a submission are the same function.
    """
    pack = pack_of(batch.pack)
    by_standard: dict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_standard[wish[1].frozen["standard"]].append(wish)
    facts: dict[tuple[int, str], dict[str, Any]] = {}
    for standard, some in by_standard.items():
        frozen = some[0][1].frozen
        found = facts_of(
            [person for person, _ in some],
            occupation_code=frozen["occupation_code"],
            related_occupations=frozen["related_occupations"],
            related_majors=frozen["related_majors"],
        )
        facts |= {(person_id, standard): each for person_id, each in found.items()}
    sets = {
        name: compile_set(pack.condition_set(name))
        for name in {line.frozen["conditions"] for _, line in wishes}
    }
    judged = []
    for person, line in wishes:
        request = {**facts[person.pk, line.frozen["standard"]], "target_level": line.level}
        outcome = verdict(
            request_from_json(request, "$").facts,
            sets[line.frozen["conditions"]],
            target_level=line.level,
            as_of=batch.as_of,
        )
        judged.append((request, outcome.to_json()))
    return judged


@transaction.atomic
def start_application(
    *,
    batch: Batch,
    line: BatchLine,
    person: Person,
    unit: Organisation | None = None,
    by: User,
    at: datetime,
) -> Application:
    """A draft for one person; the worker himself or the clerk of his unit.

    Raises RuleViolation outside the window, for people of others, or for a second application.
    """
    batch = Batch.objects.select_related("org", "run", "pack").get(pk=batch.pk)
    check_takes_applications(batch, timezone.localdate(at))
    job = _own_job(batch, person, timezone.localdate(at))
    application = Application(
        batch=batch,
        line=line,
        person=person,
        unit=unit or job.org or batch.org,
        unit_name=job.employer,
        department=job.department,
        team=job.team,
        started_by=by,
    )
    check_not_elsewhere(batch, [(person, line)])
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as why:
        raise RuleViolation(
            "applications.one_a_batch", gettext_noop("申报人在本批次已有申报。")
        ) from why
    ledger.record(
        "applications.started", subject=application, org=batch.org, by=by, at=at, context=batch,
        line=line.pk,
    )  # fmt: skip
    return application


@transaction.atomic
def save_draft(
    *,
    application_id: int,
    line: BatchLine,
    route: str = Route.REGULAR,
    route_reason: str = "",
    photo: Blob | None = None,
    by: User,
    at: datetime,
) -> Application:
    """Change a draft or a returned application."""
    application = _locked(application_id)
    _check_editable(application)
    application.line = line
    application.route = Route(route)
    application.route_reason = route_reason.strip()
    if photo is not None:
        application.photo = photo
    application.save(update_fields=["line", "route", "route_reason", "photo"])
    ledger.record(
        "applications.drafted", subject=application, org=application.batch.org, by=by, at=at,
        context=application.batch, line=line.pk, route=application.route,
    )  # fmt: skip
    return application


@transaction.atomic
def submit(*, application_id: int, promised: bool, by: User, at: datetime) -> Application:
    """Freeze facts and verdict and hand the case to the reviewers."""
    application = _locked(application_id)
    _check_editable(application)
    batch, line = application.batch, application.line
    check_takes_applications(batch, timezone.localdate(at))
    check_not_elsewhere(batch, [(application.person, line)])
    is_regular = application.route == Route.REGULAR
    if not is_regular:
        _check_route(pack_of(batch.pack), application)
    ((facts, outcome),) = judge(batch, [(application.person, line)])
    earliest = outcome["earliest_date"]
    rules.check_may_submit(
        is_eligible=outcome["eligible"],
        is_regular=is_regular,
        promised=promised,
        reason=application.route_reason,
        evidence_count=application.evidence.count(),
        earliest=date.fromisoformat(earliest) if earliest else None,
        source=line.frozen["source"],
    )
    if application.state == ApplicationState.RETURNED:
        application.round += 1
    freeze_verdict(application, facts, outcome)
    application.state, application.turn = ApplicationState.SUBMITTED, rules.UNIT
    application.submitted_at = at
    application.submitted_by = by
    application.save()
    ledger.record(
        "applications.submitted", subject=application, org=batch.org, by=by, at=at, context=batch,
        round=application.round, eligible=outcome["eligible"], clause=outcome["clause"],
        route=application.route, promised=True, line=line.pk, facts=canonical.digest(facts),
    )  # fmt: skip
    return application


@transaction.atomic
def review(
    *,
    application_ids: Sequence[int],
    layer: int,
    choice: str,
    reason: str = "",
    by: User,
    at: datetime,
) -> int:
    """Sign many cases of one batch on one layer, all or none; returns how many.

    PASS on the last layer a case needs qualifies it; RETURN sends it back to the applicant;
    REJECT ends it. Separation of duties is the procedure's (R-22).
    """
    cases = list(
        Application.objects.select_for_update(of=("self",))
        .select_related("batch__org", "batch__pack", "batch__run__definition", "person")
        .filter(pk__in=application_ids)
        .order_by("pk")
    )
    if not cases or len({case.batch_id for case in cases}) != 1:
        raise RuleViolation("applications.nobody_chosen", gettext_noop("请选择要审核的申报。"))
    batch = cases[0].batch
    procedures.require_step(batch.run, CHECK, timezone.localdate(at))
    exceptional_layer = max(
        pack_of(batch.pack).integer("signoff.exceptional_min_layer"),
        0,
        *procedure_of(batch.run.definition).part(CHECK).exceptional,
    )
    for case in cases:
        if case.turn != layer:
            raise RuleViolation(
                "applications.not_your_turn",
                gettext_noop("%(name)s的申报现在不由第%(layer)d层审核。"),
                name=case.person.name,
                layer=layer,
            )
        if choice == Choice.PASS:
            rules.check_may_pass(
                is_eligible=bool(case.is_eligible),
                is_regular=case.route == Route.REGULAR,
                name=case.person.name,
            )
    procedures.sign(
        run=batch.run,
        step=CHECK,
        layer=layer,
        subjects=[ref(case) for case in cases],
        choice=choice,
        reason=reason,
        by=by,
        at=at,
        context=batch,
        round_of={ref(case): case.round for case in cases},
        people_of={ref(case): case.person_id for case in cases},
    )
    for case in cases:
        _apply_choice(
            case,
            choice,
            rules.last_layer(
                is_regular=case.route == Route.REGULAR, exceptional_min_layer=exceptional_layer
            ),
            at,
        )
    Application.objects.bulk_update(cases, ["state", "turn", "decided_at"])
    ledger.record(
        "applications.reviewed", subject=batch, org=batch.org, by=by, at=at, context=batch,
        layer=layer, choice=choice, reason=reason, applications=[case.pk for case in cases],
    )  # fmt: skip
    return len(cases)


def _apply_choice(case: Application, choice: str, last_layer: int, at: datetime) -> None:
    layer, case.turn = case.turn, None
    if choice == Choice.RETURN:
        case.state = ApplicationState.RETURNED
    elif choice == Choice.REJECT:
        case.state, case.decided_at = ApplicationState.REJECTED, at
    elif layer == last_layer:
        case.state, case.decided_at = ApplicationState.QUALIFIED, at
    else:
        case.turn = (layer or 0) + 1


@transaction.atomic
def withdraw(*, application_id: int, reason: str = "", by: User, at: datetime) -> Application:
    """Take an application back before it is decided."""
    application = _locked(application_id)
    if application.state not in (
        ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.RETURNED,
    ):  # fmt: skip
        raise RuleViolation("applications.decided", gettext_noop("该申报已有审核结论，不能撤回。"))
    application.state, application.turn = ApplicationState.WITHDRAWN, None
    application.save(update_fields=["state", "turn"])
    ledger.record(
        "applications.withdrawn", subject=application, org=application.batch.org, by=by, at=at,
        context=application.batch, reason=reason,
    )  # fmt: skip
    return application


@transaction.atomic
def add_evidence(
    *, application_id: int, kind: str, blob: Blob, file_name: str, by: User, at: datetime
) -> Evidence:
    application = _locked(application_id)
    _check_editable(application)
    evidence = Evidence.objects.create(
        application=application, kind=kind.strip(), blob=blob, file_name=file_name, added_by=by,
        added_at=at,
    )  # fmt: skip
    ledger.record(
        "applications.evidence_added", subject=application, org=application.batch.org, by=by,
        at=at, context=application.batch, kind=evidence.kind, digest=blob.digest,
    )  # fmt: skip
    return evidence


@transaction.atomic
def remove_evidence(*, evidence_id: int, by: User, at: datetime) -> None:
    """Take a wrong file off a draft; the bytes stay until nothing refers to them."""
    evidence = Evidence.objects.select_related("application__batch__org").get(pk=evidence_id)
    application = _locked(evidence.application_id)
    _check_editable(application)
    ledger.record(
        "applications.evidence_removed", subject=application, org=application.batch.org, by=by,
        at=at, context=application.batch, kind=evidence.kind, digest=evidence.blob_id,
    )  # fmt: skip
    evidence.delete()


@transaction.atomic
def close_intake(*, batch: Batch, by: User | None, at: datetime) -> Intake:
    """申报截止: after the last day, by the office or by the program. Safe to repeat."""
    batch = (
        Batch.objects.select_for_update(of=("self",)).select_related("org", "run").get(pk=batch.pk)
    )
    closed = Intake.objects.filter(batch=batch).first()
    if closed is not None:
        return closed
    procedures.require_step(batch.run, APPLY, timezone.localdate(at))
    people = batch.applications.filter(submitted_at__isnull=False).count()
    rules.check_may_close(today=timezone.localdate(at), last_day=batch.apply_until, people=people)
    intake = Intake.objects.create(batch=batch, people=people, closed_at=at, closed_by=by)
    ledger.record(
        "applications.closed", subject=batch, org=batch.org, by=by, at=at, context=batch,
        people=people,
    )  # fmt: skip
    return intake


@transaction.atomic
def assign_tickets(*, batch: Batch, by: User, at: datetime) -> int:
    """准考证号 for all who qualified and have none; returns how many were given."""
    batch = (
        Batch.objects.select_for_update(of=("self",)).select_related("org", "run").get(pk=batch.pk)
    )
    procedures.require_step(batch.run, ARRANGE, timezone.localdate(at))
    stem = "".join(character for character in batch.number if character.isdigit())
    taken = batch.applications.exclude(ticket="").count()
    cases = list(
        batch.applications.filter(state=ApplicationState.QUALIFIED, ticket="").order_by(
            "line_id", "pk"
        )
    )
    for number, case in enumerate(cases, start=taken + 1):
        case.ticket = f"{stem}{number:05d}"
    Application.objects.bulk_update(cases, ["ticket"], batch_size=1000)
    if cases:
        ledger.record(
            "applications.tickets_assigned", subject=batch, org=batch.org, by=by, at=at,
            context=batch, people=len(cases),
        )  # fmt: skip
    return len(cases)


def check_takes_applications(batch: Batch, today: date) -> None:
    procedures.require_step(batch.run, APPLY, today)
    rules.check_window(today=today, first_day=batch.apply_from, last_day=batch.apply_until)


def check_not_elsewhere(batch: Batch, wishes: Iterable[Wish]) -> None:
    """Nobody of these has or seeks the level elsewhere. Two queries for all of them."""
    wishes = list(wishes)
    held = queries.levels_held([person for person, _ in wishes], batch=batch)
    for person, line in wishes:
        rules.check_not_held(
            held.get(person.pk, ()),
            occupation_code=line.frozen["occupation_code"],
            level=line.level,
        )


def freeze_verdict(
    application: Application, facts: Mapping[str, Any], outcome: Mapping[str, Any]
) -> None:
    application.facts = dict(facts)
    application.verdict = dict(outcome)
    application.is_eligible = bool(outcome["eligible"])
    application.clause = str(outcome["clause"] or "")


def _own_job(batch: Batch, person: Person, today: date) -> Employment:
    """The person's employment in the evaluator's family; RuleViolation when there is none."""
    job = current_employments([person], today).get(person.pk)
    family = family_ids(batch.org)
    rules.check_own_people(
        is_employed=job is not None and job.org_id in family,
        source=str(pack_of(batch.pack).entry("evaluator.own_people_only").source),
    )
    assert job is not None  # noqa: S101 -- told to the type checker; refused above
    return job


def _check_route(pack: Pack, application: Application) -> None:
    """The pack must name the route, and for this level (R-20)."""
    route = policy_rules.exceptional_route(pack, rules.ROUTE_NAMES[application.route])
    if route.levels and application.line.level not in route.levels:
        raise RuleViolation(
            "applications.route_not_for_level",
            gettext_noop("%(route)s不适用于该等级。"),
            source=route.clause.source,
            route=route.name,
        )


def _check_editable(application: Application) -> None:
    if application.state not in (ApplicationState.DRAFT, ApplicationState.RETURNED):
        raise RuleViolation(
            "applications.not_editable", gettext_noop("该申报已提交或已有结论，不能修改。")
        )


def _locked(application_id: int) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("batch__org", "batch__pack", "batch__run__definition", "line", "person")
        .get(pk=application_id)
    )
