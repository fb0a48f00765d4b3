import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jiangjie.accounts.acting import acting_of
from jiangjie.itembank import queries, services
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.exchange import ItemDraft
from jiangjie.itembank.formats.sheets import ELEMENT_COLUMNS, element_lines, workbook
from jiangjie.itembank.models import (
    Bank,
    ElementTable,
    Finding,
    Item,
    ItemImport,
    Loan,
    NearPair,
    SkillTask,
    State,
)
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.practical import ModuleRow
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.notices.hooks import tasks_for
from tests.factories import CRANE, MARCH_2, make_world
from tests.itembank.factories import (
    LEVEL,
    MARCH_3,
    MARCH_4,
    ROWS,
    BankWorld,
    case,
    make_bank,
    single,
    true_false,
)
from tests.itembank.test_formats import PIXEL

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> BankWorld:
    return make_bank(make_world())


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: datetime(2026, 4, 10, 1, 0, tzinfo=UTC))


def url(name: str, *args, **query) -> str:
    return reverse(f"itembank:{name}", args=args, query=query)


def page(client, user, name: str, *args, status: int = 200, **query) -> str:
    client.force_login(user)
    answer = client.get(url(name, *args, **query))
    assert answer.status_code == status, answer.content.decode()[-800:]
    return answer.content.decode()


def post(client, user, name: str, *args, data=None, follow: str | None = "", **query):
    client.force_login(user)
    answer = client.post(url(name, *args, **query), data or {})
    if follow is not None:
        assert answer.status_code == 302, answer.content.decode()[-800:]
        assert not follow or answer["Location"] == follow
    return answer


def titles(user) -> list[tuple[str, str]]:
    today = date(2026, 4, 10)
    return [
        (task.title, task.link) for task in tasks_for(user, acting_of(user, None, today), today)
    ]


# ---- the writer and the second expert -------------------------------------------------------


FORM = {
    "stem": "吊钩开口度超过原尺寸的____时应报废。".replace("____", "（　）"),
    "option_A": "5%", "option_B": "10%", "key": "B", "explanation": "见 $x^2$",
    "difficulty": "2", "consistency": "",
}  # fmt: skip


def test_a_writer_writes_sees_and_sends_an_item(client, town) -> None:
    start = page(client, town.writer, "item_new", town.bank.pk, code="A-B-001",
                 table=town.table.pk)  # fmt: skip
    assert "A-B-001 钢丝绳的报废标准" in start
    query = {"kind": "B", "point": town.point("A-B-001").pk}
    assert "选项F" in page(client, town.writer, "item_new", town.bank.pk, **query)
    shown = post(client, town.writer, "item_new", town.bank.pk, follow=None, **query,
                 data={**FORM, "preview": "1"})  # fmt: skip
    assert (shown.status_code, Item.objects.count()) == (200, 0)
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in shown.content.decode()
    post(client, town.writer, "item_new", town.bank.pk, data={**FORM, "send": "1"},
         follow=url("own_items"), **query)  # fmt: skip
    item = Item.objects.get()
    assert (item.code, item.latest.state, item.latest.difficulty) == ("B-A-B-001-001", "review", 2)
    assert "等待" in page(client, town.writer, "own_items")


def test_the_preview_says_what_is_missing_and_keeps_nothing(client, town) -> None:
    answer = post(client, town.writer, "preview", town.bank.pk, "B", follow=None,
                  data={**FORM, "key": "", "stem": "<script>x</script>"})  # fmt: skip
    text = answer.content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "没有答案" in text
    assert Item.objects.count() == 0


def test_a_picture_goes_where_it_is_wished(client, town) -> None:
    data = {**FORM, "figure": SimpleUploadedFile("吊钩.png", PIXEL), "figure_into": "explanation"}
    post(client, town.writer, "item_new", town.bank.pk, data=data, kind="B",
         point=town.point().pk)  # fmt: skip
    item = Item.objects.get()
    text = page(client, town.writer, "item", item.pk)
    source = text.split('<img class="item-figure" src="')[1].split('"')[0]
    assert client.get(source).content == PIXEL
    client.force_login(town.second)
    assert client.get(source).status_code == 404
    assert client.get(url("figure", "garbage")).status_code == 404


