"""What one cell of a roster workbook (报名名册) says: text, a day, a name, a phone number.

A cell is what a spreadsheet reader gives: str, float, bool, date, datetime, time, timedelta, or
"" when empty. Each reader here returns the value, None or "" for an empty cell, or raises
MalformedValue. No message holds the cell's value.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta

from jiangjie.kernel.errors import MalformedValue, gettext_noop
from jiangjie.kernel.identity import NAME_SEPARATORS, mask_id, mask_name
from jiangjie.kernel.levels import Level, from_digit, parse_level

EXCEL_ERRORS = frozenset(
    [
        "#N/A",
        "#NAME?",
        "#DIV/0!",
        "#REF!",
        "#VALUE!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
    ]
)
TEXT_LIMIT = 200
SHOWN_LIMIT = 60
WHOLE_DIGITS_LIMIT = 1e15  # a spreadsheet keeps 15 digits of a number

_EPOCH = date(1899, 12, 30)  # day 0 of Excel's count, for days after February 1900
_LAST_SERIAL = 2_958_465  # 9999-12-31
_FIRST_YEAR, _LAST_YEAR = 1900, 2100

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]")
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_HAN = "[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
_HAN_NAME = re.compile(f"{_HAN}{{2,50}}|{_HAN}+(?:·{_HAN}+)+")
_LATIN_NAME = re.compile(r"[^\W\d_]+(?:[ ,.'’·-]+[^\W\d_]+)*\.?")
_SEPARATORS = re.compile("[" + re.escape("".join(sorted(NAME_SEPARATORS))) + "]")
_PHONE = re.compile("1[3-9][0-9]{9}")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1[3-9])")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")


def read_text(value: object) -> str:
    """The text without the blanks around it; "" for an empty cell; a whole number without ".0".

    MalformedValue: cell_error, control_character, text_too_long.
    """
    if isinstance(value, str):
        text = value.strip()
    elif value is None:
        return ""
    elif isinstance(value, float):
        text = str(int(value)) if value.is_integer() else str(value)
    elif isinstance(value, datetime):
        text = str(value.date())
    else:
        text = str(value)
    if not text:
        return ""
    if text in EXCEL_ERRORS:
        raise MalformedValue("cell_error", gettext_noop("单元格是公式错误，请改为实际内容。"))
    if _CONTROL.search(text):
        raise MalformedValue(
            "control_character", gettext_noop("单元格中有无法显示的字符，请重新录入。")
        )
    if len(text) > TEXT_LIMIT:
        raise MalformedValue(
            "text_too_long",
            gettext_noop("内容过长：最多%(limit)d个字，现为%(length)d个字。"),
            limit=TEXT_LIMIT,
            length=len(text),
        )
    return text


def read_day(value: object) -> date | None:
    """A date cell, Excel's day number, or text: 2019-03-05, 2019/3/5, 2019年3月5日, 20190305.

    MalformedValue: date_impossible, and what read_text refuses.
    """
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, float | int) and not isinstance(value, bool):
        day = _day_of_number(value)
    elif isinstance(value, str):
        text = unicodedata.normalize("NFKC", read_text(value))
        if not text:
            return None
        day = _day_of_text(text)
    elif value is None:
        return None
    else:
        raise _impossible()
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _impossible()
    return day


def _day_of_text(text: str) -> date:
    if found := _DAY.fullmatch(text):
        return _day(*map(int, found.groups()))
    if text.isascii() and text.isdigit() and len(text) in (5, 8):
        return _day_of_number(int(text))
    raise _impossible()


def _day_of_number(number: float) -> date:
    if 1 <= number <= _LAST_SERIAL:  # false for NaN
        return _EPOCH + timedelta(days=int(number))
    if 10_000_000 <= number <= 99_999_999 and number == int(number):
        return _day(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
    raise _impossible()


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _impossible() from None


def _impossible() -> MalformedValue:
    return MalformedValue(
        "date_impossible",
        gettext_noop("不是有效的日期，请写成“2019-03-05”的形式，精确到日。"),
    )


def read_name(value: object) -> str:
    """A person's name: 汉字 with "·" between parts, or letters for a foreigner; "" if empty.

    Blanks set between two 汉字 to align a column are dropped, and any dot becomes "·".
    MalformedValue: name_characters.
    """
    if type(value) is str and _HAN_NAME.fullmatch(value):
        return value
    text = read_text(value)
    if not text:
        return text
    joined = _SEPARATORS.sub("·", "".join(text.split()))
    if _HAN_NAME.fullmatch(joined):
        return joined
    if _LATIN_NAME.fullmatch(text) and not re.search(_HAN, text):
        return text
    raise MalformedValue(
        "name_characters", gettext_noop("姓名不完整，或含有数字、符号等不应出现的字符。")
    )


def read_phone(value: object) -> str:
    """A mobile number of the mainland, eleven digits. MalformedValue: phone_malformed."""
    if type(value) is str and _PHONE.fullmatch(value):
        return value
    text = read_text(value)
    if not text:
        return text
    digits = _COUNTRY.sub("", re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text)))
    if _PHONE.fullmatch(digits):
        return digits
    raise MalformedValue("phone_malformed", gettext_noop("手机号码应为1开头的11位数字。"))


def read_held_level(value: object) -> Level | None:
    """The level of a certificate held: its digit 5 to 1, or the text of a level."""
    text = unicodedata.normalize("NFKC", read_text(value))
    if not text:
        return None
    return from_digit(text) if text.isdigit() else parse_level(text)


def read_target_level(value: object) -> Level | None:
    text = read_text(value)
    return parse_level(text) if text else None


def lost_digits(value: object) -> bool:
    """Whether a number in this cell was cut to 15 digits by a spreadsheet or its CSV."""
    if isinstance(value, str):
        return bool(_SCIENTIFIC.fullmatch(value.strip()))
    return isinstance(value, float) and not value < WHOLE_DIGITS_LIMIT


def shown(value: object) -> str:
    """A cell in a list of faults, as short text."""
    if isinstance(value, float):
        text = f"{value:.0f}" if value.is_integer() else str(value)
    elif isinstance(value, datetime):
        text = str(value.date())
    else:
        text = str(value).strip()
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return text if len(text) <= SHOWN_LIMIT else text[: SHOWN_LIMIT - 1] + "…"


def mask_day(text: str) -> str:
    """Only the year of a birth date stays."""
    return text[:4] + "*" * (len(text) - 4) if len(text) > 4 else "*" * len(text)


MASKS = {
    "姓名": mask_name,
    "证件号码": mask_id,
    "出生日期": mask_day,
    "手机号码": mask_id,
    "原证书编号": mask_id,
}
