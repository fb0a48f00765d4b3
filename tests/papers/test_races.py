"""Two at one moment, and a worker that dies in the middle."""

import pytest

from jiangjie.exams import services as exams
from jiangjie.itembank.models import ItemUse
from jiangjie.ledger.models import Event
from jiangjie.papers import duties, queries, services, vault
from jiangjie.papers.models import AssemblyRun, KeyShare, PaperSet
from jiangjie.papers.rules.assembly import Phase
from jiangjie.papers.services import assembly
from tests.factories import make_world
from tests.papers.factories import (
    APRIL_1,
    APRIL_2,
    OPENS_AT,
    PapersWorld,
    make_blueprint,
    make_papers_world,
    make_run,
    prepare,
)
from tests.papers.test_room import BELL, load, make_room
from tests.results.racing import meanwhile


def events(action: str) -> int:
    return Event.objects.filter(action=action).count()


@pytest.mark.django_db(transaction=True)
def test_what_two_do_at_once_is_done_once() -> None:
    papers = make_papers_world(make_world())
    world = papers.world
    run = make_run(papers)

    def take() -> None:
        services.make_papers(run_id=run.pk, by=world.office, at=APRIL_1)

    assert meanwhile(take, take) == "waited: papers.taken_before"
    made = PaperSet.objects.get()
    by = {"by": world.office, "at": APRIL_1}
    services.ask_proof(set_id=made.pk, experts=[papers.expert], **by)
    services.decide_proof(set_id=made.pk, choice="pass", by=papers.expert, at=APRIL_1)
    services.appoint_holders(
        set_id=made.pk, first=world.office, second=world.supervisor, opens_at=OPENS_AT, **by
    )
    codes = {
        user: services.draw_key(set_id=made.pk, by=user, at=APRIL_1)
        for user in (world.office, world.supervisor)
    }

    def seal() -> None:
        services.seal_set(set_id=made.pk, by=world.office, at=APRIL_2)

    def draw() -> None:
        services.draw_key(set_id=made.pk, by=world.supervisor, at=APRIL_2)

    assert meanwhile(seal, draw) == "waited: papers.sealed_before"  # else his code would be void
    assert meanwhile(lambda: None, seal).endswith("papers.sealed_before")
    assert (events("papers.sealed"), KeyShare.objects.count()) == (1, 6)

    paper = made.papers.get(form="A")
    prepare(papers, paper)

    def turn(user):
        return lambda: services.turn_key(paper_id=paper.pk, code=codes[user], by=user, at=OPENS_AT)

    assert meanwhile(turn(world.office), turn(world.supervisor)) == "waited: done"
    paper.refresh_from_db()
    assert [each.code for each in queries.opened_papers(papers.batch)] == [paper.code]
    assert events("papers.opened") == 1
    assert ItemUse.objects.count() == len(vault.read(paper).questions)
    assert meanwhile(lambda: None, turn(world.office)).endswith("papers.opened_before")

    room = make_room(papers)
    load(room, paper, by=world.office)
    for seat in room.seats.all():
        exams.check_in(seat_id=seat.pk, by=world.assessor, at=OPENS_AT)

    def ring() -> None:
        exams.ring(sitting_id=room.pk, by=world.assessor, at=BELL)

    # Whoever comes second finds the bell rung, and undoes it: no seat is left between two papers.
    assert (
        meanwhile(ring, lambda: load(room, paper, by=world.office, reason="换")) == "waited: done"
    )
    room.refresh_from_db()
    assert (room.bell_at, room.seats.filter(paper=None).count()) == (None, 0)


@pytest.mark.django_db
def test_a_worker_that_dies_begins_anew_and_ends_with_one_result(
    papers: PapersWorld, monkeypatch
) -> None:
    run = make_run(papers)
    undisturbed = vault.found_of(run)
    AssemblyRun.objects.filter(pk=run.pk).update(finished_at=None, found=None, objective=None)
    before = events("papers.assembled")
    solve = assembly.assemble

    def dies(pool, blueprint, watch):
        def between(phase, best):
            watch(phase, best)
            if phase is Phase.PROVE:
                raise SystemExit

        return solve(pool, blueprint, between)

    with monkeypatch.context() as patch:
        patch.setattr(assembly, "assemble", dies)
        with pytest.raises(SystemExit):
            duties.assemble(at=APRIL_1)
    run.refresh_from_db()
    assert (run.is_running, events("papers.assembled")) == (True, before)
    assert run.comparison  # what it had come to is there for whoever stops it now

    def twice(pool, blueprint, watch):
        """While this worker still searches, another one takes the run and ends it."""
        with monkeypatch.context() as patch:
            patch.setattr(assembly, "assemble", solve)
            assembly.assemble_run(run_id=run.pk, at=APRIL_2)
        return solve(pool, blueprint, watch)

    monkeypatch.setattr(assembly, "assemble", twice)
    duties.assemble(at=APRIL_2)
    run.refresh_from_db()
    assert (run.finished_at, run.error) == (APRIL_2, "")
    assert vault.found_of(run) == undisturbed
    assert events("papers.assembled") == before + 1


@pytest.mark.django_db
def test_a_run_that_cannot_be_solved_does_not_stand_in_the_way(
    papers: PapersWorld, monkeypatch
) -> None:
    first, second = (
        services.ask_assembly(
            blueprint=make_blueprint(papers), batch=papers.batch, by=papers.world.office, at=APRIL_1
        )
        for _ in range(2)
    )
    solve = assembly.assemble

    def broken(pool, blueprint, watch):
        raise ArithmeticError("no pivot")

    monkeypatch.setattr(assembly, "assemble", broken)
    with pytest.raises(ArithmeticError):
        duties.assemble(at=APRIL_1)
    monkeypatch.setattr(assembly, "assemble", solve)
    duties.assemble(at=APRIL_1)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.error, first.has_forms) == ("ArithmeticError: no pivot", False)
    assert second.has_forms
    assert not duties.assemble(at=APRIL_1)
