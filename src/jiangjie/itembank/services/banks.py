"""Deeds on banks: making one, lending it or a part of it, ending a loan."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.catalogue.models import Occupation
from jiangjie.itembank.models import Bank, Loan
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger
from jiangjie.orgs.models import Organisation


@transaction.atomic
def make_bank(
    *,
    owner: Organisation,
    name: str,
    occupation: Occupation,
    work_type: str = "",
    note: str = "",
    by: User | None,
    at: datetime,
) -> Bank:
    """An empty bank. RuleViolation itembank.bank_name_taken, itembank.no_bank_name."""
    name = name.strip()
    if not name:
        raise RuleViolation("itembank.no_bank_name", gettext_noop("请填写题库名称。"))
    if Bank.objects.filter(owner=owner, name=name).exists():
        raise RuleViolation("itembank.bank_name_taken", gettext_noop("本单位已有同名题库。"))
    bank = Bank.objects.create(
        owner=owner, name=name, occupation=occupation, work_type=work_type.strip(),
        note=note.strip(), made_by=by, made_at=at,
    )  # fmt: skip
    ledger.record(
        "itembank.bank_made", subject=bank, org=owner, by=by, at=at, name=name,
        occupation=occupation.pk,
    )  # fmt: skip
    return bank


@transaction.atomic
def lend(
    *,
    bank: Bank,
    borrower: Organisation,
    first_day: date,
    last_day: date,
    terms: str,
    levels: Sequence[int] = (),
    kinds: Sequence[str] = (),
    scope: str = "",
    max_uses: int | None = None,
    may_read: bool = False,
    by: User,
    at: datetime,
) -> Loan:
    """Lend a bank or the part of it that levels, kinds and the scope's code name.

    RuleViolation itembank.loan_to_oneself, itembank.loan_without_terms, itembank.loan_days.
    """
    if borrower.pk == bank.owner_id:
        raise RuleViolation("itembank.loan_to_oneself", gettext_noop("不能把题库出借给本单位。"))
    if not terms.strip():
        raise RuleViolation("itembank.loan_without_terms", gettext_noop("请写明出借约定。"))
    if last_day < first_day:
        raise RuleViolation("itembank.loan_days", gettext_noop("出借止日不能早于起日。"))
    loan = Loan.objects.create(
        bank=bank, borrower=borrower, first_day=first_day, last_day=last_day, terms=terms.strip(),
        levels=sorted(levels), kinds=sorted(kinds), scope=scope.strip().rstrip("-"),
        max_uses=max_uses, may_read=may_read, made_by=by, made_at=at,
    )  # fmt: skip
    ledger.record(
        "itembank.lent", subject=loan, org=bank.owner, by=by, at=at, bank=bank.pk,
        borrower=borrower.pk, first_day=first_day, last_day=last_day, levels=loan.levels,
        kinds=loan.kinds, scope=loan.scope, max_uses=max_uses, may_read=may_read,
        terms=loan.terms,
    )  # fmt: skip
    return loan


@transaction.atomic
def end_loan(*, loan_id: int, reason: str, by: User, at: datetime) -> Loan:
    """From this moment nothing more is read or used through it; what was used stays counted."""
    loan = (
        Loan.objects.select_for_update(of=("self",)).select_related("bank__owner").get(pk=loan_id)
    )
    if not reason.strip():
        raise RuleViolation("itembank.no_reason", gettext_noop("请填写原因。"))
    if loan.ended_at is not None:
        raise RuleViolation("itembank.loan_over", gettext_noop("该出借已经终止。"))
    loan.ended_by, loan.ended_at, loan.end_reason = by, at, reason.strip()[:200]
    loan.save(update_fields=["ended_by", "ended_at", "end_reason"])
    ledger.record(
        "itembank.loan_ended",
        subject=loan,
        org=loan.bank.owner,
        by=by,
        at=at,
        reason=reason.strip(),
    )
    return loan
