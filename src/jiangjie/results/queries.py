"""Reads: who is scored in which part, what was typed, what differs, what was decided."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.functional import Promise

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.accounts.queries import running
from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.kernel import canonical
from jiangjie.ledger.references import ref
from jiangjie.marking import queries as marking
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy.queries import pack_of
from jiangjie.procedures.models import Choice, SignOff
from jiangjie.procedures.queries import procedure_of
from jiangjie.results import rules
from jiangjie.results.models import (
    Correction,
    Decision,
    Handover,
    Mark,
    Outcome,
    Part,
    ScoreEntry,
    ScoreSheet,
)

# Scores are typed and settled while they are gathered (T09), decided and signed after that.
TYPING, STEP, REVIEWED = "T09", "S12", "S06"

TYPISTS = (Role.OFFICE, Role.ASSESSOR)

Exemptions = Mapping[int, frozenset[str]]  # application → parts not to be taken

# ---- who takes which part -------------------------------------------------------------------


def candidates(batch: Batch) -> QuerySet[Application]:
    """Everybody who is to be examined in the batch."""
    return (
        Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED)
        .select_related("person", "line")
        .order_by("ticket", "pk")
    )


def rules_by_level(batch: Batch) -> dict[int, dict[str, Any]]:
    """For each level of the batch its rule as `rules.inputs_of` takes it. One query."""
    pack = pack_of(batch.pack)
    levels = BatchLine.objects.filter(batch=batch).values_list("level", flat=True)
    return {level: rules.rule_for_level(pack, level) for level in sorted(set(levels))}


def exemptions(batches: Iterable[Batch], cases: Iterable[Application]) -> Exemptions:
    """By case, the parts that its approved exceptional route waives. At most one query."""
    exceptional = {ref(case): case for case in cases if case.route != Route.REGULAR}
    if not exceptional:
        return {}
    packs = {batch.pk: pack_of(batch.pack) for batch in batches}
    layers: dict[str, set[int]] = defaultdict(set)
    for signed in SignOff.objects.filter(
        step=REVIEWED, subject__in=exceptional, choice=Choice.PASS
    ):
        if signed.round == exceptional[signed.subject].round:
            layers[signed.subject].add(signed.layer)
    return {
        case.pk: rules.exempt_parts(
            case.route,
            approved_layers=layers[subject],
            min_layer=packs[case.batch_id].integer("signoff.exceptional_min_layer"),
        )
        for subject, case in exceptional.items()
    }


def takers(batch: Batch) -> dict[str, list[Application]]:
    """By part, in the order in which parts are taken, those who take it. Three queries."""
    by_level = rules_by_level(batch)
    cases = list(candidates(batch))
    exempt = exemptions([batch], cases)
    found: dict[str, list[Application]] = {}
    for case in cases:
        for each in by_level[case.line.level]["parts"]:
            if each["part"] not in exempt.get(case.pk, frozenset()):
                found.setdefault(each["part"], []).append(case)
    return {part: found[part] for part in Part.values if part in found}


# ---- typing ---------------------------------------------------------------------------------


def entries(batch: Batch, part: str, entry: int) -> dict[int, ScoreEntry]:
    """One pass of typing, by application."""
    return {
        row.application_id: row
        for row in ScoreEntry.objects.filter(
            application__batch=batch, part=part, entry=entry
        ).select_related("by")
    }


def values(typed: Mapping[int, ScoreEntry]) -> dict[int, rules.Value]:
    return {case: row.value for case, row in typed.items()}


def settled_ids(batch: Batch, part: str) -> set[int]:
    found = Mark.objects.filter(application__batch=batch, part=part)
    return set(found.values_list("application_id", flat=True))


def marked_ids(batch: Batch, part: str) -> set[int]:
    """Whose score of the part is not typed: it comes from the marking of answer sheets."""
    taken = Mark.objects.filter(application__batch=batch, part=part).exclude(taken_from="")
    sheets = marking.sheet_ids(batch) if part == Part.THEORY else set()
    return sheets | set(taken.values_list("application_id", flat=True))


def to_take_over(batch: Batch) -> dict[int, marking.TheoryMark]:
    """Released theory scores, by application, of those who take the part and have none yet."""
    takes = {case.pk for case in takers(batch).get(Part.THEORY, [])}
    settled = settled_ids(batch, Part.THEORY)
    return {
        case: mark
        for case, mark in sorted(marking.theory_marks(batch).items())
        if case in takes - settled
    }


def handovers(batch: Batch, part: str, entry: int) -> QuerySet[Handover]:
    """Of one pass, in the order of time."""
    return (
        Handover.objects.filter(batch=batch, part=part, entry=entry)
        .select_related("leaver", "successor", "by")
        .order_by("pk")
    )


def heirs(batch: Batch, part: str, entry: int) -> dict[int, int]:
    return rules.heirs(
        rules.Handover(each.leaver_id, each.successor_id) for each in handovers(batch, part, entry)
    )


def typists(batch: Batch, part: str, entry: int) -> set[int]:
    """Whoever typed in a pass, or is to go on with it. Two queries."""
    found = ScoreEntry.objects.filter(application__batch=batch, part=part, entry=entry)
    return {*found.values_list("by", flat=True), *heirs(batch, part, entry)}


def leavers(batch: Batch, part: str, entry: int) -> dict[User, int]:
    """Who answers for values of a pass that are not settled, with their number. Two queries."""
    heir_of = heirs(batch, part, entry)
    counted: dict[int, int] = defaultdict(int)
    open_rows = ScoreEntry.objects.filter(application__batch=batch, part=part, entry=entry).exclude(
        application__marks__part=part
    )
    for typist in open_rows.values_list("by", flat=True):
        counted[heir_of.get(typist, typist)] += 1
    users = User.objects.filter(pk__in=counted).order_by("display_name", "pk")
    return {user: counted[user.pk] for user in users}


def successors(batch: Batch, part: str, entry: int, today: date) -> QuerySet[User]:
    """Who may go on with a pass: a typist of the organisation who had no hand in the other."""
    held = Membership.objects.filter(running(today), org=batch.org, role__in=TYPISTS)
    return (
        User.objects.filter(pk__in=held.values("user"), is_active=True)
        .exclude(pk__in=typists(batch, part, 3 - entry))
        .order_by("display_name", "pk")
    )


@dataclass(frozen=True, slots=True)
class PartState:
    """How far one part of a batch has come; counts of people."""

    part: str
    label: str | Promise
    expected: int
    marked: int  # from marked answer sheets, or absent from the sitting: not typed
    typed: tuple[int, int]  # first and second pass
    settled: int
    settled_typed: int  # of those typed
    differing: int  # typed twice, and not alike
    open_corrections: int
    typists: tuple[frozenset[int], frozenset[int]]

    @property
    def is_settled(self) -> bool:
        return self.settled == self.expected

    @property
    def ready(self) -> int:
        """Typed twice, to be compared."""
        return min(self.typed) - self.settled_typed

    @property
    def to_type(self) -> int:
        """How many are typed twice."""
        return self.expected - self.marked

    def may_type(self, user_id: int, entry: int) -> bool:
        return not self.is_settled and user_id not in self.typists[2 - entry]

    def entry_for(self, user_id: int) -> int | None:
        """The pass that this user would go on with; None when nothing is left for him."""
        if self.is_settled:
            return None
        unfinished = [
            entry
            for entry in (1, 2)
            if self.typed[entry - 1] < self.to_type and self.may_type(user_id, entry)
        ]
        own = [entry for entry in unfinished if user_id in self.typists[entry - 1]]
        return next(iter(own or unfinished), None)


def part_states(batch: Batch) -> list[PartState]:
    """Progress of each part of the batch; a constant number of queries."""
    typed: dict[tuple[str, int], dict[int, ScoreEntry]] = defaultdict(dict)
    for row in ScoreEntry.objects.filter(application__batch=batch):
        typed[row.part, row.entry][row.application_id] = row
    heirs: dict[tuple[str, int], set[int]] = defaultdict(set)
    for part, entry, user in Handover.objects.filter(batch=batch).values_list(
        "part", "entry", "successor"
    ):
        heirs[part, entry].add(user)
    marks: dict[str, set[int]] = defaultdict(set)
    taken: dict[str, set[int]] = defaultdict(set)
    for part, case, source in Mark.objects.filter(application__batch=batch).values_list(
        "part", "application_id", "taken_from"
    ):
        marks[part].add(case)
        if source:
            taken[part].add(case)
    taken[Part.THEORY] |= marking.sheet_ids(batch)
    waiting: dict[str, int] = dict(
        Correction.objects.filter(mark__application__batch=batch, decided_at=None)
        .values_list("mark__part")
        .annotate(n=Count("pk"))
    )
    found = []
    for part, cases in takers(batch).items():
        ids = {case.pk for case in cases}
        first, second = typed[part, 1], typed[part, 2]
        marked = ids & taken[part]
        found.append(
            PartState(
                part=part,
                label=Part(part).label,
                expected=len(ids),
                marked=len(marked),
                typed=(len(ids & first.keys() - marked), len(ids & second.keys() - marked)),
                settled=len(ids & marks[part]),
                settled_typed=len(ids & marks[part] - marked),
                differing=sum(
                    first[case].value != second[case].value
                    for case in ids & first.keys() & second.keys()
                ),
                open_corrections=waiting.get(part, 0),
                typists=(
                    frozenset(row.by_id for row in first.values()) | heirs[part, 1],
                    frozenset(row.by_id for row in second.values()) | heirs[part, 2],
                ),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the difference list; `menders` may type the first and the second again."""

    case: Application
    first: ScoreEntry | None
    second: ScoreEntry | None
    menders: tuple[int | None, int | None]


