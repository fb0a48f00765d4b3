"""Screens of people: who sees whom, lists at constant cost, the worker's own page."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from jiangjie.people import services
from jiangjie.people.models import Employment, HeldCertificate, Person
from tests.factories import MARCH_2, employ, make_id_number, make_person, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_march_2(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)


@pytest.fixture
def world():
    return make_world()


def listed(response) -> list[str]:
    return [person.name for person, _ in response.context["rows"]]


@pytest.mark.parametrize("count", [1, 3])
def test_person_list_costs_the_same_for_any_number_of_people(
    client, django_assert_num_queries, world, count
):
    for n in range(count):
        employ(make_person(f"甲{n}"), world.unit_b)
    client.force_login(world.clerk_b)
    client.get(reverse("people:person_list"))

    with django_assert_num_queries(11):
        response = client.get(reverse("people:person_list"))

    assert listed(response) == [f"甲{n}" for n in range(count)]


def test_a_clerk_sees_his_unit_and_the_office_sees_all(client, world):
    employ(make_person("乙散货"), world.unit_b)
    url = reverse("people:person_list")

    client.force_login(world.clerk_a)
    assert listed(client.get(url)) == ["孙海生"]
    client.force_login(world.office)
    assert listed(client.get(url)) == ["乙散货", "孙海生"]
    client.force_login(world.stranger)
    assert listed(client.get(url)) == []


def test_people_are_found_by_part_of_a_name_and_by_the_whole_number_only(client, world):
    number = make_id_number()
    employ(make_person("丙三", number=number), world.unit_a)
    client.force_login(world.office)
    url = reverse("people:person_list")

    assert listed(client.get(url, {"q": "丙"})) == ["丙三"]
    assert listed(client.get(url, {"q": number})) == ["丙三"]
    assert listed(client.get(url, {"q": number[:17]})) == []
    assert listed(client.get(url, {"q": f" {number} "})) == ["丙三"]


def test_the_list_shows_who_works_here_now_unless_all_are_asked_for(client, world):
    employ(make_person("丁走"), world.unit_a, until=date(2026, 1, 1))
    client.force_login(world.clerk_a)
    url = reverse("people:person_list")

    assert listed(client.get(url)) == ["孙海生"]
    assert listed(client.get(url, {"state": "all"})) == ["丁走", "孙海生"]
    assert listed(client.get(url, {"unit": world.unit_a.pk, "team": "二班"})) == []


def test_the_export_has_masked_numbers_only(client, world):
    number = make_id_number()
    employ(make_person("戊", number=number), world.unit_a)
    client.force_login(world.office)

    response = client.get(reverse("people:person_export"), {"q": "戊"})

    sheet = load_workbook(BytesIO(b"".join(response))).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == ["戊"]
    assert rows[0][2] == f"{number[:4]}**********{number[-4:]}"


@pytest.mark.parametrize("name", ["person_detail", "person_change", "id_reveal"])
def test_another_organisations_person_does_not_exist(client, world, name):
    person = world.worker.person
    client.force_login(world.stranger)
    url = reverse(f"people:{name}", args=[person.pk])

    response = client.post(url, {"purpose": "看看"}) if name == "id_reveal" else client.get(url)

    assert response.status_code == 404


def test_another_organisations_records_do_not_exist(client, world):
    job = world.worker.person.employments.get()
    client.force_login(world.stranger)
    for name in ("record_verify", "record_remove", "record_change"):
        url = reverse(f"people:{name}", args=[world.worker.person.pk, "employment", job.pk])
        assert client.post(url).status_code == 404
    job.refresh_from_db()
    assert job.verified_at is None


def test_a_record_is_not_reached_through_another_person(client, world):
    job = world.worker.person.employments.get()
    other = make_person("己")
    employ(other, world.unit_a)
    client.force_login(world.clerk_a)

    response = client.post(reverse("people:record_verify", args=[other.pk, "employment", job.pk]))

    assert response.status_code == 404


def test_an_officer_does_not_browse_people(client, world):
    client.force_login(world.officer)

    assert client.get(reverse("people:person_list")).status_code == 403
    assert (
        client.get(reverse("people:person_detail", args=[world.worker.person.pk])).status_code
        == 404
    )


@pytest.mark.parametrize("count", [1, 3])
def test_a_persons_page_costs_the_same_for_any_number_of_records(
    client, django_assert_num_queries, world, count
):
    person = make_person("庚")
    for n in range(count):
        employ(person, world.unit_a, since=date(2010 + n, 1, 1), until=date(2010 + n, 12, 1))
    client.force_login(world.office)
    url = reverse("people:person_detail", args=[person.pk])
    client.get(url)

    with django_assert_num_queries(14):
        response = client.get(url)

    assert response.content.decode().count("待核验") == count


def test_a_clerk_registers_a_person_with_the_employment(client, world):
    client.force_login(world.clerk_a)
    number = make_id_number(date(1995, 3, 4))

    response = client.post(
        reverse("people:person_new"),
        {
            "person-name": "辛四", "person-id_type": "居民身份证", "person-id_number": number,
            "job-org": world.unit_a.pk, "job-kind": "staff", "job-team": "三班",
            "job-occupation_code": "6-30-05-01", "job-since": "2020-07-01",
        },
    )  # fmt: skip

    person = Person.objects.get(name="辛四")
    assert response["Location"] == reverse("people:person_detail", args=[person.pk])
    job = person.employments.get()
    assert (job.employer, job.occupation_name, job.since, job.verified_at) == (
        world.unit_a.name, "起重装卸机械操作工", date(2020, 7, 1), None,
    )  # fmt: skip
    assert person.birth_date == date(1995, 3, 4)


def test_a_clerk_cannot_put_a_person_into_another_unit(client, world):
    client.force_login(world.clerk_a)

    response = client.post(
        reverse("people:person_new"),
        {
            "person-name": "壬五", "person-id_type": "居民身份证",
            "person-id_number": make_id_number(), "job-org": world.unit_b.pk,
            "job-kind": "staff", "job-occupation_code": "6-30-05-01", "job-since": "2020-07-01",
        },
    )  # fmt: skip

    assert response.status_code == 422
    assert list(response.context["job"].errors) == ["org"]
    assert not Person.objects.filter(name="壬五").exists()


def test_the_number_is_shown_once_and_kept_by_no_cache(client, world):
    number = make_id_number()
    person = make_person("癸", number=number)
    employ(person, world.unit_a)
    client.force_login(world.clerk_a)
    page = client.get(reverse("people:person_detail", args=[person.pk]))
    assert number not in page.content.decode()

    url = reverse("people:id_reveal", args=[person.pk])
    refused = client.post(url, {"purpose": ""})
    shown = client.post(url, {"purpose": "核对原件"})

    assert refused.status_code == 422
    assert number not in refused.content.decode()
    assert number in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"


# ---- the worker himself -------------------------------------------------------------------


def hold(person: Person, level: int, issued: date) -> HeldCertificate:
    return services.add_record(
        HeldCertificate,
        person=person,
        values={
            "number": f"Y00003700012321{level}000001", "occupation_code": "6-30-05-01",
            "occupation_name": "起重装卸机械操作工", "level": level, "issued_on": issued,
        },
        org=None,
        by=None,
        at=MARCH_2,
    )  # fmt: skip


def test_a_worker_sees_what_he_may_apply_for_and_when(client, world):
    # In the occupation since 2014-07-01, 四级 certificate of 2022-05-01.
    hold(world.worker.person, 3, date(2022, 5, 1))
    client.force_login(world.worker)

    response = client.get(reverse("me:me"))

    shown = [
        (each.level, each.verdict["eligible"], each.verdict["earliest_date"])
        for each in response.context["outlooks"]
    ]
    # 三级 asks for 5 years after the 四级 certificate; 二级 for a 三级 certificate.
    assert shown == [(4, False, "2027-05-01"), (5, False, None), (6, False, None)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_workers_page_costs_the_same_for_any_number_of_records(
    client, django_assert_num_queries, world, count
):
    person = world.worker.person
    for level in range(2, 2 + count):
        hold(person, level, date(2020 + level, 5, 1))
    client.force_login(world.worker)
    client.get(reverse("me:me"))

    with django_assert_num_queries(15):
        client.get(reverse("me:me"))


def test_a_worker_adds_a_record_of_another_employer_that_waits_for_verification(client, world):
    person = world.worker.person
    client.force_login(world.worker)

    response = client.post(
        reverse("people:record_new", args=[person.pk, "employment"]),
        {
            "employer": "某装卸公司", "org": world.unit_b.pk, "kind": "staff",
            "occupation_code": "6-30-05-01", "since": "2010-01-01", "until": "2014-07-01",
        },
    )  # fmt: skip

    assert response["Location"] == reverse("me:me")
    job = Employment.objects.get(employer="某装卸公司")
    assert (job.person, job.org, job.verified_at) == (person, None, None)


def test_a_worker_changes_neither_verified_records_nor_those_of_others(client, world):
    person = world.worker.person
    job = person.employments.get()
    services.verify_record(job, org=world.unit_a, by=world.clerk_a, at=MARCH_2)
    other = make_person("他人")
    others_job = employ(other, world.unit_a)
    client.force_login(world.worker)

    own = client.get(reverse("people:record_change", args=[person.pk, "employment", job.pk]))
    foreign = client.get(
        reverse("people:record_change", args=[other.pk, "employment", others_job.pk])
    )

    assert (own.status_code, foreign.status_code) == (403, 404)


def test_evidence_comes_back_as_it_was_uploaded(client, world, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    person = world.worker.person
    client.force_login(world.worker)
    content = b"%PDF-1.7\n%made up\n"

    client.post(
        reverse("people:record_new", args=[person.pk, "honour"]),
        {"name": "示例荣誉", "year": 2021, "evidence": SimpleUploadedFile("证书.pdf", content)},
    )
    honour = person.honours.get()
    url = reverse("people:record_evidence", args=[person.pk, "honour", honour.pk])

    assert b"".join(client.get(url)) == content
    client.force_login(world.stranger)
    assert client.get(url).status_code == 404


def test_an_account_without_a_person_is_told_what_to_do(client, world):
    client.force_login(make_user("无档案", world.unit_a))

    response = client.get(reverse("me:me"))

    assert response.status_code == 200
    assert "请本单位经办人登记" in response.content.decode()


def test_an_administrator_links_an_account_of_his_own_members_once(client, world):
    person = make_person("连")
    employ(person, world.unit_a)
    account = make_user("连", world.unit_a, "worker")
    client.force_login(world.admin)
    url = reverse("people:user_link", args=[person.pk])

    foreign = client.post(url, {"username": world.stranger.username})
    linked = client.post(url, {"username": account.username})
    again = client.post(url, {"username": world.clerk_a.username})

    assert (foreign.status_code, linked.status_code, again.status_code) == (422, 302, 422)
    person.refresh_from_db()
    assert person.user == account
