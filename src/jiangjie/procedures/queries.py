"""Reads: definitions, and how far runs have come."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from jiangjie.accounts.acting import Acting
from jiangjie.orgs.models import Organisation
from jiangjie.procedures import hooks, rules
from jiangjie.procedures.models import Definition, Run, SignOff, StepRecord

STANDARD = "standard-15-10-3"


def definitions_visible_to(acting: Acting) -> QuerySet[Definition]:
    """The bureau's versions and those of the organisation acted for, each with `is_used`."""
    return (
        Definition.objects.filter(Q(org=None) | Q(org=acting.org))
        .select_related("org", "made_by")
        .annotate(is_used=Exists(Run.objects.filter(definition=OuterRef("pk"))))
        .order_by(F("org").desc(nulls_last=True), "code", "-version")
    )


def minimum(code: str = STANDARD) -> Definition:
    """The bureau's version in force, below which no organisation may go."""
    return Definition.objects.filter(org=None, code=code).order_by("-version")[0]


def definition_in_force(org: Organisation) -> Definition:
    """What a new run of the organisation uses: its own active version, else the bureau's."""
    own = Definition.objects.filter(org=org, activated_at__isnull=False)
    return own.order_by("-activated_at", "-pk").first() or minimum()


def before(definition: Definition) -> Definition:
    """What a version is compared with: the organisation's version before it, else the minimum."""
    earlier = Definition.objects.filter(
        org=definition.org, code=definition.code, version__lt=definition.version
    )
    return earlier.order_by("-version").first() or minimum(definition.code)


def procedure_of(definition: Definition) -> rules.Procedure:
    """The parsed body; a definition never changes, so its digest is enough to keep it."""
    if (known := _parsed.get(definition.digest)) is None:
        known = _parsed[definition.digest] = rules.parse(definition.body)
    return known


_parsed: dict[str, rules.Procedure] = {}


def track(run: Run, today: date) -> tuple[rules.StepState, ...]:
    return tracks([run], today)[run.pk]


def tracks(runs: Iterable[Run], today: date) -> dict[int, tuple[rules.StepState, ...]]:
    """How far each run has come. Costs a constant number of queries when the runs come with
    their definition (select_related)."""
    runs = list(runs)
    ids = [run.pk for run in runs]
    told = [tell(ids) for tell in hooks.fact_functions()] if ids else []
    records: dict[int, dict[str, list[rules.Recorded]]] = defaultdict(lambda: defaultdict(list))
    for record in StepRecord.objects.filter(run__in=ids).order_by("pk"):
        records[record.run_id][record.step].append(
            rules.Recorded(
                record.evidence_kind,
                timezone.localdate(record.at),
                record.is_skipped,
                record.note,
            )
        )
    found = {}
    for run in runs:
        procedure = procedure_of(run.definition)
        facts = {
            code: rules.with_records(
                part,
                rules.combine(
                    facts[code] for by_run in told if code in (facts := by_run.get(run.pk, {}))
                ),
                records[run.pk][code],
            )
            for code, part in procedure.parts.items()
        }
        found[run.pk] = tuple(map(_told, rules.progress(procedure, facts, today)))
    return found


def _told(step: rules.StepState) -> rules.StepState:
    """With titles in the reader's language; what an organisation wrote itself stays as it is."""
    return replace(
        step,
        title=gettext(step.title),
        after=tuple(map(gettext, step.after)),
        stages=tuple(map(_told, step.stages)),
    )


def require_step(run: Run, step: str, today: date) -> rules.StepState:
    """The state of a step that may be worked on; RuleViolation "procedures.step_blocked"."""
    return rules.check_open(track(run, today), step)


def sign_offs(run: Run) -> QuerySet[SignOff]:
    """Signatures for the run as a whole, oldest first. Candidates' own are their cases' affair."""
    return run.sign_offs.filter(subject="").select_related("by").order_by("pk")


def records(run: Run, step: str | None = None) -> QuerySet[StepRecord]:
    found = run.records.select_related("by", "blob").order_by("pk")
    return found if step is None else found.filter(step=step)
