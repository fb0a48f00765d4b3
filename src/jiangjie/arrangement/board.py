"""A batch's panels with everything that bears on them, read once and judged by the pure rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Prefetch, Q
from django.utils import timezone

from jiangjie.arrangement.models import (
    DUTY_OF,
    NEEDS_CARD,
    Letter,
    Panel,
    PanelCase,
    PanelPart,
    Seat,
    Tie,
)
from jiangjie.arrangement.rules import panel_checks, recusal
from jiangjie.arrangement.rules.panel_checks import Demands, Member, PanelFacts, Report
from jiangjie.arrangement.rules.recusal import Human, Job, Told
from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import gettext_noop
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import units_of
from jiangjie.people.models import Employment
from jiangjie.planning.models import Batch
from jiangjie.policy.packs import Pack
from jiangjie.policy.queries import pack_of
from jiangjie.resources import queries as resources
from jiangjie.resources.models import Absence, Expert
from jiangjie.resources.rules import Finding

DECLINED = Finding(
    "arrangement.declined", gettext_noop("本人已答复不能参加本组。"), {}, "", "S", True
)
REMEMBERED = 6  # earlier batches of the evaluator that rotation looks back on


@dataclass(eq=False, slots=True)
class Sitting:
    """A panel with its rows as the board sees it."""

    panel: Panel
    seats: list[Seat]
    cases: list[PanelCase]

    @property
    def day(self) -> date:
        return timezone.localdate(self.panel.starts_at)

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.panel.starts_at, self.panel.ends_at


@dataclass(frozen=True, slots=True)
class Size:
    """What a pack asks of a panel; `per_person` None: candidates are not counted."""

    least: int
    is_odd: bool
    per_person: int | None
    clause: Clause


def size_of(pack: Pack, part: str) -> Size:
    if part == PanelPart.SUPERVISION:
        entry = pack.entry("supervisor.min_per_batch")
        return Size(pack.integer("supervisor.min_per_batch"), False, None, entry.clause)
    key, least = {
        PanelPart.PRACTICAL: ("examiner.practical", "min"),
        PanelPart.REVIEW: ("examiner.review", "min"),
        PanelPart.THEORY: ("examiner.invigilation", "min_per_room"),
    }[PanelPart(part)]
    stated = pack.mapping(key)
    each = stated.get("candidates_per_person")
    return Size(
        int(str(stated[least])), bool(stated.get("odd")), int(str(each)) if each else None,
        pack.entry(key).clause,
    )  # fmt: skip


@dataclass(eq=False)
class Board:
    """Everything of one batch. A constant number of queries, all made by `read`."""

    batch: Batch
    pack: Pack
    sittings: list[Sitting]
    experts: dict[int, Expert]  # whom the evaluator may send, and whoever sits already
    outside_percent: int
    _terms: Mapping[int, list[tuple[Job, date, date | None]]] = field(
        repr=False, default_factory=dict
    )
    _told: Sequence[Told] = ()
    _absences: Mapping[int, list[Absence]] = field(repr=False, default_factory=dict)
    _served: Mapping[int, list[bool]] = field(repr=False, default_factory=dict)
    _last_time: frozenset[tuple[int, str]] = frozenset()
    _declined: frozenset[tuple[int, int]] = frozenset()  # panel and expert

    @cached_property
    def by_panel(self) -> dict[int, Sitting]:
        return {each.panel.pk: each for each in self.sittings}

    @cached_property
    def policy(self) -> recusal.Policy:
        stated = self.pack.mapping("examiner.recusal")
        return recusal.Policy(
            frozenset(map(str, stated["block"])),  # type: ignore[arg-type]
            frozenset(map(str, stated["warn"])),  # type: ignore[arg-type]
            self.pack.entry("examiner.recusal").clause,
        )

    @cached_property
    def demands(self) -> Demands:
        rotation = self.pack.entries.get("examiner.rotation")
        stated = self.pack.mapping("examiner.rotation") if rotation else {}
        return Demands(
            self.outside_percent,
            (int(str(stated["replaced_numerator"])), int(str(stated["replaced_denominator"])))
            if stated else None,
            self.pack.entry("examiner.practical").clause,
            rotation.clause if rotation else None,
        )  # fmt: skip

    def humans(self, people: Iterable[tuple[int, str]], on: date) -> list[Human]:
        return [
            Human(
                person, name,
                tuple(
                    job for job, since, until in self._terms.get(person, ())
                    if recusal.is_running(since, until, on)
                ),
            )
            for person, name in people
        ]  # fmt: skip

    def is_inside(self, expert: Expert, on: date) -> bool:
        """Works for the evaluator; where nothing is known of his work, whose register he is in."""
        (human,) = self.humans([(expert.person_id, expert.person.name)], on)
        if not human.jobs:
            return expert.org_id == self.batch.org_id
        return any(job.root == self.batch.org_id for job in human.jobs)

    def edges_of(self, sitting: Sitting, experts: Sequence[Expert]) -> dict[int, list[Finding]]:
        """By expert, what stands between him and the panel's candidates, as findings."""
        people = [(each.person_id, each.person.name) for each in experts]
        candidates = [
            (case.application.person_id, case.application.person.name) for case in sitting.cases
        ]
        found: dict[int, list[Finding]] = defaultdict(list)
        clause = self.policy.clause
        edges = recusal.edges(
            self.humans(people, sitting.day), self.humans(candidates, sitting.day), self._told,
            self.policy,
        )  # fmt: skip
        alike: dict[tuple[int, str, str, str], list[recusal.Edge]] = defaultdict(list)
        for edge in edges:
            alike[edge.expert, edge.kind, edge.source, edge.values["where"]].append(edge)
        for (person, kind, source, where), same in alike.items():
            names = [edge.values["candidate"] for edge in same]
            found[person].append(
                Finding(
                    f"arrangement.tie_{kind}", same[0].text,
                    {"candidate": shortened(names), "where": where},
                    f"{clause.source}；{source}", clause.confidence.value,
                    same[0].strength == recusal.HARD,
                )
            )  # fmt: skip
        return {each.pk: found[each.person_id] for each in experts}

    def facts(self, panel: Panel, candidates: int) -> PanelFacts:
        asked = size_of(self.pack, panel.part)
        line = panel.line if panel.part in NEEDS_CARD else None
        return PanelFacts(
            panel.pk, panel.name, panel.part,
            str(line.frozen["occupation_code"]) if line else None, panel.size, asked.least,
            asked.is_odd, asked.clause, (panel.starts_at, panel.ends_at),
            panel.part in NEEDS_CARD, candidates, asked.per_person,
        )  # fmt: skip

    def members(self, sitting: Sitting, experts: Sequence[Expert]) -> list[Member]:
        panel = sitting.panel
        level = panel.line.level if panel.line and panel.part in NEEDS_CARD else None
        ties = self.edges_of(sitting, experts)
        occupation = str(panel.line.frozen["occupation_code"]) if panel.line else ""
        duty = DUTY_OF[PanelPart(panel.part)].value
        return [
            Member(
                expert.pk, expert.person.name, self.is_inside(expert, sitting.day),
                duty in expert.duties,
                frozenset(one.occupation_code for one in expert.qualifications.all()),
                (
                    *resources.standing(
                        expert, level=level, on=sitting.day, pack=self.pack,
                        absences=self._absences.get(expert.person_id, ()),
                        served=self._served if panel.part in NEEDS_CARD else None,
                    ),
                    *ties[expert.pk],
                    *([DECLINED] if (panel.pk, expert.pk) in self._declined else []),
                ),
                expert.most_panels, (expert.pk, occupation) in self._last_time,
            )
            for expert in experts
        ]  # fmt: skip

    def report(self, sitting: Sitting, seated: Mapping[int, Sequence[int]] | None = None) -> Report:
        """What is said of a panel as it is, or as `seated` (panel → experts) would have it."""
        seated = seated or self.seated
        mine = [self.experts[pk] for pk in seated.get(sitting.panel.pk, ())]
        members = self.members(sitting, mine)
        facts = self.facts(sitting.panel, len(sitting.cases))
        chair = next((seat.expert_id for seat in sitting.seats if seat.is_chair), None)
        return Report(
            {
                each.id: self._of_member(each, facts, seated)
                for each in members
            },
            panel_checks.panel_findings(facts, members, chair, self.demands),
        )  # fmt: skip

    def fitness(
        self, sitting: Sitting, experts: Sequence[Expert]
    ) -> dict[int, tuple[Finding, ...]]:
        """By expert, what would be said if he sat there too."""
        facts = self.facts(sitting.panel, len(sitting.cases))
        return {
            each.id: self._of_member(each, facts, self.seated)
            for each in self.members(sitting, experts)
        }

    def _of_member(
        self, member: Member, facts: PanelFacts, seated: Mapping[int, Sequence[int]]
    ) -> tuple[Finding, ...]:
        others = {
            each.panel.pk: each.span
            for each in self.sittings
            if each.panel.pk != facts.id and member.id in seated.get(each.panel.pk, ())
        }
        kinds = {self.by_panel[pk].panel.part == PanelPart.SUPERVISION for pk in others}
        is_supervised = (facts.part != PanelPart.SUPERVISION) in kinds
        return panel_checks.member_findings(member, facts, others, is_supervised=is_supervised)

    @cached_property
    def seated(self) -> dict[int, list[int]]:
        return {each.panel.pk: [seat.expert_id for seat in each.seats] for each in self.sittings}

    @cached_property
    def loads(self) -> Counter[int]:
        return Counter(pk for members in self.seated.values() for pk in members)

    def worth(self, member: Member) -> int:
        """How well somebody suits a panel, in points (house decision): see docs/reference."""
        soft = sum(1 for one in member.against if not one.is_hard)
        in_a_row = next(
            (place for place, sat in enumerate(self._served.get(member.id, [])) if not sat),
            len(self._served.get(member.id, [])),
        )
        return (
            100
            + 20 * (not member.is_inside)
            - 10 * min(soft, 4)
            - 5 * min(in_a_row, 4)
            - 10 * member.sat_last_time
        )


