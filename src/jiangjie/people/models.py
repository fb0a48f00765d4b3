"""Workers and the records that prove what they may apply for.

Identity numbers are stored encrypted, with a keyed blind index for look-up; only
`people.services.reveal_id_number` decrypts one for a screen, and leaves an event.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation


class IdType(models.TextChoices):
    RESIDENT = "居民身份证", _("居民身份证")
    PASSPORT = "护照", _("护照")
    HK_MACAO = "港澳居民来往内地通行证", _("港澳居民来往内地通行证")
    TAIWAN = "台湾居民来往大陆通行证", _("台湾居民来往大陆通行证")
    RESIDENCE = "外国人永久居留身份证", _("外国人永久居留身份证")
    OTHER = "其他", _("其他")


class Person(models.Model):
    """A verified human being, once in the whole system, whoever employs him."""

    name = models.CharField(_("姓名"), max_length=100)
    id_type = models.CharField(_("证件类型"), max_length=20, choices=IdType)
    id_cipher = models.BinaryField()  # AES-GCM, nonce first
    id_index = models.BinaryField(max_length=32, unique=True)  # HMAC-SHA-256 of type and number
    id_masked = models.CharField(_("证件号码"), max_length=30)
    birth_date = models.DateField(_("出生日期"), null=True)
    is_female = models.BooleanField(_("女"), null=True)
    nation = models.CharField(_("民族"), max_length=30, blank=True)
    schooling = models.CharField(_("文化程度"), max_length=30, blank=True)
    phone = models.CharField(_("手机号码"), max_length=20, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person"
    )
    is_demo = models.BooleanField(_("虚构"), default=False)

    def __str__(self) -> str:
        return self.name


class Record(models.Model):
    """Something a person claims, perhaps with a document, perhaps checked by somebody."""

    evidence = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True


class EmploymentKind(models.TextChoices):
    STAFF = "staff", _("职工")
    DISPATCHED = "dispatched", _("劳务派遣")
    OUTSOURCED = "outsourced", _("劳务外包")
    INTERN = "intern", _("实习")


class Employment(Record):
    """A period in one occupation at one employer; `until` is the first day no longer employed."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="employments")
    org = models.ForeignKey(  # null: an employer that is not in the system
        Organisation, models.PROTECT, null=True, blank=True, related_name="employments"
    )
    employer = models.CharField(_("单位"), max_length=200)
    department = models.CharField(_("部门"), max_length=100, blank=True)
    team = models.CharField(_("班组"), max_length=100, blank=True)
    kind = models.CharField(
        _("用工形式"), max_length=12, choices=EmploymentKind, default=EmploymentKind.STAFF
    )
    occupation_code = models.CharField(_("职业编码"), max_length=12, db_collation="C")
    occupation_name = models.CharField(_("职业"), max_length=100)
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    post_level = models.PositiveSmallIntegerField(_("岗位等级"), null=True, blank=True)  # ord
    since = models.DateField(_("自"))
    until = models.DateField(_("至（不含）"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")),
                name="people_employment_ends_after_it_starts",
            )
        ]
        indexes = [models.Index(fields=["org", "person"])]

    def __str__(self) -> str:
        return f"{self.employer} {self.since}"


class HeldCertificate(Record):
    """A certificate from before or elsewhere; ours are certificates.Certificate."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="held_certificates")
    number = models.CharField(_("证书编号"), max_length=30, db_collation="C")
    occupation_code = models.CharField(_("职业编码"), max_length=12, db_collation="C")
    occupation_name = models.CharField(_("职业"), max_length=100)
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    issued_on = models.DateField(_("发证日期"))
    issuer = models.CharField(_("评价机构"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "number"], name="people_certificate_once")
        ]

    def __str__(self) -> str:
        return self.number


class Education(Record):
    person = models.ForeignKey(Person, models.CASCADE, related_name="educations")
    school_type = models.CharField(_("院校类型"), max_length=10)  # as in the eligibility facts
    school = models.CharField(_("院校"), max_length=200, blank=True)
    major = models.CharField(_("专业"), max_length=100)
    since = models.DateField(_("入学日期"), null=True, blank=True)
    until = models.DateField(_("毕业日期"))  # expected, while `graduated` is false
    graduated = models.BooleanField(_("已毕业"), default=True)
    goal_level_recognised = models.PositiveSmallIntegerField(
        _("经评估论证的培养目标等级"), null=True, blank=True
    )

    def __str__(self) -> str:
        return f"{self.school_type} {self.major}"


class ProfessionalTitle(Record):
    """职称 of one person."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="titles")
    grade = models.CharField(_("职称级别"), max_length=4)  # 初级 中级 副高 正高
    speciality = models.CharField(_("专业"), max_length=100)
    granted_on = models.DateField(_("取得日期"))

    def __str__(self) -> str:
        return f"{self.grade} {self.speciality}"


class Apprenticeship(Record):
    person = models.ForeignKey(Person, models.CASCADE, related_name="apprenticeships")
    occupation_code = models.CharField(_("职业编码"), max_length=12, db_collation="C")
    completed_on = models.DateField(_("学徒期满日期"))

    def __str__(self) -> str:
        return f"{self.occupation_code} {self.completed_on}"


class Honour(Record):
    """A government title or award, e.g. 齐鲁首席技师: never the level, never a post."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="honours")
    name = models.CharField(_("荣誉"), max_length=100)
    year = models.PositiveSmallIntegerField(_("年度"))

    def __str__(self) -> str:
        return f"{self.name} {self.year}"


class Achievement(Record):
    """Work shown for a clause that asks for it; `kind` is the pack's code, e.g. "①"."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="achievements")
    kind = models.CharField(_("类别"), max_length=40)
    text = models.CharField(_("说明"), max_length=500)

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


class Training(Record):
    """A course, e.g. 金蓝领; counts only where an exceptional route names it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="trainings")
    programme = models.CharField(_("培训项目"), max_length=200)
    hours = models.PositiveSmallIntegerField(_("学时"))
    finished_on = models.DateField(_("结业日期"))
    passed = models.BooleanField(_("考核合格"), default=False)

    def __str__(self) -> str:
        return self.programme
