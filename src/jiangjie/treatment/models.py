"""兑现待遇: rules by level and organisation, entitlements, and what was paid with its proof."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.certificates.models import Certificate
from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person


class AllowanceRule(models.Model):
    """What an employer pays a month for a level, from a month on, on the ground of a document."""

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="allowance_rules")
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    monthly_fen = models.PositiveIntegerField(_("月津贴（分）"))
    first_month = models.DateField(_("起始月"))  # first day of the month
    last_month = models.DateField(_("终止月"), null=True, blank=True)
    basis = models.CharField(_("依据文件"), max_length=200)
    funding = models.CharField(_("资金来源"), max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "level", "first_month"], name="treatment_rule_once"
            ),
            models.CheckConstraint(
                condition=Q(last_month=None) | Q(last_month__gte=F("first_month")),
                name="treatment_rule_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(monthly_fen__gt=0), name="treatment_rule_pays_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.level}"


class Entitlement(models.Model):
    """聘任: a certificate holder's claim to an allowance, from a month until a reason ends it."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="entitlement")
    person = models.ForeignKey(Person, models.PROTECT, related_name="entitlements")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="entitlements")
    rule = models.ForeignKey(AllowanceRule, models.PROTECT, related_name="entitlements")
    level = models.PositiveSmallIntegerField(_("等级"))  # ord
    post = models.CharField(_("聘任岗位"), max_length=100, blank=True)
    document = models.CharField(_("聘任文件"), max_length=200, blank=True)
    appointed_on = models.DateField(_("聘任日期"))
    first_month = models.DateField(_("起算月"))
    # The last month of a fixed term (聘期), or the one in which a reason ended it.
    last_month = models.DateField(_("终止月"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One person draws one level allowance at a time; a higher level ends the lower.
            models.UniqueConstraint(
                fields=["person", "org"],
                condition=Q(last_month=None),
                name="treatment_one_open_entitlement",
            ),
            models.CheckConstraint(
                condition=Q(last_month=None) | ~Q(end_reason=""),
                name="treatment_ends_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.level}"


class Payment(models.Model):
    """One month paid to one person, or what a later raise added to it (补发).

    The constraints forbid paying a month twice, and topping it up twice for one rate; what was
    reversed (红冲) stays on record and counts no more.
    """

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="payments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="payments")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="payments")
    month = models.DateField(_("所属月份"))  # first day of the month
    fen = models.PositiveIntegerField(_("金额（分）"))
    paid_on = models.DateField(_("发放日期"))
    voucher = models.CharField(_("凭证号"), max_length=60)
    proof = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    # The later rate up to which this tops the month up; None for the month's own payment.
    raised_to = models.ForeignKey(
        AllowanceRule, models.PROTECT, null=True, blank=True, related_name="back_payments"
    )
    reversed_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "org", "month"],
                condition=Q(raised_to=None, reversed_at=None),
                name="treatment_a_month_is_paid_once",
            ),
            models.UniqueConstraint(
                fields=["person", "org", "month", "raised_to"],
                condition=Q(raised_to__isnull=False, reversed_at=None),
                name="treatment_a_raise_is_paid_once",
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="treatment_pays_something"),
        ]
        indexes = [models.Index(fields=["org", "month"])]

    def __str__(self) -> str:
        return f"{self.month} {self.fen}"


STANDING = Q(reversed_at=None)  # a payment that counts


class Reversal(models.Model):
    """红冲单: that a recorded payment be struck, asked for by one and decided by another."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="reversals")
    reason = models.CharField(_("红冲原因"), max_length=200)
    slip = models.CharField(_("红字凭证号"), max_length=60)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(is_accepted=None) | Q(is_accepted=True),
                name="treatment_one_reversal_of_a_payment",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="treatment_reversal_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, is_accepted=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, is_accepted__isnull=False),
                name="treatment_reversal_decided_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.slip
