"""What the screens of organisations and filings take in."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.files.rules import EVIDENCE
from jiangjie.orgs.fields import DayField, LevelsField
from jiangjie.orgs.models import Filing, FilingState, Organisation, OrgKind
from jiangjie.orgs.rules import ScopeWish

FILEABLE = range(2, 9)  # 学徒工 is a company's own assessment and is not filed


class OrganisationFilter(forms.Form):
    q = forms.CharField(label=_("查询"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("类别"), required=False, choices=[("", _("全部类别")), *OrgKind.choices]
    )

    def narrow(self, orgs: QuerySet[Organisation]) -> QuerySet[Organisation]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            orgs = orgs.filter(Q(name__icontains=text) | Q(uscc=text.upper()))
        if kind := self.cleaned_data.get("kind"):
            orgs = orgs.filter(kind=kind)
        return orgs


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("单位名称"), max_length=200)
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=18, required=False,
        help_text=_("18位；提交备案前必须填写。"),
    )  # fmt: skip
    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    contact_phone = forms.CharField(label=_("监督电话"), max_length=40, required=False)


class EvaluatorForm(OrganisationForm):
    """A bureau opens the account of an organisation that wants to file."""

    region = forms.RegexField(
        r"[0-9]{6}", label=_("所在地行政区划代码"), help_text=_("6位，如370203。")
    )
    admin_name = forms.CharField(label=_("机构管理员姓名"), max_length=100)
    admin_username = forms.SlugField(label=_("机构管理员登录名"), max_length=60)


class FilingFilter(forms.Form):
    q = forms.CharField(label=_("查询"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *FilingState.choices]
    )
    occupation = forms.CharField(label=_("职业"), required=False, max_length=100)

    def narrow(self, filings: QuerySet[Filing]) -> QuerySet[Filing]:
        self.is_valid()
        if text := self.cleaned_data.get("q"):
            filings = filings.filter(
                Q(org__name__icontains=text) | Q(code__icontains=text) | Q(prefix=text.upper())
            )
        if state := self.cleaned_data.get("state"):
            filings = filings.filter(state=state)
        if occupation := self.cleaned_data.get("occupation"):
            filings = filings.filter(
                Q(scopes__occupation_code__startswith=occupation)
                | Q(scopes__occupation_name__icontains=occupation)
            ).distinct()
        return filings


class FilingForm(forms.Form):
    bureau = forms.ModelChoiceField(Organisation.objects.none(), label=_("备案部门"))
    note = forms.CharField(
        label=_("说明"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("评价方案、考评人员、场地设备、制度等情况。"),
    )  # fmt: skip

    def __init__(self, *args: Any, bureaus: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["bureau"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = bureaus


class ScopeForm(forms.Form):
    """One line of the scope. A line without an occupation is left out."""

    occupation_code = forms.CharField(
        label=_("职业编码"), max_length=12, required=False,
        widget=forms.TextInput(attrs={"list": "occupations", "placeholder": "6-30-05-01"}),
    )  # fmt: skip
    work_type = forms.CharField(
        label=_("工种"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"placeholder": _("不填为全部工种")}),
    )  # fmt: skip
    levels = LevelsField(levels=FILEABLE, required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("occupation_code") and not given.get("levels"):
            self.add_error("levels", _("请至少选择一个等级。"))
        if not given.get("occupation_code") and (given.get("work_type") or given.get("levels")):
            self.add_error("occupation_code", _("请填写职业编码。"))
        return given

    def wish(self) -> ScopeWish | None:
        given = self.cleaned_data
        if not given.get("occupation_code"):
            return None
        return ScopeWish(
            given["occupation_code"].split()[0], given["work_type"].strip(), tuple(given["levels"])
        )


ScopeFormSet = forms.formset_factory(
    ScopeForm,
    extra=3,  # blank lines to fill in
    max_num=300, validate_max=True,
    absolute_max=301,  # or a posted total would have Django build 2,000 forms
)  # fmt: skip


class AcceptForm(forms.Form):
    code = forms.CharField(label=_("备案码"), max_length=40)
    prefix = forms.CharField(  # type: ignore[assignment]  # a field takes the attribute's place
        label=_("证书编号前缀"), min_length=13, max_length=13,
        help_text=_("13位：类别字母、4位机构代码、2位省级代码、6位序列码。"),
    )  # fmt: skip
    valid_from = DayField(label=_("有效期起"))
    valid_until = DayField(label=_("有效期止"))
    answer = forms.CharField(
        label=_("审核意见"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class FileForm(forms.Form):
    """An attachment: what it is, and the file."""

    title = forms.CharField(
        label=_("材料名称"), max_length=100,
        widget=forms.TextInput(attrs={"list": "filing-files"}),
        help_text=_("如评价方案、考评人员名单、场地设备清单、管理制度。"),
    )  # fmt: skip
    file = forms.FileField(
        label=_("文件"), help_text=_("PDF、图片、Excel 或 Word，不超过20 MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(EVIDENCE))}),
    )  # fmt: skip


class AllianceForm(forms.Form):
    name = forms.CharField(label=_("联评体名称"), max_length=200)
    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    contact_phone = forms.CharField(label=_("监督电话"), max_length=40, required=False)


class AllianceMemberForm(forms.Form):
    org = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("成员单位"),
        help_text=_("在本部门有生效备案的评价机构。"),
    )
    since = DayField(label=_("自"))
    is_lead = forms.BooleanField(label=_("牵头单位"), required=False)

    def __init__(self, *args: Any, orgs: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["org"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
        field.queryset = orgs


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
