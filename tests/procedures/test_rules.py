"""The procedure 15·10·3 (domain rules R-22 and the reconstructed step list) without a database."""

from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.clauses import Confidence
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.procedures import definition_files
from jiangjie.procedures.rules import (
    Recorded,
    Signed,
    Standing,
    StepFact,
    check_not_below,
    check_open,
    check_separation,
    check_sound,
    combine,
    next_step,
    parse,
    progress,
    shortfalls,
    with_records,
)

TODAY = date(2026, 3, 2)
(BODY,) = definition_files.shipped()
PROCEDURE = parse(BODY)
STEPS = [f"S{number:02d}" for number in range(1, 16)]
STAGES = [f"T{number:02d}" for number in range(1, 11)]
DONE = StepFact(is_done=True)


def changed(change):
    body = deepcopy(BODY)
    change(body)
    return parse(body)


def step(body, code):
    for each in body["steps"]:
        for part in (each, *each.get("stages", [])):
            if part["code"] == code:
                return part
    raise LookupError(code)


def told(codes):
    return dict.fromkeys(codes, DONE)


def standing(facts, today=TODAY):
    return {each.code: str(each.state) for each in progress(PROCEDURE, facts, today)}


# ---- the shipped definition -----------------------------------------------------------------


def test_it_has_15_steps_10_stages_and_3_layers_and_is_marked_as_reconstruction():
    check_sound(PROCEDURE)
    (evaluation,) = [each for each in PROCEDURE.steps if each.stages]

    assert [each.code for each in PROCEDURE.steps] == STEPS
    assert (evaluation.code, [each.code for each in evaluation.stages]) == ("S11", STAGES)
    assert [(each.layer, each.act, each.role) for each in PROCEDURE.layers] == [
        (1, "初审", "clerk"), (2, "复审", "office"), (3, "终审", "committee"),
    ]  # fmt: skip
    assert {each.ground.confidence for each in PROCEDURE.parts.values()} == {
        Confidence.RECONSTRUCTED
    }
    assert [(each.code, each.signs) for each in PROCEDURE.steps if each.signs] == [
        ("S01", (3,)), ("S03", (3,)), ("S06", (1, 2)), ("S12", (2, 3)),
    ]  # fmt: skip
    assert [each.code for each in PROCEDURE.steps if each.optional] == ["S08"]


def test_yaml_and_back_gives_the_same_body():
    assert definition_files.read(definition_files.write(BODY)) == BODY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code: [", "YAML"),
        ("- 1", r"\$"),
        (definition_files.write({**BODY, "steps": []}), r"\$\.steps"),
        (definition_files.write({**BODY, "surprise": 1}), "surprise"),
        ("a: &a [1]\nb: *a\n", "YAML"),
        ("x" * 200_001, "过大"),
    ],
    ids=["syntax", "not-a-map", "no-steps", "unknown-field", "alias", "too-long"],
)
def test_a_file_that_is_no_definition_is_refused_with_its_place(text, said):
    with pytest.raises(BadInput, match=said):
        definition_files.read(text)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: step(b, "S04").update(after=["S99"]), "procedures.unknown_predecessor"),
        (lambda b: step(b, "S02").update(after=["T01"]), "procedures.unknown_predecessor"),
        (lambda b: step(b, "S01").update(after=["S15"]), "procedures.cycle"),
        (lambda b: step(b, "T01").update(after=["T01"]), "procedures.cycle"),
        (lambda b: step(b, "S02").update(code="S01"), "procedures.code_twice"),
        (lambda b: step(b, "T02").update(code="S02"), "procedures.code_twice"),
        (lambda b: b["layers"].pop(0), "procedures.layers_not_in_order"),
        (lambda b: b["layers"].pop(), "procedures.unknown_layer"),
    ],
)
def test_a_procedure_that_cannot_run_is_refused(change, code):
    with pytest.raises(RuleViolation) as refusal:
        check_sound(changed(change))
    assert refusal.value.code == code


# ---- not below the minimum ------------------------------------------------------------------


def leave_out(parts, code):
    """Take a step out and let those after it follow what came before it."""
    (gone,) = [part for part in parts if part["code"] == code]
    parts.remove(gone)
    for part in parts:
        if code in part["after"]:
            part["after"] = [each for each in part["after"] if each != code] + gone["after"]


@pytest.mark.parametrize(
    "change",
    [
        lambda b: leave_out(b["steps"], "S07"),
        lambda b: leave_out(step(b, "S11")["stages"], "T03"),
        lambda b: step(b, "S06").update(signs=[2]),
        lambda b: step(b, "S06").update(exceptional=[]),
        lambda b: step(b, "S12").update(after=["S10"]),
        lambda b: step(b, "S09").update(evidence=[]),
        lambda b: step(b, "S13").update(min_workdays=4),
        lambda b: step(b, "S09").update(optional=True),
        lambda b: step(b, "T03").update(optional=True),
        lambda b: step(b, "S07").update(by_record=True),
        lambda b: b["layers"][0].update(role="office"),
    ],
    ids=[
        "step-left-out", "stage-left-out", "signature", "exceptional-signature", "predecessor",
        "evidence", "working-day", "made-optional", "stage-made-optional", "made-by-record",
        "one-role-two-layers",
    ],
)  # fmt: skip
def test_an_organisation_may_not_ask_for_less(change):
    own = changed(change)
    check_sound(own)
    assert len(shortfalls(own, PROCEDURE)) >= 1
    with pytest.raises(RuleViolation) as refusal:
        check_not_below(own, PROCEDURE)
    assert refusal.value.code == "procedures.below_minimum"


