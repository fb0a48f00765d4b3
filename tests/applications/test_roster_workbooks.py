"""Workbooks in and out: what is read, what is refused and how, the marked copy, the template."""

import importlib.util
import io
import json
import os
import random
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from jiangjie.applications.rules.roster import COLUMNS, check_rows
from jiangjie.applications.workbooks.marking import write_marked
from jiangjie.applications.workbooks.reading import Limits, read_roster
from jiangjie.applications.workbooks.template import write_template
from jiangjie.catalogue.dictionary import occupations
from jiangjie.kernel.errors import BadInput
from jiangjie.kernel.levels import Level

from .test_roster import GOOD, ID

AS_OF = date(2026, 11, 23)
SHARED = Path(os.environ.get("JIANGJIE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
ROSTERS = SHARED / "data" / "rosters"
MAKER = SHARED / "tools" / "make_roster.py"

needs_rosters = pytest.mark.skipif(not ROSTERS.exists(), reason="no benchmark rosters beside us")
needs_maker = pytest.mark.skipif(not MAKER.exists(), reason="no roster maker beside us")


def checked(source, **options):
    roster = read_roster(source, **options)
    return check_rows(roster.header, roster.rows(), as_of=AS_OF, occupations=occupations())


def book(*tables: tuple[str, list[list[object]]]) -> bytes:
    """A workbook of (sheet name, rows)."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in tables:
            sheet = made.add_worksheet(name)
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(
                            number, column, datetime.combine(cell, datetime.min.time()), day
                        )
                    else:
                        sheet.write(number, column, cell)
    return stream.getvalue()


def values(row: dict[str, object], columns=COLUMNS) -> list[object]:
    return [row.get(column, "") for column in columns]


def roster_book(*rows: dict[str, object], sheet="报名名册") -> bytes:
    return book((sheet, [["名册（虚构人员）"], list(COLUMNS), *map(values, rows)]))


def changed(content: bytes, part: str, text: bytes) -> bytes:
    """A workbook with one part added or replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.infolist():
            if member.filename != part:
                new.writestr(member, old.read(member))
        new.writestr(part, text)
    return stream.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


TEXT_FORMAT = 49  # "@" of the built-in formats
SHEET_PART = "xl/worksheets/sheet1.xml"


@needs_rosters
def test_a_good_roster_is_all_good():
    result = checked(ROSTERS / "port-300.xlsx")
    assert (result.rows, len(result.good), result.faults) == (300, 300, [])


@needs_rosters
def test_a_dirty_roster_has_its_planted_faults_and_no_others():
    planted = json.loads((ROSTERS / "port-dirty.xlsx.faults.json").read_text())
    result = checked(ROSTERS / "port-dirty.xlsx")
    assert sorted((fault.row, fault.code) for fault in result.faults) == sorted(
        (fault["row"], fault["kind"]) for fault in planted
    )


@needs_maker
@pytest.mark.parametrize("seed", range(20, 26))
def test_every_fault_that_the_maker_plants_is_found_alone(seed):
    spec = importlib.util.spec_from_file_location("make_roster", MAKER)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    chance = random.Random(seed)
    rows, planted, numbers = [], [], set()
    kinds = sorted(maker.FAULTS) * 4
    while kinds:
        row = maker.person(len(rows) + 1, chance)
        if row[3] in numbers:
            continue  # by chance the same number as another made-up person
        numbers.add(row[3])
        if chance.random() < 0.5:
            kind = kinds.pop()
            maker.FAULTS[kind](row, chance)
            planted.append((len(rows) + 3, kind))
        rows.append(row)
    first = next(n for n in range(len(rows)) if n + 3 not in dict(planted))
    rows.append([*maker.person(len(rows) + 1, chance)])
    rows[-1][3] = rows[first][3]
    planted.append((len(rows) + 2, "duplicate_person"))
    content = book(("报名名册", [["名册"], maker.COLUMNS, *rows]))
    result = checked(content, file="made.xlsx")
    assert [(fault.row, fault.code) for fault in result.faults] == planted
    assert len(result.good) == len(rows) - len(planted)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([list(COLUMNS), values(GOOD)], id="header-in-row-1"),
        pytest.param([["名册"], [], list(COLUMNS), values(GOOD)], id="header-in-row-3"),
        pytest.param([list(COLUMNS), [], ["", " "], values(GOOD), []], id="empty-rows-between"),
        pytest.param(
            [["工号", *reversed(COLUMNS)], ["A1", *reversed(values(GOOD))]], id="another-order"
        ),
        pytest.param(
            [["", "", *COLUMNS], ["", "", *values(GOOD)]], id="begins-in-the-third-column"
        ),
        pytest.param([[f" {name}\n" for name in COLUMNS], values(GOOD)], id="blanks-in-headings"),
        pytest.param([[f"*{name}(必填)" for name in COLUMNS], values(GOOD)], id="stars"),
    ],
)
def test_the_table_may_lie_in_many_ways(rows):
    result = checked(book(("报名名册", rows)), file="名册.xlsx")
    assert (result.rows, len(result.good)) == (1, 1), result.faults


