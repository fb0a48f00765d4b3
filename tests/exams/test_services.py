import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import ProgrammingError, connection, transaction

from jiangjie.exams import queries, services
from jiangjie.exams.models import Answer, Incident, MachineSession, Paper, Presence, Seat, Sitting
from jiangjie.exams.rules import package, saving
from jiangjie.exams.services import Over, Started, Waiting
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.procedures import queries as procedure
from jiangjie.procedures.rules import Standing
from tests.exams.factories import (
    BELL,
    END,
    MORNING,
    after,
    check_in,
    id_tail,
    make_sitting,
    make_started,
    make_theory_batch,
    ring,
    seats,
    sign_in,
)
from tests.exams.papers import SECRET, make_content
from tests.factories import MARCH_2, make_world
from tests.results.factories import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once; what a test changes is rolled back to it."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield make_world()
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def refusal(deed, **arguments):
    with pytest.raises(RuleViolation) as refused, transaction.atomic():
        deed(**arguments)
    return refused.value.code


def start(machine, at=None):
    return services.start(seat_id=machine.seat.pk, session=machine.session, at=at or after(0.1))


def standing(machine):
    return {unit: save.value for unit, save in queries.latest_answers(machine.seat.pk).items()}


# ---- before the bell ------------------------------------------------------------------------


def test_a_sitting_is_no_shorter_than_the_standard_says(world):
    batch = make_theory_batch(world, count=0)
    with pytest.raises(RuleViolation) as refused:
        services.arrange(
            batch=batch, title="理论", room="一", planned_at=BELL, minutes=89, by=world.office,
            at=MARCH_2,
        )  # fmt: skip
    assert refused.value.code == "exams.too_short"
    assert "评价时间" in refused.value.source


def test_candidates_are_seated_once_and_by_ticket(world):
    batch = make_theory_batch(world, count=3)
    make_case(world, batch, route="theory_exempt")
    first = make_sitting(world, batch, forms=())
    second = services.arrange(
        batch=batch, title="理论", room="第二考场", planned_at=BELL, minutes=90, by=world.office,
        at=MARCH_2,
    )  # fmt: skip
    assert services.seat_candidates(sitting_id=second.pk, by=world.office, at=MARCH_2) == 0
    tickets = [seat.application.ticket for seat in seats(first)]
    assert tickets == sorted(tickets)
    assert [seat.number for seat in seats(first)] == [1, 2, 3]

    services.unseat(seat_id=seats(first)[1].pk, by=world.office, at=MARCH_2)
    assert services.seat_candidates(sitting_id=second.pk, by=world.office, at=MARCH_2) == 1


def test_neighbours_get_different_forms_and_everybody_an_order_of_his_own(world):
    found = seats(make_sitting(world))
    assert [seat.paper.code for seat in found] == ["2026-01-B", "2026-01-A", "2026-01-B"]
    assert len({json.dumps(seat.order) for seat in found}) == 3
    for seat in found:
        content = queries.content_of(seat.paper)
        drawn = queries.layout_of(content, seat.seed, seat.sitting)
        assert seat.order == package.order(drawn)


def test_the_paper_at_rest_and_the_package_tell_nothing(world):
    sitting = make_sitting(world)
    for paper in Paper.objects.filter(sitting=sitting):
        for stored in (bytes(paper.sealed), bytes(paper.package)):
            assert "单选".encode() not in stored
        assert queries.content_of(paper) == make_content(paper.code)


def test_a_paper_with_a_missing_picture_is_not_loaded(world):
    sitting = make_sitting(world, forms=())
    digest = "ab" * 32
    content = make_content()
    form = content.to_dict()
    form["sections"][0]["questions"][0]["content"]["stem"] = f"看图 ![图]({digest})"
    pictured = type(content).from_dict(form)
    arguments = {
        "sitting_id": sitting.pk,
        "contents": [pictured],
        "by": world.office,
        "at": MORNING,
    }
    assert refusal(services.load_paper, **arguments) == "exams.figure_missing"
    services.load_paper(**arguments, figures={digest: ("image/png", b"picture")})
    assert Paper.objects.filter(sitting=sitting).count() == 1


