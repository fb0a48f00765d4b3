"""What waits for whom in accounts: offered roles for the person they are offered to."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts import queries
from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import User
from jiangjie.notices.hooks import Task


def invitation_tasks(user: User, acting: Acting, today: date) -> Iterator[Task]:
    """One query."""
    for invitation in queries.own_invitations(user):
        yield Task(
            title=_("答复角色邀请"),
            detail=f"{invitation.org.name} · {invitation.get_role_display()}",
            link=reverse("accounts:profile"),
            due=None,
            ground=_("角色须经本人接受"),
            group=_("账号"),
        )
