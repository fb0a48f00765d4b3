import re
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.applications.models import Application
from jiangjie.notices.hooks import tasks_for
from jiangjie.results import queries, services
from jiangjie.results.models import Correction, Decision, Mark, ScoreEntry, ScoreSheet
from tests.factories import make_user, make_world
from tests.results.factories import (
    AFTER_EXAM,
    cases_of,
    make_decided_batch,
    make_examined_batch,
    make_signed_batch,
    second_typist,
    settle,
    sign,
)

pytestmark = pytest.mark.django_db
TODAY = AFTER_EXAM.date()


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: AFTER_EXAM)


def url(name, *args):
    return reverse(f"results:{name}", args=args)


def titles(user):
    return [task.title for task in tasks_for(user, acting_of(user, None, TODAY), TODAY)
            if task.group == "成绩与结果"]  # fmt: skip


# ---- who may open what ----------------------------------------------------------------------


STAFF = ("office", "committee", "supervisor", "assessor")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("part_list", {"office", "committee", "supervisor", "assessor"}),
        ("result_list", {"office", "committee", "supervisor", "officer"}),
        ("result_export", {"office", "committee", "supervisor", "officer"}),
        ("result_print", {"office", "committee", "supervisor", "officer"}),
        ("correction_list", {"office", "committee", "supervisor", "officer"}),
        ("correction_export", {"office", "committee", "supervisor", "officer"}),
    ],
)
def test_every_role_and_a_stranger(client, world, name, allowed):
    batch = make_decided_batch(world, passed=1)
    for role in (*STAFF, "officer", "worker", "clerk_a", "payroll", "admin", "nobody"):
        client.force_login(getattr(world, role))
        status = client.get(url(name, batch.pk)).status_code
        assert (role, status) == (role, 200 if role in allowed else 403)
    client.force_login(world.stranger)
    assert client.get(url(name, batch.pk)).status_code == 404
    client.logout()
    assert client.get(url(name, batch.pk)).status_code == 302


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("typing", ("theory", 1)), ("template", ("theory",)), ("difference_list", ("theory",)),
    ],
)  # fmt: skip
def test_only_typists_of_the_evaluator_type(client, world, name, extra):
    batch = make_examined_batch(world, count=1)
    for role, status in (("office", 200), ("assessor", 200), ("committee", 403), ("worker", 403),
                         ("officer", 403), ("stranger", 404)):  # fmt: skip
        client.force_login(getattr(world, role))
        assert (role, client.get(url(name, batch.pk, *extra)).status_code) == (role, status)
    client.force_login(world.office)
    assert client.get(url(name, batch.pk, "review", *extra[1:])).status_code == 404


