import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiangjie.accounts.acting import acting_of
from jiangjie.applications.models import Application
from jiangjie.certificates import services
from jiangjie.certificates.models import Certificate, IssueRun
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.notices.models import Notice
from jiangjie.people.services import link_user
from jiangjie.procedures.queries import track
from tests.certificates.factories import (
    ISSUE_DAY,
    ISSUED_ON,
    certificates_of,
    finish,
    make_issued_batch,
    make_published_batch,
    start,
)
from tests.factories import make_world
from tests.publicity.factories import make_result_period, object_to
from tests.results.factories import make_signed_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the pages."""

    def to(instant):
        monkeypatch.setattr("jiangjie.web.clock.now", lambda: instant)

    to(ISSUE_DAY)
    return to


def url(name, *args):
    return reverse(f"certificates:{name}", args=args)


def own(world, certificate):
    """The certificate now belongs to the world's worker."""
    Certificate.objects.filter(pk=certificate.pk).update(person=world.worker.person)
    Application.objects.filter(pk=certificate.application_id).update(person=world.worker.person)


# ---- who sees what --------------------------------------------------------------------------


def test_each_role_sees_the_pages_that_are_his(client, world, at):
    batch = make_issued_batch(world)
    pk = certificates_of(batch)[0].pk
    pages = [url("list"), url("batch", batch.pk), url("progress", batch.pk),
             url("register", batch.pk), url("export"), url("detail", pk)]  # fmt: skip
    seen = {}
    for role in ("office", "committee", "supervisor", "payroll", "admin", "officer", "clerk_a",
                 "clerk_b", "stranger", "worker", "assessor", "nobody"):  # fmt: skip
        client.force_login(getattr(world, role))
        seen[role] = [client.get(page).status_code for page in pages]
    staff, other = [200] * 6, [200, 404, 404, 404, 200, 404]
    none = [403] * 5 + [404]
    assert seen == {
        "office": staff, "committee": staff, "supervisor": staff, "payroll": staff, "admin": staff,
        "officer": staff, "clerk_a": staff, "clerk_b": [200] * 5 + [404], "stranger": other,
        "worker": none, "assessor": [403] * 5 + [200], "nobody": none,
    }  # fmt: skip


def test_a_clerk_sees_only_the_certificates_of_his_units(client, world, at):
    batch = make_issued_batch(world, passed=2)
    for user, count in ((world.clerk_a, 2), (world.clerk_b, 0)):
        client.force_login(user)
        assert len(client.get(url("list")).context["page"].object_list) == count
        assert len(client.get(url("batch", batch.pk)).context["cases"]) == count


def test_only_the_office_of_the_batch_may_do_its_deeds(client, world, at):
    batch = make_issued_batch(world)
    pk = certificates_of(batch)[0].pk
    deeds = [url("start", batch.pk), url("cancel", batch.pk), url("hand_over", batch.pk),
             url("upload", batch.pk), url("revoke", pk)]  # fmt: skip
    before = Event.objects.count()
    for user, status in (
        (world.committee, 403), (world.clerk_a, 403), (world.officer, 403), (world.stranger, 404),
    ):  # fmt: skip
        client.force_login(user)
        assert [client.post(deed).status_code for deed in deeds] == [status] * 5
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", ["list", "batch"])
def test_a_page_takes_the_same_number_of_queries_for_one_and_for_many(client, world, at, name):
    first = make_issued_batch(world, passed=1, title="第一批")
    batches = [first, make_issued_batch(world, passed=3, title="第二批", plan=first.plan)]
    client.force_login(world.office)
    counts = []
    for batch in batches:
        page = url(name, batch.pk) if name == "batch" else url(name) + f"?q={batch.title}"
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ---- issuing --------------------------------------------------------------------------------


def test_the_office_starts_a_run_on_the_page_and_watches_it(client, world, at):
    batch = make_published_batch(world, passed=2)
    client.force_login(world.office)

    page = client.get(url("batch", batch.pk))
    assert page.context["earliest"] == ISSUED_ON
    assert 'name="issued_on" value="2026-04-28"' in page.content.decode()
    assert "2026-04-28" in page.content.decode()
    answer = client.post(url("start", batch.pk), {"issued_on": "2026-04-28"})
    assert (answer.status_code, answer["Location"]) == (302, url("batch", batch.pk))
    run = IssueRun.objects.get(batch=batch)
    assert (run.total, run.issued_on, run.started_by) == (2, ISSUED_ON, world.office)
    bar = client.get(url("progress", batch.pk))
    assert f'hx-get="{url("progress", batch.pk)}"' in bar.content.decode()
    assert "HX-Refresh" not in bar

    finish(run)
    assert client.get(url("progress", batch.pk))["HX-Refresh"] == "true"
    assert client.get(url("batch", batch.pk)).context["issue"] is None


@pytest.mark.parametrize(
    ("day", "text"),
    [("2026-04-27", "公示截止日"), ("2026-04-29", "不能晚于今天"), ("", "必填")],
)
def test_a_wrong_day_is_refused_with_its_ground(client, world, at, day, text):
    batch = make_published_batch(world, passed=1)
    client.force_login(world.office)

    answer = client.post(url("start", batch.pk), {"issued_on": day})

    assert answer.status_code == 422
    assert text in answer.content.decode() or day == ""
    assert not IssueRun.objects.exists()


