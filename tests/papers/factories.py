"""A batch of the port with a bank of 96 items at its level, and papers at every station, made through
the real services. Opening time: the day of the exam, 18 April 2026, 08:30 in Shanghai.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application
from jiangjie.catalogue.models import Occupation
from jiangjie.itembank import services as itembank
from jiangjie.itembank.models import Bank, ElementTable
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.elements import ElementRow
from jiangjie.papers import services
from jiangjie.papers.models import AssemblyRun, Blueprint, Paper, PaperSet, ProofChoice
from jiangjie.planning.models import Batch
from tests.applications.factories import make_qualified, make_worker
from tests.factories import CRANE, MARCH_2, World, make_user
from tests.planning.factories import crane_standard, make_announced_batch

LEVEL = 4  # 高级工, as the batch
APRIL_1 = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
APRIL_2 = APRIL_1 + timedelta(days=1)
OPENS_AT = datetime(2026, 4, 18, 0, 30, tzinfo=UTC)
LEAVES = {"A-A": 1000, "A-B": 1500, "B-A": 3500, "B-B": 4000}  # hundredths of one per cent


def rows() -> Sequence[ElementRow]:
    """Four scopes of twelve points each: six X, four Y, two Z."""
    found = []
    for part, weight in (("A", 2500), ("B", 7500)):
        found.append(ElementRow(part, {"A": "基本要求", "B": "相关知识要求"}[part], weight))
        for leaf, own in LEAVES.items():
            if leaf.startswith(part):
                found.append(ElementRow(leaf, f"范围{leaf}", own))
                found += [
                    ElementRow(f"{leaf}-{n:03d}", f"鉴定点{n}", importance="XXXXXXYYYYZZ"[n - 1])
                    for n in range(1, 13)
                ]
    return found


@dataclass(frozen=True, slots=True)
class PapersWorld:
    world: World
    batch: Batch
    bank: Bank
    table: ElementTable
    writer: User
    expert: User  # proofs
    witnesses: Sequence[Application]


def make_papers_world(world: World) -> PapersWorld:
    batch = make_announced_batch(world)
    writer = make_user("田命题", world.port, Role.WRITER)
    expert = make_user("白审题", world.port, Role.WRITER)
    table = itembank.set_elements(
        owner=world.port, standard=crane_standard(), level=LEVEL, rows=rows(), edition="2026",
        source="本单位命题组编制", by=world.office, at=MARCH_2,
    )  # fmt: skip
    bank = itembank.make_bank(
        owner=world.port, name="起重装卸机械操作工题库",
        occupation=Occupation.objects.get(pk=CRANE), by=world.office, at=MARCH_2,
    )  # fmt: skip
    points = list(table.elements.exclude(importance="").order_by("place"))
    wishes = [
        itembank.NewItem(point, content(kind, point.code), difficulty=1 + (at + kind_at) % 5)
        for at, point in enumerate(points)
        for kind_at, kind in enumerate((Kind.SINGLE, Kind.TRUE_FALSE))
    ]
    items = [item.pk for item in itembank.write_items(
        bank=bank, wishes=wishes, by=writer, at=MARCH_2
    )]  # fmt: skip
    itembank.submit(item_ids=items, by=writer, at=MARCH_2)
    itembank.adopt(item_ids=items, basis="示例会议纪要（虚构）", by=expert, at=MARCH_2)
    witnesses = make_qualified(world, batch, [make_worker(world) for _ in range(2)])
    return PapersWorld(world, batch, bank, table, writer, expert, witnesses)


def content(kind: Kind, about: str) -> ItemContent:
    """Words that look like no other item's."""
    words = sha256(f"{kind}{about}".encode()).hexdigest()
    if kind is Kind.SINGLE:
        return ItemContent(kind, words, tuple(words[at : at + 9] for at in (0, 9, 18, 27)), "B")
    return ItemContent(kind, words, key="T")


def make_blueprint(papers: PapersWorld, **wishes: object) -> Blueprint:
    """Two papers and a spare of 8 single-choice and 4 true-or-false questions."""
    plain: dict[str, object] = {
        "title": "起重装卸机械操作工三级理论知识试卷", "table": papers.table, "minutes": 60,
        "shape": [("B", 8, 500), ("C", 4, 1500)], "batch": papers.batch,
        "spread": 16,  # what these items can reach
    }  # fmt: skip
    wish = services.BlueprintWish(**{**plain, **wishes})  # type: ignore[arg-type]
    return services.save_blueprint(
        org=papers.world.port, wish=wish, by=papers.world.office, at=APRIL_1
    )


def make_run(papers: PapersWorld, **wishes: object) -> AssemblyRun:
    """Asked and solved."""
    run = services.ask_assembly(
        blueprint=make_blueprint(papers, **wishes), batch=papers.batch, by=papers.world.office,
        at=APRIL_1,
    )  # fmt: skip
    services.assemble_run(run_id=run.pk, at=APRIL_1)
    run.refresh_from_db()
    return run


def make_set(papers: PapersWorld) -> PaperSet:
    return services.make_papers(run_id=make_run(papers).pk, by=papers.world.office, at=APRIL_1)


def make_proofed_set(papers: PapersWorld) -> PaperSet:
    made = make_set(papers)
    services.ask_proof(set_id=made.pk, experts=[papers.expert], by=papers.world.office, at=APRIL_1)
    services.decide_proof(set_id=made.pk, choice=ProofChoice.PASS, by=papers.expert, at=APRIL_1)
    return made


def make_sealed_set(papers: PapersWorld) -> tuple[PaperSet, dict[User, str]]:
    """And the code of each holder."""
    made, world = make_proofed_set(papers), papers.world
    services.appoint_holders(
        set_id=made.pk, first=world.office, second=world.supervisor, opens_at=OPENS_AT,
        by=world.office, at=APRIL_1,
    )  # fmt: skip
    codes = {
        user: services.draw_key(set_id=made.pk, by=user, at=APRIL_1)
        for user in (world.office, world.supervisor)
    }
    services.seal_set(set_id=made.pk, by=world.office, at=APRIL_2)
    made.refresh_from_db()
    return made, codes


def prepare(papers: PapersWorld, paper: Paper, *, at: datetime = OPENS_AT) -> None:
    services.prepare_opening(
        paper_id=paper.pk, place="第一考场", envelope="封口完好",
        witnesses=[each.ticket or each.person.name for each in papers.witnesses],
        reason="示例原因" if paper.is_spare else "", by=papers.world.office, at=at,
    )  # fmt: skip


def open_paper(papers: PapersWorld, paper: Paper, codes: dict[User, str]) -> Paper:
    prepare(papers, paper)
    for user, code in codes.items():
        services.turn_key(paper_id=paper.pk, code=code, by=user, at=OPENS_AT)
    paper.refresh_from_db()
    return paper