def shortened(names: Sequence[str]) -> str:
    """ "甲、乙、丙", and of many the first three and their number."""
    return "、".join(names[:3]) + (f"等{len(names)}人" if len(names) > 3 else "")


def read(batch: Batch, *, outside_percent: int = 0) -> Board:
    """The board of a batch, with org and pack. A constant number of queries."""
    on = batch.exam_on
    panels = list(
        Panel.objects.filter(batch=batch, cancelled_at=None)
        .select_related("line", "booking__room__venue")
        .prefetch_related(
            Prefetch(
                "seats", Seat.objects.filter(left_at=None).order_by("-is_chair", "pk"), "sitting"
            ),
            Prefetch(
                "cases",
                PanelCase.objects.select_related("application__person", "application__line")
                .order_by("place", "pk"),
                "listed",
            ),
        )
        .order_by("part", "starts_at", "name")
    )  # fmt: skip
    sittings = [Sitting(panel, panel.sitting, panel.listed) for panel in panels]
    org = batch.org
    lent = resources.running_loans(org, on).values("expert")
    sitting = {seat.expert_id for each in sittings for seat in each.seats}
    experts = {
        each.pk: each
        for each in Expert.objects.filter(Q(org=org) | Q(pk__in=lent) | Q(pk__in=sitting))
        .select_related("person__user", "org")
        .prefetch_related("qualifications")
        .order_by("person__name", "pk")
    }
    for each in sittings:
        for seat in each.seats:
            seat.expert = experts[seat.expert_id]
    people = {each.person_id for each in experts.values()} | {
        case.application.person_id for each in sittings for case in each.cases
    }
    served, last_time = _history(batch)
    days = [each.day for each in sittings] or [on]
    return Board(
        batch=batch, pack=pack_of(batch.pack), sittings=sittings, experts=experts,
        outside_percent=outside_percent, _terms=_terms(people, org, experts.values()), _told=_told(people),
        _absences=resources.absences_of(people, since=min(days)),
        _served=served, _last_time=last_time, _declined=_declined(sittings),
    )  # fmt: skip