def extra_step(body):
    """A new step between S10 and S11, so that S11 follows S10 by a way round."""
    body["steps"].insert(10, {**step(body, "S10"), "code": "S10A", "after": ["S10"]})
    step(body, "S11")["after"] = ["S09", "S10A"]


@pytest.mark.parametrize(
    "change",
    [
        lambda b: step(b, "S01").update(title="编制计划"),
        lambda b: step(b, "S10").update(role="clerk"),
        lambda b: step(b, "S04").update(evidence=["公告张贴照片"]),
        lambda b: step(b, "S07").update(signs=[2]),
        lambda b: step(b, "S13").update(min_workdays=7),
        lambda b: step(b, "S08").update(optional=False),
        extra_step,
    ],
    ids=["title", "role", "evidence", "signature", "working-days", "demanded", "extra-step"],
)
def test_it_may_ask_for_more(change):
    own = changed(change)
    check_sound(own)
    assert shortfalls(own, PROCEDURE) == ()


# ---- progress -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "not_blocked"),
    [
        ({}, {"S01": "open"}),
        (told(["S01"]), {"S01": "done", "S02": "open", "S03": "open"}),
        (told(["S01", "S02"]), {"S01": "done", "S02": "done", "S03": "open"}),
        (
            told(STEPS[:7]),
            {**dict.fromkeys(STEPS[:7], "done"), "S08": "open", "S09": "open", "S10": "open"},
        ),
        (
            told([*STEPS[:7], "S09", "S10"]),
            {
                **dict.fromkeys(STEPS[:7], "done"),
                "S08": "open", "S09": "done", "S10": "done", "S11": "open",
            },
        ),
        (
            told([*STEPS[:7], "S09", "S10"]) | {"S08": StepFact(False, is_skipped=True)},
            {
                **dict.fromkeys(STEPS[:7], "done"),
                "S08": "skipped", "S09": "done", "S10": "done", "S11": "open",
            },
        ),
        (
            told([*STEPS[:7], "S09"]) | {"S10": StepFact(False, is_skipped=True)},
            {
                **dict.fromkeys(STEPS[:7], "done"),
                "S08": "open", "S09": "done", "S10": "open",
            },
        ),
    ],
    ids=[
        "nothing", "planned", "reported", "publicised", "optional-holds-nobody-up",
        "left-out", "a-demanded-step-cannot-be-left-out",
    ],
)  # fmt: skip
def test_progress(facts, not_blocked):
    assert standing(facts) == dict.fromkeys(STEPS, "blocked") | not_blocked


def test_the_evaluation_step_is_done_by_its_stages():
    ready = told([*STEPS[:7], "S09", "S10"])

    def evaluation(facts):
        return progress(PROCEDURE, ready | facts, TODAY)[10]

    begun = evaluation(told(["T01"]))
    assert (str(begun.state), begun.waits_for) == ("open", "assessor")
    assert [str(stage.state) for stage in begun.stages] == [
        "done", "open", "open", *["blocked"] * 7,
    ]  # fmt: skip

    without_review = told(set(STAGES) - {"T07"})
    assert str(evaluation(without_review).state) == "open"
    whole = evaluation(without_review | {"T07": StepFact(False, is_skipped=True)})
    assert (str(whole.state), str(whole.stages[6].state)) == ("done", "skipped")


def test_no_stage_is_open_before_the_step_is():
    blocked = progress(PROCEDURE, {}, TODAY)[10]
    assert [str(stage.state) for stage in blocked.stages] == ["blocked"] * 10
    with pytest.raises(RuleViolation, match="命题组卷与保密、考务准备"):
        check_open(progress(PROCEDURE, told(STEPS[:8]), TODAY), "T01")


def test_a_step_is_late_only_while_it_is_open():
    due = StepFact(is_done=False, due=date(2026, 3, 1))
    first, second, *_ = progress(PROCEDURE, {"S01": due, "S02": due}, TODAY)
    assert (first.is_late, second.is_late) == (True, False)
    assert progress(PROCEDURE, {"S01": due}, date(2026, 3, 1))[0].is_late is False


def test_the_next_step_is_the_first_open_one_that_is_demanded():
    track = progress(PROCEDURE, told(STEPS[:7]), TODAY)
    assert next_step(track).code == "S09"
    assert next_step(progress(PROCEDURE, told(STEPS + STAGES), TODAY)) is None