def differences(batch: Batch, part: str) -> list[Compared]:
    """Candidates of the part whose two typings do not agree yet, in the order of the tickets."""
    marked = marked_ids(batch, part)
    cases = {case.pk: case for case in takers(batch).get(part, []) if case.pk not in marked}
    first, second = entries(batch, part, 1), entries(batch, part, 2)
    heir_of = {1: heirs(batch, part, 1), 2: heirs(batch, part, 2)}

    def mender(row: ScoreEntry | None) -> int | None:
        return None if row is None else heir_of[row.entry].get(row.by_id, row.by_id)

    return [
        Compared(
            cases[each.application_id], one := first.get(each.application_id),
            other := second.get(each.application_id), (mender(one), mender(other)),
        )
        for each in rules.differences(cases, values(first), values(second))
    ]  # fmt: skip


def sheets_visible_to(acting: Acting) -> QuerySet[ScoreSheet]:
    return ScoreSheet.objects.filter(batch__in=batches_visible_to(acting)).select_related(
        "batch__org", "batch__run__definition", "batch__pack", "blob", "by"
    )


# ---- marks, corrections, decisions ----------------------------------------------------------


def marks_of(cases: Sequence[Application]) -> Mapping[int, dict[str, rules.Value]]:
    found: dict[int, dict[str, rules.Value]] = {case.pk: {} for case in cases}
    for mark in Mark.objects.filter(application__in=cases):
        found[mark.application_id][mark.part] = mark.value
    return found


