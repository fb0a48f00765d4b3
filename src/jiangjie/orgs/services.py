"""Deeds: organisations and their filings (备案). Each is one transaction with one event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.files.models import Blob
from jiangjie.kernel.certificate_numbers import check_prefix
from jiangjie.kernel.errors import MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.identity import check_uscc
from jiangjie.ledger import services as ledger
from jiangjie.orgs import hooks, rules
from jiangjie.orgs.models import (
    AllianceMember,
    Filing,
    FilingFile,
    FilingScope,
    FilingState,
    Organisation,
    OrgKind,
)
from jiangjie.orgs.rules import ScopeWish

EDITABLE = (FilingState.DRAFT, FilingState.RETURNED)


@transaction.atomic
def create_organisation(
    *,
    kind: str,
    name: str,
    region: str,
    parent: Organisation | None = None,
    uscc: str = "",
    address: str = "",
    contact_phone: str = "",
    is_demo: bool = False,
    by: User | None,
    at: datetime,
) -> Organisation:
    """A new organisation. RuleViolation orgs.bad_uscc, orgs.uscc_taken, orgs.name_taken."""
    org = Organisation(
        kind=kind,
        name=name.strip(),
        region=region,
        parent=parent,
        uscc=_checked_uscc(uscc),
        address=address,
        contact_phone=contact_phone,
        is_demo=is_demo,
    )
    _check_unique(org)
    org.save()
    ledger.record(
        "orgs.created", subject=org, org=parent or org, by=by, at=at, kind=kind, name=org.name
    )
    return org


@transaction.atomic
def change_organisation(
    *,
    organisation_id: int,
    name: str,
    uscc: str,
    address: str,
    contact_phone: str,
    by: User,
    at: datetime,
) -> Organisation:
    """Correct what the organisation's page says; former values stay in the event."""
    org = Organisation.objects.select_for_update().get(pk=organisation_id)
    before = {field: getattr(org, field) for field in ("name", "uscc", "address", "contact_phone")}
    org.name, org.uscc = name.strip(), _checked_uscc(uscc)
    org.address, org.contact_phone = address, contact_phone
    _check_unique(org)
    org.save()
    ledger.record("orgs.changed", subject=org, org=org, by=by, at=at, before=before)
    return org


def _checked_uscc(uscc: str) -> str:
    if not uscc.strip():
        return ""
    try:
        return check_uscc(uscc)
    except MalformedValue as why:
        raise rules.refused(why, "orgs.bad_uscc") from why


def _check_unique(org: Organisation) -> None:
    others = Organisation.objects.exclude(pk=org.pk)
    if others.filter(name=org.name).exists():
        raise RuleViolation("orgs.name_taken", gettext_noop("已有同名单位。"))
    if org.uscc and others.filter(uscc=org.uscc).exists():
        raise RuleViolation("orgs.uscc_taken", gettext_noop("该统一社会信用代码已被登记。"))


@transaction.atomic
def draft_filing(
    *,
    org: Organisation,
    bureau: Organisation,
    wishes: Sequence[ScopeWish],
    note: str = "",
    by: User | None,
    at: datetime,
) -> Filing:
    """Begin a filing, or rewrite the one that is still a draft or was returned.

    An evaluator has one open filing at most. RuleViolation orgs.filing_open while the bureau has
    it, orgs.unknown_occupation, orgs.unknown_work_type, and as rules.check_levels.
    """
    rules.check_wishes(wishes)
    known = hooks.occupations({wish.occupation_code for wish in wishes})
    for wish in wishes:
        occupation = known.get(wish.occupation_code)
        if occupation is None:
            raise RuleViolation(
                "orgs.unknown_occupation",
                gettext_noop("职业分类大典中没有职业编码%(occupation)s。"),
                occupation=wish.occupation_code,
            )
        if wish.work_type and wish.work_type not in occupation.work_types:
            raise RuleViolation(
                "orgs.unknown_work_type",
                gettext_noop("%(occupation)s没有工种“%(work_type)s”，请先在职业库中核对。"),
                occupation=occupation.name,
                work_type=wish.work_type,
            )
        rules.check_levels(wish.levels, standard_levels=occupation.levels)
    Organisation.objects.select_for_update().get(pk=org.pk)
    filing = org.filings.filter(
        state__in=[FilingState.DRAFT, FilingState.RETURNED, FilingState.SUBMITTED]
    ).first()
    if filing is None:
        filing = Filing(org=org, made_at=at)
    elif filing.state == FilingState.SUBMITTED:
        raise RuleViolation(
            "orgs.filing_open", gettext_noop("已有一份备案正在审核，审核结束前不能修改。")
        )
    filing.bureau, filing.note = bureau, note
    filing.save()
    filing.scopes.all().delete()
    FilingScope.objects.bulk_create(
        FilingScope(
            filing=filing,
            occupation_code=wish.occupation_code,
            occupation_name=known[wish.occupation_code].name,
            work_type=wish.work_type,
            levels=sorted(set(wish.levels)),
        )
        for wish in wishes
    )
    ledger.record(
        "orgs.filing_drafted",
        subject=filing,
        org=org,
        by=by,
        at=at,
        bureau=bureau.pk,
        scope=[[wish.occupation_code, wish.work_type, sorted(wish.levels)] for wish in wishes],
    )
    return filing


