"""The papers in the five volumes, in Chinese whoever asks for them; identity numbers are masked."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.utils import timezone, translation

from jiangjie.applications.models import Application, ApplicationState
from jiangjie.applications.printing import review_summary
from jiangjie.archive.contents import FIFTH, FIRST, FOURTH
from jiangjie.certificates.models import Certificate
from jiangjie.documents.tables import Column, SignaturePlace, render_notice, render_table
from jiangjie.documents.typesetting import CannotTypeset
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch
from jiangjie.publicity.models import PublicityPeriod
from jiangjie.results import queries as results
from jiangjie.results import sheets

Paper = tuple[str, bytes | None]  # path; None where a character has no glyph in the typeface


def papers(batch: Batch, *, at: datetime) -> Iterator[Paper]:
    """Every paper that the batch has come to, in the order of the volumes."""
    cases = Application.objects.filter(batch=batch, submitted_at__isnull=False)
    cases = cases.select_related("person", "line").order_by("line_id", "unit_name", "pk")
    qualified = cases.filter(state=ApplicationState.QUALIFIED)
    made: list[tuple[str, bool, Callable[[], bytes]]] = [
        (f"{FIRST}/公告.pdf", hasattr(batch, "announcement"), lambda: _announcement(batch, at)),
        (f"{FIRST}/资格审核汇总表.pdf", cases.exists(),
         lambda: review_summary(batch, cases, at=at)),
        (f"{FIRST}/审核通过名册.pdf", qualified.exists(),
         lambda: _roll(batch, list(qualified), at)),
        *_periods(batch, "qualification", f"{FIRST}/资格公示.pdf", at),
        (f"{FOURTH}/结果汇总表.pdf", batch.decisions.exists(), lambda: _results(batch, at)),
        *_periods(batch, "result", f"{FOURTH}/结果公示.pdf", at),
    ]  # fmt: skip
    certificates = list(
        Certificate.objects.filter(batch=batch)
        .select_related("person")
        .order_by("level", "prefix", "year", "serial")
    )
    for path, make in (
        (f"{FIFTH}/证书数据审核确认表.pdf", _confirmation), (f"{FIFTH}/领取登记表.pdf", _receipts)
    ):  # fmt: skip
        made.append((path, bool(certificates), lambda m=make: m(batch, certificates, at)))  # type: ignore[misc]
    with translation.override("zh-hans"):
        for path, is_due, make_paper in made:
            if is_due:
                yield path, _printed(make_paper)


def _printed(make: Callable[[], bytes]) -> bytes | None:
    try:
        return make()
    except CannotTypeset:
        return None


def _announcement(batch: Batch, at: datetime) -> bytes:
    made = batch.announcement
    return render_notice(
        title=made.title,
        paragraphs=[
            *filter(None, made.body.splitlines()), f"咨询电话：{made.contact}",
            f"监督电话：{made.supervision_phone}",
        ],
        signer=batch.org.name, dated=timezone.localdate(made.published_at), printed_at=at,
    )  # fmt: skip


def _roll(batch: Batch, cases: Sequence[Application], at: datetime) -> bytes:
    return render_table(
        title="资格审核通过名册",
        subtitle=_heading(batch),
        columns=(
            Column("序号", None), Column("准考证号", None), Column("姓名"),
            Column("证件号码", None), Column("单位", 1.6), Column("职业（工种）", 2),
            Column("等级", None),
        ),
        rows=[
            (str(number), case.ticket or "--", case.person.name, case.person.id_masked,
             case.unit_name, _trade(case.line.frozen["occupation_name"], case.line.work_type),
             Level(case.line.level).certificate_text)
            for number, case in enumerate(cases, start=1)
        ],
        signatures=[SignaturePlace("评价办公室", seal=True)],
        printed_at=at,
        landscape=True,
    )  # fmt: skip


def _periods(
    batch: Batch, kind: str, path: str, at: datetime
) -> Iterator[tuple[str, bool, Callable[[], bytes]]]:
    for period in PublicityPeriod.objects.filter(batch=batch, kind=kind):
        yield path, True, lambda period=period: _publicity(batch, period, at)  # type: ignore[misc]


def _publicity(batch: Batch, period: PublicityPeriod, at: datetime) -> bytes:
    return render_table(
        title=period.title,
        subtitle=f"{'本批次无人合格。' if period.is_empty else ''}公示期：{period.first_day}至{period.last_day}（依据：{period.term_source}）",
        columns=(
            Column("序号", None), Column("姓名", None), Column("证件号码", None), Column("单位"),
            Column("职业（工种）"), Column("等级", None), Column("申报方式", None),
        ),
        rows=[
            (str(row["no"]), row["name"], row["id"], row["unit"],
             _trade(row["occupation"], row["work_type"]), row["level"], row["route"] or "--")
            for row in period.rows
        ],
        footer=f"SHA-256 {period.digest}",
        author=batch.org.name,
        printed_at=at,
        landscape=True,
    )  # fmt: skip


def _results(batch: Batch, at: datetime) -> bytes:
    parts = results.parts_in(batch)
    names = {1: "基层单位", 2: "评价办公室", 3: "评价委员会"}
    final = {signed.layer: signed for signed in results.sign_offs(batch)}
    return render_table(
        title="结果汇总表",
        subtitle=_heading(batch),
        columns=[Column(str(label)) for label in sheets.results_columns(parts)],
        rows=[
            [*map(str, line.fixed), *(sheets.part_text(line, part) for part in parts),
             str(line.outcome)]
            for line in sheets.lines(results.results_of(batch))
        ],
        signatures=[
            SignaturePlace(
                names[layer], signed.get_choice_display(), signer=str(signed.by),
                signed_on=timezone.localdate(signed.at),
            )
            for layer, signed in sorted(final.items())
        ],
        printed_at=at,
        landscape=True,
    )  # fmt: skip


def _confirmation(batch: Batch, certificates: Sequence[Certificate], at: datetime) -> bytes:
    return render_table(
        title="证书数据审核确认表",
        subtitle=_heading(batch),
        columns=(
            Column("序号", None), Column("姓名"), Column("证件号码", None),
            Column("职业（工种）", 1.6), Column("等级", None), Column("证书编号", None),
            Column("发证日期", None), Column("状态", None),
        ),
        rows=[
            (str(number), each.holder_name, each.person.id_masked,
             _trade(each.occupation_name, each.work_type), Level(each.level).certificate_text,
             each.number, each.issued_on.isoformat(), str(each.get_state_display()))
            for number, each in enumerate(certificates, start=1)
        ],
        signatures=[SignaturePlace("经办人"), SignaturePlace("审核人", seal=True)],
        printed_at=at,
        landscape=True,
    )  # fmt: skip


def _receipts(batch: Batch, certificates: Sequence[Certificate], at: datetime) -> bytes:
    return render_table(
        title="证书领取登记表",
        subtitle=_heading(batch),
        columns=(
            Column("序号", None), Column("姓名"), Column("证书编号", None),
            Column("等级", None), Column("领取日期", None), Column("领取人签名", 1.4),
        ),
        rows=[
            (str(number), each.holder_name, each.number, Level(each.level).certificate_text,
             each.handed_over_on.isoformat() if each.handed_over_on else "--", "")
            for number, each in enumerate(certificates, start=1)
        ],
        printed_at=at,
    )  # fmt: skip


def _heading(batch: Batch) -> str:
    return f"{batch.title}　　{batch.org.name}"


def _trade(occupation: str, work_type: str) -> str:
    return f"{occupation}（{work_type}）" if work_type else occupation
