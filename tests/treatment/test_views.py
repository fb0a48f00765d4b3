from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.accounts.services import give_role
from jiangjie.certificates import services as certificates
from jiangjie.notices.hooks import tasks_for
from jiangjie.people.services import link_user
from jiangjie.procedures.queries import track
from jiangjie.treatment import services
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment
from tests.certificates.factories import make_published_batch
from tests.factories import make_world
from tests.treatment.factories import (
    JUNE,
    JUNE_10,
    MAY,
    MAY_6,
    appoint,
    as_level,
    make_certificates,
    make_drawing,
    make_rate,
    pay,
)

pytestmark = pytest.mark.django_db
STAFF = {"office", "payroll", "committee", "supervisor", "admin"}
EVERYBODY = (
    "office", "payroll", "committee", "supervisor", "admin", "officer", "assessor", "clerk_a",
    "worker", "nobody",
)  # fmt: skip
AUGUST = datetime(2026, 8, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Set the clock of the pages; 10 June 2026 at first."""

    def to(instant):
        monkeypatch.setattr("jiangjie.web.clock.now", lambda: instant)

    to(JUNE_10)
    return to


def url(name, *args, **query):
    return reverse(f"treatment:{name}", args=args, query=query)


def titles(user, at=JUNE_10):
    today = at.date()
    return [
        (task.title, task.link, task.due)
        for task in tasks_for(user, acting_of(user, None, today), today)
        if task.group == "兑现待遇"
    ]


def step(batch, at=JUNE_10):
    return next(each for each in track(batch.run, at.date()) if each.code == "S15")


def payment_of(*entitlements, **wishes):
    return {
        "month": "2026-05", "paid_on": "2026-06-10", "voucher": "薪202605-01",
        "chosen": [each.pk for each in entitlements], **wishes,
    }  # fmt: skip


# ---- who may open what ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("month", STAFF),
        ("month_export", STAFF),
        ("month_print", STAFF),
        ("rate_list", STAFF),
        ("rate_export", STAFF),
        ("appoint", {"office", "payroll"}),
        ("overdue", STAFF),
        ("overdue_export", STAFF),
        ("entitlement_list", STAFF),
        ("entitlement_export", STAFF),
        ("own", set(EVERYBODY)),
    ],
)
def test_every_role(client, world, name, allowed):
    for role in EVERYBODY:
        client.force_login(getattr(world, role))
        assert (role, client.get(url(name)).status_code) == (role, 200 if role in allowed else 403)
    client.logout()
    assert client.get(url(name)).status_code == 302


def test_another_organisations_do_not_exist(client, world):
    (drawing,) = make_drawing(world)
    (payment,) = pay(world, [drawing])
    rate = AllowanceRule.objects.get()
    services.add_rule(  # the stranger pays too, so that nothing is refused for want of a rate
        org=world.stranger_org, level=4, monthly_fen=1, first_month=MAY, basis="x",
        by=world.stranger, at=MAY_6,
    )  # fmt: skip
    give_role(
        user=world.stranger, org=world.stranger_org, role=Role.PAYROLL, since=date(2020, 1, 1),
        by=None, at=MAY_6,
    )  # fmt: skip
    client.force_login(world.stranger)

    for name, pk in (
        ("entitlement", drawing.pk), ("proof", payment.pk), ("batch", drawing.certificate.batch_id),
        ("rate_end", rate.pk),
    ):  # fmt: skip
        assert (name, client.get(url(name, pk)).status_code) == (name, 404)
    for name, pk in (("end", drawing.pk), ("rate_end", rate.pk)):
        answer = client.post(url(name, pk), {"last_month": "2026-06", "reason": "x"})
        assert (name, answer.status_code) == (name, 404)
    for name in ("month", "entitlement_list", "rate_list", "overdue", "appoint"):
        assert drawing.person.name not in client.get(url(name, month="2026-05")).text
    assert client.post(url("pay"), payment_of(drawing, month="2026-06")).status_code == 422
    assert client.post(
        url("appoint"),
        {"chosen": [drawing.certificate_id], "appointed_on": "2026-06-10", "first_month": "2026-06"},
    ).status_code == 422  # fmt: skip
    assert (Payment.objects.count(), Entitlement.objects.count()) == (1, 1)


def test_only_payroll_sets_rates_and_pays(client, world):
    (drawing,) = make_drawing(world)
    rate = AllowanceRule.objects.get()
    rate_of = {"level": 5, "amount": "800", "first_month": "2026-01", "basis": "文件"}
    for role in sorted(STAFF - {"payroll"}):
        client.force_login(getattr(world, role))
        assert (role, client.post(url("pay"), payment_of(drawing)).status_code) == (role, 403)
        assert (role, client.post(url("rate_list"), rate_of).status_code) == (role, 403)
        assert (role, client.get(url("rate_end", rate.pk)).status_code) == (role, 403)
        assert url("pay") not in client.get(url("month", month="2026-05")).text
    assert (Payment.objects.count(), AllowanceRule.objects.count()) == (0, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number(client, world, django_assert_num_queries, count):
    drawing = make_drawing(world, count)
    pay(world, drawing)
    batch = drawing[0].certificate.batch
    link_user(person=drawing[0].person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    client.force_login(world.payroll)
    client.get(url("month"))
    for address, expected in (
        (url("month", month="2026-05"), 20),
        (url("month", month="2026-06"), 20),
        (url("month_export", month="2026-05"), 6),
        (url("entitlement_list"), 6),
        (url("entitlement_export"), 4),
        (url("rate_list"), 8),
        (url("overdue"), 5),
        (url("batch", batch.pk), 11),
    ):
        with django_assert_num_queries(expected):
            assert client.get(address).status_code == 200
    client.force_login(world.nobody)
    with django_assert_num_queries(8):
        assert client.get(url("own")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_waiting_and_late_cost_the_same_for_any_number(
    client, world, django_assert_num_queries, count, clock
):
    make_certificates(world, count)
    clock(AUGUST)
    client.force_login(world.payroll)
    client.get(url("month"))
    for name, expected in (("appoint", 10), ("overdue", 9), ("overdue_export", 7)):
        with django_assert_num_queries(expected):
            assert client.get(url(name)).status_code == 200


# ---- rates ----------------------------------------------------------------------------------


def test_registering_and_ending_a_rate(client, world):
    client.force_login(world.payroll)
    answer = client.post(
        url("rate_list"),
        {
            "level": "5",
            "amount": "￥1,234.50",
            "first_month": "2026-01",
            "basis": "港薪〔2026〕1号",
        },
    )
    assert answer.url == url("rate_list")
    rate = AllowanceRule.objects.get()
    assert (rate.level, rate.monthly_fen, rate.first_month) == (5, 123_450, date(2026, 1, 1))
    page = client.get(url("rate_list")).text
    assert "1,234.50" in page
    assert "首席技师薪酬不低于特级技师" in page

    client.post(url("rate_end", rate.pk), {"last_month": "2026-06", "reason": "修订"})
    rate.refresh_from_db()
    assert rate.last_month == JUNE


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("八百", "金额应以元为单位"), ("1.234", "金额最多到分"), ("0", "金额应大于零"),
        ("-5", "金额应大于零"), ("10000000", "不超过一百万元"),
    ],
)  # fmt: skip
def test_amounts_that_are_no_amounts(client, world, amount, words):
    client.force_login(world.payroll)
    answer = client.post(
        url("rate_list"),
        {"level": "5", "amount": amount, "first_month": "2026-01", "basis": "文件"},
    )
    assert (answer.status_code, words in answer.text) == (422, True)
    assert AllowanceRule.objects.count() == 0


def test_the_order_of_pay_is_refused_with_its_clause(client, world):
    make_rate(world, 7, 250_000)
    client.force_login(world.payroll)
    answer = client.post(
        url("rate_list"),
        {"level": "8", "amount": "2499.99", "first_month": "2026-01", "basis": "文件"},
    )
    assert answer.status_code == 422
    assert "首席技师的待遇低于特级技师" in answer.text


# ---- appointing -----------------------------------------------------------------------------


def appointment(*chosen, **wishes):
    return {
        "chosen": [each.pk for each in chosen], "appointed_on": "2026-06-10",
        "first_month": "2026-06", **wishes,
    }  # fmt: skip


def test_appointing_chosen_people_and_then_all_that_the_filter_shows(client, world):
    first, second, third = make_certificates(world, 3)
    make_rate(world)
    client.force_login(world.office)

    client.post(
        url("appoint"),
        appointment(first, post="司机", document="港人9号", term_until="2029-05"),
    )

    made = Entitlement.objects.get()
    assert (made.certificate_id, made.post, made.document, made.last_month, made.first_month) == (
        first.pk, "司机", "港人9号", date(2029, 5, 1), JUNE,
    )  # fmt: skip
    assert first.number not in client.get(url("appoint")).text
    client.post(url("appoint", q=second.number), appointment(everybody="on"))
    assert set(Entitlement.objects.values_list("certificate", flat=True)) == {first.pk, second.pk}
    assert third.number in client.get(url("appoint")).text


def test_nobody_chosen_is_told_and_what_was_typed_stays(client, world):
    (certificate,) = make_certificates(world)
    client.force_login(world.office)
    answer = client.post(url("appoint"), appointment(post="司机"))
    assert answer.status_code == 422
    assert "请在名单中勾选人员" in answer.text
    assert 'value="司机"' in answer.text
    answer = client.post(url("appoint"), appointment(certificate, first_month=""))
    assert f'value="{certificate.pk}" checked' in answer.text


def test_a_level_without_a_rate_is_named(client, world):
    (certificate,) = make_certificates(world)
    client.force_login(world.office)
    assert "没有津贴标准" in client.get(url("appoint")).text
    answer = client.post(url("appoint"), appointment(certificate))
    assert (answer.status_code, "没有适用于该等级的津贴标准" in answer.text) == (422, True)


# ---- a month --------------------------------------------------------------------------------


def test_paying_chosen_people_with_a_proof(client, world):
    first, second = make_drawing(world, 2)
    client.force_login(world.payroll)
    page = client.get(url("month", month="2026-05")).text
    assert "800.00" in page
    proof = SimpleUploadedFile("bank.pdf", b"%PDF-1.7 bank", "application/pdf")

    answer = client.post(url("pay"), payment_of(first, proof=proof))

    assert answer.url == url("month", month="2026-05")
    payment = Payment.objects.get()
    assert (payment.entitlement_id, payment.fen, payment.month) == (first.pk, 40_000, MAY)
    shown = client.get(url("proof", payment.pk))
    assert (shown["Content-Type"], b"".join(shown.streaming_content)) == (
        "application/pdf", b"%PDF-1.7 bank",
    )  # fmt: skip
    assert "2026-05" in shown["Content-Disposition"]
    client.force_login(world.worker)
    assert client.get(url("proof", payment.pk)).status_code == 403
    client.force_login(world.payroll)
    due = client.get(url("month", month="2026-05", state="due")).text
    assert (first.certificate.number in due, second.certificate.number in due) == (False, True)
    paid = client.get(url("month", month="2026-05", state="paid")).text
    assert (first.certificate.number in paid, second.certificate.number in paid) == (True, False)


def test_paying_everybody_at_the_sum_that_was_shown(client, world):
    drawing = make_drawing(world, 2)
    client.force_login(world.payroll)
    answer = client.post(url("pay"), payment_of(everybody="on", total_fen="79999"))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    client.post(url("pay"), payment_of(everybody="on", total_fen="80000"))
    assert {each.entitlement_id for each in Payment.objects.all()} == {each.pk for each in drawing}


def test_a_second_payment_is_refused_by_name(client, world):
    (drawing,) = make_drawing(world)
    client.force_login(world.payroll)
    client.post(url("pay"), payment_of(drawing))
    answer = client.post(url("pay"), payment_of(drawing), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert f"{drawing.person.name}的2026-05津贴已经发放" in answer.text
    assert Payment.objects.count() == 1


def test_what_is_missing_in_a_payment_is_said_beside_the_field(client, world):
    (drawing,) = make_drawing(world)
    client.force_login(world.payroll)
    answer = client.post(url("pay"), payment_of(drawing, voucher=""))
    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    assert f'value="{drawing.pk}" checked' in answer.text
    exe = SimpleUploadedFile("bank.pdf", b"MZ nothing of the kind")
    assert client.post(url("pay"), payment_of(drawing, proof=exe)).status_code == 422
    assert Payment.objects.count() == 0


def rows_of(answer):
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_ledger_as_a_workbook_and_as_a_sheet_to_sign(client, world):
    first, second = make_drawing(world, 2)
    pay(world, [first])
    client.force_login(world.payroll)
    head, *rows = rows_of(client.get(url("month_export", month="2026-05", sort="number")))
    assert [(row[5], row[7], row[8], row[10]) for row in rows] == [
        (first.certificate.number, 400, "已发", "薪202605-01"),
        (second.certificate.number, 400, "应发", None),
    ]
    assert head[2] == "证件号码"
    assert all("*" in row[2] for row in rows)
    printed = PdfReader(BytesIO(client.get(url("month_print", month="2026-05")).content))
    text = printed.pages[0].extract_text()
    assert "合计800.00元" in text.replace(" ", "")
    assert first.certificate.number in text


def test_a_month_that_is_no_month_is_this_one(client, world):
    client.force_login(world.payroll)
    for wrong in ("2026-13", "x", ""):
        assert "2026-06 津贴台账" in client.get(url("month", month=wrong)).text


# ---- one entitlement ------------------------------------------------------------------------


def test_one_entitlement_and_its_end(client, world):
    (drawing,) = make_drawing(world)
    pay(world, [drawing])
    client.force_login(world.payroll)
    page = client.get(url("entitlement", drawing.pk)).text
    assert "薪202605-01" in page
    assert "1个月，合计400.00元" in page
    assert client.post(url("end", drawing.pk), {"last_month": "2026-06"}).status_code == 422
    answer = client.post(url("end", drawing.pk), {"last_month": "2026-06", "reason": "调离"})
    assert answer.url == url("entitlement", drawing.pk)
    drawing.refresh_from_db()
    assert (drawing.last_month, drawing.end_reason) == (JUNE, "调离")
    assert rows_of(client.get(url("entitlement_export", state="running")))[1][8:] == [
        "2026-05", "2026-06", "调离", 1, 400,
    ]  # fmt: skip
    assert len(rows_of(client.get(url("entitlement_export", state="ended")))) == 1


# ---- what is late, the step, and the tasks --------------------------------------------------


def test_overdue_on_the_page_and_at_home(client, world, clock):
    paid, late = make_certificates(world, 2)
    make_rate(world)
    pay(world, appoint(world, [paid]))
    clock(AUGUST)
    for user in (world.office, world.payroll):
        assert titles(user, AUGUST)[0] == (
            "1人取证后超期未兑现待遇", url("overdue"), date(2026, 7, 27),
        )  # fmt: skip
    assert titles(world.committee, AUGUST) == []
    client.force_login(world.office)
    page = client.get(url("overdue")).text
    assert (late.number in page, paid.number in page) == (True, False)
    assert "97 / 90" in page
    assert "待确认" in page  # the number of days is a house decision
    assert [row[0] for row in rows_of(client.get(url("overdue_export")))[1:]] == [late.number]


def test_tasks_of_payroll(world):
    first, second = make_certificates(world, 2)
    assert titles(world.payroll) == [
        ("登记三级/高级工津贴标准", url("rate_list"), None),
        ("聘任2名持证人", url("appoint"), None),
    ]
    make_rate(world)
    drawing = appoint(world, [first, second])
    assert titles(world.payroll) == [
        ("登记2026-05津贴发放（2人）", url("month", month="2026-05"), None)
    ]
    pay(world, drawing)
    assert titles(world.payroll) == []
    certificates.revoke(certificate_id=first.pk, reason="代考", by=world.office, at=MAY_6)
    assert titles(world.office) == [
        (f"终止{first.holder_name}的津贴", url("entitlement", drawing[0].pk), None)
    ]


def test_the_step_is_done_with_the_first_payment_of_everybody(world):
    first, second = make_certificates(world, 2)
    batch = first.batch
    state = step(batch)
    assert (state.state, state.due, state.missing) == (
        "open", date(2026, 7, 27), ("三级/高级工没有津贴标准", "2人未聘任"),
    )  # fmt: skip
    make_rate(world)
    drawing = appoint(world, [first, second])
    pay(world, drawing[:1])
    assert (step(batch).detail, step(batch).missing) == ("已兑现1/2人", ("1人已聘任未发放",))
    pay(world, drawing[1:], paid_on=date(2026, 6, 8))
    state = step(batch)
    assert (state.state, state.done_at, state.detail) == ("done", date(2026, 6, 10), "已兑现2人")


def test_a_revoked_certificate_does_not_hold_the_step_up(world):
    first, second = make_certificates(world, 2)
    make_rate(world)
    pay(world, appoint(world, [first]))
    certificates.revoke(certificate_id=second.pk, reason="代考", by=world.office, at=MAY_6)
    assert step(first.batch).state == "done"


def test_a_batch_without_certificates_yet_is_not_done(world):
    batch = make_published_batch(world, passed=1)
    assert (step(batch).state, step(batch).missing) == ("blocked", ())


def test_the_batch_page(client, world):
    first, second = make_certificates(world, 2)
    make_rate(world)
    pay(world, appoint(world, [first]))
    for role in (*sorted(STAFF), "officer"):
        client.force_login(getattr(world, role))
        page = client.get(url("batch", first.batch_id)).text
        assert (role, second.number in page, "已兑现" in page) == (role, True, True)
        assert ("聘任持证人" in page) == (role in {"office", "payroll"})
    client.force_login(world.clerk_a)
    assert client.get(url("batch", first.batch_id)).status_code == 403


# ---- one's own ------------------------------------------------------------------------------


def test_a_worker_sees_what_he_gets_and_only_that(client, world):
    mine, other = make_drawing(world, 2)
    link_user(person=mine.person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    pay(world, [mine, other])
    client.force_login(world.nobody)
    page = client.get(url("own")).text
    assert mine.certificate.number in page
    assert "400.00" in page
    assert "示例港集薪〔2026〕1号" in page
    assert (other.certificate.number in page, other.person.name in page) == (False, False)
    assert client.get(url("entitlement", mine.pk)).status_code == 403


def test_a_worker_without_an_appointment_sees_until_when_it_is_due(client, world, clock):
    (certificate,) = make_certificates(world)
    link_user(person=certificate.person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    client.force_login(world.nobody)
    assert "（2026-07-27前）聘任并兑现待遇" in client.get(url("own")).text
    clock(AUGUST)
    assert "发证已超过90天" in client.get(url("own")).text
    certificates.revoke(certificate_id=certificate.pk, reason="代考", by=world.office, at=MAY_6)
    assert "还没有待遇" in client.get(url("own")).text


def test_the_higher_level_is_what_is_drawn_now(client, world):
    lower, higher = make_certificates(world, 2)
    link_user(person=lower.person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    make_rate(world)
    make_rate(world, 5, 80_000)
    appoint(world, [lower])
    appoint(world, [as_level(higher, 5, lower.person)], first_month=JUNE)
    client.force_login(world.nobody)
    page = client.get(url("own")).text
    assert page.count('class="treat-now"') == 1
    assert "800.00" in page
