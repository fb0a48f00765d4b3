"""What waits: consents for the expert; expiring cards and inspections for the office."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.notices.hooks import Task
from jiangjie.resources import queries
from jiangjie.resources.models import Duty, Expert

CARD_NOTICE = timedelta(days=60)  # house decision: re-training takes its time


def tasks(user: User, acting: Acting, today: date) -> Iterator[Task]:
    """Three queries for an office, one for an assessor."""
    if acting.has(Role.ASSESSOR, Role.SUPERVISOR):
        for loan in queries.loans_of(user).filter(
            consented_at=None, ended_at=None, last_day__gte=today
        ):
            yield Task(
                title=_("确认是否同意共享给%(alliance)s") % {"alliance": loan.alliance},
                detail=loan.expert.org.name if loan.expert else "",
                link=reverse("resources:availability"), due=loan.first_day,
                ground=_("共享须经专家本人同意"), group=_("专家和场地"),
            )  # fmt: skip
    if not acting.has(Role.OFFICE) or acting.org is None:
        return
    ending = queries.serving(
        Expert.objects.filter(
            org=acting.org, duties__overlap=[Duty.ASSESS.value, Duty.REVIEW.value],
            card_until__lte=today + CARD_NOTICE,
        ).exclude(grade=""),
        today,
    ).order_by("card_until")  # fmt: skip
    ends = list(ending.values_list("card_until", flat=True))
    if ends:
        yield Task(
            title=_("安排%(count)d人证卡换发") % {"count": len(ends)},
            detail=_("证卡过期的不能考评"),
            link=f"{reverse('resources:expert_list')}?state=card", due=ends[0],
            ground=_("证卡须在考评当日有效"), group=_("专家和场地"),
        )  # fmt: skip
    due = list(queries.equipment_due(acting, today).values_list("inspect_by", flat=True))
    if due:
        yield Task(
            title=_("安排%(count)d项设备检验") % {"count": len(due)}, detail="",
            link=reverse("resources:equipment_list"), due=due[0],
            ground=_("设备检验日期"), group=_("专家和场地"),
        )  # fmt: skip