@transaction.atomic
def submit_filing(*, filing_id: int, by: User | None, at: datetime) -> Filing:
    """Send it to the bureau. The organisation must have its 统一社会信用代码 by then."""
    filing = _locked(filing_id)
    if filing.state not in EDITABLE:
        raise RuleViolation("orgs.filing_not_editable", gettext_noop("该备案不能再次提交。"))
    if not filing.org.uscc:
        raise RuleViolation(
            "orgs.uscc_missing", gettext_noop("请先在单位信息中填写统一社会信用代码。")
        )
    filing.state, filing.submitted_at = FilingState.SUBMITTED, at
    filing.save(update_fields=["state", "submitted_at"])
    ledger.record("orgs.filing_submitted", subject=filing, org=filing.org, by=by, at=at)
    return filing


@transaction.atomic
def accept_filing(
    *,
    filing_id: int,
    code: str,
    prefix: str,
    valid_from: date,
    valid_until: date,
    answer: str = "",
    by: User | None,
    at: datetime,
) -> Filing:
    """The bureau files it: code, 13-character certificate prefix, first and last valid day.

    An earlier filing of the same evaluator ends the day before. RuleViolation
    orgs.filing_not_waiting, orgs.bad_prefix, orgs.prefix_taken, orgs.no_code, orgs.bad_term.
    """
    filing = _locked(filing_id)
    _check_waiting(filing)
    code, prefix = code.strip(), prefix.strip().upper()
    if not code:
        raise RuleViolation("orgs.no_code", gettext_noop("请填写备案码。"))
    try:
        check_prefix(prefix)
    except MalformedValue as why:
        raise rules.refused(why, "orgs.bad_prefix") from why
    if valid_until < valid_from:
        raise RuleViolation("orgs.bad_term", gettext_noop("有效期止不能早于有效期起。"))
    # Also a prefix that another evaluator once had: its certificates carry it for ever.
    if Filing.objects.filter(prefix=prefix).exclude(org=filing.org).exists():
        raise RuleViolation(
            "orgs.prefix_taken", gettext_noop("该证书编号前缀已属于另一机构，不得重复使用。")
        )
    for former in Filing.objects.select_for_update().filter(
        org=filing.org, state=FilingState.FILED, valid_from__isnull=False
    ):
        former.state = FilingState.REPLACED
        if former.valid_from and former.valid_until:
            eve = max(former.valid_from, valid_from - timedelta(days=1))
            former.valid_until = min(former.valid_until, eve)
        former.save(update_fields=["state", "valid_until"])
    filing.state, filing.code, filing.prefix = FilingState.FILED, code, prefix
    filing.valid_from, filing.valid_until = valid_from, valid_until
    filing.answer, filing.decided_at = answer, at
    filing.save()
    ledger.record(
        "orgs.filing_filed",
        subject=filing,
        org=filing.bureau,
        by=by,
        at=at,
        code=code,
        prefix=prefix,
        valid_from=valid_from,
        valid_until=valid_until,
        answer=answer,
    )
    return filing


@transaction.atomic
def return_filing(*, filing_id: int, reason: str, by: User, at: datetime) -> Filing:
    """Back to the evaluator for changes; the reason is required."""
    filing = _locked(filing_id)
    _check_waiting(filing)
    filing.state, filing.answer = FilingState.RETURNED, _reason(reason)
    filing.decided_at = at
    filing.save(update_fields=["state", "answer", "decided_at"])
    ledger.record(
        "orgs.filing_returned",
        subject=filing,
        org=filing.bureau,
        by=by,
        at=at,
        reason=filing.answer,
    )
    return filing


@transaction.atomic
def revoke_filing(*, filing_id: int, reason: str, by: User, at: datetime) -> Filing:
    """撤销备案 (R-13): from now on nothing may be evaluated or issued under it."""
    filing = _locked(filing_id)
    if filing.state != FilingState.FILED:
        raise RuleViolation("orgs.filing_not_filed", gettext_noop("只能撤销生效的备案。"))
    filing.state, filing.answer, filing.decided_at = FilingState.REVOKED, _reason(reason), at
    filing.save(update_fields=["state", "answer", "decided_at"])
    ledger.record(
        "orgs.filing_revoked",
        subject=filing,
        org=filing.bureau,
        by=by,
        at=at,
        reason=filing.answer,
    )
    return filing


