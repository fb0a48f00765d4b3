"""Forms check shapes; the services check rules. Amounts are typed in yuan and come out in fen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.files.rules import EVIDENCE
from jiangjie.kernel.levels import Level
from jiangjie.kernel.money import BadAmount, parse_yuan
from jiangjie.treatment.models import Entitlement

MAX_FEN = 100_000_000  # a million yuan a month: beyond it somebody mistyped (house decision)


class Day(forms.DateInput):
    """A browser's own control takes ISO only, whatever the language of the page."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})


class MonthField(forms.DateField):
    """ "2026-05" → the first day of the month."""

    def __init__(self, **wishes: Any) -> None:
        wishes.setdefault("widget", forms.DateInput(format="%Y-%m", attrs={"type": "month"}))
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], **wishes)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return day.replace(day=1) if isinstance(day, date) else day


class YuanField(forms.CharField):
    """ "1,234.50" → 123450 fen, more than nothing."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            fen = parse_yuan(text)
        except BadAmount as why:
            raise forms.ValidationError(gettext(why.text) % why.values) from why
        if not 0 < fen <= MAX_FEN:
            raise forms.ValidationError(gettext("金额应大于零且不超过一百万元。"))
        return fen


def _levels() -> list[tuple[object, object]]:
    """From 初级工 on: a 学徒工 has no certificate to draw an allowance on."""
    return [
        (level.value, gettext(level.certificate_text))
        for level in Level
        if level is not Level.APPRENTICE
    ]


# ---- over lists -----------------------------------------------------------------------------


class Sorted(forms.Form):
    """A filter form whose list is sorted by `?sort=`; `ORDER` names the fields."""

    ORDER: dict[str, str] = {}

    def in_order(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.data.get("sort", "")
        field = self.ORDER.get(wanted.removeprefix("-"))
        if field is None:
            return rows
        return rows.order_by(f"-{field}" if wanted.startswith("-") else field, "pk")


class MonthFilter(Sorted):
    month = MonthField(label=_("所属月份"), required=False)
    q = forms.CharField(label=_("姓名、单位或证书编号"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("due", _("应发")), ("paid", _("已发"))],
    )
    ORDER = {
        "name": "person__name",
        "unit": "certificate__application__unit_name",
        "level": "level",
        "number": "certificate__number",
    }

    def narrow(self, entitlements: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
        """Of queries.in_month."""
        self.is_valid()
        entitlements = _matching(entitlements, self.cleaned_data.get("q", ""))
        if state := self.cleaned_data.get("state"):
            entitlements = entitlements.filter(is_paid=state == "paid")  # type: ignore[misc]
            if state == "due":
                entitlements = entitlements.filter(certificate__state=CertificateState.VALID)
        return self.in_order(entitlements)


def _matching(entitlements: QuerySet[Entitlement], text: str) -> QuerySet[Entitlement]:
    if not (text := text.strip()):
        return entitlements
    return entitlements.filter(
        Q(person__name__icontains=text)
        | Q(certificate__application__unit_name__icontains=text)
        | Q(certificate__number__icontains="".join(text.split()))
    )


class EntitlementFilter(Sorted):
    q = forms.CharField(label=_("姓名、单位或证书编号"), required=False, max_length=80)
    level = forms.TypedChoiceField(
        label=_("等级"), required=False, coerce=int, empty_value=None, choices=[]
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")), ("running", _("享受中")), ("ended", _("已终止")),
            ("revoked", _("证书已撤销")),
        ],
    )  # fmt: skip
    ORDER = {
        "name": "person__name",
        "level": "level",
        "first": "first_month",
        "paid": "paid_fen",
    }

    def __init__(self, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        self.fields["level"].choices = [("", gettext("全部")), *_levels()]  # type: ignore[attr-defined]

    def narrow(self, entitlements: QuerySet[Entitlement], month: date) -> QuerySet[Entitlement]:
        self.is_valid()
        given = self.cleaned_data
        entitlements = _matching(entitlements, given.get("q", ""))
        if level := given.get("level"):
            entitlements = entitlements.filter(level=level)
        is_over = Q(last_month__isnull=False, last_month__lt=month)
        if state := given.get("state"):
            entitlements = entitlements.filter(
                {
                    "running": ~is_over,
                    "ended": is_over,
                    "revoked": Q(certificate__state=CertificateState.REVOKED),
                }[state]
            )
        return self.in_order(entitlements)


class CertificateFilter(Sorted):
    q = forms.CharField(label=_("姓名、单位、证书编号或批次"), required=False, max_length=80)
    level = forms.TypedChoiceField(
        label=_("等级"), required=False, coerce=int, empty_value=None, choices=[]
    )
    batch = forms.IntegerField(required=False, widget=forms.HiddenInput)
    ORDER = {
        "name": "holder_name",
        "unit": "application__unit_name",
        "level": "level",
        "issued": "issued_on",
    }

    def __init__(self, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        self.fields["level"].choices = [("", gettext("全部")), *_levels()]  # type: ignore[attr-defined]

    def narrow(self, certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q", "").strip():
            certificates = certificates.filter(
                Q(holder_name__icontains=text)
                | Q(application__unit_name__icontains=text)
                | Q(number__icontains="".join(text.split()))
                | Q(batch__title__icontains=text)
            )
        if level := given.get("level"):
            certificates = certificates.filter(level=level)
        if batch := given.get("batch"):
            certificates = certificates.filter(batch=batch)
        return self.in_order(certificates)


# ---- deeds ----------------------------------------------------------------------------------


class Choosing(forms.Form):
    """A deed over chosen lines of a list, or over the whole list without ticking each."""

    everybody = forms.BooleanField(label=_("名单中的全部人员"), required=False)

    def __init__(self, *args: Any, chosen: Sequence[str] = (), **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        self.ids = {int(each) for each in chosen if each.isascii() and each.isdigit()}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("everybody") and not self.ids:
            self.add_error("everybody", gettext("请在名单中勾选人员，或选择全部人员。"))
        return given


class PaymentForm(Choosing):
    month = MonthField(widget=forms.HiddenInput(attrs={"id": "id_pay_month"}))
    # The sum that the payer saw for everybody: another one is refused by the service.
    total_fen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    paid_on = forms.DateField(label=_("发放日期"), widget=Day)
    voucher = forms.CharField(
        label=_("凭证号"), max_length=60, help_text=_("工资发放表或银行代发的编号。")
    )
    proof = forms.FileField(
        label=_("发放凭证"),
        required=False,
        help_text=_("PDF、图片、Excel 或 Word，不超过20 MB，如银行回单、工资表。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(EVIDENCE))}),
    )
    field_order = ("paid_on", "voucher", "proof", "everybody")


class BackPayForm(PaymentForm):
    """As a payment, over months that are short of their rate."""

    month = None  # type: ignore[assignment]  # each line has its own
    everybody = forms.BooleanField(label=_("名单中的全部差额"), required=False)
    field_order = ("paid_on", "voucher", "proof", "everybody")


class ReversalForm(forms.Form):
    reason = forms.CharField(
        label=_("红冲原因"), max_length=200, help_text=_("写明错在哪里，如登记月份有误、退款。")
    )
    slip = forms.CharField(
        label=_("红字凭证号"), max_length=60, help_text=_("财务红字凭证或退款凭证的编号。")
    )


class AppointForm(Choosing):
    appointed_on = forms.DateField(label=_("聘任日期"), widget=Day)
    first_month = MonthField(label=_("津贴起算月"), help_text=_("不早于发证当月。"))
    term_until = MonthField(
        label=_("聘期至"), required=False, help_text=_("有聘期的填写最后一个月，没有的不填。")
    )
    post = forms.CharField(label=_("聘任岗位"), max_length=100, required=False)
    document = forms.CharField(
        label=_("聘任文件"), max_length=200, required=False, help_text=_("文件名称和文号。")
    )
    field_order = ("appointed_on", "first_month", "term_until", "post", "document", "everybody")


class RateForm(forms.Form):
    level = forms.TypedChoiceField(label=_("等级"), coerce=int, choices=[])
    amount = YuanField(label=_("月津贴（元）"), max_length=20)
    first_month = MonthField(label=_("起始月"), help_text=_("从该月起替代该等级原来的标准。"))
    basis = forms.CharField(
        label=_("依据文件"), max_length=200, help_text=_("本单位文件的名称和文号。")
    )
    funding = forms.CharField(label=_("资金来源"), max_length=100, required=False)

    def __init__(self, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        self.fields["level"].choices = _levels()  # type: ignore[attr-defined]


class EndForm(forms.Form):
    last_month = MonthField(label=_("最后发放月份"))
    reason = forms.CharField(label=_("终止原因"), max_length=200)
