"""From a blueprint to an opened paper: every deed done, refused and on record."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag

from jiangjie.demo.paper import make_papers as demo_papers
from jiangjie.itembank.models import ItemUse
from jiangjie.itembank.rules.content import Kind
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.papers import queries, services, vault
from jiangjie.papers.models import AssemblyRun, KeyShare, Paper, PaperSet, ProofChoice
from jiangjie.papers.rules.assembly import Phase
from jiangjie.papers.rules.custody import State
from jiangjie.papers.services import assembly
from tests.papers.factories import (
    APRIL_1,
    APRIL_2,
    OPENS_AT,
    PapersWorld,
    make_blueprint,
    make_proofed_set,
    make_run,
    make_sealed_set,
    make_set,
    open_paper,
    prepare,
)

pytestmark = pytest.mark.django_db


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(RuleViolation) as why:
        yield
    assert why.value.code == code


def paper_of(papers: PaperSet, form: str) -> Paper:
    return papers.papers.get(form=form)


def state(paper: Paper) -> State:
    whole = queries.sets_of(paper.set.batch).get(pk=paper.set_id)
    return queries.state_of(next(each for each in whole.papers.all() if each == paper), whole)


# ---- assembly -------------------------------------------------------------------------------


def test_two_parallel_papers_and_a_spare_keep_to_the_blueprint(papers: PapersWorld) -> None:
    run = make_run(papers)
    facts = run.comparison
    assert facts["kinds"] == {"单选题": [8] * 3, "判断题": [4] * 3}
    assert facts["scopes"] == {"A-A": [1] * 3, "A-B": [2] * 3, "B-A": [4] * 3, "B-B": [5] * 3}
    assert facts["importance"] == {"X": [11] * 3, "Y": [1] * 3, "Z": [0] * 3}
    assert [row.count(0) for row in facts["overlap"]] == [2] * 3
    assert max(facts["expected"]) - min(facts["expected"]) <= 400  # hundredths of one per cent
    assert run.bound <= run.objective < 0.05
    made = services.make_papers(run_id=run.pk, by=papers.world.office, at=APRIL_1)
    assert list(made.papers.order_by("is_spare", "form").values_list("form", "is_spare")) == [
        ("A", False), ("B", False), ("备1", True),
    ]  # fmt: skip
    content = vault.read(paper_of(made, "B"))
    assert [section.title for section in content.sections] == ["一、单项选择题", "二、判断题"]
    assert content.sections[0].note.startswith("第1～8题，每题5分，共40分。")
    assert content.points == 10000
    points = [question.item.rpartition("-")[0] for question in content.sections[0].questions]
    assert points == sorted(set(points))


def test_the_same_problem_gives_the_same_papers(papers: PapersWorld) -> None:
    run = make_run(papers)
    first = vault.found_of(run)
    AssemblyRun.objects.filter(pk=run.pk).update(finished_at=None, found=None)
    services.assemble_run(run_id=run.pk, at=APRIL_2)  # as after a worker that died
    run.refresh_from_db()
    assert vault.found_of(run) == first


def test_a_stopped_run_leaves_its_best_papers_so_far(papers: PapersWorld, monkeypatch) -> None:
    run = services.ask_assembly(
        blueprint=make_blueprint(papers), batch=papers.batch, by=papers.world.office, at=APRIL_1
    )
    solve = assembly.assemble

    def interrupted(pool, blueprint, watch):
        def between(phase, best):
            watch(phase, best)
            if phase is Phase.EXCHANGE:
                services.cancel_run(run_id=run.pk, by=papers.world.office, at=APRIL_1)

        return solve(pool, blueprint, between)

    monkeypatch.setattr(assembly, "assemble", interrupted)
    services.assemble_run(run_id=run.pk, at=APRIL_1)
    run.refresh_from_db()
    assert (run.finished_at, run.has_forms) == (None, True)
    assert [len(form) for form in vault.found_of(run)] == [12] * 3
    assert (
        services.make_papers(run_id=run.pk, by=papers.world.office, at=APRIL_1).papers.count() == 3
    )


def test_what_cannot_be_kept_is_told_in_the_writers_words(papers: PapersWorld) -> None:
    run = make_run(papers, shape=[("B", 20, 500)], forms=3, spares=1, overlap=0)
    assert not run.has_forms
    assert [(each["text"], each["relaxed"]) for each in run.conflict if each["nearest"]] != []
    assert all("范围=" in each["text"] or "套" in each["text"] for each in run.conflict)
    with refused("papers.nothing_found"):
        services.make_papers(run_id=run.pk, by=papers.world.office, at=APRIL_1)


def test_items_that_an_expert_found_faulty_are_left_out(papers: PapersWorld) -> None:
    made = make_set(papers)
    faulty = vault.read(paper_of(made, "A")).questions[0].item
    services.ask_proof(set_id=made.pk, experts=[papers.expert], by=papers.world.office, at=APRIL_1)
    services.decide_proof(
        set_id=made.pk, choice=ProofChoice.RETURN, opinion="A卷第1题答案有误", faulty=[faulty],
        by=papers.expert, at=APRIL_1,
    )  # fmt: skip
    assert queries.next_of(queries.sets_of(papers.batch).get(pk=made.pk)).deed == "renew"
    services.withdraw_set(set_id=made.pk, reason="校对退回", by=papers.world.office, at=APRIL_1)
    assert queries.faulty_items(papers.batch) == {faulty}
    run = services.ask_assembly(
        blueprint=made.run.blueprint, batch=papers.batch, by=papers.world.office, at=APRIL_2,
        without=queries.faulty_items(papers.batch),
    )  # fmt: skip
    services.assemble_run(run_id=run.pk, at=APRIL_2)
    run.refresh_from_db()
    assert run.items == 95
    assert faulty not in {item for form in vault.found_of(run) for item in form}


# ---- proof and keys -------------------------------------------------------------------------


def test_whoever_assembled_does_not_proof(papers: PapersWorld) -> None:
    made = make_set(papers)
    with refused("papers.not_an_expert"):
        services.ask_proof(
            set_id=made.pk, experts=[papers.world.office], by=papers.world.office, at=APRIL_1
        )
    with refused("papers.not_asked"):
        services.decide_proof(set_id=made.pk, choice=ProofChoice.PASS, by=papers.expert, at=APRIL_1)


def test_two_keys_are_held_by_office_and_overseer(papers: PapersWorld) -> None:
    made, world = make_proofed_set(papers), papers.world

    def appoint(first, second):
        services.appoint_holders(
            set_id=made.pk, first=first, second=second, opens_at=OPENS_AT, by=world.office,
            at=APRIL_1,
        )  # fmt: skip

    with refused("papers.one_holder"):
        appoint(world.office, world.office)
    with refused("papers.holder_role"):
        appoint(world.office, world.clerk_a)
    with refused("papers.holder_role"):
        appoint(world.supervisor, world.committee)
    appoint(world.office, world.committee)


def test_nothing_is_sealed_before_proof_and_both_codes(papers: PapersWorld) -> None:
    made, world = make_set(papers), papers.world
    with refused("papers.not_proofed"):
        services.seal_set(set_id=made.pk, by=world.office, at=APRIL_1)
    services.ask_proof(set_id=made.pk, experts=[papers.expert], by=world.office, at=APRIL_1)
    services.decide_proof(set_id=made.pk, choice=ProofChoice.PASS, by=papers.expert, at=APRIL_1)
    services.appoint_holders(
        set_id=made.pk, first=world.office, second=world.supervisor, opens_at=OPENS_AT,
        by=world.office, at=APRIL_1,
    )  # fmt: skip
    services.draw_key(set_id=made.pk, by=world.office, at=APRIL_1)
    with refused("papers.keys_missing"):
        services.seal_set(set_id=made.pk, by=world.office, at=APRIL_1)
    with refused("papers.no_holder"):
        services.draw_key(set_id=made.pk, by=world.committee, at=APRIL_1)


def test_a_sealed_paper_cannot_be_read_by_the_system_itself(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper = paper_of(made, "A")
    with pytest.raises(InvalidTag):
        vault.read(paper)
    run = AssemblyRun.objects.get(pk=made.run_id)
    assert (run.problem, run.found) == (None, None)
    whole = queries.sets_of(papers.batch).get(pk=made.pk)
    with refused("papers.under_two_keys"):
        services.read_paper(
            paper=next(iter(whole.papers.all())), papers=whole, purpose="proof",
            by=papers.world.office, at=APRIL_2,
        )  # fmt: skip
    assert not ItemUse.objects.exists()  # uses would tell what is asked
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert not any(code.replace("-", "") in told.replace("-", "") for code in codes.values())
    assert Event.objects.get(action="papers.sealed").data["papers"] == {
        each.code: each.digest for each in made.papers.all()
    }


# ---- opening --------------------------------------------------------------------------------


def test_two_keys_at_the_time_before_two_candidates_open_a_paper(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    before = paper_of(made, "A").digest
    paper = open_paper(papers, paper_of(made, "A"), codes)
    (content,) = queries.opened_papers(papers.batch)
    assert vault.digest(vault.content_bytes(content)) == before == paper.digest
    assert content.questions[0].content.kind is Kind.SINGLE
    assert (state(paper), state(paper_of(made, "B"))) == (State.OPENED, State.SEALED)
    assert ItemUse.objects.count() == 12
    assert not KeyShare.objects.filter(turned__isnull=False).exists()
    event = Event.objects.get(action="papers.opened")
    assert event.data["witnesses"] == [each.pk for each in papers.witnesses]
    assert event.data["holders"] == [papers.world.office.pk, papers.world.supervisor.pk]
    with pytest.raises(InvalidTag):
        vault.read(paper_of(made, "备1"))


def test_one_key_opens_nothing(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper, office = paper_of(made, "A"), papers.world.office
    prepare(papers, paper)
    for _ in range(2):
        services.turn_key(paper_id=paper.pk, code=codes[office], by=office, at=OPENS_AT)
    assert state(paper) is State.SEALED
    with refused("papers.other_code"):  # somebody else's slip
        services.turn_key(
            paper_id=paper.pk, code=codes[office], by=papers.world.supervisor, at=OPENS_AT
        )
    with refused("papers.code_mistyped"):
        services.turn_key(paper_id=paper.pk, code="ABCD", by=office, at=OPENS_AT)


def test_keys_turned_too_far_apart_do_not_meet(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper = paper_of(made, "A")
    prepare(papers, paper)
    (first, one), (second, other) = codes.items()
    late = OPENS_AT + timedelta(minutes=31)
    services.turn_key(paper_id=paper.pk, code=one, by=first, at=OPENS_AT)
    services.turn_key(paper_id=paper.pk, code=other, by=second, at=late)
    assert state(paper) is State.SEALED
    services.turn_key(paper_id=paper.pk, code=one, by=first, at=late + timedelta(minutes=1))
    assert state(paper) is State.OPENED


def test_no_opening_before_its_time_or_without_witnesses(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper, office = paper_of(made, "A"), papers.world.office
    with refused("papers.too_early"):
        prepare(papers, paper, at=OPENS_AT - timedelta(seconds=1))
    with refused("papers.no_witnesses"):
        services.turn_key(paper_id=paper.pk, code=codes[office], by=office, at=OPENS_AT)
    name = papers.witnesses[0].person.name

    def witness(*names: str) -> None:
        services.prepare_opening(
            paper_id=paper.pk, place="第一考场", envelope="完好", witnesses=names, by=office,
            at=OPENS_AT,
        )  # fmt: skip

    with refused("papers.witnesses"):
        witness(name, name)
    with refused("papers.unknown_witness"):
        witness(name, "查无此人")
    with refused("papers.no_reason"):
        services.prepare_opening(
            paper_id=paper_of(made, "备1").pk, place="第一考场", envelope="完好",
            witnesses=[each.person.name for each in papers.witnesses], by=office, at=OPENS_AT,
        )  # fmt: skip


def test_half_a_key_in_the_database_says_nothing(papers: PapersWorld) -> None:
    """Every half differs from every other, and from what was stored a moment before."""
    made, _ = make_sealed_set(papers)
    stored = [bytes(each.sealed) for each in KeyShare.objects.filter(paper__set=made)]
    assert len(stored) == len(set(stored)) == 6
    assert {len(each) for each in stored} == {32 + 12 + 32 + 16}  # head, nonce, half, tag


# ---- hands ----------------------------------------------------------------------------------


def test_an_envelope_goes_from_hand_to_hand_and_each_signs(papers: PapersWorld) -> None:
    made, _ = make_sealed_set(papers)
    paper, world = paper_of(made, "A"), papers.world

    def give(by, taker):
        return services.give_paper(
            paper_id=paper.pk, taker=taker, copies=30, envelope="F-001", place="保密室", by=by,
            at=APRIL_2,
        )  # fmt: skip

    first = give(world.office, world.supervisor)
    assert state(paper) is State.SEALED
    with refused("papers.not_taken_yet"):
        give(world.office, world.assessor)
    with refused("papers.not_taker"):
        services.take_paper(handover_id=first.pk, by=world.assessor, at=APRIL_2)
    services.take_paper(handover_id=first.pk, by=world.supervisor, at=APRIL_2)
    assert state(paper) is State.HANDED_OVER
    with refused("papers.not_in_hand"):
        give(world.office, world.assessor)
    with refused("papers.taker"):
        give(world.supervisor, world.stranger)
    give(world.supervisor, world.assessor)
    (row,) = queries.archive_rows(papers.batch)
    assert [len(each["handovers"]) for each in row["papers"]] == [2, 0, 0]


def test_a_withdrawn_set_opens_no_more(papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper = paper_of(made, "A")
    open_paper(papers, paper, codes)
    services.withdraw_set(set_id=made.pk, reason="疑似泄密", by=papers.world.office, at=OPENS_AT)
    assert queries.opened_papers(papers.batch) == []
    with refused("papers.withdrawn"):
        prepare(papers, paper_of(made, "B"))


def test_the_story_opens_its_papers_and_keeps_the_spare_sealed(papers: PapersWorld) -> None:
    world = papers.world
    made = demo_papers(
        batch=papers.batch, table=papers.table, shape=[("B", 8, 500), ("C", 4, 1500)],
        title="示例试卷", office=world.office, overseer=world.supervisor, expert=papers.expert,
        assembled_at=APRIL_1, opens_at=OPENS_AT, spread=16,
    )  # fmt: skip
    assert [state(paper_of(made, form)) for form in ("A", "B", "备1")] == [
        State.OPENED, State.OPENED, State.SEALED,
    ]  # fmt: skip


def test_a_candidate_of_the_batch_has_no_part_in_its_papers(papers: PapersWorld) -> None:
    """Whatever his role: he is not asked to proof, keeps no key, and is shown nothing."""
    made, world = make_proofed_set(papers), papers.world
    person = papers.witnesses[0].person
    person.user = world.committee
    person.save(update_fields=["user"])
    with refused("papers.own_batch"):
        services.ask_proof(set_id=made.pk, experts=[world.committee], by=world.office, at=APRIL_1)
    with refused("papers.own_batch"):
        services.appoint_holders(
            set_id=made.pk, first=world.office, second=world.committee, opens_at=OPENS_AT,
            by=world.office, at=APRIL_1,
        )  # fmt: skip
    sealed, codes = make_sealed_set(papers)
    paper = open_paper(papers, sealed.papers.get(form="A"), codes)
    whole = queries.sets_of(papers.batch).get(pk=sealed.pk)
    opened = next(each for each in whole.papers.all() if each == paper)
    with refused("papers.own_batch"):
        services.read_paper(
            paper=opened, papers=whole, purpose="print_key", by=world.committee, at=OPENS_AT
        )
