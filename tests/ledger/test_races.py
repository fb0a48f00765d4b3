"""Events of transactions that cross, and sequencers at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from jiangjie.ledger import queries
from jiangjie.ledger.models import Leaf
from jiangjie.ledger.services import sequence
from tests.ledger.factories import AT, make_events, make_org

pytestmark = pytest.mark.django_db(transaction=True)


def run_together(*works: Callable[[], None]) -> None:
    """Each in a thread with a database connection of its own; a failure is raised here."""

    def alone(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(alone, work) for work in works]:
            done.result(60)


def test_event_that_becomes_visible_late_is_neither_missed_nor_doubled() -> None:
    org = make_org()
    is_written, may_commit = threading.Event(), threading.Event()
    early: list[int] = []

    def slow() -> None:
        with transaction.atomic():
            early.append(make_events(1, org)[0].pk)
            is_written.set()
            assert may_commit.wait(30)

    def quick() -> None:
        assert is_written.wait(30)
        try:
            later = make_events(1, org)[0].pk
            assert later > early[0]
            assert sequence(at=AT) == 1
            assert list(Leaf.objects.values_list("position", "event_id")) == [(0, later)]
        finally:
            may_commit.set()

    run_together(slow, quick)
    assert sequence(at=AT) == 1
    assert Leaf.objects.get(position=1).event_id == early[0]
    assert queries.check() == []


def test_writers_and_sequencers_together_leave_one_dense_sound_ledger() -> None:
    org = make_org()
    is_over = threading.Event()

    def write() -> None:
        for _ in range(10):
            with transaction.atomic():
                make_events(3, org)

    def keep_sequencing() -> None:
        while not is_over.is_set():
            sequence(at=AT, limit=7)

    def write_all() -> None:
        try:
            run_together(write, write, write)
        finally:
            is_over.set()

    run_together(keep_sequencing, keep_sequencing, write_all)
    while sequence(at=AT):
        pass
    assert list(Leaf.objects.order_by("position").values_list("position", flat=True)) == list(
        range(90)
    )
    assert queries.check() == []
