"""Made-up data for the gallery of components; nothing here is a person or a rule in force."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.web.http import Refusal

LEVELS = [(2, _("初级工")), (3, _("中级工")), (4, _("高级工")), (5, _("技师"))]


class SampleForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=50)
    number = forms.CharField(
        label=_("证件号码"), help_text=_("18位公民身份号码，提交后只显示前后各四位。")
    )
    level = forms.TypedChoiceField(label=_("申报等级"), choices=LEVELS, coerce=int)
    since = forms.DateField(
        label=_("参加工作日期"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        required=False,
    )
    route = forms.ChoiceField(
        label=_("申报方式"),
        widget=forms.RadioSelect,
        choices=[("years", _("按工作年限")), ("school", _("按学历")), ("award", _("按竞赛成绩"))],
        initial="years",
    )
    proof = forms.FileField(
        label=_("工作年限证明"),
        help_text=_("PDF、JPG或PNG，不超过20 MB。可以把文件拖到框里。"),
        required=False,
    )
    note = forms.CharField(
        label=_("说明"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    promise = forms.BooleanField(label=_("本人承诺以上内容真实，愿承担相应责任"))


class SampleFilter(forms.Form):
    q = forms.CharField(label=_("姓名或证件号码"), required=False)
    level = forms.ChoiceField(
        label=_("等级"), required=False, choices=[("", _("全部等级")), *LEVELS]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), ("open", _("待审核"))]
    )


def _steps() -> list[dict[str, Any]]:
    names = (
        "编制年度评价计划", "备案范围核对与计划报备", "制定认定方案", "发布公告", "个人申报", "资格审核",
        "资格公示", "培训辅导", "命题组卷", "考务准备", "组织实施考评", "成绩汇总与评审审定", "结果公示",
        "数据上报与制证发证", "聘任与兑现待遇",
    )  # fmt: skip
    stages = (
        "考前准备会", "场地设备与材料核验", "考生身份核验", "试卷启封", "理论考试", "操作技能考核",
        "综合评审与答辩", "阅卷评分", "登分复核汇总", "考评组意见与封存归档",
    )  # fmt: skip
    steps: list[dict[str, Any]] = [
        {"number": number, "name": name, "state": "done" if number < 11 else "todo"}
        for number, name in enumerate(names, 1)
    ]
    for step in steps[:10]:
        step |= {"done_on": date(2026, 3, 2 + 2 * step["number"])}
    steps[7] |= {"state": "skipped", "done_on": None, "note": "本批次不组织培训"}
    steps[10] |= {
        "state": "open",
        "url": "#track",
        "waits_for": "第一考评组（组长 宋砚秋）",
        "until": date(2026, 6, 20),
        "basis": "考务实施方案第3节",
        "stages": [
            {"number": number, "name": name, "state": "done" if number < 6 else "todo"}
            for number, name in enumerate(stages, 1)
        ],
    }
    steps[10]["stages"][5] |= {
        "state": "open",
        "waits_for": "考评员3人独立评分",
        "until": date(2026, 6, 18),
    }
    steps[10]["stages"][6] |= {"state": "skipped", "note": "仅技师以上等级进行"}
    steps[12] |= {
        "state": "blocked",
        "waits_for": "评价办公室",
        "basis": "示例条款甲第八条",
        "note": "1件异议尚未处理，不能结束公示",
    }
    return steps


def _verdict(*, eligible: bool) -> dict[str, Any]:
    source = "示例技能标准（虚构）3.1"
    return {
        "eligible": eligible,
        "clause": "a" if eligible else None,
        "earliest_date": None if eligible else date(2027, 3, 1),
        "clauses": [
            {
                "id": "a",
                "text": "取得本职业四级/中级工证书后，累计从事本职业工作满5年",
                "source": source,
                "confidence": "S",
                "met": eligible,
                "conditions": [
                    {
                        "text": "本职业四级/中级工证书",
                        "met": True,
                        "need": "1本",
                        "have": "2021-03-01取得",
                        "missing": "",
                    },
                    {
                        "text": "取证后累计工作年限",
                        "met": eligible,
                        "need": "满5年",
                        "have": "5年3个月" if eligible else "4年4个月",
                        "missing": "" if eligible else "8个月",
                    },
                ],
            },
            {
                "id": "b",
                "text": "取得本职业四级/中级工证书，并具有技师学院本专业毕业证书",
                "source": source,
                "confidence": "M",
                "met": False,
                "conditions": [
                    {
                        "text": "技师学院本专业毕业证书",
                        "met": False,
                        "need": "1本",
                        "have": "无",
                        "missing": "毕业证书",
                    }
                ],
            },
        ],
    }


def samples(query: QueryDict) -> dict[str, Any]:
    text = "示例条文：公示期不少于规定的工作日，公示内容包括姓名、职业和等级。"
    people = [
        ("宋砚秋", "370200********1234", "前湾作业部", 4, 8650, "待复审", "wait"),
        ("古丽娜尔·买买提", "370200********562X", "大港作业部", 5, 5950, "退回", "bad"),
        ("欧阳䶮", "370200********0018", "前湾作业部", 7, 9225, "通过", "done"),
    ]
    return {
        "form": SampleForm(),
        "bad_form": SampleForm({"name": "", "number": "37020019900230", "route": "years"}),
        "filter": SampleFilter(query or None),
        "page": Paginator(range(1, 486), 20).get_page(query.get("page")),
        "people": [
            dict(
                zip(
                    ("name", "number", "unit", "level", "score", "state", "tone"),
                    person,
                    strict=True,
                )
            )
            for person in people
        ],
        "clauses": [Clause(mark.name, text, "示例条款（虚构）第八条", mark) for mark in Confidence],
        "refusal": Refusal(
            "publicity.not_over_yet",
            "公示尚未期满，2026年7月1日起方可结束。",
            "示例条款（虚构）第八条",
        ),
        "steps": _steps(),
        "verdicts": [_verdict(eligible=True), _verdict(eligible=False)],
        "events": [
            {
                "at": datetime(2026, 6, 12, 1, 5, tzinfo=UTC),
                "title": "个人申报",
                "who": "宋砚秋",
                "text": "上传证明材料2份",
                "tone": "done",
            },
            {
                "at": datetime(2026, 6, 13, 8, 40, tzinfo=UTC),
                "title": "基层初审退回",
                "who": "李望舒（前湾作业部经办人）",
                "text": "年限证明缺少公章",
                "tone": "bad",
            },
            {
                "at": datetime(2026, 6, 15, 2, 30, tzinfo=UTC),
                "title": "再次提交",
                "who": "宋砚秋",
                "text": "",
                "tone": "open",
            },
        ],
        "facts": [("职业", "起重装卸机械操作工"), ("工种", "门座式起重机司机"), ("报名人数", 128)],
        "boxes": [("考评组组长", "宋砚秋"), ("考评员", ""), ("内部督导员", "")],
        "orders": range(1, 9),
        "digest": "9f2b6c1d7e04a1b2c3d4e5f60718293a4b5c6d7e8f9012345678901234567890",
        "day": date(2026, 6, 30),
    }
