"""Two at one moment, and a worker that is killed: no number twice, none lost, no gap."""

import os
import random
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import connection, connections

from jiangjie.certificates import services
from jiangjie.certificates.models import Certificate, IssueRun, Series
from jiangjie.files import services as files
from jiangjie.ledger.models import Event
from jiangjie.people.identity import unseal_bytes
from jiangjie.people.models import HeldCertificate
from tests.certificates.factories import (
    ISSUE_DAY,
    certificates_of,
    finish,
    make_published_batch,
    start,
)
from tests.factories import make_world
from tests.results.racing import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def all_is_whole(count, *, batches=1):
    """Numbered 1 to `count` without gap, each with its sealed paper, its event and its claim."""
    made = list(Certificate.objects.order_by("serial"))
    assert [each.serial for each in made] == list(range(1, count + 1))
    assert Series.objects.get().last_serial == count
    assert len({each.application_id for each in made}) == count
    assert all(unseal_bytes(files.read(each.pdf)).startswith(b"%PDF") for each in made)
    told = [
        one["number"]
        for event in Event.objects.filter(action="certificates.issued")
        for one in event.data["certificates"]
    ]
    assert sorted(told) == [each.number for each in made]
    assert HeldCertificate.objects.filter(number__in=told).count() == count
    assert IssueRun.objects.filter(finished_at__isnull=False).count() == batches


def together(*deeds):
    """Each in a thread of its own, all begun at one moment; what they raised."""
    gate, raised = threading.Barrier(len(deeds)), []

    def run(deed):
        gate.wait(20)
        try:
            deed()
        except Exception as why:  # noqa: BLE001 -- carried to the test's own thread
            raised.append(repr(why))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_two_workers_on_one_run_share_the_work():
    world = make_world()
    run = start(world, make_published_batch(world, passed=6))

    raised = together(*[lambda: finish(run, limit=1)] * 2)

    assert raised == []
    all_is_whole(6)


def test_two_batches_draw_on_one_series_without_gap_or_twins():
    world = make_world()
    first = make_published_batch(world, passed=4, title="第一批")
    second = make_published_batch(world, passed=4, title="第二批", plan=first.plan)
    runs = [start(world, batch) for batch in (first, second)]

    raised = together(*[lambda run=run: finish(run, limit=1) for run in runs])

    assert raised == []
    all_is_whole(8, batches=2)
    for batch in (first, second):
        assert len(certificates_of(batch)) == 4


def test_a_second_start_waits_for_the_first_and_is_refused():
    world = make_world()
    batch = make_published_batch(world, passed=1)
    assert (
        meanwhile(lambda: start(world, batch), lambda: start(world, batch))
        == "waited: certificates.running"
    )


def test_cancelling_waits_for_the_certificate_under_way():
    world = make_world()
    batch = make_published_batch(world, passed=3)
    run = start(world, batch)

    seen = meanwhile(
        lambda: services.issue_some(run_id=run.pk, limit=1, at=ISSUE_DAY),
        lambda: services.cancel_issue(batch=batch, by=world.office, at=ISSUE_DAY),
    )

    assert seen == "waited: done"
    assert services.issue_some(run_id=run.pk, limit=9, at=ISSUE_DAY) == 0
    assert len(certificates_of(batch)) == 1


def test_starting_while_a_slice_is_under_way_ends_in_no_deadlock():
    world = make_world()
    batch = make_published_batch(world, passed=2)
    run = start(world, batch)

    seen = meanwhile(
        lambda: services.issue_some(run_id=run.pk, limit=1, at=ISSUE_DAY),
        lambda: start(world, batch),
    )

    assert seen == "waited: certificates.running"


def killed_workers(run, milliseconds):
    """What became of workers on this test's database, in processes of their own."""
    given = connection.settings_dict
    host = given["OPTIONS"].get("host") or given["HOST"]
    url = f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={host}"
    done = subprocess.run(  # noqa: S603 -- our own file
        [
            sys.executable, "-m", "tests.certificates.issuing", str(run.pk),
            ISSUE_DAY.isoformat(), *map(str, milliseconds),
        ],
        env=os.environ
        | {"JIANGJIE_DATABASE_URL": url, "JIANGJIE_HOME": str(settings.CONFIG.home)},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout.split()


def test_workers_that_are_killed_again_and_again_lose_and_double_nothing():
    world = make_world()
    count = 20
    run = start(world, make_published_batch(world, passed=count))
    chance = random.Random(20260428)

    fates = killed_workers(run, [chance.randint(30, 600) for _ in range(15)])

    assert fates.count("killed") >= 5
    serials = list(Certificate.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, len(serials) + 1))  # nothing half done is left behind
    finish(run)
    all_is_whole(count)
