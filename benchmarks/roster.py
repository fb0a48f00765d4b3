"""P8: check a roster of 100,000 people from file to faults, against only parsing the same file.

    python benchmarks/roster.py [--people N] [--marked]

Prints one JSON line. `value` and `reference` are rows a second of one process, start-up not
counted; `ratio` is value / reference. With --marked, also the time to write the marked copy.
"""

import argparse
import gc
import io
import json
import random
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import python_calamine
import xlsxwriter

from jiangjie.applications.rules.roster import COLUMNS, check_rows
from jiangjie.applications.workbooks.marking import write_marked
from jiangjie.applications.workbooks.reading import read_roster
from jiangjie.catalogue.dictionary import occupations

AS_OF = date(2026, 11, 23)
GOAL = 25_000
OCCUPATIONS = (
    ("起重装卸机械操作工", "6-30-05-01", "桥式起重机司机"),
    ("电工", "6-31-01-03", "--"),
    ("机修钳工", "6-31-01-02", "--"),
    ("装配式建筑施工员", "6-29-01-06", "--"),
)
LEVELS = (("四级/中级工", 5), ("三级/高级工", 4), ("二级/技师", 3), ("一级/高级技师", 2))
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "建国志强海涛晓东文博立新永胜春雷"


def person(number: int, chance: random.Random) -> list[object]:
    """A made-up person; every hundredth has a wrong check digit."""
    born = date(1968, 1, 1) + timedelta(days=number % 12_000)
    is_female = chance.random() < 0.15
    serial = number // 12_000 * 2 + (0 if is_female else 1)
    body = f"370200{born:%Y%m%d}{serial:03d}"
    check = "10X98765432"[2 * int(body, 13) % 11]
    if number % 100 == 0:
        check = "1" if check != "1" else "2"
    since = date(born.year + 20, chance.randint(1, 12), chance.randint(1, 28))
    issued = date(chance.randint(2021, 2025), chance.randint(1, 12), chance.randint(1, 28))
    name, code, work_type = chance.choice(OCCUPATIONS)
    level, digit = chance.choice(LEVELS)
    return [
        number,
        chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)),
        "居民身份证",
        body + check,
        "女" if is_female else "男",
        born,
        "汉族",
        chance.choice(("高中", "中专", "大专", "本科")),
        f"138{number:08d}",
        f"示例港口集团{chance.randint(1, 6)}公司",
        chance.choice(("固机队", "流机队", "维修部", "工程部")),
        f"{chance.randint(1, 12)}班",
        since,
        since,
        name,
        code,
        work_type,
        level,
        "",
        f"Y000037000123{issued:%y}{digit}{number + 1:06d}",
        name,
        str(digit),
        issued,
        *("", "", "", "", "", "企业", "虚构人员"),
    ]


def make_workbook(path: Path, people: int) -> None:
    chance = random.Random(8)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("报名名册")
        sheet.write_string(0, 0, "职业技能等级认定报名名册（虚构人员）")
        sheet.write_row(1, 0, COLUMNS)
        for number in range(people):
            for column, cell in enumerate(person(number, chance)):
                if isinstance(cell, date):
                    sheet.write_datetime(
                        number + 2, column, datetime.combine(cell, datetime.min.time())
                    )
                else:
                    sheet.write(number + 2, column, cell)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--marked", action="store_true")
    args = parser.parse_args()
    occupations()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        make_workbook(path, args.people)
        gc.disable()  # as the command does

        started = time.perf_counter()
        sheet = python_calamine.load_workbook(path).get_sheet_by_index(0)
        parsed = sum(1 for _ in sheet.iter_rows())
        reference = args.people / (time.perf_counter() - started)
        del sheet
        assert parsed == args.people + 2

        started = time.perf_counter()
        roster = read_roster(path)
        check = check_rows(roster.header, roster.rows(), as_of=AS_OF, occupations=occupations())
        value = args.people / (time.perf_counter() - started)
        assert (check.rows, len(check.faults)) == (args.people, (args.people + 99) // 100)

        result: dict[str, object] = {
            "name": "roster",
            "unit": "rows/s",
            "people": args.people,
            "value": round(value),
            "reference": round(reference),
            "ratio": round(value / reference, 3),
            "goal": GOAL,
            "reached": value >= GOAL,
        }
        if args.marked:
            started = time.perf_counter()
            write_marked(roster, check, io.BytesIO())
            result["marked_copy_seconds"] = round(time.perf_counter() - started, 1)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "roster.json").write_text(json.dumps(result, ensure_ascii=False) + "\n")
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
