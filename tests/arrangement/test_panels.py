"""Panels by hand and by search, ties, letters, the day's check."""

from datetime import date

import pytest

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role
from jiangjie.arrangement import board as boards
from jiangjie.arrangement import services
from jiangjie.arrangement.models import DayCheck, Letter, Panel, Seat
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.notices.hooks import tasks_for
from jiangjie.notices.models import Notice
from jiangjie.people.services import link_user
from jiangjie.planning.models import Batch
from jiangjie.resources import services as resources
from jiangjie.resources.models import Booking, Expert
from tests.arrangement.arranging import (
    APRIL_1,
    apply,
    exam,
    make_arranged,
    make_candidates,
    make_panels,
    search,
    seat,
    seated,
)
from tests.factories import FITTER, MARCH_2, employ, make_user, make_world
from tests.planning.factories import make_announced_batch
from tests.resources.factories import make_expert, make_room, make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refused(deed, *args, **given):
    with pytest.raises(RuleViolation) as why:
        deed(*args, **given)
    return why.value.code


def by_office(world):
    return {"by": world.office, "at": APRIL_1}


def tie(world, one, other, kind="relative"):
    return services.tell_tie(
        person=one, other=other, kind=kind, source="本人声明", org=world.port, **by_office(world)
    )


# ---- panels ---------------------------------------------------------------------------------


def test_panels_take_everybody_once_by_line(world):
    batch = make_announced_batch(world, levels=(3, 4))
    make_candidates(world, batch, 5)
    panels = make_panels(world, batch, per_panel=2)
    assert [panel.cases.count() for panel in panels] == [2, 2, 1]
    assert refused(make_panels, world, batch) == "arrangement.nobody_left"
    assert [p.line for p in make_panels(world, batch, part="theory", size=2)] == [None]
    services.cancel_panel(panel_id=panels[0].pk, **by_office(world))
    (again,) = make_panels(world, batch)
    assert (again.name, again.cases.count()) == ("操作技能考评组1", 2)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"grade": ""}, "resources.grade_too_low"),
        ({"card_until": date(2026, 4, 17)}, "resources.card_not_valid"),
        ({"hired_until": date(2026, 4, 17)}, "resources.not_hired"),
        ({"occupations": {FITTER: "机修钳工"}}, "arrangement.not_of_occupation"),
        ({"duties": ["invigilate"]}, "arrangement.not_of_duty"),
    ],
)
def test_a_choice_is_refused_with_the_rule_it_breaks(world, fields, code):
    _, panel, _, _ = make_arranged(world, experts="")
    assert refused(seat, world, panel, make_expert(world, "不合适", **fields)) == code
    assert Seat.objects.count() == 0


def test_ties_forbid_and_colleagues_of_one_unit_warn(world):
    batch, panel, (first, *_), cases = make_arranged(world)
    tie(world, first.person, cases[0].person)
    assert refused(seat, world, panel, first) == "arrangement.tie_relative"
    teammate = make_expert(world, "同班组")
    employ(teammate.person, world.unit_a, team="一班")
    assert refused(seat, world, panel, teammate) == "arrangement.tie_team"
    colleague = make_expert(world, "同单位")
    employ(colleague.person, world.unit_a, team="九班")
    seat(world, panel, colleague)
    board = boards.read(Batch.objects.select_related("org", "pack").get(pk=batch.pk))
    report = board.report(board.by_panel[panel.pk])
    assert {one.code for one in report.members[colleague.pk]} == {"arrangement.tie_unit"}
    assert refused(tie, world, cases[0].person, first.person) == "arrangement.tie_known"


