"""Deeds: issuing a batch's certificates, handing one over, revoking one."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.applications.models import Application
from jiangjie.certificates import queries, rules
from jiangjie.certificates.addresses import verify_url
from jiangjie.certificates.models import (
    Certificate,
    CertificateState,
    IssueRun,
    Lookup,
    Obstacle,
    Series,
)
from jiangjie.documents.certificates import CertificateDocument, render_certificates
from jiangjie.files import services as files
from jiangjie.kernel import canonical
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.kernel.levels import Level
from jiangjie.ledger import services as ledger
from jiangjie.notices.services import notify
from jiangjie.orgs.models import Filing
from jiangjie.orgs.queries import filing_in_force, scope_lines
from jiangjie.orgs.rules import ScopeLine, check_scope
from jiangjie.people.identity import seal_bytes, unseal, unseal_bytes
from jiangjie.people.models import HeldCertificate
from jiangjie.planning.models import Batch
from jiangjie.policy import rules as policy_rules
from jiangjie.policy.packs import Pack
from jiangjie.policy.queries import pack_of
from jiangjie.procedures import services as procedures
from jiangjie.publicity.models import PeriodKind, PublicityPeriod
from jiangjie.publicity.queries import held

STEP = queries.STEP
_NEW = gettext_noop("您的%(occupation)s职业技能等级证书已发放，编号%(number)s。")
_REVOKED = gettext_noop("您的证书%(number)s已撤销：%(reason)s")
ISSUE = "certificates.issue"  # the duty that goes on with runs


@transaction.atomic
def start_issue(*, batch: Batch, issued_on: date, by: User, at: datetime) -> IssueRun:
    """Ask for the certificates of all who passed and are not held; a job then makes them.

    Asking again goes on with whoever was held before. Raises RuleViolation before the result's
    publicity has ended, without a filing in force, or with nobody to issue to.
    """
    batch = _locked(batch)
    today = timezone.localdate(at)
    require_ready(batch=batch, today=today)
    period = PublicityPeriod.objects.get(batch=batch, kind=PeriodKind.RESULT)
    rules.check_issue_day(issued_on=issued_on, publicity_last_day=period.last_day, today=today)
    _filing(batch, issued_on)
    current = IssueRun.objects.select_for_update(no_key=True).filter(batch=batch).first()
    if current is not None and current.is_running:
        raise RuleViolation("certificates.running", gettext_noop("正在编号制证，请等它完成。"))
    Obstacle.objects.filter(application__batch=batch).delete()
    total = queries.to_issue(batch).count()
    if total == 0:
        raise RuleViolation("certificates.nobody", gettext_noop("没有可发证的人员。"))
    run, _ = IssueRun.objects.update_or_create(
        batch=batch,
        defaults={
            "issued_on": issued_on, "started_by": by, "started_at": at,
            "total": total + Certificate.objects.filter(batch=batch).count(),
            "cancelled_at": None, "finished_at": None, "error": "",
        },
    )  # fmt: skip
    ledger.record(
        "certificates.issue_started", subject=batch, org=batch.org, by=by, at=at, context=batch,
        issued_on=str(issued_on), people=total,
    )  # fmt: skip
    jobs.wake(ISSUE)
    return run


def require_ready(*, batch: Batch, today: date) -> None:
    """RuleViolation while something lies before the issue of a batch's certificates."""
    procedures.require_step(batch.run, STEP, today)
    _filing(batch, today)


@transaction.atomic
def issue_some(*, run_id: int, limit: int, at: datetime) -> int:
    """Issue up to `limit` certificates of a run; returns how many are left to issue.

    One transaction: numbers, sealed PDFs, certificates and event come together or not at all,
    so it may be killed at any moment and called again, by two workers at once too. Whose
    certificate cannot be made gets an Obstacle and no number; the others go on.
    """
    run = (
        IssueRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org", "batch__pack", "batch__run", "started_by")
        .get(pk=run_id)
    )
    if not run.is_running:
        return 0
    batch = run.batch
    # An objection raised now waits for this lock or is seen here; it can't slip between.
    list(PublicityPeriod.objects.select_for_update().filter(batch=batch))
    cases = list(queries.to_issue(batch, held(batch))[:limit])
    filing = _filing(batch, run.issued_on)
    pack = pack_of(batch.pack)
    for level, some in groupby(cases, key=lambda case: case.line.level):
        _issue(run, filing, pack, level, list(some), at)
    left = queries.to_issue(batch).count()
    if left == 0:
        run.finished_at = at
        run.save(update_fields=["finished_at"])
    return left


