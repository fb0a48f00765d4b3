from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.certificates import queries
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.publicity.queries import Held


def _day() -> forms.DateInput:
    """A date control takes and shows ISO dates only, whatever the reader's language writes."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class IssueForm(forms.Form):
    issued_on = forms.DateField(
        label=_("发证日期"),
        widget=_day(),
        help_text=_(
            "印在证书上，技能提升补贴的申领期限由此起算，应与上传全国联网查询系统的日期一致。"
        ),
    )


class HandOverForm(forms.Form):
    on = forms.DateField(label=_("领取日期"), widget=_day())
    everybody = forms.BooleanField(label=_("本批次全部未领取的证书"), required=False)
    numbers = forms.MultipleChoiceField(required=False)

    def __init__(self, numbers: list[str], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["numbers"].choices = [(each, each) for each in numbers]  # type: ignore[attr-defined]
        self.all_numbers = numbers

    @property
    def chosen(self) -> list[str]:
        given = self.cleaned_data
        return self.all_numbers if given["everybody"] else list(given["numbers"])


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("撤销原因"),
        max_length=300,
        help_text=_("任何人核验该证书时都会看到原因，请勿写入个人隐私。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CaseFilter(forms.Form):
    """Over those who passed in one batch."""

    q = forms.CharField(label=_("姓名、证书编号、准考证号或单位"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            ("due", _("待发证")),
            ("issued", _("已发证")),
            ("unclaimed", _("未领取")),
            ("waiting", _("异议未决，暂缓")),
            ("excluded", _("异议成立，不发证")),
            ("revoked", _("已撤销")),
        ],
    )

    def narrow(self, cases: QuerySet[Application], holding: Held) -> QuerySet[Application]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q", "").strip():
            cases = cases.filter(
                Q(person__name__icontains=text)
                | Q(certificate__number__icontains=text)
                | Q(ticket=text)
                | Q(unit_name__icontains=text)
            )
        if state := given.get("state"):
            cases = queries.in_state(cases, holding, state)
        return cases


class CertificateFilter(forms.Form):
    """Over all certificates one may see."""

    q = forms.CharField(label=_("证书编号、姓名、职业或批次"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *CertificateState.choices]
    )
    year = forms.IntegerField(label=_("发证年份"), required=False, min_value=1990, max_value=2999)

    def narrow(self, certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q", "").strip():
            certificates = certificates.filter(
                Q(number__icontains="".join(text.split()))
                | Q(holder_name__icontains=text)
                | Q(occupation_name__icontains=text)
                | Q(batch__title__icontains=text)
            )
        if state := given.get("state"):
            certificates = certificates.filter(state=state)
        if year := given.get("year"):
            certificates = certificates.filter(issued_on__year=year)
        return certificates


class VerifyForm(forms.Form):
    number = forms.CharField(
        label=_("证书编号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("持证人姓名"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
