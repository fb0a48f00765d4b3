"""What the people's screens take in. One form for each kind of record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Occupation
from jiangjie.files.models import Blob
from jiangjie.files.services import store_upload
from jiangjie.orgs.fields import DayField, LevelField
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.queries import family_ids
from jiangjie.people import queries, rules
from jiangjie.people.models import (
    Achievement,
    Apprenticeship,
    Education,
    Employment,
    EmploymentKind,
    HeldCertificate,
    Honour,
    IdType,
    Person,
    ProfessionalTitle,
    Training,
)
from jiangjie.web import clock

EVIDENCE = frozenset({".pdf", ".jpg", ".jpeg", ".png"})


class PersonFilter(forms.Form):
    q = forms.CharField(
        label=_("姓名或证件号码"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("证件号码须完整")}),
    )  # fmt: skip
    unit = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("单位"), required=False, empty_label=_("全部单位")
    )
    team = forms.CharField(label=_("班组"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[("", _("在岗")), ("all", _("全部（含已离开）"))],
    )  # fmt: skip

    def __init__(self, *args: Any, orgs: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.orgs = orgs
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = orgs

    def narrow(self, people: QuerySet[Person], today: date) -> QuerySet[Person]:
        self.is_valid()
        given = self.cleaned_data
        people = queries.search(people, given.get("q", ""))
        ids = family_ids(unit) if (unit := given.get("unit")) else None
        if given.get("state") != "all":
            everywhere = ids or set(self.orgs.order_by().values_list("pk", flat=True))
            people = people.filter(queries.people_employed_in(everywhere, on=today))
        elif ids is not None:
            people = people.filter(
                Q(pk__in=Employment.objects.filter(org__in=ids).values("person"))
            )
        if team := given.get("team"):
            people = people.filter(
                Q(pk__in=Employment.objects.filter(team__icontains=team).values("person"))
            )
        return people


class PersonForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=100)
    id_type = forms.ChoiceField(label=_("证件类型"), choices=IdType.choices)
    id_number = forms.CharField(
        label=_("证件号码"), max_length=40, help_text=_("加密保存，之后只显示前后各四位。")
    )
    birth_date = DayField(label=_("出生日期"), required=False, help_text=_("居民身份证不必填写。"))
    nation = forms.CharField(label=_("民族"), max_length=30, required=False)
    schooling = forms.CharField(label=_("文化程度"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机号码"), max_length=20, required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("id_type") != IdType.RESIDENT and not given.get("birth_date"):
            self.add_error("birth_date", _("该证件类型须填写出生日期。"))
        return given


class PersonChangeForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=100)
    nation = forms.CharField(label=_("民族"), max_length=30, required=False)
    schooling = forms.CharField(label=_("文化程度"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机号码"), max_length=20, required=False)


class PurposeForm(forms.Form):
    purpose = forms.CharField(label=_("用途"), max_length=200)


class AccountForm(forms.Form):
    username = forms.CharField(label=_("登录名"), max_length=150)


class RecordForm(forms.Form):
    """Base of the records' forms. `orgs` are those that the writer may name as employer."""

    evidence = forms.FileField(label=_("证明材料"), required=False, help_text=_("PDF、JPG或PNG。"))

    def __init__(self, *args: Any, orgs: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.orgs = orgs
        self.order_fields([name for name in self.fields if name != "evidence"])

    def values(self) -> dict[str, Any]:
        """The record's own fields."""
        return {name: value for name, value in self.cleaned_data.items() if name != "evidence"}

    def stored_evidence(self) -> Blob | None:
        upload = self.cleaned_data["evidence"]
        return store_upload(upload, allowed=EVIDENCE, at=clock.now()) if upload else None


class _OccupationForm(RecordForm):
    """A record of an occupation: the dictionary names it, an older code needs its name."""

    occupation_code = forms.CharField(
        label=_("职业编码"), max_length=12,
        widget=forms.TextInput(attrs={"list": "occupations", "placeholder": "6-30-05-01"}),
    )  # fmt: skip
    occupation_name = forms.CharField(
        label=_("职业名称"), max_length=100, required=False,
        help_text=_("2022年版大典没有该编码时填写。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        code = given.get("occupation_code", "").strip()
        known = Occupation.objects.filter(pk=code).first()
        if known is not None:
            given["occupation_name"] = known.name
        elif not given.get("occupation_name"):
            self.add_error("occupation_code", _("2022年版大典没有这个编码，请核对或填写职业名称。"))
        given["occupation_code"] = code
        return given


class EmploymentForm(_OccupationForm):
    org = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("本系统内单位"), required=False,
        empty_label=_("不在本系统内"),
    )  # fmt: skip
    employer = forms.CharField(label=_("单位名称"), max_length=200, required=False)
    department = forms.CharField(label=_("部门"), max_length=100, required=False)
    team = forms.CharField(label=_("班组"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("用工形式"), choices=EmploymentKind.choices)
    work_type = forms.CharField(label=_("工种"), max_length=100, required=False)
    post_level = LevelField(label=_("岗位等级"), required=False)
    since = DayField(label=_("自"))
    until = DayField(
        label=_("至（不含）"), required=False, help_text=_("第一个不再任职的日期；在职不填。")
    )
    field_order = (
        "org", "employer", "department", "team", "kind", "occupation_code", "occupation_name",
        "work_type", "post_level", "since", "until", "evidence",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["org"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = self.orgs
        if not self.orgs.query.is_empty():
            return
        # A worker tells of other employers; into our organisation only the clerk puts him.
        del self.fields["org"]
        self.fields["employer"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if org := given.get("org"):
            given["employer"] = org.name
        elif not given.get("employer") and "org" not in self.errors:
            self.add_error("employer", _("请填写单位名称。"))
        since, until = given.get("since"), given.get("until")
        if since and until and until <= since:
            self.add_error("until", _("结束日期应晚于开始日期。"))
        return given


class HeldCertificateForm(_OccupationForm):
    number = forms.CharField(label=_("证书编号"), max_length=30)
    level = LevelField()
    issued_on = DayField(label=_("发证日期"))
    issuer = forms.CharField(label=_("评价机构"), max_length=200, required=False)
    field_order = (
        "number", "occupation_code", "occupation_name", "level", "issued_on", "issuer", "evidence",
    )  # fmt: skip

    def clean_number(self) -> str:
        return "".join(str(self.cleaned_data["number"]).split()).upper()


class EducationForm(RecordForm):
    school_type = forms.ChoiceField(
        label=_("院校类型"), choices=[(each, each) for each in rules.SCHOOL_TYPES]
    )
    school = forms.CharField(label=_("院校"), max_length=200, required=False)
    major = forms.CharField(label=_("专业"), max_length=100)
    since = DayField(label=_("入学日期"))
    until = DayField(label=_("毕业日期"), help_text=_("在读的填写预计毕业日期。"))
    graduated = forms.BooleanField(label=_("已毕业"), required=False, initial=True)
    goal_level_recognised = LevelField(label=_("经评估论证的培养目标等级"), required=False)
    field_order = (
        "school_type", "school", "major", "since", "until", "graduated", "goal_level_recognised",
        "evidence",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("毕业日期不能早于入学日期。"))
        return given


class TitleForm(RecordForm):
    grade = forms.ChoiceField(
        label=_("职称级别"), choices=[(each, each) for each in rules.TITLE_GRADES]
    )
    speciality = forms.CharField(label=_("专业"), max_length=100)
    granted_on = DayField(label=_("取得日期"))
    field_order = ("grade", "speciality", "granted_on", "evidence")


class ApprenticeshipForm(_OccupationForm):
    completed_on = DayField(label=_("学徒期满日期"))
    field_order = ("occupation_code", "occupation_name", "completed_on", "evidence")

    def values(self) -> dict[str, Any]:
        return {k: v for k, v in super().values().items() if k != "occupation_name"}


class HonourForm(RecordForm):
    name = forms.CharField(label=_("荣誉"), max_length=100)
    year = forms.IntegerField(label=_("年度"), min_value=1950, max_value=2100)
    field_order = ("name", "year", "evidence")


class AchievementForm(RecordForm):
    kind = forms.CharField(
        label=_("类别"), max_length=40,
        help_text=_("填写申报条件所列的编号或名称，如①、服役满5年。"),
    )  # fmt: skip
    text = forms.CharField(
        label=_("说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("kind", "text", "evidence")


class TrainingForm(RecordForm):
    programme = forms.CharField(label=_("培训项目"), max_length=200)
    hours = forms.IntegerField(label=_("学时"), min_value=1, max_value=10_000)
    finished_on = DayField(label=_("结业日期"))
    passed = forms.BooleanField(label=_("考核合格"), required=False)
    field_order = ("programme", "hours", "finished_on", "passed", "evidence")


@dataclass(frozen=True, slots=True)
class RecordKind:
    slug: str
    title: str | Promise
    icon: str
    related_name: str
    model: Any
    form: type[RecordForm]

    def initial(self, record: Any) -> dict[str, Any]:
        return {
            name: getattr(record, name)
            for name in self.form.base_fields
            if name != "evidence" and hasattr(record, name)
        }


RECORD_KINDS: Mapping[str, RecordKind] = {
    kind.slug: kind
    for kind in (
        RecordKind("employment", _("工作经历"), "briefcase", "employments", Employment, EmploymentForm),
        RecordKind(
            "certificate", _("职业技能证书"), "certificate", "held_certificates", HeldCertificate,
            HeldCertificateForm,
        ),
        RecordKind("education", _("学历"), "school", "educations", Education, EducationForm),
        RecordKind("title", _("职称"), "id-badge-2", "titles", ProfessionalTitle, TitleForm),
        RecordKind(
            "apprenticeship", _("学徒期满"), "hammer", "apprenticeships", Apprenticeship,
            ApprenticeshipForm,
        ),
        RecordKind("honour", _("荣誉"), "award", "honours", Honour, HonourForm),
        RecordKind("achievement", _("业绩与其他证明"), "star", "achievements", Achievement, AchievementForm),
        RecordKind("training", _("培训"), "book", "trainings", Training, TrainingForm),
    )
}  # fmt: skip
