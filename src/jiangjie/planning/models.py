"""Annual plans, batches with what they froze, announcements."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Standard
from jiangjie.orgs.models import Organisation
from jiangjie.policy.models import PackVersion
from jiangjie.procedures.models import Run


class AnnualPlan(models.Model):
    """编制年度评价计划: what an evaluator means to do in a year."""

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField(_("年度"))
    note = models.TextField(_("说明"), blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.CharField(_("退回理由"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "year"], name="planning_one_plan_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.year}"


class PlanLine(models.Model):
    plan = models.ForeignKey(AnnualPlan, models.CASCADE, related_name="lines")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="+")
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    people = models.PositiveIntegerField(_("计划人数"))
    month = models.PositiveSmallIntegerField(_("计划月份"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "standard", "work_type", "level"], name="planning_plan_line_once"
            ),
            models.CheckConstraint(
                condition=Q(month__range=(1, 12)) & Q(people__gt=0),
                name="planning_plan_line_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.level}"


class Batch(models.Model):
    """One evaluation from plan to reward (认定批次), with the rules it began with.

    Its state is derived (queries.batch_track); the dates here are facts.
    """

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="batches")
    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="batches")
    number = models.CharField(_("批次编号"), max_length=30)  # e.g. "2026-01"
    title = models.CharField(_("名称"), max_length=200)
    run = models.OneToOneField(Run, models.PROTECT, related_name="batch")
    pack = models.ForeignKey(PackVersion, models.PROTECT, related_name="+")
    as_of = models.DateField(_("条件截止日"))  # years of service count up to this day
    apply_from = models.DateField(_("申报起始日"))
    apply_until = models.DateField(_("申报截止日"))  # the last day, in full
    exam_on = models.DateField(_("考评日期"))
    venue = models.CharField(_("考评地点"), max_length=300)
    method = models.TextField(_("认定方案"), blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    # Rises when a returned scheme has been revised; signatures of S03 name it.
    scheme_round = models.PositiveSmallIntegerField(default=1)
    reported_at = models.DateTimeField(null=True, blank=True)  # plan reported to the bureau
    report_receipt = models.CharField(_("报备回执"), max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "number"], name="planning_batch_number_once"),
            models.CheckConstraint(
                condition=Q(apply_until__gte=F("apply_from")) & Q(exam_on__gt=F("apply_until")),
                name="planning_batch_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BatchLine(models.Model):
    """One standard × work type × level of a batch; `frozen` is the standard as it was."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="lines")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="+")
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    planned = models.PositiveIntegerField(_("计划人数"), default=0)
    # code, title, occupation code and name, condition set name, related lists (rules.freeze)
    frozen = models.JSONField()
    digest = models.CharField(max_length=64, db_collation="C")  # of `frozen`

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "standard", "work_type", "level"], name="planning_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.work_type} {self.level}"


class Announcement(models.Model):
    """发布公告: what the public page of a batch says, fixed when it is published."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="announcement")
    title = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("正文"))
    contact = models.CharField(_("咨询电话"), max_length=60)
    supervision_phone = models.CharField(_("监督电话"), max_length=60)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title
