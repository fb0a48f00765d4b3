"""What waits for whom: filings to decide for the bureau, returned ones for the evaluator."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import Task
from jiangjie.orgs import queries, rules
from jiangjie.orgs.models import FilingState


def filing_tasks(user: User, acting: Acting, today: date) -> Iterator[Task]:
    """One query for an officer or an administrator, none for others."""
    wanted = []
    if acting.has(Role.OFFICER):
        wanted.append(FilingState.SUBMITTED)
    if acting.has(Role.ADMIN):
        wanted += [FilingState.RETURNED, FilingState.DRAFT]
    if not wanted:
        return
    titles = {
        FilingState.SUBMITTED: _("审核备案"),
        FilingState.RETURNED: _("修改被退回的备案"),
        FilingState.DRAFT: _("提交备案草稿"),
    }
    for filing in queries.filings_visible_to(acting).filter(state__in=wanted):
        if filing.state == FilingState.SUBMITTED and filing.bureau_id != acting.org.pk:  # type: ignore[union-attr]
            continue
        yield Task(
            title=titles[FilingState(filing.state)],
            detail=filing.org.name,
            link=reverse("orgs:filing_detail", args=[filing.pk]),
            due=None,
            ground=rules.FILED_SCOPE.source,
            group=_("备案"),
        )