def test_a_paper_is_not_changed_after_the_bell(world):
    sitting, _ = make_started(world, count=1)
    assert refusal(
        services.load_paper, sitting_id=sitting.pk, contents=[make_content()], by=world.office,
        at=after(1),
    ) == "exams.rung"  # fmt: skip


# ---- sign-in --------------------------------------------------------------------------------


def test_only_who_knows_all_three_signs_in(world):
    sitting = make_sitting(world, count=2)
    seat, other = seats(sitting)
    for wrong in (
        {"room_code": "AAAAAA"}, {"ticket": "1"}, {"ticket": ""}, {"id_tail": "000000"},
        {"id_tail": id_tail(other)}, {"ticket": other.application.ticket},
    ):  # fmt: skip
        assert refusal(sign_in, seat=seat, **wrong) == "exams.no_fit"
    assert sign_in(seat, room_code=f" {sitting.room_code.lower()} ").session == 1


def test_after_ten_wrong_tries_the_invigilator_must_look(world):
    seat = seats(make_sitting(world, count=1))[0]
    for _ in range(10):
        with pytest.raises(RuleViolation, match="不正确"):
            sign_in(seat, id_tail="000000")
    assert refusal(sign_in, seat=seat) == "exams.tries_used_up"
    services.check_in(seat_id=seat.pk, by=world.assessor, at=MORNING)
    assert sign_in(seat).session == 1


def test_a_seat_is_at_one_machine(world):
    seat = seats(make_sitting(world, count=1))[0]
    sign_in(seat)
    assert refusal(sign_in, seat=seat) == "exams.seat_taken"
    assert sign_in(seat, known=(seat.pk, 1)).session == 1  # the same browser after a crash

    services.let_move(seat_id=seat.pk, reason="键盘失灵", by=world.assessor, at=MORNING)
    moved = sign_in(seat, at=MORNING + timedelta(minutes=1))
    assert moved.session == 2
    assert refusal(services.start, seat_id=seat.pk, session=1, at=BELL) == "exams.machine_replaced"
    first, second = MachineSession.objects.filter(seat=seat).order_by("number")
    assert (first.replaced_at, second.replaced_at) == (MORNING + timedelta(minutes=1), None)


def test_a_sitting_for_the_locked_browser_lets_no_other_in(world):
    seat = seats(make_sitting(world, count=1, browser="seb"))[0]
    assert refusal(sign_in, seat=seat) == "exams.browser_not_allowed"
    assert sign_in(seat, is_locked_down=True).session == 1


# ---- the bell -------------------------------------------------------------------------------


def test_the_bell_rings_once_and_for_a_room_that_is_ready(world):
    sitting = make_sitting(world, forms=())
    deed = {"sitting_id": sitting.pk, "by": world.assessor, "at": BELL}
    assert refusal(services.ring, **deed) == "exams.nobody_checked_in"
    check_in(world, sitting)
    assert refusal(services.ring, **deed) == "exams.without_paper"
    services.load_paper(
        sitting_id=sitting.pk, contents=[make_content()], by=world.office, at=MORNING
    )  # fmt: skip
    services.ring(**deed)
    assert refusal(services.ring, **{**deed, "at": after(1)}) == "exams.rung"
    assert Sitting.objects.get(pk=sitting.pk).bell_at == BELL


def test_the_bell_waits_for_the_stages_before_it(world):
    from tests.planning.factories import make_announced_batch  # noqa: PLC0415

    batch = make_announced_batch(world, title="没有启封")
    make_case(world, batch)
    sitting = make_sitting(world, batch)
    check_in(world, sitting)
    assert refusal(
        services.ring, sitting_id=sitting.pk, by=world.assessor, at=BELL
    ) == "procedures.step_blocked"  # fmt: skip


def test_nothing_of_the_paper_is_given_before_the_bell(world):
    sitting = make_sitting(world, count=2)
    one, other = (sign_in(seat) for seat in seats(sitting))
    services.check_in(seat_id=one.seat.pk, by=world.assessor, at=MORNING)
    assert start(one, MORNING) == Waiting(BELL, checked_in=True, rung=False, ask_again=15)
    ring(world, sitting)

    begun = start(one)
    assert isinstance(begun, Started)
    assert start(other) == Waiting(BELL, checked_in=False, rung=True, ask_again=4)
    sealed = bytes(one.seat.paper.package)
    clear = AESGCM(begun.package_key).decrypt(sealed[:12], sealed[12:], None).decode()
    assert "第1号单选题" in clear
    assert SECRET not in clear
    assert '"key"' not in clear