def test_deeds_of_another_organisation_do_not_exist(client, world):
    batch = make_decided_batch(world, passed=1)
    mark = Mark.objects.filter(application__batch=batch).first()
    slip = services.ask_correction(
        mark_id=mark.pk, value=100, reason="误", by=world.office, at=AFTER_EXAM
    )
    (case,) = cases_of(batch)
    client.force_login(world.stranger)

    for name, args in (
        ("typing", (batch.pk, "theory", 1)), ("settle", (batch.pk, "theory")),
        ("retype", (batch.pk, "theory", 1, case.pk)), ("decide", (batch.pk,)),
        ("sign", (batch.pk,)), ("sheet_upload", (batch.pk, "theory", 1)),
        ("correction_new", (mark.pk,)), ("correction_decide", (slip.pk,)),
    ):  # fmt: skip
        assert (name, client.post(url(name, *args)).status_code) == (name, 404)
    assert client.get(url("result_detail", batch.pk, case.pk)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number(client, world, django_assert_num_queries, count):
    batch = make_decided_batch(world, passed=count)
    for case in cases_of(batch):
        services.ask_correction(
            mark_id=case.marks.get(part="theory").pk, value=6000, reason="误", by=world.office,
            at=AFTER_EXAM,
        )  # fmt: skip
    client.force_login(world.office)
    client.get(url("batch_list"))
    for name, args, expected in (
        ("batch_list", (), 6),
        ("part_list", (batch.pk,), 13),  # one for those whose sheets are marked
        ("result_list", (batch.pk,), 13),
        ("correction_list", (batch.pk,), 7),
        ("result_export", (batch.pk,), 8),
        ("correction_export", (batch.pk,), 5),
    ):
        with django_assert_num_queries(expected):
            assert client.get(url(name, *args)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_typing_grid_costs_the_same_for_any_number(
    client, world, django_assert_num_queries, count
):
    batch = make_examined_batch(world, count=count)
    client.force_login(world.office)
    client.get(url("batch_list"))
    with django_assert_num_queries(14):  # two for those whose sheets are marked
        client.get(url("typing", batch.pk, "theory", 1))


# ---- typing ---------------------------------------------------------------------------------


def grid(batch, *texts):
    return {f"score-{case.pk}": text for case, text in zip(cases_of(batch), texts, strict=True)}


def test_saving_the_grid(client, world):
    batch = make_examined_batch(world, count=3)
    client.force_login(world.office)
    assert titles(world.office) == ["核对成绩并评定结果"]

    response = client.post(url("typing", batch.pk, "theory", 1), grid(batch, "60", "59.5", ""))

    assert response.status_code == 302
    assert list(ScoreEntry.objects.order_by("application").values_list("hundredths", "by")) == [
        (6000, world.office.pk),
        (5950, world.office.pk),
    ]


def test_a_bad_cell_is_told_beside_it_and_nothing_typed_is_lost(client, world):
    batch = make_examined_batch(world, count=3)
    client.force_login(world.office)

    response = client.post(url("typing", batch.pk, "theory", 1), grid(batch, "60", "6o", "101"))

    assert response.status_code == 422
    assert [(cell.text, cell.error) for cell in response.context["grid"].cells] == [
        ("60", ""),
        ("6o", "成绩应为数字，如60或59.5。"),
        ("101", "成绩应在0至100之间。"),
    ]
    assert 'value="6o"' in response.content.decode()
    assert not ScoreEntry.objects.exists()


def test_a_refusal_keeps_what_was_typed(client, world):
    batch = make_examined_batch(world, count=1)
    client.force_login(world.office)
    client.post(url("typing", batch.pk, "theory", 1), grid(batch, "60"))

    response = client.post(url("typing", batch.pk, "theory", 2), grid(batch, "61"))

    assert response.status_code == 422
    assert response.context["refusal"].code == "results.same_typist"
    assert 'value="61"' in response.content.decode()


def test_a_typed_score_cannot_be_emptied(client, world):
    batch = make_examined_batch(world, count=1)
    client.force_login(world.office)
    client.post(url("typing", batch.pk, "theory", 1), grid(batch, "60"))

    response = client.post(url("typing", batch.pk, "theory", 1), grid(batch, ""))

    assert response.context["grid"].cells[0].error.startswith("已录入的成绩不能清空")


def test_a_pasted_column_fills_the_grid_without_javascript(client, world):
    batch = make_examined_batch(world, count=3)
    tickets = [case.ticket for case in cases_of(batch)]
    client.force_login(world.office)

    for column, expected in (
        ("60\r\n70\r\n", ["60", "70", "9"]),
        (f"{tickets[2]}\t80\r\n{tickets[0]}\t61", ["61", "", "80"]),
    ):
        typed = grid(batch, "", "", "9" if expected[2] == "9" else "")
        response = client.post(
            url("typing", batch.pk, "theory", 1), {**typed, "column": column, "fill": "1"}
        )
        assert response.status_code == 200
        assert [cell.text for cell in response.context["grid"].cells] == expected
    assert not ScoreEntry.objects.exists()


def test_the_second_typist_does_not_see_the_first_values(client, world):
    batch = make_examined_batch(world, count=1)
    (case,) = cases_of(batch)
    services.enter_scores(
        batch=batch, part="theory", entry=1, rows=[(case.pk, 6543)], by=world.office, at=AFTER_EXAM
    )
    client.force_login(second_typist(world))

    for page in (url("typing", batch.pk, "theory", 2), url("difference_list", batch.pk, "theory")):
        assert "65.43" not in client.get(page).content.decode()


def test_the_part_list_names_the_next_step(client, world):
    batch = make_examined_batch(world, count=1)
    (case,) = cases_of(batch)
    second = second_typist(world)

    def step(user):
        client.force_login(user)
        (theory, entry), _ = client.get(url("part_list", batch.pk)).context["parts"]
        return entry, theory.typed, theory.differing, theory.settled

    def type_in(entry, value, by):
        services.enter_scores(
            batch=batch, part="theory", entry=entry, rows=[(case.pk, value)], by=by, at=AFTER_EXAM
        )

    assert step(world.office) == (1, (0, 0), 0, 0)
    type_in(1, 6000, world.office)
    assert step(world.office) == (None, (1, 0), 0, 0)
    assert step(second) == (2, (1, 0), 0, 0)
    type_in(2, 6100, second)
    assert step(second) == (None, (1, 1), 1, 0)
    client.force_login(second)
    client.post(url("retype", batch.pk, "theory", 2, case.pk), {"value": "60"})
    assert step(second) == (None, (1, 1), 0, 0)
    client.post(url("settle", batch.pk, "theory"))
    assert step(second) == (None, (1, 1), 0, 1)


def test_only_the_own_score_can_be_typed_again(client, world):
    batch = make_examined_batch(world, count=1)
    (case,) = cases_of(batch)
    second = second_typist(world)
    for entry, value, by in ((1, 6000, world.office), (2, 6100, second)):
        services.enter_scores(
            batch=batch, part="theory", entry=entry, rows=[(case.pk, value)], by=by, at=AFTER_EXAM
        )
    client.force_login(second)

    page = client.get(url("difference_list", batch.pk, "theory")).content.decode()
    assert re.findall(r'action="([^"]*/theory/[12]/\d+/)"', page) == [
        url("retype", batch.pk, "theory", 2, case.pk)
    ]
    for value, status in (("6o", 422), ("60", 422)):
        answer = client.post(url("retype", batch.pk, "theory", 1, case.pk), {"value": value})
        assert answer.status_code == status
    assert ScoreEntry.objects.get(entry=1).hundredths == 6000


# ---- workbooks ------------------------------------------------------------------------------


def test_a_workbook_goes_round(client, world):
    batch = make_examined_batch(world, count=2)
    client.force_login(world.office)
    book = openpyxl.load_workbook(BytesIO(client.get(url("template", batch.pk, "theory")).content))
    book.active["F3"].value, book.active["F4"].value = 88.5, "八十"
    filled = BytesIO()
    book.save(filled)

    response = client.post(
        url("sheet_upload", batch.pk, "theory", 1),
        {"file": SimpleUploadedFile("成绩.xlsx", filled.getvalue())},
    )
    sheet = ScoreSheet.objects.get()
    assert response.url == url("sheet_detail", sheet.pk)
    assert not ScoreEntry.objects.exists()
    page = client.get(response.url).content.decode()
    assert "成绩应为数字，如60或59.5。" in page
    marked = openpyxl.load_workbook(
        BytesIO(client.get(url("sheet_marked", sheet.pk)).content)
    ).active
    assert (marked["F4"].fill.fgColor.rgb, marked["G4"].value) == (
        "FFFFC7CE", "成绩应为数字，如60或59.5。"
    )  # fmt: skip
    assert client.post(url("sheet_apply", sheet.pk)).status_code == 422

    client.post(url("sheet_apply", sheet.pk), {"good_rows_only": "1"})

    assert [entry.hundredths for entry in ScoreEntry.objects.all()] == [8850]


@pytest.mark.parametrize(
    ("name", "content"),
    [("成绩.xlsx", b"PK\x03\x04 broken"), ("成绩.csv", b"a,b"), ("成绩.xlsm", b"PK\x03\x04")],
)
def test_what_is_no_workbook_is_answered_in_words(client, world, name, content):
    batch = make_examined_batch(world, count=1)
    client.force_login(world.office)

    response = client.post(
        url("sheet_upload", batch.pk, "theory", 1), {"file": SimpleUploadedFile(name, content)}
    )

    assert response.status_code == 422
    assert not ScoreSheet.objects.exists()


# ---- results --------------------------------------------------------------------------------


def test_the_result_list_is_searched_filtered_sorted_and_exported(client, world):
    batch = make_decided_batch(world, passed=2, failed=1)
    one, two, three = cases_of(batch)
    client.force_login(world.committee)

    def listed(**query):
        page = client.get(url("result_list", batch.pk), query)
        return [line.case for line in page.context["lines"]]

    assert listed() == [one, two, three]
    assert listed(q=two.ticket) == [two]
    assert listed(outcome="failed") == [three]
    assert listed(outcome="none") == []
    assert listed(level=4) == [one, two, three]
    assert listed(sort="-ticket") == [three, two, one]
    sheet = openpyxl.load_workbook(
        BytesIO(client.get(url("result_export", batch.pk), {"outcome": "failed"}).getvalue())
    ).active
    assert [cell.value for cell in sheet[1]] == [
        "准考证号", "姓名", "单位", "职业", "等级", "理论知识考试", "操作技能考核", "评定结果",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][5:] == ["80", "59.99", "不合格"]
    assert sheet.max_row == 2


def test_the_printed_list_is_a_pdf(client, world):
    batch = make_signed_batch(world, passed=1)
    client.force_login(world.office)

    response = client.get(url("result_print", batch.pk))

    assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")


def test_office_decides_and_both_layers_sign_on_screen(client, world):
    batch = make_examined_batch(world, count=1)
    second = second_typist(world)
    for part in ("theory", "practical"):
        settle(world, batch, part, [8000], by_second=second)
    client.force_login(world.office)
    assert client.post(url("decide", batch.pk)).url == url("result_list", batch.pk)
    assert titles(world.office) == ["签署结果汇总表"]
    assert titles(world.committee) == []

    for user in (world.office, world.committee):
        client.force_login(user)
        page = client.get(url("result_list", batch.pk))
        digest = page.context["digest"]
        assert digest in page.content.decode()
        client.post(url("sign", batch.pk), {"choice": "pass", "digest": digest})

    assert client.get(url("result_list", batch.pk)).context["is_final"]
    assert titles(world.committee) == []


def test_returning_needs_a_reason_and_the_wrong_role_cannot_sign(client, world):
    batch = make_decided_batch(world, passed=1)
    client.force_login(world.committee)
    assert client.post(url("sign", batch.pk), {"choice": "pass"}).status_code == 422
    services.sign_results(batch=batch, layer=2, by=world.office, at=AFTER_EXAM)

    for unclear in ({}, {"choice": "reject"}):
        assert client.post(url("sign", batch.pk), unclear).status_code == 422
    refused = client.post(url("sign", batch.pk), {"choice": "return"})
    assert refused.context["refusal"].code == "procedures.reason_needed"
    client.post(url("sign", batch.pk), {"choice": "return", "reason": "重新核对"})

    assert [task.title for task in tasks_for(
        world.office, acting_of(world.office, None, TODAY), TODAY
    ) if task.group == "成绩与结果"] == ["签署结果汇总表"]  # fmt: skip


def test_a_correction_on_screen(client, world):
    batch = make_decided_batch(world, passed=0, failed=1)
    (case,) = cases_of(batch)
    mark = Mark.objects.get(application=case, part="practical")
    client.force_login(world.office)
    assert client.post(
        url("correction_new", mark.pk), {"value": "6o", "reason": "合分有误"}
    ).status_code == 422  # fmt: skip
    client.post(url("correction_new", mark.pk), {"value": "60", "reason": "合分有误"})
    slip = Correction.objects.get()
    assert client.post(
        url("correction_decide", slip.pk), {"accept": "yes"}
    ).status_code == 422  # fmt: skip
    client.force_login(world.committee)
    assert titles(world.committee) == ["审核1份成绩更正单"]

    assert client.post(url("correction_decide", slip.pk)).status_code == 422
    client.post(url("correction_decide", slip.pk), {"accept": "yes"})

    mark.refresh_from_db()
    assert (mark.value, Decision.objects.count()) == (6000, 0)
    detail = client.get(url("result_detail", batch.pk, case.pk)).content.decode()
    assert "合分有误" in detail


# ---- the worker -----------------------------------------------------------------------------


def test_a_worker_sees_his_own_result_once_it_is_signed(client, world):
    batch = make_examined_batch(world, count=2)
    mine, other = cases_of(batch)
    Application.objects.filter(pk=mine.pk).update(person=world.worker.person)
    second = second_typist(world)
    settle(world, batch, "theory", [6500, 9900], by_second=second)
    settle(world, batch, "practical", [5999, 9900], by_second=second)
    services.decide_batch(batch=batch, by=world.office, at=AFTER_EXAM)
    client.force_login(world.worker)
    assert client.get(url("own")).context["lines"] == []
    sign(world, batch)

    page = client.get(url("own"))

    assert [line.case for line in page.context["lines"]] == [mine]
    text = page.content.decode()
    assert "59.99" in text and "不合格" in text and "评价方式" in text
    assert ">99<" not in text and other.person.name not in text


def test_tasks_cost_the_same_for_any_number_of_batches(world):
    acting = acting_of(world.office, None, TODAY)
    first = make_examined_batch(world, count=1)
    costs = []
    for count in (1, 3):
        for number in range(count - 1):
            make_examined_batch(world, count=1, plan=first.plan, title=f"批次{number}")
        with CaptureQueriesContext(connection) as queries_made:
            found = tasks_for(world.office, acting, TODAY)
        assert [task.group for task in found].count("成绩与结果") == count
        costs.append(len(queries_made))

    assert costs[0] == costs[1]


def test_somebody_with_no_part_in_results_has_no_tasks(world):
    make_examined_batch(world, count=1)
    auditor = make_user("旁观", world.port, Role.PAYROLL)
    assert titles(auditor) == []
    assert queries.own_decisions(auditor) == []
