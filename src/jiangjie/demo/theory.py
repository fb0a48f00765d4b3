"""The theory part of the story: a bank, papers under two keys, one room that is over and one that
waits for its bell. The batch's other parts are still to come, so markers find work today.
"""

from datetime import timedelta

from jiangjie.demo import bank, experts, marking, paper, roster, sitting
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import CRANE, CRANES
from jiangjie.demo.steps import (
    Story,
    finish_reviews,
    open_batch,
    prepare_exam,
    record,
    take_in,
)
from jiangjie.itembank.models import Bank, ElementTable
from jiangjie.kernel.levels import Level
from jiangjie.papers import queries as paper_queries
from jiangjie.planning.models import AnnualPlan, Batch

CANDIDATES, SEATS = 24, 12  # candidates of the batch, seats of a room
SHAPE = [("B", 30, 200), ("C", 10, 200), ("U", 2, 1000)]  # kind, items, hundredths of a point


def examine_on_line(story: Story, plan: AnnualPlan) -> None:
    """From the bank to marked answers; papers and sittings stand where somebody has to act."""
    cast, today = story.cast, story.today
    with story.stage("题库") as made:
        found = bank.make_bank(
            port=cast.port, office=cast.office, writer=cast.writer, reviewer=cast.second_writer,
            at=at(today - timedelta(days=90)),
        )  # fmt: skip
        made.append(f"试题{found.items.count()}道")
    with story.stage("组卷、封存、机考") as made:
        batch = _batch(story, plan)
        made += _sit(story, batch, found)
    with story.stage("编组、派遣") as made:
        made.append(f"实操考评组{len(experts.arrange_panels(story, batch))}个")


def _batch(story: Story, plan: AnnualPlan) -> Batch:
    today = story.today
    opened = today - timedelta(days=45)
    batch = open_batch(
        story, plan, f"{today.year}年流动式起重机司机中级工认定（机考）",
        [((CRANE, CRANES[0]), bank.LEVEL)], opened=opened,
        apply=(opened + timedelta(days=1), opened + timedelta(days=10)),
        exam=today - timedelta(days=1),
    )  # fmt: skip
    rows = roster.make_rows(
        CANDIDATES, seed=5, year=today.year, trades=[(CRANE, CRANES[0])], levels=[Level(bank.LEVEL)]
    )
    take_in(story, batch, roster.workbook(rows), opened + timedelta(days=2))
    finish_reviews(story, batch, opened + timedelta(days=11))
    prepare_exam(story, batch, batch.exam_on - timedelta(days=5))
    record(story, batch, [f"T{n:02d}" for n in range(1, 5)], batch.exam_on)
    return batch


def _sit(story: Story, batch: Batch, items: Bank) -> list[str]:
    """Form A for the room of yesterday, form B for the one that waits today."""
    cast, today = story.cast, story.today
    table = ElementTable.objects.filter(elements__items__bank=items).distinct().get()
    papers = paper.make_papers(
        batch=batch, table=table, shape=SHAPE, title="流动式起重机司机中级工理论试卷",
        office=cast.office, overseer=cast.supervisor, expert=cast.second_writer,
        assembled_at=at(batch.exam_on - timedelta(days=6), 14), opens_at=at(batch.exam_on, 6),
        overlap=6,
    )  # fmt: skip
    first, second = paper_queries.opened_papers(batch)
    over = sitting.finished_sitting(
        batch, [first], day=batch.exam_on, room="第一机房", seats=SEATS, office=cast.office,
        invigilators=cast.invigilators,
    )  # fmt: skip
    marked = marking.mark_sitting(
        over, markers=[cast.assessor, cast.writer], office=cast.office, checker=cast.second,
        start=at(today, 7), left=4,
    )  # fmt: skip
    waiting = sitting.waiting_sitting(
        batch, [second], day=today, room="第二机房", seats=SEATS, office=cast.office,
        invigilators=cast.invigilators,
    )  # fmt: skip
    return [
        f"试卷{papers.papers.count()}套", f"已考{over.seats.count()}人",
        f"{marked.title}进行中", f"待考{waiting.seats.count()}人",
    ]  # fmt: skip
