"""The table of the regulations: every clause at its edge, and the rules of counting."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from jiangjie.applications.rules.eligibility import (
    compile_set,
    facts_from_json,
    outlook,
    request_from_json,
    verdict,
)
from jiangjie.kernel.errors import BadInput
from jiangjie.policy import packs
from tests.applications.eligibility_people import (
    CRANE,
    apprenticed,
    attested,
    awarded,
    born,
    holds,
    person,
    schooled,
    titled,
    worked,
)

PACK = packs.load("shandong")
SETS = {name: compile_set(body) for name, body in PACK.condition_sets.items()}
SHARED = Path(os.environ.get("JIANGJIE_SHARED", Path(__file__).parents[3] / "shared"))
CASES = SHARED / "data" / "eligibility" / "cases.json"

SINCE_2019 = worked("2019-03-01")
SCHOOL = ("2022-09-01", "2026-07-01")
OUT = ("2019-09-01", "2023-07-01")

# set, level, day, facts, clause met (None: not eligible), first day (None: time alone never will)
TABLE = [
    # 2018 五级: one year of work, or the end of an apprenticeship
    ("GZB-2018", 2, "2020-02-29", [SINCE_2019], None, "2020-03-01"),
    ("GZB-2018", 2, "2020-03-01", [SINCE_2019], "2/1", "2020-03-01"),
    ("GZB-2018", 2, "2020-01-01", [worked("2019-03-01", None, "related")], None, "2020-03-01"),
    ("GZB-2018", 2, "2021-01-01", [worked("2019-03-01", None, "other")], None, None),
    ("GZB-2018", 2, "2021-01-01", [apprenticed("2021-01-01")], "2/2", "2021-01-01"),
    ("GZB-2018", 2, "2020-12-31", [apprenticed("2021-01-01")], None, "2021-01-01"),
    ("GZB-2018", 2, "2021-01-01", [apprenticed("2020-01-01", "other")], None, None),
    ("GZB-2018", 2, "2021-01-01", [], None, None),
    # `to` is the first day no longer employed: exactly a year is a year, a day less is not
    ("GZB-2018", 2, "2025-01-01", [worked("2019-03-01", "2020-03-01")], "2/1", "2020-03-01"),
    ("GZB-2018", 2, "2025-01-01", [worked("2019-03-01", "2020-02-29")], None, None),
    # work that only begins later counts when it comes
    ("GZB-2018", 2, "2020-01-01", [worked("2020-06-01")], None, "2021-06-01"),
    # a fixed end in the future: reached before it, or never
    ("GZB-2018", 2, "2020-01-01", [worked("2019-03-01", "2020-04-01")], None, "2020-03-01"),
    ("GZB-2018", 2, "2020-01-01", [worked("2019-03-01", "2020-02-01")], None, None),
    # 29 February: the anniversary of a common year is its 28th
    ("GZB-2018", 2, "2021-02-27", [worked("2020-02-29")], None, "2021-02-28"),
    ("GZB-2018", 2, "2021-02-28", [worked("2020-02-29")], "2/1", "2021-02-28"),
    ("GZB-2018", 3, "2024-02-28", [worked("2019-01-01", None, "other"), worked("2020-02-29"),
     holds(2, "2020-02-29")], None, "2024-02-29"),
    # 2018 四级 (1): four years after the certificate of 五级
    ("GZB-2018", 3, "2024-05-31", [SINCE_2019, holds(2, "2020-06-01")], None, "2024-06-01"),
    ("GZB-2018", 3, "2024-06-01", [SINCE_2019, holds(2, "2020-06-01")], "3/1", "2024-06-01"),
    ("GZB-2018", 3, "2024-06-01", [SINCE_2019, holds(2, "2020-06-01", "related")], "3/1",
     "2024-06-01"),
    ("GZB-2018", 3, "2024-06-01", [SINCE_2019, holds(2, "2020-06-01", "other")], None,
     "2025-03-01"),
    # work before the certificate does not count
    ("GZB-2018", 3, "2024-06-01", [worked("2015-01-01", "2020-06-01"), holds(2, "2020-06-01")],
     None, None),
    # a period is cut at the day of issue, not dropped
    ("GZB-2018", 3, "2026-01-01", [worked("2018-07-01", "2021-01-01"), worked("2024-01-01"),
     holds(2, "2019-01-01")], "3/1", "2025-12-31"),
    # of two certificates of the level the earlier counts
    ("GZB-2018", 3, "2024-06-01", [SINCE_2019, holds(2, "2023-01-01"), holds(2, "2020-06-01")],
     "3/1", "2024-06-01"),
    # a certificate of another level is not the one that the clause names
    ("GZB-2018", 3, "2024-06-01", [SINCE_2019, holds(3, "2020-06-01")], None, "2025-03-01"),
    # a certificate not yet issued
    ("GZB-2018", 3, "2020-01-01", [SINCE_2019, holds(2, "2020-06-01")], None, "2024-06-01"),
    # 2018 四级 (2): six years in all
    ("GZB-2018", 3, "2025-02-28", [SINCE_2019], None, "2025-03-01"),
    ("GZB-2018", 3, "2025-03-01", [SINCE_2019], "3/2", "2025-03-01"),
    # overlaps once: 2014–2018 and 2016–2020 are six years, not eight
    ("GZB-2018", 3, "2020-01-01", [worked("2014-01-01", "2018-01-01"),
     worked("2016-01-01", "2020-01-01", "related")], "3/2", "2020-01-01"),
    ("GZB-2018", 3, "2025-01-01", [worked("2014-01-01", "2018-01-01"),
     worked("2016-01-01", "2019-12-31", "related")], None, None),
    # one period inside another adds nothing
    ("GZB-2018", 3, "2021-01-01", [worked("2015-01-01"), worked("2016-01-01", "2018-01-01")],
     "3/2", "2021-01-01"),
    # two jobs that touch are one period
    ("GZB-2018", 3, "2021-01-01", [worked("2015-01-01", "2018-01-01"),
     worked("2018-01-01", None, "related")], "3/2", "2021-01-01"),
    # gaps do not count: 1096 days moved up against 2023-01-01 begin on 2020-01-01
    ("GZB-2018", 3, "2025-12-31", [worked("2012-01-01", "2015-01-01"), worked("2023-01-01")],
     None, "2026-01-01"),
    # 1095 days moved up begin on 2020-01-02: one leap day less
    ("GZB-2018", 3, "2026-01-01", [worked("2013-01-01", "2016-01-01"), worked("2023-01-01")],
     None, "2026-01-02"),
    # a year once reached is not lost: 365 days moved up against 2021-01-01 are a day short
    ("GZB-2018", 2, "2021-01-01", [worked("2013-01-01", "2014-01-01"),
     worked("2021-01-01", "2021-02-01")], "2/1", "2014-01-01"),
    # other work in between is a gap
    ("GZB-2018", 3, "2025-03-01", [worked("2018-03-01", "2020-03-01"),
     worked("2020-03-01", "2021-03-01", "other"), worked("2021-03-01")], "3/2", "2025-03-01"),
    # 2018 四级 (3): schooling, without any years
    ("GZB-2018", 3, "2024-01-01", [schooled("技工学校", *OUT)], "3/3", "2022-07-01"),
    ("GZB-2018", 3, "2024-01-01", [schooled("技工学校", *OUT, major="related")], "3/3",
     "2022-07-01"),
    ("GZB-2018", 3, "2024-01-01", [schooled("技工学校", *OUT, major="other")], None, None),
    ("GZB-2018", 3, "2024-01-01", [schooled("技师学院", *OUT)], "3/3", "2022-07-01"),
    ("GZB-2018", 3, "2024-01-01", [schooled("中职", *OUT)], None, None),
    ("GZB-2018", 3, "2024-01-01", [schooled("中职", *OUT, goal=2)], None, None),
    ("GZB-2018", 3, "2024-01-01", [schooled("中职", *OUT, goal=3)], "3/3", "2022-07-01"),
    # 含应届: the last school year begins a year before its last day
    ("GZB-2018", 3, "2025-06-30", [schooled("技工学校", *SCHOOL, graduated=False)], None,
     "2025-07-01"),
    ("GZB-2018", 3, "2025-07-01", [schooled("技工学校", *SCHOOL, graduated=False)], "3/3",
     "2025-07-01"),
    ("GZB-2018", 3, "2026-06-30", [schooled("技工学校", *SCHOOL, graduated=False)], "3/3",
     "2025-07-01"),
    ("GZB-2018", 3, "2026-07-01", [schooled("技工学校", *SCHOOL, graduated=False)], None, None),
    ("GZB-2018", 3, "2026-07-01", [schooled("技工学校", *SCHOOL)], "3/3", "2025-07-01"),
    # 2018 三级
    ("GZB-2018", 4, "2025-05-31", [SINCE_2019, holds(3, "2020-06-01")], None, "2025-06-01"),
    ("GZB-2018", 4, "2025-06-01", [SINCE_2019, holds(3, "2020-06-01")], "4/1", "2025-06-01"),
    ("GZB-2018", 4, "2024-01-01", [holds(3, "2023-12-01"), schooled("技师学院", *OUT)], "4/2",
     "2023-12-01"),
    ("GZB-2018", 4, "2024-01-01", [holds(3, "2023-12-01"),
     schooled("高级技校", *SCHOOL, graduated=False)], None, "2025-07-01"),
    ("GZB-2018", 4, "2024-01-01", [schooled("技师学院", *OUT)], None, None),
    ("GZB-2018", 4, "2024-01-01", [holds(3, "2023-12-01"), schooled("技工学校", *OUT)], None, None),
    ("GZB-2018", 4, "2024-01-01", [holds(3, "2023-12-01"), schooled("高职", *OUT)], None, None),
    ("GZB-2018", 4, "2024-01-01", [holds(3, "2023-12-01"), schooled("高职", *OUT, goal=4)], "4/2",
     "2023-12-01"),
    # (3) 大专: two years after the certificate; a student is no graduate here
    ("GZB-2018", 4, "2022-05-31", [SINCE_2019, holds(3, "2020-06-01"),
     schooled("大专", "2015-09-01", "2018-07-01")], None, "2022-06-01"),
    ("GZB-2018", 4, "2022-06-01", [SINCE_2019, holds(3, "2020-06-01"),
     schooled("大专", "2015-09-01", "2018-07-01")], "4/3", "2022-06-01"),
    ("GZB-2018", 4, "2022-06-01", [SINCE_2019, holds(3, "2020-06-01"),
     schooled("本科", "2018-09-01", "2022-07-01")], None, "2022-07-01"),
    ("GZB-2018", 4, "2022-06-01", [SINCE_2019, holds(3, "2020-06-01"),
     schooled("大专", "2015-09-01", "2018-07-01", major="other")], None, "2025-06-01"),
    # schooling meets no clause that asks for years
    ("GZB-2018", 4, "2022-06-01", [holds(3, "2020-06-01"),
     schooled("大专", "2015-09-01", "2018-07-01")], None, None),
    # 2018 二级: the years of (2) need not follow the certificate
    ("GZB-2018", 5, "2024-06-01", [SINCE_2019, holds(4, "2020-06-01")], "5/1", "2024-06-01"),
    ("GZB-2018", 5, "2024-06-01", [SINCE_2019, holds(3, "2020-06-01")], None, None),
    ("GZB-2018", 5, "2022-03-01", [SINCE_2019, holds(4, "2022-02-01"),
     schooled("技师学院", "2014-09-01", "2018-07-01")], "5/2", "2022-03-01"),
    ("GZB-2018", 5, "2022-02-28", [SINCE_2019, holds(4, "2022-02-01"),
     schooled("技师学院", "2014-09-01", "2018-07-01")], None, "2022-03-01"),
    ("GZB-2018", 5, "2021-03-01", [SINCE_2019, attested("预备技师证书"),
     schooled("技师学院", "2014-09-01", "2018-07-01")], "5/2", "2021-03-01"),
    ("GZB-2018", 5, "2021-03-01", [SINCE_2019, attested("预备技师证书"),
     schooled("高级技校", "2014-09-01", "2018-07-01")], None, None),
    # 2018 一级
    ("GZB-2018", 6, "2024-05-31", [SINCE_2019, holds(5, "2020-06-01")], None, "2024-06-01"),
    ("GZB-2018", 6, "2024-06-01", [SINCE_2019, holds(5, "2020-06-01")], "6/1", "2024-06-01"),
    ("GZB-2018", 6, "2044-06-01", [SINCE_2019, holds(4, "2020-06-01")], None, None),
    # 2023 五级: sixteen on the birthday
    ("GZB-2023", 2, "2026-05-04", [born("2010-05-05")], None, "2026-05-05"),
    ("GZB-2023", 2, "2026-05-05", [born("2010-05-05")], "2/1", "2026-05-05"),
    ("GZB-2023", 2, "2028-02-29", [born("2012-02-29")], "2/1", "2028-02-29"),
    # 2023 四级
    ("GZB-2023", 3, "2024-02-29", [SINCE_2019], None, "2024-03-01"),
    ("GZB-2023", 3, "2024-03-01", [SINCE_2019], "3/1", "2024-03-01"),
    ("GZB-2023", 3, "2023-06-01", [SINCE_2019, holds(2, "2020-06-01")], "3/2", "2023-06-01"),
    ("GZB-2023", 3, "2024-01-01", [schooled("中职", *OUT)], "3/3", "2022-07-01"),
    ("GZB-2023", 3, "2024-01-01", [schooled("本科", *OUT, major="other")], None, None),
    # 2023 三级
    ("GZB-2023", 4, "2029-03-01", [SINCE_2019], "4/1", "2029-03-01"),
    ("GZB-2023", 4, "2024-06-01", [SINCE_2019, holds(3, "2020-06-01")], "4/2", "2024-06-01"),
    ("GZB-2023", 4, "2022-01-01", [SINCE_2019, titled("初级", "2021-01-01")], "4/3", "2022-01-01"),
    ("GZB-2023", 4, "2021-12-31", [SINCE_2019, titled("初级", "2021-01-01")], None, "2022-01-01"),
    ("GZB-2023", 4, "2022-01-01", [SINCE_2019, titled("初级", "2021-01-01", "other")], None,
     "2029-03-01"),
    ("GZB-2023", 4, "2024-01-01", [schooled("高级工班", *OUT)], "4/4", "2022-07-01"),
    ("GZB-2023", 4, "2024-01-01", [schooled("技工学校", *OUT)], None, None),
    ("GZB-2023", 4, "2024-01-01", [holds(3, "2023-12-01"), schooled("大专", *OUT)], "4/5",
     "2023-12-01"),
    ("GZB-2023", 4, "2024-01-01", [schooled("大专", *OUT, goal=4)], "4/6", "2022-07-01"),
    ("GZB-2023", 4, "2024-01-01", [schooled("大专", *OUT)], None, None),
    # 2023 二级
    ("GZB-2023", 5, "2025-06-01", [SINCE_2019, holds(4, "2020-06-01")], "5/1", "2025-06-01"),
    ("GZB-2023", 5, "2025-03-01", [SINCE_2019, titled("初级", "2020-03-01"),
     holds(4, "2024-03-01")], "5/2", "2025-03-01"),
    ("GZB-2023", 5, "2025-03-01", [SINCE_2019, titled("初级", "2020-03-01"),
     holds(4, "2024-03-02")], None, "2025-03-02"),
    ("GZB-2023", 5, "2026-06-01", [SINCE_2019, titled("中级", "2025-05-31")], "5/3", "2026-05-31"),
    ("GZB-2023", 5, "2024-01-01", [SINCE_2019, holds(4, "2023-12-01"),
     schooled("高级技校", "2014-09-01", "2018-07-01")], "5/4", "2023-12-01"),
    ("GZB-2023", 5, "2025-12-01", [holds(4, "2023-12-01"),
     schooled("预备技师班", *SCHOOL, graduated=False)], "5/5", "2025-12-01"),
    ("GZB-2023", 5, "2025-11-30", [holds(4, "2023-12-01"),
     schooled("预备技师班", *SCHOOL, graduated=False)], None, "2025-12-01"),
    ("GZB-2023", 5, "2025-01-01", [holds(4, "2024-07-01"),
     schooled("预备技师班", *SCHOOL, graduated=False)], None, None),
    # 2023 一级
    ("GZB-2023", 6, "2025-06-01", [SINCE_2019, holds(5, "2020-06-01")], "6/1", "2025-06-01"),
    ("GZB-2023", 6, "2025-03-01", [SINCE_2019, titled("中级", "2020-03-01"),
     holds(5, "2024-03-01")], "6/2", "2025-03-01"),
    ("GZB-2023", 6, "2022-01-01", [SINCE_2019, titled("正高", "2021-01-01")], "6/3", "2022-01-01"),
    ("GZB-2023", 6, "2022-01-01", [SINCE_2019, titled("中级", "2021-01-01")], None, None),
    # 山东 特级: certificate, four years in the post, still in it, and one of ①–④
    ("SD-2020-特级", 7, "2023-02-28", [worked("2019-03-01", post=6), holds(6, "2018-12-01"),
     attested("②")], None, "2023-03-01"),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), holds(6, "2018-12-01"),
     attested("②")], "7/1", "2023-03-01"),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), holds(6, "2018-12-01"),
     awarded("全国技术能手", 2021)], "7/1", "2023-03-01"),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), holds(6, "2018-12-01"),
     awarded("全国技术能手", 2024)], None, "2024-01-01"),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), holds(6, "2018-12-01"),
     awarded("厂级先进", 2021)], None, None),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=5), holds(6, "2018-12-01"),
     attested("①")], None, None),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), attested("①")], None, None),
    ("SD-2020-特级", 7, "2023-03-01", [worked("2019-03-01", None, "related", 6),
     holds(6, "2018-12-01"), attested("①")], None, None),
    # no longer in this work: the years are there, the post is not
    ("SD-2020-特级", 7, "2024-03-01", [worked("2019-03-01", "2024-03-01", post=6),
     holds(6, "2018-12-01"), attested("①")], None, None),
    ("SD-2020-特级", 7, "2024-03-01", [worked("2019-03-01", "2024-03-02", post=6),
     holds(6, "2018-12-01"), attested("①")], "7/1", "2023-03-01"),
    # the same person nationally: five years, no achievement named
    ("CN-2021-特级", 7, "2023-03-01", [worked("2019-03-01", post=6), holds(6, "2018-12-01")], None,
     "2024-03-01"),
    ("SD-2023-首席", 8, "2023-03-01", [SINCE_2019, holds(7, "2022-01-01")], "8/1", "2022-01-01"),
    ("SD-2023-首席", 8, "2023-03-01", [SINCE_2019, holds(6, "2022-01-01")], None, None),
    # clauses of single occupations
    ("GZB-保卫管理员", 4, "2021-03-01", [SINCE_2019], "4/1", "2021-03-01"),
    ("GZB-保卫管理员", 4, "2020-03-01", [SINCE_2019,
     schooled("本科", "2014-09-01", "2018-07-01", major="other")], "4/2", "2020-03-01"),
    ("GZB-保卫管理员", 4, "2020-03-01", [attested("服役满5年")], "4/4", "2020-03-01"),
    ("GZB-保卫管理员", 5, "2029-03-01", [SINCE_2019], "5/3", "2029-03-01"),
    ("GZB-保卫管理员", 6, "2020-03-01", [attested("正团级军官")], "6/2", "2020-03-01"),
    ("GZB-健康管理师-2005", 4, "2024-01-01", [schooled("大专", *OUT)], "4/1", "2023-07-01"),
    ("GZB-健康管理师-2005", 4, "2024-01-01", [SINCE_2019, schooled("大专", *OUT, major="other"),
     attested("健康管理师培训结业")], "4/2", "2023-07-01"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "level", "day", "parts", "clause", "first"), TABLE)
def test_the_table_of_the_regulations(name, level, day, parts, clause, first):
    facts = facts_from_json(person(*parts), "$")
    one = verdict(facts, SETS[name], target_level=level, as_of=date.fromisoformat(day))

    assert (one.eligible, one.clause, one.earliest_date) == (
        clause is not None,
        clause and f"{name}/{clause}",
        first and date.fromisoformat(first),
    )
    for each in one.clauses:
        assert each.met == all(finding.met for finding in each.findings)


def test_every_clause_is_reached_by_the_table():
    reached = {f"{row[0]}/{row[4]}" for row in TABLE if row[4]}
    stated = {
        one.clause.id
        for each in SETS.values()
        for clauses in each.levels.values()
        for one in clauses
    }
    # 从事 is met whenever 拟从事 is; the rest repeat a predicate that other rows try
    assert stated - reached == {
        "GZB-2023/2/2",
        "CN-2021-特级/7/1",
        "GZB-保卫管理员/4/3",
        "GZB-保卫管理员/4/5",
        "GZB-保卫管理员/5/1",
        "GZB-保卫管理员/5/2",
        "GZB-保卫管理员/6/1",
        "GZB-保卫管理员/6/3",
        "GZB-健康管理师-2005/4/3",
    }


@pytest.mark.skipif(not CASES.exists(), reason=f"no benchmark data at {CASES}")
def test_the_cases_of_the_command_contract():
    wrong = []
    for case in json.loads(CASES.read_text("utf-8")):
        request = request_from_json(case["request"], "$")
        answer = verdict(
            request.facts,
            SETS[case["standard"]],
            target_level=request.target_level,
            as_of=date.fromisoformat(case["as_of"]),
        ).to_json()
        if {key: answer[key] for key in case["expect"]} != case["expect"]:
            wrong.append((request.id, answer["eligible"], answer["earliest_date"]))
    assert wrong == []


def test_each_condition_says_what_is_there_and_what_is_missing():
    facts = facts_from_json(person(worked("2019-04-16"), holds(4, "2023-04-16")), "$")
    one = verdict(facts, SETS["GZB-2018"], target_level=5, as_of=date(2026, 7, 1))

    assert one.to_json() == {
        "eligible": False,
        "clause": None,
        "earliest_date": "2027-04-16",
        "clauses": [
            {
                "id": "GZB-2018/5/1",
                "text": "取得本职业或相关职业三级/高级工证书后，累计从事本职业或相关职业工作"
                "4年（含）以上。",
                "source": "国家职业技能标准编制技术规程（2018年版） 申报条件",
                "confidence": "S",
                "met": False,
                "conditions": [
                    {
                        "text": "取得本职业或相关职业三级/高级工证书",
                        "met": True,
                        "have": "2023-04-16取得",
                        "need": "三级/高级工证书",
                        "missing": None,
                    },
                    {
                        "text": "取得三级/高级工证书后累计从事本职业或相关职业满4年",
                        "met": False,
                        "have": "3年2个月15天",
                        "need": "4年",
                        "missing": "9个月15天",
                    },
                ],
            },
            {
                "id": "GZB-2018/5/2",
                "text": "取得三级/高级工证书的高级技校、技师学院毕业生，累计从事本职业或相关职业"
                "工作3年（含）以上；或取得预备技师证书的技师学院毕业生，累计从事本职业或相关职业"
                "工作2年（含）以上。",
                "source": "国家职业技能标准编制技术规程（2018年版） 申报条件",
                "confidence": "S",
                "met": False,
                "conditions": [
                    {
                        "text": "取得本职业或相关职业三级/高级工证书，高级技校、技师学院毕业，"
                        "累计从事本职业或相关职业满3年；或预备技师证书，技师学院毕业，"
                        "累计从事本职业或相关职业满2年",
                        "met": False,
                        "have": "2023-04-16取得，无，7年2个月15天",
                        "need": "三级/高级工证书，高级技校、技师学院毕业，3年",
                        "missing": "高级技校、技师学院毕业",
                    }
                ],
            },
        ],
    }


def test_years_reached_before_a_gap_are_told_as_reached():
    """1095 days are three years by 2016-01-01, and a day short of them against 2021."""
    parts = [worked("2013-01-01", "2016-01-01"), worked("2021-01-01"), holds(4, "2013-01-01")]
    parts.append(schooled("技师学院", "2009-09-01", "2012-07-01"))
    facts = facts_from_json(person(*parts), "$")
    one = verdict(facts, SETS["GZB-2018"], target_level=5, as_of=date(2021, 1, 2))

    assert (one.clause, one.earliest_date) == ("GZB-2018/5/2", date(2016, 1, 1))
    assert one.clauses[1].findings[0].have.endswith("，3年")


def test_an_outlook_is_the_verdict_without_reasons():
    for name, level, day, parts, _, _ in TABLE:
        facts = facts_from_json(person(*parts), "$")
        at = {"target_level": level, "as_of": date.fromisoformat(day)}
        short, whole = outlook(facts, SETS[name], **at), verdict(facts, SETS[name], **at)
        assert (short.eligible, short.clause, short.earliest_date) == (
            whole.eligible,
            whole.clause,
            whole.earliest_date,
        )


def test_a_level_without_conditions_is_refused_and_names_the_levels_there_are():
    facts = facts_from_json(person(), "$")
    with pytest.raises(BadInput, match="GZB-2018没有第7级的申报条件，只有：2、3、4、5、6。"):
        verdict(facts, SETS["GZB-2018"], target_level=7, as_of=date(2026, 1, 1))


def test_facts_survive_their_own_json():
    doc = person(
        worked("2015-01-01", "2016-01-01", "related", 6),
        SINCE_2019,
        holds(4, "2020-01-01"),
        schooled("高职", *OUT, goal=4),
        titled("副高", "2021-01-01"),
        apprenticed("2016-01-01"),
        awarded("齐鲁工匠", 2022),
        attested("①"),
    )
    assert facts_from_json(doc, "$").to_json() == doc


REQUEST = {"id": "p1", "occupation": CRANE, "target_level": 3, **person(SINCE_2019)}
JOB = REQUEST["employment"][0]
CARD = holds(2, "2020-01-01")["certificates"][0]
STUDY = schooled("高职", *OUT)["education"][0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sex": "男"}, "$.requests[0].sex：未知字段。"),
        ({"id": ""}, "$.requests[0].id：应为非空文字。"),
        ({"id": "\ud800"}, "$.requests[0].id：应为非空文字。"),
        ({"id": 7}, "$.requests[0].id：应为非空文字。"),
        ({"target_level": 9}, "$.requests[0].target_level：应为1至8的整数。"),
        ({"target_level": True}, "$.requests[0].target_level：应为1至8的整数。"),
        ({"target_level": 3.0}, "$.requests[0].target_level：应为1至8的整数。"),
        ({"birth_date": None}, "$.requests[0].birth_date：应为日期，形如2026-06-30。"),
        ({"birth_date": "19900505"}, "$.requests[0].birth_date：应为日期，形如2026-06-30。"),
        ({"birth_date": "1990-W18-6"}, "$.requests[0].birth_date：应为日期，形如2026-06-30。"),
        ({"birth_date": "1990-02-30"}, "$.requests[0].birth_date：没有这一天。"),
        ({"birth_date": "0990-02-03"}, "$.requests[0].birth_date：应为日期，形如2026-06-30。"),
        ({"employment": {}}, "$.requests[0].employment：应为列表。"),
        ({"employment": [JOB, 5]}, "$.requests[0].employment[1]：应为对象。"),
        ({"employment": [JOB | {"kind": 1}]}, "$.requests[0].employment[0].kind：未知字段。"),
        (
            {"employment": [JOB | {"to": "2018-01-01"}]},
            "$.requests[0].employment[0].to：不得早于from。",
        ),
        (
            {"employment": [JOB | {"relation": "本职业"}]},
            "$.requests[0].employment[0].relation：应为其中之一：same、related、other。",
        ),
        (
            {"employment": [JOB | {"post_level": 0}]},
            "$.requests[0].employment[0].post_level：应为1至8的整数。",
        ),
        (
            {"employment": [{key: JOB[key] for key in JOB if key != "to"}]},
            "$.requests[0].employment[0].to：缺少此字段。",
        ),
        (
            {"certificates": [CARD | {"level": "三级"}]},
            "$.requests[0].certificates[0].level：应为1至8的整数。",
        ),
        (
            {"education": [STUDY | {"school": "清华"}]},
            (
                "$.requests[0].education[0].school：应为其中之一：技工学校、中职、高级技校、技师学院、"
                "高职、大专、本科、高级工班、预备技师班。"
            ),
        ),
        (
            {"education": [STUDY | {"graduated": "是"}]},
            "$.requests[0].education[0].graduated：应为true或false。",
        ),
        (
            {"education": [STUDY | {"to": "2019-08-31"}]},
            "$.requests[0].education[0].to：不得早于from。",
        ),
        (
            titled("高级", "2020-01-01"),
            "$.requests[0].titles[0].grade：应为其中之一：初级、中级、副高、正高。",
        ),
        (
            titled("中级", "2020-01-01", "related"),
            "$.requests[0].titles[0].relation：应为其中之一：same、other。",
        ),
        (awarded("", 2021), "$.requests[0].awards[0].name：应为非空文字。"),
        (awarded("齐鲁工匠", 21), "$.requests[0].awards[0].year：应为1900至2199的整数。"),
        ({"achievements": ["①", 2]}, "$.requests[0].achievements[1]：应为非空文字。"),
        (attested("①", "⑤"), "$.requests[0].achievements[1]：应为其中之一：①、②。"),
    ],
)
def test_facts_that_cannot_be_are_refused_by_their_path(changes, message):
    with pytest.raises(BadInput) as refusal:
        request_from_json(REQUEST | changes, "$.requests[0]", achievements={"①", "②"})
    assert str(refusal.value) == message


@pytest.mark.parametrize("field", ["id", "occupation", "target_level", "birth_date"])
def test_a_missing_field_is_named(field):
    doc = {key: value for key, value in REQUEST.items() if key != field}
    with pytest.raises(BadInput, match=rf"^\$\.{field}：缺少此字段。$"):
        request_from_json(doc, "$")
