"""What people come for, done by hand in a real browser, from log-in to the answer."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.applications.factories import MARCH_10, roster_row, write_roster
from tests.browser.conftest import Open, deed
from tests.browser.town import ISSUED, PASSWORD, Town
from tests.results.factories import AFTER_EXAM, cases_of
from tests.screens import PHONE, faults, faults_of
from tests.walk.world import PIXEL

# The town is committed; the mark only makes sure that there is a database to build it in.
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def press(page: Page, name: str) -> None:
    with deed(page):
        page.get_by_role("button", name=name, exact=True).first.click()


def confirm(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    with deed(page):
        page.get_by_role("dialog").get_by_role("button", name="确定").click()


def refusal(page: Page) -> str:
    return page.locator(".refusal-box").first.inner_text()


def test_a_worker_applies_on_his_phone(town: Town, visit: Open) -> None:
    town.now = MARCH_10
    page = visit(reverse("account_login"), width=PHONE)
    page.get_by_label("用户名").fill(town.world.worker.username)
    page.get_by_label("密码").fill(PASSWORD)
    press(page, "登录")
    page.goto(reverse("applications:mine"))
    offer = page.locator("article.offer", has_text="三级/高级工").first
    expect(offer).to_contain_text("符合申报条件")
    page.get_by_text("还不能申报的").click()
    expect(page.locator("article.offer", has_text="二级/技师").first).to_contain_text(
        "需要先取得下列证书"
    )
    assert faults(page) == []

    with deed(page):
        offer.get_by_role("button", name="开始申报").click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("符合申报条件")
    line = page.get_by_label("申报职业（工种）和等级")
    line.select_option(label="起重装卸机械操作工（流动式起重机司机） · 二级/技师")
    expect(verdict).to_contain_text("暂不符合申报条件")
    line.select_option(label="起重装卸机械操作工（流动式起重机司机） · 三级/高级工")
    expect(verdict.locator(".verdict-yes")).to_be_visible()
    photo = {"name": "证件照.png", "mimeType": "image/png", "buffer": PIXEL}
    page.get_by_label("近期一寸白底证件照").set_input_files(photo)
    press(page, "保存")
    expect(page.get_by_alt_text("已上传的证件照")).to_be_visible()
    page.get_by_label("材料名称").fill("工作年限证明")
    page.get_by_label("文件（PDF、JPG、PNG）").set_input_files({**photo, "name": "工龄.png"})
    press(page, "上传")
    expect(page.get_by_role("link", name="工龄.png")).to_be_visible()

    press(page, "提交申报")
    assert "承诺" in refusal(page)
    page.get_by_label("本人承诺").check()
    press(page, "提交申报")
    expect(page.locator(".timeline")).to_contain_text("提交申报")
    assert faults(page) == []


def test_a_clerk_mends_a_roster_with_mistakes(town: Town, visit: Open, tmp_path: Path) -> None:
    town.now = MARCH_10
    rows = [roster_row(1), roster_row(2, 姓名=""), roster_row(3, 申报等级="九级")]
    write_roster(tmp_path / "名册.xlsx", rows)
    page = visit(
        reverse("applications:rosters", args=[town.open_batch.pk]), by=town.world.clerk_a.username
    )
    page.get_by_label("报名名册（.xlsx 或 .csv）").set_input_files(tmp_path / "名册.xlsx")
    press(page, "核对")
    mistakes = page.get_by_role("table", name="错误清单").locator("tbody tr")
    expect(mistakes.first).to_be_visible()
    assert {row.locator("td").nth(0).inner_text() for row in mistakes.all()} == {"3", "4"}
    with page.expect_download() as kept:
        page.get_by_role("button", name="下载标注副本").click()
    kept.value.save_as(tmp_path / "标注.xlsx")
    sheet = load_workbook(tmp_path / "标注.xlsx").worksheets[0]
    assert [cell.row for line in sheet for cell in line if cell.comment] == [3, 4]
    press(page, "只导入无误的 1 人")
    expect(page.locator(".stat", has_text="新增申报")).to_contain_text("1")
    assert faults(page) == []


def test_whoever_signed_one_layer_is_refused_on_the_next(town: Town, visit: Open) -> None:
    town.now = MARCH_10
    case = reverse("applications:detail", args=[town.cases[0].pk])
    page = visit("/", by=town.both.username)
    page.locator("summary", has_text=town.world.unit_a.name).click()
    press(page, town.world.port.name)
    page.goto(case)
    press(page, "通过")
    assert "不得" in refusal(page)
    assert "依据" in refusal(page)

    page = visit(case, by=town.world.office.username)
    press(page, "通过")
    page.goto(case)
    expect(page.locator(".timeline")).to_contain_text("评价办公室复审")


def test_no_batch_is_opened_outside_of_what_is_filed(town: Town, visit: Open) -> None:
    town.now = MARCH_10
    page = visit(reverse("planning:batch_new", args=[town.plan.pk]), by=town.world.office.username)
    row = page.get_by_role("row", name=re.compile("装配式"))
    expect(row.locator(".status-bad")).to_contain_text("不在备案范围内")
    row.get_by_role("spinbutton").fill("5")
    for label, value in (
        ("名称", "越界批次"), ("条件截止日", "2026-05-16"), ("申报起始日", "2026-03-16"),
        ("申报截止日", "2026-03-27"), ("考评日期", "2026-05-16"), ("考评地点", "实训基地"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    press(page, "开设批次")
    assert "依据" in refusal(page)
    assert page.get_by_label("名称").input_value() == "越界批次"


def test_two_people_type_the_scores_and_clear_a_difference(town: Town, visit: Open) -> None:
    town.now = AFTER_EXAM
    batch, part = town.examined.pk, "theory"
    first, second = town.world.office.username, town.second.username
    for entry, typist, scores in ((1, first, ("80", "72.5")), (2, second, ("80", "77.5"))):
        page = visit(reverse("results:typing", args=[batch, part, entry]), by=typist)
        for cell, score in zip(page.locator("input[data-cell]").all(), scores, strict=True):
            cell.fill(score)
        press(page, "保存")
    page.goto(reverse("results:difference_list", args=[batch, part]))
    differing = page.get_by_role("table", name="两遍录入不一致的成绩").locator("tbody tr")
    expect(differing).to_have_count(1)
    expect(differing).to_contain_text(cases_of(town.examined)[1].person.name)
    page.get_by_label(re.compile("更正为")).fill("72.5")
    press(page, "改录")
    page.goto(reverse("results:part_list", args=[batch]))
    press(page, "核对两遍成绩")
    expect(page.get_by_role("row", name=re.compile("理论知识考试"))).to_contain_text("已核对")


def test_a_stranger_objects_and_follows_what_becomes_of_it(town: Town, visit: Open) -> None:
    """With the keyboard only, and then without JavaScript."""
    town.now = AFTER_EXAM
    page = visit(reverse("publicity:period", args=[town.period.pk]), width=PHONE)
    assert town.period.rows[0]["name"] in page.locator("tbody tr").first.inner_text()
    assert faults(page) == []
    page.get_by_role("link", name="提出异议", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/objection/")
    page.get_by_label("异议对象").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("该同志工作年限不足，请核实。")
    for _ in range(3):  # name, contact, then the button
        page.keyboard.press("Tab")
    with deed(page):
        page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/**")
    receipt = page.locator(".figure").first.inner_text()
    expect(page.locator(".kv")).to_contain_text("已受理，待指定处理人")

    plain = visit(reverse("publicity:receipt_find"), java_script_enabled=False)
    plain.get_by_label("受理编号").fill(receipt)
    plain.get_by_role("button", name="查询").click()
    expect(plain.locator(".kv")).to_contain_text("该同志工作年限不足")
    plain.goto(reverse("publicity:objection_new", args=[town.period.pk]))
    plain.get_by_label("异议内容").fill("整个名单的公示期不够。")
    plain.get_by_role("button", name="提交异议").click()
    expect(plain.locator(".kv")).to_contain_text("整个公示名单")


def test_anybody_tells_a_true_certificate_from_the_others(town: Town, visit: Open) -> None:
    town.now = ISSUED
    good, revoked = town.certificates
    page = visit(reverse("certificates:by_secret", args=[good.secret]), width=PHONE)
    expect(page.locator(".cert-verdict")).to_have_text("证书有效")
    assert good.holder_name not in page.content()
    assert faults(page) == []
    for number, name, answer in (
        (good.number, good.holder_name, "证书有效"),
        (revoked.number, revoked.holder_name, "证书已撤销"),
        (good.number, "别人", "没有查到"),
    ):
        page.goto(reverse("certificates:verify"))
        page.get_by_label("证书编号").fill(number)
        page.get_by_label("姓名").fill(name)
        press(page, "核验")
        expect(page.locator(".cert-verdict")).to_have_text(answer)


def test_a_month_is_paid_once(town: Town, visit: Open) -> None:
    town.now = ISSUED
    path = f"{reverse('treatment:month')}?month=2026-04"
    page, late = (visit(path, by=town.world.payroll.username) for _ in range(2))
    for each in (page, late):
        each.get_by_label("凭证号").fill("薪202604-01")
        each.get_by_label(re.compile("全部应发|全部")).first.check()
    confirm(page, "登记发放")
    expect(page.locator(".stat", has_text="本月已发")).to_contain_text("200.00")
    confirm(late, "登记发放")
    assert "已" in refusal(late)


def test_the_site_speaks_english_too(town: Town, visit: Open) -> None:
    town.now = MARCH_10
    page = visit(reverse("planning:announcement_list"))
    press(page, "English")
    assert page.locator("html").get_attribute("lang") == "en"
    assert faults(page) == []
    press(page, "中文")
    assert page.locator("html").get_attribute("lang") in {"zh-hans", "zh-Hans"}


ROLES = (
    ("worker", ("/", "/me/", "/me/applications/", "/me/results/", "/me/certificates/")),
    ("clerk_a", ("/people/", "{batch}", "{batch}applications/", "{batch}rosters/")),
    ("office", ("/", "/plans/", "{plan}", "/batches/", "{batch}", "{batch}steps/S08/", "/scores/")),
    ("office", ("{examined}scores/", "{examined}results/", "/publicity/manage/", "/archive/")),
    ("committee", ("{batch}scheme/", "/procedures/", "/objections/")),
    ("payroll", ("/treatment/", "/treatment/rates/", "/treatment/overdue/")),
    ("admin", ("/accounts/members/", "/orgs/filings/", "/policy/", "/catalogue/")),
    ("officer", ("/orgs/", "/batches/", "/certificates/", "/ledger/events/")),
)


@pytest.mark.parametrize(("role", "paths"), ROLES)
def test_main_pages_are_whole(town: Town, visit: Open, role: str, paths: tuple[str, ...]) -> None:
    """Nothing that axe objects to, nothing over the edge, nothing blocked."""
    town.now = ISSUED
    page = visit("/", by=getattr(town.world, role).username)
    places = {
        "batch": reverse("planning:batch_detail", args=[town.open_batch.pk]),
        "examined": reverse("planning:batch_detail", args=[town.examined.pk]),
        "plan": reverse("planning:plan_detail", args=[town.plan.pk]),
    }
    found = {path: faults_of(page, path.format(**places)) for path in paths}
    assert found == {path: [] for path in paths}
