import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.levels import NATIONAL_DIGITS, BadLevel, Level, from_digit, parse_level

LADDER = [
    (1, "学徒工", None, "学徒工"),
    (2, "初级工", 5, "五级/初级工"),
    (3, "中级工", 4, "四级/中级工"),
    (4, "高级工", 3, "三级/高级工"),
    (5, "技师", 2, "二级/技师"),
    (6, "高级技师", 1, "一级/高级技师"),
    (7, "特级技师", None, "特级技师"),
    (8, "首席技师", None, "首席技师"),
]


def test_the_ladder():
    assert [
        (level.value, level.label, level.national_digit, level.certificate_text) for level in Level
    ] == LADDER
    assert [level.value for level in Level if level.has_national_digit] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("三级/高级工", 4),
        ("三级／高级工", 4),
        (" 三级 / 高级工 ", 4),
        ("高级工/三级", 4),
        ("高级工（三级）", 4),
        ("三级(高级技能)", 4),
        ("三级高级工", 4),
        ("3级高级工", 4),
        ("国家职业资格三级", 4),
        ("职业技能等级三级", 4),
        ("职业资格三级（高级技能）", 4),
        ("三级", 4),
        ("3级", 4),
        ("３级", 4),
        ("高级工", 4),
        ("五级/初级工", 2),
        ("1级", 6),
        ("一级/高级技师", 6),
        ("高级技师", 6),
        ("技师", 5),
        ("学徒", 1),
        ("特级技师", 7),
        ("首席技师", 8),
    ],
)
def test_parse_level(text, level):
    assert parse_level(text) is Level(level)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("3", "level_bare_digit"),
        ("３", "level_bare_digit"),
        (3.0, "level_bare_digit"),
        ("超级工", "unknown_level"),
        ("六级", "unknown_level"),
        ("高级", "unknown_level"),
        ("三级/超级工", "unknown_level"),
        ("", "unknown_level"),
        ("/", "unknown_level"),
        ("三级/技师", "level_parts_contradict"),
        ("4级高级工", "level_parts_contradict"),
    ],
)
def test_what_names_no_level_is_refused(value, code):
    with pytest.raises(BadLevel) as refusal:
        parse_level(value)
    assert refusal.value.code == code


@given(st.sampled_from(Level))
def test_what_a_certificate_prints_is_read_back(level):
    assert parse_level(level.certificate_text) is level
    assert parse_level(level.label) is level


@pytest.mark.parametrize("digit", [3, "3", "３", " 3 ", 3.0])
def test_from_digit(digit):
    assert from_digit(digit) is Level.SENIOR


@given(st.sampled_from(sorted(NATIONAL_DIGITS)))
def test_the_digit_runs_against_the_order(level):
    assert from_digit(level.national_digit) is level
    assert level + level.national_digit == 7


@pytest.mark.parametrize("digit", [0, 6, 3.5, "6", "33", "", "三", True, None, "٣"])
def test_what_is_no_national_digit_is_refused(digit):
    with pytest.raises(BadLevel) as refusal:
        from_digit(digit)
    assert refusal.value.code == "unknown_level"
