"""What the policy screens take in."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangjie.kernel.clauses import Confidence
from jiangjie.policy.packs import Entry


class EntryFilter(forms.Form):
    q = forms.CharField(label=_("查询"), required=False, max_length=100)
    confidence = forms.ChoiceField(
        label=_("可信程度"),
        required=False,
        choices=[
            ("", _("全部")),
            ("sure", _("已核对原文")),
            ("unsure", _("未核对原文")),
            *((each.value, each.value) for each in Confidence),
        ],
    )

    def fits(self, entry: Entry) -> bool:
        self.is_valid()
        text = self.cleaned_data.get("q", "")
        wanted = self.cleaned_data.get("confidence", "")
        said = f"{entry.key} {entry.note} {entry.source}"
        is_wanted = wanted in ("", entry.confidence.value) or (
            wanted == ("sure" if entry.confidence.is_sure else "unsure")
        )
        return text in said and is_wanted


# Titles of the groups of entries, by the first part of their keys.
GROUPS = {
    "appointment": _("聘任"),
    "archive": _("档案"),
    "candidate": _("申报人"),
    "certificate": _("证书"),
    "combine": _("结果合成"),
    "eligibility": _("评聘条件"),
    "evaluator": _("评价对象"),
    "examiner": _("考评与监考人员"),
    "exceptional_routes": _("破格、越级、直接认定、免理论"),
    "filing": _("备案"),
    "level": _("等级设置"),
    "objection": _("异议"),
    "parts": _("考核组成"),
    "pass_mark": _("合格线"),
    "publicity": _("公示"),
    "report": _("结果报送"),
    "resit": _("补考"),
    "review": _("综合评审"),
    "score_recheck": _("成绩复核"),
    "signoff": _("审批层次"),
    "subsidy": _("补贴"),
    "supervisor": _("质量督导"),
    "theory": _("理论考试"),
    "treatment": _("待遇"),
    "upload": _("数据上传"),
    "vote": _("表决"),
}


class DaysField(forms.CharField):
    """Days, one a line or parted by blanks or commas, as 2027-01-01."""

    widget = forms.Textarea(attrs={"rows": 6, "placeholder": "2027-01-01"})

    def clean(self, value: str) -> list[date]:
        words = str(super().clean(value)).replace(",", " ").replace("，", " ").split()
        try:
            return sorted({date.fromisoformat(word) for word in words})
        except ValueError:
            raise forms.ValidationError(_("日期应写作2027-01-01，每行一个。")) from None


class YearForm(forms.Form):
    year = forms.IntegerField(label=_("年份"), min_value=2020, max_value=2099)
    days_off = DaysField(
        label=_("放假日"), help_text=_("通知所列的放假日期，每行一个；其中的周末可写可不写。")
    )
    made_up = DaysField(
        label=_("调休上班日"), required=False, help_text=_("上班的周六、周日，每行一个。")
    )
    source = forms.CharField(
        label=_("依据"), max_length=200, help_text=_("通知的名称和文号，如国办发明电〔2026〕X号。")
    )