def _terms(
    people: Iterable[int], org: Organisation, experts: Iterable[Expert]
) -> dict[int, list[tuple[Job, date, date | None]]]:
    """Where people work and worked. The family of the evaluator is one tree; elsewhere each
    employer is its own, known by its name where it is not in the system. An expert without any
    employment on record works where the register says. Three queries."""
    family = dict(units_of(org).values_list("name", "pk"))
    known: dict[str, int] = {}  # employers that are not in the system

    def job(unit: int | None, employer: str, department: str = "", team: str = "") -> Job:
        pk = unit or family.get(employer) or known.setdefault(employer, -len(known) - 1)
        is_ours = pk in ours
        return Job(
            pk, employer, department, team, org.pk if is_ours else pk,
            org.name if is_ours else employer,
        )  # fmt: skip

    ours = set(family.values())
    found: dict[int, list[tuple[Job, date, date | None]]] = defaultdict(list)
    for row in Employment.objects.filter(person__in=list(people)).order_by("pk"):
        work = job(row.org_id, row.employer, row.department, row.team)
        found[row.person_id].append((work, row.since, row.until))
    for each in experts:
        if each.employer and each.person_id not in found:
            found[each.person_id].append((job(None, each.employer), each.hired_from, None))
    return found


def _told(people: Iterable[int]) -> list[Told]:
    ids = list(people)
    rows = Tie.objects.filter(person__in=ids, other__in=ids, taken_back_at=None)
    return [
        Told(frozenset({row.person_id, row.other_id}), row.kind, row.source)
        for row in rows.order_by("pk")
    ]