def marks_visible_to(acting: Acting) -> QuerySet[Mark]:
    return Mark.objects.filter(application__batch__in=batches_visible_to(acting)).select_related(
        "application__person", "application__line", "application__batch__org"
    )


def corrections_visible_to(acting: Acting) -> QuerySet[Correction]:
    """Open ones first, then the latest."""
    return (
        Correction.objects.filter(mark__application__batch__in=batches_visible_to(acting))
        .select_related(
            "mark__application__person", "mark__application__batch", "asked_by", "decided_by"
        )
        .order_by("-decided_at", "-asked_at", "-pk")
    )


def results_of(batch: Batch) -> QuerySet[Application]:
    """Candidates with their marks and their decision, for the result sheet."""
    return (
        candidates(batch)
        .select_related("decision")
        .prefetch_related(Prefetch("marks", Mark.objects.order_by("pk")))
    )


def outcome_counts(batch: Batch) -> dict[str, int]:
    """Candidates by outcome, with "undecided" and "all"."""
    found: dict[str, int] = dict(
        candidates(batch).order_by().values_list("decision__outcome").annotate(n=Count("pk"))
    )
    return {
        **{outcome: found.get(outcome, 0) for outcome in Outcome.values},
        "undecided": found.get(None, 0),  # type: ignore[call-overload]
        "all": sum(found.values()),
    }