def test_a_case_item_grows_by_parts(client, town) -> None:
    query = {"kind": "E", "point": town.point().pk}
    part = {
        "part1-kind": "B",
        "part1-stem": "先做什么？",
        "part1-options": "停\n走",
        "part1-key": "A",
    }
    data = {"stem": "某码头抬吊。", "difficulty": "4", "parts": "1", **part}
    more = post(client, town.writer, "item_new", town.bank.pk, follow=None,
                data={**data, "add_part": "1"}, **query)  # fmt: skip
    assert 'name="part2-stem"' in more.content.decode()
    second = {"part2-kind": "D", "part2-stem": "为什么？", "part2-key": "因为。"}
    post(client, town.writer, "item_new", town.bank.pk, data={**data, "parts": "2", **second},
         **query)  # fmt: skip
    content = services.read_contents(
        [Item.objects.get().latest.code], purpose="view", by=None, at=MARCH_4
    )
    (got,) = content.values()
    assert got.parts == (
        ItemContent(Kind.SINGLE, "先做什么？", ("停", "走"), "A"),
        ItemContent(Kind.SHORT, "为什么？", key="因为。"),
    )


def test_a_reviewer_gets_the_next_item_after_each_judgement(client, town) -> None:
    items = [town.item(), town.item(true_false(), point="A-B-001")]
    own = services.write_item(bank=town.bank, point=town.point(), content=single("我的？"),
                              by=town.second, at=MARCH_3)  # fmt: skip
    services.submit(item_ids=[each.pk for each in items], by=town.writer, at=MARCH_3)
    services.submit(item_ids=[own.pk], by=town.second, at=MARCH_3)
    assert ("审定2道试题", url("review_next")) in titles(town.second)
    client.force_login(town.second)
    assert client.get(url("review_next"))["Location"] == url("review_item", items[0].pk)
    assert "有裂纹的吊具应立即停用" in page(client, town.second, "review_item", items[0].pk)
    refused = post(client, town.second, "review_judge", items[0].pk, follow=None,
                   data={"verdict": "returned"})  # fmt: skip
    assert (refused.status_code, "请写明意见" in refused.content.decode()) == (422, True)
    post(client, town.second, "review_judge", items[0].pk, follow=url("review_item", items[1].pk),
         data={"verdict": "returned", "opinion": "选项不好"})  # fmt: skip
    post(client, town.second, "review_judge", items[1].pk, data={"verdict": "ready"},
         follow=url("review_next"))  # fmt: skip
    assert "没有等您审定的试题" in page(client, town.second, "review_next")
    assert titles(town.writer) == [
        ("修改1道退回的试题", url("own_items")), ("审定1道试题", url("review_next")),
    ]  # fmt: skip
    mine = page(client, town.writer, "own_items")
    assert mine.index("选项不好") < mine.index(items[1].code)


def test_nobody_reviews_his_own(client, town) -> None:
    item = town.item()
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)
    page(client, town.writer, "review_item", item.pk, status=404)
    post(client, town.writer, "review_judge", item.pk, data={"verdict": "ready"}, follow=None)
    item.latest.refresh_from_db()
    assert item.latest.state == State.REVIEW


def test_two_wordings_stand_side_by_side(client, town) -> None:
    item = town.ready()
    services.save_draft(item_id=item.pk, content=single("换了说法。"), difficulty=3, by=town.writer,
                        at=MARCH_4)  # fmt: skip
    text = page(client, town.writer, "item", item.pk, version=2, compare=1)
    assert ("换了说法。" in text, "发现吊具有裂纹" in text) == (True, True)


# ---- who reads what -------------------------------------------------------------------------


def test_opening_an_item_is_an_event_with_purpose_and_reader(client, town) -> None:
    item = town.ready()
    before = Event.objects.latest("pk").pk
    page(client, town.world.office, "item", item.pk)
    event = Event.objects.get(pk__gt=before)
    assert (event.action, event.by, event.data["purpose"], event.subject) == (
        "itembank.read", town.world.office, "view", ref(item),
    )  # fmt: skip


def test_an_expert_opens_his_own_and_what_waits_but_not_the_bank(client, town) -> None:
    mine, others = town.ready(), town.item(true_false(), point="A-B-001")
    third = services.write_item(bank=town.bank, point=town.point(), content=single("第三人？"),
                                by=town.world.office, at=MARCH_3)  # fmt: skip
    page(client, town.writer, "item", mine.pk)
    page(client, town.second, "item", mine.pk)  # judged it
    page(client, town.second, "item", others.pk, status=404)  # another's draft
    page(client, town.writer, "item", third.pk, status=404)
    page(client, town.world.committee, "item", mine.pk, status=403)
    page(client, town.world.stranger, "item", mine.pk, status=404)


