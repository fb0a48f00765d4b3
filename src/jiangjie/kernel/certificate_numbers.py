"""Numbers of 职业技能等级证书 and of the older certificates that an applicant may hold.

What is not attested is not read out of a number: the field stays None.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.levels import NATIONAL_DIGITS
from jiangjie.kernel.regions import PROVINCES

CODING_RULE = Clause(
    id="RSJF-2019-2",
    text=gettext_noop("职业技能等级证书编码由1位大写英文字母和21位阿拉伯数字组成。"),
    source="人社鉴发〔2019〕2号 职业技能等级证书编码规则(试行)",
    confidence=Confidence.REPOSTED,
)

# Level `ord` -> character 16. Letters for 特级技师 and 首席技师 are not in a published text that
# we have read: policy data adds them, e.g. NATIONAL_LEVEL_CODES | {7: "T"}.
NATIONAL_LEVEL_CODES: Mapping[int, str] = {
    level.value: str(digit) for level, digit in NATIONAL_DIGITS.items()
}
_ORD_OF_DIGIT = {code: level_ord for level_ord, code in NATIONAL_LEVEL_CODES.items()}

PREFIX_LENGTH = 13
LAST_SERIAL = 999_999

# No O and I among the letters: there they are a mistyped 0 and 1.
_PREFIX = re.compile("[YS][0-9]{4}([0-9]{2})[0-9]{6}")
_LEVEL_CERTIFICATE = re.compile(
    "(?P<prefix>[YS][0-9]{4}(?P<province>[0-9]{2})[0-9]{6})"
    "(?P<yy>[0-9]{2})(?P<level>[0-9A-HJ-NP-Z])(?P<serial>[0-9]{6})"
)
_TWO_LETTERS = re.compile("[YS][A-HJ-NP-Z][0-9]{20}")
_EARLY = re.compile(
    "(?P<prefix>R(?P<register>[GSCX])[NW](?P<province>[0-9]{2})[0-9]{4}[0-9]{3})"
    "(?P<yy>[0-9]{2})(?P<level>[0-9])(?P<serial>[0-9]{5})"
)
_QUALIFICATION = re.compile(
    "(?P<prefix>(?P<yy>[0-9]{2})[0-9]{4}[0-4][0-9]{3})(?P<level>[0-9])(?P<serial>[0-9]{5})"
)
_SHANGHAI = re.compile("[0-9]{13}|000[0-9]{13}|[0-9]{13}000")
_LENGTHS = (13, 16, 20, 22)


class BadCertificateNumber(MalformedValue):
    """No scheme fits; `code` begins with "certificate_number_"."""


class Scheme(StrEnum):
    LEVEL_CERTIFICATE = "level_certificate"  # 22 characters, 人社鉴发〔2019〕2号
    TWO_LETTERS = "two_letters"  # 22 characters, a 特级技师 number with both letters in front
    EARLY_LEVEL_CERTIFICATE = "early_level_certificate"  # 20 characters, R…
    QUALIFICATION = "qualification"  # 16 digits, 职业资格证书
    SHANGHAI = "shanghai"  # 13 digits of 上海, alone or filled up with 000


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    text: str  # as it goes into a record: upper case, half-width
    scheme: Scheme
    prefix: str | None = None  # of the issuing organisation, before year and level
    yy: int | None = None  # last two digits of the year of issue
    year: int | None = None  # four digits; None where the century is not certain
    level_code: str | None = None
    level_ord: int | None = None  # None too for a letter that `level_codes` does not know
    serial: int | None = None


def parse_certificate_number(
    value: object, *, level_codes: Mapping[int, str] = NATIONAL_LEVEL_CODES
) -> CertificateNumber:
    """The parts of a number in any scheme that is still in circulation.

    BadCertificateNumber: certificate_number_as_number (a numeric cell, digits lost),
    certificate_number_malformed, certificate_number_province (not in GB/T 2260),
    certificate_number_level, certificate_number_serial (000000).
    """
    if not isinstance(value, str):
        raise BadCertificateNumber(
            "certificate_number_as_number",
            gettext_noop("证书编号是数值格式，末几位可能已丢失，请把单元格设为文本后重新填写。"),
        )
    text = _fold(value)
    if found := _LEVEL_CERTIFICATE.fullmatch(text):
        _check_province(found["province"])
        code = found["level"]
        if code.isdigit() and code not in _ORD_OF_DIGIT:
            raise _bad_level()
        ord_of_code = {code: level_ord for level_ord, code in level_codes.items()}
        return CertificateNumber(
            text=text,
            scheme=Scheme.LEVEL_CERTIFICATE,
            prefix=found["prefix"],
            yy=int(found["yy"]),
            year=2000 + int(found["yy"]),
            level_code=code,
            level_ord=ord_of_code.get(code),
            serial=_serial(found["serial"]),
        )
    if _TWO_LETTERS.fullmatch(text):
        return CertificateNumber(text=text, scheme=Scheme.TWO_LETTERS)
    if found := _EARLY.fullmatch(text):
        if found["register"] != "G":  # a ministry's register need not name a province
            _check_province(found["province"])
        return CertificateNumber(
            text=text,
            scheme=Scheme.EARLY_LEVEL_CERTIFICATE,
            prefix=found["prefix"],
            yy=int(found["yy"]),
            year=2000 + int(found["yy"]),
            level_code=found["level"],
            level_ord=_ord_of_digit(found["level"]),
            serial=_serial(found["serial"]),
        )
    if _SHANGHAI.fullmatch(text):
        return CertificateNumber(text=text, scheme=Scheme.SHANGHAI)
    if found := _QUALIFICATION.fullmatch(text):
        return CertificateNumber(
            text=text,
            scheme=Scheme.QUALIFICATION,
            prefix=found["prefix"],
            yy=int(found["yy"]),
            level_code=found["level"],
            level_ord=_ord_of_digit(found["level"]),
            serial=_serial(found["serial"]),
        )
    if len(text) not in _LENGTHS:
        raise BadCertificateNumber(
            "certificate_number_malformed",
            gettext_noop(
                "证书编号现为%(length)d位；职业技能等级证书应为22位，职业资格证书应为16位。"
            ),
            length=len(text),
        )
    raise BadCertificateNumber(
        "certificate_number_malformed",
        gettext_noop("证书编号的字母或数字不在规定的位置上，请核对。"),
    )


def check_prefix(prefix: str) -> None:
    """That 13 characters are an organisation's part of a number; else BadCertificateNumber."""
    found = _PREFIX.fullmatch(prefix)
    if not found:
        raise BadCertificateNumber(
            "certificate_number_prefix",
            gettext_noop("机构前缀应为13位：Y或S、4位机构代码、2位省级代码、6位序列码。"),
        )
    _check_province(found[1])


