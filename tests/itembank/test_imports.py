import pytest

from jiangjie.files import services as files
from jiangjie.itembank import services
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.exchange import ItemDraft
from jiangjie.itembank.formats.sheets import (
    ELEMENT_COLUMNS,
    MODULE_COLUMNS,
    element_lines,
    module_lines,
    read_elements,
    read_modules,
    workbook,
)
from jiangjie.itembank.models import Figure, Item, ItemImport, ItemVersion, State
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.practical import ModuleRow
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from tests.factories import make_world
from tests.itembank.factories import MARCH_3, MARCH_4, ROWS, BankWorld, case, make_bank, single
from tests.itembank.test_formats import DIGEST, FIGURES, PIXEL, as_carried


@pytest.fixture
def town(db) -> BankWorld:
    return make_bank(make_world())


def check(town: BankWorld, *drafts: ItemDraft, form: str = "excel", **wishes) -> ItemImport:
    return services.check_items(
        bank=town.bank, table=town.table, form=form,
        content=FORMATS[form].write(drafts, FIGURES, "来自别处").content, file_name="试题.xlsx",
        by=town.world.office, at=MARCH_3, **wishes,
    )  # fmt: skip


def take(town: BankWorld, made: ItemImport, **wishes) -> ItemImport:
    wishes = {"good_only": False, "submit": False, **wishes}
    return services.apply_items(import_id=made.pk, by=town.world.office, at=MARCH_4, **wishes)


GOOD = ItemDraft(single(), "A-A-001", 2, 4, "B-A-A-001-007")
FIGURED = ItemDraft(ItemContent(Kind.SHORT, f"看图。![]({DIGEST})", key="略图说明"), "B-A-001")
NO_POINT = ItemDraft(single("别的问题？"), "Z-Z-001")
BROKEN = ItemDraft(ItemContent(Kind.SINGLE, "缺答案？", ("甲", "乙"), ""), "A-A-001")


def test_a_check_takes_nothing_in_and_names_what_is_wrong(town) -> None:
    made = check(town, GOOD, NO_POINT, BROKEN)
    assert (made.found, made.good, Item.objects.count()) == (3, 1, 0)
    assert [(each["place"], each["column"], each["code"]) for each in made.faults] == [
        ("第3行", "认定点代码", "point_unknown"), ("第4行", "正确答案", "key_missing"),
    ]  # fmt: skip


def test_good_ones_are_taken_by_choice_with_their_codes_and_pictures(town) -> None:
    made = check(town, GOOD, FIGURED, BROKEN)
    with pytest.raises(RuleViolation, match="1处错误"):
        take(town, made)
    take(town, made, good_only=True, submit=True)
    rows = Item.objects.order_by("code").values_list("code", "latest__state", "latest__difficulty")
    assert list(rows) == [("B-A-A-001-007", State.REVIEW, 2), ("D-B-A-001-001", State.REVIEW, 3)]
    assert services.read_figures({DIGEST}, bank_ids=[town.bank.pk]) == {DIGEST: PIXEL}
    assert PIXEL not in files.read(Figure.objects.get().blob)


def test_an_import_repeated_changes_nothing(town) -> None:
    made = check(town, GOOD, ItemDraft(case(), "B-A-001"))
    first, second = take(town, made), take(town, made)
    assert ((first.created, first.unchanged), (second.created, second.unchanged)) == (
        (2, 0),
        (2, 2),
    )
    assert Item.objects.count() == 2


def test_a_known_code_with_other_words_becomes_the_next_version(town) -> None:
    item = town.ready()
    changed = ItemDraft(single("换了说法的题干？"), "A-A-001", 3, None, item.code)
    take(town, check(town, changed))
    numbers = ItemVersion.objects.order_by("number").values_list("number", "state")
    assert list(numbers) == [(1, State.READY), (2, State.DRAFT)]


def test_a_default_point_takes_what_names_none(town) -> None:
    made = check(town, NO_POINT, default_point=town.point("B-A-002"))
    assert (made.good, made.faults) == (1, [])


