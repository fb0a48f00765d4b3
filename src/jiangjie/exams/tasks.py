"""What waits for the office and the invigilators: rooms to prepare, to open and to close."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.exams import queries
from jiangjie.notices.hooks import Task


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """Open sittings, from a week before their day on. One query."""
    if acting.org is None or not acting.has(Role.OFFICE, Role.INVIGILATOR):
        return
    soon = queries.with_counts(queries.sittings_visible_to(acting, user)).filter(
        closed_at=None, planned_at__date__lte=today + timedelta(days=7)
    )
    for sitting in soon.order_by("planned_at", "pk"):
        day = timezone.localdate(sitting.planned_at)
        is_ready = sitting.people and day <= today  # type: ignore[attr-defined]
        if not is_ready and not acting.has(Role.OFFICE):
            continue
        yield Task(
            title=_("考场监考") if is_ready else _("准备考场"),
            detail=f"{sitting.title} {sitting.room}",
            link=reverse("exams:console" if is_ready else "exams:sitting", args=[sitting.pk]),
            due=day,
            ground=_("理论考试按计划时间由监考员打铃开考"),
            group=_("理论考试"),
        )