def test_rows_are_counted_as_excel_counts_them():
    rows = [["名册"], [], list(COLUMNS), [], values(GOOD | {"姓名": ""})]
    (fault,) = checked(book(("报名名册", rows)), file="名册.xlsx").faults
    assert (fault.row, fault.column, fault.column_letter) == (5, "姓名", "B")


def test_the_only_sheet_is_taken_whatever_its_name():
    assert len(checked(roster_book(GOOD, sheet="Sheet1"), file="a.xlsx").good) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_that_excel_and_wps_write(encoding):
    row = values(GOOD | {"证件号码": f'="{ID}"', "手机号码": "'13800000000", "姓名": "张䶮"})
    row = ['"' + str(cell).replace('"', '""') + '"' for cell in row]
    content = "\r\n".join([",".join(COLUMNS), ",".join(row), ""]).encode(encoding)
    (person,) = checked(content, file="名册.csv").good
    assert (person.row, person.name, person.id_number) == (2, "张䶮", ID)


def test_a_formula_error_is_reported_though_the_reader_gives_an_empty_cell():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        sheet = made.add_worksheet("报名名册")
        sheet.write_row(0, 0, COLUMNS)
        row = values({name: cell for name, cell in GOOD.items() if not isinstance(cell, date)})
        sheet.write_row(1, 0, row)
        sheet.write_formula(1, COLUMNS.index("部门"), "=NA()", None, "#N/A")
    faults = checked(stream.getvalue(), file="a.xlsx").faults
    assert ("部门", "cell_error", "#N/A") in [
        (fault.column, fault.code, fault.value_masked) for fault in faults
    ]


GOOD_BOOK = roster_book(GOOD)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "file", "message"),
    [
        pytest.param(b"%PDF-1.7", "a.xlsx", "a.xlsx 不是 .xlsx 工作簿或 .csv 文件。", id="pdf"),
        pytest.param(b"", "a.xlsx", "a.xlsx 不是 .xlsx 工作簿或 .csv 文件。", id="empty"),
        pytest.param(
            changed(GOOD_BOOK, "mimetype", b"x"),
            "a.ods",
            "a.ods 不是 .xlsx 工作簿或 .csv 文件。",
            id="opendocument",
        ),
        pytest.param(
            GOOD_BOOK[: len(GOOD_BOOK) // 2],
            "a.xlsx",
            "a.xlsx 不是完好的 .xlsx 工作簿，无法打开。",
            id="cut-off",
        ),
        pytest.param(
            changed(GOOD_BOOK, "xl/workbook.xml", b"<workbook"),
            "a.xlsx",
            "a.xlsx 不是完好的 .xlsx 工作簿，无法打开。",
            id="broken-xml",
        ),
        pytest.param(
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "a.xlsx 设有打开密码，请取消密码后再上传。",
            id="password",
        ),
        pytest.param(
            OLE, "a.xls", "a.xls 是旧版格式（.xls），请另存为 .xlsx 后再上传。", id="old-xls"
        ),
        pytest.param(
            changed(GOOD_BOOK, "xl/vbaProject.bin", b"x"),
            "a.xlsm",
            "a.xlsm 含有宏，请另存为不含宏的 .xlsx 后再上传。",
            id="macros",
        ),
        pytest.param(
            changed(GOOD_BOOK, "xl/workbook.bin", b"x"),
            "a.xlsb",
            "a.xlsb 是二进制格式（.xlsb），请另存为 .xlsx 后再上传。",
            id="binary",
        ),
        pytest.param(
            book(("一班", [["a"]]), ("二班", [["b"]])),
            "a.xlsx",
            "a.xlsx 中没有工作表“报名名册”，只有：一班、二班。",
            id="no-such-sheet",
        ),
        pytest.param(
            book(("报名名册", [["名册"], ["甲", "乙"]])),
            "a.xlsx",
            "a.xlsx 的工作表“报名名册”前10行中没有找到表头行，"
            "表头应有：姓名、证件类型、证件号码、性别……",
            id="no-header",
        ),
        pytest.param(
            book(("报名名册", [])),
            "a.xlsx",
            "a.xlsx 的工作表“报名名册”前10行中没有找到表头行，"
            "表头应有：姓名、证件类型、证件号码、性别……",
            id="empty-sheet",
        ),
        pytest.param(
            book(("报名名册", [["名册"], [name for name in COLUMNS if name != "姓名"]])),
            "a.xlsx",
            "a.xlsx 的工作表“报名名册”第2行：表头缺少必填列：姓名。",
            id="missing-column",
        ),
        pytest.param(
            book(("报名名册", [[*COLUMNS, "性别"]])),
            "a.xlsx",
            "a.xlsx 的工作表“报名名册”第1行：表头中有重复的列：性别（E、AE）。",
            id="repeated-column",
        ),
        pytest.param(
            "姓名,单位\n".encode("gb18030") + b"\xff\xff", "a.csv", None, id="csv-of-no-encoding"
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, file, message):
    with pytest.raises(BadInput) as refused:
        read_roster(content, file=file)
    assert str(refused.value) == (
        message or f"{file} 的文字编码无法识别，请存为 UTF-8 或 GB18030。"
    )


def test_a_file_over_the_limit_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "大.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(2 * 2**20))
    with pytest.raises(BadInput, match=r"^大.xlsx 超过1 MB，请分成几个文件。$"):
        read_roster(path, limits=Limits(file_bytes=2**20))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"^无法读取文件 无.xlsx："):
        read_roster(tmp_path / "无.xlsx")


def test_an_archive_that_unpacks_beyond_the_limit_is_refused():
    bomb = changed(GOOD_BOOK, "xl/theme/theme1.xml", b"<a>" + b" " * 3 * 2**20 + b"</a>")
    with pytest.raises(BadInput, match=r"^a.xlsx 解压后超过2 MB，不予读取。$"):
        read_roster(bomb, file="a.xlsx", limits=Limits(unpacked_bytes=2 * 2**20))


@pytest.mark.parametrize("reference", [b'r="XFD1048576"', b"r='A900000'", b'r = "DA9"'])
def test_a_lone_cell_far_out_is_refused_instead_of_laying_out_the_rectangle(reference):
    sheet = part(GOOD_BOOK, SHEET_PART).replace(
        b"</sheetData>", b"<row><c " + reference + b"><v>1</v></c></row></sheetData>"
    )
    with pytest.raises(BadInput, match="超出可读范围"):
        read_roster(changed(GOOD_BOOK, SHEET_PART, sheet), file="a.xlsx")


def test_an_empty_cell_far_out_does_no_harm():
    sheet = part(GOOD_BOOK, SHEET_PART).replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    )
    assert len(checked(changed(GOOD_BOOK, SHEET_PART, sheet), file="a.xlsx").good) == 1


