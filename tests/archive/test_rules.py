"""What a volume counts, and how long an archive is kept."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from jiangjie.archive import rules
from jiangjie.archive.rules import Known, Records, State
from jiangjie.kernel.errors import RuleViolation
from jiangjie.verify.report import ITEMS

NOTHING = Known(
    levels=frozenset({4}), is_plan_approved=False, is_reported=False, is_announced=False,
    is_closed=False, submitted=0, undecided=0, qualified=0, records={}, decided=0,
    is_result_final=False, to_issue=0, certificates=0, revoked=0, handed_over=0, appointed=0,
)  # fmt: skip
RECORDED = {
    code: Records(1, frozenset({kind}))
    for code, kind in {
        "S08": "", "S09": "试卷交接单", "S10": "考务实施方案", "T02": "", "T03": "考生签到表",
        "T05": "", "T06": "", "T07": "", "T08": "评分表", "T09": "", "T10": "督导报告",
    }.items()
}  # fmt: skip
ALL = replace(
    NOTHING, is_plan_approved=True, is_reported=True, is_announced=True, is_closed=True,
    submitted=3, qualified=2, records=RECORDED, decided=2, is_result_final=True, certificates=2,
    handed_over=2, appointed=2,
)  # fmt: skip


def missing(known: Known) -> list[str]:
    return [item.code for item in rules.missing_items(rules.volumes(known))]


def item(known: Known, code: str) -> rules.Item:
    return next(i for volume in rules.volumes(known) for i in volume.items if i.code == code)


def test_nothing_is_there_before_anything_is_done():
    assert missing(NOTHING) == [
        "1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6",
        "4.1", "4.2", "4.3", "5.1", "5.2",
    ]  # fmt: skip


def test_nothing_is_missing_when_all_is_done():
    assert missing(ALL) == []
    assert all(volume.is_complete for volume in rules.volumes(ALL))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"is_announced": False}, ["1.1"]),
        ({"undecided": 1}, ["1.3", "1.4"]),
        ({"is_closed": False}, ["1.3", "1.4"]),
        ({"is_plan_approved": False}, ["2.1"]),
        ({"is_reported": False}, ["2.1"]),
        ({"decided": 1}, ["4.1"]),
        ({"is_result_final": False}, ["4.1"]),
        ({"to_issue": 1}, ["5.1"]),
        ({"handed_over": 1}, ["5.2"]),
        ({"appointed": 0}, []),  # asked for by R-04, but no folder's duty
        ({"revoked": 1, "handed_over": 1}, []),
        ({"levels": frozenset({5}), "records": {**RECORDED, "T07": Records()}}, ["4.4"]),
        ({"records": {**RECORDED, "T10": Records(1, frozenset({"考评报告"}))}}, ["3.6"]),
        ({"records": {**RECORDED, "T05": Records(0, frozenset(), True)}}, []),
        ({"records": {**RECORDED, "S08": Records()}}, []),
    ],
)
def test_each_gap_is_named(change, expected):
    assert missing(replace(ALL, **change)) == expected


def test_what_does_not_apply_is_neither_there_nor_missing():
    assert item(ALL, "4.4").state is State.NOT_APPLICABLE
    assert item(ALL, "5.3").state is State.NOT_APPLICABLE
    assert item(replace(ALL, revoked=1), "5.3").state is State.PRESENT


@pytest.mark.parametrize(
    ("since", "years", "until"),
    [
        (date(2026, 5, 6), 3, date(2029, 5, 6)),
        (date(2024, 2, 29), 5, date(2029, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
    ],
)
def test_the_years_of_keeping_end_on_the_same_day(since, years, until):
    assert rules.kept_until(since, years) == until


def test_a_candidate_does_not_consult():
    rules.check_not_concerned(is_candidate=False)
    with pytest.raises(RuleViolation) as refusal:
        rules.check_not_concerned(is_candidate=True)
    assert refusal.value.source == "职业技能等级认定档案管理制度 查阅"


def test_every_item_of_a_report_is_documented():
    page = (Path(__file__).parents[2] / "docs/reference/archive.md").read_text("utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row in ITEMS] == list(ITEMS)
