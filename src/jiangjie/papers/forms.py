"""Forms check shapes; the services check rules. Points are typed in points and come out in hundredths."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiangjie.accounts.models import Role, User
from jiangjie.itembank.models import ElementTable, KindName
from jiangjie.orgs.models import Organisation
from jiangjie.papers import queries
from jiangjie.papers.models import Aim, Blueprint, Paper, PaperSet, ProofChoice
from jiangjie.papers.services import BlueprintWish
from jiangjie.planning.models import Batch


class BlueprintForm(forms.Form):
    title = forms.CharField(
        label=_("试卷名称"), max_length=200,
        help_text=_("印在试卷上，例如“起重装卸机械操作工三级理论知识试卷”。"),
    )  # fmt: skip
    table = forms.ModelChoiceField(
        ElementTable.objects.none(), label=_("鉴定要素细目表"), empty_label=None
    )
    batch = forms.ModelChoiceField(
        Batch.objects.none(), label=_("批次"), required=False,
        empty_label=_("不限（作为范本）"),
    )  # fmt: skip
    minutes = forms.IntegerField(
        label=_("考试时间（分钟）"), min_value=1, max_value=600, initial=90
    )
    forms_ = forms.IntegerField(label=_("正卷套数"), min_value=1, max_value=20, initial=2)
    spares = forms.IntegerField(label=_("备用卷套数"), min_value=0, max_value=5, initial=1)
    overlap = forms.IntegerField(
        label=_("任意两套至多相同的题数"), min_value=0, max_value=300, initial=0
    )
    by_weight = forms.BooleanField(
        label=_("按细目表的鉴定比重分配题数，先重要后一般，一个鉴定点至多一题"), required=False,
        initial=True,
    )  # fmt: skip
    aim = forms.ChoiceField(label=_("目标"), choices=Aim.choices, initial=Aim.DIFFICULTY)
    difficulty = forms.IntegerField(
        label=_("平均难度：预计得分率（%）"), min_value=1, max_value=99, initial=65,
        help_text=_("有30人以上作答的题用实测得分率，其余按命题人评的难度估计。"),
    )  # fmt: skip
    spread = forms.IntegerField(
        label=_("难度的离散：标准差（%）"), min_value=0, max_value=50, initial=12
    )
    max_uses = forms.IntegerField(
        label=_("只用至多使用过几次的题"), min_value=0, max_value=1000, required=False,
        help_text=_("空着表示不限。"),
    )  # fmt: skip
    rest_days = forms.IntegerField(
        label=_("多少天内用过的题不用"), min_value=0, max_value=3650, initial=0
    )
    rules = forms.JSONField(
        label=_("其他要求（JSON）"), required=False, initial=dict,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("counts、sums、exclusive、together、stimulus，写法同命令行组卷；列名为题型、范围、鉴定点、重要程度、难度、预计得分率、使用次数。"),
    )  # fmt: skip

    def __init__(self, org: Organisation, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        _queryset(self, "table", queries.tables_for(org))
        _queryset(self, "batch", queries.batches_for(org))
        for code, label in KindName.choices:
            self.fields[f"items_{code}"] = forms.IntegerField(
                label=_("%(kind)s题数") % {"kind": label}, min_value=0, max_value=500,
                required=False,
            )  # fmt: skip
            self.fields[f"points_{code}"] = forms.DecimalField(
                label=_("%(kind)s每题分值") % {"kind": label}, min_value=0, max_value=100,
                decimal_places=2, required=False, widget=forms.NumberInput(attrs={"step": "0.5"}),
            )  # fmt: skip

    @classmethod
    def initial_of(cls, blueprint: Blueprint) -> dict[str, Any]:
        shape = {
            f"{name}_{kind}": value
            for kind, items, points in blueprint.shape
            for name, value in (("items", items), ("points", f"{points / 100:g}"))
        }
        plain = ("title", "table", "batch", "minutes", "spares", "overlap", "by_weight", "aim",
                 "difficulty", "spread", "max_uses", "rest_days", "rules")  # fmt: skip
        return {**{name: getattr(blueprint, name) for name in plain},
                "forms_": blueprint.forms, **shape}  # fmt: skip

    @property
    def kinds(self) -> Iterable[tuple[str, Any, Any]]:
        """Rows of the table of kinds: label, field of the items, field of the points."""
        return [
            (str(label), self[f"items_{code}"], self[f"points_{code}"])
            for code, label in KindName.choices
        ]

    @property
    def plain(self) -> Iterable[Any]:
        """All fields but those of the kinds, of the rules and of the aim."""
        return [self[name] for name in ("title", "table", "batch", "minutes")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shape = []
        for code, label in KindName.choices:
            items, points = cleaned.get(f"items_{code}"), cleaned.get(f"points_{code}")
            if items and not points:
                self.add_error(
                    f"points_{code}", gettext("请填写%(kind)s的每题分值。") % {"kind": label}
                )
            elif items and points:
                shape.append((code, items, int(points * 100)))
        if not shape:
            self.add_error(None, gettext("请至少填写一种题型的题数和分值。"))
        cleaned["shape"] = shape
        cleaned["rules"] = cleaned.get("rules") or {}
        return cleaned

    def wish(self) -> BlueprintWish:
        names = ("title", "table", "batch", "minutes", "shape", "spares", "overlap", "by_weight",
                 "aim", "difficulty", "spread", "max_uses", "rest_days", "rules")  # fmt: skip
        return BlueprintWish(
            forms=self.cleaned_data["forms_"], **{name: self.cleaned_data[name] for name in names}
        )


def _queryset(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- tells the type checker
    field.queryset = rows


class BatchChoice(forms.Form):
    """For which batch a blueprint is assembled or copied."""

    batch = forms.ModelChoiceField(Batch.objects.none(), label=_("批次"))

    def __init__(self, org: Organisation, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        _queryset(self, "batch", queries.batches_for(org))


class SetFilter(forms.Form):
    q = forms.CharField(label=_("试卷或批次名称"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[("", _("全部")), ("draft", _("未密封")), ("sealed", _("已密封")),
                 ("withdrawn", _("已作废"))],
    )  # fmt: skip

    def narrow(self, sets: QuerySet[PaperSet]) -> QuerySet[PaperSet]:
        self.is_valid()
        text, state = (self.cleaned_data.get(name, "") for name in ("q", "state"))
        if text.strip():
            named = Q(title__icontains=text.strip()) | Q(batch__title__icontains=text.strip())
            sets = sets.filter(named)
        if state == "withdrawn":
            sets = sets.filter(withdrawn_at__isnull=False)
        elif state:
            sets = sets.filter(withdrawn_at=None, sealed_at__isnull=state == "draft")
        return sets


class BlueprintFilter(forms.Form):
    q = forms.CharField(label=_("方案或批次名称"), required=False, max_length=80)

    def narrow(self, blueprints: QuerySet[Blueprint]) -> QuerySet[Blueprint]:
        self.is_valid()
        text = self.cleaned_data.get("q", "").strip()
        if text:
            blueprints = blueprints.filter(
                Q(title__icontains=text) | Q(batch__title__icontains=text)
            )
        return blueprints


class _People(forms.Form):
    """Choices among people of the organisation on a day."""

    def people(self, name: str, users: QuerySet[User]) -> None:
        _queryset(self, name, users)


class ProofersForm(_People):
    experts = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("校对专家"), widget=forms.CheckboxSelectMultiple,
        help_text=_("组卷人不能校对自己组的试卷。"),
    )  # fmt: skip

    def __init__(self, papers: PaperSet, today: date, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        found = queries.people_with(papers.batch.org, queries.PROOFERS, today)
        self.people("experts", found.exclude(pk__in=[papers.made_by_id, papers.run.asked_by_id]))


class ProofForm(forms.Form):
    choice = forms.ChoiceField(label=_("结论"), choices=ProofChoice, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("校对意见"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回时写明哪一卷第几题有什么问题。"),
    )  # fmt: skip
    faulty = forms.CharField(
        label=_("不宜再用的试题代码"), required=False, max_length=2000,
        help_text=_("印在校对稿题后，用空格或逗号分隔；重新组卷时不再选用。"),
    )  # fmt: skip

    def clean_faulty(self) -> list[str]:
        text = self.cleaned_data["faulty"]
        return [code for code in text.replace("，", " ").replace(",", " ").split() if code]


class HoldersForm(_People):
    first = forms.ModelChoiceField(User.objects.none(), label=_("第一把密钥（评价办公室）"))
    second = forms.ModelChoiceField(
        User.objects.none(), label=_("第二把密钥（督导员或评价委员会）")
    )
    opens_at = forms.DateTimeField(
        label=_("启封时间"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("到这个时间，两人才能共同启封。"),
    )

    def __init__(self, papers: PaperSet, today: date, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        org = papers.batch.org
        self.people("first", queries.people_with(org, [Role.OFFICE], today))
        self.people("second", queries.people_with(org, queries.OVERSEERS, today))


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("作废原因"), max_length=300)


class HandoverForm(_People):
    paper = forms.ModelChoiceField(Paper.objects.none(), label=_("试卷"), empty_label=None)
    taker = forms.ModelChoiceField(User.objects.none(), label=_("接收人"))
    copies = forms.IntegerField(label=_("份数"), min_value=1, max_value=10_000)
    envelope = forms.CharField(label=_("封袋编号"), max_length=60)
    place = forms.CharField(label=_("交接地点"), max_length=200)
    note = forms.CharField(label=_("备注"), max_length=300, required=False)

    def __init__(self, papers: PaperSet, user: User, today: date, *args: Any, **wishes: Any):
        super().__init__(*args, **wishes)
        org = papers.batch.org
        staff = [role for role in Role if role != Role.WORKER]
        self.people("taker", queries.people_with(org, staff, today).exclude(pk=user.pk))
        _queryset(self, "paper", papers.papers.defer("content").order_by("is_spare", "form"))


class OpeningForm(forms.Form):
    place = forms.CharField(label=_("启封地点"), max_length=200)
    envelope = forms.CharField(label=_("封口检查"), max_length=200, initial=_("封口完好，封签未动"))
    first = forms.CharField(label=_("见证考生甲"), max_length=40)
    second = forms.CharField(
        label=_("见证考生乙"), max_length=40, help_text=_("填准考证号；姓名不重复时也可填姓名。")
    )
    reason = forms.CharField(label=_("启用备用卷的原因"), max_length=300, required=False)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("密钥码"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("照密钥条输入，不分大小写，横线可省略。"),
    )  # fmt: skip
