from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import RuleViolation
from jiangjie.treatment import rules
from jiangjie.treatment.rules import Rate

MONTHS = st.dates(date(2020, 1, 1), date(2032, 12, 31)).map(rules.month_of)


def rate(level, fen, first, last=None, *, id=1):
    return Rate(id, level, fen, first, last)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), 1),
        (date(2026, 1, 1), date(2026, 1, 31), 1),
        (date(2025, 11, 1), date(2026, 2, 1), 4),  # over the year's end
        (date(2024, 1, 31), date(2024, 3, 1), 3),  # past a 29 February
        (date(2026, 2, 28), date(2026, 2, 28), 1),
        (date(2026, 5, 1), date(2026, 4, 30), 0),
    ],
)
def test_months(first, last, count):
    found = rules.months(first, last)
    assert len(found) == count
    assert [each.day for each in found] == [1] * count


@given(MONTHS)
def test_month_before_and_after_are_inverse(month):
    assert rules.month_before(rules.next_month(month)) == month
    assert rules.next_month(rules.month_before(month)) == month
    assert rules.next_month(month) - month in {timedelta(days=n) for n in (28, 29, 30, 31)}


@pytest.mark.parametrize(
    ("first", "last", "paid", "today", "due"),
    [
        # the running month is due
        (date(2026, 1, 1), None, (), date(2026, 2, 1), [date(2026, 1, 1), date(2026, 2, 1)]),
        (date(2026, 1, 1), None, (), date(2026, 2, 28), [date(2026, 1, 1), date(2026, 2, 1)]),
        # a gap stays due
        (date(2025, 12, 1), None, (date(2025, 12, 1), date(2026, 2, 1)), date(2026, 2, 3),
         [date(2026, 1, 1)]),
        # nothing after the last month
        (date(2025, 12, 1), date(2026, 1, 1), (), date(2026, 6, 1),
         [date(2025, 12, 1), date(2026, 1, 1)]),
        # not begun
        (date(2026, 3, 1), None, (), date(2026, 2, 28), []),
        # ended before it began: never drawn
        (date(2026, 3, 1), date(2026, 2, 1), (), date(2026, 6, 1), []),
    ],
)  # fmt: skip
def test_months_due(first, last, paid, today, due):
    assert rules.months_due(first_month=first, last_month=last, paid=paid, today=today) == due


@given(
    MONTHS, st.none() | MONTHS, st.lists(MONTHS, max_size=6), st.dates(max_value=date(2033, 1, 1))
)
def test_due_and_paid_make_up_the_whole(first, last, paid, today):
    due = rules.months_due(first_month=first, last_month=last, paid=paid, today=today)
    whole = rules.months_due(first_month=first, last_month=last, paid=(), today=today)
    assert not set(due) & set(paid)
    assert sorted(set(due) | (set(paid) & set(whole))) == whole


def test_rate_that_began_last_holds():
    rates = [
        rate(4, 100, date(2026, 1, 1), id=1),
        rate(4, 200, date(2026, 7, 1), id=2),
        rate(5, 900, date(2026, 1, 1), id=3),
    ]
    assert rules.rate_for(rates, level=4, month=date(2026, 6, 1)).id == 1
    assert rules.rate_for(rates, level=4, month=date(2026, 7, 1)).id == 2


@pytest.mark.parametrize("month", [date(2025, 12, 1), date(2026, 4, 1)])
def test_no_rate_is_guessed(month):
    rates = [rate(4, 100, date(2026, 1, 1), date(2026, 3, 1))]
    with pytest.raises(RuleViolation) as refused:
        rules.rate_for(rates, level=4, month=month)
    assert refused.value.code == "treatment.no_rule"


def test_place_between_two_rates():
    rates = [
        rate(4, 100, date(2026, 1, 1), date(2026, 6, 1), id=1),
        rate(4, 300, date(2026, 7, 1), id=2),
        rate(5, 100, date(2026, 1, 1), id=3),
    ]
    assert rules.place(rates, level=4, first_month=date(2026, 3, 1)) == rules.Placing(
        cut=(1,), last_month=date(2026, 6, 1)
    )
    assert rules.place(rates, level=4, first_month=date(2027, 1, 1)) == rules.Placing((2,), None)
    assert rules.place(rates, level=6, first_month=date(2026, 3, 1)) == rules.Placing((), None)


@given(st.lists(MONTHS, min_size=1, max_size=8, unique=True), MONTHS)
def test_placed_one_after_another_no_two_rates_cover_a_month(firsts, month):
    rates: list[Rate] = []
    for number, first in enumerate(firsts, start=1):
        placing = rules.place(rates, level=4, first_month=first)
        rates = [
            rate(4, each.monthly_fen, each.first_month, rules.month_before(first), id=each.id)
            if each.id in placing.cut
            else each
            for each in rates
        ]
        rates.append(rate(4, number, first, placing.last_month, id=number))
    assert sum(each.covers(month) for each in rates) == (month >= min(firsts))


@pytest.mark.parametrize(
    ("master", "chief", "is_refused"),
    [(300, 299, True), (300, 300, False), (300, 301, False), (300, None, False), (None, 1, False)],
)
def test_chief_gets_no_less_than_master(master, chief, is_refused):
    """R-16."""
    rates = [
        rate(level, fen, date(2026, 1, 1))
        for level, fen in ((7, master), (8, chief))
        if fen is not None
    ]
    if not is_refused:
        rules.check_order(rates, month=date(2026, 5, 1), source="x")
        return
    with pytest.raises(RuleViolation) as refused:
        rules.check_order(rates, month=date(2026, 5, 1), source="人社部发〔2022〕14号")
    assert (refused.value.code, refused.value.source) == (
        "treatment.chief_below_master", "人社部发〔2022〕14号",
    )  # fmt: skip


def test_turning_months_are_all_in_which_another_amount_may_begin():
    rates = [
        rate(7, 1, date(2026, 1, 1), date(2026, 5, 1)),
        rate(8, 1, date(2026, 9, 1)),
    ]
    assert rules.turning_months(rates, first_month=date(2026, 3, 1)) == [
        date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first_month", "is_refused"),
    [
        (date(2026, 3, 1), True),
        (date(2026, 4, 1), False),  # the certificate's own month
        (date(2026, 5, 1), False),
        (date(2026, 5, 2), True),  # no month
    ],
)
def test_first_month(first_month, is_refused):
    if not is_refused:
        rules.check_first_month(first_month=first_month, issued_on=date(2026, 4, 28))
        return
    with pytest.raises(RuleViolation, match="2026-04"):
        rules.check_first_month(first_month=first_month, issued_on=date(2026, 4, 28))


@pytest.mark.parametrize(
    ("paid_on", "code"),
    [
        (date(2026, 5, 1), None),
        (date(2026, 6, 10), None),
        (date(2026, 6, 11), "treatment.paid_in_the_future"),
        (date(2026, 4, 30), "treatment.paid_before_month"),
    ],
)
def test_pay_day(paid_on, code):
    try:
        rules.check_pay_day(month=date(2026, 5, 1), paid_on=paid_on, today=date(2026, 6, 10))
        seen = None
    except RuleViolation as why:
        seen = why.code
    assert seen == code


def test_overdue_begins_the_day_after_the_last():
    """R-04."""
    issued = date(2026, 4, 28)
    last = rules.due_day(issued_on=issued, days=90)
    assert last == date(2026, 7, 27)
    assert not rules.is_overdue(issued_on=issued, days=90, today=last)
    assert rules.is_overdue(issued_on=issued, days=90, today=last + timedelta(days=1))
