"""Reads: blueprints, runs and papers, who may see them, who may read what is asked.

Seeing a paper is seeing its states and facts; its words are opened by `services.reading` only.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.applications.models import Application
from jiangjie.itembank import queries as itembank
from jiangjie.itembank.models import ElementTable, KindName
from jiangjie.itembank.rules.content import Kind, PaperContent
from jiangjie.itembank.rules.elements import ElementRow
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import officers_filed_orgs
from jiangjie.papers import vault
from jiangjie.papers.models import (
    Aim,
    AssemblyRun,
    Blueprint,
    Handover,
    KeyHolder,
    KeyShare,
    Opening,
    Paper,
    PaperSet,
    Proof,
    ProofChoice,
)
from jiangjie.papers.rules import custody
from jiangjie.papers.rules.assembly import Phase
from jiangjie.papers.rules.custody import State
from jiangjie.papers.rules.problem import Candidate, Part, Wish
from jiangjie.papers.rules.weights import Point, Scope
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch, BatchLine

STEP = "S09"  # 命题组卷与保密
SITTING = "T05"  # 理论考试
PROOFERS = (Role.WRITER, Role.COMMITTEE)
OVERSEERS = (Role.SUPERVISOR, Role.COMMITTEE)
READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ADMIN)  # of papers' states and facts


STATES = {
    State.DRAFTED: _("待校对"),
    State.PROOFED: _("已校对"),
    State.SEALED: _("已密封"),
    State.HANDED_OVER: _("已交接"),
    State.OPENED: _("已启封"),
    State.WITHDRAWN: _("已作废"),
}
PHASES = {
    Phase.RELAX.value: _("估算题库能达到的最好结果"),
    Phase.EXCHANGE.value: _("已组出试卷，正在换题改进"),
    Phase.PROVE.value: _("正在证明是否还能更好"),
    Phase.EXPLAIN.value: _("组不出，正在查找互相矛盾的要求"),
}


# ---- blueprints and what the bank has for them ---------------------------------------------------


def blueprints_visible_to(acting: Acting) -> QuerySet[Blueprint]:
    found = Blueprint.objects.select_related(
        "org", "batch__org", "table__standard__occupation", "table__owner", "made_by"
    ).order_by("-changed_at", "-pk")
    if acting.org is None or not acting.has(*READERS):
        return found.none()
    return found.filter(org=acting.org)


def blueprints_for(acting: Acting, batch: Batch) -> list[Blueprint]:
    """The batch's own, and patterns for an occupation and level that it evaluates."""
    fits = BatchLine.objects.filter(
        batch=batch, standard__occupation=OuterRef("table__standard__occupation"),
        level=OuterRef("table__level"),
    )  # fmt: skip
    own = Q(batch=batch) | Q(Exists(fits), batch=None)
    return list(blueprints_visible_to(acting).filter(own)[:20])


def shape_rows(shape: Sequence[Sequence[Any]]) -> list[tuple[str, int, int, int]]:
    """Kind, items, points of each and of all, for a table."""
    return [
        (str(KindName(kind).label), items, points, items * points) for kind, items, points in shape
    ]


def tables_for(org: Organisation) -> QuerySet[ElementTable]:
    """Element tables a blueprint of this organisation can follow, the newest edition first."""
    return (
        ElementTable.objects.filter(owner=org)
        .select_related("standard__occupation")
        .order_by("standard__title", "level", "-made_at")
    )


def batches_for(org: Organisation) -> QuerySet[Batch]:
    return Batch.objects.filter(org=org, archived_at=None).order_by("-exam_on", "-pk")


def wish_of(blueprint: Blueprint, on: date) -> Wish:
    """The blueprint as values, on a day from which rest is counted back."""
    rest = blueprint.rest_days
    return Wish(
        shape=parts_of(blueprint.shape),
        forms=blueprint.forms + blueprint.spares,
        overlap=blueprint.overlap,
        by_weight=blueprint.by_weight,
        is_information=blueprint.aim == Aim.INFORMATION,
        difficulty=blueprint.difficulty / 100,
        spread=blueprint.spread / 100,
        max_uses=blueprint.max_uses,
        rested_since=on - timedelta(days=rest) if rest else None,
        extra=blueprint.rules,
    )