def test_who_comes_too_late_does_not_begin(world):
    sitting = make_sitting(world, count=2)
    early, late = (sign_in(seat) for seat in seats(sitting))
    services.check_in(seat_id=early.seat.pk, by=world.assessor, at=MORNING)
    ring(world, sitting)
    services.check_in(seat_id=late.seat.pk, by=world.assessor, at=after(30))
    assert [each.kind for each in Incident.objects.filter(seat=late.seat)] == ["late"]
    assert isinstance(start(late, after(30)), Started)
    assert refusal(start, machine=early, at=after(30.1)) == "exams.too_late"


def test_extra_minutes_move_the_end_of_one_seat(world):
    sitting, (one, other) = make_started(world, count=2)
    services.adjust_time(
        seat_id=one.seat.pk, minutes=30, reason="视力", by=world.office, at=after(1)
    )
    services.restore_time(
        seat_id=one.seat.pk, minutes=4, reason="重启", by=world.assessor, at=after(2)
    )
    services.extend(sitting_id=sitting.pk, minutes=5, reason="停电", by=world.assessor, at=after(3))
    assert start(one, after(4)).ends_at == END + timedelta(minutes=39)
    assert start(other, after(4)).ends_at == END + timedelta(minutes=5)
    assert one.answer(1, "A", END + timedelta(minutes=39)).stored == [(1, 1)]
    assert other.answer(1, "A", END + timedelta(minutes=5, seconds=1)).refused == [
        (1, 1, "exams.after_the_bell")
    ]


# ---- saves ----------------------------------------------------------------------------------


def test_a_save_is_stored_with_its_signature_and_answered_truly(world):
    _, (machine,) = make_started(world, count=1)
    found = machine.answer(2, "C", after(10))
    assert (found.stored, found.refused, found.ends_at) == ([(1, 1)], [], END)
    row = Answer.objects.get(seat=machine.seat)
    assert (row.unit, row.value, row.received_at, row.is_late_arrival) == (2, "C", after(10), False)
    assert Presence.objects.get(seat=machine.seat).seen_at == after(10)


def test_what_is_not_signed_by_this_seat_is_refused(world):
    _, (machine, other) = make_started(world, count=2)
    forged = replace(machine.write(1, "A", after(1)), value="B")
    foreign = other.write(1, "A", after(1))
    found = machine.send(forged, foreign, at=after(1))
    assert found.stored == []
    assert {code for _, _, code in found.refused} == {"exams.bad_signature"}
    outside = machine.send(machine.write(99, "A", after(1)), at=after(1))
    assert outside.refused == [(1, 2, "exams.no_such_question")]
    assert not Answer.objects.exists()


def test_another_save_under_a_number_that_is_taken_is_not_called_stored(world):
    _, (machine,) = make_started(world, count=1)
    machine.answer(1, "A", after(1))
    machine.sequence = 0
    assert machine.answer(1, "B", after(2)).refused == [(1, 1, "exams.not_stored")]
    assert standing(machine) == {1: "A"}


def test_thirty_minutes_off_line_replay_once(world):
    _, (machine,) = make_started(world, count=1)
    machine.answer(1, "A", after(5))
    queue = [machine.write(1 + n % 5, "ABCD"[n % 4], after(6 + n / 10)) for n in range(250)]
    for _ in range(3):  # the answer got lost twice
        found = machine.send(*queue, at=after(36))
        assert len(found.stored) == 250
    assert Answer.objects.filter(seat=machine.seat).count() == 251
    assert standing(machine) == {unit: queue[244 + unit].value for unit in range(1, 6)}


def test_after_the_end_only_what_was_made_in_time_counts(world):
    _, (machine,) = make_started(world, count=1)
    in_time = machine.write(1, "A", END)
    too_late = machine.write(1, "B", END + timedelta(milliseconds=1))
    found = machine.send(in_time, too_late, at=END + timedelta(minutes=20))
    assert found.stored == [(1, 1)]
    assert found.refused == [(1, 2, "exams.after_the_bell")]
    assert Answer.objects.get().is_late_arrival


