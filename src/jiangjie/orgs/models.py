"""Organisations, their tree, and what the bureau has filed for them (备案)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OrgKind(models.TextChoices):
    BUREAU = "bureau", _("人社部门")
    EVALUATOR = "evaluator", _("评价机构")
    EMPLOYER = "employer", _("用人单位")
    ALLIANCE = "alliance", _("联评体")


class Organisation(models.Model):
    """A bureau, an evaluating company, a unit of one, or an alliance. Not a person's team."""

    kind = models.CharField(_("类别"), max_length=10, choices=OrgKind)
    name = models.CharField(_("名称"), max_length=200, unique=True)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, db_collation="C")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units",
        verbose_name=_("上级单位"),
    )  # fmt: skip
    region = models.CharField(_("所在地行政区划代码"), max_length=6)
    address = models.CharField(_("地址"), max_length=300, blank=True)
    contact_phone = models.CharField(_("监督电话"), max_length=40, blank=True)
    is_demo = models.BooleanField(_("虚构"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~Q(uscc=""), name="orgs_uscc_is_unique"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="orgs_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class FilingState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("退回修改")
    FILED = "filed", _("已备案")
    REPLACED = "replaced", _("已被变更备案替代")
    REVOKED = "revoked", _("已撤销")


class Filing(models.Model):
    """备案 of one evaluator: by which bureau, under which prefix, in which period."""

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="filings")
    bureau = models.ForeignKey(Organisation, models.PROTECT, related_name="filings_received")
    state = models.CharField(max_length=10, choices=FilingState, default=FilingState.DRAFT)
    code = models.CharField(_("备案码"), max_length=40, blank=True)
    # Positions 1-13 of every certificate number (人社鉴发〔2019〕2号).
    prefix = models.CharField(_("证书编号前缀"), max_length=13, blank=True, db_collation="C")
    valid_from = models.DateField(_("有效期起"), null=True, blank=True)
    valid_until = models.DateField(_("有效期止"), null=True, blank=True)  # the last valid day
    note = models.TextField(_("说明"), blank=True)
    answer = models.TextField(_("审核意见"), blank=True)
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="filed")
                | (
                    ~Q(code="")
                    & ~Q(prefix="")
                    & Q(valid_from__isnull=False)
                    & Q(valid_until__isnull=False)
                ),
                name="orgs_filed_is_complete",
            ),
            models.UniqueConstraint(
                fields=["org"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
                name="orgs_one_open_filing",
            ),
            models.UniqueConstraint(
                fields=["org"], condition=Q(state="filed"), name="orgs_one_filing_in_force"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="orgs_filing_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["prefix"], condition=Q(state="filed"), name="orgs_filed_prefix_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.code}"


class FilingScope(models.Model):
    """One line of a filing's scope: an occupation (and work type) with its levels."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="scopes")
    occupation_code = models.CharField(_("职业编码"), max_length=12, db_collation="C")
    occupation_name = models.CharField(_("职业名称"), max_length=100)
    work_type = models.CharField(_("工种"), max_length=100, blank=True)  # "": every work type
    levels = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("等级"))  # ord 1-8

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "occupation_code", "work_type"], name="orgs_scope_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.occupation_name} {self.work_type}"


class FilingFile(models.Model):
    """One attachment of a filing: plan, people, premises, rules of the house."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="files")
    title = models.CharField(_("材料名称"), max_length=100)
    file_name = models.CharField(max_length=200)
    blob = models.ForeignKey("files.Blob", models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    # Taken out again while the filing could still be changed; what the bureau once saw stays.
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title


class AllianceMember(models.Model):
    """An evaluator's part in an alliance (联评体), from a day until a day."""

    alliance = models.ForeignKey(Organisation, models.PROTECT, related_name="alliance_members")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="alliances")
    is_lead = models.BooleanField(_("牵头单位"), default=False)
    since = models.DateField(_("自"))
    until = models.DateField(_("至"), null=True, blank=True)  # the last day

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "org"], condition=Q(until=None), name="orgs_member_once"
            ),
            models.UniqueConstraint(
                fields=["alliance"],
                condition=Q(until=None, is_lead=True),
                name="orgs_one_lead_of_an_alliance",
            ),
            models.CheckConstraint(condition=~Q(alliance=F("org")), name="orgs_not_its_own_member"),
        ]

    def __str__(self) -> str:
        return f"{self.org} · {self.alliance}"
