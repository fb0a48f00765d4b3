"""What a certificate may say and when one may be issued. Pure functions."""

from collections.abc import Mapping
from datetime import date

from jiangjie.kernel.certificate_numbers import build_number
from jiangjie.kernel.errors import RuleViolation, gettext_noop

LAST_SERIAL = 999_999


def numbers(
    *,
    prefix: str,
    year: int,
    level: int,
    last_serial: int,
    count: int,
    level_codes: Mapping[int, str],
    source: str,
) -> list[tuple[int, str]]:
    """The next `count` (serial, number) of a series (人社鉴发〔2019〕2号); refuses an overflow.

    Raises RuleViolation where the policy names no code for the level.
    """
    if level not in level_codes:
        raise RuleViolation(
            "certificates.no_level_code",
            gettext_noop("政策包没有该等级的证书等级代码，不能编号。"),
            source=source,
        )
    if last_serial + count > LAST_SERIAL:
        raise RuleViolation(
            "certificates.series_full",
            gettext_noop("本年度该等级的证书序列码已用尽（999999）。"),
            source=source,
        )
    return [
        (
            serial,
            build_number(
                prefix=prefix,
                year=year,
                level_ord=level,
                serial=serial,
                level_codes=level_codes,
            ),
        )
        for serial in range(last_serial + 1, last_serial + count + 1)
    ]


def check_issue_day(*, issued_on: date, publicity_last_day: date, today: date) -> None:
    """A certificate is dated after the end of the publicity, and never into the future (R-19)."""
    if issued_on <= publicity_last_day:
        raise RuleViolation(
            "certificates.before_publicity_ended",
            gettext_noop("发证日期须在公示截止日%(last_day)s之后。"),
            last_day=publicity_last_day,
        )
    if issued_on > today:
        raise RuleViolation("certificates.in_the_future", gettext_noop("发证日期不能晚于今天。"))


def body_text(*, name: str, occupation: str, level: str, issuer: str) -> str:
    """证书正文. House wording; the form of 2021 leaves the sentence to the organisation [U]."""
    return f"{name}经{issuer}评价，达到{occupation}职业{level}职业技能等级要求，特发此证。"


# House translation; no official English name of the ladder was seen.
ENGLISH_LEVELS = {
    2: "Level 5 (Junior Worker)",
    3: "Level 4 (Intermediate Worker)",
    4: "Level 3 (Senior Worker)",
    5: "Level 2 (Technician)",
    6: "Level 1 (Senior Technician)",
    7: "Master Technician",
    8: "Chief Technician",
}


def body_text_english(*, level: int) -> str:
    return f"The holder has met the requirements of {ENGLISH_LEVELS[level]} of this occupation."