def parts_of(shape: Sequence[Sequence[Any]]) -> tuple[Part, ...]:
    return tuple(Part(Kind(kind), items, points) for kind, items, points in shape)


def scopes_of(table: ElementTable) -> tuple[Scope, ...]:
    """The table as the rules of allotment take it. One query."""
    return _scopes(itembank.element_rows(table), "")


def _scopes(rows: Sequence[ElementRow], above: str) -> tuple[Scope, ...]:
    return tuple(
        Scope(
            row.code.rpartition("-")[2],
            Fraction(row.weight or 0, 100),
            _scopes(rows, row.code),
            tuple(
                Point(each.code.rpartition("-")[2], each.importance)
                for each in rows if each.is_point and each.parent == row.code
            ),
        )
        for row in rows if not row.is_point and row.parent == above
    )  # fmt: skip


def candidates(blueprint: Blueprint, on: date) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """All versions in use that this organisation may put into such a paper on a day, and pairs of
    them that must not meet. Points are matched by code, so borrowed items count too.
    """
    table, org = blueprint.table, blueprint.org
    banks = itembank.usable_bank_ids(org, table.standard.occupation_id, on)
    known = {row.code for row in itembank.element_rows(table) if row.is_point}
    pool = [
        item for item in itembank.pool(banks, table.level, org=org, on=on) if item.point in known
    ]
    codes = {item.code for item in pool}
    found = [
        Candidate(
            item.code, Kind(item.kind), item.point, item.importance, item.difficulty,
            answers=item.n, share=item.p_value, b=item.b, uses=item.uses, used_on=item.last_used,
            parts=item.parts,
        )
        for item in pool
    ]  # fmt: skip
    enemies = [
        (item.code, other) for item in pool for other in item.enemies
        if item.code < other and other in codes
    ]  # fmt: skip
    return found, enemies


# ---- runs -----------------------------------------------------------------------------------------


def runs_visible_to(acting: Acting) -> QuerySet[AssemblyRun]:
    found = (
        AssemblyRun.objects.select_related(
            "blueprint__table__standard", "blueprint__org", "batch__org", "asked_by", "paper_set"
        )
        .defer("problem", "found")
        .order_by("-pk")
    )
    if acting.org is None or not acting.has(*READERS):
        return found.none()
    return found.filter(batch__org=acting.org)


def phase_step(phase: str) -> int:
    """How far a search is, for a bar of four."""
    return [*PHASES].index(phase) + 1 if phase in PHASES else 0


def faulty_items(batch: Batch) -> set[str]:
    """Items that experts found unfit in papers of this batch."""
    rows = Proof.objects.filter(set__batch=batch).values_list("faulty", flat=True)
    return {code for row in rows for code in row}


# ---- papers ---------------------------------------------------------------------------------------


def _sets() -> QuerySet[PaperSet]:
    papers = (
        Paper.objects.defer("content")
        .select_related("opening__first_witness__person", "opening__second_witness__person",
                        "opening__prepared_by")
        .prefetch_related(
            Prefetch("handovers", Handover.objects.select_related("giver", "taker").order_by("pk")),
            Prefetch("shares", KeyShare.objects.select_related("holder__user")),
        )
        .order_by("is_spare", "form")
    )  # fmt: skip
    return (
        PaperSet.objects.select_related(
            "batch__org", "run__asked_by", "run__blueprint__table__standard", "made_by",
            "sealed_by", "withdrawn_by",
        )
        .defer("run__problem", "run__found")
        .prefetch_related(
            Prefetch("papers", papers),
            Prefetch("proofs", Proof.objects.select_related("expert").order_by("pk")),
            Prefetch("holders", KeyHolder.objects.select_related("user").order_by("place")),
        )
        .order_by("-made_at", "-pk")
    )  # fmt: skip