def test_the_list_holds_no_words_and_search_opens_only_what_may_be_opened(client, town) -> None:
    town.ready()
    services.write_item(bank=town.bank, point=town.point(), content=single("吊具秘密题？"),
                        by=town.second, at=MARCH_3)  # fmt: skip
    text = page(client, town.world.office, "item_list", town.bank.pk)
    assert ("B-A-A-001-001" in text, "吊具" in text) == (True, False)
    found = page(client, town.writer, "item_list", town.bank.pk, q="吊具")
    assert ("B-A-A-001-001" in found, "B-A-A-001-002" in found) == (True, False)
    assert Event.objects.latest("pk").action == "itembank.searched"
    by_code = page(client, town.world.office, "item_list", town.bank.pk, q="A-001-002")
    assert ("B-A-A-001-002" in by_code, "B-A-A-001-001" in by_code) == (True, False)


FILTERS = [
    ({"kind": "C"}, ["C-A-B-001-001"]),
    ({"point": "A-A"}, ["B-A-A-001-001"]),
    ({"state": "ready"}, ["B-A-A-001-001"]),
    ({"state": "draft"}, ["C-A-B-001-001"]),
    ({"level": LEVEL + 1}, []),
    ({"difficulty": 3, "sort": "-code"}, ["C-A-B-001-001", "B-A-A-001-001"]),
]


@pytest.mark.parametrize(("query", "codes"), FILTERS)
def test_filters(client, town, query, codes) -> None:
    town.ready()
    town.item(true_false(), point="A-B-001")
    client.force_login(town.world.office)
    answer = client.get(url("item_table", town.bank.pk, **query))
    rows = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert [row[0] for row in rows][1:] == codes


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_however_many(
    client, town, django_assert_num_queries, count
) -> None:
    for number in range(count):
        town.ready(single(f"第{number}种不同的情形应当怎样处理才符合规程？" * (number + 1)))
    client.force_login(town.world.office)
    with django_assert_num_queries(12):
        client.get(url("item_list", town.bank.pk))
    with django_assert_num_queries(14):
        client.get(url("bank", town.bank.pk))


# ---- the office -----------------------------------------------------------------------------


def test_the_bank_shows_what_the_tree_lacks(client, town) -> None:
    town.ready()
    text = page(client, town.world.office, "bank", town.bank.pk)
    assert "共4个点" in text
    bare = page(client, town.world.office, "bank", town.bank.pk, only="bare")
    assert ("A-A-001" in bare, "A-B-001" in bare) == (False, True)
    rows = {each.row.code: (each.ready, each.bare) for each in queries.coverage_of(town.table)}
    assert (rows["A"], rows["A-A-001"], rows["B"]) == ((1, 1), (1, 0), (0, 2))


def test_the_office_makes_a_bank(client, town) -> None:
    data = {"name": "新题库", "occupation": CRANE}
    answer = post(client, town.world.office, "bank_new", data=data)
    assert answer["Location"] == url("bank", Bank.objects.get(name="新题库").pk)
    again = post(client, town.world.office, "bank_new", data=data, follow=None)
    assert (again.status_code, "同名题库" in again.content.decode()) == (422, True)


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_items_come_in_by_a_check_and_a_choice(client, town) -> None:
    drafts = [ItemDraft(single(), "A-A-001"), ItemDraft(single("无点？"), "Z-Z-001")]
    content = FORMATS["excel"].write(drafts, {}, "别处").content
    answer = post(client, town.world.office, "import_new", town.bank.pk, data={
        "form": "excel", "table": town.table.pk, "file": upload("题.xlsx", content),
    })  # fmt: skip
    made = ItemImport.objects.get()
    assert answer["Location"] == url("import_detail", made.pk)
    assert "细目表中没有这个鉴定点" in page(client, town.world.office, "import_detail", made.pk)
    copy = post(client, town.world.office, "import_marked", made.pk, follow=None)
    cells = list(
        openpyxl.load_workbook(io.BytesIO(copy.content)).active.iter_rows(values_only=True)
    )
    assert (cells[1][-1], "没有这个鉴定点" in cells[2][-1]) == (None, True)
    post(client, town.world.office, "import_apply", made.pk,
         data={"good_only": "yes", "submit": "yes"})  # fmt: skip
    assert Item.objects.get().latest.state == State.REVIEW
    bad = post(client, town.world.office, "import_new", town.bank.pk, follow=None, data={
        "form": "word", "table": town.table.pk, "file": upload("题.docx", b"nothing"),
    })  # fmt: skip
    assert (bad.status_code, "已损坏" in bad.content.decode()) == (422, True)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_each_template_is_read_without_a_fault(client, town, form) -> None:
    client.force_login(town.writer)
    read = FORMATS[form].read(client.get(url("template", form)).content)
    assert (read.faults, bool(read.drafts)) == ([], True)


