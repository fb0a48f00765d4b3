import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.money import BadAmount, format_yuan, parse_yuan
from jiangjie.kernel.scores import BadScore, format_score, parse_score


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (123456, "1,234.56"),
        (0, "0.00"),
        (5, "0.05"),
        (100, "1.00"),
        (-123456, "-1,234.56"),
        (-5, "-0.05"),
        (123456789012, "1,234,567,890.12"),
    ],
)
def test_format_yuan(fen, text):
    assert format_yuan(fen) == text


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_read_back(fen):
    assert parse_yuan(format_yuan(fen)) == fen
    assert parse_yuan(format_yuan(fen).replace(",", "")) == fen


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("1234.5", 123450),
        ("￥1,234", 123400),
        ("¥ 1234.56", 123456),
        ("1234元", 123400),
        ("１２３４．５６ 元", 123456),
        (1500, 150000),
        (1500.0, 150000),
        (0.1, 10),
        (1234.56, 123456),
    ],
)
def test_parse_yuan(value, fen):
    assert parse_yuan(value) == fen


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "amount_malformed"),
        ("一千", "amount_malformed"),
        ("1,23", "amount_malformed"),
        ("1,2345", "amount_malformed"),
        (".5", "amount_malformed"),
        ("1.", "amount_malformed"),
        ("1e3", "amount_malformed"),
        ("٣", "amount_malformed"),
        (float("nan"), "amount_malformed"),
        (1e20, "amount_malformed"),
        (True, "amount_malformed"),
        ("1.005", "amount_decimals"),
        (0.1 + 0.2, "amount_decimals"),
    ],
)
def test_what_is_no_amount_is_refused(value, code):
    with pytest.raises(BadAmount) as refusal:
        parse_yuan(value)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ("60", 6000),
        ("60.5", 6050),
        ("59.99", 5999),
        ("0", 0),
        ("100", 10000),
        ("100.00", 10000),
        (" 60 ", 6000),
        ("６０．５", 6050),
        (60, 6000),
        (60.5, 6050),
        (59.99, 5999),
        (100.0, 10000),
    ],
)
def test_parse_score(value, score):
    assert parse_score(value) == score


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "score_malformed"),
        ("缺考", "score_malformed"),
        ("60分", "score_malformed"),
        ("1e1", "score_malformed"),
        (float("nan"), "score_malformed"),
        (True, "score_malformed"),
        ("59.995", "score_decimals"),
        ("60.000", "score_decimals"),
        (59.999, "score_decimals"),
        ("100.01", "score_range"),
        ("101", "score_range"),
        ("-1", "score_range"),
        ("-0.5", "score_range"),
        (-1, "score_range"),
    ],
)
def test_what_is_no_score_is_refused(value, code):
    with pytest.raises(BadScore) as refusal:
        parse_score(value)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("score", "text"),
    [(6000, "60"), (6050, "60.5"), (5999, "59.99"), (5, "0.05"), (0, "0"), (10000, "100")],
)
def test_format_score(score, text):
    assert format_score(score) == text


@given(st.integers(0, 10000))
def test_a_score_is_read_back_from_text_and_from_a_cell(score):
    assert parse_score(format_score(score)) == score
    assert parse_score(score / 100) == score
