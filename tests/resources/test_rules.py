from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.resources import rules
from jiangjie.resources.rules import ASSESSOR, SENIOR, Card

MAX = {ASSESSOR: 4, SENIOR: 8}
CLAUSE = Clause("x", "轮换", "某题库", Confidence.UNCERTAIN)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("grade", "allowed"),
    [(ASSESSOR, [1, 2, 3, 4]), (SENIOR, [1, 2, 3, 4, 5, 6, 7, 8]), ("", []), ("other", [])],
)
def test_a_card_reaches_so_high(grade, allowed):
    assert [level for level in range(1, 9) if rules.grade_allows(grade, level, MAX)] == allowed


@given(DAYS, st.integers(0, 1500), st.integers(-50, 1600))
def test_a_card_is_valid_from_its_first_day_to_its_last(first, length, offset):
    card = Card(SENIOR, "K1", first, first + timedelta(length))
    found = rules.card_finding(card, first + timedelta(offset), CLAUSE)
    assert (found is None) == (0 <= offset <= length)


def test_without_a_term_or_without_a_grade_no_card_is_valid():
    day = date(2026, 4, 1)
    assert rules.card_finding(Card(SENIOR, "K1", None, None), day, CLAUSE).is_hard
    assert rules.card_finding(Card("", "", day, day), day, CLAUSE).is_hard


@given(DAYS, st.none() | st.integers(0, 900), st.integers(-50, 1000))
def test_hiring_without_a_last_day_runs_on(first, length, offset):
    last = None if length is None else first + timedelta(length)
    found = rules.hired_finding(first, last, first + timedelta(offset))
    assert (found is None) == (offset >= 0 and (length is None or offset <= length))


@pytest.mark.parametrize(
    ("served", "count"),
    [
        ([], None), ([True, True, False, True], None), ([True, True, True], 3),
        ([True, True, True, True, False], 4), ([False, True, True, True], None),
    ],
)  # fmt: skip
def test_rotation_counts_what_came_in_a_row(served, count):
    found = rules.rotation_finding(served, most=3, clause=CLAUSE)
    assert (found and found.values["count"]) == count
    assert found is None or (found.is_hard, found.confidence) == (False, "U")


@given(st.lists(st.tuples(DAYS, st.integers(0, 20)), max_size=4), DAYS)
def test_absences_count_both_their_ends(spans, day):
    absences = [(first, first + timedelta(length)) for first, length in spans]
    inside = any(
        day in {first + timedelta(n) for n in range(length + 1)} for first, length in spans
    )
    assert (rules.absence_finding(absences, day) is not None) == inside


def test_a_station_passes_whole_candidates():
    assert [rules.places_in(minutes, 4) for minutes in (14, 15, 60, 89, 240)] == [0, 1, 4, 5, 16]
