import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.exams.rules.units import Unit
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.kernel.errors import RuleViolation
from jiangjie.marking.rules import agreement, analysis, marks, rechecks, sharing, similarity
from jiangjie.marking.rules.marks import Third
from jiangjie.psychometrics.classical import Finding


def refusal(deed, *arguments, **named):
    with pytest.raises(RuleViolation) as refused:
        deed(*arguments, **named)
    return refused.value.code


# ---- two marks and a third ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "third", "wanted"),
    [
        ([], Third.NEAREST_TWO, None),
        ([400], Third.NEAREST_TWO, None),
        ([300, 400], Third.NEAREST_TWO, 350),  # exactly the limit: no third
        ([300, 301], Third.NEAREST_TWO, 301),  # half a hundredth goes up
        ([300, 401], Third.NEAREST_TWO, None),
        ([100, 400, 350], Third.NEAREST_TWO, 375),
        ([100, 400, 150], Third.NEAREST_TWO, 125),
        ([100, 400, 250], Third.NEAREST_TWO, 325),  # in the middle: the higher two
        ([100, 400, 250], Third.MEAN_OF_THREE, 250),
        ([100, 400, 250], Third.THIRD_STANDS, 250),
        ([300, 400, 0], Third.THIRD_STANDS, 350),  # a third that nobody needed changes nothing
    ],
)
def test_what_an_answer_of_five_points_earns_at_a_limit_of_a_fifth(given, third, wanted):
    assert marks.final(given, points=500, limit_percent=20, third=third) == wanted


POINTS = st.integers(0, 500)


@given(first=POINTS, second=POINTS, third=POINTS, limit=st.integers(0, 100))
def test_the_order_of_the_first_two_makes_no_difference(first, second, third, limit):
    for rule in Third:
        one = marks.final([first, second, third], points=500, limit_percent=limit, third=rule)
        other = marks.final([second, first, third], points=500, limit_percent=limit, third=rule)
        assert one == other
        assert min(first, second, third) <= one <= max(first, second, third)


@given(possible=st.integers(1, 20000), data=st.data())
def test_the_score_is_in_proportion_and_the_whole_paper_is_a_hundred(possible, data):
    earned = data.draw(st.integers(0, possible))
    score = marks.out_of_hundred(earned, possible)
    assert abs(score * possible - earned * 10000) * 2 <= possible
    assert marks.out_of_hundred(possible, possible) == 10000


def test_points_and_limits_that_cannot_be_are_refused():
    assert refusal(marks.check_points, 501, 500) == "marking.points_impossible"
    assert refusal(marks.check_points, -1, 500) == "marking.points_impossible"
    assert refusal(marks.check_limit, 101) == "marking.limit_impossible"
    assert refusal(marks.check_whole, {"1": 100, "2": None}) == "marking.not_whole"


# ---- sharing out ----------------------------------------------------------------------------


@given(questions=st.integers(0, 12), markers=st.integers(2, 7))
def test_every_question_has_different_markers_and_all_have_alike_many(questions, markers):
    shared = sharing.share_out(range(questions), range(markers))
    assert [len(set(each)) for each in shared.values()] == [min(3, markers)] * questions
    for place in range(min(3, markers)):
        load = [sum(each[place] == marker for each in shared.values()) for marker in range(markers)]
        assert max(load) - min(load) <= 1


def test_who_may_not_mark():
    names = {1: "吴考评"}
    assert refusal(sharing.share_out, [1], [1]) == "marking.too_few_markers"
    assert refusal(sharing.check_different, [1, 1]) == "marking.same_marker"
    common = {"markers": [1], "names": names}
    assert refusal(sharing.check_markers, examined={1}, own_units={}, **common) == (
        "marking.is_candidate"
    )
    assert refusal(sharing.check_markers, examined=set(), own_units={1: "一分厂"}, **common) == (
        "marking.own_unit"
    )
    sharing.check_markers(examined={2}, own_units={}, **common)


def test_a_markers_habit():
    habit = agreement.habit([0.4, 0.6, 0.8], [(0.4, 0.4), (0.6, 0.3)], limit_percent=20)
    assert (habit.answers, habit.compared, habit.is_few) == (3, 2, True)
    assert habit.mean == pytest.approx(0.6)
    assert habit.spread == pytest.approx(0.2)
    assert (habit.lean, habit.apart) == (pytest.approx(0.15), pytest.approx(0.15))
    assert habit.within == 0.5
    nothing = agreement.habit([], [], limit_percent=20)
    assert (nothing.mean, nothing.spread, nothing.lean, nothing.within) == (None,) * 4


# ---- re-checks ------------------------------------------------------------------------------

FINE, WRONG = rechecks.Finding(1, True), rechecks.Finding(2, False)


