"""Room nodes: one database plays the centre and, within savepoints, each node with its own keys."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.exams import keys, queries, services
from jiangjie.exams.models import Answer, Paper, Place, RoomPackage, Seat, Sheet, Sitting
from jiangjie.exams.rules import room_files
from jiangjie.exams.services import Standby, Started
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.people.identity import unseal
from tests.exams.factories import (
    BELL,
    END,
    MORNING,
    after,
    check_in,
    id_tail,
    make_sitting,
    make_theory_batch,
    seats,
    sign_in,
)
from tests.exams.nodes import another_machine
from tests.factories import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield make_world()
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def pack(world, *, count=2):
    sitting = make_sitting(world, count=count)
    package = services.pack_room(sitting_id=sitting.pk, by=world.office, at=MORNING)
    return sitting, package, services.package_file(package)


def refusal(deed, **arguments):
    with pytest.raises(RuleViolation) as refused, transaction.atomic():
        deed(**arguments)
    return refused.value.code


def begin(world, sitting, package):
    """On a node: everybody checked in, signed in and writing; the machines."""
    check_in(world, sitting)
    machines = [sign_in(seat) for seat in seats(sitting)]
    services.ring(sitting_id=sitting.pk, start_code=START[package.uid], by=world.assessor, at=BELL)
    for machine in machines:
        found = services.start(seat_id=machine.seat.pk, session=machine.session, at=after(0.1))
        assert isinstance(found, Started)
    return machines


START: dict[str, str] = {}


@pytest.fixture
def packed(world):
    sitting, package, file = pack(world)
    START[package.uid] = services.give_start_code(
        package_id=package.pk, by=world.office, at=BELL - timedelta(minutes=5)
    )
    return sitting, package, file, keys.load_code(package.uid)


# ---- the package ----------------------------------------------------------------------------


def test_a_package_has_no_paper_key_no_identity_number_and_no_word_of_the_paper(world):
    sitting, package, file = pack(world)
    code = keys.load_code(package.uid)
    assert b"\n" in file and sitting.room.encode() not in file.split(b"\n", 2)[2]
    head, body = room_files.read_package(file, code.lower().replace("-", " "))
    assert (head["uid"], head["room"]) == (package.uid, "第一考场")
    text = json.dumps(body, ensure_ascii=False)
    for seat in seats(sitting):
        number = unseal(bytes(seat.application.person.id_cipher))
        assert number not in text
        assert number[6:] not in text
    assert "argon2" not in text
    for paper in Paper.objects.filter(sitting=sitting):
        key = keys.unseal_bytes(bytes(paper.package_key))
        (row,) = [
            row for row in body["rows"] if row["model"] == "exams.paper" and row["pk"] == paper.pk
        ]
        assert row["fields"]["sealed"] == ""
        # What lies on the node before the bell does not open with anything in the package.
        with another_machine(file, code):
            there = bytes(Paper.objects.get(pk=paper.pk).package_key)
            assert there != key
            with pytest.raises(room_files.WrongCode):
                room_files.unlock(there, code)
        assert room_files.unlock(there, keys.start_code(package.uid)) == key


@pytest.mark.parametrize("place", [3, -5])
def test_a_changed_package_or_another_code_is_refused_in_words(world, place):
    _, package, file = pack(world)
    changed = bytearray(file)
    changed[place] ^= 1
    with pytest.raises(BadInput, match="不是完整的考场包"):
        room_files.read_package(bytes(changed), keys.load_code(package.uid))
    with pytest.raises(BadInput, match="装载密码不正确"):
        room_files.read_package(file, "AAAA-BBBB-CCCC-DDDD")


def test_a_packed_sitting_is_run_in_one_place_only(world):
    sitting, package, file = pack(world)
    seat = seats(sitting)[0]
    here = {"by": world.assessor, "at": MORNING}
    assert refusal(services.check_in, seat_id=seat.pk, **here) == "exams.run_in_node"
    assert refusal(services.ring, sitting_id=sitting.pk, **here) == "exams.run_in_node"
    assert refusal(sign_in, seat=seat) == "exams.run_in_node"
    assert refusal(services.close, sitting_id=sitting.pk, **here) == "exams.not_returned"
    assert refusal(services.pack_room, sitting_id=sitting.pk, **here) == "exams.run_in_node"
    office = {"by": world.office, "package_id": package.pk}
    early = BELL - timedelta(minutes=31)
    assert refusal(services.give_start_code, at=early, **office) == "exams.too_early_for_code"
    code = keys.load_code(package.uid)
    with another_machine(file, code) as there:
        assert refusal(
            services.seat_candidates, sitting_id=there.pk, **here
        ) == "exams.arranged_at_centre"  # fmt: skip
        assert refusal(
            services.ring, sitting_id=there.pk, start_code="AAAA", **here
        ) == "exams.nobody_checked_in"  # fmt: skip
        check_in(world, there)
        assert refusal(
            services.ring, sitting_id=there.pk, start_code="AAAA", **here
        ) == "exams.wrong_start_code"  # fmt: skip
        watching = User.objects.get(pk=world.assessor.pk)
        assert watching.check_password(code)
        assert [user.pk for user in User.objects.filter(is_active=True)] == [world.assessor.pk]
    services.withdraw_package(reason="网络修好了", at=MORNING, **office)
    services.check_in(seat_id=seat.pk, **here)
    assert refusal(services.give_start_code, at=BELL, **office) == "exams.package_withdrawn"


def test_the_start_code_waits_for_the_procedure(world):
    batch = make_theory_batch(world, count=1)
    sitting = make_sitting(world, batch)
    package = services.pack_room(sitting_id=sitting.pk, by=world.office, at=MORNING)
    batch.run.records.filter(step="T04").delete()
    asked = {"package_id": package.pk, "by": world.office, "at": BELL}
    assert refusal(services.give_start_code, **asked) == "procedures.step_blocked"
    assert not Event.objects.filter(action="exams.start_code_given").exists()


# ---- a sitting on a node --------------------------------------------------------------------


def test_a_node_runs_the_sitting_and_the_centre_marks_it(world, packed):
    sitting, package, file, code = packed
    with another_machine(file, code) as there:
        first, second = begin(world, there, package)
        for unit in range(1, 6):
            assert first.answer(unit, "B", after(unit)).stored
        services.note(
            sitting_id=there.pk, kind="power", text="停电两分钟", by=world.assessor, at=after(9)
        )
        assert second.answer(1, "C", after(10)).stored
        assert first.hand_in(after(60)) == []
        early = services.results(sitting_id=there.pk, at=after(61))
        services.close(sitting_id=there.pk, by=world.assessor, at=after(91))
        assert not Sheet.objects.exists()
        late = services.results(sitting_id=Sitting.objects.get().pk, at=after(92))
    assert not Answer.objects.filter(seat__sitting=sitting).exists()

    def take(content):
        return services.take_results(
            package_id=package.pk, content=content, by=world.office, at=after(200)
        )

    made = take(early)
    assert (made.answers, made.fresh, made.is_closed) == (6, 6, False)
    closing = {"sitting_id": sitting.pk, "by": world.office, "at": after(201)}
    assert refusal(services.close, **closing) == "exams.not_returned"
    made = take(late)
    assert (made.answers, made.fresh, made.is_closed) == (6, 0, True)
    assert take(late) == made
    assert sitting.incidents.count() == 1
    services.close(**closing)
    sheets = {sheet.seat.number: sheet for sheet in Sheet.objects.filter(seat__sitting=sitting)}
    assert [len(sheets[number].answers) for number in (1, 2)] == [5, 1]
    handed = Seat.objects.get(sitting=sitting, number=1)
    assert (handed.handed_in_at, handed.started_at) == (after(60), after(0.1))
    assert refusal(take, content=late) == "exams.closed"
    (event,) = Event.objects.filter(action="exams.room_returned", data__closed=True)
    assert event.data["answers"] == 6


def test_results_that_were_changed_or_belong_elsewhere_are_refused(world, packed):
    sitting, package, file, code = packed
    with another_machine(file, code) as there:
        machines = begin(world, there, package)
        machines[0].answer(1, "B", after(1))
        content = services.results(sitting_id=there.pk, at=after(2))
        key = settings.KEYS.ledger_key()
    take = {"package_id": package.pk, "by": world.office, "at": END}
    for changed in (
        content.replace(b'"value":"B"', b'"value":"C"'),
        content[: len(content) // 2],
        b"x",
    ):
        with pytest.raises(BadInput, match="不能导入"):
            services.take_results(content=changed, **take)
    # Even who holds the node's signing key cannot put words into a candidate's mouth.
    lines = room_files.read_results(content, key.public_key())
    forged = [{**line, "value": "C"} if line["kind"] == "answer" else line for line in lines]
    assert refusal(
        services.take_results, content=room_files.write_results(forged, key), **take
    ) == "exams.forged_answer"  # fmt: skip
    other = RoomPackage.objects.create(
        sitting=sitting, uid="0" * 32, made_by=world.office, made_at=MORNING
    )
    with pytest.raises(BadInput, match="不能导入"):
        services.take_results(content=content, **{**take, "package_id": other.pk})
    assert not Answer.objects.filter(seat__sitting=sitting).exists()


# ---- the spare ------------------------------------------------------------------------------


def test_the_first_node_dies_and_no_confirmed_answer_is_lost(world, packed):
    sitting, package, file, code = packed
    confirmed: dict[tuple[int, int], str] = {}

    def answer(machine, unit, value, at):
        stored = machine.answer(unit, value, at).stored
        assert stored == [(machine.session, machine.sequence)]
        confirmed[machine.seat.number, unit] = value

    with another_machine(file, code) as there:
        machines = begin(world, there, package)
        answer(machines[0], 1, "A", after(1))
        answer(machines[1], 1, "B", after(1))
        heard = services.results(sitting_id=there.pk, at=after(2))
        # After the spare has heard for the last time: confirmed, and then the machine burns.
        answer(machines[0], 1, "C", after(3))
        answer(machines[0], 2, "D", after(3))
        services.let_move(
            seat_id=machines[1].seat.pk, reason="死机", by=world.assessor, at=after(3)
        )
        moved = sign_in(machines[1].seat, at=after(4))
        services.start(seat_id=moved.seat.pk, session=2, at=after(4))
        answer(moved, 2, "A", after(4))
        dying = services.results(
            sitting_id=there.pk, at=after(5)
        )  # from its disk, found afterwards

    with another_machine(file, code, is_spare=True) as spare:
        assert services.follow(content=heard, at=after(2)) == 2
        assert services.follow(content=heard, at=after(2)) == 0
        asked = {"seat_id": machines[0].seat.pk, "session": 1, "at": after(6)}
        with pytest.raises(Standby):
            services.start(**asked)
        with pytest.raises(Standby):
            machines[0].send(at=after(6))
        services.take_over(sitting_id=spare.pk, by=world.assessor, at=after(6))
        # The first candidate's page goes on with its session, and sends all it has again.
        found = services.start(**asked)
        assert isinstance(found, Started) and found.house == 1000
        assert len(machines[0].send(*machines[0].sent, at=after(6)).stored) == 3
        answer(machines[0], 3, "B", after(7))
        # The second one's session was opened in the last moment: he signs in anew, on a number
        # that the first node cannot have given, and what he wrote before comes along.
        services.let_move(seat_id=moved.seat.pk, reason="接管", by=world.assessor, at=after(7))
        again = sign_in(machines[1].seat, at=after(7))
        assert again.session == 1001
        services.start(seat_id=again.seat.pk, session=1001, at=after(7))
        assert len(again.send(*machines[1].sent, *moved.sent, at=after(8)).stored) == 2
        answer(again, 4, "D", after(8))
        assert machines[0].hand_in(after(60)) == []
        services.close(sitting_id=spare.pk, by=world.assessor, at=after(91))
        final = services.results(sitting_id=Sitting.objects.get().pk, at=after(92))

    for content, fresh in ((final, 7), (dying, 0), (final, 0)):
        before = Answer.objects.filter(seat__sitting=sitting).count()
        services.take_results(package_id=package.pk, content=content, by=world.office, at=after(99))
        assert Answer.objects.filter(seat__sitting=sitting).count() - before == fresh
    standing = {
        (seat.number, unit): save.value
        for seat in seats(sitting) for unit, save in queries.latest_answers(seat.pk).items()
    }  # fmt: skip
    assert standing == confirmed
    services.close(sitting_id=sitting.pk, by=world.office, at=after(100))
    assert Sheet.objects.filter(seat__sitting=sitting).count() == 2
    assert RoomPackage.objects.get(pk=package.pk).returns.count() == 2


def test_a_spare_that_has_heard_nothing_takes_over_from_the_candidates_machines(world, packed):
    """Whoever signed in at the first node signs in again; the browsers bring everything."""
    _, package, file, code = packed
    with another_machine(file, code) as there:
        machines = begin(world, there, package)
        for unit in (1, 2, 3):
            assert machines[0].answer(unit, "A", after(unit)).stored
    with another_machine(file, code, is_spare=True) as spare:
        services.take_over(sitting_id=spare.pk, by=world.assessor, at=after(5))
        check_in(world, spare, at=after(5))
        seat = seats(Sitting.objects.get())[0]
        again = sign_in(seat, at=after(5))
        services.ring(
            sitting_id=spare.pk, start_code=START[package.uid], by=world.assessor, at=after(6)
        )
        services.start(seat_id=seat.pk, session=again.session, at=after(6))
        assert len(again.send(*machines[0].sent, at=after(7)).stored) == 3
        assert Sitting.objects.get().place == Place.NODE
        assert queries.node_sitting(Place.NODE) == spare
        assert id_tail(seat) == unseal(bytes(seat.application.person.id_cipher))[-6:]