def _declined(sittings: Sequence[Sitting]) -> frozenset[tuple[int, int]]:
    """Who has said no to a panel at the time that it still has. One query."""
    times = {
        each.panel.pk: (each.panel.starts_at.isoformat(), each.panel.ends_at.isoformat())
        for each in sittings
    }
    answers = Letter.objects.filter(seat__panel__in=times, is_accepted=False)
    rows = answers.values_list(
        "seat__panel", "seat__expert", "content__starts_at", "content__ends_at"
    )
    return frozenset(
        (panel, expert) for panel, expert, first, last in rows if times[panel] == (first, last)
    )


def _history(batch: Batch) -> tuple[dict[int, list[bool]], frozenset[tuple[int, str]]]:
    """Who sat in the evaluator's earlier batches, the newest first; who for which occupation in
    the last one. Two queries."""
    earlier = list(
        Batch.objects.filter(org=batch.org, exam_on__lt=batch.exam_on, panels__cancelled_at=None)
        .filter(panels__isnull=False)
        .distinct()
        .order_by("-exam_on", "-pk")
        .values_list("pk", flat=True)[:REMEMBERED]
    )
    rows = (
        Seat.objects.filter(
            panel__batch__in=earlier, panel__cancelled_at=None, left_at=None,
            panel__part__in=NEEDS_CARD,
        )
        .select_related("panel__line")
        .order_by("pk")
    )  # fmt: skip
    sat: dict[int, set[int]] = defaultdict(set)
    last: set[tuple[int, str]] = set()
    for row in rows:
        sat[row.expert_id].add(row.panel.batch_id)
        if row.panel.batch_id == earlier[0] and row.panel.line:
            last.add((row.expert_id, str(row.panel.line.frozen["occupation_code"])))
    return (
        {expert: [pk in batches for pk in earlier] for expert, batches in sat.items()},
        frozenset(last),
    )
