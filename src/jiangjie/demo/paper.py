"""The papers of a batch in the story: blueprint, A and B with a spare, proof, two keys, opening."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jiangjie.accounts.models import User
from jiangjie.applications.models import Application, ApplicationState
from jiangjie.itembank.models import ElementTable
from jiangjie.papers import services
from jiangjie.papers.models import PaperSet, ProofChoice
from jiangjie.planning.models import Batch


def make_papers(
    *,
    batch: Batch,
    table: ElementTable,
    shape: Sequence[tuple[str, int, int]],
    title: str,
    office: User,
    overseer: User,
    expert: User,
    assembled_at: datetime,
    opens_at: datetime,
    spread: int = 12,
    overlap: int = 0,
) -> PaperSet:
    """A and B opened at `opens_at`, the spare still sealed. `expert` is a writer or of the committee,
    `overseer` a supervisor or of the committee; `shape` is (kind, items, hundredths of a point).
    The batch has two qualified candidates at least, who witness.
    """
    wish = services.BlueprintWish(
        title=title,
        table=table,
        minutes=90,
        shape=shape,
        batch=batch,
        spread=spread,
        overlap=overlap,
    )
    blueprint = services.save_blueprint(org=batch.org, wish=wish, by=office, at=assembled_at)
    run = services.ask_assembly(blueprint=blueprint, batch=batch, by=office, at=assembled_at)
    services.assemble_run(run_id=run.pk, at=assembled_at)
    made = services.make_papers(run_id=run.pk, by=office, at=assembled_at)
    later = assembled_at + timedelta(hours=2)
    services.ask_proof(set_id=made.pk, experts=[expert], by=office, at=later)
    services.decide_proof(set_id=made.pk, choice=ProofChoice.PASS, by=expert, at=later)
    services.appoint_holders(
        set_id=made.pk, first=office, second=overseer, opens_at=opens_at, by=office, at=later
    )
    codes = {
        user: services.draw_key(set_id=made.pk, by=user, at=later) for user in (office, overseer)
    }
    services.seal_set(set_id=made.pk, by=office, at=later)
    mains = made.papers.filter(is_spare=False).order_by("form")
    for number, paper in enumerate(mains, start=1):
        handover = services.give_paper(
            paper_id=paper.pk, taker=overseer, copies=30, envelope=f"F-{number:03d}",
            place="保密室", by=office, at=later,
        )  # fmt: skip
        services.take_paper(handover_id=handover.pk, by=overseer, at=later)
    witnesses = Application.objects.filter(batch=batch, state=ApplicationState.QUALIFIED)
    names = [each.ticket or each.person.name for each in witnesses.order_by("pk")[:2]]
    for paper in mains:
        services.prepare_opening(
            paper_id=paper.pk, place="第一考场", envelope="封口完好，封签未动", witnesses=names,
            by=office, at=opens_at,
        )  # fmt: skip
        for user, code in codes.items():
            services.turn_key(paper_id=paper.pk, code=code, by=user, at=opens_at)
    made.refresh_from_db()
    return made
