from io import BytesIO

import pytest
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from jiangjie.accounts.models import Role
from jiangjie.accounts.services import give_role
from jiangjie.marking import queries, services
from jiangjie.marking.models import GivenMark, Round
from tests.factories import make_user, make_world
from tests.marking.factories import (
    ANSWER,
    CLOSED,
    DAY,
    make_markers,
    make_released,
    make_round,
    make_sat,
    mark_all,
    scripts,
    shares,
)

pytestmark = pytest.mark.django_db
SCRIPT_QUERIES = 7  # session, user, role, notices, round, count, scripts


@pytest.fixture(scope="module")
def sat(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            world = make_world()
            yield world, make_sat(world), make_markers(world)
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: CLOSED)


def signed_in_as(user):
    client = Client()
    client.force_login(user)
    return client


def names(sitting):
    return [seat.application.person.name for seat in sitting.seats.all()]


def test_a_marker_marks_without_knowing_whom(sat):
    world, sitting, markers = sat
    found = make_round(world, sitting, markers)
    first, second, _ = shares(found)
    client = signed_in_as(first.marker)
    desk = client.get("/me/marking/")
    assert (desk.status_code, "0 / 3" in desk.text) == (200, True)
    url = f"/me/marking/{first.pk}/"
    page = client.get(url)
    assert all(text in page.text for text in (ANSWER, "机密要点", "机密评分", "密号0001", "0 / 3"))
    seen = desk.text + page.text
    assert [name for name in names(sitting) if name in seen] == []
    response = page.context["response"]

    assert client.post(url, {"response": response.pk, "points": "x"}).status_code == 422
    refused = client.post(url, {"response": response.pk, "points": "5.5"})
    assert (refused.status_code, "marking.points_impossible" in refused.text) == (422, True)
    assert client.post(url, {"response": response.pk, "points": "4.5"}).status_code == 302
    assert "1 / 3" in client.get(url).text
    # Opened again and mended; the page that was overtaken is refused.
    again = client.get(url, {"response": response.pk})
    assert "已评4.50分" in again.text
    mended = {"response": response.pk, "points": "4", "seen": "450"}
    assert client.post(url, mended).status_code == 302
    assert client.post(url, {**mended, "points": "3"}).status_code == 422
    assert GivenMark.objects.get(response=response).points == 400
    assert client.get(url, {"response": "99999999999999999999"}).status_code == 404
    assert client.post(f"{url}undo/").status_code == 302
    assert not GivenMark.objects.exists()

    # Somebody else's share is not there, whoever he is.
    for user in (second.marker, world.office, world.stranger):
        assert signed_in_as(user).get(url).status_code in (403, 404)
    mark_all(found, lambda place, number: 400)
    assert "这道题的评分已签字" in client.get(url).text
    # Nor do the office's pages tell a marker of the office what the other gave.
    assert signed_in_as(world.office).get(f"/marking/{found.pk}/").context["may_see"]


def test_an_office_that_marks_too_stays_blind_until_the_sums_are_made(sat):
    world, sitting, markers = sat
    both = make_user("双岗", world.port, Role.ASSESSOR)
    give_role(user=both, org=world.port, role=Role.OFFICE, since=CLOSED.date(), by=world.admin,
              at=CLOSED)  # fmt: skip
    found = make_round(world, sitting, [both, markers[0]])
    mark_all(found, lambda place, number: 400)
    client = signed_in_as(both)
    assert client.get(f"/marking/{found.pk}/").context["habits"] == []
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    assert len(client.get(f"/marking/{found.pk}/").context["habits"]) == 2