def test_a_wrong_clock_loses_nothing_that_comes_in_time(world):
    _, (machine,) = make_started(world, count=1)
    ahead = machine.write(1, "A", END + timedelta(days=365))
    behind = machine.write(2, "B", BELL - timedelta(days=365))
    assert machine.send(ahead, behind, at=after(20)).stored == [(1, 1), (1, 2)]


def test_the_old_machine_still_brings_what_it_had_before_the_move(world):
    _, (old,) = make_started(world, count=1)
    before, afterwards = old.write(1, "A", after(10)), old.write(2, "B", after(21))
    services.let_move(seat_id=old.seat.pk, reason="死机", by=world.assessor, at=after(19))
    new = sign_in(old.seat, at=after(20))
    assert isinstance(start(new, after(20)), Started)
    new.answer(3, "C", after(22))
    found = old.send(before, afterwards, at=after(25))
    assert (found.stored, found.replaced) == ([(1, 1)], True)
    assert found.refused == [(1, 2, "exams.after_the_bell")]
    assert standing(new) == {1: "A", 3: "C"}


def test_a_machine_that_returns_to_the_seat_brings_its_earlier_saves(world):
    _, (first,) = make_started(world, count=1)
    kept = first.write(1, "A", after(10))
    services.let_move(seat_id=first.seat.pk, reason="死机", by=world.assessor, at=after(11))
    second = sign_in(first.seat, at=after(12))
    start(second, after(12))
    assert second.send(kept, second.write(2, "B", after(13)), at=after(13)).stored == [
        (1, 1), (2, 1),
    ]  # fmt: skip
    assert standing(second) == {1: "A", 2: "B"}


def test_going_on_after_a_crash_shows_what_the_server_has(world):
    _, (machine,) = make_started(world, count=1)
    for value in "AB":
        machine.answer(1, value, after(3))
    again = start(machine, after(4))
    assert again.sequence == 2
    assert {unit: save.value for unit, save in again.answers.items()} == {1: "B"}


