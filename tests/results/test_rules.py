import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.errors import MalformedValue, RuleViolation
from jiangjie.results.rules import (
    ABSENT,
    FAILED,
    PASSED,
    Difference,
    Judged,
    Signed,
    Vote,
    check_correction,
    check_decides_other,
    check_other_typists,
    check_turn,
    check_unsigned,
    check_value,
    current_round,
    decide,
    differences,
    exempt_parts,
    format_value,
    inputs_of,
    parse_value,
    passed_layers,
    to_json,
)

SCORES = st.integers(0, 10_000)
VOTES = st.integers(1, 999).flatmap(
    lambda voters: st.integers(0, voters).map(lambda ayes: Vote(ayes, voters))
)


def part(name, pass_mark=6000):
    return {"part": name, "pass_mark": pass_mark, "source": "示例标准", "confidence": "S"}


EXAM = {"combine": "ALL_PASS", "threshold": None, "parts": [part("theory"), part("practical")]}
TECHNICIAN = {**EXAM, "parts": [*EXAM["parts"], part("review")]}
APPOINTMENT = {
    "combine": "COMMITTEE_VOTE",
    "threshold": {"numerator": 2, "denominator": 3, "source": "表决", "confidence": "U"},
    "parts": [part("dossier", None), part("defence", None), part("vote", None)],
}
PROBATION = {"combine": "ALL_PASS", "threshold": None, "parts": [part("probation", None)]}


def outcome(rule, marks, **wishes):
    return decide(inputs_of(rule, marks, **wishes))[0]


@pytest.mark.parametrize(
    ("rule", "marks", "expected"),
    [
        pytest.param(EXAM, {"theory": 6000, "practical": 6000}, PASSED, id="60.00-is-enough"),
        pytest.param(EXAM, {"theory": 5999, "practical": 6000}, FAILED, id="59.99-is-not"),
        pytest.param(EXAM, {"theory": 10000, "practical": 5999}, FAILED, id="no-compensation"),
        pytest.param(EXAM, {"theory": None, "practical": 9000}, ABSENT, id="absent-from-one"),
        pytest.param(EXAM, {"theory": None, "practical": 100}, ABSENT, id="absent-before-failed"),
        pytest.param(EXAM, {"theory": 0, "practical": 0}, FAILED, id="zero-is-not-absent"),
        pytest.param(
            TECHNICIAN, {"theory": 9000, "practical": 9000, "review": 5900}, FAILED, id="review"
        ),
        pytest.param(
            APPOINTMENT, {"dossier": 100, "defence": 100, "vote": Vote(6, 9)}, PASSED,
            id="two-thirds-exactly-whatever-the-scores",
        ),
        pytest.param(
            APPOINTMENT, {"dossier": 9900, "defence": 9900, "vote": Vote(5, 8)}, FAILED,
            id="5-of-8-is-below-two-thirds",
        ),
        pytest.param(
            APPOINTMENT, {"dossier": 9900, "defence": 9900, "vote": Vote(666, 999)}, PASSED,
            id="666-of-999-is-two-thirds",
        ),
        pytest.param(
            APPOINTMENT, {"dossier": 9900, "defence": 9900, "vote": Vote(665, 998)}, FAILED,
            id="66.63-percent-is-not-rounded-up",
        ),
        pytest.param(
            APPOINTMENT, {"dossier": 9900, "defence": None, "vote": Vote(9, 9)}, ABSENT,
            id="absent-from-the-defence",
        ),
        pytest.param(PROBATION, {"probation": Judged(True)}, PASSED, id="probation-good"),
        pytest.param(PROBATION, {"probation": Judged(False)}, FAILED, id="probation-bad"),
        pytest.param(
            {**EXAM, "parts": [part("dossier", None)]}, {"dossier": 10000}, FAILED,
            id="without-pass-mark-and-vote-nobody-passes",
        ),
    ],
)  # fmt: skip
def test_outcome(rule, marks, expected):
    assert outcome(rule, marks) == expected


