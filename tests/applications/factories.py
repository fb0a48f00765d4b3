"""Applications of the world's people, made through the real services."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from jiangjie.applications import services
from jiangjie.applications.models import Application
from jiangjie.applications.rules.roster import COLUMNS
from jiangjie.kernel.identity import id_check_digit
from jiangjie.orgs.models import Organisation
from jiangjie.people import services as people
from jiangjie.people.models import HeldCertificate, Person
from jiangjie.planning.models import Batch
from tests.factories import CRANE, MARCH_2, World, employ, make_person

MARCH_10 = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MARCH_21 = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)  # the day after the window


def hold(person: Person, org: Organisation, *, level: int = 3, issued: date = date(2018, 6, 1)):
    """A certificate of the level below 高级工, old enough for GZB-2018 三级 (1)."""
    digit = {2: 5, 3: 4, 4: 3, 5: 2, 6: 1}[level]
    return people.add_record(
        HeldCertificate,
        person=person,
        values={
            "number": f"Y000037000123{issued:%y}{digit}{person.pk % 999_999 + 1:06d}",
            "occupation_code": CRANE,
            "occupation_name": "起重装卸机械操作工",
            "level": level,
            "issued_on": issued,
        },
        org=org,
        by=None,
        at=MARCH_2,
    )


def make_worker(world: World, unit: Organisation | None = None, *, eligible: bool = True) -> Person:
    """Somebody of a unit who meets a clause for 三级, or meets none."""
    unit = unit or world.unit_a
    person = make_person()
    employ(person, unit, since=date(2014, 7, 1) if eligible else date(2025, 7, 1))
    if eligible:
        hold(person, unit)
    return person


def make_draft(world: World, batch: Batch, person: Person | None = None) -> Application:
    return services.start_application(
        batch=batch,
        line=batch.lines.get(),
        person=person or make_worker(world),
        by=world.clerk_a,
        at=MARCH_10,
    )


def make_submitted(world: World, batch: Batch, person: Person | None = None) -> Application:
    draft = make_draft(world, batch, person)
    return services.submit(application_id=draft.pk, promised=True, by=world.clerk_a, at=MARCH_10)


def make_qualified(
    world: World, batch: Batch, people: Sequence[Person] | None = None
) -> list[Application]:
    """Submitted by the clerk, passed by the unit and the office, applications closed."""
    cases = [make_submitted(world, batch, person) for person in people or [make_worker(world)]]
    for layer, by in ((1, world.clerk_a), (2, world.office)):
        services.review(
            application_ids=[case.pk for case in cases], layer=layer, choice="pass", by=by,
            at=MARCH_10,
        )  # fmt: skip
    services.close_intake(batch=batch, by=world.office, at=MARCH_21)
    return list(Application.objects.filter(pk__in=[case.pk for case in cases]).order_by("pk"))


def roster_row(number: int, **changes: Any) -> dict[str, Any]:
    """A good row: 三级 by 四级 held since 2018."""
    body = f"37020019900505{number * 2 + 1:03d}"
    return {
        "序号": number,
        "姓名": f"测试{'一二三四五六七八九'[number % 9]}",
        "证件类型": "居民身份证",
        "证件号码": body + id_check_digit(body),
        "性别": "男",
        "出生日期": date(1990, 5, 5),
        "民族": "汉族",
        "文化程度": "高中",
        "手机号码": f"138{number:08d}",
        "单位": "滨海港集装箱码头分公司",
        "部门": "流机队",
        "班组": "1班",
        "入职日期": date(2014, 7, 1),
        "从事本职业起始日期": date(2012, 7, 1),
        "申报职业": "起重装卸机械操作工",
        "职业编码": CRANE,
        "工种": "流动式起重机司机",
        "申报等级": "三级/高级工",
        "原证书编号": f"Y000037000123184{number:06d}",
        "原证书职业": "起重装卸机械操作工",
        "原证书等级": "4",
        "原证书发证日期": date(2018, 6, 1),
        "考生来源": "企业",
        **changes,
    }


def write_roster(path: Path, rows: Sequence[dict[str, Any]]) -> bytes:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "remove_timezone": True})
    sheet = book.add_worksheet("报名名册")
    sheet.write_row(0, 0, COLUMNS)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(COLUMNS):
            value = row.get(column, "")
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime.combine(value, datetime.min.time()))
            else:
                sheet.write(line, place, value)
    book.close()
    return path.read_bytes()
