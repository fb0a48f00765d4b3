"""Reads: who is scored in which part, what was typed, what differs, what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.queries import pack_of
from jiangjie.results import rules
from jiangjie.results.models import Correction, Decision, Mark, Part, ScoreEntry


def candidates(batch: Batch) -> QuerySet[Application]:
    """Everybody who is to be examined in the batch."""
    return (
        Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED)
        .select_related("person", "line")
        .order_by("ticket", "pk")
    )


def parts_by_level(batch: Batch) -> dict[int, list[dict[str, Any]]]:
    """For each level of the batch its parts as `rules.inputs_of` takes them."""
    pack = pack_of(batch.pack)
    levels = sorted({line.level for line in batch.lines.all()})
    return {
        level: [
            {
                "part": part.part,
                "pass_mark": part.pass_mark,
                "source": part.clause.source,
                "confidence": str(part.clause.confidence),
            }
            for part in policy_rules.parts_for_level(pack, level)
        ]
        for level in levels
    }


def exempt_parts(application: Application) -> frozenset[str]:
    """Parts waived by the approved route: 免理论 waives theory, 直接认定 every exam part."""
    if application.route == Route.THEORY_EXEMPT:
        return frozenset({Part.THEORY})
    if application.route == Route.DIRECT:
        return frozenset({Part.THEORY, Part.PRACTICAL})
    return frozenset()


def candidates_of_part(batch: Batch, part: str) -> list[Application]:
    """Those who take the part: their level has it and their route does not waive it."""
    levels = [
        level
        for level, parts in parts_by_level(batch).items()
        if any(rule["part"] == part for rule in parts)
    ]
    return [
        case
        for case in candidates(batch).filter(line__level__in=levels)
        if part not in exempt_parts(case)
    ]


def entries(batch: Batch, part: str, entry: int) -> dict[int, int | None]:
    """Typed scores of one pass: application → hundredths, None for absent."""
    return {
        row.application_id: None if row.is_absent else row.hundredths
        for row in ScoreEntry.objects.filter(application__batch=batch, part=part, entry=entry)
    }


def typist(batch: Batch, part: str, entry: int) -> int | None:
    return (
        ScoreEntry.objects.filter(application__batch=batch, part=part, entry=entry)
        .values_list("by_id", flat=True)
        .first()
    )


@dataclass(frozen=True, slots=True)
class PartState:
    part: str
    label: str
    expected: int
    first: int
    second: int
    settled: int
    open_corrections: int

    @property
    def is_settled(self) -> bool:
        return self.settled == self.expected


def part_states(batch: Batch) -> list[PartState]:
    """Progress of each part of the batch; a constant number of queries."""
    by_level = parts_by_level(batch)
    wanted: dict[str, int] = {}
    for case in candidates(batch):
        for rule in by_level[case.line.level]:
            if rule["part"] not in exempt_parts(case):
                wanted[rule["part"]] = wanted.get(rule["part"], 0) + 1
    typed = {
        (row["part"], row["entry"]): row["n"]
        for row in ScoreEntry.objects.filter(application__batch=batch)
        .values("part", "entry")
        .annotate(n=Count("pk"))
    }
    marked = {
        row["part"]: (row["n"], row["waiting"])
        for row in Mark.objects.filter(application__batch=batch)
        .values("part")
        .annotate(
            n=Count("pk", distinct=True),
            waiting=Count(
                "corrections",
                filter=Q(corrections__isnull=False, corrections__decided_at=None),
            ),
        )
    }
    return [
        PartState(
            part=part,
            label=Part(part).label,
            expected=count,
            first=typed.get((part, 1), 0),
            second=typed.get((part, 2), 0),
            settled=marked.get(part, (0, 0))[0],
            open_corrections=marked.get(part, (0, 0))[1],
        )
        for part, count in wanted.items()
    ]


def marks_of(cases: Sequence[Application]) -> Mapping[int, dict[str, tuple[int | None, bool]]]:
    found: dict[int, dict[str, tuple[int | None, bool]]] = {case.pk: {} for case in cases}
    for mark in Mark.objects.filter(application__in=cases):
        found[mark.application_id][mark.part] = (mark.hundredths, mark.is_absent)
    return found


def differences(batch: Batch, part: str) -> tuple[rules.Difference, ...]:
    """Candidates of the part whose two typings do not agree yet."""
    wanted = {case.pk for case in candidates_of_part(batch, part)}
    first, second = entries(batch, part, 1), entries(batch, part, 2)
    everyone = {case: first.get(case, -1) for case in wanted}
    return tuple(
        difference
        for difference in rules.differences(first, second)
        if difference.application_id in everyone
    ) + tuple(
        rules.Difference(case, "-", "-") for case in sorted(wanted - first.keys() - second.keys())
    )


def decisions_visible_to(acting: Acting) -> QuerySet[Decision]:
    return Decision.objects.filter(batch__in=batches_visible_to(acting)).select_related(
        "application__person", "application__line"
    )


def results_of(batch: Batch) -> QuerySet[Application]:
    """Candidates with their marks and their decision, for the result sheet."""
    return (
        candidates(batch)
        .select_related("decision")
        .prefetch_related(Prefetch("marks", Mark.objects.order_by("part")))
    )


def corrections_visible_to(acting: Acting) -> QuerySet[Correction]:
    return (
        Correction.objects.filter(mark__application__batch__in=batches_visible_to(acting))
        .select_related("mark__application__person", "asked_by", "decided_by")
        .order_by("decided_at", "-asked_at")
    )
