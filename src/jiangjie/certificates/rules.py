"""What a certificate may say and when one may be issued. Pure functions."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jiangjie.kernel.certificate_numbers import build_number
from jiangjie.kernel.clauses import Clause
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.policy.packs import Pack

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
            gettext_noop("规则包没有该等级的证书等级代码，不能编号。"),
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


def forbidden_words(pack: Pack) -> Sequence[str]:
    """What a certificate must not say."""
    words = pack.mapping("certificate.forbidden")["words"]
    return [str(word) for word in words] if isinstance(words, list) else []


@dataclass(frozen=True, slots=True)
class Subsidy:
    """技能提升补贴 that the holder may claim himself."""

    last_day: date
    max_fen: int
    days_left: int  # negative: too late
    clause: Clause


def subsidy(pack: Pack, *, issued_on: date, level: int, today: date) -> Subsidy | None:
    """Until when the holder may claim, counted from the date on the certificate.

    None where the pack names no amount for the level, or knows no subsidy.
    """
    if "subsidy" not in pack.entries:
        return None
    terms = pack.mapping("subsidy")
    amounts = terms["max_fen"]
    fen = amounts.get(str(level)) if isinstance(amounts, dict) else None
    if not isinstance(fen, int):
        return None
    last_day = add_months(issued_on, int(str(terms["claim_months"])))
    return Subsidy(last_day, fen, (last_day - today).days, pack.entry("subsidy").clause)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one (民法典第二百零二条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