def test_nothing_of_the_file_stands_in_clear_in_the_database(town) -> None:
    formula = ItemDraft(ItemContent(Kind.SHORT, r"求$\frac{秘密$。", key="略"), "A-A-001")
    made = check(town, GOOD, formula)
    assert [each["code"] for each in made.faults] == ["formula_unreadable"]
    texts = [str(each) for each in (*ItemImport.objects.values(), *Event.objects.values())]
    assert not any("秘密" in text or "吊具" in text for text in texts)
    assert "吊具".encode() not in files.read(made.blob)


@pytest.mark.parametrize("form", ["word", "qti30"])
def test_what_is_exported_is_read_again_and_leaves_an_event(town, form) -> None:
    items = [town.ready(), town.ready(case(), point="B-A-002")]
    start = Event.objects.latest("pk").pk
    written = services.export_items(
        items=items, form=form, title="题库", org=town.world.port, by=town.world.office, at=MARCH_4
    )
    carried = as_carried(FORMATS[form].read(written.content))
    assert [each[0] for each in carried] == [single(), case()]
    event = Event.objects.get(pk__gt=start)
    assert (event.action, event.data["purpose"]) == ("itembank.read", "export")


# ---- workbooks of tables --------------------------------------------------------------------


def findings(lines, *, columns=ELEMENT_COLUMNS, reader=read_elements) -> list[tuple]:
    return [(f.place, f.column, f.code) for f in reader(workbook(columns, lines)).findings]


def test_an_element_table_goes_out_and_comes_in() -> None:
    read = read_elements(workbook(ELEMENT_COLUMNS, element_lines(ROWS)))
    rows = [(row.code, row.name, row.weight, row.importance) for row in read.elements]
    assert rows == [(row.code, row.name, row.weight, row.importance) for row in ROWS]
    assert read.findings == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({1: ("A-A", "职业道德", 6, "")}, [("第2行", "鉴定比重", "sum_of_children")]),
        ({2: ("A-A-001", "点", 3, "X")}, [("第4行", "鉴定比重", "point_weighs")]),
        ({2: ("A-A-001", "点", "", "W")},
         [("第4行", "重要程度", "importance_unknown")]),
        ({0: ("A", "基本要求", 25, "(9:0:0)")}, [("第2行", "重要程度", "ratio_differs")]),
        ({4: ("A-A-001", "重复", "", "Y")}, [("第6行", "代码", "code_twice"),
                                          ("第5行", "代码", "scope_empty")]),
        ({3: ("A-C", "基础知识", 20, "")}, [("第6行", "代码", "parent_missing"),
                                        ("第5行", "代码", "scope_empty")]),
    ],
)  # fmt: skip
def test_each_wrong_cell_is_named(change, expected) -> None:
    lines = [change.get(at, line) for at, line in enumerate(element_lines(ROWS))]
    plain = [(*line[:3], "" if str(line[3]).startswith("(0") else line[3]) for line in lines]
    assert sorted(findings(_without_ratios(plain, change))) == sorted(expected)


def _without_ratios(lines, change):
    return [
        line if at in change or line[3] in ("X", "Y", "Z") else (*line[:3], "")
        for at, line in enumerate(lines)
    ]


MODULES = (
    ModuleRow("作业准备", "吊装前检查", "", 4000, 30, "practice"),
    ModuleRow("作业操作", "定点停放", "任选一", 6000, 60, "practice"),
    ModuleRow("作业操作", "绕桩行驶", "任选一", 6000, 60, "practice"),
)


def test_a_structure_goes_out_and_comes_in() -> None:
    read = read_modules(workbook(MODULE_COLUMNS, module_lines(MODULES)))
    assert (tuple(read.modules), read.findings) == (MODULES, [])
    wrong = [("作业准备", "检查", "必考", "四成", "半小时", "现场")]
    assert findings(wrong, columns=MODULE_COLUMNS, reader=read_modules) == [
        ("第2行", "鉴定比重", "weight_unreadable"), ("第2行", "考试时间", "minutes"),
        ("第2行", "考核形式", "form_unknown"),
    ]  # fmt: skip


def test_a_picture_is_a_png_or_jpeg(town) -> None:
    with pytest.raises(RuleViolation, match="PNG"):
        services.add_figure(bank=town.bank, content=b"GIF89a", name="x", by=town.writer, at=MARCH_3)
    figures = [
        services.add_figure(bank=town.bank, content=PIXEL, name="吊钩", by=town.writer, at=MARCH_3)
        for _ in range(2)
    ]
    assert figures[0] == figures[1]