def test_before_the_publicity_has_ended_the_page_says_what_is_missing(client, world, at):
    batch = make_signed_batch(world, passed=1)
    make_result_period(world, batch)
    client.force_login(world.office)

    page = client.get(url("batch", batch.pk))

    assert page.context["refusal"].code == "procedures.step_blocked"
    assert client.post(url("start", batch.pk), {"issued_on": "2026-04-28"}).status_code == 422


def test_a_run_is_cancelled_and_started_again(client, world, at):
    batch = make_published_batch(world, passed=3)
    run = start(world, batch)
    services.issue_some(run_id=run.pk, limit=1, at=ISSUE_DAY)
    client.force_login(world.office)

    assert client.post(url("cancel", batch.pk)).status_code == 302
    assert services.issue_some(run_id=run.pk, limit=5, at=ISSUE_DAY) == 0
    assert len(certificates_of(batch)) == 1
    assert client.get(url("batch", batch.pk)).context["state"].left == 2
    client.post(url("start", batch.pk), {"issued_on": "2026-04-28"})
    finish(IssueRun.objects.get())
    assert [each.serial for each in certificates_of(batch)] == [1, 2, 3]


def test_who_is_held_stands_on_the_page_with_the_receipt(client, world, at):
    batch = make_signed_batch(world, passed=2)
    period = make_result_period(world, batch)
    objection = object_to(period, 0)
    client.force_login(world.office)

    def shown(state):
        page = client.get(url("batch", batch.pk), {"state": state})
        return [
            (case.pk, [each.receipt for each in objections])
            for case, objections in page.context["cases"]
        ]

    held_one, free_one = (row["application"] for row in period.rows)
    assert shown("waiting") == [(held_one, [objection.receipt])]
    for user, is_told in ((world.office, True), (world.clerk_a, False), (world.officer, False),
                          (world.payroll, False)):  # fmt: skip
        client.force_login(user)
        text = client.get(url("batch", batch.pk)).content.decode()
        assert (objection.receipt in text, "异议未决" in text) == (is_told, True)
    client.force_login(world.office)
    assert shown("due") == [(free_one, [])]
    assert shown("excluded") == shown("issued") == shown("revoked") == shown("unclaimed") == []


def test_the_list_of_a_batch_is_searched(client, world, at):
    batch = make_issued_batch(world, passed=3)
    first, second, _third = certificates_of(batch)
    client.force_login(world.office)

    def found(**query):
        page = client.get(url("batch", batch.pk), query)
        return [case.certificate.number for case, _ in page.context["cases"]]

    assert found(q=first.number) == [first.number]
    assert found(q=second.holder_name) == [second.number]
    assert found(q=second.application.ticket) == [second.number]
    assert found(q="查无此人") == []
    assert len(found(state="unclaimed")) == 3


def test_certificates_are_handed_over_once(client, world, at):
    batch = make_issued_batch(world, passed=3)
    first, second, third = certificates_of(batch)
    client.force_login(world.office)
    form = {"numbers": [first.number, second.number], "on": "2026-04-28"}

    assert client.post(url("hand_over", batch.pk), form).status_code == 302
    again = client.post(url("hand_over", batch.pk), form)

    assert again.status_code == 422
    assert [each.handed_over_on for each in certificates_of(batch)] == [ISSUED_ON, ISSUED_ON, None]
    bad = [{"on": "2026-04-28"}, {"numbers": ["别的号"], "on": "2026-04-28"},
           {"numbers": [third.number], "on": "2026-04-29"}]  # fmt: skip
    assert [client.post(url("hand_over", batch.pk), each).status_code for each in bad] == [422] * 3
    client.post(url("hand_over", batch.pk), {"everybody": "on", "on": "2026-04-28"})
    assert {each.handed_over_on for each in certificates_of(batch)} == {ISSUED_ON}
    register = client.get(url("register", batch.pk))
    assert register.content.startswith(b"%PDF")


def test_the_upload_holds_the_working_set_and_leaves_an_event(client, world, at):
    batch = make_issued_batch(world, passed=2)
    certificates = certificates_of(batch)
    services.revoke(certificate_id=certificates[0].pk, reason="发错", by=world.office, at=ISSUE_DAY)
    client.force_login(world.office)

    answer = client.post(url("upload", batch.pk))

    box = zipfile.ZipFile(BytesIO(answer.content))
    assert sorted(box.namelist()) == ["证书上传数据.xlsx", "说明.txt"]
    sheet = openpyxl.load_workbook(BytesIO(box.read("证书上传数据.xlsx"))).active
    head, row = sheet.iter_rows(values_only=True)
    line = dict(zip(head, row, strict=True))
    assert len(head) == 24
    assert line["证书编号"] == certificates[1].number
    assert line["证件号码"].startswith("370200")
    assert len(line["证件号码"]) == 18
    assert (line["理论成绩"], line["技能成绩"], line["评定结果"]) == (80, 70, "合格")
    assert (line["等级"], line["职业编码"]) == ("三级/高级工", "6-30-05-01")
    assert line["发证日期"].date() == ISSUED_ON
    event = Event.objects.get(action="certificates.upload_exported")
    assert event.data["numbers"] == [certificates[1].number]
    assert answer["Cache-Control"] == "no-store"


