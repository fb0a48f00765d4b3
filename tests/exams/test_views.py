import json

import pytest
from django.core import signing
from django.db import transaction
from django.test import Client

from jiangjie.accounts.models import Role
from jiangjie.exams import candidate_views, queries, services
from jiangjie.exams.models import Answer, Paper
from jiangjie.exams.rules import lockdown
from tests.exams.factories import (
    END,
    after,
    check_in,
    id_tail,
    make_sitting,
    make_started,
    ring,
    seats,
    sign_in,
)
from tests.factories import make_user, make_world

pytestmark = pytest.mark.django_db
PAGE = {"X-Exam-Page": "1"}
CONSOLE_QUERIES = 6  # session, user, role, sitting, seats, who is out of the room


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


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: after(1))


def at_machine(seat, session=1):
    client = Client(headers=PAGE)
    client.cookies[candidate_views.COOKIE] = signing.dumps(
        [seat.pk, session], salt=candidate_views.SALT
    )
    return client


def signed_in_as(user):
    client = Client()
    client.force_login(user)
    return client


def message(machine, *saves):
    rows = [
        [each.session, each.sequence, each.unit, each.value, each.made_ms, each.seconds,
         candidate_views.b64encode(each.signature).decode()]
        for each in saves
    ]  # fmt: skip
    return json.dumps({"saves": rows, "seen": [1, 0, True, 2]})


def post(client, path, body):
    return client.post(path, body, content_type="application/json")


def test_the_door_gives_a_cookie_for_one_seat(world):
    (seat,) = seats(make_sitting(world, count=1))
    form = {
        "room_code": seat.sitting.room_code, "ticket": seat.application.ticket,
        "id_tail": id_tail(seat),
    }  # fmt: skip
    client = Client()
    assert client.post("/exam/", {**form, "id_tail": "000000"}).status_code == 422
    assert client.get("/exam/paper/")["Location"] == "/exam/"
    answer = client.post("/exam/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/exam/paper/")
    cookie = answer.cookies[candidate_views.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/exam/")
    assert "single" not in (page := client.get("/exam/paper/").content.decode())
    assert seat.application.person.name in page


def test_a_candidate_gets_the_package_of_his_own_form_and_no_key_before_the_bell(world):
    sitting = make_sitting(world, count=2)
    one, other = seats(sitting)
    for seat in (one, other):
        sign_in(seat)
        assert at_machine(seat).get("/exam/package/").content == bytes(seat.paper.package)
    assert one.paper_id != other.paper_id
    check_in(world, sitting)
    waiting = at_machine(one).get("/exam/start/").json()
    assert sorted(waiting) == ["ask_again", "checked_in", "now", "planned", "rung", "state"]
    ring(world, sitting)
    begun = at_machine(one).get("/exam/start/").json()
    assert begun["package_key"] != at_machine(other).get("/exam/start/").json()["package_key"]
    assert begun["seat_key"] != at_machine(other).get("/exam/start/").json()["seat_key"]


def test_without_a_seat_of_ones_own_nothing_is_given_or_taken(world):
    _, (machine, other) = make_started(world, count=2)
    body = message(machine, machine.write(1, "A", after(1)))
    forged = Client(headers=PAGE)
    forged.cookies[candidate_views.COOKIE] = signing.dumps([machine.seat.pk, 1], salt="other")
    no_header = at_machine(machine.seat)
    no_header.defaults.pop("HTTP_X_EXAM_PAGE")
    for client in (Client(headers=PAGE), forged, no_header):
        assert post(client, "/exam/save/", body).json()["code"] == "exams.signed_out"
    assert forged.get("/exam/start/").json()["state"] == "signed_out"
    assert forged.get("/exam/package/")["Location"] == "/exam/"
    # Another candidate's machine cannot write into this seat: the signature is not its own.
    assert post(at_machine(other.seat), "/exam/save/", body).json()["stored"] == []
    assert not Answer.objects.exists()
    answer = post(at_machine(machine.seat), "/exam/save/", body).json()
    assert (answer["stored"], answer["refused"]) == ([[1, 1]], [])
    (line, _) = queries.console(machine.seat.sitting, after(1))
    assert (line.seat.presence.is_hidden, line.seat.presence.times_hidden) == (True, 2)


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{}", '{"saves": 1, "seen": []}', '{"saves": [[1]], "seen": [0, 0, false, 0]}',
        '{"saves": [[1, 1, 1, "a\\u0000", 1, 1, ""]], "seen": [0, 0, false, 0]}',
        '{"saves": [[1, -1, 1, "a", 1, 1, ""]], "seen": [0, 0, false, 0]}',
        '{"saves": [[1, 1, 1, "a", 1, 1, "?"]], "seen": [0, 0, false, 0]}',
        '{"saves": [], "seen": [99999, 0, false, 0]}',
    ],
)  # fmt: skip
def test_garbage_is_refused(world, body):
    _, (machine,) = make_started(world, count=1)
    answer = post(at_machine(machine.seat), "/exam/save/", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")


def test_an_invigilator_works_in_his_own_room_only(world):
    sitting = make_sitting(world, count=1)
    other = make_user("另一监考", world.port, Role.INVIGILATOR)
    mine = services.arrange(
        batch=sitting.batch, title="理论", room="第九考场", planned_at=END, minutes=90,
        invigilators=[other], by=world.office, at=after(0),
    )  # fmt: skip
    client = signed_in_as(other)
    seat = seats(sitting)[0]
    assert client.get(f"/sittings/{mine.pk}/console/").status_code == 200
    for path in (f"/sittings/{sitting.pk}/console/", f"/seats/{seat.pk}/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/seats/{seat.pk}/check-in/").status_code == 404
    assert signed_in_as(world.supervisor).post(f"/seats/{seat.pk}/check-in/").status_code == 403
    assert signed_in_as(world.assessor).post(f"/seats/{seat.pk}/check-in/").status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_console_costs_the_same_for_any_number_of_seats(
    world, django_assert_num_queries, count
):
    sitting = make_sitting(world, count=count)
    client = signed_in_as(world.office)
    client.get("/sittings/")
    with django_assert_num_queries(CONSOLE_QUERIES):
        answer = client.get(f"/sittings/{sitting.pk}/console/seats/?sort=-state")
    assert answer.content.decode().count("核验通过") == count


def test_a_locked_room_opens_to_the_locked_browser(world):
    (seat,) = seats(make_sitting(world, count=1, browser="seb"))
    form = {
        "room_code": seat.sitting.room_code, "ticket": seat.application.ticket,
        "id_tail": id_tail(seat),
    }  # fmt: skip
    assert Client().post("/exam/", form).status_code == 422
    file = Client().get("/exam/settings.seb").content
    assert b"http://testserver/exam/" in file
    key = lockdown.config_key(
        lockdown.settings_for(
            start_url="http://testserver/exam/", quit_url="http://testserver/exam/over/"
        )
    )
    sent = lockdown.request_hash("http://testserver/exam/", key)
    header = {"X-SafeExamBrowser-ConfigKeyHash": sent}
    assert Client().post("/exam/", form, headers=header).status_code == 302
    assert Paper.objects.filter(sitting=seat.sitting).exists()


def test_the_page_is_kept_by_a_script_that_holds_for_the_exam_only(client):
    script = client.get("/exam/worker.js")
    assert script["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in script  # so no address above /exam/ is its affair
    assert script["Cache-Control"] == "no-cache"
    assert "exams/over.js" in client.get("/exam/over/").text