def _issue(
    run: IssueRun,
    filing: Filing,
    pack: Pack,
    level: int,
    cases: Sequence[Application],
    at: datetime,
) -> None:
    batch, year = run.batch, run.issued_on.year
    series = _series(filing.prefix, year, level)
    allocated = rules.numbers(
        prefix=filing.prefix, year=year, level=level, last_serial=series.last_serial,
        count=len(cases), source=str(pack.entry("certificate.level_codes").source),
        level_codes={
            level: code.code for level, code in policy_rules.level_codes(pack).items()
        },
    )  # fmt: skip
    scope = scope_lines(batch.org)
    made: list[Certificate] = []
    for case in cases:
        serial, number = allocated[len(made)]  # a certificate that can't be made takes none
        certificate = Certificate(
            number=number, prefix=filing.prefix, year=year, level=level, serial=serial,
            application=case, batch=batch, person=case.person, org=batch.org,
            holder_name=case.person.name, occupation_code=case.line.frozen["occupation_code"],
            occupation_name=case.line.frozen["occupation_name"], work_type=case.line.work_type,
            issuer_name=batch.org.name, issued_on=run.issued_on,
            secret=secrets.token_urlsafe(18), issued_by=run.started_by, issued_at=at,
        )  # fmt: skip
        try:
            _check_scope(scope, case, run.issued_on)
            paper = _print(certificate, pack, at)
        except (RuleViolation, BadInput) as why:
            Obstacle.objects.create(
                application=case, text=why.text, values=canonical.jsonable(why.values)
            )
            continue
        certificate.pdf = files.store(
            seal_bytes(paper), media_type="application/octet-stream", at=at
        )
        certificate.pdf_digest = sha256(paper).hexdigest()
        made.append(certificate)
    if made:
        _keep(run, series, made, at)


def _series(prefix: str, year: int, level: int) -> Series:
    """The counter, locked until the certificates are committed: a number is never given twice,
    and one that was rolled back is given again, so there is no gap."""
    Series.objects.bulk_create(
        [Series(prefix=prefix, year=year, level=level)], ignore_conflicts=True
    )
    return Series.objects.select_for_update(no_key=True).get(prefix=prefix, year=year, level=level)


def _check_scope(scope: Sequence[ScopeLine], case: Application, on: date) -> None:
    check_scope(
        scope, occupation_code=case.line.frozen["occupation_code"],
        work_type=case.line.work_type, level=case.line.level, on=on,
    )  # fmt: skip


def _print(certificate: Certificate, pack: Pack, at: datetime) -> bytes:
    """The PDF. RuleViolation or BadInput where the certificate cannot be made."""
    try:
        paper = document(certificate, pack)
    except FileNotFoundError as why:
        raise BadInput(gettext_noop("照片文件已丢失，请重新上传。")) from why
    (printed,) = render_certificates([paper], printed_at=at, forbidden=rules.forbidden_words(pack))
    return printed