@transaction.atomic
def add_file(
    *, filing_id: int, title: str, blob: Blob, file_name: str, by: User, at: datetime
) -> FilingFile:
    """Attach a file to a filing that can still be changed."""
    filing = _locked(filing_id)
    _check_editable(filing)
    if not title.strip():
        raise RuleViolation("orgs.file_untitled", gettext_noop("请填写材料名称。"))
    added = FilingFile.objects.create(
        filing=filing, title=title.strip(), file_name=file_name, blob=blob, added_at=at
    )
    ledger.record(
        "orgs.filing_file_added", subject=filing, org=filing.org, by=by, at=at,
        title=added.title, digest=blob.digest,
    )  # fmt: skip
    return added


@transaction.atomic
def remove_file(*, file_id: int, by: User, at: datetime) -> None:
    """Take an attachment out while the filing can still be changed. Safe to repeat."""
    removed = FilingFile.objects.get(pk=file_id)
    filing = _locked(removed.filing_id)
    _check_editable(filing)
    if FilingFile.objects.filter(pk=file_id, removed_at=None).update(removed_at=at):
        ledger.record(
            "orgs.filing_file_removed", subject=filing, org=filing.org, by=by, at=at,
            title=removed.title, digest=removed.blob_id,
        )  # fmt: skip


def _check_editable(filing: Filing) -> None:
    if filing.state not in EDITABLE:
        raise RuleViolation(
            "orgs.files_fixed", gettext_noop("备案已提交，附件不能再增减；退回修改后可以补充。")
        )


# ---- alliances --------------------------------------------------------------------------------


@transaction.atomic
def join_alliance(
    *, alliance: Organisation, org: Organisation, is_lead: bool, since: date, by: User, at: datetime
) -> AllianceMember:
    """An evaluator joins a 联评体; of several leads the one before stays an ordinary member.

    RuleViolation orgs.not_an_alliance, orgs.member_not_filed, orgs.member_before.
    """
    Organisation.objects.select_for_update().get(pk=alliance.pk)
    if alliance.kind != OrgKind.ALLIANCE:
        raise RuleViolation("orgs.not_an_alliance", gettext_noop("只有联评体才有成员单位。"))
    if not Filing.objects.filter(org=org, state=FilingState.FILED).exists():
        raise RuleViolation(
            "orgs.member_not_filed",
            gettext_noop("%(org)s没有生效的备案，不能加入联评体。"),
            source=rules.FILED_SCOPE.source,
            org=org.name,
        )
    running = AllianceMember.objects.filter(alliance=alliance, until=None)
    if running.filter(org=org).exists():
        raise RuleViolation("orgs.member_before", gettext_noop("该单位已是成员。"))
    if is_lead:
        running.update(is_lead=False)
    member = AllianceMember.objects.create(alliance=alliance, org=org, is_lead=is_lead, since=since)
    ledger.record(
        "orgs.alliance_joined", subject=alliance, org=alliance.parent or alliance, by=by, at=at,
        member=org.pk, is_lead=is_lead, since=since,
    )  # fmt: skip
    return member


@transaction.atomic
def leave_alliance(*, member_id: int, last_day: date, by: User, at: datetime) -> AllianceMember:
    """Membership ends with `last_day`; what was evaluated until then stands."""
    member = (
        AllianceMember.objects.select_for_update(of=("self",))
        .select_related("alliance__parent", "org")
        .get(pk=member_id)
    )
    if member.until is not None:
        raise RuleViolation("orgs.member_left", gettext_noop("该单位已退出。"))
    member.until = max(last_day, member.since)
    member.save(update_fields=["until"])
    ledger.record(
        "orgs.alliance_left", subject=member.alliance,
        org=member.alliance.parent or member.alliance, by=by, at=at, member=member.org_id,
        last_day=member.until,
    )  # fmt: skip
    return member


def _locked(filing_id: int) -> Filing:
    return (
        Filing.objects.select_for_update(of=("self",))
        .select_related("org", "bureau")
        .get(pk=filing_id)
    )


def _check_waiting(filing: Filing) -> None:
    if filing.state != FilingState.SUBMITTED:
        raise RuleViolation("orgs.filing_not_waiting", gettext_noop("该备案不在待审核状态。"))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise RuleViolation("orgs.reason_missing", gettext_noop("请填写理由。"))
    return reason.strip()
