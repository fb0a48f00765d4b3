"""The procedure as an object: versioned definitions, runs that pin one, signatures, records.

How far a run has come is NOT stored: rules.progress derives it from facts and signatures.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation


class Definition(models.Model):
    """One version of a procedure: 15 steps, 10 stages, 3 layers. Never changed.

    The bureau's versions are the minimum. An organisation's own one counts for new batches from
    its activation on; runs keep the version they began with.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(_("名称"), max_length=200)
    org = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)  # None: bureau's
    body = models.JSONField()
    digest = models.CharField(max_length=64, db_collation="C")
    made_by = models.ForeignKey(  # None: came with the program
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "code", "version"],
                name="procedures_definition_version_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Run(models.Model):
    """One pass through a procedure, e.g. of a batch; keeps the version it began with."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="runs")
    org = models.ForeignKey(Organisation, models.PROTECT)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.definition} #{self.pk}"


class Choice(models.TextChoices):
    PASS = "pass", _("同意")
    RETURN = "return", _("退回修改")
    REJECT = "reject", _("不同意")


class SignOff(models.Model):
    """One signature of one layer, for the run as a whole or for one candidate's case in it."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="sign_offs")
    step = models.CharField(max_length=10)  # code of the step
    layer = models.PositiveSmallIntegerField(_("评审层次"))  # 1-3
    subject = models.CharField(max_length=80, db_collation="C", blank=True)  # "": the whole run
    round = models.PositiveSmallIntegerField(default=1)  # rises when a case is returned
    choice = models.CharField(_("意见"), max_length=6, choices=Choice)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step", "layer", "subject", "round"],
                name="procedures_signed_once_a_layer",
            ),
            models.CheckConstraint(
                condition=models.Q(layer__range=(1, 3)), name="procedures_three_layers"
            ),
        ]
        indexes = [models.Index(fields=["run", "by"])]

    def __str__(self) -> str:
        return f"{self.step} L{self.layer} {self.choice}"


class StepRecord(models.Model):
    """What somebody recorded for a step or stage: done, or left out with its reason."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="records")
    step = models.CharField(max_length=10)  # code of the step or stage
    is_skipped = models.BooleanField(_("不适用"), default=False)
    note = models.CharField(_("记录"), max_length=1000, blank=True)
    evidence_kind = models.CharField(_("材料"), max_length=60, blank=True)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["run", "step"])]

    def __str__(self) -> str:
        return f"{self.step} {self.note[:20]}"