def _keep(run: IssueRun, series: Series, made: Sequence[Certificate], at: datetime) -> None:
    batch = run.batch
    series.last_serial += len(made)
    series.save(update_fields=["last_serial"])
    Certificate.objects.bulk_create(made)
    # What its holder may now apply for counts from it; one that he had typed in stays as it is.
    HeldCertificate.objects.bulk_create(
        [
            HeldCertificate(
                person=each.person, number=each.number, occupation_code=each.occupation_code,
                occupation_name=each.occupation_name, level=each.level, issued_on=each.issued_on,
                issuer=each.issuer_name, verified_at=at, verified_by=run.started_by,
            )
            for each in made
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    for each in made:
        if each.person.user is not None:
            notify(
                [each.person.user], _NEW, link=reverse("certificates:own"), at=at,
                occupation=each.occupation_name, number=each.number,
            )  # fmt: skip
    ledger.record(
        "certificates.issued", subject=batch, org=batch.org, by=run.started_by, at=at,
        context=batch, level=series.level, issued_on=str(run.issued_on), prefix=series.prefix,
        certificates=[
            {"number": each.number, "application": each.application_id, "pdf": each.pdf_digest}
            for each in made
        ],
    )  # fmt: skip


def document(certificate: Certificate, pack: Pack) -> CertificateDocument:
    """The certificate as it is printed."""
    level = Level(certificate.level)
    urls = pack.mapping("certificate.urls")
    photo = certificate.application.photo
    return CertificateDocument(
        number=certificate.number,
        holder_name=certificate.holder_name,
        id_type=certificate.person.id_type,
        id_number=unseal(bytes(certificate.person.id_cipher)),
        occupation=certificate.occupation_name,
        specialisation=certificate.work_type,
        level=level.certificate_text,
        organisation=certificate.issuer_name,
        issued_on=certificate.issued_on,
        body=rules.body_text(
            name=certificate.holder_name,
            occupation=certificate.occupation_name,
            level=level.certificate_text,
            issuer=certificate.issuer_name,
        ),
        body_en=rules.body_text_english(level=certificate.level),
        verify_url=verify_url(certificate.secret),
        certificate_query_url=str(urls["certificate"]),
        organisation_query_url=str(urls["organisation"]),
        photo=files.read(photo) if photo else None,
        specimen=certificate.person.is_demo,
    )


@transaction.atomic
def cancel_issue(*, batch: Batch, by: User, at: datetime) -> IssueRun:
    """Stop a run between two certificates; those issued stay, and it may be started again."""
    run = IssueRun.objects.select_for_update().get(batch=batch)
    if not run.is_running:
        return run
    run.cancelled_at = at
    run.save(update_fields=["cancelled_at"])
    ledger.record(
        "certificates.issue_cancelled", subject=batch, org=batch.org, by=by, at=at, context=batch
    )
    return run


@transaction.atomic
def stop_issue(*, run_id: int, error: str, at: datetime) -> None:
    """Note what the rules or a document refused: the run waits until somebody starts it again."""
    run = (
        IssueRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch__org")
        .get(pk=run_id)
    )
    run.error = error[:500]
    run.save(update_fields=["error"])
    ledger.record(
        "certificates.issue_stopped", subject=run.batch, org=run.batch.org, by=None, at=at,
        context=run.batch, error=run.error,
    )  # fmt: skip


@transaction.atomic
def hand_over(*, batch: Batch, numbers: Sequence[str], on: date, by: User, at: datetime) -> int:
    """领取登记: note that these certificates were handed to their holders; returns how many."""
    chosen = Certificate.objects.select_for_update().filter(
        batch=batch, number__in=numbers, handed_over_on=None, state=CertificateState.VALID
    )
    given = sorted(chosen.values_list("number", flat=True))
    if not given:
        raise RuleViolation(
            "certificates.nothing_to_hand_over", gettext_noop("所选证书均已领取或已撤销。")
        )
    if on > timezone.localdate(at):
        raise RuleViolation(
            "certificates.handed_over_in_the_future", gettext_noop("领取日期不能晚于今天。")
        )
    Certificate.objects.filter(number__in=given).update(handed_over_on=on)
    ledger.record(
        "certificates.handed_over", subject=batch, org=batch.org, by=by, at=at, context=batch,
        on=str(on), numbers=given,
    )  # fmt: skip
    return len(given)


@transaction.atomic
def revoke(*, certificate_id: int, reason: str, by: User, at: datetime) -> Certificate:
    """Revoke with a reason that the public look-up shows. It can't be undone: issue anew."""
    certificate = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("batch__org", "person__user")
        .get(pk=certificate_id)
    )
    if certificate.state == CertificateState.REVOKED:
        raise RuleViolation("certificates.revoked_before", gettext_noop("该证书已经撤销。"))
    if not reason.strip():
        raise RuleViolation("certificates.no_reason", gettext_noop("请写明撤销原因。"))
    certificate.state = CertificateState.REVOKED
    certificate.revoked_at = at
    certificate.revoked_by = by
    certificate.revoked_reason = reason.strip()
    certificate.save(update_fields=["state", "revoked_at", "revoked_by", "revoked_reason"])
    if certificate.person.user is not None:
        notify(
            [certificate.person.user], _REVOKED, link=reverse("certificates:own"), at=at,
            number=certificate.number, reason=certificate.revoked_reason,
        )  # fmt: skip
    # A revoked certificate no longer counts for a higher level.
    HeldCertificate.objects.filter(person=certificate.person, number=certificate.number).delete()
    ledger.record(
        "certificates.revoked", subject=certificate, org=certificate.batch.org, by=by, at=at,
        context=certificate.batch, number=certificate.number, reason=certificate.revoked_reason,
    )  # fmt: skip
    return certificate


def _filing(batch: Batch, on: date) -> Filing:
    filing = filing_in_force(batch.org, on)
    if filing is None:
        raise RuleViolation(
            "orgs.not_filed", gettext_noop("%(day)s没有有效的备案，不能发证。"), day=on
        )
    return filing


def _locked(batch: Batch) -> Batch:
    return (
        Batch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("org", "run", "pack")
        .get(pk=batch.pk)
    )


@transaction.atomic
def printed(*, certificate: Certificate, by: User, at: datetime) -> bytes:
    """The PDF as its holder has it. It shows the identity number, so every look is an event."""
    ledger.record(
        "certificates.downloaded", subject=certificate, org=certificate.org, by=by, at=at,
        context=certificate.batch, number=certificate.number,
    )  # fmt: skip
    return unseal_bytes(files.read(certificate.pdf))


@transaction.atomic
def upload_rows(*, batch: Batch, by: User, at: datetime) -> list[tuple[Certificate, str]]:
    """Valid certificates of a batch with the identity numbers in clear, for the bureau's system."""
    found = list(queries.for_upload(batch))
    if not found:
        raise RuleViolation("certificates.nothing_to_upload", gettext_noop("还没有可上传的证书。"))
    ledger.record(
        "certificates.upload_exported", subject=batch, org=batch.org, by=by, at=at, context=batch,
        numbers=[each.number for each in found],
    )  # fmt: skip
    return [(each, unseal(bytes(each.person.id_cipher))) for each in found]


def forget_lookups(*, at: datetime) -> int:
    """Delete the counts of look-ups that are a day old; returns how many."""
    return Lookup.objects.filter(window__lt=at - timedelta(days=1)).delete()[0]
