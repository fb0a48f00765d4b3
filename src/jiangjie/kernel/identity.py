"""公民身份号码 (GB 11643), 统一社会信用代码 (GB 32100), and how both people and numbers are masked.

No message, repr or error made here holds a number in clear.
"""

from datetime import date
from typing import NamedTuple

from stdnum.cn import uscc

from jiangjie.kernel.errors import MalformedValue, gettext_noop
from jiangjie.kernel.regions import PROVINCES

# GB/T 2260 has no 83: it begins the numbers on 台湾居民居住证 (国办发〔2018〕81号).
ID_PROVINCES = frozenset(PROVINCES) | {"83"}

ID_LENGTH = 18
OLD_ID_LENGTH = 15
USCC_LENGTH = 18
USCC_CHARACTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")  # no I, O, S, V, Z
NAME_SEPARATORS = frozenset("·•‧∙・.．")

# Full-width letters and digits to ASCII; spaces and the invisible marks that come with a paste
# from Excel, WeChat or a Windows dialog to nothing.
_FOLD = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF), ""
)


class BadIdNumber(MalformedValue):
    """Not a 公民身份号码; `code` begins with "id_"."""


class BadUscc(MalformedValue):
    """Not a 统一社会信用代码; `code` begins with "uscc_"."""


class IdNumber(NamedTuple):
    number: str  # 18 characters, X in upper case
    birth_date: date
    is_female: bool
    region: str  # six digits

    def __repr__(self) -> str:
        return f"IdNumber({mask_id(self.number)})"


def _compact(text: str) -> str:
    if text.isascii():
        return text.strip().upper()
    return text.translate(_FOLD).strip().upper()


def parse_id_number(value: object) -> IdNumber:
    """The number in a cell or field. BadIdNumber with one of these codes, checked in this order:

    id_as_number, id_15_digits, id_length, id_characters, id_region, id_birth_date,
    id_check_digit. Whether the birth date is plausible or in the future is the caller's to ask.
    """
    if not isinstance(value, str):
        raise BadIdNumber(
            "id_as_number",
            gettext_noop("证件号码是数值格式，末几位可能已丢失，请把单元格设为文本后重新填写。"),
        )
    number = _compact(value)
    if len(number) != ID_LENGTH:
        if len(number) == OLD_ID_LENGTH and number.isascii() and number.isdigit():
            raise BadIdNumber(
                "id_15_digits", gettext_noop("证件号码是15位旧号码，请填写18位公民身份号码。")
            )
        raise BadIdNumber(
            "id_length",
            gettext_noop("证件号码应为18位，现为%(length)d位。"),
            length=len(number),
        )
    body, check = number[:17], number[17]
    if not (number.isascii() and body.isdigit() and (check.isdigit() or check == "X")):
        raise BadIdNumber(
            "id_characters", gettext_noop("证件号码前17位应为数字，末位应为数字或X。")
        )
    if number[:2] not in ID_PROVINCES:
        raise BadIdNumber("id_region", gettext_noop("证件号码前两位不是省级行政区划代码。"))
    try:
        birth_date = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadIdNumber(
            "id_birth_date", gettext_noop("证件号码第7至14位不是有效的出生日期。")
        ) from None
    if id_check_digit(body) != check:
        raise BadIdNumber("id_check_digit", gettext_noop("证件号码校验位不符，请核对。"))
    return IdNumber(number, birth_date, number[16] in "02468", number[:6])


def id_check_digit(body: str) -> str:
    """The 18th character to the first 17 digits (GB 11643, MOD 11-2)."""
    # The weights are 2^17 … 2^1 mod 11, and 13 is 2 mod 11: reading the body in base 13 weighs
    # and sums it in one fast step.
    return "10X98765432"[2 * int(body, 13) % 11]


def mask_id(number: str) -> str:
    """Four characters at each end stay: "3702**********1234"; of a short number a quarter each."""
    kept = min(4, len(number) // 4)
    return number[:kept] + "*" * (len(number) - 2 * kept) + number[len(number) - kept :]


def mask_name(name: str) -> str:
    """First and last character stay: "张三丰" → "张*丰", "买买提·吐尔逊" → "买**·**逊".

    Of a name of two characters only the first stays: "张三" → "张*".
    """
    name = name.strip()
    kept = {0, len(name) - 1} if len(name) > 2 else {0} if len(name) == 2 else set()
    return "".join(
        character if place in kept or character in NAME_SEPARATORS else "*"
        for place, character in enumerate(name)
    )


def check_uscc(text: str) -> str:
    """The 统一社会信用代码 in upper case.

    BadUscc with code uscc_length, uscc_characters or uscc_check_digit. Also takes the codes
    that begin with a letter (A 军队, N 农业农村, Y 其他), which python-stdnum refuses.
    """
    code = _compact(text)
    if len(code) != USCC_LENGTH:
        raise BadUscc(
            "uscc_length",
            gettext_noop("统一社会信用代码应为18位，现为%(length)d位。"),
            length=len(code),
        )
    if not (USCC_CHARACTERS.issuperset(code) and code[2:8].isdigit()):
        raise BadUscc(
            "uscc_characters",
            gettext_noop("统一社会信用代码只用数字和除I、O、S、V、Z外的大写字母，第3至8位为数字。"),
        )
    if uscc.calc_check_digit(code) != code[-1]:
        raise BadUscc("uscc_check_digit", gettext_noop("统一社会信用代码校验位不符，请核对。"))
    return code
