from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.certificates import rules
from jiangjie.kernel.certificate_numbers import parse_certificate_number
from jiangjie.kernel.errors import RuleViolation
from jiangjie.policy import packs
from jiangjie.policy.rules import level_codes

PREFIX = "Y000037020001"
PACK = packs.load("shandong")
CODES = {level: code.code for level, code in level_codes(PACK).items()}


def numbers(last, count, *, level=4, year=2026):
    return rules.numbers(
        prefix=PREFIX, year=year, level=level, last_serial=last, count=count, level_codes=CODES,
        source="人社鉴发〔2019〕2号",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("level", "last", "number"),
    [
        (2, 0, "Y000037020001265000001"),
        (3, 8, "Y000037020001264000009"),
        (4, 0, "Y000037020001263000001"),
        (5, 99, "Y000037020001262000100"),
        (6, 999_998, "Y000037020001261999999"),
        (7, 0, "Y00003702000126T000001"),
        (8, 0, "Y00003702000126S000001"),
    ],
)
def test_a_number_is_prefix_year_level_and_serial(level, last, number):
    assert numbers(last, 1, level=level) == [(last + 1, number)]


@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=12), first=st.integers(0, 900_000))
def test_numbers_taken_in_turns_are_unique_without_a_gap_and_in_order(counts, first):
    taken, last = [], first
    for count in counts:
        some = numbers(last, count)
        last = some[-1][0]
        taken += some

    assert [serial for serial, _ in taken] == list(range(first + 1, first + sum(counts) + 1))
    texts = [number for _, number in taken]
    assert texts == sorted(set(texts))
    assert {len(text) for text in texts} == {22}
    assert {parse_certificate_number(text).level_ord for text in texts[:1]} == {4}


@given(last=st.integers(999_900, 999_999), count=st.integers(1, 200))
def test_a_series_ends_at_999999_and_never_begins_anew(last, count):
    if last + count <= 999_999:
        assert numbers(last, count)[-1][0] == last + count
    else:
        with pytest.raises(RuleViolation) as why:
            numbers(last, count)
        assert why.value.code == "certificates.series_full"


def test_a_level_without_a_code_has_no_number():
    with pytest.raises(RuleViolation) as why:
        numbers(0, 1, level=1)
    assert (why.value.code, why.value.source) == (
        "certificates.no_level_code", "人社鉴发〔2019〕2号",
    )  # fmt: skip


LAST_DAY = date(2026, 4, 27)


@pytest.mark.parametrize(
    ("issued_on", "code"),
    [
        (date(2026, 4, 26), "certificates.before_publicity_ended"),
        (date(2026, 4, 27), "certificates.before_publicity_ended"),  # the last day counts in full
        (date(2026, 4, 28), ""),
        (date(2026, 4, 30), ""),
        (date(2026, 5, 1), "certificates.in_the_future"),
    ],
)
def test_the_day_of_issue_lies_after_the_publicity_and_not_in_the_future(issued_on, code):
    try:
        rules.check_issue_day(
            issued_on=issued_on, publicity_last_day=LAST_DAY, today=date(2026, 4, 30)
        )
        seen = ""
    except RuleViolation as why:
        seen = why.code
    assert seen == code


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 4, 28), 12, date(2027, 4, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(day, months, then):
    assert rules.add_months(day, months) == then


@given(
    day=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    months=st.integers(0, 60),
)
def test_months_never_jump_over_a_month(day, months):
    then = rules.add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("level", "fen"), [(2, 100_000), (3, 150_000), (4, 200_000), (5, None), (6, None), (8, None)]
)
def test_the_subsidy_is_told_where_the_pack_names_an_amount(level, fen):
    found = rules.subsidy(PACK, issued_on=date(2026, 4, 28), level=level, today=date(2027, 4, 28))
    if fen is None:
        assert found is None
    else:
        assert (found.max_fen, found.last_day, found.days_left) == (fen, date(2027, 4, 28), 0)
        assert found.clause == PACK.entry("subsidy").clause


def test_the_words_that_no_certificate_may_carry_come_from_the_pack():
    assert rules.forbidden_words(PACK) == [
        "中华人民共和国", "国家", "全国", "职业资格", "岗位合格", "监制",
    ]  # fmt: skip


@pytest.mark.parametrize("level", sorted(rules.ENGLISH_LEVELS))
def test_the_text_of_every_level_is_free_of_them(level):
    text = rules.body_text(
        name="张三", occupation="起重装卸机械操作工", level="三级/高级工", issuer="甲公司"
    )
    text += rules.body_text_english(level=level)
    assert [word for word in rules.forbidden_words(PACK) if word in text] == []
