"""From released marks to the results without typing, and the same computed anew from the bag."""

import pytest
from django.db import transaction

from jiangjie.accounts.models import Role
from jiangjie.archive import services as archive
from jiangjie.archive.models import Bag
from jiangjie.exams.models import Seat
from jiangjie.files.services import read
from jiangjie.kernel.errors import RuleViolation
from jiangjie.marking import queries, services
from jiangjie.marking.models import GivenMark, Response
from jiangjie.results import queries as results_queries
from jiangjie.results import services as results
from jiangjie.results.models import Correction, Decision, Mark
from jiangjie.verify.bag import verify_bag
from jiangjie.verify.dossier import MARKS, SCRIPTS
from tests.archive.tampering import Loose
from tests.factories import make_user, make_world
from tests.marking.factories import make_markers, make_released, make_sat, scripts
from tests.results.factories import AFTER_EXAM, cases_of, record, sign

pytestmark = pytest.mark.django_db
OURS = {"真实性-14", "真实性-15", "真实性-16", "真实性-17", "真实性-27", "真实性-28"}


def refusal(deed, **wishes):
    with pytest.raises(RuleViolation) as refused, transaction.atomic():
        deed(**wishes)
    return refused.value.code


@pytest.fixture(scope="module")
def released(django_db_setup, django_db_blocker):
    """Three candidates' theory is marked and released; the practical part is typed and settled."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            world = make_world()
            sitting = make_sat(world)
            found = make_released(world, sitting, make_markers(world))
            record(world, sitting.batch, "T05", "T06", "T07", "T08", "T10")
            rows = [(case.pk, 7000) for case in cases_of(sitting.batch)]
            second = make_user("何复录", world.port, Role.OFFICE)
            for entry, typist in ((1, world.office), (2, second)):
                results.enter_scores(batch=sitting.batch, part="practical", entry=entry, rows=rows,
                                     by=typist, at=AFTER_EXAM)  # fmt: skip
            results.settle_marks(
                batch=sitting.batch, part="practical", by=world.office, at=AFTER_EXAM
            )
            yield world, sitting.batch, found
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def theory(batch):
    return {mark.application_id: mark for mark in Mark.objects.filter(application__batch=batch, part="theory")}  # fmt: skip


def state(batch):
    return next(each for each in results_queries.part_states(batch) if each.part == "theory")


def test_scores_are_taken_over_once_and_never_typed(released):
    world, batch, found = released
    take = {"batch": batch, "by": world.office, "at": AFTER_EXAM}
    rows = [(cases_of(batch)[0].pk, 9000)]
    assert refusal(results.enter_scores, part="theory", entry=1, rows=rows, **take) == (
        "results.marked_on_sheets"
    )
    before = state(batch)
    assert (before.marked, before.to_type, before.settled) == (3, 0, 0)
    assert before.entry_for(world.office.pk) is None
    made = results.take_over_theory(**take)
    assert {mark.application_id: (mark.value, mark.taken_from) for mark in made} == {
        script.sheet.seat.application_id: (script.score, f"marking.script:{script.pk}")
        for script in scripts(found)
    }
    assert refusal(results.take_over_theory, **take) == "results.nothing_to_take"
    assert (state(batch).is_settled, results_queries.differences(batch, "theory")) == (True, [])
    assert len(results.decide_batch(**take)) == 3


def test_who_stayed_away_is_absent_without_typing(released):
    world, batch, found = released
    script = scripts(found)[0]
    Seat.objects.filter(sheet=script.sheet).update(started_at=None)
    # As if he had never begun: no sheet, no script.
    GivenMark.objects.filter(response__script=script).delete()
    Response.objects.filter(script=script).delete()
    script.delete()
    script.sheet.delete()
    results.take_over_theory(batch=batch, by=world.office, at=AFTER_EXAM)
    mark = theory(batch)[script.sheet.seat.application_id]
    assert (mark.value, mark.taken_from) == (None, f"exams.seat:{script.sheet.seat_id}")


def correct(world, script, points, *, by=None, accept_by=None):
    slip = services.ask_slip(
        script_id=script.pk, unit=9, points=points, reason="第2点漏看", by=by or world.office,
        at=AFTER_EXAM,
    )  # fmt: skip
    services.decide_slip(
        slip_id=slip.pk, accept=True, by=accept_by or world.committee, at=AFTER_EXAM
    )
    script.refresh_from_db()


def test_a_correction_in_marking_corrects_the_result_by_a_slip_of_the_same_two(released):
    world, batch, found = released
    first, second, _ = scripts(found)
    correct(world, first, 450)  # before the scores are taken over: no slip of the results
    assert not Correction.objects.exists()
    results.take_over_theory(batch=batch, by=world.office, at=AFTER_EXAM)
    results.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)
    before = second.score
    correct(world, second, 500)
    mark = theory(batch)[second.sheet.seat.application_id]
    slip = mark.corrections.get()
    assert (mark.value, second.score > before) == (second.score, True)
    assert (slip.asked_by, slip.decided_by, slip.is_accepted) == (world.office, world.committee, True)  # fmt: skip
    assert not Decision.objects.filter(application=mark.application_id).exists()
    results.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)
    # Whose re-check is open is not signed for.
    third = scripts(found)[2]
    person = third.sheet.seat.application.person
    person.user = make_user("考生", world.unit_a, Role.WORKER)
    person.save()
    recheck = services.ask_recheck(
        script_id=third.pk, reason="请核对", by=person.user, at=AFTER_EXAM
    )
    signing = {"batch": batch, "layer": 2, "by": world.office, "at": AFTER_EXAM}
    assert refusal(results.sign_results, **signing) == "results.recheck_open"
    for checker in (world.office, world.committee):
        services.check_script(
            recheck_id=recheck.pk, is_in_order=True, note="无误", by=checker, at=AFTER_EXAM
        )
    # Nothing changes under a signature: the slip of the marking is refused too.
    results.sign_results(batch=batch, layer=2, by=world.office, at=AFTER_EXAM)
    script = scripts(found)[0]
    slip = services.ask_slip(
        script_id=script.pk, unit=9, points=0, reason="误判", by=world.office, at=AFTER_EXAM
    )
    assert refusal(
        services.decide_slip, slip_id=slip.pk, accept=True, by=world.committee, at=AFTER_EXAM
    ) == "results.signed_before"  # fmt: skip
    assert queries.differing_sums(found) == []


# ---- the bag --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bag(released):
    """One corrected before the taking over, one after it; decided and signed."""
    world, batch, found = released
    with transaction.atomic():
        first, second, _ = scripts(found)
        correct(world, first, 450)
        results.take_over_theory(batch=batch, by=world.office, at=AFTER_EXAM)
        correct(world, second, 500)
        results.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)
        sign(world, batch)
        asked = archive.ask_bag(batch=batch, by=world.office, at=AFTER_EXAM)
        zipped = read(archive.make_bag(bag_id=asked.pk, at=AFTER_EXAM).blob)
        said = {each["item"] for each in Bag.objects.get(pk=asked.pk).report["findings"]}
        transaction.set_rollback(True)
    return zipped, said


def test_every_theory_score_of_the_bag_is_computed_anew(bag):
    zipped, said = bag
    assert said & OURS == set()
    rows = Loose.of(zipped).doc(SCRIPTS)
    assert [len(row["units"]) for row in rows] == [9, 9, 9]
    everything = b"".join(Loose.of(zipped).files.values()).decode(errors="ignore")
    assert "机密" not in everything  # no key, no marking guide


ALTERED = {
    "a mark given": lambda row: row["given"][0].update(points=row["given"][0]["points"] - 50),
    "both marks and the sum": lambda row: [each.update(points=100) for each in row["given"]],
    "the marker": lambda row: row["given"][0].update(marker=row["given"][1]["marker"]),
    "an answer": lambda row: row["answers"]["9"].update(answer="另一个答案"),
    "the machine's mark": lambda row: row["machine"].update({"1": 100 - row["machine"]["1"]}),
    "what it earns": lambda row: row.update(earned=row["earned"] + 100),
    "the score": lambda row: row.update(score=10000),
    "the full mark": lambda row: row.update(possible=2000),
    "whose it is": lambda row: row.update(application=1_000_000),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_script_is_found(bag, tmp_path, name):
    loose = Loose.of(bag[0])
    loose.edit(SCRIPTS, lambda rows: ALTERED[name](rows[0]) and None)
    report = verify_bag(loose.write_zip(tmp_path / "bag.zip"))
    assert {"真实性-27", "真实性-28"} & {each.item for each in report.findings}


def test_a_score_that_no_script_bears_out_is_found(bag, tmp_path):
    def typed(rows):
        next(row for row in rows if row["part"] == "theory").update(taken_from="")

    def other(rows):
        one, two, *_ = [row for row in rows if row["part"] == "theory"]
        one["taken_from"] = two["taken_from"]

    for change in (typed, other):
        loose = Loose.of(bag[0])
        loose.edit(MARKS, change)
        report = verify_bag(loose.write_zip(tmp_path / "bag.zip"))
        assert OURS & {each.item for each in report.findings}
    loose = Loose.of(bag[0])
    del loose.files[SCRIPTS]
    report = verify_bag(loose.write_zip(tmp_path / "bag.zip"))
    assert ("完整性-3", SCRIPTS) in {(each.item, each.path) for each in report.findings}
