"""What waits for whom in the archive."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.archive import queries
from jiangjie.notices.hooks import Task


def tasks(user: User, acting: Acting, today: date) -> Iterator[Task]:
    """Office: batches whose certificates are made and of which there is no bag. One query."""
    if acting.org is None or not acting.has(Role.OFFICE):
        return
    for batch in queries.to_archive(acting):
        yield Task(
            title=_("检查归档材料并制作档案包"),
            detail=f"{batch.number} {batch.title}",
            link=reverse("archive:detail", args=[batch.pk]),
            due=None,
            ground=_("第14步 数据上报、制证发证与建档"),
            group=_("档案"),
        )