def test_a_blocked_step_names_what_must_come_first():
    with pytest.raises(RuleViolation) as refusal:
        check_open(progress(PROCEDURE, told(["S01", "S03"]), TODAY), "S04")
    assert (refusal.value.code, refusal.value.values["missing"]) == (
        "procedures.step_blocked",
        "核对备案范围并报备计划",
    )
    with pytest.raises(RuleViolation) as unknown:
        check_open(progress(PROCEDURE, {}, TODAY), "S99")
    assert unknown.value.code == "procedures.unknown_step"


fact_sets = st.dictionaries(
    st.sampled_from(STEPS + STAGES),
    st.builds(StepFact, is_done=st.booleans(), is_skipped=st.booleans()),
)
grown = st.lists(st.sampled_from(STEPS + STAGES), max_size=6)
ORDER = {"blocked": 0, "open": 1, "skipped": 2, "done": 3}


@given(fact_sets, grown)
def test_more_facts_never_take_a_step_back(facts, more):
    before = progress(PROCEDURE, facts, TODAY)
    after = progress(PROCEDURE, facts | told(more), TODAY)

    for old, new in zip(before, after, strict=True):
        assert ORDER[old.state] <= ORDER[new.state]
        for old_stage, new_stage in zip(old.stages, new.stages, strict=True):
            assert ORDER[old_stage.state] <= ORDER[new_stage.state]


@given(fact_sets)
def test_nothing_is_open_before_its_predecessors(facts):
    track = progress(PROCEDURE, facts, TODAY)
    for states, parts, passes in [
        (track, PROCEDURE.steps, True),
        (track[10].stages, PROCEDURE.steps[10].stages, False),
    ]:
        by_code = {each.code: each for each in states}
        for part in parts:
            if by_code[part.code].state is Standing.OPEN:
                for before in part.after:
                    settled = by_code[before].state in {Standing.DONE, Standing.SKIPPED}
                    assert settled or (passes and by_code[before].is_optional)


# ---- facts ----------------------------------------------------------------------------------


def test_of_two_apps_the_later_one_has_the_last_word_and_done_stays_done():
    assert combine([
        StepFact(True, done_at=TODAY, due=date(2026, 4, 1), detail="早"),
        StepFact(False, due=date(2026, 3, 20), missing=("甲",), waits_for="clerk"),
    ]) == StepFact(
        True, done_at=TODAY, due=date(2026, 3, 20), detail="早", missing=("甲",), waits_for="clerk"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "fact", "records", "done", "missing"),
    [
        ("S08", StepFact(False), [], False, ()),
        ("S08", StepFact(False), [Recorded("", TODAY, False)], True, ()),
        ("S08", StepFact(False), [Recorded("", TODAY, True, "不需要")], False, ()),
        ("S09", StepFact(False), [Recorded("", TODAY, False)], False, ("试卷交接单",)),
        ("S09", StepFact(False), [Recorded("试卷交接单", TODAY, False)], True, ()),
        ("S04", DONE, [], True, ()),
        ("S04", StepFact(False), [Recorded("", TODAY, False)], False, ()),
        ("T10", StepFact(False), [Recorded("考评报告", TODAY, False)], False, ("督导报告",)),
    ],
)
def test_records_and_evidence(code, fact, records, done, missing):
    found = with_records(PROCEDURE.part(code), fact, records)
    assert (found.is_done, found.missing) == (done, missing)


def test_evidence_that_an_organisation_demands_holds_an_apps_step_back():
    own = changed(lambda b: step(b, "S04").update(evidence=["公告张贴照片"])).part("S04")
    assert with_records(own, DONE, []).is_done is False
    assert with_records(own, DONE, [Recorded("公告张贴照片", TODAY, False)]).is_done is True


# ---- separation of duties (R-22) ------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "subjects", "earlier", "own", "people", "code"),
    [
        (1, ["a:1"], [], None, {}, None),
        (2, ["a:1"], [Signed("a:1", 1)], None, {}, "procedures.two_layers"),
        (1, ["a:1"], [Signed("a:1", 2)], None, {}, "procedures.two_layers"),
        (1, ["a:1"], [Signed("a:1", 1)], None, {}, None),  # the next round of the same layer
        (2, ["a:2"], [Signed("a:1", 1)], None, {}, None),
        (2, ["a:1", "a:2"], [Signed("a:2", 1)], None, {}, "procedures.two_layers"),
        (2, [""], [Signed("a:1", 1)], None, {}, "procedures.two_layers"),
        (3, [""], [Signed("", 2)], None, {}, "procedures.two_layers"),
        (1, ["a:1"], [Signed("", 3)], None, {}, "procedures.two_layers"),
        (3, [""], [Signed("", 3)], None, {}, None),
        (1, ["a:1"], [], 7, {"a:1": 7}, "procedures.own_case"),
        (1, ["a:1"], [], 7, {"a:1": 8, "a:2": 7}, None),
        (3, [""], [], 7, {"a:2": 7}, "procedures.own_case"),
    ],
)
def test_separation(layer, subjects, earlier, own, people, code):
    try:
        check_separation(
            layer=layer, subjects=subjects, earlier=earlier, own_person=own, people_of=people
        )
    except RuleViolation as why:
        assert why.code == code
        assert why.source
    else:
        assert code is None
