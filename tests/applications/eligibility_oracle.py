"""A second implementation of the regulations, to hold the first against.

Written from the text of the conditions alone and as plainly as possible: it reads the JSON, marks
every day worked in an array, and asks one day at a time. Nothing of the program is used.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

Doc = dict[str, Any]
BOTH = ("same", "related")
FIRST = date(1985, 1, 1).toordinal()
LAST = date(2075, 1, 1).toordinal()

TECHNICAL = ("技工学校", "高级技校", "技师学院", "高级工班", "预备技师班")
COLLEGES = ("高级技校", "技师学院", "高级工班", "预备技师班")
HIGHER = ("高职", "大专", "本科")
HONOURS = ("中华技能大奖", "全国技术能手", "齐鲁首席技师", "齐鲁工匠")


def day(text: str) -> date:
    return date(*map(int, text.split("-")))


def plus_years(start: date, years: int) -> date:
    leap_only = (start.month, start.day) == (2, 29)
    target = start.year + years
    is_leap = target % 4 == 0 and (target % 100 != 0 or target % 400 == 0)
    return date(target, 2, 28) if leap_only and not is_leap else start.replace(year=target)


class Person:
    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.runs_of: dict[object, list[tuple[int, int]]] = {}

    def runs(self, relations: tuple[str, ...], post: int, since: date | None):
        key = (relations, post, since)
        if key not in self.runs_of:
            marks = bytearray(LAST - FIRST)
            for job in self.doc.get("employment", []):
                if job["relation"] in relations and (job["post_level"] or 0) >= post:
                    end = LAST if job["to"] is None else day(job["to"]).toordinal()
                    for one in range(day(job["from"]).toordinal(), end):
                        if since is None or one >= since.toordinal():
                            marks[one - FIRST] = 1
            found, start = [], None
            for place, mark in enumerate([*marks, 0]):
                if mark and start is None:
                    start = place
                if not mark and start is not None:
                    found.append((start + FIRST, place + FIRST))
                    start = None
            self.runs_of[key] = found
        return self.runs_of[key]

    def worked(
        self, on: date, years: int, *, of=BOTH, post: int = 0, since: date | None = None
    ) -> bool:
        before = 0
        for start, end in self.runs(of, post, since):
            if start > on.toordinal():
                return False
            moved = date.fromordinal(start - before)
            if plus_years(moved, years).toordinal() <= min(end, on.toordinal()):
                return True
            before += end - start
        return False

    def employed(self, on: date, of=BOTH) -> bool:
        return any(start <= on.toordinal() < end for start, end in self.runs(of, 0, None))

    def card(self, level: int, of=BOTH) -> date | None:
        days = [
            day(one["issued"])
            for one in self.doc.get("certificates", [])
            if one["level"] == level and one["relation"] in of
        ]
        return min(days) if days else None

    def title(self, *grades: str) -> date | None:
        days = [
            day(one["granted"])
            for one in self.doc.get("titles", [])
            if one["grade"] in grades and one["relation"] == "same"
        ]
        return min(days) if days else None

    def left_school(self, on: date, schools, *, major=BOTH, goal=0, final_year=False) -> bool:
        for one in self.doc.get("education", []):
            if one["school"] not in schools or one["major"] not in major:
                continue
            if (one["goal_level_recognised"] or 0) < goal:
                continue
            end = day(one["to"])
            if one["graduated"] and end <= on:
                return True
            if final_year and day(one["from"]) <= on < end <= plus_years(on, 1):
                return True
        return False

    def studies(self, on: date, school: str) -> bool:
        return any(
            one["school"] == school and day(one["from"]) <= on < day(one["to"])
            for one in self.doc.get("education", [])
        )

    def after_card(self, on: date, level: int, years: int) -> bool:
        got = self.card(level)
        return got is not None and got <= on and self.worked(on, years, since=got)

    def after_title(self, on: date, years: int, *grades: str) -> bool:
        got = self.title(*grades)
        return got is not None and got <= on and self.worked(on, years, since=got)

    def has_card(self, on: date, level: int, of=BOTH) -> bool:
        got = self.card(level, of)
        return got is not None and got <= on


ANY = ("same", "related", "other")


def gzb_2018(p: Person, level: int, on: date) -> bool:
    if level == 2:
        trained = any(
            one["relation"] in BOTH and day(one["completed"]) <= on
            for one in p.doc.get("apprenticeship", [])
        )
        return trained or p.worked(on, 1)
    if level == 3:
        return (
            p.after_card(on, 2, 4)
            or p.worked(on, 6)
            or p.left_school(on, TECHNICAL, final_year=True)
            or p.left_school(on, (*TECHNICAL, "中职", "高职", "大专"), goal=3, final_year=True)
        )
    if level == 4:
        return (
            p.after_card(on, 3, 5)
            or (
                p.has_card(on, 3)
                and (
                    p.left_school(on, COLLEGES, major=ANY, final_year=True)
                    or p.left_school(on, ("高职",), goal=4, final_year=True)
                )
            )
            or (p.left_school(on, HIGHER) and p.after_card(on, 3, 2))
        )
    if level == 5:
        return (
            p.after_card(on, 4, 4)
            or (p.has_card(on, 4) and p.left_school(on, COLLEGES, major=ANY) and p.worked(on, 3))
            or (
                "预备技师证书" in p.doc.get("achievements", [])
                and p.left_school(on, ("技师学院", "预备技师班"), major=ANY)
                and p.worked(on, 2)
            )
        )
    return p.after_card(on, 5, 4)


def gzb_2023(p: Person, level: int, on: date) -> bool:
    if level == 2:
        return plus_years(day(p.doc["birth_date"]), 16) <= on
    if level == 3:
        return (
            p.worked(on, 5)
            or p.after_card(on, 2, 3)
            or p.left_school(on, (*TECHNICAL, *HIGHER, "中职"), final_year=True)
        )
    if level == 4:
        return (
            p.worked(on, 10)
            or p.after_card(on, 3, 4)
            or p.after_title(on, 1, "初级")
            or p.left_school(on, ("高级工班", "预备技师班"), final_year=True)
            or (p.has_card(on, 3) and p.left_school(on, HIGHER, final_year=True))
            or p.left_school(on, HIGHER, goal=4, final_year=True)
        )
    if level == 5:
        held = p.card(4)
        return (
            p.after_card(on, 4, 5)
            or (p.after_title(on, 5, "初级") and p.after_card(on, 4, 1))
            or p.after_title(on, 1, "中级")
            or (p.has_card(on, 4) and p.left_school(on, COLLEGES, major=ANY) and p.worked(on, 2))
            or (held is not None and plus_years(held, 2) <= on and p.studies(on, "预备技师班"))
        )
    return (
        p.after_card(on, 5, 5)
        or (p.after_title(on, 5, "中级") and p.after_card(on, 5, 1))
        or p.after_title(on, 1, "副高", "正高")
    )


def shandong_master(p: Person, level: int, on: date) -> bool:
    merit = any(one in p.doc.get("achievements", []) for one in "①②③④") or any(
        one["name"] in HONOURS and one["year"] <= on.year for one in p.doc.get("awards", [])
    )
    return (
        merit
        and p.has_card(on, 6, ("same",))
        and p.worked(on, 4, of=("same",), post=6)
        and p.employed(on, ("same",))
    )


ORACLES: dict[str, tuple[tuple[int, ...], Callable[[Person, int, date], bool]]] = {
    "GZB-2018": ((2, 3, 4, 5, 6), gzb_2018),
    "GZB-2023": ((2, 3, 4, 5, 6), gzb_2023),
    "SD-2020-特级": ((7,), shandong_master),
}