def test_the_journal_cannot_be_changed(world):
    _, (machine,) = make_started(world, count=1)
    machine.answer(1, "A", after(3))
    for statement in ("UPDATE exams_answer SET value = 'B'", "DELETE FROM exams_answer"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_save_costs_two_statements(world, django_assert_num_queries):
    _, (machine,) = make_started(world, count=1)
    saves = [machine.write(1, "A", after(3)) for _ in range(30)]
    with django_assert_num_queries(2):
        machine.send(*saves, at=after(3))


# ---- the end --------------------------------------------------------------------------------


def test_handing_in_waits_until_the_server_has_everything(world):
    _, (machine,) = make_started(world, count=1)
    machine.answer(1, "A", after(31))
    unsent = machine.write(2, "B", after(31))
    assert refusal(machine.hand_in, at=after(29)) == "exams.too_early_to_hand_in"
    assert machine.hand_in(at=after(32)) == [2]
    assert Seat.objects.get(pk=machine.seat.pk).handed_in_at is None
    machine.send(unsent, at=after(32))
    assert machine.hand_in(at=after(33)) == []
    assert machine.hand_in(at=after(34)) == []
    assert Seat.objects.get(pk=machine.seat.pk).handed_in_at == after(33)
    assert start(machine, after(35)) == Over(after(33))
    assert machine.answer(1, "D", after(35)).refused == [(1, 3, "exams.after_the_bell")]
    (event,) = Event.objects.filter(action="exams.handed_in")
    assert event.data["answers"] == queries.answers_digest(queries.latest_answers(machine.seat.pk))


def test_the_room_is_closed_when_everybodys_time_is_over(world):
    sitting, (one, other, absent) = make_started(world, count=3)
    Seat.objects.filter(pk=absent.seat.pk).update(started_at=None)
    layouts = {
        each.seat.pk: queries.layout_of(
            queries.content_of(each.seat.paper), each.seat.seed, sitting
        )
        for each in (one, other)
    }  # fmt: skip
    shown = layouts[one.seat.pk].options
    for unit in range(1, 5):  # single choices with the key B, which is the option in place 1
        one.answer(unit, "ABCD"[shown[unit].index(1)], after(10))
    one.answer(5, "".join("ABCDE"[shown[5].index(place)] for place in (0, 2, 3)), after(11))
    one.answer(6, "F", after(12))
    one.answer(7, "机构\n" + f" {SECRET}乙 ", after(12))
    one.answer(9, "因为疏忽", after(13))
    close = {"sitting_id": sitting.pk, "by": world.assessor, "at": END - timedelta(seconds=1)}
    assert refusal(services.close, **close) == "exams.still_writing"
    services.take_in(seat_id=one.seat.pk, reason="身体不适", by=world.assessor, at=after(40))
    late = other.write(6, "F", after(50))
    other.send(late, at=END + timedelta(minutes=3))

    services.close(**{**close, "at": END + timedelta(minutes=5)})
    services.close(**{**close, "at": END + timedelta(minutes=6)})  # nothing happens again

    found = queries.marks(sitting.batch)
    by_seat = {each.seat.pk: found[each.seat.application_id] for each in (one, other)}
    full = by_seat[one.seat.pk]
    assert (full.points, full.possible, full.for_people, full.is_whole) == (900, 1000, 1, False)
    assert by_seat[other.seat.pk].points == 100
    assert absent.seat.application_id not in found
    assert queries.absentees(sitting.batch) == {absent.seat.application_id}
    sheet = Seat.objects.get(pk=one.seat.pk).sheet
    assert sheet.answers["5"]["answer"] == "ACD"
    assert sheet.answers["9"] == {
        "answer": "因为疏忽", "shown": "因为疏忽", "seconds": 5, "saves": 1,
        "made_ms": saving.to_ms(after(13)),
    }  # fmt: skip
    assert Seat.objects.get(pk=other.seat.pk).sheet.late_arrivals == 1
    assert other.answer(1, "A", END + timedelta(minutes=7)).stored == []
    (event,) = Event.objects.filter(action="exams.closed")
    assert event.data["absent"] == [absent.seat.application_id]


def test_incidents_are_kept_and_need_words(world):
    sitting, (machine,) = make_started(world, count=1)
    deed = {"sitting_id": sitting.pk, "by": world.assessor, "at": after(5)}
    assert refusal(services.note, kind="misconduct", text=" ", **deed) == "exams.text_missing"
    assert refusal(services.note, kind="leave", text="", **deed) == "exams.seat_missing"
    services.note(kind="leave", text="", seat=machine.seat, **deed)
    (line,) = queries.console(sitting, after(5))
    assert (line.away, line.state) == (True, "cut_off")
    services.note(kind="back", text="", seat=machine.seat, **deed)
    (line,) = queries.console(sitting, after(0.2))
    assert (line.away, line.state) == (False, "writing")


# ---- what the procedure learns --------------------------------------------------------------


def stage(batch):
    """T05 as the batch's track shows it."""
    track = procedure.track(batch.run, END.date())
    (found,) = [part for step in track for part in step.stages if part.code == "T05"]
    return found


def test_the_stage_is_done_when_everybody_is_seated_and_every_room_closed(world):
    batch = make_theory_batch(world, count=3)
    assert stage(batch).missing == ()
    first = make_sitting(world, batch, forms=())
    late = make_case(world, batch)
    second = make_sitting(world, batch, room="第二考场", forms=())
    services.unseat(
        seat_id=Seat.objects.get(application=late).pk, by=world.office, at=MARCH_2
    )  # fmt: skip
    assert stage(batch).missing == ("1名考生没有座位", "2场尚未收卷")
    services.seat_candidates(sitting_id=second.pk, by=world.office, at=MARCH_2)
    for sitting in (first, second):
        services.load_paper(
            sitting_id=sitting.pk, contents=[make_content()], by=world.office, at=MORNING
        )
        check_in(world, sitting)
        ring(world, sitting)
    seat = seats(first)[0]
    start(sign_in(seat))
    services.close(sitting_id=first.pk, by=world.assessor, at=after(91))
    half = stage(batch)
    assert (half.state, half.missing) == (Standing.OPEN, ("1场尚未收卷",))
    services.close(sitting_id=second.pk, by=world.assessor, at=after(91))
    done = stage(batch)
    assert (done.state, done.done_at) == (Standing.DONE, BELL.date())
    assert done.detail == "2场，应考4人，实考1人"
