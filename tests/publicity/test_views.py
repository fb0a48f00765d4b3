from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.people.models import Person
from jiangjie.publicity import limits
from jiangjie.publicity.models import Objection, PublicityPeriod
from tests.factories import make_user, make_world
from tests.publicity.factories import (
    DAY_AFTER,
    assign,
    make_handler,
    make_qualification_period,
    make_result_period,
    make_reviewed_batch,
    object_to,
    settle,
)
from tests.results.factories import AFTER_EXAM, cases_of, make_case, make_signed_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the pages."""
    cache.clear()

    def to(instant):
        monkeypatch.setattr("jiangjie.web.clock.now", lambda: instant)

    to(AFTER_EXAM)
    return to


def url(name, *args):
    return reverse(f"publicity:{name}", args=args)


def titles(user, at):
    today = at.date()
    return [
        (task.title, task.due)
        for task in tasks_for(user, acting_of(user, None, today), today)
        if task.group == "公示与异议"
    ]


# ---- what anybody may see -------------------------------------------------------------------


def test_the_public_pages_open_without_log_in_and_show_only_what_is_masked(client, world, at):
    period = make_result_period(world, passed=2)
    objection = object_to(period, objector="举报人甲", contact="13900000000")
    people = [case.person for case in cases_of(period.batch)]

    pages = [
        url("period_list"), url("period", period.pk), url("objection_new", period.pk),
        url("receipt_find"), url("receipt", objection.receipt),
    ]  # fmt: skip
    for page in pages:
        response = client.get(page)
        assert (page, response.status_code) == (page, 200)
        text = response.content.decode()
        for secret in (*(person.name for person in people), "举报人甲", "13900000000",
                       str(world.office), "周委员"):  # fmt: skip
            assert secret not in text
    shown = client.get(url("period", period.pk)).content.decode()
    assert period.rows[0]["name"] in shown
    assert people[0].id_masked in shown
    assert period.digest in shown


def test_a_period_that_has_not_begun_is_nobodys_business(client, world, at):
    period = make_result_period(world, first_day=AFTER_EXAM.date() + timedelta(days=2))

    assert client.get(url("period_list")).context["periods"] == []
    for name in ("period", "objection_new"):
        assert client.get(url(name, period.pk)).status_code == 404


def test_the_page_says_which_working_day_it_is_and_on_what_ground(client, world, at):
    period = make_result_period(world)
    at(AFTER_EXAM + timedelta(days=2))

    text = client.get(url("period", period.pk)).content.decode()

    assert "第2个工作日，共5个" in text
    assert "2026-04-20至2026-04-27" in text
    assert period.term_source in text
    assert "未核实" in text  # the mark of confidence S~


def test_the_list_is_searched_as_it_is_published(client, world, at):
    batch = make_signed_batch(world, passed=3)
    period = make_result_period(world, batch)
    other = period.rows[1]

    def found(text):
        page = client.get(url("period", period.pk), {"q": text}).context["page"]
        return [row["no"] for row in page.object_list]

    assert found("") == [1, 2, 3]
    assert found(other["unit"]) == [1, 2, 3]
    assert found(cases_of(batch)[0].person.name) == []  # a full name matches no masked one
    assert found("没有这个人") == []


def test_an_exceptional_route_is_shown(client, world, at):
    batch = make_reviewed_batch(world, count=1)
    make_case(world, batch, route="theory_exempt")
    period = make_qualification_period(world, batch)

    assert [row["route"] for row in period.rows] == ["", "免理论"]
    assert "免理论" in client.get(url("period", period.pk)).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_cost_the_same_for_any_number(
    client, world, at, django_assert_num_queries, count
):
    first = make_result_period(world, passed=count)
    for number in range(count - 1):
        batch = make_signed_batch(world, passed=1, plan=first.batch.plan, title=f"批次{number}")
        make_result_period(world, batch)

    for name, args, expected in (("period_list", (), 2), ("period", (first.pk,), 1)):
        with django_assert_num_queries(expected):
            assert client.get(url(name, *args)).status_code == 200


# ---- objecting ------------------------------------------------------------------------------


def test_anybody_objects_and_follows_it_by_the_receipt(client, world, at):
    period = make_result_period(world)

    response = client.post(
        url("objection_new", period.pk), {"line": "2", "text": "工龄不符", "objector": "王某"}
    )

    objection = Objection.objects.get()
    assert response.url == url("receipt", objection.receipt)
    assert (objection.application_id, objection.objector) == (
        period.rows[1]["application"], "王某"
    )  # fmt: skip
    assert "已受理" in client.get(response.url).content.decode()
    handler = make_handler(world)
    assign(objection, handler, world=world)
    settle(objection, handler, "dismissed")
    text = client.get(response.url).content.decode()
    assert "异议不成立" in text and "经查证如此" in text and "工龄不符" in text
    assert "王某" not in text and str(handler) not in text


def test_against_the_whole_list_without_a_name(client, world, at):
    period = make_result_period(world)

    client.post(url("objection_new", period.pk), {"line": "", "text": "评分不公"})

    objection = Objection.objects.get()
    assert (objection.application_id, objection.objector) == (None, "")


def test_an_objection_without_words_comes_back_with_all_that_was_typed(client, world, at):
    period = make_result_period(world)

    response = client.post(
        url("objection_new", period.pk), {"line": "9", "text": " ", "objector": "王某"}
    )

    assert response.status_code == 422
    assert sorted(response.context["form"].errors) == ["line", "text"]
    assert 'value="王某"' in response.content.decode()
    assert not Objection.objects.exists()


def test_after_the_last_day_the_page_says_so_with_the_clause(client, world, at):
    period = make_result_period(world)
    at(DAY_AFTER)

    assert url("objection_new", period.pk) not in client.get(
        url("period", period.pk)
    ).content.decode()  # fmt: skip
    response = client.post(url("objection_new", period.pk), {"text": "迟到"})
    assert response.status_code == 422
    assert (response.context["refusal"].code, response.context["refusal"].source) == (
        "publicity.over", period.term_source
    )  # fmt: skip


def test_one_address_cannot_flood_the_office(client, world, at):
    period = make_result_period(world)

    def send(**headers):
        data = {"line": "", "text": "灌水"}
        return client.post(url("objection_new", period.pk), data, **headers).status_code

    sent = [send() for _ in range(limits.OBJECTIONS_AN_HOUR + 1)]

    assert sent == [302] * limits.OBJECTIONS_AN_HOUR + [422]
    assert send(headers={"x-forwarded-for": "10.9.9.9"}) == 422  # no proxy is trusted
    assert send(REMOTE_ADDR="10.9.9.9") == 302
    at(AFTER_EXAM + timedelta(hours=1))
    assert send() == 302


def test_receipts_cannot_be_guessed_in_bulk(client, world, at):
    objection = object_to(make_result_period(world))
    typed = objection.receipt.lower()
    assert client.get(url("receipt_find"), {"receipt": f" {typed[:4]} {typed[4:]}"}).url == url(
        "receipt", objection.receipt
    )
    assert client.get(url("receipt_find"), {"receipt": "YY0"}).status_code == 422

    tried = [client.get(url("receipt", f"YY{n}")).status_code for n in range(30)]

    assert tried == [404] * 28 + [422] * 2


# ---- the staff ------------------------------------------------------------------------------


STAFF_PAGES = {
    "period_manage_list": {"office", "committee", "supervisor", "admin", "officer"},
    "period_export": {"office", "committee", "supervisor", "admin", "officer"},
    "objection_list": {"office", "committee", "supervisor"},
    "objection_export": {"office", "committee", "supervisor"},
}
ROLES = (
    "office", "committee", "supervisor", "admin", "officer", "worker", "clerk_a", "payroll",
    "assessor", "nobody",
)  # fmt: skip


@pytest.mark.parametrize(("name", "allowed"), STAFF_PAGES.items())
def test_every_role_on_the_lists(client, world, at, name, allowed):
    for role in ROLES:
        client.force_login(getattr(world, role))
        status = client.get(url(name)).status_code
        assert (role, status) == (role, 200 if role in allowed else 403)
    client.logout()
    assert client.get(url(name)).status_code == 302


def test_another_organisations_things_do_not_exist(client, world, at):
    period = make_result_period(world)
    objection = object_to(period)
    client.force_login(world.stranger)

    assert client.get(url("period_manage_list")).context["periods"] == []
    assert list(client.get(url("objection_list")).context["page"]) == []
    for name, args in (
        ("period_manage", (period.pk,)), ("period_print", (period.pk,)),
        ("result", (period.batch_id,)), ("period_new", (period.batch_id, "result")),
        ("objection_detail", (objection.pk,)),
    ):  # fmt: skip
        assert (name, client.get(url(name, *args)).status_code) == (name, 404)
    for name, args in (
        ("period_close", (period.pk,)), ("period_new", (period.batch_id, "result")),
        ("objection_assign", (objection.pk,)), ("objector", (objection.pk,)),
        ("objection_settle", (objection.pk,)),
    ):  # fmt: skip
        assert (name, client.post(url(name, *args)).status_code) == (name, 404)


def test_a_bureaus_officer_reads_but_neither_publishes_nor_sees_objections(client, world, at):
    period = make_result_period(world)
    object_to(period)
    client.force_login(world.officer)

    page = client.get(url("period_manage", period.pk))

    assert (page.status_code, list(page.context["objections"])) == (200, [])
    assert client.post(url("period_close", period.pk)).status_code == 403
    assert client.post(url("period_new", period.batch_id, "result")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_staff_pages_cost_the_same_for_any_number(
    client, world, at, django_assert_num_queries, count
):
    period = make_result_period(world, passed=3)
    objections = [object_to(period, line) for line in range(count)]
    handler = make_handler(world)
    for objection in objections:
        assign(objection, handler, world=world)
    client.force_login(world.office)
    client.get(url("period_manage_list"))

    for name, args, expected in (
        ("period_manage_list", (), 6),
        ("period_manage", (period.pk,), 7),
        ("objection_list", (), 6),
        ("objection_detail", (objections[0].pk,), 10),
        ("objection_export", (), 4),
    ):
        with django_assert_num_queries(expected):
            assert client.get(url(name, *args)).status_code == 200


def test_publishing_shows_day_and_clause_before_it_is_confirmed(client, world, at):
    batch = make_signed_batch(world, passed=2)
    client.force_login(world.office)
    assert titles(world.office, AFTER_EXAM) == [("发布结果公示", None)]
    assert client.get(url("result", batch.pk)).url == url("period_new", batch.pk, "result")

    page = client.get(url("period_new", batch.pk, "result"))

    assert (str(page.context["last_day"]), page.context["term"].confidence) == ("2026-04-27", "S~")
    assert not PublicityPeriod.objects.exists()
    later = client.get(url("period_new", batch.pk, "result"), {"first_day": "2026-04-29"})
    assert str(later.context["last_day"]) == "2026-05-09"
    answer = client.post(url("period_new", batch.pk, "result"), {"first_day": "2026-04-29"})
    period = PublicityPeriod.objects.get()
    assert (answer.url, str(period.last_day)) == (url("period_manage", period.pk), "2026-05-09")
    assert client.get(url("result", batch.pk)).url == url("period_manage", period.pk)


def test_a_calendar_that_ends_is_told_where_the_day_would_stand(client, world, at):
    batch = make_signed_batch(world, passed=1)
    client.force_login(world.office)

    page = client.get(url("period_new", batch.pk, "result"), {"first_day": "2026-12-30"})

    assert (page.status_code, page.context["refusal"].code, page.context["last_day"]) == (
        200, "calendar.year_not_loaded", None
    )  # fmt: skip
    assert reverse("policy:pack_list") in page.content.decode()
    answer = client.post(url("period_new", batch.pk, "result"), {"first_day": "2026-12-30"})
    assert (answer.status_code, PublicityPeriod.objects.count()) == (422, 0)


def test_who_may_not_publish_sees_the_list_without_the_button(client, world, at):
    batch = make_signed_batch(world, passed=1)
    client.force_login(world.committee)

    page = client.get(url("period_new", batch.pk, "result"))

    assert (page.status_code, page.context["may_open"]) == (200, False)
    assert client.post(url("period_new", batch.pk, "result")).status_code == 403


def test_closing_on_screen(client, world, at):
    period = make_result_period(world)
    client.force_login(world.office)
    refused = client.post(url("period_close", period.pk))
    assert (refused.status_code, refused.context["refusal"].code) == (
        422, "publicity.not_over_yet"
    )  # fmt: skip
    assert titles(world.office, AFTER_EXAM) == []
    at(DAY_AFTER + timedelta(hours=9))
    assert titles(world.office, DAY_AFTER + timedelta(hours=9)) == [
        ("结束公示", period.last_day + timedelta(days=1))
    ]

    client.post(url("period_close", period.pk))

    period.refresh_from_db()
    assert period.closed_by == world.office


def test_an_objection_from_assignment_to_decision(client, world, at):
    objection = object_to(make_result_period(world), objector="举报人甲")
    handler = make_handler(world)
    assert titles(world.office, AFTER_EXAM) == [
        (f"指定异议处理人 {objection.receipt}", objection.answer_by_day)
    ]
    client.force_login(world.office)
    page = client.get(url("objection_detail", objection.pk))
    assert [name for _, name in page.context["assign"].fields["handler"].choices] == [
        "沈独立", "郑督导"
    ]  # fmt: skip
    assert "参与过所涉事项的审核" in page.content.decode()
    refused = client.post(url("objection_assign", objection.pk), {"handler": world.office.pk})
    assert refused.context["refusal"].code == "publicity.not_independent"
    assert client.post(
        url("objection_assign", objection.pk), {"handler": world.stranger.pk}
    ).status_code == 404  # fmt: skip
    client.post(url("objection_assign", objection.pk), {"handler": handler.pk})
    assert "举报人甲" not in client.get(url("objection_detail", objection.pk)).content.decode()
    assert client.post(url("objector", objection.pk)).status_code == 422
    assert titles(world.office, AFTER_EXAM) == []

    assert titles(handler, AFTER_EXAM) == [
        (f"处理异议 {objection.receipt}", objection.answer_by_day)
    ]
    client.force_login(handler)
    assert "举报人甲" not in client.get(url("objection_detail", objection.pk)).content.decode()
    assert "举报人甲" in client.post(url("objector", objection.pk)).content.decode()
    assert Event.objects.filter(action="publicity.objector_seen", by=handler).count() == 1
    empty = client.post(url("objection_settle", objection.pk), {"outcome": "", "decision": ""})
    assert (empty.status_code, sorted(empty.context["settle"].errors)) == (
        422, ["decision", "outcome"]
    )  # fmt: skip
    client.post(
        url("objection_settle", objection.pk), {"outcome": "upheld", "decision": "查证属实"}
    )

    objection.refresh_from_db()
    assert (objection.outcome, objection.settled_by) == ("upheld", handler)
    assert titles(handler, AFTER_EXAM) == []


def test_nobody_sees_the_objection_against_himself(client, world, at):
    objection = object_to(make_result_period(world))
    clerk = make_user("韩当事", world.port, Role.OFFICE)
    Person.objects.filter(pk=objection.application.person_id).update(user=clerk)
    client.force_login(clerk)

    assert list(client.get(url("objection_list")).context["page"]) == []
    assert client.get(url("objection_detail", objection.pk)).status_code == 404
    assert titles(clerk, AFTER_EXAM) == []


def test_lists_are_filtered_and_exported(client, world, at):
    period = make_result_period(world, passed=2)
    one, two = object_to(period, 0), object_to(period, None)
    assign(two, make_handler(world), world=world)
    client.force_login(world.supervisor)

    def listed(**query):
        return [each.pk for each in client.get(url("objection_list"), query).context["page"]]

    assert sorted(listed()) == [one.pk, two.pk]
    assert listed(state="unassigned") == [one.pk]
    assert listed(state="open") == [two.pk]
    assert listed(state="upheld") == []
    assert listed(q=one.receipt.lower()) == [one.pk]
    sheet = openpyxl.load_workbook(
        BytesIO(client.get(url("objection_export"), {"state": "open"}).getvalue())
    ).active
    assert [cell.value for cell in sheet[2]][:3] == [two.receipt, period.title, "整个公示名单"]

    def periods(**query):
        return [
            each.pk for each, _ in client.get(url("period_manage_list"), query).context["periods"]
        ]

    assert periods(state="running") == [period.pk]
    assert periods(state="closed") == periods(kind="qualification") == periods(q="没有") == []


def test_the_printed_list_is_a_pdf(client, world, at):
    period = make_result_period(world)
    client.force_login(world.office)

    response = client.get(url("period_print", period.pk))

    assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")


def test_tasks_cost_the_same_for_any_number(world):
    period = make_result_period(world, passed=3)
    acting = acting_of(world.office, None, AFTER_EXAM.date())
    costs = []
    for lines in ((0,), (1, 2)):
        for line in lines:
            object_to(period, line)
            make_signed_batch(world, passed=1, plan=period.batch.plan, title=f"批次{line}")
        with CaptureQueriesContext(connection) as queries_made:
            found = tasks_for(world.office, acting, AFTER_EXAM.date())
        costs.append(([task.group for task in found].count("公示与异议"), len(queries_made)))

    assert costs == [(2, costs[0][1]), (6, costs[0][1])]