def parts_in(batch: Batch) -> list[str]:
    """The parts that some level of the batch has, in the order in which they are taken."""
    found = {each["part"] for rule in rules_by_level(batch).values() for each in rule["parts"]}
    return [part for part in Part.values if part in found]


def decisions_visible_to(acting: Acting) -> QuerySet[Decision]:
    return Decision.objects.filter(batch__in=batches_visible_to(acting)).select_related(
        "application__person", "application__line"
    )


def own_decisions(user: User) -> list[Decision]:
    """A worker's results, once the committee has signed them. Two queries."""
    found = list(
        Decision.objects.filter(application__person__user=user)
        .select_related(
            "application__line",
            "application__person",
            "application__decision",
            "application__batch",
            "batch__org",
            "batch__run__definition",
        )
        .order_by("-batch__exam_on", "-pk")
    )
    signed = signatures([each.batch.run_id for each in found])
    return [
        each
        for each in found
        if is_final(each.batch, [plain(sign) for sign in signed[each.batch.run_id]])
    ]


def results_digest(batch: Batch) -> str:
    """SHA-256 over every outcome with its scores: what the signatures stand for."""
    rows = Decision.objects.filter(batch=batch).order_by("application_id")
    return canonical.digest(
        [
            [case, outcome, inputs]
            for case, outcome, inputs in rows.values_list("application_id", "outcome", "inputs")
        ]
    )


# ---- signatures -----------------------------------------------------------------------------


def signatures(run_ids: Sequence[int]) -> dict[int, list[SignOff]]:
    found: dict[int, list[SignOff]] = defaultdict(list)
    for signed in (
        SignOff.objects.filter(run__in=run_ids, step=STEP, subject="")
        .select_related("by")
        .order_by("pk")
    ):
        found[signed.run_id].append(signed)
    return found


def plain(signed: SignOff) -> rules.Signed:
    return rules.Signed(signed.round, signed.layer, signed.choice == Choice.PASS)


def sign_offs(batch: Batch) -> list[SignOff]:
    """Every signature under the result list, oldest first."""
    return signatures([batch.run_id])[batch.run_id]


def signed(batch: Batch) -> list[rules.Signed]:
    return [plain(each) for each in sign_offs(batch)]


def layers(batch: Batch) -> tuple[int, ...]:
    """The layers that sign the result list, lowest first."""
    return tuple(sorted(procedure_of(batch.run.definition).part(STEP).signs))


def is_final(batch: Batch, signed: Sequence[rules.Signed]) -> bool:
    return set(layers(batch)) <= rules.passed_layers(signed)


def qualified(batches: Iterable[Batch]) -> dict[int, int]:
    """By batch, how many candidates there are. One query."""
    return _count(batches, Application.objects.filter(state=ApplicationState.QUALIFIED))


def undecided(batches: Iterable[Batch]) -> dict[int, int]:
    """By batch, how many candidates have no decision. One query."""
    return _count(
        batches, Application.objects.filter(state=ApplicationState.QUALIFIED, decision=None)
    )


def _count(batches: Iterable[Batch], applications: QuerySet[Application]) -> dict[int, int]:
    ids = [batch.pk for batch in batches]
    found: dict[int, int] = dict(
        applications.filter(batch__in=ids).values_list("batch").annotate(n=Count("pk"))
    )
    return {pk: found.get(pk, 0) for pk in ids}


# ---- batches --------------------------------------------------------------------------------


def batches_in_scoring(acting: Acting) -> QuerySet[Batch]:
    """Batches one may see that have somebody to score, with `people` and `decided`."""
    return (
        batches_visible_to(acting)
        .annotate(
            people=Count("applications", filter=Q(applications__state=ApplicationState.QUALIFIED)),
            decided=Count("applications__decision"),
        )
        .filter(people__gt=0)
    )
