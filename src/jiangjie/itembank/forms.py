"""Forms check shapes; the services check rules. Weights are typed in per cent, points in points."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.files.rules import IMAGES
from jiangjie.itembank.formats import FORMATS
from jiangjie.itembank.formats.exchange import read_key
from jiangjie.itembank.models import Bank, Element, ElementTable, Finding, Item, KindName, State
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import GROUPS, LETTERS
from jiangjie.itembank.rules.practical import ScoreRow, TaskContent
from jiangjie.kernel.levels import Level
from jiangjie.orgs.models import Organisation

if TYPE_CHECKING:
    TableChoices = forms.ModelChoiceField[ElementTable]
else:
    TableChoices = forms.ModelChoiceField  # generic for the type checker only

MOST_PARTS = 12
MOST_ROWS = 30
LONGEST = 20_000  # characters of one field


class Day(forms.DateInput):
    """A browser's own control takes ISO only, whatever the language of the page."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})


def level_choices(levels: Sequence[int] = ()) -> list[tuple[object, object]]:
    return [
        (level.value, gettext(level.certificate_text))
        for level in Level
        if not levels or level.value in levels
    ]


class BankForm(forms.Form):
    name = forms.CharField(label=_("题库名称"), max_length=100)
    occupation = forms.ModelChoiceField(
        Occupation.objects.none(), label=_("职业"), empty_label=_("请选择")
    )
    work_type = forms.CharField(
        label=_("工种"), max_length=100, required=False, help_text=_("各工种共用的题库不填。")
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Occupations without a standard have no element table, so no items.
        occupation = self.fields["occupation"]
        assert isinstance(occupation, forms.ModelChoiceField)  # noqa: S101 -- for the type
        occupation.queryset = (
            Occupation.objects.filter(standards__is_current=True).distinct().order_by("code")
        )


class LoanForm(forms.Form):
    borrower = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("借用单位"), empty_label=_("请选择"),
        help_text=_("联评体或合作的评价机构；其下属单位同样可用。"),
    )  # fmt: skip
    first_day = forms.DateField(label=_("自"), widget=Day())
    last_day = forms.DateField(label=_("至"), widget=Day())
    levels = forms.TypedMultipleChoiceField(
        label=_("等级"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("不选为全部等级。"),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("题型"), choices=KindName.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("不选为全部题型。"),
    )  # fmt: skip
    scope = forms.RegexField(
        r"^[A-Z]{1,2}(-[A-Z]{1,2})*$", label=_("范围代码"), required=False, max_length=40,
        help_text=_("只出借一个范围时填写，例如B-A；不填为全部。"),
    )  # fmt: skip
    max_uses = forms.IntegerField(
        label=_("使用次数上限"), required=False, min_value=1, max_value=1_000_000,
        help_text=_("一道题进入一份试卷计一次；不填为不限。"),
    )  # fmt: skip
    may_read = forms.BooleanField(label=_("借用单位的评价办公室可查看题目内容"), required=False)
    terms = forms.CharField(
        label=_("约定"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("用途、保密责任、依据的协议等。"),
    )  # fmt: skip

    def __init__(self, *args: Any, bank: Bank, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = self.fields["levels"]
        borrower = self.fields["borrower"]
        assert isinstance(levels, forms.TypedMultipleChoiceField)  # noqa: S101 -- for the type
        assert isinstance(borrower, forms.ModelChoiceField)  # noqa: S101
        levels.choices = level_choices()
        borrower.queryset = (
            Organisation.objects.filter(kind__in=["evaluator", "alliance"])
            .exclude(pk=bank.owner_id)
            .order_by("name")
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=200)


class ItemFilter(forms.Form):
    q = forms.CharField(
        label=_("试题代码或题目文字"), required=False, max_length=60,
        help_text=_("按文字查找会打开题目，并留下记录。"),
    )  # fmt: skip
    point = forms.CharField(label=_("鉴定点或范围代码"), required=False, max_length=40)
    kind = forms.ChoiceField(
        label=_("题型"), required=False, choices=[("", _("全部")), *KindName.choices]
    )
    level = forms.TypedChoiceField(
        label=_("等级"), required=False, coerce=int, empty_value=None, choices=[]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *State.choices]
    )
    difficulty = forms.TypedChoiceField(
        label=_("难度"), required=False, coerce=int, empty_value=None,
        choices=[("", _("全部")), *((n, str(n)) for n in range(1, 6))],
    )  # fmt: skip
    ORDER = {
        "code": "code", "point": "point__code", "difficulty": "latest__difficulty",
        "uses": "times_used", "p": "p_value",
    }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = self.fields["level"]
        assert isinstance(level, forms.TypedChoiceField)  # noqa: S101 -- for the type
        level.choices = [("", _("全部")), *level_choices()]

    def narrow(self, items: QuerySet[Item]) -> QuerySet[Item]:
        """All but the words, which only open bodies answer. Of queries.with_history."""
        self.is_valid()
        given = self.cleaned_data
        if point := given.get("point", "").strip().upper():
            items = items.filter(point__code__startswith=point)
        if kind := given.get("kind"):
            items = items.filter(kind=kind)
        if level := given.get("level"):
            items = items.filter(level=level)
        if state := given.get("state"):
            items = items.filter(shown_state=state)  # type: ignore[misc]
        if difficulty := given.get("difficulty"):
            items = items.filter(latest__difficulty=difficulty)
        if self.code:
            items = items.filter(code__icontains=self.code)
        return items.order_by(*self._order())

    @property
    def code(self) -> str:
        """The search, when it looks like a code."""
        text = self.cleaned_data.get("q", "").strip()
        return text if text.isascii() and "-" in text else ""

    @property
    def words(self) -> str:
        text: str = self.cleaned_data.get("q", "").strip()
        return "" if self.code else text

    def _order(self) -> list[str]:
        wanted = self.data.get("sort", "")
        field = self.ORDER.get(wanted.removeprefix("-"))
        if field is None:
            return ["level", "point__place", "code", "pk"]
        return [f"-{field}" if wanted.startswith("-") else field, "pk"]


class KindAndPoint(forms.Form):
    """The first step of a new item: what kind, at which point."""

    kind = forms.ChoiceField(label=_("题型"), choices=KindName.choices)
    point = forms.ModelChoiceField(
        Element.objects.none(), label=_("鉴定点"), empty_label=_("请选择")
    )

    def __init__(self, *args: Any, points: QuerySet[Element], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        point = self.fields["point"]
        assert isinstance(point, forms.ModelChoiceField)  # noqa: S101 -- for the type
        point.queryset = points


def _text(label: Any, rows: int, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, strip=True, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class ItemForm(forms.Form):
    """One item of a fixed kind. Incomplete ones may be kept; sending them asks for more."""

    def __init__(
        self,
        data: MultiValueDict[str, Any] | None = None,
        files: MultiValueDict[str, "UploadedFile[bytes]"] | None = None,
        *,
        kind: Kind,
        content: ItemContent | None = None,
        difficulty: int = 3,
        consistency: int | None = None,
    ) -> None:
        self.kind = kind
        content = content or ItemContent(kind, "")
        super().__init__(
            data,
            files,
            initial={**_initial(content), "difficulty": difficulty, "consistency": consistency},
        )
        fields: dict[str, forms.Field] = {
            "stem": _text(_("材料") if kind in GROUPS else _("题干"), 4),
        }
        if kind.has_options:
            for letter in LETTERS:
                fields[f"option_{letter}"] = _text(
                    gettext("选项%(letter)s") % {"letter": letter}, 1
                )
        fields.update(_key_field(kind))
        fields["explanation"] = _text(_("解析"), 2)
        if not kind.is_objective:
            fields["marking"] = _text(_("评分标准"), 3)
        fields["difficulty"] = forms.TypedChoiceField(
            label=_("难度"), coerce=int,
            choices=[(1, _("1 易")), (2, "2"), (3, _("3 中")), (4, "4"), (5, _("5 难"))],
        )  # fmt: skip
        fields["consistency"] = forms.TypedChoiceField(
            label=_("一致性"), coerce=int, required=False, empty_value=None,
            choices=[("", "—"), *((n, str(n)) for n in range(1, 6))],
        )  # fmt: skip
        places = [("stem", fields["stem"].label), *(
            (name, field.label) for name, field in fields.items()
            if name.startswith("option_") or (name in ("key", "explanation", "marking")
            and isinstance(field.widget, forms.Textarea))
        )]  # fmt: skip
        fields["figure"] = forms.FileField(
            label=_("插入图片"), required=False, help_text=_("PNG或JPEG；保存或预览时插入所选位置。"),
            widget=forms.FileInput(attrs={"accept": ",".join(sorted(IMAGES))}),
        )  # fmt: skip
        fields["figure_into"] = forms.ChoiceField(
            label=_("插入位置"), required=False, choices=places
        )
        self.fields.update(fields)
        self.parts = self._part_forms(content) if kind in GROUPS else []

    def _part_forms(self, content: ItemContent) -> list["PartForm"]:
        """As many as there are, and one more when it is asked for; never more than MOST_PARTS."""
        if not self.is_bound:
            initial = [_part_initial(part) for part in content.parts] or [{}]
            return [
                PartForm(prefix=f"part{number}", initial=each)
                for number, each in enumerate(initial, start=1)
            ]
        count = self.data.get("parts", "1")
        number = int(count) if count.isdecimal() and len(count) < 3 else 1
        number = min(max(1, number) + ("add_part" in self.data), MOST_PARTS)
        return [PartForm(self.data, prefix=f"part{place}") for place in range(1, number + 1)]

    def is_valid(self) -> bool:
        return super().is_valid() and all(part.is_valid() for part in self.parts)

    def content(self) -> ItemContent:
        """What is typed, after is_valid()."""
        given = self.cleaned_data
        options = [given.get(f"option_{letter}", "") for letter in LETTERS]
        while options and not options[-1]:
            options.pop()
        key = given.get("key", "")
        return ItemContent(
            self.kind, _lines(given["stem"]), tuple(_lines(each) for each in options),
            "".join(sorted(key)) if isinstance(key, list) else _lines(key),
            _lines(given["explanation"]), _lines(given.get("marking", "")),
            tuple(part.content() for part in self.parts if part.has_words),
        )  # fmt: skip

    def with_figure(self, markup: str) -> "ItemForm":
        """The same form with a picture's markup at the end of the chosen field."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        name = self.cleaned_data.get("figure_into") or "stem"
        before = data.get(name, "")
        joint = "" if name.startswith("option_") or not before else "\n"
        data[name] = f"{before}{joint}{markup}"
        form = ItemForm(data, kind=self.kind)
        form.is_valid()
        return form


class PartForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("题型"),
        choices=[each for each in KindName.choices if Kind(each[0]) not in GROUPS],
    )
    stem = _text(_("小题题干"), 2)
    options = _text(_("选项"), 4, help_text=_("选择题填写，一行一个。"))
    key = _text(
        _("答案"), 2,
        help_text=_("选择题填字母，判断题填对或错，填空题一空一行，其他题型填参考答案。"),
    )  # fmt: skip
    explanation = _text(_("解析"), 1)
    marking = _text(_("评分标准"), 2)

    @property
    def has_words(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("stem", "options", "key"))

    def content(self) -> ItemContent:

        given = self.cleaned_data
        kind = Kind(given["kind"])
        options = [line.strip() for line in given["options"].splitlines() if line.strip()]
        return ItemContent(
            kind, _lines(given["stem"]), tuple(options) if kind.has_options else (),
            read_key(kind, _lines(given["key"])), _lines(given["explanation"]),
            _lines(given["marking"]),
        )  # fmt: skip


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _key_field(kind: Kind) -> dict[str, forms.Field]:
    letters = [(letter, letter) for letter in LETTERS]
    if kind in GROUPS:
        return {}
    if kind is Kind.SINGLE:
        return {"key": forms.ChoiceField(
            label=_("正确答案"), choices=letters, required=False, widget=forms.RadioSelect
        )}  # fmt: skip
    if kind is Kind.MULTIPLE:
        return {"key": forms.MultipleChoiceField(
            label=_("正确答案"), choices=letters, required=False,
            widget=forms.CheckboxSelectMultiple,
        )}  # fmt: skip
    if kind is Kind.TRUE_FALSE:
        return {"key": forms.ChoiceField(
            label=_("正确答案"), choices=[("T", _("对")), ("F", _("错"))], required=False,
            widget=forms.RadioSelect,
        )}  # fmt: skip
    if kind is Kind.BLANK:
        return {"key": _text(
            _("正确答案"), 2,
            help_text=_("题干中用____标出空处；一空一行，多种写法用“|”隔开。"),
        )}  # fmt: skip
    return {"key": _text(_("参考答案"), 4)}


def _initial(content: ItemContent) -> dict[str, object]:
    key: object = list(content.key) if content.kind is Kind.MULTIPLE else content.key
    return {
        "stem": content.stem, "key": key, "explanation": content.explanation,
        "marking": content.marking,
        **{f"option_{letter}": text for letter, text
           in zip(LETTERS, content.options, strict=False)},
    }  # fmt: skip


def _part_initial(content: ItemContent) -> dict[str, object]:
    key = content.key
    if content.kind is Kind.TRUE_FALSE:
        key = {"T": "对", "F": "错"}.get(key, key)
    return {
        "kind": content.kind.value, "stem": content.stem, "options": "\n".join(content.options),
        "key": key, "explanation": content.explanation, "marking": content.marking,
    }  # fmt: skip


class ReviewForm(forms.Form):
    opinion = forms.CharField(
        label=_("审定意见"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("退回时必填，命题人会看到。"),
    )  # fmt: skip


class PairForm(forms.Form):
    finding = forms.ChoiceField(
        label=_("判断"), widget=forms.RadioSelect,
        choices=[choice for choice in Finding.choices if choice[0] != Finding.OPEN],
    )  # fmt: skip


class TableField(TableChoices):
    def label_from_instance(self, table: ElementTable) -> str:
        return table_label(table)


class ImportForm(forms.Form):
    form = forms.ChoiceField(label=_("格式"))
    file = forms.FileField(label=_("文件"))
    table = TableField(
        ElementTable.objects.none(), label=_("细目表"), empty_label=None,
        help_text=_("试题按鉴定点代码归入这张细目表。"),
    )  # fmt: skip
    default_point = forms.CharField(
        label=_("默认鉴定点"), required=False, max_length=40,
        help_text=_("文件中没有鉴定点的试题归入此点，例如A-A-001。"),
    )  # fmt: skip

    def __init__(self, *args: Any, tables: QuerySet[ElementTable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form, table = self.fields["form"], self.fields["table"]
        assert isinstance(form, forms.ChoiceField)  # noqa: S101 -- for the type
        assert isinstance(table, forms.ModelChoiceField)  # noqa: S101
        form.choices = format_choices()
        table.queryset = tables

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        table, code = given.get("table"), given.get("default_point", "").strip().upper()
        given["point"] = None
        if table is not None and code:
            given["point"] = table.elements.filter(code=code).exclude(importance="").first()
            if given["point"] is None:
                self.add_error("default_point", _("细目表中没有这个鉴定点。"))
        return given


def table_label(table: ElementTable) -> str:
    level = gettext(Level(table.level).certificate_text)
    return gettext("%(title)s　%(level)s　%(edition)s版") % {
        "title": table.standard.title, "level": level, "edition": table.edition,
    }  # fmt: skip


def format_choices() -> list[tuple[object, object]]:
    return [(each.name, gettext(each.label)) for each in FORMATS.values()]


class ExportForm(forms.Form):
    form = forms.ChoiceField(label=_("格式"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form = self.fields["form"]
        assert isinstance(form, forms.ChoiceField)  # noqa: S101 -- for the type
        form.choices = format_choices()


class TableForm(forms.Form):
    """Upload of an element table or a structure table."""

    part = forms.ChoiceField(
        label=_("类别"),
        choices=[
            ("theory", _("理论知识：鉴定要素细目表")),
            ("skill", _("操作技能：考核内容结构表")),
        ],
    )
    standard = forms.ModelChoiceField(
        Standard.objects.none(), label=_("职业标准"), empty_label=_("请选择")
    )
    level = forms.TypedChoiceField(label=_("等级"), coerce=int, choices=[])
    work_type = forms.CharField(label=_("工种"), max_length=100, required=False)
    edition = forms.CharField(label=_("版次"), max_length=20, help_text=_("例如2026。"))
    source = forms.CharField(
        label=_("依据"), max_length=300, help_text=_("从哪份标准、哪个题库或由谁编制。")
    )
    file = forms.FileField(
        label=_("Excel文件"), help_text=_("先下载模板填写；上传后先检查，不会改动。")
    )

    def __init__(self, *args: Any, org: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standard, level = self.fields["standard"], self.fields["level"]
        assert isinstance(standard, forms.ModelChoiceField)  # noqa: S101 -- for the type
        assert isinstance(level, forms.TypedChoiceField)  # noqa: S101
        level.choices = level_choices()
        standards = Standard.objects.filter(is_current=True, owner=None) | Standard.objects.filter(
            is_current=True, owner=org
        )
        standard.queryset = standards.order_by("title")


class TaskForm(forms.Form):
    """A practical task; the score sheet has a row a line."""

    title = forms.CharField(label=_("试题名称"), max_length=200)
    task = _text(_("试题正文"), 6)
    site_notice = _text(_("考场准备通知单"), 5, help_text=_("设备、材料、场地，一行一项。"))
    candidate_notice = _text(_("考生准备通知单"), 3)
    rows = forms.CharField(
        label=_("评分记录表"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("一行一项：考核内容 | 考核要求 | 配分 | 评分标准（扣分）。配分合计100分。"),
    )  # fmt: skip
    vetoes = _text(_("否定项"), 3, help_text=_("一行一项；出现其一，本题不得分。"))

    @classmethod
    def of(cls, title: str, content: TaskContent) -> "TaskForm":
        rows = "\n".join(
            f"{row.content} | {row.requirement} | {row.points / 100:g} | {row.criterion}"
            for row in content.rows
        )
        return cls(
            initial={
                "title": title, "task": content.task, "site_notice": content.site_notice,
                "candidate_notice": content.candidate_notice, "rows": rows,
                "vetoes": "\n".join(content.vetoes),
            }
        )  # fmt: skip

    def clean_rows(self) -> tuple[ScoreRow, ...]:
        rows = []
        lines = [line for line in self.cleaned_data["rows"].splitlines() if line.strip()]
        for number, line in enumerate(lines[: MOST_ROWS + 1], start=1):
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) != 4 or not cells[2].replace(".", "", 1).isdecimal():
                raise forms.ValidationError(
                    _("第%(row)d行应为“考核内容 | 考核要求 | 配分 | 评分标准”。"),
                    params={"row": number},
                )
            rows.append(ScoreRow(cells[0], cells[1], round(float(cells[2]) * 100), cells[3]))
        if len(rows) > MOST_ROWS:
            raise forms.ValidationError(_("最多%(most)d行。"), params={"most": MOST_ROWS})
        return tuple(rows)

    def content(self) -> TaskContent:
        given = self.cleaned_data
        return TaskContent(
            _lines(given["site_notice"]), _lines(given["candidate_notice"]), _lines(given["task"]),
            given["rows"], tuple(line.strip() for line in given["vetoes"].splitlines() if line.strip()),
        )  # fmt: skip
