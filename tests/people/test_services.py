"""Who a person is, and his records."""

from datetime import date

import pytest
from django.db import connection

from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.identity import mask_id
from jiangjie.ledger.models import Event
from jiangjie.people import services
from jiangjie.people.identity import blind_index, seal, unseal
from jiangjie.people.models import Employment, HeldCertificate, Person
from jiangjie.people.services import PersonWish
from tests.factories import MARCH_2, employ, make_id_number, make_person, make_world

pytestmark = pytest.mark.django_db
RESIDENT = "居民身份证"


def wish(name: str, number: str, **more: object) -> PersonWish:
    return PersonWish(name=name, id_type=RESIDENT, id_number=number, **more)


def test_a_number_is_sealed_differently_each_time_and_found_by_its_index():
    number = make_id_number()

    assert seal(number) != seal(number)
    assert unseal(seal(number)) == number
    assert blind_index(RESIDENT, number) == blind_index(RESIDENT, number)
    assert blind_index(RESIDENT, number) != blind_index("护照", number)


def test_no_number_stands_in_clear_in_the_database():
    number = make_id_number()
    person = make_person("孙海生", number=number)

    with connection.cursor() as cursor:
        cursor.execute("SELECT people_person::text FROM people_person WHERE id = %s", [person.pk])
        row = cursor.fetchone()[0]
        cursor.execute("SELECT data::text FROM ledger_event")
        events = "".join(event for (event,) in cursor.fetchall())
    assert number not in row
    assert number.encode().hex() not in row
    assert number not in events
    assert person.id_masked == mask_id(number)


def test_ensure_person_finds_the_same_person_again_and_fills_what_was_missing():
    number = make_id_number(date(1990, 5, 5), is_female=True)
    first = services.ensure_person(
        name="买买提·吐尔逊", id_type=RESIDENT, id_number=number, by=None, at=MARCH_2
    )

    again = services.ensure_person(
        name="买买提•吐尔逊", id_type=RESIDENT, id_number=number.lower(), phone="13900000000",
        by=None, at=MARCH_2,
    )  # fmt: skip

    assert again.pk == first.pk
    assert (again.name, again.phone, again.birth_date, again.is_female) == (
        "买买提·吐尔逊", "13900000000", date(1990, 5, 5), True,
    )  # fmt: skip
    assert Person.objects.count() == 1


def test_the_same_number_under_another_name_makes_nobody():
    number = make_id_number()
    make_person("孙海生", number=number)

    with pytest.raises(RuleViolation) as refusal:
        services.ensure_people(
            [wish("新来的", make_id_number()), wish("孙海平", number)], by=None, at=MARCH_2
        )

    assert refusal.value.code == "people.name_contradicts"
    assert number not in str(refusal.value)
    assert list(Person.objects.values_list("name", flat=True)) == ["孙海生"]


@pytest.mark.parametrize("count", [1, 3, 30])
def test_ensure_people_costs_the_same_for_any_number(count, django_assert_num_queries):
    rows = [wish(f"职工{n}", make_id_number()) for n in range(count)]

    # Savepoint, who is known, insert, who is there now, event, release.
    with django_assert_num_queries(6):
        made = services.ensure_people(rows, by=None, at=MARCH_2)

    assert [person.name for person in made] == [row.name for row in rows]


def test_ensure_people_keeps_the_order_and_repeats_a_person_that_is_named_twice():
    first, second = make_id_number(), make_id_number()

    made = services.ensure_people(
        [wish("甲", first), wish("乙", second), wish("甲", first)], by=None, at=MARCH_2
    )

    assert [person.name for person in made] == ["甲", "乙", "甲"]
    assert made[0].pk == made[2].pk


def test_a_birth_date_that_contradicts_the_number_is_refused():
    with pytest.raises(RuleViolation) as refusal:
        services.ensure_person(
            name="甲", id_type=RESIDENT, id_number=make_id_number(date(1990, 5, 5)),
            birth_date=date(1990, 5, 6), by=None, at=MARCH_2,
        )  # fmt: skip
    assert refusal.value.code == "people.birth_date_contradicts"


def test_revealing_a_number_needs_a_purpose_and_leaves_an_event():
    world = make_world()
    number = make_id_number()
    person = make_person(number=number)

    with pytest.raises(RuleViolation, match="用途"):
        services.reveal_id_number(person, purpose=" ", org=world.port, by=world.office, at=MARCH_2)
    shown = services.reveal_id_number(
        person, purpose="核对证件原件", org=world.port, by=world.office, at=MARCH_2
    )

    assert shown == number
    assert list(Event.objects.filter(action="people.id_revealed").values_list("by", "data")) == [
        (world.office.pk, {"purpose": "核对证件原件"})
    ]


def test_a_correction_must_be_verified_anew_and_keeps_the_former_value():
    world = make_world()
    job = employ(make_person(), world.unit_a, since=date(2014, 7, 1))
    services.verify_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)

    services.correct_record(
        job, values={"since": date(2015, 7, 1)}, org=world.unit_a, by=world.clerk_a, at=MARCH_2
    )

    job.refresh_from_db()
    assert (job.since, job.verified_at) == (date(2015, 7, 1), None)
    event = Event.objects.get(action="people.record_corrected")
    assert event.data["before"] == {"since": "2014-07-01"}


def test_nobody_verifies_his_own_record():
    world = make_world()
    job = world.worker.person.employments.get()

    with pytest.raises(RuleViolation) as refusal:
        services.verify_record(job, org=world.unit_a, by=world.worker, at=MARCH_2)
    assert refusal.value.code == "people.own_record"


def test_verifying_twice_changes_nothing():
    world = make_world()
    job = world.worker.person.employments.get()
    services.verify_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)

    services.verify_record(job, org=world.port, by=world.office, at=MARCH_2)

    job.refresh_from_db()
    assert job.verified_by == world.clerk_a
    assert Event.objects.filter(action="people.record_verified").count() == 1


def test_a_verified_record_stays_and_another_can_be_taken_back():
    world = make_world()
    person = make_person()
    job = employ(person, world.unit_a)
    services.remove_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)
    assert not Employment.objects.filter(person=person).exists()

    job = employ(person, world.unit_a)
    services.verify_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)
    with pytest.raises(RuleViolation) as refusal:
        services.remove_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)
    assert refusal.value.code == "people.verified_stays"


def test_an_employment_ends_once_and_after_it_began():
    world = make_world()
    job = employ(make_person(), world.unit_a, since=date(2014, 7, 1))

    def end(day: date) -> None:
        services.end_employment(
            employment_id=job.pk, until=day, org=world.unit_a, by=world.clerk_a, at=MARCH_2
        )

    with pytest.raises(RuleViolation) as refusal:
        end(date(2014, 7, 1))
    assert refusal.value.code == "people.bad_period"
    end(date(2026, 3, 1))
    with pytest.raises(RuleViolation) as refusal:
        end(date(2026, 4, 1))
    assert refusal.value.code == "people.employment_over"


def test_a_certificate_number_stands_once_for_a_person():
    world = make_world()
    person = make_person()
    values = {
        "number": "Y000037000123215000002", "occupation_code": "6-30-05-01",
        "occupation_name": "起重装卸机械操作工", "level": 2, "issued_on": date(2021, 6, 30),
    }  # fmt: skip
    services.add_record(
        HeldCertificate, person=person, values=values, org=world.port, by=None, at=MARCH_2
    )

    with pytest.raises(RuleViolation) as refusal:
        services.add_record(
            HeldCertificate, person=person, values=values, org=world.port, by=None, at=MARCH_2
        )
    assert refusal.value.code == "people.bad_record"