def test_nobody_is_in_two_places_and_a_full_panel_is_full(world):
    batch, panel, experts, _ = make_arranged(world, people=2)
    make_candidates(world, batch, 2)
    (other,) = make_panels(world, batch, starts_at=exam(11), ends_at=exam(13))
    for expert in experts[:3]:
        seat(world, panel, expert)
    assert refused(seat, world, panel, experts[3]) == "arrangement.panel_full"
    assert refused(seat, world, other, experts[0]) == "arrangement.elsewhere"
    left = Seat.objects.get(expert=experts[0])
    seat(world, panel, experts[3], replaces=left.pk)
    seat(world, other, experts[0])
    left.refresh_from_db()
    assert (left.left_reason, left.is_locked) == ("改派", False)


def test_a_supervisor_does_not_assess_in_the_same_batch(world):
    batch, panel, (first, *_), _ = make_arranged(world, duties=["assess", "inside"])
    (watch,) = make_panels(
        world, batch, part="supervision", size=1, starts_at=exam(13), ends_at=exam(14)
    )
    seat(world, panel, first)
    assert refused(seat, world, watch, first) == "arrangement.supervises_himself"


def test_a_panel_takes_a_room_and_gives_the_former_back(world):
    _, panel, _, _ = make_arranged(world, experts="")
    venue = make_venue(world)
    rooms = [make_room(world, venue), make_room(world, venue, "2号工位")]
    given = {
        "panel_id": panel.pk,
        "name": "一组",
        "size": 3,
        "starts_at": exam(9),
        "ends_at": exam(12),
    }
    for room in (*rooms, rooms[1]):
        services.schedule(room=room, **given, **by_office(world))
    assert Booking.objects.filter(cancelled_at=None).get().room == rooms[1]
    assert Booking.objects.count() == 2
    services.cancel_panel(panel_id=panel.pk, **by_office(world))
    assert not Booking.objects.filter(cancelled_at=None).exists()


# ---- searching ------------------------------------------------------------------------------


def test_a_search_fills_what_is_open_and_keeps_the_locked(world):
    batch, panel, experts, cases = make_arranged(world, experts="甲乙丙丁戊")
    tie(world, experts[1].person, cases[0].person, "mentor")
    seat(world, panel, experts[4])
    run = search(world, batch)
    assert (run.state, run.done, run.total) == ("done", 2, 2)
    assert seated(panel) == ["考评戊"]
    apply(world, run)
    names = seated(panel)
    assert len(names) == 3 and "考评戊" in names and "考评乙" not in names
    assert panel.seats.filter(left_at=None, is_chair=True).count() == 1
    events = Event.objects.filter(action="arrangement.search_applied")
    assert events.get().context == f"planning.batch:{batch.pk}"


def test_an_impossible_batch_says_which_rules_cannot_all_hold(world):
    batch, _, _, _ = make_arranged(world, experts="甲乙")
    run = search(world, batch)
    assert run.state == "failed"
    assert {each["kind"] for each in run.conflict} == {"panel_size"}
    assert [each["to"] for each in run.conflict] == [None]
    assert refused(apply, world, run) == "arrangement.nothing_found"


def test_outsiders_are_asked_for_and_missed(world):
    batch, panel, _, _ = make_arranged(world, experts="甲乙丙")
    run = search(world, batch, outside_percent=34)
    assert "outside_share" in {each["kind"] for each in run.conflict}
    outsiders = [make_expert(world, f"外{name}", employer="外单位") for name in "一二"]
    apply(world, search(world, batch, outside_percent=34))
    assert {str(each) for each in outsiders} & set(seated(panel))


def test_an_expert_without_employment_works_where_the_register_says(world):
    batch, panel, _, _ = make_arranged(world, experts="")
    ours = make_expert(world, "本单位", employer=world.unit_a.name)
    theirs = make_expert(world, "外单位", employer="外单位有限公司")
    board = boards.read(Batch.objects.select_related("org", "pack").get(pk=batch.pk))
    inside, outside = board.members(board.by_panel[panel.pk], [ours, theirs])
    assert (inside.is_inside, outside.is_inside) == (True, False)
    (found,) = inside.against
    assert (found.code, str(found.values["candidate"])[-3:]) == ("arrangement.tie_unit", "等4人")
    assert outside.against == ()


