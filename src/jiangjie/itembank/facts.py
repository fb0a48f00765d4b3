"""What the bank tells the home page: what came back, what waits for a second expert."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.itembank import queries
from jiangjie.itembank.models import State
from jiangjie.notices.hooks import Task


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """An expert: returned items, then the queue. The office: pairs to judge, unsent drafts are the
    writers' own affair. Three queries."""
    if acting.org is None or not acting.has(*queries.EXPERTS):
        return
    returned = queries.own_items(user, acting).filter(latest__state=State.RETURNED).count()
    if returned:
        yield _task(
            _("修改%(count)d道退回的试题") % {"count": returned}, "itembank:own_items",
            _("审题专家退回并写有意见"),
        )  # fmt: skip
    waiting = queries.review_queue(user, acting).count()
    if waiting:
        yield _task(
            _("审定%(count)d道试题") % {"count": waiting}, "itembank:review_next",
            _("试题由命题人以外的专家审定后可用"),
        )  # fmt: skip
    if acting.has(Role.OFFICE):
        near = queries.pairs_visible_to(acting).filter(finding="open").count()
        if near:
            yield _task(
                _("判断%(count)d对相似试题") % {"count": near}, "itembank:pair_list",
                _("未判断前相似试题不进入同一份试卷"),
            )  # fmt: skip


def _task(title: str, url_name: str, ground: str) -> Task:
    return Task(title, _("题库"), reverse(url_name), None, ground, _("题库"))
