"""Timetables: the checker against hand-made faults, the search against trying everything."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangjie.arrangement.rules.timetables.arranging import arrange
from jiangjie.arrangement.rules.timetables.checking import faults, penalties
from jiangjie.arrangement.rules.timetables.conflicts import decide
from jiangjie.arrangement.rules.timetables.exam_format import exam_solution, problem_from_exam
from jiangjie.arrangement.rules.timetables.model import build, rules_of
from jiangjie.arrangement.rules.timetables.problem import Place, Problem
from jiangjie.arrangement.rules.timetables.reading import problem_from_json
from jiangjie.cli import main
from jiangjie.kernel.errors import BadInput
from tests.arrangement.timetables import document, least_penalty, problem

EXAM = """[Exams:3]
60, 1, 2, 3
90, 3, 4
60, 5
[Periods:3]
01:06:2026, 09:00:00, 120, 0
01:06:2026, 13:30:00, 120, 1
02:06:2026, 09:00:00, 120, 0
[Rooms:2]
4, 0
2, 7
[PeriodHardConstraints]
1, AFTER, 0
[RoomHardConstraints]
2, ROOM_EXCLUSIVE
[InstitutionalWeightings]
TWOINAROW, 7
TWOINADAY, 5
PERIODSPREAD, 1
NONMIXEDDURATIONS, 10
FRONTLOAD, 1, 1, 5
"""

SMALL = {
    "periods": [
        {"id": "上午", "day": "2026-06-01", "start": "08:30", "minutes": 120},
        {"id": "下午", "day": "2026-06-01", "start": "13:30", "minutes": 120},
    ],
    "rooms": [
        {"id": "一号", "site": "东", "kind": "理论", "capacity": 2, "rows": 1, "columns": 2},
        {"id": "焊接", "site": "西", "kind": "实操", "capacity": 4, "per_hour": 1},
    ],
    "candidates": [{"id": "甲", "unit": "u"}, {"id": "乙", "unit": "v"}],
    "sessions": [
        {"id": "理论", "candidates": ["甲", "乙"], "length": 90, "kind": "理论"},
        {"id": "实操", "candidates": ["甲"], "length": 60, "kind": "实操"},
    ],
    "rules": {"after": [["实操", "理论"]]},
    "travel": [{"from": "东", "to": "西", "minutes": 30}],
    "rest": 60,
    "weights": {"in_a_row": 3, "day": 10},
}


def changed(**parts: object) -> Problem:
    return problem_from_json({**SMALL, **parts})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_small_problems_agree_with_trying_everything(seed: int) -> None:
    asked = problem(seed, most_places=300)
    answer = arrange(asked, seconds=5.0)
    least = least_penalty(asked)
    if answer.timetable is None:
        assert least is None
        assert answer.conflict is not None
        assert answer.conflict.rules
    else:
        assert faults(asked, answer.timetable) == []
        assert sum(penalties(asked, answer.timetable).values()) == answer.penalty
        assert [answer.penalty, answer.bound] == [least, least]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_rules_named_as_contradictory_are_so_and_none_is_idle(seed: int) -> None:
    asked = problem(seed, most_places=300)
    conflict = arrange(asked, seconds=5.0).conflict
    if conflict is None:
        return
    assert conflict.is_smallest
    named = [one.rule for one in conflict.rules]
    others = [rule for rule in rules_of(asked) if rule not in named]
    assert decide(build(asked, others)) is False
    for rule in named:
        assert decide(build(asked, [*others, rule])) is True


def test_the_whole_answer_of_a_small_problem() -> None:
    answer = arrange(changed(), seconds=5.0)
    assert answer.timetable == (Place(0, 0), Place(1, 1))
    assert [answer.penalty, answer.bound] == [13, 13]


@pytest.mark.parametrize(
    ("parts", "kinds", "to"),
    [
        ({"rest": 200}, {"session", "clash", "rest"}, 150),
        ({"rules": {"together": [["实操", "理论"]]}}, {"session", "together", "clash"}, None),
    ],
)
def test_why_there_is_none_and_what_would_help(
    parts: dict[str, object], kinds: set[str], to: int | None
) -> None:
    answer = arrange(changed(**parts), seconds=5.0)
    assert answer.timetable is None
    assert answer.conflict is not None
    assert {one.rule.kind for one in answer.conflict.rules} >= kinds
    if to is not None:
        assert [one.to for one in answer.conflict.rules if one.rule.kind == "rest"] == [to]


GOOD = (Place(0, 0), Place(1, 1))


@pytest.mark.parametrize(
    ("timetable", "parts", "words"),
    [
        ((Place(0, 1), Place(1, 1)), {}, "kind"),
        ((Place(1, 0), Place(0, 1)), {}, "not after"),
        ((Place(0, 0), Place(0, 1)), {}, "twice"),
        (GOOD, {"rest": 200}, "no time"),
        (GOOD, {"travel": [{"from": "西", "to": "东", "minutes": 300}]}, "no time"),
        (GOOD, {"rules": {"together": [["实操", "理论"]]}}, "not together"),
        (
            (Place(0, 0), Place(0, 1)),
            {"rules": {"not_together": [["实操", "理论"]]}},
            "are together",
        ),
        (GOOD, {"candidates": [{"id": "甲", "away": ["下午"]}, {"id": "乙"}]}, "away"),
        (GOOD, {"candidates": [{"id": "甲", "needs_access": True}, {"id": "乙"}]}, "get into"),
        (
            GOOD,
            {
                "candidates": [
                    {"id": "甲", "barred": [{"room": "焊接", "why": "师徒"}]},
                    {"id": "乙"},
                ]
            },
            "barred",
        ),
        (
            GOOD,
            {"rooms": [{**SMALL["rooms"][0], "closed": ["上午"]}, SMALL["rooms"][1]]},
            "closed",
        ),
        (GOOD, {"rooms": [{**SMALL["rooms"][0], "capacity": 1}, SMALL["rooms"][1]]}, "holds"),
        (GOOD, {"rooms": [SMALL["rooms"][0], {**SMALL["rooms"][1], "per_hour": 0}]}, "sees"),
    ],
)
def test_the_checker_sees_each_fault(
    timetable: tuple[Place, ...], parts: dict[str, object], words: str
) -> None:
    assert faults(changed(), GOOD) == []
    assert any(words in fault for fault in faults(changed(**parts), timetable))


def test_the_checker_sees_company_and_length() -> None:
    exam = problem_from_exam(EXAM, 1)
    together = (Place(0, 0), Place(2, 0), Place(0, 0))
    assert faults(exam, together) == ["session 2 is not alone in its room"]
    short = replace(exam, periods=(*exam.periods[:2], replace(exam.periods[2], minutes=80)))
    assert "session 1 is longer than period 2" in faults(short, together)


def test_penalties_are_those_of_the_competition() -> None:
    """Student 3 sits in a row (7, and 1 within the spread); room 1 costs 7, period 1 costs 1;
    the largest exam is not in the last period."""
    exam = problem_from_exam(EXAM, 1)
    timetable = (Place(0, 0), Place(1, 1), Place(1, 0))
    assert faults(exam, timetable) == []
    assert penalties(exam, timetable) == {"in_a_row": 7, "period": 2, "room": 7, "spread": 1}
    assert exam_solution(timetable) == "0, 0\n1, 1\n1, 0\n"


def test_the_exam_format_is_solved_to_the_proved_least() -> None:
    exam = problem_from_exam(EXAM, 1)
    answer = arrange(exam, seconds=5.0)
    assert [answer.penalty, answer.bound] == [least_penalty(exam), least_penalty(exam)]


def test_the_same_seed_gives_the_same_timetable() -> None:
    asked = problem_from_json(_batch(40))
    first, second = (arrange(asked, seconds=0.5) for _ in range(2))
    assert first == second
    assert first.timetable is not None
    assert faults(asked, first.timetable) == []


def test_repair_moves_only_what_has_to() -> None:
    asked = problem_from_json(_batch(40))
    answer = arrange(asked, seconds=0.5)
    assert answer.timetable is not None
    kept = tuple((place.period, place.room) for place in answer.timetable)
    fullest = max(range(4), key=lambda r: sum(place.room == r for place in answer.timetable))
    rooms = tuple(
        replace(room, closed=frozenset(range(0, len(asked.periods), 2))) if r == fullest else room
        for r, room in enumerate(asked.rooms)
    )
    less = replace(asked, rooms=rooms)
    again = arrange(less, seconds=0.5, kept=kept)
    assert again.timetable is not None
    assert faults(less, again.timetable) == []
    moved = sum(
        (place.period, place.room) != old for place, old in zip(again.timetable, kept, strict=True)
    )
    assert 0 < again.least_moved <= moved == again.moved <= 2 * again.least_moved


def _batch(people: int) -> dict[str, object]:
    return {
        "periods": [
            {"id": f"{day}-{n}", "day": f"2026-06-0{day}", "start": start, "minutes": 90}
            for day in (1, 2, 3, 4)
            for n, start in enumerate(("08:00", "10:00", "14:00"))
        ],
        "rooms": [
            {"id": f"r{i}", "kind": "理论" if i < 2 else "实操", "capacity": 5} for i in range(4)
        ],
        "candidates": [{"id": f"c{k}", "unit": f"u{k % 3}"} for k in range(people)],
        "sessions": [
            {"id": f"{kind}{k}", "candidates": [f"c{k}"], "length": 60, "kind": kind}
            for k in range(people)
            for kind in ("理论", "实操")
        ],
        "weights": {"other_day": 5, "in_a_row": 1, "day": 20},
    }


# ---- the command ----


def test_the_command_writes_a_checked_solution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, solved = tmp_path / "problem.json", tmp_path / "solution.json"
    asked.write_text(json.dumps(SMALL), "utf-8")
    assert main(["timetable", str(asked), "--limit", "5", "-o", str(solved)]) == 0
    found = json.loads(solved.read_text("utf-8"))
    assert found["sessions"] == {
        "理论": {
            "period": "上午",
            "room": "一号",
            "seats": found["sessions"]["理论"]["seats"],
            "ruled_out": {"kind": 2},
        },
        "实操": {"period": "下午", "room": "焊接", "ruled_out": {"kind": 2}},
    }
    assert sorted(found["sessions"]["理论"]["seats"].values()) == [[1, 1], [1, 2]]
    assert [found["objective"], found["bound"], found["repeatable"]] == [13, 13, True]
    assert "扣分13（任何编排不会少于13）" in capsys.readouterr().err
    again = [str(asked), "--keep", str(solved), "--json"]
    assert main(["timetable", *again]) == 0
    assert json.loads(capsys.readouterr().out)["moved"] == 0


def test_the_command_says_which_rules_stand_against_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "problem.json"
    asked.write_text(json.dumps({**SMALL, "rest": 200}), "utf-8")
    assert main(["timetable", str(asked), "--json"]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [found["feasible"], found["conflict_is_smallest"]] == [False, True]
    assert {
        "rule": "rest",
        "path": "$.rest",
        "text": "考生两场之间至少休息200分钟",
        "relaxed": {"feasible": True, "to": 150},
        "relaxed_text": "改为150即可安排",
    } in found["conflict"]
    assert "无法编排" in err


def test_the_exam_format_in_and_out(tmp_path: Path) -> None:
    asked, solved = tmp_path / "set.exam", tmp_path / "set.sol"
    asked.write_text(EXAM.replace("\n", "\r\n"), "utf-8")
    assert main(["timetable", str(asked), "--limit", "5", "-o", str(solved)]) == 0
    rows = [tuple(map(int, row.split(", "))) for row in solved.read_text().splitlines()]
    assert faults(problem_from_exam(EXAM, 1), tuple(Place(*row) for row in rows)) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rest": -1}, "$.rest"),
        ({"extra": 1}, "$.extra"),
        ({"periods": SMALL["periods"][::-1]}, "$.periods[1]"),
        ({"rules": {"after": [["实操", "无"]]}}, "$.rules.after[0][1]"),
        ({"rules": {"before": []}}, "$.rules.before"),
        ({"travel": [{"from": "东", "to": "南", "minutes": 1}]}, "$.travel[0].to"),
    ],
)
def test_bad_input_names_the_path(
    change: dict[str, object], path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "problem.json"
    asked.write_text(json.dumps({**SMALL, **change}), "utf-8")
    assert main(["timetable", str(asked)]) == 2
    assert f"{path}：" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[Rooms:2]", "[Rooms:3]", "第9行"),
        ("1, AFTER, 0", "1, AFTER, 9", "第13行"),
        ("TWOINADAY, 5", "TWOINADAYS, 5", "第18行"),
        ("01:06:2026, 09", "31:06:2026, 09", "第6行"),
        ("[RoomHardConstraints]", "", r"缺少段落\[RoomHardConstraints\]"),
    ],
)
def test_bad_lines_of_the_exam_format_are_named(old: str, new: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        problem_from_exam(EXAM.replace(old, new), 1)


def test_on_interruption_the_best_so_far_is_written(tmp_path: Path) -> None:
    asked, solved = tmp_path / "problem.json", tmp_path / "solution.json"
    doc = _batch(600)
    doc["rooms"] = [{**room, "capacity": 60} for room in doc["rooms"]]  # type: ignore
    doc["weights"] = {"in_a_row": 7, "spread": 1, "spread_periods": 11}
    asked.write_text(json.dumps(doc), "utf-8")
    command = [sys.executable, "-m", "jiangjie.cli", "timetable", str(asked), "--limit", "600"]
    with subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "-o", str(solved)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    ) as process:
        assert process.stderr is not None
        assert "已有可行编排" in process.stderr.readline()
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - started < 30
    found = json.loads(solved.read_text("utf-8"))
    assert [found["feasible"], found["repeatable"]] == [True, False]


def test_documents_of_the_generator_are_read() -> None:
    assert problem(3) == problem_from_json(document(3))
