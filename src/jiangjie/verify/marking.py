"""Theory marking: every score computed anew from what each marker gave each answer."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jiangjie.kernel import canonical
from jiangjie.kernel.errors import gettext_noop
from jiangjie.kernel.scores import format_score
from jiangjie.marking.rules import marks
from jiangjie.verify.dossier import MARKS, SCRIPTS, Dossier, Event, Row
from jiangjie.verify.report import Findings

_RECORDED, _COMPUTED = "真实性-27", "真实性-28"
_SCRIPT = "marking.script:"


def check_scripts(dossier: Dossier, found: Findings) -> None:
    """Sheets and marks are those that were recorded; marks, slips and sums come out anew."""
    if not dossier.has(SCRIPTS):
        if dossier.of("marking.opened"):
            found.error("完整性-3", SCRIPTS, gettext_noop("缺少必备的数据文件"))
        return
    rounds: dict[int, list[Row]] = defaultdict(list)
    for row in dossier.rows(SCRIPTS):
        rounds[row["round"]].append(row)
    opened = {event.subject_id: event for event in dossier.of("marking.opened")}
    for pk in sorted(rounds.keys() - opened.keys()):
        found.error(_RECORDED, f"{SCRIPTS}#{pk}", gettext_noop("没有对应的办理记录"))
    for pk, event in opened.items():
        _check_round(dossier, found, event, rounds.get(pk, []))


def _check_round(dossier: Dossier, found: Findings, opened: Event, rows: list[Row]) -> None:
    place = f"{SCRIPTS}#{opened.subject_id}"
    sheets = sorted([row["sheet"], _sheet_digest(row)] for row in rows)
    if _digest(sheets) != opened.data["sheets"]:
        found.error(_RECORDED, place, gettext_noop("答卷与开始阅卷时的校验值不符"))
    for question, at, digest in _signed(dossier, opened.subject):
        if _given_digest(rows, question, at) != digest:
            found.error(
                _RECORDED,
                place,
                gettext_noop("评分与签字时的校验值不符（第%(place)s阅卷人）"),
                place=at,
            )
    closed = dossier.about(opened.subject, "marking.closed")
    if not closed:
        return
    scripts = [_Computed.of(row, opened.data) for row in rows]
    totals = [script.total() for script in sorted(scripts, key=lambda each: each.row["sheet"])]
    if _digest(totals) != closed[0].data["digest"]:
        found.error(_COMPUTED, place, gettext_noop("合分与各题评分重新计算的结果不符"))
    by_pk = {script.row["id"]: script for script in scripts}
    for event in dossier.of("marking.slip_decided"):
        if event.data["is_accepted"] and event.data["script"] in by_pk:
            by_pk[event.data["script"]].apply(event)
    for script in scripts:
        script.compare(found)


def _digest(rows: list[list[Any]]) -> str:
    return canonical.digest(canonical.jsonable(rows))


def _sheet_digest(row: Row) -> str:
    return canonical.digest([row["answers"], row["machine"]])


def _signed(dossier: Dossier, subject: str) -> list[tuple[int, int, str]]:
    return [
        tuple(share)
        for event in dossier.about(subject, "marking.signed")
        for share in event.data["shares"]
    ]


def _given_digest(rows: list[Row], question: int, place: int) -> str:
    return _digest(
        sorted(
            [row["sheet"], given["unit"], given["marker"], given["points"]]
            for row in rows
            for given in row["given"]
            if (given["question"], given["place"]) == (question, place)
        )
    )


@dataclass(slots=True)
class _Computed:
    """A script as it follows from the sheet, the marks given and the slips so far."""

    row: Row
    marks: dict[str, int]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, row: Row, settings: Row) -> "_Computed":
        points = dict(row["units"])
        given: dict[int, dict[int, int]] = defaultdict(dict)
        for each in row["given"]:
            given[each["unit"]][each["place"]] = each["points"]
        computed = dict(row["machine"])
        for unit, by_place in given.items():
            final = marks.final(
                [by_place[place] for place in sorted(by_place)],
                points=points[unit], limit_percent=settings["limit_percent"],
                third=marks.Third(settings["third"]),
            )  # fmt: skip
            computed[str(unit)] = 0 if final is None else final
        made = cls(row, computed)
        if {str(unit) for unit in points} != set(computed):
            made.faults.append(gettext_noop("有题目没有得分，或得分不属于试卷的题目"))
        elif any(value > points[int(unit)] for unit, value in computed.items()):
            made.faults.append(gettext_noop("得分超过题目分值"))
        if sum(points.values()) != row["possible"]:
            made.faults.append(gettext_noop("卷面满分与各题分值之和不符"))
        return made

    @property
    def earned(self) -> int:
        return sum(self.marks.values())

    @property
    def score(self) -> int:
        return marks.out_of_hundred(self.earned, self.row["possible"])

    def total(self) -> list[Any]:
        return [self.row["sheet"], dict(self.marks), self.earned, self.row["possible"], self.score]

    def apply(self, event: Event) -> None:
        unit = str(event.data["unit"])
        if self.marks.get(unit) != event.data["before"]:
            self.faults.append(gettext_noop("更正单的原得分与当时的得分不符"))
        self.marks[unit] = event.data["after"]

    def compare(self, found: Findings) -> None:
        place = f"{SCRIPTS}#{self.row['id']}"
        for fault in self.faults:
            found.error(_COMPUTED, place, fault)
        stated = [self.row["marks"], self.row["earned"], self.row["score"]]
        if stated != [self.marks, self.earned, self.score]:
            found.error(
                _COMPUTED, place,
                gettext_noop("成绩为%(stated)s，由各题得分重新计算为%(now)s"),
                stated=self.row["score"], now=self.score,
            )  # fmt: skip


def check_taken_over(dossier: Dossier, found: Findings) -> None:
    """A theory score that was not typed is that of its script, when it was taken and now."""
    rows = {row["id"]: row for row in dossier.rows(SCRIPTS)} if dossier.has(SCRIPTS) else {}
    current = _released(dossier)
    taken: dict[int, tuple[str, int | None]] = {}
    for event in dossier.of("results.theory_taken_over"):
        for case, source in event.data["sources"].items():
            taken[int(case)] = source, event.data["scores"][case]
    followed = _following(dossier)
    for row in dossier.rows(MARKS):
        source = row.get("taken_from", "")
        if not source:
            continue
        place = f"{MARKS}#{row['application']}/{row['part']}"
        if taken.get(row["application"], ("",))[0] != source:
            found.error(_RECORDED, place, gettext_noop("没有取用阅卷成绩的办理记录"))
            continue
        script = rows.get(_script_id(source))
        if source.startswith(_SCRIPT) and script is None:
            found.error(_COMPUTED, place, gettext_noop("没有对应的答卷"))
            continue
        value = taken[row["application"]][1]
        if script is not None:
            if script["application"] != row["application"]:
                found.error(_COMPUTED, place, gettext_noop("答卷是另一人的"))
            wanted = followed.get(row["application"], value)
            if script["score"] != wanted:
                found.error(_COMPUTED, place, gettext_noop("取用的成绩与答卷的成绩不符"))
        elif value is not None or row["application"] in current:
            found.error(_COMPUTED, place, gettext_noop("没有答卷的人有理论成绩"))


def _released(dossier: Dossier) -> set[int]:
    return {int(case) for event in dossier.of("marking.released") for case in event.data["scores"]}


def _following(dossier: Dossier) -> Mapping[int, int]:
    """By application, the score after the last accepted slip of the marking that the score
    followed."""
    asked = {
        event.subject_id: event.data
        for event in dossier.of("results.correction_asked")
        if event.data.get("slip")
    }
    decided = {
        f"marking.slip:{event.subject_id}": event.data["score"]
        for event in dossier.of("marking.slip_decided")
    }
    return {
        asked[event.subject_id]["application"]: decided[asked[event.subject_id]["slip"]]
        for event in dossier.of("results.correction_decided")
        if event.data["is_accepted"] and event.subject_id in asked
    }


def check_followed(dossier: Dossier, found: Findings) -> None:
    """The slip under a score says what the marking's slip came to."""
    decided = {
        f"marking.slip:{event.subject_id}": event.data["score"]
        for event in dossier.of("marking.slip_decided")
    }
    for event in dossier.of("results.correction_asked"):
        slip = event.data.get("slip")
        if slip and (slip not in decided or format_score(decided[slip]) != event.data["after"]):
            found.error(
                _COMPUTED, f"{SCRIPTS}#{slip}", gettext_noop("成绩更正单与题目得分更正单不符")
            )


def _script_id(source: str) -> int:
    return int(source.removeprefix(_SCRIPT)) if source.startswith(_SCRIPT) else 0
