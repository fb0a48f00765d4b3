"""The certificate as a reader of the PDF finds it (人社鉴发〔2021〕1号, R-12)."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.documents.certificates import (
    CertificateDocument,
    render_certificate_book,
    render_certificates,
)
from jiangjie.documents.pictures import BadPicture
from jiangjie.documents.typesetting import CannotTypeset
from jiangjie.documents.wording import FORBIDDEN_WORDS, check_certificate_wording
from jiangjie.kernel.errors import RuleViolation
from tests.documents.sheets import AT, WANG, png, read, text_of


def one(item: CertificateDocument, at: datetime = AT) -> bytes:
    (pdf,) = render_certificates([item], printed_at=at)
    return pdf


def pictures(pdf: bytes) -> int:
    """Photographs in the file; the QR code and the ornament are line art."""
    return len(read(pdf).pages[0].images)


def test_every_field_of_the_form_is_selectable_text() -> None:
    text = text_of(one(replace(WANG, print_serial="SD26000123")))
    for printed in (
        "职业技能等级证书",
        WANG.body,
        "评价机构名称AssessmentOrganisation甲港口集团有限公司",
        "发证日期DateofIssue2026年6月30日",
        "姓名Name王䶮㙍",
        "证件类型IDType居民身份证",
        "证件号码IDNumber370200199001011234",
        "职业名称Occupation起重装卸机械操作工",
        "工种/职业方向Job/Specialisation桥式起重机司机",
        "职业技能等级SkillLevel三级/高级工",
        "证书编号CertificateNo.Y000037000001263000001",
        "http://jndj.osta.org.cn",
        "http://pjjg.osta.org.cn",
        "印制流水码SD26000123",
        "照片PHOTO",
        "盖章处",
    ):
        assert text.count(printed) >= 1, printed
    assert "样张" not in text


def test_one_a4_sheet_as_pdf_a_with_embedded_fonts_and_a_title() -> None:
    reader = read(one(WANG))
    (page,) = reader.pages
    width, height = page.mediabox.width, page.mediabox.height
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    assert reader.metadata is not None
    assert reader.metadata.title == "职业技能等级证书 Y000037000001263000001"
    assert reader.metadata.author == "甲港口集团有限公司"
    assert reader.metadata.creation_date == AT
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert (xmp.pdfaid_part, xmp.pdfaid_conformance) == ("2", "B")
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    inner = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert sorted(font["/BaseFont"].split("+")[1] for font in inner) == [
        "NotoSerifSC-Regular",
        "NotoSerifSC-SemiBold",
    ]
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in inner)


@pytest.mark.parametrize("name", ["王䶮㙍", "买买提·吐尔逊", "阿卜杜热西提·买买提吐尔逊·艾山江"])
def test_rare_and_long_names_come_out_whole(name: str) -> None:
    assert f"姓名Name{name}" in text_of(one(replace(WANG, holder_name=name)))


def test_without_a_specialisation_two_hyphens_stand() -> None:
    text = text_of(one(replace(WANG, specialisation=" ")))
    assert "Specialisation--职业技能等级" in text


def test_a_long_organisation_name_is_parted_after_the_company() -> None:
    name = "乙海洋工程装备制造集团股份有限公司黄岛第二分公司职业技能评价中心"
    pdf = one(replace(WANG, organisation=name))
    assert name in text_of(pdf)
    lines = [line.strip() for line in read(pdf).pages[0].extract_text().splitlines()]
    assert "职业技能评价中心" in lines


def test_the_photograph_takes_the_place_of_its_frame() -> None:
    assert pictures(one(WANG)) == 0
    pdf = one(replace(WANG, photo=png()))
    assert pictures(pdf) == 1
    assert "PHOTO" not in text_of(pdf)


@pytest.mark.parametrize(
    "photo", [b"", b"no picture", png()[:-20], b"\xff\xd8\xff\xe0\xff\xda cut"]
)
def test_a_broken_photograph_is_refused(photo: bytes) -> None:
    with pytest.raises(BadPicture):
        one(replace(WANG, photo=photo))


def test_a_specimen_says_so() -> None:
    assert "样张SPECIMEN" in text_of(one(replace(WANG, specimen=True)))


def test_same_input_same_bytes_and_nothing_else() -> None:
    item = replace(WANG, photo=png())
    first = one(item)
    assert one(replace(WANG, number="Y000037000001263000002")) != first
    assert one(item, AT + timedelta(seconds=1)) != first
    assert one(item) == first
    eastern = AT.astimezone(timezone(timedelta(hours=8)))
    assert one(item, eastern) == first


def test_a_text_is_never_markup() -> None:
    body = '#panic("x") *粗* $x$ \\ "引" <a> @b // 注'
    assert "".join(body.split()) in text_of(one(replace(WANG, body=body)))


def test_a_character_without_glyph_is_refused_by_name() -> None:
    with pytest.raises(CannotTypeset, match=r"𰻝 \(U\+30EDD\)"):
        one(replace(WANG, holder_name="王𰻝"))


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_a_forbidden_word_is_refused_before_anything_is_printed(word: str) -> None:
    bad = replace(WANG, body=f"本证书由{word[:1]} {word[1:]}颁发")
    with pytest.raises(RuleViolation) as refusal:
        render_certificates([WANG, bad], printed_at=AT)
    assert refusal.value.code == "documents.forbidden_wording"
    assert word in str(refusal.value.values["words"])
    with pytest.raises(RuleViolation):
        render_certificate_book([WANG, bad], printed_at=AT)


def test_the_filed_name_of_an_organisation_is_no_claim() -> None:
    name = "国家甲电网有限公司"
    item = replace(WANG, organisation=name, body=f"本证书由{name}颁发。")
    assert name in text_of(one(item))
    with pytest.raises(RuleViolation):
        one(replace(item, body=f"本证书由{name}颁发，全国通用。"))


def test_the_printed_sheet_itself_carries_no_forbidden_word() -> None:
    assert check_certificate_wording(text_of(one(WANG)), FORBIDDEN_WORDS) == []


@given(
    st.sampled_from(FORBIDDEN_WORDS),
    st.lists(st.sampled_from([" ", "\u3000", "\n", "\u200b", "\ufeff"]), max_size=3),
)
def test_nothing_invisible_hides_a_forbidden_word(word: str, between: list[str]) -> None:
    hidden = "".join(between).join(word)
    assert word in check_certificate_wording(f"甲{hidden}乙", FORBIDDEN_WORDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("职业技能等级证书", []),
        ("中华人民共和国职业资格证书", ["中华人民共和国", "职业资格"]),
        ("岗位合格，岗位合格", ["岗位合格"]),
        ("安全、国际", []),
    ],
)
def test_wording(text: str, found: list[str]) -> None:
    assert check_certificate_wording(text, FORBIDDEN_WORDS) == found


@pytest.mark.parametrize(
    "name",
    [
        "body", "organisation", "holder_name", "id_type", "id_number", "occupation", "level",
        "number", "verify_url", "certificate_query_url", "organisation_query_url",
    ],
)  # fmt: skip
def test_a_required_field_may_not_be_empty(name: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        one(replace(WANG, **{name: " "}))
    assert refusal.value.code == "documents.certificate_field_empty"


def test_an_unaware_instant_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        one(WANG, AT.replace(tzinfo=None))


def test_a_book_has_a_page_for_each() -> None:
    people = [replace(WANG, number=f"Y0000370000012630{n:05d}") for n in range(1, 4)]
    reader = read(render_certificate_book(people, printed_at=AT))
    assert [
        person.number in "".join(page.extract_text().split())
        for person, page in zip(people, reader.pages, strict=True)
    ] == [True, True, True]
    with pytest.raises(ValueError, match="book"):
        render_certificate_book([], printed_at=AT)


def test_threads_share_the_compiler() -> None:
    people = [replace(WANG, number=f"Y0000370000012630{n:05d}") for n in range(24)]
    alone = [one(person) for person in people]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, people)) == alone


def test_a_forked_process_is_told_instead_of_hanging() -> None:
    script = """
import os
from tests.documents.test_certificates import WANG, one
one(WANG)
child = os.fork()
if child == 0:
    try:
        one(WANG)
    except RuntimeError as error:
        os._exit(7 if "spawn" in str(error) else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "7\n"


def test_three_hundred_certificates_in_seconds() -> None:
    people = [replace(WANG, number=f"Y0000370000012630{n:05d}", photo=png()) for n in range(300)]
    start = perf_counter()
    sizes = [len(pdf) for pdf in render_certificates(people, printed_at=AT)]
    # Usually 2 s; a compiler that is made anew for each takes minutes.
    assert perf_counter() - start < 30
    assert len(sizes) == 300
    assert max(sizes) < 120_000