def test_the_explanation_names_have_need_and_source_of_each_part():
    _, explanation = decide(
        inputs_of(APPOINTMENT, {"dossier": 8000, "defence": 7000, "vote": Vote(7, 9)})
    )

    assert [(line["part"], line["need"], line["have"], line["met"]) for line in explanation] == [
        ("dossier", None, 8000, None),
        ("defence", None, 7000, None),
        ("vote", {"numerator": 2, "denominator": 3}, {"ayes": 7, "voters": 9}, True),
    ]
    assert [(line["source"], line["confidence"]) for line in explanation] == [
        ("示例标准", "S"),
        ("示例标准", "S"),
        ("表决", "U"),
    ]


@given(st.tuples(SCORES, SCORES, SCORES), st.integers(0, 2), SCORES)
def test_lowering_a_part_never_turns_a_failure_into_a_pass(scores, which, lower):
    lowered = list(scores)
    lowered[which] = min(lower, scores[which])
    names = ("theory", "practical", "review")
    before = outcome(TECHNICIAN, dict(zip(names, scores, strict=True)))
    after = outcome(TECHNICIAN, dict(zip(names, lowered, strict=True)))

    assert before == PASSED or after == FAILED


@given(st.lists(SCORES, min_size=3, max_size=3))
def test_somebody_passes_exactly_when_his_worst_part_does(scores):
    marks = dict(zip(("theory", "practical", "review"), scores, strict=True))

    assert (outcome(TECHNICIAN, marks) == PASSED) == (min(scores) >= 6000)


@given(VOTES)
def test_a_vote_passes_by_the_exact_fraction(vote):
    marks = {"dossier": 0, "defence": 0, "vote": vote}

    assert (outcome(APPOINTMENT, marks) == PASSED) == (3 * vote.ayes >= 2 * vote.voters)


def test_a_missing_mark_is_refused_not_taken_as_zero():
    with pytest.raises(RuleViolation) as refusal:
        inputs_of(EXAM, {"theory": 9000})
    assert refusal.value.code == "results.mark_missing"


def test_an_exempt_part_is_shown_and_needs_no_mark():
    inputs = inputs_of(EXAM, {"practical": 6000}, exempt=frozenset({"theory"}))
    result, explanation = decide(inputs)

    assert result == PASSED
    assert [(line["part"], line["exempt"], line["have"]) for line in explanation] == [
        ("theory", True, None),
        ("practical", False, 6000),
    ]


@pytest.mark.parametrize(
    ("route", "layers", "expected"),
    [
        ("theory_exempt", {1, 2}, {"theory"}),
        ("theory_exempt", {1}, set()),
        ("theory_exempt", set(), set()),
        ("direct", {1, 2, 3}, {"theory", "practical"}),
        ("exception", {1, 2, 3}, set()),
        ("skip", {1, 2, 3}, set()),
        ("regular", {1, 2}, set()),
    ],
)
def test_parts_are_waived_only_by_an_approved_route(route, layers, expected):
    assert exempt_parts(route, approved_layers=layers, min_layer=2) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("theory", "60", 6000),
        ("theory", " 59.99 ", 5999),
        ("theory", "６０．５", 6050),
        ("theory", 60.5, 6050),
        ("theory", "缺考", None),
        ("theory", "Absent", None),
        ("vote", "7/9", Vote(7, 9)),
        ("vote", "７／９", Vote(7, 9)),
        ("vote", "0/3", Vote(0, 3)),
        ("probation", "合格", Judged(True)),
        ("probation", "不合格", Judged(False)),
    ],
)
def test_what_a_cell_says(name, text, expected):
    assert parse_value(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("theory", "六十", "score_malformed"),
        ("theory", "60.555", "score_decimals"),
        ("theory", "100.01", "score_range"),
        ("theory", "-1", "score_range"),
        ("vote", "67%", "vote_malformed"),
        ("vote", 0.67, "vote_malformed"),
        ("vote", "10/9", "vote_range"),
        ("vote", "0/0", "vote_range"),
        ("probation", "60", "judged_malformed"),
    ],
)
def test_what_a_cell_cannot_say(name, text, code):
    with pytest.raises(MalformedValue) as why:
        parse_value(name, text)
    assert why.value.code == code