def test_more_rows_than_the_limit_are_refused():
    content = roster_book(GOOD, GOOD | {"证件号码": ""})
    assert checked(content, file="a.xlsx", limits=Limits(rows=2)).rows == 2
    with pytest.raises(BadInput, match=r"^a.xlsx 的工作表“报名名册”超过1行，请分成几个文件。$"):
        checked(content, file="a.xlsx", limits=Limits(rows=1))


def marked(content: bytes, **options) -> bytes:
    roster = read_roster(content, file="名册.xlsx", **options)
    result = check_rows(roster.header, roster.rows(), as_of=AS_OF, occupations=occupations())
    stream = io.BytesIO()
    write_marked(roster, result, stream)
    return stream.getvalue()


def test_a_marked_copy_keeps_every_cell_and_marks_the_bad_ones():
    bad = GOOD | {"证件号码": 370200199001010000.0, "部门": "=1+1", "入职日期": "某日", "姓名": ""}
    content = book(
        ("报名名册", [["名册"], list(COLUMNS), values(GOOD), values(bad)]),
        ("附注", [["说明", date(2026, 1, 2), 3.5, True]]),
    )
    copy = openpyxl.load_workbook(io.BytesIO(marked(content)))
    assert copy.sheetnames == ["报名名册", "附注", "校验汇总"]
    new_year = datetime.fromisoformat("2026-01-02")
    assert [cell.value for cell in copy["附注"][1]] == ["说明", new_year, 3.5, True]
    sheet = copy["报名名册"]
    assert [cell.value for cell in sheet[2]] == [*COLUMNS, "校验结果"]

    def original(row: dict[str, object]) -> list[object]:
        return [
            datetime.combine(cell, datetime.min.time()) if isinstance(cell, date) else cell or None
            for cell in values(row)
        ]

    assert [cell.value for cell in sheet[3]] == [*original(GOOD), None]
    assert [cell.value for cell in sheet[4]][:-1] == original(bad)
    assert sheet["D3"].data_type == "s"
    assert sheet["F3"].is_date
    assert sheet["K4"].data_type == "s"  # the text "=1+1" did not become a formula
    assert sheet["AE4"].value == (
        "姓名：姓名不能为空。；证件号码：证件号码是数值格式，末几位可能已丢失，"
        "请把单元格设为文本后重新填写。；入职日期：不是有效的日期，"
        "请写成“2019-03-05”的形式，精确到日。"
    )
    filled = [cell.coordinate for row in sheet for cell in row if cell.fill.patternType]
    noted = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert filled == ["B4", "D4", "M4"] == list(noted)
    assert noted["B4"] == "姓名不能为空。"


