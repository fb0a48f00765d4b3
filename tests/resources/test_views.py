import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jiangjie.accounts.models import Role
from jiangjie.people.services import link_user
from jiangjie.resources import workbooks
from jiangjie.resources.models import Absence, Booking, Expert, ExpertImport
from tests.factories import CRANE, MARCH_2, make_id_number, make_user, make_world
from tests.resources.factories import (
    at,
    book,
    expert_row,
    expert_workbook,
    make_expert,
    make_room,
    make_venue,
)

pytestmark = pytest.mark.django_db
NOW = at(1, 12)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def office(world, client, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: NOW)
    client.force_login(world.office)
    return client


def url(name, *args):
    return reverse(f"resources:{name}", args=args)


def upload(client, content):
    answer = client.post(url("import_new"), {"workbook": SimpleUploadedFile("专家.xlsx", content)})
    return ExpertImport.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def test_a_workbook_is_checked_first_and_names_each_fault(office):
    bad = [
        expert_row(证件号码="370200199005051230"), expert_row(考评等级="特级考评员"), expert_row(职业编码="9-99-99-99"),
        expert_row(聘期止=date(2024, 1, 1)), expert_row(承担工作=""), expert_row(证卡有效期止=""), expert_row(聘期起="昨天"),
    ]  # fmt: skip
    good = expert_row()
    made = upload(office, expert_workbook(good, *bad, good))
    assert made.good == 1
    assert {(each["row"], each["column"], each["code"]) for each in made.faults} == {
        (3, "证件号码", "people.bad_id_number"), (4, "考评等级", "bad_grade"),
        (5, "职业编码", "unknown_occupation"), (6, "聘期止", "days_in_order"),
        (7, "承担工作", "bad_duty"), (8, "证卡有效期止", "card_half"), (9, "聘期起", "bad_day"),
        (10, "证件号码", "twice"),
    }  # fmt: skip
    assert Expert.objects.count() == 0
    assert office.post(url("import_apply", made.pk)).status_code == 422
    office.post(url("import_apply", made.pk), {"good_rows_only": "1"})
    marked = office.post(url("import_marked", made.pk))
    book_ = openpyxl.load_workbook(io.BytesIO(marked.content))
    assert book_.active.cell(4, len(workbooks.COLUMNS) + 1).value == "应为考评员或高级考评员。"
    expert = Expert.objects.get()
    assert (expert.grade, expert.duties, expert.card_until) == (
        "assessor", ["assess", "invigilate"], date(2027, 12, 31),
    )  # fmt: skip


def test_a_second_import_changes_only_what_differs(office):
    same, other = expert_row(), expert_row(姓名="测试二", 证卡编号="K-2")
    made = upload(office, expert_workbook(same, other))
    office.post(url("import_apply", made.pk))
    again = upload(office, expert_workbook(same, {**other, "考评等级": "高级考评员"}))
    office.post(url("import_apply", again.pk))
    again.refresh_from_db()
    assert (again.added, again.changed) == (0, 1)
    assert Expert.objects.filter(grade="senior_assessor").count() == 1


def test_the_list_finds_sorts_and_exports(world, office):
    make_expert(world, "甲考评", card_until=date(2026, 3, 31))
    make_expert(world, "乙考评", grade="assessor", duties=["invigilate"])
    make_expert(world, "丙离任", hired_until=date(2026, 1, 1))

    def names(**query):
        page = office.get(url("expert_list"), query)
        return [each.person.name for each in page.context["page"]]

    assert sorted(names()) == ["乙考评", "甲考评"]
    assert names(q="甲") == names(state="card") == ["甲考评"]
    assert names(duty="invigilate") == names(grade="assessor") == ["乙考评"]
    assert names(sort="-card_until") == ["乙考评", "甲考评"]
    assert len(names(state="all")) == 3
    exported = openpyxl.load_workbook(io.BytesIO(office.get(url("expert_export")).content))
    assert exported.active["A1"].value == "姓名"
    assert exported.active.max_row == 3


def test_an_expert_is_registered_and_changed_by_forms(office):
    given = {
        "person-name": "测试三", "person-id_type": "居民身份证",
        "person-id_number": make_id_number(), "duties": ["assess"], "grade": "senior_assessor",
        "occupations": CRANE, "card_from": "2025-01-01", "card_until": "2027-12-31",
        "hired_from": "2025-01-01", "most_panels": "3",
    }  # fmt: skip
    assert office.post(url("expert_new"), given | {"card_until": ""}).status_code == 422
    assert office.post(url("expert_new"), given).status_code == 302
    expert = Expert.objects.get()
    office.post(url("expert_change", expert.pk), given | {"hired_until": "2026-12-31"})
    expert.refresh_from_db()
    assert expert.hired_until == date(2026, 12, 31)
    assert "2026-12-31" in office.get(url("expert_detail", expert.pk)).content.decode()


def test_an_expert_tells_by_phone_when_he_cannot_come(world, office):
    expert = make_expert(world, "高考评")
    user = make_user("高考评", world.port, Role.ASSESSOR)
    assert office.post(url("availability"), {"first_day": "2026-04-09"}).status_code == 422
    link_user(person=expert.person, user=user, org=world.port, by=None, at=MARCH_2)
    office.force_login(user)
    assert office.post(url("availability"), {"first_day": "2026-04-09"}).status_code == 302
    absence = Absence.objects.get()
    assert (absence.first_day, absence.last_day) == (date(2026, 4, 9), date(2026, 4, 9))
    assert "2026-04-09" in office.get(url("availability")).content.decode()
    office.post(url("absence_remove", absence.pk))
    assert Absence.objects.count() == 0


def test_a_room_is_booked_on_the_page_and_a_clash_says_why(world, office):
    venue = make_venue(world)
    room = make_room(world, venue)
    given = {
        "room": room.pk,
        "day": "2026-04-20",
        "start": "09:00",
        "end": "11:00",
        "purpose": "实操",
    }
    assert office.post(url("book", venue.pk), given | {"end": "09:00"}).status_code == 422
    assert office.post(url("book", venue.pk), given).status_code == 302
    made = Booking.objects.get()
    assert (made.starts_at, made.ends_at) == (at(20, 9), at(20, 11))
    answer = office.post(url("book", venue.pk), given | {"start": "10:00", "end": "12:00"})
    assert answer.status_code == 422
    assert "2026-04-20 09:00" in answer.content.decode()
    page = office.get(url("venue_detail", venue.pk), {"week": "2026-04-23"}).content.decode()
    assert "09:00–11:00" in page
    office.post(url("booking_cancel", made.pk))
    book(world, room, at(20, 10), at(20, 12))
