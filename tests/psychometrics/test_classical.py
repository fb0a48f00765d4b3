"""Counts worked out by hand, and properties that hold for any answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jiangjie.psychometrics.classical import Finding, analyse, options

# Six people, four items. Totals 4 3 3 2 1 0.
ANSWERS = np.array(
    [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 1], [1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]],
    dtype=float,
)
ONES = np.ones(4)


def test_difficulty_and_corrected_discrimination() -> None:
    items = analyse(ANSWERS, ONES).items
    assert [item.difficulty for item in items] == pytest.approx([5 / 6, 1 / 2, 1 / 2, 1 / 3])
    rest = ANSWERS[:, 1:].sum(axis=1)
    assert items[0].discrimination == pytest.approx(np.corrcoef(ANSWERS[:, 0], rest)[0, 1])


def test_reliability_is_kr_20_where_all_is_right_or_wrong() -> None:
    found = analyse(ANSWERS, ONES)
    p = ANSWERS.mean(axis=0)
    kr20 = 4 / 3 * (1 - (p * (1 - p)).sum() / ANSWERS.sum(axis=1).var())
    assert found.is_right_or_wrong
    assert found.alpha == pytest.approx(kr20)
    assert found.measurement_error == pytest.approx((found.deviation or 0) * (1 - kr20) ** 0.5)


def test_few_people_leave_a_wide_interval() -> None:
    found = analyse(ANSWERS, ONES)
    low, high = found.alpha_interval or (0, 0)
    assert low < (found.alpha or 0) < high
    many = analyse(np.tile(ANSWERS, (50, 1)), ONES).alpha_interval or (0, 0)
    assert many[1] - many[0] < (high - low) / 5


def test_partial_points_and_items_not_given() -> None:
    scores = np.array([[10, 4.0], [5, 2], [0, np.nan], [10, 0]])
    found = analyse(scores, np.array([10, 4.0]))
    assert [item.difficulty for item in found.items] == pytest.approx([0.625, 0.5])
    assert [item.people for item in found.items] == [4, 3]
    assert (found.people, found.is_right_or_wrong) == (3, False)


def test_what_cannot_be_told_is_said() -> None:
    answers = np.column_stack([np.ones(5), np.zeros(5), np.full(5, np.nan), [1, 1, 0, 0, 1]])
    found = analyse(answers, ONES)
    assert [item.findings for item in found.items] == [
        (Finding.ALL_RIGHT,), (Finding.ALL_WRONG,), (Finding.NOBODY,), (),
    ]  # fmt: skip
    assert (found.people, found.alpha, found.alpha_interval) == (0, None, None)


def test_options_show_the_wrong_key_and_the_idle_distractor() -> None:
    choices = ["A"] * 20 + ["B"] * 25 + ["C"] * 4 + [""]
    rest = np.array([9.0] * 20 + [4.0] * 25 + [3.0] * 4 + [0.0])
    found = {each.letter: each for each in options(choices, "B", rest, "ABCD")}
    assert {letter: each.people for letter, each in found.items()} == {
        "A": 20, "B": 25, "C": 4, "D": 0, "": 1,
    }  # fmt: skip
    assert found["A"].findings == (Finding.ATTRACTS_THE_ABLE,)
    assert found["D"].findings == (Finding.UNUSED,)
    assert (found["B"].is_key, found["B"].discrimination is not None) == (True, True)
    assert (found["B"].discrimination or 0) < 0


@given(arrays(float, (12, 5), elements=st.sampled_from([0.0, 1.0])))
def test_marking_the_other_way_round_mirrors_difficulty_and_keeps_the_rest(answers) -> None:
    one, other = analyse(answers, np.ones(5)), analyse(1 - answers, np.ones(5))
    for first, second in zip(one.items, other.items, strict=True):
        assert first.difficulty == pytest.approx(1 - (second.difficulty or 0))
        assert first.discrimination == pytest.approx(second.discrimination)
    assert one.alpha == pytest.approx(other.alpha)
