"""Every screen: for whom it opens, what it shows, what it does, and at what cost."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from jiangjie.accounts.acting import acting_of
from jiangjie.notices.hooks import tasks_for
from jiangjie.planning import queries, services
from jiangjie.planning.models import Announcement, AnnualPlan, Batch
from jiangjie.planning.rules import PlanState
from jiangjie.procedures.models import StepRecord
from jiangjie.procedures.rules import StepFact
from tests.factories import MARCH_2, make_user, make_world
from tests.planning.factories import (
    WORK_TYPE,
    crane_standard,
    make_announced_batch,
    make_approved_plan,
    make_batch,
    make_plan,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)
    return make_world()


@pytest.fixture
def done_until_s07(monkeypatch):
    """Stand in for the apps of S05 to S07; the real ones have tests of their own."""
    done = {f"S0{number}": StepFact(is_done=True) for number in (5, 6, 7)}
    monkeypatch.setattr(
        "jiangjie.procedures.hooks._facts",
        [queries.facts, lambda ids: dict.fromkeys(ids, done)],
    )


def url(name, *args):
    return reverse(f"planning:{name}", args=args)


def status(client, user, address, **post):
    client.force_login(user)
    return (client.post(address, post) if post else client.get(address)).status_code


# ---- who --------------------------------------------------------------------------------------

READERS = {
    "office", "committee", "assessor", "supervisor", "payroll", "admin", "officer", "clerk_a",
}  # fmt: skip
PEOPLE = (*sorted(READERS), "worker", "stranger", "nobody")


def test_who_reads_a_batch_and_its_steps(client, world):
    batch = make_announced_batch(world)
    for name in ("batch_detail", "batch_report", "batch_scheme", "batch_announce"):
        seen = {who: status(client, getattr(world, who), url(name, batch.pk)) for who in PEOPLE}
        assert seen == dict.fromkeys(READERS, 200) | {
            "worker": 403, "stranger": 404, "nobody": 403,
        }, name  # fmt: skip
    step = url("batch_step", batch.pk, "S09")
    assert {who for who in PEOPLE if status(client, getattr(world, who), step) == 200} == READERS


def test_who_reads_a_plan(client, world):
    plan = make_plan(world)
    page = url("plan_detail", plan.pk)
    staff = READERS - {"officer", "clerk_a"}
    assert {who for who in PEOPLE if status(client, getattr(world, who), page) == 200} == staff
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    assert status(client, world.officer, page) == 200
    assert status(client, world.stranger, page) == 404


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("batch_report", {"office"}),
        ("batch_scheme", {"committee"}),
        ("batch_announce", {"office"}),
        ("batch_edit", {"office"}),
    ],
)
def test_who_acts_on_a_batch(client, world, name, allowed):
    batch = make_batch(world)
    for who in set(PEOPLE) - allowed:
        answer = status(client, getattr(world, who), url(name, batch.pk), choice="pass")
        assert answer == (404 if who == "stranger" else 403), who
    batch.refresh_from_db()
    assert batch.reported_at is None
    assert not batch.run.sign_offs.exists()


def test_a_stranger_to_the_site_sees_only_announcements(client, world):
    batch = make_announced_batch(world)
    assert client.get(url("batch_detail", batch.pk)).status_code == 302
    assert client.get(url("announcement_list")).status_code == 200
    assert client.get(url("announcement_detail", batch.announcement.pk)).status_code == 200


# ---- plans ------------------------------------------------------------------------------------


def lines_post(*lines):
    data = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0}
    for number, (standard, work_type, level, people, month) in enumerate(lines):
        given = {
            "standard": standard, "work_type": work_type, "level": level, "people": people,
            "month": month,
        }  # fmt: skip
        data |= {f"lines-{number}-{name}": value for name, value in given.items()}
    return data


def test_a_plan_from_new_to_approved_on_screen(client, world):
    client.force_login(world.office)
    client.post(url("plan_new"), {"year": 2026, "note": ""})
    plan = AnnualPlan.objects.get()
    standard = crane_standard().pk
    lines = lines_post((standard, WORK_TYPE, 4, 20, 4), ("", "", "", "", ""))
    assert client.post(url("plan_edit", plan.pk), lines).status_code == 302
    client.post(url("plan_submit", plan.pk))
    client.force_login(world.committee)
    client.post(url("plan_return", plan.pk), {"reason": "再核实人数"})
    client.force_login(world.office)
    assert "再核实人数" in client.get(url("plan_detail", plan.pk)).content.decode()
    client.post(url("plan_submit", plan.pk))
    client.force_login(world.committee)
    client.post(url("plan_approve", plan.pk))

    plan.refresh_from_db()
    assert queries.state_of(plan) is PlanState.APPROVED
    assert list(plan.lines.values_list("work_type", "level", "people", "month")) == [
        (WORK_TYPE, 4, 20, 4)
    ]


def test_an_incomplete_line_is_shown_again_and_nothing_stored(client, world):
    plan = make_plan(world, levels=(4,))
    client.force_login(world.office)
    lines = lines_post((crane_standard().pk, "", "", "", 4))
    answer = client.post(url("plan_edit", plan.pk), lines)

    assert answer.status_code == 422
    assert set(answer.context["lines"].forms[0].errors) == {"level", "people"}
    assert plan.lines.get().work_type == WORK_TYPE


def test_a_plan_outside_the_filed_scope_says_so_before_anything_is_opened(client, world):
    plan = make_approved_plan(world, levels=(4,))
    world.filing.scopes.filter(occupation_code="6-30-05-01").update(levels=[3])
    client.force_login(world.office)

    ((_, fault),) = client.get(url("plan_detail", plan.pk)).context["lines"]

    assert (fault.code, bool(fault.source)) == ("orgs.level_not_filed", True)


# ---- batches ----------------------------------------------------------------------------------


def batch_post(plan, **changes):
    line = plan.lines.order_by("pk")[0]
    return {
        "title": "第一批", "pack_name": "shandong", "as_of": "2026-04-18",
        "apply_from": "2026-03-03", "apply_until": "2026-03-20", "exam_on": "2026-04-18",
        "venue": "实训基地", "method": "", f"line_{line.pk}": 12,
    } | changes  # fmt: skip


def test_open_a_batch_on_screen(client, world):
    make_batch(world)  # seeds the procedure
    plan = AnnualPlan.objects.get()
    client.force_login(world.office)
    form = client.get(url("batch_new", plan.pk)).context["form"]
    assert form["pack_name"].value() == "shandong"  # the port lies in region 37

    answer = client.post(url("batch_new", plan.pk), batch_post(plan))

    batch = Batch.objects.get(number="2026-02")
    assert answer["Location"] == url("batch_detail", batch.pk)
    assert list(batch.lines.values_list("level", "planned")) == [(4, 12)]


def test_the_filing_gate_answers_with_its_clause(client, world):
    plan = make_approved_plan(world, levels=(4,))
    client.force_login(world.office)

    answer = client.post(
        url("batch_new", plan.pk), batch_post(plan, exam_on="2028-04-18"), HTTP_HX_REQUEST="true"
    )

    assert answer.status_code == 422
    assert answer.context["refusal"].code == "orgs.filing_expired"
    assert answer.context["refusal"].source in answer.content.decode()
    assert not Batch.objects.exists()


def test_the_batch_page_says_what_is_next_for_the_reader(client, world):
    batch = make_batch(world)

    def following(user):
        client.force_login(user)
        shown = client.get(url("batch_detail", batch.pk)).context["next"]
        return shown.code, shown.is_mine, shown.until.isoformat(), shown.url

    report, scheme = url("batch_report", batch.pk), url("batch_scheme", batch.pk)
    assert following(world.office) == ("S02", True, "2026-03-03", report)
    assert following(world.committee) == ("S03", True, "2026-03-03", scheme)
    assert following(world.payroll) == ("S02", False, "2026-03-03", report)
    assert following(world.officer) == (
        "S02", False, "2026-03-03", url("batch_step", batch.pk, "S02"),
    )  # fmt: skip


def test_report_scheme_and_announcement_on_screen(client, world):
    batch = make_batch(world)
    client.force_login(world.office)
    client.post(url("batch_report", batch.pk), {"receipt": "回执7"})
    client.force_login(world.committee)
    assert client.post(url("batch_scheme", batch.pk), {"reason": ""}).status_code == 422
    client.post(url("batch_scheme", batch.pk), {"choice": "pass", "reason": ""})
    client.force_login(world.office)
    draft = client.get(url("batch_announce", batch.pk)).context["form"]["body"].value()
    answer = client.post(
        url("batch_announce", batch.pk),
        {"title": "公告", "body": draft, "contact": "1", "supervision_phone": "0532-2"},
    )

    assert answer.status_code == 302
    published = Announcement.objects.get()
    client.logout()
    page = client.get(url("announcement_detail", published.pk)).content.decode()
    clauses = queries.conditions(batch)[0].clauses
    assert [clause.text for clause in clauses if clause.text not in page] == []
    assert "0532-2" in page and clauses[0].source in page


@pytest.mark.parametrize("name", ["batch_list", "batch_export", "plan_list", "announcement_list"])
def test_lists_cost_the_same_for_1_and_3(client, world, name):
    batch = make_announced_batch(world)
    client.force_login(world.office)
    address = url(name)
    client.get(address)  # fills what is cached for the process
    one = cost(client, address)
    for year in (2027, 2028):
        make_plan(world, year=year, levels=(4,))
        make_announced_batch(world, batch.plan)

    assert cost(client, address) == one


def test_the_batch_page_costs_the_same_however_much_was_done(client, world):
    batch = make_batch(world)
    client.force_login(world.office)
    client.get(url("batch_detail", batch.pk))
    fresh = cost(client, url("batch_detail", batch.pk))
    services.report_batch(batch=batch, by=world.office, at=MARCH_2)
    services.approve_scheme(batch=batch, by=world.committee, at=MARCH_2)

    assert cost(client, url("batch_detail", batch.pk)) == fresh


def cost(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", ["2026-02", "2026-01"]),
        ("?q=第二", ["2026-02"]),
        ("?q=2026-01", ["2026-01"]),
        ("?q=起重装卸", ["2026-02", "2026-01"]),
        ("?phase=before", ["2026-02", "2026-01"]),
        ("?phase=examined", []),
        ("?year=2025", []),
        ("?year=abc&phase=nonsense", ["2026-02", "2026-01"]),
        ("?sort=number", ["2026-01", "2026-02"]),
        ("?sort=-number", ["2026-02", "2026-01"]),
        ("?page=9", ["2026-02", "2026-01"]),
    ],
)
def test_search_filter_and_sort(client, world, asked, numbers):
    first = make_batch(world, title="第一批")
    make_batch(world, first.plan, title="第二批")
    client.force_login(world.office)

    shown = client.get(url("batch_list") + asked).context["batches"]

    assert [batch.number for batch, _, _ in shown] == numbers


def test_export_of_batches(client, world):
    make_announced_batch(world)
    client.force_login(world.office)
    content = b"".join(client.get(url("batch_export")))
    rows = list(load_workbook(BytesIO(content)).active.values)
    assert rows[1][1:3] == ("2026-01", "起重装卸机械操作工第一批")
    assert rows[1][8:] == (4, "个人申报、资格审核")


@pytest.mark.parametrize(("text", "count"), [("", 1), ("滨海港", 1), ("流动式", 1), ("没有", 0)])
def test_search_of_announcements(client, world, text, count):
    make_announced_batch(world)
    assert len(client.get(url("announcement_list"), {"q": text}).context["page"]) == count


# ---- records ----------------------------------------------------------------------------------


def test_a_record_with_a_file_can_be_read_back(client, world, done_until_s07):
    batch = make_announced_batch(world)
    upload = BytesIO(PDF)
    upload.name = "交接单.pdf"
    client.force_login(world.office)
    client.post(
        url("step_record", batch.pk, "S09"),
        {"note": "题库组卷", "evidence_kind": "试卷交接单", "file": upload},
    )

    record = StepRecord.objects.get()
    answer = client.get(url("record_file", batch.pk, record.pk))
    assert b"".join(answer) == PDF
    track = queries.batch_track(batch, MARCH_2.date())
    assert str(track[8].state) == "done"
    assert status(client, world.stranger, url("record_file", batch.pk, record.pk)) == 404


def test_training_is_marked_as_not_applicable_with_a_reason(client, world, done_until_s07):
    batch = make_announced_batch(world)
    client.force_login(world.office)
    assert client.post(url("step_leave_out", batch.pk, "S08"), {"note": ""}).status_code == 422
    client.post(url("step_leave_out", batch.pk, "S08"), {"note": "不需要培训"})

    step = queries.batch_track(batch, MARCH_2.date())[7]
    assert (str(step.state), step.detail) == ("skipped", "不需要培训")


@pytest.mark.parametrize(
    ("who", "step", "answer"),
    [
        ("office", "S10", 302), ("committee", "S10", 403), ("officer", "S10", 403),
        ("assessor", "T03", 422), ("payroll", "T03", 403), ("office", "S99", 422),
    ],
)  # fmt: skip
def test_who_records(client, world, done_until_s07, who, step, answer):
    batch = make_announced_batch(world)
    given = {"note": "已办", "evidence_kind": ""}
    user = getattr(world, who)
    assert status(client, user, url("step_record", batch.pk, step), **given) == answer


# ---- what waits for me ------------------------------------------------------------------------


def test_what_waits_for_whom_in_plans_and_batches(world):
    def waiting(user):
        acting = acting_of(user, None, MARCH_2.date())
        return [
            (task.title, task.link, task.due and task.due.isoformat())
            for task in tasks_for(user, acting, MARCH_2.date())
            if task.group in ("年度计划", "认定批次")
        ]

    plan = make_plan(world, year=2027, levels=(4,))
    detail = url("plan_detail", plan.pk)
    assert waiting(world.office) == [("完成并提交2027年度评价计划", detail, None)]
    services.submit_plan(plan=plan, by=world.office, at=MARCH_2)
    batch = make_batch(world)
    also_office = make_user("兼任者", world.port, "office", "committee")

    assert waiting(world.office) == [
        ("核对备案范围并报备计划", url("batch_report", batch.pk), "2026-03-03")
    ]
    assert waiting(world.committee) == [
        ("选定标准并制订认定方案", url("batch_scheme", batch.pk), "2026-03-03"),
        ("审定2027年度评价计划", detail, None),
    ]
    assert len(waiting(also_office)) == 3
    assert [waiting(getattr(world, who)) for who in ("worker", "officer", "stranger")] == [
        [], [], [],
    ]  # fmt: skip