def test_locks_that_stand_in_the_way_are_named(world):
    batch, panel, experts, _ = make_arranged(world, experts="甲乙丙丁", people=2)
    make_candidates(world, batch, 2)
    make_panels(world, batch, starts_at=exam(13), ends_at=exam(16))
    resources.tell_absence(
        person=experts[3].person, first_day=date(2026, 4, 18), last_day=date(2026, 4, 18),
        reason="", org=world.port, **by_office(world),
    )  # fmt: skip
    seat(world, panel, experts[0])
    Expert.objects.filter(pk=experts[0].pk).update(most_panels=1)
    run = search(world, batch)
    assert run.state == "failed"


def test_a_panel_has_the_size_that_the_pack_asks_for(world):
    batch = make_announced_batch(world, levels=(4,))
    make_candidates(world, batch, 2)
    for part, size in (("practical", 1), ("practical", 4), ("theory", 1)):
        code = refused(make_panels, world, batch, part=part, size=size)
        assert code == "arrangement.size_not_allowed"


def test_after_somebody_fell_ill_only_his_seat_changes(world):
    batch, panel, _, _ = make_arranged(world, people=2)
    make_candidates(world, batch, 2)
    make_panels(world, batch, starts_at=exam(13), ends_at=exam(16))
    apply(world, search(world, batch))
    before = {
        pk: set(seated(Panel.objects.get(pk=pk)))
        for pk in batch.panels.values_list("pk", flat=True)
    }
    ill = Seat.objects.filter(panel=panel, left_at=None).first().expert
    resources.tell_absence(
        person=ill.person, first_day=date(2026, 4, 18), last_day=date(2026, 4, 18), reason="病假",
        org=world.port, **by_office(world),
    )  # fmt: skip
    assert refused(services.publish, batch=batch, **by_office(world)) == "resources.absent"
    office = acting_of(world.office, None, APRIL_1.date())
    titles = [task.title for task in tasks_for(world.office, office, APRIL_1.date())]
    assert f"{ill.person.name}登记了不能参加，请调整" in titles
    run = search(world, batch, kind="repair")
    seats = sum(ill.person.name in names for names in before.values())
    assert (run.figures["leave"], run.figures["come"]) == (seats, seats)
    apply(world, run)
    for pk, names in before.items():
        now = set(seated(Panel.objects.get(pk=pk)))
        assert now - names <= {f"考评{each}" for each in "甲乙丙丁"} - names
        assert names - now <= {ill.person.name}
    services.publish(batch=batch, **by_office(world))


def test_a_search_is_cancelled_and_one_runs_at_a_time(world):
    batch, _, _, _ = make_arranged(world)
    asked = services.ask_search(batch=batch, kind="fill", outside_percent=0, **by_office(world))
    again = services.ask_search(batch=batch, kind="fill", outside_percent=0, **by_office(world))
    assert asked == again
    services.cancel_search(run_id=asked.pk, **by_office(world))
    assert services.search(run_id=asked.pk, at=APRIL_1).state == "cancelled"


def test_what_was_changed_meanwhile_is_not_overwritten(world):
    batch, panel, experts, _ = make_arranged(world)
    run = search(world, batch)
    seat(world, panel, experts[3])
    assert refused(apply, world, run) == "arrangement.changed_meanwhile"


# ---- letters --------------------------------------------------------------------------------


@pytest.fixture
def published(world):
    """Three experts, the first with an account; letters are sent."""
    batch, panel, experts, _ = make_arranged(world)
    user = make_user("考评甲", world.port, Role.ASSESSOR)
    link_user(person=experts[0].person, user=user, org=world.port, by=None, at=MARCH_2)
    for expert in experts[:3]:
        seat(world, panel, Expert.objects.get(pk=expert.pk))
    counts = services.publish(batch=batch, **by_office(world))
    assert counts == {"sent": 3, "withdrawn": 0, "candidates": 4}
    return batch, panel, experts, user


