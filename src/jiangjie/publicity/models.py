"""Publicity periods (公示) with their frozen masked list, and objections (异议)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.planning.models import Batch


class PeriodKind(models.TextChoices):
    QUALIFICATION = "qualification", _("资格公示")
    RESULT = "result", _("结果公示")


class PublicityPeriod(models.Model):
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="publicity_periods")
    kind = models.CharField(max_length=14, choices=PeriodKind)
    title = models.CharField(_("公示事项"), max_length=200)
    first_day = models.DateField(_("公示起始日"))
    last_day = models.DateField(_("公示截止日"))  # computed once, by rules.last_day
    # The term in force when it opened: a later change of the rules must not rewrite history.
    term_days = models.PositiveSmallIntegerField(_("公示天数"))
    term_calendar = models.CharField(max_length=8)  # workday | natural
    term_source = models.CharField(_("依据"), max_length=300)
    term_confidence = models.CharField(max_length=2)
    calendar = models.JSONField()  # the work calendar used, so that the clock can be re-computed
    rows = models.JSONField()  # the masked list as published, in order
    digest = models.CharField(max_length=64, db_collation="C")  # of `rows`
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_day")), name="publicity_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["batch", "kind"], name="publicity_once_a_kind"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_empty(self) -> bool:
        """A result that nobody passed: it is published as a sentence, not as a list."""
        return not self.rows


class ObjectionOutcome(models.TextChoices):
    UPHELD = "upheld", _("异议成立")
    DISMISSED = "dismissed", _("异议不成立")


class Objection(models.Model):
    """An objection against one listed person, or against the list (application is None).

    While it is open no certificate of that person (of the batch, when None) is issued.
    """

    period = models.ForeignKey(PublicityPeriod, models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="objections"
    )
    receipt = models.CharField(_("受理编号"), max_length=20, unique=True, db_collation="C")
    text = models.TextField(_("异议内容"))
    objector = models.CharField(_("姓名"), max_length=100, blank=True)  # "": anonymous
    contact = models.CharField(_("联系方式"), max_length=100, blank=True)
    raised_at = models.DateTimeField()
    answer_by_day = models.DateField(_("应答复日期"), null=True)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=ObjectionOutcome, blank=True)
    decision = models.TextField(_("处理决定"), blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="") | ~Q(settled_at=None) & ~Q(outcome=""),
                name="publicity_settled_with_an_outcome",
            )
        ]

    def __str__(self) -> str:
        return self.receipt