def sets_visible_to(acting: Acting, user: User) -> QuerySet[PaperSet]:
    """Staff of the evaluator see states and facts; whoever proofs, holds a key or carries an
    envelope sees those of his own sets. A bureau's officer sees what was opened."""
    found = _sets()
    if acting.org is None:
        return found.none()
    seen = Q(pk__in=[])
    if acting.has(*READERS):
        seen |= Q(batch__org=acting.org)
    if acting.roles:
        own = Q(proofs__expert=user) | Q(holders__user=user) | Q(papers__handovers__taker=user)
        seen |= Q(batch__org=acting.org) & Q(pk__in=PaperSet.objects.filter(own).values("pk"))
    if acting.has(Role.OFFICER):
        seen |= Q(batch__org__in=officers_filed_orgs(acting.org), sealed_at__isnull=False)
    return found.filter(seen)


def sets_of(batch: Batch) -> QuerySet[PaperSet]:
    return _sets().filter(batch=batch)


def sets_in(batch_ids: Collection[int]) -> QuerySet[PaperSet]:
    """Sets of some batches that are not withdrawn."""
    return _sets().filter(batch__in=batch_ids, withdrawn_at=None)


def with_element_table(batch_ids: Collection[int]) -> list[int]:
    """Of these batches those for which a paper can be assembled: the bank has an element table of an
    occupation and level that they evaluate. One query."""
    tables = ElementTable.objects.filter(
        owner=OuterRef("batch__org"),
        standard__occupation=OuterRef("standard__occupation"),
        level=OuterRef("level"),
    )
    lines = BatchLine.objects.filter(Exists(tables), batch__in=batch_ids)
    return sorted(set(lines.values_list("batch_id", flat=True)))


def is_proofed(papers: PaperSet) -> bool:
    """Every expert who was asked has found it right, and at least one was. From what is loaded."""
    proofs = list(papers.proofs.all())
    return bool(proofs) and all(each.choice == ProofChoice.PASS for each in proofs)


def state_of(paper: Paper, papers: PaperSet) -> State:
    opening = opening_of(paper)
    return custody.state(
        is_proofed=is_proofed(papers),
        is_sealed=papers.sealed_at is not None,
        is_handed_over=any(each.taken_at for each in paper.handovers.all()),
        is_opened=opening is not None and opening.opened_at is not None,
        is_withdrawn=papers.withdrawn_at is not None,
    )


def opening_of(paper: Paper) -> Opening | None:
    return getattr(paper, "opening", None)


@dataclass(frozen=True, slots=True)
class Next:
    """What a set waits for: the deed's name and who does it."""

    deed: str  # proof, holders, keys, seal, hand_over, open, done, withdrawn, renew
    who: tuple[User, ...] = ()


def next_of(papers: PaperSet) -> Next:
    """One next step, derived from what is loaded."""
    proofs, holders = list(papers.proofs.all()), list(papers.holders.all())
    mains = [paper for paper in papers.papers.all() if not paper.is_spare]
    states = [state_of(paper, papers) for paper in mains]
    if papers.withdrawn_at is not None:
        return Next("withdrawn")
    if papers.sealed_at is None:
        if any(each.choice == ProofChoice.RETURN for each in proofs):
            return Next("renew")
        if not is_proofed(papers):
            return Next("proof", tuple(each.expert for each in proofs if not each.choice))
        if not holders:
            return Next("holders")
        waiting = tuple(each.user for each in holders if each.drawn_at is None)
        return Next("keys", waiting) if waiting else Next("seal")
    if all(each is State.OPENED for each in states):
        return Next("done")
    if any(each is State.SEALED for each in states):
        return Next("hand_over")
    return Next("open", tuple(each.user for each in holders))


@dataclass(frozen=True, slots=True)
class SetStep:
    """One station on the way of a set."""

    name: str
    is_done: bool
    is_next: bool


_WAY = (
    ("proof", _("校对")), ("holders", _("指定保管人")), ("keys", _("领取密钥码")),
    ("seal", _("密封")), ("hand_over", _("交接")), ("open", _("启封")),
)  # fmt: skip


def steps_of(papers: PaperSet) -> list[SetStep]:
    deed = next_of(papers).deed
    order = [name for name, _label in _WAY]
    at = len(order) if deed == "done" else order.index(deed) if deed in order else 0
    return [
        SetStep(str(label), place < at, place == at and deed in order)
        for place, (_name, label) in enumerate(_WAY)
    ]


