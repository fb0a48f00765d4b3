"""One paper's way in real browsers: an item is written, approved, assembled, sealed, opened, printed."""

from io import BytesIO

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from jiangjie.exams import services as exams
from jiangjie.papers import duties, vault
from jiangjie.papers.models import Paper, PaperSet
from tests.browser.conftest import deed
from tests.exams.factories import BELL, MORNING, check_in, make_sitting, ring, seats
from tests.exams.papers import make_content
from tests.exams.test_browser import sign_in
from tests.factories import make_world
from tests.papers.factories import APRIL_1, OPENS_AT, make_papers_world
from tests.screens import faults, faults_of, open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STEM = "吊钩危险断面磨损达原尺寸的____时应当报废。"


def go(page: Page, name: str, *args: object, query: str = "") -> Page:
    page.goto(reverse(name, args=args) + query)
    return page


def press(page: Page, name: str, *, sure: bool = False) -> None:
    """A button that does a deed; `sure`: it asks before."""
    with deed(page):
        page.get_by_role("button", name=name, exact=True).click()
        if sure:
            page.locator("#ask button[value=yes]").click()


def test_from_a_written_item_to_the_printed_paper(chromium, live_server, monkeypatch) -> None:
    clock = [APRIL_1]
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: clock[0])
    papers = make_papers_world(make_world())
    world, wrong = papers.world, {}
    office, overseer, writer, expert = (
        open_as(chromium, live_server, user)
        for user in (world.office, world.supervisor, papers.writer, papers.expert)
    )

    point = papers.table.elements.get(code="A-A-001")
    go(writer, "itembank:item_new", papers.bank.pk, query=f"?kind=T&point={point.pk}")
    writer.get_by_label("题干").fill(STEM)
    writer.locator("[name=key]").fill("10%")
    press(writer, "保存并送审")
    go(expert, "itembank:review_next")
    expect(expert.get_by_text("吊钩危险断面磨损").first).to_be_visible()
    press(expert, "可用，看下一道")

    # The blueprint beside what the bank has for it: too much first, then enough.
    go(office, "papers:blueprint_new", query=f"?batch={papers.batch.pk}")
    office.get_by_label("试卷名称").fill("三级理论知识试卷")
    for name, value in (
        ("items_B", 25), ("points_B", 5), ("items_G", ""), ("points_G", ""), ("items_C", 4),
        ("points_C", 10), ("items_T", 1), ("points_T", 20), ("spares", 0), ("forms_", 3),
        ("spread", 16),
    ):  # fmt: skip
        office.locator(f"[name={name}]").fill(str(value))
    check = office.locator("#check")
    office.get_by_label("任意两套至多相同的题数").press("Tab")
    expect(check.get_by_text("不够").first).to_be_visible()
    office.locator("[name=forms_]").fill("1")
    office.locator("[name=items_B]").fill("8")
    office.locator("[name=items_B]").press("Tab")
    expect(check).to_contain_text("这些要求可以同时满足")
    press(office, "保存方案")
    press(office, "开始组卷")
    expect(office.get_by_text("正在处理")).to_be_visible()
    duties.assemble(at=clock[0])
    expect(office.get_by_text("各套比较")).to_be_visible()  # the page has asked by itself
    wrong["run"] = faults(office)
    press(office, "成卷")

    made = PaperSet.objects.get()
    office.get_by_label("白审题").check()
    office.get_by_role("button", name="指定并通知").click()
    expect(office.get_by_text("等待：白审题")).to_be_visible()
    go(expert, "papers:set", made.pk)
    expert.get_by_label("校对无误").check()
    press(expert, "提交校对结论")
    office.reload()
    office.get_by_label("第一把密钥").select_option(str(world.office.pk))
    office.get_by_label("第二把密钥").select_option(str(world.supervisor.pk))
    office.get_by_label("启封时间").fill("2026-04-18T08:30")
    with deed(office):
        office.get_by_role("button", name="指定并通知").last.click()
    codes = []
    for page in (office, overseer):
        go(page, "papers:set", made.pk)
        press(page, "领取密钥码", sure=True)
        codes.append(page.locator(".paper-code").inner_text())
    go(office, "papers:set", made.pk)
    press(office, "密封试卷", sure=True)
    expect(office.get_by_text("已密封，待交接")).to_be_visible()
    wrong["set"] = faults(office)

    clock[0] = OPENS_AT
    paper = Paper.objects.get()
    ceremony = reverse("papers:opening", args=[paper.pk])
    wrong["opening"] = faults_of(office, ceremony)
    office.get_by_label("启封地点").fill("第一考场")
    for label, case in zip(("见证考生甲", "见证考生乙"), papers.witnesses, strict=True):
        office.get_by_label(label).fill(case.person.name)
    press(office, "登记")
    for page, code in zip((office, overseer), codes, strict=True):
        page.goto(ceremony)
        page.get_by_label("密钥码").fill(code.lower())
        press(page, "输入我的密钥")
    expect(overseer.get_by_text("试卷已启封")).to_be_visible()
    paper.refresh_from_db()
    assert vault.read(paper).points == 10000

    go(office, "papers:set", made.pk)
    token = office.locator("[name=csrfmiddlewaretoken]").first.input_value()

    def printed(sheet: str) -> str:
        url = live_server.url + reverse("papers:paper_pdf", args=[paper.pk, sheet])
        answer = office.request.post(
            url, form={"csrfmiddlewaretoken": token}, headers={"Referer": live_server.url}
        )
        return "".join(each.extract_text() for each in PdfReader(BytesIO(answer.body())).pages)

    asked, key = printed("paper"), printed("key")
    assert "吊钩危险断面磨损达原尺寸的" in asked
    assert ("10%" in asked, "10%" in key) == (False, True)
    assert {name: found for name, found in wrong.items() if found} == {}
    for page in (office, overseer, writer, expert):
        page.context.close()


def test_a_machine_that_waits_shows_the_paper_that_took_the_place_of_the_first(
    chromium, live_server, monkeypatch
) -> None:
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: BELL)
    world = make_world()
    room = make_sitting(world, count=1, forms=("A",), mix_items=False)
    (seat,) = seats(room)
    context = chromium.new_context(base_url=live_server.url, locale="zh-CN")
    page = context.new_page()
    with page.expect_response("**/exam/package/"):
        sign_in(page, seat)
    first = make_content("B", singles=6)
    exams.load_paper(sitting_id=room.pk, contents=[first], by=world.office, at=MORNING)
    check_in(world, room)
    ring(world, room)
    expect(page.locator("#question-6")).to_contain_text("第6号单选题", timeout=20_000)
    context.close()