@given(st.one_of(SCORES.map(lambda v: ("theory", v)), VOTES.map(lambda v: ("vote", v)),
                 st.booleans().map(lambda v: ("probation", Judged(v))),
                 st.sampled_from([("theory", None), ("vote", None)])))  # fmt: skip
def test_a_value_is_read_as_it_was_written(case):
    name, value = case
    assert parse_value(name, format_value(value)) == value


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("theory", 10001, "results.bad_value"),
        ("theory", -1, "results.bad_value"),
        ("theory", Vote(1, 2), "results.wrong_kind"),
        ("vote", 6000, "results.wrong_kind"),
        ("vote", Vote(3, 2), "results.bad_value"),
        ("probation", 6000, "results.wrong_kind"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(name, value, code):
    with pytest.raises(RuleViolation) as refusal:
        check_value(name, value)
    assert refusal.value.code == code


def test_json_keeps_the_votes_as_cast():
    assert [to_json(each) for each in (5999, Vote(2, 3), Judged(True), None)] == [
        5999,
        {"ayes": 2, "voters": 3},
        {"good": True},
        None,
    ]


def test_differences_in_the_order_asked_for():
    first = {1: 6000, 2: 6000, 3: None, 5: None}
    second = {1: 6000, 2: 6001, 4: 7000, 5: None}

    assert differences([4, 3, 2, 1, 5, 6], first, second) == (
        Difference(4, "", "70"),
        Difference(3, "缺考", ""),
        Difference(2, "60", "60.01"),
        Difference(6, "", ""),
    )


def test_one_person_does_not_type_both_passes():
    check_other_typists({7, 8}, by=9)
    with pytest.raises(RuleViolation) as refusal:
        check_other_typists({7, 8}, by=8)
    assert refusal.value.code == "results.same_typist"


@pytest.mark.parametrize(
    ("reason", "before", "after", "code"),
    [
        ("  ", 6000, 6100, "results.reason_missing"),
        ("合分有误", 6000, 6000, "results.nothing_corrected"),
        ("合分有误", None, None, "results.nothing_corrected"),
    ],
)
def test_a_correction_says_why_and_changes_something(reason, before, after, code):
    with pytest.raises(RuleViolation) as refusal:
        check_correction(reason=reason, before=before, after=after)
    assert refusal.value.code == code


def test_a_correction_takes_two_people():
    check_decides_other(asked_by=1, decided_by=2)
    with pytest.raises(RuleViolation) as refusal:
        check_decides_other(asked_by=1, decided_by=1)
    assert refusal.value.code == "results.own_correction"


RETURNED = [Signed(1, 2, True), Signed(1, 3, False)]


@pytest.mark.parametrize(
    ("signed", "now", "layers"),
    [
        ([], 1, set()),
        ([Signed(1, 2, True)], 1, {2}),
        (RETURNED, 2, set()),
        ([*RETURNED, Signed(2, 2, True)], 2, {2}),
        ([*RETURNED, Signed(2, 2, True), Signed(2, 3, True)], 2, {2, 3}),
    ],
)
def test_a_returned_list_is_signed_anew(signed, now, layers):
    assert (current_round(signed), passed_layers(signed)) == (now, layers)


def test_nothing_is_corrected_under_a_signature():
    check_unsigned(RETURNED)
    with pytest.raises(RuleViolation) as refusal:
        check_unsigned([Signed(1, 2, True)])
    assert refusal.value.code == "results.signed_before"


def test_the_layers_sign_in_order():
    check_turn([], layer=2, layers=(2, 3))
    check_turn([Signed(1, 2, True)], layer=3, layers=(2, 3))
    for signed in ([], RETURNED):
        with pytest.raises(RuleViolation) as refusal:
            check_turn(signed, layer=3, layers=(2, 3))
        assert refusal.value.code == "results.lower_layer_first"


@given(VOTES, SCORES)
def test_every_outcome_can_be_computed_again_from_stored_json(vote, score):
    inputs = inputs_of(APPOINTMENT, {"dossier": score, "defence": score, "vote": vote})

    assert decide(json.loads(json.dumps(inputs))) == decide(inputs)
