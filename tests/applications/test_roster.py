"""Row checks: one mistake, one fault, at the right cell."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangjie.applications.rules.roster import (
    COLUMNS,
    REQUIRED_COLUMNS,
    Fault,
    check_against_batch,
    check_rows,
    column_letter,
    masked,
    match_header,
)
from jiangjie.applications.rules.roster_cells import read_day
from jiangjie.catalogue.dictionary import occupations
from jiangjie.kernel.clauses import Confidence
from jiangjie.kernel.errors import BadInput, MalformedValue
from jiangjie.kernel.levels import Level

AS_OF = date(2026, 6, 30)
ID = "370200199001010012"  # made up: a man born on 1990-01-01
WOMAN = "370200199203040025"

GOOD = {
    "序号": 1.0,
    "姓名": "张建国",
    "证件类型": "居民身份证",
    "证件号码": ID,
    "性别": "男",
    "出生日期": date(1990, 1, 1),
    "民族": "汉族",
    "文化程度": "大专",
    "手机号码": "13800000000",
    "单位": "示例港口集团1公司",
    "部门": "固机队",
    "班组": "3班",
    "入职日期": date(2010, 7, 1),
    "从事本职业起始日期": date(2010, 7, 1),
    "申报职业": "起重装卸机械操作工",
    "职业编码": "6-30-05-01",
    "工种": "桥式起重机司机",
    "申报等级": "三级/高级工",
    "申报条件": "",
    "原证书编号": "Y000037000123204000001",
    "原证书职业": "起重装卸机械操作工",
    "原证书等级": "4",
    "原证书发证日期": date(2020, 5, 6),
    "毕业院校类型": "",
    "所学专业": "",
    "毕业日期": "",
    "职称等级": "",
    "职称取得日期": "",
    "考生来源": "企业",
    "备注": "虚构人员",
}
NO_CERTIFICATE = {"原证书编号": "", "原证书职业": "", "原证书等级": "", "原证书发证日期": ""}


def check(*rows: dict[str, object], header=COLUMNS):
    numbered = [
        (number, [row.get(column, "") for column in header]) for number, row in enumerate(rows, 3)
    ]
    return check_rows(header, numbered, as_of=AS_OF, occupations=occupations())


def faults_of(changes: dict[str, object]) -> list[tuple[str, str]]:
    return [(fault.column, fault.code) for fault in check(GOOD | changes).faults]


def test_a_good_row_is_read_into_typed_fields():
    result = check(GOOD)
    assert (result.rows, result.faults) == (1, [])
    (row,) = result.good
    assert (row.row, row.name, row.id_number, row.is_female) == (3, "张建国", ID, False)
    assert (row.birth_date, row.hired) == (date(1990, 1, 1), date(2010, 7, 1))
    assert (row.occupation_code, row.work_type) == ("6-30-05-01", "桥式起重机司机")
    assert row.target_level is Level.SENIOR
    assert row.certificate is not None
    assert (row.certificate.level, row.certificate.issued) == (
        Level.INTERMEDIATE,
        date(2020, 5, 6),
    )
    assert repr(row) == "RosterRow(row=3)"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"姓名": "  "}, ("姓名", "name_missing"), id="name-blank"),
        pytest.param({"姓名": "张建3"}, ("姓名", "name_characters"), id="name-with-digit"),
        pytest.param({"姓名": "张"}, ("姓名", "name_characters"), id="name-of-one-character"),
        pytest.param({"姓名": "=cmd|'/c calc'!A1"}, ("姓名", "name_characters"), id="name-formula"),
        pytest.param({"姓名": "John Smith"}, ("姓名", "name_characters"), id="letters-on-resident"),
        pytest.param({"姓名": "#N/A"}, ("姓名", "cell_error"), id="name-excel-error"),
        pytest.param({"证件类型": "工作证"}, ("证件类型", "unknown_id_type"), id="id-type"),
        pytest.param({"证件类型": ""}, ("证件类型", "required_cell_empty"), id="id-type-empty"),
        pytest.param({"证件号码": ""}, ("证件号码", "required_cell_empty"), id="id-empty"),
        pytest.param({"证件号码": ID[:-1] + "9"}, ("证件号码", "id_check_digit"), id="check-digit"),
        pytest.param({"证件号码": 370200199001010000.0}, ("证件号码", "id_as_number"), id="float"),
        pytest.param({"证件号码": "3.70200199E+17"}, ("证件号码", "id_as_number"), id="float-text"),
        pytest.param({"证件号码": "370200900101001"}, ("证件号码", "id_15_digits"), id="15-digits"),
        pytest.param({"证件号码": ID[:-1]}, ("证件号码", "id_length"), id="17-digits"),
        pytest.param({"证件号码": "#REF!"}, ("证件号码", "cell_error"), id="id-excel-error"),
        pytest.param({"性别": "女"}, ("性别", "sex_contradicts_id"), id="sex"),
        pytest.param({"性别": "公"}, ("性别", "unknown_sex"), id="sex-unknown"),
        pytest.param({"性别": ""}, ("性别", "required_cell_empty"), id="sex-empty"),
        pytest.param(
            {"出生日期": date(1990, 1, 2)}, ("出生日期", "birth_contradicts_id"), id="birth"
        ),
        pytest.param({"出生日期": "1990-02-30"}, ("出生日期", "date_impossible"), id="birth-not"),
        pytest.param({"手机号码": "12345"}, ("手机号码", "phone_malformed"), id="phone"),
        pytest.param({"手机号码": ""}, ("手机号码", "required_cell_empty"), id="phone-empty"),
        pytest.param({"单位": " "}, ("单位", "required_cell_empty"), id="employer-empty"),
        pytest.param({"单位": "公" * 201}, ("单位", "text_too_long"), id="employer-too-long"),
        pytest.param({"部门": "#N/A"}, ("部门", "cell_error"), id="department-excel-error"),
        pytest.param({"班组": "3\x00班"}, ("班组", "control_character"), id="control-character"),
        pytest.param(
            {"入职日期": "2019年13月40日"}, ("入职日期", "date_impossible"), id="date-impossible"
        ),
        pytest.param(
            {"入职日期": AS_OF + timedelta(1)},
            ("入职日期", "date_in_the_future"),
            id="hired-tomorrow",
        ),
        pytest.param(
            {"入职日期": date(2005, 12, 31)}, ("入职日期", "date_before_age"), id="hired-at-15"
        ),
        pytest.param(
            {"从事本职业起始日期": date(2031, 1, 1)},
            ("从事本职业起始日期", "start_in_the_future"),
            id="start-in-the-future",
        ),
        pytest.param(
            {"从事本职业起始日期": date(2003, 12, 31)},
            ("从事本职业起始日期", "date_before_age"),
            id="start-at-13",
        ),
        pytest.param(
            {"职业编码": "6-30-05-99"}, ("职业编码", "unknown_occupation_code"), id="code-unknown"
        ),
        pytest.param(
            {"职业编码": "6-31-01-10"}, ("职业编码", "code_contradicts_name"), id="code-of-another"
        ),
        pytest.param({"职业编码": ""}, ("职业编码", "required_cell_empty"), id="code-empty"),
        pytest.param({"申报职业": ""}, ("申报职业", "required_cell_empty"), id="occupation-empty"),
        pytest.param({"申报等级": "超级工"}, ("申报等级", "unknown_level"), id="level-unknown"),
        pytest.param({"申报等级": "3"}, ("申报等级", "level_bare_digit"), id="level-bare-digit"),
        pytest.param({"申报等级": ""}, ("申报等级", "required_cell_empty"), id="level-empty"),
        pytest.param(
            {"申报等级": "一级/高级技师", "原证书等级": "5"},
            ("申报等级", "level_skips_ladder"),
            id="skips-with-number-of-another-level",
        ),
        pytest.param(
            {"申报等级": "二级/技师"}, ("申报等级", "level_skips_ladder"), id="skips-one-level"
        ),
        pytest.param(
            {"申报等级": "四级/中级工"},
            ("申报等级", "level_not_above_certificate"),
            id="level-already-held",
        ),
        pytest.param(
            {"原证书编号": "Y000037000123204000"},
            ("原证书编号", "certificate_number_malformed"),
            id="certificate-number-short",
        ),
        pytest.param(
            {"原证书编号": 1837000123400001.0},
            ("原证书编号", "certificate_number_as_number"),
            id="certificate-number-float",
        ),
        pytest.param(
            {"原证书编号": ""}, ("原证书编号", "required_cell_empty"), id="certificate-no-number"
        ),
        pytest.param(
            {"原证书发证日期": date(1996, 5, 5)},
            ("原证书发证日期", "certificate_year_contradicts_date"),
            id="certificate-year-and-too-young-is-one-fault",
        ),
        pytest.param(
            {"原证书发证日期": ""},
            ("原证书发证日期", "required_cell_empty"),
            id="certificate-without-date",
        ),
        pytest.param(
            {"原证书发证日期": date(2026, 12, 1)},
            ("原证书发证日期", "certificate_in_the_future"),
            id="certificate-in-the-future",
        ),
        pytest.param(
            {"原证书等级": "3", "申报等级": "二级/技师"},
            ("原证书等级", "certificate_level_contradicts"),
            id="certificate-level",
        ),
        pytest.param(
            {"原证书等级": "甲"}, ("原证书等级", "unknown_level"), id="held-level-unknown"
        ),
        pytest.param(
            {"原证书职业": "飞船驾驶员"},
            ("原证书职业", "certificate_occupation_unknown"),
            id="certificate-occupation",
        ),
        pytest.param(
            {"毕业日期": date(2027, 7, 1)}, ("毕业日期", "graduation_too_late"), id="graduation"
        ),
        pytest.param(
            {"职称取得日期": date(2027, 1, 1)},
            ("职称取得日期", "date_in_the_future"),
            id="title-in-the-future",
        ),
    ],
)
def test_one_mistake_gives_one_fault(changes, expected):
    assert faults_of(changes) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"姓名": "买买提·吐尔逊"}, id="minority-name"),
        pytest.param({"姓名": "张䶮㙍"}, id="rare-characters"),
        pytest.param({"姓名": "张  伟"}, id="name-aligned-with-blanks"),
        pytest.param({"姓名": "阿依古丽.买买提"}, id="name-with-full-stop"),
        pytest.param({"证件号码": f" {ID} "}, id="id-with-blanks"),
        pytest.param({"证件类型": "身份证"}, id="short-id-type"),
        pytest.param({"出生日期": ""}, id="birth-from-id"),
        pytest.param({"手机号码": 13800000000.0}, id="phone-as-number"),
        pytest.param({"手机号码": "+86 138-0000-0000"}, id="phone-with-country"),
        pytest.param({"班组": 3.0}, id="team-as-number"),
        pytest.param({"部门": "=cmd|'/c calc'!A1"}, id="formula-as-text"),
        pytest.param({"职业编码": "6－30－05－01"}, id="full-width-code"),
        pytest.param({"工种": ""}, id="no-work-type"),
        pytest.param({"申报等级": "高级工（三级）"}, id="level-in-other-words"),
        pytest.param({"原证书等级": 4.0}, id="held-level-as-number"),
        pytest.param({"原证书等级": ""}, id="held-level-from-number"),
        pytest.param(
            {"原证书职业": "飞船驾驶员", "原证书编号": "2037000123400001"}, id="old-number"
        ),
        pytest.param(NO_CERTIFICATE, id="no-certificate"),
        pytest.param({"申报等级": "二级/技师", "备注": "破格"}, id="skips-by-exception"),
        pytest.param({"申报等级": "二级/技师", "申报条件": "二级(3)"}, id="skips-by-clause"),
        pytest.param({"申报等级": "二级/技师", "职称等级": "中级"}, id="skips-by-title"),
        pytest.param(
            {"入职日期": date(2006, 1, 1), "从事本职业起始日期": date(2004, 1, 1)}, id="birthdays"
        ),
        pytest.param({"入职日期": AS_OF, "从事本职业起始日期": AS_OF}, id="begins-today"),
        pytest.param({"毕业日期": date(2027, 6, 30)}, id="graduates-within-a-year"),
        pytest.param(
            {"证件类型": "护照", "证件号码": "E12345678", "姓名": "John O'Neil", "性别": "女"},
            id="passport-unchecked",
        ),
    ],
)
def test_no_fault_is_seen_where_there_is_none(changes):
    assert faults_of(changes) == []


def test_a_passport_tells_no_birth_date():
    changes = {"证件类型": "护照", "证件号码": "E12345678", "出生日期": ""}
    assert faults_of(changes) == [("出生日期", "required_cell_empty")]


def test_a_second_row_of_a_person_names_the_first_and_nothing_else():
    result = check(GOOD, GOOD | {"证件号码": WOMAN, "性别": "女", "出生日期": ""}, GOOD, GOOD)
    assert [(fault.row, fault.code, fault.values) for fault in result.faults] == [
        (5, "duplicate_person", {"first": 3}),
        (6, "duplicate_person", {"first": 3}),
    ]
    assert result.faults[0].message == "证件号码与第3行相同，同一人只能填报一行。"
    # Someone else's number: that birth and sex then differ is no further mistake.
    other = GOOD | {"性别": "女", "出生日期": date(1992, 3, 4)}
    assert [fault.code for fault in check(GOOD, other).faults] == ["duplicate_person"]


def test_a_malformed_number_met_again_is_one_fault_in_each_row():
    bad = GOOD | {"证件号码": ID[:-1] + "9"}
    assert [fault.code for fault in check(bad, bad).faults] == [
        "id_check_digit",
        "duplicate_person",
    ]


def test_independent_mistakes_are_all_found_in_the_order_of_the_columns():
    changes = {"手机号码": "1", "姓名": "", "申报等级": "?", "性别": "女"}
    assert faults_of(changes) == [
        ("姓名", "name_missing"),
        ("性别", "sex_contradicts_id"),
        ("手机号码", "phone_malformed"),
        ("申报等级", "unknown_level"),
    ]


def test_personal_values_are_masked_wherever_they_stand():
    assert masked("证件号码", ID) == "3702**********0012"
    assert masked("证件号码", 370200199001010048.0) == "3702**********0048"
    assert masked("姓名", "张建3") == "张*3"
    assert masked("手机号码", "12345") == "1***5"
    assert masked("出生日期", date(1990, 1, 2)) == "1990******"
    assert masked("职业编码", f"见{ID}") == "见3702**********0012"
    assert masked("部门", "固机队") == "固机队"


def test_rows_without_content_and_the_sample_row_are_passed_over():
    sample = GOOD | {"备注": "示例行（虚构）", "姓名": ""}
    result = check({}, {"姓名": "  "}, sample, GOOD)
    assert (result.rows, len(result.good), result.faults) == (1, 1, [])
    assert result.good[0].row == 6


def test_columns_may_stand_in_any_order_with_others_between_and_optional_ones_missing():
    header = [*reversed(REQUIRED_COLUMNS), "工号"]
    result = check(GOOD, header=header)
    assert (result.rows, result.faults) == (1, [])
    assert result.good[0].work_type == "--"
    assert check(GOOD | {"姓名": ""}, header=header).faults[0].column_letter == "K"


def test_short_rows_are_taken_as_ending_in_empty_cells():
    result = check_rows(COLUMNS, [(3, [1.0, "张建国"])], as_of=AS_OF, occupations=occupations())
    assert [fault.code for fault in result.faults] == ["required_cell_empty"] * 9


def test_a_missing_column_is_named_with_the_heading_that_may_be_meant():
    header = [{"证件号码": "身份证号", "姓名": "姓 名*"}.get(name, name) for name in COLUMNS]
    with pytest.raises(BadInput, match=r"^表头缺少必填列：证件号码（是否为“身份证号”？）。$"):
        match_header(header).check()


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(BadInput, match=r"^表头中有重复的列：姓名（B、AE）。$"):
        match_header([*COLUMNS, "姓名（必填）"]).check()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (date(2019, 3, 5), date(2019, 3, 5)),
        (datetime(2019, 3, 5, 8, 0), date(2019, 3, 5)),  # noqa: DTZ001 -- as read from Excel
        ("2019-03-05", date(2019, 3, 5)),
        ("2019/3/5", date(2019, 3, 5)),
        ("2019.3.5", date(2019, 3, 5)),
        ("2019年3月5日", date(2019, 3, 5)),
        ("２０１９年３月５日 ", date(2019, 3, 5)),
        ("2019-03-05 00:00:00", date(2019, 3, 5)),
        ("20190305", date(2019, 3, 5)),
        (20190305.0, date(2019, 3, 5)),
        (43529.0, date(2019, 3, 5)),
        (43529.5, date(2019, 3, 5)),
        ("43529", date(2019, 3, 5)),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_days_are_read_in_every_common_form(cell, expected):
    assert read_day(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        *("2019年13月40日", "2019-02-29", "2019-03", "19/3/5", "0019-03-05", "昨天", "20191301"),
        *(0.0, -5.0, 9e9, float("nan"), float("inf"), True, time(8, 0), timedelta(1)),
        date(1066, 10, 14),
    ],
)
def test_no_day_is_made_of_what_is_none(cell):
    with pytest.raises(MalformedValue) as refused:
        read_day(cell)
    assert refused.value.code == "date_impossible"


def test_a_row_outside_the_batch_is_told_which_cell_is_why():
    (row,) = check(GOOD).good
    line = ("6-30-05-01", "桥式起重机司机", 4)

    def column(*lines) -> str | None:
        fault = check_against_batch(row, set(lines))
        return fault and fault.column

    assert column(line) is None
    assert column(("6-30-05-01", "桥式起重机司机", 3)) == "申报等级"
    assert column(("6-30-05-01", "--", 4)) == "工种"
    assert column(("6-31-01-03", "--", 4)) == "职业编码"
    fault = check_against_batch(row, set())
    assert isinstance(fault, Fault)
    assert (fault.row, fault.code) == (3, "not_in_batch")
    assert fault.message == "本批次不评价起重装卸机械操作工（桥式起重机司机）三级/高级工。"


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_column_letters(index, letters):
    assert column_letter(index) == letters


def test_the_dictionary_has_every_occupation_once_with_its_confidence():
    known = occupations()
    assert len(known) == 1644
    assert known["6-30-05-01"].name == "起重装卸机械操作工"
    assert (known["4-08-08-23"].is_green, known["4-08-08-23"].is_digital) == (True, True)
    assert known["2-01-07-00"].confidence is Confidence.UNCERTAIN


CELLS = st.one_of(
    st.text(max_size=30),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.none(),
    st.sampled_from(["", " ", "#N/A", ID, "男", "三级/高级工", "6-30-05-01", "=1+1", "²", "٣"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=34), max_size=4))
def test_no_cell_whatever_stops_the_check(rows):
    result = check_rows(COLUMNS, enumerate(rows, 3), as_of=AS_OF, occupations=occupations())
    faulty = {fault.row for fault in result.faults}
    assert result.rows == len(result.good) + len(faulty)
    assert all(fault.message for fault in result.faults)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(COLUMNS), CELLS)
def test_no_single_cell_stops_the_check_of_a_good_row(column, cell):
    result = check(GOOD | {column: cell})
    assert result.rows == 1
    assert len(result.good) == (not result.faults)