@pytest.mark.parametrize(
    ("findings", "slips", "wanted"),
    [
        ([], [], ""),
        ([FINE], [], ""),
        ([FINE, rechecks.Finding(3, True)], [], "kept"),
        ([WRONG], [None], ""),
        ([FINE, WRONG], [None], ""),
        ([WRONG], [True], "corrected"),
        ([WRONG], [False], "kept"),
        ([WRONG, FINE], [False, True], "corrected"),
    ],
)
def test_a_recheck_is_settled_by_two_people(findings, slips, wanted):
    assert rechecks.outcome(findings, slips, people=2) == wanted


def test_summing_finds_what_is_missing_too_much_or_wrongly_added():
    line = rechecks.Line
    right = rechecks.summing([line(1, 100, 100), line(2, 500, 250)], 350)
    assert right.is_right
    wrong = rechecks.summing([line(1, 100, 200), line(2, 500, None)], 350)
    assert (wrong.missing, wrong.above, wrong.earned, wrong.is_right) == ((2,), (1,), 200, False)


def test_who_may_not_recheck():
    common = {"user": 1, "candidate": 9}
    assert refusal(
        rechecks.check_uninvolved, person=9, markers=(), **common
    ) == "marking.own_script"  # fmt: skip
    assert refusal(
        rechecks.check_uninvolved, person=None, markers={1}, **common
    ) == "marking.checker_marked"  # fmt: skip
    assert refusal(rechecks.check_second, user=1, earlier={1}) == "marking.checked_already"
    rechecks.check_uninvolved(person=8, markers={3}, **common)
    rechecks.check_second(user=1, earlier={2})


# ---- analysis -------------------------------------------------------------------------------


def unit(number, key="A"):
    content = ItemContent(Kind.SINGLE, "题", tuple("甲乙丙丁"), key)
    return Unit(number, number - 1, f"B-{number}.1", content, 100)


def sat(answers, units):
    earned = {
        str(each.number): 100 if answer == each.content.key else 0
        for each, answer in zip(units, answers, strict=True)
    }
    return analysis.Sat(
        marks=earned,
        answers={str(n): answer for n, answer in enumerate(answers, start=1)},
        seconds={"1": 30},
        score=marks.out_of_hundred(sum(earned.values()), 100 * len(units)),
        pass_mark=6000,
    )


def test_a_wrong_key_is_flagged_and_the_pass_rate_counted():
    """Whoever knows the other questions chooses B in question 4, whose key says A."""
    units = [unit(n) for n in range(1, 5)]
    people = [sat(each, units) for each in ("AAAB", "AAAB", "AABB", "BBBA", "BBCA", "ABCA")]
    found = analysis.analyse_form(units, people)
    assert [each.is_urgent for each in found.units] == [False, False, False, True]
    assert found.units[3].statistics.findings == (Finding.NEGATIVE,)
    assert found.units[0].statistics.difficulty == pytest.approx(4 / 6)
    assert (found.passed, found.judged, found.is_few) == (2, 6, True)
    assert found.histogram == (0, 0, 2, 0, 0, 2, 0, 2, 0, 0)
    assert found.units[0].seconds == 30
    low, high = found.pass_interval
    assert low < 2 / 6 < high


def test_the_bank_learns_of_an_item_over_all_forms():
    one, two = [unit(1), unit(2)], [unit(1)]
    found = analysis.learned([(one, [sat("AA", one), sat("AB", one)]), (two, [sat("B", two)])])
    assert [(each.item, each.people) for each in found] == [("B-1.1", 3), ("B-2.1", 2)]
    assert [each.p_value for each in found] == [pytest.approx(2 / 3), pytest.approx(0.5)]
    assert [each.rasch.b for each in found] == [None, None]  # too few people
    assert analysis.learned([]) == []


def test_two_parameters_are_told_from_two_hundred_people_on():
    units = [unit(n) for n in range(1, 9)]
    chance = random.Random(5)

    def answers() -> str:
        ability = chance.gauss(0, 1)
        return "".join("A" if ability > chance.gauss(n / 4 - 1, 0.8) else "B" for n in range(8))

    people = [sat(answers(), units) for _ in range(200)]
    many, few = (analysis.learned([(units, part)]) for part in (people, people[:199]))
    assert all(each.two.a > 0 and each.two.a_error and each.two.b_error for each in many)
    assert many[0].two.b < many[4].two.b < many[7].two.b  # harder and harder
    assert all(each.rasch.b is not None and each.two.b is None for each in few)


# ---- similarity -----------------------------------------------------------------------------


def test_a_copied_sheet_is_found_and_chance_is_not():
    draw = random.Random(1)
    wrong = {
        person: {str(n): draw.choice("BCD") for n in range(40) if draw.random() < 0.5}
        for person in range(30)
    }
    assert similarity.similar_pairs(wrong) == []
    wrong[30] = dict(wrong[7])
    (pair,) = similarity.similar_pairs(wrong)
    assert (pair.first, pair.second) == (7, 30)
    assert pair.same == pair.both_wrong == len(wrong[7])
    assert pair.expected < pair.same
