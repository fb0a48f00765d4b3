"""Papers of the application stage: 申报表 and 资格审核汇总表, in Chinese whoever prints them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone, translation

from jiangjie.applications.models import Application, ApplicationState, Route
from jiangjie.documents.tables import (
    Column,
    FormSection,
    SignaturePlace,
    render_form,
    render_table,
)
from jiangjie.files import services as files
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch
from jiangjie.procedures.models import Choice, SignOff

LAYERS = {1: "基层单位初审", 2: "评价办公室复审", 3: "评价委员会审定"}
PROMISE = "本人承诺：所填信息和提交的材料真实、准确、完整；如有虚假，愿承担取消资格等后果。"


def application_form(case: Application, history: Sequence[SignOff], *, at: datetime) -> bytes:
    """申报表 of one case: person, wish, facts that counted, verdict, signatures of the layers."""
    facts = case.facts or {}
    with translation.override("zh-hans"):
        return render_form(
            title="职业技能等级认定申报表",
            subtitle=f"{case.batch.title}　　{case.batch.org.name}",
            photo_place=True,
            photo=files.read(case.photo) if case.photo else None,
            sections=[
                FormSection("基本信息", _about(case)),
                FormSection("申报信息", _wish(case)),
                FormSection(
                    "工作经历",
                    columns=(Column("起"), Column("止"), Column("职业"), Column("与申报职业的关系")),
                    rows=[
                        (job["from"], job["to"] or "至今", job["occupation"], _RELATIONS[job["relation"]])
                        for job in facts.get("employment", ())
                    ],
                ),
                FormSection(
                    "已取得的证书",
                    columns=(Column("证书编号", 2), Column("等级"), Column("发证日期")),
                    rows=[
                        (one["number"], Level(one["level"]).certificate_text, one["issued"])
                        for one in facts.get("certificates", ())
                    ],
                ),
                FormSection("个人承诺", text=PROMISE),
            ],
            signatures=[
                SignaturePlace("申报人", "本人已阅知并承诺如上。"),
                *(_signature(layer, title, history, case.round) for layer, title in LAYERS.items()
                  if layer < 3 or case.route != Route.REGULAR),
            ],
            footer="本表由系统按申报数据生成。",
            printed_at=at,
        )  # fmt: skip


_RELATIONS = {"same": "本职业", "related": "相关职业", "other": "其他"}


def _about(case: Application) -> list[tuple[str, str]]:
    person = case.person
    return [
        ("姓名", person.name),
        ("性别", {True: "女", False: "男", None: ""}[person.is_female]),
        ("出生日期", person.birth_date.isoformat() if person.birth_date else ""),
        ("民族", person.nation),
        ("文化程度", person.schooling),
        (person.id_type, person.id_masked),
        ("单位", case.unit_name),
        ("部门／班组", "／".join(filter(None, (case.department, case.team)))),
    ]


def _wish(case: Application) -> list[tuple[str, str]]:
    met = next(
        (one["text"] for one in case.verdict.get("clauses", ()) if one["id"] == case.clause), ""
    )
    return [
        ("职业", str(case.line.frozen["occupation_name"])),
        ("工种", case.line.work_type or "--"),
        ("等级", Level(case.line.level).certificate_text),
        ("申报方式", str(case.get_route_display())),
        ("符合的申报条件", met or ("按例外途径申报" if case.route != Route.REGULAR else "")),
        (
            "提交日期",
            timezone.localdate(case.submitted_at).isoformat() if case.submitted_at else "",
        ),
    ]


def _signature(layer: int, title: str, history: Sequence[SignOff], in_round: int) -> SignaturePlace:
    for signed in history:
        if signed.layer == layer and signed.round == in_round:
            words = Choice(signed.choice).label
            return SignaturePlace(
                title, f"{words}{'：' + signed.reason if signed.reason else ''}",
                signer=str(signed.by), signed_on=timezone.localdate(signed.at),
            )  # fmt: skip
    return SignaturePlace(title)


def review_summary(batch: Batch, cases: Iterable[Application], *, at: datetime) -> bytes:
    """资格审核汇总表 of a batch, one line a case."""
    with translation.override("zh-hans"):
        return render_table(
            title="资格审核汇总表",
            subtitle=f"{batch.title}　　{batch.org.name}",
            columns=(
                Column("序号", 0.5), Column("姓名"), Column("证件号码", 1.8), Column("单位", 1.6),
                Column("职业（工种）", 2), Column("等级", 1.2), Column("符合条款", 1.4),
                Column("审核结论", 1.1),
            ),
            rows=[
                (
                    str(number), case.person.name, case.person.id_masked, case.unit_name,
                    case.line.frozen["occupation_name"]
                    + (f"（{case.line.work_type}）" if case.line.work_type else ""),
                    Level(case.line.level).certificate_text, case.clause or "--",
                    str(ApplicationState(case.state).label),
                )
                for number, case in enumerate(cases, start=1)
            ],
            signatures=[SignaturePlace(title, seal=True) for title in list(LAYERS.values())[:2]],
            printed_at=at,
            landscape=True,
        )  # fmt: skip
