"""Occupations (职业分类大典 2022), work types, and the standards that evaluate them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiangjie.orgs.models import Organisation


class Occupation(models.Model):
    code = models.CharField(_("职业编码"), max_length=12, primary_key=True, db_collation="C")
    name = models.CharField(_("职业名称"), max_length=100)
    is_green = models.BooleanField(_("绿色职业"), default=False)
    is_digital = models.BooleanField(_("数字职业"), default=False)
    confidence = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class WorkType(models.Model):
    """工种/职业方向 of an occupation, in the standard's words."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="work_types")
    name = models.CharField(_("工种"), max_length=100)
    source = models.CharField(_("依据"), max_length=200, blank=True)
    confidence = models.CharField(max_length=2, default="U")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["occupation", "name"], name="catalogue_work_type_once")
        ]

    def __str__(self) -> str:
        return self.name


class StandardKind(models.TextChoices):
    NATIONAL = "national", _("国家职业标准")
    ENTERPRISE = "enterprise", _("行业企业评价规范")


class Standard(models.Model):
    """A version of a standard. Batches copy what they need of it; see planning.BatchLine."""

    code = models.CharField(_("标准编号"), max_length=60, db_collation="C")
    title = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(max_length=12, choices=StandardKind)
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="standards")
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)  # enterprise's
    levels = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("等级"))  # ord 1-8
    # Names of condition sets in the policy pack by level ord, e.g. {"3": "GZB-2018"}.
    conditions = models.JSONField(default=dict)
    related_occupations = ArrayField(models.CharField(max_length=12), default=list)
    related_majors = ArrayField(models.CharField(max_length=60), default=list)
    issued_on = models.DateField(_("颁布日期"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=300)
    confidence = models.CharField(max_length=2)
    is_current = models.BooleanField(_("现行"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "code"], nulls_distinct=False, name="catalogue_standard_once"
            )
        ]

    def __str__(self) -> str:
        return self.title