def test_an_export_with_losses_carries_its_report(client, town) -> None:
    item, _ = town.ready(), town.ready(case(), point="B-A-001")
    chosen = {"form": "excel", "scope": "chosen", "chosen": [item.pk]}
    plain = post(client, town.world.office, "export", town.bank.pk, data=chosen, follow=None)
    (draft,) = FORMATS["excel"].read(plain.content).drafts
    assert draft.content == single()
    lossy = post(client, town.world.office, "export", town.bank.pk, follow=None,
                 data={"form": "gift", "scope": "all"})  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(lossy.content)) as package:
        names = sorted(package.namelist())
        report = package.read("损失报告.txt").decode()
    assert (names, "整题没有导出" in report) == (
        sorted([f"{town.bank.name}.txt", "损失报告.txt"]),
        True,
    )


def test_many_items_are_adopted_and_retired_at_once(client, town) -> None:
    items = [town.item(), town.item(true_false(), point="A-B-001")]
    ids = [item.pk for item in items]
    post(client, town.writer, "item_deed", town.bank.pk, data={"deed": "submit", "chosen": ids})
    adopt = {"deed": "adopt", "chosen": ids, "words": "2025年命题会纪要"}
    assert post(client, town.writer, "item_deed", town.bank.pk, data=adopt,
                follow=None).status_code == 403  # fmt: skip
    post(client, town.world.office, "item_deed", town.bank.pk, data=adopt)
    assert len(queries.pool([town.bank.pk], LEVEL)) == 2
    post(client, town.world.office, "item_deed", town.bank.pk,
         data={"deed": "retire", "chosen": ids[:1], "words": "过时"})  # fmt: skip
    post(client, town.world.office, "item_retire", ids[1], data={"reason": "错"})
    assert queries.pool([town.bank.pk], LEVEL) == []
    post(client, town.world.office, "item_retire", ids[1], data={"reason": "恢复"})
    assert len(queries.pool([town.bank.pk], LEVEL)) == 1


def test_duplicates_are_judged_side_by_side(client, town) -> None:
    town.ready()
    town.ready(single("起重作业中，如发现吊具有裂纹，应当（　）。"), point="A-B-001")
    pair = NearPair.objects.get()
    assert ("判断1对相似试题", url("pair_list")) in titles(town.world.office)
    assert f"{pair.percent}%" in page(client, town.world.office, "pair_list")
    assert page(client, town.world.office, "pair", pair.pk).count("立即停止作业并报告") == 2
    post(client, town.world.office, "pair_decide", pair.pk, data={"finding": "enemies"},
         follow=url("pair_list"))  # fmt: skip
    pair.refresh_from_db()
    assert (pair.finding, pair.decided_by) == (Finding.ENEMIES, town.world.office)


def test_a_bank_is_lent_used_counted_and_taken_back(client, town) -> None:
    item = town.ready()
    data = {
        "borrower": town.world.stranger_org.pk, "first_day": "2026-04-01",
        "last_day": "2026-04-30", "terms": "仅用于联评", "levels": [LEVEL], "may_read": "on",
    }  # fmt: skip
    post(client, town.world.office, "lend", town.bank.pk, data=data, follow=url("loan_list"))
    loan = Loan.objects.get()
    services.count_use(items=[item.ready.code], occasion=loan, title="邻厂四月卷", by=None,
                       org=town.world.stranger_org, on=date(2026, 4, 18), at=MARCH_4)  # fmt: skip
    for user in (town.world.office, town.world.stranger):
        assert "邻厂四月卷" in page(client, user, "loan", loan.pk)
    assert "借入" in page(client, town.world.stranger, "bank_list")
    page(client, town.world.stranger, "item", item.pk)
    post(client, town.world.stranger, "loan_end", loan.pk, data={"reason": "x"}, follow=None)
    loan.refresh_from_db()
    assert loan.ended_at is None
    post(client, town.world.office, "loan_end", loan.pk, data={"reason": "到期"})
    page(client, town.world.stranger, "item", item.pk, status=404)


