"""备案: what a filed scope allows (R-01) and which levels may be filed (R-27)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import RuleViolation
from jiangjie.orgs.rules import (
    FILED_SCOPE,
    ScopeLine,
    ScopeWish,
    check_levels,
    check_scope,
    check_wishes,
)

FIRST, LAST = date(2025, 1, 1), date(2027, 12, 31)
CRANE, FITTER = "6-30-05-01", "6-31-01-02"
WHOLE = ScopeLine(CRANE, "", (2, 3, 4), FIRST, LAST)
ONE_TYPE = ScopeLine(FITTER, "装配", (3,), FIRST, LAST)


def refusal_of(lines, occupation=CRANE, work_type="流动式起重机司机", level=3, on=FIRST):
    try:
        check_scope(lines, occupation_code=occupation, work_type=work_type, level=level, on=on)
    except RuleViolation as why:
        assert why.source == FILED_SCOPE.source
        return why.code
    return None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({}, None),
        ({"on": LAST}, None),
        ({"work_type": ""}, None),
        ({"on": date(2024, 12, 31)}, "orgs.filing_expired"),
        ({"on": date(2028, 1, 1)}, "orgs.filing_expired"),
        ({"level": 5}, "orgs.level_not_filed"),
        ({"occupation": "6-30-05-02"}, "orgs.outside_scope"),
        ({"occupation": FITTER, "work_type": "装配"}, None),
        ({"occupation": FITTER, "work_type": "修理"}, "orgs.outside_scope"),
        ({"occupation": FITTER, "work_type": ""}, "orgs.outside_scope"),
        ({"occupation": FITTER, "work_type": "装配", "level": 4}, "orgs.level_not_filed"),
    ],
)
def test_scope(wish, code):
    assert refusal_of([WHOLE, ONE_TYPE], **wish) == code


def test_without_a_filing_nothing_is_allowed():
    assert refusal_of([]) == "orgs.not_filed"


def test_a_level_filed_in_another_period_does_not_count():
    later = ScopeLine(CRANE, "", (5,), date(2028, 1, 1), date(2030, 12, 31))

    assert refusal_of([WHOLE, later], level=5) == "orgs.level_not_filed"
    assert refusal_of([WHOLE, later], level=5, on=date(2028, 1, 1)) is None


@given(
    level=st.integers(1, 8),
    day=st.dates(date(2024, 6, 1), date(2028, 6, 1)),
    levels=st.sets(st.integers(2, 8)),
)
def test_allowed_exactly_when_the_level_is_filed_and_the_day_is_inside(level, day, levels):
    line = ScopeLine(CRANE, "", tuple(sorted(levels)), FIRST, LAST)

    allowed = refusal_of([line], level=level, on=day) is None

    assert allowed == (level in levels and FIRST <= day <= LAST)


@pytest.mark.parametrize(
    ("levels", "standard", "code"),
    [
        ((2, 3, 4), (2, 3, 4, 5, 6, 7, 8), None),
        ((), (2, 3), "orgs.no_level"),
        ((2,), (4, 5, 6), "orgs.level_not_in_standard"),
        ((7,), (2, 3, 4, 7), "orgs.no_first_level"),
        ((7, 8), (2, 3, 4, 5, 6, 7, 8), None),
        ((2, 3), (), None),  # no standard is known: the bureau judges
        ((2, 7), (), "orgs.no_first_level"),
        ((6, 7), (), None),
    ],
)
def test_levels_of_the_standard(levels, standard, code):
    try:
        check_levels(levels, standard_levels=standard)
        found = None
    except RuleViolation as why:
        found = why.code
    assert found == code


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ([], "orgs.no_scope"),
        ([ScopeWish(CRANE, "", (2,)), ScopeWish(CRANE, "", (3,))], "orgs.scope_twice"),
        ([ScopeWish(CRANE, "", (2,)), ScopeWish(CRANE, "司机", (3,))], None),
    ],
)
def test_wishes(wishes, code):
    try:
        check_wishes(wishes)
        found = None
    except RuleViolation as why:
        found = why.code
    assert found == code
