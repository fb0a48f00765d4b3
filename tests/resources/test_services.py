from datetime import date

import pytest
from django.db import IntegrityError, transaction

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.orgs.models import OrgKind
from jiangjie.orgs.services import join_alliance, leave_alliance
from jiangjie.people.models import Person
from jiangjie.people.services import link_user
from jiangjie.resources import queries, services
from jiangjie.resources.models import Booking, Expert
from tests.factories import CRANE, FITTER, MARCH_2, make_id_number, make_org, make_user, make_world
from tests.resources.factories import at, book, make_expert, make_room, make_venue

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 1)
NOON = at(1, 12)


@pytest.fixture
def world():
    return make_world()


def refused(deed, **given):
    with pytest.raises(RuleViolation) as why:
        deed(**given)
    return why.value.code


def test_the_same_number_is_the_same_person_in_two_registers(world):
    number = make_id_number()
    first = make_expert(world, "高考评", number=number)
    second = make_expert(world, "高考评", number=number, org=world.stranger_org)
    assert first.person == second.person
    with pytest.raises(RuleViolation, match="已在本单位专家库中"):
        make_expert(world, "高考评", number=number)
    assert Event.objects.filter(action="resources.expert_entered").count() == 2


def test_a_change_replaces_the_occupations(world):
    expert = make_expert(world, "高考评")
    services.change_expert(
        expert_id=expert.pk, occupations={FITTER: "机修钳工"}, duties=["assess"],
        hired_from=date(2025, 1, 1), hired_until=date(2026, 3, 31), by=world.office, at=MARCH_2,
    )  # fmt: skip
    assert [one.occupation_code for one in expert.qualifications.all()] == [FITTER]
    assert list(queries.serving(Expert.objects.all(), TODAY)) == []
    assert list(queries.experts_of_occupation(Expert.objects.all(), CRANE)) == []


def test_absences_do_not_overlap_and_are_taken_back(world):
    expert = make_expert(world, "高考评")
    given = {
        "person": expert.person,
        "reason": "出差",
        "org": world.port,
        "by": world.office,
        "at": NOON,
    }
    told = services.tell_absence(first_day=TODAY, last_day=date(2026, 4, 3), **given)
    assert (
        refused(
            services.tell_absence, first_day=date(2026, 4, 3), last_day=date(2026, 4, 9), **given
        )
        == "resources.absent_before"
    )
    services.take_back_absence(absence=told, org=world.port, by=world.office, at=NOON)
    assert queries.absences_of([expert.person_id], since=TODAY) == {}


def test_a_duty_is_paid_once_until_it_is_taken_back(world):
    expert = make_expert(world, "高考评")
    given = {
        "expert_id": expert.pk, "duty": "assess", "day": date(2026, 3, 30), "amount_fen": 30_000,
        "voucher": "劳-1", "batch": None, "by": world.office, "at": NOON,
    }  # fmt: skip
    paid = services.pay_duty(**given)
    assert refused(services.pay_duty, **given) == "resources.paid_before"
    assert refused(services.pay_duty, **given | {"day": date(2026, 4, 2)}) == "resources.paid_ahead"
    services.take_back_payment(payment_id=paid.pk, reason="重复", by=world.office, at=NOON)
    services.pay_duty(**given)


# ---- rooms ----------------------------------------------------------------------------------


def test_a_room_is_taken_by_one_at_a_time_and_ends_touch(world):
    room = make_room(world, make_venue(world))
    first = book(world, room, at(20, 9), at(20, 11))
    book(world, room, at(20, 11), at(20, 12))
    assert refused(lambda: book(world, room, at(20, 10), at(20, 10, 30))) == "resources.room_taken"
    services.cancel_booking(booking_id=first.pk, by=world.office, at=NOON)
    book(world, room, at(20, 10), at(20, 10, 30))


def test_the_database_itself_refuses_a_clash(world):
    room = make_room(world, make_venue(world))
    other = make_room(world, room.venue, "2号工位")
    row = {
        "kind": "use", "starts_at": at(20, 9), "ends_at": at(20, 11), "org": world.port,
        "purpose": "x", "booked_by": world.office, "booked_at": NOON,
    }  # fmt: skip
    Booking.objects.create(room=room, **row)
    Booking.objects.create(room=other, **row)
    with pytest.raises(IntegrityError, match="no_clash"), transaction.atomic():
        Booking.objects.create(
            room=room, **row | {"starts_at": at(20, 10, 59), "ends_at": at(21, 9)}
        )
    Booking.objects.create(room=room, **row | {"cancelled_at": NOON})


def test_a_closed_time_is_taken_like_a_booking(world):
    venue = make_venue(world)
    rooms = [make_room(world, venue), make_room(world, venue, "2号工位")]
    book(world, rooms[1], at(20, 9), at(20, 11))
    given = {
        "room_ids": [room.pk for room in rooms],
        "reason": "检修",
        "by": world.office,
        "at": NOON,
    }
    assert (
        refused(services.close, starts_at=at(20, 8), ends_at=at(20, 18), **given)
        == "resources.room_taken"
    )
    services.close(starts_at=at(21, 8), ends_at=at(21, 18), **given)
    assert refused(lambda: book(world, rooms[0], at(21, 9), at(21, 10))) == "resources.room_taken"
    week = queries.week_of(venue, date(2026, 4, 20))
    assert [[len(taken) for _, taken in days] for _, days in week] == [
        [0, 1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0],
    ]  # fmt: skip