def test_only_those_concerned_by_a_change_are_told(world, published):
    batch, panel, experts, user = published
    assert services.publish(batch=batch, **by_office(world)) == {
        "sent": 0, "withdrawn": 0, "candidates": 0,
    }  # fmt: skip
    second = Seat.objects.get(expert=experts[1])
    seat(world, panel, experts[3], replaces=second.pk)
    assert services.publish(batch=batch, **by_office(world)) == {
        "sent": 1, "withdrawn": 1, "candidates": 0,
    }  # fmt: skip
    assert Notice.objects.filter(user=user).count() == 1
    services.schedule(
        panel_id=panel.pk, name=panel.name, size=3, starts_at=exam(10), ends_at=exam(12), room=None,
        **by_office(world),
    )  # fmt: skip
    assert services.publish(batch=batch, **by_office(world)) == {
        "sent": 3, "withdrawn": 0, "candidates": 4,
    }  # fmt: skip
    assert Notice.objects.filter(user=user).count() == 2


def test_an_expert_answers_himself_and_a_no_is_the_offices_task(world, published):
    batch, panel, _, user = published
    letter = Letter.objects.get(seat__expert__person__user=user)
    given = {"letter_id": letter.pk, "at": APRIL_1}
    assert (
        refused(services.answer, is_accepted=True, reason="", by=world.office, **given)
        == "arrangement.not_his_letter"
    )
    assert (
        refused(services.answer, is_accepted=False, reason="", by=user, **given)
        == "arrangement.reason_missing"
    )
    services.answer(is_accepted=False, reason="出差", by=user, **given)
    assert refused(services.publish, batch=batch, **by_office(world)) == "arrangement.declined"
    office = acting_of(world.office, None, APRIL_1.date())
    titles = [task.title for task in tasks_for(world.office, office, APRIL_1.date())]
    assert "考评甲不能参加，请改派" in titles
    run = search(world, batch, kind="repair")
    assert (run.figures["leave"], run.figures["come"]) == (1, 1)
    apply(world, run)
    assert seated(panel) == ["考评丁", "考评丙", "考评乙"]
    assert services.publish(batch=batch, **by_office(world))["withdrawn"] == 1


def test_the_days_check_keeps_what_it_found(world, published):
    _, panel, experts, _ = published
    services.check_on_the_day(panel_id=panel.pk, by=world.office, at=exam(8))
    resources.change_expert(
        expert_id=experts[1].pk, duties=["assess"], hired_from=date(2025, 1, 1),
        hired_until=date(2026, 4, 17), by=world.office, at=exam(8),
    )  # fmt: skip
    services.check_on_the_day(panel_id=panel.pk, by=world.office, at=exam(8))
    first, second = DayCheck.objects.order_by("pk")
    assert [[f["code"] for f in each.findings if f["is_hard"]] for each in (first, second)] == [
        [], ["resources.not_hired"],
    ]  # fmt: skip


def test_rotation_looks_back_and_warns(world):
    batch, panel, experts, _ = make_arranged(world)
    for expert in experts[:3]:
        seat(world, panel, expert)
    Batch.objects.filter(pk=batch.pk).update(exam_on=date(2026, 4, 2))
    later = make_announced_batch(world, batch.plan, levels=(4,), title="第二批")
    make_candidates(world, later, 2)
    (panel,) = make_panels(world, later)
    for expert in experts[:3]:
        seat(world, panel, expert)
    board = boards.read(later)
    report = board.report(board.by_panel[panel.pk])
    assert [(one.code, one.confidence) for one in report.panel if "replaced" in one.code] == [
        ("arrangement.too_few_replaced", "U")
    ]
    assert report.hard == 0