def build_number(
    *,
    prefix: str,
    year: int,
    level_ord: int,
    serial: int,
    level_codes: Mapping[int, str] = NATIONAL_LEVEL_CODES,
) -> str:
    """The 22-character number (R-18): prefix, two digits of the year, level, serial.

    BadCertificateNumber as check_prefix; certificate_number_level if `level_codes` has no
    character for the level; certificate_number_serial outside 1–999999. ValueError for a year
    whose century the number could not tell.
    """
    check_prefix(prefix)
    if not 2000 <= year <= 2099:
        raise ValueError("a certificate number tells years 2000 to 2099 only")
    if level_ord not in level_codes:
        raise BadCertificateNumber(
            "certificate_number_level",
            gettext_noop("该等级没有规定的证书等级代码，不能编号。"),
        )
    if not 1 <= serial <= LAST_SERIAL:
        raise _bad_serial()
    return f"{prefix}{year % 100:02d}{level_codes[level_ord]}{serial:06d}"


def check_number_against(
    number: CertificateNumber,
    *,
    issued: date | None = None,
    level_ord: int | None = None,
    prefix: str | None = None,
) -> list[RuleViolation]:
    """What in the number contradicts the record beside it (R-18); empty if nothing does.

    Codes certificate_year_contradicts_date, certificate_level_contradicts,
    certificate_prefix_contradicts. What the number does not tell contradicts nothing.
    """
    source = CODING_RULE.source if number.scheme is Scheme.LEVEL_CERTIFICATE else ""
    violations = []
    if issued is not None and (
        number.year not in (None, issued.year) or number.yy not in (None, issued.year % 100)
    ):
        violations.append(
            RuleViolation(
                "certificate_year_contradicts_date",
                gettext_noop("证书编号中的年份%(yy)02d与发证日期%(issued)s不符。"),
                source=source,
                yy=number.yy,
                issued=issued,
            )
        )
    if level_ord is not None and number.level_ord not in (None, level_ord):
        violations.append(
            RuleViolation(
                "certificate_level_contradicts",
                gettext_noop("证书编号中的等级代码%(level_code)s与证书等级不符。"),
                source=source,
                level_code=number.level_code,
            )
        )
    if prefix is not None and number.prefix not in (None, prefix):
        violations.append(
            RuleViolation(
                "certificate_prefix_contradicts",
                gettext_noop("证书编号的前13位与机构备案前缀%(prefix)s不符。"),
                source=source,
                prefix=prefix,
            )
        )
    return violations


def _fold(text: str) -> str:
    """Upper case, half-width, without the spaces that certificates print between parts."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(folded.split()).upper()


def _check_province(code: str) -> None:
    if code not in PROVINCES:
        raise BadCertificateNumber(
            "certificate_number_province",
            gettext_noop("证书编号中的省级代码%(province)s不在GB/T 2260中。"),
            province=code,
        )


def _ord_of_digit(digit: str) -> int:
    if digit not in _ORD_OF_DIGIT:
        raise _bad_level()
    return _ORD_OF_DIGIT[digit]


def _serial(digits: str) -> int:
    if not int(digits):
        raise _bad_serial()
    return int(digits)


def _bad_level() -> BadCertificateNumber:
    return BadCertificateNumber(
        "certificate_number_level", gettext_noop("证书编号中的等级代码应为5至1。")
    )


def _bad_serial() -> BadCertificateNumber:
    return BadCertificateNumber(
        "certificate_number_serial", gettext_noop("证书序列码应在000001至999999之间。")
    )
