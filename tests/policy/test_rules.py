import pytest

from jiangjie.kernel.clauses import Confidence
from jiangjie.kernel.errors import RuleViolation
from jiangjie.policy import packs
from jiangjie.policy.rules import (
    Combination,
    DayCount,
    combination_for_level,
    exceptional_route,
    level_codes,
    parts_for_level,
    publicity_term,
)

PACK = packs.load("shandong")
NATIONAL = packs.load("national-2023")


@pytest.mark.parametrize(
    ("kind", "confidence"),
    [("qualification", Confidence.RECONSTRUCTED), ("result", Confidence.REPOSTED)],
)
def test_a_publicity_term_carries_its_clause(kind, confidence):
    term = publicity_term(PACK, kind)
    assert (term.days, term.calendar) == (5, DayCount.WORKDAY)
    assert (term.clause.id, term.clause.confidence) == (
        f"national-2018/publicity.{kind}",
        confidence,
    )


EXAMINED = [("theory", 6000), ("practical", 6000)]
APPOINTED = [("dossier", None), ("defence", None), ("vote", None)]


@pytest.mark.parametrize(
    ("level", "parts", "combination"),
    [
        (1, [("probation", None)], Combination.ALL_PASS),
        (2, EXAMINED, Combination.ALL_PASS),
        (3, EXAMINED, Combination.ALL_PASS),
        (4, EXAMINED, Combination.ALL_PASS),
        (5, [*EXAMINED, ("review", 6000)], Combination.ALL_PASS),
        (6, [*EXAMINED, ("review", 6000)], Combination.ALL_PASS),
        (7, APPOINTED, Combination.COMMITTEE_VOTE),
        (8, APPOINTED, Combination.COMMITTEE_VOTE),
    ],
)
def test_the_parts_of_each_level(level, parts, combination):
    rules = parts_for_level(PACK, level)
    assert [(one.kind, one.pass_mark) for one in rules] == parts
    assert all(one.title for one in rules)
    assert combination_for_level(PACK, level)[0] == combination


def test_only_the_five_middle_codes_are_sure():
    codes = level_codes(PACK)
    assert {level: one.code for level, one in codes.items()} == {
        2: "5",
        3: "4",
        4: "3",
        5: "2",
        6: "1",
        7: "T",
        8: "S",
    }
    assert {level for level, one in codes.items() if one.clause.confidence == "U"} == {7, 8}


@pytest.mark.parametrize(
    ("name", "levels"),
    [("破格", {4, 5, 6}), ("越级", {4, 5, 6}), ("直接认定", set()), ("免理论", set())],
)
def test_shandong_names_four_routes(name, levels):
    route = exceptional_route(PACK, name)
    assert (route.name, route.levels, route.min_layer) == (name, levels, 2)
    assert route.clause.id == f"shandong/exceptional_routes/{name}"
    assert route.clause.source.startswith(
        "山东2021-08《关于采取多种方式开展企业技能人才自主评价的通知》"
    )
    assert route.clause.text
    assert route.evidence


@pytest.mark.parametrize(("pack", "name"), [(NATIONAL, "破格"), (PACK, "走后门")])
def test_a_route_that_no_clause_names_is_refused(pack, name):
    with pytest.raises(RuleViolation) as refusal:
        exceptional_route(pack, name)
    assert refusal.value.code == "policy.route_not_allowed"
    assert str(refusal.value) == f"{pack.title}的规则中没有允许{name}的条款。"