def test_the_office_goes_through_a_round_on_its_screens(sat):
    world, sitting, markers = sat
    office, committee = signed_in_as(world.office), signed_in_as(world.committee)
    batch = sitting.batch_id
    assert "3份答卷已收" in office.get("/marking/").text
    assert "建立阅卷轮次" in office.get(f"/batches/{batch}/marking/").text
    assert office.get(f"/batches/{batch}/marking/new/").status_code == 200
    wishes = {"title": "第一轮", "limit_percent": "20", "third": "mean"}
    assert office.post(f"/batches/{batch}/marking/new/", {**wishes, "limit_percent": "101"}).status_code == 422  # fmt: skip
    assert office.post(f"/batches/{batch}/marking/new/", wishes).status_code == 302
    found = Round.objects.get()
    url = f"/marking/{found.pk}/"
    assert "待分配阅卷人" in office.get("/marking/").text
    assert office.get(f"{url}share/").status_code == 200
    assert office.post(f"{url}share/", {"markers": [markers[0].pk]}).status_code == 422
    chosen = {"markers": [marker.pk for marker in markers[:2]]}
    assert office.post(f"{url}share/", chosen).status_code == 302
    mark_all(found, lambda place, number: 100 * place if number == 1 else 300)
    hand = f"/marking/questions/{found.questions.get().pk}/hand/"
    assert office.get(hand).status_code == 200
    assert office.post(f"{url}close/").status_code == 302
    assert "合分后显示成绩" not in office.get(f"{url}scripts/").text
    assert "请合分人以外的人复核合分" in office.get(url).text
    assert office.post(f"{url}check/").status_code == 422
    assert committee.post(f"{url}check/").status_code == 302
    assert office.post(f"{url}release/").status_code == 302
    assert "已发布" in office.get(url).text

    sheet = load_workbook(BytesIO(office.get(f"{url}scripts.xlsx").content)).active
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == [
        script.sheet.seat.application.person.name for script in scripts(found)
    ]
    listed = [each.score for each in office.get(f"{url}scripts/?sort=-score").context["page"]]
    assert listed == sorted(listed, reverse=True)
    analysis = office.get(f"{url}analysis/")
    assert all(text in analysis.text for text in ("只有", "合格率", "区分度"))
    assert office.get(f"{url}analysis.xlsx").status_code == 200
    # The items of this paper are in no bank.
    assert office.post(f"{url}statistics/").status_code == 422
    script = scripts(found)[0]
    assert "机器核对：各题已评，合计无误" in office.get(f"/marking/scripts/{script.pk}/").text
    slip = f"/marking/scripts/{script.pk}/slip/"
    assert office.get(slip).status_code == 200
    assert office.post(slip, {"unit": "9", "points": "5", "reason": "漏看"}).status_code == 302
    made = script.slips.get()
    decide = f"/marking/slips/{made.pk}/decide/"
    assert committee.post(decide).status_code == 422
    assert committee.post(decide, {"accept": "yes"}).status_code == 302
    assert "已更正" in office.get(f"/marking/scripts/{script.pk}/").text


def test_a_candidate_asks_on_his_own_page_and_reads_the_answer(sat, monkeypatch):
    world, sitting, markers = sat
    found = make_released(world, sitting, markers)
    script, other, _ = scripts(found)
    person = script.sheet.seat.application.person
    person.user = make_user("考生", world.unit_a, Role.WORKER)
    person.save()
    client = signed_in_as(person.user)
    own = client.get("/me/theory/")
    assert ("2026-05-12" in own.text, f"/me/theory/{script.pk}/recheck/" in own.text) == (
        True,
        True,
    )
    url = f"/me/theory/{script.pk}/recheck/"
    assert client.get(url).status_code == 200
    assert client.get(f"/me/theory/{other.pk}/recheck/").status_code == 404
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: CLOSED + 30 * DAY)
    late = client.post(url, {"reason": "漏评"})
    assert (late.status_code, "复核申请" in late.text) == (422, True)
    assert url not in client.get("/me/theory/").text
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: CLOSED)
    assert client.post(url, {"reason": "第9题可能漏评"}).status_code == 302
    assert "复核中" in client.get("/me/theory/").text

    recheck = script.recheck
    office = signed_in_as(world.office)
    assert person.name in office.get("/marking/rechecks/").text
    page = f"/marking/rechecks/{recheck.pk}/"
    assert "第9题可能漏评" in office.get(page).text
    finding = {"is_in_order": "yes", "note": "各题已评，合计无误。"}
    assert office.post(page, {**finding, "note": ""}).status_code == 422
    for user in (world.office, world.committee):
        assert signed_in_as(user).post(page, finding).status_code == 302
    answered = client.get("/me/theory/").text
    assert ("维持原成绩" in answered, "各题已评，合计无误。" in answered) == (True, True)


def test_lists_cost_the_same_whatever_they_hold(sat, django_assert_num_queries):
    world, sitting, markers = sat
    found = make_released(world, sitting, markers)
    office = signed_in_as(world.office)
    ticket = scripts(found)[0].sheet.seat.application.ticket
    for query, count in (({"q": ticket}, 1), ({}, 3)):
        with django_assert_num_queries(SCRIPT_QUERIES):
            page = office.get(f"/marking/{found.pk}/scripts/", query)
        assert len(page.context["page"].object_list) == count


def test_what_waits_for_whom(sat):
    world, sitting, markers = sat

    def tasks(user):
        page = signed_in_as(user).get("/")
        groups = {group.title: group for group in page.context["waiting"].groups}
        return (
            [each.task.title for each in groups["理论阅卷"].tasks] if "理论阅卷" in groups else []
        )

    assert "建立阅卷轮次" in tasks(world.office)
    found = services.open_round(batch=sitting.batch, title="第一轮", by=world.office, at=CLOSED)
    assert "分配阅卷任务" in tasks(world.office)
    services.share_out(round_id=found.pk, markers=markers, by=world.office, at=CLOSED)
    first = shares(found)[0]
    assert "评阅3份答案" in tasks(first.marker)
    for response in queries.waiting(first):
        services.give_mark(share_id=first.pk, response_id=response.pk, points=300,
                           by=first.marker, at=CLOSED)  # fmt: skip
    assert "签署评分" in tasks(first.marker)
    mark_all(found, lambda place, number: 300)
    assert tasks(first.marker) == []
    assert "合分" in tasks(world.office)
    services.close_round(round_id=found.pk, by=world.office, at=CLOSED)
    assert "复核合分" not in tasks(world.office)