# ---- tables ---------------------------------------------------------------------------------


def table_data(town, content: bytes, *, part: str = "theory", edition: str = "2027") -> dict:
    return {
        "part": part, "standard": town.table.standard_id, "level": LEVEL, "edition": edition,
        "source": "命题组", "file": upload("表.xlsx", content),
    }  # fmt: skip


def test_a_table_is_checked_then_taken_in(client, town) -> None:
    content = workbook(ELEMENT_COLUMNS, element_lines(ROWS))
    answer = post(client, town.world.office, "table_import", follow=None,
                  data=table_data(town, content))  # fmt: skip
    text = answer.content.decode()
    assert ("9行，没有错误" in text, ElementTable.objects.count()) == (True, 1)
    token = text.split('name="token" value="')[1].split('"')[0]
    post(client, town.world.office, "table_apply", data={"token": token})
    table = ElementTable.objects.get(edition="2027")
    assert queries.element_rows(table) == queries.element_rows(town.table)
    client.force_login(town.world.committee)
    exported = client.get(url("table_export", table.pk)).content
    cells = openpyxl.load_workbook(io.BytesIO(exported)).active.iter_rows(values_only=True)
    assert len(list(cells)) == len(ROWS) + 1


def test_a_wrong_table_names_its_cells_in_a_marked_copy(client, town) -> None:
    lines = [("A", "基本要求", 90, None), *element_lines(ROWS)[1:]]
    answer = post(client, town.world.office, "table_import", follow=None,
                  data=table_data(town, workbook(ELEMENT_COLUMNS, lines)))  # fmt: skip
    text = answer.content.decode()
    assert "一级范围比重合计应为100%，现为165%" in text
    token = text.split('name="token" value="')[1].split('"')[0]
    copy = post(client, town.world.office, "table_apply", data={"token": token, "marked": "1"},
                follow=None)  # fmt: skip
    row = list(openpyxl.load_workbook(io.BytesIO(copy.content)).active.iter_rows(values_only=True))[
        1
    ]
    assert "合计应为100%" in row[-1]
    post(
        client, town.world.office, "table_apply", data={"token": token}, follow=url("table_import")
    )
    assert ElementTable.objects.count() == 1


TASK = {
    "title": "吊装作业前检查", "task": "按规程检查轮胎起重机。", "site_notice": "轮胎起重机1台",
    "rows": "外观检查 | 无漏检 | 40 | 漏一项扣5分\n试吊 | 步骤正确 | 60 | 错一步扣10分",
    "vetoes": "违章操作危及人身安全",
}  # fmt: skip


def test_a_practical_task_is_written_judged_and_revised(client, town) -> None:
    table = services.set_structure(
        owner=town.world.port, standard=town.table.standard, level=LEVEL, edition="2026",
        rows=[ModuleRow("准备", "检查", "", 10_000, 30, "practice")], source="命题组",
        by=town.world.office, at=MARCH_2,
    )  # fmt: skip
    module = table.modules.get()
    wrong = post(client, town.writer, "task_new", module.pk, follow=None,
                 data={**TASK, "rows": "外观 | 全 | 40 | 扣"})  # fmt: skip
    assert (wrong.status_code, "应为100分" in wrong.content.decode()) == (422, True)
    post(client, town.writer, "task_new", module.pk, data=TASK)
    task = SkillTask.objects.get()
    assert "漏一项扣5分" in page(client, town.second, "task", task.pk)
    own = post(client, town.writer, "task_judge", task.pk, data={"verdict": "ready"}, follow=None)
    assert own.status_code == 422
    post(client, town.second, "task_judge", task.pk, data={"verdict": "ready"})
    post(client, town.writer, "task_edit", task.pk, data={**TASK, "title": "检查（修订）"})
    states = list(SkillTask.objects.order_by("version").values_list("version", "state"))
    assert states == [(1, State.READY), (2, State.REVIEW)]
    assert "检查（修订）" in page(client, town.world.committee, "skill_table", table.pk)


def test_everything_has_a_name_on_the_page(client, town) -> None:
    """The pages that nothing above opens."""
    for name in ("bank_list", "loan_list", "table_list", "bank_new", "table_import"):
        page(client, town.world.office, name)
    for name in ("lend", "import_new"):
        page(client, town.world.office, name, town.bank.pk)
    page(client, town.writer, "item_edit", town.item().pk)
    page(client, town.world.office, "table", town.table.pk)
