"""Screens of the arrangement: the office's, the expert's and the candidate's."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from jiangjie.accounts.models import Role
from jiangjie.arrangement import services
from jiangjie.arrangement.models import Declaration, Letter, Panel, Seat, Solving, Tie
from jiangjie.people.services import link_user
from jiangjie.resources.models import Expert
from tests.arrangement.arranging import (
    APRIL_1,
    exam,
    make_arranged,
    make_candidates,
    make_panels,
    seat,
    seated,
)
from tests.factories import MARCH_2, make_user, make_world
from tests.planning.factories import make_announced_batch
from tests.resources.factories import make_expert, make_room, make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def office(world, client, monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: APRIL_1)
    client.force_login(world.office)
    return client


def url(name, *args):
    return reverse(f"arrangement:{name}", args=args)


def text(answer):
    return answer.content.decode()


def pdf(answer):
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_the_office_goes_from_candidates_to_letters(world, office):
    batch = make_announced_batch(world, levels=(4,))
    make_candidates(world, batch, 2)
    for name in "甲乙丙":
        make_expert(world, f"考评{name}", employer="")
    assert "还没有编组" in text(office.get(url("board", batch.pk)))
    given = {
        "part": "practical", "per_panel": 15, "size": 3, "day": "2026-04-18", "start": "09:00",
        "end": "12:00",
    }  # fmt: skip
    assert office.post(url("panels_new", batch.pk), given | {"end": "08:00"}).status_code == 422
    office.post(url("panels_new", batch.pk), given)
    panel = Panel.objects.get()
    room = make_room(world, make_venue(world))
    office.post(url("schedule", panel.pk), given | {"name": "一组", "room": room.pk})
    run = office.post(url("search", batch.pk), {"kind": "fill", "outside_percent": "0"})["Location"]
    asked = Solving.objects.get()
    assert "正在处理" in text(office.get(url("progress", asked.pk)))
    services.search(run_id=asked.pk, at=APRIL_1)
    assert office.get(url("progress", asked.pk))["HX-Refresh"] == "true"
    assert "考评甲" in text(office.get(run))
    office.post(url("run_apply", asked.pk))
    assert sorted(seated(panel)) == sorted(["考评丙", "考评乙", "考评甲"])
    office.post(url("publish", batch.pk))
    letter = Letter.objects.first()
    printed = pdf(office.get(url("letter_print", letter.pk)))
    assert "考评人员派遣令" in printed and "流机实训场1号工位" in printed
    assert "签到表" in pdf(office.get(url("sign_in", panel.pk)))
    assert "3702**********" in pdf(office.get(url("room_notice", panel.pk)))
    assert "准考证" in pdf(office.get(url("tickets", batch.pk)))
    exported = openpyxl.load_workbook(io.BytesIO(office.get(url("export", batch.pk)).content))
    assert exported.active.max_row == 4


def test_a_refused_choice_names_the_rule_beside_the_list(world, office):
    _, panel, _, _ = make_arranged(world, experts="甲")
    expired = make_expert(world, "过期", hired_until=MARCH_2.date())
    page = text(office.get(url("panel", panel.pk)))
    assert "不在聘期内" in page and "1人符合" in page
    answer = office.post(url("seat", panel.pk), {"expert": expired.pk})
    assert (answer.status_code, Seat.objects.count()) == (422, 0)
    assert office.post(url("seat", panel.pk), {"expert": "x"}).status_code == 422


def test_seats_are_locked_chaired_and_left(world, office):
    _, panel, (first, second, *_), _ = make_arranged(world)
    seats = [seat(world, panel, each) for each in (first, second)]
    office.post(url("seat_lock", seats[0].pk))
    for each in seats:
        office.post(url("seat_chair", each.pk))
    office.post(url("seat_leave", seats[0].pk), {"reason": "病假"})
    assert list(panel.seats.order_by("pk").values_list("is_locked", "is_chair", "left_reason")) == [
        (False, False, "病假"), (True, True, ""),
    ]  # fmt: skip


def test_why_not_is_shown_with_what_each_would_bring(world, office):
    batch, _, _, _ = make_arranged(world, experts="甲乙")
    make_expert(world, "过期", hired_until=MARCH_2.date())
    asked = services.ask_search(
        batch=batch, kind="fill", outside_percent=0, by=world.office, at=APRIL_1
    )
    services.search(run_id=asked.pk, at=APRIL_1)
    page = text(office.get(url("run", asked.pk)))
    assert "过期不能参加操作技能考评组1：2026-04-18不在聘期内。" in page
    assert "不作这一要求即可安排。" in page


@pytest.fixture
def sent(world, office):
    """A published batch in which the expert and a candidate have accounts."""
    batch, panel, experts, cases = make_arranged(world, people=2)
    users = []
    for person, role in ((experts[0].person, Role.ASSESSOR), (cases[0].person, Role.WORKER)):
        user = make_user(person.name, world.port, role)
        link_user(person=person, user=user, org=world.port, by=None, at=MARCH_2)
        users.append(user)
    for each in experts[:3]:
        seat(world, panel, Expert.objects.get(pk=each.pk))
    services.publish(batch=batch, by=world.office, at=APRIL_1)
    return batch, cases[0], *users


def test_the_expert_answers_and_declares_on_the_phone(world, office, sent):
    batch, _, expert, _ = sent
    office.force_login(expert)
    assert "请为“起重装卸机械操作工第一批”作出回避声明" in text(office.get(url("duties")))
    declare = url("declare", batch.pk, "expert")
    assert office.post(declare, {"names": ""}).status_code == 422
    office.post(declare, {"names": "王某，亲属", "promise": "on"})
    assert Declaration.objects.get().names == "王某，亲属"
    letter = Letter.objects.get(seat__expert__person__user=expert)
    office.post(url("letter_answer", letter.pk), {"answer": "yes"})
    letter.refresh_from_db()
    assert letter.is_accepted is True
    calendar = office.get(url("duty_calendar")).content.decode()
    assert "DTSTART:20260418T010000Z" in calendar
    assert max(len(line.encode()) for line in calendar.split("\r\n")) <= 75
    assert office.get(url("declare", batch.pk, "candidate")).status_code == 404


def test_the_candidate_sees_prints_and_keeps_his_ticket(world, office, sent):
    _, case, _, candidate = sent
    office.force_login(candidate)
    page = text(office.get(url("tickets_own")))
    assert case.ticket in page and "2026年4月18日 09:00—12:00" in page
    printed = pdf(office.get(url("ticket_print", case.pk)))
    assert case.ticket in printed and "3702**********" in printed
    assert "BEGIN:VEVENT" in text(office.get(url("ticket_calendar", case.pk)))


def test_ties_are_recorded_found_and_taken_back(world, office, sent):
    batch, case, _, _ = sent
    other = Expert.objects.get(person__name="考评丁").person
    given = {"person": case.person_id, "other": other.pk, "kind": "trainer", "source": "培训名册"}
    assert (
        office.post(url("tie_new", batch.pk), given | {"other": case.person_id}).status_code == 422
    )
    office.post(url("tie_new", batch.pk), given)
    assert "培训名册" in text(office.get(url("tie_list", batch.pk), {"q": "考评丁"}))
    office.post(url("tie_take_back", Tie.objects.get().pk), {"batch": batch.pk})
    assert "培训名册" not in text(office.get(url("tie_list", batch.pk)))


def test_the_board_costs_the_same_with_more_on_it(world, office):
    batch, panel, experts, _ = make_arranged(world)
    seat(world, panel, experts[0])

    def cost():
        with CaptureQueriesContext(connection) as seen:
            office.get(url("board", batch.pk))
            office.get(url("panel", panel.pk))
        return len(seen)

    before = cost()
    make_candidates(world, batch, 3)
    (more,) = make_panels(world, batch, starts_at=exam(13), ends_at=exam(15))
    seat(world, more, experts[1])
    seat(world, panel, experts[2])
    make_expert(world, "又一人")
    assert cost() == before