# ---- one certificate ------------------------------------------------------------------------


def test_holder_and_office_download_the_pdf_and_each_time_it_is_noted(client, world, at):
    batch = make_issued_batch(world, passed=2)
    mine, other = certificates_of(batch)
    own(world, mine)

    for user in (world.worker, world.office):
        client.force_login(user)
        answer = client.post(url("pdf", mine.pk))
        assert answer.content.startswith(b"%PDF")
        assert answer["Cache-Control"] == "no-store"
    client.force_login(world.worker)
    assert client.post(url("pdf", other.pk)).status_code == 404
    client.force_login(world.committee)
    assert client.post(url("pdf", mine.pk)).status_code == 403
    assert client.get(url("pdf", mine.pk)).status_code == 405
    events = Event.objects.filter(action="certificates.downloaded").order_by("pk")
    assert [event.by for event in events] == [world.worker, world.office]


def test_a_certificate_is_revoked_with_a_reason(client, world, at):
    batch = make_issued_batch(world, passed=1)
    (certificate,) = certificates_of(batch)
    own(world, certificate)
    client.force_login(world.office)

    assert client.post(url("revoke", certificate.pk), {"reason": " "}).status_code == 422
    assert client.post(url("revoke", certificate.pk), {"reason": "成绩作假"}).status_code == 302
    assert client.post(url("revoke", certificate.pk), {"reason": "再次"}).status_code == 422

    certificate.refresh_from_db()
    assert (certificate.state, certificate.revoked_reason) == ("revoked", "成绩作假")
    assert "成绩作假" in client.get(url("detail", certificate.pk)).content.decode()
    assert Notice.objects.get(user=world.worker).values["reason"] == "成绩作假"
    assert not certificate.person.held_certificates.filter(number=certificate.number).exists()


def test_the_worker_has_his_own_page_with_code_and_subsidy_term(client, world, at):
    batch = make_issued_batch(world, passed=2)
    mine, other = certificates_of(batch)
    own(world, mine)
    client.force_login(world.worker)

    page = client.get(url("own"))
    text = page.content.decode()

    ((certificate, address, subsidy),) = page.context["cards"]
    assert certificate == mine
    assert address.endswith(f"/v/{mine.secret}/")
    assert (subsidy.last_day, subsidy.days_left, subsidy.max_fen) == (
        date(2027, 4, 28),
        365,
        200000,
    )
    assert subsidy.clause.source in text
    assert "2027-04-28" in text
    assert other.number not in text
    at(datetime(2027, 4, 29, 1, tzinfo=UTC))
    assert "届满" in client.get(url("own")).content.decode()


def test_somebody_without_certificate_reads_how_one_comes_about(client, world, at):
    client.force_login(world.nobody)
    assert client.get(url("own")).context["cards"] == []
    assert client.get(url("own")).status_code == 200


def test_a_new_certificate_is_announced_to_its_holder(world, at):
    batch = make_published_batch(world, passed=1)
    case = batch.applications.get()
    link_user(person=case.person, user=world.nobody, org=world.port, by=None, at=ISSUE_DAY)
    finish(start(world, batch))

    notice = Notice.objects.get(user=world.nobody)
    assert notice.link == url("own")
    assert notice.values["number"] == Certificate.objects.get().number


# ---- the procedure --------------------------------------------------------------------------


def step(batch):
    return next(each for each in track(batch.run, ISSUED_ON) if each.code == "S14")


def tasks(user, today=ISSUED_ON):
    found = tasks_for(user, acting_of(user, None, today), today)
    return [(task.title, task.link) for task in found if task.group == "证书"]


def test_the_step_and_the_task_follow_the_certificates(world, at):
    batch = make_published_batch(world, passed=2)
    assert str(step(batch).state) == "open"
    assert tasks(world.office) == [("为2人编号发证", url("batch", batch.pk))]
    assert tasks(world.committee) == tasks(world.stranger) == []

    run = start(world, batch)
    assert tasks(world.office) == []  # the machine is at it
    services.stop_issue(run_id=run.pk, error="照片不完整", at=ISSUE_DAY)
    assert tasks(world.office) == [("编号发证中断，请处理", url("batch", batch.pk))]
    run = start(world, batch)
    finish(run)

    assert (str(step(batch).state), step(batch).done_at) == ("done", ISSUED_ON)
    assert tasks(world.office) == []


def test_the_register_is_exported_masked(client, world, at):
    batch = make_issued_batch(world, passed=2)
    client.force_login(world.office)

    book = openpyxl.load_workbook(BytesIO(client.get(url("export")).content))

    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [each.number for each in certificates_of(batch)]
    assert all("*" in row[2] for row in rows[1:])
    assert client.get(url("list"), {"year": 2025}).context["page"].object_list.count() == 0
