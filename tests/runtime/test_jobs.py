"""Duties run when due, by one worker at a time, and outlive the jobs that woke them."""

import asyncio
import threading
from datetime import datetime

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from jiangjie import jobs
from jiangjie.jobs import Duty
from jiangjie.runtime.worker import drop_stalled_once, run_duty
from tests.ledger.test_races import run_together

DELIVER = "notices.deliver_mail"


def waiting() -> list[tuple[str, str]]:
    return list(ProcrastinateJob.objects.values_list("task_name", "queueing_lock"))


def test_duties_of_all_apps_are_known() -> None:
    assert {"ledger.sequence", "notices.deliver_mail", "files.sweep"} <= {
        duty.name for duty in jobs.duties()
    }


@pytest.mark.django_db(transaction=True)
def test_duty_is_woken_once_and_only_by_what_was_committed() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.wake(DELIVER)
        raise ZeroDivisionError
    assert waiting() == []
    for _ in range(2):
        with transaction.atomic():
            jobs.wake(DELIVER)
            assert len(waiting()) <= 1
    assert waiting() == [(jobs.TASK, DELIVER)]


def test_unknown_duty_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"no\.such"):
        jobs.wake("no.such")


@pytest.mark.django_db
def test_duty_goes_on_until_nothing_is_left() -> None:
    left = [True, True, False, True]
    assert run_duty(Duty("test.slices", lambda at: left.pop(0), "* * * * *")) == 2
    assert left == [True]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_run_one_duty_at_once() -> None:
    has_begun, may_end = threading.Event(), threading.Event()
    runs: list[int] = []

    def slow(at: datetime) -> bool:
        has_begun.set()
        assert may_end.wait(30)
        return False

    def first() -> None:
        run_duty(Duty("test.alone", slow, "* * * * *"))

    def second() -> None:
        assert has_begun.wait(30)
        try:
            run_duty(Duty("test.alone", lambda at: bool(runs.append(1)), "* * * * *"))
        finally:
            may_end.set()

    run_together(first, second)
    assert runs == []
    second()  # the first is over: now it is free
    assert runs == [1]
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_job_of_a_killed_worker_is_dropped_and_its_duty_can_be_woken() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour'), (now()) RETURNING id"
        )
        (dead,), (living,) = cursor.fetchall()
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, args)"
            " VALUES ('default', %s, 'doing', %s, '{}'), ('default', %s, 'doing', %s, '{}')",
            [jobs.TASK, dead, jobs.TASK, living],
        )
    assert asyncio.run(drop_stalled_once()) == 1
    assert list(ProcrastinateJob.objects.values_list("worker_id", "status")) == [(living, "doing")]
    jobs.wake(DELIVER)
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1
