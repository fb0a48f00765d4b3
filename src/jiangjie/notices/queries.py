"""Reads: what waits for a user, and his messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User
from jiangjie.notices.hooks import Task, tasks_for
from jiangjie.notices.models import Mail, Notice


@dataclass(frozen=True, slots=True)
class WaitingTask:
    task: Task
    is_late: bool


@dataclass(frozen=True, slots=True)
class TaskGroup:
    title: str
    tasks: tuple[WaitingTask, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The home page: groups in the order of their most urgent task."""

    groups: tuple[TaskGroup, ...]
    total: int
    late: int


def waiting_for(user: User, acting: Acting, today: date) -> Waiting:
    """What waits for the user, overdue first; a task is late from the day after it was due."""
    tasks = tasks_for(user, acting, today)
    late = sum(_is_late(task, today) for task in tasks)
    return Waiting(tuple(_grouped(tasks, today)), len(tasks), late)


def _grouped(tasks: Iterable[Task], today: date) -> Iterable[TaskGroup]:
    groups: dict[str, list[WaitingTask]] = {}
    for task in tasks:  # earliest due first, so a group comes where its first task does
        groups.setdefault(task.group, []).append(WaitingTask(task, _is_late(task, today)))
    return (TaskGroup(title, tuple(members)) for title, members in groups.items())


def _is_late(task: Task, today: date) -> bool:
    return task.due is not None and task.due < today


def notices_visible_to(user: User) -> QuerySet[Notice]:
    """A user's own messages, newest first."""
    return Notice.objects.filter(user=user).order_by("-sent_at", "-pk")


def unread_count(user: User) -> int:
    return Notice.objects.filter(user=user, read_at=None).count()


def undelivered_mail() -> int:
    """E-mails that were given up."""
    return Mail.objects.filter(due_at=None, sent_at=None).count()
