"""The screens of room nodes, at the centre and on the node."""

from io import BytesIO

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from jiangjie.accounts.models import User
from jiangjie.exams import keys, node_views, services
from jiangjie.exams.models import Place, RoomPackage, Sitting
from jiangjie.exams.rules import room_files
from jiangjie.ledger.models import Event
from tests.exams.factories import after, check_in, make_sitting, seats, sign_in
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


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: after(1))


def signed_in_as(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_office_packs_hands_over_and_takes_back_and_the_room_runs_it(world):
    sitting = make_sitting(world, count=1)
    office = signed_in_as(world.office)
    page = f"/sittings/{sitting.pk}/node/"
    assert "生成考场包" in office.get(page).text
    assert office.post(f"{page}pack/").status_code == 302
    package = RoomPackage.objects.get(sitting=sitting)
    code = keys.load_code(package.uid)
    assert code in office.get(page).text
    start_code = keys.start_code(package.uid)
    assert start_code not in office.get(page).text
    answer = office.post(f"{page}start-code/")
    assert start_code in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.filter(action="exams.start_code_given").count() == 1
    assert signed_in_as(world.assessor).get(page).status_code == 403
    assert "本场由考场节点组织" in office.get(f"/sittings/{sitting.pk}/console/").text
    file = office.get(f"{page}package").content

    with another_machine(file, code) as there:
        watch = signed_in_as(User.objects.get(pk=world.assessor.pk))
        console = f"/sittings/{there.pk}/console/"
        check_in(world, there)
        (seat,) = seats(there)
        assert watch.get(f"/seats/{seat.pk}/").status_code == 200
        machine = sign_in(seat)
        assert "开考密码" in watch.get(console).text
        ring = f"/sittings/{there.pk}/bell/"
        wrong = watch.post(ring, {"start_code": "AAAA"})
        assert (wrong.status_code, "开考密码不正确" in wrong.text) == (422, True)
        assert watch.post(ring, {"start_code": start_code.lower()}).status_code == 302
        services.start(seat_id=seat.pk, session=1, at=after(1))
        machine.answer(1, "B", after(1))

        stranger = Client()
        assert stranger.get("/exam/node/journal").status_code == 404
        key = keys.follow_key()
        spare = Client(headers={"X-Room": node_views.pass_word(key)})
        for since, count in (
            ("", 1),
            ("2026-04-18T01:00:00Z", 1),
            ("2027-01-01T00:00:00Z", 0),
            ("x", 1),
        ):
            told = spare.get("/exam/node/journal", {"since": since}).content
            assert b"jiangjie" not in told
            lines = room_files.read_results(
                keys.unlock_package(told, key), settings.KEYS.ledger_key().public_key()
            )
            assert sum(line["kind"] == "answer" for line in lines) == count
            assert lines[0]["uid"] == package.uid
        results = watch.get(f"/sittings/{there.pk}/node/results.jsonl").content

    sent = office.post(f"{page}results/", {"file": BytesIO(results)}, follow=True)
    assert "答案1条，其中新增1条" in sent.text
    assert office.post(f"{page}results/", {}).status_code == 422
    assert "节点尚未收卷" in sent.text
    refused = office.post(f"{page}withdraw/", {"reason": "改回"})
    assert (refused.status_code, "不能收回" in refused.text) == (422, True)


def test_a_spare_shows_what_it_follows_and_takes_over(world):
    sitting = make_sitting(world, count=1)
    package = services.pack_room(sitting_id=sitting.pk, by=world.office, at=after(-60))
    code = keys.load_code(package.uid)
    with another_machine(services.package_file(package), code, is_spare=True) as there:
        watch = signed_in_as(User.objects.get(pk=world.assessor.pk))
        console = watch.get(f"/sittings/{there.pk}/console/").text
        assert "还没有连上主机" in console
        assert "打铃开考" not in console
        (seat,) = seats(there)
        asked = Client(headers={"X-Exam-Page": "1"})
        refused = asked.post(
            "/exam/",
            {"room_code": there.room_code, "ticket": seat.application.ticket, "id_tail": "000000"},
        )
        assert "本机是备用节点" in refused.text
        watch.post(f"/sittings/{there.pk}/node/take-over/")
        assert Sitting.objects.get().place == Place.NODE
        assert "打铃开考" in watch.get(f"/sittings/{there.pk}/console/").text
