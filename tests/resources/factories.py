"""Experts and venues of the test world, made through the real services."""

import io
from datetime import UTC, date, datetime

import openpyxl

from jiangjie.orgs.models import Organisation
from jiangjie.people.services import PersonWish
from jiangjie.resources import services, workbooks
from jiangjie.resources.models import Duty, Expert, Room, Venue
from jiangjie.resources.rules import SENIOR
from tests.factories import CRANE, MARCH_2, World, make_id_number

CRANE_NAME = "起重装卸机械操作工"


def make_expert(
    world: World, name: str, *, org: Organisation | None = None, occupations=None, **fields
) -> Expert:
    given = {
        "duties": [Duty.ASSESS, Duty.REVIEW],
        "employer": "示例单位",
        "grade": SENIOR,
        "card_number": f"K{name}"[:40],
        "card_from": date(2025, 1, 1),
        "card_until": date(2027, 12, 31),
        "hired_from": date(2025, 1, 1),
    }
    number = fields.pop("number", "") or make_id_number()
    return services.register_expert(
        org=org or world.port,
        person=PersonWish(name, "居民身份证", number, is_demo=True),
        occupations={CRANE: CRANE_NAME} if occupations is None else occupations,
        by=world.office,
        at=MARCH_2,
        **given | fields,
    )


def make_venue(world: World, name: str = "流机实训场", *, org: Organisation | None = None) -> Venue:
    return services.add_venue(
        org=org or world.port, name=name, address="滨海区港前路1号", contact="港办 0532-00000000",
        directions="从2号门进", is_accessible=True, by=world.office, at=MARCH_2,
    )  # fmt: skip


def make_room(world: World, venue: Venue, name: str = "1号工位", **fields) -> Room:
    given = {
        "kind": "practical", "seats": 0, "per_hour": 4, "occupation_code": CRANE,
        "work_type": "流动式起重机司机", "is_accessible": False,
    }  # fmt: skip
    return services.add_room(
        venue_id=venue.pk, name=name, by=world.office, at=MARCH_2, **given | fields
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of April 2026 by Shanghai's clock."""
    return datetime(2026, 4, day, hour - 8, minute, tzinfo=UTC)


def book(world: World, room: Room, starts_at: datetime, ends_at: datetime, **fields):
    return services.book(
        **{
            "room_id": room.pk, "starts_at": starts_at, "ends_at": ends_at, "purpose": "实操考核",
            "org": world.port, "by": world.office, "at": MARCH_2,
        } | fields
    )  # fmt: skip


def expert_row(**changes) -> dict[str, object]:
    """A good row of the workbook."""
    return {
        "姓名": "测试一", "证件号码": make_id_number(), "承担工作": "考评、监考", "考评等级": "考评员",
        "职业编码": CRANE, "证卡编号": "K-1", "证卡有效期起": date(2025, 1, 1),
        "证卡有效期止": "2027-12-31", "聘期起": date(2025, 1, 1), **changes,
    }  # fmt: skip


def expert_workbook(*rows) -> bytes:
    """The template with these rows filled in; one good and one bad unless given."""
    book_ = openpyxl.load_workbook(io.BytesIO(workbooks.template()))
    for row in rows or (expert_row(), expert_row(承担工作="")):
        book_[workbooks.SHEET].append([row.get(column, "") for column in workbooks.COLUMNS])
    content = io.BytesIO()
    book_.save(content)
    return content.getvalue()
