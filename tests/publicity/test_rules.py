from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import RuleViolation
from jiangjie.kernel.workdays import CalendarGap, mainland_calendar
from jiangjie.publicity.rules import (
    NATURAL,
    WORKDAY,
    PublicityTerm,
    check_handler,
    check_may_close,
    check_may_object,
    clock,
    last_day,
)

# 国务院办公厅 for 2026: off 1-7 October, Sunday 20 September and Saturday 10 October worked.
CALENDAR = mainland_calendar([2026])


def term(days, calendar=WORKDAY):
    return PublicityTerm(days, calendar, "示例办法第二十条", "S")


@pytest.mark.parametrize(
    ("first_day", "the_term", "expected"),
    [
        pytest.param(date(2026, 3, 2), term(5), date(2026, 3, 9), id="first-day-not-counted"),
        pytest.param(date(2026, 3, 6), term(1), date(2026, 3, 9), id="over-a-weekend"),
        pytest.param(date(2026, 3, 7), term(5), date(2026, 3, 13), id="begun-on-a-saturday"),
        pytest.param(date(2026, 9, 29), term(5), date(2026, 10, 12), id="over-national-day"),
        pytest.param(date(2026, 9, 30), term(2), date(2026, 10, 9), id="first-day-before-it"),
        pytest.param(date(2026, 9, 30), term(3), date(2026, 10, 10), id="made-up-saturday-counts"),
        pytest.param(date(2026, 9, 18), term(1), date(2026, 9, 20), id="made-up-sunday-counts"),
        pytest.param(date(2026, 3, 2), term(7, NATURAL), date(2026, 3, 9), id="natural-days"),
        pytest.param(
            date(2026, 9, 28),
            term(5, NATURAL),
            date(2026, 10, 8),
            id="natural-runs-on-to-a-workday",
        ),
    ],
)
def test_last_day(first_day, the_term, expected):
    assert last_day(first_day, the_term, CALENDAR) == expected


@pytest.mark.parametrize("calendar", [WORKDAY, NATURAL])
def test_last_day_is_never_guessed_past_the_loaded_holiday_notice(calendar):
    with pytest.raises(CalendarGap) as gap:
        last_day(date(2026, 12, 30), term(5, calendar), CALENDAR)
    assert gap.value.values == {"year": 2027}


@given(
    st.dates(date(2026, 1, 1), date(2026, 10, 31)),
    st.integers(1, 20),
    st.sampled_from([WORKDAY, NATURAL]),
)
def test_a_period_ends_on_a_workday_and_never_before_its_term(first_day, days, calendar):
    end = last_day(first_day, term(days, calendar), CALENDAR)

    assert CALENDAR.is_workday(end)
    assert end >= first_day + timedelta(days=days)
    assert end <= last_day(first_day, term(days + 1, calendar), CALENDAR)


@pytest.mark.parametrize(("days", "calendar"), [(0, WORKDAY), (5, "moon")])
def test_no_term_at_all(days, calendar):
    with pytest.raises(ValueError, match="at least one"):
        term(days, calendar)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 9, 28), (0, "ahead")),
        (date(2026, 9, 29), (0, "running")),
        (date(2026, 9, 30), (1, "running")),
        (date(2026, 10, 5), (1, "running")),
        (date(2026, 10, 8), (2, "running")),
        (date(2026, 10, 10), (4, "running")),
        (date(2026, 10, 11), (4, "running")),
        (date(2026, 10, 12), (5, "running")),
        (date(2026, 10, 13), (5, "over")),
    ],
)
def test_which_working_day_it_is_over_national_day(today, expected):
    now = clock(
        first_day=date(2026, 9, 29), last_day=date(2026, 10, 12), today=today, term=term(5),
        calendar=CALENDAR,
    )  # fmt: skip
    assert (now.day, now.of, now.state) == (expected[0], 5, expected[1])


@given(st.dates(date(2026, 1, 1), date(2026, 10, 31)), st.integers(1, 20), st.booleans())
def test_the_clock_runs_from_nothing_to_the_whole_term(first_day, days, by_workday):
    the_term = term(days, WORKDAY if by_workday else NATURAL)
    end = last_day(first_day, the_term, CALENDAR)
    read = [
        clock(first_day=first_day, last_day=end, today=day, term=the_term, calendar=CALENDAR).day
        for day in (first_day + timedelta(days=n) for n in range((end - first_day).days + 1))
    ]

    assert (read[0], read[-1]) == (0, days)
    assert read == sorted(read)


FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("today", "code"),
    [
        (date(2026, 3, 1), "publicity.not_open_yet"),
        (FIRST, None),
        (LAST, None),
        (date(2026, 3, 10), "publicity.over"),
    ],
)
def test_objections_are_taken_from_the_first_day_through_the_last(today, code):
    assert _code(
        check_may_object, first_day=FIRST, today=today, last_day=LAST, source="第二十条"
    ) == (code and (code, "第二十条"))  # fmt: skip


@pytest.mark.parametrize(
    ("today", "code"), [(LAST, "publicity.not_over_yet"), (date(2026, 3, 10), None)]
)
def test_a_period_is_closed_only_after_its_last_day(today, code):
    assert _code(check_may_close, today=today, last_day=LAST, source="第二十条") == (
        code and (code, "第二十条")
    )


@pytest.mark.parametrize(
    ("handler", "person", "concerned", "signers", "code"),
    [
        (1, None, 9, {2, 3}, None),
        (1, 9, 9, set(), "publicity.own_case"),
        (1, 8, 9, {1}, "publicity.not_independent"),
        (1, None, None, set(), None),
        (1, 9, None, {1, 2}, "publicity.not_independent"),
    ],
)
def test_an_objection_is_handled_by_somebody_independent(handler, person, concerned, signers, code):
    refusal = _code(
        check_handler, handler=handler, handler_person=person, concerned_person=concerned,
        signers=signers,
    )  # fmt: skip
    assert (refusal and refusal[0]) == code


def _code(check, **values):
    try:
        check(**values)
    except RuleViolation as why:
        return why.code, why.source
    return None