def test_equipment_is_due_thirty_days_before(world):
    venue = make_venue(world)
    pieces = [
        services.add_equipment(
            venue_id=venue.pk, name=f"轮胎吊{day}", serial="", quantity=1, room=None,
            inspected_on=None, inspect_by=day, by=world.office, at=MARCH_2,
        )
        for day in (date(2026, 3, 31), date(2026, 5, 1), date(2026, 5, 2), None)
    ]  # fmt: skip
    office = acting_of(world.office, None, TODAY)
    assert list(queries.equipment_due(office, TODAY)) == pieces[:2]
    titles = [task.title for task in tasks_for(world.office, office, TODAY)]
    assert "安排2项设备检验" in titles
    services.record_inspection(
        equipment_id=pieces[0].pk, inspected_on=TODAY, inspect_by=date(2027, 4, 1),
        by=world.office, at=NOON,
    )  # fmt: skip
    services.retire_equipment(equipment_id=pieces[1].pk, by=world.office, at=NOON)
    assert list(queries.equipment_due(office, TODAY)) == []


# ---- sharing --------------------------------------------------------------------------------


@pytest.fixture
def allied(world):
    alliance = make_org(OrgKind.ALLIANCE, "滨海联评体", parent=world.bureau)
    members = [
        join_alliance(alliance=alliance, org=org, is_lead=False, since=date(2026, 3, 1),
                      by=world.officer, at=MARCH_2)
        for org in (world.port, world.stranger_org)
    ]  # fmt: skip
    return alliance, members


def seen_abroad(world, on=TODAY):
    stranger = acting_of(world.stranger, None, on)
    return (
        [str(each) for each in queries.experts_visible_to(stranger, on)],
        [str(each) for each in queries.venues_visible_to(stranger, on)],
    )


def test_a_partner_sees_what_is_lent_in_its_term_only(world, allied):
    alliance, members = allied
    expert, venue = make_expert(world, "高考评"), make_venue(world)
    make_expert(world, "不外借")
    user = make_user("高考评", world.port, Role.ASSESSOR)
    link_user(person=expert.person, user=user, org=world.port, by=None, at=MARCH_2)
    terms = {
        "alliance": alliance, "first_day": TODAY, "last_day": date(2026, 4, 30), "note": "",
        "by": world.office, "at": MARCH_2,
    }  # fmt: skip
    services.lend(venue=venue, **terms)
    loan = services.lend(expert=Expert.objects.get(pk=expert.pk), **terms)
    assert seen_abroad(world) == ([], ["流机实训场"])
    assert (
        refused(services.consent, loan_id=loan.pk, by=world.office, at=NOON)
        == "resources.not_his_consent"
    )
    services.consent(loan_id=loan.pk, by=user, at=NOON)
    assert seen_abroad(world) == (["高考评"], ["流机实训场"])
    assert seen_abroad(world, date(2026, 5, 1)) == ([], [])
    room = make_room(world, venue)
    theirs = {"org": world.stranger_org, "by": world.stranger}
    book(world, room, at(20, 9), at(20, 11), **theirs)
    assert (
        refused(lambda: book(world, room, at(30, 9), at(30, 11).replace(month=5), **theirs))
        == "resources.not_lent"
    )
    services.end_loan(loan_id=loan.pk, by=user, at=NOON)
    assert seen_abroad(world) == ([], ["流机实训场"])
    leave_alliance(member_id=members[0].pk, last_day=date(2026, 4, 10), by=world.officer, at=NOON)
    assert seen_abroad(world, date(2026, 4, 10)) == ([], ["流机实训场"])
    assert seen_abroad(world, date(2026, 4, 11)) == ([], [])


def test_only_a_member_lends_and_not_twice(world, allied):
    other = make_org(OrgKind.ALLIANCE, "别的联评体", parent=world.bureau)
    terms = {
        "venue": make_venue(world), "first_day": TODAY, "last_day": TODAY, "note": "",
        "by": world.office, "at": MARCH_2,
    }  # fmt: skip
    assert refused(services.lend, alliance=other, **terms) == "resources.not_a_member"
    services.lend(alliance=allied[0], **terms)
    assert refused(services.lend, alliance=allied[0], **terms) == "resources.lent_before"


def test_the_bureau_reads_registers_of_those_it_has_filed(world):
    make_expert(world, "高考评")
    officer = acting_of(world.officer, None, TODAY)
    assert [str(each) for each in queries.experts_visible_to(officer, TODAY)] == ["高考评"]
    assert Person.objects.filter(name="高考评").count() == 1
    clerk = acting_of(world.clerk_a, None, TODAY)
    assert list(queries.experts_visible_to(clerk, TODAY)) == []
