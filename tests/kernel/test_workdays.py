from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.kernel.workdays import CalendarGap, WorkCalendar, mainland_calendar

CALENDAR = mainland_calendar([2025, 2026])
DAYS = st.dates(date(2025, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        pytest.param(date(2026, 3, 2), True, id="monday"),
        pytest.param(date(2026, 3, 7), False, id="saturday"),
        pytest.param(date(2026, 10, 1), False, id="national-day"),
        pytest.param(date(2026, 9, 20), True, id="sunday-made-up-before-national-day"),
        pytest.param(date(2026, 10, 10), True, id="saturday-made-up-after-national-day"),
        pytest.param(date(2026, 2, 23), False, id="last-day-of-spring-festival"),
        pytest.param(date(2025, 10, 8), False, id="eighth-of-october-2025"),
    ],
)
def test_is_workday(day, worked):
    assert CALENDAR.is_workday(day) is worked


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        pytest.param(date(2026, 3, 2), 5, date(2026, 3, 9), id="monday-first-day-not-counted"),
        pytest.param(date(2026, 3, 6), 1, date(2026, 3, 9), id="over-a-weekend"),
        pytest.param(date(2026, 9, 29), 5, date(2026, 10, 12), id="over-national-day"),
        pytest.param(date(2026, 3, 7), 0, date(2026, 3, 7), id="none-stays-even-on-a-saturday"),
    ],
)
def test_add_workdays(day, count, expected):
    assert CALENDAR.add_workdays(day, count) == expected


def test_workdays_are_not_counted_backwards():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_workdays(date(2026, 3, 2), -1)


def test_past_the_loaded_notices_nothing_is_guessed():
    with pytest.raises(CalendarGap) as refusal:
        CALENDAR.add_workdays(date(2026, 12, 30), 5)
    assert refusal.value.code == "calendar.year_not_loaded"
    assert str(refusal.value) == "尚未载入2027年的放假调休安排，不能推算工作日。"
    with pytest.raises(CalendarGap, match="2027"):
        mainland_calendar([2026, 2027])
    with pytest.raises(CalendarGap, match="2024"):
        CALENDAR.is_workday(date(2024, 12, 31))


def test_all_known_years_agree_with_the_package():
    calendar = mainland_calendar()
    assert max(calendar.years) == 2026
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]
    assert [calendar.is_workday(day) for day in days] == [
        chinese_calendar.is_workday(day) for day in days
    ]


@given(DAYS, st.integers(0, 60))
def test_counting_is_the_inverse_of_adding(day, count):
    end = CALENDAR.add_workdays(day, count)
    assert CALENDAR.workdays_between(day, end) == count
    assert CALENDAR.workdays_between(end, day) == -count


@given(DAYS, DAYS, DAYS)
def test_counting_adds_up_over_any_day_between(a, b, c):
    between = CALENDAR.workdays_between
    assert between(a, b) + between(b, c) == between(a, c)


@given(DAYS, st.integers(1, 30))
def test_the_end_is_a_workday_and_a_longer_term_ends_later(day, count):
    end = CALENDAR.add_workdays(day, count)
    assert CALENDAR.is_workday(end)
    assert day < end < CALENDAR.add_workdays(day, count + 1)


def test_an_edited_year_replaces_the_old_one_and_only_it():
    edited = CALENDAR.with_year(
        2026,
        days_off=[date(2026, 3, 6), date(2026, 3, 7)],  # Friday and Saturday, as printed
        made_up=[date(2026, 3, 8)],
    )
    assert edited.days_off == frozenset(
        {day for day in CALENDAR.days_off if day.year == 2025} | {date(2026, 3, 6)}
    )
    assert edited.is_workday(date(2026, 3, 8))
    assert edited.is_workday(date(2026, 10, 1))
    assert not edited.is_workday(date(2025, 10, 1))
    assert CALENDAR.with_year(2027, [], []).is_workday(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("days_off", "made_up", "code"),
    [
        ([date(2025, 1, 1)], [], "calendar.day_outside_year"),
        ([], [date(2027, 1, 3)], "calendar.day_outside_year"),
        ([date(2026, 3, 7)], [date(2026, 3, 7)], "calendar.day_off_and_worked"),
        ([], [date(2026, 3, 6)], "calendar.made_up_on_weekday"),
    ],
)
def test_an_edited_year_must_make_sense(days_off, made_up, code):
    with pytest.raises(RuleViolation) as refusal:
        CALENDAR.with_year(2026, days_off, made_up)
    assert refusal.value.code == code


@given(st.sets(st.integers(2004, 2026)))
def test_the_json_form_loses_nothing(years):
    calendar = mainland_calendar(years)
    assert calendar.years == years
    assert WorkCalendar.from_dict(calendar.to_dict()) == calendar


def test_the_json_form():
    calendar = WorkCalendar(
        years=frozenset({2026, 2025}),
        days_off=frozenset({date(2026, 10, 2), date(2026, 10, 1)}),
        made_up=frozenset({date(2026, 10, 10)}),
    )
    assert calendar.to_dict() == {
        "years": [2025, 2026],
        "days_off": ["2026-10-01", "2026-10-02"],
        "made_up": ["2026-10-10"],
    }


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"extra": 1}, "extra"),
        ({"years": ["2026"]}, "years"),
        ({"days_off": ["2026-13-01"]}, "days_off"),
        ({"made_up": [20261010]}, "made_up"),
        ({"made_up": "2026-10-10"}, "made_up"),
        ({"days_off": ["2024-10-01"]}, "2024-10-01"),
    ],
)
def test_a_broken_json_form_names_the_place(change, place):
    with pytest.raises(BadInput, match=place):
        WorkCalendar.from_dict({"years": [2026], "days_off": [], "made_up": []} | change)
