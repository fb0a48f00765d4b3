"""兑现待遇: which rate pays, from which month, what is due and what is late. Pure, in fen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jiangjie.kernel.errors import RuleViolation, gettext_noop


def month_of(day: date) -> date:
    """The first day of the day's month; months are kept as such."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def months(first: date, last: date) -> list[date]:
    """Every month from `first` to `last`, both included; empty when `last` is before."""
    found = []
    month = month_of(first)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found


# ---- rates ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """What an organisation pays for a level from a month until a month."""

    id: int
    level: int
    monthly_fen: int
    first_month: date
    last_month: date | None

    def covers(self, month: date) -> bool:
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)


def rate_in_force(rates: Iterable[Rate], *, level: int, month: date) -> Rate | None:
    """Of the level's rates that cover the month the one that began last."""
    covering = [rate for rate in rates if rate.level == level and rate.covers(month)]
    return max(covering, key=lambda rate: rate.first_month, default=None)


def rate_for(rates: Iterable[Rate], *, level: int, month: date) -> Rate:
    """The rate in force; RuleViolation where there is none: no allowance is ever guessed."""
    rate = rate_in_force(rates, level=level, month=month)
    if rate is None:
        raise RuleViolation(
            "treatment.no_rule",
            gettext_noop("%(month)s没有适用于该等级的津贴标准，请先登记标准和依据文件。"),
            month=f"{month:%Y-%m}",
        )
    return rate


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a new rate stands among the level's others, so that no two cover one month."""

    cut: tuple[int, ...]  # ids of the rates that now end the month before it
    last_month: date | None  # of the new rate: the month before the next one begins


def place(rates: Iterable[Rate], *, level: int, first_month: date) -> Placing:
    same = [rate for rate in rates if rate.level == level]
    later = [rate.first_month for rate in same if rate.first_month > first_month]
    return Placing(
        cut=tuple(
            rate.id for rate in same if rate.first_month < first_month and rate.covers(first_month)
        ),
        last_month=month_before(min(later)) if later else None,
    )


def check_order(
    rates: Sequence[Rate], *, month: date, source: str, lower: int = 7, higher: int = 8
) -> None:
    """R-16: what a 首席技师 gets is not below what a 特级技师 gets (人社部发〔2022〕14号).

    The levels are those of the pack's `treatment.pay_order`.
    """
    less = rate_in_force(rates, level=lower, month=month)
    more = rate_in_force(rates, level=higher, month=month)
    if less is not None and more is not None and more.monthly_fen < less.monthly_fen:
        raise RuleViolation(
            "treatment.chief_below_master",
            gettext_noop("自%(month)s起首席技师的待遇低于特级技师，不符合规定。"),
            source=source,
            month=f"{month:%Y-%m}",
        )


def turning_months(rates: Iterable[Rate], *, first_month: date) -> list[date]:
    """The months from `first_month` on in which another amount may begin to hold."""
    turns = {first_month}
    for rate in rates:
        turns.add(rate.first_month)
        if rate.last_month is not None:
            turns.add(next_month(rate.last_month))
    return sorted(month for month in turns if month >= first_month)


# ---- entitlements ---------------------------------------------------------------------------


def months_due(
    *, first_month: date, last_month: date | None, paid: Iterable[date], today: date
) -> list[date]:
    """Months that are over or running and not yet paid, oldest first."""
    until = month_of(today) if last_month is None else min(last_month, month_of(today))
    done = set(paid)
    return [month for month in months(first_month, until) if month not in done]


def check_first_month(*, first_month: date, issued_on: date) -> None:
    """An allowance begins no earlier than the month of the certificate (house decision)."""
    if first_month != month_of(first_month) or first_month < month_of(issued_on):
        raise RuleViolation(
            "treatment.before_certificate",
            gettext_noop("起算月不能早于发证当月（%(month)s）。"),
            month=f"{issued_on:%Y-%m}",
        )


def check_pay_day(*, month: date, paid_on: date, today: date) -> None:
    """What is recorded as paid was paid: not tomorrow, and for no month that is still to come."""
    if paid_on > today:
        raise RuleViolation("treatment.paid_in_the_future", gettext_noop("发放日期不能晚于今天。"))
    if paid_on < month:
        raise RuleViolation(
            "treatment.paid_before_month",
            gettext_noop("发放日期早于所属月份%(month)s，请核对。"),
            month=f"{month:%Y-%m}",
        )


def back_pay(*, rate_fen: int, paid_fen: int) -> int:
    """What a month that was paid is short of the rate that holds for it now, in fen; 0 if nothing.

    A later raise may reach back over paid months (补发); a cut may not: what was paid was due."""
    return max(rate_fen - paid_fen, 0)


def check_reversal(*, reason: str, slip: str, is_standing: bool, has_back_pay: bool) -> None:
    """红冲: a payment that stands is struck by a slip of its own, with the reason.

    Back pay goes first: else the month, paid anew in full, would be paid twice in part.
    """
    if not reason.strip() or not slip.strip():
        raise RuleViolation(
            "treatment.reversal_incomplete", gettext_noop("请填写红冲原因和红字凭证号。")
        )
    if not is_standing:
        raise RuleViolation("treatment.reversed_before", gettext_noop("这笔发放已经红冲。"))
    if has_back_pay:
        raise RuleViolation(
            "treatment.back_pay_first", gettext_noop("该月份还有补发，请先红冲补发的部分。")
        )


def check_decides_other(*, asked_by: int, decided_by: int) -> None:
    if asked_by == decided_by:
        raise RuleViolation(
            "treatment.own_reversal",
            gettext_noop("红冲单须由申请人以外的人审核。"),
            source=TWO_PERSONS,
        )


TWO_PERSONS = "本系统规定（推定）：已登记的发放不得改动，红冲须填单并由他人审核"


def due_day(*, issued_on: date, days: int) -> date:
    """The last day on which a certificate is not yet overdue (R-04)."""
    return issued_on + timedelta(days=days)


def is_overdue(*, issued_on: date, days: int, today: date) -> bool:
    """Whether a certificate is older than `days` with nothing paid on its ground (R-04)."""
    return today > due_day(issued_on=issued_on, days=days)