def test_the_summary_counts_faults_by_kind():
    people = [GOOD, GOOD | {"证件号码": "", "姓名": ""}, GOOD | {"证件号码": "", "姓名": ""}]
    copy = openpyxl.load_workbook(io.BytesIO(marked(roster_book(*people, GOOD))))
    lines = [[cell.value for cell in row] for row in copy["校验汇总"]]
    assert lines[:6] == [
        ["文件", "名册.xlsx", None, None],
        ["工作表", "报名名册", None, None],
        ["人员行数", 4, None, None],
        ["无误行数", 1, None, None],
        ["有误行数", 3, None, None],
        ["错误处数", 5, None, None],
    ]
    assert lines[8:] == [
        ["姓名", "姓名不能为空。", 2, 4],
        ["证件号码", "必填项不能为空。", 2, 4],
        ["证件号码", "证件号码与第3行相同，同一人只能填报一行。", 1, 6],
    ]


def test_a_marked_copy_comes_back_as_a_roster_and_is_marked_anew():
    first = marked(roster_book(GOOD | {"姓名": ""}, sheet="Sheet1"))
    assert [fault.row for fault in checked(first, file="a.xlsx").faults] == [3]
    sheet = openpyxl.load_workbook(io.BytesIO(marked(first)))["Sheet1"]
    assert [cell.value for cell in sheet[2]] == [*COLUMNS, "校验结果"]
    assert sheet["AE3"].value == "姓名：姓名不能为空。"


def test_the_input_is_not_changed_by_marking():
    content = roster_book(GOOD | {"姓名": ""})
    before = bytes(content)
    marked(content)
    assert content == before


def test_a_csv_gets_a_marked_workbook_too():
    content = "\n".join([",".join(COLUMNS), ",".join(map(str, values(GOOD | {"姓名": ""})))])
    roster = read_roster(content.encode(), file="名册.csv")
    result = check_rows(roster.header, roster.rows(), as_of=AS_OF, occupations=occupations())
    stream = io.BytesIO()
    write_marked(roster, result, stream)
    sheet = openpyxl.load_workbook(stream)["报名名册"]
    assert (sheet["D2"].value, sheet["AE2"].value) == (ID, "姓名：姓名不能为空。")


def template() -> bytes:
    stream = io.BytesIO()
    write_template(
        stream,
        occupations=[("6-30-05-01", "起重装卸机械操作工"), ("6-31-01-03", "电工")],
        levels=[Level.SENIOR, Level.TECHNICIAN],
        work_types=["桥式起重机司机"],
    )
    return stream.getvalue()


def test_the_template_is_an_empty_roster():
    result = checked(template(), file="模板.xlsx")
    assert (result.rows, result.faults) == (0, [])


def test_the_template_offers_choices_and_keeps_numbers_as_text():
    made = openpyxl.load_workbook(io.BytesIO(template()))
    assert made.sheetnames == ["报名名册", "选项", "填报说明"]
    sheet = made["报名名册"]
    header = [cell.value.lstrip("*") for cell in sheet[2]]
    assert header == list(COLUMNS)
    letter = {name: sheet.cell(2, place + 1).column_letter for place, name in enumerate(COLUMNS)}
    styles = {
        column: int(style)
        for first, last, style in re.findall(
            rb'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"', part(template(), SHEET_PART)
        )
        for column in range(int(first), int(last) + 1)
    }
    for column in ("证件号码", "手机号码", "原证书编号"):
        style = styles[COLUMNS.index(column) + 1]
        assert made._cell_styles[style].numFmtId == TEXT_FORMAT
    lists = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in sheet.data_validations.dataValidation
    }
    source = lists[f"{letter['申报等级']}3"]
    cells = made["选项"][source.partition("!")[2].replace("$", "")]
    assert [cell.value for (cell,) in cells] == ["三级/高级工", "二级/技师"]
    assert "虚构" in sheet[f"{letter['备注']}3"].value


def test_the_sample_person_of_the_template_would_pass_if_it_were_a_person():
    made = openpyxl.load_workbook(io.BytesIO(template()))
    sheet = made["报名名册"]
    sheet.cell(3, COLUMNS.index("备注") + 1).value = "虚构人员"
    stream = io.BytesIO()
    made.save(stream)
    result = checked(stream.getvalue(), file="模板.xlsx")
    assert (len(result.good), result.faults) == (1, [])
