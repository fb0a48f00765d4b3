"""Lists, forms and notices as a reader of the PDF finds them."""

from datetime import date

import pytest

from jiangjie.documents.tables import (
    Column,
    FormSection,
    SignaturePlace,
    render_form,
    render_notice,
    render_table,
)
from jiangjie.documents.typesetting import CannotTypeset
from tests.documents.sheets import AT, png, read, text_of

COLUMNS = [Column("序号", None, "center"), Column("姓名"), Column("证件号码", None), Column("结论")]


def rows(count: int) -> list[list[str]]:
    return [[str(n), "买买提·吐尔逊", "3702**********1234", "合格"] for n in range(1, count + 1)]


def test_a_list_repeats_its_header_and_numbers_its_pages() -> None:
    pdf = render_table(
        title="认定结果汇总表",
        subtitle="2026年第3批",
        columns=COLUMNS,
        rows=rows(120),
        footer="注：合格为60分。",
        signatures=[SignaturePlace("制表人"), SignaturePlace("负责人", seal=True)],
        printed_at=AT,
    )
    reader = read(pdf)
    texts = ["".join(page.extract_text().split()) for page in reader.pages]
    count = len(texts)
    assert count >= 3
    assert [text.count("序号姓名证件号码结论") for text in texts] == [1] * count
    assert [f"第{n}页共{count}页" in text for n, text in enumerate(texts, 1)] == [True] * count
    assert "认定结果汇总表2026年第3批" in texts[0]
    assert sum(text.count("买买提·吐尔逊3702**********1234合格") for text in texts) == 120
    assert texts[-1].index("注：合格为60分。") < texts[-1].index("制表人")
    assert texts[-1].count("签字") == 2
    assert texts[-1].count("（盖章）") == 1
    assert reader.metadata is not None
    assert reader.metadata.title == "认定结果汇总表"


@pytest.mark.parametrize(("landscape", "size"), [(False, (210, 297)), (True, (297, 210))])
def test_a_list_may_lie_across(landscape: bool, size: tuple[int, int]) -> None:
    pdf = render_table(
        title="公示", columns=COLUMNS, rows=rows(1), printed_at=AT, landscape=landscape
    )
    box = read(pdf).pages[0].mediabox
    assert (round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)) == size


def test_the_same_list_gives_the_same_bytes() -> None:
    first, second = (
        render_table(title="公示", columns=COLUMNS, rows=rows(40), printed_at=AT) for _ in range(2)
    )
    assert first == second


def test_five_thousand_rows_stay_small() -> None:
    pdf = render_table(title="大表", columns=COLUMNS, rows=rows(5000), printed_at=AT)
    assert len(pdf) < 1_500_000


def test_a_row_of_another_length_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="row 2 has 3 texts for 4 columns"):
        render_table(title="表", columns=COLUMNS, rows=[*rows(1), ["2", "甲", "乙"]], printed_at=AT)


def test_a_list_without_rows_shows_its_header() -> None:
    text = text_of(render_table(title="公示", columns=COLUMNS, rows=[], printed_at=AT))
    assert "公示序号姓名证件号码结论第1页共1页" in text


@pytest.mark.parametrize("photo", [None, png()])
def test_a_form_has_its_values_photograph_and_three_layers(photo: bytes | None) -> None:
    pdf = render_form(
        title="职业技能等级认定申报表",
        photo_place=True,
        photo=photo,
        sections=[
            FormSection(
                "基本信息",
                [
                    ("姓名", "王䶮㙍"),
                    ("工作单位", "甲港口集团有限公司前湾集装箱码头分公司"),
                    ("性别", "男"),
                    ("民族", "汉族"),
                    ("电话", "13800000000"),
                ],
            ),
            FormSection(
                "工作经历",
                columns=[Column("起止年月", None), Column("单位")],
                rows=[["2012.07—2017.06", "甲公司"]],
            ),
            FormSection("本人承诺", text="以上信息属实。\n如有虚假，责任自负。"),
        ],
        signatures=[
            SignaturePlace("班组初审", "属实，同意申报。", "赵六", date(2026, 6, 2)),
            SignaturePlace("部门复审", seal=True),
            SignaturePlace("评价机构终审", seal=True),
        ],
        footer="本表一式两份。",
        printed_at=AT,
    )
    text = text_of(pdf)
    for printed in (
        "姓名王䶮㙍",
        "工作单位甲港口集团有限公司前湾集装箱码头分公司性别男民族汉族电话13800000000",
        "起止年月单位2012.07—2017.06甲公司",
        "本人承诺以上信息属实。如有虚假，责任自负。",
        "审核意见班组初审属实，同意申报。签字：赵六2026年6月2日部门复审",
        "本表一式两份。",
    ):
        assert text.replace("照片", "").count(printed) == 1, printed
    assert text.count("年月日") == 2
    assert ("照片" in text, len(read(pdf).pages[0].images)) == (photo is None, int(bool(photo)))


def test_a_notice_names_number_attachments_signer_and_day() -> None:
    pdf = render_notice(
        title="关于开展2026年第三批职业技能等级认定工作的公告",
        reference="甲评〔2026〕12号",
        addressee="各单位：",
        paragraphs=["现将有关事项公告如下。", "一、认定职业。"],
        columns=[Column("职业", 2), Column("人数", None, "end")],
        rows=[["起重装卸机械操作工", "120"]],
        attachments=["申报条件", "申报表"],
        signer="甲港口集团有限公司",
        dated=date(2026, 6, 30),
        printed_at=AT,
    )
    assert text_of(pdf) == (
        "关于开展2026年第三批职业技能等级认定工作的公告甲评〔2026〕12号各单位：现将有关事项公告如下。"
        "一、认定职业。职业人数起重装卸机械操作工120附件：1.申报条件2.申报表"
        "甲港口集团有限公司2026年6月30日第1页共1页"
    )


def test_a_character_without_glyph_is_refused_in_lists_too() -> None:
    with pytest.raises(CannotTypeset, match="U\\+1F600"):
        render_table(title="表", columns=[Column("姓名")], rows=[["😀"]], printed_at=AT)
