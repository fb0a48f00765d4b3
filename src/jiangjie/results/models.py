"""Scores by double entry, corrections, and the composite decision of each candidate."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.planning.models import Batch


class Part(models.TextChoices):
    THEORY = "theory", _("理论知识考试")
    PRACTICAL = "practical", _("操作技能考核")
    REVIEW = "review", _("综合评审")


class ScoreEntry(models.Model):
    """One typing-in of one part's score; two by different people make a Mark."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="score_entries")
    part = models.CharField(max_length=10, choices=Part)
    entry = models.PositiveSmallIntegerField()  # 1 or 2
    hundredths = models.PositiveSmallIntegerField(null=True, blank=True)
    is_absent = models.BooleanField(_("缺考"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "part", "entry"], name="results_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(is_absent=True, hundredths=None)
                | Q(is_absent=False, hundredths__lte=10000),
                name="results_entry_score_or_absent",
            ),
            models.CheckConstraint(condition=Q(entry__in=[1, 2]), name="results_entry_1_or_2"),
        ]

    def __str__(self) -> str:
        return f"{self.part} #{self.entry}"


class Mark(models.Model):
    """The score of a part on which both entries agree; afterwards only a Correction changes it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="marks")
    part = models.CharField(max_length=10, choices=Part)
    hundredths = models.PositiveSmallIntegerField(null=True, blank=True)
    is_absent = models.BooleanField(_("缺考"), default=False)
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "part"], name="results_mark_once"),
            models.CheckConstraint(
                condition=Q(is_absent=True, hundredths=None)
                | Q(is_absent=False, hundredths__lte=10000),
                name="results_mark_score_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.hundredths}"


class Correction(models.Model):
    """更正单: asked for with a reason by one person, decided by another."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="corrections")
    before_hundredths = models.PositiveSmallIntegerField(null=True)
    after_hundredths = models.PositiveSmallIntegerField(null=True)
    after_absent = models.BooleanField(default=False)
    reason = models.CharField(_("更正理由"), max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mark"], condition=Q(decided_at=None), name="results_one_open_correction"
            )
        ]

    def __str__(self) -> str:
        return self.reason[:20]


class Outcome(models.TextChoices):
    PASSED = "passed", _("合格")
    FAILED = "failed", _("不合格")
    ABSENT = "absent", _("缺考")


class Decision(models.Model):
    """The composite result of one candidate with all that it was computed from."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("评定结果"), max_length=8, choices=Outcome)
    inputs = models.JSONField()  # parts with pass mark and score, in hundredths; route
    explanation = models.JSONField()  # one entry per part: text, have, need, met, source
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["batch", "outcome"])]

    def __str__(self) -> str:
        return self.outcome