def turned(paper: Paper, at: datetime) -> set[int]:
    """Holders whose key is turned at this moment."""
    return {
        each.holder_id for each in paper.shares.all()
        if each.turned is not None and custody.is_turned(each.turned_at, at)
    }  # fmt: skip


def instant_text(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def may_read(papers: PaperSet, user: User, acting: Acting) -> bool:
    """Whose business the words are: until sealing whoever assembled and whoever proofs; after the
    opening the office and the committee. Never a candidate's of the batch."""
    if papers.batch.org_id != (acting.org.pk if acting.org else None) or papers.withdrawn_at:
        return False
    if is_candidate(user, papers.batch):
        return False
    if papers.sealed_at is None:
        is_proofer = any(each.expert_id == user.pk for each in papers.proofs.all())
        return is_proofer or (papers.made_by_id == user.pk and acting.has(Role.OFFICE))
    return acting.has(Role.OFFICE, Role.COMMITTEE)


def is_candidate(user: User, batch: Batch) -> bool:
    return Application.objects.filter(batch=batch, person__user=user).exists()


def is_readable(paper: Paper, papers: PaperSet) -> bool:
    """Not while it lies under two keys."""
    return state_of(paper, papers) in (State.DRAFTED, State.PROOFED, State.OPENED)


def people_with(org: Organisation, roles: Collection[Role], on: date) -> QuerySet[User]:
    held = Membership.objects.filter(
        Q(until=None) | Q(until__gte=on), org=org, role__in=roles, since__lte=on
    )
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by(
        "display_name", "pk"
    )


def holder_candidate(user: User, org: Organisation, on: date) -> custody.Candidate:
    roles = Membership.objects.filter(
        Q(until=None) | Q(until__gte=on), user=user, org=org, since__lte=on
    ).values_list("role", flat=True)
    return custody.Candidate(user.pk, person_id_of(user), frozenset(roles))


def person_id_of(user: User) -> int | None:
    return Person.objects.filter(user=user).values_list("pk", flat=True).first()


def history(papers: PaperSet) -> QuerySet[Event]:
    """All that was done with the set and its papers, the newest first."""
    subjects = [ref(papers), ref(papers.run), *(ref(paper) for paper in papers.papers.all())]
    return Event.objects.filter(subject__in=subjects).select_related("by").order_by("-pk")


# ---- for sittings, archive and statistics -----------------------------------------------------------


def opened_papers(batch: Batch) -> list[PaperContent]:
    """Papers of a batch that were opened with both keys, with their answers, by code: what a sitting
    is made of. Papers of a withdrawn set are left out.
    """
    return list(opened_by_id(batch).values())


def opened_by_id(batch: Batch) -> dict[int, PaperContent]:
    """The same by the id of the paper, main forms first."""
    found = (
        Paper.objects.filter(
            set__batch=batch, set__withdrawn_at=None, opening__opened_at__isnull=False
        )
        .order_by("is_spare", "code")
    )  # fmt: skip
    return {paper.pk: vault.read(paper) for paper in found}


@dataclass(frozen=True, slots=True)
class SetForRoom:
    """A set as a sitting of its batch sees it: for whom it is, which forms are opened."""

    papers: PaperSet
    forms: Sequence[tuple[Paper, State]]
    next: "Next"
    room_lines: Sequence[BatchLine | None]  # None alone: for every line of the batch

    @property
    def ids(self) -> set[int]:
        return {paper.pk for paper, _ in self.forms}

    @property
    def opened(self) -> list[Paper]:
        return [paper for paper, state in self.forms if state is State.OPENED]

    @property
    def unopened(self) -> list[tuple[Paper, State]]:
        """Main forms that still lie under two keys, or were never put there."""
        return [
            (paper, state) for paper, state in self.forms
            if state is not State.OPENED and not paper.is_spare
        ]  # fmt: skip


def sets_for_room(batch: Batch) -> list[SetForRoom]:
    """Sets of the batch in force, with the lines whose occupation and level their element table has.
    A constant number of queries."""
    lines = list(batch.lines.select_related("standard").order_by("pk"))
    found = []
    for papers in sets_in([batch.pk]):
        table = papers.run.blueprint.table
        fits: list[BatchLine | None] = [
            line for line in lines
            if (line.standard.occupation_id, line.level)
            == (table.standard.occupation_id, table.level)
        ]  # fmt: skip
        forms = [(paper, state_of(paper, papers)) for paper in papers.papers.all()]
        found.append(
            SetForRoom(papers, forms, next_of(papers), [None] if len(fits) == len(lines) else fits)
        )
    return found


def papers_in_custody(batches: Collection[Batch]) -> Mapping[int, int]:
    """By batch: how many papers lie sealed and unopened. One query."""
    rows = (
        Paper.objects.filter(
            set__batch__in=batches, set__sealed_at__isnull=False, set__withdrawn_at=None
        )
        .filter(Q(opening=None) | Q(opening__opened_at=None))
        .values_list("set__batch")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return dict(rows)


def archive_rows(batch: Batch) -> Iterator[dict[str, Any]]:
    """What the batch's archive keeps of its papers: what was asked for and what came out in numbers,
    digests, hands and keys; not a word that is asked, nor which item.
    """
    for papers in sets_of(batch).order_by("pk"):
        run = papers.run
        yield {
            "set": papers.pk, "title": papers.title, "minutes": papers.minutes,
            "blueprint": _archived_blueprint(run.blueprint),
            "problem": run.digest, "items": run.items, "assembled_by": run.asked_by_id,
            "assembled_at": run.asked_at, "facts": run.comparison,
            "objective": _decimal(run.objective), "bound": _decimal(run.bound),
            "made_by": papers.made_by_id, "made_at": papers.made_at,
            "proofs": [
                {"by": each.expert_id, "choice": each.choice, "faulty": len(each.faulty),
                 "at": each.decided_at}
                for each in papers.proofs.all()
            ],
            "holders": [
                {"place": each.place, "by": each.user_id, "role": each.role, "at": each.drawn_at}
                for each in papers.holders.all()
            ],
            "opens_at": papers.opens_at, "sealed_by": papers.sealed_by_id,
            "sealed_at": papers.sealed_at, "withdrawn_by": papers.withdrawn_by_id,
            "withdrawn_at": papers.withdrawn_at, "withdrawn_reason": papers.withdrawn_reason,
            "papers": [_archived(paper) for paper in papers.papers.all()],
        }  # fmt: skip


def _archived_blueprint(each: Blueprint) -> dict[str, Any]:
    """As it is now; whether it was changed after the papers were assembled, `changed_at` tells."""
    return {
        "id": each.pk, "title": each.title, "standard": each.table.standard.code,
        "level": each.table.level, "edition": each.table.edition, "shape": each.shape,
        "forms": each.forms, "spares": each.spares, "overlap": each.overlap,
        "by_weight": each.by_weight, "aim": each.aim, "difficulty": each.difficulty,
        "spread": each.spread, "max_uses": each.max_uses, "rest_days": each.rest_days,
        "changed_at": each.changed_at,
    }  # fmt: skip


def _decimal(value: float | None) -> str | None:
    """The archive holds no fractions."""
    return None if value is None else f"{value:.6f}"


def _archived(paper: Paper) -> dict[str, Any]:
    opening = opening_of(paper)
    return {
        "id": paper.pk, "code": paper.code, "form": paper.form, "is_spare": paper.is_spare,
        "digest": paper.digest, "questions": paper.questions, "points": paper.points,
        "handovers": [
            {"giver": each.giver_id, "taker": each.taker_id, "copies": each.copies,
             "envelope": each.envelope, "place": each.place, "given_at": each.given_at,
             "taken_at": each.taken_at, "note": each.note}
            for each in paper.handovers.all()
        ],
        "opening": None if opening is None else {
            "place": opening.place, "envelope": opening.envelope, "reason": opening.reason,
            "witnesses": [opening.first_witness_id, opening.second_witness_id],
            "prepared_by": opening.prepared_by_id, "prepared_at": opening.prepared_at,
            "opened_at": opening.opened_at,
        },
    }  # fmt: skip
