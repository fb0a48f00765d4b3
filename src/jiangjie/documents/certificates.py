"""The sheet 职业技能等级证书 as PDF/A-2b, one file a person or one book for the printing shop.

Numbers, signatures and the record of issue are not made here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import segno

from jiangjie.documents.pictures import framed_photograph
from jiangjie.documents.typesetting import check_printable, typeset
from jiangjie.documents.wording import (
    FORBIDDEN_SOURCE,
    FORBIDDEN_WORDS,
    check_certificate_wording,
)
from jiangjie.kernel.errors import RuleViolation, gettext_noop

TITLE = "职业技能等级证书"
_DARK = re.compile(b"\x01+")

NO_SPECIALISATION = "--"  # 人社鉴发〔2021〕1号: never left empty

_ORGANISATION_LINE = 18  # Chinese characters that fit the width beside the QR code

# All of 人社鉴发〔2021〕1号 but the photograph, which has a frame, and 工种/职业方向, which has "--".
_REQUIRED = {
    "body": gettext_noop("证书正文"),
    "organisation": gettext_noop("评价机构名称"),
    "holder_name": gettext_noop("姓名"),
    "id_type": gettext_noop("证件类型"),
    "id_number": gettext_noop("证件号码"),
    "occupation": gettext_noop("职业名称"),
    "level": gettext_noop("职业技能等级"),
    "number": gettext_noop("证书编号"),
    "verify_url": gettext_noop("二维码"),
    "certificate_query_url": gettext_noop("证书查询网址"),
    "organisation_query_url": gettext_noop("机构查询网址"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDocument:
    """What one certificate says; all texts as printed."""

    number: str
    holder_name: str
    id_type: str  # 居民身份证
    id_number: str  # in clear: the form demands it
    occupation: str
    specialisation: str = ""  # 工种/职业方向; printed as "--" when there is none
    level: str  # 三级/高级工
    organisation: str  # as filed, with its branch
    issued_on: date
    body: str  # 证书正文
    body_en: str = ""
    verify_url: str  # what the QR code holds
    certificate_query_url: str
    organisation_query_url: str
    province_query_url: str = ""
    photo: bytes | None = None  # JPEG or PNG, 一寸 (25 x 35 mm), cropped when of another shape
    print_serial: str = ""  # 印制流水码
    specimen: bool = False  # printed across with 样张: made-up people


def render_certificates(
    items: Sequence[CertificateDocument],
    *,
    printed_at: datetime,
    forbidden: Sequence[str] = FORBIDDEN_WORDS,
) -> Iterator[bytes]:
    """One single-page PDF for each item, in order.

    All items are checked before the first is printed: a refusal leaves no half-printed batch.
    The same item and `printed_at` (aware) give the same bytes. Raises RuleViolation, CannotTypeset,
    and for a photograph, when its turn comes, BadPicture.
    """
    for item in items:
        _check(item, forbidden)
    return (_render([item], f"{TITLE} {item.number}", printed_at) for item in items)


def render_certificate_book(
    items: Sequence[CertificateDocument],
    *,
    printed_at: datetime,
    forbidden: Sequence[str] = FORBIDDEN_WORDS,
) -> bytes:
    """All items as one PDF, a page each. `items` is not empty. Raises as render_certificates."""
    if not items:
        raise ValueError("a book needs a certificate")
    for item in items:
        _check(item, forbidden)
    return _render(items, TITLE, printed_at)


def _check(item: CertificateDocument, forbidden: Sequence[str]) -> None:
    for name, label in _REQUIRED.items():
        if not getattr(item, name).strip():
            raise RuleViolation(
                "documents.certificate_field_empty",
                gettext_noop("证书%(number)s缺少“%(field)s”。"),
                source=FORBIDDEN_SOURCE,
                number=item.number,
                field=label,
            )
    check_printable("".join(value for value in astuple(item) if isinstance(value, str)))
    # A filed name may carry such a word (国家电网……); a name is no claim of the certificate.
    text = f"{item.body}\n{item.body_en}\n{item.occupation}\n{item.specialisation}\n{item.level}"
    found = check_certificate_wording(text.replace(item.organisation, "□"), forbidden)
    if found:
        raise RuleViolation(
            "documents.forbidden_wording",
            gettext_noop("证书%(number)s含有禁用字样：%(words)s。"),
            source=FORBIDDEN_SOURCE,
            number=item.number,
            words="、".join(found),
        )


def _render(items: Sequence[CertificateDocument], title: str, printed_at: datetime) -> bytes:
    data = {
        "title": title,
        "author": items[0].organisation,
        "certificates": [_sheet(item) for item in items],
    }
    return typeset("certificate", data, printed_at=printed_at, tagged=len(items) == 1)


def _sheet(item: CertificateDocument) -> dict[str, object]:
    addresses = [
        ("证书查询网址", "Certificate query", item.certificate_query_url),
        ("机构查询网址", "Organisation query", item.organisation_query_url),
        ("省级查询网址", "Provincial query", item.province_query_url),
    ]
    day = item.issued_on
    return {
        "title": TITLE,
        "title_en": "Certificate of Occupational Skill Level",
        "body": item.body,
        "body_en": item.body_en,
        "holder_name": item.holder_name,
        "id_type": item.id_type,
        "id_number": item.id_number,
        "occupation": item.occupation,
        "specialisation": item.specialisation.strip() or NO_SPECIALISATION,
        "level": item.level,
        "number": item.number,
        "photo": None if item.photo is None else framed_photograph(item.photo),
        "qr_svg": _qr_svg(item.verify_url),
        "addresses": [address for address in addresses if address[2]],
        "organisation": _organisation_lines(item.organisation),
        "issued_on": f"{day.year}年{day.month}月{day.day}日",
        "print_serial": item.print_serial,
        "specimen": item.specimen,
    }


def _organisation_lines(name: str) -> list[str]:
    """A name too long for one line, parted after the company: ……有限公司 / 职业技能评价中心."""
    company, mark, rest = name.rpartition("公司")
    if len(name) > _ORGANISATION_LINE and company and rest:
        return [company + mark, rest]
    return [name]


def _qr_svg(text: str) -> str:
    """The code as filled bars, one for each run of dark modules; a module is one unit."""
    # Any mask can be read; weighing all eight takes half as long as setting the whole sheet.
    rows = segno.make_qr(text, error="q", boost_error=False, mask=3).matrix
    bars = [
        f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z"
        for y, row in enumerate(rows)
        for run in _DARK.finditer(row)
    ]
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<path d="{"".join(bars)}"/></svg>'
    )
