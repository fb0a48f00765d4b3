"""Workbooks of many: dry run, all or good rows only, twice the same, two clerks at once."""

import threading
from datetime import date

import pytest
from django.db import connections

from jiangjie.applications import services
from jiangjie.applications.models import Application, RosterImport
from jiangjie.files import services as files
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.people.models import Employment, HeldCertificate, Person
from jiangjie.planning.models import Batch
from tests.applications.factories import MARCH_10, make_worker, roster_row, write_roster
from tests.factories import World, make_world
from tests.planning.factories import make_announced_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def batch(world: World) -> Batch:
    return make_announced_batch(world)


def check(world, batch, tmp_path, rows) -> RosterImport:
    return services.check_roster(
        batch=batch, content=write_roster(tmp_path / "r.xlsx", rows), file_name="名册.xlsx",
        by=world.clerk_a, at=MARCH_10,
    )  # fmt: skip


def apply(world, roster, *, good_rows_only=False) -> RosterImport:
    return services.apply_roster(
        roster_id=roster.pk, good_rows_only=good_rows_only, by=world.clerk_a, at=MARCH_10
    )


def test_a_dry_run_takes_nobody_in(world, batch, tmp_path):
    roster = check(world, batch, tmp_path, [roster_row(1), roster_row(2)])

    assert (roster.rows, roster.good, roster.faults, roster.marked) == (2, 2, [], None)
    assert not Application.objects.exists()


def test_good_rows_become_submitted_applications_with_records_and_verdict(world, batch, tmp_path):
    roster = apply(world, check(world, batch, tmp_path, [roster_row(1), roster_row(2)]))

    assert (roster.created, roster.unchanged) == (2, 0)
    case = Application.objects.order_by("pk")[0]
    assert (case.state, case.turn, case.is_eligible, case.clause, case.unit) == (
        "submitted", 1, True, "GZB-2018/4/1", world.unit_a,
    )  # fmt: skip
    jobs = Employment.objects.filter(person=case.person).order_by("since")
    assert [(job.employer, job.since, job.until) for job in jobs] == [
        ("入职前单位（名册未载明）", date(2012, 7, 1), date(2014, 7, 1)),
        ("滨海港集装箱码头分公司", date(2014, 7, 1), None),
    ]


def test_importing_twice_changes_nothing(world, batch, tmp_path):
    rows = [roster_row(1), roster_row(2)]
    apply(world, check(world, batch, tmp_path, rows))
    before = (
        list(Application.objects.values()), list(Person.objects.values()),
        list(Employment.objects.values()), list(HeldCertificate.objects.values()),
    )  # fmt: skip

    again = apply(world, check(world, batch, tmp_path, rows))

    assert (again.created, again.unchanged) == (0, 2)
    assert before == (
        list(Application.objects.values()), list(Person.objects.values()),
        list(Employment.objects.values()), list(HeldCertificate.objects.values()),
    )  # fmt: skip


def test_a_roster_with_faults_is_taken_in_by_its_good_rows_only_if_asked(world, batch, tmp_path):
    roster = check(world, batch, tmp_path, [roster_row(1), roster_row(2, 姓名=" ")])

    with pytest.raises(RuleViolation) as refusal:
        apply(world, roster)
    assert refusal.value.code == "applications.roster_has_faults"
    assert not Application.objects.exists()
    assert apply(world, roster, good_rows_only=True).created == 1


def test_a_row_outside_the_batch_is_a_fault_of_its_cell(world, batch, tmp_path):
    roster = check(world, batch, tmp_path, [roster_row(1), roster_row(2, 工种="门座式起重机司机")])

    assert [(f["row"], f["column"], f["letter"], f["code"]) for f in roster.faults] == [
        (3, "工种", "Q", "not_in_batch")
    ]
    assert roster.marked is not None


def test_identity_numbers_are_nowhere_in_clear(world, batch, tmp_path):
    row = roster_row(1)
    number = row["证件号码"]
    roster = apply(world, check(world, batch, tmp_path, [row, roster_row(2, 姓名="")]),
                   good_rows_only=True)  # fmt: skip

    for blob in (roster.blob, roster.marked):
        assert number.encode() not in files.read(blob)
        assert not files.read(blob).startswith(b"PK")
    assert number not in str(list(Event.objects.values_list("data")))
    assert number not in str(list(Person.objects.values()))
    assert services.open_roster(roster, marked=False, by=world.clerk_a, at=MARCH_10).startswith(
        b"PK"
    )
    assert Event.objects.order_by("-pk")[0].action == "applications.roster_opened"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("名册.xlsx", b"not a workbook"),
        ("名册.pdf", b"%PDF-1.7"),
        ("名册.xlsx", b"PK\x03\x04 broken"),
        ("名册.csv", "单位,电话\n甲,1\n".encode("gb18030")),
    ],
)
def test_what_is_no_roster_is_refused_and_nothing_is_kept(world, batch, name, content):
    events = Event.objects.count()

    with pytest.raises(BadInput, match="名册"):
        services.check_roster(
            batch=batch, content=content, file_name=name, by=world.clerk_a, at=MARCH_10
        )

    assert (RosterImport.objects.count(), Event.objects.count()) == (0, events)


def test_somebody_who_applied_himself_stays_as_he_is(world, batch, tmp_path):
    person = make_worker(world)
    services.start_application(
        batch=batch, line=batch.lines.get(), person=person, by=world.clerk_a, at=MARCH_10
    )

    roster = apply(world, check(world, batch, tmp_path, [roster_row(1)]))

    assert roster.created == 1
    assert Application.objects.get(person=person).state == "draft"


def test_the_number_of_queries_does_not_grow_with_the_rows(
    world, batch, tmp_path, django_assert_max_num_queries
):
    few = check(world, batch, tmp_path, [roster_row(n) for n in range(1, 3)])
    many = check(world, batch, tmp_path, [roster_row(n) for n in range(3, 63)])

    with django_assert_max_num_queries(60):
        apply(world, few)
    with django_assert_max_num_queries(60):
        assert apply(world, many).created == 60


@pytest.mark.django_db(transaction=True)
def test_two_clerks_with_one_file_take_everybody_in_once(tmp_path):
    world = make_world()
    batch = make_announced_batch(world)
    rosters = [check(world, batch, tmp_path, [roster_row(n) for n in range(1, 9)])
               for _ in range(2)]  # fmt: skip
    ready = threading.Barrier(2)

    def take(roster: RosterImport) -> None:
        ready.wait()
        try:
            apply(world, roster)
        finally:
            connections.close_all()

    both = [threading.Thread(target=take, args=[roster]) for roster in rosters]
    for one in both:
        one.start()
    for one in both:
        one.join()

    found = RosterImport.objects.order_by("created").values_list("created", "unchanged")
    assert list(found) == [(0, 8), (8, 0)]
    assert (
        Application.objects.count() == Person.objects.filter(name__startswith="测试").count() == 8
    )
