"""The register of the story: experts, venues with stations, and the panels of one batch, found by
search and told to those concerned. One of the panel falls ill, so the office has to find another.
"""

from datetime import date, timedelta
from typing import Any

from jiangjie.arrangement import services as arrangement
from jiangjie.arrangement.models import Panel
from jiangjie.demo.calendar import at
from jiangjie.demo.cast import CRANE, CRANES, FOUNDED, NAMES, make_id_number, make_person
from jiangjie.demo.steps import Story
from jiangjie.people import services as people
from jiangjie.people.services import PersonWish
from jiangjie.planning.models import Batch
from jiangjie.resources import services as resources
from jiangjie.resources.models import Duty, Expert, Room
from jiangjie.resources.rules import SENIOR

EXPERTS = ("丁一鸣", "邓启航", "傅学勤", "顾维平", "侯立民", "贾振东", "康志远", "雷鸣春", "孟广生")
OUTSIDE = 3  # of them are of a college
STATIONS = ("1号流机工位", "2号流机工位")
PANEL = 12  # candidates


def register(story: Story) -> None:
    """Who may assess, and where."""
    cast = story.cast
    with story.stage("专家与场地") as made:
        assessor = make_person(cast.assessor.display_name, date(1979, 5, 6), female=False)
        people.link_user(person=assessor, user=cast.assessor, org=cast.port, by=None, at=FOUNDED)
        given: dict[str, Any] = {
            "occupations": {CRANE: NAMES[CRANE]}, "duties": [Duty.ASSESS, Duty.REVIEW],
            "grade": SENIOR, "card_from": date(2025, 1, 1),
            "card_until": date(story.today.year + 1, 12, 31), "hired_from": date(2025, 6, 2),
            "by": cast.office, "at": at(FOUNDED.date()),
        }  # fmt: skip
        resources.enter(
            org=cast.port, person=assessor, employer=cast.port.name, card_number="示例考-000",
            **given,
        )  # fmt: skip
        for number, name in enumerate(EXPERTS, start=1):
            id_number = make_id_number(date(1970 + number, 2, 3), female=False, serial=490)
            resources.register_expert(
                org=cast.port, person=PersonWish(name, "居民身份证", id_number, is_demo=True),
                employer="示例职业技术学院" if number <= OUTSIDE else cast.port.name,
                card_number=f"示例考-{number:03d}", **given,
            )  # fmt: skip
        rooms = _venues(story)
        made += [f"专家{len(EXPERTS) + 1}人", f"工位和考场{len(rooms)}个"]


def _venues(story: Story) -> list[Room]:
    cast = story.cast
    given: dict[str, Any] = {"by": cast.office, "at": FOUNDED}
    ground = resources.add_venue(
        org=cast.port, name="流动机械实训场", address="示例市北区示例路8号",
        contact="0532-00000003", directions="从2号门进，左转200米", is_accessible=False, **given,
    )  # fmt: skip
    hall = resources.add_venue(
        org=cast.port, name="培训中心", address="示例市北区示例路6号", contact="0532-00000004",
        directions="一层", is_accessible=True, **given,
    )  # fmt: skip
    rooms = [
        resources.add_room(
            venue_id=ground.pk, kind="practical", name=name, seats=0, per_hour=4,
            occupation_code=CRANE, work_type=CRANES[0], is_accessible=False, **given,
        )
        for name in STATIONS
    ]  # fmt: skip
    rooms += [
        resources.add_room(
            venue_id=hall.pk, kind="theory", name=name, seats=30, per_hour=0, occupation_code="",
            work_type="", is_accessible=True, **given,
        )
        for name in ("第一机房", "第二机房")
    ]  # fmt: skip
    resources.add_equipment(
        venue_id=ground.pk, room=rooms[0], name="轮胎起重机", serial="QY25-01", quantity=1,
        inspected_on=story.today - timedelta(days=350), inspect_by=story.today + timedelta(days=15),
        **given,
    )  # fmt: skip
    return rooms


def arrange_panels(story: Story, batch: Batch) -> list[Panel]:
    """Two panels tomorrow, seated by search and told; then one of the members cannot come."""
    cast, today = story.cast, story.today
    tomorrow = today + timedelta(days=1)
    given: dict[str, Any] = {"by": cast.office, "at": at(today, 7)}
    panels = arrangement.make_panels(
        batch=batch, part="practical", per_panel=PANEL, size=3, starts_at=at(tomorrow, 9),
        ends_at=at(tomorrow, 12), **given,
    )  # fmt: skip
    for panel, name in zip(panels, STATIONS, strict=False):
        arrangement.schedule(
            panel_id=panel.pk, name=panel.name, size=3, starts_at=at(tomorrow, 9),
            ends_at=at(tomorrow, 12), room=Room.objects.get(name=name), **given,
        )  # fmt: skip
    own = Expert.objects.get(person__user=cast.assessor)
    arrangement.seat(panel_id=panels[0].pk, expert_id=own.pk, **given)
    asked = arrangement.ask_search(batch=batch, kind="fill", outside_percent=0, **given)
    arrangement.search(run_id=asked.pk, at=at(today, 7))
    arrangement.apply_search(run_id=asked.pk, **given)
    arrangement.publish(batch=batch, **given)
    member = Expert.objects.filter(seats__panel=panels[0]).exclude(person__user=cast.assessor)
    resources.tell_absence(
        person=member.order_by("pk")[0].person, first_day=tomorrow, last_day=tomorrow,
        reason="发热就医", org=cast.port, by=cast.office, at=at(today, 8),
    )  # fmt: skip
    return panels
