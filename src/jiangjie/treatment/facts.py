"""What treatment tells the layers below: the fact of S15, and who waits for an allowance."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.certificates.queries import issue_states
from jiangjie.kernel.levels import Level
from jiangjie.notices.hooks import Task
from jiangjie.orgs.models import Organisation
from jiangjie.planning.models import Batch
from jiangjie.procedures.rules import StepFact
from jiangjie.treatment import queries, rules


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """S15 is done when all certificates of the batch are issued and each valid one was paid on
    once. A constant number of queries."""
    batches = list(Batch.objects.filter(run__in=run_ids).defer("method"))
    levels = queries.level_states(run_ids)
    issued = issue_states(batches)
    limits = queries.limits_of([batch.pk for batch in batches if batch.run_id in levels])
    return {
        batch.run_id: {
            queries.STEP: _fact(
                levels.get(batch.run_id, []), limits.get(batch.pk), issued[batch.pk].is_done
            )
        }
        for batch in batches
    }


def _fact(
    levels: Sequence[queries.LevelState], limit: queries.Limit | None, is_issued: bool
) -> StepFact:
    holders = sum(each.certificates for each in levels)
    appointed = sum(each.appointed for each in levels)
    paid = sum(each.paid for each in levels)
    if is_issued and paid == holders:
        return StepFact(
            is_done=True,
            done_at=max((each.last_paid for each in levels if each.last_paid), default=None),
            detail=_("已兑现%(count)d人") % {"count": paid} if paid else _("没有需要兑现的证书"),
        )
    missing = [
        _("%(level)s没有津贴标准") % {"level": Level(each.level).certificate_text}
        for each in levels
        if not each.has_rate and each.appointed < each.certificates
    ]
    if appointed < holders:
        missing.append(_("%(count)d人未聘任") % {"count": holders - appointed})
    if paid < appointed:
        missing.append(_("%(count)d人已聘任未发放") % {"count": appointed - paid})
    return StepFact(
        is_done=False,
        detail=_("已兑现%(paid)d/%(all)d人") % {"paid": paid, "all": holders} if holders else "",
        due=rules.due_day(issued_on=min(each.first_issued for each in levels), days=limit.days)
        if levels and limit
        else None,
        missing=tuple(missing),
    )


# ---- tasks ----------------------------------------------------------------------------------


def tasks(user: User, acting: Acting, today: date) -> Iterable[Task]:
    """Office and payroll: who is late, who is to be appointed, whose certificate was revoked.
    Payroll: months to be recorded and rates that are missing."""
    org = acting.org
    if org is None or not acting.has(Role.OFFICE, Role.PAYROLL):
        return
    yield from _late(org, today)
    waiting = queries.without_entitlement(org).count()
    if waiting:
        yield _task(
            _("聘任%(count)d名持证人") % {"count": waiting}, "treatment:appoint",
            ground=_("取得证书后由单位聘任并兑现待遇"),
        )  # fmt: skip
    for entitlement in queries.on_revoked(org, today):
        yield _task(
            _("终止%(name)s的津贴") % {"name": entitlement.person.name}, "treatment:entitlement",
            entitlement.pk, ground=_("证书%(number)s已撤销") % {"number": entitlement.certificate.number},
        )  # fmt: skip
    for slip in queries.to_decide(org, user):
        yield _task(
            _("审核%(name)s的红冲单") % {"name": slip.payment.person.name},
            "treatment:entitlement", slip.payment.entitlement_id,
            ground=_("红冲单由申请人以外的人审核"),
        )  # fmt: skip
    if acting.has(Role.PAYROLL):
        yield from _to_pay(org, today)
        if owed := queries.short_of_rate(org).count():
            yield _task(
                _("补发%(count)d人次津贴差额") % {"count": owed}, "treatment:back_pay",
                ground=_("提高标准追溯到已发放的月份"),
            )  # fmt: skip


def _late(org: Organisation, today: date) -> Iterable[Task]:
    late, limits = queries.late(org, today)
    count = late.count()
    if not count:
        return
    oldest = late[0]
    limit = limits[oldest.batch_id]
    yield _task(
        _("%(count)d人取证后超期未兑现待遇") % {"count": count}, "treatment:overdue",
        due=rules.due_day(issued_on=oldest.issued_on, days=limit.days),
        ground=limit.clause.text,
    )  # fmt: skip


def _to_pay(org: Organisation, today: date) -> Iterable[Task]:
    """Months that are over; the running one is recorded when it has been paid."""
    for month in queries.months_of(org, today):
        if month.left and month.month < rules.month_of(today):
            yield _task(
                _("登记%(month)s津贴发放（%(count)d人）")
                % {"month": f"{month.month:%Y-%m}", "count": month.left},
                "treatment:month", query=f"?month={month.month:%Y-%m}",
                ground=_("津贴按月登记发放凭证"),
            )  # fmt: skip
    for level in queries.levels_without_rate(org, today):
        yield _task(
            _("登记%(level)s津贴标准") % {"level": Level(level).certificate_text},
            "treatment:rate_list", ground=_("有人持该等级证书，尚无津贴标准"),
        )  # fmt: skip


def _task(
    title: str, url_name: str, *args: int, ground: str, due: date | None = None, query: str = ""
) -> Task:
    return Task(
        title=title,
        detail=_("兑现待遇"),
        link=reverse(url_name, args=args) + query,
        due=due,
        ground=ground,
        group=_("兑现待遇"),
    )
